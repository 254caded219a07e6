"""May I? Uses held against the terms of a model or a license, as a form that lives in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from openness import may_i
from openness.api import parse_day
from openness.exports.text import section
from openness.licenses import parse_amount
from openness.schemas.errors import OpennessError
from openness.schemas.uses import Use
from openness.ui import address, clauses, table
from openness.ui.address import key_of
from openness.ui.clauses import capital, license_short
from openness.ui.language import _, clause_summary, current
from openness.ui.links import page_link, view_link
from openness.ui.verdicts import ANSWERS, answer_badge, answer_name, badge
from openness.ui.words import clause_name, place_names, plain, source_link, translated, verdict_name

USES = ("commercial", "train", "outputs", "modify", "redistribute", "military")
FOUND = 6  # models or licenses that a search shows
EARLIEST = date(2018, 1, 1)
Answer = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What a visitor asks, as it stands in the address, and as a use."""

    use: Use = field(default_factory=Use)
    as_of: date | None = None
    codes: Mapping[str, list[str]] = field(default_factory=dict)


def page() -> None:
    """Draw the page."""
    st.title(_("May I?"))
    st.markdown(_("Hold what you want to do against the terms of a model or a license, clause by clause."))
    name, license_ = (st.query_params.get(kind, "")[:200] for kind in ("id", "license"))
    places = place_names()
    address.read(
        {
            "q": None, "use": USES, "users": None, "revenue": None, "region": address.One(places), "as_of": None,
        }
    )  # fmt: skip
    subject = st.container()
    asked = _questions(places, dated=not license_ or bool(name))
    query = {kind: [text] for kind, text in (("id", name), ("license", license_ if not name else "")) if text}
    try:
        with subject:
            st.header(_("What is it about?"), anchor=False)
            answer = None
            if name:
                answer = may_i.about_model(name, asked.use, asked.as_of)
            elif license_:
                answer = may_i.about_license(license_, asked.use)
            words = "" if answer else _search(asked)
            if answer:
                _subject(answer, asked)
    except OpennessError as error:
        st.error(plain(error.message), icon=":material/error:")
        if error.hint:
            st.caption(plain(error.hint))
        view_link("may-i", _("Choose another"), _links(asked), icon=":material/search:", key="another")
        return
    address.write({"q": [words], **asked.codes})
    if answer and asked.use == Use():
        st.info(_("Say what you want to do, and the answer stands here."), icon=":material/rule:")
    elif answer:
        _answer(answer, asked)
        _share({**query, **asked.codes})


def _links(asked: Asked, **more: str) -> dict[str, str | list[str]]:
    """The query of a link that keeps what is asked."""
    return {**more, **{name: codes for name, codes in asked.codes.items() if any(codes)}}


# ------------------------------------------------------------------ what it is about


def _search(asked: Asked) -> str:
    """Let a model or a license be looked for; what was typed."""
    words = st.text_input(
        _("Search for a model or a license"),
        key=key_of("q"),
        type="search",
        live="200ms",
        placeholder=_("such as llama 2, gemma, apache"),
        max_chars=200,
    )
    wanted = (words or "").split()[:20]
    if not wanted:
        st.caption(_("Type a name, then choose from what is found."))
        return ""
    models, licenses = may_i.search(wanted)
    rows = [
        [
            table.link(row["name"], "may-i", _links(asked, id=row["id"]), row["organization"] or ""),
            table.text(_("model"), license_short(row["license"] or "")),
        ]
        for row in models[:FOUND]
    ]
    for row in licenses[:FOUND]:
        short = license_short(row["id"])
        rows.append([table.link(row["name"], "may-i", _links(asked, license=short)), table.text(_("license"), short)])
    if rows:
        columns = [{"label": _("Name")}, {"label": _("What it is")}]
        table.show(_("Models and licenses that were found"), columns, rows, key="found")
        if len(models) > FOUND or len(licenses) > FOUND:
            st.caption(_("There are more: type more of the name."))
    else:
        st.info(_("No model of the registry and no license has such a name."), icon=":material/search_off:")
    return words or ""


def _subject(answer: Answer, asked: Asked) -> None:
    reading = answer["reading"]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(answer['name'])}**", width="content")
            badge(reading["verdict"])
        if answer["model"]:
            st.caption(plain(_license_name(reading)))
        with st.container(horizontal=True, vertical_alignment="center"):
            if answer["model"]:
                page_link("model", _("Its page"), {"id": answer["model"]})
            for key in answer["keys"][:3]:
                page_link("licenses", plain(license_short(key)), {"id": license_short(key)})
            view_link("may-i", _("Choose another"), _links(asked), icon=":material/search:", key="another")


def _license_name(reading: Answer) -> str:
    if reading["expression"] == "NONE":
        return _("no license given")
    return " / ".join(reading["names"] or ()) or reading["expression"] or _("license not established")


# ------------------------------------------------------------------ what is asked


def use_name(code: str) -> str:
    """A use in words."""
    return {
        "commercial": _("use it commercially"),
        "train": _("train other models with it"),
        "outputs": _("use its outputs freely"),
        "modify": _("change it"),
        "redistribute": _("pass it on"),
        "military": _("use it for the military"),
    }[code]


def _questions(places: Mapping[str, str], *, dated: bool) -> Asked:
    st.header(_("What do you want to do?"), anchor=False)
    uses = st.pills(
        _("Uses"),
        USES,
        selection_mode="multi",
        format_func=lambda code: capital(use_name(code)),
        key=key_of("use"),
        label_visibility="collapsed",
    )
    first, second, third, fourth = st.columns(4)
    with first:
        users, users_text = _amount("users", _("Users a month"), _("such as 800M"))
    with second:
        revenue, revenue_text = _amount("revenue", _("Yearly revenue, in the terms' currency"), _("such as 5 million"))
    with third:
        region = st.selectbox(
            _("Where"), list(places), format_func=places.__getitem__, key=key_of("region"), placeholder=_("anywhere")
        )  # fmt: skip
    with fourth:
        as_of, as_of_text = _day() if dated else (None, "")
    chosen = list(uses or [])
    use = Use(
        commercial="commercial" in chosen,
        users=users,
        revenue=revenue,
        train_models="train" in chosen,
        outputs="outputs" in chosen,
        modify="modify" in chosen,
        redistribute="redistribute" in chosen,
        region=region,
        military="military" in chosen,
    )
    codes = {
        "use": chosen,
        "users": [users_text],
        "revenue": [revenue_text],
        "region": [region or ""],
        "as_of": [as_of_text],
    }
    return Asked(use, as_of, codes)


def _amount(name: str, label: str, example: str) -> tuple[int | None, str]:
    text = (st.text_input(label, key=key_of(name), placeholder=example, max_chars=40) or "").strip()
    amount = parse_amount(text) if text else None
    if text and amount is None:
        st.caption(_("This is not a number, such as 800M or 5,000,000."))
    elif amount is not None and f"{amount:,}" != text:
        st.caption(f"= {amount:,}")
    return amount, text


def _day() -> tuple[date | None, str]:
    text = (
        st.text_input(
            _("As of"),
            key=key_of("as_of"),
            placeholder=datetime.now(UTC).date().isoformat(),
            max_chars=10,
            help=_("The terms on that day: YYYY, YYYY-MM or YYYY-MM-DD."),
        )
        or ""
    ).strip()
    if not text:
        return None, ""
    try:
        return parse_day(text), text
    except OpennessError as error:
        st.caption(plain(capital(error.message)))
        return None, text


# ------------------------------------------------------------------ the answer


def _answer(answer: Answer, asked: Asked) -> None:
    with st.container(key="answer"):
        icon = ANSWERS[answer["verdict"]][1]
        st.header(f"{icon} {capital(answer_name(answer['verdict']))}", anchor="answer")
        st.markdown(_overall(answer["verdict"], len(answer["answers"])))
    for each in answer["answers"]:
        with st.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.subheader(plain(capital(_asked_words(each["use"], asked))), anchor=False, width="content")
                answer_badge(each["verdict"])
            st.markdown(plain(capital(translated(each["reason"]))) + _("."))
            for clause in each["because"]:
                _quote(clause)
    if answer["duties"] or answer["unrecorded"]:
        st.header(_("Duties that come along"), anchor=False)
    if answer["duties"]:
        clauses.show(answer["duties"], _("Duties that come along"), key="duties", licenses=len(answer["keys"]) > 1)
    if answer["unrecorded"]:
        names = _(", ").join(license_short(key) for key in answer["unrecorded"])
        st.caption(plain(_("What {names} asks in return is not recorded here: read its text.").format(names=names)))
    _rests_on(answer)


def _overall(verdict: str, number: int) -> str:
    if number == 1:
        return {
            "yes": _("The terms allow it."),
            "no": _("The terms do not allow it."),
            "permission": _("The licensor must be asked first."),
            "unknown": _("The terms do not say, or nobody has read them closely enough."),
        }[verdict]
    return {
        "yes": _("The terms allow all of it."),
        "no": _("At least one of the uses is not allowed."),
        "permission": _("For at least one of the uses the licensor must be asked first."),
        "unknown": _("At least one of the uses cannot be answered from the terms; none is known to be forbidden."),
    }[verdict]


def _asked_words(use: str, asked: Asked) -> str:
    """A use of the answer in words; the answer names those with a value by the value."""
    kind, _space, _value = use.partition(" ")
    if kind == "users":
        return _("serve {number} users a month").format(number=f"{asked.use.users:,}")
    if kind == "revenue":
        return _("make {number} in revenue").format(number=f"{asked.use.revenue:,}")
    if kind == "region":
        return _("use it in: {place}").format(place=place_names().get(asked.use.region or "", asked.use.region))
    return use_name(kind)


def _quote(clause: Answer) -> None:
    where = " · ".join(filter(None, (section(clause), license_short(clause["license"]))))
    st.markdown(
        f"**{plain(capital(clause_name(clause['kind'])))}**, {plain(where)}: "
        f"{plain(clause_summary(clause['summary']))}\n\n"
        f"> “{plain(clause['quote'])}”"
    )
    if clause["osd"]:
        st.caption(plain(_("Against criterion {criteria}").format(criteria=clauses.criteria(clause["osd"]))))


def _rests_on(answer: Answer) -> None:
    reading = answer["reading"]
    st.header(_("What the answer rests on"), anchor=False)
    lines = [
        _("License: {name}").format(name=plain(_license_name(reading))),
        _("Verdict: {verdict}").format(verdict=verdict_name(reading["verdict"]))
        + (f" ({plain(translated(reading['reason']))})" if reading["reason"] else ""),
        _("As of {date}").format(date=plain(answer["as_of"])),
    ]
    for item in answer["evidence"]:
        url = item.get("url") or ""
        host = url.split("/")[2] if url.count("/") > 1 else ""
        label = " · ".join(filter(None, (item.get("where"), item.get("citation"), host)))
        read = _("read {date}").format(date=plain(item["read"])) if item.get("read") else _("quoted by others")
        lines.append(f"{source_link(url, label)}, {read}")
    st.markdown("\n".join(f"- {line}" for line in lines))
    st.caption(plain(translated(answer["disclaimer"])))


def _share(query: Mapping[str, list[str]]) -> None:
    given = [(name, code) for name, codes in query.items() for code in codes if code]
    if current() != "en":
        given.append(("lang", current()))
    st.header(_("Share this answer"), anchor=False)
    st.code(f"{(st.context.url or 'may-i').split('?')[0]}?{urlencode(given)}", language=None, wrap_lines=True)
