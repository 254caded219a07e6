"""How fast license texts are read, side by side with other tools in one run (design section 8).

    python benchmarks/licenses.py WHEELS [--peers PYTHON]

WHEELS is the folder of `make license-index`; 100 license texts are drawn from LicenseDB by a fixed seed.
PYTHON is an interpreter that has scancode-toolkit-mini, pyaskalono, licenseclassifier and
golicense-classifier (they need an environment of their own). Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

PEERS = ("scancode-toolkit", "pyaskalono", "licenseclassifier", "golicense-classifier")
COUNT = 100


def texts(wheels: Path) -> list[str]:
    """License texts of 1,000 to 40,000 characters, distinct, by a fixed seed."""
    (path,) = wheels.glob("scancode_toolkit_mini-*.whl")
    found = []
    with zipfile.ZipFile(path) as wheel:
        for name in sorted(wheel.namelist()):
            if name.startswith("licensedcode/data/licenses/") and name.endswith(".LICENSE"):
                raw = wheel.read(name).decode()
                front = re.match(r"---\n(.*?)\n---[ ]*\n?", raw, re.DOTALL)
                # Those of the SPDX list and of AI models: what a user has in front of them.
                if front and re.search(r"^spdx_license_key: (?!LicenseRef)|model|llama|rail", front[1], re.MULTILINE):
                    found.append(raw[front.end() :])
    drawn = random.Random(20261121).sample([text for text in found if 1_000 < len(text) < 40_000], COUNT)
    # A notice above each, as in a repository: else a hash of the whole file is enough for the tool that the texts
    # come from.
    return [f"Copyright (c) 2024 Example Authors {number}\n\n{text}" for number, text in enumerate(drawn)]


def seconds_per_character(read: object, text: str) -> float:
    start = time.perf_counter()
    read(text)  # type: ignore[operator]
    return (time.perf_counter() - start) / len(text)


def ours(sample: list[str]) -> dict[str, object]:
    import numpy as np

    from openness import settings
    from openness.classifier.reading.index import LicenseIndex
    from openness.licenses import reader

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    with np.load(settings.DATA / "license_index.npz", allow_pickle=False) as arrays:
        LicenseIndex(arrays)
    index_s = time.perf_counter() - start
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    shelf = reader()
    shelf.read(sample[0])
    rates = []
    for _ in range(3):
        start = time.perf_counter()
        for text in sample:
            shelf.read(text)
        rates.append(len(sample) / (time.perf_counter() - start))
    prose = "\n".join(sample)
    # A file of many licenses in 5 MB, and the same in pieces of 100 KB.
    pieces = [prose[at : at + 100_000] for at in range(0, len(prose), 100_000)]
    small = sum(seconds_per_character(shelf.read, piece) * len(piece) for piece in pieces) / len(prose)
    ratio = seconds_per_character(shelf.read, (prose * 20)[:5_000_000]) / small
    return {
        "index_load_s": round(index_s, 3),
        "index_mib": round(grown),
        "texts_per_s": round(max(rates), 1),
        "time_per_character_5_mb_over_100_kb": round(ratio, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheels", type=Path)
    parser.add_argument("--peers", type=Path, help="a Python that has the other tools")
    options = parser.parse_args()
    sample = texts(options.wheels)
    result: dict[str, object] = {"texts": COUNT, "mean_characters": round(sum(map(len, sample)) / COUNT)}
    mine = ours(sample)
    result["openness"] = mine
    if options.peers:
        with tempfile.TemporaryDirectory() as folder:
            for number, text in enumerate(sample):
                Path(folder, f"{number:03}.txt").write_text(text, "utf-8")
            for name in PEERS:
                command = [str(options.peers), str(Path(__file__).with_name("license_peers.py")), name, folder]
                done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
                result[name] = json.loads(done.stdout) if done.returncode == 0 else {"error": done.stderr[-200:]}
        rates = {name: result[name].get("texts_per_s") for name in PEERS}  # type: ignore[attr-defined]
        known = {name: rate for name, rate in rates.items() if rate}
        result["ratio"] = {name: round(float(mine["texts_per_s"]) / rate, 1) for name, rate in known.items()}  # type: ignore[arg-type]
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    sys.exit(main())
