"""Choices in the address: read by widgets, written by them, and who wins when both have changed."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest


def _script() -> None:
    import streamlit as st

    from openness.ui import address
    from openness.ui.address import One, key_of

    colors = ("red", "green", "blue")
    address.read({"q": None, "color": colors, "size": One(("s", "l")), "page": None})
    words = st.text_input("q", key=key_of("q"))
    found = st.pills("color", colors, selection_mode="multi", key=key_of("color"))
    size = st.pills("size", ("s", "l"), key=key_of("size"))
    page = str(st.session_state[key_of("page")])
    address.write({"q": [words], "color": found, "size": [size or ""], "page": [page]})
    st.json({"q": words, "color": found, "size": size, "page": page})


def run(**query: Any) -> AppTest:
    app = AppTest.from_function(_script, default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    return again(app)


def again(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def held(app: AppTest) -> dict[str, Any]:
    return {name: app.session_state[f"choose_{name}"] for name in ("q", "color", "size", "page")}


def in_address(app: AppTest) -> dict[str, list[str]]:
    return {key: value if isinstance(value, list) else [value] for key, value in app.query_params.items()}


NOTHING: dict[str, Any] = {"q": "", "color": [], "size": None, "page": ""}
EVIL = "<script>alert(1)</script>'; DROP TABLE x --"


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ({}, {}),
        ({"q": "llama 2"}, {"q": "llama 2"}),
        ({"color": "red"}, {"color": ["red"]}),
        ({"color": ["blue", "red"]}, {"color": ["blue", "red"]}),
        ({"size": "l"}, {"size": "l"}),
        ({"size": ["l", "s"]}, {"size": "l"}),
        ({"q": "a", "color": ["green"], "size": "s", "page": "3"},
         {"q": "a", "color": ["green"], "size": "s", "page": "3"}),
        # By anybody, and anything.
        ({"color": ["red", "red"]}, {"color": ["red"]}),
        ({"color": ["mauve", "", "red", EVIL]}, {"color": ["red"]}),
        ({"color": "Red"}, {}),
        ({"size": ["xl", "", "s"]}, {"size": "s"}),
        ({"size": EVIL}, {}),
        ({"q": EVIL}, {"q": EVIL}),
        ({"q": "x" * 5000}, {"q": "x" * 200}),
        ({"q": ["first", "second"]}, {"q": "first"}),
        ({"color": [*map(str, range(60)), "red"]}, {}),  # no more than 50 values are looked at
    ],
)  # fmt: skip
def test_what_the_address_says_is_chosen(query: dict[str, Any], chosen: dict[str, Any]) -> None:
    app = run(**query)
    wanted = NOTHING | chosen
    assert held(app) == wanted
    # And the address says then what is chosen, no more.
    listed = {name: value if isinstance(value, list) else [value] for name, value in wanted.items() if value}
    assert in_address(app) == listed
    assert held(again(app)) == wanted


def test_other_names_in_the_address_stay() -> None:
    app = run(lang="zh", color="red", tracking=["a", "b"])
    app.button_group[0].set_value(["blue"])
    assert in_address(again(app)) == {"lang": ["zh"], "tracking": ["a", "b"], "color": ["blue"]}


def test_a_choice_goes_into_the_address() -> None:
    app = run()
    app.text_input[0].set_value("olmo")
    assert in_address(again(app)) == {"q": ["olmo"]}
    app.button_group[1].set_value("s")
    assert in_address(again(app)) == {"q": ["olmo"], "size": ["s"]}
    app.text_input[0].set_value("")
    assert in_address(again(app)) == {"size": ["s"]}
    assert held(app) == NOTHING | {"size": "s"}


def test_back_and_a_link_change_the_widgets() -> None:
    app = run(color="red")
    app.button_group[0].set_value(["red", "green"])
    again(app)
    app.query_params["color"] = ["red"]  # the browser's Back
    assert held(again(app))["color"] == ["red"]
    del app.query_params["color"]
    app.query_params["size"] = "l"
    assert held(again(app)) == NOTHING | {"size": "l"}
    assert in_address(app) == {"size": ["l"]}


def test_who_presses_before_the_address_has_changed_is_right() -> None:
    app = run()
    app.button_group[0].set_value(["red"])
    again(app)
    del app.query_params["color"]  # the browser still sends the address of before
    app.button_group[0].set_value(["red", "blue"])
    assert held(again(app))["color"] == ["red", "blue"]
    assert in_address(app) == {"color": ["red", "blue"]}
