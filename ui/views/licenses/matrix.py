"""Licenses and kinds of clauses as a matrix, restrictions first."""

from __future__ import annotations

from typing import Any

import streamlit as st

from openness import license_catalog
from openness.schemas.license import ClauseKind
from openness.ui import address, paging, table
from openness.ui.address import key_of
from openness.ui.clauses import capital, license_short
from openness.ui.language import _, ngettext
from openness.ui.views.licenses import filters
from openness.ui.words import clause_name, is_restriction, verdict_name

ROWS = 40


def draw() -> dict[str, list[str]]:
    """Draw the matrix; returns what the address is to hold."""
    filters.read(all=address.One(("models", "1")), kinds=address.One(("all", "restrictions")))
    for name, first in (("all", "models"), ("kinds", "restrictions")):
        if st.session_state[key_of(name)] is None:
            st.session_state[key_of(name)] = first
    chosen, row = filters.draw()
    with row:
        scope = st.segmented_control(
            _("Licenses"),
            ("models", "1"),
            format_func={"models": _("used by models"), "1": _("all")}.__getitem__,
            key=key_of("all"),
            on_change=paging.restart,
            required=True,
        )
        kinds = st.segmented_control(
            _("Clauses"),
            ("restrictions", "all"),
            format_func={"restrictions": _("restrictions"), "all": _("duties, too")}.__getitem__,
            key=key_of("kinds"),
            required=True,
        )
    rows = license_catalog.licenses(chosen.filters(used=scope == "models"), "models", descending=True)
    number = paging.number(len(rows), ROWS)
    shown = rows[(number - 1) * ROWS : number * ROWS]
    st.markdown(f"**{ngettext('{number} license', '{number} licenses', len(rows))}**")
    if shown:
        _legend()
        _table(shown, duties=kinds == "all")
    else:
        st.info(_("No license meets all of this. Take a filter away."), icon=":material/filter_alt_off:")
    paging.choose(len(rows), ROWS, number)
    return {
        **chosen.address(),
        "all": [] if scope == "models" else ["1"],
        "kinds": [] if kinds == "restrictions" else ["all"],
        "page": [str(number)] if number > 1 else [],
    }


def _legend() -> None:
    st.caption(
        _(
            "■ with a number: a clause against that criterion of the Open Source Definition. "
            "□: such a clause, against no criterion. Empty: none. "
            "Kinds that no license on this page has are left out."
        )
    )


def _table(rows: list[dict[str, Any]], *, duties: bool) -> None:
    present = {kind for row in rows for kind in row["clauses"]}
    kinds = [kind for kind in ClauseKind if kind in present and (duties or is_restriction(kind))]
    groups = (_("Duties and other terms"), _("Restrictions"))
    columns: list[dict[str, Any]] = [{"label": _("License"), "group": ""}]
    columns += [
        {"label": capital(clause_name(kind)), "narrow": True, "rotated": True, "group": groups[is_restriction(kind)]}
        for kind in kinds
    ]
    table.show(
        _("Licenses and the kinds of clauses that they have"),
        columns,
        [
            [
                table.link(
                    row["name"], "licenses", {"id": license_short(row["id"])}, _verdict(row)
                ),
                *(_cell(row, kind) for kind in kinds),
            ]
            for row in rows
        ],
        key="matrix",
        grid=True,
    )  # fmt: skip


def _verdict(row: dict[str, Any]) -> str:
    name = verdict_name(row["verdict"])
    return name if row["recorded"] else f"{name} · {_('clauses not recorded')}"


def _cell(row: dict[str, Any], kind: str) -> table.Cell:
    if kind not in row["clauses"]:
        return table.text("")
    name, numbers = clause_name(kind), row["offends"].get(kind, [])
    if not numbers:
        return table.glyph("clause", name)
    said = _(", ").join(map(str, numbers))
    label = _("{clause}: against criterion {numbers}").format(clause=name, numbers=said)
    return table.glyph("against", label, beside=said)
