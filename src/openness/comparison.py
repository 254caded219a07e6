"""Models side by side: one row per question, one value per model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from openness import catalog
from openness.registry.query import by_id, ids_of
from openness.schemas.license import RESTRICTIONS
from openness.schemas.record import Artifact, Model, Topic

Json = dict[str, Any]
MAX_MODELS = 6
Kind = Literal["level", "effective_level", "artifact", "topic", "license", "verdict", "restriction", "fact"]


@dataclass(frozen=True)
class Row:
    """One question. ``name`` says which artifact, topic, clause kind or fact; ``values`` are as many as the models.

    A level is ``[level, at most]``; a restriction a list of clauses, empty where the terms hold none, None where the
    terms are not established.
    """

    kind: Kind
    name: str
    values: list[Any]

    def differing(self) -> list[bool]:
        """For each model whether its value is another one than the first model's."""
        keys = [json.dumps(_essence(self.kind, value), sort_keys=True) for value in self.values]
        return [key != keys[0] for key in keys]


@dataclass(frozen=True)
class Comparison:
    """The models in the order they were asked for, by what a list shows of them; the names that nobody knows."""

    models: list[Json]
    rows: list[Row]
    unknown: list[str]


def compare(names: Sequence[str]) -> Comparison:
    """Put models of the registry side by side, at most six of them, each once.

    Raises:
        OpennessError: the registry cannot be used.
    """
    asked = list(dict.fromkeys(name[:300] for name in names if name))[: MAX_MODELS * 2]
    engine = catalog.database()
    ids = ids_of(engine, asked)
    chosen = list(dict.fromkeys(ids[name] for name in asked if name in ids))[:MAX_MODELS]
    found = by_id(
        engine, chosen,
        ("name", "organization", "country", "parameters", "released", "level", "at_most", "verdict", "record", "grade"),
    )  # fmt: skip
    models = [found[id_] for id_ in chosen if id_ in found]
    grades = [json.loads(model.pop("grade")) for model in models]
    records = [Model.model_validate_json(model.pop("record")) for model in models]
    return Comparison(models, rows(models, records, grades) if models else [], [n for n in asked if n not in ids])


def rows(models: Sequence[Json], records: Sequence[Model], grades: Sequence[Json]) -> list[Row]:
    """Every question, in the order of the page."""
    from openness.classifier.facts import facts_at

    today = datetime.now(UTC).date()
    facts = [facts_at(record, today, today) for record in records]
    weights = [grade["licenses"].get("weights") or {} for grade in grades]
    found = [
        Row("level", "", [[grade["level"], grade["at_most"]] for grade in grades]),
        Row("effective_level", "", [list(grade["effective_level"].values()) for grade in grades]),
        Row("verdict", "", [terms.get("verdict") for terms in weights]),
        Row("license", "", [terms.get("expression") for terms in weights]),
    ]
    found += [Row("artifact", name, [fact[name].status.value for fact in facts]) for name in Artifact]
    found += [Row("topic", name, [fact.topics[name].value.value for fact in facts]) for name in Topic]
    kinds = {clause["kind"] for terms in weights for clause in terms.get("clauses", ())}
    for kind in RESTRICTIONS:
        if kind in kinds:
            found.append(Row("restriction", kind, [_clauses(terms, kind) for terms in weights]))
    for name in ("parameters", "released", "organization", "country"):
        found.append(Row("fact", name, [model[name] for model in models]))
    return found


def _clauses(terms: Json, kind: str) -> list[Json] | None:
    if terms.get("verdict") in (None, "needs_human") and not terms.get("clauses"):
        return None
    return [clause for clause in terms.get("clauses", ()) if clause["kind"] == kind]


def _essence(kind: Kind, value: Any) -> Any:
    """What two values must share to be the same: of a clause what it asks, not how it is worded."""
    if kind == "restriction" and value is not None:
        return [clause["params"] for clause in value]
    return value
