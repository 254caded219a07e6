"""Journeys through licenses, uses, pictures and the method in Chromium."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Page, expect

from browser import Site, open_page, settled, visit
from journeys import has_query, main, names, rows, saved, shared_tab, tab, table_of, total
from openness.ui.views.licenses.read import EXAMPLE

__all__ = ["shared_tab", "tab"]
RESTRICTION = "The Software shall not be used by anybody for commercial purposes."
MIT = EXAMPLE.partition("You may not use")[0]
LICENSES = "Licenses with verdict, restrictions and the number of models under them"


def read_text(page: Page) -> str:
    """What is shown as read, without what is said of it."""
    words: str = page.get_by_role("region", name="The text that was read").evaluate(
        """(box) => {
            const copy = box.cloneNode(true);
            for (const tag of copy.querySelectorAll('.tag')) { tag.nextSibling.remove(); tag.remove(); }
            return copy.textContent;
        }"""
    )
    return words


def test_from_a_list_of_licenses_to_a_model(tab: Page, site: Site) -> None:
    visit(tab, site.address("licenses"))
    everything = total(tab)
    tab.get_by_role("button", name="Not open source", exact=True).click()
    has_query(tab, verdict="restricted")
    assert 0 < total(tab) < everything
    expect(rows(tab, LICENSES).get_by_text("not open source", exact=True)).to_have_count(len(names(tab, LICENSES)))
    tab.get_by_role("searchbox", name="Name or id").press_sequentially("llama 2")
    has_query(tab, verdict="restricted", q="llama 2")
    main(tab).get_by_role("link", name="Llama 2 Community License Agreement", exact=True).click()
    has_query(tab, id="llama-2", verdict=None)
    expect(tab.get_by_role("heading", level=1)).to_have_text("Llama 2 Community License Agreement")
    expect(rows(tab, "What it restricts").first).to_be_visible()
    under = "Models whose weights are under this license"
    assert "Llama 2 7B" in names(tab, under)
    main(tab).get_by_role("link", name="Llama 2 7B", exact=True).click()
    has_query(tab, id="llama-2-7b")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Llama 2 7B")
    tab.go_back()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Llama 2 Community License Agreement")
    tab.go_back()
    has_query(tab, id=None, verdict="restricted", q="llama 2")


def test_from_the_matrix_to_a_license(tab: Page, site: Site) -> None:
    visit(tab, site.address("licenses"))
    tab.get_by_role("radio", name="Matrix").click()
    has_query(tab, view="matrix")
    table = "Licenses and the kinds of clauses that they have"
    row = rows(tab, table).filter(has=tab.get_by_role("link", name="Llama 2 Community License Agreement", exact=True))
    expect(row.get_by_role("img", name="limit on users or revenue: against criterion 5")).to_be_visible()
    row.get_by_role("link").click()
    has_query(tab, id="llama-2", view=None)
    expect(tab.get_by_role("heading", level=1)).to_have_text("Llama 2 Community License Agreement")
    tab.get_by_role("button", name="All licenses").click()
    has_query(tab, id=None)
    expect(tab.get_by_role("heading", level=1)).to_have_text("Licenses")


def test_a_text_is_read_as_pasted(tab: Page, site: Site) -> None:
    visit(tab, site.address("licenses", {"view": "read"}))
    field = tab.get_by_role("textbox", name="The text of a license")
    field.fill(MIT)
    tab.get_by_role("button", name="Read it").click()
    expect(tab.get_by_role("heading", level=2)).to_have_text("Exactly MIT")
    field.fill(f"{MIT}\n{RESTRICTION}\n")
    tab.get_by_role("button", name="Read it").click()
    expect(tab.get_by_role("heading", level=2)).to_have_text("MIT, changed")
    expect(main(tab).get_by_text("Not open source").first).to_be_visible()
    text = tab.get_by_role("region", name="The text that was read")
    expect(text.locator("mark.bad").first).to_contain_text("non-commercial use only")
    assert read_text(tab) == f"{MIT}\n{RESTRICTION}\n"
    assert tab.url == site.address("licenses", {"view": "read"})  # nothing of a text goes into the address


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("LICENSE", f"{MIT}\n{RESTRICTION}\n".encode(), "MIT, changed"),
        ("utf16.txt", f"{MIT}\n{RESTRICTION}\n".encode("utf-16"), "MIT, changed"),
        ("<img src=x onerror=alert(1)>.txt", b"<script>alert(1)</script> ![p](https://evil.example/p.png)", "No known"),
        ("model.bin", bytes(range(256)) * 40, None),
    ],
)
def test_a_text_is_read_from_a_file(tab: Page, site: Site, name: str, content: bytes, says: str | None) -> None:
    visit(tab, site.address("licenses", {"view": "read"}))
    file = {"name": name, "mimeType": "text/plain", "buffer": content}
    tab.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    if says is None:
        expect(tab.get_by_role("alert")).to_contain_text(name)  # a sentence, no exception
        return
    expect(tab.get_by_role("heading", level=2)).to_contain_text(says)
    assert read_text(tab) == content.decode("utf-16" if content[:1] > b"\x80" else "utf-8")
    assert main(tab).locator("script, img").count() == 0


def test_two_licenses_side_by_side(tab: Page, site: Site) -> None:
    visit(tab, site.address("licenses", {"view": "diff", "a": "llama-2"}))
    other = tab.get_by_role("combobox", name="The other")
    other.click()
    other.press_sequentially("llama-3.1")
    tab.get_by_role("option", name=re.compile("· llama-3.1$")).click()
    has_query(tab, view="diff", a="llama-2", b="llama-3.1")
    everything = rows(tab, "Restrictions").count()
    tab.get_by_role("radio", name="only what differs").click()
    has_query(tab, view="diff", a="llama-2", b="llama-3.1", differ="1")
    assert 0 < rows(tab, "Restrictions").count() < everything
    expect(rows(tab, "Restrictions").get_by_text("the same", exact=True)).to_have_count(0)


def test_may_i_serve_800_million_users(tab: Page, site: Site, chromium: Browser) -> None:
    visit(tab, site.address("may-i"))
    tab.get_by_role("textbox", name="Users a month").fill("800M")
    tab.get_by_role("textbox", name="Users a month").press("Enter")
    has_query(tab, users="800M")
    tab.get_by_role("searchbox", name="Search for a model or a license").press_sequentially("llama 2 7")
    has_query(tab, q="llama 2 7", users="800M")
    main(tab).get_by_role("link", name="Llama 2 7B", exact=True).click()
    has_query(tab, id="llama-2-7b", users="800M")
    tab.get_by_role("button", name="Use it commercially").click()
    has_query(tab, id="llama-2-7b", users="800M", use="commercial")
    answer = tab.get_by_role("heading", name=re.compile("Only with permission"), level=2)
    expect(answer).to_be_visible()
    expect(main(tab)).to_contain_text(
        "is greater than 700 million monthly active users in the preceding calendar month"
    )
    expect(main(tab)).to_contain_text("§2 · llama-2")
    link = main(tab).locator("code", has_text="may-i?").inner_text()

    friend, watch = open_page(chromium, site.url)
    visit(friend, link)
    expect(friend.get_by_role("heading", name=re.compile("Only with permission"), level=2)).to_be_visible()
    expect(friend.get_by_role("textbox", name="Users a month")).to_have_value("800M")
    assert main(friend).inner_text() == main(tab).inner_text()
    watch.check()
    friend.context.close()

    users = tab.get_by_role("textbox", name="Users a month")
    users.fill("8M")
    users.press("Enter")
    has_query(tab, id="llama-2-7b", users="8M", use="commercial")
    expect(answer).to_have_count(0)


def test_a_picture_is_taken_along_and_leads_on(tab: Page, site: Site, tmp_path: Path) -> None:
    visit(tab, site.address("landscape"))
    picture = main(tab).locator("figure").first
    svg = saved(tab, picture.get_by_role("button", name="Download the picture as SVG"), tmp_path)
    drawn = ElementTree.parse(svg).getroot()
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert "Source: openness registry" in "".join(drawn.itertext())
    png = saved(tab, picture.get_by_role("button", name="Download the picture as PNG"), tmp_path)
    assert png.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    numbers = table_of(saved(tab, picture.get_by_role("button", name="Download the numbers as CSV"), tmp_path))
    counted = sum(int(row["total"]) for row in numbers)
    assert counted > 100

    tab.get_by_role("button", name="Image", exact=True).or_(tab.get_by_role("button", name="image", exact=True)).click()
    has_query(tab, modality="image")
    fewer = table_of(saved(tab, picture.get_by_role("button", name="Download the numbers as CSV"), tmp_path))
    assert sum(int(row["total"]) for row in fewer) < counted
    tab.get_by_role("button", name="Image", exact=True).or_(tab.get_by_role("button", name="image", exact=True)).click()
    has_query(tab, modality=None)

    main(tab).get_by_text("The numbers", exact=True).nth(2).click()
    table = main(tab).get_by_role("table", name="Level and license")
    link = table.locator("tbody tr", has_text="L4").get_by_role("link").first
    number = int(link.inner_text())
    link.click()
    has_query(tab, level="4", license="open_source")
    assert total(tab) == number


def test_a_rule_has_an_address(tab: Page, site: Site) -> None:
    visit(tab, site.address("method", {"rule": "weights-release"}))
    expect(tab.get_by_role("alert")).to_contain_text("There is no rule weights-release.")
    tab.get_by_role("button", name="Did you mean weights-released?").click()
    has_query(tab, rule="weights-released")
    asked = main(tab).locator(".st-key-asked-rule")
    expect(asked).to_contain_text("weights-released")
    tab.get_by_role("button", name="Link to this rule").nth(2).click()
    expect(asked).not_to_contain_text("weights-released")
    tab.wait_for_function("() => !location.search.includes('weights-released')")
    settled(tab)
    shown, shared = asked.inner_text(), tab.url
    visit(tab, shared)
    assert asked.inner_text() == shown


def test_nothing_but_the_hub_is_read(tab: Page, site: Site) -> None:
    visit(tab, site.address("grade"))
    for text, says in (  # no sentence twice in a row
        ("./x", "Files and folders of this server are not read."),
        ("https://evil.example/org/name", "No other host than the Hub is asked."),
        ("file:///etc/passwd", "Files and folders of this server are not read."),
        ("http://127.0.0.1:9/org/name", "No other host than the Hub is asked."),
        ("<img src=x onerror=alert(1)>", "That is not the name of a repository on the Hub"),
    ):
        tab.get_by_role("textbox", name="Hub id or address").fill(text)
        tab.get_by_role("button", name="Grade", exact=True).click()
        expect(tab.get_by_role("alert")).to_contain_text(says)
        settled(tab)
        expect(main(tab).get_by_text("Why this level")).to_have_count(0)
