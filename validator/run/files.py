"""The weight files of a folder: which there are, what their headers say, and how fast the disk gives them."""

from __future__ import annotations

import json
import mmap
import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from safetensors import safe_open

SAMPLE_BYTES = 256 << 20  # enough to outlast a disk's own buffer, little beside a large model
BLOCK = 8 << 20
SHARD = re.compile(r"-\d+-of-\d+\.(safetensors|gguf)$")
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.msgpack", "*.h5")


@dataclass
class Weights:
    """The files that hold the weights.

    ``form`` is ``safetensors``, ``gguf``, ``pickle`` (never loaded), ``other`` (not known) or ``none``; ``sizes`` has
    the bytes of each tensor of the safetensors files; ``problems`` the sentence per file that cannot be read.
    """

    form: str
    paths: list[Path]
    sizes: dict[str, int] = field(default_factory=dict)
    dtypes: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def bytes(self) -> int:
        """The size of all files together."""
        return sum(path.stat().st_size for path in self.paths)


def find(folder: Path) -> Weights:
    """The weight files that the run stage would load."""
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        return _safetensors(_shards(folder, index), folder)
    single = folder / "model.safetensors"
    if single.is_file():
        return _safetensors([single], folder)
    others = [path.name for path in sorted(folder.glob("*.safetensors"))]
    ggufs = sorted(folder.glob("*.gguf"), key=lambda path: path.stat().st_size)
    ggufs = [path for path in ggufs if not path.name.startswith("mmproj")]  # the eyes of a model, not the model
    if ggufs and all(SHARD.search(path.name) for path in ggufs):
        return Weights("other", [], note=f"a GGUF file in {len(ggufs)} parts")
    ggufs = [path for path in ggufs if not SHARD.search(path.name)]
    if ggufs:
        note = f"the smallest of {len(ggufs)} GGUF files" if len(ggufs) > 1 else ""
        return Weights("gguf", ggufs[:1], note=note)
    if any(SHARD.search(name) for name in others):
        return Weights(
            "none", [], note=f"there are shards but no model.safetensors.index.json: {', '.join(others[:3])}"
        )
    if others:
        return Weights("other", [], note=f"files that transformers does not look for: {', '.join(others[:3])}")
    pickles = sorted(path for pattern in PICKLES for path in folder.glob(pattern))
    if pickles:
        return Weights("pickle", pickles)
    return Weights("none", [], note="there is no safetensors and no GGUF file")


def _shards(folder: Path, index: Path) -> list[Path]:
    """The files an index names."""
    try:
        names = json.loads(index.read_text("utf-8"))["weight_map"].values()
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return []
    return [folder / name for name in sorted(set(map(str, names)))]


def _safetensors(paths: list[Path], folder: Path) -> Weights:
    outside = [path for path in paths if path.parent != folder or path.name in ("", "..")]
    paths = [path for path in paths if path not in outside]
    found = Weights("safetensors", [path for path in paths if path.is_file()])
    found.problems += [f"the index names a file outside the folder: {path.name}" for path in outside]
    if not paths:
        found.problems.append("model.safetensors.index.json names no file")
    found.problems += [f"{path.name} is missing" for path in paths if not path.is_file()]
    for path in found.paths:
        try:
            with safe_open(path, framework="pt"):
                pass  # opening holds the header against the file
            for name, (dtype, size) in _header(path).items():
                found.sizes[name] = size
                found.dtypes[dtype] = found.dtypes.get(dtype, 0) + size
        except Exception as error:  # the parser's own class differs from version to version
            found.problems.append(f"{path.name} cannot be read: {_first_line(error)}")
    return found


def _header(path: Path) -> dict[str, tuple[str, int]]:
    """Dtype and bytes of each tensor; `safe_open` has held it against the file."""
    with path.open("rb") as file:
        entries = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return {
        name: (entry["dtype"], entry["data_offsets"][1] - entry["data_offsets"][0])
        for name, entry in entries.items()
        if name != "__metadata__"
    }


def forget(paths: list[Path]) -> None:
    """Ask the kernel to drop the files from its cache, so that the next read is a read of the disk."""
    for path in paths:
        file = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(file)


def disk_speed(paths: list[Path]) -> dict[str, float | int | bool]:
    """What a plain sequential read of the largest file gives.

    Returns:
        ``disk_bytes``, ``disk_bytes_per_second``, and ``disk_cold``: whether the file was really out of the cache.
    """
    largest = max(paths, key=lambda path: path.stat().st_size)
    forget([largest])
    buffer = mmap.mmap(-1, BLOCK)
    file = os.open(largest, os.O_RDONLY)
    try:
        cold = _is_cold(file, buffer)
        started, done = time.monotonic(), 0
        while done < SAMPLE_BYTES:
            count = os.readv(file, [buffer])
            if not count:
                break
            done += count
        seconds = max(time.monotonic() - started, 1e-6)
    finally:
        os.close(file)
    return {"disk_bytes": done, "disk_bytes_per_second": round(done / seconds), "disk_cold": cold}


def _is_cold(file: int, buffer: mmap.mmap) -> bool:
    try:
        os.preadv(file, [buffer], 0, os.RWF_NOWAIT)
    except BlockingIOError:
        return True
    except OSError:  # the file system cannot tell
        return False
    return False


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
