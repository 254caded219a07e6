"""The method page: every rule from its own documentation, every word explained, the limits those of the docs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from openness.classifier.levels import all_rules
from openness.schemas.license import ClauseKind, Verdict
from openness.schemas.record import Artifact, Disclosed, Status, Topic
from openness.ui import table
from openness.ui.views import method_texts
from openness.ui.views.method import prose
from openness.ui.words import clause_name

DOCS = Path(__file__).parent.parent / "docs"


def script() -> None:
    import streamlit as st

    from openness.ui import links
    from openness.ui.views import method

    st.navigation(list(links.pages().values()))
    method.page()


def draw(rule: str | None = None) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60)
    if rule is not None:
        app.query_params["rule"] = rule
    app.run()
    assert not app.exception, app.exception
    return app


def everything(app: AppTest) -> str:
    return "\n".join(item.value for item in (*app.header, *app.subheader, *app.markdown)).replace("\\", "")


def test_every_rule_with_all_of_its_documentation() -> None:
    app = draw()
    text = everything(app)
    for rule in all_rules():
        assert f"L{rule.level} · {rule.title}" in text
        assert f"`{rule.id}`" in text
        for name, section in rule.sections.items():
            assert f"**{name}:** {section}" in text, (rule.id, name)
    anchors = [item.proto.anchor for item in app.subheader]
    assert [anchor for anchor in anchors if anchor] == [rule.id for rule in all_rules()]


def test_the_parts_have_anchors_that_the_contents_lead_to() -> None:
    app = draw()
    anchors = {item.proto.anchor for item in app.header}
    linked = {found for item in app.markdown for found in re.findall(r"\]\(#([\w-]+)\)", item.value)}
    assert linked == anchors
    assert {"levels", "rules", "license", "as-of", "evidence", "limits", "sources", "contribute"} <= anchors


@pytest.mark.parametrize("rule", [rule.id for rule in all_rules()])
def test_a_rule_can_be_linked(rule: str) -> None:
    app = draw(rule)
    title = next(item.title for item in all_rules() if item.id == rule)
    assert title in app.header[0].value.replace("\\", "")
    assert any("followed a link" in item.value for item in app.caption)
    assert len(app.header) == len(draw().header) + 1


@pytest.mark.parametrize("rule", ["training-data", "<script>alert(1)</script>", "](javascript:x)", "x" * 9999, "  "])
def test_a_rule_that_is_none(rule: str) -> None:
    app = draw(rule)
    assert len(app.warning) == 1
    message = app.warning[0].value
    assert "There is no rule" in message
    assert not re.search(r"(?<!\\)<script|(?<!\\)\]\(", message)
    assert len(message) < 500


def test_the_limits_are_those_of_the_docs() -> None:
    """One line here for each there, in the same order."""

    def bare(text: str) -> str:
        return text.strip(" .,")

    written = re.findall(r"(?m)^- \*\*(.+?)\*\*", (DOCS / "limits.md").read_text("utf-8"))
    assert [bare(lead) for lead, _rest in method_texts.limits()] == [bare(lead) for lead in written]


def test_every_word_of_a_record_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    tables: dict[str, list[list[dict[str, Any]]]] = {}
    real = table.show

    def show(caption: str, columns: Any, rows: Any, *, key: str, **rest: Any) -> str | None:
        tables[key] = rows
        return real(caption, columns, rows, key=key, **rest)

    monkeypatch.setattr(table, "show", show)
    text = everything(draw())
    for key, words in (
        ("artifacts-table", Artifact), ("statuses-table", Status), ("topics-table", Topic),
        ("disclosed-table", Disclosed), ("verdicts-table", Verdict), ("criteria-table", range(1, 11)),
        ("levels-table", range(6)),
    ):  # fmt: skip
        meanings = [row[-1]["text"] for row in tables[key]]
        assert len(meanings) == len(set(meanings)) == len(words), key  # type: ignore[arg-type]
        assert all(meanings)
    for kind in ClauseKind:
        assert clause_name(kind) in text
    assert next(row[1]["text"] for row in tables["versions"]) == "1.0"


def test_what_the_page_promises_of_commands_is_true() -> None:
    from openness.api import grade
    from openness.cli.main import COMMANDS

    sentences = [*method_texts.as_of(), *method_texts.contribute(), *method_texts.evidence()]
    commands = {found for text in sentences for found in re.findall(r"`openness (\w[\w-]*)", text)}
    assert commands == {"grade", "contribute", "lint"}
    assert commands <= set(COMMANDS)
    assert (grade("pythia-12b", as_of="2024-04-30").level or 0) >= 4
    for name in {found for text in sentences for found in re.findall(r"`([\w/]+\.md)`", text)}:
        assert (DOCS.parent / name).is_file(), name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a `b_c: yes` d", "a `b_c: yes` d"),
        ("*a* [b](c) <i>", r"\*a\* \[b\]\(c\) \<i\>"),
        ("`a <b>`", r"\`a \<b\>\`"),
    ],
)
def test_only_codes_are_markup(text: str, shown: str) -> None:
    assert prose(text) == shown


def test_in_chinese() -> None:
    app = AppTest.from_function(script, default_timeout=60)
    app.session_state["language"] = "zh"
    app.run()
    assert not app.exception
    assert len(app.header) == 10
