"""Rows as CSV that a spreadsheet can open without harm."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the wide ones, too, begin one in East Asia


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV; a text that a spreadsheet would run as a formula gets an apostrophe before it."""
    stream = io.StringIO()
    if rows:
        writer = csv.writer(stream)
        writer.writerow(rows[0])
        writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return stream.getvalue()


def _cell(value: Any) -> Any:
    value = ",".join(value) if isinstance(value, list | tuple) else value
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
