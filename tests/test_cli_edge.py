"""The edges of the command: pipes, terminals, signals, tokens, and text that others wrote."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from cli_runner import EVIDENCE, check, inside, model, program, run, small_registry, state, write_registry
from hub_server import TOKEN, FaultProxy, never, say


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_registry(tmp_path_factory.mktemp("registry"))


def test_progress_goes_to_a_terminal_on_stderr_only(small: Path) -> None:
    master, slave = os.openpty()
    environment = {**os.environ, "OPENNESS_REGISTRY": str(small)}
    command = [program(), "grade", "--json", "acme-climber", "bolt-closed"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=slave, timeout=60, check=False)
    os.close(slave)
    shown = os.read(master, 10_000).decode()
    os.close(master)
    assert done.returncode == 0
    assert "1/2 acme-climber" in shown
    assert "2/2 bolt-closed" in shown
    assert [json.loads(line)["level"] for line in done.stdout.decode().splitlines()] == [5, 0]
    assert b"\x1b" not in done.stdout


def test_a_pipe_that_closes_early_is_quiet(small: Path) -> None:
    # Far more than a pipe holds.
    reader = f"'{program()}' grade {'acme-climber ' * 200} --json | head -1; echo ${{PIPESTATUS[@]}}"
    environment = {**os.environ, "OPENNESS_REGISTRY": str(small)}
    done = subprocess.run(
        ["bash", "-c", reader], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    first, codes = done.stdout.splitlines()
    assert json.loads(first)["id"] == "acme-climber"
    assert codes == "0 0"
    assert done.stderr == ""


def test_interrupting_leaves_with_130_and_no_traceback(small: Path) -> None:
    with FaultProxy() as hub:
        hub.play("/api/", never)
        environment = {**os.environ, "OPENNESS_REGISTRY": str(small), "HF_ENDPOINT": hub.url}
        process = subprocess.Popen(
            [program(), "grade", "org/slow"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + 30
        while not any("/api/models" in path for path in hub.paths()) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.strip()) == (130, "", "stopped")


@pytest.mark.parametrize("code", [200, 302, 401, 429])
def test_a_token_is_never_printed_even_if_the_server_repeats_it(small: Path, code: int) -> None:
    headers = {
        "X_Error_Message": f"Bearer {TOKEN}",
        "Retry_After": "999",
        "WWW_Authenticate": TOKEN,
        "Location": "/" + TOKEN,
    }
    with FaultProxy() as hub:
        hub.play("/api/models", say(json.dumps({"error": TOKEN}).encode(), "application/json", code, **headers))
        done = run("grade", "org/name", "--json", registry=small, HF_ENDPOINT=hub.url, HF_TOKEN=TOKEN)
        asked = [seen.headers.get("authorization") for seen in hub.seen if "/api/models" in seen.path]
    assert f"Bearer {TOKEN}" in asked  # it was used, so it could have been shown
    assert done.code == 2
    check("failed", done.json)
    assert TOKEN not in done.out + done.err


def test_text_from_a_registry_cannot_steer_the_terminal_or_hide(tmp_path: Path) -> None:
    hostile = "Evil\x1b[2J\x1b]0;owned\x07\x9b31m\u202etxt.exe\u2066\u2028\x7f\r"
    evidence = [{**EVIDENCE, "where": hostile}]
    registry = write_registry(
        tmp_path / "hostile.yaml",
        model(
            "evil", aliases=[hostile + "2"], organization=hostile, note=hostile,
            weights=[state("partial", note=hostile, license="CC-BY-NC-4.0", evidence=evidence)],
        ) | {"name": hostile},
    )  # fmt: skip
    bad = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
    commands = [
        ["grade", "evil"], ["grade", "evil", "--format", "markdown"], ["grade", "evil", "--json"],
        ["show", "evil"], ["show", "evil", "--expanded"], ["list"], ["compare", "evil", "evil"],
        ["grade", "\x9b31m"],
    ]  # fmt: skip
    done = {" ".join(command): inside(*command, registry=registry) for command in commands}
    done["the program itself"] = run("grade", "evil", registry=registry)
    assert done["grade evil --json"].json["name"] == hostile.strip(), "JSON keeps the text, as escapes"
    broken = write_registry(
        tmp_path / "broken.yaml",
        model("evil", family=hostile, weights=[state(hostile)]),
        {"id": hostile},
        model(
            "evil-link", report=[state("open", evidence=[{**EVIDENCE, "url": "https://example.org/\x1b[31m\u202e"}])]
        ),
    )
    for command in (["lint"], ["doctor"]):
        done[f"{command} of a broken file"] = inside(*command, registry=broken)
    for command, left in done.items():
        assert len(left.out + left.err) > 20, command
        assert not bad.search(left.out + left.err), command


def test_markdown_from_a_registry_can_neither_embed_nor_link(tmp_path: Path) -> None:
    note = "![x](http://evil) [y](javascript:alert(1)) <img src=x onerror=alert(1)> www.evil.example `a` | b"
    registry = write_registry(
        tmp_path / "evil.yaml",
        model("evil", weights=[state("partial", note=note)]) | {"name": "<script>alert(1)</script>"},
    )
    done = run("grade", "evil", "--format", "markdown", registry=registry)
    assert done.code == 0
    assert r"\<script\>alert\(1\)\</script\>" in done.out
    assert not re.search(r"(?<!\\)<(?!https://example\.org/fact>)", done.out)
    assert not re.search(r"(?<!\\)[\]`]|(?<!\\)!\[|http://|www\.", done.out)
    row = next(line for line in done.out.splitlines() if line.startswith("| L1 "))
    assert len(re.findall(r"(?<!\\)\|", row)) == 5


def test_an_unexpected_failure_is_one_sentence() -> None:
    import sys

    script = (
        "import openness.cli.main as main\n"
        "def fail(*a, **k): raise ZeroDivisionError('first\\nsecond \\x1b[31m')\n"
        "main.group.main = fail\n"
        "main.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    assert first == "error: something unexpected went wrong (ZeroDivisionError: first second �[31m)"
    assert "report it" in second
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "OPENNESS_DEBUG": "1"},
    )  # fmt: skip
    assert "Traceback" in done.stderr


def test_an_output_that_cannot_show_a_character_still_gets_the_answer(small: Path) -> None:
    done = run("grade", "acme-climber", registry=small, PYTHONIOENCODING="latin-1")
    assert done.code == 0
    assert "\\u2714 L1" in done.out
