"""The page of a model: the three answers, the links, and that no text of others becomes markup."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from page_registry import EVIL_NAME, small_registry

__all__ = ["small_registry"]
pytestmark = pytest.mark.usefixtures("small_registry")

# What markdown would act on: a tag, a picture, a link to anything but an address or a place on the page, an icon.
MARKUP = re.compile(r"(?<!\\)<(?!https?://)|(?<!\\)!\[|(?<!\\)\]\((?!<https?://|#)|(?<!\\)[`$]|:smile:|javascript:")
BADGE = re.compile(r"^:(red|green|blue|gray)-badge\[:material/\w+: [\w ,-]+\]$")


def script() -> None:
    import streamlit as st

    from openness.ui import language, links
    from openness.ui.views import model

    language.choose()
    st.navigation(list(links.pages().values()), position="hidden")
    model.page()


def shown(**query: str) -> AppTest:
    page = AppTest.from_function(script, default_timeout=30)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception, page.exception
    return page


def texts(page: AppTest) -> list[str]:
    """Everything that is drawn as markdown."""
    found = [item.value for kind in ("title", "header", "subheader", "markdown", "caption", "info", "error")
             for item in page.get(kind)]  # fmt: skip
    return found + [item.label for kind in ("expander", "page_link", "download_button") for item in page.get(kind)]


def tables(page: AppTest) -> dict[str, Any]:
    """What the tables and the ladder were given, by their keys."""
    found = {}
    for item in page.get("bidi_component"):
        found[item.proto.id.rpartition("-")[2]] = json.loads(item.proto.json or item.proto.mixed.json)
    return found


def links_of(page: AppTest) -> list[tuple[str, str]]:
    return [(item.proto.page, item.proto.query_string) for item in page.get("page_link")]


@pytest.mark.parametrize("id_", ["base", "evil", "kid", "shut"])
def test_no_text_of_others_becomes_markup(id_: str) -> None:
    page = shown(id=id_)
    for text in texts(page):
        assert BADGE.match(text) or not MARKUP.search(text), text
    for item in page.get("markdown"):
        assert not item.allow_html, item.value
    assert not page.get("html")


def test_the_check_sees_what_it_should() -> None:
    for text in (EVIL_NAME, "![x](y)", "[a](javascript:b)", "`code`", "<b>", "[a](https://x.org)", ":smile:", "$x$"):
        assert MARKUP.search(text), text
    for text in (r"\<b\>", r"\!\[x\]\(y\)", "[a](<https://x.org>)", "[why](#why)"):
        assert not MARKUP.search(text), text


def test_the_first_screen_answers_three_questions() -> None:
    page = shown(id="acme/Base-7B")
    assert page.title[0].value == "Base 7B"
    drawn = texts(page)
    assert "Acme · France · 7B parameters · text · released 2023\\-03" in drawn
    assert (
        "Hugging Face: [acme\\/Base\\-7B](<https://huggingface.co/acme/Base-7B>) · elsewhere: elsewhere\\/base" in drawn
    )
    assert "**Level 3 of 5, possibly up to 5** · training code or full report" in drawn
    assert ":green-badge[:material/check: Open source]" in drawn
    assert "No claim to be open is on record." in drawn
    states = [step["state"] for step in tables(page)["ladder"]["steps"]]
    assert states == ["on", "on", "on", "maybe", "maybe"]


def test_claims_and_limits() -> None:
    drawn = texts(shown(id="evil"))
    assert [text for text in drawn if "the terms of its weights say otherwise" in text]
    assert ":red-badge[:material/block: Not open source]" in drawn
    assert "- some uses forbidden" in "\n".join(drawn)


def test_closed_weights_have_no_verdict() -> None:
    drawn = "\n".join(texts(shown(id="shut")))
    assert "nothing to use but a service" in drawn
    assert "badge[" not in drawn


def test_the_history_leads_to_the_page_as_of_then() -> None:
    rows = tables(shown(id="base"))["history"]["rows"]
    assert [row[0]["text"] for row in rows] == ["2023-03", "2023-05-10", "2024-02", "no date"]
    assert rows[0][0]["query"] == {"id": "base", "asof": "2023-03-31"}
    assert [row[2]["text"] for row in rows] == ["L0", "L1–5", "L2–5", "L3–5"]
    assert "training code: open (MIT)" in rows[3][1]["text"]


def test_as_of_a_day_it_says_so() -> None:
    page = shown(id="base", asof="2023-04-01")
    assert page.info[0].value == "As of 2023\\-04\\-01: graded by what was released by then."
    assert "**Level 0 of 5** · closed weights" in texts(page)
    assert page.date_input[0].value.isoformat() == "2023-04-01"
    page.button[0].click().run()
    assert "asof" not in page.query_params
    assert not page.info
    page.date_input[0].set_value(date(2023, 6, 1)).run()
    assert page.query_params["asof"] == "2023-06-01"
    page.date_input[0].set_value(None).run()
    assert "asof" not in page.query_params
    assert "**Level 3 of 5, possibly up to 5** · training code or full report" in texts(page)


@pytest.mark.parametrize("day", ["2999-01-01", "yesterday", "2023-02-30"])
def test_a_bad_day_is_refused(day: str) -> None:
    page = AppTest.from_function(script, default_timeout=30)
    page.query_params["id"], page.query_params["asof"] = "base", day
    page.run()
    assert page.exception  # the entry of the site shows it as a sentence
    assert not page.title


@pytest.mark.parametrize("name", ["bse", "<script>alert(1)</script>", "../../etc/passwd", "x" * 5000])
def test_an_unknown_model_is_a_sentence_with_suggestions(name: str) -> None:
    page = shown(id=name)
    assert page.error[0].value.startswith("The registry has no model called “")
    assert not [text for text in texts(page) if MARKUP.search(text)]
    near = [row[0]["query"] for row in tables(page).get("near", {"rows": []})["rows"]]
    assert ({"id": "base"} in near) == (name == "bse")


def test_without_an_id_it_leads_to_the_catalog() -> None:
    assert shown().info[0].value == "The address names no model. Choose one from the catalog."


def test_where_to_go_from_here() -> None:
    queries = [query for _, query in links_of(shown(id="base"))]
    assert queries.count("id=base") == 2  # compare, may I?
    page = shown(id="base")
    names = [item.proto.label for item in page.get("download_button")]
    assert names == ["Grade (JSON)", "Record (JSON)", "Badge (SVG)"]


def test_where_to_object(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "This site names no repository to report to. Send this to whoever runs it:" in texts(shown(id="evil"))
    monkeypatch.setenv("OPENNESS_REPOSITORY", "https://github.com/acme/openness")
    drawn = [text for text in texts(shown(id="evil")) if "issues/new" in text]
    assert drawn[0].startswith(
        r"- [Open an issue, filled in as far as is known](<https://github.com/acme/openness/issues/new?"
    )


def test_the_family_as_a_picture_and_as_a_list() -> None:
    page = shown(id="evil")
    (graph,) = page.get("graphviz_chart")
    assert "digraph family {" in graph.proto.spec
    assert "fine-tune ← Base 7B" in graph.proto.alt
    rows = tables(page)["family"]["rows"]
    assert [(row[0]["text"] == EVIL_NAME, row[1]["text"], row[2].get("query")) for row in rows] == [
        (True, "fine-tune", {"id": "base"}), (True, "merge", None), (False, "adapter", {"id": "evil"}),
    ]  # fmt: skip


def test_snippets() -> None:
    codes = [item.value for item in shown(id="evil").get("code")]
    assert any(text.startswith("@misc{openness-evil-") for text in codes)
    assert any(text.startswith("![openness: L1–5 of 5 · not open source](https://img.shields.io/") for text in codes)


def test_in_chinese() -> None:
    page = shown(id="base", lang="zh")
    assert page.title[0].value == "Base 7B"
    assert "法国" in "".join(texts(page))
