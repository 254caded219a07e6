"""The card's tag, the LICENSE file and the base's terms held against each other, up to `openness grade`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli_runner import check, inside, model, small_registry, state, write_registry
from license_texts import APACHE, MIT
from openness.classifier.declared import compare_declared, reading_of
from openness.classifier.grade import grade
from openness.classifier.uses import answer_uses
from openness.knowledge import load_knowledge
from openness.licenses import read_license
from openness.schemas.license import Verdict
from openness.schemas.record import Artifact
from openness.schemas.uses import Use
from strategies import context, record

KNOWN = load_knowledge()
CHANGED = f"{MIT}\nYou must not sell the Software.\n"
HEADER = json.dumps({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
WEIGHTS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(16)


@pytest.mark.parametrize(
    ("tag", "name", "text", "codes"),
    [
        ("MIT", None, MIT, []),
        ("MIT", "mit", MIT, []),
        (None, None, MIT, []),
        ("MIT", None, "Nothing to see here.", []),
        ("Apache-2.0", None, MIT, ["license_disagrees"]),
        ("MIT", None, f"{MIT}\n\n{APACHE}", []),
        ("MIT OR Apache-2.0", None, APACHE, []),
        ("MIT", None, CHANGED, ["license_modified"]),
        ("Apache-2.0", None, CHANGED, ["license_modified", "license_disagrees"]),
        ("MIT", None, MIT[:900], ["license_modified"]),
        (None, "other", MIT, ["license_unnamed"]),
        (None, "Other", CHANGED, ["license_unnamed", "license_modified"]),
        (None, "unknown", "", ["license_unnamed"]),
        (None, "acme-license", "", []),
        ("(((", None, MIT, []),
    ],
)
def test_compare(tag: str | None, name: str | None, text: str, codes: list[str]) -> None:
    found = compare_declared(tag, name, {"LICENSE": read_license(text)})
    assert [warning.code for warning in found] == codes
    for warning in found:
        assert "\n" not in warning.message
        if warning.code != "license_unnamed":
            assert "LICENSE" in warning.message


def test_each_file_is_named() -> None:
    texts = {"LICENSE": read_license(MIT), "LICENSE.model": read_license(CHANGED)}
    (warning,) = compare_declared("MIT", None, texts)
    assert warning.message == "LICENSE.model looks like MIT but departs from it"
    (warning,) = compare_declared("MIT", None, {"COPYING": read_license(MIT[:900])})
    assert warning.message == "COPYING looks like MIT but breaks off early"
    assert compare_declared("MIT", "mit", {}) == []


def test_reading_of_a_text() -> None:
    plain = reading_of(read_license(MIT), KNOWN)
    assert (plain.expression, plain.verdict, plain.names) == ("MIT", Verdict.OPEN_SOURCE, ["MIT"])
    changed = reading_of(read_license(CHANGED), KNOWN)
    assert (changed.expression, changed.verdict) == ("LicenseRef-modified-MIT", Verdict.RESTRICTED)
    assert changed.names == ["MIT, changed"]
    clause = next(clause for clause in changed.clauses if clause.osd)
    assert "must not sell" in clause.summary
    assert clause.section
    assert (plain.unclear, changed.unclear) == ([], [])
    assert reading_of(read_license("Hello."), KNOWN).expression is None


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (MIT, "yes"),
        (CHANGED, "yes"),  # of the sentence that was added everything is understood
        (f"The Rechner team has no license plates.\n\n{MIT}", "unknown"),
        (MIT.replace("modify, merge, ", ""), "no"),
        (MIT[:700], "unknown"),
        (f"{MIT}\nIf the software is used by over 50 employees, a fee is due.\n", "unknown"),  # perhaps a limit by size
        (MIT.replace("is hereby granted", "is not hereby granted"), "no"),
        ("You may use this model for research only.", "unknown"),
        ("Hello.", "unknown"),
    ],
)
def test_only_known_words_allow_by_silence(text: str, verdict: str) -> None:
    assert answer_uses(reading_of(read_license(text), KNOWN), Use(modify=True))[0] == verdict


def folder(path: Path, license_: str | None, tag: str = "mit", **files: str) -> Path:
    path.mkdir()
    (path / "README.md").write_text(f"---\nlicense: {tag}\n---\n# Tiny\n", "utf-8")
    (path / "model.safetensors").write_bytes(WEIGHTS)
    for name, text in {**files, **({"LICENSE": license_} if license_ else {})}.items():
        (path / name).write_text(text, "utf-8")
    return path


def graded(path: Path, registry: Path) -> dict[str, Any]:
    done = inside("grade", "--json", str(path), registry=registry)
    assert (done.code, done.err) == (0, "")
    result: dict[str, Any] = check("grade", done.json)
    return result


@pytest.mark.parametrize(
    ("license_", "tag", "verdict", "codes"),
    [
        (MIT, "mit", "open_source", set()),
        (None, "mit", "open_source", set()),
        (CHANGED, "mit", "restricted", {"license_modified"}),
        (f"{MIT}\nUsers of the Software are required to sing at dawn.\n", "mit", "needs_human", {"license_modified"}),
        (MIT.replace("is hereby granted", "is not hereby granted"), "mit", "restricted", {"license_modified"}),
        (MIT, "apache-2.0", "open_source", {"license_disagrees"}),
        (CHANGED, "apache-2.0", "restricted", {"license_modified", "license_disagrees"}),
        (None, "other", None, {"license_unnamed"}),
        (MIT, "other", "open_source", {"license_unnamed"}),
    ],
)
def test_grade_of_a_folder(
    tmp_path: Path, license_: str | None, tag: str, verdict: str | None, codes: set[str]
) -> None:
    result = graded(folder(tmp_path / "tiny", license_, tag), small_registry(tmp_path))
    terms = result["licenses"].get("weights")
    assert (terms and terms["verdict"]) == verdict
    found = {warning["code"] for warning in result["warnings"]}
    assert {code for code in found if code.startswith("license_")} == codes
    if license_ and "sell" in license_[1000:]:
        assert any("must not sell" in clause["quote"] for clause in terms["clauses"])


def test_a_notice_or_use_policy_is_not_the_license(tmp_path: Path) -> None:
    path = folder(tmp_path / "tiny", MIT, NOTICE=CHANGED)
    result = graded(path, small_registry(tmp_path))
    assert result["licenses"]["weights"]["expression"] == "MIT"
    assert not [warning for warning in result["warnings"] if warning["code"].startswith("license_")]


def test_text_of_a_changed_license(tmp_path: Path) -> None:
    done = inside("grade", str(folder(tmp_path / "tiny", CHANGED)), registry=small_registry(tmp_path))
    assert done.code == 0
    assert "LICENSE looks like MIT but departs from it" in " ".join(done.out.split())


@pytest.mark.parametrize(
    ("base", "own", "warned"),
    [
        ("LicenseRef-llama-2", "Apache-2.0", True),
        ("LicenseRef-llama-2", "CC-BY-4.0", True),
        ("CC-BY-NC-4.0", "MIT", True),
        ("LicenseRef-llama-2", "LicenseRef-llama-2", False),
        ("LicenseRef-llama-2", None, False),
        ("MIT", "Apache-2.0", False),
        (None, "MIT", False),
    ],
)
def test_a_derivative_may_not_be_laxer_than_its_base(base: str | None, own: str | None, warned: bool) -> None:
    parent = record("base", weights="open", licenses={Artifact.WEIGHTS: base})
    child = record("child", weights="open", licenses={Artifact.WEIGHTS: own}, bases=["base"])
    found = grade(child, context(parent, child)).warnings
    messages = [warning.message for warning in found if warning.code == "laxer_than_base"]
    assert len(messages) == int(warned)
    assert all("its base base" in message for message in messages)


def test_laxer_than_base_by_the_command(tmp_path: Path) -> None:
    base = model("acme-base", weights=[state("open", "2023-01", license="LicenseRef-llama-2")])
    link = [
        {"id": "acme-base", "relation": "finetune", "evidence": [{"url": "https://example.org", "read": "2024-06-30"}]}
    ]
    child = model("acme-child", base_models=link, weights=[state("open", "2023-06", license="Apache-2.0")])
    path = write_registry(tmp_path / "small.yaml", base, child)
    done = inside("grade", "acme-child", "--json", "--offline", registry=path)
    assert done.code == 0
    assert [warning["code"] for warning in done.json["warnings"] if "laxer" in warning["code"]] == ["laxer_than_base"]
    assert "acme-base" in next(w["message"] for w in done.json["warnings"] if w["code"] == "laxer_than_base")
