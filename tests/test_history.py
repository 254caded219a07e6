"""The timeline: every state with its date, undated ones without, and the grade as-of each date it changed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from openness.classifier.grade import Context
from openness.history import Entry, events, standings, timeline
from openness.knowledge import load_knowledge
from openness.schemas.record import Model

EVIDENCE = [{"url": "https://example.org/a", "read": "2025-01-02"}]
TODAY = date(2025, 3, 10)


def model(id_: str, bases: tuple[str, ...] = (), **fields: list[dict[str, Any]]) -> Model:
    states = {name: [{**state, "evidence": EVIDENCE} for state in value] for name, value in fields.items()}
    topics = {name: states.pop(name) for name in list(states) if name in ("optimization", "data_processing")}
    links = [{"id": base, "relation": "finetune", "evidence": EVIDENCE} for base in bases]
    return Model.model_validate({"id": id_, "name": id_, "base_models": links, "disclosures": topics, **states})


def levels(found: Model, *others: Model) -> list[tuple[str, int | None, int, bool]]:
    context = Context({item.id: item for item in (found, *others)}, load_knowledge(), "0", None, TODAY)
    return [(item.day.isoformat(), item.level, item.at_most, item.dated) for item in standings(found, context)]


def lines(found: Model, *others: Model) -> list[tuple[str | None, int, int | None]]:
    context = Context({item.id: item for item in (found, *others)}, load_knowledge(), "0", None, TODAY)
    entries: list[Entry] = timeline(events(found), standings(found, context))
    return [(item.since, len(item.events), item.standing.level if item.standing else None) for item in entries]


OPEN = {"status": "open", "license": "MIT"}


def test_a_grade_for_each_day_on_which_it_changed() -> None:
    found = model(
        "m",
        weights=[{"status": "closed", "since": "2023-01"}, {**OPEN, "since": "2023-06-02"}],
        report=[{"status": "open", "since": "2023-06-02"}],
        optimization=[{"value": "yes", "since": "2023-06-02"}],
        data_processing=[{"value": "yes", "since": "2024"}],
    )
    assert levels(found) == [("2023-01-31", 0, 0, True), ("2023-06-02", 1, 5, True), ("2024-12-31", 2, 5, True)]
    assert lines(found) == [("2023-01", 1, 0), ("2023-06-02", 3, 1), ("2024", 1, 2)]


def test_what_has_no_date_is_given_none() -> None:
    found = model("m", weights=[OPEN])
    assert levels(found) == [("2025-03-10", 1, 5, False)]
    assert lines(found) == [(None, 1, 1)]


def test_an_undated_state_makes_the_days_before_today_unknown() -> None:
    found = model("m", weights=[OPEN], report=[{"status": "open", "since": "2024-05-05"}])
    assert levels(found) == [("2024-05-05", None, 5, True), ("2025-03-10", 1, 5, False)]
    assert lines(found) == [("2024-05-05", 1, None), (None, 1, 1)]


@pytest.mark.parametrize(
    ("since", "day"), [("2025", "2025-03-10"), ("2025-03", "2025-03-10"), ("2025-03-10", "2025-03-10")]
)
def test_a_month_that_has_begun_is_known_today(since: str, day: str) -> None:
    found = model("m", weights=[{**OPEN, "since": since}])
    assert levels(found) == [(day, 1, 5, True)]
    assert lines(found) == [(since, 1, 1)]


def test_a_day_to_come_is_no_grade_of_today() -> None:
    found = model("m", weights=[{"status": "closed", "since": "2024-01-01"}, {**OPEN, "since": "2026-01-01"}])
    assert levels(found) == [("2024-01-01", 0, 0, True)]
    assert lines(found) == [("2024-01-01", 1, 0), ("2026-01-01", 1, None)]


def test_a_change_of_license_is_a_change() -> None:
    found = model(
        "m",
        weights=[
            {"status": "open", "license": "LicenseRef-llama-2", "since": "2023-01-01"},
            {**OPEN, "since": "2024-01-01"},
        ],
    )
    assert lines(found) == [("2023-01-01", 1, 1), ("2024-01-01", 1, 1)]


def test_a_base_counts_from_the_first_day_of_the_model_on() -> None:
    base = model("b", weights=[{**OPEN, "since": "2020-01-01"}, {"status": "closed", "since": "2024-06-01"}])
    found = model("m", ("b", "m", "nobody/else"), weights=[{**OPEN, "since": "2023-01-01"}])
    context = Context({"b": base, "m": found}, load_knowledge(), "0", None, TODAY)
    assert [(item.day.isoformat(), item.effective_at_most) for item in standings(found, context)] == [
        ("2023-01-01", 5), ("2024-06-01", 0),
    ]  # fmt: skip
    assert lines(found, base) == [("2023-01-01", 1, 1), ("2024-06-01", 0, 1)]


def test_two_ways_to_write_one_day_share_its_grade() -> None:
    found = model(
        "m", weights=[{"status": "closed", "since": "2024-05"}], report=[{"status": "open", "since": "2024-05-31"}]
    )
    assert sorted(level is None for _, _, level in lines(found)) == [False, True]
