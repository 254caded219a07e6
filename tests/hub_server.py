"""A Hub for tests: the real `olah` server, offline, over Git repositories built on the spot, and a
proxy in front of it that plays what goes wrong on a network.

Fixtures: ``olah`` (session), ``proxy`` and ``hub`` (function; ``hub`` also points huggingface_hub at
the proxy). A conftest takes them over with ``from hub_server import hub, olah, proxy``.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
import gzip
import hashlib
import http.client
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

PROJECT = Path(__file__).resolve().parent.parent
TOKEN = "hf_secretSecretSecretSecretSecretSecr"
CHUNK = b"x" * 65536
GIB = 1024**3
BEGIN = 1_000_000
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


# ---------------------------------------------------------------- repositories


def build_repository(root: Path, name: str, files: Mapping[str, bytes | Path], lfs: tuple[str, ...] = ()) -> str:
    """Make ``root/models/org/name`` a Git repository with one commit; return the commit.

    A file given as a path, or named in ``lfs``, becomes a Git LFS pointer with its object beside it,
    as large files are on the Hub. The same files always give the same commit.
    """
    folder = root / "models" / name
    folder.mkdir(parents=True)
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*arguments: str, text: bytes = b"") -> str:
        command = ["git", "-c", "core.compression=0", "-C", str(folder), *arguments]
        done = subprocess.run(command, input=text, env=environment, capture_output=True, check=True, timeout=60)
        return done.stdout.decode().strip()

    git("init", "--quiet", "--initial-branch=main", ".")
    stream = [
        b"commit refs/heads/main\n"
        b"author Test <test@example.org> 1700000000 +0000\n"
        b"committer Test <test@example.org> 1700000000 +0000\n"
        b"data 5\nfiles\n"
    ]
    for path, content in sorted(files.items()):
        if isinstance(content, Path) or path in lfs:
            content = _store_lfs(folder, content)
        stream.append(b"M 100644 inline %s\ndata %d\n%s\n" % (json.dumps(path).encode(), len(content), content))
    # fast-import needs no work tree and takes any number of files in one process.
    git("fast-import", "--quiet", text=b"".join(stream))
    return git("rev-parse", "main")


def _store_lfs(folder: Path, content: bytes | Path) -> bytes:
    if isinstance(content, Path):
        with content.open("rb") as opened:
            sha, size = hashlib.file_digest(opened, "sha256").hexdigest(), content.stat().st_size
    else:
        sha, size = hashlib.sha256(content).hexdigest(), len(content)
    stored = folder / ".git" / "lfs" / "objects" / sha[:2] / sha[2:4] / sha
    stored.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Path):
        stored.symlink_to(content.resolve())
    else:
        stored.write_bytes(content)
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha}\nsize {size}\n".encode()


# ---------------------------------------------------------------- the real server


def find_olah() -> Path | None:
    """``OLAH_BIN``, else the project's own environment for it."""
    given = os.environ.get("OLAH_BIN")
    found = Path(given) if given else PROJECT / ".venv-olah" / "bin" / "olah-cli"
    return found if found.is_file() else None


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def die_with_parent() -> None:
    """Run in the child: even a killed test run leaves no server behind (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Olah:
    """The `olah` server as a child process, offline, serving ``folder``'s repositories."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program, self.folder = program, folder
        self.mirrors = folder / "mirrors"
        self.mirrors.mkdir(parents=True)
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None

    def add(self, name: str, files: Mapping[str, bytes | Path], lfs: tuple[str, ...] = ()) -> str:
        """Publish a repository, also while the server runs, and return its commit."""
        return build_repository(self.mirrors, name, files, lfs)

    def start(self) -> None:
        """Start on a free port and wait for the first answer."""
        atexit.register(self.stop)
        for _ in range(3):  # somebody may take the port between finding and using it
            if self._start(free_port()):
                return
        raise RuntimeError(f"olah did not start:\n{self.log()[-2000:]}")

    def _start(self, port: int) -> bool:
        quoted = json.dumps  # JSON strings are TOML strings
        config = self.folder / "olah.toml"
        config.write_text(
            f'[basic]\nhost = "127.0.0.1"\nport = {port}\n'
            f"repos-path = {quoted(str(self.folder / 'cache'))}\nmirrors-path = [{quoted(str(self.mirrors))}]\n"
            "[accessibility]\noffline = true\n"
        )
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT") if key in os.environ}
        with (self.folder / "olah.log").open("wb") as log:
            self._process = subprocess.Popen(
                [self.program, "--config", config, "--log-path", self.folder / "logs"],
                cwd=self.folder,
                env={**kept, "HOME": str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self.url = f"http://127.0.0.1:{port}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        until = time.monotonic() + 20
        while time.monotonic() < until and self._process.poll() is None:
            try:
                opener.open(f"{self.url}/api/models/any/thing/revision/main", timeout=5).close()
            except urllib.error.HTTPError as answer:  # 401, as for every repository it does not have
                answer.close()
                return self._process.poll() is None
            except OSError:
                time.sleep(0.05)
        running = self._process.poll() is None
        self._kill()
        if running:
            raise RuntimeError(f"olah runs but does not answer:\n{self.log()[-2000:]}")
        return False

    def log(self) -> str:
        """What the server has printed."""
        return (self.folder / "olah.log").read_text("utf-8", errors="replace")

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its own group: nothing else is in it
        process.wait(10)

    def stop(self) -> None:
        """Kill the server and whatever it started."""
        atexit.unregister(self.stop)
        self._kill()


# ---------------------------------------------------------------- the proxy that breaks things


@dataclass
class Seen:
    """One request as it arrived. ``answered`` is when the answer began, ``sent`` its bytes."""

    method: str
    path: str
    headers: dict[str, str]
    began: float
    answered: float = 0.0
    sent: int = 0


Fault = Callable[["Exchange"], None]


@dataclass
class _Rule:
    pattern: re.Pattern[str]
    fault: Fault
    times: int | None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        with self.lock:
            if self.times is None:
                return True
            self.times -= 1
            return self.times >= 0


class Exchange(BaseHTTPRequestHandler):
    """One request to the proxy; a fault answers through it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    owner: FaultProxy
    seen: Seen

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        began = time.monotonic()
        # As a forward proxy it is asked with the whole URL.
        parts = urlsplit(self.path)
        self.path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.seen = Seen(self.command, self.path, headers, began)
        with self.owner.lock:
            self.owner.seen.append(self.seen)
        if self.owner.delay:
            time.sleep(self.owner.delay)
        rule = next((rule for rule in self.owner.rules if rule.pattern.search(self.path) and rule.take()), None)
        try:
            (rule.fault if rule else self.owner.forward)(self)
        except (OSError, http.client.HTTPException):
            self.close_connection = True  # the client went away, as it should from a bad answer

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the status line and headers, nothing added."""
        self.seen.answered = time.monotonic()
        self.send_response_only(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()

    def body(self, data: bytes) -> None:
        """Send a part of the body and count it."""
        self.wfile.write(data)
        self.seen.sent += len(data)

    def reply(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """A whole answer."""
        self.head(status, {"Content-Length": str(len(body)), **(headers or {})})
        self.body(body)

    def chunk(self, data: bytes) -> None:
        """One chunk of a body without a length."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.seen.sent += len(data)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that goes away in the middle is what many tests are about.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class FaultProxy:
    """Stands before ``upstream``, records every request, and plays the faults it is told to.

    What it passes on looks like the real Hub's: `olah` gives no file sizes and ignores ``Range``,
    so with ``like_hub`` the proxy adds sizes (from olah's own tree listing) and cuts the range out.
    """

    def __init__(self, upstream: str | None = None) -> None:
        self.upstream = upstream
        self.like_hub = True
        self.delay = 0.0
        self.seen: list[Seen] = []
        self.rules: list[_Rule] = []
        self.edits: list[Callable[[dict[str, Any]], Any]] = []
        self.lock = threading.Lock()
        self.closing = threading.Event()
        handler = type("Handler", (Exchange,), {"owner": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def play(self, pattern: str, fault: Fault, times: int | None = None) -> None:
        """Answer paths that ``pattern`` is found in by ``fault``, only the first ``times`` if given."""
        self.rules.append(_Rule(re.compile(pattern), fault, times))

    def edit(self, change: Callable[[dict[str, Any]], Any]) -> None:
        """Change the model info in place before it is passed on."""
        self.edits.append(change)

    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [seen.path for seen in self.seen]

    def round_trips(self) -> int:
        """How many requests had to wait for one another: the longest chain without overlap."""
        chain, free = 0, 0.0
        for seen in sorted(self.seen, key=lambda seen: seen.answered):
            if seen.began >= free:
                chain, free = chain + 1, seen.answered
        return chain

    def forward(self, exchange: Exchange) -> None:
        """Pass the request to upstream and its answer back."""
        if self.upstream is None:
            exchange.reply(404)
            return
        info = re.match(r"/api/models/([^/]+/[^/]+)/revision/([^/?]+)", exchange.path)
        if info:
            status, headers, body = self._fetch(exchange.path)
            if status == 200:
                body = json.dumps(self._dress(json.loads(body), exchange.path, info)).encode()
            exchange.reply(status, body, {"Content-Type": "application/json", **headers})
            return
        status, headers, begin, rest = self._open(exchange.path)
        with contextlib.closing(rest):
            wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", exchange.headers.get("Range", ""))
            if self.like_hub and wanted and status == 200:
                first, last = int(wanted[1]), int(wanted[2])
                while len(begin) <= last and (more := rest.read(65536)):
                    begin += more
                exchange.reply(206, begin[first : last + 1], headers)
                return
            exchange.head(status, {"Transfer-Encoding": "chunked", **headers})
            while begin:
                exchange.chunk(begin)
                begin = rest.read(65536)
            exchange.wfile.write(b"0\r\n\r\n")

    def _open(self, path: str) -> tuple[int, dict[str, str], bytes, http.client.HTTPResponse | io.BytesIO]:
        """Status, headers, up to :data:`BEGIN` bytes of the body, and the rest of it."""
        known = _answers.get(f"{self.upstream}{path}")
        if known:
            return *known, io.BytesIO()
        connection = http.client.HTTPConnection(urlsplit(self.upstream or "").netloc, timeout=20)
        connection.request("GET", path, headers={"Connection": "close"})  # the response then owns the socket
        response = connection.getresponse()
        headers = {key: value for key, value in response.getheaders() if key.lower().startswith("x-")}
        begin = response.read(BEGIN)
        if response.status == 200 and len(begin) < BEGIN:
            # Repositories do not change, and olah needs 10 ms and a whole core for each answer.
            _answers[f"{self.upstream}{path}"] = (response.status, headers, begin)
        return response.status, headers, begin, response

    def _fetch(self, path: str) -> tuple[int, dict[str, str], bytes]:
        status, headers, begin, rest = self._open(path)
        with contextlib.closing(rest):
            return status, headers, begin + rest.read()

    def _dress(self, info: dict[str, Any], path: str, found: re.Match[str]) -> dict[str, Any]:
        if self.like_hub and "blobs=" in path:
            tree = f"/api/models/{found[1]}/tree/{found[2]}/?recursive=true"
            code, _, body = self._fetch(tree)
            assert code == 200, f"olah answered {code} to {tree}: {body[:300]!r}"
            sizes = {item["path"]: item for item in json.loads(body)}
            for file in info["siblings"]:
                item = sizes[file["rfilename"]]
                file["size"], file["blobId"] = item["size"], item["oid"]
                if "lfs" in item:
                    file["lfs"] = {**item["lfs"], "sha256": item["lfs"]["oid"]}
        for change in self.edits:
            change(info)
        return info


_answers: dict[str, tuple[int, dict[str, str], bytes]] = {}


# ---------------------------------------------------------------- faults


def status(code: int, error: str = "", message: str = "", **headers: str) -> Fault:
    """An error as the Hub words it; ``error`` is its ``X-Error-Code``."""
    given = {key.replace("_", "-"): value for key, value in headers.items()}
    if error:
        given["X-Error-Code"] = error
    if message:
        given["X-Error-Message"] = message
    return lambda exchange: exchange.reply(code, b'{"error": "no"}', given)


GATED = status(403, "GatedRepo", "Access to model is restricted and you are not in the authorized list.")
PRIVATE = status(401, "RepoNotFound", "Repository not found")
NOT_FOUND = status(404, "RepoNotFound", "Repository not found")
NO_REVISION = status(404, "RevisionNotFound", "Invalid rev id")


def rate_limited(seconds: int | str) -> Fault:
    """429, come back in ``seconds``."""
    return status(429, Retry_After=str(seconds))


def never(exchange: Exchange) -> None:
    """Take the request and say nothing until the proxy closes."""
    exchange.owner.closing.wait(60)
    exchange.close_connection = True


def hang_up(exchange: Exchange) -> None:
    """Close the connection without a word."""
    exchange.close_connection = True
    exchange.connection.shutdown(socket.SHUT_RDWR)


def late(seconds: float) -> Fault:
    """Wait, then pass on."""

    def answer(exchange: Exchange) -> None:
        exchange.owner.closing.wait(seconds)
        exchange.owner.forward(exchange)

    return answer


def say(body: bytes, content_type: str = "text/plain", code: int = 200, **headers: str) -> Fault:
    """This body instead of upstream's."""
    given = {"Content-Type": content_type, **{key.replace("_", "-"): value for key, value in headers.items()}}
    return lambda exchange: exchange.reply(code, body, given)


def cut(body: bytes, declared: int) -> Fault:
    """Promise ``declared`` bytes, send ``body`` and close."""

    def answer(exchange: Exchange) -> None:
        exchange.head(200, {"Content-Length": str(declared)})
        exchange.body(body)
        exchange.close_connection = True

    return answer


def cut_chunked(body: bytes) -> Fault:
    """Send ``body`` without a length and close before the end mark."""

    def answer(exchange: Exchange) -> None:
        exchange.head(200, {"Transfer-Encoding": "chunked"})
        exchange.chunk(body)
        exchange.close_connection = True

    return answer


def huge(size: int = 2 * GIB, declared: bool = True, code: int = 200) -> Fault:
    """``size`` bytes, really sent for as long as the client reads; chunked when not ``declared``."""

    def answer(exchange: Exchange) -> None:
        exchange.head(code, {"Content-Length": str(size)} if declared else {"Transfer-Encoding": "chunked"})
        while exchange.seen.sent < size and not exchange.owner.closing.is_set():
            (exchange.body if declared else exchange.chunk)(CHUNK)
        exchange.close_connection = True

    return answer


def endless(code: int = 200) -> Fault:
    """A body that does not end."""
    return huge(1 << 60, declared=False, code=code)


def trickle(body: bytes = b"x" * 10_000, pause: float = 0.1) -> Fault:
    """A byte at a time: no single read ever times out."""

    def answer(exchange: Exchange) -> None:
        exchange.head(200, {"Content-Length": str(len(body))})
        for index in range(len(body)):
            if exchange.owner.closing.wait(pause):
                return
            exchange.body(body[index : index + 1])

    return answer


def redirect(location: str, code: int = 302) -> Fault:
    """Send the client elsewhere."""
    return lambda exchange: exchange.reply(code, b"", {"Location": location})


def gzip_bomb(size: int = 64 * 1024**2, prefix: bytes = b"") -> Fault:
    """A small compressed body that unpacks to ``size`` bytes, whatever the client accepts."""

    def answer(exchange: Exchange) -> None:
        say(_packed(size, prefix), "application/json", Content_Encoding="gzip")(exchange)

    return answer


@functools.cache
def _packed(size: int, prefix: bytes) -> bytes:
    return gzip.compress(prefix + b" " * size, 1)


# ---------------------------------------------------------------- fixtures


@pytest.fixture(scope="session")
def olah(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Olah]:
    """The running server; publish repositories with ``olah.add``."""
    program = find_olah()
    if program is None:
        pytest.skip("no olah server: set OLAH_BIN, or install requirements-olah.txt into .venv-olah")
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    server = Olah(program.absolute(), tmp_path_factory.mktemp("olah"))
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def proxy(olah: Olah) -> Iterator[FaultProxy]:
    """A fault proxy before the server."""
    with FaultProxy(olah.url) as before:
        yield before


def point_at(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    """Make this process's huggingface_hub use ``endpoint``, as HF_ENDPOINT does for a new one."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", endpoint + "/{repo_id}/resolve/{revision}/{filename}")


@pytest.fixture
def quiet_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No token, proxy or files of whoever runs the tests."""
    from huggingface_hub import close_session, constants
    from huggingface_hub.utils import _detect_agent

    for name in (*PROXY_VARIABLES, *map(str.upper, PROXY_VARIABLES)):
        if name in os.environ:
            monkeypatch.delenv(name)
            close_session()  # a client reads them once, when it is made, which takes a while
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    # Else its first request in a process asks the Hub for a list of AI agents, and keeps it in HF_HOME.
    monkeypatch.setattr(constants, "AGENT_HARNESSES_PATH", str(tmp_path / "agents.json"))
    monkeypatch.setattr(_detect_agent, "_registry", {"standardEnvVars": [], "harnesses": {}})


@pytest.fixture
def hub(proxy: FaultProxy, quiet_network: None, monkeypatch: pytest.MonkeyPatch) -> FaultProxy:
    """The proxy, as the Hub that huggingface_hub talks to."""
    point_at(monkeypatch, proxy.url)
    return proxy
