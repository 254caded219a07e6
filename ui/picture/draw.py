"""The kinds of picture of the landscape: columns over time, bars per group, a matrix of numbers.

Levels are told by lightness, order and number, never by color alone; hatched is what may still be higher.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from math import ceil

from openness.landscape import CODES, UNKNOWN, Group
from openness.ui.language import _
from openness.ui.picture import NARROW, SIZE, Drawing, room, shortened, wrapped
from openness.ui.words import level_name

GAP = 1  # between the parts of a bar


def code_name(code: str) -> str:
    """A code of the counts in words."""
    if code == UNKNOWN:
        return _("level not established")
    return _("L{level} or more").format(level=code[0]) if code.endswith("+") else f"L{code}"


def _paint(drawing: Drawing, code: str, place: tuple[float, float, float, float], tip: str, number: str = "") -> None:
    """One part of a bar, with its number where there is room for it."""
    x, y, width, height = place
    kind = UNKNOWN if code == UNKNOWN else f"l{code[0]}"
    drawing.rect(x, y, width, height, kind, tip)
    hatched = code.endswith("+")
    if hatched:
        drawing.rect(x, y, width, height, "hatch")
    if number and width > room(number, 11) + 5 and height > 13:
        if hatched:  # a plate, or it could not be read
            drawing.rect(x + width / 2 - room(number, 11) / 2 - 3, y + height / 2 - 7, room(number, 11) + 6, 14, kind)
        drawing.text(x + width / 2, y + height / 2 + 4, number, f"in on{code[:1]}", "middle")


def legend(drawing: Drawing, codes: Sequence[str], y: float) -> float:
    """What each shade means; returns where the picture can begin."""
    levels = [str(level) for level in range(6) if {str(level), f"{level}+"} & set(codes)]
    entries = [(level, f"L{level} {level_name(int(level))}") for level in levels]
    if any(code.endswith("+") for code in codes):
        entries.append(("1+", _("hatched: at least this level, not all examined")))
    if UNKNOWN in codes:
        entries.append((UNKNOWN, code_name(UNKNOWN)))
    x = 0.0
    for code, words in entries:
        width = 16 + room(words, 12) + 14
        if x and x + width > drawing.width:
            x, y = 0, y + 19
        _paint(drawing, code, (x + 0.5, y + 1, 11, 11), "")
        drawing.text(x + 16, y + 11, words, "soft")
        x += width
    return y + 30


def columns(groups: Sequence[Group], label: Callable[[str], str], width: int, *, share: bool = False) -> Drawing:
    """A column per period, the lowest level at the bottom. ``share`` fills each to 100 %."""
    drawing = Drawing(width)
    top = legend(drawing, used(groups), 0) + 8
    height, left = (240.0 if width > NARROW else 200.0), 42.0
    most = 100 if share else max((group.total for group in groups), default=1) or 1
    step = _step(most)
    base = top + height
    for mark in range(0, most + 1, step):
        y = base - height * mark / most
        drawing.line(left, y, width, y)
        drawing.text(left - 6, y + 4, f"{mark} %" if share else f"{mark}", "small", "end")
    wide = (width - left) / max(len(groups), 1)
    every = ceil(50 / wide)
    for position, group in enumerate(groups):
        x, y = left + position * wide + wide * 0.1, base
        unit = height / (group.total or 1) if share else height / most
        for code in CODES:
            if number := group.counts.get(code, 0):
                tall = number * unit
                y -= tall
                tip = f"{label(group.name)}, {code_name(code)}: {_amount(number, group.total, share)}"
                inside = f"{100 * number / group.total:.0f}" if share else f"{number}"
                _paint(drawing, code, (x, y, wide * 0.8, max(tall - GAP, 0.6)), tip, inside)
        if group.total and not share:
            drawing.text(x + wide * 0.4, y - 5, str(group.total), "small", "middle")
        if (len(groups) - 1 - position) % every == 0:  # the newest is always named
            last = position == len(groups) - 1 and wide < 50
            drawing.text(
                x + wide * (0.8 if last else 0.4), base + 16, label(group.name), "small", "end" if last else "middle"
            )
    drawing.height = base + 24
    return drawing


def _amount(number: int, total: int, share: bool) -> str:
    return f"{number} / {total}, {100 * number / total:.0f} %" if share else f"{number}"


def _step(most: int) -> int:
    for step in (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000, 10000):
        if most / step <= 5:
            return step
    return most


def used(groups: Sequence[Group]) -> list[str]:
    """The codes that occur."""
    return [code for code in CODES if any(group.counts.get(code) for group in groups)]


def bars(groups: Sequence[Group], label: Callable[[str], str], beside: Callable[[Group], str], width: int) -> Drawing:
    """A bar per group, with its name and a remark; as long as the group is large."""
    drawing = Drawing(width)
    y = legend(drawing, used(groups), 0)
    narrow = width <= NARROW
    left = 0.0 if narrow else 250.0
    right = max((room(beside(group), 12) for group in groups), default=0.0) + 10
    most = max((group.total for group in groups), default=1)
    for group in groups:
        if narrow:
            drawing.text(0, y + SIZE, shortened(label(group.name), width))
            y += 18
        else:
            drawing.text(left - 10, y + 15, shortened(label(group.name), left - 28), "", "end")
        x = left
        for code in CODES:
            if number := group.counts.get(code, 0):
                long = (width - left - right) * number / most
                tip = f"{label(group.name)}, {code_name(code)}: {number}"
                _paint(drawing, code, (x, y, max(long - GAP, 0.6), 21), tip, str(number))
                x += long
        drawing.text(x + 8, y + 15, beside(group), "soft")
        y += 30 if narrow else 27
    drawing.height = y
    return drawing


def matrix(
    rows: Sequence[tuple[str, str]], heads: Sequence[tuple[str, str]], counts: Mapping[tuple[str, str], int], width: int
) -> Drawing:
    """Numbers in a grid; the more of a row stand in a cell, the darker it is."""
    drawing = Drawing(width)
    narrow = width <= NARROW
    left = 34.0 if narrow else 220.0
    wide = (width - left) / (len(heads) + 1)
    deepest = 0.0
    for position, (_code, words) in enumerate([*heads, ("", _("together"))]):
        lines = wrapped(words, wide - 4, 11)
        for number, line in enumerate(lines):
            drawing.text(left + wide * (position + 0.5), 11 + number * 14, line, "small", "middle")
        deepest = max(deepest, 14.0 * len(lines) + 6)
    y = deepest
    for row, words in rows:
        total = sum(counts.get((row, head), 0) for head, _words in heads)
        drawing.text(0, y + 24, words.partition(" ")[0] if narrow else words)
        for position, (head, head_words) in enumerate(heads):
            number = counts.get((row, head), 0)
            shade = 1 + min(3, int(4 * number / total)) if total else 0
            tip = f"{words}, {head_words}: {number}"
            place = (left + wide * position, y)
            if number:
                drawing.rect(place[0] + 1, place[1] + 1, wide - 2, 36, f"l{shade}", tip)
            drawing.text(place[0] + wide / 2, y + 24, str(number), f"on{shade}" if number else "soft", "middle")
        drawing.text(left + wide * (len(heads) + 0.5), y + 24, str(total), "strong", "middle")
        y += 38
    drawing.height = y + 2
    return drawing


def spans(rows: Sequence[tuple[str, date, int, str]], last: date, width: int) -> Drawing:
    """A bar per model, from a day to the day that is asked about, with a remark: name, day, level, remark."""
    drawing = Drawing(width)
    y = legend(drawing, sorted({str(level) for _name, _since, level, _remark in rows}), 0)
    narrow = width <= NARROW
    left = 0.0 if narrow else 210.0
    right = max(room(remark, 12) for _name, _since, _level, remark in rows) + 12
    right = max(right, 36)  # for half of the date below
    first = min(since for _name, since, _level, _remark in rows)
    days = max((last - first).days, 1)
    for name, since, level, remark in rows:
        if narrow:
            drawing.text(0, y + SIZE, shortened(name, width))
            y += 18
        else:
            drawing.text(left - 10, y + 14, shortened(name, left - 28), "", "end")
        x = left + (width - left - right) * (since - first).days / days
        tip = f"{name}, L{level}: {since} – {last}"
        _paint(drawing, str(level), (x, y + 2, width - right - x, 16), tip, since.isoformat())
        drawing.text(width - right + 8, y + 14, remark, "soft")
        y += 28 if narrow else 24
    drawing.line(width - right, 30, width - right, y)
    drawing.text(width - right, y + 14, last.isoformat(), "small", "middle")
    drawing.height = y + 22
    return drawing
