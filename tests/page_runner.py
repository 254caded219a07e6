"""Draw one page of the site without a browser: the address goes in, what was drawn comes out."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def _script(name: str) -> None:
    import streamlit as st

    from openness.ui import language, links

    language.choose()
    st.navigation(list(links.pages().values()))
    links._draw(name)()


def run_page(name: str, **query: str | list[str]) -> AppTest:
    """Draw a page; ``query`` is what stands behind the ``?`` of its address."""
    app = AppTest.from_function(_script, kwargs={"name": name}, default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def words(app: AppTest) -> str:
    """Everything that was said on the page, tables included, as one text."""
    from streamlit.testing.v1.element_tree import Block

    found: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, Block):
            for child in node.children.values():
                walk(child)
        else:
            found.append(str(getattr(node, "proto", node)))

    walk(app.main)
    return "\n".join(found)
