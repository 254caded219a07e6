"""The words of the pages: every kind of clause and criterion has a name; text from outside stays text."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from openness.exports.text import CONTROL
from openness.schemas.license import RESTRICTIONS, ClauseKind
from openness.ui.words import clause_name, criterion_name, is_restriction, is_web, plain, size_name, source_link

JOINER = "\u2060"
GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# What Streamlit 1.67 does to text after the markdown was read, as its browser half has it.
AFTERWARDS = [
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        r":[\w+-]+:",  # emoji
        r":material[_/]\w+:",
        r":streamlit:",
        r"(https?://|www(?=\.))[-.\w]+",
        r"[-.\w+]+@[-\w]+\.[-\w]+",
        r"(^|\s)(<->|->|<-|--|>=|<=|~=)(\s|$)",  # arrows and signs
    )
]
PIECES = """
\\ ` `` ``` * ** _ __ { } [ ] ( ) < > # ## + - -- --- = == ! | || ~ ~~ & &amp; &#35; &copy; $ $$ ^ : :: ::: " ' @ % / .
:smile: :+1: :material/home: :red[ :red-background[ :color[ :help[ :small[ :streamlit: {foreground="red"} :- -: |-| 。
http:// https://e.org https:// www. www.e.org a@b.org mailto: javascript: <script> </b> <!-- --> <? ]]> <a@b.org> é
![ ](x) ](<x>) [^1] [^1]: [x]: 1. 2) - * + > [ ] [x] -> <- <-> >= <= ~= 百川 \u0301 \u202e \u2028 \ufeff
"""
WHITE = ["    ", "\n\n", *" \t\n\r\0\u3000\u00a0a1"]
MARKUP = st.lists(st.sampled_from([*PIECES.split(), *WHITE])).map("".join)


def test_every_kind_of_clause_has_a_name_of_its_own() -> None:
    names = {kind: clause_name(kind) for kind in ClauseKind}
    assert len(set(names.values())) == len(ClauseKind)
    assert [kind for kind, name in names.items() if name == kind.replace("_", " ")] == []
    assert clause_name("a_new_kind") == "a new kind"


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (1, "1: free redistribution"),
        (5, "5: no discrimination against persons or groups"),
        (6, "6: no discrimination against fields of endeavor"),
        (10, "10: license is technology-neutral"),
    ],
)
def test_criteria_are_named_as_the_definition_has_them(number: int, name: str) -> None:
    assert criterion_name(number) == name
    assert len({criterion_name(item) for item in range(1, 11)}) == 10


def test_restrictions_come_first_and_duties_are_none() -> None:
    assert tuple(ClauseKind)[: len(RESTRICTIONS)] == RESTRICTIONS
    assert (RESTRICTIONS[0], RESTRICTIONS[-1], len(RESTRICTIONS)) == ("user_threshold", "grant_negated", 21)
    assert is_restriction("no_sell")
    assert not any(map(is_restriction, ("attribution_notice", "jurisdiction", "no such kind")))


def tokens(markdown: str) -> list[Token]:
    return GFM.parse(markdown)


def wanted(text: str) -> str:
    """What of a text is to be seen: one line, a sign for each control character, runs of spaces as browsers do."""
    return re.sub(r"[ \t\n]+", " ", CONTROL.sub("\ufffd", text)).replace(JOINER, "").strip()


@given(st.text() | MARKUP)
@example("    code")
@example("\tcode")
@example("mail a@b.org or see https://e.org/x or www.e.org")
@example(":smile: :material/home: :streamlit: :red[x] $x$")
@example("a -> b >= c -- d <-> e")
@example("1. [x] # > | a | b |")
def test_plain_text_is_read_as_itself(text: str) -> None:
    found = tokens(plain(text))
    if not wanted(text):
        assert "".join(token.content for token in found).replace(JOINER, "").strip() == ""
        return
    assert [token.type for token in found] == ["paragraph_open", "inline", "paragraph_close"]
    children = found[1].children or []
    assert {child.type for child in children} == {"text"}
    seen = "".join(child.content for child in children)
    assert seen.replace(JOINER, "").strip() == wanted(text)
    assert [pattern.pattern for pattern in AFTERWARDS if pattern.search(seen)] == []
    # Colors, badges and formulas are Streamlit's own markup, which this renderer does not know.
    assert not re.search(r"[:$\[\]{}]", re.sub(r"\\.", "", plain(text)))
    assert ":material/" not in plain(text)


@given(st.text() | MARKUP)
def test_plain_text_is_itself_inside_of_markup_of_ours(text: str) -> None:
    if not wanted(text):
        return
    for before, after in (("> ", ""), ("- **", "**"), ("# ", ""), ("[", "](<https://e.org>)"), ("x ", " · y")):
        inline = [token for token in tokens(f"{before}{plain(text)}{after}") if token.type == "inline"]
        assert len(inline) == 1
        children = inline[0].children or []
        assert {child.type for child in children} <= {"text", "strong_open", "strong_close", "link_open", "link_close"}
        seen = "".join(child.content for child in children).replace(JOINER, "")
        assert wanted(text) in seen


@pytest.mark.parametrize(
    "text", ["a->b", "e.g. this", "12:30", "a: b: c", "x@y", "L1–3", "5 >= 4"[0:1], "Llama 2 (7B), v1.5 & more"]
)
def test_nothing_is_added_that_is_not_needed(text: str) -> None:
    assert JOINER not in plain(text)


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("http://example.org/a(b)[c]?q=*x*&copy;=1&lt;", "http://example.org/a(b)%5Bc%5D?q=*x*&copy;=1&lt;"),
        ("https://example.org/a_b_`c`$d$:smile:", "https://example.org/a_b_%60c%60$d$:smile:"),
        ("https://例子.测试/路?q=百", "https://xn--fsqu00a.xn--0zwm56d/%E8%B7%AF?q=%E7%99%BE"),
    ],
)
def test_a_source_becomes_a_link(url: str, href: str) -> None:
    assert is_web(url)
    inline = tokens(source_link(url, "[evil](javascript:alert(1))"))[1].children or []
    assert [child.type for child in inline] == ["link_open", "text", "link_close"]
    assert inline[0].attrs["href"] == href
    assert inline[1].content == "[evil](javascript:alert(1))"


@pytest.mark.parametrize(
    "url",
    [
        None, "", "javascript:alert(1)", "data:text/html,x", "//example.org", "https://", "ftp://example.org",
        "https://e.org/a b", "https://e.org/<b>", "https://e.org/>x", "https://e.org/\\", "https://e.org/\n[x](y)",
        " https://e.org", "https://e.org/\0", "https://e.org/" + "x" * 3000, "HTTPS ://e.org",
    ],
)  # fmt: skip
def test_what_is_no_address_becomes_no_link(url: str | None) -> None:
    assert not is_web(url)
    assert source_link(url, "a *label*") == plain("a *label*")


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        (None, ""), (0, ""), (1, "1"), (999, "999"), (1000, "1K"), (999_499, "999K"), (999_500, "1M"),
        (350_000_000, "350M"), (999_499_999, "999M"), (999_999_999, "1B"), (1_300_000_000, "1.3B"),
        (6_738_415_616, "6.74B"), (70_000_000_000, "70B"), (999_900_000_000, "1T"), (1_026_000_000_000, "1.03T"),
        (999_900_000_000_000, "1,000T"), (10**15, "1,000T"), (10**18, "1,000,000T"),
    ],
)  # fmt: skip
def test_sizes(parameters: int | None, name: str) -> None:
    assert size_name(parameters) == name


@given(st.integers(1, 10**400))
def test_a_size_is_always_a_short_number(parameters: int) -> None:
    assert re.fullmatch(r"[\d,.]+[KMBT]?", size_name(parameters))
