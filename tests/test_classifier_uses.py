"""May I? Clauses and a use in, the answer, its reasons and the duties out."""

from __future__ import annotations

from typing import Any

import pytest

from openness.classifier.terms import read_expression
from openness.classifier.uses import DUTIES, answer_uses
from openness.knowledge import load_knowledge
from openness.schemas.grade import FoundClause, LicenseReading
from openness.schemas.license import ClauseKind, Verdict
from openness.schemas.uses import May, Use

K = ClauseKind
YES, NO, ASK, UNKNOWN = May.YES, May.NO, May.PERMISSION, May.UNKNOWN
KNOWN = load_knowledge()


def clause(kind: ClauseKind, **params: Any) -> FoundClause:
    return FoundClause(license="X", kind=kind, section="1", quote="words", osd=[], params=params, summary=str(kind))


def reading(*clauses: FoundClause, verdict: Verdict | None = Verdict.RESTRICTED) -> LicenseReading:
    return LicenseReading(expression="LicenseRef-x", verdict=verdict, reason="because", clauses=list(clauses))


CAP = clause(K.USER_THRESHOLD, number=700_000_000, unit="monthly_active_users")
DAILY = clause(K.USER_THRESHOLD, number=1_000_000, unit="daily_active_users")
MONEY = clause(K.USER_THRESHOLD, number=10_000_000, unit="revenue_usd_per_year")
BOTH = clause(
    K.USER_THRESHOLD, number=100_000_000, unit="monthly_active_users", number2=20_000_000, unit2="revenue_usd_per_month"
)
SHOW = clause(
    K.USER_THRESHOLD,
    effect="display_only",
    **dict(BOTH.params.items()),
)
DISPLAY = clause(K.DISPLAY_REQUIREMENT, text="X")
REQUEST = clause(K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY, condition="above_threshold")
BUY = clause(K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY)
NC, RESEARCH = clause(K.NON_COMMERCIAL), clause(K.RESEARCH_ONLY)
REGISTER = clause(K.REGISTRATION_OR_APPROVAL_REQUIRED)
EU = clause(K.GEOGRAPHIC_EXCLUSION, regions=["EU"])
ABROAD = clause(K.GEOGRAPHIC_EXCLUSION, regions=["outside mainland China"])
THREE = clause(K.GEOGRAPHIC_EXCLUSION, regions=["European Union", "United Kingdom", "South Korea"])
SOMEWHERE = clause(K.GEOGRAPHIC_EXCLUSION)
EXPORT = clause(K.GEOGRAPHIC_EXCLUSION, condition="export_control")
FIELDS = clause(K.FIELD_OF_USE_RESTRICTIONS)
WAR = clause(K.GOVERNMENT_OR_MILITARY_BAN)
NAME, ENDORSE = clause(K.NAMING_REQUIREMENT, prefix="X"), clause(K.NAMING_REQUIREMENT, scope="endorsement")
SALE, FEE = clause(K.NO_SELL), clause(K.ROYALTY)
TRAIN, LEARN = clause(K.NO_TRAIN_OTHER_MODELS), clause(K.NO_TRAIN_OTHER_MODELS, covers_outputs=True)
TRADE = clause(K.NO_TRAIN_OTHER_MODELS, condition="commercial_use")
RIVALS = clause(K.NO_IMPROVE_COMPETING_MODELS, scope="competing_products")
FORM = clause(K.REGISTRATION_OR_APPROVAL_REQUIRED, condition="commercial_use")
LAPSED = clause(K.REGISTRATION_OR_APPROVAL_REQUIRED, until="2001-12-31")
SERVICE = clause(K.USER_THRESHOLD, number=20_000_000, unit="revenue_usd_per_year", condition="model_as_a_service")
DEVICES = clause(K.USER_THRESHOLD, number=5_000, unit="devices")
HOSTING = clause(K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY, condition="hosted_service")
TRADING = clause(K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY, condition="commercial_distribution")
TERMS = clause(K.OUTPUT_RESTRICTIONS, scope="terms")
PRIVATE, PARTS = clause(K.NO_DERIVATIVES, scope="sharing"), clause(K.NO_DERIVATIVES, scope="Invariant Sections")
FIRMS = clause(K.NO_REDISTRIBUTION, scope="commercial_organizations")
ASKED = clause(K.NO_REDISTRIBUTION, condition="without_authorization")
DATA = clause(K.GEOGRAPHIC_EXCLUSION, regions=["outside mainland China"], scope="data")
LAWFUL = clause(K.FIELD_OF_USE_RESTRICTIONS, scope="lawful_use")
HOSTED = clause(K.FIELD_OF_USE_RESTRICTIONS, subtype="hosted_service_ban")
INSIDE = clause(K.NON_COMMERCIAL, excludes="end_users")
TAKEN, SOME = clause(K.GRANT_NEGATED), clause(K.NAMED_PARTY_EXCLUSION)
CLOUDS = clause(K.NAMED_PARTY_EXCLUSION, condition="commercial_use")

CASES: list[tuple[list[FoundClause], dict[str, Any], May, list[FoundClause]]] = [
    ([], {"commercial": True}, YES, []),
    ([NC], {"commercial": True}, NO, [NC]),
    ([RESEARCH], {"commercial": True}, NO, [RESEARCH]),
    ([NC, BUY], {"commercial": True}, ASK, [NC, BUY]),
    ([BUY], {"commercial": True}, ASK, [BUY]),
    ([REGISTER], {"commercial": True}, ASK, [REGISTER]),
    ([CAP, REQUEST], {"commercial": True}, YES, []),
    ([CAP, REQUEST], {"users": 800_000_000}, ASK, [CAP, REQUEST]),
    ([CAP, REQUEST], {"users": 700_000_000}, YES, [CAP]),
    ([CAP, REQUEST], {"users": 0}, YES, [CAP]),
    ([CAP], {"users": 700_000_001}, NO, [CAP]),
    ([DAILY], {"users": 2_000_000}, NO, [DAILY]),
    ([CAP], {"revenue": 10**12}, YES, []),
    ([MONEY], {"revenue": 10_000_001}, NO, [MONEY]),
    ([MONEY], {"users": 10**12}, YES, []),
    ([BOTH], {"revenue": 240_000_000}, YES, [BOTH]),  # a limit by the month, a question by the year
    ([BOTH], {"revenue": 240_000_001}, NO, [BOTH]),
    ([SERVICE], {"revenue": 30_000_000}, UNKNOWN, [SERVICE]),
    ([DEVICES], {"users": 10**9}, YES, []),
    ([HOSTED], {"users": 1}, UNKNOWN, [HOSTED]),
    ([HOSTED], {"revenue": 1}, YES, []),
    ([HOSTED], {"military": True}, YES, []),
    ([INSIDE, BUY], {"users": 1}, ASK, [INSIDE, BUY]),
    ([HOSTED, CAP], {"users": 800_000_000}, NO, [CAP]),
    ([DEVICES], {"commercial": True}, YES, [DEVICES]),
    ([FORM], {"users": 1}, YES, [FORM]),
    ([HOSTING], {"commercial": True}, YES, [HOSTING]),
    ([TRADING], {"redistribute": True}, YES, [TRADING]),
    ([REGISTER, NC], {"commercial": True}, NO, [NC]),
    ([BUY, SOME], {"commercial": True}, ASK, [BUY, SOME]),
    ([BOTH], {"users": 200_000_000}, NO, [BOTH]),
    ([BOTH], {"users": 50_000_000}, YES, [BOTH]),
    ([SHOW, DISPLAY], {"users": 200_000_000}, YES, [SHOW, DISPLAY]),
    ([SHOW, DISPLAY], {"revenue": 300_000_000}, YES, [SHOW, DISPLAY]),
    ([SHOW, DISPLAY], {"users": 1}, YES, [SHOW]),
    ([MONEY, NC], {"revenue": 1}, YES, [MONEY, NC]),
    ([FORM], {"commercial": True}, ASK, [FORM]),
    ([FORM], {"modify": True}, YES, []),
    ([REGISTER], {"modify": True}, ASK, [REGISTER]),
    ([LAPSED], {"commercial": True}, YES, []),
    ([FEE], {"commercial": True}, ASK, [FEE]),
    ([SALE], {"commercial": True}, YES, [SALE]),
    ([SALE], {"redistribute": True}, YES, [SALE]),
    ([RIVALS], {"commercial": True}, YES, [RIVALS]),
    ([RIVALS], {"train_models": True}, YES, [RIVALS]),
    ([TRADE], {"train_models": True}, UNKNOWN, [TRADE]),
    ([TRADE, TRAIN], {"train_models": True}, NO, [TRADE, TRAIN]),
    ([ENDORSE], {"train_models": True}, YES, []),
    ([TRAIN], {"train_models": True}, NO, [TRAIN]),
    ([TRAIN], {"outputs": True}, YES, []),
    ([LEARN], {"outputs": True}, NO, [LEARN]),
    ([TAKEN], {"modify": True}, NO, [TAKEN]),
    ([TAKEN], {"region": "JP"}, NO, [TAKEN]),
    ([SOME], {"modify": True}, UNKNOWN, [SOME]),
    ([CLOUDS], {"modify": True}, YES, []),
    ([CLOUDS], {"commercial": True}, UNKNOWN, [CLOUDS]),
    ([RESEARCH], {"modify": True}, YES, [RESEARCH]),
    ([RESEARCH, WAR], {"military": True}, NO, [WAR]),
    ([RESEARCH, FIELDS], {"military": True}, UNKNOWN, [FIELDS]),
    ([RESEARCH], {"military": True}, YES, [RESEARCH]),
    ([clause(K.NO_IMPROVE_COMPETING_MODELS)], {"train_models": True}, NO, [clause(K.NO_IMPROVE_COMPETING_MODELS)]),
    ([NAME], {"train_models": True}, YES, [NAME]),
    ([], {"train_models": True}, YES, []),
    ([clause(K.OUTPUT_RESTRICTIONS)], {"outputs": True}, NO, [clause(K.OUTPUT_RESTRICTIONS)]),
    ([TERMS], {"outputs": True}, YES, [TERMS]),
    ([TERMS, LEARN], {"outputs": True}, NO, [LEARN]),
    ([clause(K.OUTPUT_OWNERSHIP_DISCLAIMED)], {"outputs": True}, YES, []),
    ([clause(K.NO_DERIVATIVES)], {"modify": True}, NO, [clause(K.NO_DERIVATIVES)]),
    ([clause(K.SHARE_ALIKE)], {"modify": True}, YES, []),
    ([PRIVATE], {"modify": True}, YES, [PRIVATE]),
    ([PRIVATE], {"redistribute": True}, YES, [PRIVATE]),
    ([PARTS], {"modify": True}, YES, [PARTS]),
    ([PARTS], {"redistribute": True}, YES, []),
    ([FIRMS], {"redistribute": True}, YES, [FIRMS]),
    ([ASKED], {"redistribute": True}, ASK, [ASKED]),
    ([DATA], {"region": "EU"}, YES, []),
    ([LAWFUL], {"military": True}, YES, []),
    ([clause(K.NO_REDISTRIBUTION)], {"redistribute": True}, NO, [clause(K.NO_REDISTRIBUTION)]),
    ([], {"redistribute": True}, YES, []),
    ([EU], {"region": "EU"}, NO, [EU]),
    ([EU], {"region": "European Union"}, NO, [EU]),
    ([THREE], {"region": "eu"}, NO, [THREE]),
    ([THREE], {"region": " UK "}, NO, [THREE]),
    ([THREE], {"region": "Korea"}, NO, [THREE]),
    ([THREE], {"region": "US"}, YES, []),
    ([EU], {"region": "Europa"}, YES, []),
    ([SOMEWHERE], {"region": "EU"}, UNKNOWN, [SOMEWHERE]),
    ([EXPORT], {"region": "EU"}, YES, []),
    ([EXPORT], {"region": "IR"}, UNKNOWN, [EXPORT]),
    ([EXPORT], {"region": "North Korea"}, UNKNOWN, [EXPORT]),
    ([EU], {"region": "FR"}, NO, [EU]),
    ([THREE], {"region": "Germany"}, NO, [THREE]),
    ([EU], {"region": "CH"}, YES, []),
    ([ABROAD], {"region": "CN"}, UNKNOWN, [ABROAD]),
    ([ABROAD], {"region": "FR"}, UNKNOWN, [ABROAD]),
    ([], {"region": "EU"}, YES, []),
    ([WAR], {"military": True}, NO, [WAR]),
    ([FIELDS], {"military": True}, UNKNOWN, [FIELDS]),
    ([FIELDS, WAR], {"military": True}, NO, [WAR]),
    ([], {"military": True}, YES, []),
]


@pytest.mark.parametrize(("clauses", "use", "verdict", "because"), CASES)
def test_one_use(clauses: list[FoundClause], use: dict[str, Any], verdict: May, because: list[FoundClause]) -> None:
    overall, (answer,), _ = answer_uses(reading(*clauses), Use(**use))
    assert (overall, answer.verdict) == (verdict, verdict)
    assert answer.because == because
    assert answer.reason
    assert answer.use.startswith(next(iter(use)).replace("_", " "))


def test_the_worst_answer_counts() -> None:
    uses = Use(commercial=True, users=800_000_000, train_models=True, outputs=True, modify=True, redistribute=True)
    for clauses, verdict in (
        ([], YES),
        ([CAP, REQUEST], ASK),
        ([CAP, REQUEST, clause(K.NO_DERIVATIVES)], NO),
        ([CAP, REQUEST, clause(K.NO_TRAIN_OTHER_MODELS), NC], NO),
    ):
        overall, answers, _ = answer_uses(reading(*clauses), uses)
        assert overall is verdict
        assert len(answers) == 6
    overall, answers, _ = answer_uses(reading(SOMEWHERE, BUY), Use(region="EU", commercial=True))
    assert (overall, [answer.verdict for answer in answers]) == (ASK, [ASK, UNKNOWN])
    assert answer_uses(reading(SOMEWHERE), Use(region="EU", modify=True))[0] is UNKNOWN


def test_duties_come_along() -> None:
    found = [clause(kind) for kind in K]
    _, _, duties = answer_uses(reading(*found), Use(commercial=True))
    assert {duty.kind for duty in duties} == set(DUTIES)
    assert answer_uses(reading(NC), Use(commercial=True))[2] == []
    filters = clause(K.OUTPUT_RESTRICTIONS, scope="duty")
    _, (answer,), duties = answer_uses(reading(filters), Use(outputs=True))
    assert (answer.verdict, duties) == (YES, [filters])


def test_the_purposes_of_a_grant_limit_every_yes() -> None:
    _, (answer,), _ = answer_uses(reading(NC), Use(modify=True))
    assert answer.reason == "no clause forbids it, within the purposes that are granted"


def test_what_is_asked_together_is_answered_together() -> None:
    for clauses, use, verdict in (
        ([PRIVATE], Use(modify=True, redistribute=True), NO),
        ([TRADING], Use(commercial=True, redistribute=True), ASK),
        ([TRADING], Use(commercial=True), YES),
    ):
        assert answer_uses(reading(*clauses), use)[0] is verdict


def test_a_ban_in_commercial_use_is_one_for_who_uses_it_so() -> None:
    _, (_, trained), _ = answer_uses(reading(TRADE), Use(train_models=True, commercial=True))
    assert trained.verdict is NO


def test_nothing_asked_is_not_answered() -> None:
    assert answer_uses(reading(NC), Use())[:2] == (UNKNOWN, [])


EVERYTHING = Use(
    commercial=True,
    users=1,
    revenue=1,
    train_models=True,
    outputs=True,
    modify=True,
    redistribute=True,
    region="EU",
    military=True,
)


@pytest.mark.parametrize(
    ("terms", "verdict"),
    [
        (None, UNKNOWN),
        (read_expression(None, KNOWN), UNKNOWN),
        (read_expression("LicenseRef-never-heard-of", KNOWN), UNKNOWN),
        (read_expression("NONE", KNOWN), NO),
        (read_expression("not an expression", KNOWN), UNKNOWN),
        (read_expression("MIT", KNOWN), YES),
        (read_expression("Apache-2.0", KNOWN), YES),
        (read_expression("CC-BY-4.0", KNOWN), YES),
    ],
)
def test_what_is_not_known_is_not_allowed(terms: LicenseReading | None, verdict: May) -> None:
    overall, answers, _ = answer_uses(terms, EVERYTHING)
    assert len(answers) == 9
    assert {overall, *(answer.verdict for answer in answers)} == {verdict}


@pytest.mark.parametrize(
    ("license_", "use", "verdict"),
    [
        ("LicenseRef-llama-2", {"users": 800_000_000}, ASK),
        ("LicenseRef-llama-2", {"users": 5_000_000}, YES),
        ("LicenseRef-llama-2", {"commercial": True}, YES),
        ("LicenseRef-llama-2", {"train_models": True}, NO),
        ("LicenseRef-llama-3.1", {"train_models": True}, YES),
        ("LicenseRef-llama-2", {"military": True}, NO),
        ("LicenseRef-llama-4", {"region": "EU"}, NO),
        ("LicenseRef-llama-4", {"region": "JP"}, YES),
        ("LicenseRef-llama-3", {"region": "EU"}, YES),
        ("LicenseRef-llama-3.3", {"region": "EU"}, UNKNOWN),  # its text models are not excluded there
        ("LicenseRef-kimi-k2", {"users": 800_000_000}, YES),
        ("LicenseRef-kimi-k2", {"commercial": True}, YES),
        ("LicenseRef-llama-2", {"outputs": True}, NO),
        ("LicenseRef-llama-2", {"modify": True}, YES),
        ("LicenseRef-baichuan2-community", {"modify": True}, UNKNOWN),  # of which only a summary was read
        ("LicenseRef-hyperclova-x-seed-2025", {"train_models": True}, YES),
        ("LicenseRef-falcon-180b", {"commercial": True}, YES),  # hosting it for others needs another license
        ("LicenseRef-bigscience-bloom-rail-1.0", {"outputs": True}, YES),
        ("LicenseRef-c4ai-aup", {"train_models": True}, UNKNOWN),
        ("LicenseRef-alphafold3-weights", {"commercial": True}, NO),
        ("LicenseRef-hai-def", {"modify": True}, YES),
        ("LicenseRef-cogvlm2", {"train_models": True}, UNKNOWN),  # the Llama 3 license applies as well
        ("LicenseRef-yayi2-commercial", {"modify": True}, ASK),
        ("Adobe-Utopia", {"modify": True}, UNKNOWN),  # it does not say
        ("Apache-2.0 AND LicenseRef-never-heard-of", {"modify": True}, UNKNOWN),
        ("GPL-2.0-only WITH Classpath-exception-2.0", {"modify": True}, YES),
        ("BSD-3-Clause", {"train_models": True}, YES),
        ("LicenseRef-ai2-impact-mr", {"redistribute": True}, NO),
        ("LicenseRef-ai2-impact-mr", {"redistribute": True, "modify": True}, ASK),
        ("LicenseRef-flux-nc-2.1", {"users": 1_000}, ASK),
        ("LicenseRef-apple-ml-ferret-2023", {"modify": True}, YES),
        ("LicenseRef-ms-research", {"modify": True}, UNKNOWN),  # code and data may be changed; of models it says "use"
        ("CC-BY-NC-4.0", {"commercial": True}, NO),
        ("CC-BY-NC-4.0", {"modify": True}, YES),
        ("CC-BY-ND-3.0", {"modify": True}, NO),
        ("CC-BY-ND-4.0", {"modify": True}, YES),  # for oneself
        ("CC-BY-ND-4.0", {"modify": True, "redistribute": True}, NO),
        ("MIT AND LicenseRef-llama-2", {"users": 800_000_000}, ASK),
    ],
)
def test_real_licenses(license_: str, use: dict[str, Any], verdict: May) -> None:
    overall, answers, _ = answer_uses(read_expression(license_, KNOWN), Use(**use))
    assert overall is verdict
    if verdict in (NO, ASK):
        assert any(answer.because for answer in answers)


def test_silence_of_an_unclear_text_allows_nothing() -> None:
    terms = reading(clause(K.ATTRIBUTION_NOTICE), NC)
    unclear = terms.model_copy(update={"unclear": ["LicenseRef-x"]})
    assert answer_uses(terms, Use(modify=True))[0] is YES
    assert answer_uses(unclear, Use(modify=True))[0] is UNKNOWN
    assert answer_uses(unclear, Use(commercial=True))[0] is NO


def test_of_a_choice_the_unclear_license_is_not_taken() -> None:
    assert answer_uses(read_expression("MIT OR LicenseRef-never-heard-of", KNOWN), EVERYTHING)[0] is YES


@pytest.mark.parametrize(
    ("expression", "kinds"),
    [
        ("MIT", {K.ATTRIBUTION_NOTICE}),
        ("GPL-3.0-or-later", {K.ATTRIBUTION_NOTICE, K.SHARE_ALIKE}),
        ("CC-BY-SA-4.0", {K.ATTRIBUTION_NOTICE, K.SHARE_ALIKE}),
        ("Apache-2.0 AND OpenMDW-1.0", {K.ATTRIBUTION_NOTICE}),
    ],
)
def test_open_licenses_have_duties(expression: str, kinds: set[ClauseKind]) -> None:
    terms = read_expression(expression, KNOWN)
    assert {duty.kind for duty in answer_uses(terms, Use(redistribute=True))[2]} >= kinds
    assert terms.unrecorded == []


def test_what_asks_for_nothing_and_what_nobody_recorded_are_told_apart() -> None:
    free, other = read_expression("0BSD", KNOWN), read_expression("Watcom-1.0", KNOWN)
    assert (free.clauses, free.unrecorded, other.unrecorded) == ([], [], ["Watcom-1.0"])


def test_hunyuan_excludes_by_name() -> None:
    names = [key for key in KNOWN.licenses if "hunyuan" in key]
    excluding = [
        key for key in names if any(clause.kind is K.GEOGRAPHIC_EXCLUSION for clause in KNOWN.licenses[key].clauses)
    ]
    assert excluding
    for key in excluding:
        overall, (answer,), _ = answer_uses(read_expression(key, KNOWN), Use(region="EU"))
        assert overall is NO
        assert [found.kind for found in answer.because] == [K.GEOGRAPHIC_EXCLUSION]
        assert answer_uses(read_expression(key, KNOWN), Use(region="JP"))[0] is YES


def test_the_display_duty_of_kimi_is_shown() -> None:
    overall, (answer,), duties = answer_uses(read_expression("LicenseRef-kimi-k2", KNOWN), Use(users=800_000_000))
    assert overall is YES
    assert {found.kind for found in answer.because} == {K.USER_THRESHOLD, K.DISPLAY_REQUIREMENT}
    assert {duty.kind for duty in duties} >= {K.DISPLAY_REQUIREMENT, K.ATTRIBUTION_NOTICE}


def test_a_choice_of_licenses_is_answered_by_the_better_one() -> None:
    overall, _, _ = answer_uses(read_expression("MIT OR LicenseRef-llama-2", KNOWN), Use(users=800_000_000))
    assert overall is YES
