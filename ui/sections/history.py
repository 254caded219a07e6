"""What changed when, and the grade from then on."""

from __future__ import annotations

from datetime import UTC, date, datetime

import streamlit as st

from openness import history
from openness.dossier import Dossier
from openness.schemas.dates import last_day
from openness.schemas.record import Artifact
from openness.ui import table
from openness.ui.language import _
from openness.ui.sections import evidence
from openness.ui.words import (
    TONES,
    artifact_name,
    disclosed_name,
    license_name,
    plain,
    status_name,
    topic_name,
    verdict_name,
)

_FIRST = date(2017, 1, 1)


def show(found: Dossier, as_of: str | None) -> None:
    """The timeline, each date of it a link to the page as of then."""
    st.header(_("History"), anchor="history")
    entries = history.history(found.model.id)
    if not entries:
        st.markdown(_("Nothing is on record."))
        return
    st.caption(
        _(
            "Each date leads to the grade as of then. "
            "What has no date holds today, and for earlier days counts as unknown."
        )
    )
    columns = [
        {"label": _("Date")},
        {"label": _("What changed")},
        {"label": _("Level from then")},
        {"label": _("License of the weights from then")},
    ]
    table.show(_("History"), columns, [_row(found.model.id, entry) for entry in entries], key="history")
    evidence.show(
        [
            (plain(entry.since or _("no date")), [item for event in entry.events for item in event.evidence])
            for entry in entries
        ],
        _("Evidence, date by date"),
    )
    _choose(as_of)


def _row(id_: str, entry: history.Entry) -> list[table.Cell]:
    today = datetime.now(UTC).date()
    if entry.since is None:
        when = table.text(_("no date"), _("known to hold today"))
    else:
        day = min(last_day(entry.since), today)
        when = table.link(entry.since, "model", {"id": id_, "asof": day.isoformat()})
    released = [
        f"{artifact_name(event.field)}: {status_name(event.value)}"
        + (f" ({license_name(event.license)})" if event.license else "")
        for event in entry.events
        if isinstance(event.field, Artifact)
    ]
    told = [
        f"{topic_name(event.field)}: {disclosed_name(event.value)}"
        for event in entry.events
        if not isinstance(event.field, Artifact)
    ]
    if not entry.events:
        released = [_("a base model changed")] if entry.since else [_("holds today")]
    standing = entry.standing
    cells = [when, table.text(_("; ").join(released) or _("the report, or what is known of it"), _("; ").join(told))]
    if standing is None:
        return [*cells, table.text(""), table.text("")]
    level = table.level(standing.level, standing.at_most)
    if (standing.effective_level, standing.effective_at_most) != (standing.level, standing.at_most):
        shown = table.level(standing.effective_level, standing.effective_at_most)
        level["sub"] = _("with its bases: {level}").format(level=shown["text"])
    verdict = table.text(verdict_name(standing.verdict), tone=TONES.get(standing.verdict or "", "plain"))
    return [*cells, level, verdict]


def _choose(as_of: str | None) -> None:
    """Another day to grade it as of."""

    def go() -> None:
        chosen = st.session_state.get("choose_asof")
        if chosen:
            st.query_params["asof"] = chosen.isoformat()
        elif "asof" in st.query_params:
            del st.query_params["asof"]

    today = datetime.now(UTC).date()
    st.session_state["choose_asof"] = date.fromisoformat(as_of) if as_of else None
    st.date_input(
        _("See the whole page as of another day"), min_value=_FIRST, max_value=today, key="choose_asof", on_change=go,
        format="YYYY-MM-DD", width=320,
    )  # fmt: skip
