"""What a sentence of a license demands, and whether it demands anything: patterns that know their context.

The patterns stand in ``data/clause_rules.yaml``, where they can be read and extended one line at a time;
the front door loads the file.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from openness.classifier.reading.numbers import threshold
from openness.classifier.reading.sentences import EDGES
from openness.classifier.reading.tokens import ELEMENTS
from openness.schemas.license import ClauseKind

K = ClauseKind

_BLANK = r"[\s>*#%/|;_\"'“”‘’(),-]"
_HTML = re.compile(
    rf"<(style|script)\b.{{0,2000}}?</\1>|</?(?:{ELEMENTS})(?:\s[^<>]{{0,300}})?/?>", re.DOTALL | re.IGNORECASE
)
_SIGNS = re.compile(r"[*_`\[\]<>]|(?<!\S)%+(?!\S)")  # a lone percent sign begins a comment of Matlab and TeX
_SIGNS_AND_PATHS = re.compile(r"[*_`\[\]<>]|(?<!\S)%+(?!\S)|\(https?://[^)]*\)|(?:https?://|\b[\w-]+(?:\.[\w-]+)+/)\S+")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_CODE = re.compile(r"[(){}\[\]=;+<>&|!]")
_PROSE = re.compile(r"(?:[^\W\d_]{2,}[ ,]+){3}[^\W\d_]{2,}|[\u3400-\u9fff]{4}")
_WORDS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_SMALL = re.compile(r"(?<![\w./@-])[a-zß-ÿ]{2,}(?![\w./@-])")
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1fff\uac00-\ud7af]{2,}")
_KANA = re.compile(r"[\u3040-\u30ff]")
_CASED = ("(?-i:", "(?P")  # what must not be lowered
_UPPER = re.compile(r"\\.|([^\W\d_a-z]+)")  # letters, but not those of \S and \W
MOST_FOREIGN = 3  # words of another language that a name or a title may have
LONGEST_HARMLESS = 400


@dataclass(frozen=True)
class RuleHit:
    """A clause in a sentence, and where; not ``certain`` where no rule knows its wording."""

    kind: ClauseKind
    osd: tuple[int, ...]
    start: int
    end: int
    params: dict[str, Any]
    certain: bool = True


class Pattern:
    """A pattern without regard to case that is compiled when it is first needed: most texts need few of them.

    Where a text can be lowered instead it is, which is several times as fast: IGNORECASE keeps ``re`` from choosing
    among words by their first letter. Places are those of the text as it came, groups may be in lower case.
    """

    def __init__(self, pattern: str, flags: re.RegexFlag = re.DOTALL) -> None:
        self.pattern, self._flags = pattern, flags
        self._cased = any(part in pattern for part in _CASED) or _lower(pattern) is None

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled pattern.

        Raises:
            re.error: the pattern is broken.
        """
        return re.compile(self.pattern, self._flags | re.IGNORECASE)

    @cached_property
    def _lowered(self) -> re.Pattern[str]:
        lowered = _UPPER.sub(lambda found: found[0].lower() if found[1] else found[0], self.pattern)
        return re.compile(lowered, self._flags)

    def _ready(self, text: str) -> tuple[re.Pattern[str], str]:
        lowered = None if self._cased else _lower(text)
        return (self.compiled, text) if lowered is None else (self._lowered, lowered)

    def search(self, text: str, low: int = 0) -> re.Match[str] | None:
        """The first place of the pattern from ``low`` on."""
        pattern, text = self._ready(text)
        return pattern.search(text, low)

    def finditer(self, text: str, low: int, high: int) -> Iterator[re.Match[str]]:
        """Every place of the pattern in ``low:high``."""
        pattern, text = self._ready(text)
        return pattern.finditer(text, low, high)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """The whole text, where it is the pattern."""
        pattern, text = self._ready(text)
        return pattern.fullmatch(text)


@dataclass(frozen=True)
class _Rule:
    kind: ClauseKind
    osd: tuple[int, ...]
    hints: tuple[str, ...]
    pattern: Pattern
    unless: Pattern | None


class ClauseRules:
    """The rules of ``data/clause_rules.yaml``. A test compiles every pattern of it.

    Raises:
        KeyError, ValueError: the file lacks a part or names an unknown kind.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self._words = {name: _bounded(patterns) for name, patterns in data["words"].items()}
        self._rules = [self._rule(rule) for rule in data["rules"]]
        self._neutral = self._compile([rf"\b(?:{'|'.join(data['neutral'])})\b"])
        signs = data["traditional"]
        self._simplified = str.maketrans(signs[::2], signs[1::2])
        self._harmless, self._harmless_anyway = _any_of(data["harmless"]), _any_of(data["harmless_anyway"])
        self._summaries = self._compile(data["summaries"])
        self._vetoes, self._binding = self._compile(data["vetoes"]), self._compile(data["binding"])
        self._normative = _one_of(data["normative"], data["normative_zh"])
        self._acts = _one_of(data["acts"], data["acts_zh"])
        self._denials, self._foreign, self._english = (
            frozenset(data[name]) for name in ("foreign_denials", "foreign_words", "english_words")
        )

    def _rule(self, rule: dict[str, Any]) -> _Rule:
        return _Rule(
            ClauseKind(rule["kind"]),
            tuple(int(number) for number in rule["osd"]),
            tuple(rule["hints"]),
            self._compile(rule["any"]),
            self._compile(rule["unless"]) if "unless" in rule else None,
        )

    def _compile(self, patterns: list[str]) -> Pattern:
        text = "|".join(patterns).replace("…", ".{0,120}?")
        for name, words in self._words.items():
            text = text.replace(f"{{{name}}}", words)
        text = text.replace("[- ]", "\0").replace(" ?", f"{_BLANK}*").replace(" ", f"{_BLANK}+")
        text = text.replace("\0", r"[\s–-]")
        return Pattern(text)

    def patterns(self) -> Iterator[Pattern]:
        """Every pattern of the file."""
        for rule in self._rules:
            yield from filter(None, (rule.pattern, rule.unless))
        yield from (*self._harmless, *self._harmless_anyway, self._neutral)
        yield from (self._summaries, self._vetoes, self._binding, self._normative, self._acts)

    def clauses(self, sentence: str) -> dict[ClauseKind, RuleHit]:
        """The clauses whose wording is known, one per kind."""
        sentence = self.fold(sentence)
        found: dict[ClauseKind, RuleHit] = {}
        holds = sentence.lower().__contains__
        for rule in self._rules:
            if any(map(holds, rule.hints)):
                hit = rule.pattern.search(sentence)
                if hit is not None and not (rule.unless and rule.unless.search(sentence)):
                    _keep(found, rule, hit.span(), sentence)
        return found

    def fold(self, sentence: str) -> str:
        """A sentence with its traditional Chinese signs simplified; every place in it stays what it was."""
        return sentence if sentence.isascii() else sentence.translate(self._simplified)

    def is_code(self, sentence: str) -> bool:
        """Whether a piece is of the program under its license header."""
        return len(_CODE.findall(sentence)) >= MOST_FOREIGN and not _PROSE.search(sentence)

    def bare(self, sentence: str) -> str:
        """A sentence without the signs of markup and list marks; empty where no word is left."""
        text = self.fold(html.unescape(sentence))
        if "<" in text:
            text = _HTML.sub(" ", text)
        text = text.strip(EDGES)
        bare = " ".join((_SIGNS_AND_PATHS if "/" in text else _SIGNS).sub(" ", text).split())
        return bare if _LETTERS.search(bare) else ""

    def is_a_form(self, bare: str) -> bool:
        """Whether a sentence is a name, a heading, a copyright line … of a form that grants and forbids nothing."""
        if len(bare) > LONGEST_HARMLESS or not any(pattern.fullmatch(bare) for pattern in self._harmless_anyway):
            return False
        return not self._denials & set(_WORDS.findall(bare.lower()))

    def sums_up(self, bare: str) -> bool:
        """Whether a sentence says of itself that it only sums up the license."""
        return self._summaries.search(bare) is not None

    def is_never_harmless(self, bare: str) -> bool:
        """Whether a sentence names a license that restricts, or strikes out a part of the one it stands beside."""
        return self._vetoes.search(bare) is not None

    def asks_nothing(self, bare: str, *, inside: bool = False) -> bool:
        """Whether a sentence has no word that grants, conditions or forbids beside one for what is licensed.

        What stands ``inside`` a license may have neither.
        """
        sentence = _without(bare, [hit.span() for hit in self._neutral.finditer(bare, 0, len(bare))])
        if self._vetoes.search(sentence) or self._binding.search(sentence):
            return False
        if len(sentence) <= LONGEST_HARMLESS and any(pattern.fullmatch(sentence) for pattern in self._harmless):
            return True
        normative, acts = bool(self._normative.search(sentence)), bool(self._acts.search(sentence))
        return not (normative or acts) if inside else not (normative and acts)

    def is_foreign(self, sentence: str) -> bool:
        """Whether a sentence is in a language that the rules do not read; a few words, such as names, are in none."""
        if len(_OTHER_SCRIPT.findall(sentence)) >= MOST_FOREIGN or len(_KANA.findall(sentence)) > MOST_FOREIGN:
            return True
        words = _WORDS.findall(sentence.lower())
        found = set(words)
        english = len(found & self._english)
        if found & self._denials and english <= len(found & (self._foreign | self._denials)):
            return True
        if len(found & self._foreign) >= MOST_FOREIGN - 1 and english < len(found & self._foreign):
            return True
        small = [word for word in _SMALL.findall(sentence) if word not in ("license", "version")]
        return not english and len(small) > 2 * MOST_FOREIGN


def _bounded(patterns: list[str]) -> str:
    """One of some words, each from its first letter to its last; Chinese and signs need no bounds."""
    words = [pattern for pattern in patterns if pattern[0] == "(" or (pattern[0].isascii() and pattern[0].isalpha())]
    rest = [pattern for pattern in patterns if pattern not in words]
    bounded = [rf"\b(?:{'|'.join(words)})\b"] if words else []
    return f"(?:{'|'.join([*bounded, *rest])})"


def _without(sentence: str, places: list[tuple[int, int]]) -> str:
    """A sentence of the same length with blanks at some places."""
    for start, end in places:
        sentence = sentence[:start] + " " * (end - start) + sentence[end:]
    return sentence


def _keep(found: dict[ClauseKind, RuleHit], rule: _Rule, span: tuple[int, int], sentence: str) -> None:
    params = threshold(sentence) if rule.kind is K.USER_THRESHOLD else {}
    if params is not None:
        found[rule.kind] = RuleHit(rule.kind, rule.osd, *span, params)


def _one_of(words: list[str], chinese: list[str]) -> Pattern:
    return Pattern(rf"\b(?:{'|'.join(words)})\b|{'|'.join(chinese)}", re.RegexFlag(0))


def _any_of(patterns: list[str]) -> list[Pattern]:
    """Patterns joined into one, and into another where case matters."""
    cased = [pattern for pattern in patterns if any(part in pattern for part in _CASED)]
    rest = [pattern for pattern in patterns if pattern not in cased]
    return [Pattern("|".join(f"(?:{pattern})" for pattern in group)) for group in (rest, cased) if group]


def _lower(text: str) -> str | None:
    """A text in lower case, None where that is not all there is to its case: letters with two lower-case forms."""
    lowered = text.lower()
    if text.isascii() or (len(lowered) == len(text) and lowered == text.casefold() and "ı" not in text):
        return lowered
    return None


def settle(found: dict[ClauseKind, RuleHit]) -> list[RuleHit]:
    """The clauses found, with kinds that explain each other: a display duty above a size is no cap on users."""
    cap = found.get(K.USER_THRESHOLD)
    asks = found.get(K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY)
    if cap and K.DISPLAY_REQUIREMENT in found and not asks:
        found = {kind: hit for kind, hit in found.items() if not hit.osd}
        found[cap.kind] = RuleHit(cap.kind, (), cap.start, cap.end, {**cap.params, "effect": "display_only"})
    if cap and asks:
        params = {**asks.params, "condition": "above_threshold"}
        found[asks.kind] = RuleHit(asks.kind, asks.osd, asks.start, asks.end, params)
    if K.PATENT_LITIGATION_TERMINATION in found:
        found.pop(K.REVOCABLE_OR_TERMINATION_ON_BREACH, None)
    return list(found.values())
