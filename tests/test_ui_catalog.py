"""The catalog's page: first view, every filter from the address, order, pages, languages, hostile registries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cli_runner import CLIMBER, model, state, write_registry
from openness import catalog
from openness.exports.spreadsheet import as_csv
from openness.registry.query import Filters
from openness.ui import language
from openness.ui.views.catalog import FIRST_YEAR, Choices, years
from page_runner import _elements, data_of, keys_of, press, rows_of, run_page, said

HOSTILE = "<script>alert(1)</script> ![x](https://evil.example/x.png) **b** :smile: $x$ [l](javascript:alert(1))"
FORMULA = '=HYPERLINK("https://evil.example","x")'


def weights(license_: str | None = None, status: str = "open") -> list[dict[str, Any]]:
    return [state(status, **({"license": license_} if license_ else {}))]


@pytest.fixture(scope="module", autouse=True)
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = write_registry(
        tmp_path_factory.mktemp("catalog") / "models.yaml",
        CLIMBER,
        model("cap", organization="Meta", country="US", modality=["text"], parameters={"total": 70_000_000_000},
              released="2023-07-18", weights=weights("LicenseRef-llama-2", "gated")),
        model("evil", organization=HOSTILE, aliases=[HOSTILE], released="2025-01-01", weights=weights("Apache-2.0"))
        | {"name": HOSTILE},
        model("formula", organization="@SUM(1)", parameters={"total": 1_000_000_000}, weights=weights("MIT"))
        | {"name": FORMULA},
        model("mute", organization="Meta"),
        model("nc", country="CN", modality=["image", "code"], parameters={"total": 200_000_000_000},
              released="2024-05", weights=weights("CC-BY-NC-4.0")),
        model("shut", organization="Acme", country="FR", modality=["audio"], parameters={"total": 500_000_000},
              released="2022", weights=weights(status="closed")),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("OPENNESS_REGISTRY", str(path))
        monkeypatch.delenv("OPENNESS_DATABASE_URL", raising=False)
        yield path


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three pages: 60 models, every third of them with closed weights."""
    models = [
        model(f"m-{number:02}", organization="Odd" if number % 2 else "Even",
              weights=weights("MIT") if number % 3 else weights(status="closed"))
        for number in range(60)
    ]  # fmt: skip
    monkeypatch.setenv("OPENNESS_REGISTRY", str(write_registry(tmp_path / "many.yaml", *models)))


def ids(app: AppTest) -> list[str]:
    return [row[0]["query"]["id"] for row in rows_of(app, "models")] if "models" in keys_of(app) else []


def in_address(app: AppTest) -> dict[str, list[str]]:
    return {key: value if isinstance(value, list) else [value] for key, value in app.query_params.items()}


EVERY = ["acme-climber", "cap", "evil", "formula", "mute", "nc", "shut"]


def test_the_first_view() -> None:
    app = run_page("catalog")
    assert [item.value for item in app.title] == ["How open is it?"]
    assert "**7 models**" in said(app)
    assert sorted(ids(app)) == EVERY
    assert in_address(app) == {}
    data = data_of(app, "models")
    assert data["sort"] == {"name": "name", "descending": False}
    assert [column["label"] for column in data["columns"]] == [
        "Model", "Level", "Weights", "Report", "Code", "Data", "Pipeline", "License", "Size", "Date",
    ]  # fmt: skip
    rows = {row[0]["query"]["id"]: row for row in data["rows"]}
    first = rows["acme-climber"]
    assert (first[0]["text"], first[0]["sub"], first[0]["page"]) == ("Acme Climber", "Acme", "model")
    assert (first[1]["level"], first[1]["text"], first[1]["label"]) == (5, "L5", "level 5 of 5")
    assert [cell["glyph"] for cell in first[2:7]] == ["open"] * 5
    assert first[3]["label"] == "report: open"
    assert [cell["text"] for cell in first[7:]] == ["open source", "7B", "2023-03-10"]
    assert (first[7]["sub"], first[7]["tone"]) == ("MIT", "good")
    assert [cell["label"] for cell in rows["cap"][2:4]] == [
        "weights: open after accepting terms",
        "report: not established",
    ]
    assert (rows["mute"][1]["text"], rows["mute"][7]["text"], rows["mute"][8]["text"]) == ("?", "not established", "")
    assert all(widget.label for widget in [*app.sidebar.button_group, *app.multiselect, *app.text_input])


FILTERS: list[tuple[dict[str, Any], str]] = [
    ({"q": "climber"}, "acme-climber"),
    ({"q": "CLIMBER acme"}, "acme-climber"),
    ({"q": "登山者"}, "acme-climber"),
    ({"q": "cap climber"}, ""),
    ({"level": "5"}, "acme-climber"),
    ({"level": ["0", "unknown"]}, "mute shut"),
    ({"license": "open_source"}, "acme-climber evil formula"),
    ({"license": ["restricted", "unknown"]}, "cap mute nc shut"),
    ({"released": "weights"}, "acme-climber cap evil formula nc"),
    ({"released": ["weights", "data_pipeline"]}, "acme-climber"),
    ({"may": "commercial"}, "acme-climber cap evil formula"),
    ({"may": ["commercial", "train"]}, "acme-climber evil formula"),
    ({"may": "modify"}, "acme-climber cap evil formula nc"),
    ({"may": "redistribute"}, "acme-climber cap evil formula nc"),
    ({"may": "eu"}, "acme-climber cap evil formula nc"),
    ({"users": "1b"}, "acme-climber evil formula nc"),
    ({"users": "100m"}, "acme-climber cap evil formula nc"),
    ({"organization": "Meta"}, "cap mute"),
    ({"organization": ["Acme", HOSTILE]}, "acme-climber evil shut"),
    ({"country": ["DE", "FR"]}, "acme-climber shut"),
    ({"modality": "text"}, "acme-climber cap"),
    ({"modality": ["code", "audio"]}, "nc shut"),
    ({"size": "1b"}, "formula shut"),  # whose size is at the bound belongs to both
    ({"size": "10b"}, "acme-climber formula"),
    ({"size": "100b"}, "cap"),
    ({"size": "more"}, "nc"),
    ({"after": "2024"}, "evil nc"),
    ({"before": "2022"}, "shut"),
    ({"after": "2023", "before": "2023"}, "acme-climber cap"),
    ({"after": "2024", "before": "2023"}, ""),
    ({"q": "meta", "level": "1", "license": "restricted", "released": "weights", "may": "commercial", "users": "1m",
      "organization": "Meta", "country": "US", "modality": "text", "size": "100b", "after": "2023", "before": "2023"},
     "cap"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "expected"), FILTERS, ids=[json.dumps(query)[:60] for query, _ in FILTERS])
def test_filters_from_the_address(query: dict[str, Any], expected: str) -> None:
    app = run_page("catalog", **query)
    assert sorted(ids(app)) == expected.split()
    number = len(expected.split())
    assert f"**{number} model{'' if number == 1 else 's'}**" in said(app)
    assert in_address(app) == {key: value if isinstance(value, list) else [value] for key, value in query.items()}
    if not expected:
        assert [item.value for item in app.info] == ["No model in the registry meets all of this. Take a filter away."]
        assert not app.pagination
        assert not app.download_button


BAD = ["", " ", "9", "-1", "L5", "%", "_", "' OR 1=1 --", "<script>", "\0", "x" * 3000, "５", "../../etc/passwd"]


@pytest.mark.parametrize(
    "name",
    ["level", "license", "released", "may", "users", "organization", "country", "modality", "size", "after", "before",
     "sort", "down", "page"],
)  # fmt: skip
def test_values_that_nobody_offered_do_nothing(name: str) -> None:
    app = run_page("catalog", **{name: BAD})
    assert sorted(ids(app)) == EVERY
    assert in_address(app) == {}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (" ", " ".join(EVERY)),
        ("%", ""),
        ("' OR 1=1 --", ""),
        ("\0", ""),
        ("５", ""),
        ("<script>", "evil"),
        (HOSTILE, "evil"),
        ("x" * 3000, ""),
    ],
)
def test_words_are_only_looked_for(words: str, found: str) -> None:
    app = run_page("catalog", q=words)
    assert sorted(ids(app)) == found.split()
    assert "<script>" not in said(app)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"sort": "level"}, "acme-climber cap evil formula nc shut mute"),
        ({"sort": "level", "down": "0"}, "shut cap evil formula nc acme-climber mute"),
        ({"sort": "parameters"}, "nc cap acme-climber formula shut evil mute"),
        ({"sort": "parameters", "down": "0"}, "shut formula acme-climber cap nc evil mute"),
        ({"sort": "released"}, "evil nc cap acme-climber shut formula mute"),
        ({"sort": "verdict"}, "acme-climber evil formula cap nc mute shut"),
        ({"sort": "verdict", "down": "1"}, "cap nc acme-climber evil formula mute shut"),
        ({"sort": "name", "down": "1"}, "shut nc mute cap acme-climber formula evil"),
        ({"down": "1"}, "shut nc mute cap acme-climber formula evil"),
        ({"sort": ["level", "name"]}, "acme-climber cap evil formula nc shut mute"),
    ],
)  # fmt: skip
def test_orders_from_the_address(query: dict[str, str], expected: str) -> None:
    app = run_page("catalog", **query)
    assert " ".join(ids(app)) == expected
    order = next(iter([query["sort"]] if isinstance(query.get("sort"), str) else query.get("sort", ["name"])))
    sort = data_of(app, "models")["sort"]
    assert sort["name"] == order
    assert in_address(app) == {"sort": [order], "down": [str(int(sort["descending"]))]}


def test_a_pressed_heading_sorts_and_begins_at_the_first_page(many: None) -> None:
    app = run_page("catalog", page="2", organization="Odd")
    assert len(ids(app)) == 5
    press(app, "models", {"name": "level"})  # the most of it first
    assert in_address(app) == {"organization": ["Odd"], "sort": ["level"], "down": ["1"]}
    assert [row[1]["text"] for row in rows_of(app, "models")] == ["L1–5"] * 20 + ["L0"] * 5
    press(app, "models", {"name": "level"})
    assert in_address(app)["down"] == ["0"]
    assert ids(app)[0] == "m-03"
    press(app, "models", {"name": "name"})
    assert in_address(app) == {"organization": ["Odd"]}
    assert ids(app)[0] == "m-01"


def test_an_order_that_no_heading_has_does_nothing() -> None:
    app = run_page("catalog")
    for order in ({"name": "password"}, {"name": ["level"]}, {}, "level", ["level"], 7, None):
        press(app, "models", order)
        assert sorted(ids(app)) == EVERY
        assert in_address(app) == {}


@pytest.mark.parametrize(
    ("page", "first", "stays"),
    [("1", "m-00", False), ("2", "m-25", True), ("3", "m-50", True), ("4", "m-00", False), ("999999", "m-00", False),
     ("9999999999", "m-00", False), ("0", "m-00", False), ("-1", "m-00", False), ("２", "m-00", False)],
)  # fmt: skip
def test_pages_from_the_address(many: None, page: str, first: str, stays: bool) -> None:
    app = run_page("catalog", page=page)
    assert ids(app)[0] == first
    assert len(ids(app)) == (10 if page == "3" else 25)
    assert app.pagination[0].value == (int(page) if stays else 1)
    assert in_address(app) == ({"page": [page]} if stays else {})
    assert "**60 models**" in said(app)


def test_turning_pages_and_what_ends_them(many: None) -> None:
    app = run_page("catalog")
    app.pagination[0].set_value(3).run()
    assert (ids(app)[0], in_address(app)) == ("m-50", {"page": ["3"]})
    app.pagination[0].set_value(2).run()
    assert ids(app)[0] == "m-25"
    # Another list begins at its beginning, though it has a second page as well.
    app.multiselect(key="choose_organization").set_value(["Even"]).run()
    assert (ids(app)[0], in_address(app)) == ("m-00", {"organization": ["Even"]})
    app.pagination[0].set_value(2).run()
    app.text_input(key="choose_q").set_value("m 5").run()
    assert (ids(app)[0], in_address(app)) == ("m-50", {"organization": ["Even"], "q": ["m 5"]})
    assert not app.pagination


def test_a_choice_goes_into_the_address() -> None:
    app = run_page("catalog", level="1")
    pills = {widget.key: widget for widget in app.sidebar.button_group}
    pills["choose_level"].set_value(["1", "5"]).run()
    pills["choose_size"].set_value("10b").run()
    assert in_address(app) == {"level": ["1", "5"], "size": ["10b"]}
    pills["choose_size"].set_value("more").run()  # one at a time
    assert in_address(app) == {"level": ["1", "5"], "size": ["more"]}
    assert ids(app) == ["nc"]
    pills["choose_size"].set_value(None).run()
    pills["choose_level"].set_value([]).run()
    assert in_address(app) == {}
    assert sorted(ids(app)) == EVERY


def test_a_chinese_visitor() -> None:
    app = run_page("catalog", lang="zh", level="5", sort="level")
    words = language.catalog("zh").gettext
    assert app.title[0].value == words("How open is it?") != "How open is it?"
    data = data_of(app, "models")
    assert data["lang"] == "zh"
    assert data["columns"][1]["label"] == words("Level") != "Level"
    assert data["rows"][0][0]["text"] == "Acme Climber"  # data stays
    assert data["rows"][0][3]["label"].startswith(words("report"))
    # Codes in the address are the same in every language.
    assert in_address(app) == {"lang": ["zh"], "level": ["5"], "sort": ["level"], "down": ["1"]}
    countries = app.multiselect(key="choose_country").options
    assert "德国" in countries
    assert not any(set("ABCDEFGHIJ") & set(option) for option in countries)


def test_hostile_names_are_text_in_the_table_and_nowhere_else() -> None:
    app = run_page("catalog")
    (row,) = [row for row in rows_of(app, "models") if row[0]["query"]["id"] == "evil"]
    assert (row[0]["text"], row[0]["sub"]) == (HOSTILE, HOSTILE)
    for element in (*_elements(app.main), *_elements(app.sidebar)):
        # The options of a multiselect are shown as they are, without markdown.
        if element.type not in ("bidi_component", "multiselect"):
            assert "alert(1)" not in str(element.proto), element.type
    assert "html" not in {element.type for element in _elements(app.main)}


def test_the_list_as_a_file_holds_no_formula() -> None:
    assert [button.label for button in run_page("catalog").download_button] == ["Download this list (CSV)"]
    text = as_csv(catalog.page(Filters(), order="name", limit=None)[0])
    assert text.count("\n") == len(EVERY) + 1
    assert "\"'=HYPERLINK(" in text
    assert ",'@SUM(1)," in text
    assert not any(line.startswith(("=", "@")) for line in text.replace('"', "").replace(",", "\n").splitlines())


def test_codes_as_a_question() -> None:
    assert Choices(words=" ".join(map(str, range(50)))).filters().words == [str(number) for number in range(20)]
    asked = Choices(size="10b", level=["unknown", "3"]).filters()
    assert (asked.min_parameters, asked.max_parameters, asked.levels) == (1e9, 10e9, ["unknown", 3])
    assert (asked.after, asked.before) == (None, None)
    assert years()[-1] == str(FIRST_YEAR)
    assert years() == sorted(years(), reverse=True)
