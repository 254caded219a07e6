"""The commands over the registry as users run them: list, search, show, compare, lint."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import yaml

from cli_runner import EVIDENCE, check, inside, model, run, small_registry, state, told, write_registry

FAMILY = {
    "family": "duo",
    "organization": "Duo Labs",
    "released": "2024",
    "sources": {"paper": {"url": "https://example.org/paper", "read": "2024-05-01"}},
    "weights": [state("open", license="MIT")],
    "report": [{"status": "open", "evidence": [{"source": "paper", "where": "§1"}]}],
    "disclosures": {"optimization": told("partial"), "tokenizer": told()},
}
LARGE = model("duo-large", family="duo", weights=[state("gated", license="MIT")], disclosures={"optimization": told()})
SMALL = model("duo-small", family="duo", note=("a long note " * 20).strip())


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_registry(tmp_path_factory.mktemp("registry"))


@pytest.fixture(scope="module")
def duo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_registry(tmp_path_factory.mktemp("registry") / "duo.yaml", FAMILY, LARGE, SMALL)


def ids(data: dict) -> list[str]:
    return [row["id"] for row in data["models"]]


ALL = ["acme-climber", "acme-gated", "bolt-closed", "bolt-vague"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ALL),
        (["--min-level", "1"], ALL[:2]),
        (["--max-level", "1"], ALL[1:3]),  # an unknown level is neither
        (["--license", "open_source", "--country", "de"], ALL[:1]),
        (["--license", "unknown"], ALL[2:]),
        (["--organization", "BOLT", "--after", "2022", "--before", "2022-05"], ["bolt-closed"]),
        (["--after", "2025"], []),
    ],
)  # fmt: skip
def test_list(small: Path, options: list[str], expected: list[str]) -> None:
    done = inside("list", "--json", *options, registry=small)
    assert (done.code, done.err) == (0, "")
    assert ids(check("list", done.json)) == expected
    assert len(done.json["registry"]) == 12


def test_list_and_search_as_tables(small: Path) -> None:
    done = run("list", registry=small)
    assert (done.code, done.err) == (0, "")
    assert run("search", "登山者", "--json", registry=small).json["models"][0]["id"] == "acme-climber"
    heading, *rows = done.out.splitlines()
    assert heading.split() == ["model", "level", "license", "released", "organization"]
    assert [row.split()[:2] for row in rows] == [
        ["acme-climber", "L5"], ["acme-gated", "L1"], ["bolt-closed", "L0"], ["bolt-vague", "?–L5"],
    ]  # fmt: skip
    nothing = inside("search", "nobody", registry=small)
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "no model in the registry meets this\n")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["acme"], ALL[:2]),
        (["ACME", "gated"], ["acme-gated"]),
        (["登山者"], ["acme-climber"]),
        (["acme-code/climber"], ["acme-climber"]),
        (["MIT", "License"], ["acme-climber"]),
        (["%"], []),
        (["acme", "--max-level", "1"], ["acme-gated"]),
    ],
)  # fmt: skip
def test_search(small: Path, words: list[str], expected: list[str]) -> None:
    assert ids(check("list", inside("search", "--json", *words, registry=small).json)) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--min-level", "6"],
        ["list", "--license", "free"],
        ["list", "--after", "soon"],
        ["list", "more"],
        ["search"],
        ["show"],
        ["compare", "acme-climber"],
    ],
)
def test_a_bad_question_leaves_with_2_and_says_why(small: Path, arguments: list[str]) -> None:
    done = inside(*arguments, registry=small)
    assert (done.code, done.out) == (2, "")
    assert "Error: " in done.err


def test_show(small: Path) -> None:
    done = run("show", "acme-ai/CLIMBER-7b", "--json", registry=small)
    record = check("show", done.json)["record"]
    assert list(record)[:2] == ["id", "name"]
    assert record["weights"] == [state("open", "2023-03-10", license="MIT")]
    text = inside("show", "https://huggingface.co/Acme-AI/Climber_7B", registry=small)
    assert yaml.safe_load(text.out)["training_code"][0]["license"] == "Apache-2.0"
    missing = inside("show", "acme-climbr", registry=small)
    assert (missing.code, missing.out) == (2, "")
    assert "did you mean acme-climber" in missing.err


@pytest.mark.parametrize(("name", "fields"), [("duo-large", LARGE), ("duo-small", SMALL)])
def test_show_expanded_is_yaml_that_names_the_block_of_every_field(duo: Path, name: str, fields: dict) -> None:
    done = inside("show", name, "--expanded", registry=duo)
    plain = inside("show", name, "--json", registry=duo).json["record"]
    assert yaml.load(done.out, Loader=yaml.BaseLoader) == plain
    owners: dict[str, str] = {}
    lines = done.out.splitlines()
    for comment, field in itertools.pairwise(lines):
        if comment.strip().startswith("# from "):
            owners[field.strip().partition(":")[0]] = comment.strip().removeprefix("# from ")
    for field in ("organization", "released", "report", "paper", "tokenizer"):
        assert owners[field] == "duo"
    for field in ("id", "name", "family"):
        assert owners[field] == name
    for field in ("weights", "optimization"):
        assert owners[field] == (name if name == "duo-large" else "duo")


def test_compare(small: Path) -> None:
    done = run("compare", "acme-climber", "acme-gated", "bolt-vague", "--json", registry=small)
    assert [grade["id"] for grade in check("compare", done.json)["grades"]] == ALL[:2] + ALL[3:]
    table = inside("compare", "acme-climber", "acme-gated", registry=small).out.splitlines()
    rows = {line[1:].strip().partition("  ")[0]: line for line in table}
    assert rows["level"].split() == ["*", "level", "L5", "L1"]
    assert rows["weights"].split() == ["*", "weights", "open", "gated"]
    same = inside("compare", "acme-gated", "acme-gated", "--as-of", "2024-03", registry=small)
    assert "*" not in same.out
    failed = inside("compare", "acme-climber", "no-such", "--json", registry=small)
    assert (failed.code, failed.out) == (2, "")


def test_lint_of_a_good_file(small: Path) -> None:
    done = run("lint", small)
    assert (done.code, done.out, done.err) == (0, "", "4 models, 0 problems\n")
    assert check("lint", inside("lint", "--json", registry=small).json)["problems"] == []


def test_lint_names_every_problem_with_its_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(
        "- id: b\n"
        "  name: B\n"
        "  wieghts: []\n"
        "- id: a\n"
        "  name: A\n"
        "  weights:\n"
        "    - status: opened\n"
        f"      evidence: [{{url: {EVIDENCE['url']}, read: 2024-01-01}}]\n"
        "- id: [\n",
        "utf-8",
    )
    done = run("lint", broken)
    assert done.code == 1
    problems = [line.removeprefix(f"{broken}:") for line in done.out.splitlines()]
    assert problems[0].startswith("3: wieghts: unknown key; did you mean `weights`?")
    assert problems[1].startswith("4: id: `a` must stand before `b`")
    assert problems[2].startswith("7: weights.0.status: 'opened' is not one of")
    assert len(problems) == 4
    assert done.err.endswith("4 problems\n")
    as_json = inside("lint", broken, "--json", registry=broken)
    assert as_json.code == 1
    assert [problem["line"] for problem in check("lint", as_json.json)["problems"]][:3] == [3, 4, 7]


def test_lint_for_editors_and_for_github(tmp_path: Path) -> None:
    hostile = "x\n::add-mask::%0A,y"
    broken = write_registry(tmp_path / "broken.yaml", model("a", country=hostile), model("b", weights=[{}]))
    plain = inside("lint", broken, registry=broken)
    lines = inside("lint", broken, "--lines", registry=broken)
    assert (lines.code, lines.out, lines.err) == (1, plain.out, "")
    github = inside("lint", broken, "--github", registry=broken)
    assert (github.code, github.err) == (1, plain.err)
    assert len(github.out.splitlines()) == len(plain.out.splitlines()) == 2
    assert github.out.splitlines()[1] == f"::error file={broken},line=2,title=b weights.0.status::is missing"
    assert all(line.startswith(f"::error file={broken},line=") for line in github.out.splitlines())
    assert inside("lint", broken, "--github", "--lines", registry=broken).code == 2


def test_lint_of_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path, tmp_path / "missing.yaml", tmp_path / "binary.yaml"):
        done = inside("lint", path, registry=path)
        assert (done.code, done.out) == (2, "")
        assert "cannot be read" in done.err


def test_a_registry_with_problems_answers_nothing(tmp_path: Path) -> None:
    broken = write_registry(tmp_path / "broken.yaml", model("a", wieghts=[]))
    for start, command in ((run, ["grade", "a"]), (inside, ["list"]), (inside, ["show", "a"])):
        done = start(*command, registry=broken)
        assert (done.code, done.out) == (2, "")
        assert f"{broken}:1: wieghts: unknown key" in done.err
        assert "openness lint" in done.err
    missing = inside("list", registry=tmp_path / "none.yaml")
    assert missing.code == 2
    assert "which is not a file" in missing.err
    url = run("grade", "a", OPENNESS_REGISTRY="https://registry.example/models.yaml")
    assert url.code == 2
    assert "run `openness update`" in url.err


def test_a_damaged_index_is_rebuilt_without_a_word(small: Path, tmp_path: Path) -> None:
    cache = {"OPENNESS_CACHE": str(tmp_path)}
    first = run("list", "--json", registry=small, **cache)
    (index,) = tmp_path.glob("index-*.sqlite3")
    data = bytearray(index.read_bytes())
    for page in range(4, len(data) // 4096):  # what is looked at on opening stays whole
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    index.write_bytes(data)
    again = run("list", "--json", registry=small, **cache)
    assert (again.code, again.err) == (0, "")
    assert ids(again.json) == ids(first.json) == ALL
