"""Visit a web address politely: HEAD first, a few redirects, pauses, and never a private address.

Redirects are followed here, hop by hop, so that each goes the way of :mod:`openness.sources.addresses`.
Proxies are never used: behind one, nobody knows where a connection goes.
"""

from __future__ import annotations

import email.utils
import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpcore2
import httpx2

from openness.schemas.outputs import LinkOutcome
from openness.sources.addresses import Clock, Forbidden, NoSuchHost, PinnedBackend, Policy, Resolver, system_resolver

MAX_REDIRECTS = 4
TRIES = 3
SECONDS = 15.0  # one request, up to its last header
BACK_OFF = 2.0
LONGEST_WAIT = 60.0
PATIENCE = 9  # failures in a row after which a host is left alone
PERMANENT = (301, 308)
REDIRECTS = (*PERMANENT, 302, 303, 307)
NO_HEAD = (400, 403, 404, 405, 406, 501)  # answers of servers that know only GET


class Waiting(Exception):
    """The host wants no more requests for now; nothing was asked."""


@dataclass(frozen=True)
class Visit:
    """What came of visiting an address. ``moved_to`` is where permanent redirects lead; without
    ``asked`` its host was left alone.
    """

    outcome: LinkOutcome
    reason: str
    status: int | None = None
    moved_to: str | None = None
    asked: bool = True


@dataclass
class _Gate:
    lock: threading.Lock = field(default_factory=threading.Lock)
    free: float = 0.0
    failures: int = 0
    gone: bool = False


class Gates:
    """One request at a time per host, with a pause after each; a host may ask for a longer one."""

    def __init__(self, pause: float = 1.0) -> None:
        self._pause = pause
        self._gates: dict[str, _Gate] = {}
        self._lock = threading.Lock()

    def _of(self, host: str) -> _Gate:
        with self._lock:
            return self._gates.setdefault(host, _Gate())

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait for this host's turn, for no longer than :data:`LONGEST_WAIT` after the one before.

        Raises:
            NoSuchHost: its name was looked up before, and does not exist.
            Waiting: the host asked for a longer pause, or keeps failing.
        """
        gate = self._of(host)
        with gate.lock:
            if gate.gone:
                raise NoSuchHost(host)
            if gate.failures >= PATIENCE:
                raise Waiting(f"{host} failed {PATIENCE} times in a row")
            wait = gate.free - time.monotonic()
            if wait > LONGEST_WAIT:
                raise Waiting(f"{host} asks to come back in {wait:.0f} seconds")
            if wait > 0:
                time.sleep(wait)
            pause = self._pause
            try:
                yield
            except (Forbidden, NoSuchHost) as error:
                pause = 0.0  # nobody was asked
                gate.gone = isinstance(error, NoSuchHost)
                raise
            finally:
                gate.free = max(gate.free, time.monotonic() + pause)

    def went(self, host: str, well: bool) -> None:
        """Count how often in a row a host failed."""
        gate = self._of(host)
        gate.failures = 0 if well else gate.failures + 1

    def later(self, host: str, seconds: float) -> None:
        """Ask nothing of a host for a while."""
        gate = self._of(host)
        gate.free = max(gate.free, time.monotonic() + seconds)


@dataclass
class _Answer:
    status: int
    headers: dict[str, str]


class Visitor:
    """Visits addresses. One object for all threads; it keeps no cookies and knows no token.

    Args:
        policy: where connections may go. Only code can set another one: no switch, no variable.
        resolve: looks up names.
        gates: the pace per host.
        agent: the User-Agent.
        tls: whose certificates are believed; those of this machine when None.
    """

    def __init__(
        self,
        policy: Policy | None = None,
        resolve: Resolver = system_resolver,
        gates: Gates | None = None,
        agent: str = "openness-linkcheck",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._policy, self._resolve, self._gates, self._agent = policy or Policy(), resolve, gates or Gates(), agent
        self._tls = tls or httpcore2.default_ssl_context()

    def visit(self, text: str) -> Visit:
        """Visit one address and follow its redirects. Never raises for what a server does."""
        clock = Clock()
        with httpcore2.ConnectionPool(
            ssl_context=self._tls, max_connections=2, network_backend=PinnedBackend(self._policy, self._resolve, clock)
        ) as pool:
            return self._follow(text, pool, clock)

    def _follow(self, text: str, pool: httpcore2.ConnectionPool, clock: Clock) -> Visit:
        moved: str | None = None
        permanent, via = True, ""
        for _ in range(MAX_REDIRECTS + 1):
            try:
                url = _parsed(text)
                answer = self._patiently(url, pool, clock)
            except Forbidden as error:
                return Visit("refused", f"{via}{error}", moved_to=moved)
            except NoSuchHost as error:
                return Visit("dead", f"{via}there is no host {error}", moved_to=moved)
            except Waiting as error:
                return Visit("unreachable", f"{via}{error}", moved_to=moved, asked=False)
            except _NoAnswer as error:
                return Visit("unreachable", f"{via}{error}", moved_to=moved)
            location = answer.headers.get("location", "")
            if answer.status not in REDIRECTS or not location:
                return _judged(answer.status, moved, via)
            try:
                text = str(url.join(location[:4000]))
            except (httpx2.InvalidURL, ValueError):
                return Visit("unreachable", "redirects to something that is no address", answer.status, moved)
            permanent = permanent and answer.status in PERMANENT
            moved = text if permanent else moved
            via = f"redirects to {text[:300]}: "
        return Visit("unreachable", f"redirects more than {MAX_REDIRECTS} times", answer.status)

    def _patiently(self, url: httpx2.URL, pool: httpcore2.ConnectionPool, clock: Clock) -> _Answer:
        """Ask again after 429, 5xx and silence, with growing pauses or those that the server wants."""
        method, host = "HEAD", _host(url)
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            wait = BACK_OFF * 2.0**attempt
            try:
                answer = self._ask(method, url, pool, clock)
                if method == "HEAD" and answer.status in NO_HEAD:
                    method = "GET"
                    answer = self._ask(method, url, pool, clock)
            except _NoAnswer as error:
                self._gates.went(host, well=False)
                if last or error.final:
                    raise
                method = "GET"  # some servers drop what they do not know
            else:
                well = answer.status != 429 and answer.status < 500
                self._gates.went(host, well)
                if well:
                    return answer
                method = "GET" if answer.status >= 500 else method
                said = _retry_after(answer.headers.get("retry-after", ""))
                wait = wait if said is None else said
                if last or wait > LONGEST_WAIT:
                    self._gates.later(host, said or 0.0)
                    return answer
            self._gates.later(host, wait)
        raise AssertionError("unreachable")

    def _ask(self, method: str, url: httpx2.URL, pool: httpcore2.ConnectionPool, clock: Clock) -> _Answer:
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        headers: dict[str | bytes, str | bytes] = {
            "Host": url.netloc.decode("ascii"),
            "User-Agent": self._agent,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
        }
        with self._gates.turn(_host(url)):
            clock.until = time.monotonic() + SECONDS
            try:
                with pool.stream(method, target, headers=headers) as response:
                    if method == "HEAD":
                        response.read()  # it has no body; read to its end, the connection can be used again
                    found = {
                        key.decode("latin-1").lower(): value.decode("utf-8", "replace")
                        for key, value in response.headers
                    }
                    return _Answer(response.status, found)
            except httpcore2.TimeoutException:
                raise _NoAnswer("did not answer in time") from None
            except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
                if isinstance(error.__context__, ssl.SSLError):
                    raise _NoAnswer("its certificate or TLS cannot be used", final=True) from None
                said = str(error) if "look-up" in str(error) else f"no connection ({type(error).__name__})"
                raise _NoAnswer(said) from None


class _NoAnswer(Exception):
    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


def _host(url: httpx2.URL) -> str:
    return url.host.lower().rstrip(".")


def _parsed(text: str) -> httpx2.URL:
    """The one parsing of an address: what was checked is what is asked.

    Raises:
        Forbidden: it is not an http or https address, or holds a user name.
    """
    try:
        url = httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError):
        raise Forbidden("it is not an address") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise Forbidden("only http and https addresses are visited")
    if url.userinfo:
        raise Forbidden("it holds a user name or password")
    return url.copy_with(fragment=None)


def _judged(status: int, moved: str | None, via: str) -> Visit:
    if status in (404, 410):
        return Visit("dead", f"{via}answers {status}", status, moved)
    if 200 <= status < 300:
        return Visit("moved" if moved else "ok", "moved for good" if moved else "", status, moved)
    return Visit("unreachable", f"{via}answers {status}", status, moved)


def _retry_after(said: str) -> float | None:
    """Seconds from a Retry-After header, which is a number or a date."""
    if re.fullmatch(r"[0-9]{1,9}", said.strip()):
        return float(said)
    try:
        when = email.utils.parsedate_to_datetime(said)
    except (ValueError, TypeError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max((when - datetime.now(UTC)).total_seconds(), 0.0)
