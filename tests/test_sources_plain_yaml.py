"""YAML of others: plain text values, or a sentence that says why not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openness.sources.plain_yaml import MAX_DEPTH, PlainError, read_plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# only a comment\n", None),
        ("a: 2.10\nb: no\nc: 2024-10", {"a": "2.10", "b": "no", "c": "2024-10"}),
        ("d: ~\ne:\nf: 'null'", {"d": None, "e": None, "f": "null"}),
        ("---\n- [1, x]\n- {k: v}\n", [["1", "x"], {"k": "v"}]),
    ],
)  # fmt: skip
def test_scalars_stay_text(text: str, value: Any) -> None:
    assert read_plain(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &x 1\nb: *x", "anchors and aliases are not read (line 1)"),
        ("a: *x", "anchors and aliases are not read (line 1)"),
        ("a: !!python/object/apply:os.system [id]", "tags are not read (line 1)"),
        ("a: 1\na: 2", "the key `a` stands twice (line 2)"),
        ("? [a]\n: 1", "a key must be plain text (line 1)"),
        ("a: 1\n---\nb: 2", "it holds more than one YAML document"),
        ("a: [1", "not valid YAML at line 2"),
        ("a: b: c", "not valid YAML at line 1"),
        ("a: \x00", "not valid YAML"),
        ("[" * 100_000, f"nested more than {MAX_DEPTH} deep"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    with pytest.raises(PlainError) as error:
        read_plain(text)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!?|>%'\"#, \n\t0~\ufeff\u2028"), max_size=60) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_plain(text)
    except PlainError:
        pass
    except UnicodeEncodeError:
        assert any("\ud800" <= char <= "\udfff" for char in text)  # no file in UTF-8 holds these
