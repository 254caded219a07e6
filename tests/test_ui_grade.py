"""The page that grades a repository, in a real browser against a real Hub server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from browser import Site, Watch, open_page, screenshot, serve, settled, visit
from cli_runner import EVIDENCE, model, state, write_registry
from hub_server import TOKEN, FaultProxy, Olah, late
from license_texts import MIT

CARD = b"---\nlicense: apache-2.0\n---\n# <b>[x](javascript:alert(1))</b> ![p](https://example.org/p.png)\n"
DOCTORED = MIT.encode() + b"\n\nYou may not use the Software for any <script>alert(1)</script> commercial purpose.\n"
TENSORS = b"\x02\0\0\0\0\0\0\0{}"


@dataclass
class Visit:
    """A tab on the page, with the Hub that the site asks."""

    page: Page
    watch: Watch
    site: Site
    hub: FaultProxy

    def grade(self, text: str) -> None:
        """Name a repository and press the button."""
        field = self.page.get_by_label("Hub id or address")
        field.fill(text)
        field.press("Enter")

    def read(self, text: str) -> None:
        """The same, until the grade is there."""
        self.grade(text)
        expect(self.page.locator(".st-key-download_draft")).to_be_visible()
        settled(self.page)


@pytest.fixture(scope="module")
def hub_of_site(olah: Olah) -> Iterator[FaultProxy]:
    files = {"README.md": CARD, "model.safetensors": TENSORS}
    olah.add("acme/page-doctored", {**files, "LICENSE": DOCTORED})
    olah.add("acme/page-known", files)
    with FaultProxy(olah.url) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def site_with_hub(hub_of_site: FaultProxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("graded")
    known = model(
        "page-known",
        repositories=[{"host": "huggingface", "id": "acme/page-known"}],
        weights=[state("open", license="MIT")],
        training_code=[{"status": "closed", "evidence": [EVIDENCE]}],
    )
    registry = write_registry(folder / "models.yaml", known)
    with serve(
        folder, OPENNESS_REGISTRY=str(registry), OPENNESS_CACHE=str(folder / "cache"), HF_ENDPOINT=hub_of_site.url,
        HF_TOKEN=TOKEN,
    ) as site:  # fmt: skip
        yield site


@pytest.fixture
def here(chromium: Browser, site_with_hub: Site, hub_of_site: FaultProxy) -> Iterator[Visit]:
    page, watch = open_page(chromium, site_with_hub.url)
    hub_of_site.seen.clear()
    yield Visit(page, watch, site_with_hub, hub_of_site)
    hub_of_site.rules.clear()
    watch.check()
    page.context.close()


def test_a_repository_is_graded_and_its_draft_taken_home(here: Visit, tmp_path: Path) -> None:
    page = here.page
    visit(page, here.site.address("grade", {"repo": "acme/page-doctored"}))
    expect(page.get_by_label("Hub id or address")).to_have_value("acme/page-doctored")
    assert here.hub.seen == []  # an address alone starts nothing
    here.hub.play("LICENSE", late(0.6))
    page.get_by_role("button", name="Grade", exact=True).click()
    expect(page.get_by_text("Asked 127.0.0.1")).to_be_visible()
    expect(page.locator(".st-key-download_draft")).to_be_visible()
    settled(page)
    expect(page.get_by_role("heading", name="acme/page-doctored")).to_be_visible()
    expect(page.get_by_text("Level 1 of 5: open weights, possibly up to 5")).to_be_visible()
    expect(page.get_by_text("Found automatically, checked by nobody")).to_be_visible()
    expect(page.get_by_role("cell", name="not open source")).to_be_visible()
    expect(page.get_by_text("non-commercial use only").first).to_be_visible()
    expect(page.get_by_text("LICENSE looks like MIT but departs from it")).to_be_visible()
    for key, name in (("download_draft", "page-doctored.yaml"), ("download_grade", "page-doctored.json")):
        with page.expect_download() as taken:
            page.locator(f".st-key-{key} button").click()
        assert taken.value.suggested_filename == name
        taken.value.save_as(tmp_path / name)
    (entry,) = yaml.safe_load((tmp_path / "page-doctored.yaml").read_text("utf-8"))
    assert entry["weights"][0]["license"] == "LicenseRef-modified-MIT"
    assert json.loads((tmp_path / "page-doctored.json").read_text("utf-8"))["id"]
    assert not [seen for seen in here.hub.seen if "authorization" in seen.headers]
    assert page.locator("img[src*=example]").count() == 0
    asked = len(here.hub.seen)
    page.get_by_text("简体中文").click()  # the grade stays, and nothing is read anew
    expect(page.get_by_role("heading", name="acme/page-doctored")).to_be_visible()
    settled(page)
    assert len(here.hub.seen) == asked
    screenshot(page, "grade-done-zh")


def test_what_the_registry_knows_stands_beside_it(here: Visit) -> None:
    page = here.page
    visit(page, here.site.address("grade"))
    here.read("https://huggingface.co/acme/page-known")
    expect(page.get_by_role("columnheader", name="In the registry")).to_be_visible()
    expect(page.locator("td.mark")).to_have_count(0)  # what is not established contradicts nothing
    screenshot(page, "grade-known")
    page.locator(".st-key-known").get_by_role("link").click()
    page.wait_for_url("**/model?id=page-known*")
    settled(page)


def test_what_is_refused_is_said_and_nothing_asked(here: Visit) -> None:
    page = here.page
    visit(page, here.site.address("grade"))
    alert = page.get_by_test_id("stAlert")
    for text, said in [
        ("", "Name a repository first"),
        ("/etc/passwd", "Files and folders of this server are not read"),
        ("~/secret", "Files and folders of this server are not read"),
        ("http://169.254.169.254/latest/meta-data", "No other host than the Hub is asked"),
        ("page-known", "That is not the name of a repository on the Hub"),
    ]:
        here.grade(text)
        expect(alert).to_contain_text(said)
        settled(page)
    expect(page.get_by_role("link", name="The registry has page-known")).to_be_visible()
    assert here.hub.seen == []
    here.grade("acme/does-not-exist")
    expect(alert).to_contain_text("shows no acme/does-not-exist to everybody")
    expect(alert).to_have_count(1)


def test_one_at_a_time(here: Visit) -> None:
    page = here.page
    here.hub.play("/api/models/", late(2), times=1)
    visit(page, here.site.address("grade"))
    here.grade("acme/page-doctored")
    expect(page.get_by_text("Asked 127.0.0.1")).to_be_visible()
    here.grade("acme/page-known")
    expect(page.get_by_test_id("stAlert")).to_contain_text("A repository is being graded for you already")
    expect(page.get_by_role("heading", name="acme/page-doctored")).to_be_visible()  # the first goes on
    settled(page)
    here.read("acme/page-known")
    expect(page.get_by_role("heading", name="acme/page-known")).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
