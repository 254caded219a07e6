"""Put a model on its device: whole where it fits, else spread over devices and streamed from disk layer by layer."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import logging
from transformers.models.auto import modeling_auto as auto

from . import gpu, memory
from .files import Weights
from .kinds import CannotRun, Choice

ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "U8": 0.5}  # U8: two 4-bit weights
ROOM = 1.15  # the weights, and a little for what conversion and the allocator hold besides
RESERVE = 64 << 20
WORK_COPIES = 4
SHUFFLE_COPIES = 2
MOST_TIMES = 4  # a configuration may describe that many times more weights than the files hold, before it is a lie
Tell = Callable[..., None]


class NoRoom(Exception):
    """The device cannot hold even what one layer at a time needs; ``need``: bytes of all weights."""

    def __init__(self, said: str, need: int) -> None:
        super().__init__(said)
        self.need = need


@dataclass
class Plan:
    """Where the weights will be."""

    device: torch.device
    need: int
    have: int
    resident: bool
    map: Any
    limits: dict[int | str, int] | None = None


@dataclass
class Passing:
    """Sees every streamed weight on its way in: looks for NaN the first time, shuffles when told to."""

    shuffle: bool = False
    scanned: set[str] = field(default_factory=set)
    not_finite: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    per_pass: int = 0
    on_bytes: Callable[[int], None] = lambda _: None
    parts: list[tuple[Watched, list[str]]] = field(default_factory=list)

    def scan_rest(self) -> None:
        """Look at what no forward pass has asked for, such as a head that is not used."""
        for weights, names in self.parts:
            for name in names:
                if weights.prefix + name not in self.scanned:
                    weights[name]


class Watched(Mapping[str, torch.Tensor]):
    """The weights of one offloaded module, seen by a `Passing`."""

    def __init__(self, inner: Mapping[str, torch.Tensor], prefix: str, passing: Passing, device: Any) -> None:
        self.inner, self.prefix, self.passing, self.device = inner, prefix, passing, device

    def __getitem__(self, key: str) -> torch.Tensor:
        # To where it is going anyway: a GPU looks through it and shuffles it a thousand times faster.
        tensor = self.inner[key].to(self.device)
        name = self.prefix + key
        self.passing.bytes += tensor.nbytes
        self.passing.on_bytes(self.passing.bytes)
        if name not in self.passing.scanned:
            self.passing.scanned.add(name)
            count = count_not_finite(tensor)
            if count:
                self.passing.not_finite[name] = count
        return shuffled(tensor, name) if self.passing.shuffle else tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self.inner)

    def __len__(self) -> int:
        return len(self.inner)


@dataclass
class Loaded:
    """A model in its place, and what loading it found and cost."""

    model: Any
    choice: Choice
    plan: Plan
    info: dict[str, Any]
    seconds: float
    passing: Passing | None


def read_gguf_once() -> None:
    """Transformers parses a GGUF header three times, and its table of names per layer: seconds of pure Python.

    The header is read through a memory map, whose slices cost four times those of a plain array over the same memory.
    """
    import gguf
    import numpy

    mapped = numpy.memmap
    numpy.memmap = lambda *args, **settings: mapped(*args, **settings).view(numpy.ndarray)  # type: ignore[misc,assignment]
    gguf.GGUFReader = functools.cache(gguf.GGUFReader)
    gguf.get_tensor_name_map = functools.cache(gguf.get_tensor_name_map)


def skeleton(choice: Choice) -> Any:
    """The model without weights."""
    with torch.device("meta"):
        return choice.model_class._from_config(choice.config, dtype=choice.dtype)


def work_bytes(choice: Choice, bare: Any, tokens: int) -> int:
    """What is held besides the weights, roughly: a few copies of the widest outputs, or the tensor being shuffled."""
    widest: int = max((parameter.shape[-2] for parameter in bare.parameters() if parameter.dim() > 1), default=0)
    largest: int = max((parameter.nbytes for parameter in bare.parameters()), default=0)
    itemsize: int = choice.dtype.itemsize
    return max(WORK_COPIES * tokens * widest * itemsize, SHUFFLE_COPIES * largest)


def plan(choice: Choice, weights: Weights, bare: Any, device: str, job: dict[str, Any], work: int) -> Plan:
    """Decide where the weights go, by what they need and what there is.

    Raises:
        CannotRun: the configuration describes another model than the files hold, or dequantizing takes too much.
        NoRoom: the GPU has no room for one pass.
    """
    tensors = {id(tensor): tensor for tensor in [*bare.parameters(), *bare.buffers()]}
    need = sum(tensor.nbytes for tensor in tensors.values())
    elements = sum(tensor.numel() for tensor in tensors.values())
    stored = sum(size / ITEM_BYTES.get(dtype, 1) for dtype, size in weights.dtypes.items())
    if stored and elements > MOST_TIMES * stored:
        raise CannotRun("fail", f"config.json describes {elements:,} parameters, the files hold {round(stored):,}")
    free: dict[int, int] = {}
    besides = work + gpu.WORKSPACE + gpu.SEGMENTS
    if device == "cuda":  # first, as asking makes the context, which takes memory of the host
        free = {index: _free(index, job["device_memory"]) - besides for index in range(torch.cuda.device_count())}
    host = max(0, min(job["memory"] - memory.held(os.getpid()), memory.available()) - RESERVE - work)
    gguf = ROOM * need * 2 if weights.form == "gguf" else 0  # dequantized on the host, beside the model it fills
    if gguf > host:
        asked, there = memory.words(gguf), memory.words(host)
        raise CannotRun("skipped", f"not supported yet: a GGUF file that takes {asked} to dequantize; {there} are free")
    if device == "cpu":
        if ROOM * need <= host:
            return Plan(torch.device("cpu"), need, host, True, {"": "cpu"})
        return Plan(torch.device("cpu"), need, host, False, "auto", {"cpu": host // 2})
    if free[0] <= 0:
        has = memory.words(free[0] + besides)
        raise NoRoom(f"a run takes {memory.words(besides)} besides the weights, {has} are free", need)
    if ROOM * need <= free[0]:
        return Plan(torch.device("cuda", 0), need, free[0], True, {"": 0})
    limits: dict[int | str, int] = {index: max(0, int(room / ROOM)) for index, room in free.items()}
    return Plan(torch.device("cuda", 0), need, sum(free.values()), False, "auto", {**limits, "cpu": host // 2})


def load(choice: Choice, weights: Weights, folder: Path, where: Plan, scratch: Path, tell: Tell) -> Loaded:
    """Load with transformers, straight to the device, with nothing but tensors read from the files."""
    extra: dict[str, Any] = {"gguf_file": choice.gguf} if choice.gguf else {"use_safetensors": True}
    if where.limits is not None:
        extra |= {"max_memory": where.limits, "offload_folder": str(scratch / "offload")}
    previous = logging.set_tqdm_hook(_progress(weights, tell))
    started = time.monotonic()
    try:
        model, info = choice.model_class.from_pretrained(
            folder, config=choice.config, dtype=choice.dtype, device_map=where.map, local_files_only=True,
            trust_remote_code=False, ignore_mismatched_sizes=True, output_loading_info=True, **extra,
        )  # fmt: skip
    finally:
        logging.set_tqdm_hook(previous)
    if where.device.type == "cuda":
        # Where all went to one place, transformers keeps no map of it.
        places = getattr(model, "hf_device_map", None) or {"": next(model.parameters()).device}
        if all(str(place) in ("cpu", "disk") for place in places.values()):
            said = f"its largest layer does not fit twice into the {memory.words(where.have)} that are free"
            raise NoRoom(said, where.need)
        torch.cuda.synchronize()
    else:
        _touch(model)
    model.eval()
    seconds = time.monotonic() - started
    return Loaded(model, choice, where, info, seconds, None if where.resident else _watch(model))


def key_problems(loaded: Loaded) -> tuple[str, str, dict[str, Any]]:
    """Hold the names in the files against the names the architecture asks for: outcome, sentence and figures."""
    missing, unexpected = sorted(loaded.info["missing_keys"]), sorted(loaded.info["unexpected_keys"])
    mismatched = sorted(str(entry[0]) for entry in loaded.info["mismatched_keys"])
    errors = [str(error) for error in loaded.info.get("error_msgs") or []]
    unused = []
    if unexpected and not (missing or mismatched or errors):
        known = _names_of_other_heads(loaded.choice)
        unused = [name for name in unexpected if name in known]
        unexpected = [name for name in unexpected if name not in known]
    parts = [
        f"{len(names)} {what}: {', '.join(names[:3])}{' …' if len(names) > 3 else ''}"
        for what, names in (
            ("missing", missing), ("unexpected", unexpected), ("of another shape", mismatched), ("unreadable", errors),
        ) if names
    ]  # fmt: skip
    figures = {"missing": len(missing), "unexpected": len(unexpected), "mismatched": len(mismatched)}
    if parts:
        return "fail", "; ".join(parts), figures
    if unused:
        return (
            "warn",
            f"{len(unused)} tensors belong to another head and were not used: {', '.join(unused[:3])}",
            figures,
        )
    return "pass", "every tensor the architecture asks for, and no other", figures


def count_not_finite(tensor: torch.Tensor) -> int:
    """How many elements are NaN or infinite, a bounded piece at a time."""
    if not tensor.is_floating_point():
        return 0
    return sum(int((~torch.isfinite(piece)).sum()) for piece in tensor.detach().reshape(-1).split(1 << 24))


def shuffled(tensor: torch.Tensor, name: str) -> torch.Tensor:
    """The same numbers along every dimension in another order: same statistics, nothing learned."""
    generator = torch.Generator().manual_seed(sum(name.encode()) * 1_000_003 + tensor.numel())
    for dimension, size in enumerate(tensor.shape):
        order = torch.randperm(size, generator=generator).to(tensor.device)
        tensor = tensor.index_select(dimension, order)
    return tensor


def shuffle(loaded: Loaded) -> None:
    """Shuffle all weights in place; the model is of no other use afterwards."""
    with torch.no_grad():
        for name, parameter in loaded.model.named_parameters():
            if parameter.device.type != "meta" and parameter.is_floating_point():
                parameter.data.copy_(shuffled(parameter.data, name))
    if loaded.passing is not None:
        loaded.passing.shuffle = True


def _touch(model: Any) -> None:
    """Read a number of each page: on the CPU the weights stay in the mapped file, and loading only promises them."""
    for parameter in model.parameters():
        if parameter.device.type == "cpu":
            parameter.detach().reshape(-1)[:: 4096 // parameter.element_size()].sum()


def _watch(model: Any) -> Passing:
    passing = Passing()
    for module_name, module in model.named_modules():
        hook = getattr(module, "_hf_hook", None)
        for part in getattr(hook, "hooks", [hook]):
            if getattr(part, "offload", False) and part.weights_map is not None:
                prefix = f"{module_name}." if module_name else ""
                part.weights_map = Watched(part.weights_map, prefix, passing, part.execution_device)
                held = dict(module.named_parameters(recurse=part.place_submodules))
                passing.parts.append((part.weights_map, list(held)))
                passing.per_pass += sum(parameter.nbytes for parameter in held.values())
    return passing


def _free(index: int, cap: int | None) -> int:
    free: int
    free, total = torch.cuda.mem_get_info(index)
    if cap is None:
        return free
    torch.cuda.set_per_process_memory_fraction(min(1.0, cap / total), index)
    return min(free, cap)


def _progress(weights: Weights, tell: Tell) -> Callable[..., Any]:
    """A stand-in for the bar of transformers that tells bytes."""
    total = weights.bytes

    def each(items: list[Any]) -> Iterator[Any]:
        done = 0.0
        for item in items:
            yield item
            done += _bytes_of(item, weights) or total / len(items)
            tell("loading", done=min(round(done), total), total=total)

    def bar(factory: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return each(list(args[0])) if args and kwargs.get("desc") == "Loading weights" else factory(*args, **kwargs)

    return bar


def _bytes_of(item: Any, weights: Weights) -> int:
    """The bytes of the stored tensors that make one parameter, as transformers pairs them."""
    targets = getattr(item[1], "layer_targets", {}) if isinstance(item, tuple) and len(item) == 2 else {}
    return sum(weights.sizes.get(name, 0) for name in set().union(*targets.values())) if targets else 0


def _names_of_other_heads(choice: Choice) -> set[str]:
    """Tensor names of the other classes this checkpoint may have been saved from."""
    tables = (auto.MODEL_FOR_PRETRAINING_MAPPING_NAMES, auto.MODEL_MAPPING_NAMES)
    candidates = [str(table.get(choice.config.model_type, "")) for table in tables]
    candidates += [str(name) for name in getattr(choice.config, "architectures", None) or []]
    names: set[str] = set()
    import transformers

    for candidate in candidates:
        other = getattr(transformers, candidate, None)
        if other is None or other is choice.model_class:
            continue
        with torch.device("meta"):
            bare = other._from_config(choice.config)
        prefix = f"{bare.base_model_prefix}."
        for name in bare.state_dict():
            names |= {name, name.removeprefix(prefix), prefix + name}
    return names
