"""Validate many models, some at a time; what is finished is on disk, and a run that was killed goes on."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from openness.schemas.errors import OpennessError
from openness.validate import Options, Progress, validate

Json = dict[str, Any]


def models_with_repository() -> list[str]:
    """The ids of the registry's models that name a repository on the Hub.

    Raises:
        OpennessError: the registry cannot be used.
    """
    from openness.store import load_registry

    models = load_registry().models
    return [name for name, model in models.items() if any(item.host == "huggingface" for item in model.repositories)]


def finished(path: Path) -> set[str]:
    """The targets that an output file has an answer for. Half a line at its end, of a killed run, is cut off.

    Raises:
        OpennessError: the file cannot be read, or is something else.
    """
    try:
        data = path.read_bytes() if path.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            os.truncate(path, len(whole))
        lines = [json.loads(line) for line in whole.splitlines()]
        return {str(line["target"]) for line in lines if "error" not in line}
    except OSError as error:
        raise OpennessError("unreadable", f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        message = f"{path} is not the output of an earlier run"
        raise OpennessError("bad_output", message, "name another file with --output") from None


class Output:
    """Appends lines to a file, each whole and on disk before the next."""

    def __init__(self, path: Path, *, resume: bool) -> None:
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (0 if resume else os.O_EXCL)
            self._file = os.open(path, flags, 0o644)
        except FileExistsError:
            message = f"{path} is there already"
            raise OpennessError("exists", message, "go on with --resume, or name another file with --output") from None
        except OSError as error:
            raise OpennessError("unwritable", f"{path} cannot be written: {error.strerror}") from None

    def add(self, line: str) -> None:
        """One more line."""
        data = f"{line}\n".encode()
        with self._lock:
            if os.write(self._file, data) < len(data):
                raise OpennessError("unwritable", "the output file cannot be written: the disk is full")
            os.fsync(self._file)

    def close(self) -> None:
        """No more lines."""
        os.close(self._file)


def validate_many(
    targets: Sequence[str],
    options: Options,
    jobs: int,
    done: Callable[[Json], None],
    on_progress: Progress = lambda _: None,
) -> Iterator[Json]:
    """Validate targets, ``jobs`` of them at a time, and give the reports in the order of the targets.

    Args:
        targets: what to validate.
        options: how far to go.
        jobs: how many at a time. Only one of them is in memory.
        done: given each report, or failure, as soon as it is there, by the thread that made it.
        on_progress: as for one, with the ``target``.
    """

    def one(target: str) -> Json:
        try:
            report = validate(target, options, lambda event: on_progress({**event, "target": target}))
            found: Json = report.model_dump(mode="json", by_alias=True)
        except OpennessError as error:
            found = {"target": target, "error": error.to_json()}
        done(found)
        return found

    pool = ThreadPoolExecutor(jobs)
    waiting: list[Future[Json]] = [pool.submit(one, target) for target in targets]
    try:
        for future in waiting:
            yield future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
