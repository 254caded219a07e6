"""What others say of models, in words that their different formats share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from openness.schemas.record import Artifact

MAX_NAME = 200
_HUB = re.compile(
    r"(?:https?://)?(?:www\.)?(?P<host>huggingface\.co|hf\.co|modelscope\.(?:cn|com|ai)/models)"
    r"/(?P<id>[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95})"
)
# Paths of the Hub that look like org/name.
_NO_MODEL = {"papers", "collections", "datasets", "spaces", "docs", "blog", "organizations", "models", "api", "posts"}

Place = tuple[Literal["huggingface", "modelscope"], str]
Role = Literal["model", "end", "base"]


class Says(StrEnum):
    """What somebody says of an artifact. ``not listed`` is weaker than ``closed``: it is merely left out."""

    OPEN = "open"
    PARTIAL = "partial"
    CLOSED = "closed"
    NOT_LISTED = "not listed"


@dataclass(frozen=True)
class Statement:
    """One feature of theirs that has a counterpart among our artifacts; ``said`` is in their own words."""

    artifact: Artifact
    feature: str
    says: Says
    said: str


@dataclass(frozen=True)
class Statements:
    """What a recorded value says of our artifacts, and the free-text license that it names for the weights."""

    artifacts: tuple[Statement, ...] = ()
    license: str | None = None
    license_feature: str = ""


@dataclass(frozen=True)
class Subject:
    """A model that a file speaks about, under which names, and what it says in total.

    ``role`` tells a system's base model from the model that its users meet. ``value`` and ``note`` are
    what an assessment records; what is compared is read from ``value`` again.
    """

    role: Role
    names: tuple[str, ...]
    places: tuple[Place, ...]
    value: str
    note: str | None = None


@dataclass(frozen=True)
class Opinion:
    """One file of theirs."""

    path: str
    title: str
    by: str
    scale: str
    repository: str
    where: str
    subjects: tuple[Subject, ...]


class NoOpinion(ValueError):
    """A file that says nothing of any model; the message says why."""


def mapping(value: Any) -> dict[str, Any]:
    """A mapping, or none: what stands in its place says nothing."""
    return value if isinstance(value, dict) else {}


def line(value: Any, limit: int = MAX_NAME) -> str:
    """A scalar as one short line; empty for anything else."""
    return " ".join(value.split())[:limit].strip() if isinstance(value, str) else ""


def places(*values: Any) -> tuple[Place, ...]:
    """The model repositories that links name, each once, in their order.

    Only hubs of models: the code repository of a family belongs to all of its models and tells none of them.
    """
    return tuple(dict.fromkeys(_places(values, 0)))


def _places(values: Iterable[Any], depth: int) -> Iterator[Place]:
    for value in values:
        if isinstance(value, list) and depth < 2:
            yield from _places(value[:200], depth + 1)
        elif isinstance(value, str):
            for found in _HUB.finditer(value[:10_000]):
                name = found["id"].rstrip(".")
                if found["host"].startswith("modelscope"):
                    yield "modelscope", name
                elif name.partition("/")[0] not in _NO_MODEL:
                    yield "huggingface", name
