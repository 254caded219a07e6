"""Whole texts: plain ones in any dress, changed ones by every kind of clause, and what is no license at all."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from license_texts import APACHE, BSD2, CC_BY, DRESSES, ISC, MIT, SHORT, installed
from openness.licenses import read_license
from openness.schemas.license import ClauseKind, Verdict
from openness.schemas.reading import LicenseText

K = ClauseKind
OPEN, LISTED, BAD, ASK = Verdict.OPEN_SOURCE, Verdict.OPEN_NOT_OSI, Verdict.RESTRICTED, Verdict.NEEDS_HUMAN
CONDITION = "The above copyright notice and this permission notice"


def read(text: str) -> LicenseText:
    found = read_license(text)
    places = [match.span for match in found.matches] + [added.span for added in found.additional_text]
    for start, end in (*places, *(clause.span for clause in found.clauses if clause.span)):
        assert 0 <= start <= end <= len(text)
    for added in found.additional_text:
        assert added.text == " ".join(text[slice(*added.span)].split())[:2000]
    return found


def insert(text: str, sentence: str, before: str = CONDITION) -> tuple[str, int]:
    """The text with a sentence as a paragraph of its own, and where it stands."""
    at = text.index(before) if before else len(text)
    return f"{text[:at]}{sentence}\n\n{text[at:]}", at


def is_plain(found: LicenseText, key: str, verdict: Verdict = OPEN) -> None:
    assert [(match.id, match.exact) for match in found.matches] == [(key, True)], found.additional_text
    assert (found.expression, found.verdict, found.missing_text) == (key, verdict, 0)
    assert {added.effect for added in found.additional_text} <= {"none"}


def is_modified(found: LicenseText, key: str) -> None:
    assert found.expression is not None
    assert found.expression.split(" AND ")[0] == f"LicenseRef-modified-{key}"
    assert not any(match.exact for match in found.matches[:1])
    assert found.verdict in (BAD, ASK)


# ------------------------------------------------------------------------ plain


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("key", SHORT)
def test_a_plain_text_in_any_dress(key: str, dress: str) -> None:
    is_plain(read(DRESSES[dress](SHORT[key])), key)


@pytest.mark.parametrize("dress", DRESSES)
def test_a_long_text_in_any_dress(dress: str) -> None:
    is_plain(read(DRESSES[dress](APACHE)), "Apache-2.0")
    is_plain(read(DRESSES[dress](CC_BY)), "CC-BY-4.0", LISTED)


@pytest.mark.parametrize(
    ("package", "name", "key"),
    [
        ("click", "licenses/LICENSE", "BSD-3-Clause"),
        ("httpx2", "licenses/LICENSE", "BSD-3-Clause"),
        ("pydantic", "licenses/LICENSE", "MIT"),
        ("PyYAML", "licenses/LICENSE", "MIT"),
        ("SQLAlchemy", "licenses/LICENSE", "MIT"),
        ("pytest", "licenses/LICENSE", "MIT"),
        ("jsonschema", "COPYING", "MIT"),
        ("huggingface_hub", "licenses/LICENSE", "Apache-2.0"),
        ("safetensors", "licenses/LICENSE", "Apache-2.0"),
        ("license-expression", "apache-2.0", "Apache-2.0"),
    ],
)
def test_the_licenses_of_what_this_package_needs(package: str, name: str, key: str) -> None:
    is_plain(read(installed(package, name)), key)


def test_texts_inside_other_files_are_found() -> None:
    hypothesis = read(installed("hypothesis"))
    assert [match.id for match in hypothesis.matches] == ["MPL-2.0"]
    assert "MIT" in {match.id for match in read(installed("ruff")).matches}


@pytest.mark.parametrize(
    "text",
    [
        MIT.replace("2024 Jane Doe", "1999, 2003-2024 Acme Research GmbH & Co. KG <legal@acme.example>"),
        MIT.replace("Copyright (c) 2024 Jane Doe\n\n", ""),
        MIT.replace("MIT License\n\n", ""),
        MIT.replace("MIT License", "The MIT License (MIT)"),
        MIT.replace(
            "Copyright (c) 2024 Jane Doe",
            "Copyright © 2020 Jane Doe\nCopyright © 2021 José Müller\nAll rights reserved.",
        ),
        MIT.replace("Copyright (c) 2024 Jane Doe", "Copyright (c) 2024 張三"),
        MIT.replace("NONINFRINGEMENT", "NON-INFRINGEMENT"),
        MIT.replace("COPYRIGHT HOLDERS", "COPYRIGHT OWNERS"),
        MIT.replace("sublicense", "sub-license"),
    ],
)
def test_what_a_license_lets_vary_leaves_it_plain(text: str) -> None:
    is_plain(read(text), "MIT")


def test_and_stands_for_and_or() -> None:
    found = read(MIT.replace("and/or sell", "and sell"))
    assert found.verdict is OPEN
    assert found.matches[0].exact


@pytest.mark.parametrize(
    "name", ["Acme, Inc.", "the University of Elsewhere", "D. E. Shaw Research", "Military History Ltd"]
)
def test_a_filled_in_name_says_nothing(name: str) -> None:
    text = installed("click")
    assert "the copyright holder" in text
    is_plain(read(text.replace("the copyright holder nor", f"{name} nor")), "BSD-3-Clause")
    is_plain(read(MIT.replace("Jane Doe", name)), "MIT")


def test_the_paragraph_that_an_optional_part_adds_leaves_it_plain() -> None:
    text = MIT.replace("this permission notice shall", "this permission notice (including the next paragraph) shall")
    is_plain(read(text), "MIT")


def test_the_header_of_a_license_restricts_nothing() -> None:
    found = read(APACHE[APACHE.index("Copyright [") :])
    assert found.verdict is not BAD
    assert not [clause for clause in found.clauses if clause.osd]


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize(
    "sentence",
    [
        "Contact: Jane Doe <jane@example.org>",
        "For questions, please contact jane@example.org.",
        "Homepage: https://example.org/tool",
        "Thanks to everyone who sent photographs.",
        "SPDX-License-Identifier: MIT",
        "This file is part of A Tool.",
        "The full text of the license follows:",
        "This project is licensed under the MIT License.",
        "Maintained by Jane Doe and friends.",
        "Pull requests are welcome.",
        "It sorts photographs by color.",
    ],
)
def test_harmless_additions_leave_it_plain_and_are_listed(sentence: str, place: str) -> None:
    text = f"{sentence}\n\n{MIT}" if place == "before" else f"{MIT}\n{sentence}\n"
    found = read(text)
    is_plain(found, "MIT")
    at = text.index(sentence)
    shown = [added for added in found.additional_text if at <= added.span[0] < added.span[1] <= at + len(sentence)]
    assert shown
    assert sum(end - start for start, end in (added.span for added in shown)) > 0.4 * len(sentence)


# ---------------------------------------------------------------------- changed

INSERTED: list[tuple[ClauseKind, str]] = [
    (K.USER_THRESHOLD, "If your product has more than 700 million monthly active users, no rights are granted to you."),
    (K.USER_THRESHOLD, "Companies with more than $10,000,000 in annual revenue are not permitted to use the Software."),
    (K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY, "Commercial users must obtain a separate commercial license."),
    (K.NO_TRAIN_OTHER_MODELS, "The Software may not be used to train any other machine learning model."),
    (K.NO_IMPROVE_COMPETING_MODELS, "You may not use the Software to develop a model that competes with it."),
    (K.NON_COMMERCIAL, "The Software may only be used for non-commercial purposes."),
    (K.NON_COMMERCIAL, "Commercial use is prohibited."),
    (K.RESEARCH_ONLY, "The Software is made available solely for academic research."),
    (K.FIELD_OF_USE_RESTRICTIONS, "The Software must not be used for surveillance or facial recognition."),
    (K.FIELD_OF_USE_RESTRICTIONS, "The Software shall be used for Good, not Evil."),
    (K.FIELD_OF_USE_RESTRICTIONS, "You may not provide the Software to third parties as a hosted or managed service."),
    (
        K.GOVERNMENT_OR_MILITARY_BAN,
        "No permission is granted to armed forces or for any military purpose; such use is prohibited.",
    ),
    (K.GEOGRAPHIC_EXCLUSION, "This license does not apply in the European Union."),
    (K.REGISTRATION_OR_APPROVAL_REQUIRED, "Any use requires the prior written permission of the author."),
    (K.NO_REDISTRIBUTION, "You may not redistribute the Software."),
    (K.NO_DERIVATIVES, "You may not modify the Software or create derivative works."),
    (K.NO_SELL, "You must not sell the Software."),
    (K.ROYALTY, "You shall pay a license fee for each copy of the Software."),
    (K.PRODUCT_SPECIFIC, "The Software may be used only in conjunction with Acme hardware products."),
    (K.TECHNOLOGY_SPECIFIC, "Each recipient must agree to a click-through agreement before download."),
    (K.NAMED_PARTY_EXCLUSION, "The Software may not be used by Acme Corp."),
    (K.RESTRICTS_OTHER_SOFTWARE, "All other software distributed with the Software must be licensed as open source."),
    (K.GRANT_NEGATED, "No license is granted to use the Software in products."),
    (K.OUTPUT_RESTRICTIONS, "The outputs of the Software must not be published."),
    (K.DISPLAY_REQUIREMENT, "You must prominently display “Made with A Tool” on your website."),
    (K.NAMING_REQUIREMENT, "You must include “Tool” at the beginning of the name of any work that you distribute."),
    (K.SHARE_ALIKE, "Modified copies may be distributed only under the same license terms."),
    (K.FLOW_DOWN, "You must include these terms as an enforceable provision in any agreement on the Software."),
    (K.MUST_UPDATE_TO_LATEST, "You must always use only the latest version of the Software."),
    (K.REMOTE_RESTRICTION, "The author reserves the right to restrict (remotely or otherwise) usage of the Software."),
    (K.REVOCABLE_OR_TERMINATION_ON_BREACH, "The author may revoke this license at any time for any user."),
    (K.INDEMNITY, "You shall indemnify and hold harmless the author from any claim arising from your use."),
    (K.NON_COMMERCIAL, "未经授权，不得将本软件用于商业用途。"),
    (K.GOVERNMENT_OR_MILITARY_BAN, "不得将本软件用于军事目的。"),
]


@pytest.mark.parametrize("base", SHORT)
@pytest.mark.parametrize(("kind", "sentence"), INSERTED)
def test_an_inserted_sentence_is_shown_and_read(kind: ClauseKind, sentence: str, base: str) -> None:
    before = {"MIT": CONDITION, "ISC": "THE SOFTWARE IS", "BSD-2-Clause": "THIS SOFTWARE IS"}[base]
    for where in (before, "Copyright (c)", ""):
        text, at = insert(SHORT[base], sentence, where)
        found = read(text)
        is_modified(found, base)
        clauses = [clause for clause in found.clauses if clause.kind is kind]
        assert clauses, [clause.kind for clause in found.clauses]
        assert clauses[0].span is not None
        start, end = clauses[0].span
        assert at <= start < end <= at + len(sentence)
        assert " ".join(sentence[start - at : end - at].split()) == " ".join(clauses[0].quote.split())
        if clauses[0].osd:
            assert found.verdict is BAD
            assert f"{kind.replace('_', ' ')}" in found.reason
            assert all(str(number) in found.reason for number in clauses[0].osd)
        shown = [added.span for added in found.additional_text if added.effect == "clause"]
        # Words that the license has at this very place too, such as "The Software", count as its own.
        assert sum(min(stop, at + len(sentence)) - max(first, at) for first, stop in shown) > 0.6 * len(sentence)


@pytest.mark.parametrize("dress", ["rewrapped", "block quote", "// comment", "HTML", "CRLF", "unwrapped"])
def test_an_inserted_sentence_is_found_in_any_dress(dress: str) -> None:
    text = DRESSES[dress](insert(MIT, "You must not sell the Software to any military agency.")[0])
    found = read(text)
    is_modified(found, "MIT")
    clause = next(clause for clause in found.clauses if clause.kind is K.NO_SELL)
    assert clause.span is not None
    assert "sell" in text[slice(*clause.span)]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("is hereby granted", "is not hereby granted", K.GRANT_NEGATED),
        ("is hereby granted", "is hereby not granted", K.GRANT_NEGATED),
        ("free of charge", "against payment of a fee", K.ROYALTY),
        (", and/or sell\ncopies", "\ncopies", K.NO_SELL),
        ("publish, distribute, sublicense", "publish, sublicense", K.NO_REDISTRIBUTION),
        ("copy, modify, merge", "copy, merge", K.NO_DERIVATIVES),
        ("to any person", "to any non-commercial user", K.NON_COMMERCIAL),
        ("to deal\nin the Software", "to deal for non-commercial purposes\nin the Software", K.NON_COMMERCIAL),
        ("any person obtaining", "any academic institution, only for research purposes, obtaining", K.RESEARCH_ONLY),
        ("without restriction", "with restriction", None),
        ("permission notice shall", "permission notice and a check over $5 shall", None),
        ("EXPRESS OR\nIMPLIED", "EXPRESS", None),
        ("THE SOFTWARE IS PROVIDED", "THE SOFTWARE IS NOT PROVIDED", None),
        ("obtaining a copy", "buying a copy", None),
        ("any person", "any natural person", None),
        ("without limitation the rights", "the rights", None),
        (
            "subject to the following conditions",
            "subject to the following conditions and to our terms of service",
            None,
        ),
    ],
)
def test_one_changed_wording(old: str, new: str, kind: ClauseKind | None) -> None:
    assert old in MIT
    found = read(MIT.replace(old, new))
    is_modified(found, "MIT")
    if kind:
        assert kind in {clause.kind for clause in found.clauses}
        assert found.verdict is BAD
    assert found.missing_text or any(added.effect != "none" for added in found.additional_text)


# The SPDX list lets the names of those who are not liable vary.
NAMES = {"and/or", "AUTHORS", "COPYRIGHT", "HOLDERS"}


@pytest.mark.parametrize("word", sorted(set(MIT[MIT.index("Permission") :].split()) - NAMES))
def test_no_word_of_the_grant_can_be_deleted_unseen(word: str) -> None:
    start = MIT.index("Permission")
    at = start + f" {' '.join(MIT[start:].split())} ".index(f" {word} ")
    flat = MIT[:start] + " ".join(MIT[start:].split())
    found = read(flat[:at] + flat[at + len(word) + 1 :])
    assert not found.matches[0].exact, word
    assert found.verdict in (BAD, ASK)


@pytest.mark.parametrize(
    ("text", "old", "new", "key", "kind"),
    [
        (
            APACHE,
            "royalty-free, irrevocable",
            "royalty-free, revocable",
            "Apache-2.0",
            K.REVOCABLE_OR_TERMINATION_ON_BREACH,
        ),
        (APACHE, "perpetual,\n      worldwide", "perpetual", "Apache-2.0", K.GEOGRAPHIC_EXCLUSION),
        (
            APACHE,
            "You may add Your own copyright statement",
            "You may not use the Work commercially",
            "Apache-2.0",
            K.NON_COMMERCIAL,
        ),
        (
            BSD2,
            "are permitted provided",
            "are permitted for non-commercial use provided",
            "BSD-2-Clause",
            K.NON_COMMERCIAL,
        ),
        (BSD2, "with or without\nmodification", "without\nmodification", "BSD-2-Clause", K.NO_DERIVATIVES),
        (ISC, "with or without fee", "without fee", "ISC", None),
        (ISC, "for any\npurpose", "for research\npurposes only", "ISC", K.RESEARCH_ONLY),
        (
            CC_BY,
            "reproduce and Share the Licensed Material",
            "reproduce and Share the Licensed Material for NonCommercial purposes",
            "CC-BY-4.0",
            K.NON_COMMERCIAL,
        ),
    ],
)
def test_changed_wordings_of_other_licenses(text: str, old: str, new: str, key: str, kind: ClauseKind | None) -> None:
    assert old in text
    found = read(text.replace(old, new, 1))
    is_modified(found, key)
    if kind:
        assert kind in {clause.kind for clause in found.clauses}


def test_section_and_place_of_a_clause_in_a_long_text() -> None:
    sentence = "You may not use the Work for any commercial purpose."
    text, at = insert(APACHE, sentence, "5. Submission of Contributions.")
    found = read(text)
    is_modified(found, "Apache-2.0")
    clause = next(clause for clause in found.clauses if clause.kind is K.NON_COMMERCIAL)
    assert clause.span is not None
    assert at <= clause.span[0] < clause.span[1] <= at + len(sentence)
    assert clause.section[:1] in ("4", "d")
    assert clause.license is None
    assert (found.verdict, clause.osd) == (BAD, [6])


def test_offsets_are_code_points_of_the_input() -> None:
    sentence = "You must not sell the Software."
    for front in ("😀😀 \u200b\ufeff“Ｆｕｌｌ” ﬁ\n\n", "é" * 50 + "\r\n\r\n", "<p>&nbsp;&amp;</p>\n\n"):
        text, at = insert(front + MIT, sentence)
        clause = next(clause for clause in read(text).clauses if clause.kind is K.NO_SELL)
        assert clause.span is not None
        assert at <= clause.span[0] < clause.span[1] <= at + len(sentence)
        assert text[slice(*clause.span)] == clause.quote


def test_a_display_duty_above_a_size_needs_a_human() -> None:
    duty = (
        "If the Software is used for commercial products that have more than 50 million monthly active users, or more "
        "than USD 10 million in monthly revenue, you shall prominently display “Made with Tool” on the user interface."
    )
    found = read(f"{MIT}\n{duty}\n")
    assert found.verdict is ASK
    caps = [clause for clause in found.clauses if clause.kind is K.USER_THRESHOLD]
    assert caps
    assert all((cap.osd, cap.params["effect"]) == ([], "display_only") for cap in caps)
    assert K.DISPLAY_REQUIREMENT in {clause.kind for clause in found.clauses}
    assert not [clause for clause in found.clauses if clause.osd]


# ------------------------------------------------------------ cut off, several


@pytest.mark.parametrize(("key", "text"), [*SHORT.items(), ("Apache-2.0", APACHE), ("CC-BY-4.0", CC_BY)], ids=str)
@pytest.mark.parametrize("share", [0.9, 0.75])
def test_a_text_that_breaks_off_is_named_but_needs_a_human(key: str, text: str, share: float) -> None:
    body = text.rstrip()
    if key == "Apache-2.0":
        body = body[: body.index("END OF TERMS")]
    found = read(body[: int(len(body) * share)])
    assert [(match.id, match.exact, match.cut_off) for match in found.matches] == [(key, False, True)]
    assert found.matches[0].missing_text > 0
    assert found.missing_text > 0
    assert (found.expression, found.verdict) == (key, ASK)


def test_what_is_missing_at_the_start_or_inside_is_a_modification() -> None:
    is_modified(read(BSD2.replace(BSD2[BSD2.index("1. Redist") : BSD2.index("2. Redist")], "")), "BSD-2-Clause")
    is_modified(read(MIT.replace(MIT[MIT.index(", EXPRESS OR") : MIT.index(" IN NO EVENT")], ".")), "MIT")
    is_modified(read(BSD2[BSD2.index("1. Redistributions") :]), "BSD-2-Clause")


def test_several_licenses_in_one_file() -> None:
    for texts, keys in (((MIT, APACHE), ["MIT", "Apache-2.0"]), ((ISC, BSD2, MIT), ["ISC", "BSD-2-Clause", "MIT"])):
        text = "\n\n----------------------\n\n".join(texts)
        found = read(text)
        assert [(match.id, match.exact) for match in found.matches] == [(key, True) for key in keys]
        assert (found.expression, found.verdict) == (" AND ".join(keys), OPEN)
        starts = [match.span[0] for match in found.matches]
        assert starts == sorted(starts)
    found = read(f"{insert(MIT, 'You must not sell the Software.')[0]}\n\n{APACHE}")
    assert found.expression == "LicenseRef-modified-MIT AND Apache-2.0"
    assert found.verdict is BAD


def test_without_its_condition_one_license_is_another() -> None:
    condition = ", provided that the above\ncopyright notice and this permission notice appear in all copies"
    is_plain(read(ISC.replace(condition, "")), "0BSD")


def test_twins_are_reported() -> None:
    found = read(installed("setuptools", "autocommand-2.2.2.dist-info/LICENSE"))
    assert [(match.id, match.exact) for match in found.matches] == [("LGPL-3.0-only", True)]
    assert "LGPL-3.0-or-later" in found.matches[0].also


# ------------------------------------------------------------- not a license


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "***\n---\n",
        "a",
        "x " * 500,
        "Hello.",
        "1 2 3",
        "\ufeff",
        "\u200b" * 10,
        "<p></p>",
        "// \n// \n",
        "©",
    ],
)
def test_next_to_nothing(text: str) -> None:
    found = read(text)
    assert (found.matches, found.expression, found.verdict) == ([], None, ASK)
    assert found.missing_text == 0


def test_prose_is_no_license() -> None:
    found = read(
        "The quick brown fox jumps over the lazy dog. It was a dark and stormy night, and the rain fell.\n" * 5
    )
    assert (found.matches, found.clauses, found.verdict) == ([], [], ASK)
    assert found.reason


def test_an_unknown_license_is_read_for_clauses() -> None:
    text = (
        "Model terms\n\nYou may use the model for research only. You must not sell it. Any user of it has to sing.\n"
        "If you have more than 1 million monthly active users, you must request a license from us."
    )
    found = read(text)
    assert (found.matches, found.expression, found.verdict) == ([], None, BAD)
    # Where larger users get other terms, the first grant is one of two: not the whole is research-only.
    assert {K.NO_SELL, K.USER_THRESHOLD} <= {clause.kind for clause in found.clauses}
    assert [added.text for added in found.additional_text if added.effect == "needs_human"] == [
        "Any user of it has to sing."
    ]
    cap = next(clause for clause in found.clauses if clause.kind is K.USER_THRESHOLD)
    assert (cap.params["number"], cap.params["unit"]) == (1_000_000, "monthly_active_users")
    assert "no sell" in found.reason
    assert "criteria 1, 5" in found.reason


def test_a_chinese_text_is_read_for_clauses() -> None:
    text = "模型许可协议\n\n本模型仅供学术研究使用。不得将本模型用于军事目的。不得分发本模型。"
    text += "本协议受中华人民共和国法律管辖。"
    found = read(text)
    assert found.verdict is BAD
    assert {K.RESEARCH_ONLY, K.GOVERNMENT_OR_MILITARY_BAN, K.NO_REDISTRIBUTION, K.JURISDICTION} <= {
        clause.kind for clause in found.clauses
    }
    for clause in found.clauses:
        assert clause.span is not None
        assert text[slice(*clause.span)] == clause.quote


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*MIT.split("\n"), *ISC.split("\n"), "\n", "<p>", "</p>", "&nbsp;", "不得出售", "ﬁ", "\u200b", "not", "1."]
        )
        | st.text(max_size=20),
        max_size=40,
    ).map("\n".join)
)
def test_any_text_is_read_and_only_the_whole_license_is_open_source(text: str) -> None:
    found = read(text)
    if found.verdict is OPEN:
        assert "Permission" in text


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (MIT, "Permission is", "No permission is"),
        (MIT, "Permission is", "In no case permission is"),
        (ISC, "Permission to", "No permission to"),
        (BSD2, "Redistribution and", "No redistribution and"),
        (BSD2, "Redistribution and", "Charitable, private and other non-gainful redistribution and"),
        (ISC, "PERFORMANCE OF THIS SOFTWARE.", "PERFORMANCE OF THIS SOFTWARE, unless sold."),
    ],
)
def test_words_at_the_edge_of_a_license_are_read_with_its_sentence(text: str, old: str, new: str) -> None:
    found = read(text.replace(old, new))
    assert not found.matches[0].exact
    assert found.verdict in (BAD, ASK)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(MIT)), st.sampled_from(["not", "no", "never", "except", "only", "unless"]))
def test_no_word_that_turns_the_meaning_goes_unseen(at: int, word: str) -> None:
    start, end = MIT.index("Permission is"), len(MIT.rstrip()) - 1
    at = max(start, min(at, end))
    while at > start and MIT[at - 1].isalnum():
        at -= 1
    found = read(f"{MIT[:at]} {word} {MIT[at:]}")
    assert found.verdict is not OPEN, (MIT[max(0, at - 20) : at], word)


@pytest.mark.parametrize("piece", ["<", "(", "&", "[", "a ", "not ", "may not use ", "\n", "1. ", "商", "<!--"])
def test_cost_of_hostile_texts(piece: str) -> None:
    start = time.perf_counter()
    read(piece * (200_000 // len(piece)))
    assert time.perf_counter() - start < 4


def test_cost_is_linear_in_length() -> None:
    def seconds(count: int) -> float:
        text = README_LINE * count + MIT
        start = time.perf_counter()
        assert read(text).matches[0].id == "MIT"
        return (time.perf_counter() - start) / len(text)

    seconds(100)
    assert seconds(8_000) < 3 * seconds(800) + 1e-6


README_LINE = "It sorts photographs by color, size and date, and shows them in a grid of nine columns.\n\n"


@pytest.mark.parametrize(
    "sentence",
    [
        "Die Nutzung der Software im Glücksspielgewerbe ist untersagt.",
        "L'utilisation de ce logiciel en Chine n'est pas autorisée.",
        "Queda prohibido el uso comercial de este programa.",
        "Commercieel gebruik is niet toegestaan.",
        "É proibida a venda deste software.",
        "Использование в коммерческих целях запрещено.",
        "상업적 이용을 금지합니다.",
        "Licencja nie obowiązuje na terytorium Stanów Zjednoczonych.",
        "<!-- The Software may not be sold. -->",
        "<not for commercial use>",
        "Resale, rental or any other transfer of the software for consideration is a violation of these terms.",
        "The work stays as it is: no translations, ports or forks.",
        "Access is granted case by case by the committee after review of a description.",
        "使用本專案的網站須於首頁顯著位置保留作者名稱。",  # as it is written in Taiwan
        "Use of the Software by U.S. Immigration and Customs Enforcement is not authorized.",
    ],
)
@pytest.mark.parametrize("above", [True, False])
def test_what_no_rule_reads_is_not_passed_over(sentence: str, above: bool) -> None:
    """In another language, in an HTML comment, in what looks like a tag: shown, and never plain."""
    text = f"{sentence}\n\n{MIT}" if above else f"{MIT}\n{sentence}\n"
    found = read(text)
    assert found.verdict is not Verdict.OPEN_SOURCE
    shown = [item for item in found.additional_text if item.effect != "none"]
    assert shown
    assert any(item.text[:12].strip("<!- ") in sentence for item in shown)


def test_a_sentence_that_is_gone_takes_its_not_along() -> None:
    """What a license forbade and no longer does takes no grant back; it is for a human all the same."""
    before, rest = APACHE.split("6. Trademarks.")
    found = read(before + rest[rest.index("7. Disclaimer") :])
    assert ClauseKind.GRANT_NEGATED not in [clause.kind for clause in found.clauses]
    assert found.missing_text > 20
    assert found.verdict is ASK
    turned = read(MIT.replace("is hereby granted", "is not hereby granted"))
    assert ClauseKind.GRANT_NEGATED in [clause.kind for clause in turned.clauses]


def test_words_without_a_known_wording_are_only_perhaps_a_clause() -> None:
    """A topic beside a word of denial is shown with a kind, but no license is restricted because of it."""
    found = read(f"The Rechner team has no license plates.\n\n{MIT}")
    assert found.verdict is ASK
    read_from_words = [clause for clause in found.clauses if clause.license is None]
    assert read_from_words
    assert not any(clause.certain for clause in read_from_words)
    assert "seems to say" in found.reason


@pytest.mark.parametrize(
    "sentence",
    [
        "Releases before 2.0 were for research only, and so were their outputs.",
        "Many companies run hosted versions of this software, and we cannot help with those.",
        "Model outputs belong to you. We claim no rights in them.",
        "Commercial use is allowed, and no separate licence is needed for it.",
    ],
)
def test_what_tells_of_the_past_of_others_or_of_freedom_restricts_nothing(sentence: str) -> None:
    assert read(f"{MIT}\n\n{sentence}\n").verdict is not Verdict.RESTRICTED


def test_a_sentence_that_only_points_back_is_read_with_the_one_before_it() -> None:
    """What no longer holds may be a limit or a freedom: only the sentence before tells which."""
    lifted = "Releases before 2.0 were under a non-commercial license. That is no longer so."
    is_plain(read(f"{MIT}\n\n{lifted}\n"), "MIT")
    gone = "Until 2.0 anybody was free to fork this. That is no longer so."
    assert read(f"{MIT}\n\n{gone}\n").verdict is not Verdict.OPEN_SOURCE


def test_a_paragraph_of_its_own_is_known_by_what_it_is_about_wherever_it_stands() -> None:
    head, _, rest = MIT.partition("\n\n")
    is_plain(read(f"{head}\n\nThe numbering of the conditions follows the original text.\n\n{rest}"), "MIT")
    assert read(f"{head}\n\nSection 3 was dropped.\n\n{rest}").verdict is not Verdict.OPEN_SOURCE


def test_a_sentence_in_other_signs_is_no_title_of_a_license() -> None:
    found = read(f"除某公司以外，任何人均可依照MIT许可证使用本软件。\n\n{MIT}")
    assert found.verdict is not Verdict.OPEN_SOURCE
    is_plain(read(f"MIT 许可证\n\n{MIT}"), "MIT")


@pytest.mark.parametrize(
    "around",
    [
        "/*\n{}\n*/\n\nstatic size_t ring_next(size_t i, size_t n)\n{{\n    return (i + 1) % n;\n}}\n",
        "<!--\n{}\n-->\n",
        "% Copyright (c) 2020 Ada\n% All rights\n% reserved.\n\n{}",
        "{}\nVielen Dank an alle, die Fehler gemeldet haben.\n",
        "{}\nСпасибо всем, кто присылал исправления.\n",
        "This work has received funding from the European Union's Horizon 2020 programme under grant No 101.\n\n{}",
        "# tides\n\nA library for tide tables from harmonic constants, with bindings for Python.\n\n{}",
    ],
)
def test_what_stands_around_a_license_and_says_nothing_leaves_it_plain(around: str) -> None:
    found = read(around.format(MIT))
    is_plain(found, "MIT")
