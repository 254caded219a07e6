"""A text with what was found in it marked in place. It reaches the page as text nodes only, like the table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from openness.exports.text import CONTROL

_HERE = Path(__file__).parent
Stretch = dict[str, Any]


def stretch(text: str, tone: str = "", tags: Sequence[str] = ()) -> Stretch:
    """A piece of the text; ``tone`` marks it (bad, plain, added or fair), ``tags`` say before it as what."""
    line_ends = text.replace("\r\n", "\n").replace("\r", "\n")
    return {"text": CONTROL.sub("\ufffd", line_ends), "tone": tone, "tags": list(tags)}


@cache
def _component() -> Any:
    return st.components.v2.component(
        "openness.passages",
        html="<div class='root'></div>",
        css=(_HERE / "passages.css").read_text("utf-8"),
        js=(_HERE / "passages.js").read_text("utf-8"),
    )


def show(label: str, stretches: Sequence[Stretch], *, key: str) -> None:
    """Draw a text in a box of its own that scrolls; ``label`` says to screen readers what it is."""
    _component()(data={"label": label, "stretches": list(stretches)}, key=key)
