"""Addresses in the project's repository where somebody says or mends what is wrong with an entry."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from openness import settings

Json = dict[str, Any]

FORM = "wrong-grade.yml"  # in .github/ISSUE_TEMPLATE, whose field ids are the names below
_GITHUB = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+")


def report_text(grade: Json) -> str:
    """What the entry says today, for the form or for a mail."""
    level, at_most = grade["level"], grade["at_most"]
    known = "unknown" if level is None else f"L{level}"
    weights = grade["licenses"].get("weights") or {}
    return "\n".join(
        [
            f"Entry {grade['id']} of registry version {grade['registry'] or 'unknown'}, as of {grade['as_of']}:",
            f"level {known}{f' (up to L{at_most})' if at_most > (level or 0) else ''}, "
            f"license of the weights {weights.get('expression') or 'not established'} "
            f"({(weights.get('verdict') or 'not established').replace('_', ' ')}).",
            "",
            "It should say: ",
        ]
    )


def issue_url(grade: Json) -> str | None:
    """The form for a wrong grade, filled in as far as is known; None where no repository on GitHub is set."""
    repository = settings.repository_url()
    if not repository or not _GITHUB.fullmatch(repository):
        return None
    fields = {
        "template": FORM,
        "title": f"Wrong grade: {grade['id']}",
        "model": grade["id"],
        "should": report_text(grade),
    }
    return f"{repository}/issues/new?{urlencode(fields)}"


def edit_url(line: int) -> str | None:
    """The editor of GitHub at a line of the registry; None without one, or where the registry is not the project's."""
    repository = settings.repository_url()
    if not repository or not _GITHUB.fullmatch(repository) or settings.registry_setting() or line < 1:
        return None
    return f"{repository}/edit/main/data/models.yaml#L{line}"
