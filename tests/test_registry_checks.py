"""What holds across the registry: order, names, references, licenses, dates and addresses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from openness.registry.checks import next_change
from openness.registry.load import load_text
from openness.schemas.record import Model

KNOWN = {"MIT", "Apache-2.0", "GPL-2.0-only", "Classpath-exception-2.0", "LicenseRef-llama-2"}
TODAY = datetime.now(UTC).date()
YEAR = TODAY.year
URL = '{url: "https://example.org", read: 2024-01-02}'


def told(text: str) -> list[str]:
    return [f"{problem.line}: {problem}" for problem in load_text(text, KNOWN).problems]


def model(name: str, *lines: str) -> str:
    return "".join(f"{line}\n" for line in (f"- id: {name}", f"  name: The {name}", *lines))


ORDER: list[tuple[str, str, list[str]]] = [
    ("sorted", "- family: a\n" + model("a") + model("a-1") + "- family: a-10\n" + model("a.b") + model("b"), []),
    ("unsorted", model("b") + model("a") + model("c"), ["3: id: `a` must stand before `b`: the file is sorted by id"]),
    (
        "one far ahead is told once for each that follows",
        model("z") + model("a") + model("b"),
        [
            "3: id: `a` must stand before `z`: the file is sorted by id",
            "5: id: `b` must stand before `z`: the file is sorted by id",
        ],
    ),
    (
        "a family stands above the model of its name",
        model("a") + "- family: a\n",
        ["3: family: `a` must stand before `a`: the file is sorted by id"],
    ),
    ("id twice", model("a") + model("b") + model("a"), ["5: id: `a` stands already at line 1"]),
    ("id thrice", model("a") * 3, ["3: id: `a` stands already at line 1", "5: id: `a` stands already at line 1"]),
    ("family twice", "- family: a\n- family: a\n", ["2: family: `a` stands already at line 1"]),
    (
        "id below the name",
        "- name: B\n  id: b\n- name: A\n  id: a\n",
        ["4: id: `a` must stand before `b`: the file is sorted by id"],
    ),
    ("nothing to sort by", model("a") + "- country: NO\n" + model("b"), ["3: family: is missing"]),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in ORDER], ids=[case[0] for case in ORDER])
def test_order_and_duplicates(text: str, expected: list[str]) -> None:
    assert told(text) == expected


NAMES: list[tuple[str, list[str], list[str]]] = [
    ("name of another", ["  aliases: [x]"], ["  aliases:", "    - y", "    - The_A"]),
    ("alias of another", ["  aliases: [通义 千问]"], ["  aliases:", "    - y", "    - 通义-千问"]),
    ("id of another", [], ["  aliases:", "    - y", "    - A"]),
    (
        "repository of another",
        ["  repositories: [{host: huggingface, id: Org/Name}]"],
        ["  repositories:", "    - {host: github, id: org/other}", "    - {host: github, id: org/name}"],
    ),
]
CLASHES = {
    "name of another": "'The_A' already names `a`: a name belongs to one model",
    "alias of another": "'通义-千问' already names `a`: a name belongs to one model",
    "id of another": "'A' already names `a`: a name belongs to one model",
    "repository of another": "'org/name' already names `a`: a name belongs to one model",
}


@pytest.mark.parametrize(("case", "first", "second"), NAMES, ids=[case[0] for case in NAMES])
def test_a_name_belongs_to_one_model(case: str, first: list[str], second: list[str]) -> None:
    text = model("a", *first) + model("b", *second)
    line = text.count("\n")
    field = "repositories.1" if case.startswith("repository") else "aliases.1"
    assert told(text) == [f"{line}: {field}: {CLASHES[case]}"]


def test_a_model_may_repeat_its_own_names() -> None:
    assert (
        told(
            model("a", "  aliases: [a, A, the a]", "  repositories: [{host: github, id: a/a}, {host: other, id: a/a}]")
        )
        == []
    )


def based(*bases: str) -> list[str]:
    evidence = f"      evidence: [{URL}]"
    return [
        "  base_models:",
        *(line for base in bases for line in (f"    - id: {base}", "      relation: merge", evidence)),
    ]


REFERENCES: list[tuple[str, str, list[str]]] = [
    ("known", model("a", *based("b")) + model("b"), []),
    ("outside of the registry", model("a", *based("org/name")), []),
    (
        "mistyped",
        model("llama-2-7b") + model("vicuna", *based("lama-2-7b")),
        ["6: base_models.0.id: no model `lama-2-7b` in the registry; did you mean `llama-2-7b`?"],
    ),
    (
        "missing",
        model("a", *based("zzzz")),
        ["4: base_models.0.id: no model `zzzz` in the registry; a model outside the registry is written org/name"],
    ),
    ("itself", model("a", *based("a")), ["4: base_models.0.id: `a` cannot be made from itself"]),
    (
        "each other",
        model("a", *based("b")) + model("b", *based("a")),
        [
            "4: base_models.0.id: `b` is itself made from `a`: a cycle",
            "10: base_models.0.id: `a` is itself made from `b`: a cycle",
        ],
    ),
    (
        "in a ring, seen from each of its members and from no other",
        model("a", *based("b")) + model("b", *based("c")) + model("c", *based("x/y", "a")) + model("d", *based("a")),
        [
            "4: base_models.0.id: `b` is itself made from `a`: a cycle",
            "10: base_models.0.id: `c` is itself made from `b`: a cycle",
            "19: base_models.1.id: `a` is itself made from `c`: a cycle",
        ],
    ),
    (
        "twice the same way",
        model("a", *based("b", "c")) + model("b", *based("d")) + model("c", *based("d")) + model("d"),
        [],
    ),
    (
        "by the family",
        "\n".join(["- family: a", *based("zzzz"), ""]) + "- id: a-1\n  name: A 1\n  family: a\n",
        ["3: base_models.0.id: no model `zzzz` in the registry; a model outside the registry is written org/name"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in REFERENCES], ids=[case[0] for case in REFERENCES])
def test_base_models(text: str, expected: list[str]) -> None:
    assert told(text) == expected


NOT_KNOWN = "is neither an SPDX id nor in data/licenses/"
LICENSES: dict[str, list[str]] = {
    "MIT": [],
    "MIT OR Apache-2.0": [],
    "(MIT AND Apache-2.0) OR LicenseRef-llama-2": [],
    "GPL-2.0-only WITH Classpath-exception-2.0": [],
    "NONE": [],
    "mit": [f"`mit` {NOT_KNOWN}; did you mean `MIT`?"],
    "Apache2.0": [f"`Apache2.0` {NOT_KNOWN}; did you mean `Apache-2.0`?"],
    "LicenseRef-lama-2": [f"`LicenseRef-lama-2` {NOT_KNOWN}; did you mean `LicenseRef-llama-2`?"],
    "zzzzzzzz": [f"`zzzzzzzz` {NOT_KNOWN}"],
    "MIT OR Apache2.0 OR zzzzzzzz": [
        f"`Apache2.0` {NOT_KNOWN}; did you mean `Apache-2.0`?",
        f"`zzzzzzzz` {NOT_KNOWN}",
    ],
    "GPL-2.0-only WITH Classpath-exception": [
        f"`Classpath-exception` {NOT_KNOWN}; did you mean `Classpath-exception-2.0`?"
    ],
    "MIT Apache-2.0": [f"`MIT Apache-2.0` {NOT_KNOWN}; did you mean `Apache-2.0`?"],
    "MIT AND": ["'MIT AND' is not an SPDX expression: AND requires two or more licenses as in: MIT AND BSD"],
    "MIT OR (Apache-2.0": ["'MIT OR (Apache-2.0' is not an SPDX expression: Invalid expression"],
    "MIT, Apache-2.0": [
        "'MIT, Apache-2.0' is not an SPDX expression: Invalid license key: the valid characters are: letters and"
        " numbers, underscore, dot, colon or hyphen signs and spaces: 'MIT, Apache-2.0'"
    ],
    # The library trips over these instead of refusing them.
    "()": ["'()' is not an SPDX expression"],
    "( AND MIT": ["'( AND MIT' is not an SPDX expression"],
    "   ": ["'   ' is not an SPDX expression"],
}


@pytest.mark.parametrize("expression", LICENSES)
def test_licenses(expression: str) -> None:
    text = model("a", "  weights:", "    - status: unknown", f"      license: '{expression}'")
    assert told(text) == [f"5: weights.0.license: {message}" for message in LICENSES[expression]]


def test_licenses_are_checked_only_against_a_knowledge_base() -> None:
    assert load_text(model("a", "  report: [{status: unknown, license: zzz}]")).problems == []


FUTURE = f"{YEAR + 1}-02-03"
DATES: list[tuple[str, list[str], list[str]]] = [
    ("partial date that has begun", [f"  report: [{{status: open, since: {YEAR}, evidence: [{URL}]}}]"], []),
    ("released this year", [f"  released: {YEAR}"], []),
    ("released", [f"  released: {FUTURE}"], [f"3: released: {FUTURE} lies in the future"]),
    ("next year", [f"  released: {YEAR + 1}"], [f"3: released: {YEAR + 1} lies in the future"]),
    (
        "state",
        ["  report:", "    - status: open", f"      since: {FUTURE}", f"      evidence: [{URL}]"],
        [f"5: report.0.since: {FUTURE} lies in the future"],
    ),
    (
        "topic",
        ["  disclosures:", "    tokenizer:", f"      - {{value: unknown, since: {FUTURE}}}"],
        [f"5: disclosures.tokenizer.0.since: {FUTURE} lies in the future"],
    ),
    (
        "evidence",
        [
            "  report:",
            "    - status: open",
            "      evidence:",
            '        - url: "https://example.org"',
            f"          read: {FUTURE}",
        ],
        [f"7: report.0.evidence.0.read: {FUTURE} lies in the future"],
    ),
    (
        "a source, told once and not wherever it is cited",
        [
            "  sources:",
            f'    paper: {{url: "https://example.org", read: {FUTURE}}}',
            "  report: [{status: open, evidence: [{source: paper}, {source: paper}]}]",
        ],
        [f"4: sources.paper.read: {FUTURE} lies in the future"],
    ),
    (
        "evidence read in another century",
        ["  report: [{status: open, evidence: [{url: https://example.org, read: 1970-01-01}]}]"],
        ["3: report.0.evidence.0.read: 1970-01-01 is before 2000: the day it was read"],
    ),
    (
        "read before the release",
        ["  released: 2024-03-15", '  report: [{status: open, evidence: [{url: "https://a.org", read: 2024-01-01}]}]'],
        [],
    ),
    (
        "review",
        [f"  report: [{{status: open, evidence: [{URL[:-1]}, reviewed: {{by: me, date: {FUTURE}}}}}]}}]"],
        [f"3: report.0.evidence.0.reviewed.date: {FUTURE} lies in the future"],
    ),
    (
        "claim",
        ["  claims:", f'    - {{says: open, by: X, evidence: [{{url: "https://example.org", read: {FUTURE}}}]}}'],
        [f"4: claims.0.evidence.0.read: {FUTURE} lies in the future"],
    ),
    (
        "weights before the release",
        ["  released: 2024-03", "  weights:", f"    - {{status: open, since: 2024-02-28, evidence: [{URL}]}}"],
        ["5: weights.0.since: 2024-02-28 is before the release, 2024-03"],
    ),
    (
        "weights in the month of the release",
        ["  released: 2024-03-15", "  weights:", f"    - {{status: open, since: 2024-03, evidence: [{URL}]}}"],
        [],
    ),
    (
        "weights in the year of the release",
        ["  released: 2024", "  weights:", f"    - {{status: open, since: 2024-01-01, evidence: [{URL}]}}"],
        [],
    ),
]


@pytest.mark.parametrize(("lines", "expected"), [case[1:] for case in DATES], ids=[case[0] for case in DATES])
def test_dates(lines: list[str], expected: list[str]) -> None:
    assert told(model("a", *lines)) == expected


LOCAL = "file:///home/me/paper.pdf can be read on one machine only: name a public address"


def test_addresses_are_public() -> None:
    """`file:` is for graded folders; in the registry everybody must be able to follow the evidence."""
    here = "file:///home/me/paper.pdf"
    text = model(
        "a",
        "  sources:",
        f'    paper: {{url: "{here}", read: 2024-01-02}}',
        f'    copy: {{url: "https://example.org", read: 2024-01-02, copy_of: "{here}"}}',
        "  report:",
        "    - status: open",
        "      evidence:",
        "        - source: paper",
        "        - source: copy",
        f'        - url: "{here}"',
        "          read: 2024-01-02",
        "  disclosures:",
        "    tokenizer:",
        f'      - {{value: yes, evidence: [{{url: "{here}", read: 2024-01-02}}]}}',
        "  assessments:",
        f'    - {{by: X, scale: Y, value: Z, evidence: [{{url: "{here}", read: 2024-01-02}}]}}',
    )
    assert told(text) == [
        f"4: sources.paper.url: {LOCAL}",
        f"5: sources.copy.copy_of: {LOCAL}",
        f"11: report.0.evidence.2.url: {LOCAL}",
        f"15: disclosures.tokenizer.0.evidence.0.url: {LOCAL}",
        f"17: assessments.0.evidence.0.url: {LOCAL}",
    ]


PRIVATE = "can be read on one machine only: name a public address"
ADDRESSES: dict[str, str | None] = {
    "https://example.org/a?b=c#d": None,
    "https://example.org:8443/": None,
    "https://[2606:4700:4700::1111]/": None,
    "https://中文.example/": None,
    "https:///paper.pdf": "names no host",
    "https://:443/paper.pdf": "names no host",
    "https://me@example.org/": "holds a user name or password: leave that out",
    "https://me:secret@example.org/": "holds a user name or password: leave that out",
    "https://@example.org/": "holds a user name or password: leave that out",
    "https://example.org/@user": None,
    "https://example.org:port/": "is not an address",
    "https://example.org:99999/": "is not an address",
    "https://[::1/": "is not an address",
    "http://localhost:8000/paper": PRIVATE,
    "http://wiki/paper": PRIVATE,
    "http://nas.local/paper": PRIVATE,
    "http://127.0.0.1/paper": PRIVATE,
    "http://192.168.1.7/paper": PRIVATE,
    "http://[::1]/paper": PRIVATE,
    "http://169.254.169.254/latest": PRIVATE,
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_the_form_of_addresses(url: str) -> None:
    text = model("a", "  report:", "    - status: open", f"      evidence: [{{url: '{url}', read: 2024-01-02}}]")
    told_ = ADDRESSES[url]
    assert told(text) == ([f"5: report.0.evidence.0.url: {url} {told_}"] if told_ else [])


@pytest.mark.parametrize("character", ["\\x01", "\\x7f", "\\u202e", "\\u200b"])
def test_an_address_holds_nothing_invisible(character: str) -> None:
    """Written as escapes these pass the reader of the file."""
    address = f'{{url: "https://example.org/{character}", read: 2024-01-02}}'
    problems = told(model("a", "  report:", "    - status: open", f"      evidence: [{address}]"))
    assert len(problems) == 1
    assert "holds a space or an invisible character" in problems[0]
    spaced = told(model("a", "  report:", "    - status: open", f"      evidence: [{address.replace(character, ' ')}]"))
    assert "has the wrong form" in spaced[0]


SOURCE = 'url: "https://example.org", read: 2024-01-02'
UNUSED: list[tuple[str, str, list[str]]] = [
    (
        "by a model",
        model("a", "  sources:", f"    paper: {{{SOURCE}}}", f"    code: {{{SOURCE}}}")
        + "  claims: [{says: open, by: X, evidence: [{source: code}]}]\n",
        ["4: sources.paper: unused: no evidence names it"],
    ),
    (
        "of a family, by itself or one of its models",
        "- family: f\n  sources:\n"
        + "".join(f"    {key}: {{{SOURCE}}}\n" for key in ("own", "shared", "spare"))
        + "  report: [{status: open, evidence: [{source: own}]}]\n"
        + model("f-1", "  family: f", "  weights: [{status: open, evidence: [{source: shared}]}]"),
        ["5: sources.spare: unused: no evidence names it"],
    ),
    (
        "a model's own document in the place of its family's",
        f"- family: f\n  sources:\n    card: {{{SOURCE}}}\n"
        "  weights: [{status: open, evidence: [{source: card}]}]\n"
        + model("f-1", "  family: f", "  sources:", f"    card: {{{SOURCE}}}", f"    other: {{{SOURCE}}}"),
        ["10: sources.other: unused: no evidence names it"],
    ),
    (
        "not told beside the mistyped key that makes it so",
        model("a", "  sources:", f"    paper: {{{SOURCE}}}", "  report: [{status: open, evidence: [{source: papre}]}]"),
        ["5: report.0.evidence.0.source: no source `papre` in `sources`; did you mean `paper`?"],
    ),
]


def test_a_repository_stands_once() -> None:
    places = ["{host: github, id: a/b}", "{host: huggingface, id: a/b}", "{host: github, id: A/B}"]
    text = model("a", "  repositories:", *(f"    - {place}" for place in places))
    assert told(text) == ["6: repositories.2: github A/B stands already as repositories.0"]


CHANGES: list[tuple[list[str], date | None]] = [
    ([], None),
    (["2023", "2024-02"], None),
    ([TODAY.isoformat(), (TODAY - timedelta(1)).isoformat()], None),
    ([f"{YEAR + 1}"], date(YEAR + 1, 12, 31)),
    ([f"{YEAR + 2}", "2023", f"{YEAR + 1}-02"], date(YEAR + 1, 2, 29 if (YEAR + 1) % 4 == 0 else 28)),
]


@pytest.mark.parametrize(("since", "expected"), CHANGES)
def test_next_change_is_the_end_of_the_nearest_partial_date(since: list[str], expected: date | None) -> None:
    models = [
        Model.model_validate({"id": f"a{i}", "name": "A", "report": [{"status": "unknown", "since": text}]})
        for i, text in enumerate(since)
    ]
    assert next_change(models, TODAY) == expected
    released = [Model.model_validate({"id": f"a{i}", "name": "A", "released": text}) for i, text in enumerate(since)]
    assert next_change(released, TODAY) == expected
