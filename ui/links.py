"""The pages of the site and the addresses that lead to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from openness.ui.language import _, current


def titles() -> dict[str, tuple[str, str]]:
    """Every page: the last part of its address, its title and its icon; in the order of the menu."""
    return {
        "catalog": (_("Catalog"), ":material/view_list:"),
        "model": (_("Model"), ":material/description:"),
        "compare": (_("Compare"), ":material/compare:"),
        "licenses": (_("Licenses"), ":material/gavel:"),
        "may-i": (_("May I?"), ":material/rule:"),
        "landscape": (_("Landscape"), ":material/monitoring:"),
        "grade": (_("Grade a repository"), ":material/fact_check:"),
        "method": (_("Method"), ":material/menu_book:"),
    }


Query = Mapping[str, str | list[str]]
HOME = "catalog"
_HIDDEN = ("model",)  # reached from the others


def _draw(name: str) -> Callable[[], None]:
    def draw() -> None:
        import_module(f"openness.ui.views.{name.replace('-', '_')}").page()  # imported when it is looked at

    draw.__name__ = name.replace("-", "_")
    return draw


def pages() -> dict[str, st.Page]:
    """The pages as Streamlit knows them, by the last part of their address."""
    return {
        name: st.Page(
            _draw(name),
            title=title,
            icon=icon,
            url_path="" if name == HOME else name,
            default=name == HOME,
            visibility="hidden" if name in _HIDDEN else "visible",
        )
        for name, (title, icon) in titles().items()
    }


def _query(query: Query) -> dict[str, str | list[str]]:
    language = current()
    return {**query, "lang": language} if language != "en" else dict(query)


def address(name: str, query: Mapping[str, str]) -> str | None:
    """The whole address of a page, as the visitor reaches this site; None outside of a browser."""
    url = urlsplit(st.context.url or "")
    if url.scheme not in ("http", "https") or not url.netloc:
        return None
    steps = [step for step in url.path.split("/") if step]
    if steps and steps[-1] in titles():
        steps.pop()
    path = "/".join(["", *steps, "" if name == HOME else name])
    return urlunsplit((url.scheme, url.netloc, path, urlencode(query), ""))


def open_page(name: str, query: Query) -> None:
    """Go to a page; does not return."""
    known = pages()
    if name in known:
        st.switch_page(known[name], query_params=_query(query))


def page_link(name: str, label: str, query: Query | None = None, *, icon: str | None = None) -> None:
    """A link to a page. ``label`` is markdown: text from outside must have passed ``plain``."""
    st.page_link(pages()[name], label=label, icon=icon, query_params=_query(query or {}))


def view_link(name: str, label: str, query: Query | None = None, *, icon: str | None = None, key: str) -> None:
    """Another view of the page that is open: Streamlit's own link to it would do nothing. ``label`` as above."""
    if st.button(label, icon=icon, type="tertiary", key=key):
        open_page(name, query or {})
