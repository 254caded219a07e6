"""License texts at the front door: bytes to text, targets to files, names to entries, and damaged data."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import openness
import openness.settings
from license_texts import MIT, PROJECT
from openness import licenses
from openness.classifier.terms import read_license as verdict_of
from openness.knowledge import load_knowledge
from openness.licenses import MAX_BYTES, decode, find_license, license_text_of, list_licenses, read_license
from openness.schemas.errors import OpennessError
from openness.schemas.license import ClauseKind, Verdict

CHINESE = "模型许可协议：不得将本模型用于商业用途。" * 5


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (MIT.encode(), MIT),
        (b"\xef\xbb\xbf" + MIT.encode(), MIT),
        (MIT.encode("utf-16"), MIT),
        (b"\xff\xfe" + MIT.encode("utf-16-le"), MIT),
        (b"\xfe\xff" + MIT.encode("utf-16-be"), MIT),
        (CHINESE.encode(), CHINESE),
        (CHINESE.encode("gb18030"), CHINESE),
        (CHINESE.encode("gbk"), CHINESE),
        ("© José, “quoted” – naïve".encode("cp1252"), "© José, “quoted” – naïve"),
        ("Müller und Söhne, Straße, größer, Öl".encode("latin-1"), "Müller und Söhne, Straße, größer, Öl"),
        (b"a\x0cb\x1b[31m", "a\x0cb\x1b[31m"),
    ],
)
def test_decode(data: bytes, text: str) -> None:
    assert decode(data, "LICENSE") == text


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        (b"", "empty", "LICENSE is empty"),
        (b" \r\n\t\n", "empty", "LICENSE is empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "not_text", "LICENSE is a PDF"),
        (b"PK\x03\x04\x14\0\6\0[Content_Types].xml", "not_text", "LICENSE is an archive or office document"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "not_text", "LICENSE is not text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not_text", "LICENSE is not text"),
        (b"MIT\0License", "not_text", "LICENSE is not text"),
        (b"\xff\xfe\x00", "not_text", ""),
    ],
)
def test_what_is_no_text(data: bytes, code: str, message: str) -> None:
    if not message:  # half a UTF-16 character must not stop it
        assert isinstance(decode(data, "LICENSE"), str)
        return
    with pytest.raises(OpennessError) as caught:
        decode(data, "LICENSE")
    assert (caught.value.code, caught.value.message.startswith(message)) == (code, True)
    assert "\n" not in caught.value.message


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_a_sentence(data: bytes) -> None:
    try:
        text = decode(data, "x")
    except OpennessError as error:
        assert error.message.startswith("x ")  # noqa: PT017
        return
    read_license(text)


def test_every_decoding_reads_as_the_same_license() -> None:
    for data in (
        MIT.encode(),
        MIT.encode("utf-16"),
        MIT.replace("Jane", "José").encode("cp1252"),
        MIT.encode("utf-8-sig"),
    ):
        found = read_license(decode(data, "LICENSE"))
        assert (found.expression, found.verdict) == ("MIT", Verdict.OPEN_SOURCE)


def test_the_package_offers_it() -> None:
    assert openness.read_license(MIT).expression == "MIT"


# --------------------------------------------------------------------- targets


def test_a_file_and_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "LICENSE").write_text(MIT, "utf-8")
    (tmp_path / "NOTICE").write_text("A notice", "utf-8")
    (tmp_path / "README.md").write_text("# Tool", "utf-8")
    (tmp_path / "LICENSES").mkdir()
    assert license_text_of(str(tmp_path / "LICENSE")) == MIT
    assert license_text_of(str(tmp_path)) == MIT
    monkeypatch.setenv("HOME", str(tmp_path))
    assert license_text_of("~/LICENSE") == MIT
    monkeypatch.chdir(tmp_path)
    assert license_text_of("LICENSE") == license_text_of(".") == MIT


@pytest.mark.parametrize(
    "name", ["LICENSE", "LICENSE.txt", "License.md", "LICENCE", "COPYING", "MODEL_LICENSE", "NOTICE"]
)
def test_the_names_of_a_license_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(MIT, "utf-8")
    assert license_text_of(str(tmp_path)) == MIT


def test_targets_that_hold_nothing(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Tool", "utf-8")
    (tmp_path / "secret").write_text("x", "utf-8")
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    for target, code in (
        (tmp_path, "not_found"),
        (tmp_path / "missing", "unreadable"),
        (big, "too_large"),
        (tmp_path / "README.md" / "below", "unreadable"),
        (tmp_path / ("x" * 300), "unreadable"),
    ):
        with pytest.raises(OpennessError) as caught:
            license_text_of(str(target))
        assert caught.value.code == code
        assert "\n" not in caught.value.message


@pytest.mark.parametrize("target", ["~no-such-user/LICENSE", "a\0b", "\udcff", ""])
def test_odd_targets_are_a_sentence(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OpennessError):
        license_text_of(target)


def test_standard_input() -> None:
    for data, text in ((MIT.encode(), MIT), (MIT.encode("utf-16"), MIT)):
        with mock.patch.object(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data))):
            assert license_text_of("-") == text
    with (
        mock.patch.object(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b""))),
        pytest.raises(OpennessError, match="standard input is empty"),
    ):
        license_text_of("-")


# --------------------------------------------------------------- knowledge base


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("llama-2", "LicenseRef-llama-2"),
        ("LicenseRef-llama-2", "LicenseRef-llama-2"),
        ("Llama 2 Community License Agreement", "LicenseRef-llama-2"),
        ("llama2", "LicenseRef-llama-2"),
        ("LLAMA_2", "LicenseRef-llama-2"),
        ("gemma", "LicenseRef-gemma"),
        ("cc-by-nc-4.0", "CC-BY-NC-4.0"),
    ],
)
def test_find(name: str, key: str) -> None:
    assert find_license(name).id == key


@pytest.mark.parametrize(
    ("name", "code", "hint"),
    [
        ("llama-22", "unknown_license", "did you mean LicenseRef-llama"),
        ("gema", "unknown_license", "did you mean LicenseRef-gemma"),
        ("Watcom-1.0", "no_clauses", "its text: https://spdx.org/licenses/Watcom-1.0.html"),
        ("zzzzzzzz", "unknown_license", "`openness license list` shows all"),
        ("", "unknown_license", "`openness license list` shows all"),
        ("协议", "unknown_license", "`openness license list` shows all"),
    ],
)
def test_no_such_license(name: str, code: str, hint: str) -> None:
    with pytest.raises(OpennessError) as caught:
        find_license(name)
    assert caught.value.code == code
    assert hint in (caught.value.hint or "")


def test_list() -> None:
    knowledge = load_knowledge()
    rows = list_licenses()
    current = [key for key in knowledge.licenses if not (key in knowledge.spdx and knowledge.spdx[key].deprecated)]
    assert [row["id"] for row in rows] == sorted(current, key=lambda key: key.removeprefix("LicenseRef-").lower())
    assert len(rows) >= 70
    for row in rows:
        assert row["verdict"] is verdict_of(row["id"], knowledge)[0]
        assert row["clauses"] == sorted(set(row["clauses"]))
        if row["verdict"] is Verdict.RESTRICTED:
            assert row["osd"]


@pytest.mark.parametrize("kind", ClauseKind)
def test_list_by_clause(kind: ClauseKind) -> None:
    every = list_licenses()
    assert list_licenses(kind) == [row for row in every if kind in row["clauses"]]


@pytest.mark.parametrize("number", range(1, 11))
def test_list_by_criterion(number: int) -> None:
    every = list_licenses()
    assert list_licenses(osd=number) == [row for row in every if number in row["osd"]]
    both = list_licenses(ClauseKind.USER_THRESHOLD, number)
    assert both == [row for row in every if number in row["osd"] and "user_threshold" in row["clauses"]]


# ----------------------------------------------------------------- damaged data


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("license_index.npz", None),
        ("license_index.npz", b""),
        ("license_index.npz", b"not an index"),
        ("license_index.npz", b"PK\x03\x04 cut off"),
        ("wordings.npz", None),
        ("wordings.npz", b"PK\x03\x04 cut off"),
        ("clause_rules.yaml", None),
        ("clause_rules.yaml", b"words: {}"),
        ("clause_rules.yaml", b"- ["),
        ("clause_rules.yaml", b"[]"),
        ("clause_rules.yaml", b""),
        ("clause_rules.yaml", b"\xff\xfe"),
    ],
)
def test_damaged_data_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes | None
) -> None:
    for part in ("license_index.npz", "wordings.npz", "clause_rules.yaml"):
        shutil.copy(PROJECT / "data" / part, tmp_path / part)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(openness.settings, "DATA", tmp_path)
    with pytest.raises(OpennessError) as caught:
        licenses.reader.__wrapped__()
    assert caught.value.code == "bad_data"
    assert str(tmp_path) in caught.value.message


def test_answers_are_json() -> None:
    found = read_license(MIT + "\nYou must not sell it to more than 5 million users.\n").model_dump(mode="json")
    assert json.loads(json.dumps(found)) == found
