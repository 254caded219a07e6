"""How much memory there is and who holds it, read from /proc. Standard library only: parent and child both use it.

Only anonymous and shared memory count. Pages of a mapped weight file belong to the page cache, which the kernel takes
back when it needs to: counting them would refuse every model that is read the fast way.
"""

from __future__ import annotations

import os
from pathlib import Path

COUNTED = ("RssAnon:", "RssShmem:")
RESIDENT = "VmRSS:"  # where the kernel does not tell them apart, as in gVisor


def held(pid: int | str) -> int:
    """Bytes that one process holds and cannot give back; 0 when it is gone."""
    try:
        lines = Path("/proc", str(pid), "status").read_text().splitlines()
    except OSError:
        return 0
    counted = [line for line in lines if line.startswith(COUNTED)]
    counted = counted or [line for line in lines if line.startswith(RESIDENT)]
    return sum(int(line.split()[1]) * 1024 for line in counted)


def tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for parent in found:
        try:
            tasks = list(Path("/proc", str(parent), "task").iterdir())
            for task in tasks:
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def held_by_tree(pid: int) -> int:
    """Bytes that a process and its descendants hold."""
    return sum(held(member) for member in tree(pid))


def available() -> int:
    """Bytes that a new program could take: of the machine, or of the container when that is less."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")]
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                found = [int(line.split()[1]) * 1024]
    except OSError:
        pass
    return min([*found, *_container()])


def words(count: float) -> str:
    """Bytes as people say them: ``1.5 GB``."""
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} bytes"


def _container() -> list[int]:
    """What the control group still leaves, under either version of the interface."""
    left = []
    root = Path("/sys/fs/cgroup")
    for limit, usage, stat, inactive in (
        ("memory.max", "memory.current", "memory.stat", "inactive_file"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat", "total_inactive_file"),
    ):
        try:
            cap = int((root / limit).read_text())  # "max" where there is none
            used = int((root / usage).read_text())
            cache = [line.split()[1] for line in (root / stat).read_text().splitlines() if line.startswith(inactive)]
            left.append(max(0, cap - used + int(cache[0] if cache else 0)))
        except (OSError, ValueError):
            continue
    return left
