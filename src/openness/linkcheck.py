"""Visit the addresses that a registry's evidence stands on: collect, remember, take turns."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlsplit

from pydantic import TypeAdapter, ValidationError

from openness import settings
from openness.files import replace_file
from openness.registry.blocks import MAX_FILE_BYTES, read_blocks
from openness.registry.checks import documents_of, evidence_of
from openness.registry.load import Registry, load_text
from openness.schemas.errors import OpennessError
from openness.schemas.outputs import LinkOutcome

if TYPE_CHECKING:
    from openness.sources.links import Visit, Visitor

WORKERS = 8
SAVE_SECONDS = 5.0
MAX_CACHE_BYTES = 64 << 20
FORGET = timedelta(days=365)
SOON = timedelta(days=1)  # what may be over tomorrow is not believed for longer


@dataclass(frozen=True)
class Link:
    """An address of the registry: its first place in the file, and how many facts cite it."""

    url: str
    line: int
    field: str
    model: str
    facts: int = 0


@dataclass(frozen=True)
class Kept:
    """What came of a visit, as it is remembered."""

    outcome: LinkOutcome
    reason: str
    status: int | None
    moved_to: str | None
    checked: datetime

    def old(self, now: datetime, max_age: timedelta) -> bool:
        """Whether it is time for another visit; one from the future counts as old, too."""
        allowed = min(max_age, SOON) if self.outcome == "unreachable" else max_age
        return not timedelta(0) <= now - self.checked < allowed


@dataclass(frozen=True)
class Checked:
    """An address and what came of visiting it, now or before."""

    link: Link
    kept: Kept


@dataclass(frozen=True)
class Linkcheck:
    """The answer: everything known, what was visited for it, and what is left for another run."""

    path: Path
    found: list[Checked]
    visited: int
    left: int
    problems: int

    @property
    def counts(self) -> dict[str, int]:
        """How many addresses of each outcome."""
        return dict(Counter(checked.kept.outcome for checked in self.found))


def collect(text: str) -> tuple[list[Link], Registry]:
    """Every address that evidence or a source of the registry names, each once, in the order of the file."""
    registry = load_text(text)
    links: dict[str, Link] = {}
    facts: dict[str, set[tuple[object, ...]]] = {}

    def add(url: str | None, line: int, field: str, model: str) -> None:
        if url:
            key = urldefrag(url)[0]
            if key not in links or line < links[key].line:
                links[key] = Link(key, line, field, model)

    for entry in registry.entries.values():
        for path, document in documents_of(entry.model):
            at = (*path, "url")
            add(document.url, entry.line_of(at), ".".join(map(str, at)), entry.origin(at))
        for path, evidence in evidence_of(entry.model):
            if evidence.url:
                facts.setdefault(urldefrag(evidence.url)[0], set()).add((entry.model.id, *path[:-2]))
    _without_models(text, registry, add)
    counted = [replace(link, facts=len(facts.get(url, ()))) for url, link in links.items()]
    return sorted(counted, key=lambda link: (link.line, link.url)), registry


def _without_models(text: str, registry: Registry, add: Callable[[str | None, int, str, str], None]) -> None:
    """The addresses of families that no model has."""
    rest = set(registry.families) - {entry.model.family for entry in registry.entries.values()}
    for block in read_blocks(text)[0] if rest else ():
        if block.is_family and block.name in rest:
            for path, document in documents_of(registry.families[block.name]):
                at = (*path, "url")
                add(document.url, block.line_of(at), ".".join(map(str, at)), block.name)


class Cache:
    """What is remembered of earlier visits, in one file that is replaced as a whole."""

    _shape = TypeAdapter(dict[str, Kept])

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept = self._read()
        self._saved = time.monotonic()

    def _read(self) -> dict[str, Kept]:
        try:
            with self.path.open("rb") as stream:
                data = stream.read(MAX_CACHE_BYTES + 1)
            kept = self._shape.validate_json(data) if len(data) <= MAX_CACHE_BYTES else {}
        except (OSError, ValidationError):
            return {}  # none yet, or damaged: it can all be visited again
        return {url: item for url, item in kept.items() if item.checked.tzinfo}

    def get(self, url: str) -> Kept | None:
        """What came of the last visit."""
        return self._kept.get(url)

    def put(self, url: str, kept: Kept) -> None:
        """Remember, and write now and then, so that a killed run was not for nothing."""
        self._kept[url] = kept
        if time.monotonic() - self._saved > SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Write, together with what another run wrote meanwhile. A cache that cannot be written is no failure."""
        for url, other in self._read().items():
            mine = self._kept.get(url)
            if mine is None or mine.checked < other.checked:
                self._kept[url] = other
        limit = datetime.now(UTC) - FORGET
        young = {url: kept for url, kept in self._kept.items() if kept.checked > limit}
        try:
            replace_file(self.path, self._shape.dump_json(young))
        except OSError:
            pass
        self._saved = time.monotonic()


def visit_all(urls: Iterable[str], visitor: Visitor) -> Iterator[tuple[str, Visit]]:
    """Visit addresses, several hosts at a time and each host's one after the other.

    The threads are daemons: whoever stops listening need not wait for a slow server.
    """
    hosts: dict[str, list[str]] = {}
    for url in urls:
        hosts.setdefault(host_of(url), []).append(url)
    todo: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[str, Visit | BaseException]] = queue.SimpleQueue()
    for group in sorted(hosts.values(), key=len, reverse=True):  # the longest takes as long as all others
        todo.put(group)

    def work() -> None:
        while True:
            try:
                group = todo.get_nowait()
            except queue.Empty:
                return
            for url in group:
                try:
                    done.put((url, visitor.visit(url)))
                except BaseException as error:  # the listener raises it: nobody would hear it here
                    done.put((url, error))

    for _ in range(min(WORKERS, len(hosts))):
        threading.Thread(target=work, daemon=True).start()
    for _ in range(sum(map(len, hosts.values()))):
        url, visit = done.get()
        if isinstance(visit, BaseException):
            raise visit
        yield url, visit


def host_of(url: str) -> str:
    """The host of an address in small letters; empty when it has none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def linkcheck(
    path: Path,
    *,
    max_age: timedelta = timedelta(days=7),
    limit: int | None = None,
    host: str | None = None,
    visitor: Visitor | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, url: None,
) -> Linkcheck:
    """Visit every address of a registry that was not visited within ``max_age``.

    Args:
        path: the registry's YAML file.
        max_age: how long a visit counts; that of an address that could not be reached for a day at most.
        limit: visit at most so many; what was visited before is told all the same.
        host: look at the addresses of this host only.
        visitor: who visits. Another one than the default is for tests: it holds the address policy.
        progress: called with the number of visits done, of all, and the address.

    Raises:
        OpennessError: the file cannot be read, or nothing at all could be reached.
    """
    from openness.sources.links import Visitor

    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_FILE_BYTES + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OpennessError("unreadable", f"{path} cannot be read: {error}", "it must be a UTF-8 text file") from None
    links, registry = collect(text)
    if host is not None:
        links = [link for link in links if host_of(link.url) == host.lower().rstrip(".")]
    cache, now = Cache(settings.link_cache()), datetime.now(UTC)
    due = [link.url for link in links if (kept := cache.get(link.url)) is None or kept.old(now, max_age)]
    asked = due[:limit]
    visitor = visitor or Visitor(agent=f"openness-linkcheck/{settings.tool_version()}")
    fresh: dict[str, Kept] = {}
    silent: dict[str, Kept] = {}  # not believed before somebody answers: the network may be down
    answered = False
    try:
        for done, (url, visit) in enumerate(visit_all(asked, visitor), start=1):
            progress(done, len(asked), url)
            kept = Kept(visit.outcome, visit.reason, visit.status, visit.moved_to, datetime.now(UTC))
            fresh[url] = kept
            answered = answered or visit.status is not None
            if visit.asked and (answered or visit.outcome == "refused"):
                cache.put(url, kept)
            elif visit.asked:
                silent[url] = kept
        if silent and not answered:
            # Without a network names do not exist either: nothing here is known to be dead.
            url, kept = next(iter(silent.items()))
            message = f"none of {len(silent)} addresses could be reached, such as {url}: {kept.reason}"
            raise OpennessError("network", message, "check the network: addresses are visited without a proxy")
        for url, kept in silent.items():
            cache.put(url, kept)
    finally:
        if fresh:
            cache.save()
    known = {link.url: fresh.get(link.url) or (cache.get(link.url) if link.url not in due else None) for link in links}
    found = [Checked(link, kept) for link in links if (kept := known[link.url])]
    return Linkcheck(path, found, len(asked), len(due) - len(asked), len(registry.problems))


def to_json(result: Linkcheck) -> dict[str, Any]:
    """The answer as the fields of ``linkcheck --json``."""
    counts = {name: result.counts.get(name, 0) for name in ("ok", "moved", "dead", "unreachable", "refused")}
    links = [
        {
            **{name: getattr(item.link, name) for name in ("url", "line", "field", "model", "facts")},
            **{name: getattr(item.kept, name) for name in ("outcome", "reason", "status", "moved_to")},
            "checked": item.kept.checked.isoformat(timespec="seconds"),
        }
        for item in result.found
    ]
    return {"file": str(result.path), "counts": counts, "visited": result.visited, "left": result.left, "links": links}
