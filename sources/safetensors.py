"""Read a safetensors header without its tensors.

The format: 8 bytes little-endian length, that many bytes of JSON, then the data. Every number in
it comes from a stranger, so each is checked before it is used.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from openness.schemas.snapshot import TensorHeader

# Bits per element, of every dtype that the safetensors library (0.8) accepts.
DTYPE_BITS = {
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "C64": 64, "F64": 64, "I64": 64, "U64": 64,
}  # fmt: skip
FORMAT_LIMIT = 100_000_000
PREFIX = 8


class HeaderError(ValueError):
    """The header breaks an invariant of the format; the message names it.

    ``kind`` tells a file that is shorter or longer than its header says, and a dtype that the format
    does not know, from a header that contradicts itself.
    """

    def __init__(self, message: str, kind: Literal["header", "size", "dtype"] = "header") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Tensor:
    """What a header says of one tensor; ``end`` is where it ends in the data of the file."""

    dtype: str
    shape: tuple[int, ...]
    elements: int
    begin: int
    end: int


def header_length(prefix: bytes, file_size: int | None = None) -> int:
    """The length of the JSON part, in bytes.

    Raises:
        HeaderError: it is impossible for this file or beyond the format's limit.
    """
    if len(prefix) < PREFIX:
        raise HeaderError("the file is shorter than a safetensors header", "size")
    length = int.from_bytes(prefix[:PREFIX], "little")
    if length > FORMAT_LIMIT:
        raise HeaderError(f"the header claims {length:,} bytes; the format allows {FORMAT_LIMIT:,}")
    if length < 2:
        raise HeaderError("the header is empty")
    if file_size is not None and PREFIX + length > file_size:
        raise HeaderError(f"the header claims {length:,} bytes, more than the file has ({file_size:,})", "size")
    return length


def read_header(path: str, text: bytes, file_size: int | None = None) -> TensorHeader:
    """Check the JSON part of a header and count its tensors.

    Args:
        path: name of the file, for messages.
        text: exactly the JSON part.
        file_size: size of the whole file in bytes, where known.

    Raises:
        HeaderError: an invariant is broken: JSON, dtype, shape × dtype = bytes, offsets in bounds,
            without gaps or overlap.
    """
    tensors = read_tensors(text, file_size)
    dtypes = dict[str, int]()
    for tensor in tensors.values():
        dtypes[tensor.dtype] = dtypes.get(tensor.dtype, 0) + tensor.elements
    return TensorHeader(path=path, tensors=len(tensors), parameters=sum(dtypes.values()), dtypes=dtypes)


def read_tensors(text: bytes, file_size: int | None = None) -> dict[str, Tensor]:
    """Check the JSON part of a header and list its tensors by name, in the order of their data.

    Raises:
        HeaderError: an invariant is broken; see :func:`read_header`. A name must not stand twice.
    """
    try:
        data = json.loads(text.decode("utf-8"), object_pairs_hook=_unique)
    except HeaderError:
        raise
    except (ValueError, RecursionError) as error:
        raise HeaderError(f"the header is not JSON: {str(error)[:100]}") from None
    if not isinstance(data, dict):
        raise HeaderError("the header is not a JSON object")
    found = {name: _tensor(name, tensor) for name, tensor in data.items() if name != "__metadata__"}
    found = dict(sorted(found.items(), key=lambda item: (item[1].begin, item[1].end, item[0])))
    previous = 0
    for name, tensor in found.items():
        if tensor.begin != previous:
            kind = "overlaps the tensor before it" if tensor.begin < previous else "leaves a gap before it"
            raise HeaderError(f"tensor {name[:80]!r} {kind}")
        previous = tensor.end
    expected = PREFIX + len(text) + previous
    if file_size is not None and expected != file_size:
        raise HeaderError(f"the file has {file_size:,} bytes, its header accounts for {expected:,}", "size")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = counts.most_common(1)[0][0]
        raise HeaderError(f"the header holds {twice[:80]!r} twice")
    return found


def _tensor(name: str, tensor: Any) -> Tensor:
    label = repr(name[:80])
    if not isinstance(tensor, dict):
        raise HeaderError(f"tensor {label} is not described by an object")
    dtype, shape, offsets = tensor.get("dtype"), tensor.get("shape"), tensor.get("data_offsets")
    if not isinstance(dtype, str) or dtype not in DTYPE_BITS:
        raise HeaderError(f"tensor {label} has the unknown dtype {str(dtype)[:20]!r}", "dtype")
    if not isinstance(shape, list) or len(shape) > 64 or not all(_count(size) for size in shape):
        raise HeaderError(f"tensor {label} has a malformed shape")
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(_count(offset) for offset in offsets):
        raise HeaderError(f"tensor {label} has malformed offsets")
    elements = math.prod(shape)
    if offsets[1] - offsets[0] != -(-elements * DTYPE_BITS[dtype] // 8):
        raise HeaderError(f"tensor {label}: shape and dtype do not match its offsets")
    return Tensor(dtype, tuple(shape), elements, offsets[0], offsets[1])


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
