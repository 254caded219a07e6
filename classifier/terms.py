"""License expressions -> verdict and clauses, from the license knowledge base."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from license_expression import ExpressionError, LicenseSymbol, LicenseWithExceptionSymbol, Licensing

from openness.schemas.grade import FoundClause, LicenseReading
from openness.schemas.license import LicenseKnowledge, Verdict

_LICENSING = Licensing()
# For AND the worst part binds; for OR the licensee picks the best. What is restricted stays so
# whatever a human would say of the other part, hence it is the worst.
_RANK = [Verdict.OPEN_SOURCE, Verdict.OPEN_NOT_OSI, Verdict.NEEDS_HUMAN, Verdict.RESTRICTED]


@dataclass(frozen=True)
class _Reading:
    verdict: Verdict
    reasons: tuple[str, ...]


def read_license(key: str, knowledge: LicenseKnowledge) -> tuple[Verdict, str]:
    """The verdict on one license id, with the reason.

    An OSI-approved license is ``open_source``; a clause that offends the Open Source Definition
    makes it ``restricted``; the reasoned list gives ``open_not_osi``; the rest needs a human.
    """
    entry = knowledge.licenses.get(key)
    spdx = knowledge.spdx.get(key)
    name = entry.name if entry else spdx.name if spdx else key
    if entry and entry.verdict:
        return entry.verdict, f"{name}: {entry.reason}"
    if spdx and spdx.osi:
        return Verdict.OPEN_SOURCE, f"{name} is approved by the OSI"
    if entry and (offended := sorted({number for clause in entry.clauses for number in clause.osd})):
        numbers = ", ".join(map(str, offended))
        return Verdict.RESTRICTED, f"{name} does not meet the Open Source Definition (criterion {numbers})"
    if key in knowledge.open_not_osi:
        return Verdict.OPEN_NOT_OSI, f"{name} is not OSI-approved: {knowledge.open_not_osi[key]}"
    if entry:
        return Verdict.NEEDS_HUMAN, f"no clause of {name} offends a criterion, but nobody has approved it"
    if spdx:
        return Verdict.NEEDS_HUMAN, f"{name} is not OSI-approved and its clauses have not been read"
    return Verdict.NEEDS_HUMAN, f"{key} is not in the license knowledge base"


def is_unclear(key: str, knowledge: LicenseKnowledge) -> bool:
    """Whether a license may withhold what no clause of it forbids: a human must read it, or nobody has."""
    entry = knowledge.licenses.get(key)
    if entry and entry.unclear is not None:
        return entry.unclear
    return read_license(key, knowledge)[0] is Verdict.NEEDS_HUMAN


def read_all(keys: list[str], knowledge: LicenseKnowledge) -> tuple[Verdict, str]:
    """The verdict on licenses that all apply, which the worst decides, with the reasons; ``keys`` is not empty."""
    readings = [read_license(key, knowledge) for key in keys]
    worst = max((verdict for verdict, _ in readings), key=_RANK.index)
    return worst, "; ".join(dict.fromkeys(reason for _, reason in readings))


def read_expression(expression: str | None, knowledge: LicenseKnowledge) -> LicenseReading:
    """Read an SPDX expression.

    AND binds to the worst part, OR lets the licensee pick the best, and an exception of the SPDX
    list (WITH) only adds permission; what any other one adds a human must read. ``NONE`` means
    that no license is given, hence no permission.
    """
    if expression is None:
        return LicenseReading(expression=None, verdict=None, reason="the license is not established")
    if expression == "NONE":
        reason = "no license is given, so no permission is"
        return LicenseReading(expression=expression, verdict=Verdict.RESTRICTED, reason=reason)
    try:
        tree = _parse(expression)
    except ExpressionError as error:
        reason = f"not an SPDX expression: {error}"
        return LicenseReading(expression=expression, verdict=Verdict.NEEDS_HUMAN, reason=reason, unclear=[expression])
    reading = _read(tree, knowledge)
    keys = list(dict.fromkeys(str(key) for key in _LICENSING.license_keys(tree)))
    names, clauses = [], []
    for key in keys:
        entry = knowledge.licenses.get(key)
        spdx = knowledge.spdx.get(key)
        names.append(entry.name if entry else spdx.name if spdx else knowledge.exceptions.get(key, key))
        if entry:
            clauses += [FoundClause(license=key, **clause.model_dump()) for clause in entry.clauses]
    return LicenseReading(
        expression=expression,
        verdict=reading.verdict,
        reason="; ".join(dict.fromkeys(reading.reasons)),
        names=names,
        clauses=clauses,
        unclear=[key for key in keys if key not in knowledge.exceptions and is_unclear(key, knowledge)],
        unrecorded=[key for key in keys if key not in knowledge.exceptions and key not in knowledge.licenses],
    )


@lru_cache(maxsize=4096)  # parsing takes longer than grading the rest of a model
def _parse(expression: str) -> object:
    try:
        tree = _LICENSING.parse(expression)
    except (AssertionError, IndexError):  # the parser's own stumbles, over `()` or `(AND MIT`
        tree = None
    if tree is None:  # also what it returns for nothing but spaces
        raise ExpressionError(repr(expression))
    return tree


def alternatives(expression: str | None) -> list[str]:
    """The licenses that an expression lets the licensee choose from: the parts of a top-level OR."""
    if not expression or expression == "NONE":
        return []
    try:
        tree = _LICENSING.parse(expression)
    except (ExpressionError, IndexError):
        return [expression]
    return [str(part) for part in tree.args] if isinstance(tree, _LICENSING.OR) else [expression]


@lru_cache(maxsize=4096)
def license_keys(expression: str) -> frozenset[str]:
    """The license ids that an expression names; none where it cannot be parsed."""
    try:
        return frozenset(str(key) for key in _LICENSING.license_keys(expression))
    except (ExpressionError, IndexError):
        return frozenset()


def _read(node: object, knowledge: LicenseKnowledge) -> _Reading:
    if isinstance(node, LicenseWithExceptionSymbol):
        plain, added = _read(node.license_symbol, knowledge), str(node.exception_symbol.key)
        if added in knowledge.exceptions:
            return plain
        verdict = max(plain.verdict, Verdict.NEEDS_HUMAN, key=_RANK.index)
        return _Reading(verdict, (*plain.reasons, f"{added} is not an exception of the SPDX list"))
    if isinstance(node, LicenseSymbol):
        verdict, reason = read_license(str(node.key), knowledge)
        return _Reading(verdict, (reason,))
    parts = [_read(part, knowledge) for part in getattr(node, "args", ())]
    chosen = (min if isinstance(node, _LICENSING.OR) else max)(parts, key=lambda part: _RANK.index(part.verdict))
    return _Reading(chosen.verdict, tuple(reason for part in parts for reason in part.reasons))
