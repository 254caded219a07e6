"""Two records -> the fields that differ, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from openness.classifier.facts import ArtifactFact, TopicFact, artifact_at, topic_at
from openness.schemas.changes import FactChange
from openness.schemas.record import Artifact, ArtifactState, DisclosureState, Evidence, Model, Topic

# What a record says beside its facts; its documents are told where they are cited.
_PLAIN = (
    *("name", "aliases", "family", "organization", "country", "modality", "parameters", "released"),
    *("repositories", "claims", "assessments", "note"),
)
_MAX_SHOWN = 120
EvidenceKey = tuple[object, ...]


@dataclass(frozen=True)
class FactField:
    """An artifact, or a topic of the report."""

    which: Artifact | Topic

    @classmethod
    def all(cls) -> list[FactField]:
        """Every one, in the order of the ladder."""
        return [cls(which) for which in (*Artifact, *Topic)]

    @property
    def name(self) -> str:
        """``weights``, or ``report.tokenizer`` for a topic."""
        return f"report.{self.which}" if isinstance(self.which, Topic) else self.which.value

    def states(self, model: Model) -> Sequence[ArtifactState | DisclosureState]:
        """Its dated states."""
        found: Sequence[ArtifactState | DisclosureState] = (
            getattr(model.disclosures, self.which) if isinstance(self.which, Topic) else getattr(model, self.which)
        )
        return found

    def at(self, model: Model, day: date) -> ArtifactFact | TopicFact:
        """What holds on a day; for a topic, whatever is known of the report."""
        if isinstance(self.which, Topic):
            return topic_at(getattr(model.disclosures, self.which), day, day)
        return artifact_at(getattr(model, self.which), day, day)

    def evidence_at(self, model: Model, day: date) -> list[Evidence]:
        """What that rests on."""
        return self.at(model, day).evidence


def with_fields(model: Model, other: Model, fields: Sequence[FactField]) -> Model:
    """A record in which some artifacts and topics are as in another one."""
    artifacts = {item.which.value: item.states(other) for item in fields if isinstance(item.which, Artifact)}
    topics = {item.which.value: item.states(other) for item in fields if isinstance(item.which, Topic)}
    return model.model_copy(update={**artifacts, "disclosures": model.disclosures.model_copy(update=topics)})


def lists_of(model: Model) -> Iterator[list[Evidence]]:
    """The evidence of a record's facts, list by list. What others say of it is none."""
    for item in FactField.all():
        for state in item.states(model):
            yield state.evidence
    for link in model.base_models:
        yield link.evidence


def evidence_of(evidence: Sequence[Evidence]) -> dict[EvidenceKey, Evidence]:
    """Evidence by what makes it another one. Notes on it, and who wrote it down, are not among that."""
    return {
        (item.url, item.citation, item.where, item.revision, item.quote, item.read, item.copy_of, item.reviewed): item
        for item in evidence
    }


def changed_facts(before: Model, after: Model, day: date) -> list[FactChange]:
    """Every field that differs, facts first."""
    found = [_fact(item, before, after, day) for item in FactField.all() if item.states(before) != item.states(after)]
    if before.base_models != after.base_models:
        found.append(_bases(before, after))
    for name in _PLAIN:
        was, is_ = getattr(before, name), getattr(after, name)
        if was != is_:
            says = f"{name} became {_shown(is_)} (was {_shown(was)})"
            found.append(FactChange(field=name, before=_shown(was), after=_shown(is_), says=[says]))
    return found


def _fact(item: FactField, before: Model, after: Model, day: date) -> FactChange:
    was, is_ = item.at(before, day), item.at(after, day)
    name = item.name
    says: list[str] = []
    values = _value(was), _value(is_)
    if values[0] != values[1]:
        says.append(f"{name} became {values[1]} (was {values[0]})")
    if isinstance(was, ArtifactFact) and isinstance(is_, ArtifactFact):
        for attribute, words in (("license", f"the license of {name}"), ("form", f"the form of {name}")):
            old, new = getattr(was, attribute), getattr(is_, attribute)
            if old != new:
                says.append(f"{words} became {_shown(new)} (was {_shown(old)})")
    states = [_outline(state) for state in item.states(before)], [_outline(state) for state in item.states(after)]
    if states[0] != states[1] and (not says or len(states[0]) + len(states[1]) > 2):
        says.append(f"the dated states of {name} are now {', '.join(states[1]) or 'none'}")
    old_evidence, new_evidence = (
        evidence_of([evidence for state in item.states(model) for evidence in state.evidence])
        for model in (before, after)
    )
    added = [evidence for key, evidence in new_evidence.items() if key not in old_evidence]
    removed = [evidence for key, evidence in old_evidence.items() if key not in new_evidence]
    if not says:
        says.append(f"{'the evidence' if added or removed else 'a note'} of {name} changed")
    return FactChange(field=name, before=values[0], after=values[1], says=says, added=added, removed=removed)


def _value(fact: ArtifactFact | TopicFact) -> str:
    return fact.status if isinstance(fact, ArtifactFact) else fact.value


def _outline(state: ArtifactState | DisclosureState) -> str:
    """``open since 2023-07``."""
    value = state.status if isinstance(state, ArtifactState) else state.value
    more = f" under {state.license}" if isinstance(state, ArtifactState) and state.license else ""
    return f"{value}{more}{f' since {state.since}' if state.since else ', undated'}"


def _bases(before: Model, after: Model) -> FactChange:
    was = {link.id: link for link in before.base_models}
    is_ = {link.id: link for link in after.base_models}
    says = [f"it is now recorded as {is_[id_].relation} of {id_}" for id_ in is_ if id_ not in was]
    says += [f"it is no longer recorded as {was[id_].relation} of {id_}" for id_ in was if id_ not in is_]
    says += [
        f"it is {is_[id_].relation} of {id_} (was {was[id_].relation})"
        for id_ in is_
        if id_ in was and is_[id_].relation is not was[id_].relation
    ]
    old, new = (
        evidence_of([item for link in model.base_models for item in link.evidence]) for model in (before, after)
    )
    return FactChange(
        field="base_models",
        before=", ".join(was) or None,
        after=", ".join(is_) or None,
        says=says or ["the evidence of base_models changed"],
        added=[item for key, item in new.items() if key not in old],
        removed=[item for key, item in old.items() if key not in new],
    )


def _shown(value: Any) -> str:
    """A value in a few words."""
    if value is None or value == []:
        return "not recorded"
    if isinstance(value, list):
        text = ", ".join(_shown(item) for item in value)
    elif hasattr(value, "model_dump"):
        data = value.model_dump(mode="json", exclude_none=True, exclude={"evidence"})
        text = " ".join(str(part) for part in data.values())
    else:
        text = str(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"
