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
_PURPOSES = (K.NON_COMMERCIAL, K.RESEARCH_ONLY)
_LAPSED = {"until"}  # what held until a day that has passed
_NO_LISTS = ("lawful_use", "conduct")  # limits that name no uses
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
        keys = license_keys(choice)
        clauses = [clause for clause in reading.clauses if clause.license in keys]
        chosen = {"expression": choice, "clauses": clauses, "unclear": [key for key in reading.unclear if key in keys]}
        answered.append(_answer(reading.model_copy(update=chosen), use))
    return max(answered, key=lambda item: _WORST.index(item[0]))


def _answer(reading: LicenseReading | None, use: Use) -> tuple[May, list[UseAnswer], list[FoundClause]]:
    clauses = reading.clauses if reading else []
    answers = []
    for name, decide in _questions(use):
        decision = _unread(reading) or _taken_back(clauses) or decide(clauses)
        if decision[0] is May.YES and reading:
            decision = _unless_withheld(name, decision, reading)
        verdict, reason, because = decision
        answers.append(UseAnswer(use=name, verdict=verdict, reason=reason, because=because))
    overall = min((answer.verdict for answer in answers), key=_WORST.index, default=May.UNKNOWN)
    duties = [clause for clause in clauses if clause.kind in DUTIES or clause.params.get("scope") == "duty"]
    return overall, answers, duties


def _unread(reading: LicenseReading | None) -> Decision | None:
    """The answer where no clause can decide: no license known, or one that nobody has read."""
    if reading is None or reading.verdict is None:
        return May.UNKNOWN, "the license of the weights is not established", []
    if reading.expression == "NONE":
        return May.NO, "no license is given, so no permission is", []
    if reading.verdict is Verdict.NEEDS_HUMAN and not reading.clauses:
        return May.UNKNOWN, reading.reason, []
    return None


def _taken_back(clauses: Sequence[FoundClause]) -> Decision | None:
    taken = _of(clauses, K.GRANT_NEGATED)
    return (May.NO, "the text takes the grant back", taken) if taken else None


def _unless_withheld(use: str, decision: Decision, reading: LicenseReading) -> Decision:
    """A yes, unless it hangs on a registration, is not for everybody or not established; and what limits it."""
    verdict, reason, because = decision
    asks = [
        clause for clause in _of(reading.clauses, K.REGISTRATION_OR_APPROVAL_REQUIRED) if not _LAPSED & {*clause.params}
    ]
    always = [clause for clause in asks if "condition" not in clause.params]
    if always:
        return May.PERMISSION, "registration or approval is asked for", [*because, *always]
    some = [
        clause
        for clause in _of(reading.clauses, K.NAMED_PARTY_EXCLUSION, K.PRODUCT_SPECIFIC, K.TECHNOLOGY_SPECIFIC)
        if use == "commercial" or clause.params.get("condition") != "commercial_use"
    ]
    if some:
        return May.UNKNOWN, "it is granted to some only, or for some products only", [*because, *some]
    if reading.unclear:
        doubt = (
            reading.reason if reading.verdict is Verdict.NEEDS_HUMAN else "no clause forbids it, nor plainly allows it"
        )
        return May.UNKNOWN, doubt, because
    limits = _of(reading.clauses, *_PURPOSES)
    if use.startswith(("users", "revenue")):  # whoever has customers is likely to be asked for more than a size
        limits += [
            *_separate(reading.clauses),
            *(clause for clause in asks if clause.params["condition"] == "commercial_use"),
        ]
    limits = [clause for clause in limits if clause not in because]
    return verdict, f"{reason}, within the purposes that are granted" if limits else reason, [*because, *limits]


def _separate(clauses: Sequence[FoundClause]) -> list[FoundClause]:
    """What asks for a license of its own for commercial use, whatever its size and kind."""
    return [
        clause
        for clause in _of(clauses, K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY)
        if clause.params.get("condition", "commercial_use") == "commercial_use" and "scope" not in clause.params
    ]


def _questions(use: Use) -> list[tuple[str, Callable[[Sequence[FoundClause]], Decision]]]:
    found: list[tuple[str, Callable[[Sequence[FoundClause]], Decision]]] = []
    if use.commercial:
        found.append(("commercial", _commercial))
    if use.users is not None:
        found.append((f"users {use.users:,}", lambda clauses: _size(clauses, use.users or 0, money=False)))
    if use.revenue is not None:
        found.append((f"revenue {use.revenue:,}", lambda clauses: _size(clauses, use.revenue or 0, money=True)))
    if use.train_models:
        found.append(("train models", lambda clauses: _train(clauses, commercial=use.commercial)))
    if use.outputs:
        found.append(("outputs", _outputs))
    if use.modify:
        found.append(("modify", _modify))
    if use.redistribute:
        found.append(("redistribute", lambda clauses: _redistribute(clauses, use)))
    if use.region is not None:
        found.append((f"region {use.region}", lambda clauses: _region(clauses, use.region or "")))
    if use.military:
        found.append(("military", _military))
    return found


def _of(clauses: Sequence[FoundClause], *kinds: ClauseKind) -> list[FoundClause]:
    return [clause for clause in clauses if clause.kind in kinds]


def _modify(clauses: Sequence[FoundClause]) -> Decision:
    bans = _of(clauses, K.NO_DERIVATIVES)
    whole = [clause for clause in bans if "scope" not in clause.params]
    if whole:
        return May.NO, "a clause forbids changes", whole
    if any(clause.params["scope"] == "sharing" for clause in bans):
        return May.YES, "it may be changed, but changed copies may not be passed on", bans
    return (May.YES, "it may be changed, but not all of it", bans) if bans else (May.YES, "no clause forbids it", [])


def _redistribute(clauses: Sequence[FoundClause], use: Use) -> Decision:
    bans = _of(clauses, K.NO_REDISTRIBUTION)
    # An "unmodified artifact" may be passed on only once it is changed.
    whole_scopes = (None, "model_parameters", *(() if use.modify else ("unmodified artifact",)))
    whole = [clause for clause in bans if clause.params.get("scope") in whole_scopes]
    if any("condition" not in clause.params for clause in whole):
        return May.NO, "a clause forbids passing it on", bans
    changed = [
        clause for clause in _of(clauses, K.NO_DERIVATIVES) if clause.params.get("scope", "sharing") == "sharing"
    ]
    if changed and use.modify:
        return May.NO, "changed copies may not be passed on", changed
    if any(clause.params["condition"] == "without_authorization" for clause in whole):
        return May.PERMISSION, "passing it on needs authorization", bans
    traded = [
        clause
        for clause in _of(clauses, K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY)
        if clause.params.get("condition") == "commercial_distribution"
    ]
    if traded and use.commercial:
        return May.PERMISSION, "commercial use needs a license of its own", traded
    limits = [*bans, *changed, *traded, *_of(clauses, K.NO_SELL)]
    return May.YES, "it may be passed on within limits" if limits else "no clause forbids it", limits


def _commercial(clauses: Sequence[FoundClause]) -> Decision:
    limits, offers = _of(clauses, *_PURPOSES), _separate(clauses)
    asks = [
        clause
        for clause in _of(clauses, K.REGISTRATION_OR_APPROVAL_REQUIRED)
        if clause.params.get("condition", "commercial_use") == "commercial_use" and not _LAPSED & {*clause.params}
    ]
    barred, paid = _of(clauses, K.NAMED_PARTY_EXCLUSION), _of(clauses, K.ROYALTY)
    if offers:
        return May.PERMISSION, "commercial use needs a license of its own", [*limits, *offers, *barred]
    if limits:
        return May.NO, "the grant is limited to other purposes", limits
    if asks or paid:
        reason = "registration or approval is asked for" if asks else "payment is due"
        return May.PERMISSION, reason, [*asks, *paid, *barred]
    kinds = (K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY, K.NO_IMPROVE_COMPETING_MODELS, K.NO_SELL, K.USER_THRESHOLD)
    some = [clause for clause in _of(clauses, *kinds) if clause.kind is K.NO_SELL or _is_partial(clause)]
    if some:
        return (
            May.YES,
            "no clause forbids it, within limits; limits by size are asked with users and revenue",
            some,
        )
    return May.YES, "no clause forbids it; limits by size are asked with users and revenue", []


def _is_partial(clause: FoundClause) -> bool:
    """Whether a clause leaves commercial use as such free, and holds for a kind of it that is not asked for."""
    condition = str(clause.params.get("condition", ""))
    if clause.kind is K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY:
        return condition != "above_threshold"
    if clause.kind is K.USER_THRESHOLD:
        units = [clause.params[name] for name in ("unit", "unit2") if name in clause.params]
        return not all(_counts_users(unit) or _counts_money(unit) for unit in units)
    return _is_about_products(clause)


def _counts_users(unit: object) -> bool:
    return str(unit).endswith("users") or unit == "visits"


def _counts_money(unit: object) -> bool:
    return str(unit).startswith("revenue")


def _size(clauses: Sequence[FoundClause], number: int, *, money: bool) -> Decision:
    """Thresholds in users or visits a month, or in revenue a year. Revenues are compared as numbers,
    whatever the currency, and the clause is shown.
    """
    reached: list[FoundClause] = []
    below: list[FoundClause] = []
    for clause in _of(clauses, K.USER_THRESHOLD):
        for suffix in ("", "2"):
            unit, limit = clause.params.get(f"unit{suffix}"), clause.params.get(f"number{suffix}")
            if isinstance(limit, int) and (_counts_money(unit) if money else _counts_users(unit)):
                yearly = limit * 12 if money and str(unit).endswith("per_month") else limit
                (reached if number > yearly else below).append(clause)
    hard = [clause for clause in reached if clause.params.get("effect") != "display_only"]
    if hard and all(clause.params.get("condition", "commercial_use") != "commercial_use" for clause in hard):
        return May.UNKNOWN, "above a size that counts for some uses only", hard
    shut_out = [] if money else [clause for clause in clauses if _keeps_others_away(clause)]
    if shut_out and not hard:
        offers = _separate(clauses)
        reason = (
            "commercial use needs a license of its own" if offers else "it may not be offered to others as a service"
        )
        return May.PERMISSION if offers else May.UNKNOWN, reason, [*shut_out, *offers]
    if hard:
        requests = _of(clauses, K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY)
        if requests:
            return May.PERMISSION, "above the size, a license must be asked for", [*hard, *requests]
        return May.NO, "above the size, nothing is granted", hard
    if reached:
        return May.YES, "above the size, a name must be displayed", [*reached, *_of(clauses, K.DISPLAY_REQUIREMENT)]
    return May.YES, "below every size that a clause names" if below else "no clause names such a size", below


def _keeps_others_away(clause: FoundClause) -> bool:
    """Whether a clause bars serving the public with it, whatever the number."""
    return clause.params.get("subtype") == "hosted_service_ban" or clause.params.get("excludes") == "end_users"


def _is_about_products(clause: FoundClause) -> bool:
    """Whether a bar on competition is one of products and services, not of models."""
    return clause.params.get("scope") in ("competitors", "competing_products")


def _train(clauses: Sequence[FoundClause], *, commercial: bool) -> Decision:
    bans = _of(clauses, K.NO_TRAIN_OTHER_MODELS)
    rivals = _of(clauses, K.NO_IMPROVE_COMPETING_MODELS)
    in_trade = [clause for clause in bans if clause.params.get("condition") == "commercial_use" and not commercial]
    if len(in_trade) < len(bans):
        return May.NO, "other models may not be trained or improved with it", bans
    models = [clause for clause in rivals if not _is_about_products(clause)]
    if models:
        return May.NO, "models that compete may not be trained or improved with it", models
    if in_trade:
        return May.UNKNOWN, "it is forbidden in commercial use", in_trade
    if rivals:
        return May.YES, "no clause forbids it but for what competes with the licensor", rivals
    naming = [clause for clause in _of(clauses, K.NAMING_REQUIREMENT) if {"prefix", "contains"} & clause.params.keys()]
    if naming:
        return May.YES, "a model trained with it must carry a name", naming
    return May.YES, "no clause forbids it", []


def _outputs(clauses: Sequence[FoundClause]) -> Decision:
    terms = _of(clauses, K.OUTPUT_RESTRICTIONS)
    limits = [clause for clause in terms if clause.params.get("scope") not in ("terms", "duty")]
    training = [
        clause
        for clause in _of(clauses, K.NO_TRAIN_OTHER_MODELS, K.NO_IMPROVE_COMPETING_MODELS)
        if clause.params.get("covers_outputs") or "output" in clause.quote.lower()
    ]
    if limits:
        return May.NO, "a clause restricts what may be done with outputs", [*limits, *training]
    if training:
        return May.NO, "outputs may be used, but not to train or improve other models", training
    return May.YES, "outputs are free within the terms of the license" if terms else "no clause forbids it", terms


def _region(clauses: Sequence[FoundClause], region: str) -> Decision:
    wanted = region.strip().lower()
    names = next((names for names in _REGIONS.values() if wanted in names), (wanted,))
    if wanted in _EU_MEMBERS:
        names += _REGIONS["eu"]
    open_questions, barred = [], []
    for clause in _of(clauses, K.GEOGRAPHIC_EXCLUSION):
        if clause.params.get("scope") == "data":  # where data is kept, not where the model is used
            continue
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
    policies = [
        clause
        for clause in _of(clauses, K.FIELD_OF_USE_RESTRICTIONS)
        if clause.params.get("scope") not in _NO_LISTS and not _keeps_others_away(clause)
    ]
    if policies:
        return May.UNKNOWN, "the list of forbidden uses must be read", policies
    return May.YES, "no clause forbids it", []
