"""The front door of the validator: a Hub repository read by range, downloads, and evidence in the registry."""

from __future__ import annotations

import json
import os
import pickle
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import torch

from cli_runner import model, state, write_registry
from hub_server import TOKEN, FaultProxy, Olah, cut, hang_up, late, redirect, say, status
from openness import settings
from openness.attach import attach
from openness.registry.load import load_file
from openness.schemas.errors import OpennessError
from openness.schemas.record import Validated
from openness.schemas.snapshot import SnapshotFile
from openness.schemas.validation import Validation
from openness.sources import download as downloads
from openness.sources.download import is_wanted
from openness.validate import Options, folder_for, validate
from weights import LFS, Evil, files_of, minilm, smollm, tiny_llama

STATIC = Options(static=True)
HASHED = Options(static=True, hash=True)


@pytest.fixture(autouse=True)
def _small_registry(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real one takes seconds to index."""
    path = tmp_path_factory.mktemp("registry") / "models.yaml"
    monkeypatch.setenv("OPENNESS_REGISTRY", str(write_registry(path, model("acme-none"))))


def publish(olah: Olah, name: str, tmp_path: Path, **more: bytes) -> str:
    """A repository with the tiny Llama; its commit."""
    files = files_of(tiny_llama(tmp_path / name)) | {key.replace("__", "."): data for key, data in more.items()}
    return olah.add(f"acme/{name}", files, lfs=LFS)


def outcomes(report: Validation) -> dict[str, str]:
    return {check.name: str(check.outcome) for check in report.checks}


def names(report: Validation, outcome: str) -> set[str]:
    return {name for name, found in outcomes(report).items() if found == outcome}


# ---------------------------------------------------------------- reading a Hub


def test_a_repository_is_validated_by_its_headers(hub: FaultProxy, olah: Olah, tmp_path: Path) -> None:
    commit = publish(olah, "by-range", tmp_path)
    report = validate("acme/by-range", STATIC)
    assert (report.verdict, report.revision, report.source) == ("valid", commit, "hub")
    assert names(report, "pass") == outcomes(report).keys() - {"hashes-match"}
    assert {file.path for file in report.files if file.sha256 and not file.hashed} == set(LFS)
    # Everything after the list is read at the commit that it gave.
    assert all(commit in path for path in hub.paths()[1:])


def test_real_weights_on_a_hub_cost_only_their_headers(hub: FaultProxy, olah: Olah) -> None:
    files: dict[str, bytes | Path] = {
        name: (minilm() / name).read_bytes() for name in ("config.json", "tokenizer.json")
    }
    olah.add("acme/minilm", {**files, "model.safetensors": minilm() / "model.safetensors"})
    assert validate("acme/minilm", STATIC).verdict == "valid"
    assert sum(seen.sent for seen in hub.seen) < 1_000_000
    hub.seen.clear()
    olah.add("acme/smollm", {"m.gguf": smollm()})
    assert validate("acme/smollm", STATIC).verdict == "valid"
    assert sum(seen.sent for seen in hub.seen) < 3_000_000


def test_a_pickle_on_a_hub_is_scanned_by_range(hub: FaultProxy, olah: Olah, tmp_path: Path) -> None:
    mark = tmp_path / "owned"
    publish(olah, "evil", tmp_path, training_args__bin=pickle.dumps(Evil(mark), 2))
    report = validate("acme/evil", STATIC)
    assert (report.verdict, names(report, "fail")) == ("invalid", {"pickles-harmless"})
    assert not mark.exists()


def test_a_missing_shard_on_a_hub_is_named(hub: FaultProxy, olah: Olah, tmp_path: Path) -> None:
    files = files_of(tiny_llama(tmp_path / "m"))
    files.pop(LFS[1])
    olah.add("acme/no-shard", files, lfs=LFS)
    assert names(validate("acme/no-shard", STATIC), "fail") == {"shards-complete"}
    publish(olah, "gone", tmp_path)
    hub.play(rf"/resolve/.*/{LFS[0]}", status(404, "EntryNotFound", "Entry not found"))
    report = validate("acme/gone", STATIC)
    assert names(report, "fail") == {"files-whole"}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (status(403, "GatedRepo", "no"), "gated"),
        (status(500), "network"),
        (hang_up, "network"),
        (redirect("http://127.0.0.1:1/elsewhere"), "network"),
    ],
)
def test_trouble_on_the_way_is_no_verdict(
    hub: FaultProxy, olah: Olah, tmp_path: Path, fault: Any, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openness.sources.hub.RETRIES", 0)
    name = f"trouble-{len(list(olah.mirrors.glob('models/acme/trouble-*')))}"
    publish(olah, name, tmp_path)
    hub.play(rf"/resolve/.*/{LFS[0]}", fault)
    with pytest.raises(OpennessError) as caught:
        validate(f"acme/{name}", STATIC)
    assert caught.value.code == code
    assert LFS[0] in caught.value.message


def test_the_registry_names_the_repository_and_claims_a_size(
    hub: FaultProxy, olah: Olah, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = publish(olah, "claimed", tmp_path)
    repositories = [{"host": "huggingface", "id": "acme/claimed"}]
    entry = model(
        "acme-claimed", repositories=repositories, parameters={"total": 7_000_000_000}, weights=[state("open")]
    )
    other = model("acme-elsewhere", repositories=[{"host": "github", "id": "acme/elsewhere"}])
    monkeypatch.setenv("OPENNESS_REGISTRY", str(write_registry(tmp_path / "models.yaml", entry, other)))
    report = validate("acme-claimed", STATIC)
    assert (report.repository, report.revision, report.verdict) == ("acme/claimed", commit, "valid")
    (found,) = [check for check in report.checks if check.name == "parameters-agree"]
    assert (found.outcome, found.figures["the registry"]) == ("warn", 7_000_000_000)
    for target, code in (("acme-elsewhere", "no_repository"), ("acme-unheard-of", "not_found")):
        with pytest.raises(OpennessError) as caught:
            validate(target, STATIC)
        assert caught.value.code == code


# ---------------------------------------------------------------- downloads


def kept(name: str) -> Path:
    (folder,) = (path for path in (settings.weights_folder() / f"acme--{name}").iterdir() if path.is_dir())
    return folder


def test_a_download_is_hashed_on_the_way_and_kept(hub: FaultProxy, olah: Olah, tmp_path: Path) -> None:
    publish(olah, "hashed", tmp_path, evil__py=b"boom", state__bin=pickle.dumps(1, 2), README__md=b"# x")
    events: list[dict[str, Any]] = []
    report = validate("acme/hashed", HASHED, events.append)
    assert report.verdict == "valid"
    assert all(file.hashed for file in report.files if file.path in LFS)
    assert outcomes(report)["hashes-match"] == outcomes(report)["shards-distinct"] == "pass"
    # Nothing that could run by itself comes along.
    there = {path.name for path in kept("hashed").iterdir()}
    assert there == {*LFS, "config.json", "tokenizer.json", "model.safetensors.index.json"}
    last = [event for event in events if event["stage"] == "download"][-1]
    assert last["done"] == last["total"] == sum(path.stat().st_size for path in kept("hashed").iterdir())
    hub.seen.clear()
    assert validate("acme/hashed", HASHED).verdict == "valid"
    assert sum(path.endswith(LFS[0]) for path in hub.paths()) == 1  # its header, and not the file again


def test_what_broke_off_goes_on_where_it_was(
    hub: FaultProxy, olah: Olah, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(olah, "broken-off", tmp_path)
    data = (tmp_path / "broken-off" / LFS[0]).read_bytes()
    monkeypatch.setattr(downloads, "ATTEMPTS", 1)
    whole = rf"/resolve/.*/{LFS[0]}"
    hub.play(whole, late(0), times=1)  # the header
    hub.play(whole, cut(data[:1000], len(data)), times=1)
    with pytest.raises(OpennessError, match="was not downloaded"):
        validate("acme/broken-off", HASHED)
    assert (kept("broken-off") / f"{LFS[0]}.part").stat().st_size == 1000
    assert validate("acme/broken-off", HASHED).verdict == "valid"
    asked = [seen.headers.get("range") for seen in hub.seen if seen.path.endswith(LFS[0])]
    assert asked[-1] == f"bytes=1000-{len(data) - 1}"


def test_other_bytes_than_recorded_are_named(hub: FaultProxy, olah: Olah, tmp_path: Path) -> None:
    publish(olah, "other-bytes", tmp_path)
    data = bytearray((tmp_path / "other-bytes" / LFS[0]).read_bytes())
    data[-1] ^= 1
    hub.play(rf"/resolve/.*/{LFS[0]}", say(bytes(data)))
    report = validate("acme/other-bytes", HASHED)
    assert names(report, "fail") == {"hashes-match"}


def test_no_room_is_a_sentence_with_need_and_have(
    hub: FaultProxy, olah: Olah, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(olah, "large", tmp_path)
    monkeypatch.setattr(downloads, "SPARE", 1 << 60)
    with pytest.raises(OpennessError) as caught:
        validate("acme/large", HASHED)
    assert caught.value.code == "no_room"
    assert "needs 1,152,921,504,6" in caught.value.message
    assert "are free" in caught.value.message
    assert not list(kept("large").iterdir())


def test_a_token_goes_to_the_hub_alone(
    hub: FaultProxy, olah: Olah, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(olah, "with-token", tmp_path)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    report = validate("acme/with-token", HASHED)
    assert all(TOKEN in seen.headers.get("authorization", "") for seen in hub.seen)
    assert TOKEN not in report.model_dump_json()


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("model.safetensors", True), ("a/b.gguf", True), ("config.json", True), ("tokenizer.model", True),
        ("1_Pooling/config.json", True), ("merges.txt", True), ("modeling.py", False), ("pytorch_model.bin", False),
        ("x.pkl", False), ("../config.json", False), ("/config.json", False), ("a\\..\\config.json", False),
        ("README.md", False), ("optimizer.pt", False), ("tokenizer.py", False), ("evil.json", False),
    ],
)  # fmt: skip
def test_only_data_is_downloaded(path: str, wanted: bool) -> None:
    assert is_wanted(path) is wanted


@pytest.mark.parametrize("path", ["../model.safetensors", "/model.safetensors", "a//b.safetensors", "a\\b.safetensors"])
def test_a_server_that_lists_files_elsewhere_is_not_followed(tmp_path: Path, path: str) -> None:
    with pytest.raises(OpennessError, match="outside of itself"):
        downloads.download("acme/x", "main", [SnapshotFile(path=path, size=1)], tmp_path / "in")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("revision", ["..", ".", "main", "a" * 40])
def test_every_revision_has_a_folder_of_its_own(revision: str) -> None:
    folder = folder_for("acme/x", revision)
    assert folder.parent == settings.weights_folder() / "acme--x"
    assert folder.name not in ("", ".", "..")


# ---------------------------------------------------------------- evidence

TODAY = datetime.now(UTC).date().isoformat()
REGISTRY = """\
# A registry.
- family: acme
  sources:
    card: {url: "https://example.org/card", read: "2024-01-01"}
  weights:
    - {status: open, license: MIT, evidence: [{source: card}]}

- id: acme-child
  family: acme
  name: Child
  repositories: [{host: huggingface, id: acme/child}]

- id: acme-tiny
  name: Tiny  # small
  repositories: [{host: huggingface, id: acme/tiny}]
  weights:
    - status: closed
      since: "2020"
      evidence: [{url: "https://example.org/a", read: "2024-01-01"}]
    # then released
    - status: open  # at last
      since: "2021"
      evidence:
        - {url: "https://example.org/b", read: "2024-01-01"}  # why
      note: n
  # what it says
  note: m

- id: acme-unknown
  name: Unknown
  repositories: [{host: huggingface, id: acme/unknown}]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "models.yaml"
    path.write_text(REGISTRY)
    return path


def report(**changes: Any) -> Validation:
    """A valid report on acme/tiny."""
    fields: dict[str, Any] = {
        "tool": "1.2.3", "target": "acme/tiny", "ok": True, "verdict": "valid", "source": "hub",
        "repository": "acme/tiny", "revision": "a" * 40, "date": TODAY, "stages": ["static", "run"], "device": "cpu",
        "checks": [
            {"name": "parameters-agree", "outcome": "pass", "detail": "", "figures": {"parameters": 1234, "x": [1]}}
        ],
        "files": [{"path": "model.safetensors", "size": 5, "sha256": "b" * 64}],
        "timings": {"tokens_per_second": 12.5, "host_peak_bytes": 1000}, "environment": {},
    }  # fmt: skip
    return Validation.model_validate(fields | changes)


def evidence(path: Path, name: str) -> list[Validated]:
    found = load_file(path, ["MIT"])
    assert not found.problems, found.problems
    return found.models[name].weights[-1].validated


def test_evidence_goes_into_the_entry_and_nothing_else_changes(file: Path) -> None:
    change = attach(report(), "acme-tiny", file)
    assert file.read_text() == change.after
    (found,) = evidence(file, "acme-tiny")
    assert (found.date.isoformat(), found.tool, found.device) == (TODAY, "openness 1.2.3", "cpu")
    assert found.url == "https://huggingface.co/acme/tiny"
    assert (found.revision, found.stages) == ("a" * 40, ["static", "run"])
    assert found.figures == {"parameters": 1234, "tokens_per_second": 12.5, "host_peak_bytes": 1000}
    assert found.hashes == {"model.safetensors": "b" * 64}
    added = [line[1:] for line in change.diff.splitlines()[2:] if line.startswith("+")]
    assert [line for line in change.diff.splitlines()[2:] if line.startswith("-")] == []
    assert added[0] == "      validated:"
    assert (
        file.read_text().index("      note: n\n")
        < file.read_text().index("validated")
        < file.read_text().index("# what")
    )


def test_evidence_of_the_same_revision_is_replaced(file: Path) -> None:
    for device, revision in (("cpu", "a"), ("cpu", "c"), ("cuda", "a")):
        attach(report(device=device, revision=revision * 40), "acme-tiny", file)
    assert [(item.device, item.revision[0]) for item in evidence(file, "acme-tiny")] == [("cpu", "c"), ("cuda", "a")]


def test_a_model_that_has_its_weights_from_its_family_gets_its_own(file: Path) -> None:
    attach(report(repository="acme/child"), "acme-child", file)
    assert len(evidence(file, "acme-child")) == 1
    text = file.read_text()
    assert text.startswith(REGISTRY[: REGISTRY.index("- id: acme-child")])


@pytest.mark.parametrize(
    ("changes", "name", "code"),
    [
        ({"ok": False, "verdict": "invalid"}, "acme-tiny", "not_valid"),
        ({"ok": False, "verdict": "incomplete"}, "acme-tiny", "not_valid"),
        ({"source": "folder"}, "acme-tiny", "bad_target"),
        ({"repository": "evil/tiny"}, "acme-tiny", "other_model"),
        ({}, "acme-none", "not_found"),
        ({"repository": "acme/unknown"}, "acme-unknown", "no_weights"),
    ],
)
def test_what_is_no_evidence_is_not_written(file: Path, changes: dict[str, Any], name: str, code: str) -> None:
    with pytest.raises(OpennessError) as caught:
        attach(report(**changes), name, file)
    assert caught.value.code == code
    assert file.read_text() == REGISTRY


def test_killed_at_any_point_it_leaves_whole_evidence_or_none(file: Path, tmp_path: Path) -> None:
    """A process that does nothing but attach, killed at random; the file is always one that it meant to write."""
    (tmp_path / "report.json").write_text(report().model_dump_json(by_alias=True))
    script = tmp_path / "attach.py"
    script.write_text(
        "import itertools, sys\nfrom pathlib import Path\nfrom openness.attach import attach\n"
        "from openness.schemas.validation import Validation\n"
        "report = Validation.model_validate_json(Path(sys.argv[1]).read_text())\n"
        "for number in itertools.count():\n"
        "    attach(report.model_copy(update={'device': f'd{number}'}), 'acme-tiny', Path(sys.argv[2]))\n"
        "    print('again', flush=True)\n"
    )
    source = str(Path(__file__).resolve().parent.parent / "src")
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, script, tmp_path / "report.json", file],
            stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": source},
        )  # fmt: skip
        assert child.stdout is not None
        assert child.stdout.readline() == b"again\n"
        time.sleep(random.random() / 10)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        found = evidence(file, "acme-tiny")
        assert len(found) == 1
        assert found[0].hashes == {"model.safetensors": "b" * 64}
        assert json.loads(found[0].model_dump_json())["figures"]["parameters"] == 1234


# ---------------------------------------------------------------- both stages


def test_a_repository_is_downloaded_and_run(hub: FaultProxy, olah: Olah, tmp_path: Path) -> None:
    small = ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")
    files: dict[str, bytes | Path] = {name: (minilm() / name).read_bytes() for name in small}
    commit = olah.add("acme/whole", {**files, "model.safetensors": minilm() / "model.safetensors", "x.py": b"boom"})
    events: list[dict[str, Any]] = []
    found = validate("acme/whole", Options(device="cpu", timeout=120, keep=False), events.append)
    assert (found.verdict, found.revision, found.device) == ("valid", commit, "cpu")
    assert found.stages == ["static", "run"]
    assert outcomes(found)["hashes-match"] == "pass"
    assert {check.name for check in found.checks if check.stage == "run"} >= {"forward", "learned", "deterministic"}
    assert {event["stage"] for event in events} >= {"headers", "download"}
    assert found.timings["host_peak_bytes"] > 90_000_000
    assert not (settings.weights_folder() / "acme--whole" / commit).exists()


def test_too_little_memory_and_time_say_nothing_of_the_weights() -> None:
    for options, said in (
        (Options(device="cpu", memory=50_000_000), "50.0 MB"),
        (Options(device="cpu", timeout=0.2), "not finished within 0.2 s"),
        *([] if torch.cuda.is_available() else [(Options(device="cuda"), "no CUDA device")]),
    ):
        found = validate(str(minilm()), options)
        (check,) = [check for check in found.checks if check.name == "run"]
        assert (found.verdict, check.outcome, said in check.detail) == ("incomplete", "skipped", True), check
