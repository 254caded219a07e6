"""What a sentence beside or inside a known license says: by the rules that know its wording, else by what was learned.

A rule that knows the wording is certain. Where none does, or the examples say that such a sentence asks for nothing,
the answer is a guess, marked as one, and never makes a license restricted.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, lru_cache

from openness.classifier.reading.lexicon import Lexicon, Word
from openness.classifier.reading.numbers import threshold
from openness.classifier.reading.rules import ClauseRules, RuleHit, settle
from openness.classifier.reading.wordings import Guess, Wordings
from openness.schemas.license import ClauseKind

K = ClauseKind
Place = tuple[int, int]
BESIDE = 25  # characters around words that are gone
# How likely a sentence must be to say nothing before it counts as harmless: in general, in a language that the examples
# hardly have, where it denies a limit, where it has no word that could limit, where a rule speaks. Chosen in
# cross-validation on the examples, so that none that restricts passes in the usual wordings (docs/measurements.md).
HARMLESS, HARMLESS_FOREIGN, HARMLESS_FREED, ASKS_NOTHING, DOUBTFUL = 0.45, 0.75, 0.7, 0.3, 0.5
NEVER = 2.0
LONGEST = 1000  # characters of a sentence that counts as harmless by its wording
# For whom a limit may be denied, and words that say it is denied for everybody.
_SOME = frozenset(["RESEARCH", "NONCOM", "HOME", "PERSONAL", "PARTY"])
_ALL = frozenset(["ALIKE", "BOTH", "COMMERCE"])
_NAMES = frozenset(["PROPER", "NUMBER"])
FEW = 4  # words
SURE = 0.5  # of the likeliest kind; below it the second is named as well
LIKELY = 0.15  # of a kind to be named beside a sure one
POSSIBLE = 0.05  # of a kind to be named at all
MOST_KINDS = 3
# The criteria of the Open Source Definition that each kind offends where nothing more is known of it.
_OFFENDS: dict[ClauseKind, tuple[int, ...]] = {
    K.ROYALTY: (1,),
    K.NO_SELL: (1,),
    K.NO_REDISTRIBUTION: (1,),
    K.GRANT_NEGATED: (1,),
    K.NO_DERIVATIVES: (3,),
    K.USER_THRESHOLD: (5,),
    K.COMMERCIAL_LICENSE_REQUIRED_SEPARATELY: (5,),
    K.GEOGRAPHIC_EXCLUSION: (5,),
    K.NAMED_PARTY_EXCLUSION: (5,),
    K.GOVERNMENT_OR_MILITARY_BAN: (5, 6),
    K.NON_COMMERCIAL: (6,),
    K.RESEARCH_ONLY: (6,),
    K.FIELD_OF_USE_RESTRICTIONS: (6,),
    K.OUTPUT_RESTRICTIONS: (6,),
    K.NO_TRAIN_OTHER_MODELS: (6,),
    K.NO_IMPROVE_COMPETING_MODELS: (6,),
    K.REGISTRATION_OR_APPROVAL_REQUIRED: (7,),
    K.COPYLEFT_REMOVED: (7,),
    K.PRODUCT_SPECIFIC: (8,),
    K.RESTRICTS_OTHER_SOFTWARE: (9,),
    K.TECHNOLOGY_SPECIFIC: (10,),
}


class Seen:
    """One sentence as rules and lexicon see it, each part worked out when it is first asked for."""

    def __init__(self, sentence: str, rules: ClauseRules, lexicon: Lexicon) -> None:
        self._sentence, self._rules, self._lexicon = sentence, rules, lexicon

    @cached_property
    def bare(self) -> str:
        """The sentence without the signs of markup."""
        return self._rules.bare(self._sentence)

    @cached_property
    def hits(self) -> dict[ClauseKind, RuleHit]:
        """The clauses whose wording a rule knows."""
        return self._rules.clauses(self._sentence)

    @cached_property
    def foreign(self) -> bool:
        """Whether it is in a language that neither rules nor examples know well."""
        return self._rules.is_foreign(self.bare)

    @cached_property
    def asks_nothing(self) -> bool:
        """Whether it has no word that could limit beside one for what is licensed."""
        return self._rules.asks_nothing(self.bare)

    @cached_property
    def words(self) -> list[Word]:
        """Its words with their classes."""
        return self._lexicon.read(self.bare)

    @cached_property
    def about(self) -> frozenset[str]:
        """The classes of its words."""
        return self._lexicon.about(self.words)

    @cached_property
    def hints(self) -> list[str]:
        """What the rules say, for the learned model."""
        asks = [] if self.asks_nothing else ["asks"]
        return [*self.hits, *asks, *(["foreign"] if self.foreign else [])]

    @property
    def offends_by_rule(self) -> bool:
        """Whether a rule finds something against the Open Source Definition."""
        return any(hit.osd for hit in self.hits.values())

    @property
    def is_empty(self) -> bool:
        """Whether a few words are about nothing that a license is about: a name, a heading, half a line."""
        return len(self.words) <= FEW and self.about <= _NAMES

    @property
    def bar(self) -> float:
        """How likely the sentence must be to say nothing before it counts as harmless."""
        if self.foreign:
            return HARMLESS_FOREIGN
        if "FREE" in self.about:  # what is free for some is not for the others
            return NEVER if self.about & _SOME and not self.about & _ALL else HARMLESS_FREED
        if self.offends_by_rule:
            return DOUBTFUL
        return ASKS_NOTHING if self.asks_nothing else HARMLESS


class Judge:
    """The rules and the learned model, asked about one sentence at a time."""

    def __init__(self, rules: ClauseRules, wordings: Wordings) -> None:
        self.rules, self.wordings = rules, wordings
        # A sentence is asked about twice in a row: whether it is harmless, and what it says.
        self._see = lru_cache(maxsize=1)(lambda sentence: Seen(sentence, rules, wordings.lexicon))
        self.guess = lru_cache(maxsize=1)(self._guess)

    def _guess(self, sentence: str) -> Guess:
        """What a whole sentence seems to say."""
        seen = self._see(sentence)
        return self.wordings.sentence(seen.words, seen.hints)

    def is_harmless(self, sentence: str, *, inside: bool = False, alone: bool = False) -> bool:
        """Whether a sentence grants, conditions and forbids nothing.

        What stands ``inside`` a license and speaks of use or of the work at all was put there to change it,
        unless it is a paragraph that stands ``alone``.
        """
        if self.rules.is_code(sentence):
            return True
        seen = self._see(sentence)
        if not seen.bare or self.rules.is_a_form(seen.bare) or seen.is_empty:
            return True
        if len(seen.bare) > LONGEST or self.rules.is_never_harmless(seen.bare):
            return False
        if inside and not alone and not self.rules.asks_nothing(seen.bare, inside=True):
            return False
        if self.rules.sums_up(seen.bare) and not _offends(self.guess(sentence)) and not seen.offends_by_rule:
            return True
        guess = self.guess(sentence)
        return guess.nothing >= max(seen.bar, guess.kinds[0][1])

    def is_a_filling(self, words: str) -> bool:
        """Whether words only fill in what a license leaves open: a name, a place, a year."""
        seen = self._see(words)
        asks_nothing = seen.asks_nothing and not self.rules.is_never_harmless(seen.bare)
        return (asks_nothing and self.guess(words).nothing >= POSSIBLE) or self.is_harmless(words)

    def clauses(self, sentence: str) -> list[RuleHit]:
        """Every clause of a sentence that was put beside or into a license, one per kind."""
        found = {hit.kind: hit for hit in settle(self._see(sentence).hits)}
        guess = self.guess(sentence)
        if guess.nothing >= DOUBTFUL:
            found = {kind: replace(hit, certain=False) for kind, hit in found.items()}
        return _with_guess(found, guess, sentence, (0, len(sentence)))

    def changed(self, sentence: str, place: Place, lost: list[str], beside: list[str], *, guess: bool) -> list[RuleHit]:
        """Every clause that changed words give a sentence of a license, one per kind.

        ``lost`` are the words gone from it, at ``place`` stand those put in, ``beside`` are the words around.
        """
        put = sentence[slice(*place)]
        # Where words are gone, what they stood beside means something else now.
        low, high = place if put else (max(0, place[0] - BESIDE), min(len(sentence), place[1] + BESIDE))
        known = settle(self.rules.clauses(sentence))
        found = {hit.kind: hit for hit in known if hit.start < max(high, low + 1) and hit.end > low}
        if not found:
            alone = settle(self.rules.clauses(sentence[low:high]))
            found = {hit.kind: replace(hit, start=hit.start + low, end=hit.end + low) for hit in alone}
        if not guess:
            return list(found.values())
        return _with_guess(found, self.wordings.change(lost, put, beside, self._see(put).hints), put, (low, high))


def _offends(guess: Guess) -> bool:
    return any(kind in _OFFENDS and share >= LIKELY for kind, share in guess.kinds)


def _with_guess(found: dict[ClauseKind, RuleHit], guess: Guess, text: str, place: Place) -> list[RuleHit]:
    """What rules found, and at the place what the examples make likely."""
    first = guess.kinds[0][1]
    least = LIKELY if first >= SURE else POSSIBLE
    likely = [kind for kind, share in guess.kinds[: MOST_KINDS if first >= SURE else 2] if share >= least]
    for kind in likely:
        params = (threshold(text) or {}) if kind is K.USER_THRESHOLD else {}
        found.setdefault(kind, RuleHit(kind, _OFFENDS.get(kind, ()), *place, params, certain=False))
    return list(found.values())
