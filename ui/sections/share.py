"""Cite it, show its badge, say what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from openness import feedback
from openness.dossier import Dossier
from openness.exports import badge, cite
from openness.ui import links
from openness.ui.language import _
from openness.ui.words import plain, source_link


def show(found: Dossier, as_of: str | None) -> None:
    """Snippets to take along."""
    grade = found.grade
    query = {"id": found.model.id, **({"asof": as_of} if as_of else {})}
    page = links.address("model", query)
    read = datetime.now(UTC).date().isoformat()
    st.header(_("Cite it, show its badge"), anchor="cite")
    picture = badge.svg(grade)
    st.image(picture, alt=f"{badge.LABEL}: {badge.message(grade)}")
    plain_text, bibtex, markdown, html = st.tabs([_("Text"), "BibTeX", _("Badge (Markdown)"), _("Badge (HTML)")])
    plain_text.code(cite.plain_citation(grade, read, page), language=None, wrap_lines=True)
    bibtex.code(cite.bibtex(grade, read, page), language=None, wrap_lines=True)
    markdown.code(badge.markdown(grade, page), language=None, wrap_lines=True)
    html.code(badge.html(grade, page), language=None, wrap_lines=True)
    st.caption(_("The badge of shields.io is static: it says what holds today, and does not change by itself."))
    st.download_button(
        _("Badge (SVG)"), picture, f"openness-{found.model.id}.svg", "image/svg+xml", key="download_badge",
        on_click="ignore", type="tertiary", icon=":material/download:",
    )  # fmt: skip


def wrong(found: Dossier) -> None:
    """Where to say that something is wrong."""
    st.header(_("Something is wrong?"), anchor="wrong")
    st.markdown(_("Anyone may object: with an address where the right fact can be read, it will be mended."))
    issue, edit = feedback.issue_url(found.grade), feedback.edit_url(found.line)
    told = []
    if issue:
        told.append(source_link(issue, _("Open an issue, filled in as far as is known")))
    if edit:
        told.append(source_link(edit, _("Edit the entry, line {line} of data/models.yaml").format(line=found.line)))
    elif found.line:
        told.append(plain(_("The entry begins at line {line} of the registry file.").format(line=found.line)))
    if told:
        st.markdown("\n".join(f"- {item}" for item in told))
    if not issue:
        st.markdown(_("This site names no repository to report to. Send this to whoever runs it:"))
        st.code(feedback.report_text(found.grade), language=None, wrap_lines=True)
