"""`openness diff` as users run it: files and revisions, three formats, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli_runner import CLIMBER, EVIDENCE, GATED, check, inside, model, run, state, told, write_registry
from test_revisions import commit, git

NEW = {"url": "https://example.org/new", "read": "2024-07-01", "where": "§3"}
SHOWN = model(
    "acme-shown",
    weights=[state("open", license="MIT")],
    report=[state("open")],
    disclosures={"optimization": told(), "infrastructure": told("partial"), "data_processing": told("no")},
    training_code=[state("closed")],
)


def raised(*evidence: dict[str, Any]) -> dict[str, Any]:
    value = [{"value": "yes", "evidence": list(evidence)}]
    return {**SHOWN, "disclosures": {**SHOWN["disclosures"], "infrastructure": value}}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_registry(tmp_path_factory.mktemp("base") / "base.yaml", CLIMBER, GATED, SHOWN)


def test_a_raised_grade_with_its_evidence(base: Path, tmp_path: Path) -> None:
    head = write_registry(tmp_path / "head.yaml", CLIMBER, {**GATED, "country": "FR"}, raised(EVIDENCE, NEW))
    done = run("diff", base, head)
    assert (done.code, done.err) == (0, "2 models changed; 1 model graded otherwise\n")
    assert done.out.splitlines() == [
        "acme-gated: no grade changes: country became FR (was DE)",
        "acme-shown: L1 → L2 because report.infrastructure became yes (was partial),"
        " evidence <https://example.org/new, §3, read 2024-07-01> +1",
    ]
    data = check("diff", inside("diff", base, head, "--json", registry=base).json)
    assert (data["ok"], data["unproven"], [item["id"] for item in data["models"]]) == (
        True, [], ["acme-gated", "acme-shown"],
    )  # fmt: skip
    assert inside("diff", base, head, "--format", "json", registry=base).json == data
    markdown = inside("diff", base, head, "--format", "markdown", registry=base)
    assert (markdown.code, markdown.err) == (0, "")
    assert "| acme-shown | **L1 → L2** | report.infrastructure became yes" in markdown.out


def test_a_grade_without_changed_evidence_fails(base: Path, tmp_path: Path) -> None:
    head = write_registry(tmp_path / "head.yaml", CLIMBER, GATED, raised(EVIDENCE))
    for arguments in ([], ["--json"], ["--format", "markdown"]):
        done = inside("diff", base, head, *arguments, registry=base)
        assert done.code == 1
        assert "acme-shown" in done.out
    assert inside("diff", base, head, registry=base).out.endswith(
        "\nGrades that changed without changed evidence:\n  acme-shown: L1 → L2\n"
    )
    assert inside("diff", head, head, registry=base).out == ""


def test_evidence_of_the_family_counts(tmp_path: Path) -> None:
    def registry(name: str, value: str, place: str) -> Path:
        topic = [{"value": value, "note": "why", "evidence": [{"source": "paper", "where": place}]}]
        family = {
            "family": "duo",
            "sources": {"paper": EVIDENCE},
            "report": SHOWN["report"],
            "disclosures": {**SHOWN["disclosures"], "infrastructure": topic},
        }
        one = model("duo-1", family="duo", weights=SHOWN["weights"], training_code=SHOWN["training_code"])
        return write_registry(tmp_path / name, family, one)

    base = registry("base.yaml", "partial", "§1")
    assert inside("diff", base, registry("same.yaml", "yes", "§1"), registry=base).code == 1
    assert inside("diff", base, registry("moved.yaml", "yes", "§2"), registry=base).code == 0


def test_revisions_and_the_working_tree(tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")

    def text(*blocks: dict[str, Any]) -> str:
        return "".join(f"- {json.dumps(block)}\n" for block in blocks)

    first = commit(folder, text(SHOWN))
    commit(folder, text(GATED, SHOWN))
    write_registry(folder / "data" / "models.yaml", GATED, raised(NEW))
    one = run("diff", "main", cwd=folder)
    assert (one.code, one.out.partition(" because")[0]) == (0, "acme-shown: L1 → L2")
    two = run("diff", first, "HEAD", "--json", cwd=folder)
    data = check("diff", two.json)
    assert (data["base"], data["head"], data["models"][0]["kind"]) == (first, "HEAD", "added")
    file = run("diff", "main", "--registry", folder / "data" / "models.yaml", "--json", cwd=tmp_path)
    assert [item["id"] for item in file.json["models"]] == ["acme-shown"]
    write_registry(folder / "main", CLIMBER)
    assert run("diff", "main", cwd=folder).out == one.out, "a file of a revision's name changes nothing"
    assert "acme-climber" in run("diff", "./main", cwd=folder).out
    write_registry(folder / "only-a-file", CLIMBER)
    assert "acme-climber" in run("diff", "only-a-file", cwd=folder).out


@pytest.mark.parametrize("name", ["no-such", "--", "-x", "--upload-pack=x", "missing.yaml", "", "a:b", "."])
def test_a_side_that_cannot_be_read(base: Path, tmp_path: Path, name: str) -> None:
    for sides in ([name, base], [base, name]):
        done = inside("diff", "--registry", base, "--", *sides, registry=base)
        assert (done.code, done.out) == (2, "")
        assert len(done.err.splitlines()) in (1, 2)
    if name != "--":  # which click takes for itself
        assert inside("diff", name, base, registry=base).code == 2


def test_problems_of_either_side(base: Path, tmp_path: Path) -> None:
    broken = write_registry(tmp_path / "broken.yaml", CLIMBER, {**GATED, "wieghts": []}, SHOWN)
    done = inside("diff", base, broken, registry=base)
    assert (done.code, done.out) == (2, "")
    assert f"{broken}:2: wieghts: unknown key" in done.err
    head = write_registry(tmp_path / "head.yaml", CLIMBER, GATED, raised(NEW))
    done = inside("diff", broken, head, "--json", registry=base)
    assert done.code == 0
    assert done.err.startswith(f"warning: {broken}:2: wieghts: unknown key")
    data = check("diff", done.json)
    assert ([item["id"] for item in data["models"]], data["not_compared"]) == (["acme-shown"], ["acme-gated"])
    text = inside("diff", broken, head, registry=base)
    assert text.out.endswith(f"acme-gated: not compared, {broken} has it with problems\n")
