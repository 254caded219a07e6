"""Comparing: the address holds the models, a search adds, the list takes away, differences are marked."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from openness.comparison import compare
from openness.ui.views.compare import as_text
from page_registry import EVIL_NAME, KID_NAME, small_registry
from test_ui_model import MARKUP

__all__ = ["small_registry"]
pytestmark = pytest.mark.usefixtures("small_registry")


def script() -> None:
    import streamlit as st

    from openness.ui import language, links
    from openness.ui.views import compare

    language.choose()
    st.navigation(list(links.pages().values()), position="hidden")
    compare.page()


def shown(*ids: str, **query: str) -> AppTest:
    page = AppTest.from_function(script, default_timeout=30)
    page.query_params["id"] = list(ids)
    for name, value in query.items():
        page.query_params[name] = value
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception, page.exception
    for kind in ("title", "markdown", "caption", "info", "warning"):
        for item in page.get(kind):
            assert not MARKUP.search(item.value), item.value
    return page


def table(page: AppTest) -> dict[str, Any]:
    (item,) = page.get("bidi_component")
    found: dict[str, Any] = json.loads(item.proto.json or item.proto.mixed.json)
    return found


def row(page: AppTest, question: str) -> list[dict[str, Any]]:
    (found,) = [cells for cells in table(page)["rows"] if cells[0]["text"] == question]
    return found[1:]


def test_nothing_chosen_yet() -> None:
    page = shown()
    assert page.info[0].value == "Choose two models or more, up to six."
    assert not page.get("bidi_component")


def test_side_by_side_with_differences_marked() -> None:
    page = shown("base", "evil", "kid")
    assert [column["label"] for column in table(page)["columns"]] == ["Question", "Base 7B", EVIL_NAME, KID_NAME]
    assert [cell["mark"] for cell in row(page, "License verdict")] == [False, True, False]
    assert [cell["mark"] for cell in row(page, "Level")] == [False, True, True]
    assert [cell["text"] for cell in row(page, "Terms: limit on users or revenue")] == ["no", "yes", "no"]
    assert row(page, "Evidence")[1]["query"] == {"id": "evil"}


def test_only_differences_stands_in_the_address() -> None:
    page = shown("base", "evil")
    every = len(table(page)["rows"])
    checked(page.toggle[0].set_value(True).run())
    assert page.query_params["only"] == "1"
    few = table(page)["rows"]
    assert len(few) < every
    assert all(any(cell.get("mark") for cell in cells) for cells in few[1:])
    assert len(table(shown("base", "evil", only="1"))["rows"]) == len(few)
    checked(page.toggle[0].set_value(False).run())
    assert "only" not in page.query_params
    assert len(table(page)["rows"]) == every


def test_a_search_offers_matches_and_adds_one() -> None:
    page = shown("base")
    checked(page.text_input[0].set_value("kid").run())
    (matches,) = page.get("button_group")
    (option,) = matches.proto.options
    assert not MARKUP.search(option.content)
    checked(matches.set_value("kid").run())
    assert page.query_params["id"] == ["base", "kid"]
    assert page.text_input[0].value == ""
    assert page.multiselect[0].value == ["base", "kid"]


def test_what_is_chosen_is_not_offered_again() -> None:
    page = shown("base")
    checked(page.text_input[0].set_value("base 7b").run())
    assert "No other model of the registry fits." in [item.value for item in page.caption]


def test_taking_away() -> None:
    page = shown("base", "evil", "kid")
    checked(page.multiselect[0].set_value(["base", "kid"]).run())
    assert page.query_params["id"] == ["base", "kid"]
    checked(page.multiselect[0].set_value([]).run())
    assert "id" not in page.query_params
    assert page.info


def test_names_that_nobody_knows_are_told() -> None:
    page = shown("base", "<script>alert(1)</script>")
    assert page.warning[0].value.startswith("Not in the registry: “")
    assert len(table(page)["columns"]) == 2


def test_the_table_as_csv() -> None:
    lines = list(csv.reader(io.StringIO(as_text(compare(["base", "evil"])))))
    assert lines[0] == ["Question", "base", "evil"]
    cells = {line[0]: line[1:] for line in lines[1:]}
    assert cells["Level"] == ["L3–5", "L1–5"]
    assert cells["Weights"] == ["open", "open"]
    assert cells["Organization"][1].startswith("Evil")
    assert all(len(line) == 3 for line in lines)
