"""Where to say that something is wrong: the form of the repository, filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from openness.feedback import FORM, edit_url, issue_url, report_text
from openness.settings import repository_url

PROJECT = Path(__file__).resolve().parent.parent
GRADE: dict[str, Any] = {
    "id": "llama-2-7b", "registry": "abc", "as_of": "2026-01-02", "level": 1, "at_most": 3,
    "licenses": {"weights": {"expression": "LicenseRef-llama-2", "verdict": "restricted"}},
}  # fmt: skip


def test_the_form_exists_and_has_the_fields_that_are_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENNESS_REPOSITORY", "https://github.com/acme/openness/")
    url = urlsplit(issue_url(GRADE) or "")
    assert (url.scheme, url.netloc, url.path) == ("https", "github.com", "/acme/openness/issues/new")
    given = {name: values[0] for name, values in parse_qs(url.query).items()}
    form = yaml.safe_load((PROJECT / ".github" / "ISSUE_TEMPLATE" / given.pop("template")).read_text("utf-8"))
    fields = {item["id"] for item in form["body"] if "id" in item}
    assert set(given) - {"title"} <= fields
    assert given["title"].startswith(form["title"])
    assert given["model"] == "llama-2-7b"
    assert "level L1 (up to L3)" in given["should"]
    assert FORM == "wrong-grade.yml"


@pytest.mark.parametrize(
    ("setting", "known"),
    [
        ("https://github.com/acme/openness", True),
        ("https://git.example.org/acme/openness", False),  # a place to go to, but no form that we know
        ("http://github.com/acme/openness", False),
        ("javascript:alert(1)", False),
        ("https://github.com/acme/openness)[x](y", False),
        ("https://github.com/acme", False),
        ("", False),
    ],
)
def test_only_a_repository_on_github_has_a_form(setting: str, known: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENNESS_REPOSITORY", setting)
    assert (issue_url(GRADE) is not None) == known
    assert (edit_url(7) is not None) == known
    assert repository_url() is None or repository_url() == setting


def test_the_edit_link_names_the_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENNESS_REPOSITORY", "https://github.com/acme/openness")
    assert edit_url(7) == "https://github.com/acme/openness/edit/main/data/models.yaml#L7"
    assert edit_url(0) is None
    monkeypatch.setenv("OPENNESS_REGISTRY", str(tmp_path / "other.yaml"))
    assert edit_url(7) is None, "the line of another file"


def test_unknowns_are_said() -> None:
    text = report_text(GRADE | {"level": None, "at_most": 5, "licenses": {}, "registry": None})
    assert "level unknown (up to L5), license of the weights not established (not established)." in text
