"""A grade as markdown. Text from outside is escaped: it can neither link nor embed."""

from __future__ import annotations

import re
from typing import Any

from openness.exports.text import MARKS, VERDICTS, clean, level_text

Json = dict[str, Any]

# Also what a renderer would link by itself: the colon of an address, the dot after www.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&]|:(?=//)|(?<=www)\.)", re.IGNORECASE)


def escape(text: object) -> str:
    """Markdown-special characters and HTML as literal text, on one line."""
    return _SPECIAL.sub(r"\\\1", clean(text))


def link(evidence: list[Json]) -> str:
    """Links to the evidence, as autolinks whose text is the address itself."""
    urls = [clean(item.get("copy_of") or item.get("url", "")) for item in evidence]
    return " ".join(f"<{url}>" for url in dict.fromkeys(urls) if re.fullmatch(r"https?://[^\s<>\"'|]+", url))


def grade_markdown(grade: Json) -> str:
    """The whole answer as a section with two tables."""
    weights = grade["licenses"].get("weights")
    found = " (found automatically)" if grade["source"] != "registry" else ""
    lines = [f"## {escape(grade['name'])}", "", f"**{escape(level_text(grade))}**{found}", ""]
    lines += ["| level | | finding | evidence |", "|---|---|---|---|"]
    for finding in grade["findings"]:
        mark = MARKS[finding["outcome"]]
        lines.append(f"| L{finding['level']} | {mark} | {escape(finding['reason'])} | {link(finding['evidence'])} |")
    if grade["missing_for_next"]:
        needs = "; ".join(escape(item["remedy"]) for item in grade["missing_for_next"])
        lines += ["", f"To reach L{(grade['level'] or 0) + 1}: {needs}"]
    if weights:
        name = " / ".join(weights["names"]) or weights["expression"] or "not established"
        lines += ["", f"License of the weights: {escape(name)} — {VERDICTS[weights['verdict']]}"]
        offending = [clause for clause in weights["clauses"] if clause["osd"]]
        if offending:
            lines += ["", "| section | clause | quote | OSD |", "|---|---|---|---|"]
            lines += [
                f"| {escape(clause['section'])} | {escape(clause['summary'])} | {escape(clause['quote'])} "
                f"| {', '.join(map(str, clause['osd']))} |"
                for clause in offending
            ]
    if grade["warnings"]:
        lines += [""] + [
            f"- {escape(warning['message'])} {link(warning['evidence'])}".rstrip() for warning in grade["warnings"]
        ]
    lines += ["", f"_As of {grade['as_of']}, rubric {grade['rubric']}. {grade['disclaimer']}_"]
    return "\n".join(lines)
