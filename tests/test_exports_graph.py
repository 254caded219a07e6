"""The graph: names are quoted strings, and nothing in them is a node, an attribute or an escape of Graphviz."""

from __future__ import annotations

import re

import pytest

from openness.exports.graph import DARK, dot, quoted

# One string of DOT as Graphviz reads it: a quote ends it unless a backslash stands before it.
STRING = r'"(?:[^"\\]|\\.)*"'


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Base", '"Base"'),
        ('a"];b[x="', r'"a\"];b[x=\""'),
        (r"\N\G", r'"\\N\\G"'),
        ("ends with \\", r'"ends with \\"'),
        ("<b>html</b>", '"<b>html</b>"'),
        ("two\nlines", '"two lines"'),
        ("\x00\u202e", '"��"'),
        ("x" * 100, f'"{"x" * 59}…"'),
    ],
)
def test_quoted(text: str, wanted: str) -> None:
    assert quoted(text) == wanted
    assert re.fullmatch(STRING, quoted(text))


@pytest.mark.parametrize("name", ['a"];evil[label="x', "\\", '\\"', "]; }", "a -> b", '<b>"', "x" * 59 + '\\"'])
def test_hostile_names_make_no_nodes(name: str) -> None:
    text = dot({"a": (name, name), "b": ("plain", "")}, [("a", "b", name)], "a", DARK)
    bare = re.sub(STRING, "S", text)
    nodes = re.findall(r"^  (n\d+) \[", bare, re.MULTILINE)
    assert nodes == ["n0", "n1"]
    assert re.findall(r"^  (n\d+ -> n\d+) \[label=S\];$", bare, re.MULTILINE) == ["n0 -> n1"]
    assert '"' not in bare
    assert bare.count("}") == 1


def test_the_model_itself_stands_out_by_its_frame() -> None:
    lines = dot({"a": ("A", "L1"), "b": ("B", "L2")}, [], "b").splitlines()
    assert [("penwidth" in line) for line in lines if line.startswith("  n")][-2:] == [False, True]
    assert r'label="A\nL1"' in "\n".join(lines)
