"""English and Simplified Chinese: which one a visitor reads, and the words in it."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

import streamlit as st

LANGUAGES = {"en": "English", "zh": "简体中文"}
LOCALES = {"en": "en", "zh": "zh_Hans"}  # as Babel names them
_FOLDER = Path(__file__).parent / "locale"
_KEY = "language"


def choose() -> str:
    """The language of this run: what the URL says, else what was chosen before, else the browser's own."""
    asked = st.query_params.get("lang")
    if asked in LANGUAGES:
        st.session_state[_KEY] = asked
    elif _KEY not in st.session_state:
        browser = (st.context.locale or "").lower()
        st.session_state[_KEY] = "zh" if browser.startswith("zh") else "en"
    language = current()
    if language != "en" and asked != language:
        st.query_params["lang"] = language  # so that a shared address is read in the same language
    return language


def current() -> str:
    """The language of this run, English outside of one."""
    return str(st.session_state.get(_KEY, "en"))


@cache
def catalog(language: str, domain: str = "openness") -> gettext.NullTranslations:
    """The translations into a language; English stands in the code, that of clauses in the knowledge base."""
    return gettext.translation(domain, _FOLDER, [LOCALES[language]], fallback=language == "en")


def _(text: str) -> str:
    """A text of the site in the visitor's language."""
    return catalog(current()).gettext(text) if text else ""


def clause_summary(text: str) -> str:
    """What a clause says, in the visitor's language; in English where nobody has translated it yet."""
    return catalog(current(), "clauses").gettext(text) if text else ""


def N_(text: str) -> str:
    """Mark a text for translation where it is only stored."""
    return text


def ngettext(one: str, many: str, number: int) -> str:
    """A text with a number; ``{number}`` in it is filled in."""
    return catalog(current()).ngettext(one, many, number).format(number=f"{number:,}")
