"""Two licenses side by side, clause by clause."""

from __future__ import annotations

from typing import Any

import streamlit as st

from openness import license_catalog
from openness.exports.text import section
from openness.licenses import ClausePair, compare_licenses, find_license
from openness.schemas.license import Clause, ClauseKind
from openness.ui import address, table
from openness.ui.address import key_of
from openness.ui.clauses import capital, license_short
from openness.ui.language import _, clause_summary, ngettext
from openness.ui.links import view_link
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
                view_link(
                    "licenses", _("All of its clauses"), {"id": code}, icon=":material/gavel:", key=f"open_{name}"
                )
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
            [{"label": _("Clause")}, *({"label": row["name"]} for row in rows)],
            [
                [
                    table.text(capital(clause_name(pair.kind)), _how(pair, [row["name"] for row in rows])),
                    *(_cell(found, mark=_both(pair)) for found in (pair.first, pair.second)),
                ]
                for pair in shown
            ],
            key=f"diff_{restricting}",
        )


def _both(pair: ClausePair) -> bool:
    """Whether both have such a clause, but not the same."""
    return bool(pair.first and pair.second and not pair.same)


def _how(pair: ClausePair, names: list[str]) -> str:
    if pair.same:
        return _("the same")
    if pair.first and pair.second:
        return _("differs")
    return _("only in {license}").format(license=names[0] if pair.first else names[1])


def _cell(clauses: list[Clause], *, mark: bool) -> table.Cell:
    said = _("; ").join(clause_summary(clause.summary) for clause in clauses) or "–"
    places = _(", ").join(dict.fromkeys(section({"section": clause.section}) for clause in clauses))
    return table.text(said, places, mark=mark)
