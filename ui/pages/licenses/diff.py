"""Two licenses side by side, clause by clause."""

from __future__ import annotations

from typing import Any

import streamlit as st

from openness import license_catalog
from openness.licenses import compare_licenses, find_license
from openness.schemas.license import Clause, ClauseKind
from openness.ui import address, table
from openness.ui.address import key_of
from openness.ui.clauses import capital, license_short
from openness.ui.language import _, ngettext
from openness.ui.links import page_link
from openness.ui.verdicts import badge
from openness.ui.words import clause_name, is_restriction


def draw() -> dict[str, list[str]]:
    """Draw the comparison; returns what the address is to hold."""
    known = {
        license_short(row["id"]): row
        for row in license_catalog.licenses(license_catalog.LicenseFilters(), "name", descending=False)
        if row["clauses"]
    }
    codes = address.One(known)
    address.read({"a": codes, "b": codes, "differ": address.One(("1",))})
    chosen: list[str] = []
    for place, name, label in zip(st.columns(2), ("a", "b"), (_("One license"), _("The other")), strict=True):
        with place:
            code = st.selectbox(
                label,
                codes,
                format_func=lambda code: f"{known[code]['name']} · {code}",
                key=key_of(name),
                placeholder=_("type its name"),
            )
            chosen.append(code or "")
            if code:
                badge(known[code]["verdict"])
                page_link("licenses", _("All of its clauses"), {"id": code})
    wanted = {"a": chosen[:1], "b": chosen[1:]}
    if not all(chosen):
        st.info(_("Choose two licenses. Those are offered whose clauses are recorded."), icon=":material/difference:")
        return wanted
    only = st.pills(
        _("Show"),
        ("1",),
        format_func=lambda _code: _("only what differs"),
        key=key_of("differ"),
        label_visibility="collapsed",
    )
    _table(chosen[0], chosen[1], [known[code] for code in chosen], only_differences=bool(only))
    return {**wanted, "differ": [only or ""]}


def _table(first: str, second: str, rows: list[dict[str, Any]], *, only_differences: bool) -> None:
    pairs = compare_licenses(find_license(rows[0]["id"]), find_license(rows[1]["id"]))
    different = sum(not pair.same for pair in pairs)
    if not different:
        st.success(_("By our summaries both demand the same."), icon=":material/check:")
    else:
        st.markdown(
            "**"
            + ngettext("{number} kind of clause differs", "{number} kinds of clauses differ", different)
            + "**"
        )  # fmt: skip
    order = list(ClauseKind)
    pairs.sort(key=lambda pair: order.index(pair.kind))
    for title, restricting in ((_("Restrictions"), True), (_("Duties and other terms"), False)):
        shown = [
            pair
            for pair in pairs
            if is_restriction(pair.kind) == restricting and not (pair.same and only_differences)
        ]  # fmt: skip
        if not shown:
            continue
        st.header(title, anchor=False)
        table.show(
            title,
            [{"label": _("Clause")}, {"label": rows[0]["name"]}, {"label": rows[1]["name"]}, {"label": ""}],
            [
                [
                    table.text(capital(clause_name(pair.kind))),
                    _cell(pair.first, differs=not pair.same),
                    _cell(pair.second, differs=not pair.same),
                    table.text(_("the same") if pair.same else _("differs")),
                ]
                for pair in shown
            ],
            key=f"diff_{restricting}",
        )


def _cell(clauses: list[Clause], *, differs: bool) -> table.Cell:
    from openness.exports.text import section

    said = "; ".join(clause.summary for clause in clauses) or _("no such clause")
    places = ", ".join(dict.fromkeys(section({"section": clause.section}) for clause in clauses))
    return table.text(said, places, mark=differs)
