"""How to cite the grade of a model: as BibTeX and as a line of text."""

from __future__ import annotations

import re
from typing import Any

from openness.exports.badge import message
from openness.exports.text import clean

Json = dict[str, Any]

_TEX = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    **{char: f"\\{char}" for char in "{}$&#%_"},
}  # fmt: skip


def tex(text: object) -> str:
    """Text from outside for BibTeX: nothing in it is a command or ends its field."""
    return "".join(_TEX.get(char, char) for char in clean(text))


def plain_citation(grade: Json, read: str, page: str | None = None) -> str:
    """One line with the version of the registry and the day it was read."""
    return " ".join([f"openness: “{clean(grade['name'])}”, {message(grade)}.", *_versions(grade), *_where(page, read)])


def bibtex(grade: Json, read: str, page: str | None = None) -> str:
    """A ``@misc`` entry; its key is made of the registry id and the day of the grade."""
    key = re.sub(r"[^a-z0-9.-]", "", str(grade["id"]).lower())
    fields = {
        "title": f"{{{tex(grade['name'])}: {tex(message(grade))}}}",
        "author": "{{openness registry}}",
        "year": f"{{{clean(grade['as_of'])[:4]}}}",
        "howpublished": f"{{\\url{{{_url(page)}}}}}" if page else None,
        "note": f"{{{' '.join(tex(part) for part in [*_versions(grade), f'Read on {read}.'])}}}",
    }
    lines = [f"  {name:<12} = {value}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{openness-{key}-{clean(grade['as_of'])},", *lines, "}"])


def _versions(grade: Json) -> list[str]:
    registry = f", registry version {clean(grade['registry'])}" if grade["registry"] else ""
    return [f"Entry {clean(grade['id'])}, as of {clean(grade['as_of'])}, rubric {clean(grade['rubric'])}{registry}."]


def _where(page: str | None, read: str) -> list[str]:
    return [f"{clean(page)} (read on {read})." if page else f"Read on {read}."]


def _url(page: str | None) -> str:
    return re.sub(r"[{}\\\s]", "", clean(page or "")).replace("%", r"\%").replace("#", r"\#")
