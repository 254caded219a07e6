"""Draw facts of the registry for a second reading: a fixed share, the same for the same file and seed.

    python scripts/draw_audit.py [--share 0.1] [--seed 4] [FILE] > audit.jsonl

A fact is one dated state of an artifact or topic, a base model, or a claim, where it is written: what a family
sets is one fact, however many models share it. One JSON object per line.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openness.registry.blocks import Block, read_blocks
from openness.schemas.record import Artifact

REGISTRY = Path(__file__).parent.parent / "data" / "models.yaml"


def facts(block: Block) -> Iterator[dict[str, Any]]:
    """Every fact of one block, with the line it stands at."""
    for artifact in Artifact:
        for number, state in enumerate(block.data.get(artifact) or []):
            yield fact(block, (artifact.value, number), state)
    for topic, states in (block.data.get("disclosures") or {}).items():
        for number, state in enumerate(states):
            yield fact(block, ("disclosures", topic, number), state)
    for field in ("base_models", "claims"):
        for number, item in enumerate(block.data.get(field) or []):
            yield fact(block, (field, number), item)


def fact(block: Block, path: tuple[str | int, ...], state: dict[str, Any]) -> dict[str, Any]:
    """One fact with its evidence, whose sources are filled in."""
    sources = block.data.get("sources") or {}
    evidence = [{**sources.get(item.get("source", ""), {}), **item} for item in state.get("evidence") or []]
    field = ".".join(map(str, path))
    return {"block": block.name, "line": block.line_of(path), "field": field, **state, "evidence": evidence}


def main() -> None:
    """Print the drawn facts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=REGISTRY)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args()
    blocks, _ = read_blocks(options.file.read_text("utf-8"))
    every = [item for block in blocks for item in facts(block) if item["evidence"]]
    drawn = random.Random(options.seed).sample(every, round(len(every) * options.share))  # noqa: S311
    for item in sorted(drawn, key=lambda item: item["line"]):
        print(json.dumps(item, ensure_ascii=False))
    print(f"{len(drawn)} of {len(every)} facts", file=sys.stderr)


if __name__ == "__main__":
    main()
