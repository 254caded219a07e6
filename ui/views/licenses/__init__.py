"""Licenses: browse them, see them as a matrix, read a text, hold two side by side; one in full by ``id``."""

from __future__ import annotations

from importlib import import_module

import streamlit as st

from openness.ui import address
from openness.ui.language import _

VIEWS = ("browse", "matrix", "read", "diff")
NAMES = ("q", "clause", "osd", "verdict", "all", "kinds", "sort", "down", "page", "a", "b", "differ")


def page() -> None:
    """Draw the page."""
    if name := st.query_params.get("id"):
        from openness.ui.views.licenses import detail

        detail.draw(name[:200])
        return
    st.title(_("Licenses"))
    st.markdown(_("What the licenses of AI models and of software demand, clause by clause, in their own words."))
    address.read({"view": address.One(VIEWS)})
    key = address.key_of("view")
    if st.session_state[key] is None:
        st.session_state[key] = VIEWS[0]
    titles = {
        "browse": _("Browse"),
        "matrix": _("Matrix"),
        "read": _("Read a text"),
        "diff": _("Compare two"),
    }
    view = st.segmented_control(
        _("View"), VIEWS, format_func=titles.__getitem__, key=key, required=True, label_visibility="collapsed"
    )
    chosen = import_module(f"openness.ui.views.licenses.{view}").draw()
    address.write({"view": [view or ""] if view != VIEWS[0] else [], **{name: chosen.get(name, []) for name in NAMES}})
