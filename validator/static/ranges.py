"""A published file as a seekable stream, for readers that want one."""

from __future__ import annotations

import io

from openness.sources.published import Published

BLOCK = 64 * 1024
MAX_READ = 16 * 1024**2  # also what an archive's list of members may take: each is half a kilobyte of memory


class TooMuch(Exception):
    """More than is read of such a file."""


class RangeFile(io.RawIOBase):
    """A published file as a seekable stream that reads blocks, within :data:`MAX_READ`."""

    def __init__(self, published: Published, path: str, size: int) -> None:
        self._published, self._path, self._size = published, path, size
        self._at, self._spent = 0, 0
        self._blocks: dict[int, bytes] = {}

    def readable(self) -> bool:  # noqa: D102
        return True

    def seekable(self) -> bool:  # noqa: D102
        return True

    def tell(self) -> int:  # noqa: D102
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:  # noqa: D102
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """As of any stream; :class:`TooMuch` past the bounds."""
        left = max(0, self._size - self._at)
        size = left if size is None or size < 0 else min(size, left)
        if size > MAX_READ:
            raise TooMuch(f"a piece of {size:,} bytes")
        parts, end = [], self._at + size
        while self._at < end:
            block = self._block(self._at // BLOCK)
            part = block[self._at % BLOCK :][: end - self._at]
            if not part:
                break
            parts.append(part)
            self._at += len(part)
        return b"".join(parts)

    def readline(self, size: int | None = -1) -> bytes:  # noqa: D102
        begin, line = self._at, bytearray()
        while b"\n" not in line and len(line) < BLOCK and (part := self.read(256)):
            line += part
        found = bytes(line[: line.find(b"\n") + 1 or None])
        self._at = begin + len(found)
        return found

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            self._spent += BLOCK
            if self._spent > MAX_READ:
                raise TooMuch(f"more than {MAX_READ:,} bytes")
            self._blocks[number] = self._published.read(self._path, number * BLOCK, BLOCK)
        return self._blocks[number]
