"""Pictures worth quoting: how many models stand where, and what is said of them against the evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from openness import catalog, landscape
from openness.exports.spreadsheet import as_csv
from openness.landscape import CODES, UNKNOWN, VERDICTS, Group, Landscape, Period
from openness.registry.query import Filters
from openness.schemas.grade import RUBRIC
from openness.ui import address, picture, table
from openness.ui.address import One, key_of
from openness.ui.language import _, ngettext
from openness.ui.picture import NARROW, WIDE, Drawing, Frame, draw
from openness.ui.views import landscape_lists
from openness.ui.words import country_name, level_name, modality_name, plain, verdict_name

WIDTH = 960
SIZES = {"1b": 1e9, "7b": 7e9, "30b": 30e9, "100b": 100e9}
MIN_MAKER, MAX_MAKERS = 5, 20  # a median of fewer models says little
MIN_COUNTRY = 3
MIN_SHARE = 10


def page() -> None:
    """Draw the landscape."""
    with st.container(width=WIDTH, key="landscape"):
        _page()


def _page() -> None:
    st.title(_("The landscape of openness"))
    offered = catalog.choices()["modality"]
    address.read({"modality": offered, "min": One(SIZES), "by": One(("year",))})
    filters, by = _choose(offered)
    found = landscape.survey(filters, by=by)
    total = found.everything.total
    st.markdown(
        ngettext(
            "Counted from {number} model of this registry. Its models were chosen one by one and are no random sample: "
            "shares describe the registry, not the market.",
            "Counted from the {number} models of this registry that meet this choice. They were chosen one by one "
            "and are no random sample: shares describe the registry, not the market.",
            total,
        )
    )
    if not total:
        st.info(_("No model in the registry meets all of this. Take a filter away."), icon=":material/filter_alt_off:")
        return
    _contents()
    _over_time(found, filters, by)
    _share(found, filters, by)
    _terms(found, filters)
    _makers(found, filters)
    _countries(found, filters)
    landscape_lists.claims(filters, _frame)
    landscape_lists.april(filters, _frame)
    st.caption(_source())


def _choose(offered: Sequence[str]) -> tuple[Filters, Period]:
    with st.container(horizontal=True, gap="medium", key="choice"):
        modality = _several("modality", _("Modality"), offered, modality_name)
        size = _one("min", _("Parameters, at least"), tuple(SIZES), str.upper)
        by = _one("by", _("Columns"), ("year",), lambda _code: _("whole years"))
    chosen: Period = "year" if by == "year" else "half"
    address.write({"modality": modality, "min": [size], "by": [by]})
    return Filters(modalities=tuple(modality), min_parameters=SIZES.get(size)), chosen


def _several(name: str, label: str, codes: Sequence[str], words: Callable[[str], str]) -> list[str]:
    return (
        st.pills(label, codes, selection_mode="multi", format_func=words, key=key_of(name), width="content") or []
    )  # fmt: skip


def _one(name: str, label: str, codes: Sequence[str], words: Callable[[str], str]) -> str:
    return st.pills(label, codes, format_func=words, key=key_of(name), width="content") or ""


def _contents() -> None:
    parts = {
        "time": _("Over time"),
        "share": _("Share"),
        "terms": _("Level and license"),
        "makers": _("Makers"),
        "countries": _("Countries and regions"),
        "claims": _("“Open source”"),
        "april-2024": _("April 2024"),
    }
    links = [f"[{plain(words)}](#{anchor})" for anchor, words in parts.items()]
    st.markdown(" · ".join(links))


def _source() -> str:
    from datetime import UTC, datetime

    return _("Source: openness registry {version}, {date}; rubric {rubric}; data CC-BY-4.0.").format(
        version=catalog.version()[:12], date=datetime.now(UTC).date().isoformat(), rubric=RUBRIC
    )


def _frame(title: str, note: str, filters: Filters) -> Frame:
    """What a saved picture says about itself."""
    chosen = [modality_name(code) for code in filters.modalities]
    if filters.min_parameters:
        code = next(code for code, least in SIZES.items() if least == filters.min_parameters)
        chosen.append(_("at least {size} parameters").format(size=code.upper()))
    only = _("Only: {choice}.").format(choice=_(", ").join(chosen)) if chosen else ""
    sample = _("Models of the openness registry, which is no random sample.")
    return Frame(title, " ".join(filter(None, (note, only, sample))), _source())


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}" if whole else "0"


def _show(
    key: str, title: str, note: str, pictures: Callable[[int], Drawing], rows: list[dict[str, Any]], filters: Filters
) -> None:
    """A heading that says what is seen, the picture, what must be known to read it."""
    st.header(plain(title), anchor=key)
    st.caption(plain(note))
    frame = _frame(title, note, filters)
    alt = _("{title}. {note} The numbers stand in the table below.").format(title=title, note=note)
    picture.show(pictures(WIDE), pictures(NARROW), frame, alt, as_csv(rows), key=key)


def _numbers(
    key: str, first: str, groups: Sequence[Group], label: Callable[[str], str], query: Callable[[str], dict[str, str]]
) -> None:
    """The same as a table; the first cell leads to the models where the catalog can list them."""
    codes = draw.used(groups)
    columns = [{"label": first}, *({"label": draw.code_name(code)} for code in codes), {"label": _("together")}]
    rows = []
    for group in groups:
        where = query(group.name)
        head = table.link(label(group.name), "catalog", where) if where else table.text(label(group.name))
        counts = [table.text(group.counts.get(code, 0)) for code in codes]
        rows.append([head, *counts, table.text(group.total)])
    with st.expander(_("The numbers")):
        table.show(first, columns, rows, key=f"{key}-numbers")


def _as_rows(groups: Sequence[Group], column: str) -> list[dict[str, Any]]:
    return [
        {
            column: group.name or UNKNOWN,
            **{_csv_name(code): group.counts.get(code, 0) for code in CODES},
            "total": group.total,
        }
        for group in groups
    ]


def _csv_name(code: str) -> str:
    return "level_unknown" if code == UNKNOWN else f"L{code[0]}_or_more" if code.endswith("+") else f"L{code}"


def _nowhere(_name: str) -> dict[str, str]:
    return {}


def period_name(name: str) -> str:
    """``2024`` or ``H1 2024``."""
    year, _dash, half = name.partition("-")
    return _("H{half} {year}").format(half=half, year=year) if half else year


def _until(name: str) -> str:
    year, _dash, half = name.partition("-")
    return _("June {year}").format(year=year) if half == "1" else _("December {year}").format(year=year)


def _dated_note(found: Landscape, by: Period) -> str:
    note = _("Models by release date and by the level that is established today, not on the day of release.")
    if found.undated:
        left_out = (
            ngettext(
                "{number} model without such a date is left out.",
                "{number} models without such a date are left out.",
                found.undated,
            )
            if by == "year"
            else ngettext(
                "{number} model whose date tells no half-year is left out.",
                "{number} models whose dates tell no half-year are left out.",
                found.undated,
            )
        )
        note += " " + left_out
    return note


def _over_time(found: Landscape, filters: Filters, by: Period) -> None:
    groups = found.periods
    if not groups:
        return
    high = sum(group.reaching(4) for group in groups)
    total = sum(group.total for group in groups)
    title = _("{part} of {whole} models with a release date reach level 4 or 5").format(part=high, whole=total)
    rows = _as_rows(groups, "period")
    _show("time", title, _dated_note(found, by), lambda width: draw.columns(groups, period_name, width), rows, filters)
    plain_filter = not _narrowed(filters) and by == "year"
    _numbers("time", _("Released"), groups, period_name, lambda n: {"after": n, "before": n} if plain_filter else {})


def _share(found: Landscape, filters: Filters, by: Period) -> None:
    groups = [group for group in landscape.cumulated(found.periods) if group.total >= MIN_SHARE]
    back = 2 if by == "year" else 4
    if len(groups) <= back:
        return
    then, now = groups[-1 - back], groups[-1]
    title = _(
        "{share} % of the models released until {then} reach level 3 or more; of those until {now} it is {later} %"
    ).format(
        share=_percent(then.reaching(3), then.total), then=_until(then.name),
        later=_percent(now.reaching(3), now.total), now=_until(now.name),
    )  # fmt: skip
    note = _(
        "All models released until the end of each period, in percent, by the level that is established today; from "
        "the period on in which there are {number}."
    ).format(number=MIN_SHARE)
    rows = _as_rows(groups, "released_until")
    _show("share", title, note, lambda width: draw.columns(groups, period_name, width, share=True), rows, filters)
    _numbers("share", _("Released until"), groups, period_name, _nowhere)


def _terms(found: Landscape, filters: Filters) -> None:
    levels = [level for level in ("5", "4", "3", "2", "1", UNKNOWN) if found.terms.get(level)]
    counts = {(level, verdict): number for level in levels for verdict, number in found.terms[level].items()}
    verdicts = [verdict for verdict in VERDICTS if any(counts.get((level, verdict)) for level in levels)]
    if not levels:
        return

    def of(verdict: str, *wanted: str) -> int:
        return sum(counts.get((level, verdict), 0) for level in wanted)

    high, low = (sum(of(verdict, *wanted) for verdict in VERDICTS) for wanted in (("4", "5"), ("1",)))
    title = _(
        "The weights of {a} of {high} models at level 4 or 5 are under an open source license; "
        "at level 1, those of {b} of {low}"
    ).format(a=of("open_source", "4", "5"), high=high, b=of("open_source", "1"), low=low)
    closed = sum(found.terms.get("0", {}).values())
    note = _("Models by the level that is established and the verdict on the terms of the weights.")
    if closed:
        note += " " + ngettext(
            "{number} model with closed weights is left out: it has no such terms.",
            "{number} models with closed weights are left out: they have no such terms.",
            closed,
        )
    names = [(level, _level_row(level)) for level in levels]
    heads = [(verdict, verdict_name(verdict)) for verdict in verdicts]
    rows = [
        {"level": level, **{verdict: counts.get((level, verdict), 0) for verdict in VERDICTS}} for level in levels
    ]  # fmt: skip
    _show("terms", title, note, lambda width: draw.matrix(names, heads, counts, width), rows, filters)
    linked = not _narrowed(filters)

    def cell(level: str, verdict: str) -> table.Cell:
        number = counts.get((level, verdict), 0)
        query = {"level": level, "license": verdict}
        return table.link(str(number), "catalog", query) if number and linked else table.text(number)

    with st.expander(_("The numbers")):
        columns = [{"label": _("Level")}, *({"label": words} for _verdict, words in heads)]
        cells = [[table.text(words), *(cell(level, verdict) for verdict in verdicts)] for level, words in names]
        table.show(_("Level and license"), columns, cells, key="terms-numbers")


def _level_row(level: str) -> str:
    return draw.code_name(UNKNOWN) if level == UNKNOWN else f"L{level} {level_name(int(level))}"


def _narrowed(filters: Filters) -> bool:
    return filters != Filters()


def _makers(found: Landscape, filters: Filters) -> None:
    least = ngettext("at least {number} model", "at least {number} models", MIN_MAKER)
    known = [group for group in found.makers if group.name and group.total >= MIN_MAKER and group.median is not None]
    ranked = sorted(known, key=lambda group: (-(group.median or 0), -(group.mean or 0), -group.total, group.name))
    if len(ranked) < 2:
        return
    best = [group for group in ranked if group.median == ranked[0].median]
    values = {"level": f"{ranked[0].median:g}", "makers": len(ranked), "least": least}
    if len(best) == 1:
        title = _("Of {makers} makers with {least} here, {name} has the highest median level: {level}").format(
            name=best[0].name, **values
        )
    else:
        title = _("Of {makers} makers with {least} here, {best} share the highest median level: {level}").format(
            best=len(best), **values
        )
    others = len([group for group in found.makers if group.name]) - min(len(ranked), MAX_MAKERS)
    note = _("Makers as the registry names them, by the median of the levels that are established.")
    if others:
        note += " " + ngettext("{number} other maker is not shown.", "{number} other makers are not shown.", others)
    shown = ranked[:MAX_MAKERS]
    rows = [
        {**row, "median": group.median, "mean": round(group.mean or 0, 2)}
        for row, group in zip(_as_rows(ranked, "maker"), ranked, strict=True)
    ]

    def beside(group: Group) -> str:
        return _("median {median}, mean {mean}").format(median=f"{group.median:g}", mean=f"{group.mean:.1f}")

    _show("makers", title, note, lambda width: draw.bars(shown, str, beside, width), rows, filters)
    linked = not _narrowed(filters)
    _numbers("makers", _("Maker"), shown, str, lambda name: {"organization": name} if linked else {})


def _countries(found: Landscape, filters: Filters) -> None:
    known = [group for group in found.countries if group.name]
    shown = [group for group in known if group.total >= MIN_COUNTRY]
    if not shown:
        return
    total = found.everything.total
    first = shown[0]
    title = _("{country}: {part} of {whole} models, {share} % of them at level 3 or more").format(
        part=first.total, whole=total, country=country_name(first.name), share=_percent(first.reaching(3), first.total)
    )
    if len(shown) > 1:
        second = shown[1]
        title += _(". {country}: {part} models, {share} %").format(
            part=second.total, country=country_name(second.name), share=_percent(second.reaching(3), second.total)
        )
    note = _("By the country or region of the maker, where at least {number} models are here.").format(
        number=MIN_COUNTRY
    )
    unknown = [group for group in found.countries if not group.name]
    shown += [replace(group, name="") for group in unknown]
    rows = _as_rows(found.countries, "country")

    def beside(group: Group) -> str:
        return _("{number}, {share} % at level 3 or more").format(
            number=group.total, share=_percent(group.reaching(3), group.total)
        )

    _show("countries", title, note, lambda width: draw.bars(shown, country_name, beside, width), rows, filters)
    linked = not _narrowed(filters)
    _numbers(
        "countries", _("Country or region of the maker"), shown, country_name,
        lambda name: {"country": name} if linked and name else {},
    )  # fmt: skip
