"""The page on licenses: its views, what stands in the address, texts that are hostile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from license_texts import MIT
from openness.licenses import read_license
from openness.schemas.errors import OpennessError
from openness.ui.views.licenses import read
from openness.ui.words import plain
from page_runner import data_of, keys_of, rows_of, run_page, said
from page_terms import HOSTILE, small

__all__ = ["small"]


def names(rows: list[list[dict[str, object]]]) -> list[str]:
    return [str(row[0]["sub"]) for row in rows]


def listed(app: AppTest, name: str) -> list[str]:
    """What the address holds under a name."""
    found = app.query_params[name]
    return [found] if isinstance(found, str) else list(found)


# ------------------------------------------------------------------ browse


def test_browse(small: Path) -> None:
    app = run_page("licenses")
    rows = rows_of(app, "licenses")
    assert (names(rows)[:3], len(rows)) == (["llama-2", "MIT", "Apache-2.0"], 25)
    assert [cell["text"] for cell in rows[0][1:]] == [
        "not open source",
        "limit on users or revenue, commercial use needs another license, no training of other models, "
        "some uses forbidden, no military or government use",
        "5, 6",
        "3",
    ]
    assert rows[0][0]["query"] == {"id": "llama-2"}
    assert dict(app.query_params) == {}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "llama 3.1"}, ["llama-3.1"]),
        ({"clause": ["geographic_exclusion", "no_train_other_models"], "q": "hunyuan-large"}, ["hunyuan-large"]),
        ({"osd": ["5"], "q": "gemma"}, []),
        ({"verdict": "open_source", "q": "apache-2"}, ["Apache-2.0"]),
    ],
)
def test_browse_takes_its_filters_from_the_address(small: Path, query: dict[str, str], expected: list[str]) -> None:
    app = run_page("licenses", **query)
    if expected:
        assert names(rows_of(app, "licenses")) == expected
    else:
        assert "No license meets all of this" in said(app)
    assert {name: listed(app, name) for name in query} == {
        name: [value] if isinstance(value, str) else value for name, value in query.items()
    }


@pytest.mark.parametrize(
    "query",
    [
        {"page": "999999"},
        {"page": "-1"},
        {"page": "x" * 300},
        {"view": "none"},
        {"osd": "77"},
        {"clause": "<script>"},
        {"sort": "id; DROP TABLE"},
        {"q": "%_'\"" * 90},
    ],
)
def test_a_bad_address_is_a_page_all_the_same(small: Path, query: dict[str, str]) -> None:
    assert run_page("licenses", **query).title[0].value == "Licenses"


def test_a_choice_goes_into_the_address(small: Path) -> None:
    app = run_page("licenses")
    app.multiselect(key="choose_osd").select("5").run()
    app.multiselect(key="choose_clause").select("geographic_exclusion").run()
    assert (listed(app, "osd"), listed(app, "clause")) == (["5"], ["geographic_exclusion"])
    assert all("5" in row[3]["text"] for row in rows_of(app, "licenses"))


# ------------------------------------------------------------------ one license


def test_one_license(small: Path) -> None:
    app = run_page("licenses", id="llama-2")
    assert keys_of(app) == ["restrictions", "duties", "models"]  # restrictions before duties
    (training,) = [row for row in rows_of(app, "restrictions") if row[0]["text"] == "No training of other models"]
    assert training[0]["sub"] == "§1.b.v"
    assert training[2]["text"].startswith("“to improve any other large language model")
    assert training[3]["text"] == "6: no discrimination against fields of endeavor"
    (limit,) = [row for row in rows_of(app, "restrictions") if row[0]["text"] == "Limit on users or revenue"]
    assert limit[1]["sub"] == "700,000,000 users a month"
    assert "Not open source" in said(app)
    assert "](<https://raw.githubusercontent.com/meta-llama/" in said(app)
    rows = rows_of(app, "models")
    assert [row[0]["query"]["id"] for row in rows] == ["evil", "cap", "two"]
    assert rows[0][0]["text"] == HOSTILE  # a text node of the table
    assert HOSTILE not in said(app)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("watcom-1.0", "The Open Source Initiative approved it"),
        ("apache-2.0", "No clause of it restricts who may use it, or for what."),
        ("0bsd", "None are recorded."),
        ("nvidia-open-model-2024", "No clauses are recorded for it"),
        ("hunyuan-large", "The weights of no model in the registry are under it"),
        ("gema", "did you mean"),
    ],
)
def test_what_is_said_of_a_license(small: Path, name: str, words: str) -> None:
    assert words in said(run_page("licenses", id=name))


def test_a_hostile_id_is_a_text(small: Path) -> None:
    app = run_page("licenses", id=HOSTILE)
    assert plain(HOSTILE) in app.error[0].value
    assert HOSTILE not in said(app)


# ------------------------------------------------------------------ matrix


def test_matrix_shows_the_licenses_of_models_and_restrictions_first(small: Path) -> None:
    app = run_page("licenses", view="matrix", kinds="all")
    data = data_of(app, "matrix")
    groups = [column["group"] for column in data["columns"]]
    assert groups == ["", *["Restrictions"] * 5, *["Duties and other terms"] * (len(groups) - 6)]
    assert [row[0]["text"] for row in data["rows"]] == [
        "Llama 2 Community License Agreement", "MIT License", "Apache License 2.0",
    ]  # fmt: skip
    llama = dict(zip([column["label"] for column in data["columns"]], data["rows"][0], strict=True))
    assert llama["Limit on users or revenue"] == {
        "glyph": "against", "label": "limit on users or revenue: against criterion 5", "mark": False, "text": "5",
        "sub": "",
    }  # fmt: skip
    assert llama["Keep notices and credit"]["glyph"] == "clause"
    assert data["rows"][1][0]["sub"] == "open source"
    assert data["grid"] is True


def test_matrix_is_light(small: Path) -> None:
    data = data_of(run_page("licenses", view="matrix", all="1", kinds="all"), "matrix")
    assert len(data["rows"]) == 40


def test_matrix_is_narrowed(small: Path) -> None:
    app = run_page("licenses", view="matrix", all="1", q="gemma", verdict="restricted")
    assert {row[0]["query"]["id"] for row in data_of(app, "matrix")["rows"]} >= {"gemma", "gemma-2024-02-21"}
    assert all(column["group"] in ("", "Restrictions") for column in data_of(app, "matrix")["columns"])


# ------------------------------------------------------------------ compare


def test_compare(small: Path) -> None:
    app = run_page("licenses", view="diff", a="llama-2", b="llama-3.1")
    rows = rows_of(app, "diff_True")
    how = {row[0]["text"]: row[0]["sub"] for row in rows}
    assert how["No training of other models"] == "only in Llama 2 Community License Agreement"
    assert how["Limit on users or revenue"] == "the same"
    app = run_page("licenses", view="diff", a="llama-2", b="llama-3.1", differ="1")
    assert "the same" not in [row[0]["sub"] for row in rows_of(app, "diff_True")]
    assert listed(app, "view") == ["diff"]


@pytest.mark.parametrize("query", [{}, {"a": "llama-2"}, {"a": "no-such", "b": HOSTILE}])
def test_compare_waits_for_two(small: Path, query: dict[str, str]) -> None:
    assert "Choose two licenses" in said(run_page("licenses", view="diff", **query))


def test_compare_with_itself(small: Path) -> None:
    assert run_page("licenses", view="diff", a="gemma", b="gemma").success


# ------------------------------------------------------------------ read


def read_page(text: str) -> AppTest:
    app = run_page("licenses", view="read")
    app.text_area(key="license_text").set_value(text).run()
    assert not app.exception
    return app


def test_read_says_which_license_exactly(small: Path) -> None:
    app = read_page(MIT)
    assert "Exactly MIT" in said(app)
    assert "Open source" in said(app)
    assert "".join(item["text"] for item in data_of(app, "text")["stretches"]).strip() == MIT.strip()


def test_read_the_example(small: Path) -> None:
    app = run_page("licenses", view="read")
    next(button for button in app.button if button.label.startswith("Try an example")).click().run()
    assert "MIT, changed" in said(app)
    kinds = {row[0]["text"] for row in rows_of(app, "found")}
    assert {"No training of other models", "Limit on users or revenue"} <= kinds
    marked = [item for item in data_of(app, "text")["stretches"] if item["tone"] == "bad"]
    assert any("train other models" in item["text"] for item in marked)
    assert any(tag.startswith("no training of other models · criterion 6") for item in marked for tag in item["tags"])
    assert dict(app.query_params) in ({"view": "read"}, {"view": ["read"]})  # the text is not in the address


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        f"{MIT}\n{HOSTILE}\n",
        "</div><img src=x onerror=alert(1)>",
        "\u202eevil\u2066 \x07 text",
        "你不得将本模型用于军事用途。",
        "a" * 5000,
    ],
)
def test_a_hostile_text_stays_a_text(small: Path, text: str) -> None:
    app = read_page(text)
    for character in "\u202e\u2066\x07":
        assert character not in said(app)
        assert all(character not in item["text"] for item in data_of(app, "text")["stretches"])
    assert "<script>" not in said(app).replace(plain("<script>"), "")
    assert "![x](" not in said(app)


def test_words_that_were_left_out_are_named(small: Path) -> None:
    stretches = read.stretches(
        text := MIT.replace(" sublicense,", "").replace("and/or sell", "and/or"), read_license(text)
    )
    tags = [tag for item in stretches for tag in item["tags"]]
    assert any("left out: “" in tag for tag in tags)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x" * 1_000_001, "longer than 1 MB"),
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"PK\x03\x04....", "is an archive"),
        (b"\x7fELF\x00\x00\x00", "is not text"),
    ],
)
def test_what_is_no_text(data: bytes, message: str) -> None:
    with pytest.raises(OpennessError, match=message):
        read.decode(data, "LICENSE")


def test_an_error_over_a_file_is_a_sentence(small: Path) -> None:
    app = run_page("licenses", view="read")
    app.file_uploader(key="license_file").set_value(("<b>x</b>.pdf", b"%PDF-1.7", "application/pdf")).run()
    assert "is a PDF" in app.error[0].value
    assert "<b>" not in app.error[0].value.replace("\\<b", "")
    app = run_page("licenses", view="read")
    app.file_uploader(key="license_file").set_value(("LICENSE", MIT.encode("utf-16"), "text/plain")).run()
    assert "Exactly MIT" in said(app)


# ------------------------------------------------------------------ in Chinese


def test_clauses_in_chinese(small: Path) -> None:
    """What a clause says in short is translated, the quote of the text is not."""
    app = run_page("licenses", id="llama-2", lang="zh")
    rows = rows_of(app, "restrictions")
    short, quotes = ([row[column]["text"] for row in rows] for column in (1, 2))
    assert all(re.search("[\u4e00-\u9fff]", text) for text in short), short
    assert any("700 million monthly active users" in text for text in quotes)
