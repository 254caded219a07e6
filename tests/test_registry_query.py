"""Lists and searches: each filter alone, and together; orders and pages. On SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from databases import KINDS, make
from openness.registry.index import Graded, build_database
from openness.registry.query import (
    SHOWN,
    Filters,
    Order,
    bases,
    by_id,
    count,
    counts,
    ids_of,
    models,
    records,
    values,
)
from openness.schemas.record import Artifact, Model

EXPRESSIONS = {"open_source": "MIT", "restricted": "LicenseRef-x_y"}


def graded(
    id_: str, level: int | None, verdict: str | None, status: dict[str, str] | None = None, **fields: Any
) -> Graded:
    model = Model.model_validate({"id": id_, "name": id_, **fields})
    license_ = {"expression": EXPRESSIONS.get(verdict or ""), "verdict": verdict, "names": []}
    artifacts = {artifact.value: "unknown" for artifact in Artifact}
    artifacts |= {"weights": "open" if level else "closed", **(status or {})}
    grade = {
        "level": level,
        "at_most": 5 if level is None else level,
        "licenses": {"weights": license_} if level else {},
        "artifacts": [{"artifact": artifact, "status": status} for artifact, status in artifacts.items()],
    }
    return Graded(model, 1, grade)


BASE = {"id": "allenai/OLMo-7B", "relation": "finetune", "evidence": [{"url": "https://e.org", "read": "2025-01-01"}]}
MODELS = [
    graded("a-0", 0, None, organization="Acme AI", country="US", released="2023", modality=["text"],
           parameters={"total": 1_000_000_000}),
    graded("b-1", 1, "restricted", {"weights": "gated", "report": "open"}, organization="Acme_AI", country="CN",
           released="2024-03-05", aliases=["百川 2"], modality=["code"], parameters={"total": 999_999_999}),
    graded("c-1", 1, "needs_human", {"weights": "restricted", "report": "partial"}, organization="100% Open",
           country="CN", released="2024-03", name="Sea_Lion 50%", modality=["video", "audio"], base_models=[BASE]),
    graded("d-4", 4, "open_source", {"report": "open", "training_code": "gated"}, organization="AI2", country="US",
           released="2024", modality=["text", "code"], parameters={"total": 7_000_000_000},
           repositories=[{"host": "huggingface", "id": "allenai/OLMo-7B"}]),
    graded("e-5", 5, "open_not_osi", {"training_code": "open"}, organization="Éole", country="FR",
           released="2024-12-31", modality=["audio"], parameters={"total": 10**30}),
    graded("f-none", None, None, {"weights": "unknown"}, organization="unknown"),
    graded("g-none", None, None, {"weights": "not_applicable"}),
]  # fmt: skip


@pytest.fixture(scope="module", params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    database = make(request.param, request, tmp_path_factory.mktemp("query"))
    build_database(database.url, MODELS, {})
    engine = create_engine(database.url)
    yield engine
    engine.dispose()


CASES: list[tuple[dict[str, Any], str]] = [
    ({}, "a-0 b-1 c-1 d-4 e-5 f-none g-none"),
    # Levels. What has no level (weights unknown) meets no bound.
    ({"min_level": 0}, "a-0 b-1 c-1 d-4 e-5"),
    ({"min_level": 4}, "d-4 e-5"),
    ({"max_level": 0}, "a-0"),
    ({"max_level": 1}, "a-0 b-1 c-1"),
    ({"min_level": 1, "max_level": 4}, "b-1 c-1 d-4"),
    ({"min_level": 4, "max_level": 1}, ""),
    # Verdicts. Unknown is what has none.
    ({"verdict": "open_source"}, "d-4"),
    ({"verdict": "open_not_osi"}, "e-5"),
    ({"verdict": "restricted"}, "b-1"),
    ({"verdict": "needs_human"}, "c-1"),
    ({"verdict": "unknown"}, "a-0 f-none g-none"),
    # Organization: a part of the name, in any case.
    ({"organization": "acme"}, "a-0 b-1"),
    ({"organization": "Acme_AI"}, "b-1"),
    ({"organization": "100%"}, "c-1"),
    ({"organization": "%"}, "c-1"),
    ({"organization": "_"}, "b-1"),
    ({"organization": "ai"}, "a-0 b-1 d-4"),
    ({"organization": "ole"}, "e-5"),
    ({"organization": "\\"}, ""),
    ({"organization": "' OR 1=1 --"}, ""),
    # Country.
    ({"country": "CN"}, "b-1 c-1"),
    ({"country": "cn"}, "b-1 c-1"),
    ({"country": "C"}, ""),
    # Dates: both bounds inclusive, a partial date of a model means its last day.
    ({"after": "2023"}, "a-0 b-1 c-1 d-4 e-5"),
    ({"after": "2024"}, "b-1 c-1 d-4 e-5"),
    ({"after": "2024-03"}, "b-1 c-1 d-4 e-5"),
    ({"after": "2024-03-05"}, "b-1 c-1 d-4 e-5"),
    ({"after": "2024-03-06"}, "c-1 d-4 e-5"),
    ({"after": "2024-04"}, "d-4 e-5"),
    ({"after": "2024-12-31"}, "d-4 e-5"),
    ({"after": "2025"}, ""),
    ({"before": "2022"}, ""),
    ({"before": "2023"}, "a-0"),
    ({"before": "2023-11"}, ""),
    ({"before": "2024-02"}, "a-0"),
    ({"before": "2024-03-04"}, "a-0"),
    ({"before": "2024-03-05"}, "a-0 b-1"),
    ({"before": "2024-03"}, "a-0 b-1 c-1"),
    ({"before": "2024-12-30"}, "a-0 b-1 c-1"),
    ({"before": "2024"}, "a-0 b-1 c-1 d-4 e-5"),
    ({"after": "2024-03", "before": "2024-03"}, "b-1 c-1"),
    ({"after": "2023", "before": "2023"}, "a-0"),
    # Words: all must match, whatever their case; % and _ mean themselves.
    ({"words": ["olmo"]}, "d-4"),
    ({"words": ["OLMo", "ALLENAI"]}, "d-4"),
    ({"words": ["olmo", "acme"]}, ""),
    ({"words": ["acme"]}, "a-0 b-1"),
    ({"words": ["acme", "百川"]}, "b-1"),
    ({"words": ["百川 2"]}, "b-1"),
    ({"words": ["sea lion"]}, "c-1"),
    ({"words": ["Sea-Lion"]}, "c-1"),
    ({"words": ["50%"]}, "c-1"),
    ({"words": ["%"]}, "c-1"),
    ({"words": ["s_a"]}, ""),
    ({"words": ["b_1"]}, "b-1"),
    ({"words": ["MIT"]}, "d-4"),
    ({"words": ["éole"]}, "e-5"),
    ({"words": ["ÉOLE"]}, "e-5"),
    ({"words": ["'"]}, ""),
    ({"words": ["\\"]}, ""),
    ({"words": ["\0"]}, ""),
    ({"organization": "\0"}, ""),
    ({"words": [""]}, "a-0 b-1 c-1 d-4 e-5 f-none g-none"),
    # Choices of levels and verdicts: any of them; "unknown" is what has none.
    ({"levels": [1]}, "b-1 c-1"),
    ({"levels": [0, 5]}, "a-0 e-5"),
    ({"levels": ["unknown"]}, "f-none g-none"),
    ({"levels": [4, "unknown"]}, "d-4 f-none g-none"),
    ({"levels": [7]}, ""),
    ({"verdicts": ["restricted", "open_source"]}, "b-1 d-4"),
    ({"verdicts": ["unknown"]}, "a-0 f-none g-none"),
    ({"verdicts": ["needs_human", "unknown"]}, "a-0 c-1 f-none g-none"),
    ({"verdicts": ["%"]}, ""),
    ({"verdicts": ["' OR ''='"]}, ""),
    # What is released: all of it, and accepting terms is no hindrance.
    ({"released": [Artifact.WEIGHTS]}, "b-1 d-4 e-5"),
    ({"released": [Artifact.REPORT]}, "b-1 d-4"),
    ({"released": [Artifact.TRAINING_CODE]}, "d-4 e-5"),
    ({"released": [Artifact.REPORT, Artifact.TRAINING_CODE]}, "d-4"),
    ({"released": [Artifact.TRAINING_DATA]}, ""),
    # Organizations and countries: the whole name, any of them; one may be called "unknown".
    ({"organizations": ["Acme AI", "AI2"]}, "a-0 d-4"),
    ({"organizations": ["Acme"]}, ""),
    ({"organizations": ["acme ai"]}, ""),
    ({"organizations": ["Acme_AI"]}, "b-1"),
    ({"organizations": ["100% Open"]}, "c-1"),
    ({"organizations": ["%", "_", "' OR 1=1 --", "\\"]}, ""),
    ({"organizations": ["unknown"]}, "f-none"),
    ({"countries": ["CN", "FR"]}, "b-1 c-1 e-5"),
    ({"countries": ["unknown"]}, ""),
    # Modalities: any of them, and never a part of a name.
    ({"modalities": ["text"]}, "a-0 d-4"),
    ({"modalities": ["code"]}, "b-1 d-4"),
    ({"modalities": ["audio", "code"]}, "b-1 c-1 d-4 e-5"),
    ({"modalities": ["audi"]}, ""),
    ({"modalities": ["%"]}, ""),
    ({"modalities": ["_ode"]}, ""),
    ({"modalities": [","]}, ""),
    ({"modalities": ["'"]}, ""),
    # Sizes: both bounds inclusive; what is not known meets none.
    ({"min_parameters": 0}, "a-0 b-1 d-4 e-5"),
    ({"min_parameters": 1e9}, "a-0 d-4 e-5"),
    ({"max_parameters": 1e9}, "a-0 b-1"),
    ({"max_parameters": 999_999_999.5}, "b-1"),
    ({"min_parameters": 1e9, "max_parameters": 1e9}, "a-0"),
    ({"min_parameters": 100e9}, "e-5"),
    ({"min_parameters": 10e9, "max_parameters": 1e9}, ""),
    # Licenses: None for any, and an empty list for none.
    ({"licenses": None}, "a-0 b-1 c-1 d-4 e-5 f-none g-none"),
    ({"licenses": []}, ""),
    ({"licenses": ["MIT", "NONE"]}, "d-4"),
    ({"licenses": ["LicenseRef-x_y"]}, "b-1"),
    ({"licenses": ["LicenseRef-x%"]}, ""),
    # Together.
    ({"levels": [1], "verdicts": ["restricted"], "released": [Artifact.WEIGHTS], "modalities": ["code"],
      "countries": ["CN"], "organizations": ["Acme_AI"], "max_parameters": 1e9, "licenses": ["LicenseRef-x_y"],
      "words": ["百川"], "after": "2024", "before": "2024-03"}, "b-1"),
    ({"levels": [1, "unknown"], "verdicts": ["unknown"]}, "f-none g-none"),
    ({"levels": [4], "max_level": 3}, ""),
    ({"words": ["acme"], "country": "CN"}, "b-1"),
    ({"country": "US", "min_level": 1}, "d-4"),
    ({"country": "US", "verdict": "unknown", "before": "2023", "organization": "acme", "max_level": 0}, "a-0"),
]  # fmt: skip


@pytest.mark.parametrize(("filters", "expected"), CASES, ids=[str(case[0]) for case in CASES])
def test_filters(engine: Engine, filters: dict[str, Any], expected: str) -> None:
    asked = Filters(**filters)
    assert " ".join(row["id"] for row in models(engine, asked)) == expected
    assert count(engine, asked) == len(expected.split())
    assert [id_ for id_, _record in records(engine, asked)] == expected.split()


ORDERS: list[tuple[Order, str, str]] = [
    ("id", "a-0 b-1 c-1 d-4 e-5 f-none g-none", "g-none f-none e-5 d-4 c-1 b-1 a-0"),
    ("name", "a-0 b-1 d-4 e-5 f-none g-none c-1", "c-1 g-none f-none e-5 d-4 b-1 a-0"),
    # What is not known stands last both ways; what is the same stands by id.
    ("level", "a-0 b-1 c-1 d-4 e-5 f-none g-none", "e-5 d-4 b-1 c-1 a-0 f-none g-none"),
    ("released", "a-0 b-1 c-1 d-4 e-5 f-none g-none", "d-4 e-5 c-1 b-1 a-0 f-none g-none"),
    ("parameters", "b-1 a-0 d-4 e-5 c-1 f-none g-none", "e-5 d-4 a-0 b-1 c-1 f-none g-none"),
    ("verdict", "d-4 e-5 b-1 c-1 a-0 f-none g-none", "c-1 b-1 e-5 d-4 a-0 f-none g-none"),  # the freest first
]


@pytest.mark.parametrize(("order", "up", "down"), ORDERS, ids=[case[0] for case in ORDERS])
def test_orders(engine: Engine, order: Order, up: str, down: str) -> None:
    assert " ".join(row["id"] for row in models(engine, Filters(), order=order)) == up
    assert " ".join(row["id"] for row in models(engine, Filters(), order=order, descending=True)) == down


def test_by_organization(engine: Engine) -> None:
    """Where accents and signs belong, databases differ; not that nothing comes last, nor in upper and lower case."""
    plain = Filters(organizations=["Acme AI", "AI2", "unknown"])
    assert [row["id"] for row in models(engine, plain, order="organization")] == ["a-0", "d-4", "f-none"]
    assert models(engine, plain, order="organization", descending=True)[0]["id"] == "f-none"
    for descending in (False, True):
        assert models(engine, Filters(), order="organization", descending=descending)[-1]["id"] == "g-none"


@pytest.mark.parametrize("order", ["id", "level", "verdict"])
def test_pages_make_the_whole(engine: Engine, order: Order) -> None:
    """No model is twice or never on the pages, though many have the same level or none."""
    whole = models(engine, Filters(), order=order, descending=True)
    pages = [models(engine, Filters(), order=order, descending=True, offset=at, limit=2) for at in (0, 2, 4, 6, 8)]
    assert [len(page) for page in pages] == [2, 2, 2, 1, 0]
    assert [row for page in pages for row in page] == whole
    assert models(engine, Filters(), order=order, descending=True, offset=5) == whole[5:]
    assert models(engine, Filters(countries=["CN"]), offset=1, limit=5)[0]["id"] == "c-1"
    assert models(engine, Filters(), limit=0) == []
    assert models(engine, Filters(), offset=10**7) == []


def test_what_can_be_chosen(engine: Engine) -> None:
    assert counts(engine, "country") == {"CN": 2, "US": 2, "FR": 1}
    assert values(engine, "country") == ["CN", "US", "FR"]
    assert counts(engine, "license") == {"LicenseRef-x_y": 1, "MIT": 1}
    assert len(values(engine, "organization")) == 6
    # The commonest first, however they are combined.
    assert values(engine, "modality")[-1] == "video"
    assert set(values(engine, "modality")[:3]) == {"audio", "code", "text"}


def test_records(engine: Engine) -> None:
    assert [id_ for id_, _record in records(engine, Filters(), holding='"base_models":')] == ["c-1"]
    assert [id_ for id_, _record in records(engine, Filters(countries=["US"]), holding="allenai")] == ["d-4"]
    assert [id_ for id_, _record in records(engine, Filters(), holding="50%")] == ["c-1"]
    assert records(engine, Filters(), holding="7_000") == []
    assert json.loads(records(engine, Filters(levels=[4]))[0][1])["name"] == "d-4"


def test_some_models_by_id(engine: Engine) -> None:
    assert by_id(engine, ["d-4", "nobody", "%", "d-4"], ("level", "id")) == {"d-4": {"id": "d-4", "level": 4}}
    assert list(by_id(engine, ["b-1"])["b-1"]) == list(SHOWN)
    assert by_id(engine, []) == {}
    names = ["allenai/olmo_7b", "百川-2", "OLMo", "' OR 1=1 --", "", "\0"]
    assert ids_of(engine, names) == {"allenai/olmo_7b": "d-4", "百川-2": "b-1"}
    assert ids_of(engine, []) == {}
    assert [(id_, link["id"]) for id_, (link,) in bases(engine).items()] == [("c-1", "allenai/OLMo-7B")]


def test_a_row_has_plain_values(engine: Engine) -> None:
    (row,) = models(engine, Filters(words=["olmo"]))
    assert tuple(row) == SHOWN
    assert row == {
        "id": "d-4", "name": "d-4", "organization": "AI2", "country": "US", "family": None,
        "modality": ["text", "code"], "parameters": 7_000_000_000, "released": "2024", "level": 4, "at_most": 4,
        "verdict": "open_source", "license": "MIT", "weights": "open", "report": "open",
        "training_code": "gated", "training_data": "unknown", "data_pipeline": "unknown",
    }  # fmt: skip
    assert by_id(engine, ["e-5"])["e-5"]["parameters"] == str(10**30)  # exact, whatever it is sorted by
    (row,) = models(engine, Filters(words=["g-none"]))
    assert (row["level"], row["at_most"], row["parameters"], row["modality"]) == (None, 5, None, [])
