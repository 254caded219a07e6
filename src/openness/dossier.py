"""Everything that is known of one model of the registry, today or as of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from openness.api import Options, grade_json, suggestions
from openness.schemas.errors import OpennessError
from openness.schemas.names import fold_name
from openness.store import IndexModels, open_index
from openness.targets import parse_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openness.schemas.record import Evidence, Model

Json = dict[str, Any]
_MAX_NAME = 300
_HOSTS = {
    "huggingface": "https://huggingface.co/",
    "modelscope": "https://modelscope.cn/models/",
    "github": "https://github.com/",
    "gitlab": "https://gitlab.com/",
    "codeberg": "https://codeberg.org/",
}


@dataclass(frozen=True)
class Dossier:
    """One model.

    ``artifacts`` and ``topics`` are what holds on the day of the grade; ``claims`` say with ``holds`` whether the
    terms of the weights bear them out, None where that is not established. ``line`` is where the entry begins in the
    registry file, 0 where that is not known; a repository on no known host has no ``url``.
    """

    model: Model
    record: Json
    grade: Json
    line: int
    artifacts: list[Json]
    topics: list[Json]
    claims: list[Json]
    repositories: list[Json]


class UnknownModel(OpennessError):
    """No model of the registry has this name; ``near`` are the ids of those whose names are like it."""

    def __init__(self, name: str, near: list[str]) -> None:
        super().__init__("unknown_model", f"no model `{name}` in the registry")
        self.near = near


def dossier(name: str, as_of: date | None = None) -> Dossier:
    """Look a model up by its id, an alias, a repository's id or address. Asks the registry alone.

    Raises:
        UnknownModel: the registry has none of that name.
        OpennessError: the registry cannot be used.
    """
    from openness.classifier.facts import facts_at

    id_, line, model = _find(name)
    grade = grade_json(id_, Options(as_of=as_of))
    today = datetime.now(UTC).date()
    facts = facts_at(model, as_of or today, today)
    weights = grade["licenses"].get("weights") or {}
    return Dossier(
        model=model,
        record=model.model_dump(mode="json", exclude_defaults=True),
        grade=grade,
        line=line,
        artifacts=[
            {
                "artifact": artifact.value, "status": fact.status.value, "since": fact.since, "license": fact.license,
                "form": fact.form.value if fact.form else None, "note": fact.note,
                "evidence": evidence_json(fact.evidence),
            }
            for artifact, fact in facts.artifacts.items()
        ],
        topics=[
            {
                "topic": topic.value, "value": fact.value.value, "note": fact.note,
                "evidence": evidence_json(fact.evidence),
            }
            for topic, fact in facts.topics.items()
        ],
        claims=[
            {
                "says": claim.says, "by": claim.by, "evidence": evidence_json(claim.evidence),
                "holds": _holds(claim.says, weights.get("verdict")),
            }
            for claim in model.claims
        ],
        repositories=[
            {"host": item.host, "id": item.id, "url": f"{_HOSTS[item.host]}{item.id}" if item.host in _HOSTS else None}
            for item in model.repositories
        ],
    )  # fmt: skip


def _find(name: str) -> tuple[str, int, Model]:
    index = open_index()
    try:
        text = name[:_MAX_NAME]
        try:
            text = parse_target(text).name  # also an address
        except OpennessError:
            pass  # it names nothing, then
        found = index.find(fold_name(text))
        if found is None:
            raise UnknownModel(name[:_MAX_NAME], suggestions(text, index))
        return found, index.line(found), IndexModels(index)[found]
    finally:
        index.close()


def evidence_json(items: Sequence[Evidence]) -> list[Json]:
    """Evidence as JSON without its empty fields."""
    return [
        {key: value for key, value in item.model_dump(mode="json").items() if value not in (None, False)}
        for item in items
    ]


def _holds(says: str, verdict: str | None) -> bool | None:
    """Whether terms bear out a claim; only "open source" says something about terms."""
    if says != "open source" or verdict in (None, "needs_human"):
        return None
    return verdict == "open_source"
