"""The entry: ``openness serve`` runs this file with Streamlit."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from openness.schemas.errors import OpennessError
from openness.ui import language, links
from openness.ui.language import LANGUAGES, LOCALES, _
from openness.ui.words import plain, translated

_HERE = Path(__file__).parent


def _remember() -> None:
    st.query_params["lang"] = {name: code for code, name in LANGUAGES.items()}[st.session_state["choose_language"]]


@cache
def _page() -> Any:
    """Tells the browser language and query of the page that was drawn."""
    return st.components.v2.component("openness.page", js=(_HERE / "page.js").read_text("utf-8"))


def _header(chosen: str) -> None:
    st.session_state["choose_language"] = LANGUAGES[chosen]  # also where the address changed it
    with st.container(horizontal=True, horizontal_alignment="right", key="language"):
        st.segmented_control(
            _("Language"),
            list(LANGUAGES.values()),
            required=True,
            key="choose_language",
            on_change=_remember,
            label_visibility="collapsed",
        )


def _footer(chosen: str) -> None:
    query = urlencode({name: st.query_params.get_all(name) for name in st.query_params}, doseq=True)
    data = {"lang": LOCALES[chosen].replace("_", "-"), "query": query}
    _page()(data=data, key="page", width="content", height="content")
    st.divider()
    st.caption(_("Information about published terms, not legal advice. Data: CC-BY-4.0. Code: Apache-2.0."))


def main() -> None:
    """Draw the page that the address names."""
    # Before the pages are named: else the browser would fetch the page's own icon from a host of Google's.
    st.set_page_config(page_title="openness", page_icon=str(_HERE / "icon.svg"), layout="wide")
    chosen = language.choose()
    current = st.navigation(list(links.pages().values()), position="top")
    st.set_page_config(page_title=f"{current.title} · openness")
    st.html(_HERE / "site.css")
    _header(chosen)
    try:
        current.run()
    except OpennessError as error:
        st.error(plain(translated(error.message)), icon=":material/error:")
        if error.hint:
            st.caption(plain(translated(error.hint)))
    except Exception:  # the last edge: a visitor sees a sentence, the log sees the rest
        logging.getLogger("openness").exception("a page failed")
        st.error(_("Something unexpected went wrong on this page. Please report it."), icon=":material/error:")
    _footer(chosen)


main()
