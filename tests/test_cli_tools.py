"""Help, explain, cache, doctor and update as users run them, and what the commands import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli_runner import CLOSED, PROJECT, check, inside, model, run, small_registry, write_registry
from hub_server import TOKEN, FaultProxy, redirect, say
from openness.cli.main import COMMANDS, group

HEAVY = ("pydantic", "huggingface_hub", "sqlmodel", "sqlalchemy", "yaml", "httpx2", "license_expression")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_registry(tmp_path_factory.mktemp("registry"))


def test_help_lists_every_command() -> None:
    done = run("--help")
    assert (done.code, done.err) == (0, "")
    listed = " ".join(done.out.split())
    for name, line in COMMANDS.items():
        assert f" {name} {line}" in listed
    modules = {
        path.name.removesuffix("_command.py").replace("_", "-") for path in (PROJECT / "cli").glob("*_command.py")
    }
    assert set(COMMANDS) == modules
    assert run("nonsense").code == 2
    assert run("-h").out == done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(name: str) -> None:
    import click

    done = inside(name, "--help", registry=PROJECT)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: openness {name} ")
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.short_help == COMMANDS[name]
    documented = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
    for option in documented:
        assert option in done.out
    for part in command.commands if isinstance(command, click.Group) else ():
        below = inside(name, part, "--help", registry=PROJECT)
        assert (below.code, below.err) == (0, "")
        assert part in done.out


def test_version() -> None:
    import openness.settings

    done = run("--version")
    assert (done.code, done.out) == (0, f"openness {openness.settings.tool_version()}\n")


def test_explain() -> None:
    done = run("explain", "--json")
    rules = check("explain", done.json)["rules"]
    assert [rule["level"] for rule in rules] == sorted(rule["level"] for rule in rules)
    page = (PROJECT / "docs" / "rules.md").read_text("utf-8")
    for rule in rules:
        assert f"## L{rule['level']} `{rule['id']}`" in page
    one = inside("explain", "weights-released", registry=PROJECT)
    assert one.out.startswith("weights-released (level 1)\n")
    assert f"Asks: {rules[0]['Asks']}" in one.out
    listed = inside("explain", registry=PROJECT).out
    assert all(f"L{rule['level']}  {rule['id']}\n" in listed for rule in rules)


def test_explain_of_an_unknown_rule() -> None:
    done = run("explain", "weights-release")
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: there is no rule `weights-release`\n  did you mean weights-released?\n"


def test_cache(small: Path, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    empty = check("cache", run("cache", "--json", OPENNESS_CACHE=cache).json)
    assert empty["index"] == empty["snapshots"] == {"files": 0, "bytes": 0}
    run("grade", "bolt-closed", registry=small, OPENNESS_CACHE=cache)
    shown = check("cache", run("cache", "show", "--json", OPENNESS_CACHE=cache).json)
    assert shown["folder"] == cache
    assert shown["index"]["files"] == 1
    assert shown["index"]["bytes"] > 1000
    cleared = run("cache", "clear", OPENNESS_CACHE=cache)
    assert "index: 1 files" in cleared.out
    assert not list(tmp_path.glob("cache/*"))
    # And it comes back by itself.
    assert run("grade", "bolt-closed", registry=small, OPENNESS_CACHE=cache).code == 0


def test_a_cache_that_cannot_be_written_is_no_reason_to_fail(small: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = run("grade", "bolt-closed", "--json", registry=small, OPENNESS_CACHE=str(tmp_path / "file"))
    assert (done.code, done.json["level"]) == (0, 0)
    assert inside("list", registry=small, OPENNESS_CACHE=str(tmp_path / "file")).code == 0


def test_doctor(small: Path) -> None:
    done = run("doctor", "--json", registry=small, HF_TOKEN=TOKEN, HF_ENDPOINT="http://hub.example")
    found = check("doctor", done.json)
    assert (done.code, found["ok"], found["problems"], found["models"]) == (0, True, [], 4)
    assert (found["endpoint"], found["token"]) == ("http://hub.example", "set, but not sent over plain http")
    assert TOKEN not in done.out
    text = inside("doctor", registry=small, HF_TOKEN=TOKEN)
    assert text.code == 0
    assert "token      set\n" in text.out
    assert TOKEN not in text.out + text.err


def test_doctor_says_what_does_not_work(small: Path, tmp_path: Path) -> None:
    broken = write_registry(tmp_path / "broken.yaml", model("a", wieghts=[]))
    done = inside("doctor", "--json", registry=broken)
    assert (done.code, check("doctor", done.json)["ok"]) == (1, False)
    assert "wieghts" in done.json["problems"][0]
    url = "nosuchdb://user:hunter2@127.0.0.1/x"
    for arguments in (["doctor"], ["doctor", "--json"], ["list"]):
        done = inside(*arguments, registry=small, OPENNESS_DATABASE_URL=url)
        assert done.code == (2 if arguments == ["list"] else 1)
        assert "OPENNESS_DATABASE_URL cannot be used" in done.out + done.err
        assert "hunter2" not in done.out + done.err


def test_update_takes_a_registry_into_use_and_gives_it_back(tmp_path: Path) -> None:
    own = {"OPENNESS_DATA": str(tmp_path / "data")}
    new = write_registry(tmp_path / "new.yaml", CLOSED)
    done = run("update", "new.yaml", "--json", cwd=tmp_path, **own)
    assert (done.code, done.err) == (0, "")
    said = check("update", done.json)
    assert (said["models"], said["changed"]) == (1, True)
    assert Path(said["path"]).read_bytes() == new.read_bytes()
    assert run("grade", "bolt-closed", "--json", **own).json["level"] == 0
    assert run("update", new, **own).out.endswith("1 models, no change\n")

    broken = write_registry(tmp_path / "broken.yaml", CLOSED, model("zz", wieghts=[]))
    refused = run("update", broken, **own)
    assert (refused.code, refused.out) == (2, "")
    assert f"error: {broken}:2: wieghts: unknown key" in refused.err
    assert "nothing was replaced" in refused.err
    assert run("list", "--json", **own).json["models"][0]["id"] == "bolt-closed"

    assert check("update", run("update", "--reset", "--json", **own).json)["reset"] is True
    assert run("update", "--reset", **own).out == "the installed registry is in use, as before\n"
    assert run("show", "bolt-closed", **own).code == 2


def test_update_from_the_web(tmp_path: Path) -> None:
    new = write_registry(tmp_path / "new.yaml", CLOSED)
    own = {"OPENNESS_DATA": str(tmp_path / "data")}
    with FaultProxy() as server:
        server.play("^/new", say(new.read_bytes()))
        server.play("^/away", redirect("http://elsewhere.example/models.yaml"))
        url = f"{server.url}/new.yaml"
        # Named by the setting: fetched when told to, and only then.
        assert run("list", OPENNESS_REGISTRY=url, **own).code == 2
        assert not server.seen
        assert run("update", OPENNESS_REGISTRY=url, **own).code == 0
        assert run("grade", "bolt-closed", "--json", OPENNESS_REGISTRY=url, **own).json["id"] == "bolt-closed"
        assert len(server.seen) == 1
        away = run("update", f"{server.url}/away", **own)
    assert (away.code, away.out) == (2, "")
    assert "redirects to another host" in away.err
    plain = run("update", "http://registry.example/models.yaml", **own)
    assert (plain.code, plain.out) == (2, "")
    assert "is not an https URL" in plain.err
    nothing = run("update", **own)
    assert nothing.code == 2
    assert "there is nothing to update from" in nothing.err


def imported(*arguments: str, registry: Path) -> set[str]:
    """The top-level modules that one run of the command has loaded at its end."""
    script = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr))\n"
        f"sys.argv = ['openness', *{list(arguments)!r}]\n"
        "from openness.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True,
        env={**os.environ, "OPENNESS_REGISTRY": str(registry)},
    )  # fmt: skip
    if "--json" in arguments:
        json.loads(done.stdout)
    return set(done.stderr.splitlines()[-1].split())


def test_a_known_id_is_answered_without_heavy_imports(small: Path) -> None:
    run("grade", "bolt-closed", registry=small)  # the index is built
    for arguments in (["grade", "acme-climber", "--json"], ["grade", "Acme-AI/Gated"], ["--help"], ["--version"]):
        loaded = imported(*arguments, registry=small)
        assert "openness" in loaded
        assert not loaded & set(HEAVY), arguments


def test_reading_the_registry_does_not_import_the_hub_s_client(small: Path) -> None:
    assert "huggingface_hub" not in imported("list", registry=small)
    assert "huggingface_hub" not in imported("grade", "acme-climber", "--as-of", "2024", registry=small)


def test_import_openness_is_light() -> None:
    script = "import sys, openness; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert not {name.partition(".")[0] for name in done.stdout.split()} & {*HEAVY, "click", "platformdirs"}
