"""What is published: real files in both archives, and a wheel that grades in an empty environment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parent.parent
ROOMS = ("schemas", "sources", "registry", "classifier", "validator", "exports", "cli", "ui")


def call(*command: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist of a clean copy, and the wheel built from that sdist, as an installer would."""
    folder = tmp_path_factory.mktemp("build")
    tree = folder / "tree"
    left_out = shutil.ignore_patterns(
        ".git*",
        ".venv*",
        ".wheels",
        ".*_cache",
        ".hypothesis",
        "build",
        "dist",
        "*.egg-info",
        "__pycache__",
        "benchmarks",
        "tests",
    )
    shutil.copytree(PROJECT, tree, symlinks=True, ignore=left_out)
    call(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, cwd=tree)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


def expected() -> set[str]:
    """Every file of the package, by its path inside it."""
    found = {path.name for path in (PROJECT / "src" / "openness").glob("*.py")} | {"py.typed"}
    for room in ROOMS:
        found |= {str(path.relative_to(PROJECT)) for path in (PROJECT / room).rglob("*.py")}
    found |= {f"schemas/json/{path.name}" for path in (PROJECT / "schemas" / "json").glob("*.json")}
    site = [path for path in (PROJECT / "ui").rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    found |= {str(path.relative_to(PROJECT)) for path in site}
    data = {str(path.relative_to(PROJECT)) for path in (PROJECT / "data").rglob("*") if path.is_file()}
    # From these the index and the learned model are made.
    return found | {name for name in data if not name.startswith(("data/shingles/", "data/wordings/"))}


def test_the_sdist_holds_real_files(archives: tuple[Path, Path]) -> None:
    with tarfile.open(archives[0]) as archive:
        members = archive.getmembers()
        top = members[0].name.partition("/")[0]
        names = {member.name.removeprefix(f"{top}/") for member in members if member.isfile()}
        assert not [member.name for member in members if not (member.isfile() or member.isdir())]
        text = archive.extractfile(f"{top}/src/openness/data/models.yaml")
        assert text is not None
        assert text.read() == (PROJECT / "data" / "models.yaml").read_bytes()
    assert {f"src/openness/{name}" for name in expected()} <= names
    assert {"LICENSE", "data/LICENSE", "README.md", "pyproject.toml", "setup.py"} <= names


def test_the_wheel_holds_the_package_and_nothing_else(archives: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(archives[1]) as archive:
        names = set(archive.namelist())
        info = next(name.partition("/")[0] for name in names if ".dist-info/" in name)
        assert {name.partition("/")[0] for name in names} == {"openness", info}
        assert {name.removeprefix("openness/") for name in names if name.startswith("openness/")} == expected()
        assert archive.read("openness/data/models.yaml") == (PROJECT / "data" / "models.yaml").read_bytes()
        assert not [item.filename for item in archive.infolist() if item.external_attr >> 28 == 0o12]  # no links
        assert {f"{info}/licenses/LICENSE", f"{info}/licenses/data/LICENSE"} <= names
        assert "openness = openness.cli.main:main" in archive.read(f"{info}/entry_points.txt").decode()


def needed(found: Distribution, seen: dict[str, Distribution], extra: str = "") -> dict[str, Distribution]:
    """What a distribution requires here, and what that requires, from the metadata alone."""
    for text in found.requires or []:
        requirement = Requirement(text)
        key = requirement.name.lower().replace("_", "-")
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        if key not in seen:
            seen[key] = distribution(requirement.name)
            for part in ("", *requirement.extras):
                needed(seen[key], seen, part)
    return seen


def test_the_wheel_grades_in_an_empty_environment(archives: tuple[Path, Path], tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    call(sys.executable, "-m", "venv", "--without-pip", environment, cwd=tmp_path)
    python = environment / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    call(*pip, "install", "--quiet", "--no-deps", "--no-index", archives[1], cwd=tmp_path)
    site = next(environment.glob("lib/python*/site-packages"))
    assert {path.name.partition("-")[0] for path in site.iterdir() if path.name != "__pycache__"} == {"openness"}
    # Exactly what the wheel asks for, linked from here: no network, and a missing dependency is missed.
    for found in needed(next(iter(Distribution.discover(name="openness", path=[str(site)]))), {}).values():
        for top in {file.parts[0] for file in found.files or [] if file.parts[0] not in ("..", "__pycache__")}:
            goal = site / top
            if not goal.exists():
                goal.symlink_to(Path(str(found.locate_file(top))))
    assert "No broken requirements" in call(*pip, "check", cwd=tmp_path)

    own = {
        "HOME": str(tmp_path), "OPENNESS_CACHE": str(tmp_path / "cache"), "OPENNESS_DATA": str(tmp_path / "data"),
        "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": "",
    }  # fmt: skip
    openness = environment / "bin" / "openness"
    where = call(python, "-c", "import openness; print(openness.__file__)", cwd=tmp_path, **own)
    assert where.startswith(str(site))
    for _ in ("index built", "index read"):
        grade = json.loads(call(openness, "grade", "llama-2-7b", "--json", "--offline", cwd=tmp_path, **own))
        assert (grade["id"], grade["source"]) == ("llama-2-7b", "registry")
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.gguf").write_bytes(b"GGUF")
    assert json.loads(call(openness, "grade", "./model", "--json", cwd=tmp_path, **own))["source"] == "folder"
    assert "huggingface.co" in call(openness, "doctor", cwd=tmp_path, **own)
    assert call(openness, "lint", cwd=tmp_path, **own) == ""
    refused = subprocess.run(
        [openness, "serve"], cwd=tmp_path, env={**os.environ, **own}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.splitlines() == [
        "error: the web site needs streamlit and babel, which openness does not install by itself",
        '  pip install "openness[ui]"',
    ]
