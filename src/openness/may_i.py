"""May I? at the front door, as a page asks it: uses held against the terms of a model or of a license."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from openness.schemas.errors import OpennessError

if TYPE_CHECKING:
    from openness.api import Options
    from openness.schemas.grade import LicenseReading
    from openness.schemas.uses import Use

Json = dict[str, Any]
LOOKED_AT = 200  # models that a search puts in order


def model_id(name: str) -> str:
    """The registry's id of a model.

    Raises:
        OpennessError: the registry has no such model; the nearest are suggested.
    """
    from openness.api import suggestions
    from openness.schemas.names import fold_name
    from openness.store import open_index

    index = open_index()
    try:
        found = index.find(fold_name(name))
        near = [] if found else suggestions(name, index)
    except sqlite3.DatabaseError as error:
        raise OpennessError("database", f"the index cannot be read: {error}") from None
    finally:
        index.close()
    if found:
        return found
    hint = f"did you mean {', '.join(near)}?" if near else "search for it"
    raise OpennessError("unknown_model", f"no model `{name}` in the registry", hint)


def search(words: Sequence[str]) -> tuple[list[Json], list[Json]]:
    """Models and licenses that have all of these words, those first whose names begin with them, then have them.

    Raises:
        OpennessError: the registry cannot be used.
    """
    from openness import catalog
    from openness.license_catalog import LicenseFilters, licenses
    from openness.registry.query import Filters

    wanted = " ".join(words).casefold()

    def distance(row: Json) -> int:
        name = row["name"].casefold()
        return 0 if name.startswith(wanted) else 1 if wanted in name else 2

    models, _total = catalog.page(Filters(words=words), limit=LOOKED_AT)
    return sorted(models, key=distance), sorted(licenses(LicenseFilters(words=words)), key=distance)


def about_model(name: str, use: Use, as_of: date | None = None) -> Json:
    """Hold uses against the terms of a model of the registry; no network, no folder is ever read.

    Raises:
        OpennessError: the registry has no such model, or cannot be used.
    """
    from openness.api import Options, grade_json
    from openness.licenses import check_uses

    grade = grade_json(model_id(name), Options(as_of=as_of, offline=True))
    weights: Json = next((view for view in grade["artifacts"] if view["artifact"] == "weights"), {})
    reading = grade["licenses"].get("weights") or {}
    return {
        "model": grade["id"],
        "name": grade["name"],
        "as_of": grade["as_of"],
        "reading": {key: reading.get(key) for key in ("expression", "verdict", "reason", "names")},
        "keys": _keys(reading.get("expression")),
        "evidence": weights.get("evidence", []),
        "disclaimer": grade["disclaimer"],
        **check_uses(grade, use),
    }


def about_license(name: str, use: Use) -> Json:
    """Hold uses against the terms of a license.

    Raises:
        OpennessError: no such license.
    """
    from openness.classifier.terms import read_expression
    from openness.knowledge import load_knowledge
    from openness.license_catalog import license_id
    from openness.licenses import check_uses

    key, knowledge = license_id(name), load_knowledge()
    found = _like_a_grade(read_expression(key, knowledge))
    reading = found["licenses"]["weights"]
    entry = knowledge.licenses.get(key)
    return {
        "model": None,
        "name": reading["names"][0],
        "as_of": found["as_of"],
        "reading": {name: reading[name] for name in ("expression", "verdict", "reason", "names")},
        "keys": [key],
        "evidence": [text.model_dump(mode="json") for text in (entry.text, *entry.also_read)] if entry else [],
        "disclaimer": found["disclaimer"],
        **check_uses(found, use),
    }


def terms(target: str, options: Options) -> Json:
    """The grade of what a target names; of a license (a text in a file, ``-`` for stdin, an id) only its terms.

    Raises:
        OpennessError: it names nothing, cannot be read, or is a license and asked about a day.
    """
    from openness.api import grade_json
    from openness.classifier.declared import reading_of
    from openness.classifier.terms import read_expression
    from openness.knowledge import load_knowledge
    from openness.license_catalog import license_id
    from openness.licenses import is_file, license_text_of, read_license

    if is_file(target):
        reading = reading_of(read_license(license_text_of(target)), load_knowledge())
    else:
        try:
            return grade_json(target, options)
        except OpennessError as error:
            if error.code != "unknown_model":
                raise
            try:
                key = license_id(target)
            except OpennessError as other:
                if other.code != "unknown_license":
                    raise
                error.hint = f"{error.hint}; if a license is meant: {other.hint}"
                raise error from None
        reading = read_expression(key, load_knowledge())
    if options.as_of:
        raise OpennessError("bad_date", f"{target} is a license, which is the same every day", "leave out the day")
    return {"target": target, **_like_a_grade(reading)}


def _like_a_grade(reading: LicenseReading) -> Json:
    from openness.schemas.grade import Grade

    return {
        "id": None,
        "registry": None,
        "as_of": datetime.now(UTC).date().isoformat(),
        "licenses": {"weights": reading.model_dump(mode="json")},
        "disclaimer": Grade.model_fields["disclaimer"].default,
    }


def _keys(expression: str | None) -> list[str]:
    from openness.classifier.terms import license_keys

    return sorted(license_keys(expression)) if expression and expression != "NONE" else []
