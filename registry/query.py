"""Questions about many models at once: list, filter, search, count."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Engine, and_, func, or_
from sqlmodel import Session, col, select

from openness.registry.index import ModelRow, NameRow
from openness.schemas.dates import last_day
from openness.schemas.names import fold_name
from openness.schemas.record import Artifact, Status

SHOWN = (
    "id", "name", "organization", "country", "family", "modality", "parameters", "released", "level", "at_most",
    "verdict", "license", "weights", "report", "training_code", "training_data", "data_pipeline",
)  # fmt: skip
UNKNOWN = "unknown"  # of a level or a verdict: not established
Order = Literal["name", "level", "released", "parameters", "organization", "verdict", "id"]
_RELEASED = (Status.OPEN, Status.GATED)


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to. ``after`` and ``before`` are inclusive and may be partial dates; a
    model known to be released "in 2024" counts as of the last day of that year.

    Of the sequences an empty one does not narrow; ``levels`` and ``verdicts`` may hold ``"unknown"``. ``released``
    names artifacts that must all be open or gated behind mere acceptance. ``licenses`` are the license
    expressions that the weights may have, None for any.
    """

    words: Sequence[str] = ()
    min_level: int | None = None
    max_level: int | None = None
    verdict: str | None = None
    organization: str | None = None
    country: str | None = None
    after: str | None = None
    before: str | None = None
    levels: Sequence[int | str] = ()
    verdicts: Sequence[str] = ()
    released: Sequence[Artifact] = ()
    organizations: Sequence[str] = ()
    countries: Sequence[str] = ()
    modalities: Sequence[str] = ()
    min_parameters: float | None = None
    max_parameters: float | None = None
    licenses: Sequence[str] | None = None


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _one_of(column: Any, wanted: Sequence[object]) -> ColumnElement[bool]:
    """Whether a column is one of these; ``"unknown"`` stands for nothing in it."""
    known = [value for value in wanted if value != UNKNOWN]
    found: ColumnElement[bool] = column.in_(known)
    return or_(found, column.is_(None)) if len(known) < len(wanted) else found


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for word in filters.words:
        found.append(col(ModelRow.search).like(_like(fold_name(word)), escape="\\"))
    if filters.min_level is not None:
        found.append(col(ModelRow.level) >= filters.min_level)
    if filters.max_level is not None:
        found.append(col(ModelRow.level) <= filters.max_level)
    if filters.verdict is not None:
        found.append(_one_of(col(ModelRow.verdict), [filters.verdict]))
    if filters.organization is not None:
        found.append(col(ModelRow.organization).ilike(_like(filters.organization), escape="\\"))
    if filters.country is not None:
        found.append(col(ModelRow.country) == filters.country.upper())
    if filters.after is not None:
        found.append(col(ModelRow.released_by) >= filters.after)  # "2024-03" sorts before "2024-03-01"
    if filters.before is not None:
        found.append(col(ModelRow.released_by) <= last_day(filters.before).isoformat())
    return found + _choices(filters)


def _choices(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, wanted in (
        (col(ModelRow.level), filters.levels),
        (col(ModelRow.verdict), filters.verdicts),
        (col(ModelRow.organization), filters.organizations),
        (col(ModelRow.country), filters.countries),
    ):
        if wanted:
            found.append(_one_of(column, wanted))
    for artifact in filters.released:
        found.append(col(getattr(ModelRow, artifact)).in_(_RELEASED))
    if filters.modalities:
        listed = "," + col(ModelRow.modality) + ","
        found.append(or_(*(listed.like(_like(f",{name},"), escape="\\") for name in filters.modalities)))
    if filters.min_parameters is not None:
        found.append(col(ModelRow.size) >= filters.min_parameters)
    if filters.max_parameters is not None:
        found.append(col(ModelRow.size) <= filters.max_parameters)
    if filters.licenses is not None:
        found.append(col(ModelRow.license).in_(filters.licenses))
    return found


def _order(by: Order, descending: bool) -> list[Any]:
    columns: dict[str, Any] = {
        "name": func.lower(ModelRow.name),
        "level": col(ModelRow.level),
        "released": col(ModelRow.released_by),
        "parameters": col(ModelRow.size),
        "organization": func.lower(ModelRow.organization),
        "verdict": col(ModelRow.verdict),
        "id": col(ModelRow.id),
    }
    column = columns[by]
    wanted = column.desc() if descending else column.asc()
    return [wanted.nulls_last(), col(ModelRow.id)]


def models(
    engine: Engine,
    filters: Filters,
    *,
    order: Order = "id",
    descending: bool = False,
    offset: int = 0,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """The models that meet every filter, in order; what is not known comes last."""
    columns = [getattr(ModelRow, name) for name in SHOWN]
    statement = select(*columns).where(and_(True, *_conditions(filters))).order_by(*_order(order, descending))
    with Session(engine) as session:
        rows = [dict(zip(SHOWN, row, strict=True)) for row in session.exec(statement.offset(offset).limit(limit))]
    for row in rows:
        row["parameters"] = int(row["parameters"]) if row["parameters"] else None
        row["modality"] = row["modality"].split(",") if row["modality"] else []
    return rows


def count(engine: Engine, filters: Filters) -> int:
    """How many models meet every filter."""
    with Session(engine) as session:
        return session.exec(select(func.count()).select_from(ModelRow).where(and_(True, *_conditions(filters)))).one()


def counts(engine: Engine, column: Literal["organization", "country", "license", "modality"]) -> dict[str, int]:
    """The values that a column has, the commonest first, and how many models have each."""
    field, number = col(getattr(ModelRow, column)), func.count()
    statement = select(field, number).where(field.is_not(None)).group_by(field).order_by(number.desc(), field)
    with Session(engine) as session:
        return dict(session.exec(statement).all())


def records(engine: Engine, filters: Filters, *, holding: str = "") -> list[tuple[str, str]]:
    """Id and record, as JSON, of the models that meet every filter; only those whose JSON holds a text."""
    held = col(ModelRow.record).like(_like(holding), escape="\\")
    statement = select(ModelRow.id, ModelRow.record).where(and_(held, *_conditions(filters))).order_by(col(ModelRow.id))
    with Session(engine) as session:
        return [(name, record) for name, record in session.exec(statement)]


def values(engine: Engine, column: Literal["organization", "country", "license", "modality"]) -> list[str]:
    """The values that a column has, the commonest first."""
    found = counts(engine, column)
    if column != "modality":
        return list(found)
    return list(dict.fromkeys(part for value in found for part in value.split(",") if part))


def by_id(engine: Engine, ids: Sequence[str], columns: Sequence[str] = SHOWN) -> dict[str, dict[str, Any]]:
    """Columns of some models, by their ids; those that the registry does not know are left out."""
    wanted = list(dict.fromkeys(("id", *columns)))
    statement = select(*(getattr(ModelRow, name) for name in wanted)).where(col(ModelRow.id).in_(ids))
    with Session(engine) as session:
        return {row[0]: dict(zip(wanted, row, strict=True)) for row in session.exec(statement)}


def ids_of(engine: Engine, names: Sequence[str]) -> dict[str, str]:
    """The ids that some names of models resolve to; names that resolve to none are left out."""
    folded = {name: fold_name(name) for name in names}
    statement = select(NameRow.name, NameRow.id).where(col(NameRow.name).in_(set(folded.values())))
    with Session(engine) as session:
        known = dict(session.exec(statement).all())
    return {name: known[key] for name, key in folded.items() if key in known}


def bases(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """The base models of every model that has some, as they stand in its record."""
    statement = select(ModelRow.id, ModelRow.record).where(col(ModelRow.record).contains('"base_models":'))
    with Session(engine) as session:
        found = {id_: json.loads(record).get("base_models") for id_, record in session.exec(statement)}
    return {id_: links for id_, links in found.items() if links}
