"""Up to six models side by side, differences marked."""

from __future__ import annotations

from typing import Any

import streamlit as st

from openness import catalog
from openness.comparison import MAX_MODELS, Comparison, Row, compare
from openness.exports.spreadsheet import as_csv
from openness.exports.text import section
from openness.registry.query import Filters
from openness.ui import table
from openness.ui.language import _, clause_summary
from openness.ui.links import page_link
from openness.ui.words import (
    DISCLOSED_SIGNS,
    TONES,
    artifact_name,
    clause_name,
    country_name,
    disclosed_name,
    license_name,
    plain,
    size_name,
    status_name,
    topic_name,
    verdict_name,
)

Json = dict[str, Any]
_MATCHES = 8
_WORDS, _CHOSEN, _FOUND, _ONLY = "compare_words", "compare_chosen", "compare_found", "compare_only"


def page() -> None:
    """Draw the models that the address names."""
    st.title(_("Compare"), anchor=False)
    found = compare(st.query_params.get_all("id"))
    if found.unknown:
        names = _(", ").join(f"“{plain(name[:80])}”" for name in found.unknown)
        st.warning(_("Not in the registry: {names}.").format(names=names), icon=":material/search_off:")
    _choose(found)
    if not found.models:
        st.info(_("Choose two models or more, up to six."), icon=":material/compare:")
        page_link("catalog", _("Browse the catalog"), icon=":material/view_list:")
        return
    st.session_state[_ONLY] = st.query_params.get("only") == "1"
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        only = st.toggle(_("Only differences"), key=_ONLY, on_change=_toggle, disabled=len(found.models) < 2)
        st.download_button(
            _("Download (CSV)"), as_text(found), "openness-compare.csv", "text/csv", on_click="ignore", type="tertiary",
            icon=":material/download:", key="compare_csv",
        )  # fmt: skip
    rows = [row for row in found.rows if not only or any(row.differing())]
    if len(found.models) > 1:
        first = found.models[0]["name"]
        st.caption(_("Marked: other than {name}, the first.").format(name=plain(first)))
    if not rows:
        st.info(_("They do not differ in anything that is compared here."), icon=":material/equal:")
        return
    columns = [{"label": _("Question")}, *({"label": model["name"]} for model in found.models)]
    table.show(
        _("Models side by side"), columns, [_links(found), *(_cells(row) for row in rows)], key="comparison", even=True
    )


def _choose(found: Comparison) -> None:
    """What is compared, and a search for more: a few matches of the index, never all of its names."""
    names = {model["id"]: model["name"] for model in found.models}
    chosen = list(names)
    if chosen:
        st.session_state[_CHOSEN] = chosen
        st.multiselect(
            _("Compared"), chosen, format_func=lambda id_: names[id_], key=_CHOSEN, on_change=_take_away,
            select_all=False,
        )  # fmt: skip
    if len(chosen) >= MAX_MODELS:
        st.caption(_("Six is the most: take one away to add another."))
        return
    words = st.text_input(
        _("Add a model"), key=_WORDS, type="search", live="200ms", placeholder=_("name, organization, Hub id …"),
        max_chars=200,
    )  # fmt: skip
    if not (words or "").split():
        return
    matches, total = catalog.page(Filters(words=(words or "").split()[:20]), limit=_MATCHES + len(chosen))
    offered = {row["id"]: row for row in matches if row["id"] not in names}
    if not offered:
        st.caption(_("No other model of the registry fits."))
        return
    shown = dict(list(offered.items())[:_MATCHES])
    st.session_state[_FOUND] = None
    st.pills(
        _("Matches"), list(shown), format_func=lambda id_: _match(shown[id_]), key=_FOUND, on_change=_add,
        label_visibility="collapsed",
    )  # fmt: skip
    if total > len(shown) + len(chosen):
        st.caption(_("There are more: write more of the name."))


def _match(row: Json) -> str:
    maker = f" · {row['organization']}" if row["organization"] else ""
    return plain(f"{row['name']}{maker}"[:80])


def _add() -> None:
    added = st.session_state.get(_FOUND)
    if added:
        _go([*_ids(), added])
        st.session_state[_WORDS] = ""


def _take_away() -> None:
    _go(st.session_state[_CHOSEN])


def _toggle() -> None:
    if st.session_state[_ONLY]:
        st.query_params["only"] = "1"
    else:
        st.query_params.pop("only", None)


def _ids() -> list[str]:
    """The ids that the address names, as the registry knows them."""
    return [model["id"] for model in compare(st.query_params.get_all("id")).models]


def _go(ids: list[str]) -> None:
    st.query_params["id"] = ids


def _links(found: Comparison) -> list[table.Cell]:
    cells = [table.link(_("open the page"), "model", {"id": model["id"]}) for model in found.models]
    return [table.text(_("Evidence")), *cells]


def _cells(row: Row) -> list[table.Cell]:
    cells = [_cell(row, value) for value in row.values]
    for cell, differs in zip(cells, row.differing(), strict=True):
        cell["mark"] = differs
    return [table.text(_question(row)), *cells]


def _question(row: Row) -> str:
    if row.kind == "artifact":
        name = artifact_name(row.name)
    elif row.kind == "topic":
        return _("Report: {topic}").format(topic=topic_name(row.name))
    elif row.kind == "restriction":
        return _("Terms: {clause}").format(clause=clause_name(row.name))
    else:
        name = {
            "level": _("Level"), "effective_level": _("Together with its bases"), "verdict": _("License verdict"),
            "license": _("License of the weights"), "parameters": _("Parameters"), "released": _("Released"),
            "organization": _("Organization"), "country": _("Country or region"),
        }[row.name or row.kind]  # fmt: skip
    return name[:1].upper() + name[1:]


def _cell(row: Row, value: Any) -> table.Cell:
    if row.kind in ("level", "effective_level"):
        return table.level(*value)
    if row.kind == "artifact":
        return table.glyph(value, status_name(value), beside=status_name(value))
    if row.kind == "topic":
        return table.glyph(DISCLOSED_SIGNS[value], disclosed_name(value), beside=disclosed_name(value))
    if row.kind == "verdict":
        return table.text(verdict_name(value), tone=TONES.get(value or "", "plain"))
    if row.kind == "restriction":
        return _clauses(value)
    return table.text(_fact(row, value))


def _clauses(value: list[Json] | None) -> table.Cell:
    if value is None:
        return table.text(_("not established"))
    if not value:
        return table.text(_("no"))
    return table.text(
        _("yes"), _("; ").join(f"{section(clause)}: {clause_summary(clause['summary'])}" for clause in value)
    )


def _fact(row: Row, value: Any) -> str:
    if row.kind == "license":
        return license_name(value) or _("not established")
    if row.name == "country":
        return country_name(value)
    if row.name == "parameters":
        return size_name(int(value)) if value else _("not known")
    return str(value) if value else _("not known")


def as_text(found: Comparison) -> str:
    """Every row, in words; one column per model, by its id since names can be alike."""
    lines = []
    for row in found.rows:
        cells = [_cell(row, value) for value in row.values]
        texts = [": ".join(part for part in (cell["text"], cell.get("sub", "")) if part) for cell in cells]
        ids = [model["id"] for model in found.models]
        lines.append({_("Question"): _question(row), **dict(zip(ids, texts, strict=True))})
    return as_csv(lines)
