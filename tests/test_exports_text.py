"""A grade on a terminal."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from openness.exports.text import CONTROL, cite, clean, grade_text, level_text

PAPER = {"url": "https://example.org/paper", "read": "2024-05-01", "where": "§2"}
CODE = {"url": "https://example.org/code", "read": "2024-05-02"}


def finding(level: int, outcome: str, **fields: Any) -> dict[str, Any]:
    reason = f"the reason of level {level}"
    return {"rule": f"rule-{level}", "level": level, "outcome": outcome, "reason": reason, "evidence": [], **fields}


GRADE: dict[str, Any] = {
    "target": "org/name",
    "id": "name",
    "name": "Name",
    "source": "registry",
    "as_of": "2024-06-01",
    "rubric": "1.0",
    "disclaimer": "Not legal advice.",
    "level": 1,
    "at_most": 3,
    "findings": [
        finding(1, "true", evidence=[PAPER, CODE]),
        finding(2, "unknown"),
        finding(3, "not_applicable"),
        finding(4, "false"),
    ],
    "missing_for_next": [{"rule": "rule-2", "outcome": "unknown", "remedy": "examine the report"}],
    "artifacts": [{"artifact": "weights", "status": "gated"}, {"artifact": "report", "status": "unknown"}],
    "licenses": {
        "weights": {
            "expression": "LicenseRef-x",
            "verdict": "restricted",
            "reason": "because",
            "names": ["The X License"],
            "clauses": [
                {"section": "2", "kind": "non_commercial", "summary": "no commerce", "quote": "none", "osd": [6]},
                {"section": "3", "kind": "flow_down", "summary": "pass it on", "quote": "pass", "osd": []},
            ],
        },
        "training_data": {"expression": "MIT", "verdict": "open_source", "reason": "", "names": [], "clauses": []},
    },
    "warnings": [{"code": "w", "message": "mind the gate", "evidence": [CODE]}],
    "assessments": [{"by": "Somebody", "value": "open", "scale": "yes/no", "evidence": [PAPER]}],
}


def changed(**fields: Any) -> dict[str, Any]:
    return copy.deepcopy(GRADE) | fields


def test_the_whole_answer() -> None:
    assert (
        grade_text(GRADE)
        == """\
org/name   Level 1 of 5 (up to 3: the reason of level 2) · open weights (gated)
  license   The X License — not open source
            §2          no commerce   OSD 6
            also        flow down
            training data: MIT — open source
  level     ✔ L1  the reason of level 1  <https://example.org/paper, §2, read 2024-05-01> +1
            ? L2  the reason of level 2
            – L3  the reason of level 3
            ✘ L4  the reason of level 4
  to reach  L2: examine the report
  note      mind the gate <https://example.org/code, read 2024-05-02>
  others    Somebody: open (yes/no) <https://example.org/paper, §2, read 2024-05-01>
  as of 2024-06-01, rubric 1.0. Not legal advice."""
    )


@pytest.mark.parametrize(
    ("level", "at_most", "weights", "expected"),
    [
        (0, 0, "closed", "Level 0 of 5 · closed weights"),
        (1, 1, "open", "Level 1 of 5 · open weights"),
        (1, 1, "restricted", "Level 1 of 5 · open weights (case by case)"),
        (2, 2, "gated", "Level 2 of 5 · training process disclosed (gated)"),
        (5, 5, "open", "Level 5 of 5 · data pipeline open"),
        (1, 4, "open", "Level 1 of 5 (up to 4: the reason of level 2) · open weights"),
        (None, 5, "unknown", "Level unknown (up to 5) · the reason of level 2"),
    ],
)
def test_the_level_in_words(level: int | None, at_most: int, weights: str, expected: str) -> None:
    artifacts = [{"artifact": "weights", "status": weights}]
    assert level_text(changed(level=level, at_most=at_most, artifacts=artifacts)) == expected


@pytest.mark.parametrize("source", ["hub", "folder"])
def test_what_a_program_found_says_so(source: str) -> None:
    assert grade_text(changed(source=source)).startswith("org/name   found automatically · Level 1")


def test_documentation_stands_below_its_finding() -> None:
    lines = grade_text(GRADE, explain={"rule-2": "Asks: what?\n\nWhy: so."}).splitlines()
    place = next(i for i, line in enumerate(lines) if "? L2" in line)
    assert [line.strip() for line in lines[place + 1 : place + 4]] == ["Asks: what?", "", "Why: so."]


def test_an_unestablished_license_is_said_to_be_so() -> None:
    unknown = {"expression": None, "verdict": None, "reason": "…", "names": [], "clauses": []}
    text = grade_text(changed(licenses={"weights": unknown}))
    assert "  license   not established\n" in text
    assert "license" not in grade_text(changed(licenses={})).replace("of the license", "")


def test_an_approved_license_gives_its_reason() -> None:
    reading = {
        "expression": "MIT",
        "verdict": "open_source",
        "reason": "approved",
        "names": ["MIT License"],
        "clauses": [],
    }
    text = grade_text(changed(licenses={"weights": reading}))
    assert "  license   MIT License — open source\n            approved\n" in text


def test_long_texts_are_wrapped_and_addresses_are_not_broken() -> None:
    url = "https://example.org/" + "x" * 120
    long = changed(findings=[finding(1, "true", reason="word " * 60, evidence=[{"url": url, "read": "2024-05-01"}])])
    lines = grade_text(long).splitlines()
    assert any(url in line for line in lines)
    assert all(len(line) <= 100 for line in lines if url not in line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain — text · 通义千问 é", "plain — text · 通义千问 é"),
        ("a\nb\tc", "a b\tc"),
        ("\x1b[31mred\x1b[0m", "�[31mred�[0m"),
        ("a\rb\x08c\x7fd\x9be\x00", "a�b�c�d�e�"),
        ("\u202etxt\u2066x\u200f\u061c", "�txt�x��"),
        ("one\u2028two\u2029three", "one�two�three"),
        (None, "None"),
    ],
)
def test_clean(text: object, expected: str) -> None:
    assert clean(text) == expected
    assert not CONTROL.search(clean(text))


def test_no_field_reaches_the_terminal_raw() -> None:
    """Every string of the answer is made hostile; none of it comes through."""

    def poison(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: poison(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [poison(item, key) for item in value]
        vocabulary = (
            "outcome",
            "verdict",
            "source",
            "artifact",
            "status",
            "kind",
            "rule",
            "as_of",
            "rubric",
            "disclaimer",
        )
        return f"\x1b[2J{value}\u202e\r\n" if isinstance(value, str) and key not in vocabulary else value

    assert not CONTROL.search(grade_text(poison(GRADE)))


def test_cite() -> None:
    assert cite([]) == ""
    assert cite([CODE]) == "<https://example.org/code, read 2024-05-02>"
    assert cite([PAPER, CODE, CODE]) == "<https://example.org/paper, §2, read 2024-05-01> +2"
    assert cite([{**CODE, "stored": True}]) == "<https://example.org/code, stored copy read 2024-05-02>"
    assert cite([{"citation": "A. Author, A Title, 2024"}]) == "<A. Author, A Title, 2024, quoted by others, not read>"


def test_of_a_mirror_the_original_is_cited() -> None:
    mirror = {
        "url": "https://mirror.example/abs/1",
        "copy_of": "https://arxiv.org/abs/1",
        "read": "2026-11-22",
        "stored": True,
    }
    assert cite([mirror]) == "<https://arxiv.org/abs/1, copy at mirror.example read 2026-11-22>"
