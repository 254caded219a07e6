"""A graph of models in the language of Graphviz. Names go into quoted strings, where nothing of them is markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openness.exports.text import clean

_MAX = 60


@dataclass(frozen=True)
class Paint:
    """Colors for a light or a dark page; Graphviz does not know which one it is drawn on."""

    line: str
    text: str
    accent: str


LIGHT = Paint(line="#6d7a74", text="#17211d", accent="#0b6e4f")
DARK = Paint(line="#93a09a", text="#e8eeeb", accent="#4cc38a")


def quoted(text: object) -> str:
    """A string of DOT: backslashes and quotes are escaped, and so never begin one of Graphviz's own escapes."""
    shown = clean(text)
    shown = shown if len(shown) <= _MAX else f"{shown[: _MAX - 1]}…"
    return '"{}"'.format(shown.replace("\\", "\\\\").replace('"', '\\"'))


def dot(
    nodes: Mapping[str, tuple[str, str]], edges: Sequence[tuple[str, str, str]], focus: str, paint: Paint = LIGHT
) -> str:
    """A directed graph from left to right.

    Args:
        nodes: for each key the two lines of its label.
        edges: from, to and label; both ends must be among the nodes.
        focus: the node that is drawn with a thick frame.
        paint: the colors.
    """
    number = {key: f"n{place}" for place, key in enumerate(nodes)}
    lines = [
        "digraph family {",
        "  bgcolor=transparent; rankdir=LR; nodesep=0.15; ranksep=0.5;",
        '  node [shape=box, style=rounded, fontname="sans-serif", fontsize=11, margin="0.14,0.07", '
        f'color="{paint.line}", fontcolor="{paint.text}"];',
        f'  edge [fontname="sans-serif", fontsize=9, arrowsize=0.7, color="{paint.line}", fontcolor="{paint.text}"];',
    ]
    for key, (first, second) in nodes.items():
        more = f', penwidth=2.4, color="{paint.accent}"' if key == focus else ""
        label = f"{quoted(first)[:-1]}\\n{quoted(second)[1:]}" if second else quoted(first)
        lines.append(f"  {number[key]} [label={label}{more}];")
    lines += [f"  {number[start]} -> {number[end]} [label={quoted(label)}];" for start, end, label in edges]
    return "\n".join([*lines, "}"])
