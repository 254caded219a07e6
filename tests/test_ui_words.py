"""The words of the pages: every kind of clause and criterion has a name."""

from __future__ import annotations

import pytest

from openness.schemas.license import RESTRICTIONS, ClauseKind
from openness.ui.words import clause_name, criterion_name, is_restriction


def test_every_kind_of_clause_has_a_name_of_its_own() -> None:
    names = {kind: clause_name(kind) for kind in ClauseKind}
    assert len(set(names.values())) == len(ClauseKind)
    assert [kind for kind, name in names.items() if name == kind.replace("_", " ")] == []
    assert clause_name("a_new_kind") == "a new kind"


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (1, "1: free redistribution"),
        (5, "5: no discrimination against persons or groups"),
        (6, "6: no discrimination against fields of endeavor"),
        (10, "10: license is technology-neutral"),
    ],
)
def test_criteria_are_named_as_the_definition_has_them(number: int, name: str) -> None:
    assert criterion_name(number) == name
    assert len({criterion_name(item) for item in range(1, 11)}) == 10


def test_restrictions_come_first_and_duties_are_none() -> None:
    assert tuple(ClauseKind)[: len(RESTRICTIONS)] == RESTRICTIONS
    assert (RESTRICTIONS[0], RESTRICTIONS[-1], len(RESTRICTIONS)) == ("user_threshold", "grant_negated", 21)
    assert is_restriction("no_sell")
    assert not any(map(is_restriction, ("attribution_notice", "jurisdiction", "no such kind")))
