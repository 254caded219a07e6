"""Journeys through the catalog and the models in Chromium: what a visitor does, sees, and has in the address."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Page, expect

from browser import Site, follow, open_page, visit
from journeys import has_query, main, menu_of, names, rows, saved, shared_tab, tab, table_of, total
from openness.api import Options, grade_json

__all__ = ["shared_tab", "tab"]
FOCUSED = """() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return [at.localName, at.textContent];
}"""


def pressed(page: Page) -> list[str]:
    return page.locator("[data-testid=stSidebar] button[aria-pressed=true]").all_inner_texts()


# ------------------------------------------------------------------ the catalog


def test_the_catalog_is_searched_as_one_types(tab: Page, site: Site) -> None:
    visit(tab, site.address())
    everything = total(tab)
    search = tab.get_by_role("searchbox", name="Search")
    search.press_sequentially("pythia")  # and no Enter
    has_query(tab, q="pythia")
    assert 0 < total(tab) < everything
    assert all("pythia" in name.lower() for name in names(tab))
    search.press_sequentially(" xyzzy")
    expect(main(tab)).to_contain_text("No model in the registry meets all of this. Take a filter away.")
    expect(rows(tab)).to_have_count(0)
    search.fill("")
    has_query(tab, q=None)
    assert total(tab) == everything


def test_a_view_is_shared_by_its_address_and_kept_by_back(tab: Page, site: Site, chromium: Browser) -> None:
    visit(tab, site.address())
    for name in ("L4", "Open source", "use it commercially"):
        tab.get_by_role("button", name=name, exact=True).click()
    country = tab.get_by_role("combobox", name="Country or region of the maker")
    country.click()
    country.press_sequentially("United St")
    tab.get_by_role("option", name="United States", exact=True).click()
    country.press("Escape")  # as long as its list is open, the page behind it is out of reach
    chosen = {"level": "4", "license": "open_source", "may": "commercial", "country": "US"}
    has_query(tab, **chosen)
    found = names(tab)
    assert "OLMo 2 13B" in found
    expect(rows(tab).get_by_role("img", name=re.compile("^level 4 of 5"))).to_have_count(len(found))
    expect(rows(tab).get_by_text("open source", exact=True)).to_have_count(len(found))
    assert total(tab) == len(found)
    shared = tab.url

    friend, watch = open_page(chromium, site.url)
    visit(friend, shared)
    expect(rows(friend)).to_have_count(len(found))
    assert names(friend) == found
    assert pressed(friend) == pressed(tab) == ["L4", "Open source", "use it commercially"]
    expect(friend.get_by_role("group", name="Selected values")).to_have_text("United States")
    watch.check()
    friend.context.close()

    main(tab).get_by_role("link", name="OLMo 2 13B", exact=True).click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("OLMo 2 13B")
    has_query(tab, id="olmo-2-13b", level=None)
    tab.go_back()
    has_query(tab, id=None, **chosen)
    expect(rows(tab)).to_have_count(len(found))
    assert (names(tab), pressed(tab), tab.url) == (found, ["L4", "Open source", "use it commercially"], shared)


def test_the_catalog_is_sorted_by_its_headings_and_turned(tab: Page, site: Site) -> None:
    visit(tab, site.address())
    expect(rows(tab)).to_have_count(25)
    first = names(tab)
    assert first == sorted(first, key=str.casefold)
    heading = main(tab).get_by_role("columnheader", name="Level")
    expect(main(tab).get_by_role("columnheader", name="Model")).to_have_attribute("aria-sort", "ascending")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    has_query(tab, sort="level", down="1")
    expect(rows(tab).first.get_by_role("img", name="level 5 of 5")).to_be_visible()
    top = names(tab)
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    has_query(tab, sort="level", down="0")
    expect(rows(tab).first.get_by_role("img", name=re.compile("^level unknown|level 0"))).to_be_visible()
    tab.get_by_role("button", name="Next page").click()
    has_query(tab, sort="level", down="0", page="2")
    expect(rows(tab).filter(has_text=top[0])).to_have_count(0)
    expect(rows(tab)).to_have_count(25)
    assert not set(names(tab)) & set(top)
    tab.get_by_role("button", name="L3", exact=True).click()
    has_query(tab, sort="level", page=None, level="3")  # other filters begin with the first page
    expect(rows(tab).get_by_role("img", name=re.compile("^level 3 of 5"))).to_have_count(len(names(tab)))


def test_the_signs_are_explained(tab: Page, site: Site) -> None:
    visit(tab, site.address("", {"q": "llama-2-7b"}))
    expect(rows(tab).first.get_by_role("img", name=re.compile("^weights: open after accepting terms$"))).to_be_visible()
    tab.get_by_role("button", name="What the signs mean").click()
    legend = tab.get_by_role("table", name="What the signs mean")
    expect(legend.locator("tbody tr")).to_have_count(7)
    expect(legend).to_contain_text("open after accepting terms")
    expect(tab.get_by_text("L5 data pipeline open")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(legend).to_have_count(0)


def test_a_list_is_taken_along_as_csv(tab: Page, site: Site, tmp_path: Path) -> None:
    visit(tab, site.address("", {"license": "restricted", "level": "1"}))
    path = saved(tab, tab.get_by_role("button", name="Download this list (CSV)"), tmp_path)
    listed = table_of(path)
    assert path.name == "openness.csv"
    assert len(listed) == total(tab) > 25
    assert [row["name"] for row in listed[:25]] == names(tab)
    assert {(row["level"], row["verdict"]) for row in listed} == {("1", "restricted")}


def test_the_catalog_with_the_keyboard_alone(tab: Page, site: Site) -> None:
    visit(tab, site.address("", {"q": "olmo 2"}))
    tab.get_by_role("searchbox", name="Search").focus()

    def to(kind: str, words: str) -> None:
        for _step in range(30):
            tab.keyboard.press("Tab")
            if tab.evaluate(FOCUSED) == [kind, words]:
                return
        raise AssertionError(f"no {kind} {words} within 30 steps: at {tab.evaluate(FOCUSED)}")

    to("button", "Date")
    tab.keyboard.press("Enter")
    has_query(tab, q="olmo 2", sort="released", down="1")
    expect(main(tab).get_by_role("columnheader", name="Date")).to_have_attribute("aria-sort", "descending")
    assert tab.evaluate(FOCUSED) == ["button", "Date▼"]  # whoever sorts keeps the place
    tab.keyboard.press("Space")
    has_query(tab, q="olmo 2", sort="released", down="0")
    to("a", "OLMo 2 1B")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_have_text("OLMo 2 1B")
    has_query(tab, id="olmo-2-1b")


# ------------------------------------------------------------------ a model


def test_a_model_as_of_another_day(tab: Page, site: Site) -> None:
    visit(tab, site.address("model", {"id": "gpt-neox-20b"}))
    bold = main(tab).locator("strong", has_text=re.compile(r"^Level \d of 5"))
    expect(bold).to_have_text("Level 3 of 5")
    history = main(tab).get_by_role("table", name="History")
    history.get_by_role("link", name="2022-02-10").click()
    has_query(tab, id="gpt-neox-20b", asof="2022-02-10")
    expect(bold).to_have_text("Level 5 of 5")
    expect(main(tab)).to_contain_text("As of 2022-02-10: graded by what was released by then.")
    tab.get_by_role("button", name="See it as of today").click()
    has_query(tab, id="gpt-neox-20b", asof=None)
    expect(bold).to_have_text("Level 3 of 5")
    expect(main(tab).get_by_text("graded by what was released by then")).to_have_count(0)


def test_a_model_leads_to_its_evidence_and_its_files(tab: Page, site: Site, tmp_path: Path) -> None:
    visit(tab, site.address("model", {"id": "llama-2-7b"}))
    grade = saved(tab, tab.get_by_role("button", name="Grade (JSON)"), tmp_path)
    found = json.loads(grade.read_text("utf-8"))
    assert grade.name == "llama-2-7b-grade.json"
    assert found == grade_json("llama-2-7b", Options())
    record = saved(tab, tab.get_by_role("button", name="Record (JSON)"), tmp_path)
    assert json.loads(record.read_text("utf-8"))["id"] == "llama-2-7b"

    evidence = {item["url"] for finding in found["findings"] for item in finding["evidence"]}
    main(tab).get_by_text(re.compile(r"^Evidence, rule by rule: \d+ sources$")).click()
    opened = tab.get_by_test_id("stExpander").filter(has_text="Evidence, rule by rule")
    link = opened.get_by_role("link").first
    expect(link).to_be_visible()
    assert {one.get_attribute("href") for one in opened.get_by_role("link").all()} <= evidence
    assert link.get_attribute("target") == "_blank"
    assert "noopener" in (link.get_attribute("rel") or "")

    badge = saved(tab, tab.get_by_role("button", name="Badge (SVG)"), tmp_path)
    picture = ElementTree.parse(badge).getroot()
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert "not open source" in "".join(picture.itertext())


def test_a_model_that_is_not_known(tab: Page, site: Site) -> None:
    visit(tab, site.address("model", {"id": "olmo-2-13x"}))
    expect(tab.get_by_role("alert").get_by_role("paragraph")).to_have_text(
        "The registry has no model called “olmo-2-13x”."
    )
    main(tab).get_by_role("link", name="olmo-2-13b", exact=True).click()
    has_query(tab, id="olmo-2-13b")
    expect(tab.get_by_role("heading", level=1)).to_have_text("OLMo 2 13B")


# ------------------------------------------------------------------ compare


def test_models_side_by_side(tab: Page, site: Site, tmp_path: Path) -> None:
    visit(tab, site.address("model", {"id": "olmo-2-13b"}))
    tab.get_by_role("link", name="Compare with …").click()
    has_query(tab, id="olmo-2-13b")
    tab.get_by_role("searchbox", name="Add a model").press_sequentially("llama 2 7")
    tab.get_by_role("radio", name="Llama 2 7B · Meta", exact=True).click()
    has_query(tab, id=["olmo-2-13b", "llama-2-7b"])
    table = "Models side by side"
    columns = main(tab).get_by_role("table", name=table).get_by_role("columnheader")
    assert columns.all_inner_texts() == ["Question", "OLMo 2 13B", "Llama 2 7B"]
    everything = names(tab, table)
    main(tab).get_by_text("Only differences", exact=True).click()
    has_query(tab, id=["olmo-2-13b", "llama-2-7b"], only="1")
    different = names(tab, table)
    assert "License verdict" in different
    assert 2 < len(different) < len(everything)
    # The first row leads to the pages; in every other one the second model is marked, in words too.
    expect(rows(tab, table).locator("td.mark:last-child")).to_have_count(len(different) - 1)
    expect(rows(tab, table).get_by_text("differs: ").first).to_be_attached()
    path = saved(tab, tab.get_by_role("button", name="Download (CSV)"), tmp_path)
    listed = table_of(path)
    assert list(listed[0]) == ["Question", "olmo-2-13b", "llama-2-7b"]
    assert {row["Question"] for row in listed} >= set(everything) - {"Evidence"}
    verdict = next(row for row in listed if row["Question"] == "License verdict")
    assert (verdict["olmo-2-13b"], verdict["llama-2-7b"]) == ("open source", "not open source")
    visit(tab, tab.url)  # as a friend sees it
    expect(rows(tab, table)).to_have_count(len(different))
    assert names(tab, table) == different


# ------------------------------------------------------------------ where one is, in which language

VIEWS: dict[str, dict[str, str | list[str]]] = {
    "": {"q": "olmo", "level": "4", "sort": "level", "down": "1"},
    "model": {"id": "gpt-neox-20b", "asof": "2022-02-10"},
    "compare": {"id": ["olmo-2-13b", "llama-2-7b"], "only": "1"},
    "licenses": {"view": "matrix", "q": "llama"},
    "may-i": {"id": "llama-2-7b", "use": "commercial", "users": "800M"},
    "landscape": {"modality": "text", "by": "year"},
    "grade": {"repo": "org/name"},
    "method": {"rule": "weights-released"},
}


@pytest.mark.parametrize("name", VIEWS)
def test_another_language_is_the_same_view(tab: Page, site: Site, name: str) -> None:
    view = VIEWS[name]
    menu = menu_of(tab)
    follow(tab, site.address(name, {**view, "lang": "en"}))
    expect(menu.nth(2)).to_have_text("Licenses")
    lines = main(tab).locator("tbody tr")
    if name != "grade":  # which has no table yet
        expect(lines.first).to_be_attached()
    shown = lines.count()
    tab.get_by_role("radio", name="简体中文").click()
    has_query(tab, lang="zh", **view)
    expect(menu.nth(2)).to_have_text("许可证")
    expect(lines).to_have_count(shown)
    tab.get_by_role("radio", name="English").click()
    has_query(tab, lang="en", **view)
    expect(menu.nth(2)).to_have_text("Licenses")


def test_a_browser_in_chinese_is_answered_in_chinese(chromium: Browser, site: Site) -> None:
    page, watch = open_page(chromium, site.url, locale="zh-CN")
    visit(page, site.address())
    expect(menu_of(page).nth(2)).to_have_text("许可证")
    has_query(page, lang="zh")  # so that it can be passed on
    menu_of(page).nth(2).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("许可证")
    has_query(page, lang="zh")
    watch.check()
    page.context.close()


LATE = """(stale) => {
    history.pushState(null, '', '?id=llama-2-7b');
    dispatchEvent(new PopStateEvent('popstate'));
    history.pushState(null, '', stale);
}"""


def test_an_address_that_arrives_late_gives_way(tab: Page, site: Site) -> None:
    visit(tab, site.address("may-i"))
    tab.evaluate(LATE, "?q=llama+2+7")  # what was typed reaches the address after a link was followed
    expect(main(tab).get_by_text("Llama 2 7B", exact=True)).to_be_visible()
    has_query(tab, id="llama-2-7b", q=None)


def test_an_address_with_a_heading_leads_there(chromium: Browser, site: Site) -> None:
    page, watch = open_page(chromium, site.url)
    visit(page, f"{site.address('licenses', {'id': 'llama-2'})}#models")
    heading = page.get_by_role("heading", name="Models under it")
    page.wait_for_function("() => Math.abs(document.getElementById('models').getBoundingClientRect().top - 60) < 40")
    expect(heading).to_be_in_viewport()
    visit(page, f"{site.address('licenses')}#%")  # nonsense does no harm
    watch.check()
    page.context.close()
