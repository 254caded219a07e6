"""May I? at the front door: what it may be asked about, and what the answer rests on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from openness import may_i
from openness.schemas.errors import OpennessError
from openness.schemas.uses import Use
from page_terms import small

__all__ = ["small"]


@pytest.mark.parametrize(
    ("name", "use", "verdict"),
    [
        ("cap", Use(users=800_000_000), "permission"),
        ("Cap 7B", Use(train_models=True), "no"),
        ("free", Use(train_models=True, commercial=True, region="FR", military=True), "yes"),
        ("mute", Use(commercial=True), "unknown"),
        ("none", Use(modify=True), "no"),
        ("two", Use(train_models=True), "yes"),
    ],
)
def test_models(small: Path, name: str, use: Use, verdict: str) -> None:
    found = may_i.about_model(name, use)
    assert found["verdict"] == verdict
    assert found["model"] == may_i.model_id(name)
    assert found["disclaimer"]


def test_what_an_answer_rests_on(small: Path) -> None:
    found = may_i.about_model("cap", Use(users=800_000_000))
    assert found["reading"]["expression"] == "LicenseRef-llama-2"
    assert (found["reading"]["verdict"], found["keys"]) == ("restricted", ["LicenseRef-llama-2"])
    assert found["evidence"][0]["url"] == "https://example.org/LICENSE"
    assert found["answers"][0]["because"][0]["section"] == "2"
    assert [duty["section"] for duty in found["duties"]] == ["1.b.i", "1.b.iii"]


def test_the_terms_of_a_day(small: Path) -> None:
    assert may_i.about_model("turned", Use(commercial=True), date(2023, 6, 1))["verdict"] == "no"
    assert may_i.about_model("turned", Use(commercial=True))["verdict"] == "yes"


@pytest.mark.parametrize(
    "name",
    [
        *("", "nobody", "./", "/etc/passwd", "~/.ssh", "."),
        *("meta-llama/Llama-2-7b-hf", "cap@main", "https://x.org/a/b", "\0"),
    ],
)
def test_only_models_of_the_registry(small: Path, name: str) -> None:
    """No folder is read and no host is asked, whatever stands in an address."""
    with pytest.raises(OpennessError, match="in the registry"):
        may_i.about_model(name, Use(commercial=True))


@pytest.mark.parametrize(
    ("name", "use", "verdict"),
    [
        ("hunyuan-large", Use(region="FR"), "no"),
        ("hunyuan-large", Use(region="CH"), "yes"),
        ("MIT", Use(commercial=True, redistribute=True), "yes"),
        ("llama-2", Use(users=1), "yes"),
        ("nvidia-open-model-2024", Use(commercial=True), "unknown"),
    ],
)
def test_licenses(name: str, use: Use, verdict: str) -> None:
    found = may_i.about_license(name, use)
    assert (found["verdict"], found["model"]) == (verdict, None)


def test_where_the_text_of_a_license_was_read() -> None:
    assert may_i.about_license("llama-2", Use(users=1))["evidence"][0]["url"].startswith(
        "https://raw.githubusercontent.com/"
    )
    assert may_i.about_license("Watcom-1.0", Use(users=1))["evidence"] == []


def test_search_puts_names_that_begin_so_first(small: Path) -> None:
    models, licenses = may_i.search(["cap"])
    assert models[0]["id"] == "cap"
    assert may_i.search(["llama", "2"])[1][0]["id"] == "LicenseRef-llama-2"
    assert may_i.search(["no", "such", "thing", "%", "_"]) == ([], [])
    assert all("cap" in row["search"] for row in licenses)
