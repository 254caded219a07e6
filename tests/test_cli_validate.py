"""``openness validate`` as users run it: answers, exit codes, and what being killed leaves behind."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli_runner import Done, check, inside, model, program, state, write_registry
from hub_server import FaultProxy, Olah
from weights import LFS, Evil, Model, files_of, minilm, tiny_llama

SOURCE = str(Path(__file__).resolve().parent.parent / "src")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_registry(tmp_path_factory.mktemp("registry") / "models.yaml", model("acme-none"))


@pytest.fixture
def ask(registry: Path) -> Any:
    def asked(*arguments: str | Path) -> Done:
        return inside("validate", *arguments, registry=registry)

    return asked


def test_a_valid_model_is_a_table_and_leaves_with_0(ask: Any) -> None:
    done = ask(minilm(), "--static")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0].startswith("model")
    assert lines[0].endswith("valid   (files, headers and configs)")
    assert any("✔ shapes-match       104 tensors fit BertModel" in line for line in lines)
    assert max(map(len, lines)) <= 120


def test_the_json_has_its_published_shape(ask: Any) -> None:
    done = ask(minilm(), "--static", "--json")
    found = check("validate", done.json)
    assert (found["ok"], found["verdict"], found["stages"], found["device"]) == (True, "valid", ["static"], None)
    assert found["timings"]["static_seconds"] > 0
    (file,) = found["files"]
    assert (file["path"], file["size"], file["hashed"]) == ("model.safetensors", 90_868_376, False)


def test_hashing_says_how_far_it_is_and_what_it_found(ask: Any, tmp_path: Path) -> None:
    found = ask(tiny_llama(tmp_path / "m", config=False), "--static", "--hash", "--json").json
    assert all(file["hashed"] and len(file["sha256"]) == 64 for file in found["files"])


LFS_OF_MODEL = "model-00001-of-00003.safetensors"


@pytest.mark.parametrize(
    ("arguments", "change", "code", "verdict"),
    [
        (["--static"], lambda m: os.truncate(m.folder / LFS_OF_MODEL, 1000), 1, "invalid"),
        # A model that fails the first stage is not loaded.
        ([], lambda m: os.truncate(m.folder / LFS_OF_MODEL, 1000), 1, "invalid"),
        (["--static"], lambda m: m.config(auto_map={"AutoModel": "x.Y"}, model_type="acme"), 1, "needs_code_execution"),
        ([], lambda m: m.config(auto_map={"AutoModel": "x.Y"}, model_type="acme"), 1, "needs_code_execution"),
    ],
)
def test_the_exit_code_is_the_verdict(
    ask: Any, tmp_path: Path, arguments: list[str], change: Any, code: int, verdict: str
) -> None:
    broken = Model(tmp_path / "model")
    change(broken)
    done = ask(broken.folder, *arguments, "--json")
    assert (done.code, done.json["verdict"], done.json["ok"]) == (code, verdict, False)
    assert done.json["stages"] == ["static"]


def test_weights_that_are_only_pickles_stay_open(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps({}, 2))
    done = ask(tmp_path)
    assert (done.code, "incomplete: nothing is wrong" in done.out) == (2, True)
    assert "not checked: run (the weights are published only as pickles" in done.err


def test_text_from_a_repository_cannot_steer_the_terminal(ask: Any, tmp_path: Path) -> None:
    broken = Model(tmp_path / "model")
    broken.index = {"evil\x1b[2J\u202e": LFS_OF_MODEL, **broken.index}
    broken.write()
    done = ask(broken.folder, "--static")
    assert done.code == 1
    assert not {"\x1b", "\u202e"} & set(done.out)
    assert "\x1b" not in ask(broken.folder, "--static", "--json").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a model or a folder"),
        (["./nowhere", "--static"], "there is no folder"),
        (["acme-none", "--static"], "names no repository on the Hub"),
        (["what", "--static"], "is not in the registry"),
        (["a/b", "c/d", "--attach", "x"], "one model at a time"),
        (["a/b", "--resume"], "for several models"),
        (["a/b", "--device", "tpu"], "tpu"),
    ],
)
def test_a_bad_question_leaves_with_2(ask: Any, arguments: list[str], said: str) -> None:
    done = ask(*arguments)
    assert (done.code, said in done.err) == (2, True), done.err
    assert done.out == ""


# ---------------------------------------------------------------- evidence, and several models


def lines(entry: dict[str, Any]) -> str:
    return "".join(f"  {key}: {json.dumps(value)}\n" for key, value in entry.items())


@pytest.fixture
def tiny(hub: FaultProxy, olah: Olah, tmp_path: Path) -> Iterator[tuple[FaultProxy, Path]]:
    """Six repositories on a Hub (one broken, one evil), and a registry that names them."""
    files = files_of(tiny_llama(tmp_path / "tiny", config=False))
    for number in range(6):
        if not (olah.mirrors / "models" / "many" / f"m{number}").exists():
            own = dict(files)
            if number == 3:
                own[LFS[0]] = own[LFS[0]][:-1]
            if number == 4:
                # Longer than what olah takes for the text of an LFS pointer.
                own["state.pkl"] = pickle.dumps([Evil(tmp_path / "owned"), "x" * 400])
            olah.add(f"many/m{number}", own, lfs=LFS)
    entries = [
        model(f"m{n}", repositories=[{"host": "huggingface", "id": f"many/m{n}"}], weights=[state("open")])
        for n in range(6)
    ]
    path = tmp_path / "models.yaml"
    path.write_text("".join(f"- id: {entry.pop('id')}\n{lines(entry)}" for entry in entries))
    yield hub, path
    assert not (tmp_path / "owned").exists()


def test_evidence_is_attached_on_demand(tiny: tuple[FaultProxy, Path]) -> None:
    _, registry = tiny
    before = registry.read_text()
    done = inside("validate", "m1", "--static", "--attach", "m1", "--registry", registry, "--json", registry=registry)
    assert done.code == 0, done.err
    assert done.json["attached"] == f"{registry}: m1"
    assert "validated" in registry.read_text()
    assert inside("lint", registry, registry=registry).code == 0
    registry.write_text(before)
    done = inside("validate", "m3", "--static", "--attach", "m3", "--registry", registry, registry=registry)
    assert (done.code, "INVALID" in done.out, "nothing was attached" in done.err) == (2, True, True)
    assert registry.read_text() == before


def test_all_models_go_to_a_file_one_line_each(tiny: tuple[FaultProxy, Path], tmp_path: Path) -> None:
    hub, registry = tiny
    output = tmp_path / "out.jsonl"
    arguments = ["validate", "--all", "--static", "--jobs", "3", "--output", output]
    done = inside(*arguments, "--json", registry=registry)
    assert done.code == 1, done.err
    found = [check("validate", line) for line in done.lines]
    assert [line["target"] for line in found] == [f"m{number}" for number in range(6)]
    assert [line["verdict"] for line in found] == ["valid"] * 3 + ["invalid"] * 2 + ["valid"]
    written = [json.loads(line) for line in output.read_text().splitlines()]
    assert sorted(written, key=lambda line: line["target"]) == found
    done = inside(*arguments, registry=registry)
    assert (done.code, "is there already" in done.err) == (2, True)
    hub.seen.clear()
    done = inside(*arguments, "--resume", registry=registry)
    assert (done.code, hub.seen, "6 of 6 are in" in done.err) == (0, [], True)


def test_a_target_that_cannot_be_read_does_not_stop_the_others(tiny: tuple[FaultProxy, Path], tmp_path: Path) -> None:
    _, registry = tiny
    output = tmp_path / "out.jsonl"
    arguments = ["validate", "m0", "many/none", "m1", "--static", "--output", output]
    done = inside(*arguments, "--json", registry=registry)
    assert done.code == 2
    assert [line.get("verdict") for line in done.lines] == ["valid", None, "valid"]
    check("failed", done.lines[1])
    # What failed is tried again.
    assert inside(*arguments, "--resume", registry=registry).code == 2
    assert [json.loads(line)["target"] for line in output.read_text().splitlines()] == [
        "m0",
        "many/none",
        "m1",
        "many/none",
    ]


def start(*arguments: str | Path, hub: FaultProxy, registry: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": SOURCE, "HF_ENDPOINT": hub.url, "OPENNESS_REGISTRY": str(registry)}
    return subprocess.Popen(
        [program(), "validate", *map(str, arguments)],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_run_over_many_goes_on_where_it_was(tiny: tuple[FaultProxy, Path], tmp_path: Path, how: int) -> None:
    hub, registry = tiny
    hub.delay = 0.1
    output = tmp_path / "out.jsonl"
    running = start("--all", "--static", "--jobs", "2", "--output", output, hub=hub, registry=registry)
    until = time.monotonic() + 30
    while not (output.exists() and output.read_bytes().count(b"\n") >= 2):
        assert time.monotonic() < until
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(how)
    assert running.wait(10) != 0
    left = output.read_bytes()
    assert 2 <= left.count(b"\n") < 6
    with output.open("ab") as stream:
        stream.write(b'{"target": "m5", "ok": tr')  # as if it had been killed while writing
    hub.delay = 0
    done = inside("validate", "--all", "--static", "--output", output, "--resume", registry=registry)
    assert done.code in (0, 1)
    assert output.read_bytes().startswith(left)
    written = [check("validate", json.loads(line)) for line in output.read_text().splitlines()]
    assert sorted(line["target"] for line in written) == [f"m{number}" for number in range(6)]


def children_of(parent: int) -> list[Path]:
    """Processes that were started to build architectures, by the parent they were told."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if any(word.endswith(b"architecture_child.py") for word in words) and str(parent).encode() in words:
            found.append(path)
    return found


def test_being_killed_leaves_no_process_behind(hub: FaultProxy, registry: Path) -> None:
    running = start(minilm(), "--static", hub=hub, registry=registry)
    until = time.monotonic() + 30
    while not children_of(running.pid):
        assert running.poll() is None
        assert time.monotonic() < until
        time.sleep(0.01)
    running.kill()
    running.wait(10)
    while children_of(running.pid):
        assert time.monotonic() < until
        time.sleep(0.01)
