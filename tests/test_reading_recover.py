"""Words taken out of a license are found again by their hashes, and what their loss means."""

from __future__ import annotations

import pytest

from license_texts import MIT
from openness.classifier.reading.index import shingles
from openness.classifier.reading.match import find_licenses
from openness.classifier.reading.recover import recover, what_is_lost
from openness.classifier.reading.tokens import prepare, words
from openness.licenses import reader
from openness.schemas.license import ClauseKind

K = ClauseKind


def lost(old: str, new: str) -> list[list[str]]:
    assert old in MIT
    index = reader().index
    page = words(prepare(MIT.replace(old, new))[0])
    (found,) = find_licenses(index, index.lookup(shingles(page)))
    return [
        recover(index, found.text, lambda start, end: page[start:end], place)
        for place in found.departures
        if place.missing
    ]


@pytest.mark.parametrize(
    ("old", "new", "words_lost"),
    [
        (", and/or sell\n", "\n", ["and", "or", "sell"]),
        ("copy, modify, merge", "copy, merge", ["modify"]),
        ("publish, distribute, sublicense", "publish", ["distribute", "sublicense"]),
        ("without restriction, including", "with restriction, including", ["without"]),
        ("shall be included", "need be included", ["shall"]),
    ],
)
def test_words_of_the_list_come_back(old: str, new: str, words_lost: list[str]) -> None:
    assert words_lost in lost(old, new)


def test_a_word_that_is_not_on_the_list_ends_it() -> None:
    assert lost("associated documentation files", "associated files") == [[]]


@pytest.mark.parametrize(
    ("gone", "inserted", "sentence", "kinds"),
    [
        (["sell"], [], "", [K.NO_SELL]),
        (["and", "or", "sell"], [], "", [K.NO_SELL]),
        (["sell"], ["sell"], "", []),
        (["modify"], [], "", [K.NO_DERIVATIVES]),
        (["distribute"], [], "", [K.NO_REDISTRIBUTION]),
        (["modify", "distribute"], [], "", [K.NO_DERIVATIVES, K.NO_REDISTRIBUTION]),
        (["distribution"], ["redistribution"], "", []),
        (["worldwide"], [], "", [K.GEOGRAPHIC_EXCLUSION]),
        (["irrevocable"], [], "", [K.REVOCABLE_OR_TERMINATION_ON_BREACH]),
        (["not"], [], "You may not impose any further restrictions", [K.COPYLEFT_REMOVED]),
        (["not"], [], "This does not matter", [K.GRANT_NEGATED]),
        (["the", "of"], [], "", []),
        ([], [], "", []),
    ],
)
def test_what_a_loss_means(gone: list[str], inserted: list[str], sentence: str, kinds: list[ClauseKind]) -> None:
    assert [kind for kind, _ in what_is_lost(gone, inserted, sentence)] == kinds
