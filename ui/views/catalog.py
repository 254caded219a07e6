"""All models: search, filter, sort; a page of rows at a time from the index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from openness import catalog
from openness.exports.spreadsheet import as_csv
from openness.registry.query import Filters, Order
from openness.schemas.record import Artifact
from openness.schemas.uses import Use
from openness.ui import address, paging, table
from openness.ui.address import One, key_of
from openness.ui.language import _, ngettext
from openness.ui.words import (
    TONES,
    artifact_name,
    artifact_short,
    country_name,
    level_name,
    license_name,
    modality_name,
    size_name,
    status_name,
    verdict_name,
)

ROWS = 25
ORDERS: tuple[Order, ...] = ("name", "level", "verdict", "parameters", "released")
FIRST_DOWN = ("level", "parameters", "released")  # the most of it first
LEVELS = ("5", "4", "3", "2", "1", "0", "unknown")
VERDICTS = ("open_source", "open_not_osi", "restricted", "needs_human", "unknown")
USERS = {"1m": 1_000_000, "100m": 100_000_000, "1b": 1_000_000_000}
SIZES: dict[str, tuple[float | None, float | None]] = {
    "1b": (None, 1e9), "10b": (1e9, 10e9), "100b": (10e9, 100e9), "more": (100e9, None),
}  # fmt: skip
USES = ("commercial", "redistribute", "modify", "train", "eu")
FIRST_YEAR = 2018


@dataclass(frozen=True)
class Choices:
    """What a visitor chose: codes as they stand in the address."""

    words: str = ""
    level: Sequence[str] = ()
    license: Sequence[str] = ()
    released: Sequence[str] = ()
    may: Sequence[str] = ()
    users: str = ""
    organization: Sequence[str] = ()
    country: Sequence[str] = ()
    modality: Sequence[str] = ()
    size: str = ""
    after: str = ""
    before: str = ""

    def filters(self) -> Filters:
        """The same as a question to the index."""
        low, high = SIZES.get(self.size, (None, None))
        return Filters(
            words=self.words.split()[:20],
            levels=[code if code == "unknown" else int(code) for code in self.level],
            verdicts=self.license,
            released=[Artifact(code) for code in self.released],
            organizations=self.organization,
            countries=self.country,
            modalities=self.modality,
            min_parameters=low,
            max_parameters=high,
            after=self.after or None,
            before=self.before or None,
        )

    def use(self) -> Use:
        """What the terms of the weights must allow."""
        return Use(
            commercial="commercial" in self.may,
            redistribute="redistribute" in self.may,
            modify="modify" in self.may,
            train_models="train" in self.may,
            region="EU" if "eu" in self.may else None,
            users=USERS.get(self.users),
        )


def page() -> None:
    """Draw the catalog."""
    st.title(_("How open is it?"))
    st.markdown(
        _(
            "What each model released, graded on five levels, and what its license allows: "
            "with the evidence for every word."
        )
    )
    offered = catalog.choices()
    options = {
        "q": None, "sort": One(ORDERS), "down": One("01"), "page": None, "level": LEVELS, "license": VERDICTS,
        "released": tuple(Artifact), "may": USES, "users": One(USERS), "organization": offered["organization"],
        "country": offered["country"], "modality": offered["modality"], "size": One(SIZES),
        "after": One(years()), "before": One(years()),
    }  # fmt: skip
    address.read(options)
    words = st.text_input(
        _("Search"),
        key=key_of("q"),
        type="search",
        live="200ms",
        placeholder=_("name, organization, license, Hub id …"),
        label_visibility="collapsed",
        max_chars=200,
        on_change=paging.restart,
    )
    with st.sidebar:
        chosen = _filters(words or "", offered)
    order, descending = _order()
    number = paging.asked()
    filters, use = chosen.filters(), chosen.use()
    rows, total = catalog.page(filters, use, order=order, descending=descending, offset=(number - 1) * ROWS, limit=ROWS)
    if not rows and total:  # the filters left fewer pages
        number = 1
        rows, _total = catalog.page(filters, use, order=order, descending=descending, limit=ROWS)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{ngettext('{number} model', '{number} models', total)}**", width="content")
        _legend()
    pressed = _table(rows, order, descending) if rows else None
    if not rows:
        st.info(_("No model in the registry meets all of this. Take a filter away."), icon=":material/filter_alt_off:")
    paging.choose(total, ROWS, number)
    if total:
        _download(filters, use, order, descending)
    if pressed:
        down = not descending if pressed == order else pressed in FIRST_DOWN
        st.session_state[key_of("sort")], st.session_state[key_of("down")] = pressed, str(int(down))
        paging.restart()
        _remember(chosen, 1)
        st.rerun()
    _remember(chosen, number)


def _order() -> tuple[Order, bool]:
    order: Order = st.session_state.get(key_of("sort")) or "name"
    down = st.session_state.get(key_of("down"))
    return order, down == "1" if down else order in FIRST_DOWN


def _remember(chosen: Choices, number: int) -> None:
    order, descending = _order()
    default = order == "name" and not descending
    address.write(
        {
            "q": [chosen.words], "level": chosen.level, "license": chosen.license, "released": chosen.released,
            "may": chosen.may, "users": [chosen.users], "organization": chosen.organization,
            "country": chosen.country, "modality": chosen.modality, "size": [chosen.size],
            "after": [chosen.after], "before": [chosen.before],
            "sort": [] if default else [order], "down": [] if default else [str(int(descending))],
            "page": [str(number)] if number > 1 else [],
        }
    )  # fmt: skip


def years() -> list[str]:
    """The years that a release date can be narrowed to, the newest first."""
    from datetime import UTC, datetime

    return [str(year) for year in range(datetime.now(UTC).year, FIRST_YEAR - 1, -1)]


def _filters(words: str, offered: dict[str, list[str]]) -> Choices:
    st.subheader(_("Filter"), anchor=False)
    several, one = _several, _one
    return Choices(
        words=words,
        level=several("level", _("Level"), LEVELS, _level_choice, _("The five levels are explained under Method.")),
        license=several("license", _("License of the weights"), VERDICTS, _verdict_choice),
        released=several("released", _("What is released"), tuple(Artifact), _capital(artifact_name)),
        may=several("may", _("May I …"), USES, _use_choice, _("Only models whose terms say yes.")),
        users=one("users", _("… with this many monthly users"), tuple(USERS), _users_choice),
        organization=_search("organization", _("Organization"), offered["organization"], str),
        country=_search("country", _("Country or region of the maker"), offered["country"], country_name),
        modality=several("modality", _("Modality"), offered["modality"], modality_name),
        size=one("size", _("Parameters"), tuple(SIZES), _size_choice),
        after=one("after", _("Released from"), years(), str),
        before=one("before", _("Released until"), years(), str),
    )


def _several(
    name: str, label: str, codes: Sequence[str], words: Callable[[str], str], help_: str | None = None
) -> list[str]:
    return (
        st.pills(
            label, codes, selection_mode="multi", format_func=words, key=key_of(name), help=help_,
            on_change=paging.restart,
        )
        or []
    )  # fmt: skip


def _search(name: str, label: str, codes: Sequence[str], words: Callable[[str], str]) -> list[str]:
    return st.multiselect(
        label, codes, format_func=words, key=key_of(name), placeholder=_("any"), select_all=False,
        on_change=paging.restart,
    )  # fmt: skip


def _one(name: str, label: str, codes: Sequence[str], words: Callable[[str], str]) -> str:
    """One choice or none."""
    return st.pills(label, codes, format_func=words, key=key_of(name), on_change=paging.restart) or ""


def _capital(words: Callable[[str], str]) -> Callable[[str], str]:
    return lambda code: words(code)[:1].upper() + words(code)[1:]


def _level_choice(code: str) -> str:
    return _("unknown") if code == "unknown" else f"L{code}"


def _verdict_choice(code: str) -> str:
    return _capital(verdict_name)(code)


def _use_choice(code: str) -> str:
    return {
        "commercial": _("use it commercially"),
        "redistribute": _("pass it on"),
        "modify": _("change it"),
        "train": _("train other models with it"),
        "eu": _("use it in the EU"),
    }[code]


def _users_choice(code: str) -> str:
    return {"1m": _("1 million"), "100m": _("100 million"), "1b": _("1 billion")}[code]


def _size_choice(code: str) -> str:
    return {"1b": "< 1B", "10b": "1–10B", "100b": "10–100B", "more": "> 100B"}[code]


def _legend() -> None:
    with st.popover(_("What the signs mean"), type="tertiary", icon=":material/help:", width="content"):
        table.show(
            _("What the signs mean"),
            [{"label": _("Sign"), "narrow": True}, {"label": _("Meaning")}],
            [
                [table.glyph(status, status_name(status)), table.text(status_name(status))]
                for status in ("open", "gated", "restricted", "partial", "closed", "unknown", "not_applicable")
            ],
            key="legend",
            first_is_heading=False,
        )
        for level in range(6):
            st.markdown(f"**L{level}** {level_name(level)}")


def _table(rows: list[dict[str, Any]], order: Order, descending: bool) -> str | None:
    columns: list[dict[str, Any]] = [
        {"label": _("Model"), "sort": "name"},
        {"label": _("Level"), "sort": "level"},
        *({"label": artifact_short(artifact), "narrow": True} for artifact in Artifact),
        {"label": _("License"), "sort": "verdict"},
        {"label": _("Size"), "sort": "parameters", "tight": True},
        {"label": _("Date"), "sort": "released", "tight": True},
    ]
    return table.show(_("Models"), columns, [_row(row) for row in rows], key="models", sort=(order, descending))


def _row(row: dict[str, Any]) -> list[table.Cell]:
    return [
        table.link(row["name"], "model", {"id": row["id"]}, row["organization"] or ""),
        table.level(row["level"], row["at_most"]),
        *(
            table.glyph(row[artifact], f"{artifact_name(artifact)}: {status_name(row[artifact])}")
            for artifact in Artifact
        ),
        table.text(verdict_name(row["verdict"]), license_name(row["license"]), tone=TONES.get(row["verdict"], "plain")),
        table.text(size_name(row["parameters"])),
        table.text(row["released"]),
    ]


def _download(filters: Filters, use: Use, order: Order, descending: bool) -> None:
    def rows() -> str:
        found, _total = catalog.page(filters, use, order=order, descending=descending, limit=None)
        return as_csv(found)

    st.download_button(
        _("Download this list (CSV)"), rows, "openness.csv", "text/csv", on_click="ignore", type="tertiary",
        icon=":material/download:",
    )  # fmt: skip
