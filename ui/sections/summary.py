"""The first screen: who made it, how open it is, may I use it, is it what it says."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from openness.dossier import Dossier
from openness.ui import ladder, verdicts
from openness.ui.clauses import capital
from openness.ui.language import _, ngettext
from openness.ui.links import page_link
from openness.ui.words import (
    clause_name,
    country_name,
    is_restriction,
    level_name,
    level_range,
    level_words,
    license_name,
    modality_name,
    plain,
    size_name,
    source_link,
    status_name,
    translated,
)

Json = dict[str, Any]
_HOSTS = {
    "huggingface": "Hugging Face", "modelscope": "ModelScope", "github": "GitHub", "gitlab": "GitLab",
    "codeberg": "Codeberg",
}  # fmt: skip
_MOST = 4  # restrictions on the first screen; all of them stand below


def head(found: Dossier, as_of: str | None) -> None:
    """Name, maker, country, size, dates and repositories."""
    model = found.model
    st.title(plain(model.name), anchor=False)
    size = size_name(model.parameters.total) if model.parameters else ""
    active = size_name(model.parameters.active) if model.parameters else ""
    facts = [
        plain(model.organization or _("maker not known")),
        plain(country_name(model.country)) if model.country else "",
        _("{size} parameters").format(size=plain(size)) if size else "",
        _("{size} of them active").format(size=plain(active)) if active else "",
        _(", ").join(modality_name(name) for name in model.modality or []),
        _("released {day}").format(day=plain(model.released)) if model.released else _("release date not known"),
    ]
    st.markdown(" · ".join(fact for fact in facts if fact))
    places: dict[str, list[str]] = {}
    for item in found.repositories:
        places.setdefault(_HOSTS.get(item["host"], _("elsewhere")), []).append(source_link(item["url"], item["id"]))
    if places:
        st.markdown(" · ".join(f"{host}: {', '.join(names)}" for host, names in places.items()))
    if model.aliases:
        st.caption(_("also called: {names}").format(names=_(", ").join(plain(name) for name in model.aliases)))
    if as_of:
        st.info(
            _("As of {day}: graded by what was released by then.").format(day=plain(as_of)), icon=":material/history:"
        )
        # No link: to the page that is open, Streamlit's would leave the old address standing.
        st.button(_("See it as of today"), key="today", type="tertiary", icon=":material/today:", on_click=_today)


def _today() -> None:
    st.query_params.pop("asof", None)


def answers(found: Dossier) -> None:
    """The three questions that most visitors come with."""
    open_, may, says = st.columns([1.35, 1, 1], gap="medium")
    with open_:
        _how_open(found)
    with may:
        _may_i(found)
    with says:
        _is_it(found)


def _how_open(found: Dossier) -> None:
    grade = found.grade
    st.header(_("How open is it?"), anchor=False)
    level, at_most = grade["level"], grade["at_most"]
    words = level_words(level, at_most)
    st.markdown(f"**{capital(words)}**" + (f" · {level_name(level)}" if level is not None else ""))
    ladder.show(level, at_most, key="ladder")
    if at_most > (level or 0):
        reason = next((item["reason"] for item in grade["findings"] if item["outcome"] == "unknown"), "")
        st.caption(_("Still open: {reason}").format(reason=plain(translated(reason))))
    weights = found.artifacts[0]
    if weights["status"] in ("gated", "restricted", "partial"):
        st.caption(_("Weights: {status}").format(status=status_name(weights["status"])))
    effective = grade["effective_level"]
    if (effective["level"], effective["at_most"]) != (level, at_most):
        shown = level_range(effective["level"], effective["at_most"])
        st.caption(_("Together with its base models: {level}").format(level=shown) + f" ([{_('why')}](#family))")


def _may_i(found: Dossier) -> None:
    terms = found.grade["licenses"].get("weights") or {}
    st.header(_("May I use it?"), anchor=False)
    if found.artifacts[0]["status"] == "closed":
        st.markdown(
            _("The weights are not released: there is nothing to use but a service, whose terms are not read here.")
        )
        return
    verdicts.badge(terms.get("verdict"))
    names = terms.get("names") or [license_name(terms.get("expression"))]
    if any(names):
        st.markdown(" / ".join(plain(name) for name in names if name))
    limits = list(dict.fromkeys(item["kind"] for item in terms.get("clauses", ()) if item["osd"]))
    limits += [kind for item in terms.get("clauses", ()) if is_restriction(kind := item["kind"]) and kind not in limits]
    if limits:
        st.markdown("\n".join(f"- {clause_name(kind)}" for kind in limits[:_MOST]))
        if len(limits) > _MOST:
            more = ngettext("and {number} more limit", "and {number} more limits", len(limits) - _MOST)
            st.caption(f"{more} ([{_('all')}](#terms))")
    elif terms.get("reason"):
        st.caption(plain(translated(terms["reason"])))
    page_link("may-i", _("Ask about your use"), {"id": found.model.id}, icon=":material/rule:")


def claim_words(claim: Json) -> str:
    """What a claim says, and whether the terms bear it out, as markdown."""
    said = _("{name}: “{words}”").format(name=plain(claim["by"]), words=plain(claim["says"]))
    if claim["holds"] is None:
        return said
    holds, not_so = _("the terms of its weights bear that out"), _("the terms of its weights say otherwise")
    return f"{said} — **{holds if claim['holds'] else not_so}**"


def _is_it(found: Dossier) -> None:
    st.header(_("Is it what it says?"), anchor=False)
    for claim in found.claims:
        st.markdown(claim_words(claim))
    if not found.claims:
        st.markdown(_("No claim to be open is on record."))
    told = [item for item in found.grade["warnings"] if item["code"] != "claim_contradicts_terms"]
    if told:
        st.markdown("\n".join(f"- {plain(translated(item['message']))}" for item in told))


def actions(found: Dossier) -> None:
    """What can be done from here."""
    model = found.model
    with st.container(horizontal=True, vertical_alignment="center", key="actions"):
        page_link("compare", _("Compare with …"), {"id": model.id}, icon=":material/compare:")
        for what, label, data in (
            ("grade", _("Grade (JSON)"), found.grade),
            ("record", _("Record (JSON)"), found.record),
        ):
            st.download_button(
                label, json.dumps(data, ensure_ascii=False, indent=2), f"{model.id}-{what}.json", "application/json",
                key=f"download_{what}", on_click="ignore", type="tertiary", icon=":material/download:",
            )  # fmt: skip
