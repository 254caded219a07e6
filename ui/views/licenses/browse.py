"""The licenses as a list: search, narrow, sort."""

from __future__ import annotations

from typing import Any

import streamlit as st

from openness import license_catalog
from openness.license_catalog import Order
from openness.ui import address, paging, table
from openness.ui.address import key_of
from openness.ui.clauses import license_short
from openness.ui.language import _, ngettext
from openness.ui.views.licenses import filters
from openness.ui.words import TONES, clause_name, is_restriction, verdict_name

ROWS = 25
ORDERS: tuple[Order, ...] = ("models", "name", "verdict")


def draw() -> dict[str, list[str]]:
    """Draw the list; returns what the address is to hold."""
    filters.read(sort=address.One(ORDERS), down=address.One(("0", "1")))
    chosen, _row = filters.draw()
    order, descending = _order()
    rows = license_catalog.licenses(chosen.filters(), order, descending=descending)
    number = paging.number(len(rows), ROWS)
    shown = rows[(number - 1) * ROWS : number * ROWS]
    st.markdown(f"**{ngettext('{number} license', '{number} licenses', len(rows))}**")
    if not shown:
        st.info(_("No license meets all of this. Take a filter away."), icon=":material/filter_alt_off:")
    pressed = _table(shown, order, descending) if shown else None
    paging.choose(len(rows), ROWS, number)
    if pressed:
        down = not descending if pressed == order else pressed == "models"
        st.session_state[key_of("sort")], st.session_state[key_of("down")] = pressed, str(int(down))
        order, descending, number = _order()[0], down, 1
    default = order == "models" and descending
    wanted: dict[str, list[str]] = {
        **chosen.address(),
        "sort": [] if default else [str(order)],
        "down": [] if default else [str(int(descending))],
        "page": [str(number)] if number > 1 else [],
    }
    if pressed:
        st.session_state[key_of("page")] = ""
        address.write(wanted)
        st.rerun()
    return wanted


def _order() -> tuple[Order, bool]:
    order: Order = st.session_state.get(key_of("sort")) or "models"
    down = st.session_state.get(key_of("down"))
    return order, down == "1" if down else order == "models"


def _table(rows: list[dict[str, Any]], order: str, descending: bool) -> str | None:
    columns = [
        {"label": _("License"), "sort": "name"},
        {"label": _("Verdict"), "sort": "verdict"},
        {"label": _("What it restricts")},
        {"label": _("Against criteria")},
        {"label": _("Models"), "sort": "models"},
    ]
    return table.show(
        _("Licenses with verdict, restrictions and the number of models under them"),
        columns,
        [
            [
                table.link(row["name"], "licenses", {"id": license_short(row["id"])}, license_short(row["id"])),
                table.text(verdict_name(row["verdict"]), tone=TONES.get(row["verdict"], "plain")),
                table.text(_(", ").join(clause_name(kind) for kind in row["clauses"] if is_restriction(kind)) or "–"),
                table.text(_(", ").join(map(str, row["osd"])) or "–"),
                table.text(f"{row['models']:,}" if row["models"] else "–"),
            ]
            for row in rows
        ],
        key="licenses",
        sort=(order, descending),
    )
