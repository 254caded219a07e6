"""Which licenses a text holds, and every place where it departs from them.

Candidates are ranked by shingles present against shingles missing, so that a long license does not
lose to a short one that quotes it. Departures are judged by shingles, not by words: where a "not" was
deleted every single word is still there, but three shingles are new.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from openness.classifier.reading.index import GAP, NORMAL, OPTIONAL, SHINGLE, Ints, LicenseIndex, Numbers

MOST_LICENSES = 40
WINDOW = 14_000  # words searched at once: longer than any license, so that the cost is linear in the text
MOST_CANDIDATES = 12
MOST_COMPLETE = 6
LEAST_VOTES = 6  # distinct shingles below which nothing is named
NAMED_AT = 0.5  # share of a license's shingles below which it is not named at all
LONGEST_FILLING = 150  # words: a list of copyright holders, not another license
KEPT_AT = 0.4  # the same inside the best contiguous stretch
_OVERLAP = SHINGLE - 1


class Departure(NamedTuple):
    """A place where text and license differ.

    Words ``start:end`` of the text are not the license's; ``missing`` of its words are not there.
    ``pattern`` is set where the license itself has a variable part there.
    """

    start: int
    end: int
    missing: int
    pattern: str | None = None
    after: int = 0
    before: int = 0

    @property
    def variable(self) -> bool:
        """Whether only a variable part is filled in."""
        return self.pattern is not None and not self.missing and self.end - self.start <= LONGEST_FILLING


@dataclass(frozen=True)
class Found:
    """One license found in words ``start:end`` of the text."""

    text: int
    ids: tuple[str, ...]
    start: int
    end: int
    coverage: float
    departures: list[Departure] = field(default_factory=list)
    missing_head: int = 0
    missing_tail: int = 0

    def moved(self, by: int) -> Found:
        """The same, ``by`` words further on."""
        places = [place._replace(start=place.start + by, end=place.end + by) for place in self.departures]
        return replace(self, start=self.start + by, end=self.end + by, departures=places) if by else self

    @property
    def missing(self) -> int:
        """Words of the license that are not in the text."""
        return self.missing_head + self.missing_tail + sum(place.missing for place in self.departures)


def _best_stretch(covered: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """The contiguous stretch that holds most covered shingles for least uncovered ones (Kadane)."""
    whole = covered.nonzero()[0]
    if len(whole) and whole[-1] - whole[0] == len(whole) - 1:
        return int(whole[0]), int(whole[-1]) + 1
    sums = np.zeros(len(covered) + 1)
    np.where(covered, 1.0, -0.34).cumsum(out=sums[1:])
    end = int((sums - np.minimum.accumulate(sums)).argmax())
    start = int(sums[: end + 1].argmin())
    inside = covered[start:end].nonzero()[0]
    return (start + int(inside[0]), start + int(inside[-1]) + 1) if len(inside) else (0, 0)


class _Alignment:
    """The places of one license, held against one stretch of the text."""

    def __init__(self, index: LicenseIndex, text: int, sequence: Numbers, numbers: Numbers) -> None:
        self.sequence, self.numbers = sequence, numbers
        self.flags = index.flags(text).tobytes()  # a few of them are looked at, again and again
        self.gaps = index.texts[text].gaps
        self._places: dict[int, list[int]] = {}

    def places(self, number: int) -> list[int]:
        found = self._places.get(number)
        if found is None:
            found = self._places[number] = (self.sequence == number).nonzero()[0].tolist()
        return found

    def needed(self, after: int, before: int) -> int:
        """How many words strictly between two places of the license may not be left out."""
        return self.flags.count(NORMAL, after + 1, before) if before > after + 1 else 0

    def run(self, covered: npt.NDArray[np.bool_], start: int, end: int) -> tuple[int, int, list[Departure], int, int]:
        """Where the license begins and ends in shingles ``start:end``, the departures between, and
        the words missing before and after.
        """
        padded = np.zeros(end - start + 2, bool)
        padded[1:-1] = covered[start:end]
        edges = ((padded[1:] != padded[:-1]).nonzero()[0] + start).tolist()
        found: list[Departure] = []
        head = 0
        begin = stop = -1  # shingles of the text that are aligned so far
        last = -1  # place of the last aligned shingle in the license
        aligned = 0
        for first, after in zip(edges[::2], edges[1::2], strict=True):
            while first < after:
                place, length = self._stretch(first, after, last)
                if not self._stray(length, last, place, aligned):
                    if begin < 0 or (place < last and aligned * 4 < length):
                        # What came before was a few words of a notice that the license happens to hold, too.
                        begin, head, found, aligned = first, self.needed(-1, place), [], 0
                    else:
                        found.append(self._departure(stop, first, last, place))
                    stop, last, aligned = first + length, place + length - 1, aligned + length
                first += length
        if begin < 0:
            return start, start, [], 0, 0
        tail = self.needed(last + _OVERLAP, len(self.flags)) + self._broken_off(last + _OVERLAP)
        return begin, stop, found, head, tail

    def _broken_off(self, last: int) -> int:
        """How much of an optional part is missing of which the beginning is there: an appendix cut short."""
        if self.flags[last] != OPTIONAL:
            return 0
        rest = self.flags[last + 1 :]
        return len(rest) - len(rest.lstrip(bytes([OPTIONAL])))

    def _stretch(self, first: int, after: int, last: int) -> tuple[int, int]:
        """Where in the license the text goes on, and for how many shingles the two run side by side."""
        options = self.places(int(self.numbers[first]))
        if len(options) > 1:
            at = bisect_left(options, last)
            options = options[at : at + 3] + options[max(0, at - 1) : at]
        best = (0, 0)
        for place in options:
            theirs = self.sequence[place : place + after - first]
            same = self.numbers[first : first + len(theirs)] == theirs
            length = int(same.argmin())
            length = len(same) if same[length] else length
            if length > best[1]:
                best = (place, length)
        return best

    def _stray(self, length: int, last: int, place: int, aligned: int) -> bool:
        """Whether a short run of common words only seems to jump to a distant place."""
        if place < last:
            # Back to an earlier place: a paragraph that was moved, but no words of another license behind this one.
            return length < 12 or length * 4 < aligned
        if length >= 24:
            return False
        return self.needed(last + _OVERLAP if last >= 0 else -1, place) > 2 * length + 6

    def _departure(self, fall: int, rise: int, left: int, right: int) -> Departure:
        start, end = fall + _OVERLAP, max(rise, fall + _OVERLAP)
        after = left + _OVERLAP
        if right <= left:  # the text goes on at an earlier place of the license
            return Departure(start, end, 1, None, after, right)
        gaps = self.flags.count(GAP, after + 1, right)
        pattern = self.gaps.get(self.flags.index(GAP, after + 1), ".*") if gaps == 1 else ".*" if gaps else None
        # A word written twice ("in no no event") adds no word that stands between; it shows in the distance.
        twice = (rise - fall + 1) - (right - left)
        if pattern is None and end == start and twice > 0:
            start, end = start - twice, start
        return Departure(start, end, self.needed(after, right), pattern, after, right)


def find_licenses(index: LicenseIndex, numbers: Numbers, among: Ints | None = None) -> list[Found]:
    """The licenses in a text, given the numbers of its shingles, best first.

    ``among`` limits the search to some texts of the index: 1 for those that count, 0 for the rest.
    """
    found: list[Found] = []
    start = 0
    while True:
        stop = start + WINDOW
        seen = _in_window(index, numbers[start:stop].copy(), among)
        if stop >= len(numbers):
            return found + [item.moved(start) for item in seen]
        # What reaches to the end of the window may go on behind it: the next one begins where it does.
        whole = [item for item in seen if item.end < WINDOW - _OVERLAP]
        found += [item.moved(start) for item in whole]
        start = min([start + item.start for item in seen if item not in whole and item.start], default=stop)


def _in_window(index: LicenseIndex, left: Numbers, among: Ints | None) -> list[Found]:
    found: list[Found] = []
    while len(found) < MOST_LICENSES and np.count_nonzero(left >= 0) >= LEAST_VOTES:
        best = _best(index, left, among)
        if best is None:
            break
        found.append(best)
        left[max(0, best.start - _OVERLAP) : best.end] = -1
    return found


def _best(index: LicenseIndex, numbers: Numbers, among: Ints | None) -> Found | None:
    votes = index.votes(numbers)
    if among is not None:
        votes = votes * among
    candidates = ((votes >= NAMED_AT * index.required) & (votes >= LEAST_VOTES)).nonzero()[0]
    if not len(candidates):
        return None
    scores = 2.0 * votes[candidates] - index.required[candidates]
    tried: list[_Fit] = []
    marks = index.marks()
    perfect: float | None = None
    lead: _Fit | None = None
    for order in _shortlist(scores, votes[candidates], index.required[candidates]):
        number, score = int(candidates[order]), float(scores[order])
        complete = votes[number] >= index.required[number]
        if perfect is not None and not complete and score < perfect - 0.02 * index.required[number] - 12:
            continue
        spdx = index.texts[number].source.startswith("spdx")
        if lead is not None and (lead.spdx or not spdx) and _hopeless(lead, index, number, len(numbers), votes):
            continue
        sequence = index.sequence(number)
        covered = index.covered(numbers, sequence, marks)
        if lead is not None and (lead.spdx or not spdx) and (lead.whole() or not index.has_gaps(number)):
            most = np.count_nonzero(covered)
            if lead.rank()[0] < -most and most < lead.inside - _OVERLAP:
                continue  # even with nothing wrong it would explain less
        start, end = _best_stretch(covered)
        inside = int(np.count_nonzero(covered[start:end]))
        if inside < max(1.0, KEPT_AT * float(index.required[number])):
            continue
        start, end, departures, head, tail = _Alignment(index, number, sequence, numbers).run(covered, start, end)
        inside = int(np.count_nonzero(covered[start:end]))
        if inside < max(1.0, KEPT_AT * float(index.required[number])):
            continue  # the words are there, but not in the order of the license
        wrong, filled = head + tail, 0
        for place in departures:
            if place.variable:
                filled += place.end - place.start + _OVERLAP  # no shingle reaches across it: count those, too
            else:
                wrong += place.end - place.start + place.missing
        share = min(1.0, inside / max(1, int(index.required[number])))
        ids = index.texts[number].ids
        found = Found(number, ids, start, end + _OVERLAP, share, departures, head, tail)
        tried.append(_Fit(found, wrong, inside, filled, spdx))
        lead = min(tried, key=_Fit.rank)
        if wrong == 0:
            perfect = score if perfect is None else perfect
    if not tried:
        return None
    best = _choose(tried)
    names = list(best.found.ids)
    for other in tried:
        # The same words in the same place: where one text has a variable part, it is another license.
        if other.wrong == best.wrong and other.beside(best) and other.inside >= best.inside - (3 if best.wrong else 0):
            names += [name for name in other.found.ids if name not in names]
    return replace(best.found, ids=tuple(names))


def _hopeless(lead: _Fit, index: LicenseIndex, number: int, words: int, votes: Ints) -> bool:
    """Whether a license cannot fit better than the one in the lead, going by its shingles alone."""
    if lead.whole() and set(index.texts[number].ids) <= set(lead.found.ids):
        return True  # another form of a license that fits word for word
    missing = int(index.required[number] - votes[number])
    return lead.rank()[0] <= missing / SHINGLE - words  # a wrong word costs four shingles at most


def _shortlist(scores: npt.NDArray[Any], votes: Ints, required: Ints) -> list[int]:
    """The candidates worth aligning: the best by shingles present against missing, and those of which
    nothing is missing. A template with a long variable part has few shingles and ranks low by itself.
    """
    best = (-scores).argsort(kind="stable")[:MOST_CANDIDATES]
    whole = ((votes >= 0.98 * required) & (votes >= 0.6 * votes[best[0]])).nonzero()[0]
    complete = whole[(-votes[whole]).argsort(kind="stable")][:MOST_COMPLETE]
    return list(dict.fromkeys([*best.tolist(), *complete.tolist()]))


@dataclass(frozen=True)
class _Fit:
    """How well one license fits: words that are wrong, shingles that are right, variable words filled in."""

    found: Found
    wrong: int
    inside: int
    filled: int
    spdx: bool

    def whole(self) -> bool:
        """Whether nothing is wrong and nothing filled in."""
        return not self.wrong and not self.filled

    def rank(self) -> tuple[int, int]:
        """Lower is better: words unexplained, then fewer of them filled in."""
        return self.wrong - self.inside - self.filled, -self.inside

    def beside(self, other: _Fit) -> bool:
        """Whether two licenses were found in the same place."""
        return abs(self.found.start - other.found.start) <= 20 and abs(self.found.end - other.found.end) <= 20


def _choose(tried: list[_Fit]) -> _Fit:
    """The license with most of the text explained and least of it wrong; among those with nothing wrong
    in one place the one that the SPDX list names, then the one with fewest variable parts.
    """
    best = min(tried, key=_Fit.rank)
    rivals = [fit for fit in tried if not fit.wrong and not best.wrong and fit.beside(best)]
    return min(rivals, key=lambda fit: (not fit.spdx, -fit.inside)) if rivals else best
