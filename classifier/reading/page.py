"""The text under the reader's eyes: its words, and where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from openness.classifier.reading.sentences import sentences
from openness.classifier.reading.tokens import SAME, Tokens, original
from openness.schemas.reading import Span

_SECTION = re.compile(
    r"(?:^|\n)[\s>*#/|;]*(?:section |article |§ ?)?(\(?\d{1,2}(?:\.\d{1,2})*[.)]?|\([a-z]\)|[ivx]{1,5}[.)])\s",
    re.IGNORECASE,
)


@dataclass
class Page:
    """A text as it came, prepared, and as words."""

    text: str
    clean: str
    offsets: list[int] | None
    tokens: Tokens

    def words(self, start: int, end: int) -> list[str]:
        """The comparable words ``start:end``; most of a text is read by its hashes alone."""
        starts, ends = self.tokens.starts[start:end].tolist(), self.tokens.ends[start:end].tolist()
        found = (self.clean[first:last] for first, last in zip(starts, ends, strict=True))
        return [SAME.get(word, word) for word in found]

    def span(self, start: int, end: int) -> Span:
        """The original place of words ``start:end``; an empty place between words for none."""
        if end > start:
            return original(self.tokens, self.offsets, start, end)
        at = original(self.tokens, self.offsets, start - 1, start)[1] if start else 0
        return at, at

    def sentence(self, place: Span) -> Span:
        """The sentence around a place."""
        low, high = max(0, place[0] - 1500), min(len(self.text), place[1] + 1500)
        for start, end in sentences(self.text[low:high]):
            if low + end >= place[0] and low + start <= place[1]:
                first = low + start
                last = low + end
                for more_start, more_end in sentences(self.text[last:high]):
                    if last + more_start >= place[1]:
                        break
                    return first, last + more_end
                return first, last
        return place

    def section(self, at: int) -> str:
        """The number of the section that a place belongs to; empty when none stands above it."""
        marks = list(_SECTION.finditer(self.text, max(0, at - 20_000), at + 1))
        return marks[-1].group(1).strip("().") if marks else ""
