"""What is said of models against the evidence, for the landscape: claims of makers, and those of an article.

Grades as of a day are made anew, so only of the few models that they can concern.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from openness import catalog
from openness.catalog import database
from openness.landscape import UNKNOWN, rows_of
from openness.registry.query import Filters, records
from openness.schemas.dates import last_day
from openness.schemas.record import Artifact, Status

if TYPE_CHECKING:
    from openness.classifier.grade import Context
    from openness.schemas.record import Model

Json = dict[str, Any]

ARTICLE_DAY = date(2024, 4, 30)
ARTICLE_BY = "Cheng Cheng (Kunlun Tech)"  # how the registry names who proposed the levels
ARTICLE_LEVEL = 4  # "nobody had reached it"


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
    with_bases: int | None  # the level that the models it was made from leave reproducible, at least …
    with_bases_at_most: int  # … and at most
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
    return _claims(catalog.version(), filters, says)


@lru_cache(maxsize=64)
def _claims(_version: str, filters: Filters, says: str) -> list[Claim]:
    rows = {row["id"]: row for row in rows_of(_version, filters)}
    found = []
    for name, text in records(database(), filters, holding='"claims":[{'):
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
    """The models that had reached the level of the article's claim by a day, by evidence of then; the earliest first.

    Only what is established counts: a model whose evidence has gaps could only add to the list.

    Raises:
        OpennessError: the registry cannot be used.
    """
    return _reached(catalog.version(), day, filters)


@lru_cache(maxsize=64)
def _reached(_version: str, day: date, filters: Filters) -> list[Reached]:
    from openness.store import context, open_index

    texts = [text for _name, text in records(database(), filters, holding='"training_data":[{')]
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
    effective = effective_level(model, with_models, day)
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
        with_bases=effective.level,
        with_bases_at_most=effective.at_most,
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
    for _name, text in records(database(), Filters(), holding=ARTICLE_BY):
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
