"""What the run stage makes of a GPU's troubles, as far as it can be shown without one.

A GPU's part is played by the CPU here: every line of the job runs, only the tensors stay where they are.
"""

from __future__ import annotations

import json
import os
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import tiny_models
from openness.validator.run import checks, deadline, forks, gpu, job, loading, starter

TIMEOUT = 30.0


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.make("llama", tmp_path_factory.mktemp("tiny") / "llama")


@pytest.fixture
def events(
    llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """Run the child's work in this process, with the CPU in place of a GPU, and read what it told."""
    planned = loading.plan
    monkeypatch.setattr(gpu, "why_none", lambda: "")
    monkeypatch.setattr(gpu, "link_speed", lambda: {"link_bytes_per_second": 10**9})
    monkeypatch.setattr(
        loading,
        "plan",
        lambda *args: planned(*args[:3], "cpu", *args[4:]),  # device
    )
    read, write = os.pipe()

    def work(**settings: Any) -> list[dict[str, Any]]:
        asked = {
            "folder": str(llama), "device": "cuda", "timeout": TIMEOUT, "memory": 10**11, "device_memory": None,
            "scratch": str(tmp_path), **settings,
        }  # fmt: skip
        before = torch.are_deterministic_algorithms_enabled()
        try:
            job.work(asked, {}, write)
        finally:
            torch.use_deterministic_algorithms(before)
        return [json.loads(line) for line in os.read(read, 1 << 20).splitlines()]

    yield work
    os.close(read)
    os.close(write)


def named(events: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(event for event in events if event.get("name") == name)


def on_the_cpu(monkeypatch: pytest.MonkeyPatch, instead: Callable[[], object]) -> None:
    """The passes of a run: first, again, shuffled, and then the one on the CPU."""
    real, count = checks.forward, 0

    def forward(*args: Any) -> Any:
        nonlocal count
        count += 1
        if count == 4:
            instead()
        return real(*args)

    monkeypatch.setattr(checks, "forward", forward)


def test_every_check_is_made_on_a_gpu(events: Callable[..., list[dict[str, Any]]]) -> None:
    told = events()
    assert not [event for event in told if event.get("outcome") == "fail"]
    assert named(told, "devices-agree")["difference"] == 0
    timings = next(event["timings"] for event in told if "timings" in event)
    assert timings["link_bytes_per_second"] == 10**9
    assert timings["disk_bytes_per_second"] > 0
    assert timings["forward_tokens_per_second"] > 0
    assert told[-1] == {"event": "done"}


def test_a_cpu_that_cannot_says_nothing_of_the_weights(
    events: Callable[..., list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lack() -> None:
        raise RuntimeError("\"addmm_impl_cpu_\" not implemented for 'Half'")

    on_the_cpu(monkeypatch, lack)
    found = named(events(), "devices-agree")
    assert found["outcome"] == "skipped"
    assert "not implemented for 'Half'" in found["detail"]


def test_a_cpu_that_is_slow_costs_no_other_check(
    events: Callable[..., list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait() -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            time.sleep(0.01)

    on_the_cpu(monkeypatch, wait)
    monkeypatch.setattr(job, "TIME_FOR_CPU", 0.02)
    began = time.monotonic()
    told = events()
    assert time.monotonic() - began < TIMEOUT
    found = named(told, "devices-agree")
    assert found["outcome"] == "skipped"
    assert "the CPU was not done within" in found["detail"]
    assert not [event for event in told if event["event"] == "stopped"]
    assert told[-1] == {"event": "done"}


def test_a_gpu_that_gets_no_layer_is_a_sentence(
    events: Callable[..., list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All went to the host, of which transformers keeps no map."""
    host = loading.Plan(torch.device("cuda", 0), 5 * 10**9, 10**8, False, {"": "cpu"})
    monkeypatch.setattr(loading, "plan", lambda *_: host)
    told = events()
    stopped = next(event for event in told if event["event"] == "stopped")
    assert stopped["code"] == "out_of_memory"
    assert "its largest layer does not fit twice into the 100.0 MB that are free" in stopped["message"]
    assert stopped["need_bytes"] == 5 * 10**9
    assert not [event for event in told if event.get("outcome") == "fail"]


def test_a_gpu_that_is_full_before_it_begins_names_the_need(
    events: Callable[..., list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise loading.NoRoom("a run takes 2.0 GB besides the weights, 1.0 GB are free", 5 * 10**9)

    monkeypatch.setattr(loading, "plan", none)
    stopped = next(event for event in events() if event["event"] == "stopped")
    assert stopped["message"].endswith("1.0 GB are free; the weights need 5.0 GB")
    assert stopped["need_bytes"] == 5 * 10**9


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), "out_of_memory", "of memory on th"),
        (RuntimeError("CUDA error: out of memory\nCUDA kernel errors"), "out_of_memory", "out of memory on the GPU"),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `x`"), "out_of_memory", "the weights need"),
        (RuntimeError("CUDA error: device-side assert triggered\nmore"), "crashed", "device-side assert triggered"),
        (RuntimeError("CUDA error: no kernel image is available"), "crashed", "the GPU failed while running: CUDA err"),
        (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), "crashed", "CUDNN_STATUS"),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), None, "mat1 and mat2"),
    ],
)
def test_an_error_of_cuda_is_not_held_against_the_weights(
    events: Callable[..., list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, error: Exception, code: str | None,
    said: str,
) -> None:  # fmt: skip
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(checks, "forward", fail)
    told = events()
    stopped = [event for event in told if event["event"] == "stopped"]
    failed = [event for event in told if event.get("outcome") == "fail"]
    if code is None:
        assert not stopped
        assert said in failed[0]["detail"]
        return
    assert not failed
    assert stopped[0]["code"] == code
    assert said in stopped[0]["message"]
    assert "\n" not in stopped[0]["message"]


@pytest.mark.parametrize(
    ("device", "outcome"), [("cuda", "skipped"), ("auto", None)]
)  # fmt: skip
def test_a_driver_that_is_too_old_is_named(
    llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str, outcome: str | None
) -> None:
    def warn() -> bool:
        warnings.warn("The NVIDIA driver on your system is too old (found version 11040).", stacklevel=1)
        return False

    monkeypatch.setattr(torch.cuda, "is_available", warn)
    read, write = os.pipe()
    job.work({
        "folder": str(llama), "device": device, "timeout": TIMEOUT, "memory": 10**11, "device_memory": None,
        "scratch": str(tmp_path),
    }, {}, write)  # fmt: skip
    torch.use_deterministic_algorithms(False)
    told = [json.loads(line) for line in os.read(read, 1 << 20).splitlines()]
    os.close(read)
    os.close(write)
    found = named(told, "load" if outcome else "devices-agree")
    assert told[0]["device"] == "cpu"
    assert found["outcome"] == "skipped"
    assert "CUDA does not start: The NVIDIA driver on your system is too old" in found["detail"]


def test_a_gpu_that_runs_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    if torch.backends.cuda.is_built() and torch.cuda.is_initialized():
        pytest.skip("there is a GPU that runs something")
    assert gpu.why_none().startswith("GPU 0 cannot be used: ")


def test_a_step_that_swallows_exceptions_is_ended() -> None:
    def stubborn() -> None:
        while time.monotonic() < began + 20:
            try:
                time.sleep(0.01)
            except Exception:
                continue

    began = time.monotonic()
    with deadline.within(0.1), pytest.raises(deadline.TooSlow):
        stubborn()
    assert time.monotonic() - began < 5
    time.sleep(0.2)  # and rings no more


def test_a_child_is_told_which_gpus_are_meant(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    meant = {"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_MPS_PIPE_DIRECTORY": "/tmp/mps"}
    for name, value in meant.items():
        monkeypatch.setenv(name, value)
    assert meant.items() <= starter.environment(tmp_path).items()
    assert starter.environment(tmp_path)["CUBLAS_WORKSPACE_CONFIG"]


@pytest.mark.parametrize(("driver", "made", "asked"), [(True, False, True), (True, True, False), (False, False, False)])
def test_the_driver_is_woken_before_a_child_gives_up_its_rights(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, driver: bool, made: bool, asked: bool
) -> None:
    for name, there in (("version", driver), ("uvm", made)):
        if there:
            (tmp_path / name).touch()
    helper = tmp_path / "nvidia-modprobe"
    helper.write_text(f"#!/bin/sh\necho $* > {tmp_path}/asked\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(forks, "NVIDIA_DRIVER", tmp_path / "version")
    monkeypatch.setattr(forks, "NVIDIA_MEMORY", tmp_path / "uvm")
    forks.wake_gpu()
    assert (tmp_path / "asked").exists() == asked
