"""Read a local clone of others' assessments: the Model Openness Tool's, the European index's.

The folder is a stranger's: sizes are bounded, links that lead out are refused, one bad file hides no
other. Nothing in it becomes a fact about a model; what comes out is who says what, and where it stands.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from openness.schemas.errors import OpennessError
from openness.sources import mot, osai
from openness.sources.card import encodable
from openness.sources.folder import commit_of
from openness.sources.opinion import NoOpinion, Opinion, Statements
from openness.sources.plain_yaml import PlainError, read_plain

MAX_FILES = 5_000
MAX_FILE_BYTES = 256 * 1024
MAX_TOTAL_BYTES = 64 * 1024 * 1024

Kind = Literal["mot", "osai"]


@dataclass(frozen=True)
class Unread:
    """A file that says nothing that can be used, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Reading:
    """What a clone holds. ``revision`` is its commit; None where that cannot be told."""

    kind: Kind
    revision: str | None
    opinions: list[Opinion]
    unread: list[Unread]

    @property
    def files(self) -> int:
        """How many files were looked at."""
        return len(self.opinions) + len(self.unread)


def read_assessments(kind: Kind, path: Path, is_open: Callable[[str], bool]) -> Reading:
    """Read a clone of the Model Openness Tool (``mot``) or of the European index (``osai``).

    Args:
        kind: whose data it is.
        path: the root of the clone; for ``osai`` either that of the index or that of its predecessor.
        is_open: whether the SPDX list calls a license id OSI-approved or free by the FSF.

    Raises:
        OpennessError: there is no such folder, or it is no clone of that data.
    """
    try:
        root = path.expanduser().resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        raise OpennessError(
            "not_found", f"there is no folder {encodable(str(path))[:300]!r}", "check the path"
        ) from None
    if not root.is_dir():
        raise OpennessError("bad_target", f"{path} is a file, not a folder", "name the root of the clone")
    folder = root / (mot.FOLDER if kind == "mot" else _osai_folder(root))
    names = _names(root, folder)
    parse: Callable[[str, Any], Opinion] = (
        osai.parse if kind == "osai" else lambda where, document: mot.parse(where, document, is_open)
    )
    opinions: list[Opinion] = []
    unread: list[Unread] = []
    left = MAX_TOTAL_BYTES
    for name in names:
        where = (folder / name).relative_to(root).as_posix()
        try:
            data = _read(root, folder / name, min(left, MAX_FILE_BYTES))
            left -= len(data)
            opinions.append(parse(where, read_plain(data.decode("utf-8-sig"))))
        except UnicodeDecodeError:
            unread.append(Unread(encodable(where), "it is not UTF-8"))
        except (PlainError, NoOpinion, OSError) as error:
            unread.append(Unread(encodable(where), str(getattr(error, "strerror", None) or error)))
    if not opinions:
        raise OpennessError("no_data", *_no_data(kind, path, unread))
    return Reading(kind, commit_of(root), opinions, unread)


def statements_of(by: str, value: str) -> Statements:
    """What an assessment's value says of our artifacts; nothing where it is not one of theirs."""
    if by == mot.BY:
        return mot.statements(value)
    edition = next((item for item in osai.EDITIONS if item.by == by), None)
    return osai.statements(value, edition) if edition else Statements()


def _no_data(kind: Kind, path: Path, unread: list[Unread]) -> tuple[str, str]:
    hints = {
        "mot": f"clone https://github.com/{mot.REPOSITORY} and name its root",
        "osai": f"clone https://github.com/{osai.INDEX.repository} and name its root",
    }
    first = f" ({unread[0].path}: {unread[0].reason})" if unread else ""
    return f"{encodable(str(path))} holds no assessment that can be read{first}", hints[kind]


def _osai_folder(root: Path) -> str:
    return osai.PREDECESSOR.folder if (root / osai.PREDECESSOR.folder).is_dir() else osai.INDEX.folder


def _names(root: Path, folder: Path) -> list[str]:
    """The YAML files of one folder, sorted; what begins with an underscore is configuration there."""
    try:
        if not folder.resolve(strict=True).is_relative_to(root):
            raise OpennessError("bad_target", f"{folder} is a link that leads out of the clone")
        with os.scandir(folder) as entries:
            names = [
                entry.name
                for entry in entries
                if entry.name.endswith((".yml", ".yaml"))
                and not entry.name.startswith(("_", "."))
                and not entry.is_dir(follow_symlinks=False)
            ]
    except (OSError, RuntimeError):
        return []
    if len(names) > MAX_FILES:
        raise OpennessError("too_large", f"{folder} holds more than {MAX_FILES:,} files")
    return sorted(names)


def _read(root: Path, path: Path, limit: int) -> bytes:
    """One regular file inside the clone; a pipe that stands in its place would hang."""
    if encodable(path.name) != path.name:
        raise NoOpinion("its name is not UTF-8")
    try:
        target = path.resolve(strict=True)
    except RuntimeError:
        raise NoOpinion("it is a link to itself") from None
    if not target.is_relative_to(root):
        raise NoOpinion("it is a link that leads out of the clone")
    if not target.is_file():
        raise NoOpinion("it is not a regular file")
    with target.open("rb") as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise NoOpinion(f"it is larger than {limit:,} bytes")
    return data
