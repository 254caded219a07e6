"""A license text, pasted or uploaded: which license it is, what was changed, what it demands."""

from __future__ import annotations

import streamlit as st

from openness import license_catalog, licenses
from openness.license_catalog import Mark
from openness.schemas.errors import OpennessError
from openness.schemas.reading import AddedText, LicenseMatch, LicenseText
from openness.ui import clauses, passages, table
from openness.ui.clauses import capital, license_short
from openness.ui.language import _, ngettext
from openness.ui.verdicts import badge
from openness.ui.words import clause_name, plain, translated

MAX_BYTES = 1_000_000
EXAMPLE = """MIT License

Copyright (c) 2026 Example Labs

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated \
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the \
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to \
permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the \
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE \
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR \
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR \
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

You may not use the Software or its outputs to train other models. Above 1,000,000 monthly active users a license must \
be requested from Example Labs.
"""
_TEXT = "license_text"


def draw() -> dict[str, list[str]]:
    """Draw the form and what was found; nothing of it stands in the address."""
    st.markdown(_("Paste a text or give a file. It is read on this server and not kept."))
    left, right = st.columns([2, 1])
    with right:
        file = st.file_uploader(
            _("A file: LICENSE, .txt or .md, up to 1 MB"), key="license_file", max_upload_size=1
        )  # fmt: skip
        st.button(_("Try an example: MIT with two sentences added"), on_click=_example, type="tertiary")
    with left:
        pasted = st.text_area(
            _("The text of a license"),
            key=_TEXT,
            height=260,
            max_chars=MAX_BYTES,
            disabled=file is not None,
            placeholder=_("Paste it here, then press Ctrl+Enter"),
        )
        st.button(_("Read it"), type="primary", disabled=file is not None)
    try:
        if file is not None:
            text = decode(file.getvalue(), file.name)
        elif (pasted or "").strip():
            text = decode((pasted or "").encode(errors="replace"), _("the text"))
        else:
            return {}
        found = licenses.read_license(text)
    except OpennessError as error:
        st.error(plain(error.message), icon=":material/error:")
        if error.hint:
            st.caption(plain(error.hint))
        return {}
    _result(text, found)
    return {}


def _example() -> None:
    st.session_state[_TEXT] = EXAMPLE


def decode(data: bytes, name: str) -> str:
    """The text in what a visitor gave.

    Raises:
        OpennessError: too long, empty, or no text.
    """
    if len(data) > MAX_BYTES:
        raise OpennessError(
            "too_large", _("{name} is longer than 1 MB").format(name=name), _("no license is that long")
        )
    return licenses.decode(data, name)


def _result(text: str, found: LicenseText) -> None:
    st.header(_what(found), anchor=False)
    badge(found.verdict)
    st.markdown(plain(capital(translated(found.reason))))
    if found.matches:
        _matches(found.matches)
    else:
        st.markdown(_("It was read sentence by sentence, by rules; what no rule understands needs a human reader."))
    if found.clauses:
        st.subheader(ngettext("{number} clause", "{number} clauses", len(found.clauses)), anchor=False)
        rows = [clause.model_dump(mode="json") for clause in found.clauses]
        clauses.show(rows, _("Clauses found in the text"), key="found", licenses=True)
    if found.additional_text:
        _added(found)
    st.subheader(_("The text, with what was found in it"), anchor=False)
    st.caption(_("Underlined: a clause. Dashed: words that are not the license's own. Each begins with what it is."))
    passages.show(_("The text that was read"), stretches(text, found), key="text")


def _what(found: LicenseText) -> str:
    if not found.matches:
        return _("No known license")
    parts = []
    for match in found.matches[:3]:
        name = plain(license_short(match.id))
        if match.exact:
            parts.append(_("exactly {license}").format(license=name))
        elif match.cut_off:
            parts.append(_("{license}, breaking off").format(license=name))
        else:
            parts.append(_("{license}, changed").format(license=name))
    more = len(found.matches) - len(parts)
    return capital(_("; ").join([*parts, *([f"+{more}"] if more else [])]))


def _matches(matches: list[LicenseMatch]) -> None:
    def state(match: LicenseMatch) -> str:
        if match.exact:
            return _("exactly this text")
        return _("breaks off before its end") if match.cut_off else _("words were added, changed or left out")

    def same(match: LicenseMatch) -> str:
        return _("same text: {names}").format(names=_(", ").join(map(license_short, match.also))) if match.also else ""

    def missing(match: LicenseMatch) -> str:
        number = match.missing_text
        return ngettext("{number} word missing", "{number} words missing", number) if number else ""

    def row(match: LicenseMatch) -> list[table.Cell]:
        short = license_short(match.id)
        return [
            table.link(short, "licenses", {"id": short}, same(match)),
            table.text(state(match)),
            table.text(f"{match.coverage:.0%}", missing(match)),
        ]

    columns = [{"label": _("License")}, {"label": _("The text is")}, {"label": _("Of its words present")}]
    table.show(_("Licenses in the text"), columns, [row(match) for match in matches], key="matches")


def _effect(effect: str, *, beside: bool) -> str:
    if effect == "needs_human":
        return _("added: needs a human reader") if beside else _("needs a human reader")
    return {"none": _("added: changes nothing"), "clause": _("added")}.get(effect, effect)


def _added(found: LicenseText) -> None:
    beside = bool(found.matches)
    title = _("Added or changed") if beside else _("What no rule understands")
    st.subheader(title, anchor=False)

    def row(added: AddedText) -> list[table.Cell]:
        tone = {"none": "good", "clause": "bad"}.get(added.effect, "plain")
        return [table.text(added.text), table.text(_effect(added.effect, beside=beside), tone=tone)]

    table.show(
        title,
        [{"label": _("Words")}, {"label": _("What they do")}],
        [row(added) for added in sorted(found.additional_text, key=lambda added: added.effect == "none")],
        key="added",
        first_is_heading=False,
    )


def stretches(text: str, found: LicenseText) -> list[passages.Stretch]:
    """The text in pieces, with what each is in words."""
    beside = bool(found.matches)
    return [
        passages.stretch(piece.text, _tone(piece.marks or piece.begins), [_tag(mark, beside) for mark in piece.begins])
        for piece in license_catalog.passages(text, found)
    ]


def _tone(marks: tuple[Mark, ...]) -> str:
    if any(mark.osd and mark.certain for mark in marks):
        return "bad"
    if any(mark.effect in ("needs_human", "clause") or not mark.certain for mark in marks):
        return "added"
    if any(mark.kind for mark in marks):
        return "plain"
    return "fair" if marks else ""


def _tag(mark: Mark, beside: bool) -> str:
    if not mark.kind:
        return _effect(mark.effect, beside=beside)
    words = clause_name(mark.kind)
    if not mark.certain:
        return _("perhaps {clause}").format(clause=words)
    if mark.osd:
        words += " · " + _("criterion {numbers}").format(numbers=_(", ").join(map(str, mark.osd)))
    return f"{words} · " + _("left out: “{words}”").format(words=mark.missing) if mark.missing else words
