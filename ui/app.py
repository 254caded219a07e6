"""The entry: ``openness serve`` runs this file with Streamlit."""

from __future__ import annotations

import logging
from pathlib import Path

import streamlit as st

from openness.schemas.errors import OpennessError
from openness.ui import language, links
from openness.ui.language import LANGUAGES, _
from openness.ui.words import plain

_HERE = Path(__file__).parent


def _remember() -> None:
    st.query_params["lang"] = {name: code for code, name in LANGUAGES.items()}[st.session_state["choose_language"]]


def _header(chosen: str) -> None:
    with st.container(horizontal=True, horizontal_alignment="right", key="language"):
        st.segmented_control(
            _("Language"),
            list(LANGUAGES.values()),
            default=LANGUAGES[chosen],
            required=True,
            key="choose_language",
            on_change=_remember,
            label_visibility="collapsed",
        )


def _footer() -> None:
    st.divider()
    st.caption(_("Information about published terms, not legal advice. Data: CC-BY-4.0. Code: Apache-2.0."))


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_title="openness", page_icon=str(_HERE / "icon.svg"), layout="wide")
    chosen = language.choose()
    current = st.navigation(list(links.pages().values()), position="top")
    st.html(_HERE / "site.css")
    _header(chosen)
    try:
        current.run()
    except OpennessError as error:
        st.error(plain(error.message), icon=":material/error:")
        if error.hint:
            st.caption(plain(error.hint))
    except Exception:  # the last edge: a visitor sees a sentence, the log sees the rest
        logging.getLogger("openness").exception("a page failed")
        st.error(_("Something unexpected went wrong on this page. Please report it."), icon=":material/error:")
    _footer()


main()
