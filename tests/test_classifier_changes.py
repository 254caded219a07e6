"""Two states of the registry: which grades moved, because of which facts, and on what evidence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from openness.classifier.changes import compare
from openness.classifier.grade import grade, show_range
from openness.schemas.changes import ModelChange
from openness.schemas.grade import LevelRange
from openness.schemas.record import Model
from strategies import CODE, EVIDENCE, LEVEL, PROCESS, TODAY, context, record, states

NEW = {**EVIDENCE, "url": "https://example.org/new", "where": "§2"}
SHOWN = dict(
    LEVEL[1], report="open", optimization="yes", infrastructure="partial", data_processing="no", data_sources="no"
)
REST = {"training_code": "closed", "training_data": "closed", "data_pipeline": "closed"}


def changes(before: list[Model], after: list[Model], skip: frozenset[str] = frozenset()) -> list[ModelChange]:
    old, new = context(*before), context(*after)
    return compare({m.id: m for m in before}, {m.id: m for m in after}, old, new, skip)


def change(before: Model, after: Model) -> ModelChange:
    (found,) = changes([before], [after])
    return found


def told(found: ModelChange) -> list[str]:
    """Every grade as ``level: L1 → L2: the causing fields``."""
    return [
        f"{item.artifact or item.what}: {item.before} → {item.after}: {', '.join(str(c.field) for c in item.because)}"
        for item in found.grades
    ]


def with_evidence(model: Model, field: str, *evidence: dict[str, str]) -> Model:
    """The record with other evidence for the only state of a field."""
    data = model.model_dump(mode="json")
    place = data if field in data else data["disclosures"]
    place[field][0]["evidence"] = list(evidence)
    return Model.model_validate(data)


def test_the_issue_s_example() -> None:
    before = record("llama-2-7b", **SHOWN, **REST)
    after = with_evidence(record("llama-2-7b", **{**SHOWN, **REST, "infrastructure": "yes"}), "infrastructure", NEW)
    found = change(before, after)
    assert (found.kind, found.evident, found.unproven, found.facts) == ("changed", True, False, [])
    (level,) = found.grades
    assert (level.what, level.before, level.after) == ("level", "L1", "L2")
    (cause,) = level.because
    assert cause.says == "report.infrastructure became yes (was partial)"
    assert str(cause.evidence[0].url) == NEW["url"]
    assert [(rule.rule, rule.before, rule.after) for rule in level.rules] == [
        ("training-process-disclosed", "false", "true")
    ]


CASES: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("nothing", LEVEL[1], LEVEL[1], []),
    ("two facts together", {**LEVEL[1], **REST, "report": "open", "optimization": "no", "infrastructure": "no",
                            "data_processing": "no"},
     {**LEVEL[1], **REST, "report": "open", "optimization": "yes", "infrastructure": "yes", "data_processing": "no"},
     ["level: L1 → L2: report.optimization, report.infrastructure"]),
    ("either of two would do", {**SHOWN, **REST}, {**SHOWN, **REST, "infrastructure": "yes", "data_processing": "yes"},
     ["level: L1 → L2: report.infrastructure, report.data_processing"]),
    ("an interval narrows", LEVEL[1], {**LEVEL[1], "report": "closed"},
     ["level: L1 (up to L5) → L1: report"]),
    ("lowered", {**LEVEL[3], "training_data": "closed"}, {**LEVEL[3], "training_code": "closed",
     "training_data": "closed", "data_sources": "no"}, ["level: L3 → L2: training_code, report.data_sources"]),
    ("beyond the level", {**LEVEL[1], **REST, "report": "closed"},
     {**LEVEL[1], **REST, **CODE, "report": "closed"}, []),
    ("withdrawn", {**LEVEL[5]}, {**LEVEL[5], "weights": "closed"}, ["level: L5 → L0: weights"]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_causes(before: dict[str, Any], after: dict[str, Any], expected: list[str]) -> None:
    first, second = record(**before), record(**after)
    found = changes([first], [second])
    if first == second:
        assert found == []
        return
    levels = [line for line in told(found[0]) if line.startswith("level")]
    assert levels == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("MIT", "CC-BY-NC-4.0", ["weights: open_source → restricted: weights"]),
        ("MIT", "Apache-2.0", []),
        (None, "MIT", ["weights: None → open_source: weights"]),
    ],
)
def test_license_verdicts(before: str | None, after: str, expected: list[str]) -> None:
    first, second = (record(**LEVEL[1], licenses={"weights": name}) for name in (before, after))
    found = change(first, second)
    assert told(found) == expected
    assert found.unproven is bool(expected)
    if expected:
        assert found.grades[0].because[0].says.startswith(f"the license of weights became {after} (was ")
    else:
        assert found.facts[0].says == ["the license of weights became Apache-2.0 (was MIT)"]


UNPROVEN: list[tuple[str, list[dict[str, str]], bool]] = [
    ("same evidence", [EVIDENCE], True),
    ("another note on it", [{**EVIDENCE, "note": "I changed my mind"}], True),
    ("another writer", [{**EVIDENCE, "by": "me"}], True),
    ("twice the same", [EVIDENCE, EVIDENCE], True),
    ("read again", [{**EVIDENCE, "read": "2026-11-21"}], False),
    ("another place", [{**EVIDENCE, "where": "§9"}], False),
    ("another document", [EVIDENCE, NEW], False),
    ("reviewed", [{**EVIDENCE, "reviewed": {"by": "x", "date": "2026-11-21"}}], False),  # type: ignore[dict-item]
]


@pytest.mark.parametrize(("evidence", "unproven"), [c[1:] for c in UNPROVEN], ids=[c[0] for c in UNPROVEN])
def test_a_grade_needs_changed_evidence(evidence: list[dict[str, str]], unproven: bool) -> None:
    before = with_evidence(record(**SHOWN, **REST), "infrastructure", EVIDENCE)
    after = with_evidence(record(**{**SHOWN, **REST, "infrastructure": "yes"}), "infrastructure", *evidence)
    assert change(before, after).unproven is unproven


def test_evidence_of_a_base_counts_and_an_assessment_does_not() -> None:
    before = record("tune", **SHOWN, **REST, bases=["base"])
    after = record("tune", **{**SHOWN, **REST, "infrastructure": "yes"}, bases=["base"])
    base = record("base", **LEVEL[1])
    assert changes([before, base], [after, base])[0].unproven
    read_again = with_evidence(base, "weights", NEW)
    assert not any(found.unproven for found in changes([before, base], [after, read_again]))
    said = after.model_copy(
        update={
            "assessments": record(assessments=[{"by": "X", "scale": "Y", "value": "Z", "evidence": [NEW]}]).assessments
        }
    )
    assert changes([before, base], [said, base])[0].unproven


def test_what_a_base_does_to_what_is_made_from_it() -> None:
    tune, base = record("tune", **LEVEL[4], data_pipeline="closed", bases=["base"]), record("base", **LEVEL[5])
    lower = record("base", **{**LEVEL[5], "training_data": "closed"})
    found = {item.id: item for item in changes([tune, base], [tune, lower])}
    assert told(found["tune"]) == ["effective_level: L4 → L3: None"]
    assert found["tune"].grades[0].because[0].says == "its base base became L3 (was L5)"
    assert not found["tune"].unproven, "a reproducible level is no grade of its own"
    assert found["base"].unproven
    alone = record("tune", **LEVEL[4], data_pipeline="closed")
    (gained,) = changes([alone, lower], [tune, lower])
    assert gained.grades[0].because[0].says == "it is made from base (L3)"
    assert gained.facts[0].says == ["it is now recorded as finetune of base"]
    gone = {item.id: item for item in changes([tune, base], [tune])}
    assert gone["tune"].grades[0].because[0].says == "its base base became not in the registry (was L5)"
    assert gone["base"].kind == "removed"


def test_added_removed_renamed_and_unread() -> None:
    place = [{"host": "huggingface", "id": "Org/Model"}]
    old = record("old", **LEVEL[1], repositories=place)
    new = record("new", **LEVEL[1], repositories=[{"host": "huggingface", "id": "org/model"}])
    found = change(old, new)
    assert (found.id, found.kind, found.old_id, found.grades) == ("new", "renamed", "old", [])
    by_alias = change(record("old", **LEVEL[1]), record("new", **LEVEL[1], aliases=["Old"]))
    assert by_alias.kind == "renamed"
    other = record("other", **LEVEL[2], licenses={"weights": "MIT"})
    kinds = {item.id: item.kind for item in changes([old], [other])}
    assert kinds == {"old": "removed", "other": "added"}
    assert changes([], [other], frozenset({"other"})) == []
    (added,) = changes([], [other])
    assert added.after is not None
    assert added.after.level == LevelRange(level=2, at_most=5)
    assert added.after.licenses == {"weights": "open_source"}
    assert not added.unproven


FACTS: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({"weights": [("2023", "open")]}, {"weights": [("2023-07", "open")]},
     ["the dated states of weights are now open since 2023-07"]),
    ({"weights": [("2023", "open")]}, {"weights": [("2023", "open"), ("2024", "gated")]},
     ["weights became gated (was open)", "the dated states of weights are now open since 2023, gated since 2024"]),
    ({**PROCESS, "evaluation": "no"}, {**PROCESS, "evaluation": "yes"}, ["report.evaluation became yes (was no)"]),
    ({"country": "DE"}, {}, ["country became not recorded (was DE)"]),
    ({}, {"released": "2024"}, ["released became 2024 (was not recorded)"]),
    ({"parameters": {"total": 7}}, {"parameters": {"total": 8}}, ["parameters became 8 (was 7)"]),
    ({"note": "x"}, {"note": "y" * 500}, [f"note became {'y' * 119}… (was x)"]),
    ({"bases": ["a/b"]}, {"bases": ["a/c"]},
     ["it is now recorded as finetune of a/c", "it is no longer recorded as finetune of a/b"]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), FACTS)
def test_facts_that_move_no_grade(before: dict[str, Any], after: dict[str, Any], expected: list[str]) -> None:
    found = change(record(**{"weights": "open", **before}), record(**{"weights": "open", **after}))
    assert [line for line in told(found) if not line.startswith("effective")] == []
    assert [says for fact in found.facts for says in fact.says] == expected


def test_evidence_that_came_and_went() -> None:
    before, after = (with_evidence(record(**LEVEL[1]), "weights", item) for item in (EVIDENCE, NEW))
    (fact,) = change(before, after).facts
    assert (fact.field, fact.says) == ("weights", ["the evidence of weights changed"])
    assert [item.url for item in fact.added] == [NEW["url"]]
    assert [item.url for item in fact.removed] == [EVIDENCE["url"]]
    noted = with_evidence(record(**LEVEL[1]), "weights", {**EVIDENCE, "note": "n"})
    (fact,) = change(before, noted).facts
    assert (fact.says, fact.added, fact.removed) == (["a note of weights changed"], [], [])


@given(states(), states())
@settings(max_examples=60, deadline=None)
def test_a_level_moves_with_causes_and_only_then(before: dict[str, str], after: dict[str, str]) -> None:
    first, second = record(**before), record(**after)
    was, is_ = (show_range(LevelRange(level=g.level, at_most=g.at_most)) for g in map(graded, (first, second)))
    levels = [item for found in changes([first], [second]) for item in found.grades if item.what == "level"]
    assert [(item.before, item.after) for item in levels] == ([(was, is_)] if was != is_ else [])
    assert all(item.because and item.rules for item in levels)


def graded(model: Model) -> Any:
    return grade(model, context(model, today=TODAY))
