"""The one door of the run stage: start a guarded child for one model, watch it, and tell what came of it."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .memory import available, held_by_tree, words
from .starter import Child, StartError, shared

Progress = Callable[[dict[str, Any]], None]

TICK_SECONDS = 0.05
MAX_LINE = 1 << 20
MAX_EVENTS = 16 << 20  # bytes of events of one child, so that a child gone wild cannot fill our memory
MAX_STDERR = 16 << 10
DRAIN_SECONDS = 2.0


def run_stage(
    folder: Path,
    *,
    device: str = "auto",
    timeout_seconds: float,
    memory_bytes: int | None,
    on_progress: Progress,
    device_memory_bytes: int | None = None,
) -> dict[str, Any]:
    """Load the weights in a folder in a child process and try whether they run.

    Args:
        folder: holds ``config.json``, tokenizer and weights (safetensors), or a GGUF file.
        device: ``cpu``, ``cuda``, or ``auto``: CUDA when there is one.
        timeout_seconds: the child is killed after this time.
        memory_bytes: host memory that the child may hold; None is what the machine has available now. A model that
            needs more is streamed from disk.
        on_progress: called in this thread with ``stage``, ``done``, ``total`` (bytes) and ``seconds_left``.
        device_memory_bytes: the same bound for the memory of the GPU.

    Returns:
        ``device``, ``checks`` (each ``name``, ``outcome``, ``detail`` and figures), ``timings``, ``environment``,
        ``ran`` (the model answered a forward pass), and ``stopped``: None, or the ``code`` (``out_of_memory``,
        ``timeout``, ``crashed``, ``not_installed``) and the ``message`` of what ended the run before its end.
    """
    report = Report()
    limit = memory_bytes if memory_bytes is not None else available()
    try:
        starter = shared()
        scratch = tempfile.mkdtemp(prefix="model-", dir=starter.scratch)
    except StartError as error:
        report.stop("not_installed", f"the run stage needs torch, transformers, accelerate and safetensors: {error}")
        return report.result()
    job = {
        "folder": str(folder.resolve()), "device": device, "timeout": timeout_seconds, "memory": limit,
        "device_memory": device_memory_bytes, "scratch": scratch,
    }  # fmt: skip
    report.environment.update(starter.versions)
    try:
        child = starter.start(job)
    except StartError as error:
        shutil.rmtree(scratch, ignore_errors=True)
        report.stop("crashed", f"{error}")
        return report.result()
    try:
        _watch(child, report, limit, timeout_seconds, on_progress)
    finally:  # also when on_progress or the user interrupts
        _end(child)
        child.close()
        shutil.rmtree(scratch, ignore_errors=True)
    return report.result()


class Report:
    """What a child has told so far."""

    def __init__(self) -> None:
        self.device = ""
        self.stage = "starting"
        self.checks: list[dict[str, Any]] = []
        self.timings: dict[str, Any] = {}
        self.environment: dict[str, Any] = {}
        self.progress: dict[str, Any] = {}
        self.need: int | None = None
        self.ran = False
        self.done = False
        self.stopped: dict[str, Any] | None = None

    def take(self, line: bytes, on_progress: Progress) -> None:
        """Read one event of the child; what is no event is passed over."""
        progress = None
        try:
            event = json.loads(line)
            kind = event.pop("event")
            if kind == "check":
                words_of = {key: str(event.pop(key)) for key in ("name", "outcome", "detail")}
                self.checks.append({**words_of, **event})
            elif kind == "progress":
                self.stage, self.progress = str(event["stage"]), event
                progress = event
            elif kind == "facts":
                self._facts(event)
            elif kind == "stopped":
                self.stop(str(event.pop("code")), str(event.pop("message")), **event)
            elif kind == "done":
                self.done = True
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            return
        if progress is not None:
            on_progress(progress)

    def _facts(self, event: dict[str, Any]) -> None:
        self.timings |= dict(event.pop("timings", {}))
        self.environment |= dict(event.pop("environment", {}))
        self.device = str(event.pop("device", self.device))
        self.ran = bool(event.pop("ran", self.ran))
        need = event.pop("need_bytes", self.need)
        self.need = need if isinstance(need, int) else None

    def stop(self, code: str, message: str, **figures: Any) -> None:
        """Record what ended the run; the first word stands."""
        if self.stopped is None:
            self.stopped = {"code": code, "message": message, **figures}

    def result(self) -> dict[str, Any]:
        """The report, with what stopped it as a failed check."""
        checks = list(self.checks)
        if self.stopped is not None:
            names = {"out_of_memory": "memory", "timeout": "time"}
            name = names.get(self.stopped["code"], "child-process")
            figures = {key: value for key, value in self.stopped.items() if key not in ("code", "message")}
            checks.append({"name": name, "outcome": "fail", "detail": self.stopped["message"], **figures})
        return {
            "device": self.device, "checks": checks, "timings": self.timings, "environment": self.environment,
            "ran": self.ran, "stopped": self.stopped,
        }  # fmt: skip


def _watch(child: Child, report: Report, limit: int, timeout_seconds: float, on_progress: Progress) -> None:
    started = time.monotonic()
    ended: float | None = None
    lines, stderr, read, peak = b"", b"", 0, 0
    status: int | None = None
    with selectors.DefaultSelector() as selector:
        for pipe in (child.events, child.stderr, child.status):
            selector.register(pipe, selectors.EVENT_READ)
        # The status comes once the child is reaped; a process that escaped it could hold its pipes open longer.
        while selector.get_map() and (ended is None or time.monotonic() - ended < DRAIN_SECONDS):
            for key, _ in selector.select(TICK_SECONDS):
                data = os.read(key.fd, 1 << 16)
                if not data:
                    selector.unregister(key.fileobj)
                if key.fileobj is child.status:
                    ended = ended or time.monotonic()
                    status = int(data) if data else status
                elif key.fileobj is child.stderr:
                    stderr = (stderr + data)[-MAX_STDERR:]
                else:
                    read += len(data)
                    *whole, lines = (lines + data).split(b"\n")
                    for line in whole:
                        report.take(line, on_progress)
            if ended is not None:
                continue
            now = held_by_tree(child.pid)
            peak = max(peak, now)
            if now > limit:
                report.stop("out_of_memory", _memory_words(report, limit), need_bytes=report.need, have_bytes=limit)
            elif time.monotonic() - started > timeout_seconds:
                report.stop("timeout", _time_words(report, timeout_seconds), limit_seconds=timeout_seconds)
            elif read > MAX_EVENTS or len(lines) > MAX_LINE:
                report.stop("crashed", "the child sent more than a report can hold")
            if report.stopped is not None:
                child.kill()
    report.timings["host_peak_bytes"] = peak
    report.timings["total_seconds"] = round(time.monotonic() - started, 3)
    if report.stopped is None and not report.done:
        report.stop("crashed", _death_words(report, status, stderr, peak, limit), exit_status=status)


def _end(child: Child) -> None:
    """Kill until it is gone; in the first moments it is not yet the leader of its group."""
    for _ in range(200):
        child.kill()
        if not Path("/proc", str(child.pid)).exists():
            return
        time.sleep(0.01)


def _memory_words(report: Report, limit: int) -> str:
    need = f"the weights alone need {words(report.need)}" if report.need else "how much it needs is not known yet"
    return f"more memory than the {words(limit)} it may hold, while {report.stage}: {need}"


def _time_words(report: Report, limit: float) -> str:
    left = report.progress.get("seconds_left")
    need = f"; about {left:.0f} s more were needed for that step" if isinstance(left, int | float) else ""
    return f"not finished within {limit:g} s, while {report.stage}{need}"


def _death_words(report: Report, status: int | None, stderr: bytes, peak: int, limit: int) -> str:
    if status == -signal.SIGKILL:
        return (
            f"killed while {report.stage}, most likely by the kernel for want of memory: it held {words(peak)} of the "
            f"{words(limit)} it may, and the machine has {words(available())} left"
        )
    if status is not None and status < 0:
        return f"the child died of {signal.Signals(-status).name} while {report.stage}"
    last = stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no word why"]
    return f"the child stopped while {report.stage}: {last[0][:300]}"
