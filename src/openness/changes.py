"""What a change of the registry does to grades: read both sides, grade both, compare."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from openness import settings
from openness.change import default_registry
from openness.knowledge import load_knowledge
from openness.registry.blocks import MAX_FILE_BYTES, Problem
from openness.registry.load import Registry, load_text
from openness.revisions import is_revision, read_at
from openness.schemas.changes import Diffed
from openness.schemas.errors import OpennessError
from openness.store import LoadedModels

_MAX_TOLD = 10
# Ids as they are seen without parsing, for entries that cannot be parsed.
_IDS = re.compile(r"""^(?:- +\{? *|  )["']?id["']?:[ \t]*["']?([\w.-]+)""", re.MULTILINE)


@dataclass(frozen=True)
class Side:
    """One state of the registry and its name."""

    name: str
    text: str
    sha256: str


def diff(base: str, head: str | None = None, path: Path | None = None) -> Diffed:
    """Compare two states of the registry.

    Args:
        base: a YAML file, or a git revision of ``path``.
        head: the same; the file in the working tree when None.
        path: the registry's file; ``data/models.yaml`` of the clone when None.

    Raises:
        OpennessError: a side cannot be read, or ``head`` has problems.
    """
    from openness.classifier.changes import compare
    from openness.classifier.grade import Context

    old = _read(base, path)
    new = _read(head, path) if head is not None else _file(path or default_registry())
    knowledge = load_knowledge()
    after = load_text(new.text, knowledge.known_ids())
    if after.problems:
        told = "; ".join(_told(new.name, after.problems))
        raise OpennessError("bad_registry", told, "mend these first: `openness lint` tells all of them")
    before = after if old.text == new.text else load_text(old.text, knowledge.known_ids())
    today, tool = datetime.now(UTC).date(), settings.tool_version()

    def context(registry: Registry, side: Side) -> Context:
        return Context(LoadedModels(registry), knowledge, tool, side.sha256[:12], today)

    unread = _unread(old.text, before)
    changes = compare(before.models, after.models, context(before, old), context(after, new), unread)
    unproven = [change.id for change in changes if change.unproven]
    return Diffed(
        tool=tool,
        registry=new.sha256[:12],
        base=old.name,
        head=new.name,
        as_of=today,
        ok=not unproven,
        models=changes,
        unproven=unproven,
        not_compared=sorted(unread & set(after.models)),
        warnings=_told(old.name, before.problems),
    )


def _unread(text: str, registry: Registry) -> frozenset[str]:
    """The ids that stand in a file and could not be read."""
    if not registry.problems:
        return frozenset()
    seen = {*_IDS.findall(text), *(problem.block for problem in registry.problems)}
    return frozenset(seen - set(registry.entries))


def _told(name: str, problems: list[Problem]) -> list[str]:
    more = len(problems) - _MAX_TOLD
    lines = [f"{name}:{problem.line}: {problem}" for problem in problems[:_MAX_TOLD]]
    return [*lines, f"and {more} more problems"] if more > 0 else lines


def _read(name: str, path: Path | None) -> Side:
    """A file where the name looks like one; else a revision, or a file whose name looks like no file."""
    if name.startswith("-") or not name or "\0" in name:
        raise OpennessError("bad_side", f"`{name}` is neither a file nor a revision")
    file = Path(name).expanduser()
    if name.startswith((".", "/", "~")) or file.suffix in (".yaml", ".yml"):
        return _file(file)
    if not file.is_file():
        return _revision(name, path or default_registry())
    try:
        return _revision(name, path or default_registry())
    except OpennessError:
        return _file(file)


def _revision(name: str, path: Path) -> Side:
    data = read_at(name, path, MAX_FILE_BYTES) if is_revision(name) else None
    if data is None:
        hint = "name a branch, tag or commit that was fetched, or a YAML file (./models.yaml)"
        raise OpennessError("not_found", f"git knows no revision `{name}`", hint)
    return _side(name, data)


def _file(path: Path) -> Side:
    try:
        with path.open("rb") as stream:  # a device has no size: the bound is on what is read
            data = stream.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OpennessError("unreadable", f"{path} cannot be read: {reason}", "name a YAML file") from None
    if len(data) > MAX_FILE_BYTES:
        raise OpennessError("too_large", f"{path} is larger than {MAX_FILE_BYTES >> 20} MiB")
    return _side(str(path), data)


def _side(name: str, data: bytes) -> Side:
    import hashlib

    try:
        return Side(name, data.decode("utf-8"), hashlib.sha256(data).hexdigest())
    except UnicodeDecodeError as error:
        raise OpennessError("unreadable", f"{name} cannot be read: {error}", "it must be a UTF-8 text file") from None
