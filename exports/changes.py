"""What a change of the registry does to grades, as text and as markdown for a pull request.

Works on the JSON object of ``diff --json``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from openness.exports.markdown import escape, link
from openness.exports.text import VERDICTS, cite, clean

Json = dict[str, Any]

MAX_ROWS = 60
MAX_CELL = 600
MAX_LINKS = 3
MAX_CHARS = 60_000  # GitHub refuses a comment of more than 65,536
_REFERENCE = re.compile(r"@|(?<=#)(?=\w)|(?<=\bGH)-(?=\d)", re.IGNORECASE)
_EFFECTIVE = "reproducible with its bases to "
_NO_EVIDENCE = "Grades that changed without changed evidence"


def changes_text(found: Json) -> str:
    """One line for each grade that moved, then what else changed, by model."""
    lines: list[str] = []
    for model in found["models"]:
        name = clean(model["id"])
        if model["kind"] in ("added", "removed"):
            lines.append(f"{name}: {_arrival(model)}")
        if model["kind"] == "renamed":
            lines.append(f"{name}: renamed from {clean(model['old_id'])}")
        for grade in model["grades"]:
            because = "; ".join(_because(cause) for cause in grade["because"])
            lines.append(f"{name}: {_step(grade)}" + (f" because {because}" if because else ""))
        for fact in model["facts"]:
            lines += [f"{name}: no grade changes: {part}" for part in _parts(fact)]
    if found["unproven"]:
        lines += ["", f"{_NO_EVIDENCE}:"]
        lines += [f"  {clean(name)}: {'; '.join(steps)}" for name, steps in _unproven(found)]
    base = clean(found["base"])
    lines += [f"{clean(name)}: not compared, {base} has it with problems" for name in found["not_compared"]]
    return "\n".join(lines)


def summary(found: Json) -> str:
    """How many models and grades changed."""
    models = found["models"]
    grades = sum(bool(model["grades"]) for model in models)
    kinds = {kind: sum(model["kind"] == kind for model in models) for kind in ("added", "removed", "renamed")}
    more = "".join(f", {number} {kind}" for kind, number in kinds.items() if number)
    return f"{_count(len(models), 'model')} changed{more}; {_count(grades, 'model')} graded otherwise"


def changes_markdown(found: Json, limit: int = MAX_ROWS) -> str:
    """The same as a comment: at most ``limit`` rows, the rest counted; text from the registry is escaped."""
    rows = list(_rows(found))
    listed = [f"- {_safe(name)}: {_safe('; '.join(steps))}" for name, steps in _unproven(found)]
    while len(text := _comment(found, rows, listed, limit)) > MAX_CHARS and limit:
        limit //= 2
    return text


def _comment(found: Json, rows: list[str], listed: list[str], limit: int) -> str:
    lines = ["### What this change does to the grades", "", f"{summary(found)}.", ""]
    if listed:
        lines += [f"**{_NO_EVIDENCE}:**", "", *listed[:limit], *_rest(len(listed) - limit), ""]
    if rows:
        lines += ["| model | change | because |", "|---|---|---|", *rows[:limit], "", *_rest(len(rows) - limit)]
    if found["not_compared"]:
        names = ", ".join(_safe(name) for name in found["not_compared"][:limit])
        lines += ["", f"Not compared, since the base has them with problems: {names}"]
        lines += _rest(len(found["not_compared"]) - limit)
    about = "Information about published terms, not legal advice."
    lines += ["", f"_As of {found['as_of']}, rubric {found['rubric']}. {about}_"]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _rows(found: Json) -> Iterator[str]:
    """What moves a grade comes first, so that the bound cuts off the rest."""
    quiet: list[str] = []
    for model in found["models"]:
        name = _safe(model["id"])
        if model["kind"] in ("added", "removed"):
            yield f"| {name} | {_safe(_arrival(model))} |  |"
        if model["kind"] == "renamed":
            yield f"| {name} | renamed from {_safe(model['old_id'])} |  |"
        for grade in model["grades"]:
            because = [f"{_safe(cause['says'])} {_links(cause['evidence'])}".strip() for cause in grade["because"]]
            yield f"| {name} | **{_safe(_step(grade))}** | {'; '.join(because)} |"
        for fact in model["facts"]:
            said = _safe("; ".join(fact["says"]))
            counts = [f"{len(fact[key])} evidence {key}" for key in ("added", "removed") if fact[key]]
            cell = "; ".join([said, *counts])
            quiet.append(f"| {name} | {cell} | {' '.join(['no grade changes', _links(fact['added'])]).strip()} |")
    yield from quiet


def _rest(number: int) -> list[str]:
    return [f"… and {number} more."] if number > 0 else []


def _safe(text: object) -> str:
    """Escaped and bounded; nobody is notified and no issue linked, which backslashes would not prevent."""
    shown = clean(text)
    shown = shown if len(shown) <= MAX_CELL else f"{shown[: MAX_CELL - 1]}…"
    return _REFERENCE.sub(lambda match: f"{match[0]}\u200b", escape(shown))


def _links(evidence: list[Json]) -> str:
    """A few links, and the day of the first."""
    if not evidence:
        return ""
    read = evidence[0].get("read")
    shown = [item for item in evidence if len(item.get("url", "")) <= MAX_CELL][:MAX_LINKS]
    more = f" +{len(evidence) - len(shown)}" if len(evidence) > len(shown) else ""
    return f"{link(shown)}{f' read {_safe(read)}' if read else ''}{more}".strip()


def _arrival(model: Json) -> str:
    now = model["after"] or model["before"]
    verdict = VERDICTS[now["licenses"].get("weights")]
    was = "was " if model["kind"] == "removed" else ""
    return f"{model['kind']}, {was}{_range(now['level'])}, license of the weights: {verdict}"


def _range(level: Json) -> str:
    low = "unknown" if level["level"] is None else f"L{level['level']}"
    return low if level["level"] == level["at_most"] else f"{low} (up to L{level['at_most']})"


def _step(grade: Json) -> str:
    before, after = grade["before"], grade["after"]
    if grade["what"] == "license":
        name = grade["artifact"].replace("_", " ")
        return f"license of the {name}: {VERDICTS[before]} → {VERDICTS[after]}"
    return f"{_EFFECTIVE if grade['what'] == 'effective_level' else ''}{before} → {after}"


def _because(cause: Json) -> str:
    evidence = cite(cause["evidence"])
    return clean(cause["says"]) + (f", evidence {evidence}" if evidence else "")


def _parts(fact: Json) -> Iterator[str]:
    for says in fact["says"]:
        yield clean(says)
    for key in ("added", "removed"):
        for item in fact[key]:
            yield f"evidence {key} to {fact['field']}: {cite([item])}".replace("removed to", "removed from")


def _unproven(found: Json) -> Iterator[tuple[str, list[str]]]:
    for model in found["models"]:
        if model["id"] in found["unproven"]:
            yield model["id"], [_step(grade) for grade in model["grades"] if grade["what"] != "effective_level"]


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
