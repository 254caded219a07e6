"""Load tensors that are only shapes into the architecture that a config names; run as a script of its own.

Reads one JSON object {"config", "tensors": {name: [dtype, shape]}} per line and answers each with one line. Nothing
of a repository but its config comes in, and no class but transformers' own is made.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from typing import Any

MEMORY = 8 * 1024**3
_DTYPES = {
    "F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2",
}  # fmt: skip


def _guard(parent: int) -> None:
    """End with the parent, and stay within memory: a config may name any number of layers."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def load_on_meta(config: dict[str, Any], tensors: dict[str, tuple[str, list[int]]]) -> dict[str, Any]:
    """Load shapes into the class that the config names, by transformers' own rules of renaming and merging.

    Returns:
        ``missing``, ``unexpected`` and ``mismatched`` tensors, and the ``parameters`` of the class, or
        ``unknown`` with the reason why there is no class to load into.
    """
    import torch
    import transformers
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    kind = str(config.get("model_type"))
    names = config.get("architectures")
    if kind not in CONFIG_MAPPING:
        return {"unknown": f"transformers {transformers.__version__} does not know the model type {kind[:60]!r}"}
    wanted = names[0] if isinstance(names, list) and names and isinstance(names[0], str) else None
    cls = getattr(transformers, wanted, None) if wanted and wanted.isidentifier() else None
    if not (isinstance(cls, type) and issubclass(cls, transformers.PreTrainedModel)):
        return {"unknown": f"transformers {transformers.__version__} has no class {str(wanted)[:60]!r}"}
    if config.get("quantization_config"):
        return {"unknown": "the weights are quantized: their tensors are not those of the architecture"}
    loader: Any = cls
    plain = {key: value for key, value in config.items() if key != "auto_map"}
    try:
        built = CONFIG_MAPPING[kind].from_dict(plain)
    except Exception as error:  # whatever a class makes of a stranger's config
        return {"bad_config": f"{type(error).__name__}: {str(error)[:200]}"}
    state = {
        name: torch.empty(shape, dtype=getattr(torch, _DTYPES.get(dtype, "float32"), torch.float32), device="meta")
        for name, (dtype, shape) in tensors.items()
    }
    try:
        model, info = loader.from_pretrained(
            None, config=built, state_dict=state, output_loading_info=True, device_map={"": "meta"},
            ignore_mismatched_sizes=True,
        )  # fmt: skip
    except Exception as error:
        if "conversion of the weights" not in str(error):
            return {"bad_config": f"{type(error).__name__}: {str(error)[:200]}"}
        # Experts that are merged on loading and do not fit together; transformers says no more than that.
        return {
            "missing": ["tensors that are merged on loading do not fit together"],
            "unexpected": [],
            "mismatched": [],
        }
    return {
        "missing": sorted(info["missing_keys"]),
        "unexpected": sorted(info["unexpected_keys"]),
        "mismatched": sorted(f"{name}: {list(seen)}, not {list(due)}" for name, seen, due in info["mismatched_keys"]),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "with_ties": sum(tensor.numel() for tensor in model.state_dict().values()),
        "class": cls.__name__,
        "transformers": transformers.__version__,
    }


def _answer(text: str) -> dict[str, Any]:
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    question = json.loads(text)
    if question.get("types"):
        return {"types": sorted(CONFIG_MAPPING.keys())}
    return load_on_meta(question["config"], question["tensors"])


def main() -> None:
    """Answer until stdin ends."""
    _guard(int(sys.argv[1]))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not mix with the answers
    for line in sys.stdin:
        print(json.dumps(_answer(line)), file=answers, flush=True)


if __name__ == "__main__":
    main()
