"""What a sentence put into a known license says when no single wording is known for it.

A frame is a topic (what is done, by whom, for what, where) in one clause of the sentence with a limit: a denial,
a confinement, a duty, a condition. The words of each class stand in ``data/clause_rules.yaml``. Every word is
looked up once, so the cost is linear in the length of the sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Any, NamedTuple

from openness.schemas.license import ClauseKind

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[^\W_{_CJK}]+(?:['’.+](?=[^\W_{_CJK}])[^\W_{_CJK}]+)*\+*|[$€£¥](?=\s?\d)|%|[{_CJK}]")
# Where one clause of a sentence ends and another begins.
_BREAK = re.compile(
    r"[;:.!?—–](?=\s)|\s-+\s|,\s+(?=(?:but|yet|however|while|whereas|otherwise|then|so)\b)|\n\s*\n|[。；！？]"
)
_GAP = 3  # words that may stand between the two of "make..money"
_LONGEST_SIGNS = 6  # of a Chinese or Japanese entry
_FREED = 14  # words from "no" to the "is required" that it denies
_START = 2  # letters of the shortest stem
MOST_WORDS = 200  # a longer sentence is read as far as this
_NOTHING = frozenset(["no", "nothing", "neither", "none", "without"])
_DO = frozenset(["do", "does", "did"])
_ENDS = re.compile(r"[.!?\n]")
_ORDERS = re.compile(r"[,;:.!?—–\n]|\s-+\s")
_BESIDE = 3  # words beside a place that may be a list mark or a title
_POLITE = frozenset(["please", "just", "simply", "kindly"])


@dataclass(frozen=True)
class Frame:
    """A topic and what limits it; each of ``needs`` is one of some classes, all in one clause."""

    kind: ClauseKind
    osd: tuple[int, ...]
    needs: tuple[int, ...]
    unless: int
    near: int  # words between the first two needs
    weak: bool  # says it only where no other frame says anything


@dataclass(frozen=True)
class FrameHit:
    """A frame that spoke, and where in the sentence."""

    frame: Frame
    start: int
    end: int


class _Word(NamedTuple):
    classes: int
    start: int
    end: int


class Read:
    """A sentence as words with their classes."""

    def __init__(self, sentence: str, words: list[_Word]) -> None:
        self.sentence, self.words = sentence, words
        self.classes = 0
        for word in words:
            self.classes |= word.classes


class Frames:
    """The frames and word classes of ``data/clause_rules.yaml``.

    Raises:
        KeyError, ValueError: a class or kind has no such name.
    """

    def __init__(self, lexicon: dict[str, str], frames: list[dict[str, Any]]) -> None:
        names = [*lexicon, "PROPER", "INSIDE", "FREE"]
        self._bits = {name: 1 << number for number, name in enumerate(names)}
        self._words: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        # Words in a row, by the first two of them: those that follow, how many may stand between, the class.
        self._runs: dict[tuple[str, str], list[tuple[tuple[str, ...], int, int]]] = {}
        self._in_runs: set[str] = set()
        for name, entries in lexicon.items():
            for entry in entries.split():
                self._enter(entry, self._bits[name])
        # How long the stems are that begin with some letters: most words begin like none.
        lengths: dict[str, set[int]] = {}
        for stem in self._stems:
            lengths.setdefault(stem[:_START], set()).add(len(stem))
        self._lengths = {start: sorted(found) for start, found in lengths.items()}
        self._frames = [self._frame(frame) for frame in frames]
        self._free_of = ~self._mask("DENY LIMIT ONLY DUTY GATE NOGRANT")
        self._capitals = ~self._mask("DENY ONLY DUTY MODAL")
        self._tells, self._binds = self._bits["DESCRIBE"], self._mask("MODAL ADDRESSEE RIGHTS DUTY ORDER")
        self._leaves_open = self._mask("OPTION FREE WISH ENDORSE ALIKE")
        self._limits = self._mask("MODAL DENY ONLY DUTY COND ADDRESSEE")
        # "No fee for students" frees some only; "no notice is needed" takes away a duty of the license itself.
        self._narrows = self._mask(
            "DENY ONLY DUTY COND NUMBER RESEARCH GAIN NONCOM HOME COMMERCE PLACE LOCATED MILITARY FIELD PARTY PROPER"
            " SERVICE FORWHOM SOURCE SAME CREDIT COPYLEFT LIBERTY CHANGED SHARE SELL PAY WARRANTY"
        )

    def _enter(self, entry: str, bit: int) -> None:
        """One entry of a class; ``a|b_c`` stands for ``a_c`` and ``b_c``."""
        gap = _GAP if ".." in entry else 0
        parts = entry.replace("..", "_").split("_")
        if len(parts) > 1:
            for first, second, *rest in product(*(words.split("|") for words in parts)):
                self._runs.setdefault((first, second), []).append((tuple(rest), gap, bit))
                for word in (first, second):
                    self._in_runs.add(word)
                    if word.endswith("*"):
                        self._stems.setdefault(word[:-1], 0)
        elif entry.endswith("*"):
            self._stems[entry[:-1]] = self._stems.get(entry[:-1], 0) | bit
        else:
            self._words[entry] = self._words.get(entry, 0) | bit

    def _frame(self, frame: dict[str, Any]) -> Frame:
        return Frame(
            ClauseKind(frame["kind"]),
            tuple(frame.get("osd", ())),
            tuple(self._mask(names) for names in frame["all"]),
            self._mask(frame["unless"]) if "unless" in frame else 0,
            int(frame.get("near", MOST_WORDS)),
            bool(frame.get("weak")),
        )

    def _mask(self, names: str) -> int:
        return sum({self._bits[name] for name in names.split()})

    def find(self, read: Read, place: tuple[int, int]) -> list[FrameHit]:
        """The frames of a sentence with a word at the place: words put in there on purpose.

        Words put inside a sentence of the license qualify what it grants: the topic alone is enough.
        """
        inside = self._bits["INSIDE"] if _is_inside(read.sentence, place) else 0
        if not inside and self.describes(read):
            return []
        whole = read.classes | inside
        frames = [
            frame for frame in self._frames if whole & frame.needs[0] and all(whole & need for need in frame.needs)
        ]
        hits: dict[ClauseKind, FrameHit] = {}
        parts = list(_clauses(read)) or [(0, 0)] if frames else []
        for low, high in parts if len(parts) < 2 else [*parts, (0, len(read.words))]:
            part = read.words[low:high]
            present = inside
            for word in part:
                present |= word.classes
            for frame in frames:
                if frame.kind in hits or present & frame.unless or not all(present & need for need in frame.needs):
                    continue
                hit = _where(frame, part, inside, place)
                if hit is not None:
                    hits[frame.kind] = hit
            if (low, high) == parts[-1] and any(not hit.frame.weak for hit in hits.values()):
                break
        return [hit for hit in hits.values() if not hit.frame.weak] or list(hits.values())

    def guess(self, read: Read) -> list[FrameHit]:
        """The frame whose topic most words of a sentence belong to, for one that limits in words that are not known.

        What it offends is left open.
        """
        if not read.classes & self._limits or read.classes & self._leaves_open:
            return []
        best, most = None, 0
        for frame in self._frames:
            topic = [word for word in read.words if word.classes & frame.needs[0]]
            score = 2 * len(topic) + sum(bool(read.classes & need) for need in frame.needs[1:])
            if topic and not frame.weak and score > most:
                best, most = FrameHit(replace(frame, osd=()), topic[0].start, topic[-1].end), score
        return [best] if best else []

    def describes(self, read: Read) -> bool:
        """Whether a sentence only tells what is or was, and not what anybody may do."""
        return bool(read.classes & self._tells and not read.classes & self._binds)

    def freed(self, read: Read) -> list[tuple[int, int]]:
        """From a denial to the limit that it denies: what stands there limits nothing."""
        free = self._bits["FREE"]
        ends = [word for word in read.words if word.classes & free]
        return [(first.start, last.end) for first, last in zip(ends[::2], ends[1::2], strict=False)]

    def frees_all(self, read: Read, low: int = 0, high: int = 0) -> bool:
        """Whether a sentence denies a limit and names nobody, nothing and no case that this is confined to.

        What stands in ``low:high`` grants, under no condition but the reader's wish.
        """
        if not high and not self.is_freed(read):
            return False
        whatever = self._narrows & ~self._bits["COND"]  # "if you like"
        return not any(word.classes & (whatever if low <= word.start < high else self._narrows) for word in read.words)

    def is_freed(self, read: Read) -> bool:
        """Whether a sentence denies a limit."""
        return bool(read.classes & self._bits["FREE"])

    def read(self, sentence: str) -> Read:
        """The words of a sentence with the classes of each; a denied limit is neither."""
        bits = self._bits
        places = [hit.span() for hit in _WORD.finditer(sentence)][:MOST_WORDS]
        texts = [sentence[start:end].lower().replace("’", "'") for start, end in places]
        classes: list[int] = []
        keys: list[list[str]] = []  # under which each may stand in a row
        for number, text in enumerate(texts):
            found, stems = self._look_up(text)
            start = places[number][0]
            if text > "\u3000":
                for length in range(2, _LONGEST_SIGNS + 1):
                    found |= self._words.get("".join(texts[number : number + length]), 0)
            elif text.endswith("n't"):
                found |= bits["FREE" if text == "needn't" else "DENY"]
            elif text[0].isdigit():
                found |= bits["NUMBER"]
            elif number and sentence[start].isupper() and not sentence[places[number][1] - 1].isupper():
                between = sentence[places[number - 1][1] : start]
                if not _ENDS.search(between):  # part of a name
                    found = found & self._capitals or bits["PROPER"]
            elif number and not found and sentence[start].isupper():
                found = bits["PROPER"]
            if found & bits["ORDER"] and (
                not number or texts[number - 1] in _POLITE or _ORDERS.search(sentence[places[number - 1][1] : start])
            ):
                found |= bits["DUTY"]
            classes.append(found)
            keys.append(stems)
        self._row(texts, keys, classes)
        self._free(texts, classes)
        starts, ends = zip(*places, strict=True) if places else ((), ())
        return Read(sentence, list(map(_Word, classes, starts, ends)))

    def _look_up(self, text: str) -> tuple[int, list[str]]:
        """The classes of a word, and the names under which it may stand in a row."""
        found = self._words.get(text, 0)
        keys = [text] if text in self._in_runs else []
        for length in self._lengths.get(text[:_START], ()):
            stem = text[:length]
            if stem in self._stems:
                found |= self._stems[stem]
                if f"{stem}*" in self._in_runs:
                    keys.append(f"{stem}*")
        return found, keys

    def _row(self, texts: list[str], keys: list[list[str]], classes: list[int]) -> None:
        """Mark the words that stand in a row of the lexicon."""
        for number, firsts in enumerate(keys):
            for first in firsts:
                for at in range(number + 1, min(number + 2 + _GAP, len(keys))):
                    for second in keys[at]:
                        for rest, gap, bit in self._runs.get((first, second), ()):
                            last = at if at - number <= gap + 1 else 0
                            for wanted in rest if last else ():
                                after = range(last + 1, min(last + 2 + gap, len(texts)))
                                last = next((next_ for next_ in after if _is(texts[next_], wanted)), 0)
                                if not last:
                                    break
                            if last:
                                classes[number] |= bit
                                classes[last] |= bit

    def _free(self, texts: list[str], classes: list[int]) -> None:
        """Take out a denial that stands before a limit: it limits nothing."""
        bits = self._bits
        for number, found in enumerate(classes):
            if not found & bits["DENY"] or not (found & bits["NEGATION"] or texts[number].endswith("n't")):
                continue
            far, wanted = _GAP, bits["NEEDLESS"]
            if texts[number] in _NOTHING:
                far, wanted = _FREED, bits["NEEDLESS"] | bits["LIMIT"]
            for at in range(number + 1, min(number + 2 + far, len(classes))):
                if at > number + _GAP + 1 and not texts[at].endswith(("ed", "ary", "ory")):
                    continue
                if classes[at] & wanted:
                    low = number - (number > 0 and texts[number - 1] in _DO)
                    for within in range(low, at + 1 + (texts[at + 1 : at + 2] == ["to"])):
                        classes[within] &= self._free_of
                    classes[number] |= bits["FREE"]
                    classes[at] |= bits["FREE"]
                    break


def _is(text: str, wanted: str) -> bool:
    return text.startswith(wanted[:-1]) if wanted.endswith("*") else text == wanted


def _clauses(read: Read) -> Iterator[tuple[int, int]]:
    """The clauses of a sentence as ranges of its words."""
    cuts = [0]
    for stop in _BREAK.finditer(read.sentence):
        cuts.append(bisect_left(read.words, stop.start(), key=lambda word: word.end))
    yield from ((low, high) for low, high in pairwise([*cuts, len(read.words)]) if high > low)


def _is_inside(sentence: str, place: tuple[int, int]) -> bool:
    """Whether words of the license stand around a place, not just signs."""
    return len(sentence[: place[0]].split()) + len(sentence[place[1] :].split()) > _BESIDE


def _where(frame: Frame, part: list[_Word], inside: int, place: tuple[int, int]) -> FrameHit | None:
    """From the first to the last word that a frame needs, if one of them stands at the place."""
    needs = [[at for at, word in enumerate(part) if word.classes & need] for need in frame.needs]
    low, high = place[0], max(place[1], place[0] + 1)
    others = needs[1] if len(needs) > 1 and needs[1] else None
    for one in needs[0]:
        for other in others or (one,):
            if abs(one - other) > frame.near:
                continue
            found = [part[at] for at in (one, other, *(there[0] for there in needs[2:] if there))]
            # Inside a sentence of the license the topic itself must have been put in.
            if any(word.start < high and word.end > low for word in (found[:1] if inside else found)):
                return FrameHit(frame, min(word.start for word in found), max(word.end for word in found))
    return None
