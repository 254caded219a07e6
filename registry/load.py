"""Load the registry: YAML blocks -> validated, merged records, with every problem at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from openness.registry.blocks import MAX_FILE_BYTES, TOO_LARGE, Block, Path, Problem, read_blocks
from openness.registry.checks import check_registry
from openness.schemas.names import did_you_mean
from openness.schemas.record import Family, Model, Shared

MERGED_BY_KEY = ("sources", "disclosures")
_SHARED = set(Shared.model_fields)
T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Entry:
    """A merged record and where its fields stand in the file."""

    model: Model
    block: Block
    family: Block | None = None

    def line_of(self, path: Path) -> int:
        """The line that set a field, in the model's block or in its family's."""
        return self._owner(path).line_of(path)

    def origin(self, path: Path) -> str:
        """The name of the block that set a field."""
        return self._owner(path).name

    def _owner(self, path: Path) -> Block:
        if self.family is None or not path:
            return self.block
        own = path[:2] if path[0] in MERGED_BY_KEY else path[:1]
        return self.family if own not in self.block.lines and own in self.family.lines else self.block


@dataclass(frozen=True)
class Registry:
    """The loaded registry. ``problems`` is empty when the file may be used."""

    entries: dict[str, Entry]
    families: dict[str, Family] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def models(self) -> dict[str, Model]:
        """The records by id."""
        return {name: entry.model for name, entry in self.entries.items()}


def merge(model: dict[str, Any], family: dict[str, Any] | None) -> dict[str, Any]:
    """Lay a model's fields over its family's, field by field (sources and topics by key)."""
    if family is None:
        return dict(model)
    merged = {key: value for key, value in family.items() if key in _SHARED} | model
    for key in MERGED_BY_KEY:
        ours, theirs = model.get(key), family.get(key)
        if isinstance(ours, dict) and isinstance(theirs, dict):
            merged[key] = theirs | ours
    return merged


def _fill_sources(value: Any, sources: dict[str, Any], path: Path, missing: list[tuple[Path, str]]) -> Any:
    """Replace ``source: key`` in every evidence by the fields of that source."""
    if isinstance(value, list):
        return [_fill_sources(item, sources, (*path, i), missing) for i, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if "evidence" in path and "source" in value and isinstance(value["source"], str):
        found = sources.get(value["source"])
        if not isinstance(found, dict):
            missing.append((path, value["source"]))
            return {"url": "https://missing.invalid/", "read": "1970-01-01", **value}
        return {**found, **value}
    return {key: _fill_sources(item, sources, (*path, key), missing) for key, item in value.items()}


def _from_source(path: Path, written: Any) -> bool:
    """Whether the value at ``path`` was taken over from a source, where it is reported already."""
    for part in path[:-1]:
        if isinstance(written, dict) and "source" in written:
            return False  # deeper than the fields of a source
        try:
            written = written[part]
        except (LookupError, TypeError):
            return False
    return "evidence" in path and isinstance(written, dict) and "source" in written and path[-1] not in written


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _fields_at(root: type[BaseModel], path: Path) -> list[str]:
    """The keys allowed where ``path`` ends, for a suggestion; empty where it is not a model."""
    current: Any = root
    for i, part in enumerate(path):
        if isinstance(part, int) or not hasattr(current, "model_fields"):
            continue
        if path[i - 1 : i] == ("sources",):  # this part is the source's key
            continue
        info = current.model_fields.get(part)
        if info is None:
            return []
        found: list[Any] = [info.annotation]
        while found and not hasattr(found[0], "model_fields"):
            found = [*getattr(found[0], "__args__", ()), *found[1:]]
        current = found[0] if found else None
    return list(getattr(current, "model_fields", {}))


def _sentence(error: ErrorDetails, root: type[BaseModel]) -> tuple[Path, str]:
    path: Path = tuple(part for part in error["loc"] if part != "[key]")
    kind, value = error["type"], error["input"]
    if kind == "extra_forbidden":
        return path, f"unknown key{did_you_mean(path[-1], _fields_at(root, path[:-1]))}"
    if kind == "missing":
        return path, "is missing"
    if kind in ("enum", "literal_error"):
        expected = error.get("ctx", {}).get("expected", "").replace("'", "`")
        choices = [part.strip("` ") for part in expected.replace(" or ", ",").split(",")]
        return path, f"{_shown(value)} is not one of {expected}{did_you_mean(value, choices)}"
    if kind == "string_pattern_mismatch":
        return path, f"{_shown(value)} has the wrong form, expected to match {error['ctx']['pattern']}"
    return path, error["msg"].removeprefix("Value error, ")


def _validate(root: type[T], written: dict[str, Any], place: Block | Entry) -> tuple[T | None, list[Problem]]:
    """Fill in the sources and check one block (of a model: merged with its family's)."""
    missing: list[tuple[Path, str]] = []
    sources = written.get("sources")
    sources = sources if isinstance(sources, dict) else {}
    data = _fill_sources(written, sources, (), missing)
    found = [
        ((*path, "source"), f"no source `{key}` in `sources`{did_you_mean(key, sources)}") for path, key in missing
    ]
    valid: T | None = None
    try:
        valid = root.model_validate(data)
    except ValidationError as error:
        details = [_sentence(detail, root) for detail in error.errors(include_url=False)]
        found += [(path, text) for path, text in details if not _from_source(path, written)]
    return valid, [Problem(place.line_of(at), ".".join(map(str, at)), text, place.origin(at)) for at, text in found]


def load_text(text: str, known_licenses: Collection[str] = ()) -> Registry:
    """Load a registry from its YAML text. Never raises for bad data: see ``problems``."""
    blocks, problems = read_blocks(text)
    families = {block.name: block for block in blocks if block.is_family}
    # Entries that are there but broken: what names them is not wrong as well.
    broken = {problem.block for problem in problems}
    valid_families: dict[str, Family] = {}
    entries: dict[str, Entry] = {}
    not_yet = Model.model_construct()
    for block in blocks:
        if block.is_family:
            family, found = _validate(Family, block.data, block)
            problems += found
            if family:
                valid_families[block.name] = family
            continue
        name = block.data.get("family")
        parent = families.get(name) if isinstance(name, str) else None
        merged = merge(block.data, parent.data if parent else None)
        model, found = _validate(Model, merged, Entry(not_yet, block, parent))
        problems += found
        if isinstance(name, str) and parent is None and name not in broken:
            message = f"no family `{name}` in the file{did_you_mean(name, families)}"
            problems.append(Problem(block.line_of(("family",)), "family", message, block.name))
        if model and model.id not in entries:
            entries[model.id] = Entry(model, block, parent)
    problems += check_registry(blocks, entries, known_licenses, broken)
    unique = {(problem.line, problem.field, problem.message): problem for problem in problems}
    return Registry(entries, valid_families, sorted(unique.values()))


def load_file(path: FilePath, known_licenses: Collection[str] = ()) -> Registry:
    """Load a registry file.

    Raises:
        OSError: the file cannot be read.
        UnicodeDecodeError: it is not UTF-8.
    """
    with path.open("rb") as stream:  # a device has no size: the bound is on what is read
        data = stream.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        return Registry({}, {}, [TOO_LARGE])
    return load_text(data.decode("utf-8"), known_licenses)
