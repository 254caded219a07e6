"""A small registry for the pages: dates, undated states, a family, and names that would like to be markup."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

EVIL_NAME = "<script>alert(1)</script> ![x](https://evil.example/p.png)"
KID_NAME = 'Kid "];evil[label="x\\N <b>'


def evidence(where: str = "", more: str = "") -> str:
    given = f", where: {where}" if where else ""
    return f'[{{url: "https://example.org/a", read: "2025-01-02"{given}{more}}}]'


def state(field: str, *states: str) -> str:
    lines = [f"  {field}:"]
    for text in states:
        lines += [f"    - {{{text}, evidence: {evidence()}}}"]
    return "\n".join(lines)


def topics(**values: str) -> str:
    lines = ["  disclosures:"]
    for name, value in values.items():
        lines += [f"    {name}:", f"      - {{{value}, evidence: {evidence()}}}"]
    return "\n".join(lines)


REGISTRY = "\n".join(
    [
        textwrap.dedent(
            """\
            - id: base
              name: Base 7B
              organization: Acme
              country: FR
              modality: [text]
              parameters: {total: 7000000000}
              released: "2023-03"
              repositories:
                - {host: huggingface, id: acme/Base-7B}
                - {host: other, id: elsewhere/base}
            """
        ).rstrip(),
        state("weights", 'status: closed, since: "2023-03"', 'status: open, since: "2023-05-10", license: Apache-2.0'),
        state("report", 'status: open, since: "2023-05-10"'),
        state("training_code", "status: open, license: MIT"),
        topics(
            optimization='value: "yes", since: "2023-05-10"',
            data_processing='value: "yes", since: "2024-02"',
            tokenizer='value: "no"',
        ),
        textwrap.dedent(
            f"""\
            - id: evil
              name: "{EVIL_NAME}"
              aliases: ["**alias** :smile:"]
              organization: 'Evil "Corp" <img src=x onerror=alert(2)> [click](javascript:alert(3))'
              released: "2024-01"
              base_models:
                - {{id: acme/Base-7B, relation: finetune, evidence: {evidence()}}}
                - {{id: 'nobody/</title>"x', relation: merge, evidence: {evidence()}}}
              weights:
                - status: open
                  since: "2024-01"
                  license: LicenseRef-llama-2
                  note: "![n](https://evil.example/n.png) **bold** :smile: $x^2$ <b>b</b>"
                  evidence:
                    - url: "https://evil.example/a(b)[c]?q=*x*"
                      read: "2025-01-02"
                      where: "<i>§1</i>"
                      quote: '"quote" `code` [l](https://e.example)'
                      note: "# head"
                      stored: true
                      copy_of: "https://original.example/1"
              claims:
                - says: open source
                  by: "<u>Evil</u> ![c](https://evil.example/c.png)"
                  evidence: {evidence()}
                - {{says: open, by: Evil, evidence: {evidence()}}}
              assessments:
                - by: "**Judge** <svg onload=alert(4)>"
                  scale: "levels ![s](https://evil.example/s.png)"
                  value: "<script>alert(5)</script>"
                  level: 4
                  evidence: [{{citation: "A. Author, <b>Title</b>, 2024"}}]
            """
        ).rstrip(),
        f"- id: kid\n  name: '{KID_NAME}'",
        f"  base_models:\n    - {{id: evil, relation: adapter, evidence: {evidence()}}}",
        state("weights", "status: gated, license: MIT"),
        "- id: shut\n  name: Shut",
        state("weights", 'status: closed, since: "2023"'),
        "",
    ]
)


def use(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str = REGISTRY) -> None:
    """Make a text the registry in use."""
    path = folder / "models.yaml"
    path.write_text(text, "utf-8")
    monkeypatch.setenv("OPENNESS_REGISTRY", str(path))


@pytest.fixture(scope="module")
def small_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put this registry to use for a whole module."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        use(tmp_path_factory.mktemp("registry"), monkeypatch)
        yield
