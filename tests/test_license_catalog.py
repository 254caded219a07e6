"""Licenses as pages get them: narrowed, in full, with their models, texts cut into passages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_texts import MIT
from openness.license_catalog import LicenseFilters, Mark, license_detail, license_id, licenses, models_under, passages
from openness.licenses import compare_licenses, find_license, read_license
from openness.schemas.errors import OpennessError
from openness.schemas.license import Verdict
from openness.schemas.reading import AddedText, LicenseText, ReadClause
from page_terms import small

__all__ = ["small"]


def ids(filters: LicenseFilters, **order: object) -> list[str]:
    return [row["id"] for row in licenses(filters, **order)]  # type: ignore[arg-type]


def test_licenses_of_models_come_first(small: Path) -> None:
    rows = licenses(LicenseFilters())
    found = [(row["id"], row["models"]) for row in rows[:3]]
    assert found == [("LicenseRef-llama-2", 3), ("MIT", 2), ("Apache-2.0", 1)]
    assert not any(row["models"] for row in rows[3:])
    assert len(rows) > 800
    verdicts = [row["verdict"] for row in licenses(LicenseFilters(), order="verdict", descending=False)]
    assert list(dict.fromkeys(verdicts)) == ["open_source", "open_not_osi", "needs_human", "restricted"]
    assert ids(LicenseFilters(used=True), order="name", descending=False) == ["Apache-2.0", "LicenseRef-llama-2", "MIT"]


def test_what_the_index_of_another_registry_said_is_forgotten(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(ids(LicenseFilters(used=True))) == 3
    monkeypatch.delenv("OPENNESS_REGISTRY")
    assert len(ids(LicenseFilters(used=True))) > 50


@pytest.mark.parametrize(
    ("filters", "inside", "outside"),
    [
        (LicenseFilters(words=["LLAMA", "3.1"]), "LicenseRef-llama-3.1", "LicenseRef-llama-3"),
        (LicenseFilters(words=["apache"]), "Apache-2.0", "MIT"),
        (LicenseFilters(words=["llama2"]), "LicenseRef-llama-2", "LicenseRef-llama-3"),
        (LicenseFilters(words=["智源aquila"]), "LicenseRef-aquila", "MIT"),
        (
            LicenseFilters(clauses=["geographic_exclusion", "user_threshold"]),
            "LicenseRef-hunyuan-large",
            "LicenseRef-llama-2",
        ),
        (LicenseFilters(criteria=[5, 6]), "LicenseRef-llama-2", "LicenseRef-gemma"),
        (LicenseFilters(verdicts=["open_source", "open_not_osi"]), "MIT", "LicenseRef-llama-2"),
        (LicenseFilters(verdicts=["restricted"]), "CC-BY-NC-4.0", "Apache-2.0"),
    ],
)
def test_filters(small: Path, filters: LicenseFilters, inside: str, outside: str) -> None:
    found = ids(filters)
    assert inside in found
    assert outside not in found


def test_nothing_meets_what_nothing_has(small: Path) -> None:
    assert ids(LicenseFilters(words=["no such license at all"])) == []
    assert ids(LicenseFilters(clauses=["no such kind"])) == []


def test_what_each_kind_offends(small: Path) -> None:
    (row,) = [row for row in licenses(LicenseFilters(words=["llama-2"])) if row["id"] == "LicenseRef-llama-2"]
    assert row["offends"]["user_threshold"] == [5]
    assert row["offends"]["attribution_notice"] == []
    assert row["clauses"][0] == "user_threshold"  # restrictions before duties
    assert row["recorded"] is True


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("llama-2", "LicenseRef-llama-2"),
        ("MIT", "MIT"),
        ("apache-2.0", "Apache-2.0"),
        ("LLaMA license", "LicenseRef-llama-1"),
    ],
)
def test_names_of_licenses(name: str, expected: str) -> None:
    assert license_id(name) == expected


@pytest.mark.parametrize("name", ["", "no such license", "../../etc/passwd", "!!!", "<script>"])
def test_no_such_license(name: str) -> None:
    with pytest.raises(OpennessError, match="no license"):
        license_detail(name)


def test_a_license_in_full() -> None:
    found = license_detail("llama-2")
    assert (found["verdict"], found["osi"], found["entry"]["version"]) == ("restricted", False, "2")
    assert "user_threshold" in [clause["kind"] for clause in found["restrictions"]]
    assert "attribution_notice" in [clause["kind"] for clause in found["duties"]]
    assert not {clause["kind"] for clause in found["restrictions"]} & {clause["kind"] for clause in found["duties"]}
    mit = license_detail("mit")
    assert (mit["verdict"], mit["osi"], mit["restrictions"]) == ("open_source", True, [])
    assert [clause["kind"] for clause in mit["duties"]] == ["attribution_notice"]
    assert license_detail("watcom-1.0")["entry"] is None


def test_models_under_a_license(small: Path) -> None:
    rows, total = models_under("LicenseRef-llama-2", limit=2)
    assert (len(rows), total) == (2, 3)
    assert {row["id"] for row in models_under("MIT")[0]} == {"turned", "two"}
    assert models_under("LicenseRef-gemma") == ([], 0)


def test_two_licenses() -> None:
    pairs = compare_licenses(find_license("llama-2"), find_license("llama-3.1"))
    by_kind = {pair.kind: pair for pair in pairs}
    assert by_kind["user_threshold"].same
    training = by_kind["no_train_other_models"]
    assert (bool(training.first), bool(training.second), training.same) == (True, False, False)
    same = find_license("gemma")
    assert all(pair.same for pair in compare_licenses(same, same))


# ------------------------------------------------------------------ passages


def reading(*spans: tuple[int, int], added: tuple[int, int] | None = None) -> LicenseText:
    clauses = [ReadClause(kind="no_sell", section="", quote="q", span=span, osd=[1]) for span in spans]  # type: ignore[arg-type]
    return LicenseText(
        matches=[], expression=None, verdict=Verdict.NEEDS_HUMAN, reason="r", clauses=clauses, missing_text=0,
        additional_text=[AddedText(text="t", span=added, effect="needs_human")] if added else [],
    )  # fmt: skip


SELL, ADDED = Mark("no_sell", osd=(1,)), Mark(effect="needs_human")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (reading(), [("abcdef", (), ())]),
        (reading((1, 3)), [("a", (), ()), ("bc", (SELL,), (SELL,)), ("def", (), ())]),
        (reading((0, 6)), [("abcdef", (SELL,), (SELL,))]),
        (
            reading((1, 4), added=(2, 6)),
            [("a", (), ()), ("b", (SELL,), (SELL,)), ("cd", (SELL, ADDED), (ADDED,)), ("ef", (ADDED,), ())],
        ),
        (reading((2, 2)), [("ab", (), ()), ("cdef", (), (SELL,))]),  # words were left out here
        (reading((6, 6)), [("abcdef", (), ()), ("", (), (SELL,))]),
        (reading((1, 3), (1, 3)), [("a", (), ()), ("bc", (SELL,), (SELL,)), ("def", (), ())]),
    ],
)  # fmt: skip
def test_passages(found: LicenseText, expected: list[object]) -> None:
    assert [(piece.text, piece.marks, piece.begins) for piece in passages("abcdef", found)] == expected


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6))
def test_put_together_the_passages_are_the_text(text: str, numbers: list[tuple[int, int]]) -> None:
    spans = [(min(*pair, len(text)), min(max(pair), len(text))) for pair in numbers]
    assert "".join(piece.text for piece in passages(text, reading(*spans))) == text


def test_passages_of_a_real_text() -> None:
    text = MIT + "\nYou may not use the outputs to train other models. 不得用于军事用途。😀 <b>&amp;</b>\n"
    found = read_license(text)
    pieces = passages(text, found)
    assert "".join(piece.text for piece in pieces) == text
    assert any(mark.kind == "no_train_other_models" and mark.osd for piece in pieces for mark in piece.begins)
    assert any(mark.effect for piece in pieces for mark in piece.marks)
