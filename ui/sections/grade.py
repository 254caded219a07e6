"""The grade rule by rule, what was released, and what the report discloses."""

from __future__ import annotations

from typing import Any

import streamlit as st

from openness.classifier.levels.rule import all_rules
from openness.dossier import Dossier
from openness.ui import table
from openness.ui.language import _
from openness.ui.links import page_link
from openness.ui.sections import evidence
from openness.ui.words import (
    DISCLOSED_SIGNS,
    TONES,
    artifact_name,
    disclosed_name,
    license_name,
    plain,
    status_name,
    topic_name,
    translated,
    verdict_name,
)

Json = dict[str, Any]
_TONES = {"true": "good", "false": "bad"}


def _outcome(outcome: str) -> str:
    return {
        "true": _("✔ yes"),
        "false": _("✘ no"),
        "unknown": _("? not established"),
        "not_applicable": _("– not applicable"),
    }[outcome]


def why(found: Dossier) -> None:
    """One line per rule, and what the next level needs."""
    grade = found.grade
    st.header(_("Why this level"), anchor="why")
    titles = {rule.id: translated(rule.title) for rule in all_rules()}
    rows = [
        [
            table.text(f"L{item['level']} · {titles.get(item['rule'], item['rule'])}"),
            table.text(_outcome(item["outcome"]), tone=_TONES.get(item["outcome"], "plain")),
            table.text(translated(item["reason"])),
        ]
        for item in grade["findings"]
    ]
    columns: list[Json] = [
        {"label": _("Rule")},
        {"label": _("Holds")},
        {"label": _("Because")},
    ]
    table.show(_("The rules of the ladder"), columns, rows, key="findings")
    evidence.show(
        [
            (f"L{item['level']} · {plain(titles.get(item['rule'], item['rule']))}", item["evidence"])
            for item in grade["findings"]
        ],
        _("Evidence, rule by rule"),
    )
    if grade["missing_for_next"]:
        st.markdown(
            f"**{_('To reach level {level}').format(level=(grade['level'] or 0) + 1)}**\n\n"
            + "\n".join(f"- {plain(translated(item['remedy']))}" for item in grade["missing_for_next"])
        )
    st.caption(
        _("As of {day}, rubric {rubric}, registry version {registry}.").format(
            day=plain(grade["as_of"]), rubric=plain(grade["rubric"]), registry=plain(grade["registry"])
        )
    )
    page_link("method", _("What each rule asks, and why"), icon=":material/menu_book:")


def artifacts(found: Dossier) -> None:
    """The five artifacts."""
    st.header(_("What is released"), anchor="released")
    licenses = found.grade["licenses"]
    rows = [
        [
            table.text(artifact_name(item["artifact"]).capitalize()),
            _status(item),
            table.text(item["since"] or ("" if item["status"] in ("unknown", "not_applicable") else _("no date"))),
            table.text(license_name(item["license"]), _verdict(licenses.get(item["artifact"]))),
            table.text(item["note"]),
        ]
        for item in found.artifacts
    ]
    columns: list[Json] = [
        {"label": _("Artifact")},
        {"label": _("Status")},
        {"label": _("Since")},
        {"label": _("License")},
        {"label": _("Note")},
    ]
    table.show(_("The five artifacts"), *table.filled(columns, rows), key="artifacts")
    evidence.show(
        [(artifact_name(item["artifact"]).capitalize(), item["evidence"]) for item in found.artifacts],
        _("Evidence, artifact by artifact"),
    )


def _status(item: Json) -> table.Cell:
    words = status_name(item["status"])
    return table.glyph(item["status"], words, beside=words, sub=_form(item["form"]))


def _form(form: str | None) -> str:
    return {"delta": _("as a delta on its base"), "adapter": _("as an adapter of its base")}.get(form or "", "")


def _verdict(reading: Json | None) -> str:
    return verdict_name(reading["verdict"]) if reading and reading["verdict"] in TONES else ""


def _disclosed(value: str) -> table.Cell:
    words = disclosed_name(value)
    return table.glyph(DISCLOSED_SIGNS[value], words, beside=words)


def disclosures(found: Dossier) -> None:
    """The report, topic by topic."""
    st.header(_("What the report discloses"), anchor="report")
    rows = [
        [
            table.text(topic_name(item["topic"]).capitalize()),
            _disclosed(item["value"]),
            table.text(item["note"]),
        ]
        for item in found.topics
    ]
    columns: list[Json] = [
        {"label": _("Topic")},
        {"label": _("How far")},
        {"label": _("Note")},
    ]
    table.show(_("What the report discloses"), *table.filled(columns, rows), key="topics")
    evidence.show(
        [(topic_name(item["topic"]).capitalize(), item["evidence"]) for item in found.topics],
        _("Evidence, topic by topic"),
    )
