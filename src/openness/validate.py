"""Do the published weights load and run? Joins the Hub or a folder, the static stage and the run stage."""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openness import settings
from openness.schemas.errors import OpennessError
from openness.schemas.names import fold_name
from openness.schemas.validation import Check, CheckOutcome, ValidatedFile, Validation, verdict_of
from openness.targets import Target, parse_target

if TYPE_CHECKING:
    from openness.schemas.record import Model
    from openness.sources.published import Published
    from openness.validator.static.reading import Reading
    from openness.validator.static.stage import Static

Progress = Callable[[dict[str, Any]], None]

# Headers, indexes, tokenizers and pickles of the largest repositories; never the weights.
MAX_BYTES = 512 * 1024**2
SECONDS = 900.0
# Ends of a run that decide nothing: whose fault a crash is, nobody has looked at yet. Such a model is not valid either.
_OURS = ("not_installed", "out_of_memory", "timeout", "crashed")
_one_model = threading.Lock()  # in memory at a time: what is measured must mean something


@dataclass(frozen=True)
class Options:
    """How far to go, and what the run stage may take. ``keep`` leaves downloaded weights in the cache."""

    static: bool = False
    device: str = "auto"
    timeout: float = 1800.0
    memory: int | None = None
    hash: bool = False
    keep: bool = True


@dataclass
class _Work:
    """A validation under way."""

    target: str
    options: Options
    tell: Progress
    checks: list[Check] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    timings: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, Any] = field(default_factory=dict)
    device: str | None = None
    ran: bool = False

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Note how long a part took."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.timings[f"{name}_seconds"] = round(time.monotonic() - began, 3)

    @property
    def failed(self) -> bool:
        return any(check.outcome is CheckOutcome.FAIL for check in self.checks)

    @property
    def needs_code(self) -> bool:
        return any(check.outcome is CheckOutcome.NEEDS_CODE for check in self.checks)


def validate(text: str, options: Options, on_progress: Progress = lambda _: None) -> Validation:
    """Validate the weights of a target.

    Args:
        text: a folder, a Hub id or URL, or the id of a model of the registry.
        options: how far to go.
        on_progress: told ``stage``, ``done``, ``total``, ``unit`` and ``seconds_left``.

    Raises:
        OpennessError: the target cannot be read, or there is no room for its files. Nothing was decided.
    """
    target = parse_target(text)
    work = _Work(text, options, on_progress)
    if target.folder is not None:
        return _folder(target.folder, work)
    repo, revision, model = find_repository(target)
    return _repository(repo, revision, model, work)


def find_repository(target: Target) -> tuple[str, str | None, Model | None]:
    """The Hub repository that a target means, the revision to read, and the model of the registry, if it is one.

    Raises:
        OpennessError: it is not in the registry and no Hub id, or its record names no repository on the Hub.
    """
    from openness.schemas.record import Model
    from openness.store import open_index

    index = open_index()
    try:
        known = index.find(fold_name(target.name))
        record = index.record(known) if known else None
    finally:
        index.close()
    model = Model.model_validate_json(record) if record else None
    if target.hub:
        return target.name, target.revision, model
    if model is None:
        message = f"`{target.name}` is not in the registry"
        raise OpennessError("not_found", message, "name a Hub repository as org/name, or a folder as ./folder")
    found = next((item for item in model.repositories if item.host == "huggingface"), None)
    if found is None:
        raise OpennessError("no_repository", f"the record of {model.id} names no repository on the Hub")
    return found.id, target.revision or found.revision, model


def _folder(path: Path, work: _Work) -> Validation:
    from openness.sources.download import hash_file
    from openness.sources.folder import published_folder
    from openness.sources.layout import is_weights

    published = published_folder(path)
    root = published.root or path
    if work.options.hash:
        files = [file for file in published.files if is_weights(file.path)]
        total, before, began = sum(file.size or 0 for file in files), 0, time.monotonic()
        with work.timed("hash"):
            for file in files:
                tell = _bytes("hash", before, total, began, work.tell)
                work.hashes[file.path] = hash_file(root / file.path, tell)
                before += file.size or 0
    static = _static(published, None, work)
    if not work.options.static:
        _run(root, static.reading, work)
    return _report(published, work)


def _bytes(stage: str, before: int, total: int, began: float, tell: Progress) -> Callable[[int], None]:
    def step(have: int) -> None:
        done = before + have
        left = (total - done) * (time.monotonic() - began) / max(done, 1)
        tell({"stage": stage, "done": done, "total": total, "unit": "bytes", "seconds_left": left})

    return step


def _repository(repo: str, revision: str | None, model: Model | None, work: _Work) -> Validation:
    from openness.sources.hub import published_repository
    from openness.validator.static.choice import files_to_hash, files_to_load

    with published_repository(repo, revision, MAX_BYTES, SECONDS) as published:
        static = _static(published, model, work)
    if work.options.static and not work.options.hash:
        return _report(published, work)
    files = files_to_load(static.reading)
    if work.options.hash:
        files = list({file.path: file for file in [*files, *files_to_hash(static.reading)]}.values())
    if work.failed or (work.needs_code and not work.options.hash) or not files:
        if not work.options.static:
            _skip_run(static.reading, work)
        return _report(published, work)
    folder = folder_for(repo, published.revision or "main")
    try:
        with work.timed("download"):
            from openness.sources.download import download

            work.hashes = download(published.repo, published.revision or "main", files, folder, work.tell)
        _recheck(static.reading, work)
        if not work.options.static:
            _run(folder, static.reading, work)
    finally:
        if not work.options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return _report(published, work)


def folder_for(repo: str, revision: str) -> Path:
    """Where the files of a repository at a commit are kept."""
    # A server may call a commit what it likes, also `..`.
    name = revision if re.fullmatch(r"[0-9a-f]{7,64}", revision) else hashlib.sha256(revision.encode()).hexdigest()
    return settings.weights_folder() / repo.replace("/", "--") / name


def _static(published: Published, model: Model | None, work: _Work) -> Static:
    from openness.validator.static.claims import claims_of
    from openness.validator.static.stage import run_static

    with work.timed("static"):
        claims = claims_of(published)
        if model and model.parameters:
            claims["the registry"] = model.parameters.total
        static = run_static(
            published, claims=claims, hashes=work.hashes, hashing=work.options.hash, on_progress=work.tell
        )
    work.checks = list(static.checks)
    return static


def _recheck(reading: Reading, work: _Work) -> None:
    """What the downloaded bytes say of hashes and distinct shards."""
    from openness.validator.static import files

    hashed = {path: digest for path, digest in work.hashes.items() if reading.published.sizes.get(path) is not None}
    new = {
        check.name: check
        for check in (
            files.shards_distinct(reading, hashed),
            files.hashes_match(reading, hashed, asked=True),
        )
    }
    work.checks = [new.get(check.name, check) for check in work.checks]


def _skip_run(reading: Reading, work: _Work) -> None:
    from openness.validator.static.choice import why_none

    if work.failed:
        detail = "the static stage failed"
    elif work.needs_code:
        detail = "code of the repository would be needed, and is never run"
    else:
        detail = why_none(reading)
    work.checks.append(_skipped_run(detail))


def _run(folder: Path, reading: Reading, work: _Work) -> None:
    from openness.validator.static.choice import files_to_load

    if work.failed or work.needs_code or not files_to_load(reading):
        _skip_run(reading, work)
        return
    from openness.validator.run.parent import run_stage

    with work.timed("run"), _one_model:
        result = run_stage(
            folder,
            device=work.options.device,
            timeout_seconds=work.options.timeout,
            memory_bytes=work.options.memory,
            on_progress=work.tell,
        )
    if work.options.device == "cuda" and result["device"] == "cpu":
        why = [check["detail"] for check in result["checks"] if check["outcome"] == "skipped"]
        work.checks.append(_skipped_run(why[0] if why else "there is no CUDA device here"))
        return
    work.device = result["device"] or None
    work.timings |= result["timings"]
    work.environment |= result["environment"]
    work.ran = bool(result["ran"])
    stopped = result["stopped"] or {}
    for check in result["checks"]:
        if check["detail"] == stopped.get("message") and stopped["code"] in _OURS:
            continue  # what this machine lacks says nothing about the weights
        known = {key: check[key] for key in ("name", "outcome", "detail")}
        figures = {key: value for key, value in check.items() if key not in known}
        work.checks.append(Check(**known, stage="run", figures=figures))
    if stopped.get("code") in _OURS:
        work.checks.append(_skipped_run(stopped["message"]))
    elif not work.ran and not work.failed:
        reasons = [check["detail"] for check in result["checks"] if check["outcome"] == "skipped"]
        work.checks.append(_skipped_run(reasons[0] if reasons else "the weights were not made to run"))


def _skipped_run(detail: str) -> Check:
    return Check(name="run", outcome=CheckOutcome.SKIPPED, detail=detail, stage="run")


def _report(published: Published, work: _Work) -> Validation:
    from openness.sources.layout import is_weights

    files = [
        ValidatedFile(
            path=file.path,
            size=file.size,
            sha256=work.hashes.get(file.path, file.sha256),
            hashed=file.path in work.hashes,
        )
        for file in published.files
        if is_weights(file.path)
    ]
    verdict = verdict_of(work.checks)
    return Validation(
        tool=settings.tool_version(),
        target=work.target,
        ok=verdict == "valid",
        verdict=verdict,
        source="folder" if published.root else "hub",
        repository=published.repo,
        revision=published.revision,
        date=datetime.now(UTC).date().isoformat(),
        stages=["static", "run"] if work.ran else ["static"],
        device=work.device,
        checks=work.checks,
        files=files,
        timings=work.timings,
        environment={"python": platform.python_version(), "system": platform.platform(), **work.environment},
    )
