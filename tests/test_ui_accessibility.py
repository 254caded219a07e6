"""Every page through axe-core, in light and in dark: nothing that would keep a person out of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from browser import Site, Watch, follow, open_page, settled, visit

PAGES = {
    "catalog": "?q=llama&level=1",
    "model": "model?id=llama-2-7b&asof=2024-06-30",
    "model-unknown": "model?id=olmo-2-13",
    "compare": "compare?id=olmo-2-13b&id=llama-2-7b",
    "licenses": "licenses?clause=user_threshold",
    "matrix": "licenses?view=matrix&kinds=all&q=llama",
    "read": "licenses?view=read",
    "diff": "licenses?view=diff&a=llama-2&b=gemma",
    "license": "licenses?id=llama-2",
    "may-i": "may-i?id=llama-2-7b&users=800M&use=commercial&use=train",
    "may-i-search": "may-i?q=llama",
    "landscape": "landscape",
    "grade": "grade?repo=org/name",
    "method": "method?rule=weights-released",
}
# Best practices that are Streamlit's to keep; none of them is serious. What is serious is never excluded.
STREAMLIT = {
    "presentation-role-conflict",  # its field for files is a named region with the role of a decoration
}
COLORS = ["color-contrast", "link-in-text-block"]  # what another theme can change
RUN = """async ([excluded, only]) => {
    const rules = Object.fromEntries(excluded.map((rule) => [rule, { enabled: false }]));
    const found = await axe.run({ resultTypes: ["violations"], ...(only ? { runOnly: only } : { rules }) });
    return found.violations.map(({ id, impact, help, nodes }) => ({
        id, impact, help, where: nodes.map((node) => [node.html.slice(0, 160), node.failureSummary]) }));
}"""


@pytest.fixture(scope="module")
def tab(chromium: Browser, site: Site) -> Iterator[tuple[Page, Watch]]:
    # So high that nothing lies below the window: what is not seen, axe does not measure.
    page, watch = open_page(chromium, site.url, height=9000)
    yield page, watch
    page.context.close()


def violations(page: Page, only: list[str] | None = None) -> list[dict[str, Any]]:
    page.evaluate(f"() => {{ if (!window.axe) {{ {AXE_SCRIPT} }} }}")
    found: list[dict[str, Any]] = page.evaluate(RUN, [sorted(STREAMLIT), only])
    return found


def lasting(page: Page, only: list[str] | None) -> list[dict[str, Any]]:
    """What is found on a page that stands still. Another theme can start another run, and what fades in is faint."""
    found: list[dict[str, Any]] = []
    for _attempt in range(3):
        settled(page)
        page.wait_for_function("() => !document.getAnimations().some((one) => one instanceof CSSTransition)")
        if not (found := violations(page, only)):
            break
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_keeps_nobody_out(tab: tuple[Page, Watch], site: Site, name: str) -> None:
    page, watch = tab
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        if theme == "light":
            follow(page, f"{site.url}/{PAGES[name]}")
        page.wait_for_function(
            "(theme) => getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme === theme",
            arg=theme,
        )
        assert lasting(page, COLORS if theme == "dark" else None) == []
    watch.check()


def test_the_check_sees_what_it_should(tab: tuple[Page, Watch], site: Site) -> None:
    page, _watch = tab
    page.emulate_media(color_scheme="light")
    visit(page, site.address("grade"))
    page.evaluate("""() => {
        const text = document.querySelector('h1').appendChild(document.createElement('span'));
        text.textContent = 'faint';
        text.style.color = '#bbb';
        document.querySelector('input').removeAttribute('aria-label');
        document.querySelector('input').removeAttribute('id');
        const host = document.querySelector('hr').parentElement.appendChild(document.createElement('div'));
        host.attachShadow({ mode: 'open' }).append(document.createElement('img'));
    }""")
    assert {"color-contrast", "image-alt"} <= {found["id"] for found in violations(page)}
    assert {found["id"] for found in violations(page, COLORS)} == {"color-contrast"}
