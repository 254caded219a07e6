"""What was published, opened to read parts of its files: the same for a Hub repository and a folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openness.schemas.snapshot import SnapshotFile
from openness.sources.gguf_header import GgufHeader, NeedMore, read_gguf_header
from openness.sources.safetensors import FORMAT_LIMIT, PREFIX, HeaderError, Tensor, header_length, read_tensors

HEADER_GUESS = 64 * 1024
GGUF_GUESS = 512 * 1024


class Gone(Exception):
    """A file that is listed cannot be had; the message is the reason."""


class TooLong(Exception):
    """A file is longer than what is read of its kind."""


@dataclass(frozen=True)
class Published:
    """A repository at one revision. ``read(path, start, length)`` gives less only at the end of a file.

    ``read`` raises :class:`Gone` for a file that is listed and cannot be had, and OpennessError when
    the network or the disk failed, which says nothing about the weights.
    """

    origin: str
    repo: str
    url: str
    revision: str | None
    files: list[SnapshotFile]
    read: Callable[[str, int, int], bytes]
    root: Path | None = None
    private: bool = False
    sizes: dict[str, int | None] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", {file.path: file.size for file in self.files})

    def whole(self, path: str, limit: int) -> bytes:
        """A whole file.

        Raises:
            TooLong: it is longer than ``limit``.
        """
        size = self.sizes.get(path)
        data = b"" if size is not None and size > limit else self.read(path, 0, limit + 1)
        if len(data) > limit or (size is not None and size > limit):
            raise TooLong(f"{path} is longer than {limit:,} bytes")
        return data

    def json(self, path: str, limit: int) -> Any:
        """A whole file as JSON.

        Raises:
            TooLong: it is longer than ``limit``.
            ValueError: it is not JSON.
        """
        try:
            return json.loads(self.whole(path, limit))
        except RecursionError:
            raise ValueError(f"{path} is nested too deep") from None

    def tensors(self, path: str, limit: int = FORMAT_LIMIT) -> dict[str, Tensor]:
        """The tensors of a safetensors file, by its header alone.

        Raises:
            HeaderError: the header breaks an invariant.
            TooLong: the header is longer than ``limit``.
        """
        size = self.sizes.get(path)
        start = self.read(path, 0, HEADER_GUESS)
        length = header_length(start, size)
        if length > limit:
            raise TooLong(f"the header of {path} has {length:,} bytes, more than is read ({limit:,})")
        text = start[PREFIX : PREFIX + length]
        if len(text) < length:
            text += self.read(path, PREFIX + len(text), length - len(text))
        if len(text) < length:
            raise HeaderError("the file ends inside its header", "size")
        return read_tensors(text, size)

    def gguf(self, path: str, limit: int) -> GgufHeader:
        """The header of a GGUF file, read in growing pieces until it is whole.

        Raises:
            HeaderError: the header breaks an invariant.
            TooLong: the header is longer than ``limit``.
            ImportError: the ``gguf`` package is not installed.
        """
        size = self.sizes.get(path)
        data, wanted = b"", GGUF_GUESS
        while True:
            more = self.read(path, len(data), min(wanted, limit) - len(data))
            data += more
            try:
                return read_gguf_header(data, size)
            except NeedMore:
                if not more:
                    raise HeaderError("the file ends inside its header", "size") from None
                if len(data) >= limit:
                    raise TooLong(f"the header of {path} is longer than {limit:,} bytes") from None
                wanted = 4 * len(data)
