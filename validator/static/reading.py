"""Everything that the static checks look at, read once: which files belong together, their headers, the configs."""

from __future__ import annotations

import contextvars
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from openness.sources.gguf_header import GgufHeader, Unsupported
from openness.sources.published import Gone, Published, TooLong
from openness.sources.safetensors import HeaderError, Tensor

INDEX_LIMIT = 64 * 1024**2
CONFIG_LIMIT = 4 * 1024**2
GGUF_HEADER_LIMIT = 64 * 1024**2
HEADER_LIMIT = 32 * 1024**2  # of one safetensors file; the format allows 100 MB
MAX_MISSING = 1_000
WORKERS = 8
PART = re.compile(r"^(?P<stem>.*)-(?P<part>\d{5})-of-(?P<of>\d{5})(?P<end>\.(?:safetensors|gguf|bin))$")
_INDEX = re.compile(r"(?:^|/)[^/]+\.(?:safetensors|bin)\.index(?:\.[\w-]+)?\.json$")
# Weights of a training run's state, not of the model.
_STATE = re.compile(r"(?:^|/)(?:optimizer|scheduler|training_args|rng_state|random_states)[^/]*$")

Progress = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Problem:
    """Why the header of a file could not be used. ``kind``: header, size, dtype, gone, long or unsupported."""

    path: str
    kind: str
    message: str


@dataclass
class WeightSet:
    """Files that hold one model together. ``index`` maps tensors to files where there is an index."""

    name: str
    files: list[str]
    index: dict[str, str] | None = None
    total_size: int | None = None


@dataclass
class Reading:
    """What was read. ``missing`` names files that an index or the numbers of parts call for."""

    published: Published
    sets: list[WeightSet] = field(default_factory=list)
    tensors: dict[str, dict[str, Tensor]] = field(default_factory=dict)
    ggufs: dict[str, GgufHeader] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    bad_index: list[str] = field(default_factory=list)
    config: dict[str, Any] | None = None
    config_problem: str | None = None
    gguf_missing: bool = False

    @property
    def primary(self) -> WeightSet | None:
        """The set that the config at the top describes."""
        top = {item.name: item for item in self.sets}
        names = ("model.safetensors", "model.safetensors.index.json")
        found = next((top[name] for name in names if name in top), None)
        return found or (self.sets[0] if len(self.sets) == 1 and "/" not in self.sets[0].name else None)

    @property
    def usable(self) -> bool:
        """Whether every safetensors header that there should be was read."""
        return not self.problems and not self.missing and not self.bad_index

    def tensors_of(self, part: WeightSet) -> dict[str, Tensor]:
        """The tensors of a set by name."""
        return {name: tensor for path in part.files for name, tensor in self.tensors.get(path, {}).items()}


def read_published(published: Published, on_progress: Progress = lambda _: None) -> Reading:
    """Read every header and the config.

    Raises:
        OpennessError: the network or the disk failed.
    """
    reading = Reading(published)
    paths = [file.path for file in published.files]
    names = set(paths)
    safetensors = [path for path in paths if path.endswith(".safetensors") and not _STATE.search(path)]
    ggufs = [path for path in paths if path.endswith(".gguf")]
    indexed = _read_indexes(reading, sorted(filter(_INDEX.search, names)), names)
    _numbered_parts(reading, names, indexed)
    groups: dict[str, WeightSet] = {}
    for path in sorted(set(safetensors) - indexed):
        part = PART.match(path)
        key = f"{part['stem']}-*-of-{part['of']}{part['end']}" if part else path
        groups.setdefault(key, WeightSet(key, [])).files.append(path)
    reading.sets += groups.values()
    done = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        # Each thread needs the caller's context: the byte budget lives in it.
        waiting = [
            pool.submit(contextvars.copy_context().run, _read_header, reading, path) for path in safetensors + ggufs
        ]
        try:
            for future in waiting:
                future.result()
                done += 1
                on_progress({"stage": "headers", "done": done, "total": len(waiting), "unit": "files"})
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    reading.problems.sort(key=lambda problem: problem.path)
    if "config.json" in names:
        try:
            config = published.json("config.json", CONFIG_LIMIT)
            reading.config = config if isinstance(config, dict) else None
            reading.config_problem = None if isinstance(config, dict) else "config.json is not a JSON object"
        except (Gone, TooLong) as error:
            reading.config_problem = f"config.json was not read: {error}"
        except ValueError:
            reading.config_problem = "config.json is not JSON"
    return reading


def _read_header(reading: Reading, path: str) -> None:
    published = reading.published
    try:
        if path.endswith(".gguf"):
            reading.ggufs[path] = published.gguf(path, GGUF_HEADER_LIMIT)
        else:
            reading.tensors[path] = published.tensors(path, HEADER_LIMIT)
    except HeaderError as error:
        reading.problems.append(Problem(path, error.kind, str(error)))
    except Gone as error:
        reading.problems.append(Problem(path, "gone", str(error)))
    except TooLong as error:
        reading.problems.append(Problem(path, "long", str(error)))
    except Unsupported as error:
        reading.problems.append(Problem(path, "unsupported", str(error)))
    except ImportError:
        reading.gguf_missing = True


def _read_indexes(reading: Reading, indexes: list[str], names: set[str]) -> set[str]:
    """Read the indexes; the safetensors files that they name."""
    named = set[str]()
    for path in indexes:
        folder = PurePosixPath(path).parent
        try:
            data = reading.published.json(path, INDEX_LIMIT)
        except (Gone, TooLong, ValueError) as error:
            said = "it is not JSON" if isinstance(error, ValueError) else str(error)
            reading.bad_index.append(f"{path}: {said}")
            continue
        shards = data.get("weight_map") if isinstance(data, dict) else None
        if not isinstance(shards, dict) or not shards or not all(isinstance(name, str) for name in shards.values()):
            reading.bad_index.append(f"{path} has no usable weight_map")
            continue
        outside = [
            name for name in set(shards.values()) if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name)
        ]
        if outside:
            reading.bad_index.append(f"{path} names a file outside the repository: {outside[0][:100]!r}")
            continue
        whole = {tensor: str(folder / name) for tensor, name in shards.items()}
        files = sorted(set(whole.values()))
        reading.missing += [name for name in files if name not in names]
        if ".safetensors.index" in path:
            metadata = data.get("metadata")
            total = metadata.get("total_size") if isinstance(metadata, dict) else None
            size = int(total) if isinstance(total, (int, float)) and 0 <= total < 2**63 else None
            reading.sets.append(WeightSet(path, [name for name in files if name in names], whole, size))
            named |= set(files)
    return named


def _numbered_parts(reading: Reading, names: set[str], indexed: set[str]) -> None:
    """``model-00002-of-00005`` says itself how many there are."""
    groups: dict[tuple[str, int, str], set[int]] = {}
    for name in names:
        if (part := PART.match(name)) and name not in indexed:
            groups.setdefault((part["stem"], int(part["of"]), part["end"]), set()).add(int(part["part"]))
    known = set(reading.missing)
    for (stem, count, end), there in groups.items():
        first = 0 if 0 in there else 1  # some count from 0
        for number in range(first, first + count):
            name = f"{stem}-{number:05}-of-{count:05}{end}"
            if number not in there and name not in known:
                reading.missing.append(name)
            if len(reading.missing) > MAX_MISSING:
                return
