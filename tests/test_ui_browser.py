"""Every page in a real browser: both languages, both themes, a desk and a phone. Pictures in build/screenshots/."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from browser import Site, Watch, open_page, screenshot, visit, width_of
from openness.ui.language import LANGUAGES

PAGES = ("", "model", "compare", "licenses", "may-i", "landscape", "grade", "method")
QUERIES = {
    "model": {"id": "olmo-2-13b"},
    "compare": {"id": "olmo-2-13b"},
}
WIDTHS = (1280, 390)


@pytest.fixture(scope="module")
def tab(chromium: Browser, site: Site) -> Iterator[tuple[Page, Watch]]:
    """One tab for all: its cache holds Streamlit's own files."""
    page, watch = open_page(chromium, site.url)
    yield page, watch
    page.context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_renders(tab: tuple[Page, Watch], site: Site, name: str, width: int) -> None:
    page, watch = tab
    page.set_viewport_size({"width": width, "height": 900})
    for language in LANGUAGES:
        visit(page, site.address(name, {**QUERIES.get(name, {}), "lang": language}))
        for theme in ("light", "dark") if language == "en" else ("light",):  # colors know no language
            page.emulate_media(color_scheme=theme)
            screenshot(page, f"{name or 'catalog'}-{language}-{width}-{theme}")
        watch.check()
        assert page.locator("h1").count() == 1
        assert page.locator(f"html[lang={'zh-Hans' if language == 'zh' else 'en'}]").count() == 1
        assert page.title().endswith(" · openness")
        assert width_of(page) <= width, f"{width_of(page)} wide on a screen of {width}"
