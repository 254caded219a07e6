"""What browse and matrix are narrowed by: words, clauses, criteria, verdicts."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from openness.license_catalog import LicenseFilters
from openness.schemas.license import ClauseKind
from openness.ui import address, paging
from openness.ui.address import key_of
from openness.ui.clauses import capital
from openness.ui.language import _
from openness.ui.words import clause_name, criterion_name, verdict_name

CRITERIA = tuple(str(number) for number in range(1, 11))
VERDICTS = ("open_source", "open_not_osi", "restricted", "needs_human")
OPTIONS = {"q": None, "clause": tuple(ClauseKind), "osd": CRITERIA, "verdict": VERDICTS, "page": None}


@dataclass(frozen=True)
class Chosen:
    """What a visitor chose: codes as they stand in the address."""

    words: str = ""
    clauses: list[str] = field(default_factory=list)
    criteria: list[str] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)

    def filters(self, *, used: bool = False) -> LicenseFilters:
        """The same as a question to the knowledge base."""
        numbers = [int(code) for code in self.criteria]
        return LicenseFilters(self.words.split()[:20], self.clauses, numbers, self.verdicts, used)

    def address(self) -> dict[str, list[str]]:
        """The same as it stands in the address."""
        return {"q": [self.words], "clause": self.clauses, "osd": self.criteria, "verdict": self.verdicts}


def draw() -> tuple[Chosen, DeltaGenerator]:
    """Draw the widgets; what they hold, and the row in which there is room for more. ``read`` went before."""
    first, second, third = st.columns(3)
    words = first.text_input(
        _("Name or id"),
        key=key_of("q"),
        type="search",
        live="200ms",
        placeholder=_("such as llama"),
        max_chars=200,
        on_change=paging.restart,
    )
    clauses = second.multiselect(
        _("Has all of these clauses"),
        tuple(ClauseKind),
        format_func=lambda kind: capital(clause_name(kind)),
        key=key_of("clause"),
        on_change=paging.restart,
        placeholder=_("any"),
        select_all=False,
    )
    numbers = third.multiselect(
        _("Against criteria of the Open Source Definition"),
        CRITERIA,
        format_func=lambda code: capital(criterion_name(int(code))),
        key=key_of("osd"),
        on_change=paging.restart,
        placeholder=_("any"),
        select_all=False,
    )
    row = st.container(horizontal=True, gap="medium")
    verdicts = row.pills(
        _("Verdict"),
        VERDICTS,
        selection_mode="multi",
        format_func=lambda code: capital(verdict_name(code)),
        key=key_of("verdict"),
        on_change=paging.restart,
    )
    return Chosen(words or "", [str(kind) for kind in clauses], list(numbers), list(verdicts or [])), row


def read(**more: address.One) -> None:
    """Take the choices from the address."""
    address.read({**OPTIONS, **more})
