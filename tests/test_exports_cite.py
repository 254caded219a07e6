"""Citations: the version and the day stand in them, and nothing of a name is a command of TeX."""

from __future__ import annotations

from typing import Any

import pytest

from openness.exports.cite import bibtex, plain_citation, tex

GRADE: dict[str, Any] = {
    "id": "base", "name": "Base 7B", "level": 3, "at_most": 3, "as_of": "2026-01-02", "rubric": "1.0",
    "registry": "0123456789ab", "licenses": {"weights": {"verdict": "open_source"}},
}  # fmt: skip


def test_both_name_version_and_day() -> None:
    for text in (plain_citation(GRADE, "2026-02-03", "https://x.org/model?id=base"), bibtex(GRADE, "2026-02-03", None)):
        for part in ("Base 7B", "L3 of 5 · open source", "0123456789ab", "2026-01-02", "rubric 1.0", "2026-02-03"):
            assert part in text
    assert "https://x.org/model?id=base" in plain_citation(GRADE, "2026-02-03", "https://x.org/model?id=base")


def test_bibtex() -> None:
    text = bibtex(GRADE, "2026-02-03", "https://x.org/model?id=a_b&lang=zh")
    assert text.splitlines()[0] == "@misc{openness-base-2026-01-02,"
    assert r"\url{https://x.org/model?id=a_b&lang=zh}" in text
    assert text.endswith("\n}")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a_b & 50% #1 $x$", r"a\_b \& 50\% \#1 \$x\$"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("}, evil = {x", r"\}, evil = \{x"),
        ("a\nb\x00", "a b�"),
        ("~^", r"\textasciitilde{}\textasciicircum{}"),
    ],
)
def test_tex(text: str, wanted: str) -> None:
    assert tex(text) == wanted


def test_a_hostile_name_stays_inside_its_field() -> None:
    text = bibtex(GRADE | {"name": "x}}, note = {\\write18{rm}}, y={"}, "2026-02-03", "https://x.org/}\\x{")
    bare = text.replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")
    assert r"\write" not in text
    assert [line.split("=")[0].strip() for line in text.splitlines()[1:-1]] == [
        "title",
        "author",
        "year",
        "howpublished",
        "note",
    ]
