"""Visiting addresses: what comes of it, where nobody is led, and how often is asked."""

from __future__ import annotations

import ipaddress
import itertools
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from link_server import (
    ADDRESS,
    Answer,
    Web,
    endless,
    endless_headers,
    get_only,
    hang_up,
    never,
    redirect,
    slow_headers,
    status,
)
from openness.sources import links
from openness.sources.addresses import Policy, not_public
from openness.sources.links import Gates, Visit, Visitor


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setattr(links, "BACK_OFF", 0.01)
    monkeypatch.setattr(links, "SECONDS", 0.4)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with Web() as server:
        yield server


PUBLIC = ["8.8.8.8", "1.1.1.1", "140.82.121.3", "192.0.1.1", "2606:4700:4700::1111", "2a01:4f8::1"]
NOT_PUBLIC = [
    *("127.0.0.1", "127.255.0.1", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.0.9", "192.0.2.1", "192.88.99.1"),
    *("198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1"),
    *("fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12::1", "ff02::1", "ff0e::1", "2001::1", "2001:db8::1"),
    *("2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "4000::1"),
]


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses(text: str) -> None:
    assert not_public(ipaddress.ip_address(text)) is None


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_addresses_that_nobody_is_led_to(text: str) -> None:
    assert not_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([status(200)], Visit("ok", "", 200)),
        ([status(204)], Visit("ok", "", 204)),
        ([get_only(405)], Visit("ok", "", 200)),
        ([get_only(403)], Visit("ok", "", 200)),
        ([get_only(501)], Visit("ok", "", 200)),
        ([get_only(404)], Visit("ok", "", 200)),
        ([get_only(503)], Visit("ok", "", 200)),
        ([endless], Visit("ok", "", 200)),
        ([status(404)], Visit("dead", "answers 404", 404)),
        ([status(410)], Visit("dead", "answers 410", 410)),
        ([status(401)], Visit("unreachable", "answers 401", 401)),
        ([status(403)], Visit("unreachable", "answers 403", 403)),
        ([status(304)], Visit("unreachable", "answers 304", 304)),
        ([status(302)], Visit("unreachable", "answers 302", 302)),
        ([status(500)], Visit("unreachable", "answers 500", 500)),
        ([status(429)], Visit("unreachable", "answers 429", 429)),
        ([status(429, Retry_After="0"), status(200)], Visit("ok", "", 200)),
        ([status(503), status(502), status(200)], Visit("ok", "", 200)),
        ([hang_up, status(200)], Visit("ok", "", 200)),
        ([hang_up], Visit("unreachable", "no connection (RemoteProtocolError)")),
        ([never], Visit("unreachable", "did not answer in time")),
        ([slow_headers], Visit("unreachable", "did not answer in time")),
        ([endless_headers], Visit("unreachable", "no connection (RemoteProtocolError)")),
    ],
)
def test_what_comes_of_an_answer(web: Web, answers: list[Answer], expected: Visit) -> None:
    began = time.monotonic()
    assert web.visitor().visit(web.page("/x", *answers)) == expected
    assert time.monotonic() - began < 10
    for asked in web.asked:
        assert asked.host == f"site.test:{web.port}"
        assert asked.headers["user-agent"] == "openness-linkcheck/test"
        assert not {"cookie", "authorization", "referer"} & set(asked.headers)


def test_a_page_that_is_there_costs_one_head(web: Web) -> None:
    web.visitor().visit(web.page("/x", status(200, b"x" * 100_000)))
    assert web.paths() == [("HEAD", "/x")]
    assert web.looked_up == ["site.test"]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([redirect("/b", 301)], ("moved", "/b")),
        ([redirect("/b", 308)], ("moved", "/b")),
        ([redirect("/b", 302)], ("ok", None)),
        ([redirect("/b", 303)], ("ok", None)),
        ([redirect("/b", 307)], ("ok", None)),
        ([redirect("/gone", 301)], ("dead", "/gone")),
        ([redirect("/gone", 302)], ("dead", None)),
        ([redirect("/a", 301)], ("unreachable", None)),
        ([redirect("/twice", 301)], ("moved", "/b")),
        ([redirect("/later", 301)], ("moved", "/later")),
    ],
)
def test_redirects(web: Web, answers: list[Answer], expected: tuple[str, str | None]) -> None:
    web.page("/b", status(200))
    web.page("/twice", redirect("/b", 301))
    web.page("/later", redirect("/b", 302))
    visit = web.visitor().visit(web.page("/a", *answers))
    assert (visit.outcome, visit.moved_to) == (expected[0], web.url(expected[1]) if expected[1] else None)
    assert not any("cookie" in asked.headers for asked in web.asked)


def test_four_redirects_are_followed_and_no_more(web: Web) -> None:
    for number in range(6):
        web.page(f"/{number}", redirect(f"/{number + 1}"))
    web.page("/6", status(200))
    assert web.visitor().visit(web.url("/2")).outcome == "ok"
    visit = web.visitor().visit(web.url("/0"))
    assert (visit.outcome, visit.reason) == ("unreachable", "redirects more than 4 times")
    assert [path for _, path in web.paths()][-5:] == ["/0", "/1", "/2", "/3", "/4"]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://127.0.0.1:{port}/secret", "127.0.0.1 is a loopback address"),
        ("http://127.1:{port}/secret", "127.1 is 127.0.0.1, a loopback address"),
        ("http://2130706433:{port}/secret", "2130706433 is 127.0.0.1, a loopback address"),
        ("http://[::1]:{port}/secret", "::1 is a loopback address"),
        ("http://[::ffff:127.0.0.2]:{port}/secret", "::ffff:7f00:2 is an IPv4 address inside an IPv6 one"),
        ("http://169.254.169.254/latest/meta-data", "169.254.169.254 is a link-local address"),
        ("http://10.0.0.1/", "10.0.0.1 is a private or reserved address"),
        ("http://inside.corp/", "inside.corp is 192.168.0.9, a private or reserved address"),
        ("http://mixed.corp/", "mixed.corp is 192.168.0.9, a private or reserved address"),
        ("http://localhost:{port}/secret", "localhost is ::1, a loopback address"),
        ("http://site.test:22/", "port 22 is not one of the web"),
        ("http://me:secret@site.test:{port}/x", "it holds a user name or password"),
        ("ftp://site.test/x", "only http and https addresses are visited"),
        ("file:///etc/passwd", "only http and https addresses are visited"),
    ],
)
@pytest.mark.parametrize("redirected", [False, True])
def test_refused(web: Web, target: str, reason: str, redirected: bool) -> None:
    web.names |= {
        "inside.corp": [["192.168.0.9"]],
        "mixed.corp": [["8.8.8.8", "192.168.0.9"]],
        "localhost": [["::1", "127.0.0.1"]],
        "127.1": [["127.0.0.1"]],  # what getaddrinfo makes of it
        "2130706433": [["127.0.0.1"]],
    }
    target = target.format(port=web.port)
    url = web.page("/a", redirect(target, 301)) if redirected else target
    visit = web.visitor().visit(url)
    assert visit.outcome == "refused"
    assert visit.reason.endswith(reason)
    assert ("redirects to" in visit.reason) is redirected
    assert [path for _, path in web.paths()] == (["/a"] if redirected else [])


def test_numbers_for_a_host_are_what_the_system_makes_of_them() -> None:
    for host in ("2130706433", "0x7f.1", "localhost"):
        visit = Visitor(gates=Gates(0)).visit(f"http://{host}/")
        assert visit.outcome in ("refused", "dead"), visit  # dead where the system does not know such forms
        assert visit.status is None


def test_the_default_policy_refuses_a_local_server(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no variable of the usual ones changes that."""
    web.page("/x", status(200))
    for name in ("OPENNESS_ALLOW_PRIVATE", "OPENNESS_DEBUG", "NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")
    visit = Visitor(Policy(ports=frozenset({web.port})), gates=Gates(0)).visit(f"http://{ADDRESS}:{web.port}/x")
    assert (visit.outcome, visit.reason) == ("refused", f"{ADDRESS} is a loopback address")
    assert web.asked == []


def test_the_connection_goes_to_the_address_that_was_checked(web: Web) -> None:
    """A name that answers otherwise the second time: there is no second time."""
    web.names["rebind.test"] = [[ADDRESS], ["127.0.0.1"]]
    web.page("/x", get_only(405))
    with Web("127.0.0.1") as secret:
        visitor = web.visitor()
        assert visitor.visit(web.url("/x", "rebind.test")).outcome == "ok"
        assert web.looked_up == ["rebind.test"]
        visit = visitor.visit(web.url("/x", "rebind.test"))
        assert visit == Visit("refused", "rebind.test is 127.0.0.1, a loopback address")
        assert secret.asked == []
    assert [asked.host for asked in web.asked] == [f"rebind.test:{web.port}"] * 2


def test_an_address_that_does_not_answer_is_no_reason_to_give_up(web: Web) -> None:
    """Of two that were checked the second one is tried."""
    web.names["two.test"] = [["127.0.0.3", ADDRESS]]
    policy = Policy(lambda _: None, frozenset({web.port}))
    web.page("/x", status(200))
    assert Visitor(policy, web.resolve, Gates(0)).visit(web.url("/x", "two.test")).outcome == "ok"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (socket.gaierror(socket.EAI_NONAME, "no"), Visit("dead", "there is no host gone.org")),
        (UnicodeError("label too long"), Visit("dead", "there is no host gone.org")),
        (socket.gaierror(socket.EAI_AGAIN, "no"), Visit("unreachable", "the look-up of its name failed")),
        (OSError("odd"), Visit("unreachable", "the look-up of its name failed")),
        (None, Visit("dead", "there is no host gone.org")),
    ],
)
def test_look_ups_that_fail(web: Web, error: Exception | None, expected: Visit) -> None:
    def resolve(host: str) -> list[str]:
        if error:
            raise error
        return []

    assert Visitor(resolve=resolve, gates=Gates(0)).visit("http://gone.org/x") == expected


def test_a_name_that_does_not_exist_is_looked_up_once(web: Web) -> None:
    visitor = web.visitor()
    assert {visitor.visit(f"http://gone.org/{page}").outcome for page in range(5)} == {"dead"}
    assert web.looked_up == ["gone.org"]


def test_proxies_of_the_environment_are_not_used(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    with Web("127.0.0.1") as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert web.visitor().visit(web.page("/x", status(200))).outcome == "ok"
        assert proxy.asked == []


@pytest.mark.parametrize(
    "text", ["http:///x", "http://", "//site.test/x", "http://①②⑦.⓪.⓪.①/", "x" * 5000, "http://[::1/"]
)
def test_no_addresses(web: Web, text: str) -> None:
    assert web.visitor().visit(text).outcome == "refused"


def test_a_server_without_tls(web: Web) -> None:
    visit = web.visitor().visit(f"https://site.test:{web.port}/x")
    assert visit == Visit("unreachable", "its certificate or TLS cannot be used")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A key and a certificate for docs.example.org that nobody but a test believes."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for_whom = ["-subj", "/CN=test", "-addext", "subjectAltName=DNS:docs.example.org", "-days", "2"]
    subprocess.run([*made, *for_whom, "-keyout", key, "-out", cert], check=True, capture_output=True, timeout=30)
    return key, cert


def test_tls_holds_the_certificate_against_the_name_though_it_connects_to_the_address(
    web: Web, certificate: tuple[Path, Path]
) -> None:
    key, cert = certificate
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    asked: list[str] = []
    server.sni_callback = lambda _socket, name, _context: asked.append(name)
    web.listen_with(server)
    web.page("/x", status(200))
    trusting = ssl.create_default_context(cafile=str(cert))
    policy, resolve = web.policy(), lambda _: [ADDRESS]
    url = f"https://docs.example.org:{web.port}/x"
    assert Visitor(policy, resolve, Gates(0), tls=trusting).visit(url) == Visit("ok", "", 200)
    assert asked == ["docs.example.org"]
    assert [seen.host for seen in web.asked] == [f"docs.example.org:{web.port}"]
    unusable = Visit("unreachable", "its certificate or TLS cannot be used")
    assert Visitor(policy, resolve, Gates(0)).visit(url) == unusable
    other = url.replace("docs", "other")
    assert Visitor(policy, resolve, Gates(0), tls=trusting).visit(other) == unusable
    assert len(web.asked) == 1


def test_retry_after_is_waited_for(web: Web) -> None:
    began = time.monotonic()
    assert web.visitor().visit(web.page("/x", status(429, Retry_After="1"), status(200))).outcome == "ok"
    assert 1 <= time.monotonic() - began < 10


IN_TWO_HOURS = formatdate(time.time() + 7200, usegmt=True)


# Named, so that all workers collect the same test.
@pytest.mark.parametrize("said", ["3600", "999999999", pytest.param(IN_TWO_HOURS, id="in two hours")])
def test_a_host_that_wants_a_long_pause_is_left_alone(web: Web, said: str) -> None:
    visitor = web.visitor()
    web.page("/y", status(200))
    began = time.monotonic()
    assert visitor.visit(web.page("/x", status(429, Retry_After=said))).outcome == "unreachable"
    left = visitor.visit(web.url("/y"))
    assert (left.outcome, left.asked) == ("unreachable", False)
    assert "asks to come back in" in left.reason
    assert visitor.visit(web.url("/y", "other.test")).outcome == "ok"
    assert time.monotonic() - began < 10
    assert [path for _, path in web.paths()] == ["/x", "/y"]


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("5", 5, 5),
        ("0", 0, 0),
        ("Mon, 01 Jan 2018 00:00:00", 0, 0),
    ],
)
def test_reading_retry_after(said: str, least: float, most: float) -> None:
    found = links._retry_after(said)
    assert found is not None
    assert least <= found <= most


def test_reading_a_date_to_come_back_at() -> None:
    found = links._retry_after(formatdate(time.time() + 1000, usegmt=True))
    assert found is not None
    assert 990 <= found <= 1000


@pytest.mark.parametrize("said", ["", "soon", "-5", "1.5", "٥", "9" * 5000, "Mon, 99 Foo 2018"])
def test_a_retry_after_that_says_nothing(said: str) -> None:
    assert links._retry_after(said) is None


def test_a_host_that_keeps_failing_is_left_alone(web: Web) -> None:
    visitor = web.visitor()
    for number in range(5):
        visit = visitor.visit(web.page(f"/{number}", status(500)))
    assert (visit.outcome, visit.asked) == ("unreachable", False)
    assert len(web.asked) == links.PATIENCE


def test_a_host_is_asked_one_thing_at_a_time_with_a_pause(web: Web) -> None:
    visitor = web.visitor(pause=0.1)
    urls = [web.page(f"/{number}", status(200)) for number in range(4)]
    urls.append(web.page("/over", redirect(web.url("/0"))))
    threads = [threading.Thread(target=visitor.visit, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked = sorted(web.asked, key=lambda item: item.began)
    assert len(asked) == 6
    for first, second in itertools.pairwise(asked):
        assert second.began - first.began >= 0.09
