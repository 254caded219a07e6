"""A small web of hosts for tests: one real server on 127.0.0.2, many names that lead to it, and a visitor
whose policy allows that address and nothing else beyond the usual.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from openness.sources.addresses import Address, Policy, not_public
from openness.sources.links import Gates, Visitor

ADDRESS = "127.0.0.2"  # the machine's own, and yet not 127.0.0.1, which stays forbidden


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    host: str
    path: str
    headers: dict[str, str]
    began: float


Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: Web

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        headers = {key.lower(): value for key, value in self.headers.items()}
        with self.owner.lock:
            self.owner.asked.append(Asked(self.command, headers.get("host", ""), self.path, headers, time.monotonic()))
        try:
            self.owner.answer(self.path)(self)
        except OSError:
            self.close_connection = True

    do_HEAD = do_GET

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response_only(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # clients that go away are what some tests are about


class Web:
    """The server. ``pages`` maps a path to its answers, of which the last one is repeated."""

    def __init__(self, address: str = ADDRESS) -> None:
        self.pages: dict[str, list[Answer]] = {}
        self.asked: list[Asked] = []
        self.names: dict[str, list[list[str]]] = {}
        self.looked_up: list[str] = []
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self._server = _Server((address, 0), type("Own", (Handler,), {"owner": self}))
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Web:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def listen_with(self, tls: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)

    def page(self, path: str, *answers: Answer) -> str:
        """Put answers at a path; returns its address on ``site.test``."""
        self.pages[path] = list(answers)
        return self.url(path)

    def url(self, path: str, host: str = "site.test") -> str:
        return f"http://{host}:{self.port}{path}"

    def answer(self, path: str) -> Answer:
        with self.lock:
            answers = self.pages.get(path, [status(404)])
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def paths(self) -> list[tuple[str, str]]:
        return [(asked.method, asked.path) for asked in self.asked]

    def resolve(self, host: str) -> list[str]:
        """What :attr:`names` says, one answer after the other; ``*.test`` is this server; else no such host."""
        self.looked_up.append(host)
        answers = self.names.get(host)
        if answers:
            return answers.pop(0) if len(answers) > 1 else answers[0]
        if host.endswith(".test"):
            return [ADDRESS]
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    def policy(self) -> Policy:
        def address(found: Address) -> str | None:
            return None if str(found) == ADDRESS else not_public(found)

        return Policy(address, frozenset({80, 443, self.port}))

    def visitor(self, pause: float = 0.0, agent: str = "openness-linkcheck/test") -> Visitor:
        return Visitor(self.policy(), self.resolve, Gates(pause), agent)


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    return lambda handler: handler.reply(code, body, **headers)


def redirect(to: str, code: int = 302) -> Answer:
    return status(code, Location=to, Set_Cookie="a=b")


def get_only(code: int) -> Answer:
    """Answers HEAD with an error and GET with a page."""
    return lambda handler: handler.reply(code if handler.command == "HEAD" else 200, b"page")


def never(handler: Handler) -> None:
    handler.owner.closing.wait(30)
    handler.close_connection = True


def hang_up(handler: Handler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def slow_headers(handler: Handler) -> None:
    """A byte now and then: no single read ever times out."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000:
        if handler.owner.closing.wait(0.05):
            return
        handler.wfile.write(bytes([byte]))


def endless(handler: Handler) -> None:
    """405 to HEAD, then a body without an end."""
    if handler.command == "HEAD":
        handler.reply(405)
        return
    handler.send_response_only(200)
    handler.end_headers()
    handler.close_connection = True
    while not handler.owner.closing.is_set():
        handler.wfile.write(b"x" * 65536)


def endless_headers(handler: Handler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not handler.owner.closing.is_set():
        handler.wfile.write(b"X-More: " + b"x" * 4000 + b"\r\n")
