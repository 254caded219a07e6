"""The container file, as far as it can be tried without a container: its own settings, command and health check."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

from browser import serve
from cli_runner import PROJECT, program


def instructions() -> list[tuple[str, str]]:
    """Each instruction with its arguments, in order."""
    text = (PROJECT / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def settings() -> dict[str, str]:
    found = [shlex.split(rest) for name, rest in instructions() if name == "ENV"]
    return dict(item.split("=", 1) for items in found for item in items)


def test_it_says_what_it_should() -> None:
    names = [name for name, _ in instructions()]
    assert set(names) <= {"FROM", "ENV", "COPY", "RUN", "VOLUME", "USER", "EXPOSE", "HEALTHCHECK", "CMD"}
    last = dict(instructions())
    assert last["FROM"].partition(":")[2].startswith("3.11")
    assert names.index("USER") > max(place for place, name in enumerate(names) if name == "RUN")
    assert int(last["USER"].partition(":")[0]) > 0
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    wanted = re.search(r"/src\[([\w,]+)\]", last["RUN"])
    assert wanted
    assert set(wanted[1].split(",")) <= set(extras)
    written = [settings()[name] for name in ("TMPDIR", "OPENNESS_CACHE", "OPENNESS_DATA")]
    assert all(path == last["VOLUME"] or path.startswith(f"{last['VOLUME']}/") for path in written)


def test_its_build_gets_what_the_package_is_made_of() -> None:
    left_out = set((PROJECT / ".dockerignore").read_text("utf-8").split("\n"))
    needed = {path.name for path in PROJECT.iterdir() if (path / "__init__.py").is_file()} - {"tests"}
    assert not left_out & (needed | {"src", "data", "pyproject.toml", "setup.py", "README.md", "LICENSE"})


def test_its_command_serves_and_its_health_check_sees_it(tmp_path: Path) -> None:
    last = dict(instructions())
    command, check = json.loads(last["CMD"]), json.loads(last["HEALTHCHECK"].partition("CMD ")[2])
    assert command[:2] == ["openness", "serve"]
    assert program().endswith(command[0])
    cache = tmp_path / "cache"
    cache.mkdir()
    given = {name: value.replace("/cache", str(cache), 1) for name, value in settings().items()}
    given["HOME"] = "/proc/none"  # where not even root could make a folder
    options = [item for item in command[2:] if item != "8501"]
    assert options[-1] == "--port"
    for base in ("", "/openness/"):
        with serve(tmp_path, *options[:-1], base_path=base, **given) as site:
            port = re.search(r":(\d+)", site.url)
            assert port
            asked = [sys.executable, *(part.replace("8501", port[1]) for part in check[1:])]
            environment = {**os.environ, "OPENNESS_BASE_PATH": base}
            assert subprocess.run(asked, env=environment, timeout=20, check=False).returncode == 0
        assert subprocess.run(asked, env=environment, timeout=20, check=False, stderr=-3).returncode != 0
    assert {path.name.partition("-")[0] for path in cache.iterdir()} <= {"index", "knowledge"}
