"""The generated files: fresh, valid, and noticed when they are not."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from script_modules import load_script

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture
def generate() -> ModuleType:
    return load_script("generate")


def call(generate: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["generate.py", *arguments])
    return int(generate.main())


def test_the_files_are_fresh(
    generate: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(generate, monkeypatch, "--check") == 0, capsys.readouterr().out
    # And no schema is left over from an output that is gone.
    assert set((PROJECT / "schemas" / "json").iterdir()) == {
        path for path in generate.generated() if path.suffix == ".json"
    }


def test_stale_files_are_named_and_written_anew(
    generate: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    assert call(generate, monkeypatch, "--check") == 1
    assert not list(tmp_path.iterdir())  # a check writes nothing
    assert call(generate, monkeypatch) == 0
    assert call(generate, monkeypatch, "--check") == 0
    capsys.readouterr()
    rules = tmp_path / "docs" / "rules.md"
    rules.write_text(rules.read_text("utf-8").replace("open", "closed", 1), "utf-8")
    assert call(generate, monkeypatch, "--check") == 1
    assert capsys.readouterr().out == "docs/rules.md is stale: run `make schemas`\n"
    assert call(generate, monkeypatch) == 0
    assert capsys.readouterr().out == "wrote docs/rules.md\n"


def test_every_schema_is_a_schema(generate: ModuleType) -> None:
    for path, text in generate.generated().items():
        if path.suffix == ".json":
            schema = json.loads(text)
            Draft202012Validator.check_schema(schema)
            assert schema["title"]
            refs = set(re.findall(r'"\$ref": "#/\$defs/(\w+)"', text))
            assert refs <= set(schema.get("$defs", {}))


class EditorLoader(yaml.CSafeLoader):
    """YAML 1.2 as editors read it: dates and `no` are text, numbers and true/false are not."""


EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag.rsplit(":", 1)[-1] in ("int", "float", "null")]
    for first, found in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
EditorLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))


def test_an_editor_finds_nothing_wrong_with_the_registry() -> None:
    text = (PROJECT / "data" / "models.yaml").read_text("utf-8")
    first = text.splitlines()[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert found
    schema = json.loads((PROJECT / "data" / found[1]).read_text("utf-8"))
    validator = Draft202012Validator(schema)
    data = yaml.load(text, Loader=EditorLoader)
    for block in data:
        name = "Model" if "id" in block else "Family"
        one: dict[str, Any] = {**schema["$defs"][name], "$defs": schema["$defs"]}
        for error in Draft202012Validator(one).iter_errors(block):
            pytest.fail(f"{block.get('id') or block.get('family')}: {error.json_path}: {error.message}")
    assert validator.is_valid(data[:5])
    assert not validator.is_valid([{**data[0], "wieghts": []}])


def test_an_editor_finds_nothing_wrong_with_the_licenses() -> None:
    schema = json.loads((PROJECT / "schemas" / "json" / "licenses.schema.json").read_text("utf-8"))
    validator = Draft202012Validator(schema)
    for path in sorted((PROJECT / "data" / "licenses").glob("*.yaml")):
        if path.name != "open_not_osi.yaml":
            errors = list(validator.iter_errors(yaml.load(path.read_text("utf-8"), Loader=EditorLoader)))
            assert not errors, f"{path.name}: {errors[0].json_path}: {errors[0].message}"
