"""What a repository says of its license, in its card and in its files, held against each other."""

from __future__ import annotations

from collections.abc import Mapping

from openness.classifier.terms import is_unclear, license_keys
from openness.schemas.grade import FoundClause, LicenseReading, Warn
from openness.schemas.license import LicenseKnowledge, Verdict
from openness.schemas.reading import LicenseText, ReadClause
from openness.schemas.record import Evidence


def reading_of(found: LicenseText, knowledge: LicenseKnowledge) -> LicenseReading:
    """The license axis of an artifact whose license text was read."""
    clauses = [
        FoundClause(
            license=clause.license or found.expression or "unknown",
            kind=clause.kind,
            section=clause.section or "text",
            quote=clause.quote,
            osd=clause.osd,
            params=clause.params,
            summary=_summary(clause, knowledge),
        )
        for clause in found.clauses
        if clause.certain  # what only may be a clause speaks through the reason
    ]
    names = [match.id if match.exact else f"{match.id}, changed" for match in found.matches]
    return LicenseReading(
        expression=found.expression,
        verdict=found.verdict,
        reason=found.reason,
        names=names,
        clauses=clauses,
        unclear=[] if _is_clear(found, knowledge) else [found.expression or "the text"],
        unrecorded=[match.id for match in found.matches if match.id not in knowledge.licenses],
    )


def _summary(clause: ReadClause, knowledge: LicenseKnowledge) -> str:
    """In our words where the clause is a known license's own, else in its words."""
    entry = knowledge.licenses.get(clause.license or "")
    for own in entry.clauses if entry else ():
        if (own.kind, own.section) == (clause.kind, clause.section):
            return own.summary
    return f"{clause.kind.replace('_', ' ')}: “{' '.join(clause.quote.split())}”"


def _is_clear(found: LicenseText, knowledge: LicenseKnowledge) -> bool:
    """Whether what no clause forbids is granted: known licenses, and changes that are understood to the last word."""
    if not found.matches or any(match.exact and is_unclear(match.id, knowledge) for match in found.matches):
        return False
    if all(match.exact for match in found.matches):
        return True
    guessed = any(not clause.certain for clause in found.clauses)
    added = any(text.effect == "needs_human" for text in found.additional_text)
    return found.verdict is not Verdict.NEEDS_HUMAN and not (found.missing_text or added or guessed)


def compare_code(whose: str, recorded: str | None, where: str, seen: Evidence, text: LicenseText) -> list[Warn]:
    """What the license file of a code repository says that the record or the card does not.

    That code and weights have different licenses is common and allowed; a user of both must know.

    Args:
        whose: how the sentence on the recorded license begins.
        recorded: its expression; None where none is recorded.
        where: the file and its repository, for people.
        seen: where and when it was read.
        text: what reading it found.
    """
    found = [
        Warn(
            code="license_modified",
            message=f"{where} looks like {match.id} but {'breaks off early' if match.cut_off else 'departs from it'}",
            evidence=[seen],
        )
        for match in text.matches
        if not match.exact
    ]
    declared = license_keys(recorded) if recorded else set()
    named = {name for match in text.matches for name in (match.id, *match.also)}
    if not named:
        found.append(Warn(code="license_unnamed", message=f"{where} is no license that is known", evidence=[seen]))
    elif declared and not declared & named:
        message = f"{whose} {recorded}, {where} is {text.expression}"
        found.append(Warn(code="code_license_differs", message=message, evidence=[seen]))
    return found


def compare_declared(tag: str | None, tag_name: str | None, texts: Mapping[str, LicenseText]) -> list[Warn]:
    """Contradictions between the card's license and the license files.

    Args:
        tag: the expression that the card's tag stands for; None where it stands for none.
        tag_name: the tag itself, such as ``other``.
        texts: file name -> what reading it found.
    """
    found: list[Warn] = []
    if tag_name is not None and tag_name.lower() in ("other", "unknown"):
        message = f"the card's license tag is `{tag_name}`, without a name that is known"
        found.append(Warn(code="license_unnamed", message=message))
    declared = license_keys(tag) if tag else set()
    for path, text in texts.items():
        for match in text.matches:
            if not match.exact:
                what = "breaks off early" if match.cut_off else "departs from it"
                message = f"{path} looks like {match.id} but {what}"
                found.append(Warn(code="license_modified", message=message))
        named = {name for match in text.matches for name in (match.id, *match.also)}
        if declared and named and not declared & named:
            message = f"the card's license is {tag}, {path} is {text.expression}"
            found.append(Warn(code="license_disagrees", message=message))
    return found
