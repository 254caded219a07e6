"""Licenses at the front door, as pages show them: listed and narrowed, one in full, a text with its passages marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from openness import catalog
from openness.schemas.license import RESTRICTIONS, ClauseKind

if TYPE_CHECKING:
    from openness.schemas.reading import LicenseText

Json = dict[str, Any]
Order = Literal["name", "models", "verdict"]
# The order of verdicts: the freest first.
_FREEST = ("open_source", "open_not_osi", "needs_human", "restricted")


@dataclass(frozen=True)
class LicenseFilters:
    """What a list of licenses is narrowed to; an empty sequence does not narrow.

    Of several clauses or criteria a license must have every one, of several verdicts one. ``used`` keeps the
    licenses that the weights of a model of the registry are under.
    """

    words: Sequence[str] = ()
    clauses: Sequence[str] = ()
    criteria: Sequence[int] = ()
    verdicts: Sequence[str] = ()
    used: bool = False


def licenses(filters: LicenseFilters, order: Order = "models", *, descending: bool = True) -> list[Json]:
    """The licenses that meet every filter: id, name, verdict, criteria, kinds of clauses and number of models;
    ``offends`` holds the criteria by kind, ``recorded`` whether any clause is.

    Beside those whose clauses are recorded, they are the ones that the OSI approved and those of the registry.

    Raises:
        OpennessError: the registry or the knowledge base cannot be used.
    """
    from openness.sources.propose import fold_license

    words = [fold_license(word) for word in filters.words]
    found = [
        row
        for row in _rows(catalog.version())
        if all(word in row["search"] for word in words)
        and set(filters.clauses) <= set(row["clauses"])
        and set(filters.criteria) <= set(row["osd"])
        and (not filters.verdicts or row["verdict"] in filters.verdicts)
        and (row["models"] or not filters.used)
    ]
    keys = {
        "models": lambda row: row["models"],
        "verdict": lambda row: _FREEST.index(row["verdict"]),
        "name": lambda row: row["sort"],
    }
    return sorted(found, key=keys[order], reverse=descending)  # they stand by name, and stay so where a key is the same


@lru_cache(maxsize=1)
def _rows(_version: str) -> list[Json]:
    from openness.classifier.terms import read_license
    from openness.knowledge import load_knowledge
    from openness.licenses import list_licenses
    from openness.sources.propose import fold_license

    knowledge, used = load_knowledge(), _models_per_license()
    rows = [{**row, "verdict": row["verdict"].value} for row in list_licenses()]
    listed = {row["id"] for row in rows}
    for key, license_ in knowledge.spdx.items():
        if key not in listed and (key in used or (license_.osi and not license_.deprecated)):
            verdict, entry = read_license(key, knowledge)[0].value, knowledge.licenses.get(key)
            kinds = [clause.kind for clause in entry.clauses] if entry else []
            rows.append({"id": key, "name": license_.name, "verdict": verdict, "osd": [], "clauses": kinds})
    for row in rows:
        entry = knowledge.licenses.get(row["id"])
        names = (row["id"], row["name"], *(entry.aliases if entry else ()), *(entry.hub_tags if entry else ()))
        row["search"] = " ".join(map(fold_license, names))
        row["models"], row["sort"] = used.get(row["id"], 0), row["name"].casefold()
        row["recorded"] = bool(row["clauses"] or (entry and row["verdict"] != "needs_human"))
        offends: dict[str, list[int]] = {}
        for clause in entry.clauses if entry else ():
            offends[clause.kind.value] = sorted({*offends.get(clause.kind.value, []), *clause.osd})
        row["offends"] = offends
        row["clauses"] = [kind.value for kind in ClauseKind if kind in row["clauses"]]
    return sorted(rows, key=lambda row: (row["sort"], row["id"]))


def _models_per_license() -> dict[str, int]:
    from openness.classifier.terms import license_keys

    found: dict[str, int] = {}
    for expression, number in catalog.license_counts().items():
        for key in license_keys(expression):
            found[key] = found.get(key, 0) + number
    return found


def license_id(name: str) -> str:
    """The id of a license, from its id, short id or any of its names.

    Raises:
        OpennessError: there is none; the nearest are suggested.
    """
    from openness.knowledge import hub_license_ids, load_knowledge
    from openness.licenses import find_license
    from openness.sources.propose import fold_license

    key = hub_license_ids().get(fold_license(name))
    return key if key and key in load_knowledge().spdx else find_license(name).id


def license_detail(name: str) -> Json:
    """A license in full: what its entry says, verdict and reason, restrictions and duties.

    ``entry`` is None where no clauses are recorded, as for much of what the OSI approved.

    Raises:
        OpennessError: no such license.
    """
    from openness.classifier.terms import read_license
    from openness.knowledge import load_knowledge

    key, knowledge = license_id(name), load_knowledge()
    verdict, reason = read_license(key, knowledge)
    entry = knowledge.licenses.get(key)
    clauses = [clause.model_dump(mode="json") for clause in entry.clauses] if entry else []
    return {
        "id": key,
        "name": entry.name if entry else knowledge.spdx[key].name,
        "verdict": verdict.value,
        "reason": reason,
        "osi": key in knowledge.spdx and knowledge.spdx[key].osi,
        "entry": entry.model_dump(mode="json", exclude={"clauses"}) if entry else None,
        "restrictions": [clause for clause in clauses if clause["kind"] in RESTRICTIONS],
        "duties": [clause for clause in clauses if clause["kind"] not in RESTRICTIONS],
    }


def models_under(key: str, *, offset: int = 0, limit: int = 25) -> tuple[list[Json], int]:
    """Models whose weights are under a license, alone or with others, and how many there are."""
    from openness.classifier.terms import license_keys
    from openness.registry.query import Filters

    expressions = [text for text in catalog.license_counts() if key in license_keys(text)]
    return catalog.page(Filters(licenses=expressions), offset=offset, limit=limit)


@dataclass(frozen=True)
class Mark:
    """What was found in a passage: a clause of a kind, or words that are not the license's own.

    ``effect`` is that of added text, empty for a clause; ``osd`` the criteria that a clause offends; ``missing``
    the words that were left out here; not ``certain`` what may be another clause, or none.
    """

    kind: str = ""
    effect: str = ""
    osd: tuple[int, ...] = ()
    missing: str = ""
    certain: bool = True


@dataclass(frozen=True)
class Passage:
    """A stretch of text and what was found in it; ``begins`` are the marks that start here."""

    text: str
    marks: tuple[Mark, ...] = ()
    begins: tuple[Mark, ...] = ()


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def passages(text: str, found: LicenseText) -> list[Passage]:
    """Cut a text at the edges of what was found in it; put together, the passages are the text.

    What is only perhaps a clause is left unmarked where a clause is known to stand.
    """
    spans: list[tuple[int, int, Mark]] = []
    known = [clause.span for clause in found.clauses if clause.span and clause.certain]
    for clause in found.clauses:
        if clause.span and (clause.certain or not any(_overlap(clause.span, span) for span in known)):
            missing = str(clause.params.get("missing", ""))
            spans.append(
                (*clause.span, Mark(clause.kind.value, osd=tuple(clause.osd), missing=missing, certain=clause.certain))
            )
    spans += [(*added.span, Mark(effect=added.effect)) for added in found.additional_text]
    edges = sorted({0, len(text), *(edge for start, end, _ in spans for edge in (start, end))})
    result = []
    for start, end in zip(edges, [*edges[1:], len(text)], strict=True):
        marks = [mark for first, last, mark in spans if first <= start < last]
        begins = [mark for first, _, mark in spans if first == start]
        if end > start or begins:
            result.append(Passage(text[start:end], tuple(dict.fromkeys(marks)), tuple(dict.fromkeys(begins))))
    return result
