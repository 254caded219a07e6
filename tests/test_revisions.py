"""A file as git keeps it: real repositories, and none of their code run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from openness.revisions import is_revision, read_at
from openness.schemas.errors import OpennessError


def git(folder: Path, *arguments: str) -> str:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **who}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder: Path, text: str, name: str = "data/models.yaml") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "x")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Two commits on main, a tag on the first, a remote branch."""
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    first = commit(folder, "first\n")
    git(folder, "tag", "v1")
    git(folder, "update-ref", "refs/remotes/origin/main", first)
    commit(folder, "second\n")
    (folder / "data" / "models.yaml").write_text("edited\n")
    return folder


def test_revisions(clone: Path) -> None:
    path = clone / "data" / "models.yaml"
    for name in ("v1", "origin/main", "HEAD^1", "HEAD~1", "main^", git(clone, "rev-parse", "--short", "v1")):
        assert read_at(name, path, 1000) == b"first\n", name
    assert read_at("main", path, 1000) == b"second\n"
    assert read_at("no-such", path, 1000) is None


@pytest.mark.parametrize(
    "name",
    [
        "-h",
        "--output=x",
        "",
        "main:data",
        "main..v1",
        "main v1",
        ":/x",
        "a\nb",
        "a" * 201,
        "$(touch x)",
        "main\0",
        ";ls",
    ],
)
def test_what_is_no_revision_is_not_asked_for(clone: Path, name: str) -> None:
    assert not is_revision(name)
    assert read_at(name, clone / "data" / "models.yaml", 1000) is None


def test_what_cannot_be_read(clone: Path, tmp_path: Path) -> None:
    path = clone / "data" / "models.yaml"
    for place, limit, code in (
        (path, 3, "too_large"),
        (clone / "data" / "none.yaml", 99, "not_found"),
        (tmp_path / "models.yaml", 99, "no_repository"),
        (tmp_path / "nowhere" / "models.yaml", 99, "git"),
    ):
        with pytest.raises(OpennessError) as caught:
            read_at("main", place, limit)
        assert caught.value.code == code


def test_nothing_of_the_repository_is_run(clone: Path, tmp_path: Path) -> None:
    """Hooks, a pager, a filter for display, a file-system monitor: all configured, none called."""
    called = tmp_path / "called"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho $0 $* >> {called}\ncat\n")
    program.chmod(0o755)
    for hook in ("post-checkout", "pre-commit", "post-index-change", "reference-transaction", "fsmonitor-watchman"):
        (clone / ".git" / "hooks" / hook).write_text(program.read_text())
        (clone / ".git" / "hooks" / hook).chmod(0o755)
    (clone / ".git" / "info" / "attributes").write_text("*.yaml diff=evil\n")
    settings = {
        "diff.evil.textconv": "core.pager diff.external diff.evil.command core.fsmonitor core.sshCommand",
        "pager.show": "",
    }
    for name in " ".join([*settings, *settings.values()]).split():
        git(clone, "config", name, str(program))
    assert read_at("v1", clone / "data" / "models.yaml", 1000) == b"first\n"
    assert not called.exists()


def test_within_a_hook_the_folder_decides(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    assert read_at("v1", clone / "data" / "models.yaml", 1000) == b"first\n"


def test_a_link_leads_to_the_file_that_git_keeps(clone: Path) -> None:
    (clone / "link").symlink_to("data")
    assert read_at("v1", clone / "link" / "models.yaml", 1000) == b"first\n"
