"""What every test stands on: no caches, settings or tokens of the machine it runs on."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

from browser import chromium, page, site
from databases import anybase, postgresql
from hub_readings import published, repository, short, token, within
from hub_server import hub, olah, proxy, quiet_network

__all__ = [
    "anybase", "chromium", "hub", "olah", "page", "postgresql", "proxy", "published", "quiet_network", "repository",
    "short", "site", "token", "within",
]  # fmt: skip

# In CI the same examples every time, so that a red run is about the change; elsewhere new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

gc.disable()  # until all is collected: nothing of it is garbage, and to look through it takes seconds

_SLOWEST = (
    "test_ui_journeys", "test_validator_run", "test_ui_accessibility", "test_ui_browser", "test_ui_journeys_terms",
    "test_ui_hostile", "test_serve", "test_validator_guard", "test_ui_grade", "test_cli_tools", "test_validate",
    "test_wheel", "test_store", "test_sources_hub", "test_registry_edit", "test_scripts_generate",
)  # fmt: skip

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch in one worker leaves the other cores to the others

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of runs of the program would compile it anew each time
for name in ("OPENNESS_REGISTRY", "OPENNESS_DATABASE_URL", "HF_TOKEN", "HF_ENDPOINT", "HUGGING_FACE_HUB_TOKEN"):
    os.environ.pop(name, None)


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.mktemp("openness")
    os.environ["OPENNESS_CACHE"] = str(folder / "cache")
    os.environ["OPENNESS_DATA"] = str(folder / "data")
    os.environ["HF_HOME"] = str(folder / "hf")  # no token file of the machine's user


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: browsers and servers are often waited for."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first, so that none of them is what is left in the end.

    Tests marked `cuda` run only where there is a device.
    """
    items.sort(key=lambda item: _SLOWEST.index(item.path.stem) if item.path.stem in _SLOWEST else len(_SLOWEST))
    try:
        import torch

        has_cuda = torch.cuda.is_available()
    except ImportError:
        has_cuda = False
    for item in items:
        if item.get_closest_marker("cuda") and not has_cuda:
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))


def pytest_collection_finish() -> None:
    """From here on garbage is looked for among what the tests make."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """In CI nothing may be skipped but `cuda`: a missing part must not look like a pass."""
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CI") and report.skipped and not item.get_closest_marker("cuda"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
