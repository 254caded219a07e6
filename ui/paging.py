"""Pages of a long list; which one is looked at stands in the address as ``page``."""

from __future__ import annotations

import streamlit as st

from openness.ui.address import key_of

_PAGE = "turn_page"


def _turn() -> None:
    st.session_state[key_of("page")] = str(st.session_state[_PAGE])


def first() -> None:
    """Begin with the first page: what is listed changes. For the widgets that narrow a list."""
    st.session_state[key_of("page")] = ""


def number(total: int, size: int) -> int:
    """The page that the address names; the first where there is no such page."""
    text = str(st.session_state.get(key_of("page")) or "")
    wanted = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
    return wanted if 1 <= wanted <= -(-total // size) else 1


def choose(total: int, size: int, current: int) -> None:
    """Draw the numbers of the pages, where there is more than one."""
    if total <= size:
        return
    if st.session_state.get(_PAGE, 1) != current:
        st.session_state[_PAGE] = current  # the widget starts anew whenever the list changes
    with st.container(horizontal=True, horizontal_alignment="center"):
        st.pagination(-(-total // size), key=_PAGE, on_change=_turn)
