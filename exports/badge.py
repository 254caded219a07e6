"""A grade as a badge: a picture of our own, and a static one of shields.io. Text from outside is escaped."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape as escape_xml

from openness.exports.text import VERDICTS, clean

Json = dict[str, Any]

LABEL = "openness"
# Both halves carry white text with a contrast of at least 4.5 : 1.
LEFT = "#3d4743"
COLORS = {None: "#5c6663", 0: "#8c2f24", 1: "#8a5300", 2: "#75600a", 3: "#3f6a1e", 4: "#146b3a", 5: "#0b6e4f"}
_PADDING, _HEIGHT = 7, 20
_NARROW, _WIDE = "iljtfr.,:;'|!()[]· ", "mwMW@%"


def message(grade: Json) -> str:
    """``L1 of 5 · not open source``: level, interval and license verdict."""
    level, at_most = grade["level"], grade["at_most"]
    text = "level unknown" if level is None else f"L{level} of 5" if at_most <= level else f"L{level}–{at_most} of 5"
    verdict = (grade["licenses"].get("weights") or {}).get("verdict")
    return f"{text} · {VERDICTS[verdict]}" if verdict else text


def color(grade: Json) -> str:
    """By the level alone; the words say the rest."""
    return COLORS[grade["level"]]


def svg(grade: Json) -> str:
    """The badge as a picture that needs no other file. Its title says the model's name to screen readers."""
    right = message(grade)
    title = escape_xml(f"{clean(grade['name'])}: {LABEL} {right}")
    widths = [_width(LABEL), _width(right)]
    total = sum(widths)
    texts = []
    for text, left, width in ((LABEL, 0, widths[0]), (right, widths[0], widths[1])):
        at = f'x="{left + width / 2:g}" y="14" textLength="{width - 2 * _PADDING}"'
        texts.append(f"<text {at}>{escape_xml(text)}</text>")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{_HEIGHT}" role="img">'
        f"<title>{title}</title>"
        f'<clipPath id="round"><rect width="{total}" height="{_HEIGHT}" rx="3"/></clipPath>'
        f'<g clip-path="url(#round)"><rect width="{widths[0]}" height="{_HEIGHT}" fill="{LEFT}"/>'
        f'<rect x="{widths[0]}" width="{widths[1]}" height="{_HEIGHT}" fill="{color(grade)}"/></g>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{''.join(texts)}</g></svg>"
    )


def _width(text: str) -> int:
    """Room for a text in 11 px Verdana, near enough: the text is then fitted to it."""
    return round(sum(4 if char in _NARROW else 10 if char in _WIDE else 7 for char in text)) + 2 * _PADDING


def shields_url(grade: Json) -> str:
    """The address of a static badge; shields.io writes ``--`` for a dash, ``__`` for an underscore."""
    parts = [part.replace("-", "--").replace("_", "__") for part in (LABEL, message(grade))]
    return f"https://img.shields.io/badge/{quote('-'.join([*parts, color(grade)[1:]]), safe='')}"


def markdown(grade: Json, page: str | None = None) -> str:
    """The static badge for a README, linked to the page of the model where there is one."""
    picture = f"![{_alt(grade)}]({shields_url(grade)})"
    return f"[{picture}]({_address(page)})" if page else picture


def html(grade: Json, page: str | None = None) -> str:
    """The same for a web page."""
    picture = f'<img alt="{escape_xml(_alt(grade), {chr(34): "&quot;"})}" src="{shields_url(grade)}"/>'
    return f'<a href="{escape_xml(_address(page), {chr(34): "&quot;"})}">{picture}</a>' if page else picture


def _alt(grade: Json) -> str:
    return f"{LABEL}: {message(grade)}"


def _address(page: str) -> str:
    """An address with nothing in it that could end a link or an attribute."""
    return re.sub(r"""[\s<>"'()\[\]\\`|]""", lambda found: quote(found[0], safe=""), page)
