"""Choices that live in the address, so that a view can be shared and the back button works.

The address holds codes, not words: a link means the same in every language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import streamlit as st

_SEEN = "address"
_HELD = "held"  # what the widgets held when the address was written
_MAX = 50  # values of one name; an address is written by anybody


class One(tuple[str, ...]):
    """Codes of which one at a time is chosen: the widget holds a code or None, not a list."""

    __slots__ = ()


def key_of(name: str) -> str:
    """The key of the widget that holds a choice."""
    return f"choose_{name}"


def read(options: Mapping[str, Iterable[str] | None]) -> None:
    """Take the choices from the address into the widgets, where it was changed by other means than these.

    Args:
        options: for each name the codes that can be chosen, several at once unless they are ``One``; None for
            a free text. Of one that is not drawn in this run Streamlit forgets the choice; the address keeps it.
    """
    found = _address(options)
    seen, held = st.session_state.get(_SEEN, {}), st.session_state.get(_HELD, {})
    drawn = [name for name in options if key_of(name) in st.session_state]
    # A visitor may press faster than the browser changes its address: then the widget is right.
    acted = any(name in held and held[name] != st.session_state[key_of(name)] for name in drawn)
    if acted or all(seen.get(name) == found[name] for name in options):
        options = {name: codes for name, codes in options.items() if name not in drawn}
    for name, codes in options.items():
        given = found[name]
        if codes is None:
            st.session_state[key_of(name)] = given[0][:200] if given else ""
        else:
            known = set(codes)
            kept = [code for code in dict.fromkeys(given) if code in known]
            st.session_state[key_of(name)] = next(iter(kept), None) if isinstance(codes, One) else kept
    st.session_state[_SEEN] = found


def write(chosen: Mapping[str, Iterable[str]]) -> None:
    """Put the choices into the address."""
    wanted = {name: [code for code in codes if code] for name, codes in chosen.items()}
    st.session_state[_SEEN] = wanted
    st.session_state[_HELD] = {name: st.session_state.get(key_of(name)) for name in wanted}
    if wanted == _address(chosen):
        return
    kept = {name: st.query_params.get_all(name) for name in st.query_params if name not in wanted}
    st.query_params.from_dict(kept | {name: codes for name, codes in wanted.items() if codes})


def _address(names: Iterable[str]) -> dict[str, list[str]]:
    return {name: [code for code in st.query_params.get_all(name)[:_MAX] if code] for name in names}
