"""Draw one page of the site without a browser: the address goes in, what was drawn comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element

# Every run reads the metadata of all installed packages in search of components: once will do.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def _script(name: str) -> None:
    import streamlit as st

    from openness.ui import language, links

    language.choose()
    st.navigation(list(links.pages().values()))
    links._draw(name)()


def run_page(name: str, **query: str | list[str]) -> AppTest:
    """Draw a page; ``query`` is what stands behind the ``?`` of its address."""
    app = AppTest.from_function(_script, kwargs={"name": name}, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception
    return app


def _elements(node: object) -> Iterator[Element]:
    if isinstance(node, Block):
        for child in node.children.values():
            yield from _elements(child)
    elif isinstance(node, Element):
        yield node


def data_of(app: AppTest, key: str) -> Any:
    """The JSON that a component of ours got: that of the table or text with this key."""
    for element in _elements(app.main):
        if element.type == "bidi_component" and element.proto.id.endswith(f"-{key}"):
            return json.loads(element.proto.json)
    raise AssertionError(f"no {key} on the page")


def rows_of(app: AppTest, key: str) -> list[list[dict[str, Any]]]:
    """The rows of a table."""
    rows: list[list[dict[str, Any]]] = data_of(app, key)["rows"]
    return rows


def keys_of(app: AppTest) -> list[str]:
    """The keys of the tables and texts on the page."""
    return [item.proto.id.rsplit("-", 1)[-1] for item in _elements(app.main) if item.type == "bidi_component"]


def said(app: AppTest) -> str:
    """All that was written beside the tables, as markdown."""
    kinds = (app.title, app.header, app.subheader, app.markdown, app.caption, app.info, app.error, app.code)
    return "\n".join(str(item.value) for kind in kinds for item in kind)


def press(app: AppTest, key: str, order: object) -> AppTest:
    """Press the heading of a table, as the browser tells it: rows are to come in this order."""
    for element in _elements(app.main):
        if element.type == "bidi_component" and element.proto.id.endswith(f"-{key}"):
            states = app._tree.get_widget_states()
            sent = [{"event": "sort", "value": order}]
            states.widgets.add(
                id=f"{STREAMLIT_INTERNAL_KEY_PREFIX}_{element.proto.id}__events"
            ).json_trigger_value = json.dumps(sent)
            app._run(states)
            assert not app.exception, app.exception
            return app
    raise AssertionError(f"no {key} on the page")
