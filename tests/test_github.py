"""What GitHub reads: workflows that strangers cannot misuse, forms that it accepts, a hook that runs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli_runner import PROJECT, model, program, run, write_registry
from openness.exports.changes import changes_markdown
from test_exports_changes import found, moved, quiet
from test_revisions import commit, git

GITHUB = PROJECT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
SHA = "1234567890abcdef1234567890abcdef12345678"


def load(path: Path) -> dict[str, Any]:
    data = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # `on` is a word here, not a truth value
    assert isinstance(data, dict)
    return data


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


def step(workflow: str, name: str) -> str:
    """The script of a named step."""
    (script,) = [s["run"] for s in steps(load(GITHUB / "workflows" / workflow)) if s.get("name") == name]
    return str(script)


def test_there_are_the_workflows_that_the_issue_names() -> None:
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "comment.yml", "pull-request.yml"]
    assert [path.name for path in FORMS] == ["new-model.yml", "wrong-grade.yml"]
    assert [s["run"] for s in steps(load(GITHUB / "workflows" / "ci.yml")) if "run" in s] == [".ci/run"]
    assert os.access(PROJECT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_are_safe(path: Path) -> None:
    workflow, text = load(path), path.read_text("utf-8")
    assert "pull_request_target" not in text
    assert "secrets." not in text
    assert workflow["permissions"] in ({"contents": "read"}, {})
    for job in workflow["jobs"].values():
        assert int(job["timeout-minutes"]) <= 30
    for used in steps(workflow):
        if "uses" in used:
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", used["uses"])
            assert re.search(rf"uses: {re.escape(used['uses'])} # v\d+\.\d+\.\d+\n", text), "which version is that?"
        if used.get("uses", "").startswith("actions/checkout@"):
            assert used["with"]["persist-credentials"] == "false"
        assert "${{" not in used.get("run", ""), "values reach a script by its environment only"


def test_what_may_write_runs_nothing_of_the_pull_request() -> None:
    for path in WORKFLOWS:
        workflow = load(path)
        writes = [job for job in workflow["jobs"].values() if "write" in job.get("permissions", {}).values()]
        if path.name != "comment.yml":
            assert not writes, path.name
            assert "workflow_run" not in workflow["on"]
            continue
        assert [job["permissions"] for job in writes] == [{"actions": "read", "pull-requests": "write"}]
        assert list(workflow["on"]) == ["workflow_run"]
        assert workflow["on"]["workflow_run"]["workflows"] == [load(GITHUB / "workflows" / "pull-request.yml")["name"]]
        assert not [used for used in steps(workflow) if "uses" in used]


def test_a_pull_request_is_compared_with_its_base(tmp_path: Path) -> None:
    """The step as it is, on a merge as GitHub checks it out."""
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder, '- {"id": "a", "name": "A"}\n')
    git(folder, "checkout", "--quiet", "-b", "change")
    commit(folder, '- {"id": "a", "name": "A"}\n- {"id": "b", "name": "B", "country": "::error::x"}\n')
    commit(folder, '- {"id": "a", "name": "A"}\n- {"id": "b", "name": "B"}\n')
    git(folder, "checkout", "--quiet", "main")
    commit(folder, "x", "README.md")
    git(folder, "merge", "--quiet", "--no-ff", "--message", "merge", "change")
    path = f"{Path(program()).parent}:{os.environ['PATH']}"
    for number, code in (("7", 0), ("8", 2)):
        done = subprocess.run(
            ["bash", "-e", "-c", step("pull-request.yml", "What the change does to grades")], cwd=folder,
            env={**os.environ, "PATH": path, "NUMBER": number, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        text = (folder / "comment" / "comment.md").read_text("utf-8")
        assert done.returncode == code, done.stderr
        assert (folder / "comment" / "number").read_text() == f"{number}\n"
        assert ("| b | added, unknown" if code == 0 else "cannot be graded") in text
        shutil.rmtree(folder / "comment")
        (folder / "data" / "models.yaml").write_text("- id: [\n")


# --- the comment: from an artifact that anybody may have made


def take_over(folder: Path, **files: str | bytes) -> subprocess.CompletedProcess[str]:
    """Run the step that reads the artifact."""
    with zipfile.ZipFile(folder / "artifact.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("comment_md", "comment.md").replace("up_", "../"), content)
    (folder / "read.py").write_text(step("comment.yml", "Read"))
    return subprocess.run(
        [sys.executable, "read.py"], cwd=folder, env={**os.environ, "HEAD_SHA": SHA}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def test_an_honest_comment_comes_through(tmp_path: Path) -> None:
    text = changes_markdown(found(moved("a"), quiet("b"), unproven=("a",)))
    done = take_over(tmp_path, number="17\n", comment_md=text)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "number").read_text() == "17"
    body = (tmp_path / "body.md").read_text("utf-8")
    head, _, rest = body.partition("\n")
    assert head == "<!-- openness diff -->"
    assert rest == f"{text}\n_Made by the pull request's own code at {SHA[:12]}._\n"


def test_a_hostile_comment_is_disarmed(tmp_path: Path) -> None:
    text = (
        "<!-- hidden --><img src=x><a href='https://evil'>x</a> [x](https://evil) ![x](https://evil) [x][1] [y]\n"
        "[1]: https://evil\n[y]: https://evil\n@maintainer \\@team &#64;me &commat;me #1 org/repo#7 GH-1 "
        "\\<img src=y> <https://example.org/@a#b> \x1b[31m \u202e"
    )
    assert take_over(tmp_path, number="1", comment_md=text).returncode == 0
    body = (tmp_path / "body.md").read_text("utf-8").removeprefix("<!-- openness diff -->\n")
    assert re.findall(r"<[^\u200b]*?>", body) == ["<https://example.org/@a#b>"]
    plain = body.replace("<https://example.org/@a#b>", "")
    assert not re.search(r"<[^\u200b]|\][(:\[]|@\w|#\w|&[#\w]|GH-\d|[\x00-\x09\x0b-\x1f\u202e]", plain)


@pytest.mark.parametrize(
    "files",
    [
        {"number": "1; rm -rf /", "comment_md": "x"},
        {"number": "../1", "comment_md": "x"},
        {"number": "１", "comment_md": "x"},
        {"number": "0", "comment_md": "x"},
        {"number": "1\n2", "comment_md": "x"},
        {"number": "1" * 100, "comment_md": "x"},
        {"number": "", "comment_md": "x"},
        {"number": "1"},
        {"comment_md": "x"},
        {"number": "1", "comment_md": b"\0" * 100_000_000},
    ],
)
def test_an_artifact_that_is_not_ours_is_refused(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    assert take_over(tmp_path, **files).returncode != 0
    assert not (tmp_path / "body.md").exists()


def test_a_long_comment_is_cut_and_no_other_file_is_unpacked(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    assert take_over(folder, number="1", comment_md="<" * 150_000, up_escaped="x").returncode == 0
    assert len((folder / "body.md").read_text("utf-8")) < 65_536
    assert not (tmp_path / "escaped").exists()


POSTED = "api --silent --method POST repos/org/registry/issues/7/comments -F body=@body.md"
CHANGED = "api --silent --method PATCH repos/org/registry/issues/comments/42 -F body=@body.md"


@pytest.mark.parametrize(
    ("head", "old", "expected"),
    [
        (f"{SHA} me/fork open", "", POSTED),
        (f"{SHA} me/fork open", "42", CHANGED),
        (f"{SHA} me/fork closed", "", None),
        (f"{SHA} other/fork open", "", None),
        (f"{SHA[::-1]} me/fork open", "", None),
        ("", "", None),
    ],
)
def test_only_the_pull_request_of_the_run_is_written_to(
    tmp_path: Path, head: str, old: str, expected: str | None
) -> None:
    """The script as it is; in the place of GitHub's command line one that answers and notes what was asked."""
    gh = tmp_path / "gh"
    gh.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n'
        f"case \"$2\" in repos/org/registry/pulls/7) echo '{head}';; --paginate) echo '{old}';; esac\n"
    )
    gh.chmod(0o755)
    (tmp_path / "number").write_text("7")
    environment = {"REPOSITORY": "org/registry", "HEAD_SHA": SHA, "HEAD_REPOSITORY": "me/fork"}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step("comment.yml", "Post")],
        cwd=tmp_path, env={**os.environ, **environment, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    last = (tmp_path / "asked").read_text().splitlines()[-1]
    assert (last if " --method " in last else None) == expected


# --- forms and hooks

TYPES = {"markdown", "textarea", "input", "dropdown", "checkboxes"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_issue_forms_have_what_github_asks_for(path: Path) -> None:
    form = load(path)
    assert form["name"]
    assert form["description"]
    assert set(form) <= {"name", "description", "title", "labels", "assignees", "body", "type", "projects"}
    ids = [item["id"] for item in form["body"] if item["type"] != "markdown"]
    assert ids
    assert len(set(ids)) == len(ids)
    for item in form["body"]:
        assert item["type"] in TYPES
        assert set(item) <= {"type", "id", "attributes", "validations"}
        if item["type"] == "markdown":
            assert item["attributes"]["value"]
            continue
        assert re.fullmatch(r"[\w-]+", item["id"])
        assert item["attributes"]["label"]
        assert item.get("validations", {"required": "true"}) in ({"required": "true"}, {"required": "false"})
        if item["type"] == "dropdown":
            options = item["attributes"]["options"]
            assert len(set(options)) == len(options) > 1
            assert "none" not in map(str.lower, options)
    named = set(re.findall(r"[\w/]+\.md", path.read_text("utf-8")))
    assert all((PROJECT / name).is_file() for name in named)


def test_the_other_files_of_github() -> None:
    config = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / "config.yml").read_text("utf-8"))
    assert isinstance(config["blank_issues_enabled"], bool)
    lines = (GITHUB / "CODEOWNERS").read_text("utf-8").splitlines()
    assert all(line.startswith("#") or re.fullmatch(r"\S+(\s+@[\w/-]+)+", line) for line in lines if line)


def test_the_pre_commit_hook(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert (hook["id"], hook["language"]) == ("openness-lint", "python")
    assert hook["name"]
    for name, meant in (("models.yaml", True), ("data/models.yaml", True), ("data/my-models.yaml", False)):
        assert bool(re.search(hook["files"], name)) is meant
    program, *arguments = shlex.split(hook["entry"])
    assert program == "openness"
    good = write_registry(tmp_path / "good.yaml", model("a"))
    bad = write_registry(tmp_path / "bad.yaml", model("a", wieghts=[]))
    assert run(*arguments, good).code == 0
    done = run(*arguments, bad)
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith(f"{bad}:1: wieghts: ")
