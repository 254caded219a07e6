"""The LICENSE of the code repository: which one is read, what it costs, what is said when it is not."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cli_runner import model, state, write_registry
from hub_server import TOKEN, Fault, FaultProxy, endless, hang_up, never, redirect, say, status
from license_texts import ISC, MIT
from openness.api import Options, grade_json
from openness.schemas.snapshot import Card, CardLink, Snapshot
from openness.sources import code_host
from openness.sources.code_host import linked_repository, read_code_license


@pytest.fixture
def host(quiet_network: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """A code host that has nothing but what a test makes it say."""
    monkeypatch.setattr(code_host, "SECONDS", 3.0)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with FaultProxy() as server:
        yield server


def snapshot(*links: str, repo: str = "acme-ai/tiny") -> Snapshot:
    card = Card(links=[CardLink(url=url) for url in links])
    return Snapshot(origin="hub", repo=repo, url=f"https://huggingface.co/{repo}", read=date(2026, 1, 2), card=card)


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        (["https://github.com/acme-ai/tiny"], "acme-ai/tiny"),
        (["https://github.com/Acme-AI/Tiny.git"], "Acme-AI/Tiny"),
        (["https://www.github.com/acmeai/tiny/blob/main/README.md#x"], "acmeai/tiny"),
        (["https://github.com/vllm-project/vllm", "https://github.com/acme/tiny?tab=readme"], "acme/tiny"),
        (["https://github.com/someone/else"], None),
        (["https://gitlab.com/acme-ai/tiny", "https://github.com.evil.org/acme-ai/tiny"], None),
        (["https://github.com/acme-ai/.."], None),
        (["https://github.com/acme-ai"], None),
        ([], None),
    ],
)
def test_only_a_repository_of_the_makers_is_asked(links: list[str], expected: str | None) -> None:
    assert linked_repository(snapshot(*links)) == expected


def test_the_first_license_file_there_is_read_without_a_token(host: FaultProxy) -> None:
    host.play(r"/acme/tiny/HEAD/LICENSE\.md$", say(b"MIT License"))
    file, url, unread = read_code_license("acme/tiny", host.url)
    assert file is not None
    assert (file.path, file.text, unread) == ("LICENSE.md", "MIT License", None)
    assert url == f"{host.url}/acme/tiny/HEAD/LICENSE.md"
    assert host.paths() == [f"/acme/tiny/HEAD/{name}" for name in ("LICENSE", "LICENSE.txt", "LICENSE.md")]
    assert not any("authorization" in {key.lower() for key in seen.headers} for seen in host.seen)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (status(404), "none of LICENSE"),
        (status(500), "the server answered 500"),
        (status(429), "the server answered 429"),
        (redirect("http://127.0.0.1:1/elsewhere"), "the server answered 30"),
        (endless(), "longer than|bytes to read"),
        (never, "did not answer in time|took too long"),
        (hang_up, "no connection"),
    ],
)
def test_what_goes_wrong_is_a_note(host: FaultProxy, fault: Fault, said: str) -> None:
    host.play("/HEAD/", fault)
    file, _, unread = read_code_license("acme/tiny", host.url)
    assert file is None
    assert unread is not None
    assert re.search(said, unread.message), unread.message
    assert "github.com/acme/tiny" in unread.message
    assert TOKEN not in unread.message


@pytest.fixture
def github(host: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> FaultProxy:
    """The code host of :func:`host`, in GitHub's place."""
    monkeypatch.setattr(code_host, "read_code_license", functools.partial(read_code_license, host=host.url))
    return host


def published(folder: Path, text: str) -> Path:
    folder = folder / "acme-ai" / "tiny"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n[code](https://github.com/acme-ai/tiny)\n", "utf-8")
    (folder / "LICENSE").write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (MIT, []),
        (ISC, ["code_license_differs"]),
        (MIT + "\nYou may not use the Software for commercial purposes.\n", ["license_modified"]),
        ("All rights reserved. Ask us.\n", ["license_unnamed"]),
    ],
)
def test_deep_holds_the_card_against_the_code(
    github: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, codes: list[str]
) -> None:
    github.play("/HEAD/LICENSE$", say(text.encode()))
    monkeypatch.setattr("openness.sources.code_host.same_owner", lambda url, repo: True)  # a folder has no owner
    folder = published(tmp_path, MIT)
    found = grade_json(str(folder), Options(deep=True))
    about_code = [warning for warning in found["warnings"] if "github.com/acme-ai/tiny" in warning["message"]]
    assert [warning["code"] for warning in about_code] == codes
    assert all(item["url"].startswith(github.url) for warning in about_code for item in warning["evidence"])
    github.seen.clear()
    assert not [w for w in grade_json(str(folder), Options())["warnings"] if "github.com" in w["message"]]
    assert github.seen == []


def test_deep_holds_a_reviewed_record_against_the_code(
    github: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = {
        **model("acme-tiny"),
        "repositories": [{"host": "github", "id": "acme/tiny"}],
        "weights": [state("open")],
        "training_code": [{**state("open"), "license": "MIT"}],
    }
    monkeypatch.setenv("OPENNESS_REGISTRY", str(write_registry(tmp_path / "models.yaml", entry)))
    github.play("/HEAD/LICENSE$", say(ISC.encode()), times=1)
    messages = {w["code"]: w["message"] for w in grade_json("acme-tiny", Options(deep=True))["warnings"]}
    assert messages["code_license_differs"] == (
        "the registry has the training code under MIT, LICENSE of github.com/acme/tiny is ISC"
    )
    messages = {w["code"]: w["message"] for w in grade_json("acme-tiny", Options(deep=True))["warnings"]}
    assert "the registry's facts stand" in messages["code_not_read"]


def test_a_card_without_a_repository_of_its_makers_says_so(github: FaultProxy, tmp_path: Path) -> None:
    folder = published(tmp_path, MIT)
    messages = {w["code"]: w["message"] for w in grade_json(str(folder), Options(deep=True))["warnings"]}
    assert "links to no GitHub repository" in messages["code_not_read"]
    assert github.seen == []
