"""May I? Uses held against the clauses of a license. Pure: clauses in, answers out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from openness.classifier.terms import alternatives, license_keys
from openness.schemas.grade import FoundClause, LicenseReading
from openness.schemas.license import ClauseKind, Verdict
from openness.schemas.uses import May, Use, UseAnswer

K = ClauseKind
Decision = tuple[May, str, list[FoundClause]]

DUTIES = (
    K.ATTRIBUTION_NOTICE,
    K.DISPLAY_REQUIREMENT,
    K.NAMING_REQUIREMENT,
    K.SHARE_ALIKE,
    K.FLOW_DOWN,
    K.MUST_UPDATE_TO_LATEST,
    K.REGISTRATION_OR_APPROVAL_REQUIRED,
)
_WORST = (May.NO, May.PERMISSION, May.UNKNOWN, May.YES)
# Other names of the places that licenses exclude.
_REGIONS = {
    "eu": ("eu", "european union", "eea"),
    "uk": ("uk", "united kingdom", "gb"),
    "kr": ("kr", "south korea", "korea", "republic of korea"),
    "us": ("us", "united states", "usa"),
    "cn": ("cn", "china", "prc"),
}
# What is excluded with the European Union: its members, by code and name.
_EU_MEMBERS = (
    "at", "be", "bg", "cy", "cz", "de", "dk", "ee", "es", "fi", "fr", "gr", "hr", "hu", "ie", "it", "lt", "lu",
    "lv", "mt", "nl", "pl", "pt", "ro", "se", "si", "sk",
    "austria", "belgium", "bulgaria", "cyprus", "czechia", "germany", "denmark", "estonia", "spain", "finland",
    "france", "greece", "croatia", "hungary", "ireland", "italy", "lithuania", "luxembourg", "latvia", "malta",
    "netherlands", "poland", "portugal", "romania", "sweden", "slovenia", "slovakia",
)  # fmt: skip
# Places that export control has barred as a whole; whether it does today is for a human to look up.
_SANCTIONED = (
    "by", "cu", "ir", "kp", "ru", "sy", "belarus", "cuba", "iran", "north-korea", "russia", "syria",
)  # fmt: skip


def answer_uses(reading: LicenseReading | None, use: Use) -> tuple[May, list[UseAnswer], list[FoundClause]]:
    """Answer every use that is asked: the worst answer, each answer, and the duties that come along.

    Where the licensee may choose a license, the answers are those of the one that serves best.
    """
    choices = alternatives(reading.expression) if reading else []
    if reading is None or len(choices) < 2:
        return _answer(reading, use)
    answered = []
    for choice in choices:
        clauses = [clause for clause in reading.clauses if clause.license in license_keys(choice)]
        answered.append(_answer(reading.model_copy(update={"expression": choice, "clauses": clauses}), use))
    return max(answered, key=lambda item: _WORST.index(item[0]))


def _answer(reading: LicenseReading | None, use: Use) -> tuple[May, list[UseAnswer], list[FoundClause]]:
    clauses = reading.clauses if reading else []
    answers = []
    for name, decide in _questions(use):
        verdict, reason, because = _unread(reading) or decide(clauses)
        if verdict is May.YES and reading and _is_changed(reading):
            verdict, reason = May.UNKNOWN, reading.reason
        answers.append(UseAnswer(use=name, verdict=verdict, reason=reason, because=because))
    overall = min((answer.verdict for answer in answers), key=_WORST.index, default=May.UNKNOWN)
    return overall, answers, [clause for clause in clauses if clause.kind in DUTIES]


def _is_changed(reading: LicenseReading) -> bool:
    """Whether the text departs from a license in a way that nobody has understood: its silence allows nothing."""
    return reading.verdict is Verdict.NEEDS_HUMAN and "LicenseRef-modified-" in (reading.expression or "")


def _unread(reading: LicenseReading | None) -> Decision | None:
    """The answer where no clause can decide: no license known, or one that nobody has read."""
    if reading is None or reading.verdict is None:
        return May.UNKNOWN, "the license of the weights is not established", []
    if reading.expression == "NONE":
        return May.NO, "no license is given, so no permission is", []
    if reading.verdict is Verdict.NEEDS_HUMAN and not reading.clauses:
        return May.UNKNOWN, reading.reason, []
    return None


def _questions(use: Use) -> list[tuple[str, Callable[[Sequence[FoundClause]], Decision]]]:
    found: list[tuple[str, Callable[[Sequence[FoundClause]], Decision]]] = []
    if use.commercial:
        found.append(("commercial", _commercial))
    if use.users is not None:
        found.append((f"users {use.users:,}", lambda clauses: _size(clauses, use.users or 0, money=False)))
    if use.revenue is not None:
        found.append((f"revenue {use.revenue:,}", lambda clauses: _size(clauses, use.revenue or 0, money=True)))
    if use.train_models:
        found.append(("train models", _train))
    if use.outputs:
        found.append(
            (
                "outputs",
                lambda clauses: _banned(clauses, "restricts what may be done with outputs", K.OUTPUT_RESTRICTIONS),
            )
        )
    if use.modify:
        found.append(("modify", lambda clauses: _banned(clauses, "forbids changes", K.NO_DERIVATIVES)))
    if use.redistribute:
        found.append(("redistribute", lambda clauses: _banned(clauses, "forbids passing it on", K.NO_REDISTRIBUTION)))
    if use.region is not None:
        found.append((f"region {use.region}", lambda clauses: _region(clauses, use.region or "")))
    if use.military:
        found.append(("military", _military))
    return found


def _of(clauses: Sequence[FoundClause], *kinds: ClauseKind) -> list[FoundClause]:
    return [clause for clause in clauses if clause.kind in kinds]


def _banned(clauses: Sequence[FoundClause], says: str, kind: ClauseKind) -> Decision:
    found = _of(clauses, kind)
    return (May.NO, f"a clause {says}", found) if found else (May.YES, "no clause forbids it", [])


def _commercial(clauses: Sequence[FoundClause]) -> Decision:
    limits = _of(clauses, K.NON_COMMERCIAL, K.RESEARCH_ONLY)
    offers = [
        clause
        for clause in _of(clauses, K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY)
        if not str(clause.params.get("condition", "")).startswith("above_threshold")
    ]
    asks = _of(clauses, K.REGISTRATION_OR_APPROVAL_REQUIRED)
    if offers:
        return May.PERMISSION, "commercial use needs a license of its own", [*limits, *offers]
    if limits:
        return May.NO, "the grant is limited to other purposes", limits
    if asks:
        return May.PERMISSION, "registration or approval is asked for", asks
    return May.YES, "no clause forbids it; limits by size are asked with users and revenue", []


def _size(clauses: Sequence[FoundClause], number: int, *, money: bool) -> Decision:
    """Thresholds in users (or employees, devices …) or in money. Revenues are compared as numbers,
    whatever the currency, and the clause is shown.
    """
    reached: list[FoundClause] = []
    below: list[FoundClause] = []
    for clause in _of(clauses, K.USER_THRESHOLD):
        for suffix in ("", "2"):
            unit, limit = str(clause.params.get(f"unit{suffix}", "")), clause.params.get(f"number{suffix}")
            if isinstance(limit, int) and unit.startswith("revenue") == money:
                (reached if number > limit else below).append(clause)
    hard = [clause for clause in reached if clause.params.get("effect") != "display_only"]
    if hard:
        requests = _of(clauses, K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY)
        if requests:
            return May.PERMISSION, "above the size, a license must be asked for", [*hard, *requests]
        return May.NO, "above the size, nothing is granted", hard
    if reached:
        return May.YES, "above the size, a name must be displayed", [*reached, *_of(clauses, K.DISPLAY_REQUIREMENT)]
    return May.YES, "below every size that a clause names" if below else "no clause names such a size", below


def _train(clauses: Sequence[FoundClause]) -> Decision:
    banned = _of(clauses, K.NO_TRAIN_OTHER_MODELS)
    if banned:
        return May.NO, "other models may not be trained or improved with it", banned
    rivals = _of(clauses, K.NO_IMPROVE_COMPETING_MODELS)
    if rivals:
        return May.NO, "models that compete may not be trained or improved with it", rivals
    naming = _of(clauses, K.NAMING_REQUIREMENT)
    if naming:
        return May.YES, "a model trained with it must carry a name", naming
    return May.YES, "no clause forbids it", []


def _region(clauses: Sequence[FoundClause], region: str) -> Decision:
    wanted = region.strip().lower()
    names = next((names for names in _REGIONS.values() if wanted in names), (wanted,))
    if wanted in _EU_MEMBERS:
        names += _REGIONS["eu"]
    open_questions, barred = [], []
    for clause in _of(clauses, K.GEOGRAPHIC_EXCLUSION):
        listed = " ; ".join(str(item).lower() for item in clause.params.get("regions", []))
        exported = clause.params.get("condition") == "export_control"
        if "outside" in listed.split():  # all but one place: which side of the line this one is, a human must read
            open_questions.append(clause)
        elif any(name in listed.split() or (len(name) > 3 and name in listed) for name in names):
            if clause.params.get("scope") == "multimodal_models" and not clause.params.get("all_models_in_scope"):
                return May.UNKNOWN, f"{region} is excluded for the multimodal models under this license only", [clause]
            return May.NO, f"{region} is excluded", [clause]
        elif exported and wanted.replace(" ", "-") in _SANCTIONED:
            barred.append(clause)
        elif not exported and not listed:
            open_questions.append(clause)
    if open_questions:
        return May.UNKNOWN, "a clause limits the territory, without a list that names it", open_questions
    if barred:
        return May.UNKNOWN, "places under sanctions are excluded: whether this is one today must be looked up", barred
    return May.YES, "no clause excludes it", []


def _military(clauses: Sequence[FoundClause]) -> Decision:
    bans = _of(clauses, K.GOVERNMENT_OR_MILITARY_BAN)
    if bans:
        return May.NO, "a clause forbids it", bans
    policies = _of(clauses, K.FIELD_OF_USE_RESTRICTIONS)
    if policies:
        return May.UNKNOWN, "the list of forbidden uses must be read", policies
    return May.YES, "no clause forbids it", []
