"""What the tests of the Hub reader share: a small repository, and readings that hold what holds for every answer."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub_server import TOKEN, Olah
from openness.schemas.errors import OpennessError
from openness.schemas.snapshot import Snapshot
from openness.sources import hub as reader
from openness.sources.propose import fold_license, propose

_IDS = {"mit": "MIT", "apache-2.0": "Apache-2.0", "Acme License 1": "LicenseRef-acme-1"}
LICENSES = {fold_license(name): id_ for name, id_ in _IDS.items()}

INFO = r"^/api/models/acme/tiny/revision/"
JSON = "application/json"
CARD = b"""---
license: mit
base_model: acme/base
---
# Tiny

Our [paper](https://arxiv.org/abs/2401.00001).
"""
CONFIG = b'{"architectures": ["LlamaForCausalLM"]}'


def tensors(sizes: dict[str, int] | None = None, header: dict[str, Any] | None = None) -> bytes:
    """A safetensors file of F32 zeros; ``header`` overrides entries."""
    entries: dict[str, Any] = {}
    end = 0
    for name, count in (sizes or {"a": 6, "b": 4}).items():
        entries[name] = {"dtype": "F32", "shape": [count], "data_offsets": [end, end + 4 * count]}
        end += 4 * count
    text = json.dumps({**entries, **(header or {})}).encode()
    return len(text).to_bytes(8, "little") + text + bytes(end)


WHOLE: dict[str, bytes | Path] = {
    "README.md": CARD,
    "LICENSE": b"MIT License\n\nPermission is hereby granted",
    "config.json": CONFIG,
    "tokenizer_config.json": b'{"model_max_length": 512}',
    "model.safetensors": tensors(),
}


def read(repo: str, revision: str | None = None) -> Snapshot:
    """Read, and hold what holds for every answer: it can be written out, and no token is in it."""
    snapshot = reader.read_repository(repo, revision)
    assert TOKEN not in snapshot.model_dump_json()
    assert TOKEN not in propose(snapshot, LICENSES).model_dump_json()
    return snapshot


def failure(repo: str, revision: str | None = None) -> OpennessError:
    """The error of a reading that must fail: one sentence, without a token."""
    with pytest.raises(OpennessError) as caught:
        reader.read_repository(repo, revision)
    error = caught.value
    assert TOKEN not in json.dumps(error.to_json())
    assert error.message
    assert "\n" not in error.message
    assert len(error.message) < 300
    assert "Traceback" not in error.message
    assert "MDN" not in error.message
    return error


def notes(snapshot: Snapshot) -> dict[str, str]:
    return {note.subject: note.message for note in snapshot.notes}


def weights(snapshot: Snapshot) -> Any:
    return propose(snapshot, LICENSES).weights[0]


@pytest.fixture(scope="session")
def published(olah: Olah) -> str:
    """The commit of `acme/tiny`, a small whole repository."""
    return olah.add("acme/tiny", WHOLE, lfs=("model.safetensors",))


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short of patience: nothing here may wait for real."""
    monkeypatch.setattr(reader, "SECONDS", 4.0)
    monkeypatch.setattr(reader, "RETRIES", 0)


@pytest.fixture
def within() -> Callable[[float], None]:
    """``within(s)`` fails the test if it took longer than ``s`` seconds so far."""
    began = time.monotonic()

    def check(seconds: float) -> None:
        assert time.monotonic() - began < seconds

    return check


@pytest.fixture
def repository(olah: Olah, request: pytest.FixtureRequest) -> Callable[..., str]:
    """Publish files under a fresh name."""
    count = 0

    def add(files: dict[str, bytes | Path], lfs: tuple[str, ...] = ()) -> str:
        nonlocal count
        count += 1
        name = f"t/{zlib.crc32(request.node.nodeid.encode()):08x}-{count}"
        olah.add(name, files, lfs)
        return name

    return add


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    return f"Bearer {TOKEN}"
