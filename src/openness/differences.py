"""Where others' assessments contradict our evidence: both sides, each with its address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from openness.assess import address, match, read_clone
from openness.classifier.facts import ArtifactFact, Facts, facts_at
from openness.classifier.terms import license_keys
from openness.knowledge import hub_license_ids, load_knowledge
from openness.registry.load import Registry
from openness.schemas.record import Artifact, Status
from openness.sources.assessments import Kind, statements_of
from openness.sources.opinion import Says, Statement, Statements
from openness.sources.propose import fold_license

Degree = Literal["contradiction", "lesser"]

AGREES: dict[Status, set[Says]] = {
    Status.OPEN: {Says.OPEN},
    Status.GATED: {Says.OPEN, Says.PARTIAL},
    Status.RESTRICTED: {Says.PARTIAL},
    Status.PARTIAL: {Says.PARTIAL},
    Status.CLOSED: {Says.CLOSED, Says.NOT_LISTED},
}
"""Our status -> what of theirs means the same. Gated is between the two: the European index calls gated
weights partial, the Model Openness Tool knows no gate. ``unknown`` and ``not_applicable`` are not here:
they contradict nothing."""


@dataclass(frozen=True)
class Side:
    """What one side says, and where that can be checked."""

    value: str
    url: str | None
    read: date | None


@dataclass(frozen=True)
class Difference:
    """One artifact (or the license of the weights) of one model on which the two sides differ."""

    model: str
    artifact: str
    degree: Degree
    ours: Side
    theirs: Side
    by: str
    feature: str


@dataclass(frozen=True)
class Compared:
    """The differences, and how much was held against our evidence to find them."""

    differences: list[Difference]
    models: int
    statements: int


@dataclass(frozen=True)
class _Word:
    """What one file says of one model."""

    model: str
    by: str
    said: Statements
    url: str | None
    read: date | None


def compare_assessments(
    registry: Registry, sources: Iterable[tuple[Kind, Path]] = (), today: date | None = None
) -> Compared:
    """Hold others' statements against our evidence of today.

    Args:
        registry: our records.
        sources: clones to read; without any, the imported assessments that stand in the registry.
        today: the day that the facts are taken of.

    Raises:
        OpennessError: a clone cannot be read.
    """
    day = today or datetime.now(UTC).date()
    given = list(sources)
    words = list(_of_clones(registry, given, day) if given else _recorded(registry))
    facts = {name: facts_at(registry.models[name], day, day) for name in {word.model for word in words}}
    found: dict[Difference, None] = {}
    count = 0
    for word in words:
        count += len(word.said.artifacts) + (word.said.license is not None)
        found.update(dict.fromkeys(_differences(word, facts[word.model])))
    artifacts = [*(artifact.value for artifact in Artifact), "license"]
    ordered = sorted(found, key=lambda item: (item.model, artifacts.index(item.artifact), item.by))
    return Compared(ordered, len(facts), count)


def _of_clones(registry: Registry, sources: list[tuple[Kind, Path]], day: date) -> Iterator[_Word]:
    for kind, folder in sources:
        reading = read_clone(kind, folder)
        for item in match(reading, registry).found:
            said = statements_of(item.opinion.by, item.subject.value)
            yield _Word(item.id, item.opinion.by, said, address(item.opinion, reading.revision), day)


def _recorded(registry: Registry) -> Iterator[_Word]:
    """What was imported: its value was written by us and can be read again; what people wrote cannot."""
    for model in registry.models.values():
        for item in model.assessments:
            source = next((evidence for evidence in item.evidence if evidence.by == "automatic"), None)
            if source:
                yield _Word(model.id, item.by, statements_of(item.by, item.value), source.url, source.read)


def _differences(word: _Word, facts: Facts) -> Iterator[Difference]:
    for statement in word.said.artifacts:
        fact = facts[statement.artifact]
        if degree := difference(fact.status, statement.says):
            theirs = Side(_theirs(statement), word.url, word.read)
            ours = _ours(fact, fact.status.value)
            yield Difference(word.model, statement.artifact, degree, ours, theirs, word.by, statement.feature)
    weights = facts[Artifact.WEIGHTS]
    if word.said.license and weights.license and (degree := license_difference(weights.license, word.said.license)):
        theirs = Side(word.said.license, word.url, word.read)
        ours = _ours(weights, weights.license)
        yield Difference(word.model, "license", degree, ours, theirs, word.by, word.said.license_feature)


def difference(status: Status, says: Says) -> Degree | None:
    """Whether two statements contradict each other outright, differ in degree, or not at all."""
    if status not in AGREES or says in AGREES[status]:
        return None
    available = status in (Status.OPEN, Status.GATED)
    opposed = (available and says is Says.CLOSED) or (status is Status.CLOSED and says is Says.OPEN)
    return "contradiction" if opposed else "lesser"


def license_difference(ours: str, theirs: str) -> Degree | None:
    """The same for the license of the weights. A text that names no license that we know says nothing;
    one of several that an expression of ours holds is a lesser difference.
    """
    named = license_id(theirs)
    keys = license_keys(ours)
    if named is None or not keys or keys == {named}:
        return None
    return "lesser" if named in keys else "contradiction"


def license_id(text: str) -> str | None:
    """The license that a free text names exactly, by its id, its name or its tag."""
    folded, ids = fold_license(text), hub_license_ids()
    if folded in ids:
        return ids[folded]
    short = ids.get(folded.removesuffix("-license"))  # "MIT License"
    return short if short in load_knowledge().spdx else None


def _theirs(statement: Statement) -> str:
    same = statement.said == statement.says.value
    return statement.said if same else f"{statement.says.value} ({statement.said})"


def _ours(fact: ArtifactFact, value: str) -> Side:
    evidence = next(iter(fact.evidence), None)
    return Side(value, (evidence.url or evidence.citation) if evidence else None, evidence.read if evidence else None)
