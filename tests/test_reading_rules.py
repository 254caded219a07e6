"""The clause rules: what single sentences demand, the traps that look alike, and hostile input."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from license_texts import PROJECT
from openness.classifier.reading.rules import ClauseRules, settle
from openness.schemas.license import ClauseKind

K = ClauseKind
DATA: dict[str, Any] = yaml.safe_load((PROJECT / "data" / "clause_rules.yaml").read_text("utf-8"))
RULES = ClauseRules(DATA)
# Said of a whole license, by what is gone from it; no single sentence shows it.
BY_LOSS = {K.COPYLEFT_REMOVED}

SAYS: list[tuple[ClauseKind, str]] = [
    (
        K.USER_THRESHOLD,
        "If the products have greater than 700 million monthly active users, you must request a license.",
    ),
    (K.USER_THRESHOLD, "Organizations with annual revenue of more than USD 20 million are not licensed."),
    (K.USER_THRESHOLD, "日活跃用户超过100万的企业应另行申请。"),
    (K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY, "For any commercial use you must obtain a separate commercial license."),
    (K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY, "商业用途须取得商业授权。"),
    (K.ROYALTY, "You shall pay an annual license fee to the author."),
    (K.ROYALTY, "Use in products is subject to the payment of a royalty."),
    (K.NO_SELL, "The Software may not be sold, alone or as part of a larger work."),
    (K.NO_SELL, "You must not sell copies of the Software."),
    (
        K.NO_TRAIN_OTHER_MODELS,
        "You will not use the Materials or their outputs to train or improve any other large language model.",
    ),
    (K.NO_TRAIN_OTHER_MODELS, "不得将输出用于训练其他模型。"),
    (K.NO_IMPROVE_COMPETING_MODELS, "You may not use the outputs to develop models that compete with the licensor."),
    (K.NON_COMMERCIAL, "The Software may be used for non-commercial purposes only."),
    (K.NON_COMMERCIAL, "You may not use the work for commercial advantage."),
    (K.NON_COMMERCIAL, "未经授权不得用于商业用途。"),
    (K.RESEARCH_ONLY, "The model is made available solely for academic research."),
    (K.RESEARCH_ONLY, "本模型仅供研究使用。"),
    (K.FIELD_OF_USE_RESTRICTIONS, "You may not use the model for surveillance or to discriminate against anyone."),
    (K.FIELD_OF_USE_RESTRICTIONS, "Your use must adhere to the Acceptable Use Policy."),
    (K.FIELD_OF_USE_RESTRICTIONS, "You may not provide the Software to third parties as a hosted or managed service."),
    (K.FIELD_OF_USE_RESTRICTIONS, "The Software shall be used for Good, not Evil."),
    (K.GOVERNMENT_OR_MILITARY_BAN, "The Software must not be used by armed forces or for military purposes."),
    (K.GOVERNMENT_OR_MILITARY_BAN, "禁止将模型用于军事目的。"),
    (K.GEOGRAPHIC_EXCLUSION, "These rights are not granted to anyone domiciled in the European Union."),
    (K.GEOGRAPHIC_EXCLUSION, "This license does not apply in the European Union, the United Kingdom and South Korea."),
    (K.NAMED_PARTY_EXCLUSION, "The Software may not be used by Acme Corp."),
    (K.NO_REDISTRIBUTION, "You may not distribute the model weights to anyone."),
    (K.NO_REDISTRIBUTION, "不得分发或传播本模型。"),
    (K.NO_DERIVATIVES, "You may not modify the Software or create derivative works of it."),
    (K.NO_DERIVATIVES, "不得修改本软件。"),
    (K.REGISTRATION_OR_APPROVAL_REQUIRED, "Use of the model requires the prior written permission of the author."),
    (K.REGISTRATION_OR_APPROVAL_REQUIRED, "You must register at our site before the first use."),
    (K.PRODUCT_SPECIFIC, "The Software may be used only in conjunction with Acme hardware products."),
    (
        K.TECHNOLOGY_SPECIFIC,
        "The license must be accepted by clicking a button: a click-through agreement is required.",
    ),
    (K.RESTRICTS_OTHER_SOFTWARE, "All other software distributed on the same medium must be open source."),
    (K.GRANT_NEGATED, "Permission is hereby not granted to use the Software."),
    (K.GRANT_NEGATED, "The licensor does not grant any right in the work."),
    (K.MUST_UPDATE_TO_LATEST, "You must use only the latest version of the model."),
    (K.REMOTE_RESTRICTION, "The licensor may restrict (remotely or otherwise) usage of the model."),
    (K.REVOCABLE_OR_TERMINATION_ON_BREACH, "The licensor may revoke this license at any time."),
    (K.REVOCABLE_OR_TERMINATION_ON_BREACH, "This agreement terminates automatically upon breach."),
    (K.PATENT_LITIGATION_TERMINATION, "If you institute patent litigation against anyone, your licenses terminate."),
    (K.DISPLAY_REQUIREMENT, "You shall prominently display “Built with Acme” on a related website."),
    (K.NAMING_REQUIREMENT, "You shall include “Llama” at the beginning of any such AI model name."),
    (K.SHARE_ALIKE, "You may distribute it only under the same license terms."),
    (K.FLOW_DOWN, "You must include these use restrictions as an enforceable provision in any agreement."),
    (K.ATTRIBUTION_NOTICE, "You must retain the above copyright notice in every copy."),
    (K.OUTPUT_OWNERSHIP_DISCLAIMED, "The licensor claims no rights in the output you generate."),
    (K.OUTPUT_RESTRICTIONS, "The output of the model must not be published."),
    (K.INDEMNITY, "You will indemnify and hold harmless the licensor from any claim."),
    (K.JURISDICTION, "This agreement is governed by the laws of the State of California."),
    (K.JURISDICTION, "本协议适用中华人民共和国法律。"),
]

# Sentences of real licenses that only look as if they said it.
TRAPS: list[tuple[ClauseKind, str]] = [
    (
        K.NO_TRAIN_OTHER_MODELS,
        "If you use the Llama Materials or any outputs or results of the Llama Materials to create, train, fine tune, "
        "or otherwise improve an AI model, which is distributed or made available, you shall also include “Llama” at "
        "the beginning of any such AI model name.",
    ),
    (
        K.NO_TRAIN_OTHER_MODELS,
        "“Derivatives of the Model” means all modifications to the Model, works based on the Model, or any other model "
        "which is created or initialized by transfer of patterns of the weights, parameters, activations or output of "
        "the Model, to the other model, in order to cause the other model to perform similarly to the Model, including "
        "distillation methods entailing the use of synthetic data generated by the Model for training the other model.",
    ),
    (K.NON_COMMERCIAL, "Use for any purpose, commercial or non-commercial, is permitted."),
    (K.NON_COMMERCIAL, "There is no warranty of merchantability, not even for commercial use."),
    (K.NO_SELL, "to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software"),
    (K.NO_DERIVATIVES, "Redistribution and use, with or without modification, are permitted."),
    (K.NO_DERIVATIVES, "The origin of this software must not be misrepresented."),
    (K.NO_DERIVATIVES, "This notice may not be removed or altered from any source distribution."),
    (
        K.FIELD_OF_USE_RESTRICTIONS,
        "Neither the name of the copyright holder nor the names of its contributors may be used to endorse or promote "
        "products derived from this software without specific prior written permission.",
    ),
    (
        K.REGISTRATION_OR_APPROVAL_REQUIRED,
        "Neither the name of the copyright holder nor the names of its contributors may be used to endorse or promote "
        "products derived from this software without specific prior written permission.",
    ),
    (K.ROYALTY, "Permission to use it with or without fee is granted, royalty-free and without fee."),
    (K.GEOGRAPHIC_EXCLUSION, "This agreement is governed by the laws of the United Kingdom."),
    (K.REVOCABLE_OR_TERMINATION_ON_BREACH, "a perpetual, worldwide, irrevocable copyright license"),
    (
        K.REVOCABLE_OR_TERMINATION_ON_BREACH,
        "If You institute patent litigation against any entity, then any patent licenses granted to You under this "
        "License for that Work shall terminate as of the date such litigation is filed.",
    ),
    (K.GRANT_NEGATED, "This license does not grant permission to use the trade marks of the licensor."),
    (K.USER_THRESHOLD, "More than 20 users helped with section 12 since 2019."),
    (K.NO_REDISTRIBUTION, "You may not distribute the work except in compliance with this License."),
    (K.GEOGRAPHIC_EXCLUSION, "a worldwide license"),
]


def kinds(sentence: str) -> dict[ClauseKind, Any]:
    return {hit.kind: hit for hit in settle(RULES.clauses(sentence))}


def test_every_kind_has_a_rule_and_a_sentence() -> None:
    assert {ClauseKind(rule["kind"]) for rule in DATA["rules"]} == set(K) - BY_LOSS
    assert {kind for kind, _ in SAYS} == set(K) - BY_LOSS
    for rule in DATA["rules"]:
        assert rule["any"]
        assert rule["hints"], rule["kind"]
        assert all(hint == hint.lower() for hint in rule["hints"]), rule["kind"]
        assert all(1 <= number <= 10 for number in rule["osd"]), rule["kind"]


@pytest.mark.parametrize(("kind", "sentence"), SAYS)
def test_a_sentence_that_says_it(kind: ClauseKind, sentence: str) -> None:
    found = kinds(sentence)
    assert kind in found, sorted(found)
    hit = found[kind]
    assert 0 <= hit.start < hit.end <= len(sentence)


@pytest.mark.parametrize(("kind", "sentence"), SAYS)
def test_white_space_comment_signs_and_case_do_not_matter(kind: ClauseKind, sentence: str) -> None:
    wrapped = sentence.replace(" ", "\n// ", 3).replace(" ", "  ")
    assert kind in kinds(wrapped)
    assert kind in kinds(sentence.replace(" ", "\r\n > "))
    if kind is not K.NAMED_PARTY_EXCLUSION:  # names are known by their capitals
        assert kind in kinds(sentence.upper())


@pytest.mark.parametrize(("kind", "sentence"), SAYS)
def test_no_hint_loses_what_a_pattern_finds(kind: ClauseKind, sentence: str) -> None:
    everything = ClauseRules({**DATA, "rules": [{**rule, "hints": [""]} for rule in DATA["rules"]]})
    assert {hit.kind for hit in settle(everything.clauses(sentence))} == set(kinds(sentence))


@pytest.mark.parametrize(("kind", "sentence"), TRAPS)
def test_a_sentence_that_only_looks_like_it(kind: ClauseKind, sentence: str) -> None:
    assert kind not in kinds(sentence)


def test_what_a_naming_duty_is() -> None:
    found = kinds(TRAPS[0][1])
    assert K.NAMING_REQUIREMENT in found
    assert not [hit for hit in found.values() if hit.osd]


def test_a_display_duty_above_a_size_is_no_cap() -> None:
    found = kinds(
        "if the Software is used for any commercial products that have more than 100 million monthly active users, or "
        "more than 20 million US dollars in monthly revenue, you shall prominently display “Kimi K2” on the screen"
    )
    cap = found[K.USER_THRESHOLD]
    assert (cap.osd, cap.params["effect"]) == ((), "display_only")
    assert (cap.params["number"], cap.params["number2"]) == (100_000_000, 20_000_000)
    assert K.DISPLAY_REQUIREMENT in found
    assert not [hit for hit in found.values() if hit.osd]


def test_a_license_to_be_asked_for_above_a_size_says_so() -> None:
    found = kinds("If you have more than 700 million monthly active users, you must request a license from Acme.")
    assert found[K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY].params["condition"] == "above_threshold"
    assert found[K.USER_THRESHOLD].params == {"number": 700_000_000, "unit": "monthly_active_users"}
    assert found[K.USER_THRESHOLD].osd == (5,)


@pytest.mark.parametrize(
    "part",
    [
        "words",
        "rules",
        "harmless",
        "normative",
        "acts",
        "acts_zh",
        "normative_zh",
        "neutral",
        "vetoes",
        "binding",
    ],
)
def test_a_missing_part_is_an_error(part: str) -> None:
    with pytest.raises(KeyError):
        ClauseRules({name: value for name, value in DATA.items() if name != part})


def test_a_broken_rule_is_an_error() -> None:
    rule = DATA["rules"][0]
    with pytest.raises(ValueError, match="no_such_kind"):
        ClauseRules({**DATA, "rules": [{**rule, "kind": "no_such_kind"}]})
    broken = ClauseRules({**DATA, "rules": [{**rule, "any": ["(never closed"]}]})
    with pytest.raises(re.error):
        _ = [pattern.compiled for pattern in broken.patterns()]


HOSTILE = [
    "a" * 20_000,
    " " * 20_000,
    "not " * 5_000,
    "not a " * 3_000,
    "may not use " * 1_700,
    "1" * 20_000,
    "1," * 10_000,
    "more than 1 " * 1_600,
    "users more than " * 1_250,
    "commercial " * 1_800,
    "only " * 4_000,
    "for the use of " * 1_300,
    "distribute " * 1_800,
    "not distribute the " * 1_000,
    "train other " * 1_600,
    "not train any " * 1_400,
    "(" * 20_000,
    "A B C D " * 2_500,
    "not by Acme Acme " * 1_100,
    "“display “" * 2_000,
    "outputs not " * 1_600,
    "不得" * 10_000,
    "must pay a " * 1_800,
    "copyright " * 2_000,
    "litigation " * 1_800,
    "under the terms of this " * 800,
    "\n// " * 5_000,
    "prior written " * 1_400,
    "the software is " * 1_200,
    "contact: " * 2_200,
    "thanks " * 2_800,
    "by " * 6_600,
]


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:18] for text in HOSTILE])
def test_no_pattern_takes_long(text: str) -> None:
    slow = {}
    for rule in RULES._rules:
        for name, pattern in (("any", rule.pattern), ("unless", rule.unless)):
            if pattern is not None:
                start = time.perf_counter()
                pattern.search(text)
                if (took := time.perf_counter() - start) > 0.4:
                    slow[f"{rule.kind} {name}"] = round(took, 2)
    for number, pattern in enumerate(RULES._harmless):
        start = time.perf_counter()
        pattern.fullmatch(text[:400])
        if (took := time.perf_counter() - start) > 0.4:
            slow[f"harmless {number}"] = round(took, 2)
    start = time.perf_counter()
    RULES.asks_nothing(RULES.bare(text))
    if (took := time.perf_counter() - start) > 0.4:
        slow["asks_nothing"] = round(took, 2)
    assert slow == {}


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from([word for _, sentence in SAYS for word in sentence.split()]), max_size=40).map(" ".join)
)
def test_any_sentence_is_read(sentence: str) -> None:
    found = RULES.clauses(sentence)
    assert all(kind is hit.kind and 0 <= hit.start <= hit.end <= len(sentence) for kind, hit in found.items())
    RULES.asks_nothing(RULES.bare(sentence))


def test_every_pattern_compiles() -> None:
    # They are compiled when first needed: a broken one must not wait for the text that needs it.
    patterns = list(RULES.patterns())
    assert len(patterns) > 50
    for pattern in patterns:
        assert pattern.compiled


ODD = {
    "s": "ſ",
    "k": "\u212a",
    "i": "ı",
    "I": "İ",
    "S": "ẞ",
    "e": "ΑΣ ς σ",
    "m": "µ",
    "a": "Å\u212b",
    "t": "ﬅ ﬆ",
    "n": "\u0345",
}
TRANSLATIONS = [str, str.upper, str.swapcase, *[lambda text, pair=pair: text.replace(*pair) for pair in ODD.items()]]


@pytest.mark.parametrize("change", TRANSLATIONS, ids=["as it is", "upper", "swapped", *ODD.values()])
def test_lower_case_finds_what_ignorecase_finds(change: Callable[[str], str]) -> None:
    texts = [change(sentence) for _, sentence in SAYS[:: 1 if change is str else 5]]
    texts += ["Acme Inc. and its affiliates are excluded; S\u00dc\u00df \u00c4RGER", "NUR F\u00dcR PRIVATE ZWECKE"]
    for pattern in RULES.patterns():
        for text in texts:
            found = [hit.span() for hit in pattern.finditer(text, 0, len(text))]
            assert found == [hit.span() for hit in pattern.compiled.finditer(text)], (pattern.pattern, text)
