"""What a child process gives up before it reads a stranger's file: the network, and life without its parent.

Two layers against the network, since neither is allowed everywhere: an empty network namespace, and a seccomp filter
that refuses to make sockets at all. The report names those that hold, after trying.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import socket
import struct
from pathlib import Path
from typing import Any, NoReturn

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 1, 38, 22, 2
ALLOW, DENY = 0x7FFF0000, 0x00050000 | errno.EACCES

# machine -> (audit architecture, system calls refused outright: socket, setns, io_uring_setup (it makes sockets too))
ARCHITECTURES = {
    "x86_64": (0xC000003E, 41, (308, 425)),
    "aarch64": (0xC00000B7, 198, (268, 425)),
}
# The CUDA driver may talk to a daemon of the machine (MPS) over a socket of the file system; nothing else needs one.
NVIDIA = ("/dev/nvidiactl", "/dev/dxg")


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends. Call it last: a change of namespaces clears it."""
    _libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the call
        os._exit(1)


def close_network() -> dict[str, Any]:
    """Take the network from this process and its children for good.

    Must run while the process has one thread.

    Returns:
        ``guards`` that hold, strongest first, and ``refused``: whether an attempt to connect was refused.
    """
    guards = []
    libc = _libc()
    # Without a namespace of users first: inside one, root may no longer read what belongs to others.
    if libc.unshare(CLONE_NEWNET) == 0 or libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0:
        guards.append("network namespace")
    if _refuse_sockets(libc):
        guards.append("seccomp")
    if not guards:
        socket.socket = _Refused  # type: ignore[assignment,misc]
        guards.append("python only")
    return {"guards": guards, "refused": _refused()}


def set_bounds() -> None:
    """No core files, no files for others, and the first to go when the machine runs out of memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    try:
        Path("/proc/self/oom_score_adj").write_text("1000")
    except OSError:
        pass  # the watched limit holds without it


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


class _Refused:
    def __init__(self, *_: object, **__: object) -> NoReturn:
        raise PermissionError(errno.EACCES, "no network here")


def _refused() -> bool:
    """Try it: a local port nobody may reach from here, and a datagram to an address reserved for documents."""
    for family, kind, address in (
        (socket.AF_INET, socket.SOCK_DGRAM, ("192.0.2.1", 9)),
        (socket.AF_INET6, socket.SOCK_DGRAM, ("2001:db8::1", 9)),
    ):
        try:
            with socket.socket(family, kind) as tried:
                tried.sendto(b"", address)
            return False
        except OSError:
            continue
    return True


def _refuse_sockets(libc: Any) -> bool:
    known = ARCHITECTURES.get(platform.machine())
    if known is None:
        return False
    architecture, make_socket, refused = known
    unix = any(Path(path).exists() for path in NVIDIA)

    # Classic BPF over struct seccomp_data: the call's number at 0, the architecture at 4, the first argument at 16.
    load, equal, above, end = 0x20, 0x15, 0x35, 0x06
    program = [
        (load, 0, 0, 4), (equal, 1, 0, architecture), (end, 0, 0, DENY),
        (load, 0, 0, 0), (above, 0, 1, 0x40000000), (end, 0, 0, DENY),  # the x32 numbers of x86-64
    ]  # fmt: skip
    for number in refused:
        program += [(equal, 0, 1, number), (end, 0, 0, DENY)]
    program += [(equal, 1, 0, make_socket), (end, 0, 0, ALLOW)]
    if unix:
        program += [(load, 0, 0, 16), (equal, 0, 1, int(socket.AF_UNIX)), (end, 0, 0, ALLOW)]
    program += [(end, 0, 0, DENY)]

    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program), ctypes.addressof(code)))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_void_p(ctypes.addressof(head)), 0, 0) == 0)
