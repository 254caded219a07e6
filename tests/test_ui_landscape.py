"""The landscape page: what it says is computed, what is hostile stays text, choices live in the address."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from streamlit.testing.v1 import AppTest

from openness import landscape, landscape_evidence
from openness.registry.query import Filters
from openness.ui import picture, table

HOSTILE = "<img src=x onerror=alert(1)> ![p](https://evil.example/p.png) [x](javascript:alert(1)) :rocket: $x^2$"
SOURCE = '{url: "https://example.org/a?b=1", read: "2026-11-20", quote: "our open-source <b>model</b>"}'
REGISTRY = f"""
- id: good
  name: Good
  organization: Good Lab
  country: FR
  modality: [text]
  parameters: {{total: 7000000000}}
  released: "2023-07-01"
  weights: [{{status: open, since: "2023-07-01", license: MIT, evidence: [{SOURCE}]}}]
  claims: [{{says: open source, by: Good Lab, evidence: [{SOURCE}]}}]

- id: hostile
  name: {json.dumps(HOSTILE)}
  organization: {json.dumps(HOSTILE)}
  country: CN
  modality: [image]
  released: "2024-02"
  weights: [{{status: open, since: "2024-02", license: LicenseRef-llama-2, evidence: [{SOURCE}]}}]
  report: [{{status: closed, evidence: [{SOURCE}]}}]
  claims: [{{says: open source, by: {json.dumps(HOSTILE)}, evidence: [{SOURCE}]}}]
"""


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What was handed to the tables and pictures, by key."""
    found: dict[str, dict[str, Any]] = {}

    def keep(real: Callable[[], Any]) -> Callable[[], Any]:
        def component() -> Any:
            def draw(*, data: dict[str, Any], key: str, **rest: Any) -> Any:
                found[key] = data
                return real()(data=data, key=key, **rest)

            return draw

        return component

    monkeypatch.setattr(table, "_component", keep(table._component))
    monkeypatch.setattr(picture, "_component", keep(picture._component))
    return found


def words(svg: str) -> str:
    """The texts of a picture, whatever lines they stand on."""
    root = ElementTree.fromstring(svg)
    return " ".join("".join(item.itertext()) for item in root.iter("{http://www.w3.org/2000/svg}text"))


def heading(app: AppTest, anchor: str) -> str:
    return next(item.value.replace("\\", "") for item in app.header if item.proto.anchor == anchor)


def script() -> None:
    import streamlit as st

    from openness.ui import links
    from openness.ui.views import landscape

    st.navigation(list(links.pages().values()))
    landscape.page()


def draw(**query: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str = REGISTRY) -> None:
    path = tmp_path / "models.yaml"
    path.write_text(text, "utf-8")
    monkeypatch.setenv("OPENNESS_REGISTRY", str(path))


def test_every_sentence_is_made_of_the_registrys_numbers(shown: dict[str, dict[str, Any]]) -> None:
    app = draw()
    found = landscape.survey(Filters())
    claims = landscape_evidence.claims(Filters())
    against = [one for one in claims if one.verdict in ("restricted", "open_not_osi")]
    dated = sum(group.total for group in found.periods)
    high = sum(group.reaching(4) for group in found.periods)
    assert heading(app, "time") == f"{high} of {dated} models with a release date reach level 4 or 5"
    last = landscape.cumulated(found.periods)[-1]
    assert heading(app, "share").endswith(f"it is {100 * last.reaching(3) / last.total:.0f} %")
    level_1 = sum(found.terms["1"].values())
    assert heading(app, "terms").endswith(f"at level 1, those of {found.terms['1']['open_source']} of {level_1}")
    best = max(group.median or 0 for group in found.makers if group.name and group.total >= 5)
    assert heading(app, "makers").endswith(f"highest median level: {best:g}")
    first = found.countries[0]
    assert heading(app, "countries").startswith(f"United States: {first.total} of {found.everything.total} models")
    assert heading(app, "claims").startswith(f"{len(against)} of {len(claims)} models")
    reached = landscape_evidence.reached(landscape_evidence.ARTICLE_DAY, Filters())
    assert f"at least {len(reached)} of these models" in heading(app, "april-2024")
    assert set(shown) >= {"time", "share", "terms", "makers", "countries", "claims", "april-2024"}


def test_each_picture_has_words_a_source_and_its_numbers(shown: dict[str, dict[str, Any]]) -> None:
    draw()
    for key in ("time", "share", "terms", "makers", "countries", "claims", "april-2024"):
        files = shown[key]["files"]
        assert len(shown[key]["alt"]) > 60, key
        assert "no random sample" in words(files["svg"]), key
        assert re.search(
            r"Source: openness registry [0-9a-f]{12}, 20\d\d-\d\d-\d\d; rubric 1\.0", words(files["svg"])
        ), key
        assert files["csv"].count("\n") > 1, key
        assert files["name"] == f"openness-{key}"
    assert "period,L0,L0_or_more,L1" in shown["time"]["files"]["csv"]


def test_numbers_lead_to_the_same_models_in_the_catalog(shown: dict[str, dict[str, Any]]) -> None:
    from openness import catalog
    from openness.ui.views.catalog import Choices

    draw(by="year")
    cells = [cell for row in shown["terms-numbers"]["rows"] for cell in row if "page" in cell]
    cells += [
        {**row[0], "text": row[-1]["text"]}
        for key in ("makers", "countries", "time")
        for row in shown[f"{key}-numbers"]["rows"]
        if "page" in row[0]
    ]
    assert len(cells) > 30
    for cell in cells:
        query = {key: value if key in ("after", "before") else [value] for key, value in cell["query"].items()}
        _rows, total = catalog.page(Choices(**query).filters(), limit=1)
        assert str(total) == cell["text"], cell


def test_choices_come_from_the_address_and_go_into_it(shown: dict[str, dict[str, Any]]) -> None:
    app = draw(modality="image", min="1b", by="year")
    wanted = Filters(modalities=("image",), min_parameters=1e9)
    total = landscape.survey(wanted, by="year").everything.total
    assert any(f"Counted from the {total} models" in item.value for item in app.markdown)
    assert "Only: image, at least 1B parameters." in words(shown["time"]["files"]["svg"])
    assert not [cell for row in shown["terms-numbers"]["rows"] for cell in row if "page" in cell]
    app.pills(key="choose_by").set_value(None).run()
    assert "image" in app.query_params["modality"]
    assert "by" not in app.query_params


@pytest.mark.parametrize("query", [{"modality": "<script>"}, {"min": "9z"}, {"by": "day"}, {"modality": "x" * 5000}])
def test_a_choice_that_is_none_is_left_out(query: dict[str, str]) -> None:
    total = landscape.survey(Filters()).everything.total
    assert any(f"Counted from the {total} models" in item.value for item in draw(**query).markdown)


def test_a_choice_that_nothing_meets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    small(monkeypatch, tmp_path)
    app = draw(modality="text", min="100b")
    assert [item.value for item in app.info] == ["No model in the registry meets all of this. Take a filter away."]
    assert not app.header


def test_hostile_names_stay_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shown: dict[str, dict[str, Any]]
) -> None:
    entries = re.split(r"(?m)^(?=- id)", REGISTRY)[1:]
    more = [
        entry.replace('  name: "', f'  name: "{number} ').replace("name: Good", f"name: Good {number}")
        for number in range(4)
        for entry in (re.sub(r"id: (\w+)", rf"id: \1-{number}", one) for one in entries)
    ]
    small(monkeypatch, tmp_path, "\n".join(sorted([*entries, *more])))
    app = draw()
    assert heading(app, "makers").startswith("Of 2 makers")
    assert heading(app, "claims").startswith("5 of 10 models")
    texts = [item.value for item in (*app.markdown, *app.header, *app.subheader, *app.caption)]
    for text in texts:
        assert not re.search(r"(?<!\\)<img|(?<!\\)!\[|\]\(javascript|(?<!\\)\$x", text), text
    first = next(row for row in shown["claims-list"]["rows"] if row[0]["query"]["id"] == "hostile")
    assert (first[0]["text"], first[1]["text"]) == (HOSTILE, HOSTILE)  # a text node in the page
    assert first[4]["href"] == "https://example.org/a?b=1"
    assert "<img" not in shown["makers"]["files"]["svg"]
    assert "onerror" in shown["makers"]["files"]["svg"]  # as text


def test_nothing_against_the_claim_is_said_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    small(monkeypatch, tmp_path)
    assert "no dated evidence here against it" in heading(draw(), "april-2024")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_in_both_languages(language: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    small(monkeypatch, tmp_path)
    app = AppTest.from_function(script, default_timeout=60)
    app.session_state["language"] = language
    app.run()
    assert not app.exception
    assert [item.proto.anchor for item in app.header] == ["time", "terms", "claims", "april-2024"]


@pytest.mark.parametrize(
    ("url", "linked"),
    [("https://example.org/a", True), ("javascript:alert(1)", False), ("", False), ("file:///etc/passwd", False)],
)
def test_only_addresses_on_the_web_become_links(url: str, linked: bool) -> None:
    cell = table.source(url, "source", "§1")
    assert ("href" in cell) == linked
    assert cell["text"] == "source"
