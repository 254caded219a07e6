"""The GPU as this machine has it: whether it can be used, how fast weights reach it, and when it fails by itself."""

from __future__ import annotations

import time
import warnings

import torch

from . import memory
from .kinds import first_line

LINK_BYTES = 64 << 20
LINK_TRIES = 3
# What cuBLAS and cuBLASLt take from torch's allocator at their first product: by CUBLAS_WORKSPACE_CONFIG 32 MiB, and
# on Hopper as much again.
WORKSPACE = 80 << 20
# torch's allocator takes memory in segments of up to 20 MiB, of which a part stays empty.
SEGMENTS = 64 << 20


def why_none() -> str:
    """Why no GPU can be used here, in half a sentence; empty when all that are visible can."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        there = torch.cuda.is_available()
    if not there:
        # Of a driver that is too old torch only warns.
        said = [first_line(warning.message) for warning in caught if isinstance(warning.message, Exception)]
        return f"CUDA does not start: {said[-1]}" if said else "there is no CUDA device"
    for index in range(torch.cuda.device_count()):
        try:
            # A chip that this build of torch has no code for, or one that another process keeps to itself, shows here.
            float(torch.ones(2, device=torch.device("cuda", index)).sum())
        except (RuntimeError, AssertionError) as error:
            return f"GPU {index} cannot be used: {first_line(error)}"
    return ""


def link_speed() -> dict[str, int]:
    """What plain copies from pinned memory to the first GPU give: the best of a few, as bytes and bytes per second."""
    try:
        source = torch.empty(LINK_BYTES, dtype=torch.uint8, pin_memory=True)
        target = torch.empty(LINK_BYTES, dtype=torch.uint8, device="cuda:0")
        best = float("inf")
        for _ in range(LINK_TRIES):
            torch.cuda.synchronize()
            started = time.monotonic()
            target.copy_(source, non_blocking=True)
            torch.cuda.synchronize()
            best = min(best, time.monotonic() - started)
    except RuntimeError:  # no room for it, or no pinned memory: then there is no figure
        return {}
    finally:
        source = target = None
        torch.cuda.empty_cache()  # what follows asks how much is free
        torch.cuda.reset_peak_memory_stats(0)
    return {"link_bytes": LINK_BYTES, "link_bytes_per_second": round(LINK_BYTES / max(best, 1e-9))}


def is_full(error: BaseException) -> bool:
    """Whether the GPU's memory ran out, by whatever part of CUDA says so."""
    said = str(error)
    if isinstance(error, torch.OutOfMemoryError):
        return True
    return has_failed(error) and ("out of memory" in said or "ALLOC_FAILED" in said)


def has_failed(error: BaseException) -> bool:
    """Whether CUDA itself reports an error: the driver, a kernel that was stopped, cuBLAS or cuDNN."""
    own = getattr(torch, "AcceleratorError", ())  # since torch 2.8
    return isinstance(error, own) or str(error).startswith(("CUDA error", "CUDA driver error", "cuDNN error"))


def left(cap: int | None) -> tuple[str, int | None]:
    """What the first GPU has left, in half a sentence and in bytes; nothing when CUDA no longer answers."""
    try:
        free, total = torch.cuda.mem_get_info()
    except (RuntimeError, AssertionError):
        return "", None
    bound = f", {memory.words(cap)} may be held" if cap is not None else ""
    return f": of its {memory.words(total)} {memory.words(free)} are free{bound}", free
