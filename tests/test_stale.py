"""`openness stale`: facts read long ago, and repositories that changed since they were read."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cli_runner import check, inside, model, run, write_registry
from hub_server import NOT_FOUND, FaultProxy, Olah, build_repository, status
from license_texts import ISC, MIT
from openness import settings, snapshots
from openness.registry.load import load_text
from openness.registry.stale import FactRead, facts_read, recorded_commits
from openness.schemas.dates import days_in
from openness.schemas.errors import OpennessError
from openness.schemas.snapshot import Card, Snapshot, SnapshotFile, TextFile
from openness.stale import Change, differences, hub_state, stale

TODAY = date(2025, 1, 1)
SHA = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40

REGISTRY = """\
- family: main
  sources:
    paper: {url: "https://example.org/paper", read: "2024-11-01"}
  report:
    - status: open
      evidence:
        - {source: paper, where: whole}

- id: model-a
  name: Model A
  family: main
  weights:
    - status: closed
      since: "2023"
      evidence:
        - {url: "https://example.org/old", read: "2023-06-01"}
    - status: open
      since: "2024"
      evidence:
        - {url: "https://example.org/a", read: "2024-01-01"}
        - {url: "https://example.org/b", read: "2024-02-01"}
        - {url: "https://example.org/c", read: "2023-12-01"}

- id: model-b
  name: Model B
  family: main
  weights:
    - status: closed
      evidence:
        - {url: "https://example.org/d", read: "2023-01-01", reviewed: {by: ann, date: "2024-12-31"}}
  assessments:
    - by: Somebody
      scale: stars
      value: five
      evidence:
        - {citation: "A talk"}
  claims:
    - says: open
      by: Acme
      evidence:
        - {url: "https://example.org/e", read: "2024-01-02"}
"""


@pytest.mark.parametrize(("text", "days"), [("180d", 180), ("2w", 14), ("6m", 180), ("1y", 365), ("0d", 0)])
def test_periods(text: str, days: int) -> None:
    assert days_in(text) == days


@pytest.mark.parametrize("text", ["", "d", "6", "-1d", "1.5y", "6 m", "6M", "٦d", "1000000d", "6d\n"])
def test_no_periods(text: str) -> None:
    with pytest.raises(ValueError, match="is no period"):
        days_in(text)


def test_a_fact_is_as_old_as_its_last_reading() -> None:
    entries = load_text(REGISTRY).entries.values()
    assert facts_read(entries) == [
        FactRead(date(2023, 6, 1), "model-a", 13, "weights.0", "https://example.org/old"),
        FactRead(date(2024, 1, 2), "model-b", 38, "claims.0", "https://example.org/e"),
        FactRead(date(2024, 2, 1), "model-a", 17, "weights.1", "https://example.org/b"),
        FactRead(date(2024, 11, 1), "main", 5, "report.0", "https://example.org/paper"),
        FactRead(date(2024, 12, 31), "model-b", 28, "weights.0", "https://example.org/d"),
    ]


def test_counts_per_entry_oldest_first() -> None:
    result = stale(180, registry=load_text(REGISTRY), today=TODAY)
    assert result.models == [("model-a", 2, 2, date(2023, 6, 1)), ("model-b", 2, 1, date(2024, 1, 2))]
    assert len(result.facts) == 3
    assert stale(0, registry=load_text(REGISTRY), today=TODAY).models[-1] == ("main", 1, 1, date(2024, 11, 1))
    assert stale(9999, registry=load_text(REGISTRY), today=TODAY).facts == []


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ([{"url": f"https://huggingface.co/acme/tiny/blob/{SHA}/README.md"}], [SHA]),
        ([{"url": f"https://hf.co/Acme/Tiny/tree/{SHA}"}], [SHA]),
        ([{"url": "https://huggingface.co/acme/tiny", "revision": SHA}], [SHA]),
        ([{"url": "https://huggingface.co/acme/tiny", "revision": "main"}], []),
        ([{"url": "https://huggingface.co/acme/tiny/blob/main/README.md"}], []),
        ([{"url": f"https://huggingface.co/acme/other/blob/{SHA}/README.md"}], []),
        ([{"url": f"https://huggingface.co/datasets/acme/tiny/blob/{SHA}/x"}], []),
        ([{"url": f"https://github.com/acme/tiny/blob/{SHA}/README.md"}], []),
        ([{"url": f"https://example.org/?https://huggingface.co/acme/tiny/blob/{SHA}/x"}], []),
        (
            [
                {"url": f"https://huggingface.co/acme/tiny/tree/{SHA}", "read": "2023-01-01"},
                {"url": f"https://huggingface.co/acme/tiny/tree/{OTHER}", "read": "2024-01-01"},
            ],
            [OTHER, SHA],
        ),
    ],
)
def test_the_commits_that_a_record_was_read_at(evidence: list[dict[str, Any]], expected: list[str]) -> None:
    cited = [{"read": "2024-06-30", **item} for item in evidence]
    block = model("tiny", weights=[{"status": "open", "evidence": cited}])
    assert recorded_commits(load_text(f"- {json.dumps(block)}\n").models["tiny"], "acme/tiny") == expected


def reading(revision: str = "old", **fields: Any) -> Snapshot:
    files = [SnapshotFile(path=file.path) for file in fields.get("texts", [])] + fields.pop("files", [])
    return Snapshot(
        origin="hub", repo="acme/tiny", url="https://x.org", revision=revision, read=TODAY, files=files, **fields
    )


def texts(**named: str) -> dict[str, Any]:
    return {"texts": [TextFile(path=name, text=text) for name, text in named.items()]}


def card(**metadata: Any) -> dict[str, Any]:
    return {"card": Card(metadata=metadata)}


def files(**sizes: int | None) -> dict[str, Any]:
    return {"files": [SnapshotFile(path=f"{name}.safetensors", size=size) for name, size in sizes.items()]}


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({}, {}, []),
        (texts(LICENSE=MIT), texts(LICENSE=MIT.replace("\n", "\r\n")), []),
        (
            texts(LICENSE=MIT),
            texts(LICENSE=ISC),
            [("license", "LICENSE changed: was MIT (open source), is ISC (open source)")],
        ),
        (
            texts(LICENSE=MIT),
            texts(LICENSE=MIT + "\nYou may not use the Software for commercial purposes.\n"),
            [("license", "LICENSE changed: was MIT (open source), is LicenseRef-modified-MIT (restricted)")],
        ),
        (
            texts(LICENSE="All rights reserved by Acme."),
            texts(LICENSE="All rights reserved by Bolt."),
            [("license", "LICENSE changed: still no known license (needs human), in other words")],
        ),
        ({}, texts(LICENSE=MIT), [("license", "LICENSE was added: MIT (open source)")]),
        (texts(LICENSE=MIT), {}, [("license", "LICENSE was removed, which was MIT (open source)")]),
        (card(license="mit"), card(license="mit"), []),
        (card(license="mit"), card(license="other"), [("card", "`license` was mit, is other")]),
        (card(license="mit"), card(), [("card", "`license` was mit, is not given")]),
        (card(license="mit"), {}, []),
        ({"gated": False}, {"gated": True}, [("access", "the repository is now gated")]),
        ({"gated": None}, {"gated": True}, []),
        (files(a=1), files(a=1, b=2), [("files", "weights added: b.safetensors")]),
        (files(a=1, b=2), files(b=2), [("files", "weights removed: a.safetensors")]),
        (files(a=1), files(a=2), [("files", "weights replaced: a.safetensors")]),
        (files(a=None), files(a=2), []),
        (
            {**texts(LICENSE=MIT), **card(license="mit"), "gated": True, **files(a=1)},
            {**texts(LICENSE=ISC), **card(license="isc"), "gated": False, **files(b=1)},
            [
                ("license", "LICENSE changed: was MIT (open source), is ISC (open source)"),
                ("card", "`license` was mit, is isc"),
                ("access", "the repository is no longer gated"),
                ("files", "weights added: b.safetensors"),
                ("files", "weights removed: a.safetensors"),
            ],
        ),
        (
            {},
            files(**{f"m{number}": 1 for number in range(8)}),
            [
                (
                    "files",
                    "weights added: m0.safetensors, m1.safetensors, m2.safetensors, m3.safetensors, m4.safetensors and "
                    "3 more",
                )
            ],
        ),
    ],
)
def test_what_changed(before: dict[str, Any], now: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    found = differences(reading(**before), reading("new", **now))
    assert [(change.part, change.message) for change in found] == expected


# ---------------------------------------------------------------- against a Hub

BEFORE = {"README.md": b"---\nlicense: mit\n---\n# Tiny\n", "LICENSE": MIT.encode(), "a.gguf": b"weights"}
AFTER = {"README.md": b"---\nlicense: isc\n---\n# Tiny\n", "LICENSE": ISC.encode(), "b.gguf": b"weights"}


def commit_again(folder: Path, contents: dict[str, bytes]) -> str:
    """Put a second commit on top of a repository."""
    stream = b"commit refs/heads/main\ncommitter Test <test@example.org> 1700000100 +0000\ndata 5\nagain\n"
    stream += b"from refs/heads/main^0\ndeleteall\n"
    for path, content in contents.items():
        stream += b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)
    subprocess.run(["git", "-C", folder, "fast-import", "--quiet"], input=stream, check=True, timeout=60)
    done = subprocess.run(["git", "-C", folder, "rev-parse", "main"], capture_output=True, check=True, timeout=60)
    return done.stdout.decode().strip()


@pytest.fixture(scope="module")
def commits(olah: Olah) -> tuple[str, str]:
    """The two commits of `stale/tiny`."""
    first = build_repository(olah.mirrors, "stale/tiny", BEFORE)
    return first, commit_again(olah.mirrors / "models" / "stale" / "tiny", AFTER)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENNESS_CACHE", str(tmp_path / "cache"))


def record(*shas: str, license: str = "MIT") -> dict[str, Any]:
    cited = [{"url": f"https://huggingface.co/stale/tiny/tree/{sha}", "read": "2024-06-30"} for sha in shas]
    cited = cited or [{"url": "https://huggingface.co/stale/tiny", "read": "2024-06-30"}]
    return model(
        "tiny",
        repositories=[{"host": "huggingface", "id": "stale/tiny"}, {"host": "github", "id": "stale/tiny-code"}],
        weights=[{"status": "open", "since": "2024", "license": license, "evidence": cited}],
    )


def asked(hub: FaultProxy, *shas: str, license: str = "MIT") -> Any:
    loaded = load_text(f"- {json.dumps(record(*shas, license=license))}\n")
    assert loaded.problems == []
    return hub_state(loaded.models["tiny"], "stale/tiny")


ALL_CHANGES = [
    Change("license", "LICENSE changed: was MIT (open source), is ISC (open source)"),
    Change("card", "`license` was mit, is isc"),
    Change("files", "weights added: b.gguf"),
    Change("files", "weights removed: a.gguf"),
]


def test_changed_since_the_recorded_commit(hub: FaultProxy, commits: tuple[str, str]) -> None:
    state = asked(hub, commits[0])
    assert (state.state, state.was, state.now, state.against) == ("changed", *commits, "record")
    assert state.changes == ALL_CHANGES
    assert not settings.snapshot_folder().exists(), "told again until somebody has read again"


def test_as_recorded(hub: FaultProxy, commits: tuple[str, str]) -> None:
    assert asked(hub, commits[1]).state == "unchanged"
    assert asked(hub, *commits).state == "unchanged", "one of its readings was of today's commit"


def test_a_first_reading_is_kept_and_compared_with(hub: FaultProxy, commits: tuple[str, str]) -> None:
    first = asked(hub)
    assert (first.state, first.now, first.changes) == ("first_reading", commits[1], [])
    again = asked(hub)
    assert (again.state, again.against) == ("unchanged", "kept reading")


def test_changed_since_the_kept_reading(hub: FaultProxy, commits: tuple[str, str]) -> None:
    from openness.sources.hub import read_repository

    snapshots.save(read_repository("stale/tiny", commits[0]), "stale/tiny", None)
    for _ in range(2):
        state = asked(hub)
        assert (state.state, state.was, state.now, state.against) == ("changed", *commits, "kept reading")
        assert state.changes == ALL_CHANGES


def test_a_recorded_commit_that_is_gone(hub: FaultProxy, commits: tuple[str, str]) -> None:
    hub.play(f"/{OTHER}", status(404, "RevisionNotFound", "Invalid rev id"))
    state = asked(hub, OTHER)
    assert (state.state, state.message) == ("changed", "the recorded commit cannot be read any more")
    said = "the record has the weights under MIT, LICENSE reads as ISC"
    assert state.changes == [Change("license", said)]
    assert asked(hub, OTHER, license="ISC").changes == []
    assert asked(hub, OTHER, license="ISC OR MIT").changes == []


def test_a_repository_that_cannot_be_read(hub: FaultProxy, commits: tuple[str, str]) -> None:
    hub.play("/api/models/", NOT_FOUND)
    state = asked(hub, commits[0])
    assert (state.state, state.was, state.now) == ("not_read", commits[0], None)
    assert "does not exist" in state.message


def test_what_changed_in_the_license_comes_first(
    hub: FaultProxy, commits: tuple[str, str], olah: Olah, tmp_path: Path
) -> None:
    first = build_repository(olah.mirrors, "stale/calm", BEFORE)
    commit_again(olah.mirrors / "models" / "stale" / "calm", {**BEFORE, "README.md": BEFORE["README.md"] + b"news"})
    calm = {
        **record(),
        "id": "calm",
        "name": "Calm",
        "repositories": [{"host": "huggingface", "id": "stale/calm"}],
        "weights": [
            {
                "status": "open",
                "evidence": [{"url": f"https://hf.co/stale/calm/tree/{first}", "read": "2024-06-30"}],
            }
        ],
    }
    path = write_registry(tmp_path / "two.yaml", calm, record(commits[0]))
    result = stale(0, hub=True, registry=load_text(path.read_text()))
    assert result.hub is not None
    assert [(state.model, state.state) for state in result.hub] == [("tiny", "changed"), ("calm", "changed")]
    assert result.hub[1].changes == []
    assert "other files changed" in result.hub[1].message


def test_without_a_network_nothing_is_said_of_the_hub(quiet_network: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub_server import free_port, point_at

    point_at(monkeypatch, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(OpennessError) as caught:
        stale(0, hub=True, registry=load_text(f"- {json.dumps(record())}\n"))
    assert caught.value.code == "network"


# ---------------------------------------------------------------- the command


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    path = tmp_path / "models.yaml"
    path.write_text(REGISTRY, "utf-8")
    return path


def test_command(registry: Path) -> None:
    done = run("stale", "--older-than", "1y", registry=registry)
    assert done.code == 0
    assert [line.split()[:4] for line in done.out.splitlines()] == [
        ["model", "facts", "oldest", "days"],
        ["model-a", "2", "of", "2"],
        ["model-b", "2", "of", "2"],
        ["main", "1", "of", "1"],
    ]
    every = inside("stale", "--older-than", "1y", "--all", registry=registry)
    assert len(every.out.splitlines()) == 6
    assert "weights.1  https://example.org/b" in every.out
    assert "5 facts of 3 entries were not read again for 365 days" in every.err
    none = inside("stale", "--older-than", "90000d", registry=registry)
    assert (none.code, none.out) == (0, "")


def test_command_as_json(registry: Path) -> None:
    answer = check("stale", inside("stale", "--json", registry=registry).json)
    assert answer["hub"] is None
    assert answer["older_than_days"] == 180
    assert [item["model"] for item in answer["models"]] == ["model-a", "model-b", "main"]
    assert answer["facts"][0] | {"days": 0} == {
        "model": "model-a",
        "field": "weights.0",
        "url": "https://example.org/old",
        "line": 13,
        "read": "2023-06-01",
        "days": 0,
    }


def test_command_with_the_hub(hub: FaultProxy, commits: tuple[str, str], tmp_path: Path) -> None:
    path = write_registry(tmp_path / "hub.yaml", record(commits[0]))
    done = inside("stale", "--hub", registry=path)
    assert done.code == 0
    assert f"tiny: stale/tiny: changed ({commits[0][:12]} → {commits[1][:12]})" in done.out
    assert done.out.index("  license: LICENSE changed") < done.out.index("  card: ") < done.out.index("  files: ")
    assert "1 of 1 repositories changed on the Hub" in done.err
    (state,) = check("stale", inside("stale", "--hub", "--json", registry=path).json)["hub"]
    assert (state["state"], len(state["changes"])) == ("changed", 4)


@pytest.mark.parametrize("period", ["soon", "-1d", ""])
def test_bad_questions(registry: Path, period: str) -> None:
    done = inside("stale", "--older-than", period, registry=registry)
    assert (done.code, done.out) == (2, "")
    assert "is no period" in done.err


def test_a_registry_with_problems_is_an_error(tmp_path: Path) -> None:
    path = write_registry(tmp_path / "bad.yaml", {"id": "x"})
    done = inside("stale", registry=path)
    assert (done.code, done.out) == (2, "")
    assert os.environ["OPENNESS_CACHE"] not in done.err
