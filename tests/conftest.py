"""What every test stands on: no caches, settings or tokens of the machine it runs on."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

from browser import chromium, page, site
from databases import anybase, postgresql
from hub_server import hub, olah, proxy, quiet_network

__all__ = ["anybase", "chromium", "hub", "olah", "page", "postgresql", "proxy", "quiet_network", "site"]

# In CI the same examples every time, so that a red run is about the change; elsewhere new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

# Thousands of tests and their modules stay until the end: to look through them for garbage, again and again, takes
# a fifth of the time.
gc.set_threshold(50_000, 20, 100)

for name in ("OPENNESS_REGISTRY", "OPENNESS_DATABASE_URL", "HF_TOKEN", "HF_ENDPOINT", "HUGGING_FACE_HUB_TOKEN"):
    os.environ.pop(name, None)


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.mktemp("openness")
    os.environ["OPENNESS_CACHE"] = str(folder / "cache")
    os.environ["OPENNESS_DATA"] = str(folder / "data")
    os.environ["HF_HOME"] = str(folder / "hf")  # no token file of the machine's user


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `cuda` run only where there is a device."""
    try:
        import torch

        has_cuda = torch.cuda.is_available()
    except ImportError:
        has_cuda = False
    for item in items:
        if item.get_closest_marker("cuda") and not has_cuda:
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))


def pytest_collection_finish() -> None:
    gc.freeze()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """In CI nothing may be skipped but `cuda`: a missing part must not look like a pass."""
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CI") and report.skipped and not item.get_closest_marker("cuda"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
