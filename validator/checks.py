"""Short ways to write down what a check found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openness.schemas.validation import Check, CheckOutcome

SHOWN = 3
LONGEST = 300


def passed(name: str, detail: str, **figures: Any) -> Check:
    """The check holds."""
    return Check(name=name, outcome=CheckOutcome.PASS, detail=detail, figures=figures)


def failed(name: str, detail: str, **figures: Any) -> Check:
    """The check does not hold."""
    return Check(name=name, outcome=CheckOutcome.FAIL, detail=detail, figures=figures)


def warned(name: str, detail: str, **figures: Any) -> Check:
    """Nothing is broken, but somebody should look."""
    return Check(name=name, outcome=CheckOutcome.WARN, detail=detail, figures=figures)


def skipped(name: str, detail: str, **figures: Any) -> Check:
    """Nothing was found out; the detail says why."""
    return Check(name=name, outcome=CheckOutcome.SKIPPED, detail=detail, figures=figures)


def needs_code(name: str, detail: str) -> Check:
    """Only code of the repository could go on, and it is never run."""
    return Check(name=name, outcome=CheckOutcome.NEEDS_CODE, detail=detail)


def few(things: Sequence[str]) -> str:
    """The first few of a list, and how many more there are."""
    more = f" and {len(things) - SHOWN} more" if len(things) > SHOWN else ""
    return "; ".join(thing if len(thing) <= LONGEST else f"{thing[:LONGEST]}…" for thing in things[:SHOWN]) + more


def counted(number: int, thing: str) -> str:
    """``1 file``, ``3 files``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
