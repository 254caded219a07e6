"""Download files of a pinned revision: resumable, hashed on the way, and only where there is room."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import get_session, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils._headers import build_hf_headers
from huggingface_hub.utils._http import hf_raise_for_status

from openness.schemas.errors import OpennessError
from openness.schemas.snapshot import SnapshotFile
from openness.sources.http import Budget, Refused, bounded
from openness.sources.hub import endpoint, network_reason

# What is needed to load and run, and nothing that could run by itself: never scripts, never pickles.
_WANTED = re.compile(
    r"(?:^|/)(?:[^/]+\.(?:safetensors|gguf|tiktoken)|[^/]+\.safetensors\.index\.json|(?:config|generation_config"
    r"|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|tekken|params|modules|sentence_bert_config"
    r"|config_sentence_transformers|preprocessor_config|processor_config|chat_template)\.json|vocab\.txt|merges\.txt"
    r"|chat_template\.jinja|[^/]*\.model)$"
)
CHUNK = 1024 * 1024
ATTEMPTS = 4
SPARE = 256 * 1024**2
IDLE_SECONDS = 30.0
SLOWEST = 64 * 1024  # bytes a second

Progress = Callable[[dict[str, Any]], None]


def is_wanted(path: str) -> bool:
    """Whether a file is needed to load and run the model."""
    return bool(_WANTED.search(path)) and is_inside(path)


def is_inside(path: str) -> bool:
    """Whether a path of a listing stays inside the folder that it is put into."""
    return "" not in (parts := path.split("/")) and not {".", ".."} & set(parts) and "\\" not in path


def need_room(folder: Path, files: list[SnapshotFile]) -> None:
    """Check that the disk holds what is still to come.

    Raises:
        OpennessError: it does not; the message says the need and the have.
    """
    missing = sum(max(0, (file.size or 0) - _have(folder / file.path)) for file in files)
    free = shutil.disk_usage(folder).free
    if missing + SPARE > free:
        message = f"the download needs {missing + SPARE:,} bytes in {folder}, {free:,} are free"
        raise OpennessError("no_room", message, "make room, set OPENNESS_CACHE to another disk, or use --static")


def _have(path: Path) -> int:
    return next((item.stat().st_size for item in (path, _part(path)) if item.is_file()), 0)


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def download(
    repo: str, revision: str, files: list[SnapshotFile], folder: Path, on_progress: Progress = lambda _: None
) -> dict[str, str]:
    """Bring files of a repository into a folder; what is there already is kept.

    Args:
        repo: the repository on the Hub.
        revision: a commit.
        files: which files; sizes and hashes are held against what comes.
        folder: where to; it is made.
        on_progress: told the bytes that are there, of all.

    Returns:
        The sha256 of every file, also where it is not the one that is listed.

    Raises:
        OpennessError: no room, the network failed, or a file has another size than is listed.
    """
    if outside := [file.path for file in files if not is_inside(file.path)]:
        raise OpennessError("bad_answer", f"{repo} lists a file outside of itself: {outside[0][:100]!r}")
    folder.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process may be at it; what it brings is then there
        return _download(repo, revision, files, folder, on_progress)


def _download(
    repo: str, revision: str, files: list[SnapshotFile], folder: Path, on_progress: Progress
) -> dict[str, str]:
    need_room(folder, files)
    total = sum(file.size or 0 for file in files)
    done, hashes, began = 0, dict[str, str](), time.monotonic()
    arrived = 0  # through the network, now

    def tell(have: int, came: int) -> None:
        rate = came / max(time.monotonic() - began, 0.001)
        left = (total - have) / rate if came else None
        on_progress({"stage": "download", "done": have, "total": total, "unit": "bytes", "seconds_left": left})

    for file in sorted(files, key=lambda item: item.size or 0):
        came = 0
        base, before = done, arrived

        def step(have: int, new: int, base: int = base, before: int = before) -> None:
            nonlocal came
            came += new
            tell(base + have, before + came)

        hashes[file.path] = _bring(repo, revision, file, folder / file.path, step)
        done, arrived = done + (file.size or 0), before + came
    return hashes


def _bring(repo: str, revision: str, file: SnapshotFile, goal: Path, step: Callable[[int, int], None]) -> str:
    goal.parent.mkdir(parents=True, exist_ok=True)
    if goal.is_file() and goal.stat().st_size == (file.size if file.size is not None else goal.stat().st_size):
        digest = hash_file(goal, lambda have: step(have, 0))
        if file.sha256 is None or digest == file.sha256:
            return digest
    part = _part(goal)
    digest = ""
    for _ in range(2):  # what came wrong once may come right; what comes wrong twice is what the server has
        _patiently(repo, revision, file, part, step)
        if file.size is not None and (size := part.stat().st_size) != file.size:
            message = f"{file.path} of {repo} came with {size:,} bytes; {file.size:,} are listed"
            raise OpennessError("bad_download", message, "run the command again")
        digest = hash_file(part, lambda _: None)
        if file.sha256 is None or digest == file.sha256:
            break
        part.replace(goal)
    if part.is_file():
        part.replace(goal)
    return digest


def _patiently(repo: str, revision: str, file: SnapshotFile, part: Path, step: Callable[[int, int], None]) -> None:
    for attempt in range(ATTEMPTS):
        try:
            return _fetch(repo, revision, file, part, step)
        except (HfHubHTTPError, httpx2.HTTPError, httpx2.InvalidURL) as error:
            status = error.response.status_code if isinstance(error, HfHubHTTPError) and error.response else 0
            hopeless = isinstance(error, Refused) or (400 <= status < 500 and status != 429)
            if attempt + 1 == ATTEMPTS or hopeless:
                message = f"{file.path} of {repo} was not downloaded: {network_reason(error)}"
                hint = "run the command again: what has come is kept"
                raise OpennessError("network", message, hint) from None
            time.sleep(0.5 * 2**attempt)
        except OSError as error:
            message = f"{file.path} cannot be written to {part.parent}: {error.strerror}"
            raise OpennessError("unwritable", message) from None
    return None


def _fetch(repo: str, revision: str, file: SnapshotFile, part: Path, step: Callable[[int, int], None]) -> None:
    """Append to the part what is missing of it; begin anew where the server does not read parts."""
    have = part.stat().st_size if part.is_file() else 0
    if file.size is not None and have > file.size:
        have = 0
    if file.size is not None and have == file.size and have:
        return
    limit = file.size if file.size is not None else 64 * CHUNK
    url = hf_hub_url(repo, file.path, revision=revision, endpoint=endpoint())
    headers = build_hf_headers(library_name="openness")
    if have:
        headers["Range"] = f"bytes={have}-{limit - 1}"
    with (
        bounded(endpoint(), limit + CHUNK, 600 + limit / SLOWEST) as budget,
        get_session().stream("GET", url, headers=headers, timeout=IDLE_SECONDS) as response,
    ):
        hf_raise_for_status(response)
        if have and response.status_code != 206:
            have = 0
        _write(response, part, have, limit, budget, step)


def _write(
    response: httpx2.Response, part: Path, have: int, limit: int, budget: Budget, step: Callable[[int, int], None]
) -> None:
    with part.open("r+b" if have else "wb") as stream:
        stream.seek(have)
        stream.truncate()
        for chunk in response.iter_raw():
            have += len(chunk)
            if have > limit:
                raise Refused(f"it is longer than {limit:,} bytes")
            stream.write(chunk)
            step(have, len(chunk))
        stream.flush()
        os.fsync(stream.fileno())
    if have < limit and response.headers.get("content-length") is None and limit != 64 * CHUNK:
        raise httpx2.RemoteProtocolError("it broke off")


def hash_file(path: Path, on_bytes: Callable[[int], None]) -> str:
    """sha256 of a file, in hex.

    Raises:
        OpennessError: it cannot be read.
    """
    digest, have = hashlib.sha256(), 0
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                have += len(chunk)
                on_bytes(have)
    except OSError as error:
        raise OpennessError("unreadable", f"{path} cannot be read: {error.strerror}") from None
    return digest.hexdigest()
