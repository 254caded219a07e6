"""What holds a child of the run stage: time, memory, no network, no secrets, and no life without its parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from openness.validator.run import parent, starter
from openness.validator.run.memory import held, held_by_tree, tree, words
from openness.validator.run.parent import run_stage

FOLDER = Path(starter.__file__).parent
# Built layer by layer before any weight is read: seconds without end, and memory that grows all the while.
ENDLESS = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "num_hidden_layers": 10_000_000}

TRY_TO_CONNECT = """
said = guard.close_network()
refused = {}
for family in ("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET"):
    try:
        socket.socket(getattr(socket, family)).close()
        refused[family] = "open"
    except OSError as error:
        refused[family] = errno.errorcode[error.errno]
with open("/proc/self/net/dev") as file:
    said["interfaces"] = sorted(line.split(":")[0].strip() for line in file.readlines()[2:])
print(json.dumps({**said, "refused_families": refused, "user": os.getuid()}))
"""


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    import struct

    folder = tmp_path / "endless"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(ENDLESS))
    header = json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    return folder


def run(folder: Path, **settings: Any) -> dict[str, Any]:
    settings = {"device": "cpu", "timeout_seconds": 60, "memory_bytes": None, "on_progress": lambda _: None, **settings}
    return run_stage(folder, **settings)


def gone(pids: list[int], seconds: float = 10) -> bool:
    """Whether all of them have ended, a moment given."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def alive(pid: int) -> bool:
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(scratch_owner: starter.Starter) -> list[int]:
    return [pid for pid in tree(scratch_owner.process.pid) if pid != scratch_owner.process.pid]


# Time and memory


def test_time_is_up(endless: Path) -> None:
    started = time.monotonic()
    report = run(endless, timeout_seconds=0.8)
    assert time.monotonic() - started < 30  # the first test of a session also waits for torch
    assert report["stopped"]["code"] == "timeout"
    assert report["stopped"]["message"].startswith("not finished within 0.8 s, while reading the configuration")
    assert [check["name"] for check in report["checks"] if check["outcome"] == "fail"] == ["time"]
    assert not report["ran"]
    assert not children(starter.shared())
    assert not list(starter.shared().scratch.glob("model-*"))


def test_memory_is_up(endless: Path) -> None:
    seen: list[int] = []
    limit = held_by_tree(starter.shared().process.pid) + 50_000_000
    report = run(endless, memory_bytes=limit, on_progress=lambda _: seen.append(1))
    assert report["stopped"]["code"] == "out_of_memory"
    assert report["stopped"]["have_bytes"] == limit
    assert words(limit) in report["stopped"]["message"]
    assert [check["name"] for check in report["checks"] if check["outcome"] == "fail"] == ["memory"]
    assert limit < report["timings"]["host_peak_bytes"] < limit + 200_000_000
    assert not children(starter.shared())


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (140e9, "140.0 GB"), (2e12, "2.0 TB")]
)
def test_bytes_in_words(count: float, said: str) -> None:
    assert words(count) == said


def test_what_a_mapped_file_fills_does_not_count(tmp_path: Path) -> None:
    code = "\n".join([
        "import mmap, sys, os", "sys.stdin.readline()",
        "f = open(sys.argv[1], 'rb'); m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)",
        "sum(m[i] for i in range(0, len(m), 4096)); print('mapped', flush=True); sys.stdin.readline()",
        "b = bytearray(os.path.getsize(sys.argv[1])); b[::4096] = b'x' * len(b[::4096])",
        "print('own', flush=True); sys.stdin.readline()",
    ])  # fmt: skip
    path = tmp_path / "file"
    path.write_bytes(bytes(100_000_000))
    with subprocess.Popen(
        [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        before = held_by_tree(process.pid)
        process.stdin.write("\n")
        assert process.stdout.readline() == "mapped\n"
        mapped = held_by_tree(process.pid)
        process.stdin.write("\n")
        assert process.stdout.readline() == "own\n"
        own = held_by_tree(process.pid)
        process.stdin.write("\n")
    assert mapped - before < 20_000_000
    assert own - mapped > 90_000_000


@pytest.mark.parametrize(
    ("status", "kilobytes"),
    [
        ("VmRSS:\t 100 kB\nRssAnon:\t 5 kB\nRssFile:\t 93 kB\nRssShmem:\t 2 kB\n", 7),
        ("Name:\tpython3\nVmRSS:\t 100 kB\nThreads:\t1\n", 100),  # gVisor
        ("Name:\tpython3\nState:\tZ (zombie)\n", 0),
    ],
)
def test_what_a_process_holds_by_what_its_kernel_tells(tmp_path: Path, status: str, kilobytes: int) -> None:
    (tmp_path / "status").write_text(status)
    assert held(str(tmp_path)) == kilobytes * 1024


# No network


@pytest.mark.parametrize("user", ["as we are", "nobody"])
def test_no_socket_can_be_opened(user: str) -> None:
    boot = starter.BOOT.partition("from run.forks")[0]
    drop = "import ctypes, errno, json, os, socket\nfrom run import guard\n"
    if user == "nobody":
        if os.getuid() != 0:
            user = "as we are"  # then the other case has shown it
        else:
            drop += "os.setgid(65534); os.setuid(65534)\n"
    done = subprocess.run(
        [sys.executable, "-P", "-c", boot + drop + TRY_TO_CONNECT, str(FOLDER)],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    said = json.loads(done.stdout)
    assert said["refused"]
    assert said["guards"]
    assert set(said["guards"]) <= {"network namespace", "seccomp"}
    if "seccomp" in said["guards"]:
        unix = said["refused_families"].pop("AF_UNIX")
        assert unix == "EACCES" or any(Path(path).exists() for path in ("/dev/nvidiactl", "/dev/dxg"))
        assert set(said["refused_families"].values()) == {"EACCES"}
    if "network namespace" in said["guards"]:
        assert said["interfaces"] == ["lo"]


def test_the_report_says_which_guard_holds(endless: Path) -> None:
    network = run(endless, timeout_seconds=0.8)["environment"]["network"]
    assert network["refused"] is True
    assert network["guards"]


# Nothing of its parent


def test_a_child_holds_no_file_of_its_parent(endless: Path, tmp_path: Path) -> None:
    held: set[str] = set()
    with (tmp_path / "secret").open("w") as file:
        os.set_inheritable(file.fileno(), True)

        def look(_: object) -> None:
            for pid in children(starter.shared()):
                held.update(os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink())

        run(endless, timeout_seconds=0.8, on_progress=look)
    assert held
    assert not any("secret" in name or name.startswith("socket:") for name in held), held


# No orphans


RUN_ENDLESS = """
import sys
from pathlib import Path
from openness.validator.run import starter
from openness.validator.run.parent import run_stage
print(starter.shared().process.pid, starter.shared().scratch, flush=True)
run_stage(Path(sys.argv[1]), device="cpu", timeout_seconds=600, memory_bytes=None,
          on_progress=lambda event: print(event["stage"], flush=True))
"""


def test_a_killed_parent_leaves_no_orphan(endless: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUN_ENDLESS, endless], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        pid, scratch = process.stdout.readline().split()
        while process.stdout.readline() != "reading the configuration\n":
            pass
        started = tree(int(pid))
        assert len(started) == 2
        assert all(map(alive, started))
        process.kill()
        process.wait(timeout=20)
    assert gone(started)
    assert not Path(scratch).exists()


def test_a_killed_starter_takes_its_child_along_and_the_next_sees_no_token(
    endless: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Two tests in one, for the seconds that a starter takes."""
    first = starter.shared()
    killed: list[int] = []

    def kill(event: dict[str, Any]) -> None:
        if event["stage"] == "reading the configuration" and not killed:
            killed.extend(children(first))
            first.process.kill()

    report = run(endless, on_progress=kill)
    assert report["stopped"]["code"] == "crashed"
    assert killed
    assert gone(killed)

    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "OPENNESS_SECRET", "AWS_SECRET_ACCESS_KEY", "https_proxy"):
        monkeypatch.setenv(name, "s3cret")
    monkeypatch.setenv("HOME", str(tmp_path))
    seen: list[bytes] = []

    def look(_: object) -> None:
        seen.extend(Path(f"/proc/{pid}/environ").read_bytes() for pid in tree(starter.shared().process.pid))

    assert run(endless, timeout_seconds=0.8, on_progress=look)["stopped"]["code"] == "timeout"
    second = starter.shared()
    assert second is not first
    assert len(seen) >= 2
    for environment in seen:
        assert b"s3cret" not in environment
        settings = dict(line.split(b"=", 1) for line in environment.split(b"\0") if line)
        assert settings[b"HF_HUB_OFFLINE"] == b"1"
        assert settings[b"HOME"] == str(second.scratch).encode()
        assert settings.keys() <= {name.encode() for name in starter.environment(tmp_path)}


def test_an_exception_of_the_caller_ends_the_child(endless: Path) -> None:
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(endless, on_progress=stop)
    assert gone(children(starter.shared()))
    assert not list(starter.shared().scratch.glob("model-*"))


def test_a_child_that_dies_is_told(endless: Path) -> None:
    def kill(event: dict[str, Any]) -> None:
        if event["stage"] == "reading the configuration":
            for pid in children(starter.shared()):
                os.kill(pid, signal.SIGSEGV)

    report = run(endless, on_progress=kill)
    assert report["stopped"]["code"] == "crashed"
    assert report["stopped"]["message"] == "the child died of SIGSEGV while reading the configuration"


def test_several_at_a_time(endless: Path) -> None:
    reports: list[dict[str, Any]] = []
    threads = [
        threading.Thread(target=lambda: reports.append(run(endless, timeout_seconds=2.5))) for _ in range(3)
    ]  # fmt: skip
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started < 7
    assert [report["stopped"]["code"] for report in reports] == ["timeout"] * 3


def test_without_torch_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, endless: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('there is no torch here')")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(parent, "shared", starter.Starter)
    report = run(endless)
    assert report["stopped"]["code"] == "not_installed"
    assert "there is no torch here" in report["stopped"]["message"]


# What a child says is not trusted


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"no json",
        b"[" * 100_000,
        b"[1]",
        b"3",
        b'{"event": "check"}',
        b'{"event": "facts", "timings": 3}',
        b'{"event": []}',
    ],
)
def test_a_line_that_is_no_event_is_passed_over(line: bytes) -> None:
    report = parent.Report()
    report.take(line, lambda _: None)
    assert report.result()["checks"] == []


def test_the_folder_works_alone_under_another_name(tmp_path: Path, endless: Path) -> None:
    import shutil

    shutil.copytree(FOLDER, tmp_path / "run", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-m", "run", str(endless), "--device", "cpu", "--timeout", "0.8"], cwd=tmp_path,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["stopped"]["code"] == "timeout"
    assert report["folder"] == str(endless)
    assert json.loads(done.stderr.splitlines()[0])["stage"] == "measuring the disk"
