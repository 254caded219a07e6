"""`openness check` as users run it: answers, duties, dates, exit codes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from cli_runner import PROJECT, Done, check, inside, model, program, run, state, write_registry
from license_texts import MIT

SHIPPED = PROJECT / "data" / "models.yaml"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def licensed(name: str, license_: str | None) -> dict[str, Any]:
        return model(name, weights=[state("open", "2024-01", **({"license": license_} if license_ else {}))])

    return write_registry(
        tmp_path_factory.mktemp("registry") / "small.yaml",
        licensed("cap", "LicenseRef-llama-2"),
        licensed("free", "Apache-2.0"),
        licensed("kimi", "LicenseRef-kimi-k2"),
        licensed("mute", None),
        licensed("none", "NONE"),
        licensed("trade", "CC-BY-NC-4.0"),
        licensed("west", "LicenseRef-llama-4"),
    )


def ask(registry: Path, *arguments: str) -> Done:
    return inside("check", *arguments, registry=registry)


@pytest.mark.parametrize(
    ("name", "options", "verdict", "code"),
    [
        ("free", ["--commercial", "--users", "10 billion", "--train-models", "--military", "--region", "EU"], "yes", 0),
        ("cap", ["--users", "800M"], "permission", 1),
        ("cap", ["--users", "5M"], "yes", 0),
        ("cap", ["--users", "700,000,000", "--commercial"], "yes", 0),
        ("cap", ["--users", "8亿"], "permission", 1),
        ("cap", ["--train-models"], "no", 1),
        ("cap", ["--modify", "--redistribute"], "yes", 0),
        ("cap", ["--modify", "--outputs"], "no", 1),
        ("kimi", ["--users", "800M"], "yes", 0),
        ("mute", ["--commercial"], "unknown", 0),
        ("none", ["--modify"], "no", 1),
        ("trade", ["--commercial"], "no", 1),
        ("trade", ["--modify", "--redistribute"], "yes", 0),
        ("west", ["--region", "EU"], "no", 1),
        ("west", ["--region", "Japan"], "yes", 0),
    ],
)
def test_answers(small: Path, name: str, options: list[str], verdict: str, code: int) -> None:
    done = ask(small, name, *options, "--json", "--offline")
    assert (done.code, done.err) == (code, "")
    found = check("check", done.json)
    assert (found["id"], found["target"], found["verdict"]) == (name, name, verdict)
    assert len(found["answers"]) == len([option for option in options if option.startswith("--")])
    order = ["no", "permission", "unknown", "yes"]
    assert found["verdict"] == min((answer["verdict"] for answer in found["answers"]), key=order.index)
    assert "not legal advice" in found["disclaimer"]
    text = ask(small, name, *options, "--offline")
    assert text.code == code
    assert text.out.startswith(f"{name}   {verdict.upper()}")
    assert "not legal advice" in " ".join(text.out.split())


def test_the_clause_and_the_duties_are_shown(small: Path) -> None:
    done = run("check", "cap", "--users", "800M", "--commercial", "--json", "--offline", registry=small)
    assert done.code == 1
    found = check("check", done.json)
    answers = {answer["use"]: answer for answer in found["answers"]}
    assert [answer["verdict"] for answer in answers.values()] == ["yes", "permission"]
    because = answers["users 800,000,000"]["because"]
    assert {clause["kind"] for clause in because} == {"user_threshold", "commercial_license_required_separately"}
    assert all(clause["section"] and clause["quote"] for clause in because)
    assert found["license"] == "LicenseRef-llama-2"
    assert "attribution_notice" in {duty["kind"] for duty in found["duties"]}
    flat = " ".join(ask(small, "cap", "--users", "800M").out.split())
    assert all(" ".join(clause["summary"].split()) in flat for clause in because)
    assert "duties" in flat


def test_the_day_decides() -> None:
    for day, license_, verdict, code in (
        ("2023-11-03", "LicenseRef-yi-1.0", ("no", "permission"), 1),
        ("2023-11-30", "LicenseRef-yi-2.1", ("no", "permission"), 1),
        ("2024-05-29", "LicenseRef-yi-2.1", ("no", "permission"), 1),
        ("2024-06-30", "Apache-2.0", ("yes",), 0),
    ):
        done = ask(SHIPPED, "yi-34b", "--commercial", "--as-of", day, "--json", "--offline")
        found = check("check", done.json)
        assert (found["license"], found["as_of"], done.code) == (license_, day, code)
        assert found["verdict"] in verdict
    early = ask(SHIPPED, "yi-34b", "--commercial", "--as-of", "2023-01-01", "--json", "--offline")
    assert (early.code, early.json["verdict"], early.json["license"]) == (0, "unknown", None)
    today = ask(SHIPPED, "yi-34b", "--commercial", "--json", "--offline")
    assert (today.code, today.json["verdict"]) == (0, "yes")


def test_the_issue_s_example() -> None:
    done = ask(SHIPPED, "llama-2-7b", "--commercial", "--users", "800M", "--revenue", "5M", "--offline", "--json")
    found = check("check", done.json)
    assert (done.code, found["verdict"]) == (1, "permission")
    assert [answer["use"] for answer in found["answers"]] == ["commercial", "users 800,000,000", "revenue 5,000,000"]


def test_a_folder_is_checked_by_the_text_of_its_license(small: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n# Tiny\n", "utf-8")
    license_ = tmp_path / "LICENSE"
    license_.write_text(MIT, "utf-8")
    done = ask(small, str(tmp_path), "--commercial", "--json")
    assert (done.code, done.json["license"], done.json["verdict"]) == (0, "MIT", "yes")
    license_.write_text(f"{MIT}\nThe Software may only be used for non-commercial purposes.\n", "utf-8")
    done = ask(small, str(tmp_path), "--commercial", "--json")
    found = check("check", done.json)
    assert (done.code, found["license"], found["verdict"]) == (1, "LicenseRef-modified-MIT", "no")
    assert "non-commercial" in found["answers"][0]["because"][0]["quote"]


def test_a_license_is_checked_by_its_id_its_file_or_as_it_comes_in(small: Path, tmp_path: Path) -> None:
    file = tmp_path / "COPYING"
    file.write_text(f"{MIT}\nThe Software may only be used for non-commercial purposes.\n", "utf-8")
    for target, license_, code in (
        ("llama-2", "LicenseRef-llama-2", 0),
        ("cc-by-nc-4.0", "CC-BY-NC-4.0", 1),
        (str(file), "LicenseRef-modified-MIT", 1),
    ):
        done = ask(small, target, "--commercial", "--json")
        found = check("check", done.json)
        assert (done.code, found["license"], found["id"], found["registry"]) == (code, license_, None, None)
        assert found["target"] == target
    assert "keep the copyright notice" in ask(small, "mit", "--redistribute").out
    assert "not recorded for Watcom-1.0" in ask(small, "watcom-1.0", "--redistribute").out
    piped = [program(), "check", "-", "--redistribute"]
    read = subprocess.run(piped, input=MIT, capture_output=True, text=True, timeout=60, check=False)
    assert (read.returncode, read.stdout.partition("\n")[0]) == (0, "-   YES · MIT")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mit", "--commercial", "--as-of", "2024-01-01"], "is a license, which is the same every day"),
        (["apache-2", "--commercial"], "if a license is meant: did you mean Apache-2.0"),
        (["free"], "ask for at least one use"),
        (["free", "--users", "many"], "'many' is not a number, such as 800M"),
        (["free", "--revenue", ""], "'' is not a number"),
        (["free", "--users"], "requires an argument"),
        (["free", "--commercial", "--as-of", "yesterday"], "yesterday"),
        (["free", "--commercial", "--as-of", "2024-02-30"], "day is out of range"),
        (["fre", "--commercial"], "no model `fre` in the registry"),
        (["Acme-AI/Nothing", "--commercial", "--offline"], "was never read before"),
        (["./no-such-folder", "--commercial"], "there is no folder"),
        ([], "Missing argument"),
        (["free", "--nonsense"], "--nonsense"),
    ],
)
def test_bad_questions(small: Path, arguments: list[str], message: str) -> None:
    done = ask(small, *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in " ".join(done.err.split())


@pytest.mark.parametrize("amount", ["-5", "5-6", "0x10", "1e6", "5M 6M", "-5M"])
def test_what_is_not_one_number_is_refused(small: Path, amount: str) -> None:
    done = ask(small, "cap", f"--users={amount}", "--json", "--offline")
    assert done.code == 2
    assert "is not a number" in done.err
