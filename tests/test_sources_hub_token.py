"""The token goes to its own Hub only, and so does every request."""

from __future__ import annotations

import logging

import httpx2
import pytest
from huggingface_hub import close_session

from hub_readings import INFO, JSON, failure, notes, read
from hub_server import GATED, PRIVATE, TOKEN, Fault, FaultProxy, point_at, redirect, say, status
from openness.sources import http
from openness.sources import hub as reader

pytestmark = pytest.mark.usefixtures("short")


def test_the_token_goes_to_the_endpoint(hub: FaultProxy, published: str, token: str) -> None:
    assert reader.token_state() == "set"
    read("acme/tiny")
    assert {seen.headers.get("authorization") for seen in hub.seen} == {token}


def test_without_a_token_none_is_sent(hub: FaultProxy, published: str) -> None:
    assert reader.token_state() == "none"
    read("acme/tiny")
    assert not any("authorization" in seen.headers for seen in hub.seen)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("path", ["/api/models/", "README", "model.safetensors"])
def test_no_redirect_leaves_the_hub(hub: FaultProxy, published: str, token: str, path: str, code: int) -> None:
    with FaultProxy() as elsewhere:
        elsewhere.play(".", say(b"{}"))
        hub.play(path, redirect(f"{elsewhere.url}/take?me=there", code))
        if path.startswith("/api"):
            error = failure("acme/tiny")
            assert error.code == "refused"
            assert "redirect to 127.0.0.1" in error.message
        else:
            snapshot = read("acme/tiny")
            assert len(snapshot.notes) == 1
            assert "a redirect to 127.0.0.1" in snapshot.notes[0].message
        assert elsewhere.seen == []


def test_a_redirect_within_the_hub_is_followed(hub: FaultProxy, published: str, token: str) -> None:
    """The Hub answers for a renamed repository with 307 and the new place."""
    hub.play(
        "^/api/models/acme/old-name/revision/main", redirect("/api/models/acme/tiny/revision/main?blobs=True", 307)
    )
    snapshot = read("acme/old-name")
    assert snapshot.repo == "acme/tiny"
    assert snapshot.header
    assert snapshot.notes == []
    assert {seen.headers.get("authorization") for seen in hub.seen} == {token}


@pytest.mark.parametrize(
    ("endpoint", "carries"),
    [
        ("https://huggingface.co", True),
        ("https://mirror.example", True),
        ("http://127.0.0.1:8080", True),
        ("http://127.8.9.1", True),
        ("http://[::1]:80", True),
        ("http://localhost:3000", True),
        ("http://huggingface.co", False),
        ("http://10.0.0.1", False),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("ftp://127.0.0.1.example", False),
    ],
)
def test_where_a_token_may_travel(endpoint: str, carries: bool) -> None:
    assert http.may_carry_token(httpx2.URL(endpoint)) is carries


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://hub.example/x", True),
        ("https://hub.example:443/x", True),
        ("https://HUB.example/x", True),
        ("https://cdn-lfs.huggingface.co/x", True),
        ("https://cas-bridge.xethub.hf.co/x", True),
        ("https://huggingface.co/x", True),
        ("http://hub.example/x", False),
        ("https://hub.example:444/x", False),
        ("https://evil.hub.example/x", False),
        ("http://huggingface.co/x", False),
        ("https://evilhf.co/x", False),
        ("https://hf.co.evil.example/x", False),
        ("https://hub.example@evil.example/x", False),
        ("https://169.254.169.254/latest", False),
        ("file:///etc/passwd", False),
    ],
)
def test_where_a_request_may_go(url: str, allowed: bool) -> None:
    assert http.allowed(httpx2.URL(url), httpx2.URL("https://hub.example")) is allowed


def test_through_a_proxy_of_the_environment(
    hub: FaultProxy, published: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The usual variable is heeded, and over plain http to a far host no token goes along."""
    point_at(monkeypatch, "http://hub.example")
    monkeypatch.setenv("http_proxy", hub.url)
    assert reader.token_state() == "set, but not sent over plain http"
    close_session()  # the variables are read when a client is made
    try:
        snapshot = read("acme/tiny")
    finally:
        close_session()
    assert snapshot.url == "http://hub.example/acme/tiny"
    assert snapshot.header
    assert {seen.headers["host"] for seen in hub.seen} == {"hub.example"}
    assert not any("authorization" in seen.headers for seen in hub.seen)


@pytest.mark.parametrize(
    ("fault", "code"), [(GATED, "gated"), (PRIVATE, "unauthorized"), (status(401), "unauthorized")]
)
def test_a_token_without_the_right_is_not_shown(
    hub: FaultProxy, published: str, token: str, fault: Fault, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    hub.play(INFO, fault)
    with caplog.at_level(logging.DEBUG):
        error = failure("acme/tiny")
    assert error.code == code
    assert TOKEN not in caplog.text


def test_a_server_that_echoes_the_token(hub: FaultProxy, published: str, token: str) -> None:
    """Whatever a server says of the token in its errors stays out of our sentences."""
    echo = say(f'{{"error": "bad token {TOKEN}"}}'.encode(), JSON, 500, X_Error_Message=f"no {TOKEN}")
    hub.play("README", echo)
    assert "answered 500" in notes(read("acme/tiny"))["card"]
    hub.play(INFO, echo)
    assert failure("acme/tiny").code == "server_error"


def test_two_readings_at_once_keep_their_own_bounds(hub: FaultProxy, published: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        snapshots = list(pool.map(lambda _: read("acme/tiny"), range(8)))
    assert {snapshot.requests for snapshot in snapshots} == {6}
    assert len({snapshot.bytes_read for snapshot in snapshots}) == 1


def test_other_code_of_the_process_is_left_alone(hub: FaultProxy, published: str) -> None:
    """Outside a reading, huggingface_hub's client has no bounds and follows redirects."""
    from huggingface_hub import get_session

    read("acme/tiny")
    with FaultProxy() as elsewhere:
        elsewhere.play(".", say(b"x" * 3_000_000))
        hub.play("^/far", redirect(elsewhere.url))
        assert len(get_session().get(f"{hub.url}/far").content) == 3_000_000


def test_offline_mode_of_huggingface_hub_is_heeded(
    hub: FaultProxy, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert failure("acme/tiny").code == "offline"
    assert hub.seen == []
