"""Pictures: their files are whole and safe whatever stands in them, and nothing is told by color alone."""

from __future__ import annotations

import itertools
import json
from datetime import date
from xml.etree import ElementTree

import pytest

from openness.landscape import CODES, Group
from openness.ui.picture import NARROW, WIDE, Drawing, Frame, as_svg, room, shortened, wrapped
from openness.ui.picture.draw import bars, code_name, columns, matrix, spans

NS = {"svg": "http://www.w3.org/2000/svg"}
HOSTILE = "</text><script>alert(1)</script> &amp; ]]> \x00\x1b[31m javascript:alert(1)"
GROUPS = [
    Group("2023-2", {"1": 40, "1+": 12, "4": 3, "unknown": 2}),
    Group("2024-1", {}),
    Group("2024-2", {"0": 1, "5": 9}),
]
SPANS = [("A model", date(2023, 5, 1), 4, "L4"), ("B", date(2024, 4, 30), 5, "L5, with its base L0–5")]
DRAWINGS = [
    lambda width: columns(GROUPS, str, width),
    lambda width: columns([group for group in GROUPS if group.total], str, width, share=True),
    lambda width: bars(GROUPS, str, lambda group: f"{group.total} models", width),
    lambda width: matrix([("4", "L4 data"), ("1", "L1")], [("a", "open source"), ("b", "not")], {("4", "a"): 7}, width),
    lambda width: spans(SPANS, date(2024, 4, 30), width),
]  # fmt: skip


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("draw", DRAWINGS)
def test_everything_stays_inside_of_the_picture(draw, width: int) -> None:
    drawing = draw(width)
    assert drawing.width == width
    for name, place, text in drawing.shapes:
        if name == "rect":
            assert place["x"] >= 0, place
            assert place["x"] + place["width"] <= width + 0.5, place
            assert place["y"] + place["height"] <= drawing.height, place
        if name == "text":
            wide = room(text, 11)
            start = place["x"] - {"start": 0, "middle": wide / 2, "end": wide}[place["text-anchor"]]
            assert start >= -2, text
            assert start + wide <= width + 2, text
            assert place["y"] <= drawing.height, text


def test_a_column_is_as_high_as_its_number_and_hatched_where_it_may_be_higher() -> None:
    shapes = columns(GROUPS, str, WIDE).shapes
    tips = {text: place for name, place, text in shapes if name == "rect" and text}
    assert set(tips) == {
        "2023-2, L1: 40", "2023-2, L1 or more: 12", "2023-2, L4: 3", "2023-2, level not established: 2",
        "2024-2, L0: 1", "2024-2, L5: 9",
    }  # fmt: skip
    ratio = (tips["2023-2, L1: 40"]["height"] + 1) / (tips["2024-2, L5: 9"]["height"] + 1)
    assert ratio == pytest.approx(40 / 9, rel=0.02)
    hatched = [place for name, place, _ in shapes if name == "rect" and place["class"] == "hatch"]
    assert [place["y"] for place in hatched if place["x"] > 5] == [tips["2023-2, L1 or more: 12"]["y"]]
    assert [text for name, place, text in shapes if name == "text" and text == "57"] == ["57"]


def test_a_share_fills_the_column() -> None:
    shapes = columns([GROUPS[0]], str, WIDE, share=True).shapes
    tips = [text for name, _place, text in shapes if name == "rect" and text]
    assert "2023-2, L1: 40 / 57, 70 %" in tips
    heights = sum(place["height"] + 1 for name, place, text in shapes if name == "rect" and text)
    assert heights == pytest.approx(240, abs=1)


def test_levels_can_be_told_in_gray() -> None:
    """The shades get darker from level to level, each by enough to be seen."""
    from openness.ui.picture import _LIGHT

    def gray(color: str) -> float:
        red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    shades = [gray(_LIGHT[f"l{level}"]) for level in range(6)]
    assert all(first - second > 12 for first, second in itertools.pairwise(shades)), shades


def test_every_code_has_words_of_its_own() -> None:
    assert len({code_name(code) for code in CODES}) == len(CODES)


def test_a_file_is_understood_alone() -> None:
    frame = Frame("7 of 9 models " + "reach it " * 20, "No random sample.", "Source: the registry abc, 2026-11-22.")
    root = ElementTree.fromstring(as_svg(columns(GROUPS, str, WIDE), frame, "Columns."))
    texts = ["".join(item.itertext()) for item in root.iter(f"{{{NS['svg']}}}text")]
    assert " ".join(texts).count("reach it") == 20  # the title is broken, nothing of it is lost
    assert "No random sample." in texts
    assert "Source: the registry abc, 2026-11-22." in texts
    assert root.find("svg:desc", NS).text == "Columns."  # type: ignore[union-attr]
    assert float(root.get("width") or 0) > WIDE
    assert "url(" not in ElementTree.tostring(root, encoding="unicode").replace("url(#hatch)", "")
    assert "http" not in ElementTree.tostring(root, encoding="unicode").replace(NS["svg"], "")


def test_no_text_becomes_markup_in_a_file() -> None:
    groups = [Group(HOSTILE, {"1": 3})]
    frame = Frame(HOSTILE, HOSTILE, HOSTILE)
    for drawing in (columns(groups, str, WIDE), bars(groups, str, lambda group: group.name, WIDE)):
        text = as_svg(drawing, frame, HOSTILE)
        root = ElementTree.fromstring(text)
        names = {item.tag.removeprefix(f"{{{NS['svg']}}}") for item in root.iter()}
        assert names <= {"svg", "title", "desc", "style", "pattern", "rect", "line", "text", "g"}
        assert "<script" not in text
        assert not {"\x00", "\x1b"} & set(text)
        attributes = {key for item in root.iter() for key in item.attrib}
        assert not [key for key in attributes if key.startswith("on") or "href" in key]


def test_shapes_are_plain_json_for_the_browser() -> None:
    drawing = columns(GROUPS, lambda name: HOSTILE, WIDE)
    assert json.loads(json.dumps(drawing.shapes)) == [list(shape) for shape in drawing.shapes]
    assert {name for name, _place, _text in drawing.shapes} <= {"rect", "line", "text"}


@pytest.mark.parametrize(
    ("words", "width", "lines"),
    [
        ("one two three", 1000, ["one two three"]),
        ("one two three", room("one two", 13) + 1, ["one two", "three"]),
        ("五级的开放程度", 13 * 3, ["五级的", "开放程", "度"]),
        ("L4 五级", 13 * 3.5, ["L4 五", "级"]),
        ("", 100, [""]),
        ("a" * 50, room("a" * 10, 13), ["a" * 9 + "…"]),
    ],
)
def test_lines_are_broken_where_they_may_be(words: str, width: float, lines: list[str]) -> None:
    assert wrapped(words, width) == lines
    assert all(room(line) <= width for line in wrapped(words, width))


def test_a_long_name_is_shortened() -> None:
    assert shortened("short", 100) == "short"
    assert shortened("OpenBMB (ModelBest and Tsinghua University)", 100).endswith("…")


def test_an_empty_picture() -> None:
    assert columns([], str, WIDE).height > 0
    assert bars([], str, str, WIDE).shapes == []
    drawing = Drawing(100)
    assert drawing.paragraph(0, 0, "a b", size=10) == 14
    assert [text for _name, _place, text in drawing.shapes] == ["a b"]
