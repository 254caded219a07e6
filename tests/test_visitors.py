"""Grading for strangers: only the Hub, only what it shows everybody, only a few at a time."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import yaml

from cli_runner import check, model, state, write_registry
from hub_server import TOKEN, FaultProxy, Olah, endless, hang_up, late, rate_limited, say, status
from license_texts import MIT
from openness import settings, visitors
from openness.registry.load import load_text
from openness.schemas.errors import OpennessError
from openness.visitors import AT_ONCE, Reading, repository, start

CARD = b"---\nlicense: mit\n---\n# <script>alert(1)</script>\n"
TENSORS = b"\x02\0\0\0\0\0\0\0{}"


@pytest.fixture(autouse=True)
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    known = model(
        "acme-known", repositories=[{"host": "huggingface", "id": "acme/known"}], weights=[state("open", license="MIT")]
    )
    path = write_registry(tmp_path / "models.yaml", known)
    monkeypatch.setenv("OPENNESS_REGISTRY", str(path))
    return path


@pytest.fixture
def visited(olah: Olah, hub: FaultProxy) -> FaultProxy:
    for name in ("visited", "known"):
        if not (olah.mirrors / "models" / "acme" / name).exists():
            olah.add(f"acme/{name}", {"README.md": CARD, "LICENSE": MIT.encode(), "model.safetensors": TENSORS})
    return hub


def ended(reading: Reading) -> Reading:
    assert reading.ended.wait(30)
    return reading


@pytest.mark.parametrize(
    ("text", "name", "revision"),
    [
        ("acme/model", "acme/model", None),
        ("  acme/model ", "acme/model", None),
        ("acme/model@v1.0", "acme/model", "v1.0"),
        ("https://huggingface.co/acme/model", "acme/model", None),
        ("https://huggingface.co/acme/model/tree/refs", "acme/model", "refs"),
        ("hf.co/acme/model", "acme/model", None),
        (
            "https://user:secret@huggingface.co:22/acme/model?x#y",
            "acme/model",
            None,
        ),  # nothing of it but the name is used
    ],
)
def test_a_repository_of_the_hub_may_be_named(text: str, name: str, revision: str | None) -> None:
    target = repository(text)
    assert (target.name, target.revision, target.folder) == (name, revision, None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("./model", "local"),
        ("../../etc", "local"),
        ("/etc/passwd", "local"),
        ("~root/model", "local"),
        ("~", "local"),
        ("\\\\server\\share", "local"),
        ("file:///etc/passwd", "local"),
        ("FILE:/etc/passwd", "local"),
        ("http://169.254.169.254/latest/meta-data", "other_host"),
        ("http://localhost:8501/acme/model", "other_host"),
        ("https://huggingface.co.example.org/acme/model", "other_host"),
        ("https://example.org/huggingface.co/model", "other_host"),
        ("ftp://example.org/acme/model", "other_host"),
        ("https://github.com/acme/model", "other_host"),
        ("github.com/acme/model", "bad_target"),
        ("https://huggingface.co/datasets/acme/data", "bad_target"),
        ("https://huggingface.co/acme/..%2f..%2fetc", "bad_target"),
        ("https://[", "bad_target"),
        ("acme-known", "bad_target"),
        ("acme/model@../../api", "bad_target"),
        ("acme/model@a b", "bad_target"),
        ("acme/model\x00", "bad_target"),
        ("a/b/c", "bad_target"),
        ("acme/" + "x" * 400, "bad_target"),
    ],
)
def test_anything_else_is_refused_unread(text: str, code: str, hub: FaultProxy) -> None:
    with pytest.raises(OpennessError) as refused:
        repository(text)
    assert refused.value.code == code
    assert "\n" not in refused.value.message
    assert hub.seen == []


def test_a_grade_its_steps_and_a_draft(visited: FaultProxy, tmp_path: Path) -> None:
    answer = (reading := ended(start(repository("acme/visited"), "me"))).answer
    assert answer
    assert reading.error is None
    assert reading.known is None
    grade = check("grade", answer.grade)
    assert (grade["source"], grade["level"], grade["licenses"]["weights"]["expression"]) == ("hub", 1, "MIT")
    assert "found_automatically" in {warning["code"] for warning in grade["warnings"]}
    kinds = [what for what, _ in reading.steps]
    assert (kinds[:2], kinds[-1]) == (["asked", "listed"], "graded")
    assert {of for what, of in reading.steps if what == "read"} == {"README.md", "LICENSE", "model.safetensors"}
    (entry,) = yaml.safe_load(answer.draft)
    assert (entry["id"], entry["weights"][0]["license"]) == ("visited", "MIT")
    assert entry["repositories"] == [{"host": "huggingface", "id": "acme/visited"}]
    # The draft is an entry as it stands, but for the address of this test's own Hub.
    public = answer.draft.replace(visited.url, "https://huggingface.co")
    assert [str(problem) for problem in load_text(public, {"MIT"}).problems] == []


def test_what_the_registry_knows_is_found(visited: FaultProxy) -> None:
    reading = ended(start(repository("Acme/Known@main"), "me"))
    assert reading.known == "acme-known"
    assert visitors.known_as("acme-known") == "acme-known"
    assert visitors.known_as("acme/other") is None


def test_the_servers_token_is_not_for_visitors(visited: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    from openness.sources.hub import read_repository

    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert ended(start(repository("acme/visited"), "me")).answer
    assert len(visited.seen) >= 4
    assert not [seen for seen in visited.seen if "authorization" in seen.headers]
    read_repository("acme/visited")  # the server's own readings still carry it
    assert [seen for seen in visited.seen if TOKEN in seen.headers.get("authorization", "")]
    missing = ended(start(repository("acme/private"), "me"))
    assert missing.error
    assert "token" not in missing.error.message


def test_nothing_is_kept(visited: FaultProxy) -> None:
    before = sorted(settings.cache_folder().rglob("*.json"))
    assert ended(start(repository("acme/visited"), "me")).answer
    assert sorted(settings.cache_folder().rglob("*.json")) == before


def test_one_at_a_time_for_each_and_few_for_all(visited: FaultProxy) -> None:
    gate = threading.Event()

    def wait(exchange: object) -> None:
        gate.wait(20)
        visited.forward(exchange)  # type: ignore[arg-type]

    visited.play("/api/models/acme/visited", wait)
    readings = [start(repository("acme/visited"), "visitor 0")]
    with pytest.raises(OpennessError, match="already"):
        start(repository("acme/known"), "visitor 0")
    readings += [start(repository("acme/visited"), f"visitor {number}") for number in range(1, AT_ONCE)]
    with pytest.raises(OpennessError, match="busy"):
        start(repository("acme/visited"), "one too many")
    assert not any(reading.done for reading in readings)
    gate.set()
    assert all(ended(reading).answer for reading in readings)
    assert ended(start(repository("acme/visited"), "one too many")).answer


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (status(404), "not_found"),
        (status(401), "unauthorized"),
        (status(403, "GatedRepo"), "gated"),
        (rate_limited(999), "rate_limited"),
        (status(500), "server_error"),
        (hang_up, "network"),
        (endless(), "refused"),
        (say(b"[]", "application/json"), "bad_answer"),
        (say(b"<html>", "text/html"), "bad_answer"),
    ],
)
def test_a_failure_frees_the_place(visited: FaultProxy, fault: object, code: str) -> None:
    visited.play("/api/models/", fault)  # type: ignore[arg-type]
    for _ in range(2):
        reading = ended(start(repository("acme/visited"), "me"))
        assert reading.answer is None
        assert reading.error
        assert reading.error.code == code


def test_nobody_waits_forever(visited: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors, "SECONDS", 0.3)
    visited.play("/api/models/", late(8))
    began = time.monotonic()
    reading = start(repository("acme/visited"), "me")
    while not reading.done:
        time.sleep(0.02)
    assert time.monotonic() - began < 6
    assert reading.answer is None
    with pytest.raises(OpennessError, match="already"):  # its place is free only when the thread has ended
        start(repository("acme/visited"), "me")
    visited.rules.clear()
    ended(reading)


def test_a_file_that_never_comes_is_a_step_of_its_own(visited: FaultProxy) -> None:
    visited.play("/LICENSE", status(500))
    reading = ended(start(repository("acme/visited"), "me"))
    assert ("unread", "LICENSE") in reading.steps
    assert reading.answer
    assert "license_not_read" in {warning["code"] for warning in reading.answer.grade["warnings"]}
