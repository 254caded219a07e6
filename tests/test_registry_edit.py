"""Changing one entry: the rest of the file stays as people wrote it, byte for byte."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from license_texts import PROJECT
from openness.registry.blocks import read_blocks
from openness.registry.edit import FIELDS, entry_text, insert_entry, render_entry, set_field
from openness.schemas.record import Model

REGISTRY = """# The registry.

- family: acme
  organization: Acme

# About b.
- id: b
  name: B
  family: acme  # shared
  # why it is open
  weights:
    - status: open # really
      evidence: [{url: "https://example.org/", read: "2026-11-21"}]

  # a thought about the note
  note: x

# About d.
# Two lines.
- id: d
  name: D
"""


def data(text: str) -> dict[str, dict[str, Any]]:
    blocks, problems = read_blocks(text)
    assert problems == []
    return {block.name: block.data for block in blocks}


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("a", "- family: acme"),  # `a` sorts before the family `acme`
        ("acme", "# About b."),  # a family stands above the model of its name
        ("b.1", "# About d."),
        ("c", "# About d."),
        ("e", None),
    ],
)
def test_a_new_entry_stands_in_its_place(name: str, before: str | None) -> None:
    text = insert_entry(REGISTRY, name, render_entry({"id": name, "name": "New"}))
    assert f"- id: {name}\n  name: New\n" in text
    assert [*data(text)] == sorted(data(text))
    kept = [line for line in text.splitlines() if line.strip()]
    expected = [line for line in REGISTRY.splitlines() if line.strip()]
    assert [line for line in kept if line in expected] == expected  # nothing lost, nothing moved
    place = kept.index("  name: New")
    assert kept[place + 1 : place + 2] == ([before] if before else [])


def test_an_entry_that_exists_is_not_written_again() -> None:
    with pytest.raises(ValueError, match="`b` stands already at line 7"):
        insert_entry(REGISTRY, "b", "- id: b\n")


@pytest.mark.parametrize("start", ["", "# Only a comment.\n", "[]\n", "--- []\n", "---\n", "# no end of line"])
def test_the_first_entry_of_a_file(start: str) -> None:
    text = insert_entry(start, "a", render_entry({"id": "a", "name": "A"}))
    assert data(text) == {"a": {"id": "a", "name": "A"}}
    assert text.endswith("- id: a\n  name: A\n")


def test_a_file_with_windows_line_ends_keeps_them() -> None:
    text = set_field(REGISTRY.replace("\n", "\r\n"), "d", "note", "two words")
    assert text == REGISTRY.replace("\n", "\r\n") + "  note: two words\r\n"
    assert "\n" not in insert_entry(text, "c", render_entry({"id": "c", "name": "C"})).replace("\r\n", "")


@pytest.mark.parametrize(
    ("name", "field", "value", "removed", "added"),
    [
        ("b", "name", "B: the second", ["  name: B"], ['  name: "B: the second"']),
        ("b", "note", "y", ["  note: x"], ["  note: y"]),
        ("b", "released", "2024-01", [], ['  released: "2024-01"']),
        ("b", "parameters", {"total": 7}, [], ["  parameters: {total: 7}"]),
        ("b", "id", "b", [], []),
        (
            "b",
            "weights",
            [{"status": "unknown"}],
            [
                "    - status: open # really",
                '      evidence: [{url: "https://example.org/", read: "2026-11-21"}]',
            ],
            ["    - {status: unknown}"],
        ),
        ("d", "aliases", ["D1", "yes"], [], ['  aliases: [D1, "yes"]']),
    ],
)
def test_one_field_changes_and_nothing_else(
    name: str, field: str, value: Any, removed: list[str], added: list[str]
) -> None:
    text = set_field(REGISTRY, name, field, value)
    assert data(text)[name][field] == (value if field != "parameters" else {"total": "7"})
    before, after = REGISTRY.splitlines(), text.splitlines()
    assert [line for line in before if line not in after] == removed
    assert [line for line in after if line not in before] == added
    assert {key: item for key, item in data(text).items() if key != name} == {
        key: item for key, item in data(REGISTRY).items() if key != name
    }


def test_counts_and_flags_are_written_as_such() -> None:
    assert render_entry(
        {"id": "a", "parameters": {"total": "7"}, "released": "2024", "sources": {"a": {"stored": "true"}}}
    ) == ('- id: a\n  parameters: {total: 7}\n  released: "2024"\n  sources:\n    a: {stored: true}\n')


def test_an_entry_that_does_not_exist_cannot_be_changed() -> None:
    with pytest.raises(KeyError):
        set_field(REGISTRY, "acme", "note", "a family is no model")
    assert entry_text(REGISTRY, "acme") == ""
    assert entry_text(REGISTRY, "d") == "- id: d\n  name: D\n"


def test_the_fields_are_those_of_a_record() -> None:
    assert set(FIELDS) == set(Model.model_fields)


def test_every_field_of_the_real_registry_can_be_written_anew() -> None:
    text = (PROJECT / "data" / "models.yaml").read_text("utf-8")
    blocks = [block for block in read_blocks(text)[0] if not block.is_family][::9]
    assert blocks
    for block in blocks:
        piece = entry_text(text, block.name)
        for field, value in block.data.items():
            changed = set_field(piece, block.name, field, value)
            assert data(changed) == {block.name: block.data}


values = st.recursive(
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=30)
    | st.sampled_from(["no", "~", "2.10", "#", "- x"]),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(values)
def test_whatever_is_written_is_read_back(value: Any) -> None:
    unreadable = {"\u2028", "\u2029", "\x85", "\ufeff", "\ufffe", "\uffff"}
    if unreadable & set(str(value)) or any(ord(char) > 0xFFFD for char in str(value)):
        return  # the registry refuses these characters
    assert data(set_field(REGISTRY, "b", "note", value))["b"]["note"] == value
