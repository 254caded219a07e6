"""One model: how open it is, what its terms allow, whether it is what it says; and the evidence for all of it."""

from __future__ import annotations

import streamlit as st

from openness.api import parse_day
from openness.dossier import Dossier, UnknownModel, dossier
from openness.ui import table
from openness.ui.language import _
from openness.ui.links import page_link
from openness.ui.sections import family, grade, history, share, summary, terms
from openness.ui.words import plain


def page() -> None:
    """Draw the page of the model that the address names."""
    name = st.query_params.get("id", "")
    if not name:
        st.title(_("Model"), anchor=False)
        st.info(_("The address names no model. Choose one from the catalog."), icon=":material/info:")
        page_link("catalog", _("Catalog"), icon=":material/view_list:")
        return
    asked = st.query_params.get("asof", "")
    day = parse_day(asked) if asked else None
    try:
        found = dossier(name, day)
    except UnknownModel as error:
        _unknown(name, error.near)
        return
    st.set_page_config(page_title=f"{found.model.name} · openness")
    _draw(found, day.isoformat() if day else None)


def _draw(found: Dossier, as_of: str | None) -> None:
    summary.head(found, as_of)
    summary.answers(found)
    summary.actions(found)
    sections = {
        "why": _("Why this level"), "released": _("What is released"), "report": _("What the report discloses"),
        "terms": _("What the terms ask"), "claims": _("What it calls itself"), "history": _("History"),
        "family": _("Family"), "others": _("What others say"), "cite": _("Cite it, show its badge"),
        "wrong": _("Something is wrong?"),
    }  # fmt: skip
    st.markdown(" · ".join(f"[{title}](#{anchor})" for anchor, title in sections.items()))
    grade.why(found)
    grade.artifacts(found)
    grade.disclosures(found)
    terms.clauses(found)
    terms.claims(found)
    history.show(found, as_of)
    family.show(found, as_of)
    terms.others(found)
    share.show(found, as_of)
    share.wrong(found)


def _unknown(name: str, near: list[str]) -> None:
    st.title(_("Model"), anchor=False)
    shown = name if len(name) <= 100 else f"{name[:99]}…"
    st.error(_("The registry has no model called “{name}”.").format(name=plain(shown)), icon=":material/search_off:")
    if near:
        rows = [[table.link(id_, "model", {"id": id_})] for id_ in near]
        table.show(_("Models of a like name"), [{"label": _("Did you mean one of these?")}], rows, key="near")
    page_link("catalog", _("Search the catalog"), {"q": shown}, icon=":material/search:")
    page_link("grade", _("Grade a repository of that name"), {"repo": shown}, icon=":material/fact_check:")
