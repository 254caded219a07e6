"""License expressions: which verdict, for which reason, with which clauses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openness.classifier.terms import read_expression, read_license
from openness.knowledge import load_knowledge
from openness.schemas.license import Verdict

KNOWN = load_knowledge()
LLAMA, KIMI, UNHEARD = "LicenseRef-llama-2", "LicenseRef-kimi-k2", "LicenseRef-never-heard-of"
OPEN, LISTED, BAD, ASK = Verdict.OPEN_SOURCE, Verdict.OPEN_NOT_OSI, Verdict.RESTRICTED, Verdict.NEEDS_HUMAN
WORDS = {OPEN: "MIT", LISTED: "CC-BY-4.0", ASK: KIMI, BAD: LLAMA}

LICENSES: list[tuple[str, Verdict, str]] = [
    ("MIT", OPEN, "MIT License is approved by the OSI"),
    ("Apache-2.0", OPEN, "Apache License 2.0 is approved by the OSI"),
    (LLAMA, BAD, "Llama 2 Community License Agreement does not meet the Open Source Definition (criterion 5, 6)"),
    ("LicenseRef-gemma", BAD, "does not meet the Open Source Definition (criterion"),
    ("LicenseRef-bigscience-bloom-rail-1.0", BAD, "does not meet the Open Source Definition (criterion"),
    ("CC-BY-NC-4.0", BAD, "does not meet the Open Source Definition (criterion"),
    ("CC-BY-NC-SA-4.0", BAD, "does not meet the Open Source Definition (criterion"),
    ("CC-BY-ND-4.0", BAD, "does not meet the Open Source Definition (criterion"),
    ("BUSL-1.1", BAD, "does not meet the Open Source Definition (criterion"),
    ("CC-BY-4.0", LISTED, "is not OSI-approved: Attribution only"),
    ("CC0-1.0", LISTED, "is not OSI-approved: "),
    ("OpenMDW-1.0", LISTED, "Permissive terms made for models, data and code together"),
    ("CDLA-Permissive-2.0", LISTED, "outside the OSI, which approves software licenses"),
    (KIMI, ASK, "whether that alone offends the OSD is debated"),
    ("GFDL-1.3", ASK, "invariant sections"),
    (UNHEARD, ASK, "LicenseRef-never-heard-of is not in the license knowledge base"),
    ("NOASSERTION", ASK, "NOASSERTION is not in the license knowledge base"),
]


@pytest.mark.parametrize(("key", "verdict", "reason"), LICENSES, ids=[case[0] for case in LICENSES])
def test_a_license(key: str, verdict: Verdict, reason: str) -> None:
    assert read_license(key, KNOWN)[0] is verdict
    reading = read_expression(key, KNOWN)
    assert (reading.expression, reading.verdict) == (key, verdict)
    assert reason in reading.reason


def test_duties_alone_offend_nothing_and_approve_nothing() -> None:
    clauses = [clause for clause in KNOWN.licenses[KIMI].clauses if not clause.osd]
    entry = KNOWN.licenses[KIMI].model_copy(update={"id": UNHEARD, "verdict": None, "clauses": clauses})
    knowledge = KNOWN.model_copy(update={"licenses": {UNHEARD: entry}})
    verdict, reason = read_license(UNHEARD, knowledge)
    assert (verdict, len(clauses) > 0) == (ASK, True)
    assert reason == f"no clause of {entry.name} offends a criterion, but nobody has approved it"


EXPRESSIONS: list[tuple[str, Verdict]] = [
    ("MIT AND Apache-2.0", OPEN),
    ("MIT AND CC-BY-4.0", LISTED),
    (f"MIT AND {LLAMA}", BAD),
    (f"MIT AND {UNHEARD}", ASK),
    (f"{UNHEARD} AND {LLAMA}", BAD),
    (f"MIT OR {LLAMA}", OPEN),
    (f"CC-BY-4.0 OR {LLAMA}", LISTED),
    (f"{UNHEARD} OR {LLAMA}", ASK),
    (f"{UNHEARD} OR MIT", OPEN),
    (f"MIT AND (Apache-2.0 OR {LLAMA})", OPEN),
    (f"MIT OR Apache-2.0 AND {LLAMA}", OPEN),  # AND binds closer
    (f"(MIT OR Apache-2.0) AND {LLAMA}", BAD),
    ("Apache-2.0 WITH LLVM-exception", OPEN),
    ("GPL-2.0-only WITH Classpath-exception-2.0 AND MIT", OPEN),
    (f"{LLAMA} WITH LLVM-exception", BAD),
    # an exception that is on no list may take rights away, as the Commons Clause does
    ("MIT WITH LicenseRef-Commons-Clause", ASK),
    (f"{LLAMA} WITH LicenseRef-Commons-Clause", BAD),
    ("MIT WITH LicenseRef-Commons-Clause OR Apache-2.0", OPEN),
    ("LLVM-exception", ASK),  # an exception is no license
    ("mit and apache-2.0", ASK),  # not the ids of the list
    ("MIT Apache-2.0", ASK),
    ("NONE AND MIT", ASK),
]


@pytest.mark.parametrize(("expression", "verdict"), EXPRESSIONS)
def test_an_expression(expression: str, verdict: Verdict) -> None:
    assert read_expression(expression, KNOWN).verdict is verdict


MALFORMED = [
    "",
    " ",
    "()",
    "(",
    "MIT OR",
    "AND MIT",
    "MIT WITH",
    "(MIT",
    "MIT)",
    "(AND MIT",
    "MIT, Apache-2.0",
    "MIT/X",
]


@pytest.mark.parametrize("expression", [*MALFORMED, "MIT WITH (A OR B)", "MIT\x00"])
def test_what_is_no_expression_needs_a_human(expression: str) -> None:
    reading = read_expression(expression, KNOWN)
    assert (reading.expression, reading.verdict) == (expression, ASK)
    assert reading.reason.startswith("not an SPDX expression: ")
    assert (reading.names, reading.clauses) == ([], [])


def test_no_license_is_no_permission_and_is_not_an_unknown_license() -> None:
    none, unknown = read_expression("NONE", KNOWN), read_expression(None, KNOWN)
    assert (none.verdict, none.reason) == (BAD, "no license is given, so no permission is")
    assert (unknown.verdict, unknown.reason) == (None, "the license is not established")
    assert (none.expression, unknown.expression) == ("NONE", None)


def test_an_exception_of_no_list_is_named_in_the_reason() -> None:
    reason = read_expression("MIT WITH LicenseRef-Commons-Clause", KNOWN).reason
    assert reason.endswith("; LicenseRef-Commons-Clause is not an exception of the SPDX list")


def test_names_and_reasons_come_once_each() -> None:
    reading = read_expression(f"MIT AND {LLAMA} AND MIT WITH LLVM-exception", KNOWN)
    assert reading.names == ["MIT License", "Llama 2 Community License Agreement", "LLVM Exception"]
    assert reading.reason.count("MIT License is approved by the OSI") == 1
    assert read_expression(UNHEARD, KNOWN).names == [UNHEARD]


def test_clauses_say_which_license_holds_them() -> None:
    reading = read_expression(f"Apache-2.0 AND {LLAMA} OR LicenseRef-gemma", KNOWN)
    held = [(clause.license, clause.kind, clause.section) for clause in reading.clauses]
    assert held == [
        (key, clause.kind, clause.section)
        for key in ("Apache-2.0", LLAMA, "LicenseRef-gemma")
        for clause in KNOWN.licenses[key].clauses
    ]
    assert {"user_threshold", "no_train_other_models"} <= {kind for key, kind, _ in held if key == LLAMA}


@pytest.mark.parametrize("key", [key for key, flags in KNOWN.spdx.items() if flags.osi])
def test_what_the_osi_approved_is_open_source(key: str) -> None:
    assert read_expression(key, KNOWN).verdict is OPEN


def test_nothing_else_is_open_source_unless_the_knowledge_base_says_so() -> None:
    others = {*KNOWN.known_ids(), UNHEARD} - {key for key, flags in KNOWN.spdx.items() if flags.osi}
    said = {key for key, entry in KNOWN.licenses.items() if entry.verdict is OPEN}
    assert len(others) > 500
    assert {key for key in others if read_expression(key, KNOWN).verdict is OPEN} == others & said


@pytest.mark.parametrize("key", list(KNOWN.licenses))
def test_an_offending_clause_is_never_passed_over(key: str) -> None:
    entry = KNOWN.licenses[key]
    verdict, reason = read_license(key, KNOWN)
    offends = any(clause.osd for clause in entry.clauses)
    if entry.verdict is None:
        assert (verdict is BAD) is offends
    else:
        assert verdict is entry.verdict
        assert str(entry.reason) in reason  # a verdict by hand says why


@pytest.mark.parametrize("key", list(KNOWN.open_not_osi))
def test_the_reasoned_list_gives_its_reason(key: str) -> None:
    verdict, reason = read_license(key, KNOWN)
    entry = KNOWN.licenses.get(key)
    assert verdict is LISTED
    assert (entry.reason if entry and entry.verdict else KNOWN.open_not_osi[key]) in reason


ORDER = [OPEN, LISTED, ASK, BAD]  # from what permits most to what permits least
EXPRESSION = st.recursive(
    st.sampled_from([(WORDS[verdict], verdict) for verdict in ORDER]),
    lambda parts: st.tuples(st.sampled_from(["AND", "OR"]), st.lists(parts, min_size=2, max_size=3)).map(
        lambda drawn: (
            f"({f' {drawn[0]} '.join(text for text, _ in drawn[1])})",
            (max if drawn[0] == "AND" else min)((verdict for _, verdict in drawn[1]), key=ORDER.index),
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(EXPRESSION)
def test_and_binds_to_the_worst_part_and_or_lets_pick_the_best(drawn: tuple[str, Verdict]) -> None:
    expression, verdict = drawn
    assert read_expression(expression, KNOWN).verdict is verdict


TOKENS = ["MIT", "AND", "OR", "WITH", "(", ")", "and", "NONE", "+", "é", ",", "LLVM-exception"]


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(TOKENS), max_size=7).map(" ".join)))
def test_any_text_gets_an_answer(expression: str) -> None:
    reading = read_expression(expression, KNOWN)
    assert reading.verdict is not None
    assert reading.reason
    if "MIT" not in expression.upper():
        assert reading.verdict is not OPEN
