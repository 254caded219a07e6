"""One sentence beside or inside a license: harmless or not, which clauses, and how sure."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openness.licenses import reader
from openness.schemas.license import ClauseKind

K = ClauseKind
JUDGE = reader().judge

HARMLESS = [
    "",
    "***",
    "1.",
    "License",
    "The MIT License (MIT)",
    "Copyright (c) 2024 Jane Doe",
    "All rights reserved.",
    "Copyright © 2019-2024 Acme, Inc. and others",
    "Thanks to everyone who sent photographs.",
    "For questions, contact jane@example.org.",
    "Homepage: https://example.org",
    "SPDX-License-Identifier: MIT",
    "Pull requests are welcome.",
    "The license text follows:",
    "This project is released under the MIT License.",
    "It sorts photographs by color.",
    "See the LICENSE file for details.",
    "中文说明",
    "All product names are the property of their respective holders.",
    "This is an unofficial translation; the English original prevails in the event of any discrepancy.",
    "The second author's position is financed by a Marie Curie fellowship.",
    "Found something offensive in the data? Tell us at report@example.org and we will have a look.",
    "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION",
    # what is free is free for all
    "There is no limit on how many servers you run it on.",
    "No sign-up is required to download this software.",
    "You do not need to ask us.",
    "You can train neural networks with this if you wish.",
    # where it comes from, and what it used to be
    "Adapted with kind permission from an internal tool at Nordlicht.",
    "Versions before 1.4 were distributed under a proprietary license. This has changed.",
    # people and offers beside it
    "Patches are accepted under the license of this project.",
    "Training courses can be booked at our institute; the license is the same with or without them.",
    "This is not an officially supported Globex product.",
    "We don't host those and can't help with them.",
    "We recommend reading the FAQ.",
    # other works and names
    "Vendored dependencies live in third_party/ and carry their own licenses.",
    "This product includes no third-party code.",
    "Lawyers call it a permissive license.",
    # other languages
    "Ce projet est développé par une équipe de bénévoles.",
    "Сообщайте об ошибках по электронной почте.",
    "本项目由河边大学实验室开发和维护。",
    "このソフトウェアは大学で開発されました。",
]
NOT_HARMLESS = [
    "Copyright (c) 2024 Jane Doe. You may not sell copies.",
    "Thanks to all, but only members may use the software.",
    "For commercial use, contact sales@example.org.",
    "Contact us for a license.",
    "Additional terms apply to your use.",
    "This license applies only to the code.",
    "You agree to pay the author of the work.",
    "Users must be kind.",
    "This file relates to the license, except for sold copies.",
    "不得用于商业目的",
    "Copyright: use in products is forbidden",
    "By using the software you agree to pay a fee",
    "You may not sell it without a commercial license.",
    "Author: whoever sells copies must pay",
    "You need our permission and a license.",
    "Use requires a signed license.",
    "The MIT License, but you may not sell it.",
    "Maintained by: whoever gets permission to use it",
    "Thanks to our sponsors, modified versions may be closed source.",
    "Its use is restricted to non-profit scholarship.",
    "Questions about this contract are decided under the law of Quebec.",
    # free for some only, or free of what the license itself asks for
    "No registration is needed for students.",
    "No commercial use, full stop.",
    "You may use it for research if you like.",
    "无需申请即可用于学术研究。",
    # the topic is harmless, what is said of it is not
    "Adapted from military software, with permission limited to hobbyists.",
    "Versions up to 3.1 were free software.",
    "All modifications count as contributions and are licensed to us.",
    "Commercial licenses and support can be bought from Pinewood.",
    "Support contracts are mandatory for companies.",
    "Third-party components that link to it come under the GPL.",
    "Not a license.",
    "Derivatives are called Foo-something.",
    "The line breaks differ, and section 4 was dropped.",
    "Commits are licensed under CC-BY-NC.",
    "Ce projet est développé pour la recherche.",
    "Entwickelt von Freiwilligen, Firmen ausgeschlossen.",
    "Авторы против военного применения.",
    "欢迎个人使用本软件。",
]

# What is put into a license on purpose, in words that no pattern has: a topic and a limit are enough.
PUT_IN: list[tuple[ClauseKind, str]] = [
    (K.NON_COMMERCIAL, "Any use that puts money in your pocket is out of scope."),
    (K.RESEARCH_ONLY, "Access is for PhD students and their supervisors in the framework of a thesis."),
    (K.NO_TRAIN_OTHER_MODELS, "Knowledge distillation from the responses is a breach of contract."),
    (K.NO_IMPROVE_COMPETING_MODELS, "Vendors of similar assistants are barred from using the weights."),
    (K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY, "Anyone wanting to earn with it has to strike a deal with us first."),
    (K.GOVERNMENT_OR_MILITARY_BAN, "Armies, spies and the police: go away."),
    (K.GEOGRAPHIC_EXCLUSION, "Only users on Swiss soil may run it."),
    (K.OUTPUT_RESTRICTIONS, "Anything the model says has to be labelled as machine-made."),
    (K.OUTPUT_OWNERSHIP_DISCLAIMED, "What comes out of it is yours."),
    (K.COPYLEFT_REMOVED, "You needn't share your source code."),
    (K.GRANT_NEGATED, "None of the rights mentioned above are conferred."),
    (K.REMOTE_RESTRICTION, "We can switch it off for you."),
    (K.PATENT_LITIGATION_TERMINATION, "Sue us over a patent and your licence is gone."),
    (K.INDEMNITY, "If somebody takes us to court over what you did with it, you pay."),
    (K.FLOW_DOWN, "Whoever gets a copy from you must be told about, and agree to, the use limits."),
    (K.JURISDICTION, "The courts of Lagos have sole jurisdiction."),
    (K.RESTRICTS_OTHER_SOFTWARE, "If you use this, everything else on the device has to be open source."),
    (K.NO_SELL, "不得倒卖本软件。"),
    (K.GOVERNMENT_OR_MILITARY_BAN, "Eine Nutzung durch das Militär ist untersagt."),
]
# A denied limit limits nothing; a definition or a description neither.
NO_LIMIT = [
    "No application, sign-up or approval of any sort is required before using it.",
    "Nothing in this licence limits fair use, fair dealing or similar rights.",
    '"Commercial Use" means any use primarily intended for commercial advantage.',
    "The corpus holds newspaper text from Germany and Austria only.",
]


NAMES_A_LICENSE = [
    "Weights: CC BY-NC 4.0.",
    "The model card's examples are under CC-BY-NC-SA.",
    "Source-available under the Business Source License.",
    "Built on a checkpoint that comes under the Llama 2 Community License.",
]


@pytest.mark.parametrize("sentence", HARMLESS)
def test_harmless(sentence: str) -> None:
    assert JUDGE.is_harmless(sentence)


@pytest.mark.parametrize("sentence", [*NOT_HARMLESS, *NAMES_A_LICENSE, *(sentence for _, sentence in PUT_IN)])
def test_not_harmless(sentence: str) -> None:
    assert not JUDGE.is_harmless(sentence)


def test_what_stands_inside_a_license_is_harmless_only_as_a_paragraph() -> None:
    sentence = "Everybody is welcome to use this for anything."
    assert JUDGE.is_harmless(sentence)
    assert JUDGE.is_harmless(sentence, inside=True, alone=True)
    assert not JUDGE.is_harmless(sentence, inside=True)


@pytest.mark.parametrize(("kind", "sentence"), PUT_IN)
def test_a_sentence_put_in_on_purpose(kind: ClauseKind, sentence: str) -> None:
    found = {hit.kind: hit for hit in JUDGE.clauses(sentence)}
    assert kind in found, sorted(found)
    assert 0 <= found[kind].start < found[kind].end <= len(sentence)


def test_only_a_known_wording_is_certain() -> None:
    known = {hit.kind: hit.certain for hit in JUDGE.clauses("You may not sell copies of the Software.")}
    assert known[K.NO_SELL]
    guessed = {hit.kind: hit.certain for hit in JUDGE.clauses("Nobody gets to put a price tag on this.")}
    assert guessed[K.NO_SELL] is False


@pytest.mark.parametrize("sentence", NO_LIMIT)
def test_what_limits_nothing_restricts_nothing(sentence: str) -> None:
    assert not [hit.kind for hit in JUDGE.clauses(sentence) if hit.osd and hit.certain]


CHANGES = [
    (K.GEOGRAPHIC_EXCLUSION, "Permission is granted to any person {} to use the software.", "residing outside Canada"),
    (K.NON_COMMERCIAL, "Redistribution and use in source and binary forms {} are permitted.", "by hobbyists for fun"),
    (K.ROYALTY, "Permission is hereby granted, {}, to any person", "upon payment of ten euros a month"),
    (K.GRANT_NEGATED, "Permission is hereby {}, free of charge, to any person", "refused"),
]


@pytest.mark.parametrize(("kind", "sentence", "words"), CHANGES)
def test_words_put_inside_a_grant_limit_it(kind: ClauseKind, sentence: str, words: str) -> None:
    changed, start = sentence.format(words), sentence.index("{")
    place = (start, start + len(words))
    beside = [*sentence[:start].lower().split()[-4:], *sentence[start + 2 :].lower().split()[:4]]
    lost = ["granted"] if kind is K.GRANT_NEGATED else []
    assert kind in {hit.kind for hit in JUDGE.changed(changed, place, lost, beside, guess=True)}
    assert all(hit.certain for hit in JUDGE.changed(changed, place, lost, beside, guess=False))


HOSTILE = [
    "a" * 20_000,
    "not " * 5_000,
    "must pay a " * 1_800,
    "A B C D " * 2_500,
    "\u4e0d\u5f97" * 10_000,
    "<!--" * 5_000,
    "may not be sold " + "b" * 1_000_000,
    "license subject to " * 20_000,
    "terms of use " * 30_000,
    "llama 3 " * 50_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:8] for text in HOSTILE])
def test_no_sentence_takes_long(text: str) -> None:
    start = time.process_time()
    JUDGE.is_harmless(text)
    JUDGE.clauses(text)
    assert time.process_time() - start < 2


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200) | st.lists(st.sampled_from(" ".join(NOT_HARMLESS).split()), max_size=40).map(" ".join))
def test_any_sentence_is_judged(sentence: str) -> None:
    found = JUDGE.clauses(sentence)
    assert len({hit.kind for hit in found}) == len(found)
    assert all(0 <= hit.start <= hit.end <= len(sentence) for hit in found)
    assert 0 <= JUDGE.guess(sentence).nothing <= 1
    JUDGE.is_harmless(sentence)
