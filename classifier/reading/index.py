"""The license index: for every known text the sequence of its word shingles, as 32-bit hashes.

A shingle is four consecutive words. No text can be read back from it; what can be asked is whether a
shingle occurs in a license, and where. The file is built by ``scripts/build_license_index.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from openness.classifier.reading.tokens import crc32

Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]  # of shingles, -1 for those that no license has
Hashes = npt.NDArray[np.uint32]

SHINGLE = 4
NORMAL, OPTIONAL, GAP = 0, 1, 2
_BUCKET = np.uint32(12)  # bits of a hash that do not name its bucket
_MIX = [np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5)]


def shingles(words: list[str]) -> Hashes:
    """The hashes of all runs of four words; shape (len(words) - 3,), empty for shorter texts."""
    return shingles_of(crc32(words))


def shingles_of(hashes: Hashes) -> Hashes:
    """The same from the CRC-32 of each word; shape (words - 3,)."""
    if len(hashes) < SHINGLE:
        return np.zeros(0, np.uint32)
    wide = hashes.astype(np.uint64)
    return mix(wide[:-3], wide[1:-2], wide[2:-1], wide[3:])


def mix(*four: Hashes | npt.NDArray[np.uint64]) -> Hashes:
    """The hash of each shingle, given the CRC-32 of its first, second, third and fourth word."""
    first, second, third, fourth = (words.astype(np.uint64, copy=False) for words in four)
    mixed = (first * _MIX[0]) ^ (second * _MIX[1]) ^ (third * _MIX[2]) ^ (fourth * _MIX[3])
    mixed ^= mixed >> np.uint64(29)
    mixed *= _MIX[1]
    found: Hashes = (mixed >> np.uint64(32)).astype(np.uint32)
    found[found == 0] = 1  # zero marks a shingle over a variable part
    return found


@dataclass(frozen=True)
class IndexedText:
    """One known text.

    ``required`` counts the distinct shingles that no optional part takes part in; ``gaps`` maps the
    place of a variable part to the pattern that its filling must match, where one is known.
    """

    ids: tuple[str, ...]
    source: str
    required: int
    gaps: dict[int, str]


class LicenseIndex:
    """Questions to the index, given its arrays. They are shared, never changed."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        meta = json.loads(bytes(arrays["meta"]))
        self.sources: dict[str, Any] = meta["sources"]
        self.texts = [
            IndexedText(tuple(ids), source, required, {int(key): value for key, value in gaps.items()})
            for ids, source, required, gaps in meta["texts"]
        ]
        self.required: Ints = np.array([text.required for text in self.texts], dtype=np.int64)
        table: Hashes = arrays["table"]
        # Sorted as one number with their own numbers below them: that takes a third of the time of argsort.
        numbered = table.astype(np.uint64)
        numbered <<= np.uint64(32)
        numbered |= np.arange(len(table), dtype=np.uint32)
        numbered.sort()
        self._order: Numbers = numbered.astype(np.uint32).view(np.int32)
        numbered >>= np.uint64(32)
        self._sorted: Hashes = numbered.astype(np.uint32)
        del numbered
        # Looked up by their upper bits: a binary search would miss the processor's cache at every step.
        sizes = np.bincount(table >> _BUCKET, minlength=1 << (32 - int(_BUCKET))).astype(np.int32)
        self._step = 1 << (int(sizes.max(initial=0)) - 1).bit_length() >> 1
        self._buckets: npt.NDArray[np.int32] = np.cumsum(sizes, dtype=np.int32)
        self._buckets -= sizes
        self._delta: npt.NDArray[np.int32] = arrays["delta"]
        self._offsets: Ints = arrays["offsets"].astype(np.int64)
        self._before = np.concatenate([[0], np.cumsum(np.add.reduceat(self._delta, self._offsets[:-1]))])
        self._postings = arrays["postings"]
        self._starts: Ints = np.concatenate([[0], np.cumsum(arrays["counts"], dtype=np.int64)])
        self._flags: npt.NDArray[np.uint8] = arrays["flags"]
        self._flag_offsets: Ints = np.concatenate([[0], np.cumsum(arrays["lengths"], dtype=np.int64)])

    def lookup(self, hashes: Hashes) -> Numbers:
        """The number of each shingle in the index, -1 where it is in no license."""
        places = self._buckets.take(hashes >> _BUCKET)
        step = self._step
        while step:  # a binary search in all buckets at once, each as deep as the deepest
            lower = self._sorted.take(places + step, mode="clip") <= hashes
            places += step * lower.view(np.int8)
            step >>= 1
        found: Numbers = self._order.take(places, mode="clip")
        found[self._sorted.take(places, mode="clip") != hashes] = -1
        return found

    def votes(self, numbers: Numbers) -> Ints:
        """How many of these distinct shingles each text has; shape (texts,)."""
        known = np.sort(numbers[numbers >= 0])
        if not len(known):
            return np.zeros(len(self.texts), np.int64)
        steps = known[1:] - known[:-1]
        # Shingles are numbered as they first appear, so that those of one license have their postings in a row.
        breaks = (steps > 1).nonzero()[0]
        rows = np.empty((2, len(breaks) + 1), np.intp)
        rows[0, 0], rows[1, -1] = known[0], known[-1]
        rows[0, 1:], rows[1, :-1] = known[breaks + 1], known[breaks]
        firsts, lasts = self._starts[rows[0]].tolist(), self._starts[rows[1] + 1].tolist()
        postings = [self._postings[first:last] for first, last in zip(firsts, lasts, strict=True)]
        found = np.zeros(len(self.texts), np.int64)
        np.add.at(found, np.concatenate(postings, dtype=np.intp), 1)  # faster than bincount
        return found

    def sequence(self, text: int) -> Numbers:
        """The shingle numbers of a text, in its order; shape (words - 3,)."""
        delta = self._delta[self._offsets[text] : self._offsets[text + 1]]
        found: Numbers = delta.cumsum(dtype=np.int32)
        found += np.int32(self._before[text])
        return found

    def has_gaps(self, text: int) -> bool:
        """Whether a text has variable parts."""
        return bool((self.flags(text) == GAP).any())

    def marks(self) -> npt.NDArray[np.bool_]:
        """A mark for each shingle, and one for none, to ask with what is ``covered``."""
        return np.zeros(len(self._starts), bool)

    def covered(self, numbers: Numbers, sequence: Numbers, marks: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Which of these shingles stand in the sequence of a text; leaves the marks as they were: none set."""
        marks[sequence] = True
        marks[-1] = False
        found: npt.NDArray[np.bool_] = marks.take(numbers)
        marks[sequence] = False
        return found

    def flags(self, text: int) -> npt.NDArray[np.uint8]:
        """For each word of a text: normal, optional, or a gap for a variable part."""
        found: npt.NDArray[np.uint8] = self._flags[self._flag_offsets[text] : self._flag_offsets[text + 1]]
        return found
