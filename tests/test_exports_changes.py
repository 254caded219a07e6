"""What a change does to grades, for a comment: whole, bounded, and without a way in for what others wrote."""

from __future__ import annotations

import re
from typing import Any

from openness.exports.changes import MAX_CHARS, changes_markdown, changes_text
from openness.exports.text import CONTROL

LEVELS = {"level": {"level": 1, "at_most": 3}, "effective_level": {"level": 1, "at_most": 1}, "licenses": {}}
EVIDENCE = {"url": "https://example.org/paper", "where": "§2", "read": "2024-01-02"}


def moved(name: str = "a", says: str = "report became open (was closed)", **fields: Any) -> dict[str, Any]:
    cause = {"field": "report", "says": says, "evidence": [EVIDENCE]}
    level = {"what": "level", "artifact": None, "before": "L1", "after": "L2", "because": [cause], "rules": []}
    return {"id": name, "kind": "changed", "old_id": None, "before": LEVELS, "after": LEVELS, "grades": [level],
            "facts": [], "evident": True, **fields}  # fmt: skip


def quiet(name: str = "a", says: str = "note became x (was y)") -> dict[str, Any]:
    fact = {"field": "note", "before": "y", "after": "x", "says": [says], "added": [EVIDENCE], "removed": []}
    return moved(name, grades=[], facts=[fact])


def found(*models: dict[str, Any], unproven: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    return {"base": "main", "head": "x.yaml", "as_of": "2024-06-01", "rubric": "1.0", "models": list(models),
            "unproven": list(unproven), "not_compared": [], "warnings": [], **fields}  # fmt: skip


def test_the_whole_comment() -> None:
    models = (quiet("a"), moved("b"), moved("c", kind="added", before=None, grades=[]))
    assert (
        changes_markdown(found(*models, unproven=("b",)))
        == """\
### What this change does to the grades

3 models changed, 1 added; 1 model graded otherwise.

**Grades that changed without changed evidence:**

- b: L1 → L2

| model | change | because |
|---|---|---|
| b | **L1 → L2** | report became open \\(was closed\\) <https://example.org/paper> read 2024-01-02 |
| c | added, L1 \\(up to L3\\), license of the weights: not established |  |
| a | note became x \\(was y\\); 1 evidence added | no grade changes <https://example.org/paper> read 2024-01-02 |

_As of 2024-06-01, rubric 1.0. Information about published terms, not legal advice._
"""
    )


def test_nothing_changed() -> None:
    assert "0 models changed; 0 models graded otherwise." in changes_markdown(found())
    assert "|" not in changes_markdown(found())
    assert changes_text(found()) == ""


def test_rows_are_bounded_and_the_rest_counted() -> None:
    many = [quiet(f"quiet-{i}") for i in range(50)] + [moved(f"moved-{i}") for i in range(50)]
    text = changes_markdown(found(*many), 60)
    assert text.count("\n| moved-") == 50
    assert text.count("\n| quiet-") == 10
    assert "… and 40 more." in text
    names = tuple(f"moved-{i}" for i in range(50))
    assert "… and 45 more." in changes_markdown(found(*many, unproven=names), 5)


def test_a_comment_is_never_larger_than_github_takes() -> None:
    long = "<&" * 5000
    huge = [moved(f"m{i}", long) for i in range(100)]
    for model in huge:
        model["grades"][0]["because"] *= 14
        model["grades"][0]["because"][0]["evidence"] = [{"url": f"https://example.org/{'x' * 1900}"}] * 9
    text = changes_markdown(found(*huge, unproven=tuple(m["id"] for m in huge), not_compared=["x" * 80] * 10_000))
    assert len(text) <= MAX_CHARS
    assert "more." in text


def test_no_field_comes_through_as_markup_or_calls_anybody() -> None:
    evil = "<img src=x>![x](http://evil)|`x`\n# x\x1b[31m\u202e @maintainer @org/team #1 GH-1 org/repo#7"
    models = [moved(evil, evil), quiet(evil, evil), moved(evil, evil, kind="renamed", old_id=evil)]
    text = changes_markdown(found(*models, unproven=(evil,), not_compared=[evil]))
    live = re.sub(r"\\.", "", text)
    assert not re.search(r"!\[|\]\(|`|http://|<img", live)
    assert not re.search(r"@\w|#\w|\bGH-\d", text)
    assert not CONTROL.search(text)
    assert {line.count("|") for line in live.splitlines() if line.startswith("|")} == {4}
    shown = changes_text(found(*models, unproven=(evil,), not_compared=[evil]))
    assert not CONTROL.search(shown)
    assert "\n# x" not in shown
