"""What a sentence put into a license seems to say, in words that no rule knows: learned from examples.

A linear model (logistic regression, one per kind of clause) over the words of a sentence and what they are about. The
examples stand in ``data/wordings``, where anybody can add one; ``scripts/learn_wordings.py`` makes
``data/wordings.npz`` of them. What it says is a guess with a probability, and is shown as one.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from itertools import combinations, pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from openness.classifier.reading.lexicon import Lexicon, Word
from openness.schemas.license import ClauseKind

NONE = "none"  # the class of what grants, conditions and forbids nothing
_FAR = 4  # words apart that are still seen together
_STEMS = (4, 6)


class Guess(NamedTuple):
    """What a sentence seems to say: how likely it says nothing, and the likely kinds, the likeliest first."""

    nothing: float
    kinds: list[tuple[ClauseKind, float]]


def features(words: list[Word], lexicon: Lexicon, hints: Iterable[str] = ()) -> list[str]:
    """What the model sees of a sentence: words, words near each other, what they are about, and what rules say."""
    texts = [word.text for word in words]
    found = [f"1:{text}" for text in texts]
    for far in range(1, _FAR + 1):
        sign = "2" if far == 1 else "s"
        found += [f"{sign}:{one} {other}" for one, other in zip(texts, texts[far:], strict=False)]
    found += [f"p:{text[:length]}" for text in texts for length in _STEMS if len(text) > length]
    found += [f"f:{text}" for text in texts[:1]]
    about = [lexicon.classes(word.classes) for word in words if word.classes]
    names = [name for classes in about for name in classes]
    found += [f"k:{name}" for name in names]
    found += [f"kk:{one} {other}" for one, other in combinations(sorted(set(names)), 2)]
    found += [f"kb:{one} {other}" for first, second in pairwise(about) for one in first for other in second]
    found += [f"r:{hint}" for hint in hints]
    return found


def features_of_change(
    lost: list[str], put: str, beside: list[str], lexicon: Lexicon, hints: Iterable[str] = ()
) -> list[str]:
    """What the model sees of a changed wording: words that are gone, words in their place, and those around."""
    found = features(lexicon.read(put), lexicon, hints)
    found += [f"l:{text}" for text in lost]
    found += [f"l2:{one} {other}" for one, other in pairwise(lost)]
    gone = [name for word in lexicon.read(" ".join(lost)) for name in lexicon.classes(word.classes)]
    found += [f"lk:{name}" for name in gone]
    found += [f"c:{text}" for text in beside]
    return found


class Wordings:
    """The learned model.

    Raises:
        KeyError, ValueError: the file is damaged.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]], lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        meta = json.loads(bytes(arrays["meta"]))
        self._kinds = [None if name == NONE else ClauseKind(name) for name in meta["kinds"]]
        self._nothing = meta["kinds"].index(NONE)
        self._hashes: npt.NDArray[np.uint32] = arrays["hashes"]
        self._idf: npt.NDArray[np.float32] = arrays["idf"].astype(np.float32)
        self._weights: npt.NDArray[np.int8] = arrays["weights"]
        self._scale: npt.NDArray[np.float32] = arrays["scale"]
        self._bias: npt.NDArray[np.float32] = arrays["bias"]
        size = (len(self._hashes), len(self._kinds))
        shapes = (self._weights.shape, (*self._idf.shape, *self._scale.shape), (len(self._hashes), *self._bias.shape))
        if any(shape != size for shape in shapes) or not all(size):
            raise ValueError(f"arrays of {size[0]} features and {size[1]} kinds do not fit together")

    def sentence(self, words: list[Word], hints: Iterable[str] = ()) -> Guess:
        """Guess what a sentence says, given by its words; ``hints`` are what rules say of it."""
        return self._guess(features(words, self.lexicon, hints))

    def change(self, lost: list[str], put: str, beside: list[str], hints: Iterable[str] = ()) -> Guess:
        """Guess what a changed wording says: words gone, words put in their place, words around."""
        return self._guess(features_of_change(lost, put, beside, self.lexicon, hints))

    def _guess(self, seen: list[str]) -> Guess:
        counted: dict[int, int] = {}
        for feature in seen:
            hashed = zlib.crc32(feature.encode())
            counted[hashed] = counted.get(hashed, 0) + 1
        hashes = np.fromiter(counted, np.uint32, len(counted))
        rows = np.searchsorted(self._hashes, hashes)
        rows[rows == len(self._hashes)] = 0
        known = self._hashes[rows] == hashes
        rows = rows[known]
        weight = (1 + np.log(np.fromiter(counted.values(), np.float32, len(counted))[known])) * self._idf[rows]
        weight /= max(float(np.linalg.norm(weight)), 1e-9)
        scores = (weight @ self._weights[rows].astype(np.float32)) * self._scale + self._bias
        likely = 1 / (1 + np.exp(-scores))
        kinds = [(kind, float(likely[at])) for at in np.argsort(-likely) if (kind := self._kinds[at]) is not None]
        return Guess(float(likely[self._nothing]), kinds)
