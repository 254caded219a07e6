"""The five steps of the ladder, large: which are reached, which are only possible, and what each stands for."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from openness.ui.language import _
from openness.ui.words import level_name

_HERE = Path(__file__).parent


@cache
def _component() -> Any:
    return st.components.v2.component(
        "openness.ladder",
        html="<ol class='ladder'></ol>",
        css=(_HERE / "ladder.css").read_text("utf-8"),
        js=(_HERE / "ladder.js").read_text("utf-8"),
    )


def show(level: int | None, at_most: int, *, key: str) -> None:
    """Draw the ladder for a level and the highest one that the unknowns leave open."""
    low = level or 0
    names = {"on": _("reached"), "maybe": _("not established"), "off": _("not reached")}
    steps = []
    for step in range(1, 6):
        state = "on" if step <= low else "maybe" if step <= at_most else "off"
        steps.append({"number": step, "name": level_name(step), "state": state, "says": names[state]})
    _component()(data={"label": _("Level"), "steps": steps}, key=key)
