"""From YAML to records: families, sources, and every problem at its line."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from openness.cli.main import group
from openness.registry import blocks, load
from openness.registry.load import Entry, load_file, load_text, merge
from openness.schemas.errors import OpennessError
from openness.schemas.record import Disclosed, Evidence, Model, Status


def told(text: str) -> list[str]:
    """The problems as `openness lint` prints them after the file's name."""
    return [f"{problem.line}: {problem}" for problem in load_text(text, {"MIT", "Apache-2.0"}).problems]


def entry(text: str, name: str) -> Entry:
    registry = load_text(text)
    assert registry.problems == []
    return registry.entries[name]


FAMILY = """\
- family: f
  organization: Acme
  country: NO
  modality: [text]
  released: 2023-07-18
  sources:
    paper: {url: "https://example.org/paper", read: 2024-01-02, stored: true}
    code:
      url: https://example.org/code
      read: 2024-01-03
      revision: abc
  report:
    - {status: open, since: 2023-07, evidence: [{source: paper}]}
  weights:
    - status: gated
      since: 2023-07-18
      license: MIT
      evidence:
        - {source: code, where: README}
  disclosures:
    optimization:
      - {value: yes, since: 2023, evidence: [{source: paper, where: "2.1"}]}
    tokenizer:
      - {value: no, since: 2023, evidence: [{source: paper}]}
  note: of the family
- id: f-7b
  name: F 7B
  family: f
- id: f-8b
  name: F 8B
  family: f
  country: SE
  sources:
    paper: {url: "https://example.org/second", read: 2024-02-02}
    blog: {url: "https://example.org/blog", read: 2024-02-03}
  weights:
    - status: open
      evidence: [{source: blog}]
  disclosures:
    tokenizer:
      - {value: unknown}
    architecture:
      - {value: yes, evidence: [{url: "https://example.org/a", read: 2024-02-04}]}
"""


def test_a_model_takes_its_familys_fields() -> None:
    model = entry(FAMILY, "f-7b").model
    assert (model.organization, model.country, model.modality, model.released) == ("Acme", "NO", ["text"], "2023-07-18")
    assert model.note == "of the family"
    assert list(model.sources) == ["paper", "code"]
    assert model.weights[0].status is Status.GATED
    assert model.disclosures.tokenizer[0].value is Disclosed.NO
    assert model.disclosures.architecture == []


def test_a_model_overrides_field_by_field() -> None:
    """Sources and topics are merged by key, every other field as a whole."""
    model = entry(FAMILY, "f-8b").model
    assert (model.organization, model.country) == ("Acme", "SE")
    assert {key: str(source.url) for key, source in model.sources.items()} == {
        "paper": "https://example.org/second",
        "code": "https://example.org/code",
        "blog": "https://example.org/blog",
    }
    assert [state.status for state in model.weights] == [Status.OPEN]
    assert model.weights[0].license is None, "a list of states is replaced, never mixed"
    assert model.disclosures.optimization[0].value is Disclosed.YES
    assert model.disclosures.tokenizer[0].value is Disclosed.UNKNOWN
    assert model.disclosures.architecture[0].value is Disclosed.YES
    assert model.report[0].evidence[0].url == "https://example.org/second", (
        "the family's fact, read in the model's source"
    )


def test_evidence_is_filled_in_from_its_source() -> None:
    evidence = entry(FAMILY, "f-7b").model.weights[0].evidence[0]
    assert evidence == Evidence(
        source="code", url="https://example.org/code", read=date(2024, 1, 3), revision="abc", where="README"
    )
    paper = entry(FAMILY, "f-7b").model.report[0].evidence[0]
    assert (paper.url, paper.read, paper.stored) == ("https://example.org/paper", date(2024, 1, 2), True)


def test_what_evidence_says_itself_wins_over_its_source() -> None:
    text = """\
- id: a
  name: A
  sources:
    code: {url: "https://example.org/code", read: 2024-01-03, revision: abc}
  weights:
    - {status: open, evidence: [{source: code, revision: def, read: 2024-05-06}]}
"""
    evidence = entry(text, "a").model.weights[0].evidence[0]
    assert (evidence.url, evidence.revision, evidence.read) == ("https://example.org/code", "def", date(2024, 5, 6))


# path, block that set it, line
PLACES: list[tuple[str, tuple[str | int, ...], str, int]] = [
    ("f-7b", (), "f-7b", 26),
    ("f-7b", ("name",), "f-7b", 27),
    ("f-7b", ("country",), "f", 3),
    ("f-7b", ("sources", "code", "read"), "f", 10),
    ("f-7b", ("weights", 0, "license"), "f", 17),
    ("f-7b", ("weights", 0, "evidence", 0, "url"), "f", 19),
    ("f-7b", ("disclosures", "optimization", 0), "f", 22),
    ("f-7b", ("aliases", 0), "f-7b", 26),
    ("f-8b", ("country",), "f-8b", 32),
    ("f-8b", ("organization",), "f", 2),
    ("f-8b", ("sources", "paper", "url"), "f-8b", 34),
    ("f-8b", ("sources", "code", "url"), "f", 9),
    ("f-8b", ("weights", 0, "license"), "f-8b", 37),
    ("f-8b", ("report", 0, "evidence", 0, "url"), "f", 13),
    ("f-8b", ("disclosures", "tokenizer", 0, "value"), "f-8b", 41),
    ("f-8b", ("disclosures", "optimization", 0, "value"), "f", 22),
    ("f-8b", ("disclosures", "data_mixture"), "f-8b", 39),
]


@pytest.mark.parametrize(("name", "path", "origin", "line"), PLACES)
def test_a_field_has_the_line_and_the_block_that_set_it(
    name: str, path: tuple[str | int, ...], origin: str, line: int
) -> None:
    found = entry(FAMILY, name)
    assert (found.origin(path), found.line_of(path)) == (origin, line)


def test_merge_leaves_its_arguments_alone() -> None:
    family, model = {"family": "f", "sources": {"a": {}}, "note": "x"}, {"id": "m", "sources": {"b": {}}}
    before = copy.deepcopy((family, model))
    assert merge(model, family) == {"id": "m", "sources": {"a": {}, "b": {}}, "note": "x"}
    assert (family, model) == before
    assert merge(model, None) == model


def test_values_have_their_types() -> None:
    text = """\
- id: norway
  name: 2.10
  country: NO
  released: 2023-07-18
  parameters: {total: 7000000000}
  aliases: [no, 1e3, null]
"""
    text = text.replace(", null", ', "null"')
    model = entry(text, "norway").model
    assert (model.name, model.country, model.released) == ("2.10", "NO", "2023-07-18")
    assert model.parameters is not None
    assert model.parameters.total == 7_000_000_000
    assert model.aliases == ["no", "1e3", "null"]


HEAD = "- id: a\n  name: A\n"
# (what, text, what lint prints)
PROBLEMS: list[tuple[str, str, list[str]]] = [
    ("no name", "- id: a\n", ["1: name: is missing"]),
    ("no id", "- name: A\n  organization: B\n", ["1: id: is missing"]),
    ("no id, but a family", "- family: f\n- name: A\n  family: f\n", ["2: id: is missing"]),
    ("neither", "- organization: B\n", ["1: family: is missing"]),
    ("unknown key", HEAD + "  organisation: B\n", ["3: organisation: unknown key; did you mean `organization`?"]),
    ("unknown key, far from all", HEAD + "  zzzz: B\n", ["3: zzzz: unknown key"]),
    ("other case", HEAD + "  Country: NO\n", ["3: Country: unknown key; did you mean `country`?"]),
    (
        "unknown key below",
        HEAD + "  weights:\n    - status: unknown\n      licence: MIT\n",
        ["5: weights.0.licence: unknown key; did you mean `license`?"],
    ),
    (
        "unknown topic",
        HEAD + "  disclosures:\n    optimisation: []\n",
        ["4: disclosures.optimisation: unknown key; did you mean `optimization`?"],
    ),
    (
        "unknown key of a source",
        HEAD + '  sources:\n    card:\n      url: "https://example.org"\n      read: 2024-01-02\n      opened: x\n',
        ["7: sources.card.opened: unknown key"],
    ),
    (
        "mistyped key of a source",
        HEAD + '  sources:\n    card:\n      url: "https://example.org"\n      read: 2024-01-02\n      revison: x\n',
        ["7: sources.card.revison: unknown key; did you mean `revision`?"],
    ),
    (
        "unknown key of parameters",
        HEAD + "  parameters: {total: 1, activ: 2}\n",
        ["3: parameters.activ: unknown key; did you mean `active`?"],
    ),
    (
        "status",
        HEAD + "  report:\n    - status: Opne\n",
        [
            "4: report.0.status: 'Opne' is not one of `open`, `gated`, `restricted`, `partial`, `closed`, `unknown`"
            " or `not_applicable`; did you mean `open`?"
        ],
    ),
    (
        "value",
        HEAD + "  disclosures:\n    tokenizer:\n      - {value: true}\n",
        [
            "5: disclosures.tokenizer.0.value: 'true' is not one of `yes`, `partial`, `no`, `unknown`"
            " or `not_applicable`"
        ],
    ),
    (
        "modality",
        HEAD + "  modality: [text, imagery]\n",
        [
            "3: modality.1: 'imagery' is not one of `text`, `image`, `audio`, `video`, `code`, `embedding`,"
            " `biology` or `time_series`; did you mean `image`?"
        ],
    ),
    (
        "host",
        HEAD + "  repositories:\n    - {host: hugging face, id: a/b}\n",
        [
            "4: repositories.0.host: 'hugging face' is not one of `huggingface`, `modelscope`, `github`, `gitlab`,"
            " `codeberg` or `other`; did you mean `huggingface`?"
        ],
    ),
    (
        "id",
        "- id: Llama_2\n  name: A\n",
        ["1: id: 'Llama_2' has the wrong form, expected to match ^[a-z0-9]+([.-][a-z0-9]+)*$"],
    ),
    ("country", HEAD + "  country: no\n", ["3: country: 'no' has the wrong form, expected to match ^[A-Z]{2}$"]),
    (
        "date",
        HEAD + "  released: 18 July 2023\n",
        ["3: released: '18 July 2023' is not a date: expected YYYY, YYYY-MM or YYYY-MM-DD"],
    ),
    ("day", HEAD + "  released: 2023-02-30\n", ["3: released: day is out of range for month"]),
    (
        "open without evidence",
        HEAD + "  weights:\n    - status: open\n",
        ["4: weights.0: status `open` needs at least one evidence"],
    ),
    (
        "evidence without a date",
        HEAD + '  weights:\n    - status: open\n      evidence:\n        - url: "https://example.org"\n',
        ["6: weights.0.evidence.0: evidence needs `source`, or both `url` and `read`"],
    ),
    (
        "missing source",
        HEAD
        + '  sources:\n    paper: {url: "https://example.org", read: 2024-01-02}\n'
        + "  weights:\n    - status: open\n      evidence:\n        - where: here\n          source: papre\n",
        ["9: weights.0.evidence.0.source: no source `papre` in `sources`; did you mean `paper`?"],
    ),
    (
        "missing source, none to choose from",
        HEAD + "  report:\n    - {status: open, evidence: [{source: paper}]}\n",
        ["4: report.0.evidence.0.source: no source `paper` in `sources`"],
    ),
    (
        "a wrong source is told once, not wherever it is cited",
        HEAD + "  sources:\n    paper: {url: ftp://example.org, read: 2024-01-02, colour: red}\n"
        "  report:\n    - {status: open, evidence: [{source: paper}, {source: paper}]}\n",
        [
            "4: sources.paper.colour: unknown key",
            "4: sources.paper.url: 'ftp://example.org' has the wrong form, expected to match"
            " ^(https?|file)://[^\\s<>\\\"']+$",
        ],
    ),
    (
        "name of a source",
        HEAD + '  sources:\n    The Paper: {url: "https://example.org", read: 2024-01-02}\n',
        ["4: sources.The Paper: 'The Paper' has the wrong form, expected to match ^[a-z0-9]+([.-][a-z0-9]+)*$"],
    ),
    ("no family", HEAD + "  family: f\n", ["3: family: no family `f` in the file"]),
    (
        "mistyped family",
        "- id: a\n  name: A\n  family: lama-2\n- family: llama-2\n",
        ["3: family: no family `lama-2` in the file; did you mean `llama-2`?"],
    ),
    (
        "wrong kinds",
        "- id: [a]\n  name: {b: c}\n",
        ["1: id: Input should be a valid string", "2: name: Input should be a valid string"],
    ),
    ("null", "- id: a\n  name:\n", ["2: name: Input should be a valid string"]),
    (
        "a mapping where a list belongs",
        HEAD + "  weights: {status: unknown}\n",
        ["3: weights: Input should be a valid list"],
    ),
    ("a word where a mapping belongs", HEAD + "  sources: none\n", ["3: sources: Input should be a valid dictionary"]),
    (
        "a number",
        HEAD + "  parameters: {total: 7B}\n",
        ["3: parameters.total: Input should be a valid integer, unable to parse string as an integer"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in PROBLEMS], ids=[case[0] for case in PROBLEMS])
def test_a_problem_is_told_where_it_stands(text: str, expected: list[str]) -> None:
    assert told(text) == expected


def test_all_problems_at_once_by_line() -> None:
    text = """\
- family: a
  organisation: Acme
- id: b
  name: B
  family: gg
  weights:
    - {status: open}
- id: c
  x: [
- id: a
  name: A
  country: Norway
  weights:
    - {status: unknown, license: MTI}
- id: d
  x: *y
"""
    assert told(text) == [
        "2: organisation: unknown key; did you mean `organization`?",
        "5: family: no family `gg` in the file",
        "7: weights.0: status `open` needs at least one evidence",
        "9: not valid YAML: did not find expected node content",
        "10: id: `a` must stand before `b`: the file is sorted by id",
        "12: country: 'Norway' has the wrong form, expected to match ^[A-Z]{2}$",
        "16: anchors and aliases are not allowed: write the value out",
    ]


def test_a_familys_problem_is_told_once_with_its_name() -> None:
    text = "- family: f\n  country: Norway\n" + "".join(f"- id: f-{n}\n  name: F {n}\n  family: f\n" for n in range(5))
    problems = load_text(text).problems
    assert [(problem.line, problem.field, problem.block) for problem in problems] == [(2, "country", "f")]


def test_what_refers_to_a_broken_entry_is_not_wrong_as_well() -> None:
    text = """\
- id: a
  name: A
  family: f
  base_models:
    - {id: b, relation: finetune, evidence: [{url: "https://example.org", read: 2024-01-02}]}
    - {id: c, relation: merge, evidence: [{url: "https://example.org", read: 2024-01-02}]}
- id: b
  name: [
- id: c
- family: f
  note: *x
"""
    assert told(text) == [
        "8: not valid YAML: did not find expected node content",
        "9: name: is missing",
        "11: anchors and aliases are not allowed: write the value out",
    ]


def test_a_long_value_is_not_repeated_in_full() -> None:
    text = HEAD + f"  country: {'x' * 100_000}\n  report:\n    - status: {'y' * 100_000}\n"
    assert all(len(line) < 400 for line in told(text))


def test_nothing_is_usable_while_there_are_problems() -> None:
    registry = load_text(HEAD + "- id: b\n")
    assert list(registry.entries) == ["a"]
    assert len(registry.problems) == 1


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    path.write_bytes(b"- id: a\n  name: caf\xe9\n")
    with pytest.raises(UnicodeDecodeError):
        load_file(path)
    result = CliRunner().invoke(group, ["lint", str(path)], standalone_mode=False)
    assert isinstance(result.exception, OpennessError)
    assert result.exception.code == "unreadable"
    assert "can't decode byte 0xe9 in position 19" in result.exception.message
    assert result.exception.hint == "it must be a UTF-8 text file"


def test_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    path.write_bytes(b"\xef\xbb\xbf- id: a\r\n  name: A\r\n  note: |\r\n    one\r\n    two\r\n")
    registry = load_file(path)
    assert registry.problems == []
    assert registry.models["a"].note == "one\ntwo"


def test_a_file_of_64_mib_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    with path.open("wb") as stream:
        stream.truncate(blocks.MAX_FILE_BYTES + 1)
    assert [str(problem) for problem in load_file(path).problems] == ["the file is larger than 64 MiB"]


def test_a_device_is_not_read_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MAX_FILE_BYTES", 1 << 20)
    assert [problem.line for problem in load_file(Path("/dev/zero")).problems] == [1]


def test_lint_prints_file_line_field_and_message(tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    path.write_text("- id: a\n  name: A\n  countri: NO\n")
    result = CliRunner().invoke(group, ["lint", str(path)], standalone_mode=False)
    assert result.stdout == f"{path}:3: countri: unknown key; did you mean `country`?\n"
    assert result.return_value == 1


SLUGS = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?", fullmatch=True)
PLAIN = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff")
WORDS = st.text(PLAIN, min_size=1, max_size=20).map(str.strip).filter(bool)
URLS = st.from_regex(r"https://[a-z]{1,8}\.org/[a-z0-9]{0,5}", fullmatch=True)
DAYS = st.dates(date(2015, 1, 1), date(2024, 12, 31)).map(date.isoformat)
STATUSES = st.sampled_from(["open", "gated", "restricted", "closed"])
SINCE = st.lists(DAYS, max_size=3).map(sorted)


@st.composite
def evidence(draw: st.DrawFn, sources: list[str]) -> list[dict[str, str]]:
    direct = st.fixed_dictionaries(
        {"url": URLS, "read": DAYS}, optional={"where": WORDS, "quote": WORDS, "note": WORDS}
    )
    cited = (
        st.fixed_dictionaries({"source": st.sampled_from(sources)}, optional={"where": WORDS}) if sources else direct
    )
    return draw(st.lists(direct | cited, min_size=1, max_size=2))


@st.composite
def shared(draw: st.DrawFn) -> dict[str, Any]:
    """The fields that a family and a model have in common."""
    source = st.fixed_dictionaries({"url": URLS, "read": DAYS}, optional={"revision": WORDS, "copy_of": URLS})
    sources = draw(st.dictionaries(SLUGS, source, max_size=2))
    cited = evidence(list(sources))
    data: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "organization": WORDS,
                "country": st.sampled_from(["NO", "CN", "US"]),
                "modality": st.just(["text", "code"]),
                "claims": st.lists(st.fixed_dictionaries({"says": st.just("open"), "by": WORDS, "evidence": cited})),
                "note": WORDS,
            },
        )
    )
    data["sources"] = sources
    for artifact in draw(st.sets(st.sampled_from(["weights", "report", "training_code", "training_data"]))):
        data[artifact] = [
            {"status": draw(STATUSES), "since": since, "license": "MIT", "evidence": draw(cited)}
            for since in draw(SINCE)
        ]
    topics = draw(st.sets(st.sampled_from(["tokenizer", "optimization", "data_sources"])))
    data["disclosures"] = {
        topic: [
            {"value": draw(st.sampled_from(["yes", "no"])), "since": s, "evidence": draw(cited)} for s in draw(SINCE)
        ]
        for topic in topics
    }
    return data


@given(shared(), shared(), WORDS, st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_record_reads_back_equal(family: dict[str, Any], model: dict[str, Any], name: str, flow: bool) -> None:
    model |= {"id": "zz", "name": name, "family": "f", "parameters": {"total": 7}, "aliases": [name]}
    written = [{"family": "f", **family}, model]
    text = "".join(yaml.dump([e], Dumper=yaml.CSafeDumper, default_flow_style=None if flow else False) for e in written)
    registry = load_text(text, {"MIT"})
    assert registry.problems == []

    both = family | model
    for key in ("sources", "disclosures"):
        both[key] = family[key] | model[key]
    assert registry.models["zz"] == Model.model_validate(_filled(both, both["sources"]))
    # The loaded record says all by itself, as the index keeps it.
    kept = registry.models["zz"].model_dump_json(exclude_defaults=True)
    assert Model.model_validate_json(kept) == registry.models["zz"]


def _filled(value: Any, sources: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_filled(item, sources) for item in value]
    if isinstance(value, dict):
        return {**sources.get(value.get("source"), {}), **{key: _filled(item, sources) for key, item in value.items()}}
    return value


SCRAPS = [
    *HEAD.splitlines(keepends=True),
    "- id: b\n",
    "- family: f\n",
    "  family: f\n",
    "  family: [f]\n",
    "  sources: x\n",
    "  sources: {a: b}\n",
    "  weights: [[]]\n",
    "  weights: [{evidence: [{source: {a: b}}]}]\n",
    "  report: [{evidence: [{source: a}]}]\n",
    "  report: [{status: open, license: (, evidence: [{source: a}]}]\n",
    "  disclosures: {tokenizer: [1]}\n",
    "  base_models: [{id: a}]\n",
]


@given(st.text() | st.lists(st.sampled_from(SCRAPS)).map("".join))
@settings(max_examples=150, deadline=None)
def test_bad_data_never_raises(text: str) -> None:
    registry = load_text(text, {"MIT"})
    assert registry.problems == sorted(registry.problems)
