"""The words of a sentence with what each is about: a denial, a duty, selling, a place, a size …

The classes and their words stand in ``data/clause_rules.yaml`` (``lexicon``). Every word is looked up once, so the
cost is linear in the length of the sentence.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice, product
from typing import NamedTuple

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[^\W_{_CJK}]+(?:['’.+](?=[^\W_{_CJK}])[^\W_{_CJK}]+)*\+*|[$€£¥](?=\s?\d)|%|[{_CJK}]")
_GAP = 3  # words that may stand between the two of "make..money"
_LONGEST_SIGNS = 6  # of a Chinese or Japanese entry
_FREED = 14  # words from "no" to the "is required" that it denies
_START = 2  # letters of the shortest stem
MOST_WORDS = 200  # a longer sentence is read as far as this
LONGEST_WORD = 40  # characters of a word that are looked at
_NOTHING = frozenset(["no", "nothing", "neither", "none"])
_BINDS = frozenset(["or", "may", "must", "shall"])  # "modified or not", "may not prevent": no denied limit
_DO = frozenset(["do", "does", "did"])
_ENDS = re.compile(r"[.!?\n]")
_ORDERS = re.compile(r"[,;:.!?—–\n]|\s-+\s")
_POLITE = frozenset(["please", "just", "simply", "kindly"])


class Word(NamedTuple):
    """A word in lower case, figures as 0, and the classes it belongs to, one bit each."""

    text: str
    classes: int


class Lexicon:
    """The word classes of ``data/clause_rules.yaml``.

    Raises:
        KeyError: a class that the code names is missing.
    """

    def __init__(self, lexicon: dict[str, str]) -> None:
        self.names = (*lexicon, "PROPER", "FREE")
        self._bits = {name: 1 << number for number, name in enumerate(self.names)}
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
        self._free_of = ~self._mask("DENY LIMIT ONLY DUTY GATE NOGRANT")
        self._capitals = ~self._mask("DENY ONLY DUTY MODAL")
        self.classes = lru_cache(4096)(self._classes)

    def _classes(self, bits: int) -> tuple[str, ...]:
        """The names of some classes."""
        return tuple(name for number, name in enumerate(self.names) if bits >> number & 1)

    def about(self, words: list[Word]) -> frozenset[str]:
        """The names of all classes of some words."""
        bits = 0
        for word in words:
            bits |= word.classes
        return frozenset(self.classes(bits))

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

    def _mask(self, names: str) -> int:
        return sum({self._bits[name] for name in names.split()})

    def read(self, sentence: str) -> list[Word]:
        """The words of a sentence with the classes of each; a denied limit is neither."""
        bits = self._bits
        places = [hit.span() for hit in islice(_WORD.finditer(sentence), MOST_WORDS)]
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
        texts = ["0" if text[0].isdigit() else text[:LONGEST_WORD] for text in texts]
        return list(map(Word, texts, classes))

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
            if texts[number] == "not" and number and texts[number - 1] in _BINDS:
                continue
            far, wanted = _GAP, bits["NEEDLESS"]
            if texts[number] in _NOTHING:
                far, wanted = _FREED, bits["NEEDLESS"] | bits["LIMIT"]
            elif texts[number] == "without":
                wanted = bits["LIMIT"]
            for at in range(number + 1, min(number + 2 + far, len(classes))):
                if at > number + _GAP + 1 and not texts[at].endswith(("ed", "ary", "ory")):
                    continue
                if texts[number] == "without" and texts[at].endswith("ed"):
                    break  # "without consent is prohibited"
                if classes[at] & wanted:
                    low = number - (number > 0 and texts[number - 1] in _DO)
                    for within in range(low, at + 1 + (texts[at + 1 : at + 2] == ["to"])):
                        classes[within] &= self._free_of
                    classes[number] |= bits["FREE"]
                    classes[at] |= bits["FREE"]
                    break


def _is(text: str, wanted: str) -> bool:
    return text.startswith(wanted[:-1]) if wanted.endswith("*") else text == wanted
