"""Where a fact can be checked, as a list of links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st

from openness.ui.language import _, ngettext
from openness.ui.words import plain, source_link

Json = dict[str, Any]
_MAX_LABEL = 80


def lines(items: Iterable[Json]) -> list[str]:
    """Each piece of evidence once, as a line of markdown."""
    return list(dict.fromkeys(_line(item) for item in items))


def show(groups: Sequence[tuple[str, Sequence[Json]]], label: str) -> None:
    """Draw evidence behind a heading that opens it.

    Args:
        groups: a heading, as words of ours, and the evidence for it.
        label: what it is the evidence for.
    """
    shown = [(heading, lines(items)) for heading, items in groups if items]
    total = sum(len(found) for _heading, found in shown)
    if not total:
        return
    with st.expander(f"{label}: {ngettext('{number} source', '{number} sources', total)}"):
        for heading, found in shown:
            head = f"**{heading}**\n\n" if heading else ""
            st.markdown(head + "\n".join(f"- {line}" for line in found))


def _line(item: Json) -> str:
    url = item.get("url")
    where = source_link(url, _short(url)) if url else plain(item.get("citation", ""))
    parts = [where, plain(item.get("where", ""))]
    if item.get("read"):
        read = _("stored copy read {day}") if item.get("stored") else _("read {day}")
        parts.append(read.format(day=plain(item["read"])))
    else:
        parts.append(_("quoted by others, not read"))
    if item.get("copy_of"):
        parts.append(_("mirror of {original}").format(original=source_link(item["copy_of"], _short(item["copy_of"]))))
    if item.get("by") == "automatic":
        parts.append(_("found automatically"))
    if item.get("reviewed"):
        day = plain(item["reviewed"]["date"])
        parts.append(_("read again by {name} {day}").format(name=plain(item["reviewed"]["by"]), day=day))
    text = " · ".join(part for part in parts if part)
    if item.get("quote"):
        text += f" — “{plain(item['quote'])}”"
    return f"{text} — {plain(item['note'])}" if item.get("note") else text


def _short(url: str) -> str:
    """An address as a label: without its scheme, a long one without its middle."""
    text = url.partition("://")[2] or url
    return text if len(text) <= _MAX_LABEL else f"{text[:48]} … {text[-28:]}"
