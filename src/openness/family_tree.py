"""What a model was made from and what was made from it, over the whole registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from openness import catalog
from openness.registry.query import bases, by_id, ids_of

MAX_MEMBERS = 40  # more than anybody reads in one picture
_SHOWN = ("id", "name", "level", "at_most", "verdict")


@dataclass(frozen=True)
class Edge:
    """``model`` was made from ``base``, both by id; a base outside of the registry by its own name."""

    base: str
    model: str
    relation: str


@dataclass(frozen=True)
class Tree:
    """A model's ancestors and descendants. ``left_out`` counts those that were too many.

    ``members`` maps ids to what a list shows of a model, None for one that the registry does not know.
    """

    members: dict[str, dict[str, Any] | None]
    edges: list[Edge]
    left_out: int = 0


def around(id_: str) -> Tree:
    """The family of a model of the registry.

    Raises:
        OpennessError: the registry cannot be used.
    """
    shown, edges, left_out = relatives(id_, _edges(catalog.version()))
    rows = by_id(catalog.database(), shown, _SHOWN)
    return Tree({member: rows.get(member) for member in shown}, edges, left_out)


def ancestors(id_: str, edges: Sequence[Edge]) -> list[str]:
    """What a model was made from, and those from, the nearest first."""
    up: dict[str, list[str]] = {}
    for edge in edges:
        up.setdefault(edge.model, []).append(edge.base)
    return list(_walk(id_, up))


def relatives(id_: str, edges: Sequence[Edge], limit: int = MAX_MEMBERS) -> tuple[list[str], list[Edge], int]:
    """A model, its ancestors and its descendants, the nearest first; the edges among them; how many were left out."""
    down: dict[str, list[str]] = {}
    for edge in edges:
        down.setdefault(edge.base, []).append(edge.model)
    found = list(dict.fromkeys([id_, *ancestors(id_, edges), *_walk(id_, down)]))
    kept = found[:limit]
    shown = set(kept)
    among = [edge for edge in edges if edge.base in shown and edge.model in shown]
    return kept, among, len(found) - len(kept)


def _walk(start: str, steps: Mapping[str, list[str]]) -> Iterator[str]:
    """Everything that can be reached, in order of distance; a circle is walked once."""
    seen, ring = {start}, [start]
    while ring:
        ring = list(dict.fromkeys(found for name in ring for found in steps.get(name, ()) if found not in seen))
        seen.update(ring)
        yield from ring


@lru_cache(maxsize=1)
def _edges(_version: str) -> list[Edge]:
    engine = catalog.database()
    links = bases(engine)
    known = ids_of(engine, list({link["id"] for found in links.values() for link in found}))
    return [
        Edge(known.get(link["id"], link["id"]), model, link["relation"])
        for model, found in sorted(links.items())
        for link in found
    ]
