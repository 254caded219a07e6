"""The two questions of the landscape that end in a list: who calls it open source, and who was open in April 2024."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from openness import landscape_evidence as evidence
from openness.exports.spreadsheet import as_csv
from openness.landscape import UNKNOWN, VERDICTS, Group, code_of
from openness.landscape_evidence import ARTICLE_DAY, ARTICLE_LEVEL, Claim, Example, Reached
from openness.registry.query import Filters
from openness.schemas.record import Artifact
from openness.ui import picture, table
from openness.ui.language import _, ngettext
from openness.ui.picture import NARROW, WIDE, Frame, draw
from openness.ui.words import TONES, artifact_short, level_range, license_name, plain, status_name, verdict_name

ROWS = 20
SHOWN = (Artifact.TRAINING_CODE, Artifact.TRAINING_DATA, Artifact.DATA_PIPELINE)
NOT_OPEN = ("restricted", "open_not_osi")
ARTICLE = "甲子光年,《李彦宏说开源模型会越来越落后,为什么很多人不认同?》"


def claims(filters: Filters, frame: Callable[[str, str, Filters], Frame]) -> None:
    """What calls itself open source, and what the terms say."""
    found = evidence.claims(filters)
    against = [claim for claim in found if claim.verdict in NOT_OPEN]
    title = _("{part} of {whole} models that their makers call “open source” are under terms that are not").format(
        part=len(against), whole=len(found)
    )
    note = _("By the verdict on the terms of the weights; the makers' own words, where a source with them is recorded.")
    st.header(plain(title), anchor="claims")
    st.caption(plain(note))
    if not found:
        return
    groups = _by_verdict(found)

    def beside(group: Group) -> str:
        return ngettext("{number} model", "{number} models", group.total)

    alt = _("{title}. {note} The numbers stand in the table below.").format(title=title, note=note)
    wide, narrow = (draw.bars(groups, verdict_name, beside, width) for width in (WIDE, NARROW))
    picture.show(wide, narrow, frame(title, note, filters), alt, as_csv(_claim_rows(found)), key="claims")
    if against:
        st.subheader(_("Called open source, under other terms"), anchor=False)
        shown = _page(against, "claims_page")
        columns = [
            {"label": label}
            for label in (_("Model"), _("In whose words"), _("Terms of the weights"), _("Level"), _("Source"))
        ]
        table.show(
            _("Called open source, under other terms"), columns, [_claim(claim) for claim in shown], key="claims-list"
        )
        _turn(len(against), "claims_page")


def _by_verdict(found: Sequence[Claim]) -> list[Group]:
    groups = []
    for verdict in VERDICTS:
        counts: dict[str, int] = {}
        for claim in found:
            if claim.verdict == verdict:
                code = code_of(claim.level, claim.at_most)
                counts[code] = counts.get(code, 0) + 1
        if counts:
            groups.append(Group(verdict, counts))
    return groups


def _claim(claim: Claim) -> list[table.Cell]:
    return [
        table.link(claim.name, "model", {"id": claim.id}, claim.organization),
        table.text(claim.by, f"“{claim.quote}”" if claim.quote else ""),
        table.text(verdict_name(claim.verdict), license_name(claim.license), tone=TONES.get(claim.verdict, "plain")),
        table.level(claim.level, claim.at_most),
        table.source(claim.url, _("source"), claim.where),
    ]


def _claim_rows(found: Sequence[Claim]) -> list[dict[str, Any]]:
    return [
        {
            "id": claim.id, "name": claim.name, "organization": claim.organization, "released": claim.released,
            "says": claim.says, "by": claim.by, "quote": claim.quote, "where": claim.where, "source": claim.url,
            "verdict": claim.verdict, "license": claim.license,
            "level": UNKNOWN if claim.level is None else claim.level, "at_most": claim.at_most,
        }
        for claim in found
    ]  # fmt: skip


def _page(rows: list[Any], key: str) -> list[Any]:
    last = -(-len(rows) // ROWS)
    number = min(max(1, int(st.session_state.get(key, 1))), last)
    if st.session_state.get(key, 1) != number:  # a filter left fewer pages
        st.session_state[key] = number
    return rows[(number - 1) * ROWS : number * ROWS]


def _turn(total: int, key: str) -> None:
    if total > ROWS:
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.pagination(-(-total // ROWS), key=key)


def april(filters: Filters, frame: Callable[[str, str, Filters], Frame]) -> None:
    """The claim that nobody had reached level 4 by April 2024, against the evidence of that date."""
    found = evidence.reached(ARTICLE_DAY, filters)
    day = ARTICLE_DAY.isoformat()
    if found:
        title = _(
            "“Nobody at level 4” in April 2024? By dated evidence at least {number} of these models had reached it"
        ).format(number=len(found))
    else:
        title = _("“Nobody at level 4” in April 2024: no dated evidence here against it")
    st.header(plain(title), anchor="april-2024")
    st.markdown(
        _(
            "The article that made the five levels known said in April 2024 that nobody had reached the fourth. No "
            "public copy of its page was found; the claim is taken from the project's design notes: {article}."
        ).format(article=plain(ARTICLE))
    )
    alone = [hit for hit in found if hit.with_bases is not None and hit.with_bases >= ARTICLE_LEVEL]
    if found:
        st.markdown(
            _(
                "Every model was graded as of {day}, with what is dated until then. {part} of the {whole} also had "
                "every model that they were made from at level 4 or 5, so that they could be reproduced from raw "
                "data. A model whose evidence has gaps is not counted."
            ).format(day=day, part=len(alone), whole=len(found))
        )
        _april_picture(found, title, frame, filters)
        shown = _page(found, "april_page")
        columns = [{"label": label, "tight": number > 2} for number, label in enumerate(_april_columns())]
        table.show(title, columns, [_reached(hit) for hit in shown], key="april-list")
        _turn(len(found), "april_page")
        st.caption(_("Check one of them yourself:"))
        st.code(f"openness grade {(alone or found)[0].id} --as-of {day}", language=None)
    _examples(evidence.examples())


def _april_picture(
    found: list[Reached], title: str, frame: Callable[[str, str, Filters], Frame], filters: Filters
) -> None:
    rows = [(hit.name, hit.since, hit.level, _remark(hit)) for hit in found[:ROWS]]
    note = _("From the day on which dated evidence shows level 4 or more, to {day}; the level is that of the last day.")
    note = note.format(day=ARTICLE_DAY.isoformat())
    if len(found) > ROWS:
        note += " " + _("The first {shown} of {whole}.").format(shown=ROWS, whole=len(found))
    alt = _("{title}. {note} The numbers stand in the table below.").format(title=title, note=note)
    st.caption(plain(note))
    wide, narrow = (draw.spans(rows, ARTICLE_DAY, width) for width in (WIDE, NARROW))
    picture.show(wide, narrow, frame(title, note, filters), alt, as_csv(_reached_rows(found)), key="april-2024")


def _remark(hit: Reached) -> str:
    """The level of a model, and what the models that it was made from leave of it."""
    level = level_range(hit.level, hit.at_most)
    if (hit.with_bases, hit.with_bases_at_most) == (hit.level, hit.at_most):
        return level
    return _("{level}, with its base {base}").format(
        level=level, base=level_range(hit.with_bases, hit.with_bases_at_most)
    )


def _april_columns() -> tuple[str, ...]:
    return (
        _("Model"),
        _("Level then"),
        _("With its base models"),
        _("Level 4 or more since"),
        *(artifact_short(artifact) for artifact in SHOWN),
    )


def _reached(hit: Reached) -> list[table.Cell]:
    proofs = [hit.proofs[artifact] for artifact in SHOWN]
    return [
        table.link(hit.name, "model", {"id": hit.id}, hit.organization),
        table.level(hit.level, hit.at_most),
        table.text(level_range(hit.with_bases, hit.with_bases_at_most)),
        table.text(hit.since.isoformat()),
        *(
            table.source(
                proof.url, status_name(proof.status), _("since {date}").format(date=proof.since) if proof.since else ""
            )
            for proof in proofs
        ),
    ]


def _reached_rows(found: Sequence[Reached]) -> list[dict[str, Any]]:
    return [
        {
            "id": hit.id, "name": hit.name, "organization": hit.organization, "as_of": ARTICLE_DAY.isoformat(),
            "level": hit.level, "at_most": hit.at_most, "level_with_bases": hit.with_bases,
            "at_most_with_bases": hit.with_bases_at_most, "level_4_since": hit.since,
            **{
                f"{name}_{field}": getattr(proof, field)
                for name, proof in hit.proofs.items()
                for field in ("status", "since", "url", "where")
            },
        }
        for hit in found
    ]  # fmt: skip


def _examples(found: list[Example]) -> None:
    if not found:
        return
    same = [one for one in found if one.theirs == one.level == one.at_most]
    title = _("{part} of {whole} models that are the article's own examples come out on its level here").format(
        part=len(same), whole=len(found)
    )
    st.subheader(plain(title), anchor="examples")
    st.caption(_("Where the article names a family, each of its models that the registry has stands here."))
    columns = [
        {"label": label}
        for label in (
            _("Model"),
            _("The article"),
            _("Here, as of {day}").format(day=ARTICLE_DAY.isoformat()),
            _("Here, today"),
        )
    ]
    rows = [
        [
            table.link(one.name, "model", {"id": one.id}),
            table.text("" if one.theirs is None else f"L{one.theirs}"),
            table.text(level_range(one.level, one.at_most), mark=one.theirs != one.level),
            table.text(level_range(one.level_today, one.at_most_today)),
        ]
        for one in found
    ]
    table.show(title, columns, rows, key="examples-list")
