"""Headers of strangers: one change makes them refused, and no bytes do anything else to the readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openness.sources.folder import published_folder
from openness.sources.gguf_header import GgufHeader, NeedMore, Unsupported, read_gguf_header
from openness.sources.safetensors import DTYPE_BITS, HeaderError, read_tensors
from weights import smollm

WHOLE = [dtype for dtype, bits in DTYPE_BITS.items() if bits >= 8]
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=8)


@st.composite
def headers(draw: st.DrawFn) -> dict[str, Any]:
    """A valid header with one tensor or more, none of them empty."""
    found: dict[str, Any] = {}
    at = 0
    for name in draw(st.lists(NAMES.filter(lambda name: name != "__metadata__"), min_size=1, max_size=4, unique=True)):
        dtype, shape = draw(st.sampled_from(WHOLE)), draw(st.lists(st.integers(1, 4), max_size=3))
        size = int(np.prod(shape, dtype=int)) * DTYPE_BITS[dtype] // 8
        found[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    return found


def read(header: dict[str, Any] | bytes, more: int = 0) -> Any:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    data = json.loads(text)
    return read_tensors(text, 8 + len(text) + max(item["data_offsets"][1] for item in data.values()) + more)


CHANGES = {
    "begin": lambda item, n: item["data_offsets"].__setitem__(0, item["data_offsets"][0] + n),
    "end": lambda item, n: item["data_offsets"].__setitem__(1, item["data_offsets"][1] + n),
    "shape": lambda item, n: item["shape"].append(n + 1),
    "dtype": lambda item, n: item.update(dtype=f"X{n}"),
    "negative": lambda item, n: item["shape"].append(-n),
    "fraction": lambda item, n: item["shape"].append(n + 0.5),
    "offset": lambda item, n: item["data_offsets"].append(n),
    "nothing": lambda item, n: item.pop("dtype"),
}


@given(headers(), st.sampled_from(sorted(CHANGES)), st.integers(0, 3), st.integers(1, 2**40))
def test_one_change_of_a_valid_header_is_refused(header: dict[str, Any], change: str, which: int, by: int) -> None:
    assert read(header).keys() == header.keys()
    CHANGES[change](list(header.values())[which % len(header)], by)
    with pytest.raises(HeaderError):
        read(header)


@given(headers(), st.integers(-(2**20), 2**20).filter(bool))
def test_a_file_of_another_size_is_refused_for_its_size(header: dict[str, Any], more: int) -> None:
    with pytest.raises(HeaderError) as caught:
        read(header, more)
    assert caught.value.kind == "size"


@given(headers(), st.integers(0, 3))
def test_a_name_twice_is_refused(header: dict[str, Any], which: int) -> None:
    name = list(header)[which % len(header)]
    text = json.dumps(header)[:-1] + f", {json.dumps(name)}: {json.dumps(header[name])}}}"
    with pytest.raises(HeaderError, match="twice"):
        read(text.encode())


# ---------------------------------------------------------------- GGUF

BEGIN = 4 * 1024**2


@pytest.fixture(scope="module")
def real() -> bytes:
    with smollm().open("rb") as stream:
        return stream.read(BEGIN)


def test_the_real_header_is_read_as_the_gguf_package_reads_it() -> None:
    found = published_folder(smollm().parent).gguf(smollm().name, 64 * 1024**2)
    theirs = gguf.GGUFReader(smollm())
    assert len(found.tensors) == len(theirs.tensors) == 272
    for tensor in theirs.tensors:
        ours = found.tensors[tensor.name]
        assert (ours.dtype, ours.shape) == (tensor.tensor_type.name, tuple(tensor.shape.tolist()))
        assert (ours.elements, ours.end - ours.begin) == (tensor.n_elements, tensor.n_bytes)
    keys = {key for key in theirs.fields if not key.startswith("GGUF.")}
    assert found.metadata.keys() | found.lengths.keys() == keys
    assert found.metadata["llama.block_count"] == 30
    assert found.lengths["tokenizer.ggml.tokens"] == 49_152


TYPES = {np.float32: "F32", np.float16: "F16", np.int8: "I8", np.int32: "I32"}


@given(
    st.dictionaries(NAMES, st.tuples(st.lists(st.integers(1, 5), min_size=1, max_size=3), st.sampled_from([*TYPES]))),
    st.dictionaries(NAMES, st.integers(0, 2**32 - 1) | st.booleans() | NAMES | st.lists(NAMES, min_size=1), max_size=4),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_the_gguf_package_writes_is_read(tmp_path: Path, tensors: dict[str, Any], keys: dict[str, Any]) -> None:
    path = tmp_path / "m.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    keys.pop("general.architecture", None)
    for key, value in keys.items():
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        elif isinstance(value, str):
            writer.add_string(key, value)
        else:
            writer.add_array(key, value)
    for name, (shape, kind) in tensors.items():
        writer.add_tensor(name, np.zeros(shape, kind))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    data = path.read_bytes()
    found = read_gguf_header(data, len(data))
    assert {name: tensor.dtype for name, tensor in found.tensors.items()} == {
        name: TYPES[kind] for name, (_, kind) in tensors.items()
    }
    assert {name: tensor.shape[::-1] for name, tensor in found.tensors.items()} == {
        name: tuple(shape) for name, (shape, _) in tensors.items()
    }
    for key, value in keys.items():
        assert (found.lengths[key] if isinstance(value, list) else found.metadata[key]) == (
            len(value) if isinstance(value, list) else value
        )
    if tensors:
        last = max(tensor.end for tensor in found.tensors.values())
        with pytest.raises(HeaderError) as caught:
            read_gguf_header(data, len(data) - (len(data) - last) % 32 - 32)
        assert caught.value.kind == "size"


def attempt(data: bytes, size: int | None) -> GgufHeader | None:
    try:
        return read_gguf_header(data, size)
    except (HeaderError, NeedMore, Unsupported):
        return None


@given(st.binary(max_size=200), st.none() | st.integers(0, 400))
def test_random_bytes_do_nothing_else_to_the_gguf_reader(data: bytes, size: int | None) -> None:
    attempt(data, size)
    attempt(b"GGUF\x03\x00\x00\x00" + data, size)


@given(st.lists(st.tuples(st.integers(0, 2_000), st.binary(min_size=1, max_size=9)), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_damage_to_the_real_header_does_nothing_else(real: bytes, damage: list[tuple[int, bytes]]) -> None:
    broken = bytearray(real)
    for at, data in damage:
        broken[at : at + len(data)] = data
    attempt(bytes(broken), smollm().stat().st_size)


@pytest.mark.parametrize("length", [0, 3, 8, 24, 1_000, 1_000_000])
def test_the_beginning_of_a_header_asks_for_more_and_a_whole_file_breaks_off(real: bytes, length: int) -> None:
    with pytest.raises(NeedMore):
        read_gguf_header(real[:length], len(real))
    with pytest.raises(HeaderError) as caught:
        read_gguf_header(real[:length], length)
    assert caught.value.kind == "size"
