"""One file as git keeps it at a revision. Git is asked for stored bytes only: nothing of the repository is run."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from openness.schemas.errors import OpennessError

_TIMEOUT = 30.0
_MAX_NAME = 200
# Branches, tags, hashes, HEAD^1, main~2, v1^{commit}, main@{1}; no ranges, no paths, no message searches.
_REVISION = re.compile(r"[\w.+@][\w./+@{}^~-]*")
# What the configuration of a strange repository could start is off, and so is the network (partial clones).
_SAFE = (
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.pager=cat"),
    *("-c", "core.sshCommand=false", "-c", "credential.helper=", "-c", "protocol.allow=never"),
    *("--no-pager", "--no-replace-objects", "--no-optional-locks"),
)

_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_EXTERNAL_DIFF")


def is_revision(name: str) -> bool:
    """Whether the name has the form of a revision; whether there is one, only git knows."""
    return len(name) <= _MAX_NAME and bool(_REVISION.fullmatch(name)) and ".." not in name and ":" not in name


def read_at(revision: str, path: Path, max_bytes: int) -> bytes | None:
    """The content of a file at a revision of the repository that it is in.

    Args:
        revision: a branch, tag or commit, such as ``origin/main``.
        path: the file in the working tree; its folder must be there.
        max_bytes: the largest file that is read.

    Returns:
        The content; None when there is no such revision.

    Raises:
        OpennessError: no repository, the file is not in that revision or too large, or git failed.
    """
    if not is_revision(revision):
        return None
    path = path.resolve()
    top = _git(path.parent, "rev-parse", "--show-toplevel")
    if top is None:
        hint = "run this in a clone of the registry, or name two files"
        raise OpennessError("no_repository", f"{path.parent} is in no git repository that git will read", hint)
    commit = _git(path.parent, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if commit is None:
        return None
    blob = f"{commit.decode().strip()}:./{path.name}"
    size = _git(path.parent, "cat-file", "-s", blob)
    if size is None or not size.strip().isdigit():
        raise OpennessError("not_found", f"{path.name} is not in {revision}", "name the file with --registry")
    if int(size) > max_bytes:
        raise OpennessError("too_large", f"{path.name} at {revision} is larger than {max_bytes >> 20} MiB")
    content = _git(path.parent, "show", "--no-textconv", "--no-ext-diff", blob)
    if content is None:
        raise OpennessError("git", f"git cannot show {path.name} at {revision}")
    return content


def _git(folder: Path, *arguments: str) -> bytes | None:
    """What git prints; None when it refuses."""
    # Within a git hook these name another place than the folder.
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}
    try:
        done = subprocess.run(
            ["git", *_SAFE, *arguments],  # noqa: S607 - the user's own git, wherever it is
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except OSError as error:
        reason = f"git cannot be run in {folder}: {error.strerror}"
        raise OpennessError("git", reason, "install git, or name two files") from None
    except subprocess.TimeoutExpired:
        raise OpennessError("git", f"git gave no answer within {_TIMEOUT:.0f} seconds") from None
    return done.stdout if done.returncode == 0 else None
