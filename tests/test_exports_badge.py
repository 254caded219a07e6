"""Badges: what they say, and that nothing in a name becomes markup."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest

from openness.exports import badge

NAMES = [
    "Base 7B",
    "<script>alert(1)</script>",
    'a" onload="x',
    "a ]]> & b",
    "x](https://evil.example) ![",
    "a\x00b\u202ec",
]


def grade(
    level: int | None = 1, at_most: int = 1, verdict: str | None = "restricted", name: str = "m"
) -> dict[str, Any]:
    return {"name": name, "level": level, "at_most": at_most, "licenses": {"weights": {"verdict": verdict}}}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (grade(), "L1 of 5 · not open source"),
        (grade(2, 4, "open_source"), "L2–4 of 5 · open source"),
        (grade(None, 5, None), "level unknown"),
        (grade(5, 5, "needs_human"), "L5 of 5 · needs a human reader"),
        (grade(0, 0) | {"licenses": {}}, "L0 of 5"),
    ],
)
def test_what_it_says(given: dict[str, Any], says: str) -> None:
    assert badge.message(given) == says
    root = ElementTree.fromstring(badge.svg(given))
    assert [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")] == ["openness", says]


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_is_well_formed_and_holds_names_as_text(name: str) -> None:
    picture = badge.svg(grade(name=name))
    root = ElementTree.fromstring(picture)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == {
        "svg",
        "title",
        "clipPath",
        "rect",
        "g",
        "text",
    }
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on")]
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert (title.text or "").startswith(name.replace("\x00", "�").replace("\u202e", "�"))


def test_every_half_is_legible() -> None:
    def luminance(color: str) -> float:
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for color in (badge.LEFT, *badge.COLORS.values()):
        assert 1.05 / (luminance(color) + 0.05) >= 4.5, color


def test_the_static_badge_escapes_what_shields_reads_as_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(badge, "message", lambda _grade: "a-b_c d/e")
    url = urlsplit(badge.shields_url(grade()))
    assert url.netloc == "img.shields.io"
    assert unquote(url.path) == "/badge/openness-a--b__c d/e-8a5300"
    assert "/" not in url.path.removeprefix("/badge/")


@pytest.mark.parametrize(
    "page", ['https://x.org/model?id=a"><script>', "https://x.org/model?id=a) [x](y", "https://x.org/model?id=a&b=<i>"]
)
def test_snippets_hold_an_address_as_an_address(page: str) -> None:
    markdown = badge.markdown(grade(), page)
    assert markdown.count("](") == 2
    assert markdown.endswith(")")
    assert not set(markdown.rpartition("](")[2][:-1]) & set(' ()[]<>"')
    html = ElementTree.fromstring(badge.html(grade(), page))
    assert [element.tag for element in html.iter()] == ["a", "img"]
    assert set(html.attrib) == {"href"}


def test_without_an_address_there_is_no_link() -> None:
    assert badge.markdown(grade()).startswith("![openness: L1 of 5 · not open source](https://img.shields.io/badge/")
    assert badge.html(grade()).startswith("<img ")
