"""`openness serve`: how it starts and ends, what it tells nobody, and the site behind a web server."""

from __future__ import annotations

import os
import signal
import socket
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser import open_page, serve, settled, visit
from cli_runner import run, small_registry
from databases import make
from front_proxy import front
from hub_server import free_port

WORDS = "nothing can listen on"


def test_what_cannot_be_served_is_said(tmp_path: Path) -> None:
    registry = small_registry(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = run("serve", "--port", str(other.getsockname()[1]), registry=registry)
    assert (taken.code, taken.out) == (2, "")
    assert WORDS in taken.err
    assert "choose another" in taken.err
    for arguments, said in [
        (("--host", "no such host"), WORDS),
        (("--host", "192.0.2.1"), WORDS),  # of no machine
        (("--base-path", "/a b"), "is not a path"),
        (("--base-path", "../up"), "is not a path"),
        (("--base-path", "a//b"), "is not a path"),
        (("--base-path", "x --server.headless=false"), "is not a path"),
    ]:
        done = run("serve", "--port", str(free_port()), *arguments, registry=registry)
        assert (done.code, "Traceback" in done.err) == (2, False)
        assert said in done.err
    assert run("serve", "--port", "0").code == 2
    gone = run("serve", "--port", str(free_port()), registry=tmp_path / "none.yaml")
    assert (gone.code, "is not a file" in gone.err) == (2, True)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_second_one_takes_no_other_port_and_it_ends_when_told_to(tmp_path: Path, how: signal.Signals) -> None:
    with serve(tmp_path, OPENNESS_REGISTRY=str(small_registry(tmp_path)), TMPDIR=str(tmp_path)) as site:
        began = time.monotonic()
        again = run("serve", "--port", site.url.rpartition(":")[2])
        assert again.code == 2
        assert WORDS in again.err
        assert time.monotonic() - began < 10

        group = os.getpgid(site.process.pid)
        site.process.send_signal(how)
        assert site.process.wait(10) == 0
        with pytest.raises(ProcessLookupError):  # nobody of its group is left
            os.killpg(group, 0)
        assert "Traceback" not in site.log.read_text("utf-8")


def test_nothing_is_told_to_anybody_and_no_folder_is_needed(chromium: Browser, tmp_path: Path) -> None:
    """Whoever starts it may have other settings, no home, and no cache that can be written."""
    settings = tmp_path / ".streamlit"
    settings.mkdir()
    (settings / "config.toml").write_text(
        '[browser]\ngatherUsageStats = true\n[client]\nshowErrorDetails = "full"\n[server]\nheadless = false\n'
    )
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    registry = str(small_registry(tmp_path))
    # Nobody can write below /proc, not even root.
    with serve(
        tmp_path, OPENNESS_REGISTRY=registry, OPENNESS_CACHE="/proc/none", OPENNESS_DATA="/proc/none",
        TMPDIR=str(temporary), STREAMLIT_BROWSER_GATHER_USAGE_STATS="true",
    ) as site:  # fmt: skip
        page, watch = open_page(chromium, site.url)
        visit(page, site.address("method"))  # the very first visit is not to the first page
        expect(page.get_by_role("link", name="Catalog")).to_be_visible()
        visit(page, site.address())
        expect(page.get_by_role("link", name="Acme Climber")).to_be_visible()
        page.wait_for_timeout(300)
        watch.check()
        page.context.close()
        assert sorted(path.name for path in settings.iterdir()) == ["config.toml"]
        assert len(list(temporary.glob("openness-*"))) == 1  # the index, of the server itself


def test_behind_a_web_server_under_a_path(chromium: Browser, tmp_path: Path) -> None:
    registry = str(small_registry(tmp_path))
    with (
        serve(tmp_path, base_path="/models/openness", OPENNESS_REGISTRY=registry) as site,
        front(site.url, "/models/openness") as proxy,
    ):
        with urllib.request.urlopen(f"{proxy.url}/_stcore/health", timeout=10) as answer:
            assert (answer.status, answer.read()) == (200, b"ok")
        page, watch = open_page(chromium, proxy.url)  # no word with any other host or port
        visit(page, f"{proxy.url}/?level=1&lang=en")
        expect(page.get_by_role("link", name="Acme Gated")).to_be_visible()
        expect(page.get_by_role("link", name="Acme Climber")).to_have_count(0)
        assert page.get_by_role("link", name="Acme Gated").get_attribute("href") == "./model?id=acme-gated"
        page.get_by_role("link", name="Acme Gated").click()
        page.wait_for_url(f"{proxy.url}/model?id=acme-gated*")
        settled(page)
        visit(page, f"{proxy.url}/method?lang=zh")
        watch.check()
        page.context.close()
        assert all(path.startswith("/models/openness/") for path in proxy.seen)


def test_over_postgresql(chromium: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    database = make("postgresql", request, tmp_path)
    registry = str(small_registry(tmp_path))
    with serve(tmp_path, OPENNESS_REGISTRY=registry, OPENNESS_DATABASE_URL=database.url) as site:
        assert database.run("SELECT count(*) FROM openness_model") == [(4,)]  # before the first visitor
        page, watch = open_page(chromium, site.url)
        visit(page, site.address(query={"q": "登山者"}))
        expect(page.get_by_role("link", name="Acme Climber")).to_be_visible()
        expect(page.get_by_role("link", name="Acme Gated")).to_have_count(0)
        watch.check()
        page.context.close()


def test_a_newer_registry_is_shown_without_a_restart(chromium: Browser, tmp_path: Path) -> None:
    path = small_registry(tmp_path)
    with serve(tmp_path, OPENNESS_REGISTRY=str(path)) as site:
        page, watch = open_page(chromium, site.url)
        visit(page, site.address())
        path.write_text(path.read_text("utf-8").replace("Bolt Vague", "Bolt Renamed"), "utf-8")
        visit(page, site.address())
        expect(page.get_by_role("link", name="Bolt Renamed")).to_be_visible()
        watch.check()
        page.context.close()
