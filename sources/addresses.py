"""Connections to checked addresses only.

A name is looked up once per connection, all answers are held against a :class:`Policy`, and the
socket is opened to the very address that passed: a second look-up could answer otherwise. TLS and
the Host header keep the name.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpcore2

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str], list[str]]

WEB_PORTS = frozenset({80, 443})
CONNECT_SECONDS = 5.0
CHUNK = 4096  # what is read at once: of a body no more than what comes along with the headers

# What `ipaddress` counts as global and yet is no public host, or hides another address inside.
_NOT_HOSTS = [
    ipaddress.ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")
]
_UNICAST6 = ipaddress.ip_network("2000::/3")


def not_public(address: Address) -> str | None:
    """Why an address is no public one; None when it is.

    IPv4 inside IPv6 (mapped, compatible, 6to4, NAT64) is refused whatever it holds.
    """
    if address.is_loopback:
        return "a loopback address"
    if address.is_multicast:
        return "a multicast address"
    if address.is_link_local:
        return "a link-local address"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return "an IPv4 address inside an IPv6 one"
    if address.is_private:
        return "a private or reserved address"
    outside = address.version == 6 and address not in _UNICAST6
    if outside or not address.is_global or any(address in network for network in _NOT_HOSTS if _same(address, network)):
        return "a reserved address"
    return None


def _same(address: Address, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    return address.version == network.version


@dataclass(frozen=True)
class Policy:
    """Where connections may go: ``address`` gives the reason against one, ``ports`` are the only ones."""

    address: Callable[[Address], str | None] = not_public
    ports: frozenset[int] = WEB_PORTS


def system_resolver(host: str) -> list[str]:
    """The addresses of a name, as this machine looks them up.

    Raises:
        OSError: the look-up failed.
        UnicodeError: it is no host name.
    """
    return [str(item[4][0]) for item in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


class Forbidden(Exception):
    """The policy is against it; the message says why."""


class NoSuchHost(Exception):
    """The name does not exist."""


class Clock:
    """How long the current request may still take."""

    until = 0.0

    def left(self, failure: type[Exception]) -> float:
        """Seconds until then; past it, ``failure`` is raised."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise failure("the request took too long")
        return left


class _Stream(httpcore2.NetworkStream):
    """A connection with one deadline for the request, where httpcore knows one per read only."""

    def __init__(self, inner: httpcore2.NetworkStream, clock: Clock) -> None:
        self._inner, self._clock = inner, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(min(max_bytes, CHUNK), self._clock.left(httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._clock.left(httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = self._clock.left(httpcore2.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class PinnedBackend(httpcore2.NetworkBackend):
    """Opens connections: look up once, check every answer, connect to one that was checked."""

    def __init__(self, policy: Policy, resolve: Resolver, clock: Clock) -> None:
        self._policy, self._resolve, self._clock = policy, resolve, clock
        self._tcp = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to ``host`` where the policy allows it."""
        failure: Exception = httpcore2.ConnectError("no address")
        for address in self._checked(host, port)[:3]:
            left = min(self._clock.left(httpcore2.ConnectTimeout), CONNECT_SECONDS)
            try:
                return _Stream(self._tcp.connect_tcp(str(address), port, left), self._clock)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None
    ) -> httpcore2.NetworkStream:
        """Never."""
        raise Forbidden("it is no network address")

    def _checked(self, host: str, port: int) -> list[Address]:
        if port not in self._policy.ports:
            raise Forbidden(f"port {port} is not one of the web")
        found = [ipaddress.ip_address(text) for text in _literal(host) or self._look_up(host)]
        if not found:
            raise NoSuchHost(host)
        for address in found:  # one bad answer spoils the name: nobody can say which one is meant
            if reason := self._policy.address(address):
                raise Forbidden(f"{address} is {reason}" if _literal(host) else f"{host} is {address}, {reason}")
        return found

    def _look_up(self, host: str) -> list[str]:
        try:
            return list(dict.fromkeys(self._resolve(host)))
        except UnicodeError:
            raise NoSuchHost(host) from None
        except socket.gaierror as error:
            if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
                raise NoSuchHost(host) from None
            raise httpcore2.ConnectError("the look-up of its name failed") from None
        except OSError:
            raise httpcore2.ConnectError("the look-up of its name failed") from None


def _literal(host: str) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        return []
