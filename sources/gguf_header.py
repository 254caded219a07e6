"""Read the header of a GGUF file from its first bytes.

The types and their block sizes come from the ``gguf`` package, which knows new ones first. Its reader is
not used on files of strangers: it believes every count (a forged one loops without end), maps the
whole file, and so cannot read the beginning of a file on a Hub. Tests hold the two against each other.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from typing import Any

from openness.sources.safetensors import HeaderError, Tensor

MAX_KEYS = 100_000
MAX_TENSORS = 500_000
MAX_NAME = 65_535
MAX_DIMENSIONS = 8
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_ALIGNMENT = "general.alignment"


class NeedMore(Exception):
    """The header goes on behind the bytes that were given."""


class Unsupported(ValueError):
    """A kind of GGUF file that is not read here; nothing is wrong with it."""


@dataclass
class GgufHeader:
    """Metadata (of an array only its length) and tensors by name, in the order of their data."""

    version: int
    metadata: dict[str, Any] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)


class _Cursor:
    def __init__(self, data: bytes, file_size: int | None) -> None:
        self.data, self.at, self.file_size = data, 0, file_size

    def skip(self, size: int) -> int:
        """Move on; the place where it began."""
        begin, end = self.at, self.at + size
        if self.file_size is not None and end > self.file_size:
            raise HeaderError(f"the file has {self.file_size:,} bytes and ends inside its header", "size")
        if end > len(self.data):
            raise NeedMore
        self.at = end
        return begin

    def number(self, kind: str) -> Any:
        form = f"<{kind}"
        return struct.unpack_from(form, self.data, self.skip(struct.calcsize(form)))[0]

    def text(self, limit: int) -> str:
        length = self.number("Q")
        if length > limit:
            raise HeaderError(f"a name in the header claims {length:,} bytes")
        begin = self.skip(length)
        try:
            return self.data[begin : begin + length].decode("utf-8")
        except UnicodeDecodeError:
            raise HeaderError("a name in the header is not UTF-8") from None

    def count(self, what: str, limit: int) -> int:
        found = int(self.number("Q"))
        if found > limit:
            raise HeaderError(f"the header claims {found:,} {what}")
        return found


def read_gguf_header(data: bytes, file_size: int | None) -> GgufHeader:
    """Check a header and list its tensors.

    Args:
        data: the beginning of the file.
        file_size: size of the whole file in bytes, where known.

    Raises:
        NeedMore: the header is longer than ``data``.
        HeaderError: an invariant is broken: magic, counts, names, types, offsets in bounds and without overlap.
        Unsupported: another version or byte order of the format.
        ImportError: the ``gguf`` package is not installed.
    """
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    cursor = _Cursor(data, file_size)
    if data[cursor.skip(4) : cursor.at] != b"GGUF":
        raise HeaderError("the file does not begin with GGUF")
    version = cursor.number("I")
    if version not in (2, 3):
        order = "big-endian files" if version & 0xFFFF == 0 else f"version {version} of GGUF"
        raise Unsupported(f"{order} are not read")
    tensors = cursor.count("tensors", MAX_TENSORS)
    header = GgufHeader(version)
    for _ in range(cursor.count("keys", MAX_KEYS)):
        key = cursor.text(MAX_NAME)
        if key in header.metadata or key in header.lengths:
            raise HeaderError(f"the header holds {key[:80]!r} twice")
        _value(cursor, key, header)
    alignment = header.metadata.get(_ALIGNMENT, 32)
    if not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1):
        raise HeaderError(f"{_ALIGNMENT} is not a power of two")
    found: dict[str, Tensor] = {}
    for _ in range(tensors):
        name = cursor.text(MAX_NAME)
        if name in found:
            raise HeaderError(f"the header holds {name[:80]!r} twice")
        dimensions = cursor.number("I")
        if dimensions > MAX_DIMENSIONS:
            raise HeaderError(f"tensor {name[:80]!r} claims {dimensions} dimensions")
        shape = tuple(cursor.number("Q") for _ in range(dimensions))
        kind, begin = cursor.number("I"), cursor.number("Q")
        try:
            dtype = GGMLQuantizationType(kind)
        except ValueError:
            raise HeaderError(f"tensor {name[:80]!r} has the unknown type {kind}", "dtype") from None
        elements = math.prod(shape)
        block, size = GGML_QUANT_SIZES[dtype]
        if elements >= 2**63 or (shape and shape[0] % block):
            raise HeaderError(f"tensor {name[:80]!r}: shape and type do not match")
        if begin % alignment:
            raise HeaderError(f"tensor {name[:80]!r} does not begin at a multiple of {alignment}")
        found[name] = Tensor(dtype.name, shape, elements, begin, begin + elements // block * size)
    start = -(-cursor.at // alignment) * alignment
    header.tensors = dict(sorted(found.items(), key=lambda item: item[1].begin))
    _in_bounds(header.tensors, start, alignment, file_size)
    return header


def _in_bounds(tensors: dict[str, Tensor], start: int, alignment: int, file_size: int | None) -> None:
    previous = 0
    for name, tensor in tensors.items():
        if tensor.begin < previous:
            raise HeaderError(f"tensor {name[:80]!r} overlaps the tensor before it")
        if tensor.begin - previous >= alignment:
            raise HeaderError(f"tensor {name[:80]!r} leaves a gap before it")
        previous = tensor.end
    if file_size is not None and start + previous > file_size:
        raise HeaderError(f"the file has {file_size:,} bytes, its header accounts for {start + previous:,}", "size")


def _value(cursor: _Cursor, key: str, header: GgufHeader) -> None:
    kind = cursor.number("I")
    if kind in _SCALARS:
        header.metadata[key] = cursor.number(_SCALARS[kind])
    elif kind == _STRING:
        length = cursor.number("Q")
        begin = cursor.skip(length)
        header.metadata[key] = cursor.data[begin : begin + min(length, MAX_NAME)].decode("utf-8", "replace")
    elif kind == _ARRAY:
        inner, length = cursor.number("I"), cursor.number("Q")
        header.lengths[key] = length
        if inner in _SCALARS:
            cursor.skip(length * struct.calcsize(f"<{_SCALARS[inner]}"))
        elif inner == _STRING:
            cursor.skip(8 * length)  # at least as much as that, before believing the count
            cursor.at -= 8 * length
            for _ in range(length):
                cursor.skip(cursor.number("Q"))
        else:
            raise Unsupported("arrays of arrays in the header are not read")
    else:
        raise HeaderError(f"the value of {key[:80]!r} has the unknown type {kind}")
