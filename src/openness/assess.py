"""Record what others concluded about the registry's models: as assessments beside our facts, never as facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from openness.change import Change, check, read_text
from openness.knowledge import load_knowledge
from openness.registry.checks import names_of
from openness.registry.edit import edit_entries, set_field, set_item
from openness.registry.load import Entry, Registry, load_text
from openness.schemas.errors import OpennessError
from openness.schemas.names import fold_name
from openness.schemas.record import Assessment, Evidence, Model
from openness.sources.assessments import Kind, Reading, Unread, read_assessments
from openness.sources.opinion import Opinion, Subject

Json = dict[str, Any]
Action = Literal["added", "updated", "unchanged", "kept"]
_BLOB = re.compile(r"https://github\.com/(?P<repository>[^/]+/[^/]+)/blob/(?P<revision>[^/]+)/(?P<path>[^?#]+)")
_HUBS = ("huggingface", "modelscope")


@dataclass(frozen=True)
class Match:
    """A model of ours that a file of theirs speaks about."""

    id: str
    opinion: Opinion
    subject: Subject


@dataclass(frozen=True)
class Unmatched:
    """A file that no entry of ours takes up: its model, and why."""

    path: str
    name: str
    reason: str


@dataclass(frozen=True)
class Matches:
    """What a reading says of our models."""

    found: list[Match]
    unmatched: list[Unmatched]


@dataclass(frozen=True)
class Done:
    """What happened to one assessment; ``kept`` is one that a person wrote from the same file."""

    id: str
    path: str
    action: Action


@dataclass(frozen=True)
class Imported(Change):
    """The registry with others' assessments, and what became of every file."""

    reading: Reading
    done: list[Done]
    unmatched: list[Unmatched]

    @property
    def unread(self) -> list[Unread]:
        """The files that say nothing that can be used."""
        return self.reading.unread


def read_clone(kind: Kind, folder: Path) -> Reading:
    """Read a local clone; the license flags that the Model Openness Tool's rules need are those of the SPDX list.

    Raises:
        OpennessError: it is no clone of that data.
    """
    spdx = load_knowledge().spdx
    return read_assessments(kind, folder, lambda id_: id_ in spdx and (spdx[id_].osi or spdx[id_].fsf))


class _Names:
    """The registry's models by what a file of theirs can call them: a hub repository, or an exact name."""

    def __init__(self, registry: Registry) -> None:
        self.places: dict[tuple[str, str], str] = {}
        self.names: dict[str, str] = {}
        for model in registry.models.values():
            for item in model.repositories:
                if item.host in _HUBS:
                    self.places[item.host, fold_name(item.id)] = model.id
            for path, name in names_of(model):
                if path[0] != "repositories":
                    self.names[fold_name(name)] = model.id

    def find(self, subject: Subject) -> set[str]:
        """The models meant: by repository first, then by exact name; several where the two disagree."""
        by_place = {self.places[key] for host, id_ in subject.places if (key := (host, fold_name(id_))) in self.places}
        by_name = {self.names[name] for text in subject.names if (name := fold_name(text)) in self.names}
        return (by_place & by_name or by_place | by_name) if by_place and by_name else by_place or by_name


def match(reading: Reading, registry: Registry) -> Matches:
    """Find the models of ours that a reading speaks about; never by likeness.

    Where a file's own names and links lead to different models it is taken for none of them.
    """
    names = _Names(registry)
    found: list[Match] = []
    unmatched: list[Unmatched] = []
    for opinion in reading.opinions:
        taken: set[str] = set()
        reasons: list[str] = []
        for subject in opinion.subjects:
            ids = names.find(subject) - taken  # a base model that mirrors the end model says nothing new
            if len(ids) == 1:
                taken |= ids
                found.append(Match(next(iter(ids)), opinion, subject))
            elif ids:
                reasons.append(f"its names and links lead to several models: {', '.join(sorted(ids))}")
        if not taken:
            unmatched.append(Unmatched(opinion.path, opinion.title, reasons[0] if reasons else "not in the registry"))
    return Matches(found, unmatched)


def is_overall(item: Match, registry: Registry) -> bool:
    """Whether the file is about this model. What it says of somebody else's base model is compared,
    but does not become an assessment of that; a base model under the system's own name is the system's.
    """
    if item.subject.role != "base":
        return True
    model = registry.models[item.id]
    return fold_name(item.opinion.title) in {fold_name(name) for _, name in names_of(model)}


def address(opinion: Opinion, revision: str | None) -> str:
    """The permanent address of a file at a commit; the newest version's where the commit is not known."""
    return f"https://github.com/{opinion.repository}/blob/{revision or 'HEAD'}/{quote(opinion.path)}"


def assessment(item: Match, revision: str | None, today: date) -> Json:
    """What is written for a match."""
    opinion, subject = item.opinion, item.subject
    evidence: Json = {"url": address(opinion, revision), "read": today.isoformat()}
    if revision:
        evidence["revision"] = revision
    evidence |= {"stored": True, "where": opinion.where, "by": "automatic"}
    data: Json = {"by": opinion.by, "scale": opinion.scale, "value": subject.value, "evidence": [evidence]}
    return {**data, "note": subject.note} if subject.note else data


def import_assessments(kind: Kind, folder: Path, path: Path, today: date | None = None) -> Imported:
    """Work out the registry with the assessments of a clone; nothing is written.

    Args:
        kind: whose data it is, ``mot`` or ``osai``.
        folder: the clone.
        path: the registry's YAML file.
        today: the day that is noted as the day of reading.

    Raises:
        OpennessError: the clone or the file cannot be read, or the change would break the registry.
    """
    day = today or datetime.now(UTC).date()
    reading = read_clone(kind, folder)
    text = read_text(path)
    known = load_knowledge().known_ids()
    registry = load_text(text, known)
    matches = match(reading, registry)
    done: list[Done] = []
    edits: dict[str, list[Callable[[str], str]]] = {}
    for item in matches.found:
        if not is_overall(item, registry):
            continue
        entry = registry.entries[item.id]
        index, action = _standing(entry.model, item, reading.revision)
        done.append(Done(item.id, item.opinion.path, action))
        if action in ("added", "updated"):
            new = assessment(item, reading.revision, day)
            edits.setdefault(item.id, []).append(partial(_edit, entry=entry, index=index, new=new))
    after = edit_entries(text, {name: partial(_in_turn, steps=steps) for name, steps in edits.items()})
    changed = check(registry, after, known, "edit the entry by hand")
    _only_assessments(registry, changed, {name: len(steps) for name, steps in edits.items()})
    taken = {item.path for item in done}
    unmatched = [*matches.unmatched, *_merely_based(matches, taken)]
    return Imported(path, text, after, reading, done, sorted(unmatched, key=lambda item: item.path))


def _merely_based(matches: Matches, taken: set[str]) -> Iterator[Unmatched]:
    for item in matches.found:
        if item.opinion.path not in taken:
            yield Unmatched(item.opinion.path, item.opinion.title, f"not in the registry; only its base, {item.id}")


def _in_turn(chunk: str, steps: list[Callable[[str], str]]) -> str:
    for step in steps:
        chunk = step(chunk)
    return chunk


def _edit(chunk: str, entry: Entry, index: int | None, new: Json) -> str:
    """One assessment into the lines of its entry."""
    inherited = entry.family.data.get("assessments") if entry.family else None
    if "assessments" in entry.block.data or not inherited or "\n  assessments:" in chunk:
        return set_item(chunk, entry.model.id, "assessments", index, new)
    # The entry's own list replaces that of its family, so it takes that over.
    own = [*inherited, new] if index is None else [*inherited[:index], new, *inherited[index + 1 :]]
    return set_field(chunk, entry.model.id, "assessments", own)


def _standing(model: Model, item: Match, revision: str | None) -> tuple[int | None, Action]:
    """Where the assessment from this file stands already, and what is to be done with it."""
    opinion = item.opinion
    place = (opinion.repository.casefold(), quote(opinion.path))
    written = False
    for i, other in enumerate(model.assessments):
        if place not in map(_place, other.evidence):
            continue
        if any(evidence.by == "automatic" for evidence in other.evidence) and other.by == opinion.by:
            return i, "unchanged" if _same(other, item, address(opinion, revision)) else "updated"
        written = True
    return None, "kept" if written else "added"


def _same(other: Assessment, item: Match, url: str) -> bool:
    said = (other.scale, other.value, other.note, other.evidence[0].url)
    return said == (item.opinion.scale, item.subject.value, item.subject.note, url)


def _place(evidence: Evidence) -> tuple[str, str] | None:
    found = _BLOB.match(evidence.url or "")
    return (found["repository"].casefold(), found["path"]) if found else None


def _only_assessments(before: Registry, after: Registry, changed: dict[str, int]) -> None:
    """Others' words must not change a fact of ours, whatever form the file has.

    Raises:
        OpennessError: anything but the automatic assessments of the entries named would change.
    """
    same = before.families == after.families and before.models.keys() == after.models.keys()
    for name, old in before.models.items():
        new = after.models.get(name)
        if name not in changed:
            same = same and new == old
            continue
        kept = [item for item in old.assessments if not any(evidence.automatic for evidence in item.evidence)]
        same = same and new is not None and new.model_copy(update={"assessments": old.assessments}) == old
        same = same and new is not None and all(item in new.assessments for item in kept)
    if not same:
        message = "the change would touch more than the assessments"
        raise OpennessError("bad_draft", message, "nothing was written; edit the entry by hand")
