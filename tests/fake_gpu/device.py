"""torch's CPU build with `torch.cuda` answered by fake GPUs (fake_gpu.cpp). Call `install` before torch is imported."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

NAME = "fake GPU: the host's memory, computed on the CPU"


def install(library: Path) -> None:
    """Load the fake GPUs and let `torch.cuda` tell of them."""
    # First: torch asks only once which devices there are.
    fake = ctypes.CDLL(str(library), ctypes.RTLD_GLOBAL)
    for name in ("fake_total", "fake_free", "fake_allocated", "fake_reserved", "fake_peak"):
        getattr(fake, name).restype = ctypes.c_size_t
    fake.fake_bound.argtypes = [ctypes.c_int, ctypes.c_double]

    import torch

    begun_in: int | None = None  # the process in which CUDA began: a fork of it can make no use of that

    def init() -> None:
        nonlocal begun_in
        if is_in_bad_fork():
            raise RuntimeError("Cannot re-initialize CUDA in forked subprocess")
        begun_in = os.getpid()
        torch.cuda._initialized = True

    def is_in_bad_fork() -> bool:
        return begun_in not in (None, os.getpid())

    def is_available() -> bool:
        nonlocal begun_in
        if os.environ.get("PYTORCH_NVML_BASED_CUDA_CHECK") != "1":
            begun_in = begun_in or os.getpid()
        return not is_in_bad_fork() and count() > 0

    def count() -> int:
        return int(fake.fake_count())

    def exchange(device: int) -> int:
        before = int(fake.fake_current())
        if device >= 0:
            fake.fake_set_current(device)
        return before

    def empty_cache() -> None:
        for device in range(count()):
            fake.fake_empty(device)

    def memory_stats(device: int) -> dict[str, Any]:
        allocated = {"all": {"current": fake.fake_allocated(device), "peak": fake.fake_peak(device)}}
        return {"allocated_bytes": allocated, "reserved_bytes": {"all": {"current": fake.fake_reserved(device)}}}

    class Properties:
        name = NAME
        major, minor, multi_processor_count = 9, 0, 1
        total_memory = fake.fake_total()

    answers = {
        "_cuda_init": init,
        "_cuda_isInBadFork": is_in_bad_fork,
        "_cuda_getDeviceCount": count,
        "_cuda_getDevice": lambda: fake.fake_current(),
        "_cuda_setDevice": lambda device: fake.fake_set_current(device),
        "_cuda_exchangeDevice": exchange,
        "_cuda_maybeExchangeDevice": exchange,
        "_cuda_synchronize": lambda: None,
        "_cuda_emptyCache": empty_cache,
        "_cuda_memoryStats": memory_stats,
        "_cuda_resetPeakMemoryStats": lambda device: fake.fake_reset_peak(device),
        "_cuda_setMemoryFraction": lambda fraction, device: fake.fake_bound(device, fraction),
        "_cuda_getCurrentRawStream": lambda device: 0,
    }
    for name, answer in answers.items():
        setattr(torch._C, name, answer)
    by_python = {
        "_is_compiled": lambda: True,
        "_lazy_init": init,
        "_exchange_device": exchange,
        "_maybe_exchange_device": exchange,
        "is_available": is_available,
        "device_count": count,
        "empty_cache": empty_cache,
        "mem_get_info": lambda device=None: (fake.fake_free(_index(device)), fake.fake_total()),
        "get_device_name": lambda device=None: NAME,
        "get_device_properties": lambda device=None: Properties(),
        "get_device_capability": lambda device=None: (Properties.major, Properties.minor),
        "manual_seed": lambda seed: None,
        "manual_seed_all": lambda seed: None,
    }
    for name, answer in by_python.items():
        setattr(torch.cuda, name, answer)
    torch.version.cuda = "fake"


def _index(device: Any) -> int:
    import torch

    if device is None:
        return 0
    return device if isinstance(device, int) else torch.device(device).index or 0
