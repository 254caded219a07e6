"""`openness license` as users run it."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cli_runner import PROJECT, Done, check, inside, program, run
from license_texts import APACHE, MIT
from openness.knowledge import load_knowledge
from openness.licenses import MAX_BYTES
from openness.schemas.license import ClauseKind

SOLD = "You must not sell the Software."
CHANGED = MIT.replace("The above copyright", f"{SOLD}\n\nThe above copyright")


def call(*arguments: str | Path) -> Done:
    return inside("license", *arguments, registry=PROJECT / "data" / "models.yaml")


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path: Path) -> Any:
    done = call("read", path, "--json")
    assert (done.code, done.err) == (0, "")
    return check("license-read", done.json)


def test_read_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "LICENSE", MIT)
    found = read(path)
    assert found["target"] == str(path)
    assert (found["expression"], found["verdict"], found["missing_text"]) == ("MIT", "open_source", 0)
    (match,) = found["matches"]
    assert (match["id"], match["exact"], match["coverage"]) == ("MIT", True, 1.0)
    assert {added["effect"] for added in found["additional_text"]} == {"none"}
    assert "not legal advice" in found["disclaimer"]


def test_read_a_changed_file(tmp_path: Path) -> None:
    found = read(write(tmp_path / "LICENSE", CHANGED))
    assert (found["expression"], found["verdict"]) == ("LicenseRef-modified-MIT", "restricted")
    clause = next(clause for clause in found["clauses"] if clause["kind"] == "no_sell")
    assert clause["osd"] == [1]
    start, end = clause["span"]
    assert CHANGED[start:end] in SOLD
    added = next(added for added in found["additional_text"] if added["effect"] == "clause")
    assert added["text"] in SOLD
    assert CHANGED[slice(*added["span"])] == added["text"]


def test_a_folder_and_the_text_form(tmp_path: Path) -> None:
    write(tmp_path / "LICENSE.md", CHANGED)
    done = run("license", "read", tmp_path)
    assert (done.code, done.err) == (0, "")
    flat = " ".join(done.out.split())
    for part in (
        "LicenseRef-modified-MIT",
        "MIT: changed",
        "no sell",
        "OSD 1",
        "[a clause]",
        "must not sell",
        "not legal advice",
    ):
        assert part in flat
    assert flat.count("legal advice") == 1
    assert "MIT: exactly, 100% present" in " ".join(call("read", write(tmp_path / "plain", MIT)).out.split())
    assert "MIT: breaks off" in " ".join(call("read", write(tmp_path / "cut", MIT[:900])).out.split())


def test_standard_input() -> None:
    done = subprocess.run(
        [program(), "license", "read", "-", "--json"],
        input=APACHE.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b'"expression": "Apache-2.0"' in done.stdout
    empty = run("license", "read", "-")
    assert (empty.code, empty.out) == (2, "")
    assert empty.err == "error: standard input is empty\n"


def docx() -> bytes:
    import zipfile

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"<w:t>{MIT}</w:t>")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (bytes(range(256)) * 20, "is not text"),
        (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj", "is a PDF, which is not read"),
        (docx(), "is an archive or office document"),
        (None, "cannot be read: No such file or directory"),
    ],
    ids=["empty", "blank", "binary", "PDF", "DOCX", "missing"],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "LICENSE"
    if content is not None:
        path.write_bytes(content)
    done = call("read", path)
    assert (done.code, done.out) == (2, "")
    first, *hint = done.err.splitlines()
    assert first.startswith(f"error: {path} {message}")
    assert len(hint) <= 1


def test_a_file_of_25_mb(tmp_path: Path) -> None:
    path = tmp_path / "LICENSE"
    with path.open("wb") as file:
        file.write(MIT.encode())
        file.truncate(25_000_000)
    assert path.stat().st_size > MAX_BYTES
    done = call("read", path)
    assert done.code == 2
    assert done.err == f"error: {path} is larger than 20 MB\n  that is no license text\n"


def test_a_folder_without_a_license(tmp_path: Path) -> None:
    done = call("read", tmp_path)
    assert done.code == 2
    assert done.err == f"error: {tmp_path} holds no LICENSE file\n  name the file itself\n"


@pytest.mark.parametrize(
    ("encoding", "text", "expression", "kind"),
    [
        ("utf-16", CHANGED, "LicenseRef-modified-MIT", "no_sell"),
        ("utf-8-sig", CHANGED, "LicenseRef-modified-MIT", "no_sell"),
        ("cp1252", CHANGED.replace("Jane", "José"), "LicenseRef-modified-MIT", "no_sell"),
        (
            "gbk",
            "模型许可协议\n\n本模型仅供学术研究使用。不得将本模型用于军事目的。" * 3,
            None,
            "government_or_military_ban",
        ),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, text: str, expression: str | None, kind: str) -> None:
    found = read(write(tmp_path / "LICENSE", text.encode(encoding)))
    assert (found["expression"], found["verdict"]) == (expression, "restricted")
    clause = next(clause for clause in found["clauses"] if clause["kind"] == kind)
    assert text[slice(*clause["span"])] == clause["quote"]


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path = write(tmp_path / "LICENSE", MIT + "\nYou must not \x1b[31msell\x1b]0;x\x07 it\x9b2J to users.\n")
    for arguments in (["read", path], ["read", path, "--json"]):
        out = call(*arguments).out
        assert not {"\x1b", "\x07", "\x9b"} & set(out)


# ------------------------------------------------------------------------- list


def test_list() -> None:
    done = call("list", "--json")
    rows = check("license-list", done.json)["licenses"]
    listed = {row["id"] for row in rows}
    assert {"MIT", "GPL-3.0-only", "LicenseRef-llama-2"} <= listed <= set(load_knowledge().licenses)
    assert "GPL-3.0" not in listed  # which the SPDX list has replaced
    text = call("list").out
    assert len(text.splitlines()) == len(rows) + 1
    assert all(row["id"] in text for row in rows)


@pytest.mark.parametrize(
    ("options", "includes", "excludes"),
    [
        (["--clause", "user_threshold"], "LicenseRef-llama-2", "LicenseRef-gemma"),
        (["--clause", "non_commercial"], "CC-BY-NC-4.0", "LicenseRef-llama-2"),
        (["--osd", "6"], "CC-BY-NC-4.0", "LicenseRef-kimi-k2"),
        (["--osd", "5", "--clause", "geographic_exclusion"], "LicenseRef-llama-4", "CC-BY-NC-4.0"),
    ],
)
def test_filters(options: list[str], includes: str, excludes: str) -> None:
    ids = {row["id"] for row in check("license-list", call("list", *options, "--json").json)["licenses"]}
    assert includes in ids
    assert excludes not in ids


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--clause", "no_such"], "user_threshold"),
        (["--osd", "11"], "11 is not in the range"),
        (["--osd", "x"], "'x' is not a valid integer"),
    ],
)
def test_bad_filters(options: list[str], message: str) -> None:
    done = call("list", *options)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


# ------------------------------------------------------------------ show, diff


def test_show() -> None:
    done = call("show", "llama-2", "--json")
    shown = check("license-show", done.json)["license"]
    assert shown["id"] == "LicenseRef-llama-2"
    text = call("show", "llama-2").out
    flat = " ".join(text.split())
    for clause in shown["clauses"]:
        assert " ".join(clause["summary"].split()) in flat
    assert shown["text"]["url"] in flat
    assert "OSD 5" in flat


@pytest.mark.parametrize("name", sorted(load_knowledge().licenses))
def test_show_every_license(name: str) -> None:
    done = call("show", name)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(name)


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["show", "llama-22"], "no license `llama-22` in the knowledge base", "did you mean LicenseRef-llama"),
        (["diff", "llama-2", "gema"], "no license `gema` in the knowledge base", "did you mean LicenseRef-gemma"),
        (["show", "Watcom-1.0"], "the clauses of Watcom-1.0 are not recorded", "its text: https://spdx.org/"),
        (["show", "qqqqqqqq"], "no license `qqqqqqqq`", "`openness license list` shows all"),
    ],
)
def test_an_unknown_license(arguments: list[str], message: str, hint: str) -> None:
    done = call(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {message}")
    assert hint in done.err


def test_diff() -> None:
    found = check("license-diff", call("diff", "llama-2", "llama-3.1", "--json").json)
    assert (found["first"], found["second"]) == ("LicenseRef-llama-2", "LicenseRef-llama-3.1")
    rows = {row["kind"]: row for row in found["clauses"]}
    assert rows["no_train_other_models"]["first"]
    assert not rows["no_train_other_models"]["second"]
    assert rows["naming_requirement"]["second"]
    assert all(row["same"] == (row["first"] == row["second"]) for row in found["clauses"])
    assert set(rows) <= set(ClauseKind)
    text = call("diff", "llama-2", "llama-3.1").out
    assert any(line.startswith("*") and "no_train_other_models" in line for line in text.splitlines())
    same = check("license-diff", call("diff", "llama-2", "llama-2", "--json").json)
    assert all(row["same"] for row in same["clauses"])


@pytest.mark.parametrize("arguments", [[], ["read"], ["show"], ["diff", "llama-2"], ["nonsense"], ["read", "a", "b"]])
def test_usage(arguments: list[str]) -> None:
    done = call(*arguments)
    assert done.code == 2
    assert "Usage: " in done.err + done.out
