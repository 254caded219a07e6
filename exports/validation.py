"""A validation as text for a terminal. Works on the JSON object, and imports nothing heavy."""

from __future__ import annotations

import textwrap
from typing import Any

from openness.exports.text import WIDTH, clean

Json = dict[str, Any]

VERDICTS = {
    "valid": "valid",
    "invalid": "INVALID",
    "needs_code_execution": "needs code execution: nothing is wrong, but code of the repository would have to be run",
    "incomplete": "incomplete: nothing is wrong, but not everything could be checked",
}
MARKS = {"pass": "✔", "fail": "✘", "warn": "!", "skipped": "–", "needs_code": "?"}
_STAGES = {"static": "files, headers and configs", "run": "loaded and run"}


def validation_text(report: Json) -> str:
    """The verdict, then every check with its outcome."""
    revision = f" @{clean(report['revision'])[:12]}" if report["revision"] else ""
    stages = ", ".join(_STAGES[stage] for stage in report["stages"])
    device = f" on {clean(report['device'])}" if report["device"] else ""
    lines = [f"{clean(report['repository'])}{revision}   {VERDICTS[report['verdict']]}   ({stages}{device})"]
    stage = ""
    for check in report["checks"]:
        head = (
            f"  {check['stage'] if check['stage'] != stage else '':<7} {MARKS[check['outcome']]} {check['name']:<18} "
        )
        stage = check["stage"]
        lines += textwrap.wrap(
            clean(check["detail"]) or "-", WIDTH + 20, initial_indent=head, subsequent_indent=" " * len(head),
            break_on_hyphens=False,
        )  # fmt: skip
    return "\n".join(lines)


def progress_text(event: Json) -> str:
    """One line on what is being done: ``download 1.2 of 14.5 GB, 3 min left``."""
    parts = [clean(event.get("stage", "working"))]
    done, total = event.get("done"), event.get("total")
    if isinstance(done, int | float) and isinstance(total, int | float) and total:
        if event.get("unit", "bytes") == "bytes":
            parts.append(f"{_size(done)} of {_size(total)}")
        else:
            parts.append(f"{done:,} of {total:,} {clean(event.get('unit', ''))}".rstrip())
    left = event.get("seconds_left")
    said = f", {_time(left)} left" if isinstance(left, int | float) and left >= 1 else ""
    target = f"{clean(event['target'])}: " if event.get("target") else ""
    return f"{target}{' '.join(parts)}{said}"


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
