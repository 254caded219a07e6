"""Clauses of licenses as cells of a table: name and section, meaning, quote, criteria."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from openness.exports.text import section
from openness.ui import table
from openness.ui.language import _, clause_summary
from openness.ui.words import clause_name, country_name, criterion_name

Clause = dict[str, Any]


def capital(text: str) -> str:
    """The same with a capital letter to begin with."""
    return text[:1].upper() + text[1:]


def criteria(numbers: Iterable[int]) -> str:
    """Criteria of the Open Source Definition with their names."""
    return _("; ").join(map(criterion_name, numbers))


def license_short(key: str) -> str:
    """A license's id without the prefix of those that SPDX does not list."""
    return key.replace("LicenseRef-", "")


def _unit(code: str) -> str:
    return {
        "monthly_active_users": _("users a month"),
        "daily_active_users": _("users a day"),
        "revenue_usd_per_year": _("US dollars of revenue a year"),
        "revenue_usd_per_month": _("US dollars of revenue a month"),
        "revenue_cny_per_year": _("yuan of revenue a year"),
        "revenue_eur_per_year": _("euros of revenue a year"),
        "employees": _("employees"),
        "devices": _("devices"),
        "visits": _("visits"),
    }.get(code, code.replace("_", " "))


def params(clause: Clause) -> str:
    """What a clause says in numbers, places and names; its codes stay out, since the summary says the same."""
    given, parts = clause.get("params") or {}, []
    for more in ("", "2"):
        if isinstance(number := given.get(f"number{more}"), int | float):
            parts.append(f"{number:,} {_unit(str(given.get(f'unit{more}', '')))}".strip())
    if given.get("effect") == "display_only":
        parts.append(_("above it a name must be shown, no more"))
    if isinstance(regions := given.get("regions"), list):
        parts.append(_(", ").join(country_name(place) if len(str(place)) == 2 else str(place) for place in regions))
    for name, words in (("text", _("the words: “{words}”")), ("missing", _("left out: “{words}”"))):
        if isinstance(said := given.get(name), str):
            parts.append(words.format(words=said))
    if given.get("covers_outputs") is True:
        parts.append(_("outputs included"))
    if given.get("by_reference") is True:
        parts.append(_("set out in another document"))
    return " · ".join(parts)


def show(clauses: Sequence[Clause], caption: str, *, key: str, licenses: bool = False) -> None:
    """Draw clauses as a table.

    Args:
        clauses: as JSON, of the knowledge base or as read in a text.
        caption: what they are, for screen readers.
        key: unique on the page.
        licenses: name the license that each stands in.
    """
    offends, told = any(clause["osd"] for clause in clauses), any(clause.get("summary") for clause in clauses)
    columns = [_("Clause"), *([_("In short")] if told else []), _("What the text says")]
    rows = []
    for clause in clauses:
        place = section(clause) if clause["section"] else ""
        owner = _whose(clause) if licenses else ""
        row = [table.text(capital(clause_name(clause["kind"])), " · ".join(filter(None, (place, owner))))]
        if told:
            row.append(table.text(clause_summary(clause.get("summary", "")), params(clause)))
        row.append(table.text(f"“{clause['quote']}”", "" if told else params(clause)))
        rows.append([*row, table.text(criteria(clause["osd"]))] if offends else row)
    columns += [_("Against criterion")] if offends else []
    table.show(caption, [{"label": label} for label in columns], rows, key=key)


def _whose(clause: Clause) -> str:
    if not clause.get("certain", True):
        return _("perhaps: guessed from examples, no rule knows the wording")
    return license_short(clause["license"]) if clause.get("license") else _("found by a rule")
