"""Pictures: drawn once in Python as plain shapes, shown on the page and saved as they are seen.

Vega knows no hatching and needs a browser engine of 33 MB to be saved on a server; what is shown here are bars and
squares. Shapes go to the browser as JSON, and every text into the page as a text node.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import streamlit as st

from openness.ui.language import _

_HERE = Path(__file__).parent
WIDE, NARROW = 860, 358  # the widths that are drawn: a desk and a phone
SIZE = 13  # of text
_PART = re.compile(r"[\u2e80-\uffff]\s*|[^\s\u2e80-\uffff]+\s*")  # a square sign, or a word
_SVG = "http://www.w3.org/2000/svg"


@dataclass
class Drawing:
    """Shapes in the order in which they are painted."""

    width: int
    height: float = 0
    shapes: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)

    def rect(self, x: float, y: float, width: float, height: float, kind: str, tip: str = "") -> None:
        """A filled rectangle; ``kind`` is its class, ``tip`` is shown when it is pointed at."""
        place = {"x": x, "y": y, "width": max(width, 0), "height": max(height, 0)}
        self._add("rect", {**place, "class": kind}, tip)

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str = "axis") -> None:
        """A thin line."""
        self._add("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "class": kind})

    def text(self, x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> None:
        """A text on the base line ``y``."""
        self._add("text", {"x": x, "y": y, "class": kind, "text-anchor": anchor}, words)

    def paragraph(self, x: float, y: float, words: str, kind: str = "", size: float = SIZE) -> float:
        """A text in as many lines as it needs; returns where the next one can begin."""
        for line in wrapped(words, self.width - 2 * x - 2 * size, size):  # bold is wider
            self.text(x, y + size, line, kind)
            y += size * 1.4
        return y

    def _add(self, name: str, attributes: Mapping[str, Any], text: str = "") -> None:
        rounded = {key: round(value, 1) if isinstance(value, float) else value for key, value in attributes.items()}
        self.shapes.append((name, rounded, text))


def room(words: str, size: float = SIZE) -> float:
    """About how wide a text is: Chinese signs are square, Latin ones half as wide."""
    return sum(size if ord(sign) > 0x2E80 else size * 0.56 for sign in words)


def shortened(words: str, width: float, size: float = SIZE) -> str:
    """A text that fits, with an ellipsis where something was left out."""
    if room(words, size) <= width:
        return words
    while words and room(words + "…", size) > width:
        words = words[:-1]
    return words.rstrip() + "…"


def wrapped(words: str, width: float, size: float = SIZE) -> list[str]:
    """A text in lines that fit. It is broken at spaces, and between signs that are square."""
    parts = _PART.findall(words)
    lines = [""]
    for part in parts:
        if lines[-1] and room((lines[-1] + part).rstrip(), size) > width:
            lines.append("")
        lines[-1] += shortened(part, width, size)
    return [line.rstrip() for line in lines]


@dataclass(frozen=True)
class Frame:
    """What stands around a picture that is saved: it must be understood alone."""

    title: str
    note: str
    source: str


def as_svg(drawing: Drawing, frame: Frame, alt: str) -> str:
    """A picture as a file, in light colors, with its title and source."""
    edge, top = 24, 24.0
    head = Drawing(drawing.width + 2 * edge)
    top = head.paragraph(edge, top, frame.title, "title", 19) + 4
    top = head.paragraph(edge, top, frame.note, "soft", 12) + 14
    foot = Drawing(head.width)
    below = foot.paragraph(edge, top + drawing.height + 12, frame.source, "soft", 11)
    height = round(below + edge - 6)
    size = {"width": str(head.width), "height": str(height), "viewBox": f"0 0 {head.width} {height}"}
    root = ElementTree.Element("svg", {"xmlns": _SVG, "role": "img", **size})
    ElementTree.SubElement(root, "title").text = _clean(frame.title)
    ElementTree.SubElement(root, "desc").text = _clean(alt)
    ElementTree.SubElement(root, "style").text = _style() + _css("shapes.css")
    hatch = {"id": "hatch", "width": "6", "height": "6", "patternUnits": "userSpaceOnUse"}
    pattern = ElementTree.SubElement(root, "pattern", {**hatch, "patternTransform": "rotate(45)"})
    ElementTree.SubElement(pattern, "rect", {"width": "2.2", "height": "6", "class": "stripe"})
    ElementTree.SubElement(root, "rect", {"width": "100%", "height": "100%", "class": "paper"})
    _write(root, head.shapes)
    _write(ElementTree.SubElement(root, "g", {"transform": f"translate({edge} {round(top)})"}), drawing.shapes)
    _write(root, foot.shapes)
    return ElementTree.tostring(root, encoding="unicode")


def _write(parent: ElementTree.Element, shapes: Sequence[tuple[str, dict[str, Any], str]]) -> None:
    for name, attributes, text in shapes:
        made = ElementTree.SubElement(parent, name, {key: str(value) for key, value in attributes.items()})
        if text and name == "text":
            made.text = _clean(text)
        elif text:
            ElementTree.SubElement(made, "title").text = _clean(text)


def _clean(text: str) -> str:
    """XML knows no control characters, not even escaped ones."""
    from openness.exports.text import clean

    return clean(text)


@cache
def _css(name: str) -> str:
    return (_HERE / name).read_text("utf-8")


# The same names as on the page, where the theme fills them in.
_LIGHT = {
    "text": "#17211d", "soft": "#585f5c", "line": "#d5dcd8", "paper": "#ffffff",
    "l0": "#eceded", "l1": "#cee2dc", "l2": "#a5c9be", "l3": "#76ae9c", "l4": "#287f64", "l5": "#124434",
}  # fmt: skip


def _style() -> str:
    values = ";".join(f"--{name}:{value}" for name, value in _LIGHT.items())
    return f"svg{{{values};font-family:system-ui,'Noto Sans','Noto Sans CJK SC',sans-serif}}"


@cache
def _component() -> Any:
    return st.components.v2.component(
        "openness.picture",
        html="<figure class='root'></figure>",
        css=_css("picture.css") + _css("shapes.css"),
        js=_css("picture.js"),
    )


def show(wide: Drawing, narrow: Drawing, frame: Frame, alt: str, csv: str, *, key: str) -> None:
    """Draw a picture, with what to save: the picture as SVG and PNG, its numbers as CSV.

    Args:
        wide: for a desk, and for what is saved.
        narrow: for a phone.
        frame: title, note and source of what is saved.
        alt: what the picture shows, in words.
        csv: its numbers.
        key: unique on the page; also the name of the files.
    """
    shown = [{"width": one.width, "height": round(one.height), "shapes": one.shapes} for one in (wide, narrow)]
    labels = {"svg": _("SVG"), "png": _("PNG"), "csv": _("CSV"), "save": _("Download:")}
    spoken = {"svg": _("Download the picture as SVG"), "png": _("Download the picture as PNG")}
    spoken["csv"] = _("Download the numbers as CSV")
    files = {"svg": as_svg(wide, frame, alt), "csv": csv, "name": f"openness-{key}"}
    _component()(data={"drawings": shown, "alt": alt, "labels": labels, "spoken": spoken, "files": files}, key=key)
