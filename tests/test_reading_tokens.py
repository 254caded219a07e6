"""Comparable words and their places: what the eye sees as the same text has the same words."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openness.classifier.reading.sentences import sentences
from openness.classifier.reading.tokens import SAME, crc32, original, prepare, tokens, words


def spans(clean: str, offsets: list[int] | None) -> list[tuple[int, int]]:
    found = tokens(clean)
    return [original(found, offsets, number, number + 1) for number in range(len(found.hashes))]


def read(text: str) -> list[tuple[str, str]]:
    """Each comparable word with the original characters that it stands for."""
    clean, offsets = prepare(text)
    found, places = words(clean), spans(clean, offsets)
    return list(zip(found, (text[start:end] for start, end in places), strict=True))


def bare(text: str) -> str:
    return " ".join(word for word, _ in read(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Permission is hereby granted", "permission is hereby granted"),
        ("**Permission** _is_ `hereby` ~~granted~~", "permission is hereby granted"),
        ("# Permission\n\n> is hereby\n> granted\n", "permission is hereby granted"),
        ("| Permission | is |\n|---|---|\n| hereby | granted |", "permission is hereby granted"),
        ("<!DOCTYPE html><p class='a b'>Permission</p><br/>is <b>hereby</b>\ngranted", "permission is hereby granted"),
        # What stands in a comment is in the file: a license may be there, and so may a condition.
        ("<!-- Permission is\nhereby --> granted", "permission is hereby granted"),
        ("<script>no(1 < 2)</script>Permission <style>p{}</style>is", "permission is"),
        ("Permission&nbsp;is &quot;hereby&quot;&#160;granted&#x2014;", "permission is hereby granted"),
        ("// Permission\n// is hereby\n//granted", "permission is hereby granted"),
        ("# Permission\n# is", "permission is"),
        ("/*\n * Permission\n * is\n */", "permission is"),
        ("-- Permission\n-- is", "permission is"),
        ("; Permission\n;; is", "permission is"),
        ("REM Permission\nREM is hereby\nREM granted", "permission is hereby granted"),
        ("dnl Permission\ndnl is hereby", "permission is hereby"),
        ("Permission\r\nis\r\nhereby", "permission is hereby"),
        ("“Permission” ‘is’ «hereby»", "permission is hereby"),
        ("Permission\u00a0is\u2003hereby\u3000granted", "permission is hereby granted"),
        ("Per\u200bmis\u00adsion is\ufeff here\u2060by", "permission is hereby"),
        ("ﬁtness for a speciﬁc ofﬁce, eﬃcient", "fitness for a specific office efficient"),
        ("Ｐｅｒｍｉｓｓｉｏｎ ｉｓ", "permission is"),
        ("naïve café", "naive cafe"),
        ("the Licence, unauthorised organisations", "the license unauthorised organizations"),
        ("licence fulfil wilful copyright holders", "license fulfill willful copyright owners"),
        ("1. Permission\n2) is\n(a) hereby\n(iv) granted\n1.2.3. now", "permission is hereby granted now"),
        (
            "sub-license and sub license, non-commercial noncommercial",
            "sublicense and sublicense noncommercial noncommercial",
        ),
        ("per cent and percent", "percent and percent"),
        ("see https://www.example.org/a.html or http://example.org/a", "see example org a or example org a"),
        ("version 2.0 of 1989", "version 2 0 of 1989"),
        ("不得用于商业", "不 得 用 于 商 业"),
        ("本协议（以下简称“协议”）License", "本 协 议 以 下 简 称 协 议 license"),
        ("", ""),
        (" \n\t***\n", ""),
    ],
)
def test_words(text: str, expected: str) -> None:
    assert bare(text) == expected


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("<b>Per\u200bmission</b>&nbsp;is ﬁt", ["Per\u200bmission", "is", "ﬁt"]),
        ("“Ｆｕｌｌ”\r\n// the Licence — 商业", ["Ｆｕｌｌ", "the", "Licence", "商", "业"]),
        ("\ufeffété &amp; 😀 sell", ["été", "sell"]),
    ],
)
def test_places_are_those_of_the_original(text: str, pieces: list[str]) -> None:
    assert [piece for _, piece in read(text)] == pieces


@pytest.mark.parametrize("word", ["grant", "sell", "granted"])
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "é {} é",
        "<p>\u200b{}</p>",
        "REM {}\nREM b\nREM c",
        "ﬁﬂﬃ {} ﬁ",
        "（{}）",
        "“{}”",
        "İİİ {}",
        "&amp;{}&lt;",
        "\U0001f600\U0001f600 {}",
        "½½½ {}",
        "a\u0301\u0302\u0303 {}",
        "1. (a) {}",
        "ǆ ŉ ß ẞ {}",
        "<!-- ﬁ -->{}",
    ],
)
def test_a_word_is_found_where_it_stands(word: str, around: str) -> None:
    text = around.format(word)
    clean, offsets = prepare(text)
    places = dict(zip(words(clean), spans(clean, offsets), strict=True))
    start, end = places[word]
    assert (start, text[start:end]) == (text.index(word), word)


def test_same_words_map_to_one_form() -> None:
    assert not set(SAME) & set(SAME.values())


any_text = st.text(max_size=300) | st.lists(
    st.sampled_from(
        [
            "<",
            ">",
            "<p",
            "</p>",
            "<script>",
            "<!--",
            "-->",
            "&",
            "&nbsp;",
            "&#x41;",
            "(a)",
            "1.",
            "“",
            "ﬁ",
            "İ",
            "\u200b",
            "\r\n",
            "不得",
            "REM ",
            "dnl ",
            "\n",
            " ",
            "licence",
            "sub-",
            "non-commercial",
            "https://www.",
            "\0",
            "\ufffd",
            "Ｆ",
            "½",
            "e\u0301",
            "the",
            "grant",
        ]
    ),
    max_size=60,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(any_text)
def test_any_text_has_increasing_places_inside_it(text: str) -> None:
    clean, offsets = prepare(text)
    found, places = words(clean), spans(clean, offsets)
    assert len(found) == len(places)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(one[0] <= two[0] and one[1] <= two[1] for one, two in itertools.pairwise(places))
    if text.isascii():
        assert all(one[1] <= two[0] for one, two in itertools.pairwise(places))


@settings(max_examples=300, deadline=None)
@given(any_text | st.text("azAZ09 .", min_size=30, max_size=200))
@example("a" * 39 + " " + "b" * 40 + " " + "c" * 41 + " licence LICENCE\x00")
def test_words_are_hashed_as_they_are_written(text: str) -> None:
    clean, _ = prepare(text)
    assert tokens(clean).hashes.tolist() == crc32(words(clean)).tolist()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["permission", "granted", "to", "any", "person", "copies", "of", "software", "without", "fee"]),
        min_size=1,
    )
)
def test_white_space_and_quoting_change_no_word(chosen: list[str]) -> None:
    plain = bare(" ".join(chosen))
    for dressed in (
        "\n".join(chosen),
        "\r\n > ".join(chosen),
        "\n// ".join(["", *chosen]),
        "&nbsp;".join(chosen),
        " ".join(f"**{word}**" for word in chosen),
        " ".join(f"<i>{word}</i>" for word in chosen).upper(),
    ):
        assert bare(dressed) == plain


@settings(max_examples=200, deadline=None)
@given(any_text)
def test_sentences_lie_in_order_inside_the_text(text: str) -> None:
    at = 0
    for start, end in sentences(text):
        assert at <= start < end <= len(text)
        at = end


def test_sentences() -> None:
    text = "// You may use it. You must not sell it\n//\n// and\n// - never lend it. 不得出售。不得出租。"
    assert [text[start:end] for start, end in sentences(text)] == [
        "You may use it.",
        "You must not sell it",
        "and",
        "never lend it.",
        "不得出售",
        "不得出租",
    ]


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "(",
        "&",
        "[",
        "<a ",
        "<!--",
        "<script>",
        "<style>",
        "&#x",
        "1.",
        "(a)",
        "((",
        "www.",
        "non-",
        "rem\n",
        "\u200b",
        "ﬁ",
        "ＡＢ",
        "商",
        ". ",
        "\n",
        "\n> ",
        "\n\n",
        "; ",
        " ",
        "*",
        "-",
    ],
)
def test_cost_is_linear_in_length(piece: str) -> None:
    def cost(length: int) -> float:
        text = piece * (length // len(piece))
        start = time.process_time()
        clean, offsets = prepare(text)
        words(clean)
        spans(clean, offsets)
        list(sentences(text))
        return time.process_time() - start

    # Ten times the length takes ten times as long, not a hundred times; what takes no time has no ratio.
    small, large = (min(cost(length) for _ in range(2)) for length in (10_000, 100_000))
    assert large < max(30 * small, 0.3)
