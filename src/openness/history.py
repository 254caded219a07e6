"""What a record says happened when, and how its grade went with it. Nothing undated is given a date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from openness.classifier.facts import reached
from openness.classifier.grade import Context, grade
from openness.dossier import evidence_json
from openness.schemas.dates import last_day
from openness.schemas.names import fold_name
from openness.schemas.record import Artifact, ArtifactState, DisclosureState, Model, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Event:
    """One dated state of a record. ``field`` is an artifact or a topic; ``since`` is None where nobody knows."""

    field: Artifact | Topic
    value: str
    since: str | None
    license: str | None
    note: str | None
    evidence: list[dict[str, Any]]


@dataclass(frozen=True)
class Standing:
    """The grade from a day on. ``dated`` is False where it holds today and nobody knows since when."""

    day: date
    level: int | None
    at_most: int
    effective_level: int | None
    effective_at_most: int
    verdict: str | None
    dated: bool = True

    @property
    def _shown(self) -> tuple[object, ...]:
        return (self.level, self.at_most, self.effective_level, self.effective_at_most, self.verdict)

    def differs_from(self, other: Standing) -> bool:
        """Whether anything but the day does."""
        return self._shown != other._shown


@dataclass(frozen=True)
class Entry:
    """One line of the timeline: what changed ``since`` then, and the grade from then on where it is another one.

    ``since`` is None for what has no date. An entry without events is a change of a base model.
    """

    since: str | None
    events: list[Event]
    standing: Standing | None


def events(model: Model) -> list[Event]:
    """Every state of a record: the dated ones in order, then the undated."""
    found = []
    for field, state in _states(model):
        license_ = state.license if isinstance(state, ArtifactState) else None
        value = state.status if isinstance(state, ArtifactState) else state.value
        found.append(Event(field, value.value, state.since, license_, state.note, evidence_json(state.evidence)))
    return sorted(found, key=lambda event: (event.since is None, last_day(event.since) if event.since else date.max))


def standings(model: Model, context: Context) -> list[Standing]:
    """The grade on each day since which it is another one, as-of those days; the last one holds today.

    The days are those on which something of the model, or later of one of its bases, is known to have changed.
    """
    lineage = _lineage(model, context.models)
    within = replace(context, models=lineage)
    today = context.today
    own = _days(model, today)
    dated = own.union(*(_days(base, today) for base in lineage.values()))
    first = min(own, default=today)
    found: list[Standing] = []
    for day in sorted({day for day in dated if day >= first} | {today}):
        standing = _standing(model, within, day, day in dated)
        if not found or standing.differs_from(found[-1]):
            found.append(standing)
    return found


def timeline(found: list[Event], grades: list[Standing]) -> list[Entry]:
    """Events and grades in one list, in the order of time; what has no date comes last."""
    groups: dict[str | None, list[Event]] = {}
    for event in found:
        groups.setdefault(event.since, []).append(event)
    undated = groups.pop(None, [])
    # The last event of a day carries the grade of that day: with it all that is known of the day has happened.
    last = {last_day(since): since for since in groups if since}
    entries = []
    left = [standing for standing in grades if standing.dated]
    for since, group in groups.items():
        day = last_day(since or "")
        own = [item for item in left if last[day] == since and (item.day == day or _begun(item, since or ""))]
        left = [item for item in left if item not in own]
        entries.append((day, Entry(since, group, own[-1] if own else None)))
    entries += [(item.day, Entry(item.day.isoformat(), [], item)) for item in left]
    entries.sort(key=lambda pair: pair[0])
    today = [item for item in grades if not item.dated]
    rest = [Entry(None, undated, today[-1] if today else None)] if undated or today else []
    return [entry for _, entry in entries] + rest


def _begun(standing: Standing, since: str) -> bool:
    """Whether a grade of today comes from a change in a month or year that has begun and not ended."""
    return standing.day < last_day(since) and standing.day.isoformat().startswith(since)


def history(name: str) -> list[Entry]:
    """The timeline of a model of the registry by its id.

    Raises:
        KeyError: the registry has none of that name.
        OpennessError: the registry cannot be used.
    """
    from openness.store import context, open_index

    index = open_index()
    try:
        within = context(index)
        model = within.models[name]
        return timeline(events(model), standings(model, within))
    finally:
        index.close()


def _states(model: Model) -> Iterator[tuple[Artifact | Topic, ArtifactState | DisclosureState]]:
    for artifact in Artifact:
        yield from ((artifact, state) for state in getattr(model, artifact))
    for topic in Topic:
        yield from ((topic, state) for state in getattr(model.disclosures, topic))


def _days(model: Model, today: date) -> set[date]:
    """The days up to today on which something is known to have changed; a partial date means its last day."""
    return {
        min(last_day(state.since), today)
        for _, state in _states(model)
        if state.since and reached(state.since, today, today)
    }


def _lineage(model: Model, models: Mapping[str, Model]) -> dict[str, Model]:
    """The bases of a model, and theirs, by the names that they are linked with."""
    found: dict[str, Model] = {}
    todo = [model]
    while todo:
        for link in todo.pop().base_models:
            base = models.get(link.id) or models.get(fold_name(link.id))
            if base is not None and link.id not in found:
                found[link.id] = base
                todo.append(base)
    return found


def _standing(model: Model, context: Context, day: date, dated: bool) -> Standing:
    made = grade(model, context, as_of=day)
    weights = made.licenses.get(Artifact.WEIGHTS)
    effective = made.effective_level
    verdict = weights.verdict.value if weights and weights.verdict else None
    return Standing(day, made.level, made.at_most, effective.level, effective.at_most, verdict, dated)
