"""What a schema cannot say: order, uniqueness, references and dates across the registry."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from license_expression import ExpressionError, Licensing

from openness.registry.blocks import Block, Path, Problem
from openness.schemas.dates import last_day
from openness.schemas.names import did_you_mean, fold_name
from openness.schemas.record import Artifact, ArtifactState, DisclosureState, Evidence, Model, Shared, Source, Topic

if TYPE_CHECKING:
    from openness.registry.load import Entry

_LICENSING = Licensing()
_FIRST_READ = date(2000, 1, 1)
# YAML can write these as escapes, which the reader of the file lets through.
_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def check_registry(
    blocks: list[Block], entries: dict[str, Entry], known_licenses: Collection[str], broken: Collection[str] = ()
) -> list[Problem]:
    """Every check that needs more than one field, over the whole file.

    ``broken`` names the entries that could not be parsed; those that break the schema are among
    the blocks only. Both are there: what refers to them is no mistake of its own.
    """
    problems = list(_order(blocks))
    problems += _unique_names(entries)
    ids = {block.name for block in blocks if not block.is_family} | set(broken)
    for entry in entries.values():
        problems += _repositories(entry)
        problems += _references(entry, entries, ids)
        problems += _licenses(entry, known_licenses)
        problems += _dates(entry)
        problems += _addresses(entry)
    return problems


def _order(blocks: list[Block]) -> Iterator[Problem]:
    seen: dict[tuple[str, bool], int] = {}
    previous: tuple[str, bool] | None = None
    for block in blocks:
        if not block.name:
            continue  # the schema says that it needs one
        key = (block.name, not block.is_family)  # a family stands above the model of its name
        field = "family" if block.is_family else "id"
        if key in seen:
            message = f"`{block.name}` stands already at line {seen[key]}"
            yield Problem(block.line_of((field,)), field, message, block.name)
        elif previous and key < previous:
            message = f"`{block.name}` must stand before `{previous[0]}`: the file is sorted by id"
            yield Problem(block.line_of((field,)), field, message, block.name)
        seen.setdefault(key, block.line)
        previous = max(key, previous or key)


def names_of(model: Model) -> list[tuple[Path, str]]:
    """Every name that resolves to a record, with its field."""
    names: list[tuple[Path, str]] = [(("id",), model.id), (("name",), model.name)]
    names += [(("aliases", i), alias) for i, alias in enumerate(model.aliases)]
    names += [(("repositories", i), repo.id) for i, repo in enumerate(model.repositories)]
    return names


def _unique_names(entries: dict[str, Entry]) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for name, entry in entries.items():
        for path, text in names_of(entry.model):
            first = owner.setdefault(fold_name(text), name)
            if first != name:
                message = f"{text!r} already names `{first}`: a name belongs to one model"
                yield Problem(entry.line_of(path), ".".join(map(str, path)), message, name)


def _problem(entry: Entry, path: Path, message: str) -> Problem:
    return Problem(entry.line_of(path), ".".join(map(str, path)), message, entry.origin(path))


def _repositories(entry: Entry) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for i, repo in enumerate(entry.model.repositories):
        first = seen.setdefault((repo.host, fold_name(repo.id)), i)
        if first != i:
            yield _problem(entry, ("repositories", i), f"{repo.host} {repo.id} stands already as repositories.{first}")


def _references(entry: Entry, entries: dict[str, Entry], ids: Collection[str]) -> Iterator[Problem]:
    for i, base in enumerate(entry.model.base_models):
        path: Path = ("base_models", i, "id")
        if "/" not in base.id and base.id not in ids:
            hint = did_you_mean(base.id, ids, "; a model outside the registry is written org/name")
            yield _problem(entry, path, f"no model `{base.id}` in the registry{hint}")
        elif base.id == entry.model.id:
            yield _problem(entry, path, f"`{base.id}` cannot be made from itself")
        elif _reaches(base.id, entry.model.id, entries):
            yield _problem(entry, path, f"`{base.id}` is itself made from `{entry.model.id}`: a cycle")


def _reaches(start: str, goal: str, entries: dict[str, Entry]) -> bool:
    todo, seen = [start], set()
    while todo:
        name = todo.pop()
        if name == goal:
            return True
        if name in entries and name not in seen:
            seen.add(name)
            todo += [base.id for base in entries[name].model.base_models]
    return False


def states_of(model: Shared) -> Iterator[tuple[Path, ArtifactState | DisclosureState]]:
    """Every dated state of a record or a family, with its place."""
    for artifact in Artifact:
        for i, state in enumerate(getattr(model, artifact)):
            yield (artifact.value, i), state
    for topic in Topic:
        for i, state in enumerate(getattr(model.disclosures, topic)):
            yield ("disclosures", topic.value, i), state


@lru_cache(maxsize=4096)  # a registry has few expressions, and parsing one takes as long as checking a model
def _keys(expression: str) -> tuple[list[str], str | None]:
    """The ids in a license expression, or why it is none."""
    try:
        keys = [str(key) for key in _LICENSING.license_keys(expression)]
    except ExpressionError as error:
        return [], f": {' '.join(str(error).split())}"
    except Exception:  # the parser trips over texts such as `()` instead of refusing them
        return [], ""
    return keys, None if keys else ""


def _licenses(entry: Entry, known: Collection[str]) -> Iterator[Problem]:
    for path, state in states_of(entry.model):
        if not isinstance(state, ArtifactState) or state.license is None or state.license == "NONE":
            continue
        where = (*path, "license")
        keys, reason = _keys(state.license)
        if reason is not None:
            yield _problem(entry, where, f"{state.license!r} is not an SPDX expression{reason}")
        for key in keys:
            if known and key not in known:
                hint = did_you_mean(key, known)
                yield _problem(entry, where, f"`{key}` is neither an SPDX id nor in data/licenses/{hint}")


def evidence_of(model: Shared) -> Iterator[tuple[Path, Evidence]]:
    """Every evidence of a record or a family, with its place."""
    for path, state in states_of(model):
        for i, evidence in enumerate(state.evidence):
            yield (*path, "evidence", i), evidence
    for name in ("claims", "assessments", "base_models"):
        for i, item in enumerate(getattr(model, name)):
            for j, evidence in enumerate(item.evidence):
                yield (name, i, "evidence", j), evidence


def documents_of(model: Shared) -> Iterator[tuple[Path, Source | Evidence]]:
    """Every document that the record names, each once: at its source, or where it is cited directly."""
    for key, source in model.sources.items():
        yield ("sources", key), source
    for path, evidence in evidence_of(model):
        if evidence.source is None:
            yield path, evidence


def _addresses(entry: Entry) -> Iterator[Problem]:
    for path, document in documents_of(entry.model):
        for field in ("url", "copy_of"):
            url = getattr(document, field)
            if url and (wrong := _wrong_address(url)):
                yield _problem(entry, (*path, field), f"{url[:200]} {wrong}")


def _wrong_address(url: str) -> str | None:
    """What keeps others from reading at an address."""
    if _CONTROL.search(url):
        return "holds a space or an invisible character: write it as %20 or leave it out"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme in ("http", "https") and not host:
        return "names no host"
    if "@" in parts.netloc:
        return "holds a user name or password: leave that out"
    if parts.scheme not in ("http", "https") or not _public(host or ""):
        return "can be read on one machine only: name a public address"
    return None


def _public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host.strip(".") and not host.endswith((".localhost", ".local", ".internal"))


def _dates(entry: Entry) -> Iterator[Problem]:
    model, today = entry.model, datetime.now(UTC).date()
    for path, state in states_of(model):
        if state.since and _first_day(state.since) > today:
            yield _problem(entry, (*path, "since"), f"{state.since} lies in the future")
    for path, document in documents_of(model):
        if document.read and document.read > today:
            yield _problem(entry, (*path, "read"), f"{document.read} lies in the future")
        elif document.read and document.read < _FIRST_READ:
            yield _problem(entry, (*path, "read"), f"{document.read} is before {_FIRST_READ.year}: the day it was read")
    for path, evidence in evidence_of(model):
        if evidence.reviewed and evidence.reviewed.date > today:
            where = (*path, "reviewed", "date")
            yield _problem(entry, where, f"{evidence.reviewed.date} lies in the future")
    if model.released and _first_day(model.released) > today:
        yield _problem(entry, ("released",), f"{model.released} lies in the future")
    for i, state in enumerate(model.weights):
        if model.released and state.since and last_day(state.since) < _first_day(model.released):
            yield _problem(entry, ("weights", i, "since"), f"{state.since} is before the release, {model.released}")


def next_change(models: Iterable[Model], today: date) -> date | None:
    """The next day on which a grade may change though the registry does not: the last day of a
    partial date that has begun, such as "released in 2026" in the middle of that year.
    """
    known = (date for model in models for date in (model.released, *(state.since for _, state in states_of(model))))
    return min((day for text in known if text and (day := last_day(text)) > today), default=None)


def _first_day(partial: str) -> date:
    parts = [int(part) for part in partial.split("-")]
    return date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)
