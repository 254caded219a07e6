"""`openness compare-assessments`: where others contradict our evidence, with both sides."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assessment_folders import COMMIT, mot_document, osai_document, write_clone
from cli_runner import EVIDENCE, check, inside, model, state, write_registry
from openness.assess import import_assessments
from openness.change import write
from openness.differences import AGREES, compare_assessments, difference, license_difference, license_id
from openness.registry.load import load_file
from openness.schemas.record import Artifact, Status
from openness.sources import mot, osai
from openness.sources.opinion import Says

DAY = date(2026, 11, 21)
OURS = model(
    "acme-lm",
    weights=[state("closed", "2023"), state("open", "2024", license="MIT")],
    report=[state("open")],
    training_code=[state("closed")],
    training_data=[state("partial", note="some")],
)
LISTED = {
    mot.WEIGHTS: "Apache 2.0",
    "Training code": "MIT",
    "Datasets": "CC-BY-4.0",
    "Data preprocessing code": "MIT",
    "Technical report": "Component not include",
}


def registry(folder: Path, *blocks: Any) -> Path:
    return write_registry(folder / "models.yaml", *(blocks or (OURS,)))


def clone(folder: Path, **documents: Any) -> Path:
    return write_clone(folder / "clone", {f"models/{name}.yml": item for name, item in documents.items()})


def test_both_sides_are_shown(tmp_path: Path) -> None:
    folder = clone(tmp_path, A=mot_document("acme-lm", LISTED))
    found = compare_assessments(load_file(registry(tmp_path)), [("mot", folder)], DAY)
    assert [(item.artifact, item.degree, item.ours.value, item.theirs.value) for item in found.differences] == [
        ("report", "contradiction", "open", "closed (Component not include)"),
        ("training_code", "contradiction", "closed", "open (listed under MIT)"),
        ("training_data", "lesser", "partial", "open (listed under CC-BY-4.0)"),
        ("license", "contradiction", "MIT", "Apache 2.0"),
    ]
    # The data pipeline is unknown to us, which contradicts nothing.
    assert (found.models, found.statements) == (1, 6)
    first = found.differences[0]
    assert (first.ours.url, str(first.ours.read)) == (EVIDENCE["url"], EVIDENCE["read"])
    assert first.theirs.url == f"https://github.com/lfai/model_openness_tool/blob/{COMMIT}/models/A.yml"
    assert (first.theirs.read, first.by, first.feature) == (DAY, mot.BY, "Technical report")


def test_the_facts_are_those_of_today(tmp_path: Path) -> None:
    folder = clone(tmp_path, A=mot_document("acme-lm", {mot.WEIGHTS: "MIT"}))
    path = registry(tmp_path, model("acme-lm", weights=[state("closed"), state("open", "2025", license="MIT")]))
    for day, count in ((date(2026, 1, 1), 0), (date(2024, 1, 1), 1)):
        assert len(compare_assessments(load_file(path), [("mot", folder)], day).differences) == count


def test_what_was_imported_is_compared_like_the_clone(tmp_path: Path) -> None:
    text = """\
- id: acme-lm
  name: LM
  weights: [{status: closed, evidence: [{url: "https://example.org/fact", read: "2024-06-30"}]}]
  training_code: [{status: open, evidence: [{url: "https://example.org/fact", read: "2024-06-30"}]}]
"""
    path = tmp_path / "models.yaml"
    path.write_text(text)
    documents = {
        "Acme.yaml": osai_document("Acme", "LM", None, weights_endmodel="open", trainingcode="partial", paper="open"),
        "models/Acme.yml": mot_document("LM", LISTED),
    }
    folder = write_clone(tmp_path / "clone", documents)
    kinds: list[Any] = ["mot", "osai"]
    for kind in kinds:
        write(import_assessments(kind, folder, path, DAY))
    loaded = load_file(path)
    assert loaded.problems == []
    recorded = compare_assessments(loaded, today=DAY)
    assert recorded == compare_assessments(loaded, [(kind, folder) for kind in kinds], DAY)
    assert [(item.artifact, item.degree, item.by) for item in recorded.differences] == [
        ("weights", "contradiction", osai.INDEX.by),
        ("weights", "contradiction", mot.BY),
        ("training_code", "lesser", osai.INDEX.by),
    ]


def test_what_a_person_wrote_is_not_parsed(tmp_path: Path) -> None:
    said = {
        "by": mot.BY,
        "scale": "s",
        "value": "1 of 17 components listed: Training code [MIT]",
        "evidence": [EVIDENCE],
    }
    found = compare_assessments(load_file(registry(tmp_path, {**OURS, "assessments": [said]})), today=DAY)
    assert (found.differences, found.models) == ([], 0)


def test_degrees() -> None:
    """Unknown contradicts nothing; only open against closed is a contradiction; every status has its equal."""
    for status, says in itertools.product(Status, Says):
        degree = difference(status, says)
        if status in (Status.UNKNOWN, Status.NOT_APPLICABLE):
            assert degree is None
        elif degree is None:
            assert says in AGREES[status]
        elif degree == "contradiction":
            assert {says, status} in (
                {Says.OPEN, Status.CLOSED},
                {Says.CLOSED, Status.OPEN},
                {Says.CLOSED, Status.GATED},
            )
    assert difference(Status.OPEN, Says.PARTIAL) == "lesser"
    assert difference(Status.OPEN, Says.NOT_LISTED) == "lesser"
    assert difference(Status.CLOSED, Says.NOT_LISTED) is None
    assert difference(Status.GATED, Says.PARTIAL) is None


@pytest.mark.parametrize(
    ("ours", "theirs", "degree"),
    [
        ("MIT", "MIT License", None),
        ("Apache-2.0", "Apache 2.0", None),
        ("Apache-2.0", "MIT", "contradiction"),
        ("Apache-2.0 OR MIT", "MIT", "lesser"),
        ("LicenseRef-llama-2", "Llama 2 Community License Agreement", None),
        ("MIT", "Unknown (research purposes only)", None),
        ("MIT", "pubmed", None),
        ("MIT", "Qwen License Agreement License", None),  # only an id of SPDX is known with "license" behind it
    ],
)
def test_licenses(ours: str, theirs: str, degree: str | None) -> None:
    assert license_difference(ours, theirs) == degree


def test_names_that_are_no_license() -> None:
    assert [text for text in ("", "license", "Other License", "Proprietary", "unlicensed") if license_id(text)] == []


def test_every_counterpart_is_an_artifact_and_a_feature() -> None:
    assert set(mot.COUNTERPARTS) <= set(mot.COMPONENTS)
    assert set(mot.COUNTERPARTS.values()) == set(Artifact)
    for edition in osai.EDITIONS:
        assert {*edition.end, *edition.base} <= set(edition.features)
        assert Artifact.DATA_PIPELINE not in {*edition.end.values(), *edition.base.values()}


def test_the_command(tmp_path: Path) -> None:
    path = registry(tmp_path)
    folder = clone(tmp_path, A=mot_document("acme-lm", {**LISTED, mot.WEIGHTS: "BSD-3-Clause"}))
    done = inside("compare-assessments", "--source", "mot", folder, registry=path)
    assert done.code == 0
    assert "! acme-lm  training_code\n    ours    closed  https://example.org/fact, read 2024-06-30\n" in done.out
    assert "~ acme-lm  training_data\n" in done.out
    assert "6 statements on 1 models: 3 contradictions, 1 lesser differences" in done.err
    told = check(
        "compare-assessments", inside("compare-assessments", "--json", "--source", "mot", folder, registry=path).json
    )
    assert [item["artifact"] for item in told["differences"]] == ["report", "training_code", "training_data", "license"]
    none = check("compare-assessments", inside("compare-assessments", "--json", "--registry", path, registry=path).json)
    assert (none["models"], none["differences"]) == (0, [])
    assert inside("compare-assessments", "--source", "fmti", folder, registry=path).code == 2
    assert inside("compare-assessments", "--source", "mot", tmp_path / "no", registry=path).code == 2
