"""Where the sentences of a license text are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

# Abbreviations end none, and neither does what the next sentence points back to.
_BREAK = re.compile(
    r"(?<=[.;!?])(?!(?<=\b(?:Inc|Ltd|etc|U\.S|e\.g|i\.e|a\.k)\.)\s+[a-z(])(?!(?<=\bU\.S\.)\s+[A-Z])"
    r"(?!(?<=\b(?:Mr|Ms|Dr|St)\.)\s+[A-Z])(?!(?<=\bMrs\.)\s+[A-Z])(?!(?<=\bCorp\.)\s+[a-z(])"
    r"(?!(?<=\b[A-Z]\.)\s+[A-Z])(?!(?<=\bCo\.|\bNo\.)\s+[a-z(\d])(?!(?<=\b[Nn][or]\.)\s+\d)"
    r"(?!\s+(?:Th(?:at|is) (?:is no longer|has (?:since )?changed|was lifted|limit|restriction)"
    r"|You do(?:n['’]t| not) (?:have|need) to[.!]))"
    r"[\"'”’)*_]*\s+|\n[\s>*#/|;-]*\n|[。;!?]|\n(?=[\s>*#/|]*(?:[-*•]|\d{1,2}[.)]|#{1,6})\s)"
)
# What stands before and behind a sentence: white space, comment signs and list marks.
EDGES = "".join(filter(str.isspace, map(chr, range(0x3001)))) + ">*#/|;=_~`-"


def sentences(text: str, *, whole: bool = False) -> Iterator[tuple[int, int]]:
    """The sentences of a text, without comment signs and list marks around them: (start, end).

    A semicolon ends one, unless they are wanted ``whole``.
    """
    start = 0
    for stop in chain(_BREAK.finditer(text), (None,)):
        if whole and stop and text[stop.start() - 1 : stop.start()] == ";" and "\n\n" not in stop[0]:
            continue
        end = stop.start() if stop else len(text)
        piece = text[start:end]
        bare = piece.strip(EDGES)
        if bare:
            first = start + piece.index(bare)
            yield first, first + len(bare)
        if stop:
            start = stop.end()
