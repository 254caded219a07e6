"""What a registry of 10,000 models costs, beside one of 100 in the same run (design section 8).

    python benchmarks/registry.py [--models 10000]

The models are those of data/models.yaml, repeated under other names: entries as large as the real ones. Prints
one JSON object; memory is the peak of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from openness.registry.blocks import read_blocks, split

SCRIPT = str(Path(sys.executable).with_name("openness"))
REGISTRY = Path(__file__).parent.parent / "data" / "models.yaml"
QUERIES = {
    "list": ["list", "--json"],
    "filter": ["list", "--min-level", "3", "--license", "open_source", "--json"],
    "search": ["search", "llama", "chat", "--json"],
}
RUNS = 5


def generate(models: int) -> str:
    """A registry of so many models."""
    blocks = []
    for _, chunk in split(REGISTRY.read_text("utf-8")):
        (block,), _ = read_blocks(chunk)
        blocks.append((block, chunk))
    found: list[tuple[tuple[str, bool], str]] = []
    made = number = 0
    while made < models:
        number += 1
        for block, chunk in blocks:
            if made >= models and not block.is_family:
                continue
            # Every name must be one model's own; the bases are those of the same round.
            chunk = re.sub(r"(?m)^- (id|family): *(\S+)", rf"- \1: \2-{number}", chunk)
            chunk = re.sub(r"(?m)^  name: *[\"']?(.*?)[\"']?$", rf'  name: "\1 {number}"', chunk)
            chunk = re.sub(r"(?m)^  family: *(\S+)", rf"  family: \1-{number}", chunk)
            chunk = re.sub(r"(?m)^  aliases:.*\n(?:(?:    |  - ).*\n)*", "", chunk)
            chunk = re.sub(r"(?m)^  base_models:\n(?:(?:    |  - ).*\n)*", "", chunk)
            chunk = re.sub(r"\bid: ([\w.-]+/[\w./-]+)", rf"id: \1-{number}", chunk)
            made += not block.is_family
            found.append(((f"{block.name}-{number}", not block.is_family), chunk.rstrip() + "\n"))
    return "\n".join(chunk for _, chunk in sorted(found))


def timed(command: list[str], environment: dict[str, str]) -> dict[str, float]:
    """Wall seconds and peak memory of one cold process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    assert process.stderr is not None
    said = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed: {said[-500:]}")
    return {
        "s": round(time.perf_counter() - start, 2),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 3),
        "mib": usage.ru_maxrss // 1024,
    }


def queries(registry: Path) -> dict[str, float]:
    """Seconds of the query itself, within one process: the median of some runs."""
    code = (
        "import time, statistics, json\n"
        "from openness.registry.query import Filters, models\n"
        "from openness.store import engine\n"
        "found = {}\n"
        "e = engine()\n"
        "for name, filters in {'list': Filters(), 'filter': Filters(min_level=3, verdict='open_source'),"
        " 'search': Filters(words=['llama', 'chat'])}.items():\n"
        "    runs = []\n"
        f"    for _ in range({RUNS}):\n"
        "        start = time.perf_counter(); rows = models(e, filters); runs.append(time.perf_counter() - start)\n"
        "    found[name] = [round(statistics.median(runs), 3), len(rows)]\n"
        "print(json.dumps(found))\n"
    )
    environment = {**os.environ, "OPENNESS_REGISTRY": str(registry)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return {f"{name}_s": seconds for name, (seconds, _) in json.loads(done.stdout).items()}


def measure(folder: Path, models: int) -> dict[str, object]:
    registry = folder / f"{models}.yaml"
    registry.write_text(generate(models), "utf-8")
    environment = {**os.environ, "OPENNESS_REGISTRY": str(registry)}
    blocks, _ = read_blocks(registry.read_text("utf-8"))
    names = [block.name for block in blocks if not block.is_family]
    result: dict[str, object] = {"mib": round(registry.stat().st_size / 1024**2, 1)}
    result["lint"] = timed([SCRIPT, "lint", str(registry)], environment)
    result["index_build"] = timed([SCRIPT, "list", "--json"], environment)
    result |= {f"{name}_cold": timed([SCRIPT, *arguments], environment) for name, arguments in QUERIES.items()}
    result["query"] = queries(registry)
    known = [timed([SCRIPT, "grade", names[len(names) // 2], "--json"], environment)["cpu_s"] for _ in range(3 * RUNS)]
    result["grade_known_id_cpu_s"] = round(statistics.median(known), 3)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=10_000)
    models = parser.parse_args().models
    with tempfile.TemporaryDirectory() as name:
        os.environ |= {"OPENNESS_CACHE": name, "OPENNESS_DATA": name}
        found = {str(count): measure(Path(name), count) for count in (100, models)}
    small, large = (found[str(count)]["grade_known_id_cpu_s"] for count in (100, models))
    ratio = round(float(str(large)) / float(str(small)), 2)
    print(json.dumps({**found, "grade_known_id_large_over_small": ratio}, indent=1))


if __name__ == "__main__":
    main()
