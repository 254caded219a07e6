"""How long a visitor waits for the catalog with 10,000 models, beside the registry as it is, in a real browser.

    python benchmarks/site.py [--models 10000]

Seconds in the browser, median of RUNS: from opening the address in a browser without caches until the first row
shows, and from a click or the last key pressed until the rows are the new ones; and the server's own processor time
for a view. The index is built beforehand, as `openness serve` does. Prints one JSON object; `empty_app` is a
Streamlit page with one line, the floor.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from registry import REGISTRY, SCRIPT, generate

RUNS = 5
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def serving(command: list[str], environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    """The address of a server and its process."""
    port = free_port()
    server = subprocess.Popen(
        [*command, str(port)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/", server.pid
    finally:
        server.terminate()
        server.wait()


def opened(browser: Browser, url: str, wanted: str) -> tuple[Page, float]:
    """A page of a browser that has seen nothing yet, and the seconds until it shows what is wanted."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator(wanted).first.wait_for()
    return page, time.perf_counter() - start


def first_view(browser: Browser, url: str, wanted: str) -> float:
    page, seconds = opened(browser, url, wanted)
    page.context.close()
    return seconds


# How many models there are, and the first two of them.
SHOWN = """() => {
    const host = [...document.querySelectorAll('*')].find(item => item.shadowRoot?.querySelector('tbody tr'));
    const rows = [...(host?.shadowRoot.querySelectorAll('tbody tr') ?? [])].slice(0, 2).map(row => row.innerText);
    const count = document.querySelector('[data-testid=stMain]').innerText.match(/[\\d,]+ models?\\b/);
    return rows.length ? [count?.[0], ...rows].join('|').replace(/\\s+/g, ' ') : null;
}"""


def settled(page: Page) -> str:
    """What is shown, once it has not changed for a while."""
    shown, since = page.evaluate(SHOWN), time.perf_counter()
    while time.perf_counter() - since < 0.7:
        page.wait_for_timeout(100)
        if (now := page.evaluate(SHOWN)) != shown:
            shown, since = now, time.perf_counter()
    return str(shown)


def change(page: Page, act: Callable[[], None]) -> float:
    """Seconds until something else is shown, both the number and the rows."""
    before = settled(page)
    start = time.perf_counter()
    act()
    page.wait_for_function(
        f"before => {{ const now = ({SHOWN})(); return now && now !== before; }}", arg=before, polling=10
    )
    return time.perf_counter() - start


def changes(browser: Browser, url: str) -> dict[str, float]:
    found: dict[str, list[float]] = {"level": [], "license": [], "may_i": [], "sort": [], "search": [], "next_page": []}
    for _ in range(RUNS):
        page, _seconds = opened(browser, url, "tbody tr")
        found["next_page"].append(
            change(page, page.get_by_role("button", name="Next").or_(page.get_by_label("Next page")).first.click)
        )
        found["level"].append(change(page, page.get_by_role("button", name="L3", exact=True).click))
        page.get_by_role("button", name="L3", exact=True).click()
        found["license"].append(change(page, page.get_by_role("button", name="Not open source").click))
        page.get_by_role("button", name="Not open source").click()
        found["may_i"].append(change(page, page.get_by_role("button", name="train other models with it").click))
        page.get_by_role("button", name="train other models with it").click()
        found["sort"].append(change(page, page.get_by_role("button", name="Level", exact=True).first.click))
        settled(page)
        page.get_by_role("searchbox").click()
        found["search"].append(change(page, lambda page=page: page.keyboard.type("qwen")))
        page.context.close()
    return {name: round(statistics.median(values), 3) for name, values in found.items()}


def processor_time(process: int) -> float:
    """Seconds that a process has used so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def view_cost(browser: Browser, url: str, process: int) -> float:
    """Seconds of the server's processor for one change of a filter."""
    page, _seconds = opened(browser, url, "tbody tr")
    press = page.get_by_role("button", name="L3", exact=True).click
    change(page, press)
    before = processor_time(process)
    for _ in range(2 * RUNS):
        change(page, press)
    spent = processor_time(process) - before
    page.context.close()
    return spent / (2 * RUNS)


def measure(browser: Browser, folder: Path, registry: Path) -> dict[str, object]:
    environment = {**os.environ, "OPENNESS_REGISTRY": str(registry), "OPENNESS_CACHE": str(folder / "cache")}
    with serving([SCRIPT, "serve", "--port"], environment) as (
        url,
        process,
    ):  # which builds the index before it answers
        first_view(browser, url, "tbody tr")  # the first visitor of a new server also waits for its imports
        seconds = [first_view(browser, url, "tbody tr") for _ in range(RUNS)]
        return {
            "first_view": round(statistics.median(seconds), 3),
            "change": changes(browser, url),
            "server_cpu_s_per_view": round(view_cost(browser, url, process), 3),
        }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=int, default=10_000)
    models = parser.parse_args().models
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        large, empty = folder / "models.yaml", folder / "empty.py"
        large.write_text(generate(models), "utf-8")
        empty.write_text("import streamlit as st\nst.title('hello')\n")
        command = [sys.executable, "-m", "streamlit", "run", str(empty), "--server.headless", "true"]
        command += ["--server.address", "127.0.0.1", "--browser.gatherUsageStats", "false", "--server.port"]
        with serving(command, dict(os.environ)) as (url, _process):
            floor = statistics.median(first_view(browser, url, "h1") for _ in range(RUNS))
        print(
            json.dumps(
                {
                    "models": models,
                    "empty_app": round(floor, 3),
                    "as_it_is": measure(browser, folder, REGISTRY),
                    "large": measure(browser, folder, large),
                },
                indent=2,
            )
        )


if __name__ == "__main__":
    main()
