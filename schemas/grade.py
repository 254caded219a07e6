"""The answer: level, license verdict, evidence and what is missing. The shape of ``--json``."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from openness.schemas.license import Clause, Verdict
from openness.schemas.record import Artifact, Assessment, Evidence, Status

RUBRIC = "1.0"


class Output(BaseModel):
    """Base of every printed object; its fields are the stable interface."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Outcome(StrEnum):
    """What a rule found. ``unknown`` never counts as ``false``; not applicable is satisfied."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Finding(Output):
    """One rule's outcome, in a sentence, with the evidence that it rests on."""

    rule: str
    level: int
    outcome: Outcome
    reason: str
    evidence: list[Evidence] = Field(default_factory=list)
    remedy: str | None = None


class LevelRange(Output):
    """A level and the highest one that the unknowns leave open."""

    level: int | None
    at_most: int


class FoundClause(Clause):
    """A clause and the license that holds it."""

    license: str


class LicenseReading(Output):
    """The license axis of one artifact.

    ``unclear`` names the licenses whose grant is not established: what they do not forbid is not thereby allowed.
    ``unrecorded`` names those whose duties are not in the knowledge base.
    """

    expression: str | None
    verdict: Verdict | None
    reason: str
    names: list[str] = Field(default_factory=list)
    clauses: list[FoundClause] = Field(default_factory=list)
    unclear: list[str] = Field(default_factory=list)
    unrecorded: list[str] = Field(default_factory=list)


class Warn(Output):
    """Something a reader must know beside the grade; ``code`` is stable."""

    code: str
    message: str
    evidence: list[Evidence] = Field(default_factory=list)


class ArtifactView(Output):
    """The status of an artifact on the day of the grade, with its evidence."""

    artifact: Artifact
    status: Status
    since: str | None = None
    note: str | None = None
    evidence: list[Evidence] = Field(default_factory=list)


class Missing(Output):
    """One thing that stands between the model and its next level."""

    rule: str
    outcome: Outcome
    remedy: str


class Envelope(Output):
    """What every printed object says of itself."""

    schema_id: str = Field(alias="schema")
    tool: str
    rubric: str = RUBRIC
    registry: str | None = None


class Grade(Envelope):
    """How open a model is, what its terms are, and on what evidence (design section 9)."""

    schema_id: Literal["openness/grade/1"] = Field(default="openness/grade/1", alias="schema")
    target: str | None = None
    id: str
    name: str
    source: Literal["registry", "hub", "folder"]
    revision: str | None = None
    as_of: date
    level: int | None
    at_most: int
    effective_level: LevelRange
    findings: list[Finding]
    missing_for_next: list[Missing]
    artifacts: list[ArtifactView]
    licenses: dict[Artifact, LicenseReading]
    warnings: list[Warn] = Field(default_factory=list)
    assessments: list[Assessment] = Field(default_factory=list)
    disclaimer: str = "Information about published terms, not legal advice."

    def to_json(self) -> dict[str, Any]:
        """The printed form: plain JSON values, nothing left out but empty evidence fields."""
        data = self.model_dump(mode="json", by_alias=True)
        for holder in (*data["findings"], *data["artifacts"], *data["warnings"], *data["assessments"]):
            holder["evidence"] = [
                {key: value for key, value in item.items() if value not in (None, False)} for item in holder["evidence"]
            ]
        return data
