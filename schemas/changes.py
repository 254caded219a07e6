"""What a change of the registry does: to facts, and through them to grades."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from openness.schemas.grade import Envelope, LevelRange, Output
from openness.schemas.license import Verdict
from openness.schemas.record import Artifact, Evidence


class FactChange(Output):
    """One field of a record that differs.

    ``says`` are its differences in words, the weightiest first; ``before`` and ``after`` are the status
    or value on the day of the comparison; ``added`` and ``removed`` are its evidence.
    """

    field: str
    before: str | None = None
    after: str | None = None
    says: list[str]
    added: list[Evidence] = Field(default_factory=list)
    removed: list[Evidence] = Field(default_factory=list)


class RuleChange(Output):
    """A rule of the ladder that is answered otherwise."""

    rule: str
    before: str
    after: str


class Cause(Output):
    """Why a grade changed: a sentence, and the evidence that it rests on now (what is new comes first)."""

    field: str | None
    says: str
    evidence: list[Evidence] = Field(default_factory=list)


class GradeChange(Output):
    """A level or a license verdict that differs; ``artifact`` is given for a license.

    Levels are written ``L1``, ``L1 (up to L3)`` or ``unknown (up to L3)``.
    """

    what: Literal["level", "effective_level", "license"]
    artifact: Artifact | None = None
    before: str | None
    after: str | None
    because: list[Cause]
    rules: list[RuleChange] = Field(default_factory=list)


class Standing(Output):
    """Where a model stands on one side of the comparison."""

    level: LevelRange
    effective_level: LevelRange
    licenses: dict[Artifact, Verdict | None]


class ModelChange(Output):
    """What becomes of one model. ``facts`` are the changes that move no grade today.

    ``evident`` says whether the evidence of its facts, or of its bases', changed as well.
    """

    id: str
    kind: Literal["added", "removed", "renamed", "changed"]
    old_id: str | None = None
    before: Standing | None = None
    after: Standing | None = None
    grades: list[GradeChange] = Field(default_factory=list)
    facts: list[FactChange] = Field(default_factory=list)
    evident: bool = True

    @property
    def unproven(self) -> bool:
        """Whether a grade moved though no evidence did."""
        return not self.evident and any(change.what != "effective_level" for change in self.grades)


class Diffed(Envelope):
    """``diff --json``. ``unproven`` names the models whose grade changed without changed evidence.

    ``not_compared`` are models that cannot be read in ``base``; ``warnings`` are problems of ``base``.
    """

    schema_id: Literal["openness/diff/1"] = Field(default="openness/diff/1", alias="schema")
    base: str
    head: str
    as_of: date
    ok: bool
    models: list[ModelChange]
    unproven: list[str]
    not_compared: list[str]
    warnings: list[str]

    def to_json(self) -> dict[str, Any]:
        """The printed form; empty evidence fields are left out."""
        data = self.model_dump(mode="json", by_alias=True)
        for model in data["models"]:
            for holder in (cause for grade in model["grades"] for cause in grade["because"]):
                holder["evidence"] = _plain(holder["evidence"])
            for fact in model["facts"]:
                fact |= {"added": _plain(fact["added"]), "removed": _plain(fact["removed"])}
        return data


def _plain(evidence: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in item.items() if value not in (None, False)} for item in evidence]
