"""What the terms of the weights ask, and what the maker calls the model."""

from __future__ import annotations

from typing import Any

import streamlit as st

from openness.dossier import Dossier
from openness.ui import table
from openness.ui.clauses import license_short
from openness.ui.clauses import show as show_clauses
from openness.ui.language import _, ngettext
from openness.ui.links import page_link
from openness.ui.sections import evidence
from openness.ui.sections.summary import claim_words
from openness.ui.words import (
    artifact_name,
    criterion_meaning,
    criterion_name,
    is_restriction,
    license_name,
    plain,
    translated,
    verdict_name,
)

Json = dict[str, Any]


def clauses(found: Dossier) -> None:
    """The clauses of the license of the weights: limits first, duties apart."""
    st.header(_("What the terms ask"), anchor="terms")
    terms = found.grade["licenses"].get("weights")
    if terms is None:
        st.markdown(_("The weights are not released, so there are no terms to read."))
        _others(found)
        return
    names = " / ".join(terms["names"]) or license_name(terms["expression"]) or _("license")
    st.markdown(f"{plain(names)}: **{verdict_name(terms['verdict'])}**. {_sentence(translated(terms['reason']))}")
    limits = [item for item in terms["clauses"] if item["osd"] or is_restriction(item["kind"])]
    duties = [item for item in terms["clauses"] if item not in limits]
    several = len({item["license"] for item in terms["clauses"]}) > 1
    if limits:
        st.subheader(_("What it limits"), anchor=False)
        show_clauses(limits, _("What it limits"), key="limits", licenses=several)
        numbers = sorted({number for item in limits for number in item["osd"]})
        if numbers:
            with st.expander(_("The criteria of the Open Source Definition that are named here")):
                st.markdown("\n".join(f"- **{plain(criterion_name(n))}** — {criterion_meaning(n)}" for n in numbers))
    if duties:
        st.subheader(_("What it asks in return, and other terms"), anchor=False)
        with st.expander(
            ngettext("{number} clause", "{number} clauses", len(duties)), expanded=not limits and len(duties) < 6
        ):
            show_clauses(duties, _("What it asks in return, and other terms"), key="duties", licenses=several)
    if not terms["clauses"] and terms["expression"] not in (None, "NONE"):
        st.caption(_("No clause of it stands in our knowledge base; the reason above decides."))
    known = dict.fromkeys(item["license"] for item in terms["clauses"]) or {terms["expression"]: None}
    for key in known:
        if key and key != "NONE" and " " not in key:
            short = license_short(key)
            label = _("{license} in full").format(license=plain(short))
            page_link("licenses", label, {"id": short}, icon=":material/gavel:")
    _others(found)


def _others(found: Dossier) -> None:
    """The licenses of the other artifacts, where they are recorded."""
    rest = {name: item for name, item in found.grade["licenses"].items() if name != "weights"}
    if rest:
        st.subheader(_("Terms of the other artifacts"), anchor=False)
        told = []
        for name, item in rest.items():
            license_ = plain(" / ".join(item["names"]) or license_name(item["expression"]))
            told.append(f"- {artifact_name(name).capitalize()}: {license_} — {verdict_name(item['verdict'])}")
        st.markdown("\n".join(told))


def _sentence(text: str) -> str:
    return plain(text[:1].upper() + text[1:] + ("" if text.endswith((".", "。")) else "."))


def claims(found: Dossier) -> None:
    """What it calls itself, against its terms."""
    st.header(_("What it calls itself"), anchor="claims")
    if not found.claims:
        st.markdown(_("No claim to be open is on record."))
        return
    for claim in found.claims:
        st.markdown(claim_words(claim))
    evidence.show([(plain(item["by"]), item["evidence"]) for item in found.claims], _("Where it says so"))


def others(found: Dossier) -> None:
    """What others concluded, beside our grade."""
    st.header(_("What others say"), anchor="others")
    told = found.grade["assessments"]
    if not told:
        st.markdown(_("No assessment by others is on record."))
        return
    ours = found.grade
    level = _("level unknown") if ours["level"] is None else f"L{ours['level']}"
    level += f"–{ours['at_most']}" if ours["at_most"] > (ours["level"] or 0) else ""
    verdict = verdict_name((ours["licenses"].get("weights") or {}).get("verdict"))
    rows = [
        [
            table.text(item["by"], item["scale"]),
            table.text(item["value"]),
            table.text(level, verdict, mark=_differs(item, ours)),
            table.text(item.get("note")),
        ]
        for item in told
    ]
    columns = [{"label": _("Who")}, {"label": _("They say")}, {"label": _("We say")}, {"label": _("Note")}]
    table.show(_("What others say"), *table.filled(columns, rows), key="assessments")
    for warning in ours["warnings"]:
        if warning["code"] == "assessment_differs":
            st.markdown(f"{plain(translated(warning['message']))} ([{_('why')}](#why))")
    evidence.show([(plain(item["by"]), item["evidence"]) for item in told], _("Where they say so"))


def _differs(item: Json, ours: Json) -> bool:
    theirs, level = item.get("level"), ours["level"]
    return theirs is not None and level is not None and not level <= theirs <= ours["at_most"]
