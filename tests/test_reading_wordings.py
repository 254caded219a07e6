"""The learned model: what it sees of a sentence, what a small one learns, and damaged files."""

from __future__ import annotations

import json
import zlib
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from license_texts import PROJECT
from openness.classifier.reading.lexicon import Lexicon
from openness.classifier.reading.wordings import NONE, Guess, Wordings, features, features_of_change
from openness.licenses import reader
from openness.schemas.license import ClauseKind

LEXICON = Lexicon(yaml.safe_load((PROJECT / "data" / "clause_rules.yaml").read_text("utf-8"))["lexicon"])
WORDINGS = reader().judge.wordings


def about(sentence: str) -> dict[str, tuple[str, ...]]:
    return {word.text: LEXICON.classes(word.classes) for word in LEXICON.read(sentence)}


def test_words_and_what_they_are_about() -> None:
    found = about("Companies in Norway may not resell the software for 500 euros.")
    assert "COMMERCE" in found["companies"]
    assert "PLACE" in found["norway"]
    assert "DENY" in found["not"]
    assert "SELL" in found["resell"]
    assert "NUMBER" in found["0"]


def test_a_denied_limit_is_no_limit() -> None:
    found = about("No registration is required.")
    assert "FREE" in found["no"]
    assert "DENY" not in found["no"]
    assert "DENY" in about("No redistribution.")["no"]


def test_what_the_model_sees() -> None:
    seen = features(LEXICON.read("Do not sell it"), LEXICON, ["asks"])
    assert {"1:sell", "2:not sell", "s:do sell", "f:do", "r:asks", "k:SELL"} <= set(seen)
    changed = features_of_change(["free", "of", "charge"], "for money", ["granted", "to"], LEXICON)
    assert {"l:charge", "l2:of charge", "1:money", "c:granted"} <= set(changed)


def arrays(**changed: Any) -> dict[str, Any]:
    seen = {"1:sell": (2.0, -1.0), "1:thanks": (-1.0, 2.0)}
    hashed = {zlib.crc32(name.encode()): weights for name, weights in seen.items()}
    order = sorted(hashed)
    kinds = json.dumps({"kinds": [ClauseKind.NO_SELL, NONE]}).encode()
    return {
        "hashes": np.array(order, np.uint32),
        "idf": np.ones(2, np.float16),
        "weights": np.array([[int(w * 50) for w in hashed[key]] for key in order], np.int8),
        "scale": np.full(2, 0.04, np.float32),
        "bias": np.zeros(2, np.float32),
        "meta": np.frombuffer(kinds, np.uint8),
        **changed,
    }


def test_a_guess_is_the_sum_of_what_is_known() -> None:
    model = Wordings(arrays(), LEXICON)
    sells, thanks, unknown = (model.sentence(LEXICON.read(words)) for words in ("sell", "thanks", "zebra"))
    assert sells.kinds[0] == (ClauseKind.NO_SELL, pytest.approx(1 / (1 + np.exp(-4.0)), abs=1e-3))
    assert sells.nothing == pytest.approx(1 / (1 + np.exp(2.0)), abs=1e-3)
    assert thanks.nothing > 0.9
    assert unknown.nothing == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("meta", np.frombuffer(b"{", np.uint8)),
        ("meta", np.frombuffer(b'{"kinds": ["no_such_kind", "none"]}', np.uint8)),
        ("meta", np.frombuffer(b'{"kinds": ["no_sell"]}', np.uint8)),
        ("weights", np.zeros((2, 1), np.int8)),
        ("idf", np.ones(1, np.float16)),
        ("scale", np.ones(1, np.float32)),
        ("bias", np.ones(3, np.float32)),
        ("hashes", np.zeros(0, np.uint32)),
    ],
)
def test_a_damaged_file_is_an_error(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        Wordings(arrays(**{name: value}), LEXICON)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gets_a_guess(text: str) -> None:
    for guess in (WORDINGS.sentence(LEXICON.read(text)), WORDINGS.change(text.split(), text, text.split())):
        assert isinstance(guess, Guess)
        shares = [share for _, share in guess.kinds]
        assert shares == sorted(shares, reverse=True)
        assert all(0 <= share <= 1 for share in (guess.nothing, *shares))
        assert len(guess.kinds) == len(ClauseKind)
