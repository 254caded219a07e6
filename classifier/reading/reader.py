"""A license text in, its licenses, changes, clauses and verdict out."""

from __future__ import annotations

import re
from functools import cached_property

import numpy as np

from openness.classifier.reading.index import Hashes, Ints, LicenseIndex, Numbers, shingles_of
from openness.classifier.reading.judge import Judge
from openness.classifier.reading.match import Departure, Found, find_licenses
from openness.classifier.reading.naming import is_known, preferred
from openness.classifier.reading.page import Page
from openness.classifier.reading.recover import recover, what_is_lost
from openness.classifier.reading.rules import RuleHit, settle
from openness.classifier.reading.sentences import sentences
from openness.classifier.reading.tokens import prepare, tokens, words
from openness.classifier.reading.verdict import verdict_of
from openness.schemas.license import ClauseKind, License, LicenseKnowledge
from openness.schemas.reading import AddedText, Effect, LicenseMatch, LicenseText, ReadClause, Span

MAX_QUOTE = 400
_BLANKS = re.compile(r"(?:\[[^\]]*\]|\\s)(?:\{[^}]*\}|[*+?])?")  # white space in the patterns of the SPDX templates
MAX_ADDED = 200
LONGEST_TITLE = 120
MOST_SHIFTS = 12
AROUND = 4  # words on either side of a change that are read with it
SHORT_SENTENCE = 6  # words
FOREIGN = 400  # words beside a license above which they are read like an unknown text
_HIDDEN = re.compile(r"<(script|style)\b.{0,20000}?</\1\s*>", re.DOTALL | re.IGNORECASE)
_RUNS_ON = re.compile(r"[ \t]+(?!https?:|www\.)[a-z]{2}")
_TURN = re.compile(
    r"(?<![\w/.-])(?:not|no(?! attribution|\. ?\d)|never|nor|none|only|except|unless|without|cannot|neither|nobody)"
    r"(?![\w/-])",
    re.IGNORECASE,
)
_GENERIC = re.compile(r"[.*+?(){}\d,|\[\]^\\sS]*")


# Words that no name needs and that turn the meaning of the sentence around a variable part.
TURNING = frozenset(
    [
        "not",
        "no",
        "nor",
        "never",
        "non",
        "except",
        "unless",
        "only",
        "without",
        "must",
        "shall",
        "may",
        "cannot",
        "prohibited",
        "excluding",
        "excluded",
        "forbidden",
        "commercial",
        "noncommercial",
        "solely",
    ]
)


def _bare(name: str) -> str:
    """A name without what a title may be dressed in."""
    return " ".join(re.findall(r"[^\W_]+", name.lower()))


class _Reader:
    """One reading of one text."""

    def __init__(self, text: str, shelf: LicenseReader) -> None:
        clean, offsets = prepare(text)
        self.page = Page(text, clean, offsets, tokens(clean))
        self.index, self.knowledge, self.judge = shelf.index, shelf.knowledge, shelf.judge
        self.known, self.quotes, self.titles = shelf.known, shelf.quotes, shelf.titles
        self.clauses: list[ReadClause] = []
        self.added: list[AddedText] = []
        self.changed: set[int] = set()
        self.found: list[Found] = []

    def read(self) -> LicenseText:
        numbers = self.index.lookup(shingles_of(self.page.tokens.hashes))
        found = sorted(find_licenses(self.index, numbers), key=lambda item: item.start)
        self.found = found
        # A sentence or two put into a license were put there on purpose; a long text of its own was not.
        own = sum(item.end - item.start - sum(d.end - d.start for d in item.departures) for item in found)
        self.close = bool(found) and len(self.page.tokens.hashes) - own <= max(FOREIGN, own // 4)
        for position, license_ in enumerate(found):
            self._inside(position, license_)
        self._outside(found)
        if not found:
            self._one_of_two_grants()
        matches = [self._match(position, license_) for position, license_ in enumerate(found)]
        for match, license_ in zip(matches, found, strict=True):
            if is_known(match.id, self.knowledge):
                self._known_clauses(match, license_)
            else:
                self._unread(license_, numbers)
        expression = " AND ".join(dict.fromkeys(self._name(match) for match in matches)) or None
        verdict, reason = verdict_of(matches, self.clauses, self.knowledge)
        return LicenseText(
            matches=matches,
            expression=expression,
            verdict=verdict,
            reason=reason,
            clauses=sorted(self.clauses, key=lambda clause: clause.span or (0, 0)),
            additional_text=self.added,
            missing_text=sum(item.missing for item in found),
        )

    def _one_of_two_grants(self) -> None:
        """Where larger users get other terms, non-commercial use is one of two grants, not the whole."""
        if any(clause.kind is ClauseKind.USER_THRESHOLD and clause.osd for clause in self.clauses):
            one = (ClauseKind.NON_COMMERCIAL, ClauseKind.RESEARCH_ONLY)
            self.clauses = [clause for clause in self.clauses if clause.kind not in one]

    def _unread(self, license_: Found, numbers: Numbers) -> None:
        """Read a license that has a name but no recorded clauses: by what it adds to a known one if it
        is built on one, else sentence by sentence.
        """
        inside = np.full_like(numbers, -1)
        inside[license_.start : license_.end - 3] = numbers[license_.start : license_.end - 3]
        bases = sorted(find_licenses(self.index, inside, self.known), key=lambda item: item.start)
        added, changed = self.added, self.changed
        self.added, self.changed = [], set()
        edges = [license_.start, *(edge for item in bases for edge in (item.start, item.end)), license_.end]
        for base in bases:
            self._inside(0, base)
        for number in range(0, len(edges), 2):
            if edges[number + 1] > edges[number]:
                self._stretch(self.page.span(edges[number], edges[number + 1]), bases, number // 2)
        self.added, self.changed = added, changed

    # ---------------------------------------------------------------- departures

    def _inside(self, position: int, license_: Found) -> None:
        for place in license_.departures:
            if (place.end > place.start and not self._fills_variable(place)) or place.missing:
                self._change(position, license_, place)
        if license_.missing_head:
            self.changed.add(position)

    def _fills_variable(self, place: Departure) -> bool:
        """Whether the words only fill in a variable part of the license: a name, a year, a place."""
        if not place.variable or place.pattern is None:
            return False
        ours = self.page.words(place.start, place.end)
        filling = " ".join(ours)
        choices = _BLANKS.sub(" ", place.pattern).replace("\\", "").split("|")
        named = {word for choice in choices for word in words(prepare(choice)[0])}
        if len(filling) > 600 or (TURNING & set(ours)) - named:
            return False  # a name is filled in there, not a condition
        if not _GENERIC.fullmatch(place.pattern):
            if any(words(prepare(choice)[0]) == ours for choice in choices):
                return True
            original = self.page.text[slice(*self.page.span(place.start, place.end))]
            try:
                pattern = re.compile(place.pattern.replace(r"\s+", r"\s*"), re.IGNORECASE | re.DOTALL)
                return bool(pattern.fullmatch(" ".join(original.split())[:600]) or pattern.fullmatch(filling))
            except re.error:
                return False
        return self.judge.is_a_filling(self.page.text[slice(*self.page.span(place.start, place.end))])

    def _harmless(self, place: Span, *, inside: bool = False, alone: bool = False) -> bool:
        text = _HIDDEN.sub(lambda found: " " * len(found[0]), self.page.text[slice(*place)])
        return all(
            self.judge.is_harmless(text[start:end], inside=inside, alone=alone) for start, end in sentences(text)
        )

    def _change(self, position: int, license_: Found, place: Departure) -> None:
        span = self.page.span(place.start, place.end)
        inserted = self.page.words(place.start, place.end)
        if not place.missing and all(word.isdigit() or (len(word) == 1 and word.isascii()) for word in inserted):
            return
        lost = recover(self.index, license_.text, self.page.words, place) if place.missing else []
        if [*lost, *inserted] == ["or"] and self.page.words(place.start - 1, place.start) == ["and"]:
            return  # "and" for "and/or", or the other way round
        context = self.page.sentence(span)
        apart = None if place.missing else self._set_apart(place)
        if apart and self._harmless(apart, inside=True, alone=self._own_lines(apart)):
            self._add(apart, "none")
            return
        self.changed.add(position)
        hits = self._put_in(apart) if apart and self.close else self._reworded(place, span, context, lost)
        whole = not inserted and place.missing >= SHORT_SENTENCE and self._between_sentences(place)
        for kind, osd in what_is_lost(lost, inserted, self.page.text[slice(*context)]):
            if whole and kind is ClauseKind.GRANT_NEGATED:
                continue  # a sentence that is gone takes its "not" along
            if all(clause.kind is not kind or not clause.certain for clause in hits):
                gone = self._clause(kind, osd, span if span[1] > span[0] else context, {"missing": " ".join(lost)})
                hits = [*(clause for clause in hits if clause.kind is not kind), gone]
        self.clauses += hits
        if place.end > place.start:
            self._add(span, "clause" if hits else "needs_human")

    def _between_sentences(self, place: Departure) -> bool:
        """Whether a sentence ends between the words where others are missing."""
        start, end = self.page.span(place.start, place.start)[1], self.page.span(place.start, place.start + 1)[0]
        return bool(re.search(r"[.;:!?。；]|\n\s*\n", self.page.text[start:end]))

    def _set_apart(self, place: Departure) -> Span | None:
        """The place of words put in as sentences of their own, so that they can be judged by themselves.

        Where the words before are the same as those that follow, either may be the license's.
        """
        page, start, end = self.page.tokens.hashes, place.start, place.end
        for more in range(min(start, MOST_SHIFTS) + 1):
            if not np.array_equal(page[start - more : start], page[end : end + more]):
                continue
            span = self.page.span(start - more, end)
            if self._whole_sentences(span) and (end - start + more >= 3 or self._own_lines(span)):
                return span
        return None

    def _own_lines(self, span: Span) -> bool:
        before = self.page.text[: span[0]].rstrip(' \t>*#/|;=_~`-"“([!@')
        after = self.page.text[span[1] : span[1] + 80].lstrip(' \t*#=_~`-.:!"”)]}')
        return (not before or before[-1] in "\r\n") and (not after or after[0] in "\r\n")

    def _whole_sentences(self, span: Span) -> bool:
        """Whether a place begins and ends where sentences do, so that it can be judged by itself."""
        before = self.page.text[: span[0]].rstrip(" \t\r\n>*#/|;\"'“(-•©![@=")
        after = self.page.text[span[1] : span[1] + 3].lstrip(" \t\"'”)*_]}=-")
        ends = not after or after[0] in ".;!?\n\r:。;"
        return (not before or before[-1] in ".;:!?。;)" or "\n" in self.page.text[len(before) : span[0]]) and ends

    def _outside(self, found: list[Found]) -> None:
        edges = [0, *(edge for item in found for edge in (item.start, item.end)), len(self.page.tokens.hashes)]
        for number in range(0, len(edges), 2):
            start, end = edges[number], edges[number + 1]
            if end > start:
                self._stretch(self.page.span(start, end), found, number // 2)

    def _stretch(self, span: Span, found: list[Found], before: int) -> None:
        text = _HIDDEN.sub(lambda found: " " * len(found[0]), self.page.text[slice(*span)])
        # With no license recognized every sentence is read; beside one, only what could change it is kept.
        for start, end in sentences(text, whole=bool(found)):
            place = (span[0] + start, span[0] + end)
            sentence = text[start:end]
            if self._is_title(sentence) or (
                found and self.judge.is_harmless(sentence) and not self._turns(place, sentence)
            ):
                self._add(place, "none")
                continue
            hits = self._put_in(place) if found and self.close else self._known_wordings(place)
            self.clauses += hits
            if found:
                self._add(place, "clause" if hits else "needs_human")
                self.changed.add(min(max(before - 1, 0), len(found) - 1))
            elif not hits and not self.judge.is_harmless(sentence):
                self._add(place, "needs_human")

    def _is_title(self, sentence: str) -> bool:
        """Whether a piece is just the name of a license that was found."""
        return len(sentence) <= LONGEST_TITLE and _bare(sentence) in self._titles

    @cached_property
    def _titles(self) -> set[str]:
        return set().union(*(self.titles(key) for key in {key for item in self.found for key in item.ids}))

    def _turns(self, place: Span, piece: str) -> bool:
        """Whether words that run on into the license, or out of it, turn its meaning: "No permission is hereby
        granted", "Non-gainful redistribution", where the license itself begins with a capital letter.
        """
        after, before = self.page.text[place[1] : place[1] + 80], self.page.text[max(0, place[0] - 80) : place[0]]
        if _RUNS_ON.match(after) and piece[:1].isalpha():
            return True
        if not _TURN.search(piece):
            return False
        ends = re.match(r"[ \t*_\"'”)]*(?:[.;:!?。]|\r?\n|$)", after)
        begins = re.search(r"(?:[.;:!?。]|\n|^)[\s>*#/|;_\"'“(-]*$", before)
        return not (ends and begins) or len(piece.split()) <= 2

    def _add(self, span: Span, effect: Effect) -> None:
        if len(self.added) < MAX_ADDED:
            text = " ".join(self.page.text[slice(*span)].split())
            self.added.append(AddedText(text=text[:2000], span=span, effect=effect))

    # ---------------------------------------------------------------- clauses

    def _known_wordings(self, place: Span) -> list[ReadClause]:
        """The clauses of a sentence in whose wording a rule knows them."""
        return self._clauses(settle(self.judge.rules.clauses(self.page.text[slice(*place)])), place[0])

    def _put_in(self, span: Span) -> list[ReadClause]:
        """The clauses of whole sentences that were put beside or into a license on purpose."""
        text, found = self.page.text[slice(*span)], []
        for start, end in sentences(text, whole=True):
            found += self._clauses(self.judge.clauses(text[start:end]), span[0] + start)
        return list({clause.kind: clause for clause in reversed(found)}.values())[::-1]

    def _reworded(self, place: Departure, span: Span, context: Span, lost: list[str]) -> list[ReadClause]:
        """The clauses that words put in, or gone from, give a sentence of the license."""
        sentence = self.page.text[slice(*context)]
        within = (max(0, span[0] - context[0]), min(len(sentence), span[1] - context[0]))
        beside = self.page.words(max(0, place.start - AROUND), place.start)
        beside += self.page.words(place.end, place.end + AROUND)
        hits = self.judge.changed(sentence, within, lost, beside, guess=self.close)
        return self._clauses(hits, context[0])

    def _clauses(self, hits: list[RuleHit], start: int) -> list[ReadClause]:
        return [
            self._clause(hit.kind, hit.osd, (start + hit.start, start + hit.end), hit.params, certain=hit.certain)
            for hit in hits
        ]

    def _clause(
        self, kind: ClauseKind, osd: tuple[int, ...], span: Span, params: dict[str, object], *, certain: bool = True
    ) -> ReadClause:
        quote = self.page.text[slice(*span)] or self.page.text[slice(*self.page.sentence(span))]
        return ReadClause(
            kind=kind,
            section=self.page.section(span[0]),
            quote=quote[:MAX_QUOTE],
            span=span,
            params=params,
            osd=list(osd),
            certain=certain,
        )

    def _known_clauses(self, match: LicenseMatch, license_: Found) -> None:
        entry = self._entry(match.id)
        if entry is None:
            return
        for clause, quote in zip(entry.clauses, self.quotes(entry), strict=True):
            span = self._locate(quote, license_)
            if span is None and not match.exact:
                continue  # the sentence is not in this copy
            self.clauses.append(
                ReadClause(
                    kind=clause.kind,
                    section=clause.section,
                    quote=clause.quote,
                    span=span,
                    params=clause.params,
                    osd=clause.osd,
                    license=entry.id,
                )
            )

    def _locate(self, quote: Hashes, license_: Found) -> Span | None:
        """Where the words of a quote stand in a license that was found, both given by their hashes."""
        hashes = self.page.tokens.hashes
        page, sought, size = hashes[license_.start : license_.end].tobytes(), quote.tobytes(), hashes.itemsize
        at = page.find(sought) if sought else -1
        while at > 0 and at % size:  # the end of one word and the beginning of the next
            at = page.find(sought, at + 1)
        if at < 0:
            return None
        first = license_.start + at // size
        return self.page.span(first, first + len(quote))

    def _entry(self, key: str) -> License | None:
        return self.knowledge.licenses.get(key)

    # ---------------------------------------------------------------- verdict

    def _match(self, position: int, license_: Found) -> LicenseMatch:
        ids = preferred(license_.ids, self.knowledge)
        cut_off = bool(license_.missing_tail) and position not in self.changed
        exact = position not in self.changed and not license_.missing_tail
        return LicenseMatch(
            id=ids[0],
            also=ids[1:],
            exact=exact,
            coverage=round(license_.coverage, 4),
            missing_text=license_.missing,
            cut_off=cut_off,
            span=self.page.span(license_.start, license_.end),
        )

    def _name(self, match: LicenseMatch) -> str:
        if match.exact or match.cut_off:
            return match.id
        return f"LicenseRef-modified-{match.id.removeprefix('LicenseRef-')}"


class LicenseReader:
    """Reads license texts with one index and one knowledge base; keeps nothing of a text."""

    def __init__(self, index: LicenseIndex, knowledge: LicenseKnowledge, judge: Judge) -> None:
        self.index, self.knowledge, self.judge = index, knowledge, judge
        known = [any(is_known(key, knowledge) for key in text.ids) for text in index.texts]
        self.known: Ints = np.array(known, dtype=np.int64)
        self._quotes: dict[str, list[Hashes]] = {}
        self._titles: dict[str, set[str]] = {}

    def quotes(self, entry: License) -> list[Hashes]:
        """The words of each clause's quote, as hashes; worked out when a license is first met."""
        found = self._quotes.get(entry.id)
        if found is None:
            found = self._quotes[entry.id] = [tokens(prepare(clause.quote)[0]).hashes for clause in entry.clauses]
        return found

    def titles(self, key: str) -> set[str]:
        """The names of a license, bare of what a title may be dressed in; worked out when it is first met."""
        found = self._titles.get(key)
        if found is None:
            spdx, entry = self.knowledge.spdx.get(key), self.knowledge.licenses.get(key)
            names = [key, *([spdx.name] if spdx else []), *([entry.name, *entry.aliases] if entry else [])]
            found = self._titles[key] = {_bare(name) for name in names}
        return found

    def read(self, text: str) -> LicenseText:
        """Read a decoded text; offsets in the answer are code points of it."""
        return _Reader(text, self).read()
