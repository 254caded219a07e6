"""A license text -> comparable words, with the place of each in the original.

Follows the SPDX matching guidelines: case, white space, punctuation, quotes, list markers, comment
signs, markup and listed spellings do not matter.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_WORD = re.compile(r"[a-z0-9]+|[\u0370-\u1fff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_IN_WORD = np.array([chr(code) in "abcdefghijklmnopqrstuvwxyz0123456789" for code in range(128)])
_SCRIPT = re.compile(r"<(script|style)\b.{0,50000}?</\1\s*>", re.DOTALL)
_MOST_SCRIPTS = 40  # unclosed ones are searched to the end of the bound, each
# Only what is HTML: "<not for sale>" is a sentence.
ELEMENTS = (
    "a|abbr|address|article|aside|audio|b|blockquote|body|br|button|caption|center|cite|code|col|colgroup|dd|del|details"
    "|div|dl|dt|em|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|label|li|link"
    "|main|meta|nav|noscript|ol|p|path|picture|pre|q|s|samp|script|section|small|source|span|strike|strong|style|sub"
    "|summary|sup|svg|table|tbody|td|tfoot|th|thead|time|title|tr|tt|u|ul|var|video|wbr"
)
_TAG = re.compile(rf"</?(?:{ELEMENTS})(?:\s[^<>]{{0,400}})?/?>|<!doctype\b[^<>]{{0,400}}>", re.DOTALL)
_ANGLE = re.compile(r"&(?:lt|gt|#60|#62|#x3[ce]);")
_LINK = re.compile(r"\]\(<?(?:[a-z]{3,6}:|www\.|[/#.])[^()\s]{0,400}(?:\([^()\s]{0,100}\)[^()\s]{0,100})?>?\)")
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#x?[0-9a-f]{1,6});")
# Patterns that begin with a letter or sign are found many times faster than those that begin with a bound or a choice.
_ADDRESS = tuple(
    re.compile(pattern)
    for pattern in (
        r"http(?<!\whttp)s?://(?:www\.)?",
        r"www\.(?<!\wwww\.)(?:www\.)?",
        r"\.html?\b",
        r"mailto:(?<!\wmailto:)",
    )
)
# "1.", "(a)", "iv)": lost, added or renumbered by every renderer.
# Its end stands behind a digit or a letter, but not behind two letters, unless they may be a Roman number.
_MARKER_ENDS = tuple(
    re.compile(sign + r"(?<=[a-z\d].)(?<![a-z][a-hj-uwyz].)[.)]*(?=[\s(*_\"'\u201c]|$)") for sign in (r"\.", r"\)")
)
_MARKER = re.compile(r"(?<![\w.])\(?(?:\d{1,2}(?:\.\d{1,2}){0,3}|[a-z]|[ivx]{2,5})$")
_LONGEST_MARKER = 12
_COMMENT_WORD = re.compile(r"^[ \t]*(?:rem|dnl)\b", re.MULTILINE)
# A hyphen may stand at the end of a line, before a comment sign.
_JOINED = tuple(
    re.compile(pattern)
    for pattern in (
        r"non-(?<!\wnon-)[\s>*#/;|%-]*(?=commercial|infring|exclusive|transfer|sublicen|assert)",
        r"sub(?<!\wsub)(?:-[\s>*#/;|%-]*| )(?=licen)",
        r"per(?<!\wper) (?=cent\b)",
        r"world(?<!\wworld)(?:-[\s>*#/;|%-]*| )(?=wide\b)",
        r"co-(?<!\wco-)(?=operat|ordin)",
    )
)
_INVISIBLE = {"\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad"}

# The SPDX list of equivalent words, the other forms of its words, and "expressed or implied".
_PAIRS = """
acknowledgement acknowledgment; acknowledgements acknowledgments; analogue analog; analyse analyze; analysed analyzed;
analysing analyzing; artefact artifact; artefacts artifacts; authorisation authorization; authorise authorize;
authorised authorized; authorises authorizes; authorising authorizing; behaviour behavior; calibre caliber;
cancelled canceled; capitalisations capitalizations; catalogue catalog; catalogues catalogs; categorise categorize;
categorised categorized; categorises categorizes; centre center; centres centers; customise customize;
customised customized; defence defense; defences defenses; emphasise emphasize; emphasised emphasized;
expressed express; favour favor; favourable favorable; favourite favorite; favours favors; fulfil fulfill;
fulfils fulfills; fulfilment fulfillment; holder owner; holders owners; honour honor; initialise initialize;
initialised initialized; instalment installment; instalments installments; judgement judgment; judgements judgments;
labelled labeled; labelling labeling; labour labor; licence license; licenced licensed; licencee licensee;
licencees licensees; licences licenses; licencing licensing; licencor licensor; maximise maximize;
maximised maximized; merchantibility merchantability; minimise minimize; minimised minimized; modelled modeled;
modelling modeling; offence offense; offences offenses; optimise optimize; optimised optimized; organisation
organization; organisational organizational; organisations organizations; organise organize; organised organized;
practise practice; practised practiced; programme program; programmes programs; realise realize; realised realized;
recognise recognize; recognised recognized; recognises recognizes; signalled signaled; signalling signaling;
sublicence sublicense; sublicenced sublicensed; sublicences sublicenses; sublicencing sublicensing;
summarise summarize; summarised summarized; utilisation utilization; utilise utilize; utilised utilized;
whilst while; wilful willful
"""
SAME = dict(pair.split() for pair in _PAIRS.split(";"))


def _fold(char: str) -> str:
    """A character without accents and presentation forms; a blank where nothing is left."""
    kept = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    return kept if kept else " "


def _tables() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.bool_]]:
    """What each character becomes, and which ones have to be walked through, by code points below 65536.

    Only letters that fold to several (ligatures, letter-like signs) and invisible characters change
    where the others stand.
    """
    single: dict[int, str] = {}
    several = set(_INVISIBLE)
    for code in (*range(0x80, 0x3400), *range(0xF900, 0xFB10), *range(0xFE00, 0xFFF0)):
        char = chr(code)
        folded = _fold(char)
        if char in _INVISIBLE:
            continue
        if not any(part.isalnum() for part in folded) or (len(folded) == 1 and "\x7f" < folded < "\u0370"):
            single[code] = " "  # also letters such as ß and œ, at which words are cut
        elif len(folded) > 1 and code not in _SIGNS:
            several.add(char)
        elif folded != char:
            single[code] = folded
    single |= dict.fromkeys(_SIGNS, " ")
    becomes, walked = np.arange(_TABLED, dtype=np.uint32), np.zeros(_TABLED, bool)
    becomes[list(single)] = [ord(char) for char in single.values()]
    walked[[ord(char) for char in several]] = True
    return becomes, walked


_SIGNS = (0xA9, 0xAE, 0x2120, 0x2122)
_TABLED = 0x10000
_BECOMES, _WALKED = _tables()


def _plain(text: str) -> tuple[str, list[int] | None]:
    """Lower case of equal length; with the original offsets where characters had to go."""
    if not text.isascii():
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).copy()
        others = ((codes > 0x7F) & (codes < _TABLED)).nonzero()[0]
        found = codes[others]
        codes[others] = _BECOMES[found]
        text = codes.tobytes().decode("utf-32-le", "surrogatepass")
        if _WALKED[found].any():
            return _walked(text)
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    return lowered, None


def _walked(text: str) -> tuple[str, list[int]]:
    """The same where a character disappears or becomes several: ligatures, zero-width spaces."""
    out: list[str] = []
    offsets: list[int] = []
    for offset, char in enumerate(text):
        kept = "" if char in _INVISIBLE else _fold(char) if ord(char) < _TABLED and _WALKED[ord(char)] else char
        out += kept.lower() if len(kept.lower()) == len(kept) else kept
        offsets += [offset] * len(kept)
    return "".join(out), offsets


def _angle(found: re.Match[str]) -> str:
    opens = found[0] in ("&lt;", "&#60;", "&#x3c;")
    blanks = " " * (len(found[0]) - 1)
    return f"{blanks}<" if opens else f">{blanks}"


def _spaces(found: re.Match[str]) -> str:
    return " " * (found.end() - found.start())


def prepare(text: str) -> tuple[str, list[int] | None]:
    """Blank out what does not matter, without moving anything else."""
    clean, offsets = _plain(text)
    if "<" in clean:
        if 0 < clean.count("<script") + clean.count("<style") <= _MOST_SCRIPTS:
            clean = _SCRIPT.sub(_spaces, clean)
        clean = _TAG.sub(_spaces, clean)
    if "&" in clean:
        if _ANGLE.search(clean):
            clean = _TAG.sub(_spaces, _ANGLE.sub(_angle, clean))
        clean = _ENTITY.sub(_spaces, clean)
    if "]" in clean and "](" in clean:  # a single character is found much faster
        clean = _LINK.sub(_spaces, clean)
    if "://" in clean or "www." in clean:
        for pattern in _ADDRESS:
            clean = pattern.sub(_spaces, clean)
    clean = _without_markers(clean)
    lines = clean.count("\n") + 1
    if (clean.count("rem") + clean.count("dnl")) * 2 > lines and len(_COMMENT_WORD.findall(clean)) * 2 > lines:
        clean = _COMMENT_WORD.sub(_spaces, clean)
    for pattern in _JOINED:
        clean = pattern.sub(lambda found: found[0].rstrip("- \t\r\n>*#/;|%").rjust(len(found[0])), clean)
    return clean, offsets


def _without_markers(clean: str) -> str:
    """Blank out list markers, found from their ends: those are few."""
    pieces: list[str] = []
    done = 0
    for start, end in sorted(stop.span() for pattern in _MARKER_ENDS for stop in pattern.finditer(clean)):
        found = _MARKER.search(clean, max(done, start - _LONGEST_MARKER), start)
        if found:
            pieces += (clean[done : found.start()], " " * (end - found.start()))
            done = end
    return "".join([*pieces, clean[done:]])


def words(clean: str) -> list[str]:
    """The comparable words of prepared text."""
    get = SAME.get
    return [get(word, word) for word in _WORD.findall(clean)]


@dataclass(frozen=True)
class Tokens:
    """The comparable words of prepared text as numbers: their CRC-32, and where each stands in it; shape (words,)."""

    hashes: npt.NDArray[np.uint32]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]


def tokens(clean: str) -> Tokens:
    """The words of prepared text, hashed without a Python step for each where it is ASCII."""
    if not clean.isascii():
        found = list(_WORD.finditer(clean))
        hashes = crc32(SAME.get(hit[0], hit[0]) for hit in found)
        places = np.array([hit.span() for hit in found], np.int64).reshape(-1, 2)
        return Tokens(hashes, places[:, 0], places[:, 1])
    data = np.frombuffer(clean.encode(), np.uint8)
    inside = np.zeros(len(data) + 2, bool)
    _IN_WORD.take(data, out=inside[1:-1])
    edges = (inside[1:] != inside[:-1]).nonzero()[0]
    starts, ends = edges[::2], edges[1::2]
    hashes = _word_hashes(data, inside[1:-1].nonzero()[0], starts, ends)
    # The spellings that count as one; few words have the upper bits of any.
    likely = _LIKELY.take(hashes >> _UPPER).nonzero()[0]
    at = _OTHER_SPELLINGS.searchsorted(hashes[likely])
    other = _OTHER_SPELLINGS[at % len(_OTHER_SPELLINGS)] == hashes[likely]
    hashes[likely[other]] = _ONE_SPELLING[at[other]]
    return Tokens(hashes, starts, ends)


def crc32(words: Iterable[str]) -> npt.NDArray[np.uint32]:
    """The CRC-32 of each word in UTF-8."""
    return np.fromiter((zlib.crc32(word.encode()) for word in words), np.uint32)


# A CRC is linear: that of a word is that of as many zeros, xor what each byte adds, which depends on the byte and
# on how many follow it.
_LONGEST = 40
_ZEROS = np.array([zlib.crc32(bytes(length)) for length in range(_LONGEST + 1)], np.uint32)
_ADDS = np.zeros((_LONGEST, 128), np.uint32)
for _byte in np.flatnonzero(_IN_WORD).tolist():
    _ADDS[:, _byte] = [zlib.crc32(bytes([_byte, *bytes(after)])) for after in range(_LONGEST)]
_ADDS ^= _ZEROS[1:, None]
_OTHER_SPELLINGS, _ONE_SPELLING = crc32(SAME), crc32(SAME.values())
_ONE_SPELLING = _ONE_SPELLING[np.argsort(_OTHER_SPELLINGS)]
_OTHER_SPELLINGS = np.sort(_OTHER_SPELLINGS)
_UPPER = np.uint32(20)
_LIKELY = np.zeros(1 << (32 - int(_UPPER)), bool)
_LIKELY[_OTHER_SPELLINGS >> _UPPER] = True


def _word_hashes(
    data: npt.NDArray[np.uint8],
    letters: npt.NDArray[np.int64],
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
) -> npt.NDArray[np.uint32]:
    """The CRC-32 of ``data[start:end]`` for each of the words, whose ASCII letters and digits are at ``letters``."""
    if not len(starts):
        return np.zeros(0, np.uint32)
    lengths = ends - starts
    lasts = lengths.cumsum() - 1  # where each word ends when only words are left
    after = np.full(len(letters), -1)
    after[0] = lengths[0] - 1
    after[lasts[:-1] + 1] = lengths[1:] - 1
    after = after.cumsum()
    long = (lengths > _LONGEST).nonzero()[0]
    if len(long):
        np.minimum(after, _LONGEST - 1, out=after)
    after *= 128
    after += data.take(letters)
    sums: npt.NDArray[np.uint32] = np.bitwise_xor.accumulate(_ADDS.take(after)).take(lasts)
    hashes = _ZEROS.take(lengths, mode="clip") ^ sums
    hashes[1:] ^= sums[:-1]
    for word in long.tolist():
        hashes[word] = zlib.crc32(data[starts[word] : ends[word]].tobytes())
    return hashes


def original(places: Tokens, offsets: list[int] | None, start: int, end: int) -> tuple[int, int]:
    """Where words ``start:end`` stand in the original text, in code points."""
    first, last = int(places.starts[start]), int(places.ends[end - 1])
    return (first, last) if offsets is None else (offsets[first], offsets[last - 1] + 1)
