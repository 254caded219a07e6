"""The page May I?: its questions, the answer in words, what stands in the address."""

from __future__ import annotations

from pathlib import Path

import pytest

from openness.ui.words import place_names, plain
from page_runner import keys_of, rows_of, run_page, said
from page_terms import HOSTILE, small

__all__ = ["small"]


@pytest.mark.parametrize(
    ("query", "overall", "words"),
    [
        ({"id": "cap", "users": "800M"}, "Only with permission", "The licensor must be asked first."),
        ({"id": "cap", "users": "800M", "use": ["train", "modify"]}, "No", "At least one of the uses is not allowed."),
        ({"id": "free", "use": "commercial"}, "Yes", "The terms allow it."),
        ({"id": "free", "use": ["modify", "redistribute"], "region": "EU"}, "Yes", "The terms allow all of it."),
        ({"id": "mute", "use": "commercial"}, "Not established", "The terms do not say"),
        ({"id": "none", "use": "commercial"}, "No", "no permission is"),
        ({"license": "hunyuan-large", "region": "FR"}, "No", "FR is excluded"),
        ({"license": "MIT", "use": "military"}, "Yes", "The terms allow it."),
        ({"id": "turned", "use": "commercial", "as_of": "2023-06"}, "No", "As of 2023"),
        ({"id": "turned", "use": "commercial"}, "Yes", "MIT License"),
    ],
)
def test_answers(small: Path, query: dict[str, str], overall: str, words: str) -> None:
    app = run_page("may-i", **query)
    assert [item.value.split(": ", 1)[-1] for item in app.header if item.value.startswith(":material")] == [overall]
    assert words in said(app)
    assert "not legal advice" in said(app)
    assert all(f"{name}=" in app.code[0].value for name in query)


def test_an_answer_quotes_its_clauses(small: Path) -> None:
    app = run_page("may-i", id="cap", users="800M", use=["train"])
    text = said(app)
    assert "Serve 800,000,000 users a month" in text
    assert "**Limit on users or revenue**, §2 · llama\\-2" in text
    assert "> “is greater than 700 million monthly active users" in text
    assert "Against criterion 5" in text
    assert [row[0]["text"] for row in rows_of(app, "duties")] == ["Keep notices and credit"] * 2
    assert "[" + plain(HOSTILE) in text  # where the evidence was read
    assert HOSTILE not in text
    assert app.code[0].value.endswith("?id=cap&use=train&users=800M")


def test_without_a_use_nothing_is_answered(small: Path) -> None:
    app = run_page("may-i", id="cap")
    assert "Say what you want to do" in app.info[0].value
    assert not app.code


def test_search(small: Path) -> None:
    app = run_page("may-i", q="llama 2", use=["train", "modify"])
    rows = rows_of(app, "found")
    assert rows[0][0]["query"]["use"] == ["train", "modify"]  # a choice keeps the question
    assert {"license": "llama-2", "use": ["train", "modify"]} in [row[0]["query"] for row in rows]
    assert any(row[0]["text"] == HOSTILE for row in rows)
    assert HOSTILE not in said(app)
    assert "has such a name" in said(run_page("may-i", q="zzzzzz"))
    assert keys_of(run_page("may-i")) == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"id": "nobody"}, "no model"),
        ({"id": "../../etc/passwd"}, "no model"),
        ({"id": f"{HOSTILE}!"}, "no model"),
        ({"license": "nonsense"}, "no license"),
        ({"id": "meta-llama/Llama-2-7b-hf"}, "no model"),
    ],
)
def test_what_is_not_known_is_a_sentence(small: Path, query: dict[str, str], words: str) -> None:
    app = run_page("may-i", **query)
    assert words in app.error[0].value
    assert HOSTILE not in said(app)
    assert not app.code


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"users": "many"}, "This is not a number"),
        ({"revenue": "-5"}, "This is not a number"),
        ({"users": "1.5 million"}, "= 1,500,000"),
        ({"as_of": "2099-01-01"}, "lies in the future"),
        ({"as_of": "<b>"}, "date"),
        ({"region": "XX"}, "Say what you want"),
        ({"use": "everything"}, "Say what you want"),
    ],
)
def test_bad_values_are_said(small: Path, query: dict[str, str], words: str) -> None:
    app = run_page("may-i", id="cap", **query)
    assert words in said(app)


def test_a_choice_goes_into_the_address(small: Path) -> None:
    app = run_page("may-i", id="cap")
    app.text_input(key="choose_users").set_value("800M").run()
    app.selectbox(key="choose_region").set_value("DE").run()
    assert app.query_params["users"] in ("800M", ["800M"])
    assert app.query_params["region"] in ("DE", ["DE"])
    assert app.query_params["id"] in ("cap", ["cap"])
    assert "Use it in\\: Germany" in said(app)


def test_places_are_named_by_babel_in_the_language_of_the_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    places = place_names()
    assert next(iter(places)) == "EU"
    assert (places["DE"], places["CN"]) == ("Germany", "China")
    assert not {"ZZ", "UN", "XA", "150"} & set(places)
    assert len(places) > 240
    monkeypatch.setattr("openness.ui.words.current", lambda: "zh")
    assert place_names()["DE"] == "德国"
