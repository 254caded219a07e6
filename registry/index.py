"""The SQL index over the registry: built from records and grades, never the only copy of anything.

SQLite files are built beside and moved into place, so readers see the old index or the new one and
a killed writer leaves nothing half-made. Other databases are filled in one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, Text, create_engine, delete, event, insert, inspect, select
from sqlalchemy.exc import OperationalError
from sqlmodel import Field, SQLModel

from openness.registry.checks import names_of
from openness.registry.lookup import VERSION, Stamp, building
from openness.schemas.dates import last_day
from openness.schemas.names import fold_name
from openness.schemas.record import Model


class ModelRow(SQLModel, table=True):
    """One model: the columns that lists filter on, its record and its grade as JSON."""

    __tablename__ = "openness_model"

    id: str = Field(primary_key=True)
    name: str
    organization: str | None = Field(default=None, index=True)
    country: str | None = Field(default=None, index=True)
    family: str | None = None
    modality: str = ""
    parameters: str | None = None
    size: float | None = Field(default=None, index=True)  # the parameters as a number to compare, which may be inexact
    released: str | None = None
    released_by: str | None = Field(default=None, index=True)  # the last day that `released` covers
    level: int | None = Field(default=None, index=True)
    at_most: int = 5
    verdict: str | None = Field(default=None, index=True)
    license: str | None = None
    weights: str = "unknown"
    report: str = "unknown"
    training_code: str = "unknown"
    training_data: str = "unknown"
    data_pipeline: str = "unknown"
    line: int = 0
    search: str = Field(sa_type=Text)
    record: str = Field(sa_type=Text)
    grade: str = Field(sa_type=Text)


class NameRow(SQLModel, table=True):
    """A folded name and the model that it resolves to."""

    __tablename__ = "openness_name"

    name: str = Field(primary_key=True)
    id: str


class MetaRow(SQLModel, table=True):
    """What the index was built from."""

    __tablename__ = "openness_meta"

    key: str = Field(primary_key=True)
    value: str = Field(sa_type=Text)


@dataclass(frozen=True)
class Graded:
    """What the front door hands over for one model: its record, its place and its grade."""

    model: Model
    line: int
    grade: dict[str, Any]


def _row(item: Graded) -> dict[str, Any]:
    model, grade = item.model, item.grade
    license_ = grade["licenses"].get("weights") or {}
    names = [text for _, text in names_of(model)]
    status = {view["artifact"]: view["status"] for view in grade["artifacts"]}
    extra = [model.organization, model.family, license_.get("expression"), *license_.get("names", ())]
    return {
        "id": model.id,
        "name": model.name,
        "organization": model.organization,
        "country": model.country,
        "family": model.family,
        "modality": ",".join(model.modality or []),
        "parameters": str(model.parameters.total) if model.parameters else None,
        "size": float(min(model.parameters.total, 10**18)) if model.parameters else None,
        "released": model.released,
        "released_by": last_day(model.released).isoformat() if model.released else None,
        "level": grade["level"],
        "at_most": grade["at_most"],
        "verdict": license_.get("verdict"),
        "license": license_.get("expression"),
        **status,
        "line": item.line,
        "search": " ".join(fold_name(str(text)) for text in (*names, *filter(None, extra))),
        "record": model.model_dump_json(exclude_defaults=True),
        "grade": json.dumps(grade, ensure_ascii=False),
    }


# Only ours: a program that uses openness may have tables of its own in SQLModel's metadata.
TABLES: list[Table] = [SQLModel.metadata.tables[name] for name in ("openness_model", "openness_name", "openness_meta")]


def _make_tables(connection: Connection) -> None:
    """Create the tables, anew when another version made them."""
    if inspect(connection).has_table(TABLES[2].name):
        version = select(TABLES[2].c.value).where(TABLES[2].c.key == "version")
        if connection.execute(version).scalar() != VERSION:
            SQLModel.metadata.drop_all(connection, TABLES)
    SQLModel.metadata.create_all(connection, TABLES)


def _fill(engine: Engine, items: Iterable[Graded], stamp: Stamp, wanted: Callable[[], bool] = lambda: True) -> bool:
    rows = [_row(item) for item in items]
    names = {
        fold_name(text): row["id"] for row, item in zip(rows, items, strict=True) for _, text in names_of(item.model)
    }
    meta = [{"key": key, "value": value} for key, value in stamp.items()] + [{"key": "version", "value": VERSION}]
    with engine.begin() as connection:
        if not wanted():
            return False
        _make_tables(connection)
        for table in (ModelRow, NameRow, MetaRow):
            connection.execute(delete(table))
        for table, values in (
            (ModelRow, rows),
            (NameRow, [{"name": n, "id": i} for n, i in names.items()]),
            (MetaRow, meta),
        ):
            if values:
                connection.execute(insert(table), values)
    return True


_LOCK = 0x6F70656E  # any number that other programs will not think of: "open"


def _writer(url: str | URL) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        # Left alone, its driver commits each CREATE TABLE by itself and others see half an index.
        event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    elif engine.dialect.name == "postgresql":
        # One writer after the other, as SQLite has it; given up with the transaction, also by a killed one.
        lock = f"SELECT pg_advisory_xact_lock({_LOCK})"
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(lock))
    return engine


def build_sqlite(path: Path, items: list[Graded], stamp: Stamp) -> None:
    """Build the index beside ``path`` and move it into place.

    Raises:
        OSError: the folder cannot be written.
    """
    with building(path) as file:
        engine = _writer(URL.create("sqlite", database=str(file)))
        try:
            _fill(engine, items, stamp)
        except OperationalError as error:  # SQLite's word for a full or failing disk
            raise OSError(str(error.orig)) from None
        finally:
            engine.dispose()


def build_database(url: str, items: list[Graded], stamp: Stamp, wanted: Callable[[], bool] = lambda: True) -> bool:
    """Fill the index in the database at a SQLAlchemy URL, in one transaction.

    ``wanted`` is asked when no other writer can come in between any more: where the registry has changed since it
    was read, a slow process must not put an older index over a newer one. Returns whether the index was written.
    """
    engine = _writer(url)
    try:
        return _fill(engine, items, stamp, wanted)
    finally:
        engine.dispose()
