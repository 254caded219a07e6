"""Pickles are scanned by what they call, exactly, and are never unpickled."""

from __future__ import annotations

import collections
import io
import os
import pickle
import pickletools
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from picklescan.scanner import SafetyLevel, scan_pickle_bytes

from openness.sources.folder import published_folder
from openness.validator.static import pickles
from openness.validator.static.pickles import called, pickles_harmless, rate, scan
from weights import Evil

WEIGHTS = collections.OrderedDict(
    a=torch.zeros(3, 4), b=torch.nn.Parameter(torch.ones(2, dtype=torch.bfloat16)), c=torch.zeros(2).to(torch.int8)
)


def outcome(folder: Path) -> tuple[str, str]:
    found = pickles_harmless(published_folder(folder))
    return found.outcome, found.detail


@pytest.mark.parametrize("zipped", [True, False])
def test_weights_as_torch_saves_them_pass(tmp_path: Path, zipped: bool) -> None:
    path = tmp_path / "pytorch_model.bin"
    torch.save(WEIGHTS, path, _use_new_zipfile_serialization=zipped)
    assert torch.load(path, weights_only=True)
    assert outcome(tmp_path) == ("pass", "1 pickle file scanned, nothing dangerous")
    assert scan(published_folder(tmp_path), path.name).pickles == (1 if zipped else 5)


@pytest.mark.parametrize("ending", ["bin", "pt", "pth", "ckpt", "pkl"])
@pytest.mark.parametrize("how", ["zipped", "old", "plain"])
def test_what_runs_a_command_is_named_and_does_not_run(tmp_path: Path, ending: str, how: str) -> None:
    folder, mark = tmp_path / "model", tmp_path / "owned"
    folder.mkdir()
    path = folder / f"state.{ending}"
    if how == "plain":
        path.write_bytes(pickle.dumps({"deep": [Evil(mark)]}))
    else:
        torch.save({"deep": [Evil(mark)], **WEIGHTS}, path, _use_new_zipfile_serialization=how == "zipped")
    found, detail = outcome(folder)
    assert (found, f"{path.name} calls posix.system" in detail) == ("fail", True)
    assert not mark.exists()


def misleading(mark: Path) -> bytes:
    """Puts the names into the memo while something else was written last."""
    command = f"touch {mark}".encode()
    return (
        b"\x80\x04\x8c\x05posixN0\x94\x8c\x06systemN0\x9400h\x00h\x01\x93"
        b"\x8c" + bytes([len(command)]) + command + b"\x85R."
    )


def test_a_pickle_that_misleads_picklescan_does_not_mislead_us(tmp_path: Path) -> None:
    folder, mark = tmp_path / "model", tmp_path / "owned"
    folder.mkdir()
    data = misleading(mark)
    assert [item.safety for item in scan_pickle_bytes(io.BytesIO(data), "").globals] == [SafetyLevel.Suspicious]
    (folder / "state.pkl").write_bytes(data)
    assert outcome(folder) == ("fail", "state.pkl calls posix.system")
    assert not mark.exists()
    # It is no false alarm: the pickle machine does run it.
    subprocess.run(
        [sys.executable, "-c", "import pickle,sys; pickle.load(open(sys.argv[1],'rb'))", folder / "state.pkl"],
        check=True,
    )
    assert mark.exists()


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"cposix\nsystem\n.", {("posix", "system")}),
        (b"(S'x'\niposix\nsystem\n.", {("posix", "system")}),
        (b"\x80\x04\x8c\x05posix\x8c\x06system\x93.", {("posix", "system")}),
        (b"\x80\x04\x8c\x05posix\x8c\x06system2\x8c\x01x0\x93.", {("system", "system")}),
        (b"\x80\x04(\x8c\x01a\x8c\x01b1\x8c\x05posix\x8c\x06system\x93.", {("posix", "system")}),
        (b"\x80\x04N\x8c\x06system\x93.", {("?", "?")}),
        (b"\x82\x01.", {("?", "?")}),
    ],
)
def test_names_are_worked_out_as_the_pickle_machine_does(data: bytes, names: set[tuple[str, str]]) -> None:
    assert called(io.BytesIO(data))[0] == names


def test_what_cannot_be_worked_out_is_bad() -> None:
    assert rate({("?", "?")})[0] == rate({("p\u043esix", "system")})[0] == ["a name that cannot be worked out"]
    assert rate({("collections", "OrderedDict")}) == ([], [])
    assert rate({("acme", "Thing")}) == ([], ["acme.Thing"])


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.sampled_from([len, os.path.join, dict]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4) | st.tuples(inner, inner)
    ),
    max_leaves=12,
)


@given(VALUES, st.integers(0, 5))
@settings(max_examples=150)
def test_the_names_are_those_that_python_looks_up(value: Any, protocol: int) -> None:
    data = pickle.dumps([value, value], protocol)
    looked_up: set[tuple[str, str]] = set()

    class Watched(pickle._Unpickler):  # the one in Python asks find_class for every name
        def find_class(self, module: str, name: str) -> Any:
            looked_up.add((module, name))
            return super().find_class(module, name)

    Watched(io.BytesIO(data)).load()
    assert called(io.BytesIO(data))[0] == looked_up
    assert called(io.BytesIO(pickletools.optimize(data)))[0] == looked_up


@given(st.binary(max_size=200))
def test_random_bytes_raise_nothing_else(data: bytes) -> None:
    try:
        called(io.BytesIO(data))
    except pickles.Broken:
        pass


def test_weights_may_call_only_what_rebuilds_tensors(tmp_path: Path) -> None:
    class Odd:
        def __reduce__(self) -> tuple[Any, ...]:
            return np._core.multiarray.scalar, (np.dtype("f8"), b"\0" * 8)

    torch.save({"a": Odd()}, tmp_path / "pytorch_model.bin")
    found, detail = outcome(tmp_path)
    assert (found, "which torch loads only with its safety off" in detail) == ("fail", True)
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert outcome(tmp_path)[0] == "warn"


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("pytorch_model.bin", b"PK\x03\x04" + b"\0" * 100, "fail"),
        ("pytorch_model.bin", b"\x80\x02}q\x00", "fail"),
        ("openvino_model.bin", b"\xff\xfe\xfd" * 100, "pass"),
        ("state.pkl", b"\x80\x02}q\x00", "warn"),
        ("state.pkl", pickle.dumps(np.zeros(3)), "pass"),
        ("state.pkl", b"\x80\x02cacme\nThing\n.", "warn"),
    ],
)
def test_what_is_broken_or_unknown_is_said(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert outcome(tmp_path)[0] == expected


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pytorch_model.bin", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"N0" * (pickles.MAX_PICKLE // 2 + 1) + b"N.")
    found, detail = outcome(tmp_path)
    assert (found, "more pickle than is scanned" in detail) == ("skipped", True)
