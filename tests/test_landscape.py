"""The landscape: counts against the queries of the registry, claims and dates against records made for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from openness import catalog, landscape
from openness import landscape_evidence as evidence
from openness.api import grade
from openness.landscape import CODES, UNKNOWN, Group, code_of, cumulated, period_of, survey
from openness.registry.query import Filters, count
from openness.store import engine

DAY = date(2024, 4, 30)


def state(status: str, since: str | None = None, **fields: Any) -> list[dict[str, Any]]:
    found = [{"url": f"https://example.org/{status}", "read": "2026-11-20", "where": "§1"}]
    return [{"status": status, **({"since": since} if since else {}), "evidence": found, **fields}]


def said(since: str) -> list[dict[str, Any]]:
    return [{"value": "yes", "since": since, "evidence": [{"url": "https://example.org/report", "read": "2026-11-20"}]}]


def model(id_: str, since: str, **fields: Any) -> dict[str, Any]:
    """A model at level 4 from a day on, but for what is changed."""
    return {
        "id": id_,
        "name": id_.upper(),
        "released": since,
        "weights": state("open", since, license="Apache-2.0"),
        "report": state("open", since),
        "training_code": state("open", since),
        "training_data": state("open", since),
        "disclosures": {"optimization": said(since), "infrastructure": said(since)},
        **fields,
    }


CARD = {"url": "https://example.org/card", "read": "2026-11-20", "quote": "our open-source model"}


def claim(says: str = "open source") -> list[dict[str, Any]]:
    return [{"says": says, "by": "Acme", "evidence": [CARD]}]


ARTICLE = {"scale": "five levels", "by": f"{evidence.ARTICLE_BY}, quoted", "evidence": [{"citation": "an article"}]}
HOSTILE = 'x"claims":[{"says":"open source"}] <script>alert(1)</script>'
MODELS = [
    model("a-early", "2023-05-01", organization="Acme", country="US", claims=claim()),
    model("b-data-later", "2023-05-01", training_data=state("open", "2024-01-15"), organization="Acme"),
    model("c-too-late", "2024-05-01", claims=claim("open weights")),
    model("d-month", "2024-04", country="FR"),  # 30 April is its last day
    model("e-year", "2024"),
    model("f-undated", "2023-01-01", training_data=state("open")),  # known today, not for that day
    model(
        "g-withdrawn", "2023-01-01", training_data=[*state("open", "2023-01-01"), *state("closed", "2025-01-01")]
    ),
    model("h-gone-by-then", "2023-01-01", training_data=[*state("open", "2023-01-01"), *state("closed", "2024-01-01")]),
    model("i-sample", "2023-01-01", training_data=state("partial", "2023-01-01", note="a sample")),
    model(
        "j-derived",
        "2023-06-01",
        base_models=[{"id": "acme/base", "relation": "finetune", "evidence": [CARD]}],
    ),
    {"id": "k-closed", "name": "K", "released": "2023-02", "weights": state("closed", "2023-02"), "claims": claim()},
    {"id": "l-nothing", "name": HOSTILE, "note": HOSTILE},
    {
        "id": "m-llama",
        "name": "M",
        "released": "2023-07-18",
        "weights": state("gated", "2023-07-18", license="LicenseRef-llama-2"),
        "report": state("closed", "2023-07-18"),
        "claims": [*claim("open"), *claim()],
        "assessments": [{**ARTICLE, "value": "L1", "level": 1}],
    },
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    path: Path = tmp_path_factory.mktemp("landscape") / "models.yaml"
    distinct = json.loads(json.dumps(MODELS))  # or YAML would write what stands twice as an alias
    path.write_text(yaml.safe_dump(distinct, allow_unicode=True, sort_keys=False), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENNESS_REGISTRY", str(path))
        yield


def test_levels_are_counted_with_what_is_not_established_apart() -> None:
    everything = survey(Filters()).everything
    assert everything.counts == {"0": 1, "1": 1, "3": 3, "4+": 7, "unknown": 1}
    assert everything.total == len(MODELS)
    assert everything.reaching(4) == sum(
        number for code, number in everything.counts.items() if code in ("4", "4+", "5")
    )
    assert everything.reaching(0) == len(MODELS) - 1


@pytest.mark.parametrize(
    ("level", "at_most", "code"), [(None, 5, "unknown"), (None, 0, "unknown"), (0, 0, "0"), (1, 3, "1+"), (5, 5, "5")]
)
def test_a_level_that_is_settled_and_one_that_is_not(level: int | None, at_most: int, code: str) -> None:
    assert code_of(level, at_most) == code
    assert code in CODES


@pytest.mark.parametrize(
    ("released", "half", "year"),
    [
        ("2024-06-30", "2024-1", "2024"),
        ("2024-07-01", "2024-2", "2024"),
        ("2024-06", "2024-1", "2024"),
        ("2024-12", "2024-2", "2024"),
        ("2024", None, "2024"),
        (None, None, None),
    ],
)
def test_a_coarse_date_is_put_into_no_half_year(released: str | None, half: str | None, year: str | None) -> None:
    assert period_of(released, "half") == half
    assert period_of(released, "year") == year


def test_periods_have_no_gaps_and_say_what_they_leave_out() -> None:
    found = survey(Filters())
    assert [group.name for group in found.periods] == ["2023-1", "2023-2", "2024-1"]
    assert found.undated == 2  # a year only, and nothing
    assert sum(group.total for group in found.periods) + found.undated == len(MODELS)
    years = survey(Filters(), by="year")
    assert [(group.name, group.total) for group in years.periods] == [("2023", 9), ("2024", 3)]
    assert years.undated == 1
    assert [group.total for group in survey(Filters(words=("c-too",)), by="year").periods] == [1]
    assert survey(Filters(words=("l-nothing",))).periods == []


def test_a_period_without_a_model_stands_empty() -> None:
    found = survey(Filters(organizations=("Acme",)))
    assert [group.total for group in found.periods] == [2]
    late = survey(Filters(words=("a-early",)))
    assert late.periods[0].name == "2023-1"
    groups = landscape._without_gaps({"2020-2": Group("2020-2", {"1": 1}), "2022-1": Group("2022-1", {"1": 2})}, "half")
    assert [(group.name, group.total) for group in groups] == [
        ("2020-2", 1),
        ("2021-1", 0),
        ("2021-2", 0),
        ("2022-1", 2),
    ]
    assert [group.total for group in cumulated(groups)] == [1, 1, 1, 3]


def test_median_and_mean_go_by_what_is_established() -> None:
    group = Group("x", {"1": 2, "4+": 1, "unknown": 5})
    assert (group.total, group.median, group.mean) == (8, 1.0, 2.0)
    assert Group("y", {"unknown": 2}).median is None
    assert Group("y", {}).mean is None


def test_who_had_reached_it_by_the_day() -> None:
    found = {hit.id: hit for hit in evidence.reached(DAY, Filters())}
    assert sorted(found) == ["a-early", "b-data-later", "d-month", "g-withdrawn", "j-derived"]
    assert found["a-early"].since == date(2023, 5, 1)
    assert found["b-data-later"].since == date(2024, 1, 15)
    assert found["d-month"].since == DAY
    assert (found["a-early"].with_bases, found["a-early"].with_bases_at_most) == (4, 5)
    assert (found["j-derived"].with_bases, found["j-derived"].with_bases_at_most) == (0, 5)  # a base that nobody knows
    proof = found["b-data-later"].proofs["training_data"]
    assert (proof.status, proof.since, proof.url, proof.where) == (
        "open",
        "2024-01-15",
        "https://example.org/open",
        "§1",
    )
    assert [hit.since for hit in evidence.reached(DAY, Filters())] == sorted(hit.since for hit in found.values())


@pytest.mark.parametrize("id_", [item["id"] for item in MODELS])
def test_it_is_what_a_grade_as_of_the_day_says(id_: str) -> None:
    graded = grade(id_, as_of=DAY)
    listed = {hit.id: (hit.level, hit.at_most) for hit in evidence.reached(DAY, Filters())}
    assert (id_ in listed) == (graded.level is not None and graded.level >= 4)
    assert listed.get(id_, (graded.level, graded.at_most)) == (graded.level, graded.at_most)


def test_another_day_has_another_answer() -> None:
    assert {hit.id for hit in evidence.reached(date(2023, 4, 30), Filters())} == {"g-withdrawn", "h-gone-by-then"}
    assert evidence.reached(date(2010, 1, 1), Filters()) == []


def test_claims_with_their_words_and_the_verdict_on_the_terms() -> None:
    found = {one.id: one for one in evidence.claims(Filters())}
    assert {name: one.verdict for name, one in found.items()} == {
        "a-early": "open_source", "k-closed": UNKNOWN, "m-llama": "restricted",
    }  # fmt: skip
    one = found["m-llama"]
    assert (one.by, one.quote, one.url, one.license) == (
        "Acme", "our open-source model", "https://example.org/card", "LicenseRef-llama-2",
    )  # fmt: skip
    assert [one.id for one in evidence.claims(Filters(), "open weights")] == ["c-too-late"]
    assert [one.id for one in evidence.claims(Filters(countries=("US",)))] == ["a-early"]


def test_the_article_against_us() -> None:
    (one,) = evidence.examples()
    assert (one.id, one.theirs, one.level, one.at_most, one.level_today) == ("m-llama", 1, 1, 1, 1)


def test_a_text_that_looks_like_a_field_is_none() -> None:
    row = catalog.page(Filters(words=("l-nothing",)))[0][0]
    assert row["name"] == HOSTILE
    assert "l-nothing" not in {one.id for one in evidence.claims(Filters())}


class TestRealRegistry:
    """Every number of the shipped registry against a query of its own."""

    @pytest.fixture(autouse=True)
    def _real(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("OPENNESS_REGISTRY")

    def test_counts(self) -> None:
        database, found = engine(), survey(Filters(), by="year")

        def counted(**fields: Any) -> int:
            return count(database, Filters(**fields))

        assert found.everything.total == counted()
        for level in range(6):
            assert found.everything.reaching(level) == counted(min_level=level)
        assert found.everything.counts.get(UNKNOWN, 0) == counted(levels=(UNKNOWN,))
        for level, verdicts in found.terms.items():
            wanted: int | str = level if level == UNKNOWN else int(level)
            for verdict, number in verdicts.items():
                assert number == counted(levels=(wanted,), verdicts=(verdict,)), (level, verdict)
        assert sum(sum(verdicts.values()) for verdicts in found.terms.values()) == counted()
        for group in found.makers:
            assert group.total == counted(organizations=(group.name or UNKNOWN,)), group.name
        for group in found.countries:
            assert group.total == counted(countries=(group.name or UNKNOWN,)), group.name
        for group in found.periods:
            assert group.total == counted(after=group.name, before=group.name), group.name
        halves = survey(Filters())
        assert sum(group.total for group in halves.periods) + halves.undated == counted()
        database.dispose()

    def test_filters(self) -> None:
        database = engine()
        for filters in (Filters(modalities=("image",)), Filters(modalities=("text",), min_parameters=30e9)):
            found = survey(filters)
            assert 0 < found.everything.total == count(database, filters)
            assert {one.id for one in evidence.claims(filters)} < {one.id for one in evidence.claims(Filters())}
        database.dispose()

    def test_april_2024(self) -> None:
        """The list is made from the evidence; that of Pythia, OLMo and Amber was dated before that day."""
        found = evidence.reached(evidence.ARTICLE_DAY, Filters())
        assert {"pythia-12b", "olmo-7b", "amber"} <= {hit.id for hit in found}
        for hit in found:
            graded = grade(hit.id, as_of=evidence.ARTICLE_DAY)
            assert (hit.level, hit.at_most) == (graded.level, graded.at_most), hit.id
            assert (hit.with_bases, hit.with_bases_at_most) == (
                graded.effective_level.level, graded.effective_level.at_most,
            )  # fmt: skip
            level = grade(hit.id, as_of=hit.since).level
            assert level is not None
            assert level >= 4
            for artifact in ("weights", "report", "training_code", "training_data"):
                assert hit.proofs[artifact].url.startswith("https://"), (hit.id, artifact)

    def test_the_articles_examples(self) -> None:
        found = {one.id: one for one in evidence.examples()}
        assert {"mistral-7b-v0.1", "qwen1.5-72b", "llama-2-7b", "deepseek-llm-67b-base"} <= set(found)
        for name, one in found.items():
            graded = grade(name, as_of=evidence.ARTICLE_DAY)
            assert (one.level, one.at_most) == (graded.level, graded.at_most)
        assert (found["deepseek-llm-67b-base"].theirs, found["deepseek-llm-67b-base"].level) == (2, 2)
        assert (found["qwen1.5-72b"].theirs, found["qwen1.5-72b"].level) == (1, 1)

    def test_claims_against_the_warnings_of_grades(self) -> None:
        against = {one.id for one in evidence.claims(Filters()) if one.verdict in ("restricted", "open_not_osi")}
        for one in evidence.claims(Filters()):
            codes = {warning.code for warning in grade(one.id).warnings}
            assert ("claim_contradicts_terms" in codes) == (one.id in against), one.id
