"""`openness contribute`: a stranger's way into the registry, against a real Hub-compatible server."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from cli_runner import check, inside, model, state
from hub_server import FaultProxy, Olah
from license_texts import ISC, MIT
from openness import change as change_module
from openness.api import hub_snapshot
from openness.change import write
from openness.contribute import contribute
from openness.registry.blocks import read_blocks
from openness.schemas.errors import OpennessError
from openness.schemas.snapshot import Snapshot
from openness.targets import Target

CARD = b"---\nlicense: mit\nbase_model: acme/base\n---\n# Tiny\n\nThe [code](https://github.com/acme/tiny-train).\n"
TENSORS = b"\x02\0\0\0\0\0\0\0{}"
REGISTRY = """# The registry.

# The first one.
- id: alpha
  name: Alpha

# The last one.
- id: zeta
  name: Zeta  # kept
"""


@pytest.fixture(autouse=True)
def _public(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server stands in for the public Hub, whose addresses others can read."""

    def read(target: Target, *, offline: bool = False) -> Snapshot:
        snapshot = hub_snapshot(target, offline=offline)
        return snapshot.model_copy(update={"url": f"https://huggingface.co/{snapshot.repo}"})

    monkeypatch.setattr("openness.contribute.hub_snapshot", read)


@pytest.fixture
def tiny(olah: Olah, hub: FaultProxy) -> str:
    """A small model on the Hub, with a LICENSE that says what its tag says."""
    if not (olah.mirrors / "models" / "acme" / "newcomer").exists():
        olah.add("acme/newcomer", {"README.md": CARD, "LICENSE": MIT.encode(), "model.safetensors": TENSORS})
    return "acme/newcomer"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "models.yaml"
    path.write_text(REGISTRY, "utf-8")
    return path


def entry(path: Path, name: str) -> dict[str, Any]:
    blocks, problems = read_blocks(path.read_text("utf-8"))
    assert problems == []
    return next(block.data for block in blocks if block.name == name)


def test_a_new_model_is_drafted_in_its_place(tiny: str, file: Path) -> None:
    done = inside("contribute", tiny, "--registry", file, registry=file)
    assert done.code == 0, done.err
    text = file.read_text("utf-8")
    before, after = text.split("- id: newcomer")
    assert before.endswith("  name: Alpha\n\n")
    assert after.endswith("\n# The last one.\n- id: zeta\n  name: Zeta  # kept\n")
    found = entry(file, "newcomer")
    assert found["name"] == "newcomer"
    assert found["repositories"] == [{"host": "huggingface", "id": "acme/newcomer"}]
    (weights,) = found["weights"]
    assert (weights["status"], weights["license"]) == ("open", "MIT")
    assert weights["evidence"][0]["by"] == "automatic"
    assert len(weights["evidence"][0]["revision"]) == 40
    assert found["base_models"][0]["id"] == "acme/base"
    # A link is a lead, not a proof.
    assert found["training_code"] == [{"status": "unknown", "note": "to examine: https://github.com/acme/tiny-train"}]
    assert found["training_data"] == [{"status": "unknown"}]
    assert set(found["disclosures"]["optimization"][0].values()) == {"unknown"}
    assert "+- id: newcomer" in done.out
    assert "next, fill in what is unknown" in done.err
    assert inside("lint", file, registry=file).code == 0


def test_a_dry_run_writes_nothing(tiny: str, file: Path) -> None:
    done = inside("contribute", tiny, "--registry", file, "--dry-run", "--json", registry=file)
    found = check("contribute", json.loads(done.out))
    assert (found["new"], found["written"], found["id"]) == (True, False, "newcomer")
    assert "weights" in found["added"]
    assert file.read_text("utf-8") == REGISTRY


def test_a_second_time_there_is_nothing_to_add(tiny: str, file: Path) -> None:
    write(contribute(tiny, file))
    text = file.read_text("utf-8")
    again = contribute(f"https://huggingface.co/{tiny}", file)
    assert (again.new, again.added, again.kept, again.diff) == (False, [], [], "")
    assert file.read_text("utf-8") == text


def test_what_people_wrote_is_listed_and_left_alone(tiny: str, tmp_path: Path) -> None:
    reviewed = model(
        "acme-newcomer",
        repositories=[{"host": "huggingface", "id": "Acme/Newcomer"}],
        weights=[state("gated", "2024", license="Apache-2.0")],
        report=[state("open")],
    )
    path = tmp_path / "models.yaml"
    block = "- id: acme-newcomer\n" + "".join(
        f"  {key}: {json.dumps(value)}\n" for key, value in reviewed.items() if key != "id"
    )
    path.write_text(block, "utf-8")
    change = contribute(tiny, path)
    assert not change.new
    assert "base_models" in change.added
    assert "weights" not in change.added
    assert change.kept == ["weights: the registry has gated, Apache-2.0, the repository shows open, MIT"]
    replaced = contribute(tiny, path, replace=["weights"])
    write(replaced)
    assert entry(path, "acme-newcomer")["weights"][0]["status"] == "open"
    assert entry(path, "acme-newcomer")["report"] == [state("open")]


def test_the_text_of_the_license_outranks_the_tag(olah: Olah, hub: FaultProxy, file: Path) -> None:
    olah.add("acme/wrongtag", {"README.md": CARD, "LICENSE": ISC.encode(), "model.safetensors": TENSORS})
    write(contribute("acme/wrongtag", file))
    assert entry(file, "wrongtag")["weights"][0]["license"] == "ISC"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["llama"], "`llama` is not a Hub repository"),
        (["acme/newcomer", "--id", "alpha"], "`alpha` is another model in the registry"),
        (["acme/newcomer", "--id", "Not A Slug"], "the draft would break the registry: id:"),
        (["acme/nothing-there"], "does not exist"),
        (["acme/newcomer", "--replace", "everything"], "choose among released"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    tiny: str, file: Path, arguments: list[str], said: str
) -> None:
    done = inside("contribute", *arguments, "--registry", file, registry=file)
    assert done.code == 2
    assert said in done.err
    assert file.read_text("utf-8") == REGISTRY


def test_a_file_with_problems_of_its_own_still_takes_a_model(tiny: str, file: Path) -> None:
    file.write_text(REGISTRY + "- id: zz\n  nam: Typo\n", "utf-8")
    write(contribute(tiny, file))
    assert entry(file, "newcomer")
    assert "nam: Typo" in file.read_text("utf-8")


def test_a_file_that_somebody_changes_meanwhile_is_not_overwritten(tiny: str, file: Path) -> None:
    change = contribute(tiny, file)
    file.write_text(REGISTRY + "# mine\n", "utf-8")
    with pytest.raises(OpennessError, match="was changed meanwhile"):
        write(change)
    assert file.read_text("utf-8").endswith("# mine\n")


def test_a_full_disk_leaves_the_old_file(tiny: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change = contribute(tiny, file)

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(change_module, "replace_file", full)
    with pytest.raises(OpennessError, match="No space left"):
        write(change)
    assert file.read_text("utf-8") == REGISTRY


def test_readers_never_see_half_a_file(tiny: str, file: Path) -> None:
    """Whoever reads while it is replaced finds the old registry or the new one."""
    change, seen, stop = contribute(tiny, file), set(), threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen.add(file.read_text("utf-8"))

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(50):
        write(change)
        change_module.replace_file(file, change.before.encode())
    stop.set()
    reader.join()
    assert seen <= {change.before, change.after}


def test_without_a_registry_it_says_where_to_run(tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENNESS_REGISTRY", raising=False)
    with pytest.raises(OpennessError, match=r"no data/models\.yaml here"):
        change_module.default_registry()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models.yaml").write_text(REGISTRY, "utf-8")
    assert change_module.default_registry() == Path("data/models.yaml")
