"""The landscape at the front door: how many models stand where, counted from the index.

What is not established stays so: it is counted apart, never as closed. Filters are remembered with their answers, so
the sequences in them must be tuples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import mean, median
from typing import Any, Literal

from openness import catalog
from openness.catalog import database
from openness.registry.query import Filters, models

Json = dict[str, Any]
Period = Literal["half", "year"]
# A level that is settled, and one that what has not been examined yet may still raise.
CODES = ("0", "0+", "1", "1+", "2", "2+", "3", "3+", "4", "4+", "5", "unknown")
VERDICTS = ("open_source", "open_not_osi", "restricted", "needs_human", "unknown")
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Group:
    """Models that have something in common, by level. ``name`` is empty where it is not known."""

    name: str
    counts: dict[str, int]  # by the codes of CODES

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    def reaching(self, level: int) -> int:
        """How many have at least this level by what is established."""
        return sum(number for code, number in self.counts.items() if code != UNKNOWN and int(code[0]) >= level)

    @property
    def median(self) -> float | None:
        """The median of the established levels; None where there is none."""
        levels = self._levels()
        return float(median(levels)) if levels else None

    @property
    def mean(self) -> float | None:
        """The mean of the established levels."""
        levels = self._levels()
        return mean(levels) if levels else None

    def _levels(self) -> list[int]:
        return [int(code[0]) for code, number in self.counts.items() if code != UNKNOWN for _ in range(number)]


@dataclass(frozen=True)
class Landscape:
    """What the models that meet a filter look like together, today."""

    everything: Group
    periods: list[Group]  # by release date, without gaps; ``name`` is 2024, or 2024-1 for its first half
    undated: int  # without a date, or with one too coarse for the period
    terms: dict[str, dict[str, int]]  # level ("0" to "5" or "unknown") -> verdict -> models
    makers: list[Group]
    countries: list[Group]


def code_of(level: int | None, at_most: int) -> str:
    """One of CODES."""
    if level is None:
        return UNKNOWN
    return f"{level}+" if at_most > level else str(level)


def period_of(released: str | None, by: Period) -> str | None:
    """The year or half-year of a release; None where the date does not tell."""
    if not released or (by == "half" and len(released) == 4):
        return None
    return released[:4] if by == "year" else f"{released[:4]}-{1 if released[5:7] <= '06' else 2}"


def survey(filters: Filters, *, by: Period = "half") -> Landscape:
    """Count the models that meet every filter.

    Raises:
        OpennessError: the registry cannot be used.
    """
    return _survey(catalog.version(), filters, by)


@lru_cache(maxsize=64)
def _survey(_version: str, filters: Filters, by: Period) -> Landscape:
    rows = rows_of(_version, filters)
    terms: dict[str, Counter[str]] = {}
    for row in rows:
        level = UNKNOWN if row["level"] is None else str(row["level"])
        terms.setdefault(level, Counter())[row["verdict"] or UNKNOWN] += 1
    periods = _grouped((period_of(row["released"], by), row) for row in rows)
    undated = sum(group.total for group in periods if not group.name)
    return Landscape(
        everything=_group("", rows),
        periods=_without_gaps({group.name: group for group in periods if group.name}, by),
        undated=undated,
        terms={level: dict(counts) for level, counts in terms.items()},
        makers=_grouped((row["organization"], row) for row in rows),
        countries=_grouped((row["country"], row) for row in rows),
    )


@lru_cache(maxsize=4)
def rows_of(_version: str, filters: Filters) -> list[Json]:
    """The models that meet every filter, as the index of a version lists them."""
    return models(database(), filters)


def _group(name: str, rows: Iterable[Json]) -> Group:
    found = Counter(code_of(row["level"], row["at_most"]) for row in rows)
    return Group(name, {code: found[code] for code in CODES if found[code]})


def _grouped(rows: Iterable[tuple[str | None, Json]]) -> list[Group]:
    """The groups, the largest first."""
    found: dict[str, list[Json]] = {}
    for name, row in rows:
        found.setdefault(name or "", []).append(row)
    groups = [_group(name, members) for name, members in found.items()]
    return sorted(groups, key=lambda group: (-group.total, group.name))


def _without_gaps(groups: dict[str, Group], by: Period) -> list[Group]:
    if not groups:
        return []
    first, last = min(groups), max(groups)
    names = [
        name
        for year in range(int(first[:4]), int(last[:4]) + 1)
        for name in ([str(year)] if by == "year" else [f"{year}-1", f"{year}-2"])
        if first <= name <= last
    ]
    return [groups.get(name) or Group(name, {}) for name in names]


def cumulated(groups: Sequence[Group]) -> list[Group]:
    """Each group together with all before it."""
    sums: Counter[str] = Counter()
    found = []
    for group in groups:
        sums.update(group.counts)
        found.append(Group(group.name, {code: sums[code] for code in CODES if sums[code]}))
    return found
