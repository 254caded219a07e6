"""The front door from Python: one call in, one grade out."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import openness
from cli_runner import CLIMBER, EVIDENCE, check, model, small_registry, state, write_registry
from hub_server import FaultProxy, Olah
from openness.api import Options, grade_json, parse_day, repository_license
from openness.exports.markdown import grade_markdown
from openness.exports.text import grade_text
from openness.schemas.errors import OpennessError
from openness.schemas.record import Artifact, Status

TODAY = datetime.now(UTC).date()


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = small_registry(tmp_path)
    monkeypatch.setenv("OPENNESS_REGISTRY", str(path))
    return path


@pytest.mark.usefixtures("small")
def test_grade_gives_typed_answers() -> None:
    grade = openness.grade("Acme-AI/Gated")
    assert isinstance(grade, openness.Grade)
    assert (grade.id, grade.target, grade.source, grade.as_of) == ("acme-gated", "Acme-AI/Gated", "registry", TODAY)
    assert (grade.level, grade.at_most) == (1, 1)
    assert grade.licenses[Artifact.WEIGHTS].verdict == "restricted"
    assert [view.status for view in grade.artifacts][:2] == [Status.GATED, Status.CLOSED]
    assert {warning.code for warning in grade.warnings} == {"weights_gated"}
    assert grade.missing_for_next[0].rule == "training-process-disclosed"


@pytest.mark.usefixtures("small")
def test_a_day_is_text_or_a_date() -> None:
    for day in ("2023-06", date(2023, 6, 30)):
        grade = openness.grade("acme-climber", as_of=day)
        assert (grade.level, grade.as_of) == (2, date(2023, 6, 30))
    with pytest.raises(openness.OpennessError, match="not a date"):
        openness.grade("acme-climber", as_of="June")


@pytest.mark.usefixtures("small")
def test_the_index_answers_as_the_rules_do() -> None:
    """A stored grade is the same as one made anew for today."""
    for name in ("acme-climber", "acme-gated", "bolt-closed", "bolt-vague"):
        stored, anew = grade_json(name, Options()), grade_json(name, Options(as_of=TODAY))
        assert stored == anew


@pytest.mark.usefixtures("small")
def test_a_damaged_index_is_built_anew(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from openness import settings, store

    monkeypatch.setattr(store, "_temporary", [])  # no scratch index of an earlier test in this process
    openness.grade("bolt-closed")
    index = settings.index_file(small)
    content = index.read_bytes()
    for damage in (b"", b"not a database" * 100, content[:4096] + b"\xff" * (len(content) - 4096), content[:5000]):
        index.write_bytes(damage)
        assert openness.grade("bolt-closed").level == 0


def test_the_index_follows_the_registry(small: Path) -> None:
    assert openness.grade("bolt-closed").level == 0
    write_registry(small, model("bolt-closed", weights=[state("open", license="MIT")]))
    assert openness.grade("bolt-closed").level == 1
    with pytest.raises(openness.OpennessError, match="no model"):
        openness.grade("acme-climber")


@pytest.mark.usefixtures("small")
def test_a_failure_has_a_code_a_sentence_and_a_hint() -> None:
    with pytest.raises(openness.OpennessError) as raised:
        openness.grade("acme-climbr", offline=True)
    assert raised.value.to_json() == {
        "code": "unknown_model",
        "message": "no model `acme-climbr` in the registry",
        "hint": "did you mean acme-climber?",
    }


def test_a_folder_is_graded_without_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENNESS_REGISTRY", str(write_registry(tmp_path / "r.yaml", CLIMBER)))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    folder = tmp_path / "My Model"
    folder.mkdir()
    (folder / "model.gguf").write_bytes(b"GGUF")
    card = "---\nlicense: mit\nbase_model: Acme-AI/Climber_7B\n---\n# My model\nSee https://arxiv.org/abs/2401.00001\n"
    (folder / "README.md").write_text(card)
    for target in (str(folder), f"{folder}/"):
        grade = openness.grade(target)
        assert (grade.source, grade.id, grade.level, grade.at_most) == ("folder", "my-model", 1, 5)
        assert grade.licenses[Artifact.WEIGHTS].verdict == "open_source"
        assert grade.warnings[0].code == "found_automatically"
    assert openness.grade(str(folder), folder=True).level == 1
    # What it was made from is in the registry, and open to the top.
    assert grade.effective_level.at_most == 5


def test_a_base_model_is_found_under_any_spelling_of_its_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = {"id": "acme-ai/Climber_7B", "relation": "finetune", "evidence": [EVIDENCE]}
    tuned = model("tuned", base_models=[link], weights=[state("open", license="MIT")], report=[state("closed")])
    monkeypatch.setenv("OPENNESS_REGISTRY", str(write_registry(tmp_path / "r.yaml", CLIMBER, tuned)))
    stored, anew = grade_json("tuned", Options()), grade_json("tuned", Options(as_of=TODAY))
    assert stored["effective_level"] == anew["effective_level"] == {"level": 1, "at_most": 1}


def test_a_partial_date_is_its_last_day_but_never_lies_ahead() -> None:
    assert parse_day("2023") == date(2023, 12, 31)
    assert parse_day("2024-02") == date(2024, 2, 29)
    for text in (f"{TODAY:%Y}", f"{TODAY:%Y-%m}", TODAY.isoformat()):
        assert parse_day(text) == TODAY
    for text in (f"{TODAY.year + 1}", f"{TODAY.year + 1}-01-01", "", "0000", "2024-1-1", "2024-04-31"):
        with pytest.raises(openness.OpennessError) as raised:
            parse_day(text)
        assert raised.value.code == "bad_date"


def test_the_module_offers_what_it_lists() -> None:
    for name in openness.__all__:
        assert getattr(openness, name) is not None
    with pytest.raises(AttributeError):
        _ = openness.nothing  # type: ignore[attr-defined]


def test_every_model_of_the_registry_can_be_graded_shown_and_exported() -> None:
    from openness.store import load_registry

    registry = load_registry()
    assert registry.entries
    for name, entry in registry.entries.items():
        grade = check("grade", grade_json(name, Options()))
        assert grade["id"] == name
        for repository in entry.model.repositories:
            assert grade_json(repository.id, Options())["id"] == name
        assert grade_text(grade)
        assert grade_markdown(grade).startswith("## ")
        assert len(json.dumps(grade)) < 200_000


def test_the_license_of_a_repository_is_read_from_its_text(olah: Olah, hub: FaultProxy) -> None:
    # A tag can say anything; here it says MIT.
    mit = (
        "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby"
    )
    terms = (
        f"{mit} granted, provided that the above copyright notice and this permission notice appear in all copies.\n"
    )
    card = b"---\nlicense: mit\n---\n# A model\n"
    olah.add("acme/terms", {"README.md": card, "LICENSE": terms.encode(), "model.safetensors": b"\x02\0\0\0\0\0\0\0{}"})
    assert repository_license("acme/terms") == terms
    assert repository_license("acme/terms", offline=True) == terms
    codes = {warning["code"] for warning in grade_json("acme/terms", Options())["warnings"]}
    assert "license_disagrees" in codes or "license_modified" in codes


def test_a_repository_without_a_license_file(olah: Olah, hub: FaultProxy) -> None:
    olah.add("acme/bare", {"README.md": b"# A model\n"})
    with pytest.raises(OpennessError, match="shows no license file"):
        repository_license("acme/bare")
