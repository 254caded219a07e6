"""Read a local checkout of a model repository. No network, and nothing outside the folder."""

from __future__ import annotations

import contextlib
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from openness.schemas.errors import OpennessError
from openness.schemas.snapshot import Note, Snapshot, SnapshotFile
from openness.sources.card import encodable
from openness.sources.contents import Unreadable, read_contents
from openness.sources.layout import is_weights
from openness.sources.published import Gone, Published

MAX_FILES = 20_000
MAX_DEPTH = 8
MAX_PACKED_REFS = 4 * 1024 * 1024
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:(?P<sha>[0-9a-f]{64})\nsize (?P<size>\d{1,15})\n"
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_folder(path: str | Path) -> Snapshot:
    """Read a folder as if it were a published repository.

    Raises:
        OpennessError: there is no such folder, or it cannot be listed.
    """
    root, files, pointers, notes = _scan(path)

    def read(path: str, limit: int, start: int | None = None) -> bytes:
        if path in pointers:
            raise Unreadable("it is a Git LFS pointer, not the file itself")
        try:
            with (root / path).open("rb") as stream:
                stream.seek(start or 0)
                data = stream.read(limit + 1 if start is None else limit)
        except OSError as error:
            raise Unreadable(str(error.strerror or error)) from None
        if len(data) > limit:
            raise Unreadable(f"it is longer than {limit:,} bytes")
        return data

    contents = read_contents(files, read)
    return Snapshot(
        origin="folder",
        repo=root.name or str(root),
        url=root.as_uri(),
        revision=commit_of(root),
        read=datetime.now(UTC).date(),
        files=files,
        card=contents.card,
        texts=contents.texts,
        config=contents.config,
        tokenizer_config=contents.tokenizer_config,
        header=contents.header,
        notes=[*notes, *contents.notes],
    )


def published_folder(path: str | Path) -> Published:
    """A folder as a published repository, to read parts of its files.

    The sha256 of a file is what a Hub recorded of it: the pointer in its place, the name of the blob
    in the Hub's cache, or the note that the Hub's client leaves beside a download.

    Raises:
        OpennessError: there is no such folder, or it cannot be listed.
    """
    root, files, pointers, _ = _scan(path)

    def read(name: str, start: int, length: int) -> bytes:
        if name in pointers:
            raise Gone("it is a Git LFS pointer, not the file itself")
        try:
            with (root / name).open("rb") as stream:
                stream.seek(start)
                return stream.read(length)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise OpennessError("unreadable", f"{name} cannot be read: {reason}") from None

    return Published(
        origin="folder",
        repo=root.name or str(root),
        url=root.as_uri(),
        revision=commit_of(root),
        files=[file if file.sha256 else _recorded(root, file) for file in files],
        read=read,
        root=root,
    )


def _recorded(root: Path, file: SnapshotFile) -> SnapshotFile:
    path, note = root / file.path, root / ".cache" / "huggingface" / "download" / f"{file.path}.metadata"
    sha = ""
    if path.is_symlink() and path.resolve().parent.name == "blobs":
        sha = path.resolve().name
    elif _inside(note, [root]):
        with contextlib.suppress(OSError, IndexError), note.open("rb") as stream:
            sha = stream.read(500).decode("ascii", "replace").splitlines()[1]  # commit, etag, time
    return file.model_copy(update={"sha256": sha}) if _SHA256.fullmatch(sha) else file


def _scan(path: str | Path) -> tuple[Path, list[SnapshotFile], list[str], list[Note]]:
    """The folder's real path, its files, which of them are Git LFS pointers, and what was left out."""
    try:
        folder = Path(path).expanduser()
        root = folder.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise OpennessError("not_found", f"there is no folder {encodable(str(path))[:300]!r}", _hint(error)) from None
    if not root.is_dir():
        raise OpennessError("bad_target", f"{folder} is a file, not a folder", "name the folder that holds it")
    allowed = [root]
    if root.parent.name == "snapshots":  # the Hub's cache: files are links to ../../blobs
        allowed.append(root.parent.parent / "blobs")
    names, notes = _list(root, allowed)
    files, pointers = [], []
    for name in names:
        file = _describe(root, name)
        files.append(file)
        if file.sha256 and is_weights(name):
            pointers.append(name)
    return root, files, pointers, notes


def _hint(error: Exception) -> str:
    return "its links form a loop" if "loop" in str(error).lower() else "check the path"


def _list(root: Path, allowed: list[Path]) -> tuple[list[str], list[Note]]:
    """Names of the regular files below ``root``; links that leave it are left out and noted."""
    names: list[str] = []
    notes: list[Note] = []
    todo = [(root, 0)]
    while todo:
        folder, depth = todo.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            if folder == root:
                raise OpennessError("unreadable", f"{root} cannot be listed: {error.strerror}") from None
            notes.append(Note(subject="repository", message=f"{folder.name} cannot be listed: {error.strerror}"))
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != ".git" and depth < MAX_DEPTH:
                    todo.append((Path(entry.path), depth + 1))
                continue
            name = Path(entry.path).relative_to(root).as_posix()
            if encodable(name) != name:
                notes.append(
                    Note(subject="repository", message=f"{encodable(name)} was left out: its name is not UTF-8")
                )
                continue
            if entry.is_symlink() and not _inside(Path(entry.path), allowed):
                notes.append(
                    Note(subject="repository", message=f"{name} is a link that leads out of the folder or nowhere")
                )
            elif _is_file(entry):
                names.append(name)
            if len(names) >= MAX_FILES:
                notes.append(Note(subject="repository", message=f"only the first {MAX_FILES:,} files were listed"))
                return sorted(names), notes
    return sorted(names), notes


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _inside(path: Path, allowed: list[Path]) -> bool:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    return target.is_file() and any(target.is_relative_to(root) for root in allowed)


def _describe(root: Path, name: str) -> SnapshotFile:
    path = root / name
    try:
        size = path.stat().st_size
        if size < 200 and is_weights(name):
            with path.open("rb") as stream:
                found = _POINTER.match(stream.read(200))
            if found:
                return SnapshotFile(path=name, size=int(found["size"]), sha256=found["sha"].decode())
    except OSError:
        return SnapshotFile(path=name)
    return SnapshotFile(path=name, size=size)


def commit_of(root: Path) -> str | None:
    """The commit of a Git checkout or of a Hub cache folder. Git itself is not run: the folder's
    own configuration could make it run programs.
    """
    if _COMMIT.fullmatch(root.name):
        return root.name
    try:
        head = _line(root, ".git/HEAD")
        if head.startswith("ref: refs/") and ".." not in head:
            head = _commit_of_ref(root, head.removeprefix("ref: "))
    except (OSError, ValueError):
        return None
    return head if _COMMIT.fullmatch(head) else None


def _commit_of_ref(root: Path, ref: str) -> str:
    """A branch stands in a file of its own, or among those that git has packed into one."""
    try:
        return _line(root, f".git/{ref}")
    except OSError:
        packed = root / ".git" / "packed-refs"
        if not _inside(packed, [root]):
            raise
        with packed.open("rb") as stream:
            lines = stream.read(MAX_PACKED_REFS).decode("utf-8", "replace").splitlines()
        return next((line.partition(" ")[0] for line in lines if line.partition(" ")[2] == ref), "")


def _line(root: Path, name: str) -> str:
    """The start of a small file; opening a pipe or a device that stands in its place would hang."""
    path = root / name
    if not _inside(path, [root]):
        raise OSError(name)
    with path.open("rb") as stream:
        return stream.read(500).decode("utf-8").strip()
