"""Which files stand for the model when it is to be loaded."""

from __future__ import annotations

from openness.schemas.snapshot import SnapshotFile
from openness.sources.download import is_wanted
from openness.sources.layout import is_adapter
from openness.validator.static.reading import PART, Reading

_WEIGHTS = (".safetensors", ".gguf", ".safetensors.index.json")


def files_to_load(reading: Reading) -> list[SnapshotFile]:
    """The weights that stand for the model, with configs and tokenizer; empty when nothing is to be loaded.

    safetensors before GGUF, and of several GGUF files the smallest.
    """
    published = reading.published
    known = {file.path: file for file in published.files}
    part = reading.primary
    weights: list[str] = []
    if part is not None:
        weights = [*part.files, *([part.name] if part.index is not None else [])]
    elif reading.ggufs and not reading.sets:
        groups: dict[str, list[str]] = {}
        for path in reading.ggufs:
            found = PART.match(path)
            groups.setdefault(found["stem"] if found else path, []).append(path)
        weights = min(groups.values(), key=lambda paths: (sum(known[path].size or 0 for path in paths), paths))
    if not weights or all(map(is_adapter, weights)):
        return []
    small = [path for path in known if is_wanted(path) and not path.endswith(_WEIGHTS) and path.count("/") <= 1]
    return [known[path] for path in [*weights, *small]]


def files_to_hash(reading: Reading) -> list[SnapshotFile]:
    """Every file of weights but pickles, which are never brought here whole."""
    return [file for file in reading.published.files if file.path.endswith((".safetensors", ".gguf"))]


def why_none(reading: Reading) -> str:
    """Why no files stand for the model."""
    part = reading.primary
    if part is not None and all(map(is_adapter, part.files)):
        return "an adapter runs only with its base model"
    if reading.sets or reading.ggufs:
        return "several models in one repository, none of which stands for the whole"
    return "the weights are published only as pickles or in formats that are not loaded here"
