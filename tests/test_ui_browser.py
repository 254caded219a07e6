"""Every page in a real browser: both languages, a desk and a phone; `make screenshots` leaves pictures of them.

All of it comes through a web server that adds the headers of docs/deployment.md.
"""

from __future__ import annotations

import os
import re
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browser import Site, Watch, open_page, screenshot, settled, visit, width_of
from cli_runner import PROJECT
from front_proxy import front
from openness.ui.language import LANGUAGES

PAGES = ("", "model", "compare", "licenses", "may-i", "landscape", "grade", "method")
QUERIES = {
    "model": {"id": "olmo-2-13b"},
    "compare": {"id": "olmo-2-13b"},
}
DESK, PHONE = 1280, 390
MENU_AWAY = "() => !(document.querySelector('[data-testid=stSidebar]')?.getBoundingClientRect().right > 0)"


@pytest.fixture(scope="module")
def fronted(site: Site) -> Iterator[Site]:
    """The site as it is deployed."""
    found = re.search(r"```\n(Content-Security-Policy: .*?)\n```", (PROJECT / "docs/deployment.md").read_text(), re.S)
    assert found
    with front(site.url, "", found[1].replace("\n", "\r\n")) as proxy:
        yield Site(proxy.url, site.log, site.process)


@pytest.fixture(scope="module")
def tab(chromium: Browser, fronted: Site) -> Iterator[tuple[Page, Watch]]:
    """One tab for all: its cache holds Streamlit's own files."""
    page, watch = open_page(chromium, fronted.url)
    yield page, watch
    page.context.close()


def look_at(page: Page, watch: Watch, name: str, language: str, width: int) -> None:
    if "SCREENSHOTS" in os.environ:
        for theme in ("dark", "light") if language == "en" else ("light",):  # colors know no language
            page.emulate_media(color_scheme=theme)
            screenshot(page, f"{name or 'catalog'}-{language}-{width}-{theme}")
    watch.check()
    assert page.locator("h1").count() == 1
    assert page.locator(f"html[lang={'zh-Hans' if language == 'zh' else 'en'}]").count() == 1
    assert page.title().endswith(" · openness")
    assert width_of(page) <= width, f"{width_of(page)} wide on a screen of {width}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_renders(tab: tuple[Page, Watch], fronted: Site, name: str, language: str) -> None:
    page, watch = tab
    page.set_viewport_size({"width": DESK, "height": 900})
    visit(page, fronted.address(name, {**QUERIES.get(name, {}), "lang": language}))
    if name == "":
        expect(page.get_by_role("link", name="Amber 7B")).to_be_visible()  # the table came
    look_at(page, watch, name, language, DESK)
    page.set_viewport_size({"width": PHONE, "height": 900})  # to the pixel what a phone draws that opens the page
    page.wait_for_function(MENU_AWAY)
    settled(page)
    look_at(page, watch, name, language, PHONE)


def test_a_page_is_opened_on_a_phone(tab: tuple[Page, Watch], fronted: Site) -> None:
    page, watch = tab
    page.set_viewport_size({"width": PHONE, "height": 900})
    visit(page, fronted.address())
    page.wait_for_function(MENU_AWAY)
    expect(page.get_by_role("link", name="Amber 7B")).to_be_visible()
    assert width_of(page) <= PHONE
    watch.check()


def test_the_headers_are_sent(fronted: Site) -> None:
    with urllib.request.urlopen(f"{fronted.url}/", timeout=10) as answer:
        assert "default-src 'none'" in answer.headers["content-security-policy"]
