"""Verdicts and answers as badges: a sign and words, so that color is not needed."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from openness.ui.clauses import capital
from openness.ui.language import _
from openness.ui.words import verdict_name

Color = Literal["green", "blue", "red", "gray", "orange"]
_VERDICTS: dict[str, tuple[Color, str]] = {
    "open_source": ("green", ":material/check:"),
    "open_not_osi": ("blue", ":material/check_small:"),
    "restricted": ("red", ":material/block:"),
}
ANSWERS: dict[str, tuple[Color, str]] = {
    "yes": ("green", ":material/check:"),
    "no": ("red", ":material/close:"),
    "permission": ("orange", ":material/contract:"),
    "unknown": ("gray", ":material/question_mark:"),
}


def badge(verdict: str | None) -> None:
    """The verdict on a license."""
    color, icon = _VERDICTS.get(verdict or "", ("gray", ":material/question_mark:"))
    st.badge(capital(verdict_name(verdict)), color=color, icon=icon)


def answer_name(answer: str) -> str:
    """An answer to "may I?" in words."""
    return {
        "yes": _("yes"),
        "no": _("no"),
        "permission": _("only with permission"),
        "unknown": _("not established"),
    }[answer]


def answer_badge(answer: str) -> None:
    """An answer to "may I?"."""
    color, icon = ANSWERS[answer]
    st.badge(capital(answer_name(answer)), color=color, icon=icon)
