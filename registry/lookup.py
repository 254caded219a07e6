"""Look one model up in the index. Standard library only: this is the path of a known id."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

VERSION = "3"
ABANDONED_SECONDS = 60  # a live writer touches its file far more often
# Only while the index is still the one that was looked at.
RESTAMP = """
UPDATE openness_meta SET value = :value
WHERE key = :key AND EXISTS (SELECT 1 FROM openness_meta AS m WHERE m.key = 'sha256' AND m.value = :sha256)
"""
Stamp = dict[str, str]
Run = Callable[[str, dict[str, Any]], list[tuple[Any, ...]]]


def stamp_of(registry: Path, inputs: str) -> Stamp:
    """What an index built now would be built from: the file's identity and that of the rules."""
    stat = registry.stat()
    return {
        "path": str(registry),
        "size": str(stat.st_size),
        "mtime": str(stat.st_mtime_ns),
        "inputs": inputs,
    }


def digest(registry: Path) -> str:
    """sha256 of the registry file, in hex."""
    with registry.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Lookup:
    """Questions to an index. ``path`` is its file, None in a database.

    ``restamp`` notes that the index, as it is, was found to belong to a registry file that was touched
    or moved. It may do nothing.
    """

    def __init__(
        self, run: Run, close: Callable[[], None], restamp: Callable[[Stamp], None], path: Path | None = None
    ) -> None:
        self._run = run
        self.close = close
        self.restamp = restamp
        self.path = path

    def meta(self) -> Stamp:
        """What the index was built from."""
        return {str(key): str(value) for key, value in self._run("SELECT key, value FROM openness_meta", {})}

    def find(self, folded: str) -> str | None:
        """The id of the model with this folded name."""
        rows = self._run("SELECT id FROM openness_name WHERE name = :name", {"name": folded})
        return rows[0][0] if rows else None

    def grade(self, model: str) -> dict[str, Any] | None:
        """The stored grade of a registry id."""
        rows = self._run("SELECT grade FROM openness_model WHERE id = :id", {"id": model})
        try:
            return json.loads(rows[0][0]) if rows else None
        except ValueError:
            raise sqlite3.DatabaseError(f"the stored grade of {model} is damaged") from None

    def record(self, model: str) -> str | None:
        """The stored record of a registry id, as JSON."""
        rows = self._run("SELECT record FROM openness_model WHERE id = :id", {"id": model})
        return rows[0][0] if rows else None

    def line(self, model: str) -> int:
        """The line of the registry file where the block of a registry id begins, 0 where it is not known."""
        rows = self._run("SELECT line FROM openness_model WHERE id = :id", {"id": model})
        return int(rows[0][0]) if rows else 0

    def names(self) -> list[str]:
        """Every folded name, for suggestions."""
        return [row[0] for row in self._run("SELECT name FROM openness_name ORDER BY name", {})]


def open_sqlite(path: Path) -> Lookup | None:
    """Open an index file read-only; None when it is missing, damaged or of another version."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
    except sqlite3.Error:
        return None

    def run(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        return connection.execute(sql, values).fetchall()

    lookup = Lookup(run, connection.close, lambda stamp: _restamp(path, stamp), path)
    try:
        # SQLite notices missing pages, but reads the missing end of the last one as zeros.
        (size,) = run("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", {})[0]
        if lookup.meta().get("version") == VERSION and size == path.stat().st_size:
            return lookup
    except (sqlite3.Error, OSError):
        pass
    connection.close()
    return None


def is_fresh(lookup: Lookup, stamp: Stamp, registry: Path) -> bool:
    """Whether the index was built from this file and these rules: size and time first, the hash
    only when they differ. ``until`` is the day on which a stored grade may change by itself.
    """
    meta = lookup.meta()
    if meta.get("version") != VERSION or meta.get("inputs") != stamp["inputs"]:
        return False
    if (until := meta.get("until")) and until <= datetime.now(UTC).date().isoformat():
        return False
    if all(meta.get(key) == stamp[key] for key in ("path", "size", "mtime")):
        return True
    if meta.get("size") != stamp["size"] or meta.get("sha256") != digest(registry):
        return False
    lookup.restamp(stamp | {"sha256": meta["sha256"]})  # so that the next call need not hash
    return True


@contextmanager
def building(path: Path) -> Iterator[Path]:
    """A new file beside ``path``, moved into its place at the end: an index is never written where
    it is read. Also removes what killed writers have left.

    Raises:
        OSError: the folder cannot be written.
    """
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f"{path.name}*.building*"):
        try:
            if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
                left.unlink()
        except OSError:
            pass  # gone already
    handle, name = tempfile.mkstemp(prefix=path.name, suffix=".building", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
        Path(name).replace(path)
    except BaseException:
        for left in (Path(name), Path(f"{name}-journal")):
            left.unlink(missing_ok=True)
        raise


def restamped(stamp: Stamp) -> list[dict[str, str]]:
    """The values of :data:`RESTAMP`, one for each key."""
    return [{"key": key, "value": stamp[key], "sha256": stamp["sha256"]} for key in ("path", "size", "mtime")]


def _restamp(path: Path, stamp: Stamp) -> None:
    import shutil

    try:
        with building(path) as copy:
            shutil.copyfile(path, copy)
            with closing(sqlite3.connect(copy)) as connection, connection:
                connection.executemany(RESTAMP, restamped(stamp))
    except (OSError, sqlite3.Error):
        pass  # the next call hashes again


def inputs_stamp(folders: list[Path], version: str) -> str:
    """A short hash over name, size and time of every file that a grade depends on."""
    parts = [version]
    for folder in folders:
        for root, subfolders, files in os.walk(folder):
            subfolders.sort()
            for name in sorted(files):
                if name.endswith((".py", ".yaml", ".json")):
                    stat = Path(root, name).stat()
                    parts.append(f"{name}:{stat.st_size}:{stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
