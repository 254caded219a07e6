"""Why a grade is what it is: rules with their evidence, the license with its clauses, warnings."""

from __future__ import annotations

from typing import Any

import streamlit as st

from openness.ui import table
from openness.ui.language import _, clause_summary
from openness.ui.words import clause_name, criterion_name, plain, source_link, translated, verdict_name

Json = dict[str, Any]
MOST = 50  # links, clauses or warnings that are shown: a repository is written by anybody
_SIGNS = {
    "true": ":material/check_circle:", "false": ":material/cancel:", "unknown": ":material/help:",
    "not_applicable": ":material/remove:",
}  # fmt: skip


def _outcome(outcome: str) -> str:
    return {
        "true": _("yes"),
        "false": _("no"),
        "unknown": _("not established"),
        "not_applicable": _("not applicable"),
    }[outcome]


def finding(found: Json) -> None:
    """One rule: what it found, why, on what evidence."""
    reason = plain(translated(found["reason"]))
    st.markdown(f"{_SIGNS[found['outcome']]} **L{found['level']} · {_outcome(found['outcome'])}** — {reason}")
    shown = [_source(item) for item in found["evidence"][:MOST]]
    if found["outcome"] not in ("true", "not_applicable") and found["remedy"]:
        shown.insert(0, _("To reach it: {remedy}").format(remedy=plain(translated(found["remedy"]))))
    if shown:
        st.markdown(":small[" + " · ".join(shown) + "]")


def _source(item: Json) -> str:
    where = item.get("where") or item.get("url") or item.get("citation") or ""
    return source_link(item.get("url"), where)


def license_of_weights(reading: Json | None) -> None:
    """The license verdict with its clauses."""
    st.subheader(_("License of the weights"), anchor=False)
    if not reading:
        st.markdown(_("No license was found."))
        return
    names = ", ".join(reading["names"]) or str(reading["expression"] or "")
    st.markdown(f"**{plain(verdict_name(reading['verdict']))}** · {plain(names)}")
    if reading["reason"]:
        st.caption(plain(translated(reading["reason"])))
    clauses = reading["clauses"][:MOST]
    if clauses:
        rows = [[table.text(clause_name(clause["kind"]), _place(clause)), *_clause(clause)] for clause in clauses]
        table.show(
            _("Clauses of the license"),
            [{"label": _("Clause")}, {"label": _("What it says")}, {"label": _("Open Source Definition")}],
            rows,
            key="clauses",
        )


def _place(clause: Json) -> str:
    section = str(clause["section"])
    return f"§ {section}" if section[:1].isdigit() else section


def _clause(clause: Json) -> list[table.Cell]:
    offended = clause["osd"]
    names = "; ".join(criterion_name(number) for number in offended)
    short = ", ".join(f"OSD {number}" for number in offended) or _("offends none")
    return [table.text(clause_summary(clause["summary"]), clause["quote"]), table.text(short, names)]


def warnings(known: list[Json]) -> None:
    """What a reader must know beside the grade."""
    if not known:
        return
    st.subheader(_("To be aware of"), anchor=False)
    st.markdown("\n".join(f"- {plain(translated(warning['message']))}" for warning in known[:MOST]))
