"""One item of a list in an entry: written in place, the rest left as people wrote it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openness.registry.blocks import read_blocks
from openness.registry.edit import edit_entries, set_item

FILE = """\
# a header
- family: acme
  organization: Acme

- id: acme-a
  name: A  # a comment
  assessments:
    # the first
    - by: one
      evidence: [{url: "https://a.example/", read: "2024-01-01"}]  # why

    - {by: two}
    # after the second
  note: n
# about b
- id: acme-b
  name: B
- id: acme-c
  name: C
  assessments: [{by: one}, {by: two}]
"""
CHANGED = ("acme-a", "acme-c")
ON_ONE_LINE = "  assessments: [{by: one}, {by: two}]\n"
NEW = {"by": "new", "evidence": [{"read": "2026-01-01", "stored": True}]}
LINES = """\
    - by: new
      evidence:
        - {read: "2026-01-01", stored: true}
"""


def data(text: str) -> dict[str, Any]:
    blocks, problems = read_blocks(text)
    assert not problems
    return {block.name: block.data for block in blocks}


@pytest.mark.parametrize(
    ("name", "index", "before", "after"),
    [
        ("acme-a", None, "    - {by: two}\n", "    - {by: two}\n" + LINES),
        ("acme-a", 1, "    - {by: two}\n", LINES),
        ("acme-a", 0, FILE[FILE.index("    - by: one") : FILE.index("\n    - {by: two}")], LINES),
        ("acme-b", None, "  name: B\n", "  name: B\n  assessments:\n" + LINES),
        ("acme-c", None, ON_ONE_LINE, "  assessments:\n    - {by: one}\n    - {by: two}\n" + LINES),
        ("acme-c", 0, ON_ONE_LINE, "  assessments:\n" + LINES + "    - {by: two}\n"),
    ],
)  # fmt: skip
def test_only_the_item_changes(name: str, index: int | None, before: str, after: str) -> None:
    expected = FILE.replace(before, after)
    assert expected != FILE
    assert set_item(FILE, name, "assessments", index, NEW) == expected
    assert edit_entries(FILE, {name: lambda text: set_item(text, name, "assessments", index, NEW)}) == expected


def test_an_entry_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        set_item(FILE, "nobody", "assessments", None, NEW)
    assert edit_entries(FILE, {"nobody": lambda text: ""}) == FILE


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_several_entries_at_once(mark: str, end: str) -> None:
    text = mark + FILE.removesuffix("\n") + end
    edits = {name: partial(set_item, name=name, field="assessments", index=None, value=NEW) for name in CHANGED}
    changed = edit_entries(text, edits)
    assert changed.startswith(mark + "# a header\n")
    assert [len(data(changed)[name]["assessments"]) for name in CHANGED] == [3, 3]
    assert "assessments" not in data(changed)["acme-b"]


PRINTED = st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"], exclude_characters="\ufeff\u2028\u2029")
WORDS = st.text(PRINTED, min_size=1, max_size=20)
ITEMS = st.dictionaries(st.sampled_from(["by", "value", "note"]), WORDS, min_size=1)


@given(st.lists(ITEMS, max_size=4), st.integers(0, 4), ITEMS)
def test_what_is_written_can_be_read_back(before: list[dict[str, str]], at: int, item: dict[str, str]) -> None:
    text = FILE
    for other in before:
        text = set_item(text, "acme-b", "assessments", None, other)
    index = at if at < len(before) else None
    text = set_item(text, "acme-b", "assessments", index, item)
    expected = [*before, item] if index is None else [*before[:index], item, *before[index + 1 :]]
    assert data(text)["acme-b"]["assessments"] == expected
    assert {key: value for key, value in data(text).items() if key != "acme-b"} == {
        key: value for key, value in data(FILE).items() if key != "acme-b"
    }
