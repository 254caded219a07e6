"""What reading a license text finds. Offsets are code points of the decoded input."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from openness.schemas.grade import Envelope, Output
from openness.schemas.license import ClauseKind, Verdict

Span = tuple[int, int]
Effect = Literal["none", "clause", "needs_human"]


class LicenseMatch(Output):
    """A license that the text holds.

    ``exact`` means nothing added, changed or left out but what the license itself lets vary.
    ``coverage`` is the share of its word shingles that are present. ``also`` names licenses whose text is
    the same, word by word.
    """

    id: str
    exact: bool
    coverage: float
    also: list[str] = Field(default_factory=list)
    missing_text: int = 0
    cut_off: bool = False
    span: Span


class ReadClause(Output):
    """A clause and the words that say it.

    Not ``certain`` where no rule knows the wording, or the examples speak against the rule: then it is what sentences
    like it say in ``data/wordings``. It may be another clause, or none, so it alone never makes a license restricted.
    """

    kind: ClauseKind
    section: str
    quote: str
    span: Span | None
    params: dict[str, Any] = Field(default_factory=dict)
    osd: list[int] = Field(default_factory=list)
    license: str | None = None
    certain: bool = True


class AddedText(Output):
    """Text that is not the license's own. ``effect`` is ``none`` where a rule recognizes that it
    grants, conditions and forbids nothing; ``clause`` where a rule understood it; else it needs a human.
    """

    text: str
    span: Span
    effect: Effect


class LicenseText(Output):
    """The answer to a license text."""

    matches: list[LicenseMatch]
    expression: str | None
    verdict: Verdict
    reason: str
    clauses: list[ReadClause]
    additional_text: list[AddedText]
    missing_text: int


class LicenseRead(Envelope, LicenseText):
    """``license read --json``."""

    target: str
    disclaimer: str = "Information about published terms, not legal advice."
