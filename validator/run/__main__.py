"""``python -m run <folder> --device cuda``: the run stage alone, on a machine without `openness`. JSON lines out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from .parent import run_stage


def main() -> int:
    """Run the stage on one folder; progress goes to stderr, the report is one line on stdout."""
    parser = argparse.ArgumentParser(prog="run", description="Load the weights in a folder and try whether they run.")
    parser.add_argument("folder", type=Path, nargs="+", help="config.json, tokenizer and safetensors, or a GGUF file")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds per folder")
    parser.add_argument("--memory", type=float, help="GB of host memory it may hold")
    parser.add_argument("--device-memory", type=float, help="GB of GPU memory it may hold")
    asked = parser.parse_args()

    def show(event: dict[str, Any]) -> None:
        print(json.dumps(event), file=sys.stderr, flush=True)

    failed = False
    for folder in asked.folder:
        report = run_stage(
            folder, device=asked.device, timeout_seconds=asked.timeout, on_progress=show,
            memory_bytes=int(asked.memory * 1e9) if asked.memory else None,
            device_memory_bytes=int(asked.device_memory * 1e9) if asked.device_memory else None,
        )  # fmt: skip
        print(json.dumps({"folder": str(folder), **report}), flush=True)
        failed = failed or any(check["outcome"] == "fail" for check in report["checks"])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
