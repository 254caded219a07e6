"""Run the tests marked `cuda` and keep what they said: benchmarks/results/cuda.txt, with date, GPU and versions.

Needs a CUDA device, torch, transformers, accelerate, safetensors, gguf and pytest; openness need not be installed.
"""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
RESULT = PROJECT / "benchmarks" / "results" / "cuda.txt"


def main() -> int:
    import torch
    import transformers

    if not torch.cuda.is_available():
        print("there is no CUDA device here", file=sys.stderr)
        return 2
    memory = torch.cuda.get_device_properties(0).total_memory / 1e9
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=False)
    head = [
        f"date          {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
        f"commit        {commit.stdout.strip() or 'unknown'}",
        f"GPU           {torch.cuda.device_count()} x {torch.cuda.get_device_name(0)}, {memory:.0f} GB",
        f"CUDA          {torch.version.cuda}",
        f"torch         {torch.__version__}",
        f"transformers  {transformers.__version__}",
        f"Python        {platform.python_version()} on {platform.platform()}",
        "",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-q", "--noconftest", "-m", "cuda", "tests/test_validator_cuda.py"],
        cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT / "src")}, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    RESULT.parent.mkdir(exist_ok=True)
    text = "\n".join(head) + done.stdout.replace(str(PROJECT), ".").replace(str(Path.home()), "~")
    RESULT.write_text(text)
    print(text)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
