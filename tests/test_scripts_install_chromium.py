"""The script that finds or installs a browser: what it does where one is there, and where nothing helps."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from cli_runner import PROJECT

SCRIPT = PROJECT / "scripts" / "install_chromium.sh"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A PATH with what any system has, and nothing to install anything with."""
    for name in ("id", "grep", "cat"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    return tmp_path


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def call(path: Path) -> tuple[int, str, str]:
    done = subprocess.run(
        ["/bin/sh", SCRIPT, path / "python"], env={"PATH": str(path)}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_it_says_nothing_where_a_browser_is(path: Path) -> None:
    program(path / "chromium", "exit 0")
    assert call(path) == (0, "", "")


def test_it_takes_what_playwright_brought(path: Path) -> None:
    program(path / "python", '[ "$1" = -c ]')  # it has one already
    assert call(path) == (0, "", "")


def test_it_asks_playwright_where_there_is_no_apt(path: Path) -> None:
    program(path / "python", f'if [ "$1" = -c ]; then [ -e {path}/done ]; else echo "$@" >> {path}/done; fi')
    code, _, said = call(path)
    assert (code, said) == (0, "installing Chromium for the browser tests ...\n")
    assert (path / "done").read_text() == "-m playwright install --with-deps chromium\n"


def test_apt_installs_it_on_debian(path: Path) -> None:
    program(path / "python", "exit 1")
    (path / "env").symlink_to(shutil.which("env") or "")
    chromium = f"printf '#!/bin/sh\\n' > {path}/chromium; {shutil.which('chmod')} +x {path}/chromium"
    program(path / "apt-get", f'echo "$@" >> {path}/asked; case "$*" in *chromium*) {chromium};; esac')
    program(path / "sudo", '[ "$1" = -n ] && shift; exec "$@"')  # one that asks nothing
    (path / "grep").unlink()
    program(path / "grep", "exit 1")  # not Ubuntu
    (code, _, _), asked = call(path), (path / "asked").read_text()
    assert code == 0
    assert [line.split()[-1] for line in asked.splitlines()] == ["update", "fonts-noto-cjk", "chromium"]


def test_where_nothing_helps_it_says_what_would(path: Path) -> None:
    program(path / "python", "exit 1")
    code, _, said = call(path)
    assert code == 1
    assert said.splitlines()[-1].endswith("put a `chromium` on PATH.")
