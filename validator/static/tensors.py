"""Checks on tensors: where the index puts them, how many layers and parameters they amount to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from openness.schemas.validation import Check, CheckOutcome
from openness.sources.gguf_header import GgufHeader
from openness.sources.safetensors import Tensor
from openness.validator.checks import failed, few, passed, skipped, warned
from openness.validator.static.reading import Reading, WeightSet

# What a model calls itself is rounded, and often leaves out the embedding.
CLAIM_LOW, CLAIM_HIGH = 0.75, 1.35
CONFIG_TOLERANCE = 0.05

_LAYER = re.compile(r"^(?P<before>.*?(?:^|\.)(?:layers?|h|blocks?|blk|resblocks))\.(?P<number>\d{1,5})\.")
_LAYER_KEYS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_encoder_layers", "encoder_layers")
_TEXT = ("text_config", "llm_config", "language_config", "thinker_config", "decoder")
_EMBEDDING = re.compile(
    r"(?:^|\.)(?:embed_tokens|word_embeddings?|wte|tok_embeddings|shared|embed_in|token_embd|embeddings?|emb)\.weight$"
)
_PACKED = ("I8", "U8", "I32", "U32", "I64", "U64")
_SIZE = re.compile(r"(?:^|[-_.])(?:(?P<experts>\d{1,3})x)?(?P<number>\d{1,4}(?:\.\d{1,3})?)(?P<unit>[bBmM])(?=$|[-_.])")
_UNITS = {"b": 1e9, "m": 1e6}


def tensors_indexed(reading: Reading) -> Check:
    """Every tensor of an index stands in its file and in no other, and nothing else stands there."""
    name = "tensors-indexed"
    if not reading.usable:
        return skipped(name, "not every file could be read, see above")
    wrong: list[str] = []
    extra: list[str] = []
    sizes: list[str] = []
    for part in reading.sets:
        places: dict[str, list[str]] = {}
        for path in part.files:
            for tensor in reading.tensors[path]:
                places.setdefault(tensor, []).append(path)
        wrong += [f"{tensor[:80]!r} stands in {' and '.join(at)}" for tensor, at in places.items() if len(at) > 1]
        if part.index is None:
            continue
        for tensor, path in part.index.items():
            at = places.get(tensor)
            if not at:
                wrong.append(f"{tensor[:80]!r} is in no file; the index puts it in {path}")
            elif path not in at:
                wrong.append(f"{tensor[:80]!r} is in {at[0]}; the index puts it in {path}")
        extra += [f"{tensor[:80]!r} in {at[0]}" for tensor, at in places.items() if tensor not in part.index]
        data = sum(tensor.end - tensor.begin for path in part.files for tensor in reading.tensors[path].values())
        if part.total_size is not None and part.total_size != data:
            sizes.append(f"{part.name} says {part.total_size:,} bytes, the tensors have {data:,}")
    if wrong:
        return failed(name, few(wrong), tensors=len(wrong))
    if extra or sizes:
        said = [*(f"not in the index: {item}" for item in extra), *sizes]
        return warned(name, few(said), tensors=len(extra))
    indexed = sum(len(part.index or ()) for part in reading.sets)
    return passed(name, f"{indexed:,} tensors stand where the index puts them" if indexed else "no index, none needed")


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a config that describes the language model: its own top where there is no such part."""
    inner = next((config[key] for key in _TEXT if isinstance(config.get(key), dict)), None)
    return inner if inner is not None and "vocab_size" not in config else config


def number(config: Mapping[str, Any], *keys: str) -> int | None:
    """The first of these keys that holds a count."""
    found = (config.get(key) for key in keys)
    return next(
        (value for value in found if isinstance(value, int) and not isinstance(value, bool) and value > 0), None
    )


def layer_counts(names: Mapping[str, Any]) -> dict[str, int]:
    """How many layers stand under each prefix, by the numbers in tensor names."""
    found: dict[str, set[int]] = {}
    for name in names:
        if match := _LAYER.match(name):
            found.setdefault(match["before"], set()).add(int(match["number"]))
    return {before: len(numbers) for before, numbers in found.items() if numbers == set(range(len(numbers)))}


def layers_agree(config: Mapping[str, Any], names: Mapping[str, Any]) -> Check:
    """The config has as many layers as the tensors."""
    name = "layers-agree"
    inner = text_config(config)
    claimed = {key: value for key in (*_LAYER_KEYS, "num_decoder_layers", "decoder_layers", "num_hidden_groups")
               if (value := number(inner, key)) is not None}  # fmt: skip
    counts = layer_counts(names)
    if not claimed or not counts:
        return passed(name, "no layers to count")
    more = number(inner, "num_nextn_predict_layers") or 0  # DeepSeek keeps these behind the others
    good = {value + extra for value in claimed.values() for extra in (0, more)}
    if good & set(counts.values()):
        key, value = next(iter(claimed.items()))
        return passed(name, f"{key} is {value}", layers=value)
    said = ", ".join(f"{key} is {value}" for key, value in claimed.items())
    most = sorted(counts.items(), key=lambda item: -item[1])[:3]
    seen = ", ".join(f"{count} under {before[:60]}" for before, count in most)
    return failed(name, f"the config says {said}; the tensors have {seen}", **claimed, tensors=most[0][1])


def embedding_rows(tensors: Mapping[str, Tensor]) -> tuple[str, int] | None:
    """The token embedding: its name and rows. Of several candidates the one with the most."""
    found = [
        (name, tensor.shape[0])
        for name, tensor in tensors.items()
        if len(tensor.shape) == 2 and tensor.dtype not in _PACKED and _EMBEDDING.search(name) and "position" not in name
    ]
    return max(found, key=lambda item: item[1]) if found else None


def gguf_layers(header: GgufHeader, path: str) -> str | None:
    """What is wrong with the number of blocks of a GGUF file, if anything."""
    kind = header.metadata.get("general.architecture")
    claimed = header.metadata.get(f"{kind}.block_count")
    counts = layer_counts(header.tensors)
    if PART_OF_SEVERAL.search(path) or not isinstance(claimed, int) or not counts or claimed in counts.values():
        return None
    return f"{path}: {kind}.block_count is {claimed}, the tensors have {max(counts.values())} blocks"


PART_OF_SEVERAL = re.compile(r"-\d{5}-of-\d{5}\.gguf$")


def claimed_size(text: str) -> int | None:
    """The parameters that a name claims: ``Llama-2-7b`` 7 billion, ``Mixtral-8x7B`` up to 56."""
    found = _SIZE.search(text)
    if not found:
        return None
    return int(float(found["number"]) * _UNITS[found["unit"].lower()] * int(found["experts"] or 1))


def parameters_agree(reading: Reading, part: WeightSet | None, claims: Mapping[str, int], architecture: Check) -> Check:
    """The number of parameters is the architecture's, and what name, card and registry claim."""
    name = "parameters-agree"
    if not reading.usable:
        return skipped(name, "not every file could be read, see above")
    if part is not None:
        tensors = reading.tensors_of(part)
    elif len(reading.ggufs) == 1 and not reading.sets:
        tensors = next(iter(reading.ggufs.values())).tensors
    else:
        return passed(name, "several models, none of which the claims are about")
    total = sum(tensor.elements for tensor in tensors.values())
    if any(tensor.dtype in ("I32", "U8", "I8") for tensor in tensors.values() if tensor.elements > 100_000):
        return passed(name, f"packed weights: {total:,} elements say little of the parameters", elements=total)
    fits = architecture.outcome in (CheckOutcome.PASS, CheckOutcome.WARN)
    low, high = (architecture.figures.get(key) if fits else None for key in ("parameters", "with_ties"))
    if low and high and not low * (1 - CONFIG_TOLERANCE) <= total <= high * (1 + CONFIG_TOLERANCE):
        return failed(name, f"{total:,} parameters; the architecture of the config has {low:,}", parameters=total)
    doubts = [
        f"{who} says {claim:,}" for who, claim in claims.items() if not CLAIM_LOW * claim <= total <= CLAIM_HIGH * claim
    ]
    if doubts:
        return warned(name, f"{total:,} parameters; {few(doubts)}", parameters=total, **claims)
    said = f", as {', '.join(claims)} say" if len(claims) > 1 else f", as {next(iter(claims))} says" if claims else ""
    return passed(name, f"{total:,} parameters{said}", parameters=total, **claims)
