"""What a sentence put into a known license says when no single wording is known for it.

A frame is a topic (what is done, by whom, for what, where) in one clause of the sentence with a limit: a denial,
a confinement, a duty, a condition. The words of each class stand in ``data/clause_rules.yaml``. Every word is
looked up once, so the cost is linear in the length of the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Any

from openness.schemas.license import ClauseKind

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[^\W_{_CJK}]+(?:['’.+](?=[^\W_{_CJK}])[^\W_{_CJK}]+)*\+*|[$€£¥](?=\s?\d)|%|[{_CJK}]")
# Where one clause of a sentence ends and another begins.
_BREAK = re.compile(
    r"[;:.!?—–](?=\s)|\s-+\s|,\s+(?=(?:but|yet|however|while|whereas|otherwise|then|so)\b)|\n\s*\n|[。；！？]"
)
_GAP = 3  # words that may stand between the two of "make..money"
_STEM = 3  # letters of the shortest stem
_LONGEST_STEM = 14
_LONGEST_SIGNS = 6  # of a Chinese or Japanese entry
_FREED = 14  # words from "no" to the "is required" that it denies
MOST_WORDS = 400  # a longer sentence is read as far as this
_NUMBERS = frozenset(
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty seventy eighty"
    " ninety hundred hundreds thousand thousands million millions billion billions dozen half 万 亿 百 千".split()
)
_NOTHING = frozenset(["no", "nothing", "neither", "none", "without"])
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


@dataclass(frozen=True)
class _Word:
    classes: int
    start: int
    end: int


class Frames:
    """The frames and word classes of ``data/clause_rules.yaml``.

    Raises:
        KeyError, ValueError: a class or kind has no such name.
    """

    def __init__(self, lexicon: dict[str, str], frames: list[dict[str, Any]]) -> None:
        names = [*lexicon, "NUMBER", "PROPER", "INSIDE", "FREE"]
        self._bits = {name: 1 << number for number, name in enumerate(names)}
        self._words: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        # By first word or stem: what follows, how many words may stand between, the class.
        self._runs: dict[str, list[tuple[tuple[str, ...], int, int]]] = {}
        for name, entries in lexicon.items():
            for entry in entries.split():
                self._enter(entry, self._bits[name])
        self._frames = [self._frame(frame) for frame in frames]

    def _enter(self, entry: str, bit: int) -> None:
        """One entry of a class; ``a|b_c`` stands for ``a_c`` and ``b_c``."""
        gap = _GAP if ".." in entry else 0
        first, *rest = entry.replace("..", "_").split("_")
        if rest:
            for one in first.split("|"):
                for others in product(*(words.split("|") for words in rest)):
                    self._runs.setdefault(one, []).append((others, gap, bit))
        elif first.endswith("*"):
            self._stems[first[:-1]] = self._stems.get(first[:-1], 0) | bit
        else:
            self._words[first] = self._words.get(first, 0) | bit

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

    def find(self, sentence: str, place: tuple[int, int], *, guess: bool = False) -> list[FrameHit]:
        """The frames of a sentence with a word at the place: words put in there on purpose.

        Words put inside a sentence of the license qualify what it grants: the topic alone is enough.
        """
        words = self._read(sentence)
        inside = self._bits["INSIDE"] if _is_inside(sentence, place) else 0
        if not inside and self._describes(words):
            return []
        hits: dict[ClauseKind, FrameHit] = {}
        parts = list(_clauses(sentence, words)) or [(0, 0)]
        for low, high in parts if len(parts) == 1 else [*parts, (0, len(words))]:
            part = words[low:high]
            present = inside
            for word in part:
                present |= word.classes
            for frame in self._frames:
                if frame.kind in hits or present & frame.unless or not all(present & need for need in frame.needs):
                    continue
                hit = _where(frame, part, inside, place)
                if hit is not None:
                    hits[frame.kind] = hit
            if (low, high) == parts[-1] and any(not hit.frame.weak for hit in hits.values()):
                break
        if not hits and guess and self._limits(words):
            return self._guess(words)
        strong = [hit for hit in hits.values() if not hit.frame.weak]
        return strong or list(hits.values())

    def _guess(self, words: list[_Word]) -> list[FrameHit]:
        """The frame whose topic most words of a sentence belong to, where no limit is recognized."""
        best, most = None, 0
        for frame in self._frames:
            topic = [word for word in words if word.classes & frame.needs[0]]
            rest = sum(any(word.classes & need for word in words) for need in frame.needs[1:])
            if topic and not frame.weak and 2 * len(topic) + rest > most:
                best, most = FrameHit(replace(frame, osd=()), topic[0].start, topic[-1].end), 2 * len(topic) + rest
        return [best] if best else []

    def _limits(self, words: list[_Word]) -> bool:
        bits = self._bits
        limits = bits["MODAL"] | bits["DENY"] | bits["ONLY"] | bits["DUTY"] | bits["COND"] | bits["ADDRESSEE"]
        return any(word.classes & limits for word in words)

    def describes(self, sentence: str) -> bool:
        """Whether a sentence only tells what is or was, and not what anybody may do."""
        return self._describes(self._read(sentence))

    def _describes(self, words: list[_Word]) -> bool:
        bits = self._bits
        spoken = 0
        for word in words:
            spoken |= word.classes
        binds = bits["MODAL"] | bits["ADDRESSEE"] | bits["RIGHTS"] | bits["DUTY"] | bits["ORDER"]
        return bool(spoken & bits["DESCRIBE"] and not spoken & binds)

    def freed(self, sentence: str) -> list[tuple[int, int]]:
        """Where denials of a limit stand, which limit nothing."""
        words = self._read(sentence)
        return [(word.start, word.end) for word in words if word.classes & self._bits["FREE"]]

    def _read(self, sentence: str) -> list[_Word]:
        """The words of a sentence with the classes of each; a denied limit is neither."""
        bits = self._bits
        places = [hit.span() for hit in _WORD.finditer(sentence)][:MOST_WORDS]
        texts = [sentence[start:end].lower().replace("’", "'") for start, end in places]
        classes = [self._look_up(text) for text in texts]
        for number, text in enumerate(texts):
            start = places[number][0]
            if text.endswith("n't"):
                classes[number] |= bits["FREE" if text == "needn't" else "DENY"]
            elif text[0].isdigit() or text in _NUMBERS:
                classes[number] |= bits["NUMBER"]
            elif text > "\u3000":
                self._signs(texts, classes, number)
            elif (
                number
                and not classes[number]
                and sentence[start].isupper()
                and not sentence[start - 2 : start - 1] in ".!?"
            ):
                classes[number] |= bits["PROPER"]
            if classes[number] & bits["ORDER"] and (
                not number
                or texts[number - 1] in _POLITE
                or "," in (between := sentence[places[number - 1][1] : start])
                or _BREAK.match(between.lstrip(" \"'”’)")) or "\n" in between
            ):
                classes[number] |= bits["DUTY"]
        for number in range(len(texts)):
            self._run(texts, classes, number)
        self._free(texts, classes)
        return [_Word(found, start, end) for (start, end), found in zip(places, classes, strict=True)]

    def _look_up(self, text: str) -> int:
        found = self._words.get(text, 0)
        for length in range(_STEM, min(len(text), _LONGEST_STEM) + 1):
            found |= self._stems.get(text[:length], 0)
        return found

    def _signs(self, texts: list[str], classes: list[int], number: int) -> None:
        """Chinese and Japanese have no blanks: what is written there word for word."""
        for length in range(2, _LONGEST_SIGNS + 1):
            found = self._words.get("".join(texts[number : number + length]), 0)
            if found:
                classes[number] |= found

    def _run(self, texts: list[str], classes: list[int], number: int) -> None:
        text = texts[number]
        keys = [text, *(f"{text[:length]}*" for length in range(_STEM, min(len(text), _LONGEST_STEM) + 1))]
        for key in keys:
            for rest, gap, bit in self._runs.get(key, ()):
                last = number
                for wanted in rest:
                    after = range(last + 1, min(last + 2 + gap, len(texts)))
                    last = next((at for at in after if _is(texts[at], wanted)), 0)
                    if not last:
                        break
                if last:
                    classes[number] |= bit
                    classes[last] |= bit

    def _free(self, texts: list[str], classes: list[int]) -> None:
        """Take out a denial that stands before a limit: it limits nothing."""
        bits = self._bits
        limits = ~sum(bits[name] for name in ("DENY", "LIMIT", "ONLY", "DUTY", "GATE", "NOGRANT"))
        for number, found in enumerate(classes):
            if not found & bits["DENY"]:
                continue
            far, wanted = _GAP, bits["NEEDLESS"]
            if texts[number] in _NOTHING:
                far, wanted = _FREED, bits["NEEDLESS"] | bits["LIMIT"]
            for at in range(number + 1, min(number + 2 + far, len(classes))):
                if at > number + _GAP + 1 and not texts[at].endswith(("ed", "ary", "ory")):
                    continue
                if classes[at] & wanted:
                    for within in range(number, at + 1):
                        classes[within] &= limits
                    classes[number] |= bits["FREE"]
                    classes[at] |= bits["FREE"]
                    break


def _is(text: str, wanted: str) -> bool:
    return text.startswith(wanted[:-1]) if wanted.endswith("*") else text == wanted


def _clauses(sentence: str, words: list[_Word]) -> Iterator[tuple[int, int]]:
    """The clauses of a sentence as ranges of its words."""
    cuts = [0]
    for stop in _BREAK.finditer(sentence):
        cuts.append(sum(word.end <= stop.start() for word in words))
    yield from ((low, high) for low, high in pairwise([*cuts, len(words)]) if high > low)


def _is_inside(sentence: str, place: tuple[int, int]) -> bool:
    rest = sentence[: place[0]] + sentence[place[1] :]
    return len(rest.split()) > 3


def _where(frame: Frame, part: list[_Word], inside: int, place: tuple[int, int]) -> FrameHit | None:
    """From the first to the last word that a frame needs, if one of them stands at the place."""
    needs = [[at for at, word in enumerate(part) if word.classes & need] for need in frame.needs]
    pairs = [(one, other) for one in needs[0] for other in (needs[1] if len(needs) > 1 else [one]) if abs(one - other) <= frame.near]
    low, high = place[0], max(place[1], place[0] + 1)
    if inside and len(needs) > 1 and not needs[1]:
        pairs = [(at, at) for at in needs[0]]
    for pair in pairs:
        found = [part[at] for at in (*pair, *(there[0] for there in needs[2:] if there))]
        touching = [word.start < high and word.end > low for word in found[: 1 if inside else None]]
        if any(touching):
            return FrameHit(frame, min(word.start for word in found), max(word.end for word in found))
    return None
