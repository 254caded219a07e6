"""The shape of the project, kept true: who imports whom, links, guards, and what may touch the outside."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
PACKAGE = PROJECT / "src" / "openness"
CARRIED = PROJECT / "validator" / "run"  # works as a folder of its own, under another name
ROOMS = sorted(path.parent.name for path in PROJECT.glob("*/__init__.py") if path.parent.name not in ("tests", "build"))

# room -> what of ours it may import besides itself: a room, or one module. Rooms to come are listed already.
MAY = {
    "schemas": set(),
    "sources": {"schemas"},
    "registry": {"schemas"},
    "classifier": {"schemas"},
    "exports": {"schemas"},
    "lineage": {"schemas", "sources"},
    "validator": {"schemas", "sources"},
    "cli": {"FRONT", "registry", "exports", "schemas", "classifier.require", "classifier.levels"},
    "ui": {"FRONT", "registry", "exports", "schemas", "classifier.levels"},
}
FRONT = {path.stem for path in PACKAGE.glob("*.py")}

NETWORK = {"httpx", "httpx2", "requests", "urllib3", "aiohttp", "socket", "ssl", "http", "ftplib", "huggingface_hub"}
FILES = {"pathlib", "shutil", "tempfile", "glob", "sqlite3", "fileinput", "mmap", "os", "subprocess"}
OPENING = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "__import__", "exec", "eval"}


def modules(room: str) -> list[Path]:
    return sorted((PROJECT / room).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every import of a file, wherever it stands, as (line, dotted name)."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            if node.level == 1 and path.parent == CARRIED:
                continue
            assert node.level == 0, f"{path}:{node.lineno}: `streamlit run` breaks relative imports"
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def ours(path: Path) -> Iterator[tuple[int, str]]:
    """The imports of ours, without the leading ``openness.``."""
    for line, name in imports(path):
        first, _, rest = name.partition(".")
        assert first not in ROOMS, f"{path}:{line}: import openness.{first}, not {first}"
        if first == "openness":
            yield line, rest


def allowed(room: str, name: str) -> bool:
    top, _, rest = name.partition(".")
    may = MAY[room] | {room}
    if top in ROOMS:
        return top in may or f"{top}.{rest.partition('.')[0]}" in may
    return "FRONT" in may and (top in FRONT or top in ("", "grade", "Grade", "OpennessError"))


def test_every_room_has_its_rule() -> None:
    assert set(ROOMS) <= set(MAY)
    assert {"schemas", "sources", "registry", "classifier", "exports", "cli"} <= set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_who_may_import_whom(room: str) -> None:
    wrong = [
        f"{path.relative_to(PROJECT)}:{line}: {room} must not import openness.{name}"
        for path in modules(room)
        for line, name in ours(path)
        if not allowed(room, name)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_rule_sees_what_it_should(tmp_path: Path) -> None:
    """The check itself: each of these must be refused, wherever it stands in a file."""
    for room, name in [
        ("registry", "classifier.levels"), ("classifier", "registry.names"), ("schemas", "sources.card"),
        ("exports", "api"), ("sources", "settings"), ("cli", "sources.hub"), ("cli", "classifier.grade"),
    ]:  # fmt: skip
        assert not allowed(room, name)
    path = tmp_path / "lazy.py"
    path.write_text("def f():\n    from openness.registry import names\n    import openness.api\n")
    assert list(ours(path)) == [(2, "registry.names"), (3, "api")]


def test_nothing_imports_the_pages_or_the_commands() -> None:
    for room in [name for name in ROOMS if name not in ("cli", "ui")]:
        for path in modules(room):
            assert not [name for _, name in ours(path) if name.partition(".")[0] in ("cli", "ui")], path
    for path in PACKAGE.glob("*.py"):
        assert not [name for _, name in ours(path) if name.partition(".")[0] in ("cli", "ui")], path


def test_the_classifier_is_pure() -> None:
    for path in modules("classifier"):
        for line, name in imports(path):
            top = name.partition(".")[0]
            assert top not in NETWORK | FILES | {"urllib"}, f"{path}:{line}: {name}"
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            name = getattr(called, "id", None) or getattr(called, "attr", None)
            assert name not in OPENING, f"{path}:{node.lineno}: {name}()"


@pytest.mark.parametrize("room", ["schemas", "exports", "registry"])
def test_only_sources_and_the_front_door_use_the_network(room: str) -> None:
    for path in modules(room):
        for line, name in imports(path):
            assert name.partition(".")[0] not in NETWORK, f"{path}:{line}: {name}"
            assert not name.startswith("urllib.request"), f"{path}:{line}: {name}"
            if room in ("schemas", "exports"):
                assert name.partition(".")[0] not in FILES, f"{path}:{line}: {name}"


def test_the_path_of_a_known_id_needs_the_standard_library_only() -> None:
    for name in ("registry/lookup.py", "schemas/names.py", "exports/text.py", "schemas/errors.py"):
        for line, imported in imports(PROJECT / name):
            top = imported.partition(".")[0]
            assert top in sys.stdlib_module_names or top == "openness", f"{name}:{line}: {imported}"


def test_the_run_stage_stands_alone() -> None:
    """On a bare GPU machine there are torch, transformers and what comes with them."""
    there = {"torch", "transformers", "safetensors", "tokenizers", "accelerate", "gguf", "numpy"}
    for path in CARRIED.glob("*.py"):
        for line, name in imports(path):
            top = name.partition(".")[0]
            assert top in sys.stdlib_module_names or top in there, f"{path}:{line}: {name}"


def test_the_door_of_the_run_stage_needs_the_standard_library_only() -> None:
    """`openness validate` must be able to say that the extra is missing."""
    for name in ("parent", "starter", "memory"):
        for line, imported in imports(CARRIED / f"{name}.py"):
            assert imported.partition(".")[0] in sys.stdlib_module_names, f"{name}.py:{line}: {imported}"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_refuses_its_bare_name(room: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import {room}"], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"ImportError: import openness.{room}, not {room}: ")


def test_one_link_per_room() -> None:
    links = {path.name: path.readlink() for path in PACKAGE.iterdir() if path.is_symlink()}
    assert links == {name: Path("..", "..", name) for name in (*ROOMS, "data")}
    for name in links:
        assert (PACKAGE / name).resolve() == PROJECT / name
    real = {path.name for path in PACKAGE.iterdir() if path.is_dir() and not path.is_symlink()}
    assert real <= {"__pycache__"}


def test_no_module_name_stands_twice_in_the_package() -> None:
    """A module of the front door must not be hidden by a room, nor an export by a module."""
    import openness

    assert not FRONT & set(ROOMS)
    assert not FRONT & set(openness.__all__)


@pytest.mark.parametrize("kind", ["missing", "text files"])
def test_an_install_without_links_stops_with_a_sentence(tmp_path: Path, kind: str) -> None:
    """A checkout without symbolic links has none, or a small file in the place of each."""

    def no_links(folder: str, names: list[str]) -> list[str]:
        skipped = {name for name in names if Path(folder, name).is_symlink()}
        return [*skipped, *(name for name in names if name.startswith((".", "build")) or name.endswith(".egg-info"))]

    tree = tmp_path / "tree"
    shutil.copytree(PROJECT, tree, ignore=no_links, symlinks=True)
    if kind == "text files":
        for name in ROOMS:
            (tree / "src" / "openness" / name).write_text(f"../../{name}")
    done = subprocess.run(
        [sys.executable, "setup.py", "--version"], cwd=tree, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("openness: src/openness/registry is missing.")
    assert "core.symlinks=true" in last
    assert "Traceback" not in done.stderr
