"""A grade as text for a terminal.

Works on the JSON object of ``grade --json``, so that an answer from the index needs no model
classes, and imports nothing heavy.
"""

from __future__ import annotations

import re
import textwrap
from typing import Any

Json = dict[str, Any]

VERDICTS = {
    "open_source": "open source",
    "open_not_osi": "open, not OSI-approved",
    "restricted": "not open source",
    "needs_human": "needs a human reader",
    None: "not established",
}
MARKS = {"true": "✔", "false": "✘", "unknown": "?", "not_applicable": "–"}
LABELS = {
    0: "closed weights",
    1: "open weights",
    2: "training process disclosed",
    3: "training code or full report",
    4: "training data open",
    5: "data pipeline open",
}
_SHORT = {"gated": " (gated)", "restricted": " (case by case)"}
# Control characters but tab and line feed, direction marks, line separators.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
WIDTH = 100


def clean(text: object) -> str:
    """Text from outside, safe for a terminal: no control or direction characters."""
    return CONTROL.sub("�", str(text)).replace("\n", " ")


def level_text(grade: Json) -> str:
    """``Level 1 of 5 · open weights (gated)``, with the interval that unknowns leave."""
    level, at_most = grade["level"], grade["at_most"]
    weights = next((view["status"] for view in grade["artifacts"] if view["artifact"] == "weights"), "")
    if level is None:
        return f"Level unknown (up to {at_most}) · {undecided(grade)}"
    label = LABELS[level] + (_SHORT.get(weights, "") if level else "")
    interval = f" (up to {at_most}: {undecided(grade)})" if at_most > level else ""
    return f"Level {level} of 5{interval} · {label}"


def undecided(grade: Json) -> str:
    """The first thing that keeps the interval open."""
    for finding in grade["findings"]:
        if finding["outcome"] == "unknown":
            return clean(finding["reason"])
    return "nothing unknown"


def cite(evidence: list[Json]) -> str:
    """``<url, §2, read 2026-11-21>``; says where only a stored copy, or not the document itself, was read.

    Of a mirror the address of the original is shown, and which host the copy was read at.
    """
    if not evidence:
        return ""
    first = evidence[0]
    original, url = first.get("copy_of"), first.get("url")
    how = "stored copy read" if first.get("stored") else "read"
    if original and url:
        how = f"copy at {url.split('/')[2] if url.count('/') > 1 else url} read"
    read = f"{how} {first['read']}" if first.get("read") else "quoted by others, not read"
    parts = [original or url or first.get("citation", ""), first.get("where", ""), read]
    more = f" +{len(evidence) - 1}" if len(evidence) > 1 else ""
    return f"<{', '.join(clean(part) for part in parts if part)}>{more}"


def section(clause: Json) -> str:
    """``§1.b.v``, or the name of the part where a license has no numbers."""
    name = clean(clause["section"])
    return f"§{name}" if name[:1].isdigit() else name


def _wrap(first: str, text: str, indent: int) -> list[str]:
    return textwrap.wrap(
        clean(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _license_lines(grade: Json) -> list[str]:
    lines: list[str] = []
    for artifact, reading in grade["licenses"].items():
        name = "no license given" if reading["expression"] == "NONE" else " / ".join(reading["names"])
        name = name or reading["expression"] or "license"
        head = f"{name} — {VERDICTS[reading['verdict']]}" if reading["verdict"] else "not established"
        if artifact != "weights":
            lines += _wrap(f"  {'':<9} {artifact.replace('_', ' ')}: ", head, 14)
            continue
        lines += _wrap("  license   ", head, 12)
        clauses = reading["clauses"]
        shown = [clause for clause in clauses if clause["osd"]]
        for clause in shown:
            text = f"{clause['summary']}   OSD {', '.join(map(str, clause['osd']))}"
            lines += _wrap(f"            {section(clause):<11} ", text, 24)
        if duties := [clause for clause in clauses if not clause["osd"]]:
            kinds = dict.fromkeys(clause["kind"].replace("_", " ") for clause in duties)
            lines += _wrap("            also        ", ", ".join(kinds), 24)
        if not clauses and reading["verdict"]:
            lines += _wrap("            ", reading["reason"], 12)
    return lines


def grade_text(grade: Json, *, explain: dict[str, str] | None = None) -> str:
    """The whole answer. ``explain`` maps rule ids to their documentation."""
    found = "found automatically · " if grade["source"] != "registry" else ""
    lines = _wrap("", f"{grade['target'] or grade['id']}   {found}{level_text(grade)}", 4)
    lines += _license_lines(grade)
    title = "  level     "
    said: set[str] = set()
    for finding in grade["findings"]:
        mark = f"{title}{MARKS[finding['outcome']]} L{finding['level']}  "
        reason = f"{finding['reason']}  {cite(finding['evidence'])}"
        # Two levels ask for the training code: say the long answer once.
        lines += _wrap(mark, f"{finding['reason'].split(' (')[0]}, as above" if reason in said else reason, 18)
        said.add(reason)
        title = " " * 12
        if explain and finding["rule"] in explain:
            lines += [f"{'':18}{line}" for line in explain[finding["rule"]].splitlines()]
    title = f"  to reach  L{(grade['level'] or 0) + 1}: "
    for missing in grade["missing_for_next"]:
        lines += _wrap(title, missing["remedy"], 16)
        title = " " * 16
    title = "  note      "
    for warning in grade["warnings"]:
        lines += _wrap(title, f"{warning['message']} {cite(warning['evidence'])}".rstrip(), 12)
        title = " " * 12
    title = "  others    "
    for other in grade["assessments"]:
        lines += _wrap(title, f"{other['by']}: {other['value']} ({other['scale']}) {cite(other['evidence'])}", 12)
        title = " " * 12
    lines.append(f"  as of {grade['as_of']}, rubric {grade['rubric']}. {grade['disclaimer']}")
    return "\n".join(lines)


def check_text(grade: Json, found: Json) -> str:
    """The answers to "may I?", each with its clauses; ``found`` is what ``check_uses`` gave for the grade."""
    reading = grade["licenses"].get("weights") or {}
    name = " / ".join(reading.get("names", ())) or reading.get("expression") or "license not established"
    lines = _wrap("", f"{grade['target'] or grade['id']}   {found['verdict'].upper()} · {name}", 4)
    for answer in found["answers"]:
        lines += _wrap(f"  {answer['verdict']:<11}", f"{answer['use']}: {answer['reason']}", 13)
        for clause in answer["because"]:
            lines += _wrap(f"{'':13}{section(clause):<11} ", clause["summary"], 25)
    title = "  duties     "
    for duty in found["duties"]:
        lines += _wrap(f"{title}{section(duty):<11} ", duty["summary"], 25)
        title = " " * 13
    if found["unrecorded"]:
        lines += _wrap(title, f"not recorded for {', '.join(found['unrecorded'])}: read the text", 13)
    lines.append(f"  as of {grade['as_of']}. {grade['disclaimer']}")
    return "\n".join(lines)


def license_text(target: str, found: Json) -> str:
    """What reading a license text found."""
    lines = _wrap("", f"{target}   {VERDICTS[found['verdict']]} · {found['expression'] or 'no known license'}", 4)
    lines += _wrap("  because   ", found["reason"], 12)
    title = "  license   "
    for match in found["matches"]:
        state = "exactly" if match["exact"] else "breaks off" if match["cut_off"] else "changed"
        also = f" (same text: {', '.join(match['also'])})" if match["also"] else ""
        missing = f", {match['missing_text']} words missing" if match["missing_text"] else ""
        lines += _wrap(title, f"{match['id']}: {state}, {match['coverage']:.0%} present{missing}{also}", 12)
        title = " " * 12
    title = "  clauses   "
    for clause in found["clauses"]:
        osd = f"   OSD {', '.join(map(str, clause['osd']))}" if clause["osd"] else ""
        place = section(clause) if clause["section"] else ""
        kind = clause["kind"].replace("_", " ")
        seems = kind if clause.get("certain", True) else f"perhaps {kind}"
        lines += _wrap(f"{title}{place:<11} ", f"{seems}: “{clause['quote']}”{osd}", 24)
        title = " " * 12
    title = "  added     "
    for added in found["additional_text"]:
        effect = {"none": "no effect", "clause": "a clause", "needs_human": "needs a human"}[added["effect"]]
        lines += _wrap(title, f"[{effect}] {added['text']}", 14)
        title = " " * 12
    return "\n".join(lines)


def entry_text(entry: Json) -> str:
    """One license of the knowledge base."""
    lines = _wrap("", f"{entry['id']}   {entry['name']}", 4)
    for clause in entry.get("clauses", ()):
        osd = f"   OSD {', '.join(map(str, clause['osd']))}" if clause.get("osd") else ""
        lines += _wrap(f"  {section(clause):<11} ", f"{clause['summary']}{osd}", 14)
        lines += _wrap(f"{'':14}“", f"{clause['quote']}”", 15)
    lines += _wrap("  text      ", f"<{entry['text']['url']}, read {entry['text']['read']}>", 12)
    for key in ("reason", "note"):
        if entry.get(key):
            lines += _wrap(f"  {key:<9} ", entry[key], 12)
    return "\n".join(lines)
