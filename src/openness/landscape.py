"""The landscape at the front door: how many models stand where, and what is said of them against the evidence.

Aggregates of the index, and grades as of a day for the few models that they can concern. What is not established
stays so: it is counted apart, never as closed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from statistics import mean, median
from typing import TYPE_CHECKING, Any, Literal

from openness import catalog
from openness.registry.query import Filters, models, records
from openness.schemas.dates import last_day
from openness.schemas.record import Artifact, Status

if TYPE_CHECKING:
    from openness.classifier.grade import Context
    from openness.schemas.record import Model

Json = dict[str, Any]
Period = Literal["half", "year"]
# A level that is settled, and one that what has not been examined yet may still raise.
CODES = ("0", "0+", "1", "1+", "2", "2+", "3", "3+", "4", "4+", "5", "unknown")
VERDICTS = ("open_source", "open_not_osi", "restricted", "needs_human", "unknown")
UNKNOWN = "unknown"

ARTICLE_DAY = date(2024, 4, 30)
ARTICLE_BY = "Cheng Cheng (Kunlun Tech)"  # how the registry names who proposed the levels
ARTICLE_LEVEL = 4  # "nobody had reached it"


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


@dataclass(frozen=True)
class Claim:
    """A model that its makers call something, and the terms of its weights."""

    id: str
    name: str
    organization: str
    says: str
    by: str
    verdict: str
    license: str
    level: int | None
    at_most: int
    released: str
    url: str
    where: str
    quote: str


@dataclass(frozen=True)
class Proof:
    """What an artifact was on a day, since when, and where that can be checked."""

    status: str
    since: str
    url: str
    where: str


@dataclass(frozen=True)
class Reached:
    """A model that had reached a level by a day. ``since`` is the first day that the dated evidence proves."""

    id: str
    name: str
    organization: str
    level: int
    at_most: int
    with_bases: int | None  # the level that the models it was made from leave reproducible
    since: date
    proofs: dict[str, Proof]


@dataclass(frozen=True)
class Example:
    """A model that the article placed on a level, and our grades of it."""

    id: str
    name: str
    theirs: int | None
    level: int | None
    at_most: int
    level_today: int | None
    at_most_today: int


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
    return _survey(catalog.version(), _key(filters), by)


@lru_cache(maxsize=64)
def _survey(_version: str, filters: Filters, by: Period) -> Landscape:
    rows = _rows(_version, filters)
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
def _rows(_version: str, filters: Filters) -> list[Json]:
    return models(catalog.index(), filters)


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


def _list(record: str, field: str) -> list[Json]:
    """A list of a record, without reading the rest of it: ten times as fast.

    Inside of a text quotes are escaped, and a source of this name is no list: what is found is the field.
    """
    start = record.find(f'"{field}":[{{')
    found: list[Json] = json.JSONDecoder().raw_decode(record, start + len(field) + 3)[0] if start >= 0 else []
    return found


def claims(filters: Filters, says: str = "open source") -> list[Claim]:
    """The models whose makers call them so, one line each, by name.

    Raises:
        OpennessError: the registry cannot be used.
    """
    return _claims(catalog.version(), _key(filters), says)


@lru_cache(maxsize=64)
def _claims(_version: str, filters: Filters, says: str) -> list[Claim]:
    rows = {row["id"]: row for row in _rows(_version, filters)}
    found = []
    for name, text in records(catalog.index(), filters, holding='"claims":[{'):
        said = [claim for claim in _list(text, "claims") if claim["says"] == says]
        if said:
            row, evidence = rows[name], said[0]["evidence"][0]
            found.append(
                Claim(
                    id=name,
                    name=row["name"],
                    organization=row["organization"] or "",
                    says=says,
                    by=said[0]["by"],
                    verdict=row["verdict"] or UNKNOWN,
                    license=row["license"] or "",
                    level=row["level"],
                    at_most=row["at_most"],
                    released=row["released"] or "",
                    url=evidence.get("url") or "",
                    where=evidence.get("where") or evidence.get("citation") or "",
                    quote=evidence.get("quote") or "",
                )
            )
    return sorted(found, key=lambda claim: (claim.name.lower(), claim.id))


def reached(day: date, filters: Filters) -> list[Reached]:
    """The models that had reached the level of the article's claim by a day, by evidence of that time; the earliest first.

    Only what is established counts: a model whose evidence has gaps could only add to the list.

    Raises:
        OpennessError: the registry cannot be used.
    """
    return _reached(catalog.version(), day, _key(filters))


@lru_cache(maxsize=64)
def _reached(_version: str, day: date, filters: Filters) -> list[Reached]:
    from openness.store import context, open_index

    texts = [text for _name, text in records(catalog.index(), filters, holding='"training_data":[{')]
    index = open_index()
    try:
        with_models = context(index)
        found = [hit for text in texts if _may_have(text, day) and (hit := _as_of(text, day, with_models))]
    finally:
        index.close()
    return sorted(found, key=lambda hit: (hit.since, hit.name.lower()))


def _may_have(record: str, day: date) -> bool:
    """Whether grading it can be worth the while: the code and the data were released at some time up to the day.

    Reading a whole record costs twenty times as much as this.
    """
    return all(
        any(
            state["status"] in (Status.OPEN, Status.GATED) and (state.get("since") or "") <= day.isoformat()
            for state in _list(record, artifact)
        )
        for artifact in (Artifact.TRAINING_CODE, Artifact.TRAINING_DATA)
    )


def _as_of(text: str, day: date, with_models: Context) -> Reached | None:
    from openness.classifier.facts import facts_at
    from openness.classifier.grade import effective_level
    from openness.classifier.levels import fold, judge
    from openness.schemas.record import Model

    model, today = Model.model_validate_json(text), with_models.today
    facts = facts_at(model, day, today)
    grade = fold(judge(facts))
    if grade.level is None or grade.level < ARTICLE_LEVEL:
        return None
    since = day
    for change in sorted((past for past in _changes(model) if past <= day), reverse=True):
        before = fold(judge(facts_at(model, change, today))).level
        if before is None or before < ARTICLE_LEVEL:
            break
        since = change
    proofs = {}
    for artifact in Artifact:
        fact = facts[artifact]
        source = next((item for item in fact.evidence if item.url), None)
        url, where = (source.url or "", source.where or "") if source else ("", "")
        proofs[artifact.value] = Proof(fact.status, fact.since or "", url, where)
    return Reached(
        id=model.id,
        name=model.name,
        organization=model.organization or "",
        level=grade.level,
        at_most=grade.at_most,
        with_bases=effective_level(model, with_models, day).level,
        since=since,
        proofs=proofs,
    )


def _changes(model: Model) -> set[date]:
    """The days on which a dated state of a record begins."""
    states = [state for artifact in Artifact for state in getattr(model, artifact)]
    states += [state for _topic, topic in model.disclosures for state in topic]
    return {last_day(state.since) for state in states if state.since}


def examples() -> list[Example]:
    """The models that the article names, its levels and ours, on its day and today.

    Raises:
        OpennessError: the registry cannot be used.
    """
    return _examples(catalog.version())


@lru_cache(maxsize=2)
def _examples(_version: str) -> list[Example]:
    from openness.classifier.facts import facts_at
    from openness.classifier.levels import fold, judge
    from openness.schemas.record import Model

    today = datetime.now(UTC).date()
    found = []
    for _name, text in records(catalog.index(), Filters(), holding=ARTICLE_BY):
        model = Model.model_validate_json(text)
        for assessment in model.assessments:
            if assessment.by.startswith(ARTICLE_BY):
                then, now = (fold(judge(facts_at(model, day, today))) for day in (min(ARTICLE_DAY, today), today))
                found.append(
                    Example(
                        model.id, model.name, assessment.level, then.level, then.at_most, now.level, now.at_most
                    )
                )  # fmt: skip
    return sorted(found, key=lambda example: (example.theirs or 0, example.name.lower()))


def _key(filters: Filters) -> Filters:
    """The same filters in a form that can be remembered."""
    from dataclasses import fields, replace

    values = {field.name: getattr(filters, field.name) for field in fields(filters)}
    return replace(filters, **{name: tuple(value) for name, value in values.items() if isinstance(value, list)})
