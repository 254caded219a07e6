"""Grade a repository of the Hub: what the rules find in it by themselves, and a draft of its entry."""

from __future__ import annotations

import ipaddress
import json
import time
import uuid
from typing import Any

import streamlit as st

from openness import visitors
from openness.api import Options, grade_json, hub_state
from openness.schemas.errors import OpennessError
from openness.schemas.record import Artifact
from openness.ui import address, findings, links, table
from openness.ui.address import key_of
from openness.ui.language import _, ngettext
from openness.ui.words import (
    TONES,
    level_name,
    plain,
    source_link,
    status_name,
    verdict_name,
)

Json = dict[str, Any]
_READING = "reading"
_PROBLEM = "reading_problem"
_VISITOR = "visitor"
PAUSE = 0.1  # seconds between looks at what was read meanwhile


def page() -> None:
    """Draw the page."""
    host = hub_state()[0].split("/")[2]
    st.title(_("Grade a repository"))
    st.markdown(
        _(
            "Name a model on {host}. Its card, license texts, configuration and the header of its weights are read "
            "and held against the rules: a first grade that no person has checked."
        ).format(host=plain(host))
    )
    address.read({"repo": None})
    reading: visitors.Reading | None = st.session_state.get(_READING)
    with st.form("grade_form", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(_("Hub id or address"), key=key_of("repo"), placeholder="org/name", max_chars=visitors.LONGEST)
        st.form_submit_button(_("Grade"), type="primary", key="grade_button", on_click=_begin)
    st.caption(
        _(
            "Only what everybody may read is read: no account is used, nothing is kept on this server. "
            "It takes a few seconds, at most a minute."
        )
    )
    address.write({"repo": [st.session_state.get(key_of("repo")) or ""]})
    problem: tuple[OpennessError, str] | None = st.session_state.get(_PROBLEM)
    if problem:
        _refused(*problem)
    if reading:
        _watch(reading, host)
        _result(reading, host)


def _begin() -> None:
    """Start to read what the visitor named. One at a time: a reading that is under way goes on."""
    before: visitors.Reading | None = st.session_state.get(_READING)
    text: str = st.session_state.get(key_of("repo")) or ""
    st.session_state[_PROBLEM] = None
    try:
        target = visitors.repository(text)
        st.session_state[_READING] = visitors.start(target, _visitor())
    except OpennessError as error:
        st.session_state[_PROBLEM] = (error, text)
        if before and before.done:
            st.session_state[_READING] = None


def _visitor() -> str:
    """Who is here: an address of the internet; behind a proxy that hides it, the session."""
    session: str = st.session_state.setdefault(_VISITOR, uuid.uuid4().hex)
    try:
        given = ipaddress.ip_address(st.context.ip_address or "")
    except ValueError:
        return session
    return str(given) if given.is_global else session


def _refused(error: OpennessError, text: str) -> None:
    st.error(_sentence(error, text, ""), icon=":material/error:")
    known = visitors.known_as(text) if error.code == "bad_target" else None
    if known:
        links.page_link(
            "model",
            _("The registry has {name}").format(name=plain(known)),
            {"id": known},
            icon=":material/arrow_forward:",
        )


def _sentence(error: OpennessError, repo: str, host: str) -> str:
    """What went wrong, for people who have no command line and no token here."""
    known = {
        "empty": _("Name a repository first: a Hub id looks like org/name."),
        "bad_target": _("That is not the name of a repository on the Hub: one looks like org/name."),
        "local": _("Files and folders of this server are not read. A Hub id looks like org/name."),
        "other_host": _("No other host than the Hub is asked. A Hub id looks like org/name."),
        "busy": _("The server is busy with repositories of other visitors. Try again in a minute."),
        "busy_visitor": _("A repository is being graded for you already. Wait until it is done."),
        "not_found": _("{host} shows no {repo} to everybody: it does not exist, or is private."),
        "unauthorized": _("{host} shows no {repo} to everybody: it does not exist, or is private."),
        "gated": _("{host} shows {repo} only to people who accepted its terms."),
        "disabled": _("{host} has disabled access to {repo}."),
        "revision_not_found": _("{repo} has no such revision on {host}."),
        "rate_limited": _("{host} asks this server for fewer requests. Try again in a few minutes."),
        "timeout": _("{host} did not answer in time. Try again later."),
        "server_error": _("{host} has a problem of its own. Try again later."),
        "network": _("{host} cannot be reached from this server."),
        "offline": _("This server may not ask {host}."),
        "refused": _("{repo} was not read: {host} answered with more than may be read, or too slowly."),
        "bad_answer": _("{host} answered with something that is not a description of a model."),
        "unexpected": _("Something unexpected went wrong. Please report it."),
    }.get(error.code)
    return known.format(repo=plain(repo), host=plain(host)) if known else plain(error.message)


def _watch(reading: visitors.Reading, host: str) -> None:
    """Show the steps as they are taken."""
    name = plain(reading.target.name)
    running = not reading.done
    label = _("Reading {repo} …").format(repo=name)
    with st.status(label, expanded=running) as box, st.container(gap="xxsmall"):
        shown = 0
        while True:
            done = reading.done
            for what, of in reading.steps[shown:]:
                st.markdown(_step(what, of))
                shown += 1
            if done:
                break
            time.sleep(PAUSE)
    if reading.answer:
        size = _("{number} kB").format(number=f"{reading.answer.bytes_read / 1000:,.0f}")
        asked = ngettext("{number} request", "{number} requests", reading.answer.requests)
        label = _("Read {repo}: {asked}, {size}").format(repo=name, asked=asked, size=size)
        box.update(label=label, state="complete", expanded=False)
        return
    box.update(label=_("{repo} was not graded").format(repo=name), state="error", expanded=False)


def _step(what: str, of: str) -> str:
    if what == "unread":
        return ":material/close: " + _("Could not read {file}").format(file=plain(of))
    return ":material/check: " + {
        "asked": _("Asked {name}"),
        "listed": _("Files listed: {name}"),
        "read": _("Read {name}"),
        "graded": _("Read the license texts and asked the rules"),
    }[what].format(name=plain(of))


def _result(reading: visitors.Reading, host: str) -> None:
    if reading.known:
        with st.container(horizontal=True, vertical_alignment="center", key="known"):
            st.markdown(_("The registry has an examined entry for this model:"), width="content")
            links.page_link("model", plain(reading.known), {"id": reading.known}, icon=":material/arrow_forward:")
    if reading.answer:
        _answer(reading.answer, reading.known)
    elif reading.error:
        st.error(_sentence(reading.error, reading.target.name, host), icon=":material/error:")
    else:
        st.error(_("That took too long, and was given up. Try again later."), icon=":material/error:")


def _answer(answer: visitors.Answer, known: str | None) -> None:
    grade = answer.grade
    st.header(plain(answer.repository), anchor=False)
    st.markdown(f"**{_level(grade)}**")
    st.markdown(
        _("Found automatically, checked by nobody · {link}").format(
            link=source_link(answer.url, _("revision {revision}").format(revision=str(grade["revision"])[:12]))
        )
    )
    _summary(grade, grade_json(known, Options()) if known else None)
    _downloads(answer)
    st.subheader(_("Why this level"), anchor=False)
    with st.container(gap="xsmall", key="grade_findings"):
        for finding in grade["findings"]:
            findings.finding(finding)
    findings.license_of_weights(grade["licenses"].get("weights"))
    findings.warnings([warning for warning in grade["warnings"] if warning["code"] != "found_automatically"])


def _level(grade: Json) -> str:
    level, at_most = grade["level"], grade["at_most"]
    if level is None:
        return _("Level unknown, possibly up to {level}").format(level=at_most)
    said = _("Level {level} of 5: {name}").format(level=level, name=level_name(level))
    return said if at_most == level else f"{said}, " + _("possibly up to {level}").format(level=at_most)


def _summary(found: Json, registry: Json | None) -> None:
    """What was found, beside what the registry has of the model."""
    both = [found, registry] if registry else [found]
    columns = [{"label": _("What")}, {"label": _("Found automatically")}]
    if registry:
        columns.append({"label": _("In the registry")})
    rows = [
        [
            table.text(_("Level")),
            *_marked([table.level(each["level"], each["at_most"]) for each in both], _apart(both)),
        ],
        [table.text(_("License of the weights")), *_marked([_terms(each) for each in both], _verdicts_differ(both))],
    ]
    for artifact in Artifact:
        statuses = [_status(each, artifact) for each in both]
        cells = [table.text(status_name(status)) for status in statuses]
        differ = "unknown" not in statuses and len(set(statuses)) > 1
        rows.append([table.text(_artifact(artifact)), *_marked(cells, differ)])
    table.show(_("What was found"), columns, rows, key="grade_summary")


def _marked(cells: list[table.Cell], differ: bool) -> list[table.Cell]:
    """Cells that contradict each other; what is not established contradicts nothing."""
    return [{**cell, "mark": differ} for cell in cells]


def _apart(both: list[Json]) -> bool:
    """Whether no level lies within all of the intervals."""
    return bool(max(each["level"] or 0 for each in both) > min(each["at_most"] for each in both))


def _verdicts_differ(both: list[Json]) -> bool:
    return len({(each["licenses"].get("weights") or {}).get("verdict") for each in both} - {None}) > 1


def _artifact(artifact: Artifact) -> str:
    from openness.ui.words import artifact_name

    name = artifact_name(artifact)
    return name[:1].upper() + name[1:]


def _status(grade: Json, artifact: Artifact) -> str:
    return next((view["status"] for view in grade["artifacts"] if view["artifact"] == artifact), "unknown")


def _terms(grade: Json) -> table.Cell:
    reading = grade["licenses"].get("weights") or {}
    verdict = str(reading.get("verdict") or "")
    expression = str(reading.get("expression") or "").replace("LicenseRef-", "")
    return table.text(verdict_name(verdict), expression, tone=TONES.get(verdict, "plain"))


def _downloads(answer: visitors.Answer) -> None:
    with st.container(horizontal=True, key="grade_downloads"):
        st.download_button(
            _("Draft entry (YAML)"), answer.draft, f"{answer.id}.yaml", "application/yaml", on_click="ignore",
            icon=":material/download:", key="download_draft",
        )  # fmt: skip
        st.download_button(
            _("Grade (JSON)"), json.dumps(answer.grade, ensure_ascii=False, indent=2), f"{answer.id}.json",
            "application/json", on_click="ignore", icon=":material/download:", key="download_grade",
        )  # fmt: skip
    with st.expander(_("The draft entry: what the repository proves, and unknown for the rest")):
        st.code(answer.draft, language=None)
