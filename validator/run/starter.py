"""The warm starter: one process that has imported torch and forks a fresh, guarded child per model.

Importing torch and transformers takes seconds, checking a small model less than one. The starter reads no file of a
stranger itself; each fork gets its own session, namespaces, scratch folder and limits, so one model cannot touch the
next. It lives as long as its parent: it sits in a poll, sees the closed socket, kills its children and ends.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

FOLDER = Path(__file__).resolve().parent
WARM_UP_SECONDS = 300  # a cold import from a slow network disk
PASSED = (
    "PATH", "LD_LIBRARY_PATH", "CUDA_HOME", "OMP_NUM_THREADS", "SYSTEMROOT",
    "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER",  # a number names another GPU in another order
    "CUDA_MPS_PIPE_DIRECTORY",
)  # fmt: skip
NVML_CHECK = "PYTORCH_NVML_BASED_CUDA_CHECK"

# By file, not by search path: whatever name this folder was imported under, and no neighbor of it shadows a module.
BOOT = """
import importlib.util, sys
from pathlib import Path
folder = Path(sys.argv[1])
spec = importlib.util.spec_from_file_location("run", folder / "__init__.py", submodule_search_locations=[str(folder)])
sys.modules["run"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["run"])
from run.forks import serve
serve(int(sys.argv[2]))
"""


class StartError(Exception):
    """The starter did not come up: a part is missing, or the machine is out of something."""


@dataclass
class Child:
    """A child at work: where its events, its stderr and at last its wait status can be read."""

    pid: int
    events: BinaryIO
    stderr: BinaryIO
    status: BinaryIO

    def kill(self) -> None:
        """End it and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let go of its pipes."""
        for pipe in (self.events, self.stderr, self.status):
            pipe.close()


class Starter:
    """Starts children; safe to use from several threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.scratch = Path(tempfile.mkdtemp(prefix="openness-run-"))
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket = ours
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", BOOT, str(FOLDER), str(theirs.fileno())],
                env=environment(self.scratch), cwd=self.scratch, pass_fds=[theirs.fileno()], start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self.socket.settimeout(WARM_UP_SECONDS)
        try:
            self.versions = self._answer()
        except StartError:
            self.close()
            raise

    def start(self, job: dict[str, Any]) -> Child:
        """Fork a child for one model."""
        pipes = [os.pipe() for _ in range(3)]
        try:
            with self.lock:
                socket.send_fds(self.socket, [json.dumps(job).encode()], [write for _, write in pipes])
                pid = self._answer()["pid"]
        except (OSError, StartError) as error:
            for read, _ in pipes:
                os.close(read)
            raise StartError(f"the child could not be started: {error}") from error
        finally:
            for _, write in pipes:
                os.close(write)
        events, stderr, status = (os.fdopen(read, "rb", buffering=0) for read, _ in pipes)
        return Child(pid, events, stderr, status)

    def alive(self) -> bool:
        """Whether it can still start children."""
        return self.process.poll() is None

    def close(self) -> None:
        """End it, its children and its scratch folder."""
        self.socket.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _answer(self) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = json.loads(self.socket.recv(65536) or b"{}")
        except TimeoutError:
            answer = {"error": f"torch was not imported within {WARM_UP_SECONDS} s"}
        except (OSError, ValueError) as error:
            answer = {"error": str(error)}
        if not answer or "error" in answer:
            raise StartError(answer.get("error") or "the starter ended before it answered")
        return answer


def environment(scratch: Path) -> dict[str, str]:
    """What a child sees: no token, no settings, no home of the user."""
    return {
        **{name: os.environ[name] for name in PASSED if name in os.environ},
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "HF_HOME": str(scratch / "hf"),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "USE_HUB_KERNELS": "0",
        "TOKENIZERS_PARALLELISM": "false",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # without it cuBLAS may answer differently each time
        # CUDA started before a fork is of no use after it, and asking torch for a GPU starts it, unless by way of NVML.
        NVML_CHECK: "1",
        "PYTHONHASHSEED": "0",
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that spin while they wait slow a shared machine many times over
        # glibc otherwise keeps what tensors gave back: twice the memory when a model is streamed through.
        "MALLOC_ARENA_MAX": "1",
        "MALLOC_MMAP_THRESHOLD_": str(1 << 20),
    }


_shared: Starter | None = None
_shared_lock = threading.Lock()


def shared() -> Starter:
    """The starter of this process, made on first use and again when it has died."""
    global _shared
    with _shared_lock:
        if _shared is None or not _shared.alive():
            if _shared is not None:
                _shared.close()
            _shared = Starter()
        return _shared


@atexit.register
def _close_shared() -> None:
    if _shared is not None and _shared.process.poll() is None:
        _shared.close()
