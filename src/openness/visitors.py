"""Grade Hub repositories for visitors of the site: strangers, who get nothing but what the Hub shows everybody.

No token is sent, no folder or other host is reached, nothing is kept on disk, and only a few readings run at once.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from openness.schemas.errors import OpennessError
from openness.schemas.names import fold_name
from openness.store import open_index
from openness.targets import Target, parse_target

if TYPE_CHECKING:
    from openness.registry.lookup import Lookup

Json = dict[str, Any]

AT_ONCE = 4  # readings, for all visitors together
SECONDS = 60.0  # that a visitor waits: reading ends after 30, the rest is grading
LONGEST = 300  # characters of a target
_REVISION = re.compile(r"[A-Za-z0-9][\w./-]{0,99}", re.ASCII)


@dataclass(frozen=True)
class Answer:
    """What came of a reading: the grade found automatically, and a draft of the registry's entry."""

    repository: str
    url: str
    grade: Json
    id: str
    draft: str
    requests: int
    bytes_read: int


@dataclass
class Reading:
    """One repository that is read for a visitor, in a thread of its own."""

    target: Target
    known: str | None  # the registry's id of it
    steps: list[tuple[str, str]] = field(default_factory=list)
    answer: Answer | None = None
    error: OpennessError | None = None
    began: float = field(default_factory=time.monotonic)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def done(self) -> bool:
        """Whether there is anything more to wait for."""
        return self.ended.is_set() or time.monotonic() > self.began + SECONDS


_places = threading.BoundedSemaphore(AT_ONCE)
_visitors: set[str] = set()
_lock = threading.Lock()


def repository(text: str) -> Target:
    """The Hub repository that a visitor names; nothing is looked at to find out.

    Raises:
        OpennessError: it is anything else: a path, another host, a name of the registry.
    """
    text = text.strip()
    hint = "a Hub id looks like org/name"
    if not text:
        raise OpennessError("empty", "no repository is named", hint)
    if len(text) > LONGEST:
        raise OpennessError("bad_target", "that is too long for the name of a repository", hint)
    if text.startswith((".", "/", "~", "\\")) or text.lower().startswith("file:"):
        raise OpennessError("local", "files and folders of this server are not read", hint)
    target = parse_target(text)
    if "://" in text and not target.hub:
        raise OpennessError("other_host", "no other host than the Hub is asked", hint)
    if target.folder is not None or not target.hub or (target.revision and not _REVISION.fullmatch(target.revision)):
        raise OpennessError("bad_target", "that is not the name of a repository on the Hub", hint)
    return target


def known_as(text: str) -> str | None:
    """The registry's id of what a visitor named: a repository, or a model's own name."""
    index = open_index()
    try:
        return _known(text.strip()[:LONGEST], index)
    finally:
        index.close()


def _known(name: str, index: Lookup) -> str | None:
    return index.find(fold_name(name))


def start(target: Target, visitor: str) -> Reading:
    """Begin to read a repository for a visitor.

    Raises:
        OpennessError: one is being read for this visitor already, or too many for others (``busy``).
    """
    reading = Reading(target, known_as(target.name))
    with _lock:
        if visitor in _visitors:
            raise OpennessError("busy_visitor", "a repository is being graded for you already", "wait until it is done")
        if not _places.acquire(blocking=False):
            raise OpennessError("busy", "the server is busy with other visitors' repositories", "try again in a minute")
        _visitors.add(visitor)
    threading.Thread(target=_run, args=(reading, visitor), daemon=True).start()
    return reading


def _run(reading: Reading, visitor: str) -> None:
    try:
        reading.answer = _read(reading)
    except OpennessError as error:
        reading.error = error
    except Exception:  # the thread's last edge: a visitor sees a sentence, the log sees the rest
        logging.getLogger("openness").exception("grading a repository for a visitor failed")
        reading.error = OpennessError("unexpected", "something unexpected went wrong")
    finally:
        with _lock:
            _visitors.discard(visitor)
        _places.release()
        reading.ended.set()


def _read(reading: Reading) -> Answer:
    from openness.api import Options, grade_snapshot
    from openness.contribute import draft_entry
    from openness.sources.hub import read_repository

    def tell(what: str, of: str) -> None:
        reading.steps.append((what, of))

    target = reading.target
    snapshot = read_repository(target.name, target.revision, anonymous=True, progress=tell)
    index = open_index()
    try:
        reading.known = reading.known or _known(snapshot.repo, index)  # the Hub knows it by a newer name
        tell("graded", "")
        grade = grade_snapshot(snapshot, index, Options())
    finally:
        index.close()
    grade["target"] = target.name
    id_, draft = draft_entry(snapshot)
    return Answer(snapshot.repo, snapshot.url, grade, id_, draft, snapshot.requests, snapshot.bytes_read)
