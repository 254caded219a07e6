"""Hold names and shapes of tensors against the architecture that the config names, in a child process."""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from openness.schemas.validation import Check
from openness.sources.safetensors import Tensor
from openness.validator.checks import failed, few, passed, skipped, warned
from openness.validator.static.reading import Reading

SECONDS = 180.0
MAX_ANSWER = 64 * 1024**2
CHILD = Path(__file__).with_name("architecture_child.py")
_one_at_a_time = threading.Lock()


def installed() -> bool:
    """Whether torch, transformers and accelerate are there. None of them is imported."""
    return all(importlib.util.find_spec(name) is not None for name in ("torch", "transformers", "accelerate"))


class Unanswered(Exception):
    """The child did not answer; the message says why."""


class _Child:
    """A process that answers one question after the other, for starting one takes seconds.

    It gets an environment without tokens or a way to the Hub and a memory limit, and ends with this process.
    """

    def __init__(self) -> None:
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "LD_LIBRARY_PATH") if key in os.environ}
        self._home = tempfile.TemporaryDirectory(prefix="openness-", ignore_cleanup_errors=True)
        home = self._home.name
        environment = {
            **kept, "HOME": home, "HF_HOME": home, "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(CHILD), str(os.getpid())],
            env=environment, cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True,
        )  # fmt: skip

    def ask(self, question: str) -> Any:
        """The answer to one question, a line of JSON."""
        assert self._process.stdin is not None  # noqa: S101
        assert self._process.stdout is not None  # noqa: S101
        late = threading.Timer(SECONDS, self._process.kill)
        late.start()
        try:
            self._process.stdin.write(f"{question}\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline(MAX_ANSWER))
        except (OSError, ValueError):
            if not late.is_alive():
                raise Unanswered(f"it took longer than {SECONDS:.0f} seconds") from None
            self._process.kill()
            self._process.wait()
            self._errors.seek(0)
            said = self._errors.read().strip().splitlines()[-1:] or [f"it ended with {self._process.returncode}"]
            raise Unanswered(said[0][:200]) from None
        finally:
            late.cancel()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._errors.close()
        self._home.cleanup()


_child: _Child | None = None


def close() -> None:
    """End the child, if there is one; the next question starts another."""
    global _child
    child, _child = _child, None
    if child is not None:
        child.close()


@lru_cache(maxsize=64)
def ask(question: str) -> Any:
    """What the child answers.

    Raises:
        Unanswered: it did not answer.
    """
    global _child
    with _one_at_a_time:
        fresh = _child is None
        if _child is None:
            _child = _Child()
            atexit.register(close)
        try:
            return _child.ask(question)
        except Unanswered:
            close()
            if fresh:
                raise
        # It may have ended of an earlier question, or with the thread that started it.
        _child = _Child()
        try:
            return _child.ask(question)
        except Unanswered:
            close()
            raise


def known_types() -> frozenset[str] | None:
    """The model types that the installed transformers has classes for; None where that cannot be asked."""
    if not installed():
        return None
    try:
        return frozenset(ask(json.dumps({"types": True}))["types"])
    except Unanswered:
        return None


def shapes_match(reading: Reading) -> Check:
    """Names and shapes of the tensors are those of the architecture in the config."""
    name = "shapes-match"
    part, config = reading.primary, reading.config
    if part is None or not reading.tensors:
        return passed(name, "no safetensors weights that one config describes")
    if reading.config_problem:
        return failed(name, reading.config_problem)
    if config is None:
        return skipped(name, "there is no config.json")
    if not installed():
        return skipped(name, "torch and transformers are not installed: install openness[validator]")
    return compare(config, reading.tensors_of(part))


def compare(config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Check:
    """The check itself, for whoever has a config and the headers of its weights."""
    name = "shapes-match"
    shapes = {key: [tensor.dtype, list(tensor.shape)] for key, tensor in tensors.items()}
    try:
        answer = ask(json.dumps({"config": config, "tensors": shapes}, sort_keys=True))
    except Unanswered as error:
        return skipped(name, f"the architecture could not be built: {error}")
    if "unknown" in answer:
        return skipped(name, answer["unknown"])
    if "bad_config" in answer:
        return failed(name, f"no model can be made from config.json: {answer['bad_config']}")
    figures = {key: answer[key] for key in ("parameters", "with_ties", "class", "transformers") if key in answer}
    wrong = [f"missing {item}" for item in answer["missing"]] + [f"shape of {item}" for item in answer["mismatched"]]
    extra = [f"unexpected {item}" for item in answer["unexpected"]]
    if wrong:
        return failed(name, few([*wrong[:2], *extra[:1], *wrong[2:], *extra[1:]]), **figures)
    if extra:
        return warned(name, f"more than {figures['class']} has: {few(extra)}", **figures)
    return passed(name, f"{len(tensors):,} tensors fit {figures['class']}", **figures)
