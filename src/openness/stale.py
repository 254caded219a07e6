"""What should be read again: facts read long ago, and repositories that changed since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal

from openness.schemas.errors import OpennessError

if TYPE_CHECKING:
    from openness.registry.load import Registry
    from openness.registry.stale import FactRead
    from openness.schemas.record import Model
    from openness.schemas.snapshot import Snapshot

Json = dict[str, Any]
Part = Literal["license", "card", "access", "files"]
WORKERS = 4
NAMED = 5  # files named in one sentence
NETWORK = ("network", "timeout")


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was."""

    part: Part
    message: str


@dataclass(frozen=True)
class HubState:
    """A model's repository on the Hub against what was read of it."""

    model: str
    repository: str
    state: Literal["unchanged", "changed", "first_reading", "not_read"]
    was: str | None = None
    now: str | None = None
    against: Literal["record", "kept reading"] | None = None
    changes: list[Change] = field(default_factory=list)
    message: str = ""
    code: str = ""


@dataclass(frozen=True)
class Stale:
    """The answer. ``models`` counts (model or family, facts, stale ones, the oldest of these)."""

    as_of: date
    older_than_days: int
    facts: list[FactRead]
    models: list[tuple[str, int, int, date]]
    hub: list[HubState] | None = None


def stale(
    older_than_days: int,
    *,
    hub: bool = False,
    registry: Registry | None = None,
    today: date | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> Stale:
    """Find what should be read again.

    Args:
        older_than_days: how long ago a fact must have been read.
        hub: also ask the Hub which repositories changed.
        registry: the registry in use when None.
        today: the day to count from.
        progress: called with the number of repositories asked, of all, and a name.

    Raises:
        OpennessError: the registry cannot be used, or the Hub cannot be reached at all.
    """
    from openness.registry.stale import facts_read
    from openness.store import load_registry

    registry = registry or load_registry()
    day = today or datetime.now(UTC).date()
    facts = facts_read(registry.entries.values())
    old = [fact for fact in facts if (day - fact.read).days >= older_than_days]
    counts: dict[str, tuple[int, date]] = {}
    for fact in old:  # oldest first
        number, oldest = counts.get(fact.model, (0, fact.read))
        counts[fact.model] = (number + 1, oldest)
    every = Counter(fact.model for fact in facts)
    models = [(name, every[name], number, oldest) for name, (number, oldest) in counts.items()]
    return Stale(day, older_than_days, old, models, _hub_states(registry.models.values(), progress) if hub else None)


def _hub_states(models: Iterable[Model], progress: Callable[[int, int, str], None]) -> list[HubState]:
    todo = [(model, item.id) for model in models for item in model.repositories if item.host == "huggingface"]
    states: list[HubState] = []
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        for (model, _), state in zip(todo, pool.map(lambda pair: hub_state(*pair), todo), strict=True):
            states.append(state)
            progress(len(states), len(todo), model.id)
    if states and all(state.code in NETWORK for state in states):
        raise OpennessError(states[0].code, states[0].message, "check the network and HF_ENDPOINT, or leave out --hub")
    return sorted(states, key=_urgency)


def _urgency(state: HubState) -> tuple[int, str]:
    parts = [change.part for change in state.changes]
    order = ["changed", "not_read", "first_reading", "unchanged"].index(state.state)
    return (order * 2 + (order == 0 and "license" not in parts), state.model)


def hub_state(model: Model, repository: str) -> HubState:
    """Hold a repository of today against the commits in the record, else against the last kept reading.

    A first reading is kept, so that the next call has something to compare with; later ones are not,
    so that a change is told until somebody has read again (`grade --fresh` keeps a new reading).
    """
    from openness import snapshots
    from openness.registry.stale import recorded_commits
    from openness.sources.hub import read_repository

    recorded = recorded_commits(model, repository)
    kept = _or_none(lambda: snapshots.load(repository, None))
    try:
        now = read_repository(repository)
    except OpennessError as error:
        was = recorded[0] if recorded else kept.revision if kept else None
        return HubState(model.id, repository, "not_read", was, message=error.message, code=error.code)
    if not recorded and kept is None:
        snapshots.save(now, repository, None)
        said = "nothing was recorded to compare with; this reading is kept for the next time"
        return HubState(model.id, repository, "first_reading", None, now.revision, message=said)
    against: Literal["record", "kept reading"] = "record" if recorded else "kept reading"
    commits: list[str | None] = [*recorded] or [kept.revision if kept else None]
    if now.revision in commits:
        return HubState(model.id, repository, "unchanged", now.revision, now.revision, against)
    before, was, message = kept, commits[0], ""
    if recorded and kept and kept.revision in recorded:
        was = kept.revision
    elif recorded:
        before = _or_none(lambda: read_repository(repository, recorded[0]))
        if before is None:
            message = "the recorded commit cannot be read any more"
            before = kept if kept and kept.revision != now.revision else None
            message += f"; compared with the reading of {before.read}" if before else ""
    changes = differences(before, now) if before else against_record(model, now)
    if not changes:
        message = message or "license, card license, access and weights are as they were; other files changed"
    return HubState(model.id, repository, "changed", was, now.revision, against, changes, message)


def _or_none(read: Callable[[], Snapshot]) -> Snapshot | None:
    try:
        return read()
    except OpennessError:
        return None


def differences(before: Snapshot, now: Snapshot) -> list[Change]:
    """What changed between two readings, the license files first."""
    changes = _license_changes(before, now)
    changes += _card_changes(before, now)
    if None not in (before.gated, now.gated) and before.gated != now.gated:
        changes.append(Change("access", f"the repository is {'now' if now.gated else 'no longer'} gated"))
    return changes + _file_changes(before, now)


def _license_changes(before: Snapshot, now: Snapshot) -> list[Change]:
    from openness.sources.layout import is_license

    old, new = ({file.path: file.text for file in snapshot.texts} for snapshot in (before, now))
    had, has = ({file.path for file in snapshot.files if is_license(file.path)} for snapshot in (before, now))
    changes = []
    for path in sorted(had | has):
        if path not in has:
            was = f", which was {_license(old[path])}" if path in old else ""
            changes.append(Change("license", f"{path} was removed{was}"))
        elif path not in had:
            is_now = f": {_license(new[path])}" if path in new else ""
            changes.append(Change("license", f"{path} was added{is_now}"))
        elif path in old and path in new and old[path].split() != new[path].split():
            first, second = _license(old[path]), _license(new[path])
            said = f"still {second}, in other words" if first == second else f"was {first}, is {second}"
            changes.append(Change("license", f"{path} changed: {said}"))
    return changes


def _license(text: str) -> str:
    from openness.licenses import read_license

    found = read_license(text)
    return f"{found.expression or 'no known license'} ({found.verdict.value.replace('_', ' ')})"


def _card_changes(before: Snapshot, now: Snapshot) -> list[Change]:
    if before.card is None or now.card is None:
        return []
    changes = []
    for key in ("license", "license_name", "license_link"):
        old, new = (_shown(snapshot.card.metadata.get(key)) for snapshot in (before, now) if snapshot.card)
        if old != new:
            changes.append(Change("card", f"`{key}` was {old}, is {new}"))
    return changes


def _shown(value: object) -> str:
    return "not given" if value is None else str(value)[:200]


def _file_changes(before: Snapshot, now: Snapshot) -> list[Change]:
    from openness.sources.layout import is_weights

    old, new = ({file.path: file for file in snapshot.files if is_weights(file.path)} for snapshot in (before, now))
    both = old.keys() & new.keys()
    # A size or hash that is not known on one side says nothing.
    replaced = {
        path
        for path in both
        if any(
            None not in pair and pair[0] != pair[1]
            for pair in ((old[path].size, new[path].size), (old[path].sha256, new[path].sha256))
        )
    }
    kinds = {"added": new.keys() - old.keys(), "removed": old.keys() - new.keys(), "replaced": replaced}
    return [Change("files", f"weights {kind}: {_listed(paths)}") for kind, paths in kinds.items() if paths]


def _listed(paths: Iterable[str]) -> str:
    names = sorted(paths)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def against_record(model: Model, now: Snapshot) -> list[Change]:
    """Where there is no earlier reading: the license file against the license that the record gives the weights."""
    from openness.classifier.facts import facts_at
    from openness.classifier.terms import license_keys
    from openness.licenses import read_license
    from openness.schemas.record import Artifact

    today = datetime.now(UTC).date()
    recorded = facts_at(model, today, today)[Artifact.WEIGHTS].license
    changes = []
    for file in now.texts:
        text = read_license(file.text)
        named = {name for match in text.matches if match.exact for name in (match.id, *match.also)}
        if recorded and text.matches and not license_keys(recorded) & (named | {text.expression}):
            message = f"the record has the weights under {recorded}, {file.path} reads as {text.expression}"
            changes.append(Change("license", message))
    return changes


def to_json(result: Stale) -> Json:
    """The answer as the fields of ``stale --json``."""

    def days(read: date) -> int:
        return (result.as_of - read).days

    facts = [
        {
            **{name: getattr(fact, name) for name in ("model", "field", "url", "line")},
            "read": fact.read.isoformat(),
            "days": days(fact.read),
        }
        for fact in result.facts
    ]
    models = [
        {"model": name, "facts": facts_, "stale": number, "oldest": oldest.isoformat(), "days": days(oldest)}
        for name, facts_, number, oldest in result.models
    ]
    names = ("model", "repository", "state", "was", "now", "against", "message")
    hub = None
    if result.hub is not None:
        hub = [
            {**{name: getattr(state, name) for name in names}, "changes": [vars(change) for change in state.changes]}
            for state in result.hub
        ]
    head = {"as_of": result.as_of.isoformat(), "older_than_days": result.older_than_days}
    return {**head, "facts": facts, "models": models, "hub": hub}
