"""Words that were taken out of a license, found again by trying them.

The index has no words, only hashes of four in a row. Where a word is missing the three before it
are known, so each word of a short list can be tried in its place.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from openness.classifier.reading.index import SHINGLE, LicenseIndex, mix
from openness.classifier.reading.match import Departure
from openness.classifier.reading.tokens import crc32
from openness.schemas.license import ClauseKind

MOST_WORDS = 40
Ints32 = npt.NDArray[np.int32]
_WORDS = """
    a an the and or of to in for with without any all this that these those is are be been by on as at from under
    you your its it not no nor may must shall will can cannot only solely except unless provided if such other
    including limited restriction use used using copy copies reproduce modify modified modification modifications
    merge publish distribute distributed distribution redistribute redistribution share sublicense sell offer import
    transfer make made have having license licensed grant granted grants worldwide perpetual irrevocable revocable
    exclusive non free charge royalty royaltyfree fee fees rights right permission permissions hereby person persons
    obtaining purpose purposes commercial noncommercial work works software program material adapted derivative
    derivatives source object form forms code public patent copyright notice notices further restrictions impose
    prepare display perform publicly world wide internal against payment commercially educational academic
    condition conditions terms following otherwise deal permit permitted allow whom furnished do so produce either
    both each contributor contributors licensor licensee recipient recipients third party parties
"""
_CANDIDATES = tuple(_WORDS.split())
_HASHES = crc32(_CANDIDATES)

_LOST: tuple[tuple[ClauseKind, tuple[int, ...], frozenset[str]], ...] = (
    (ClauseKind.NO_SELL, (1,), frozenset({"sell"})),
    (
        ClauseKind.NO_DERIVATIVES,
        (3,),
        frozenset({"modify", "modification", "modifications", "modified", "adapted", "derivative", "prepare", "alter"}),
    ),
    (
        ClauseKind.NO_REDISTRIBUTION,
        (1,),
        frozenset({"distribute", "redistribute", "redistribution", "distribution", "share"}),
    ),
    (ClauseKind.GEOGRAPHIC_EXCLUSION, (5,), frozenset({"worldwide", "wide", "world"})),
    (ClauseKind.ROYALTY, (1,), frozenset({"royalty", "royaltyfree", "charge"})),
    (ClauseKind.REVOCABLE_OR_TERMINATION_ON_BREACH, (), frozenset({"irrevocable", "perpetual"})),
)


def recover(index: LicenseIndex, text: int, page: Callable[[int, int], list[str]], place: Departure) -> list[str]:
    """The words missing at a departure, as far as the list knows them, in order.

    ``page`` gives the words of the text from one place to another.
    """
    sequence = index.sequence(text)
    found: list[str] = []
    known = page(max(0, place.start - SHINGLE + 1), place.start)
    for position in range(place.after + 1, min(place.before, place.after + 1 + MOST_WORDS)):
        word = _try(index, known[-(SHINGLE - 1) :], sequence, position - SHINGLE + 1, 0)
        if word is None:
            break
        found.append(word)
        known.append(word)
    else:
        return found
    last: list[str] = []
    known = page(place.end, place.end + SHINGLE - 1)
    for position in range(place.before - 1, max(place.after + len(found), place.before - 1 - MOST_WORDS), -1):
        word = _try(index, known[: SHINGLE - 1], sequence, position, SHINGLE - 1)
        if word is None:
            break
        last.insert(0, word)
        known.insert(0, word)
    return found + last


def _try(index: LicenseIndex, known: list[str], sequence: Ints32, window: int, after: int) -> str | None:
    """The word that makes a shingle of the license out of three known ones: before it, or ``after`` it."""
    if len(known) < SHINGLE - 1 or not 0 <= window < len(sequence):
        return None
    beside = crc32(known)[:, None]
    tried = mix(_HASHES, *beside) if after else mix(*beside, _HASHES)
    hits = np.flatnonzero(index.lookup(tried) == sequence[window])
    return _CANDIDATES[int(hits[0])] if len(hits) else None


def what_is_lost(lost: list[str], inserted: list[str], sentence: str) -> list[tuple[ClauseKind, tuple[int, ...]]]:
    """What it means that these words are gone and were not merely moved."""
    gone = set(lost) - set(inserted)
    found = [(kind, osd) for kind, osd, names in _LOST if gone & names and not (names & set(inserted))]
    if "not" in gone:
        freed = "restriction" in sentence.lower() or "impose" in sentence.lower()
        found.append((ClauseKind.COPYLEFT_REMOVED, (7,)) if freed else (ClauseKind.GRANT_NEGATED, (1,)))
    return found
