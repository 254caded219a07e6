"""Questions of the form "may I?", and their answers."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from openness.schemas.grade import Envelope, FoundClause, Output


class May(StrEnum):
    """An answer. ``unknown`` where the terms are not established or nobody has read them."""

    YES = "yes"
    NO = "no"
    PERMISSION = "permission"
    UNKNOWN = "unknown"


class Use(Output):
    """What somebody wants to do with the weights; unset fields are not asked."""

    commercial: bool = False
    users: int | None = None
    revenue: int | None = None
    train_models: bool = False
    outputs: bool = False
    modify: bool = False
    redistribute: bool = False
    region: str | None = None
    military: bool = False


class UseAnswer(Output):
    """The answer to one use, with the clauses that decide it."""

    use: str
    verdict: May
    reason: str
    because: list[FoundClause] = Field(default_factory=list)


class Checked(Envelope):
    """``check --json``; ``id`` is None where the target is a license and not a model.

    ``unrecorded`` names the licenses whose duties are not in the knowledge base.
    """

    target: str
    id: str | None
    license: str | None
    as_of: str
    verdict: May
    answers: list[UseAnswer]
    duties: list[FoundClause]
    unrecorded: list[str]
    disclaimer: str = "Information about published terms, not legal advice."
