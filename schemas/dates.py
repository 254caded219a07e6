"""Partial dates: ``2023``, ``2023-07`` or ``2023-07-18``.

A partial date stands for its last day, so that a fact known only as "July 2023" is never
used for a question about 15 July 2023.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints

PARTIAL_DATE = r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"


def last_day(partial: str) -> date:
    """Return the last day that a partial date covers.

    Raises:
        ValueError: the text is not a date of one of the three forms.
    """
    if not re.match(PARTIAL_DATE, partial):
        raise ValueError(f"{partial!r} is not a date: expected YYYY, YYYY-MM or YYYY-MM-DD")
    parts = [int(part) for part in partial.split("-")]
    year = parts[0]
    month = parts[1] if len(parts) > 1 else 12
    day = parts[2] if len(parts) > 2 else calendar.monthrange(year, month)[1]
    return date(year, month, day)


def _check(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        last_day(value)
    return value


def days_in(period: str) -> int:
    """The days of a period such as ``180d``, ``4w``, ``6m`` (of 30 days) or ``1y`` (of 365).

    Raises:
        ValueError: the text is no such period.
    """
    if not re.fullmatch(r"[0-9]{1,5}[dwmy]", period):
        raise ValueError(f"{period!r} is no period: expected a number and d, w, m or y, such as 180d")
    return int(period[:-1]) * {"d": 1, "w": 7, "m": 30, "y": 365}[period[-1]]


PartialDate = Annotated[str, BeforeValidator(_check), StringConstraints(pattern=PARTIAL_DATE)]
"""``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; compare with :func:`last_day`."""
