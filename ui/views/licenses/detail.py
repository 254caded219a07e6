"""One license in full: verdict and reason, where its text was read, its clauses, the models under it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from openness import license_catalog
from openness.schemas.errors import OpennessError
from openness.ui import address, clauses, paging, table
from openness.ui.clauses import license_short
from openness.ui.language import _, ngettext
from openness.ui.links import Query, page_link, view_link
from openness.ui.verdicts import badge
from openness.ui.words import plain, source_link, translated

ROWS = 15


def draw(name: str) -> None:
    """Draw the license that the address names."""
    view_link("licenses", _("All licenses"), icon=":material/arrow_back:", key="all_licenses")
    try:
        found = license_catalog.license_detail(name)
    except OpennessError as error:
        st.title(_("No such license"), anchor=False)
        st.error(plain(error.message), icon=":material/error:")
        if error.hint:
            st.caption(plain(error.hint))
        return
    short = license_short(found["id"])
    st.title(plain(found["name"]), anchor=False)
    badge(found["verdict"])
    st.markdown(plain(clauses.capital(translated(found["reason"]))))
    if found["entry"]:
        _source(found["entry"], short)
    with st.container(horizontal=True, vertical_alignment="center"):
        page_link("may-i", _("May I use what is under it?"), {"license": short}, icon=":material/rule:")
        if found["entry"]:
            query: Query = {"view": "diff", "a": short}
            view_link("licenses", _("Compare with another"), query, icon=":material/difference:", key="compare")
    _clauses(found)
    _models(found["id"])


def _source(entry: dict[str, Any], short: str) -> None:
    facts = [_("id: {id}").format(id=plain(short))]
    if entry["version"]:
        facts.append(_("version {version}").format(version=plain(entry["version"])))
    if entry["published"]:
        facts.append(_("published {date}").format(date=plain(entry["published"])))
    for position, text in enumerate((entry["text"], *entry["also_read"])):
        said = _("also read: {date}") if position else _("text read {date}")
        stored = " " + _("(stored copy)") if text["stored"] else ""
        facts.append(source_link(text["url"], said.format(date=text["read"]) + stored))
    st.caption(" · ".join(facts))
    if entry["note"]:
        st.caption(plain(clauses.capital(entry["note"])))


def _clauses(found: dict[str, Any]) -> None:
    unread = not found["entry"] or found["verdict"] == "needs_human"
    if unread and not found["restrictions"] and not found["duties"]:
        if found["osi"]:
            st.info(
                _(
                    "The Open Source Initiative approved it, so nothing in it limits who may use it or for what. "
                    "Its duties, such as keeping notices, are not recorded here: read its text."
                )
            )
        else:
            st.info(_("No clauses are recorded for it."))
        return
    for name, title, none in (
        ("restrictions", _("What it restricts"), _("No clause of it restricts who may use it, or for what.")),
        ("duties", _("Duties and other terms"), _("None are recorded.")),
    ):
        st.header(title, anchor=name)
        if found[name]:
            clauses.show(found[name], title, key=name)
        else:
            st.markdown(none)


def _models(key: str) -> None:
    address.read({"page": None})
    total = license_catalog.models_under(key, limit=0)[1]
    number = paging.number(total, ROWS)
    rows, total = license_catalog.models_under(key, offset=(number - 1) * ROWS, limit=ROWS)
    st.header(_("Models under it"), anchor="models")
    if not total:
        st.markdown(_("The weights of no model in the registry are under it."))
        return
    st.markdown(f"**{ngettext('{number} model', '{number} models', total)}**")
    table.show(
        _("Models whose weights are under this license"),
        [
            {"label": _("Model")},
            {"label": _("Level")},
            {"label": _("License of the weights")},
            {"label": _("Released")},
        ],
        [
            [
                table.link(row["name"], "model", {"id": row["id"]}, row["organization"] or ""),
                table.level(row["level"], row["at_most"]),
                table.text(license_short(row["license"] or "")),
                table.text(row["released"]),
            ]
            for row in rows
        ],
        key="models",
    )
    paging.choose(total, ROWS, number)
    address.write({"page": [str(number)] if number > 1 else []})
