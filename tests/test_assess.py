"""`openness import`: what is recorded for which entry, and that nothing else of the registry changes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assessment_folders import COMMIT, mot_document, osai_document, write_clone
from cli_runner import check, inside, run
from openness.assess import import_assessments, match, read_clone
from openness.change import write
from openness.registry.load import load_file, load_text
from openness.schemas.errors import OpennessError
from openness.sources import mot, osai

DAY = date(2026, 11, 21)
OTHER = "fedcba9876543210fedcba9876543210fedcba98"
PLACE = {"url": "https://example.org/fact", "read": "2024-06-30"}
REGISTRY = f"""\
# the registry
- family: acme
  organization: Acme
  assessments:
    - {{by: Family, scale: s, value: v, evidence: [{json.dumps(PLACE)}]}}

- id: acme-base
  name: Acme Base  # as they write it
  aliases: [Acme]
  repositories: [{{host: huggingface, id: acme/base}}, {{host: github, id: acme/code}}]
  weights: [{{status: open, license: MIT, evidence: [{json.dumps(PLACE)}]}}]
  assessments:
    # by hand
    - by: Somebody
      scale: s
      value: v
      evidence:
        - {{url: "https://github.com/lfai/model_openness_tool/blob/{OTHER}/models/By%20Hand.yml", read: "2024-06-30"}}
  note: the last field

- id: acme-chat
  name: Acme Chat
  repositories: [{{host: huggingface, id: acme/chat}}]

- id: acme-child
  name: Acme Child
  family: acme
"""
MIT = {"Model card": "MIT", mot.WEIGHTS: "MIT"}


def registry(folder: Path, text: str = REGISTRY) -> Path:
    path = folder / "models.yaml"
    path.write_text(text, "utf-8")
    assert load_file(path).problems == []
    return path


def clone(folder: Path, **models: Any) -> Path:
    return write_clone(folder / "clone", {f"models/{name}.yml": document for name, document in models.items()})


def test_a_new_assessment(tmp_path: Path) -> None:
    path = registry(tmp_path)
    folder = clone(tmp_path, Acme=mot_document("ACME base", MIT), Else=mot_document("Else", MIT))
    change = import_assessments("mot", folder, path, DAY)
    assert path.read_text("utf-8") == REGISTRY
    assert [(item.id, item.path, item.action) for item in change.done] == [("acme-base", "models/Acme.yml", "added")]
    assert [(item.name, item.reason) for item in change.unmatched] == [("Else", "not in the registry")]
    added = [line[1:] for line in change.diff.splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert added == [
        '    - by: "Model Openness Tool (LF AI & Data)"',
        '      scale: "Model Openness Framework 1.0: 17 components, Class III to Class I"',
        '      value: "2 of 17 components listed: Model parameters (Final) [MIT]; Model card [MIT]"',
        "      evidence:",
        f'        - {{url: "https://github.com/lfai/model_openness_tool/blob/{COMMIT}/models/Acme.yml",'
        f' read: "2026-11-21", revision: "{COMMIT}", stored: true, where: release.components, by: automatic}}',
        "      note: \"the file states no class; the tool's own rules leave this list unclassified: no license that"
        ' they know as open for Model architecture, Technical report, Evaluation results, Data card"',
    ]
    assert not any(line.startswith("-") and not line.startswith("---") for line in change.diff.splitlines())
    write(change)
    again = import_assessments("mot", folder, path, date(2026, 12, 1))
    assert (again.diff, [item.action for item in again.done]) == ("", ["unchanged"])


def test_a_newer_clone_updates_in_place(tmp_path: Path) -> None:
    path = registry(tmp_path)
    write(
        import_assessments("mot", clone(tmp_path, A=mot_document("Acme", MIT), B=mot_document("Acme", MIT)), path, DAY)
    )
    first = load_file(path).models["acme-base"].assessments
    assert [item.by for item in first] == ["Somebody", mot.BY, mot.BY]
    newer = write_clone(tmp_path / "clone", {"models/A.yml": mot_document("Acme", {"Datasets": "MIT"})}, OTHER)
    change = import_assessments("mot", newer, path, DAY)
    write(change)
    second = load_file(path).models["acme-base"].assessments
    assert [item.action for item in change.done] == ["updated", "updated"]
    assert [item.value[:18] for item in second[1:]] == ["1 of 17 components", "2 of 17 components"]
    assert {item.evidence[0].revision for item in second[1:]} == {OTHER}
    assert second[0] == first[0]
    assert "    # by hand\n" in path.read_text("utf-8")


def test_what_a_person_wrote_from_the_same_file_stays(tmp_path: Path) -> None:
    path = registry(tmp_path)
    folder = write_clone(tmp_path / "clone", {"models/By Hand.yml": mot_document("Acme", MIT)})
    change = import_assessments("mot", folder, path, DAY)
    assert (change.diff, [item.action for item in change.done]) == ("", ["kept"])


def test_an_entry_takes_over_its_familys_assessments(tmp_path: Path) -> None:
    path = registry(tmp_path)
    folder = clone(tmp_path, A=mot_document("Acme Child", MIT), B=mot_document("acme_child", MIT))
    write(import_assessments("mot", folder, path, DAY))
    loaded = load_file(path)
    assert [item.by for item in loaded.models["acme-child"].assessments] == ["Family", mot.BY, mot.BY]
    assert loaded.families == load_text(REGISTRY).families


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (mot_document("Whatever", MIT, huggingface="https://huggingface.co/ACME/base"), "acme-base"),
        (mot_document("Whatever", MIT, huggingface="acme/chat"), "acme-chat"),
        (mot_document("acme_chat", MIT), "acme-chat"),
        (mot_document("Acme", MIT, version="Chat"), None),  # two names, two models
        (mot_document("Acme Chat", MIT, huggingface="https://huggingface.co/acme/base"), None),
        (mot_document("Acme Chat 2", MIT), None),
        (mot_document("Acme Chatt", MIT), None),
        (mot_document("acme/base", MIT), None),  # a repository is no name
        (mot_document("Whatever", MIT, repository="https://github.com/acme/code"), None),
    ],
)
def test_which_entry_is_meant(tmp_path: Path, document: Any, expected: str | None) -> None:
    loaded = load_file(registry(tmp_path))
    matches = match(read_clone("mot", clone(tmp_path, A=document)), loaded)
    assert [item.id for item in matches.found] == ([expected] if expected else [])
    assert len(matches.unmatched) == (0 if expected else 1)


@pytest.mark.parametrize(
    ("system", "recorded", "matched"),
    [
        (("Acme", "Acme Chat", "Acme Base"), ["acme-base", "acme-chat"], ["acme-base", "acme-chat"]),
        (("Other", "Other Chat", "Acme Base"), [], ["acme-base"]),  # what it says of another maker's base
        (("Other", "Acme Chat", "Unknown"), ["acme-chat"], ["acme-chat"]),
        (("Acme", "Acme Base", "Acme Base"), ["acme-base"], ["acme-base"]),  # the base mirrors the end
        (("Acme", "Nothing", None), [], []),  # a family's name is no model
    ],
)
def test_end_models_and_their_bases(tmp_path: Path, system: Any, recorded: list[str], matched: list[str]) -> None:
    path = registry(tmp_path)
    document = osai_document(*system, weights_basemodel="open", weights_endmodel="closed", datasources_basemodel="open")
    folder = write_clone(tmp_path / "clone", {"Acme.yaml": document})
    change = import_assessments("osai", folder, path, DAY)
    assert sorted(item.id for item in change.done) == recorded
    assert sorted(item.id for item in match(change.reading, load_file(path)).found) == matched
    assert len(change.unmatched) == (0 if recorded else 1)
    write(change)
    for name in recorded:
        assessment = load_file(path).models[name].assessments[-1]
        assert assessment.by == osai.INDEX.by
        assert assessment.value.startswith(
            "as a base model" if (name, system[1]) == ("acme-base", "Acme Chat") else "0.167"
        )


def test_without_a_commit_the_newest_version_is_named(tmp_path: Path) -> None:
    folder = write_clone(tmp_path / "clone", {"models/A+ (1).yml": mot_document("Acme", MIT)}, None)
    path = registry(tmp_path)
    write(import_assessments("mot", folder, path, DAY))
    evidence = load_file(path).models["acme-base"].assessments[-1].evidence[0]
    assert evidence.revision is None
    assert evidence.url == "https://github.com/lfai/model_openness_tool/blob/HEAD/models/A%2B%20%281%29.yml"


def test_an_entry_in_another_form_is_refused_whole(tmp_path: Path) -> None:
    path = registry(tmp_path, '- {"id": "acme-base", "name": "Acme"}\n')
    with pytest.raises(OpennessError, match="would") as error:
        import_assessments("mot", clone(tmp_path, A=mot_document("Acme", MIT)), path, DAY)
    assert error.value.code == "bad_draft"


def test_the_command(tmp_path: Path) -> None:
    path = registry(tmp_path)
    folder = clone(tmp_path, A=mot_document("Acme", MIT), B=mot_document("\x1b[31mElse", MIT), C={"release": {}})
    (folder / "models" / "D.yml").write_text("a: [")
    tried = inside("import", "mot", folder, "--registry", path, "--dry-run", registry=path)
    assert (tried.code, path.read_text("utf-8")) == (0, REGISTRY)
    assert "+      scale: " in tried.out
    assert "\x1b" not in tried.out + tried.err
    assert "nothing was written (--dry-run)" in tried.err
    assert "not used: models/D.yml: not valid YAML at line" in tried.err
    done = run("import", "mot", folder, "--json", "--registry", path)
    told = check("import", done.json)
    assert (done.code, told["written"], told["files"], told["revision"]) == (0, True, 4, COMMIT)
    assert told["assessments"] == [{"id": "acme-base", "path": "models/A.yml", "action": "added"}]
    assert [item["path"] for item in told["unmatched"]] == ["models/B.yml"]
    assert [item["path"] for item in told["unreadable"]] == ["models/C.yml", "models/D.yml"]
    assert inside("lint", path, registry=path).code == 0
    shown = inside("grade", "acme-base", registry=path)
    assert "2 of 17 components listed" in shown.out
    again = inside("import", "mot", folder, "--json", "--registry", path, registry=path)
    assert (again.json["written"], again.json["diff"]) == (False, "")


@pytest.mark.parametrize("kind", ["mot", "osai"])
def test_no_clone_is_a_sentence(tmp_path: Path, kind: str) -> None:
    path = registry(tmp_path)
    for folder in (tmp_path / "missing", tmp_path):
        done = inside("import", kind, folder, "--registry", path, registry=path)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("error: ")
        assert "Traceback" not in done.err
