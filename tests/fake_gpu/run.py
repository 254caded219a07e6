"""Run a Python program with fake GPUs. Needs a C++ compiler, and torch's build for the CPU.

python tests/fake_gpu/run.py pytest -m cuda tests/test_validator_cuda.py
python tests/fake_gpu/run.py --gpus 2 --gb 4 openness validate ./model --device cuda
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "fake_gpu"
SOURCES = ("fake_gpu.cpp", "memory.hpp")

# Whatever Python finds this first on its path has the GPUs: the children of the run stage get no variables of ours.
START = """
import os, sys
sys.path.append({here!r})
os.environ.update(FAKE_GPU_COUNT="{gpus}", FAKE_GPU_BYTES="{size}")
from device import install
from pathlib import Path
install(Path({library!r}))
sys.path.remove({here!r})
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gpus", type=int, default=1)
    parser.add_argument("--gb", type=float, default=8, help="memory of each")
    parser.add_argument("program", help="of this environment: python, pytest, openness")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    library = build()
    start = START.format(here=str(HERE), gpus=asked.gpus, size=round(asked.gb * 1e9), library=str(library))
    (BUILD / "sitecustomize.py").write_text(start)
    path = os.pathsep.join(filter(None, [str(BUILD), os.environ.get("PYTHONPATH")]))
    program = Path(sys.executable).with_name(asked.program)
    if not program.exists():
        sys.exit(f"there is no {asked.program} beside {sys.executable}")
    return subprocess.call([program, *asked.arguments], env={**os.environ, "PYTHONPATH": path})


def build() -> Path:
    """Compile where something is newer than what was made."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        sys.exit("torch is not installed")
    torch = Path(spec.origin).parent
    compiler = os.environ.get("CXX", "g++")
    if shutil.which(compiler) is None:
        sys.exit(f"there is no {compiler}: install a C++ compiler, or name one in CXX")
    if (torch / "lib" / "libtorch_cuda.so").exists():
        sys.exit("this torch is a build for CUDA; the fake GPU needs the one for the CPU")
    library = BUILD / "libfake_gpu.so"
    newest = max(path.stat().st_mtime for path in [torch / "version.py", *(HERE / name for name in SOURCES)])
    if library.exists() and library.stat().st_mtime > newest:
        return library
    BUILD.mkdir(parents=True, exist_ok=True)
    print("compiling the fake GPU", file=sys.stderr)
    include = [f"-I{torch / 'include'}", f"-I{torch / 'include/torch/csrc/api/include'}"]
    link = [f"-L{torch / 'lib'}", f"-Wl,-rpath,{torch / 'lib'}", "-ltorch", "-ltorch_cpu", "-lc10"]
    options = ["-std=c++20", "-O1", "-shared", "-fPIC", "-Wall", "-Wno-attributes"]
    made = library.with_suffix(".new")
    subprocess.run([compiler, *options, *include, str(HERE / "fake_gpu.cpp"), *link, "-o", str(made)], check=True)
    made.replace(library)
    return library


if __name__ == "__main__":
    sys.exit(main())
