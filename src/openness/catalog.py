"""The catalog at the front door: pages of models from the index, and what can be chosen from."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from openness import settings
from openness.registry.query import Filters, Order, count, counts, models, values
from openness.schemas.uses import May, Use
from openness.store import open_index

if TYPE_CHECKING:
    from sqlalchemy import Engine

Json = dict[str, Any]


def version() -> str:
    """What the index was built from: everything below stays true as long as this is the same.

    Raises:
        OpennessError: the registry cannot be used.
    """
    index = open_index()
    try:
        meta = index.meta()
        return f"{meta.get('sha256', '')[:12]}-{meta.get('inputs', '')}"
    finally:
        index.close()


@lru_cache(maxsize=1)
def _engine(_version: str, _url: str | None) -> Engine:
    from openness.store import engine

    return engine()


def database() -> Engine:
    """The fresh index, to put questions of ``registry.query`` to.

    Raises:
        OpennessError: the registry cannot be used.
    """
    return _engine(version(), settings.database_url())


def page(
    filters: Filters,
    use: Use | None = None,
    *,
    order: Order = "name",
    descending: bool = False,
    offset: int = 0,
    limit: int | None = 25,
) -> tuple[list[Json], int]:
    """One page of the models that meet every filter and whose terms allow a use, and how many there are.

    Raises:
        OpennessError: the registry cannot be used.
    """
    wanted = filters if use is None or use == Use() else replace(filters, licenses=licenses_that_allow(use))
    engine = database()
    return models(engine, wanted, order=order, descending=descending, offset=offset, limit=limit), count(engine, wanted)


def choices() -> dict[str, list[str]]:
    """The organizations, countries and modalities of the registry, the commonest first."""
    return _choices(version())


@lru_cache(maxsize=1)
def _choices(_version: str) -> dict[str, list[str]]:
    engine = database()
    return {
        "organization": values(engine, "organization"),
        "country": values(engine, "country"),
        "modality": values(engine, "modality"),
    }


def license_counts() -> dict[str, int]:
    """The license expressions of the registry's weights, the commonest first, and how many models have each."""
    return _license_counts(version())


@lru_cache(maxsize=1)
def _license_counts(_version: str) -> dict[str, int]:
    return counts(database(), "license")


def licenses_that_allow(use: Use) -> list[str]:
    """The license expressions of the registry whose answer to a use is yes."""
    return _licenses_that_allow(use.model_dump_json(), version())


@lru_cache(maxsize=256)
def _licenses_that_allow(use: str, _version: str) -> list[str]:
    from openness.classifier.terms import read_expression
    from openness.classifier.uses import answer_uses
    from openness.knowledge import load_knowledge

    asked, knowledge = Use.model_validate_json(use), load_knowledge()
    return [
        expression
        for expression in values(database(), "license")
        if answer_uses(read_expression(expression, knowledge), asked)[0] is May.YES
    ]
