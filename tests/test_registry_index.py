"""The SQL index: what its rows say, and that it is replaced as a whole or not at all."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, Table, create_engine, inspect
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import SQLModel

from databases import Database
from openness.registry import index
from openness.registry.index import Graded, build_database, build_sqlite
from openness.registry.lookup import VERSION, Lookup, open_sqlite
from openness.schemas.record import Model

STAMP = {"path": "/models.yaml", "size": "1", "mtime": "2", "inputs": "i", "sha256": "s"}


def graded(name: str, line: int = 1, **fields: Any) -> Graded:
    model = Model.model_validate({"id": name, "name": f"The {name}", **fields})
    grade = {
        "id": name,
        "level": 2,
        "at_most": 3,
        "licenses": {"weights": {"expression": "LicenseRef-x", "verdict": "restricted", "names": ["X License"]}},
        "artifacts": [{"artifact": "weights", "status": "gated"}, {"artifact": "report", "status": "open"}],
    }
    return Graded(model, line, grade)


FULL = graded(
    "llama-2-7b",
    line=17,
    aliases=["Llama2", "羊驼"],
    family="llama-2",
    organization="Meta AI",
    country="US",
    modality=["text", "code"],
    parameters={"total": 10**12},
    released="2023-07",
    repositories=[{"host": "huggingface", "id": "meta-llama/Llama-2-7b-hf"}],
)


def rows(path: Path, table: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1")]
    connection.close()
    return found


def opened(path: Path) -> Lookup:
    found = open_sqlite(path)
    assert found is not None
    return found


def test_a_row_holds_what_lists_show(tmp_path: Path) -> None:
    build_sqlite(tmp_path / "index", [FULL], STAMP)
    (row,) = rows(tmp_path / "index", "openness_model")
    assert json.loads(row.pop("grade")) == FULL.grade
    assert Model.model_validate_json(row.pop("record")) == FULL.model
    assert row.pop("search").split() == [
        "llama-2-7b", "the-llama-2-7b", "llama2", "羊驼", "meta-llama/llama-2-7b-hf", "meta-ai", "llama-2",
        "licenseref-x", "x-license",
    ]  # fmt: skip
    assert row == {
        "id": "llama-2-7b",
        "name": "The llama-2-7b",
        "organization": "Meta AI",
        "country": "US",
        "family": "llama-2",
        "modality": "text,code",
        "parameters": "1000000000000",
        "size": 1e12,
        "released": "2023-07",
        "released_by": "2023-07-31",
        "level": 2,
        "at_most": 3,
        "verdict": "restricted",
        "license": "LicenseRef-x",
        "weights": "gated",
        "report": "open",
        "training_code": "unknown",
        "training_data": "unknown",
        "data_pipeline": "unknown",
        "line": 17,
    }


def test_a_bare_model_has_a_row_as_well(tmp_path: Path) -> None:
    bare = graded("a")
    bare.grade.update(level=None, at_most=5, licenses={}, artifacts=[])
    build_sqlite(tmp_path / "index", [bare], STAMP)
    (row,) = rows(tmp_path / "index", "openness_model")
    for column in ("organization", "country", "family", "parameters", "released", "released_by", "level", "verdict"):
        assert row[column] is None
    assert row["modality"] == ""


@pytest.mark.parametrize(
    "name",
    ["llama-2-7b", "the-llama-2-7b", "llama2", "羊驼", "meta-llama/llama-2-7b-hf"],
)
def test_every_name_leads_to_the_model(tmp_path: Path, name: str) -> None:
    build_sqlite(tmp_path / "index", [graded("a"), FULL], STAMP)
    found = opened(tmp_path / "index")
    assert found.find(name) == "llama-2-7b"
    assert found.grade("llama-2-7b") == FULL.grade
    found.close()


def test_the_stamp_is_kept_with_the_version(tmp_path: Path) -> None:
    build_sqlite(tmp_path / "index", [], STAMP)
    found = opened(tmp_path / "index")
    assert found.meta() == STAMP | {"version": VERSION}
    assert found.names() == []
    found.close()


@pytest.mark.parametrize("name", ["a b?c=d&e", "a%20b#c", "索引"])
def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    build_sqlite(tmp_path / name / "index", [FULL], STAMP)
    assert [path.name for path in (tmp_path / name).iterdir()] == ["index"]
    opened(tmp_path / name / "index").close()


def test_an_open_reader_keeps_the_index_it_opened(tmp_path: Path) -> None:
    build_sqlite(tmp_path / "index", [graded("a")], STAMP)
    before = opened(tmp_path / "index")
    build_sqlite(tmp_path / "index", [graded("b")], STAMP)
    after = opened(tmp_path / "index")
    assert (before.find("a"), before.find("b")) == ("a", None)
    assert (after.find("a"), after.find("b")) == (None, "b")
    before.close()
    after.close()


def test_a_failing_disk_is_an_oserror_and_leaves_the_old_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_sqlite(tmp_path / "index", [graded("a")], STAMP)

    def full(*args: object) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(index, "_fill", full)
    with pytest.raises(OSError, match="database or disk is full"):
        build_sqlite(tmp_path / "index", [graded("b")], STAMP)
    found = opened(tmp_path / "index")
    assert found.names() == ["a", "the-a"]
    found.close()
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


NAMES = "SELECT name, id FROM openness_name ORDER BY name"
STAMPED = "SELECT value FROM openness_meta WHERE key = 'sha256'"


def test_a_database_is_filled_and_refilled(anybase: Database) -> None:
    build_database(anybase.url, [graded("a"), graded("b")], STAMP)
    build_database(anybase.url, [graded("b"), FULL], STAMP | {"sha256": "t"})
    assert {model for _, model in anybase.run(NAMES)} == {"b", "llama-2-7b"}
    assert anybase.run(STAMPED) == [("t",)]


def test_a_failed_fill_changes_nothing_in_a_database(anybase: Database) -> None:
    build_database(anybase.url, [graded("a")], STAMP)
    with pytest.raises(IntegrityError):
        build_database(anybase.url, [graded("b"), graded("b")], STAMP | {"sha256": "t"})
    assert anybase.run(NAMES) == [("a", "a"), ("the-a", "a")]
    assert anybase.run(STAMPED) == [("s",)]


def test_tables_of_another_version_are_made_anew(anybase: Database) -> None:
    anybase.run(
        "CREATE TABLE openness_meta (key VARCHAR PRIMARY KEY, value VARCHAR)",
        "INSERT INTO openness_meta VALUES ('version', '0')",
        "CREATE TABLE openness_model (id VARCHAR PRIMARY KEY, colour VARCHAR NOT NULL)",
        "CREATE TABLE theirs (x INTEGER)",
        "INSERT INTO theirs VALUES (7)",
    )
    build_database(anybase.url, [FULL], STAMP)
    assert ("llama2", "llama-2-7b") in anybase.run(NAMES)
    assert anybase.run("SELECT x FROM theirs") == [(7,)], "only our own tables"


def test_the_tables_of_a_program_around_us_are_not_ours(tmp_path: Path) -> None:
    """SQLModel has one metadata for all; a program that uses openness has its tables in it, too."""
    theirs = Table("theirs", SQLModel.metadata, Column("x", Integer, primary_key=True))
    try:
        build_database(f"sqlite:///{tmp_path}/any.db", [FULL], STAMP)
    finally:
        SQLModel.metadata.remove(theirs)
    engine = create_engine(f"sqlite:///{tmp_path}/any.db")
    assert inspect(engine).get_table_names() == ["openness_meta", "openness_model", "openness_name"]
    engine.dispose()
