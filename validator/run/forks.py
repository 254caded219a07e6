"""The starter's own side: import what every model needs, then fork a child per request."""

from __future__ import annotations

import gc
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import traceback
from pathlib import Path
from typing import Any

from . import guard
from .starter import NVML_CHECK

NVIDIA_DRIVER, NVIDIA_MEMORY = Path("/proc/driver/nvidia/version"), Path("/dev/nvidia-uvm")


def serve(control_fd: int) -> None:
    """Answer requests until the parent closes the socket."""
    control = socket.socket(fileno=control_fd)
    wake_gpu()
    try:
        versions = warm_up()
    except Exception as error:  # whatever stops the import is the answer
        control.send(json.dumps({"error": f"{type(error).__name__}: {error}"[:2000]}).encode())
        return
    gc.collect()
    gc.freeze()  # children then leave the pages of these objects alone
    control.send(json.dumps(versions).encode())

    children: dict[int, int] = {}  # pid -> where its wait status goes
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        ended = _wake_on_end()  # not by pidfd_open, which sandboxes such as gVisor may not have
        selector.register(ended, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is control:
                    message, fds, _, _ = socket.recv_fds(control, 65536, 3)
                    if not message:
                        for pid in children:
                            _kill_group(pid)
                            os.waitpid(pid, 0)
                        # The parent may have been killed: nobody else is left to clean up.
                        shutil.rmtree(os.environ["HOME"], ignore_errors=True)
                        return
                    events, stderr, status = fds
                    pid = _fork(json.loads(message), events, stderr)
                    os.close(events)
                    os.close(stderr)
                    children[pid] = status
                    control.send(json.dumps({"pid": pid}).encode())
                else:
                    os.read(ended, 65536)
                    for pid in list(children):  # one signal may stand for several
                        _reap(pid, children)


def _wake_on_end() -> int:
    """A pipe that can be read whenever a child has ended."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return read


def _reap(pid: int, children: dict[int, int]) -> None:
    """Tell the wait status of a child that has ended."""
    found, code = os.waitpid(pid, os.WNOHANG)
    if not found:
        return
    status = children.pop(pid)
    _kill_group(pid)  # what it may have left behind
    try:
        os.write(status, str(os.waitstatus_to_exitcode(code)).encode())
    except OSError:
        pass  # nobody waits for it any more
    os.close(status)


def wake_gpu() -> None:
    """Have the driver's device file made, as the first CUDA program after a start of the machine does.

    That takes a helper with the rights of root, which a guarded child can no longer get.
    """
    if NVIDIA_DRIVER.exists() and not NVIDIA_MEMORY.exists():
        try:
            helper = ["nvidia-modprobe", "-u", "-c", "0"]
            subprocess.run(helper, timeout=60, check=False, stdin=subprocess.DEVNULL)
        except (OSError, subprocess.TimeoutExpired):
            pass  # then the child says that CUDA does not start


def warm_up() -> dict[str, str]:
    """Import the parts that every model needs; nothing is computed, as threads do not survive a fork."""
    import platform

    import accelerate
    import safetensors.torch
    import tokenizers
    import torch
    import transformers
    import transformers.generation
    import transformers.modeling_utils
    import transformers.models.auto.modeling_auto

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "safetensors": safetensors.__version__,
        "tokenizers": tokenizers.__version__,
        "accelerate": accelerate.__version__,
    }


def _fork(job: dict[str, Any], events: int, stderr: int) -> int:
    starter = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        os.setsid()
        os.dup2(stderr, 2)
        events = os.dup2(events, 3, inheritable=False)  # what is left open here is closed below
        os.closerange(4, 256)
        for number in (signal.SIGPIPE, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        guard.set_bounds()
        network = guard.close_network()
        guard.die_with(starter)
        os.chdir(job["scratch"])
        os.environ.pop(NVML_CHECK, None)  # from here on CUDA may start, and whether it does is the question
        from .job import work

        work(job, network, events)
        code = 0
    except BaseException:
        os.write(2, traceback.format_exc().encode()[-8000:])
    finally:
        os._exit(code)


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
