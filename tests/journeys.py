"""What the journeys of visitors are made of: one tab for all, its tables, its address, its downloads."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser import SECONDS, Site, Watch, open_page, settled

expect.set_options(timeout=SECONDS * 1000)


@pytest.fixture(scope="module")
def shared_tab(chromium: Browser, site: Site) -> Iterator[tuple[Page, Watch]]:
    page, watch = open_page(chromium, site.url)
    yield page, watch
    page.context.close()


@pytest.fixture
def tab(shared_tab: tuple[Page, Watch]) -> Iterator[Page]:
    """One tab for all of them; whatever a visitor should never meet fails the journey."""
    page, watch = shared_tab
    yield page
    watch.check()


def main(page: Page) -> Locator:
    return page.get_by_role("main")


def names(page: Page, table: str = "Models") -> list[str]:
    """The names of the rows of a table."""
    return (
        main(page)
        .get_by_role("table", name=table, exact=True)
        .locator("tbody th .content > :first-child")
        .all_inner_texts()
    )


def rows(page: Page, table: str = "Models") -> Locator:
    return main(page).get_by_role("table", name=table, exact=True).locator("tbody tr")


def has_query(page: Page, /, **wanted: str | list[str] | None) -> None:
    """Wait until the address says so; None is a name that is not in it."""
    given = {name: [one] if isinstance(one, str) else one for name, one in wanted.items()}
    page.wait_for_function(
        """(wanted) => {
            const query = new URLSearchParams(location.search);
            return Object.entries(wanted).every(
                ([name, values]) => JSON.stringify(query.getAll(name)) === JSON.stringify(values ?? []));
        }""",
        arg=given,
    )
    settled(page)


def saved(page: Page, button: Locator, folder: Path) -> Path:
    """Press a download button; where the file went."""
    with page.expect_download() as waiting:
        button.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def table_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def total(page: Page) -> int:
    """What is said above a table; the pictures have such numbers, too."""
    said = main(page).get_by_text(re.compile(r"^[\d,]+ (model|license)s?$")).and_(page.locator(":not(svg *)"))
    return int(said.inner_text().split()[0].replace(",", ""))


def menu_of(page: Page) -> Locator:
    return page.get_by_role("navigation", name="App pages").get_by_role("paragraph")
