"""The site in a real browser: `openness serve` as a child process, and Chromium driven by Playwright.

Fixtures: ``site`` (session; the shipped registry) and ``page`` (a tab on it that fails the test on whatever a
visitor should never meet). A conftest takes them over with ``from browser import …``.
"""

from __future__ import annotations

import atexit
import itertools
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from cli_runner import PROJECT, program
from hub_server import die_with_parent, free_port

SCREENSHOTS = PROJECT / "build" / "screenshots"
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
# Streamlit finds its own base path by asking below the page's address first; there, 404 is the answer it expects.
_PROBE = re.compile(r"/[\w-]+/_stcore/(health|host-config)$")
# A link changes the address before React asks for another run, and it asks frames later on a busy machine.
_STILL = """(call) => {
    const main = document.querySelector(
        '[data-testid=stApp][data-test-script-state=notRunning] [data-testid=stMain]:has(hr)');
    const drawn = main && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]') &&
        [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].every(
            (element) => element.shadowRoot?.querySelector('.root')?.childElementCount !== 0);
    const before = window.stillness?.call === call ? window.stillness.frames : 0;
    window.stillness = { call, frames: drawn ? before + 1 : 0 };
    return window.stillness.frames > 4;
}"""
_calls = itertools.count()
SECONDS = 30  # that anything may take; a machine that also runs the other tests is slow


@dataclass
class Site:
    """A running site."""

    url: str  # without a slash at its end
    log: Path
    process: subprocess.Popen[bytes]

    def address(self, name: str = "", query: Mapping[str, str | list[str]] | None = None) -> str:
        """The address of a page."""
        return f"{self.url}/{name}{'?' + urlencode(query, doseq=True) if query else ''}"


@contextmanager
def serve(folder: Path, *options: str, base_path: str = "", **environment: str) -> Iterator[Site]:
    """Run ``openness serve`` on a free port until the block ends; what it says goes to ``folder``."""
    port = free_port()
    log = folder / f"site-{port}.log"
    base = base_path.strip("/")
    flags = ["--port", str(port), *(["--base-path", base_path] if base else []), *options]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [program(), "serve", *flags],
            env={**os.environ, "HOME": str(folder), **environment},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    stop = _stopper(process)
    atexit.register(stop)
    try:
        site = Site(f"http://127.0.0.1:{port}{'/' + base if base else ''}", log, process)
        _wait_for_health(site)
        yield site
    finally:
        stop()
        atexit.unregister(stop)


def _stopper(process: subprocess.Popen[bytes]):  # type: ignore[no-untyped-def]
    def stop() -> None:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait(10)

    return stop


def _wait_for_health(site: Site) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + 60
    while time.monotonic() < until and site.process.poll() is None:
        try:
            with opener.open(f"{site.url}/_stcore/health", timeout=5) as answer:
                assert answer.read() == b"ok"
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the site did not start:\n{site.log.read_text('utf-8', 'replace')[-3000:]}")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site over the shipped registry, with an index of its own."""
    folder = tmp_path_factory.mktemp("site")
    with serve(folder, OPENNESS_CACHE=str(folder / "cache")) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, else the one that Playwright brought."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(QUIET))
        yield browser
        browser.close()


class Watch:
    """Notes down what no visitor should meet in a tab: errors, and words with other hosts."""

    def __init__(self, page: Page, *urls: str) -> None:
        self.page = page
        self.hosts = {urlsplit(url).netloc for url in urls}
        self.problems: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.on("request", lambda request: self._request(request.url))
        page.on("websocket", lambda socket: self._request(socket.url))
        page.on("response", lambda answer: self._answer(answer.status, answer.url))

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc not in self.hosts:
            self.problems.append(f"a request to another host: {url}")

    def _console(self, said: ConsoleMessage) -> None:
        if said.type == "error" and not _PROBE.search(said.location["url"]):
            self.problems.append(f"console: {said.text}")

    def _answer(self, status: int, url: str) -> None:
        if status >= 400 and not (status == 404 and _PROBE.search(url)):
            self.problems.append(f"{status} from {url}")

    def check(self) -> None:
        """Fail on anything noted down, and on an exception that the page shows."""
        for element in self.page.get_by_test_id("stException").all():
            self.problems.append(f"an exception: {element.inner_text()[:500]}")
        for element in self.page.get_by_test_id("stAlert").all():
            if "Something unexpected" in (text := element.inner_text()) or "意外" in text:
                self.problems.append(f"an exception: {text}")
        found, self.problems = self.problems, []
        assert not found, "\n".join(found)


def open_page(
    chromium: Browser, *urls: str, width: int = 1280, dark: bool = False, locale: str = "en-US", height: int = 900
) -> tuple[Page, Watch]:
    """A tab in a context of its own, that may talk to these sites only."""
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", locale=locale,
        reduced_motion="reduce", accept_downloads=True,
    )  # fmt: skip
    context.set_default_timeout(SECONDS * 1000)
    page = context.new_page()
    return page, Watch(page, *urls)


def visit(page: Page, url: str) -> None:
    """Open an address and wait until the page stands still."""
    page.goto(url)
    settled(page)


def follow(page: Page, url: str) -> None:
    """Open another address of the site that is open, as a link in a table does; faster than to load it anew."""
    if page.url == "about:blank":
        page.goto(url)
    else:
        page.evaluate(
            "(url) => { history.pushState(null, '', url); dispatchEvent(new PopStateEvent('popstate')); }", url
        )
    settled(page)


def settled(page: Page) -> None:
    """Wait until the script has run to its end, its elements, tables too, are drawn, and all of it stays so."""
    page.wait_for_function(_STILL, arg=next(_calls))


def screenshot(page: Page, name: str, *, tallest: int = 4000) -> Path:
    """Keep a picture of a page, to be looked at: from its top to its end, or to ``tallest``."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    before = page.viewport_size
    assert before
    # The page scrolls inside of the window, so a picture of the whole document would end with the window.
    whole = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    if whole > before["height"]:
        page.set_viewport_size({"width": before["width"], "height": min(whole, tallest)})
    page.screenshot(path=path)
    page.set_viewport_size(before)
    return path


def width_of(page: Page) -> int:
    """How wide the page is; more than the window when it scrolls sideways."""
    found: int = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth")
    return found


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    """A tab on the site, 1280 wide, light, English."""
    tab, watch = open_page(chromium, site.url)
    yield tab
    try:
        watch.check()
    finally:
        tab.context.close()
