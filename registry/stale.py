"""Facts that nobody has read again for long, and the commits that the record was read at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote, urlsplit

from openness.registry.checks import documents_of, evidence_of
from openness.registry.load import Entry
from openness.schemas.names import fold_name
from openness.schemas.record import Evidence, Model, Source

_COMMIT = re.compile(r"[0-9a-f]{40}")
_HUB_HOSTS = ("huggingface.co", "hf.co")


@dataclass(frozen=True, order=True)
class FactRead:
    """A fact and the last reading of it. A family's fact is one fact, not one for each of its models."""

    read: date
    model: str
    line: int
    field: str
    url: str


def facts_read(entries: Iterable[Entry]) -> list[FactRead]:
    """Every fact with the evidence that was read or reviewed last, oldest first.

    A fact whose documents nobody has read, such as an assessment known by its citation, has no such day.
    """
    latest: dict[tuple[str, str], FactRead] = {}
    for entry in entries:
        for path, evidence in evidence_of(entry.model):
            if evidence.read is None or evidence.url is None:
                continue
            at = path[:-2]  # without its place in the list of evidence
            field, read = ".".join(map(str, at)), _last(evidence.read, evidence)
            fact = FactRead(read, entry.origin(at), entry.line_of(at), field, evidence.url)
            known = latest.get((fact.model, field))
            if known is None or known.read < read:
                latest[fact.model, field] = fact
    return sorted(latest.values())


def _last(read: date, evidence: Evidence) -> date:
    return max(read, evidence.reviewed.date) if evidence.reviewed else read


def recorded_commits(model: Model, repository: str) -> list[str]:
    """The commits of a Hub repository that the record's documents were read at, the latest reading first."""
    found: list[tuple[date, str]] = []
    documents: list[Source | Evidence] = [document for _, document in documents_of(model)]
    for document in documents:
        if document.url and document.read and (commit := _commit(document, repository)):
            found.append((document.read, commit))
    found.sort(key=lambda item: item[0], reverse=True)  # stable: of one day the first in the record
    pinned = [item.revision for item in model.repositories if item.host == "huggingface" and item.id == repository]
    commits = [text for text in pinned if text and _COMMIT.fullmatch(text)] + [commit for _, commit in found]
    return list(dict.fromkeys(commits))


def _commit(document: Source | Evidence, repository: str) -> str | None:
    try:
        parts = urlsplit(document.url or "")
        host = parts.hostname
    except ValueError:
        return None
    steps = [unquote(step) for step in parts.path.split("/") if step]
    if host not in _HUB_HOSTS or fold_name("/".join(steps[:2])) != fold_name(repository):
        return None
    # What is called `revision` may be that of a mirror or a paper; a full commit id in the address is the Hub's.
    for text in (*steps[3:4], document.revision or ""):
        if _COMMIT.fullmatch(text):
            return text
    return None
