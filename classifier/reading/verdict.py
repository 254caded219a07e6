"""What licenses, changes and clauses of a text come to."""

from __future__ import annotations

from openness.classifier.terms import read_all
from openness.schemas.license import LicenseKnowledge, Verdict
from openness.schemas.reading import LicenseMatch, ReadClause


def verdict_of(
    matches: list[LicenseMatch], clauses: list[ReadClause], knowledge: LicenseKnowledge
) -> tuple[Verdict, str]:
    """The verdict on a text by the licenses found in it and the clauses of it, and why."""
    certain = [clause for clause in clauses if clause.osd and clause.certain]
    offending = certain or [clause for clause in clauses if clause.osd]
    kinds = ", ".join(dict.fromkeys(clause.kind.replace("_", " ") for clause in offending))
    if offending and not certain:
        return Verdict.NEEDS_HUMAN, f"what was added seems to say: {kinds}"
    if offending:
        numbers = sorted({number for clause in offending for number in clause.osd})
        plural = "criteria" if len(numbers) > 1 else "criterion"
        return (
            Verdict.RESTRICTED,
            f"{kinds}: against {plural} {', '.join(map(str, numbers))} of the Open Source Definition",
        )
    if not matches:
        return Verdict.NEEDS_HUMAN, "no known license, and no clause that a rule understands as a restriction"
    if any(match.cut_off for match in matches):
        return Verdict.NEEDS_HUMAN, "the text breaks off before its end"
    if not all(match.exact for match in matches):
        return Verdict.NEEDS_HUMAN, "the text departs from the license in ways that no rule understands"
    verdict, reason = read_all([match.id for match in matches], knowledge)
    display = any(clause.params.get("effect") == "display_only" for clause in clauses)
    if display and verdict in (Verdict.OPEN_SOURCE, Verdict.OPEN_NOT_OSI):
        return Verdict.NEEDS_HUMAN, "whether a display duty above a size offends the definition is debated"
    return verdict, reason
