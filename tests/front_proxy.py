"""A web server in front of the site, as nginx would be: it gives the site a path, and passes websockets on."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class FrontProxy:
    """Passes what lies below ``path`` on to ``upstream``, with the Host that the browser named."""

    upstream: str
    path: str
    headers: str = ""  # added to each answer
    client: str = "203.0.113.7"  # said to be the visitor's address
    port: int = 0
    seen: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where a browser finds the site."""
        return f"http://127.0.0.1:{self.port}{self.path}"

    async def serve(self, browser: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        """One connection: one request, or a websocket until one side hangs up."""
        head = (await browser.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head[:-4].split("\r\n")
        target = first.split(" ")[1]
        self.seen.append(target)
        if not target.startswith(f"{self.path}/"):
            answer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            answer.close()
            return
        upgrade = any(line.lower().startswith("upgrade:") for line in lines)
        kept = [line for line in lines if upgrade or not line.lower().startswith("connection:")]
        kept += [f"X-Forwarded-For: {self.client}", *([] if upgrade else ["Connection: close"])]
        parts = urlsplit(self.upstream)
        site, request = await asyncio.open_connection(parts.hostname, parts.port)
        request.write("\r\n".join([first, *kept, "", ""]).encode("latin-1"))
        if self.headers and not upgrade:
            status, _, rest = (await site.readuntil(b"\r\n")).partition(b"\r\n")
            answer.write(status + b"\r\n" + self.headers.encode() + b"\r\n" + rest)
        there, back = asyncio.ensure_future(_pipe(browser, request)), asyncio.ensure_future(_pipe(site, answer))
        await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
        if not back.done() and not upgrade:
            await back
        for task in (there, back):
            task.cancel()
        for stream in (request, answer):
            stream.close()


async def _pipe(source: asyncio.StreamReader, goal: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            goal.write(data)
            await goal.drain()


@contextlib.contextmanager
def front(upstream: str, path: str, headers: str = "") -> Iterator[FrontProxy]:
    """Run the server until the block ends; ``headers`` are added to each answer."""
    proxy = FrontProxy(upstream, path, headers)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)  # Playwright has a loop in this one
    thread.start()
    listening = asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(listening, loop).result(10)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
