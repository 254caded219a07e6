"""Side by side: the rows, and what counts as a difference."""

from __future__ import annotations

import pytest

from openness.comparison import MAX_MODELS, Row, compare
from page_registry import small_registry

__all__ = ["small_registry"]
pytestmark = pytest.mark.usefixtures("small_registry")


def test_one_value_per_model_in_every_row() -> None:
    found = compare(["evil", "acme/Base-7B", "evil", "nobody", ""])
    assert [model["id"] for model in found.models] == ["evil", "base"]
    assert found.unknown == ["nobody"]
    assert all(len(row.values) == 2 for row in found.rows)
    rows = {(row.kind, row.name): row for row in found.rows}
    assert rows["level", ""].values == [[1, 5], [3, 5]]
    assert rows["verdict", ""].values == ["restricted", "open_source"]
    assert rows["artifact", "training_code"].values == ["unknown", "open"]
    assert rows["topic", "tokenizer"].values == ["unknown", "no"]
    threshold = rows["restriction", "user_threshold"]
    assert [clause["section"] for clause in threshold.values[0]] == ["2"]
    assert threshold.values[1] == []
    assert rows["fact", "country"].values == [None, "FR"]


def test_nothing_asked_is_nothing_found() -> None:
    found = compare([])
    assert (found.models, found.rows, found.unknown) == ([], [], [])


def test_at_most_six() -> None:
    assert len(compare(["base", "evil", "kid", "shut"] * 50).models) == 4
    assert MAX_MODELS == 6
    assert len(compare([f"n{i}" for i in range(1000)]).unknown) <= 12


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (Row("level", "", [[1, 1], [1, 1], [1, 3]]), [False, False, True]),
        (Row("artifact", "weights", ["open", "gated"]), [False, True]),
        (Row("fact", "country", [None, None]), [False, False]),
        # Alike in what they ask, however they are worded; and no clause is not the same as terms nobody has read.
        (Row("restriction", "k", [[{"params": {}, "summary": "a"}], [{"params": {}, "summary": "b"}]]), [False, False]),
        (Row("restriction", "k", [[{"params": {"number": 1}}], [{"params": {"number": 2}}], [], None]),
         [False, True, True, True]),
        (Row("restriction", "k", [[], None]), [False, True]),
    ],
)  # fmt: skip
def test_what_differs(row: Row, wanted: list[bool]) -> None:
    assert row.differing() == wanted
