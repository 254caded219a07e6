"""The answer of ``validate``: each check with its outcome, and the verdict that follows from them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from openness.schemas.grade import Envelope, Output


class CheckOutcome(StrEnum):
    """What a check found. ``skipped`` says in its detail why nothing was found out."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    WARN = "warn"
    SKIPPED = "skipped"
    NEEDS_CODE = "needs_code"


class Check(Output):
    """One check, named after what must be true. ``figures`` are the numbers that it rests on."""

    name: str
    outcome: CheckOutcome
    detail: str
    stage: Literal["static", "run"] = "static"
    figures: dict[str, Any] = Field(default_factory=dict)


class ValidatedFile(Output):
    """A file that the verdict is about. ``sha256`` is what the Hub recorded, or was computed here when ``hashed``."""

    path: str
    size: int | None
    sha256: str | None = None
    hashed: bool = False


Verdict = Literal["valid", "invalid", "needs_code_execution", "incomplete"]

# Skipping one of these leaves open whether the weights are what they should be.
REQUIRED = ("weights-present", "files-whole", "headers-valid", "pickles-harmless", "run")


class Validation(Envelope):
    """``validate --json`` (design section 9). ``ok`` is true for the verdict ``valid`` and no other.

    ``needs_code_execution``: nothing is wrong, but the weights are of use only to who runs code of the
    repository. ``incomplete``: nothing is wrong, but something that was asked could not be done.
    """

    schema_id: Literal["openness/validate/1"] = Field(default="openness/validate/1", alias="schema")
    target: str
    ok: bool
    verdict: Verdict
    source: Literal["hub", "folder"]
    repository: str
    revision: str | None
    date: str
    stages: list[Literal["static", "run"]]
    device: str | None
    checks: list[Check]
    files: list[ValidatedFile]
    timings: dict[str, Any]
    environment: dict[str, Any]
    attached: str | None = None


def verdict_of(checks: list[Check]) -> Verdict:
    """The verdict that a list of checks amounts to."""
    outcomes = {check.outcome for check in checks}
    if CheckOutcome.FAIL in outcomes:
        return "invalid"
    if CheckOutcome.NEEDS_CODE in outcomes:
        return "needs_code_execution"
    if any(check.outcome is CheckOutcome.SKIPPED and check.name in REQUIRED for check in checks):
        return "incomplete"
    return "valid"
