"""The registry in use and its index: found, checked, built when stale."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openness import settings
from openness.registry.lookup import (
    RESTAMP,
    Lookup,
    Stamp,
    digest,
    inputs_stamp,
    is_fresh,
    open_sqlite,
    restamped,
    stamp_of,
)
from openness.schemas.errors import OpennessError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from openness.classifier.grade import Context
    from openness.registry.index import Graded
    from openness.registry.load import Registry
    from openness.schemas.record import Model


ATTEMPTS = 20  # at a registry that somebody is editing: another only when it was changed during the last
Progress = Callable[[int, int], None]  # models graded so far, and how many there are


def registry_path() -> Path:
    """The registry file in use: ``OPENNESS_REGISTRY``, else the updated copy, else the installed one.

    Raises:
        OpennessError: the setting names a file that does not exist, or a URL not yet fetched.
    """
    setting = settings.registry_setting()
    if setting is None:
        updated = settings.updated_registry()
        return updated if updated.is_file() else settings.INSTALLED_REGISTRY
    if setting.startswith(("http://", "https://")):
        copy = settings.copy_of(setting)
        if not copy.is_file():
            hint = "run `openness update` to fetch and check it"
            raise OpennessError("no_registry", f"OPENNESS_REGISTRY names {setting}, which was never fetched", hint)
        return copy
    path = Path(setting).expanduser().absolute()
    if not path.is_file():
        raise OpennessError("no_registry", f"OPENNESS_REGISTRY names {path}, which is not a file", "mend or unset it")
    return path


@cache
def _inputs() -> str:
    folders = [settings.HERE / "classifier", settings.HERE / "schemas", settings.LICENSES]
    return inputs_stamp(folders, settings.tool_version())


def load_registry(path: Path | None = None) -> Registry:
    """Load and check the registry in use, from its YAML.

    Raises:
        OpennessError: it cannot be read, or holds problems; the first ones are named.
    """
    from openness.knowledge import load_knowledge
    from openness.registry.load import load_file

    path = path or registry_path()
    try:
        registry = load_file(path, load_knowledge().known_ids())
    except (OSError, UnicodeDecodeError) as error:
        raise OpennessError("bad_registry", f"{path} cannot be read: {error}") from None
    if registry.problems:
        first = "; ".join(f"{path}:{problem.line}: {problem}" for problem in registry.problems[:3])
        more = len(registry.problems) - 3
        hint = "run `openness lint` for all of them"
        raise OpennessError("bad_registry", f"{first}{f' (+{more} more)' if more > 0 else ''}", hint)
    return registry


def _build_items(path: Path, stamp: Stamp, progress: Progress | None = None) -> list[Graded]:
    """Grade every model of a registry file, and complete the stamp of an index over them."""
    from openness.classifier.grade import Context, grade
    from openness.knowledge import load_knowledge
    from openness.registry.checks import next_change
    from openness.registry.index import Graded

    for _ in range(ATTEMPTS):  # until nobody changed the file while it was read
        try:
            before = stamp_of(path, stamp["inputs"])
            stamp |= before | {"sha256": digest(path)}
        except OSError as error:
            raise OpennessError("no_registry", f"{path} cannot be read: {error.strerror}") from None
        registry = load_registry(path)
        if stamp_of(path, stamp["inputs"]) == before:
            break
    models = LoadedModels(registry)
    today = datetime.now(UTC).date()
    if change := next_change(registry.models.values(), today):
        stamp["until"] = change.isoformat()
    context = Context(models, load_knowledge(), settings.tool_version(), stamp["sha256"][:12], today)
    items: list[Graded] = []
    for entry in registry.entries.values():
        items.append(Graded(entry.model, entry.block.line, grade(entry.model, context).to_json()))
        if progress:
            progress(len(items), len(registry.entries))
    return items


_temporary: list[str] = []


def _scratch_index() -> Path:
    """An index file for this process only, where the cache cannot be written."""
    if not _temporary:
        _temporary.append(tempfile.mkdtemp(prefix="openness-"))
        atexit.register(shutil.rmtree, _temporary[0], True)
    return _in_scratch(_temporary[0])


def drop_scratch() -> None:
    """Remove that file, where this process gives way to another program and never comes to its own end."""
    while _temporary:
        shutil.rmtree(_temporary.pop(), ignore_errors=True)


def _in_scratch(folder: str) -> Path:
    return Path(folder) / "index.sqlite3"


def open_index(*, rebuild: bool = False, progress: Progress | None = None) -> Lookup:
    """The index over the registry in use, built first when it is missing, stale or damaged.

    Args:
        rebuild: build it whatever state it is in.
        progress: told of each model that is graded while it is built.

    Raises:
        OpennessError: the registry cannot be used.
    """
    path = registry_path()
    try:
        stamp = stamp_of(path, _inputs())
    except OSError as error:
        raise OpennessError("no_registry", f"{path} cannot be read: {error.strerror}") from None
    if settings.database_url():
        return _open_database(path, stamp, rebuild, progress)
    file = settings.index_file(path)
    # A scratch index there is only where the cache proved useless, so it goes first.
    for known in () if rebuild else (*map(_in_scratch, _temporary), file):
        lookup = open_sqlite(known)
        if lookup is not None and is_fresh(lookup, stamp, path):
            return lookup
        if lookup is not None:
            lookup.close()
    return _build_index(file, path, stamp, progress)


def _build_index(file: Path, path: Path, stamp: Stamp, progress: Progress | None) -> Lookup:
    from openness.registry.index import build_sqlite

    items = _build_items(path, stamp, progress)
    reason: object = "other processes replace it all the time"
    for scratch in (False, True):
        try:
            goal = _scratch_index() if scratch else file
            build_sqlite(goal, items, stamp)
            lookup = open_sqlite(goal)
        except OSError as error:
            reason = error
            continue
        # A slower process may have put an index over an older registry in its place meanwhile.
        if lookup is not None and lookup.meta().get("sha256") == stamp["sha256"]:
            return lookup
    hint = "set OPENNESS_CACHE to a folder that can be written"
    raise OpennessError("index", f"the index {file} cannot be written: {reason}", hint)


def engine() -> Engine:
    """A SQLAlchemy engine on the fresh index, for lists and searches."""
    from sqlalchemy import URL, create_engine

    index = open_index()
    index.close()
    if index.path is None:
        return create_engine(settings.database_url() or "")
    return create_engine(
        URL.create("sqlite", database=index.path.absolute().as_uri(), query={"mode": "ro", "uri": "true"})
    )


def _open_database(path: Path, stamp: Stamp, rebuild: bool, progress: Progress | None) -> Lookup:
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError

    from openness.registry.index import build_database

    url = settings.database_url() or ""
    try:
        database = create_engine(url)
    except (SQLAlchemyError, ImportError) as error:
        raise _bad_database(error) from None
    except (ValueError, TypeError):  # its text may quote a part of the URL, such as a password
        raise _bad_database("it is not a database URL") from None

    def run(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        try:
            with database.begin() as connection:
                answer = connection.execute(text(sql), values)
                return [tuple(row) for row in answer] if answer.returns_rows else []
        except (SQLAlchemyError, ValueError, TypeError) as error:
            raise _bad_database(error) from None

    def restamp(new: Stamp) -> None:
        for values in restamped(new):
            try:
                run(RESTAMP, values)
            except OpennessError:
                return  # the next call hashes again

    lookup = Lookup(run, database.dispose, restamp)

    def fresh() -> bool:
        try:
            return is_fresh(lookup, stamp, path)
        except OpennessError:  # no tables yet, or no database at all, which building will tell
            return False

    def unchanged() -> bool:
        return all(stamp[key] == value for key, value in stamp_of(path, stamp["inputs"]).items())

    for _ in range(ATTEMPTS if rebuild or not fresh() else 0):
        items = _build_items(path, stamp, progress)
        try:
            if build_database(url, items, stamp, unchanged):
                break
        except (SQLAlchemyError, ValueError, TypeError) as error:
            if not fresh():  # else another process was faster
                raise _bad_database(error) from None
            break
    return lookup


def _bad_database(reason: object) -> OpennessError:
    message = f"OPENNESS_DATABASE_URL cannot be used: {str(reason).splitlines()[0]}"
    return OpennessError("database", message, "mend or unset it")


class LoadedModels(Mapping[str, "Model"]):
    """Records by any of their names, as the index finds them, before there is an index."""

    def __init__(self, registry: Registry) -> None:
        from openness.registry.checks import names_of
        from openness.schemas.names import fold_name

        self._fold = fold_name
        self._models = {fold_name(text): model for model in registry.models.values() for _, text in names_of(model)}

    def __getitem__(self, key: str) -> Model:
        return self._models[self._fold(key)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)


class IndexModels(Mapping[str, "Model"]):
    """Records by any of their names, read from the index one at a time."""

    def __init__(self, index: Lookup) -> None:
        self._index = index

    def __getitem__(self, key: str) -> Model:
        from openness.schemas.names import fold_name
        from openness.schemas.record import Model

        name = self._index.find(fold_name(key))
        text = self._index.record(name) if name else None
        if text is None:
            raise KeyError(key)
        try:
            return Model.model_validate_json(text)
        except ValueError:
            raise sqlite3.DatabaseError(f"the stored record of {name} is damaged") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._index.names())

    def __len__(self) -> int:
        return len(self._index.names())


def context(index: Lookup) -> Context:
    """What a grade is made with, over the index."""
    from openness.classifier.grade import Context
    from openness.knowledge import load_knowledge

    version = index.meta().get("sha256", "")[:12] or None
    today = datetime.now(UTC).date()
    return Context(IndexModels(index), load_knowledge(), settings.tool_version(), version, today)
