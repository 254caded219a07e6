"""A table of real page elements: headings, rows and links that keyboards and screen readers reach.

Streamlit's own grid is drawn on a canvas. Data goes to the browser as JSON and into the page as text nodes
only, so nothing of it can become markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from openness.ui.language import _

Cell = dict[str, Any]
_HERE = Path(__file__).parent


def text(value: object, sub: str = "", *, tone: str = "", mark: bool = False) -> Cell:
    """A text with a smaller one below it. ``tone`` makes it a badge: good, fair, bad or plain."""
    return {"text": "" if value is None else str(value), "sub": sub, "tone": tone, "mark": mark}


def link(value: str, page: str, query: Mapping[str, str | list[str]], sub: str = "") -> Cell:
    """A link to a page of the site."""
    return {"text": value, "sub": sub, "page": page, "query": dict(query)}


def source(url: str, label: str, sub: str = "") -> Cell:
    """A link to a source on the web; the label alone where the address is not one."""
    from openness.ui.words import is_web

    return {"text": label, "sub": sub, **({"href": url} if is_web(url) else {})}


def level(lowest: int | None, highest: int, *, mark: bool = False) -> Cell:
    """The five steps of the ladder, those that are only possible hatched."""
    from openness.ui.words import level_range, level_words

    label = level_words(lowest, highest)
    return {
        "level": lowest or 0,
        "at_most": highest,
        "text": level_range(lowest, highest),
        "label": label,
        "mark": mark,
    }


def glyph(status: str, label: str, *, mark: bool = False, beside: str = "", sub: str = "") -> Cell:
    """A status as a shape that needs no color, with its text; ``beside`` it a short text that is seen."""
    return {"glyph": status, "label": label, "mark": mark, "text": beside, "sub": sub}


@cache
def _component() -> Any:
    return st.components.v2.component(
        "openness.table",
        html="<div class='root'></div>",
        css=(_HERE / "table.css").read_text("utf-8"),
        js=(_HERE / "table.js").read_text("utf-8"),
    )


def show(
    caption: str,
    columns: Sequence[Mapping[str, Any]],
    rows: Sequence[Sequence[Cell]],
    *,
    key: str,
    sort: tuple[str, bool] | None = None,
    first_is_heading: bool = True,
    even: bool = False,
    grid: bool = False,
) -> str | None:
    """Draw a table; a click on one of its links opens the page.

    Args:
        caption: what the table holds, for screen readers.
        columns: ``label`` and, where it can be sorted, ``sort``, the name of the order; ``narrow`` for glyphs,
            ``rotated`` for a heading that stands upright, ``group`` for one above several columns,
            ``tight`` for what must stay on one line.
        rows: one cell per column.
        key: unique on the page.
        sort: the order in use and whether it descends.
        first_is_heading: the first cell names the row.
        even: all columns are equally wide.
        grid: many narrow columns: headings and first column stay in sight, on a phone as well.

    Returns:
        The order whose heading was pressed in this run, None otherwise.
    """
    data = {
        "caption": caption,
        "columns": [dict(column) for column in columns],
        "rows": [list(row) for row in rows],
        "sort": {"name": sort[0], "descending": sort[1]} if sort else None,
        "heading": first_is_heading,
        "even": even,
        "grid": grid,
        "labels": {"sort": _("sort by {name}"), "differs": _("differs")},
        "lang": st.session_state.get("language", "en"),
    }
    result = _component()(data=data, key=key, on_sort_change=_nothing)
    return result.sort["name"] if result.sort else None


def filled(
    columns: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[Cell]]
) -> tuple[list[Mapping[str, Any]], list[list[Cell]]]:
    """A table without the columns that say nothing in any row."""
    kept = [
        place
        for place in range(len(columns))
        if any(row[place].get("text") or row[place].get("sub") or row[place].get("glyph") for row in rows)
    ]
    return [columns[place] for place in kept], [[row[place] for place in kept] for row in rows]


def _nothing() -> None:
    """Streamlit wants a callback for each trigger."""
