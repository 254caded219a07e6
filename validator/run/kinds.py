"""Which kind of model a folder holds, which class loads it, and what each kind must reach: the one table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoConfig, PreTrainedConfig
from transformers.models.auto import modeling_auto as auto

from .files import Weights


@dataclass(frozen=True)
class Threshold:
    """What the `learned` check asks of a kind."""

    figure: str
    bound: float
    asks: str


# Loss at most 0.8 of the loss with shuffled weights, and of a guess: random weights lie within a few percent of 1, a
# model trained on the language of any text below 0.6. Order of pairs: how often, over all comparisons, a paraphrase is
# closer than an unrelated sentence; random weights see only common words and stay below 0.3.
LEARNED = {
    "causal": Threshold("loss_ratio", 0.8, "loss on a text, next token from the ones before"),
    "masked": Threshold("loss_ratio", 0.8, "loss on a text, every seventh token hidden"),
    "seq2seq": Threshold("loss_ratio", 0.8, "loss on a text: copied, with hidden spans, or translated"),
    "encoder": Threshold("order", 0.75, "paraphrases closer than unrelated sentences"),
}

# Largest relative difference (of the norms) between two devices, or two runs, that rounding explains.
TOLERANCES = {torch.float32: 1e-3, torch.float16: 2e-2, torch.bfloat16: 8e-2}

# Quantized formats that transformers turns back into bfloat16 while loading, with nothing installed besides.
DEQUANTIZED = {"fp8", "mxfp8", "mxfp4"}

TEXT_CLASSES = (
    ("causal", "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES"),
    ("seq2seq", "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES"),
    ("masked", "MODEL_FOR_MASKED_LM_MAPPING_NAMES"),
    ("masked", "MODEL_FOR_PRETRAINING_MAPPING_NAMES"),
    ("causal", "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES"),  # with text alone
    ("encoder", "MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES"),
    ("encoder", "MODEL_MAPPING_NAMES"),
)


class CannotRun(Exception):
    """The model is not tried, for a reason that is no fault of its weights, or before they are read.

    Args:
        outcome: ``skipped``, ``needs_code`` or ``fail``.
        detail: why, in a sentence.
    """

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail


@dataclass
class Choice:
    """How a model is loaded and tried. ``pooling`` says how an encoder's token vectors become one."""

    kind: str
    model_class: Any
    config: PreTrainedConfig
    dtype: torch.dtype
    pooling: str = "mean"
    gguf: str | None = None
    note: str = ""


def choose(folder: Path, weights: Weights) -> Choice:
    """Read the configuration and pick the class, running no code of the repository.

    Raises:
        CannotRun: nothing here can be loaded.
    """
    gguf = weights.paths[0].name if weights.form == "gguf" else None
    raw = {} if gguf else _raw_config(folder)
    remote = "auto_map" in raw
    try:
        extra = {"gguf_file": gguf} if gguf else {}
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **extra)
    except Exception as error:
        if remote and raw.get("model_type") not in transformers.CONFIG_MAPPING:
            raise CannotRun("needs_code", "config.json asks for code of the repository (auto_map)") from error
        if gguf or raw.get("model_type") not in transformers.CONFIG_MAPPING:
            what = f"{gguf}" if gguf else f"model type {raw.get('model_type')!r}"
            raise CannotRun(
                "skipped", f"not supported yet: {what} by transformers {transformers.__version__}"
            ) from error
        raise CannotRun("fail", f"config.json cannot be used: {first_line(error)}") from error
    _quantization(config)
    kind, model_class = _class_of(config, folder, remote, gguf)
    choice = Choice(kind, model_class, config, _dtype(config, weights), gguf=gguf)
    if kind == "encoder":
        choice.pooling = _pooling(folder, config)
    if remote:
        choice.note = "the repository brings its own code (auto_map), which was not used"
    return choice


def first_line(error: BaseException) -> str:
    """The first line of an error, short enough to show."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def _raw_config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    if not path.is_file():
        if (folder / "adapter_config.json").is_file():
            raise CannotRun("skipped", "not supported yet: an adapter, which runs only on top of its base model")
        raise CannotRun("fail", "there is no config.json")
    try:
        raw = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise CannotRun("fail", f"config.json is no JSON: {first_line(error)}") from error
    if not isinstance(raw, dict):
        raise CannotRun("fail", "config.json is no object")
    return raw


def _quantization(config: PreTrainedConfig) -> None:
    """Ask for dequantized weights where transformers can, refuse the rest."""
    settings = getattr(config, "quantization_config", None)
    if settings is None:
        return
    method = settings.get("quant_method") if isinstance(settings, dict) else getattr(settings, "quant_method", None)
    method = str(getattr(method, "value", method)).lower()
    if method not in DEQUANTIZED or not isinstance(settings, dict):
        raise CannotRun("skipped", f"not supported yet: weights quantized by {method}")
    settings["dequantize"] = True


def _class_of(config: PreTrainedConfig, folder: Path, remote: bool, gguf: str | None) -> tuple[str, Any]:
    names = [str(name) for name in getattr(config, "architectures", None) or []][:1]
    if not names:
        table = auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES if gguf else auto.MODEL_MAPPING_NAMES
        names = [str(table.get(config.model_type, ""))]
    name = names[0]
    if (folder / "1_Pooling" / "config.json").is_file():  # a sentence embedder, whatever head it was trained with
        name = _name(auto.MODEL_MAPPING_NAMES, config.model_type) or name
    model_class = getattr(transformers, name, None)
    if model_class is None or not hasattr(model_class, "from_pretrained"):
        if remote:
            raise CannotRun("needs_code", f"config.json names {name}, which is code of the repository (auto_map)")
        raise CannotRun("skipped", f"not supported yet: {name or 'no architecture named'}")
    for kind, table in TEXT_CLASSES:
        if name == _name(getattr(auto, table, {}), config.model_type) and _takes_text(model_class, config, kind):
            return kind, model_class
    return "other", model_class


def _name(table: Any, model_type: str) -> str:
    found = table.get(model_type, "")
    return str(found[0] if isinstance(found, tuple | list) else found)


def _takes_text(model_class: Any, config: PreTrainedConfig, kind: str) -> bool:
    if model_class.main_input_name != "input_ids":
        return False
    parts = [name for name in ("vision_config", "audio_config") if getattr(config, name, None) is not None]
    return kind != "encoder" or not (parts or (config.is_encoder_decoder and "Encoder" not in model_class.__name__))


def _dtype(config: PreTrainedConfig, weights: Weights) -> torch.dtype:
    """The dtype to compute in: what the configuration says, else what most bytes are in."""
    named = getattr(config, "dtype", None) or getattr(config.get_text_config(), "dtype", None)
    if isinstance(named, str):
        named = getattr(torch, named.removeprefix("torch."), None)
    if named in TOLERANCES:
        return named
    known = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
    counted = {dtype: size for dtype, size in weights.dtypes.items() if dtype in known}
    if counted:
        return known[max(counted, key=lambda dtype: counted[dtype])]
    return torch.bfloat16 if weights.dtypes else torch.float32


def _pooling(folder: Path, config: PreTrainedConfig) -> str:
    path = folder / "1_Pooling" / "config.json"
    settings: dict[str, Any] = {}
    if path.is_file():
        try:
            read = json.loads(path.read_text("utf-8"))
            settings = read if isinstance(read, dict) else {}
        except ValueError:
            pass
    mode = settings.get("pooling_mode")
    if settings.get("pooling_mode_cls_token") or mode == "cls":
        return "first"
    if settings.get("pooling_mode_lasttoken") or mode == "lasttoken":
        return "last"
    causal = _name(auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, config.model_type).endswith("ForCausalLM")
    return "last" if causal and not settings else "mean"
