"""A model's dossier: found by any of its names in the registry alone, today and as of a day."""

from __future__ import annotations

from datetime import date

import pytest

from openness.dossier import UnknownModel, dossier
from page_registry import EVIL_NAME, small_registry

__all__ = ["small_registry"]
pytestmark = pytest.mark.usefixtures("small_registry")


@pytest.mark.parametrize("name", ["base", "Base 7B", "acme/base-7b", "https://huggingface.co/acme/Base-7B/tree/main"])
def test_any_name_leads_to_it(name: str) -> None:
    found = dossier(name)
    assert (found.model.id, found.line) == ("base", 1)
    assert found.grade["level"] == 4 - 1
    assert found.record["parameters"] == {"total": 7_000_000_000}
    assert [item["url"] for item in found.repositories] == ["https://huggingface.co/acme/Base-7B", None]


@pytest.mark.parametrize(
    ("name", "near"),
    [("bse", ["base"]), ("evli", ["evil"]), ("org/never-read", []), ("/etc/passwd", []), ("./base", ["base"]), ("", []),
     ("https://huggingface.co/datasets/x/y", []), ("\x00", []), ("x" * 100_000, [])],
)  # fmt: skip
def test_unknown_names_are_told_with_those_nearest(name: str, near: list[str]) -> None:
    with pytest.raises(UnknownModel) as caught:
        dossier(name)
    assert caught.value.near == near
    assert len(caught.value.message) < 400


def test_as_of_a_day() -> None:
    before, after = dossier("base", date(2023, 4, 1)), dossier("base", date(2023, 6, 1))
    assert (before.grade["level"], after.grade["level"]) == (0, 1)
    assert before.artifacts[0]["status"] == "closed"
    assert after.artifacts[0] | {"evidence": []} == {
        "artifact": "weights", "status": "open", "since": "2023-05-10", "license": "Apache-2.0", "form": None,
        "note": None, "evidence": [],
    }  # fmt: skip
    topics = {item["topic"]: item["value"] for item in after.topics}
    assert topics["optimization"] == "yes"
    assert topics["data_processing"] == "no", "it came later"
    assert topics["tokenizer"] == "unknown", "undated: not established for an earlier day"
    assert {item["topic"]: item["value"] for item in dossier("base").topics}["tokenizer"] == "no"


def test_claims_are_held_against_the_terms() -> None:
    assert [(item["says"], item["holds"]) for item in dossier("evil").claims] == [
        ("open source", False),
        ("open", None),
    ]


def test_text_of_others_is_handed_on_as_it_is() -> None:
    found = dossier("evil")
    assert found.model.name == EVIL_NAME
    (item,) = found.artifacts[0]["evidence"]
    assert item == {
        "url": "https://evil.example/a(b)[c]?q=*x*", "read": "2025-01-02", "where": "<i>§1</i>", "stored": True,
        "quote": '"quote" `code` [l](https://e.example)', "note": "# head", "copy_of": "https://original.example/1",
    }  # fmt: skip
