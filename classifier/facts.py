"""What is known of a model on a given day: one state per artifact and topic."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from openness.schemas.dates import last_day
from openness.schemas.record import (
    Artifact,
    ArtifactState,
    Disclosed,
    DisclosureState,
    Evidence,
    Form,
    Model,
    Status,
    Topic,
)


@dataclass(frozen=True)
class ArtifactFact:
    """An artifact's status on the day, with what it rests on."""

    status: Status = Status.UNKNOWN
    license: str | None = None
    form: Form | None = None
    since: str | None = None
    note: str | None = None
    evidence: list[Evidence] = field(default_factory=list)


@dataclass(frozen=True)
class TopicFact:
    """How far the report disclosed a topic on the day."""

    value: Disclosed = Disclosed.UNKNOWN
    note: str | None = None
    evidence: list[Evidence] = field(default_factory=list)


@dataclass(frozen=True)
class Facts:
    """Everything that the rules may look at."""

    artifacts: dict[Artifact, ArtifactFact]
    topics: dict[Topic, TopicFact]

    def __getitem__(self, artifact: Artifact) -> ArtifactFact:
        return self.artifacts[artifact]


_NOT_ESTABLISHED = "not established for that day: the change has no date"


def reached(since: str, day: date, today: date) -> bool:
    """Whether a dated change had happened by a day.

    A partial date means its last day for any earlier day. For today it is enough that it has
    begun: what is recorded as of this month has happened, or it would not stand in the record.
    """
    return since <= day.isoformat() if day >= today else last_day(since) <= day


class _Undated:
    """A change without a date lies between: the state on that day is not established."""


State = TypeVar("State", ArtifactState, DisclosureState)


def _state_at(states: list[State], day: date, today: date) -> State | type[_Undated] | None:
    """The state on a day; None before the first."""
    current: State | type[_Undated] | None = None
    for state in states:
        if state.since is None and day < today:
            current = _Undated
        elif state.since is None or reached(state.since, day, today):
            current = state
        else:
            break
    return current


def artifact_at(states: list[ArtifactState], day: date, today: date) -> ArtifactFact:
    """An artifact's status on a day."""
    state = _state_at(states, day, today)
    if isinstance(state, ArtifactState):
        return ArtifactFact(state.status, state.license, state.form, state.since, state.note, state.evidence)
    if state is _Undated:
        return ArtifactFact(note=_NOT_ESTABLISHED)
    if not states or states[0].status is Status.UNKNOWN:
        return ArtifactFact()
    first = states[0]
    return ArtifactFact(Status.CLOSED, note=f"nothing before {first.since}", evidence=first.evidence)


def topic_at(states: list[DisclosureState], day: date, today: date) -> TopicFact:
    """How far a topic was disclosed on a day, whatever is known of the report."""
    state = _state_at(states, day, today)
    if isinstance(state, DisclosureState):
        return TopicFact(state.value, state.note, state.evidence)
    if state is _Undated:
        return TopicFact(note=_NOT_ESTABLISHED)
    if not states or states[0].value is Disclosed.UNKNOWN:
        return TopicFact()
    return TopicFact(Disclosed.NO, note=f"nothing before {states[0].since}", evidence=states[0].evidence)


def facts_at(model: Model, day: date, today: date) -> Facts:
    """Reduce a record to one state per artifact and topic.

    A state without ``since`` holds today and is unknown for any earlier day. Before the first
    dated state nothing had been released. While the report is unknown so is every topic; a
    report known not to exist discloses nothing.
    """
    artifacts = {a: artifact_at(getattr(model, a), day, today) for a in Artifact}
    report = artifacts[Artifact.REPORT]
    if report.status is Status.UNKNOWN:
        topics = {topic: TopicFact() for topic in Topic}
    elif report.status is Status.CLOSED:
        topics = {
            topic: TopicFact(Disclosed.NO, note="there is no report", evidence=report.evidence) for topic in Topic
        }
    else:
        topics = {topic: topic_at(getattr(model.disclosures, topic), day, today) for topic in Topic}
    return Facts(artifacts, topics)
