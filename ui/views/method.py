"""How a grade comes about: the levels, every rule from its own documentation, the words, and what is not looked at."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

import streamlit as st

from openness import catalog, settings
from openness.classifier.levels import all_rules
from openness.classifier.levels.rule import Rule
from openness.schemas.grade import RUBRIC
from openness.schemas.license import ClauseKind, Verdict
from openness.schemas.record import Artifact, Disclosed, Status, Topic
from openness.ui import table
from openness.ui.language import _
from openness.ui.links import view_link
from openness.ui.views import method_texts as texts
from openness.ui.words import (
    DISCLOSED_SIGNS,
    TONES,
    artifact_name,
    clause_name,
    criterion_meaning,
    criterion_name,
    disclosed_name,
    is_restriction,
    level_name,
    plain,
    status_name,
    topic_name,
    translated,
    verdict_name,
)

WIDTH = 960  # lines that are longer are hard to read
_CODE = re.compile(r"`([\w .:-]+)`")


def page() -> None:
    """Draw the method."""
    with st.container(width=WIDTH, key="method"):
        _page()


def _page() -> None:
    st.title(_("How a model is graded"))
    st.markdown(
        _(
            "Two questions are kept apart: how much of a model was released, on five levels, and what the license "
            "of its weights allows. Neither answer changes the other."
        )
    )
    _asked_for()
    _contents()
    _levels()
    _rules()
    _reading()
    _words()
    _license()
    for anchor, heading, sentences in (
        ("as-of", _("On which day"), texts.as_of()),
        ("evidence", _("How evidence is read and reviewed"), texts.evidence()),
    ):
        st.header(heading, anchor=anchor)
        _paragraphs(sentences)
    _limits()
    _sources()
    st.header(_("Correct it, add to it"), anchor="contribute")
    _paragraphs(texts.contribute())


def prose(text: str) -> str:
    """A sentence of ours as markdown in which only what stands in backticks is markup."""
    parts = _CODE.split(text)
    return "".join(f"`{part}`" if number % 2 else plain(part) for number, part in enumerate(parts))


def _paragraphs(sentences: Iterable[str]) -> None:
    st.markdown("\n\n".join(prose(sentence) for sentence in sentences))


def _asked_for() -> None:
    """The rule that the address names, before everything else."""
    asked = st.query_params.get("rule", "")[:100]
    if not asked:
        return
    rules = {rule.id: rule for rule in all_rules()}
    if asked in rules:
        with st.container(border=True, key="asked-rule"):
            st.caption(_("The rule that you followed a link to"))
            _rule(rules[asked], None)
        return
    close = difflib.get_close_matches(asked, rules, n=1, cutoff=0.4)
    message = _("There is no rule {rule}.").format(rule=plain(asked))
    st.warning(message, icon=":material/search_off:")
    for name in close:
        view_link("method", _("Did you mean {rule}?").format(rule=plain(name)), {"rule": name}, key="close")


def _contents() -> None:
    parts = {
        "levels": _("Levels"),
        "rules": _("Rules"),
        "reading": _("Reading a grade"),
        "words": _("Statuses and topics"),
        "license": _("Licenses"),
        "as-of": _("As of a day"),
        "evidence": _("Evidence"),
        "limits": _("What is not looked at"),
        "sources": _("Sources and versions"),
        "contribute": _("Contribute"),
    }
    st.markdown(" · ".join(f"[{plain(words)}](#{anchor})" for anchor, words in parts.items()))


def _levels() -> None:
    st.header(_("Five levels"), anchor="levels")
    st.markdown(prose(_("Each level needs all that is below it. The highest level whose rules all hold is the grade.")))
    rows = []
    for level in range(6):
        needs = [rule for rule in all_rules() if rule.level == level]
        rows.append(
            [
                {**table.level(level, level), "text": f"L{level}"},
                table.text(level_name(level)),
                table.text(" ".join(translated(rule.title) for rule in needs) or _("The weights are not released.")),
                table.text(texts.serves(level)),
            ]
        )
    columns = [{"label": label} for label in (_("Level"), _("Name"), _("What it needs"), _("Whom it serves"))]
    table.show(_("Five levels"), columns, rows, key="levels-table")


def _rules() -> None:
    st.header(_("The rules"), anchor="rules")
    st.markdown(
        prose(
            _(
                "Every rule is a question that is true, false or unknown. What stands here is the rule's own "
                "documentation, the same that `openness explain` prints."
            )
        )
    )
    for rule in all_rules():
        _rule(rule, rule.id)


def _rule(rule: Rule, anchor: str | None) -> None:
    head = st.subheader if anchor else st.header  # the one before everything else stands below the title
    head(f"L{rule.level} · {plain(translated(rule.title))}", anchor=anchor or False)
    names = {
        "Asks": _("Asks"),
        "Why": _("Why"),
        "Decided by": _("Decided by"),
        "Source": _("Source"),
        "Remedy": _("Remedy"),
    }
    lines = [f"**{names[name]}:** {prose(translated(text))}" for name, text in rule.sections.items()]
    st.markdown(f"`{rule.id}`\n\n" + "\n\n".join(lines))
    if anchor:
        view_link("method", _("Link to this rule"), {"rule": rule.id}, icon=":material/link:", key=f"link-{rule.id}")


def _reading() -> None:
    st.header(_("How to read a grade"), anchor="reading")
    _paragraphs(texts.reading())
    table.show(
        _("Examples"),
        [{"label": _("Shown as")}, {"label": _("Meaning")}],
        [[table.level(low, high), table.text(words)] for low, high, words in texts.intervals()],
        key="intervals-table",
    )


def _words() -> None:
    st.header(_("What is recorded"), anchor="words")
    st.subheader(_("Artifacts"), anchor=False)
    _pairs("artifacts-table", _("Artifact"), [(artifact_name(key), texts.artifact(key)) for key in Artifact])
    st.subheader(_("How an artifact can be had"), anchor=False)
    table.show(
        _("How an artifact can be had"),
        [{"label": _("Sign"), "narrow": True}, {"label": _("Status")}, {"label": _("Meaning")}],
        [
            [
                table.glyph(status, status_name(status)),
                table.text(status_name(status)),
                table.text(texts.status(status)),
            ]
            for status in Status
        ],
        key="statuses-table",
        first_is_heading=False,
    )
    st.subheader(_("What a report discloses"), anchor=False)
    _pairs("topics-table", _("Topic"), [(topic_name(topic), texts.topic(topic)) for topic in Topic])
    table.show(
        _("How far a topic is disclosed"),
        [{"label": _("Sign"), "narrow": True}, {"label": _("Disclosed")}, {"label": _("Meaning")}],
        [
            [
                table.glyph(DISCLOSED_SIGNS.get(value, value), disclosed_name(value)),
                table.text(disclosed_name(value)),
                table.text(texts.disclosed(value)),
            ]
            for value in Disclosed
        ],
        key="disclosed-table",
        first_is_heading=False,
    )


def _pairs(key: str, label: str, rows: Sequence[tuple[str, str]]) -> None:
    columns = [{"label": label}, {"label": _("Meaning")}]
    table.show(label, columns, [[table.text(first), table.text(second)] for first, second in rows], key=key)


def _license() -> None:
    st.header(_("What a license allows"), anchor="license")
    _paragraphs(texts.licenses())
    st.subheader(_("Verdicts"), anchor=False)
    table.show(
        _("Verdicts"),
        [{"label": _("Verdict")}, {"label": _("Meaning")}],
        [[table.text(verdict_name(one), tone=TONES[one]), table.text(texts.verdict(one))] for one in Verdict],
        key="verdicts-table",
    )
    st.subheader(_("Criteria of the Open Source Definition"), anchor=False)
    _pairs("criteria-table", _("Criterion"), [(criterion_name(n), criterion_meaning(n)) for n in range(1, 11)])
    st.subheader(_("Kinds of clauses"), anchor=False)
    restrictions = [clause_name(kind) for kind in ClauseKind if is_restriction(kind)]
    duties = [clause_name(kind) for kind in ClauseKind if not is_restriction(kind)]
    for heading, names in ((_("Restrictions"), restrictions), (_("Duties and other terms"), duties)):
        st.markdown(f"**{heading}:** " + plain(_("; ").join(names)))


def _limits() -> None:
    st.header(_("What is not looked at"), anchor="limits")
    st.markdown("\n".join(f"- **{prose(lead)}** {prose(rest)}" for lead, rest in texts.limits()))


def _sources() -> None:
    st.header(_("Sources and versions"), anchor="sources")
    _paragraphs(texts.sources())
    rows = [
        (_("Rubric"), RUBRIC),
        (_("Registry"), catalog.version()[:12]),
        (_("Program"), settings.tool_version()),
    ]
    columns = [{"label": _("What")}, {"label": _("Version")}]
    table.show(_("Versions"), columns, [[table.text(name), table.text(value)] for name, value in rows], key="versions")
