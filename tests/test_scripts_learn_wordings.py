"""The examples of data/wordings, and what the script learns from some."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from license_texts import PROJECT
from openness.classifier.reading.index import shingles_of
from openness.classifier.reading.tokens import prepare, tokens
from openness.classifier.reading.wordings import Wordings
from openness.licenses import reader
from openness.schemas.license import ClauseKind
from script_modules import load_script

SCRIPT = load_script("learn_wordings")


def test_no_example_stands_twice_and_each_in_its_file() -> None:
    seen: dict[str, str] = {}
    for path in sorted((PROJECT / "data" / "wordings").glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            row = json.loads(line)
            key = json.dumps([row.get(name) for name in ("text", "lost", "put", "beside")])
            place = f"{path.name}:{number}"
            assert key not in seen, f"{place}: also in {seen[key]}"
            seen[key] = place
            assert set(row) in ({"text", "kinds"}, {"lost", "put", "beside", "kinds"}), place
            if "text" in row:
                assert path.stem == (row["kinds"][0] if row["kinds"] else "none"), place
    assert len(seen) > 5000


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"text": "Hi"', "Expecting"),
        ('{"text": "Hi"}', "kinds"),
        ('{"text": "Hi", "kinds": ["hello"]}', "hello"),
        ('{"text": "", "kinds": []}', "missing"),
        ('{"text": 3, "kinds": []}', "not text"),
        ('{"lost": ["sell"], "put": "", "kinds": []}', "beside"),
        ("[]", "TypeError"),
    ],
)
def test_a_bad_line_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    (tmp_path / "none.jsonl").write_text(f'{{"text": "Thanks.", "kinds": []}}\n{line}\n')
    monkeypatch.setattr(SCRIPT, "EXAMPLES", tmp_path)
    with pytest.raises(ValueError, match=rf"none\.jsonl:2: .*{said}"):
        SCRIPT.examples()
    assert SCRIPT.main(check=True) == 2
    assert "none.jsonl:2: " in capsys.readouterr().err


def test_no_example_is_copied_from_a_license() -> None:
    """Not 13 words in a row that stand in one or another known text: ten shingles of four."""
    index = reader().index
    for row in SCRIPT.examples():
        sentence = row["text"] if "text" in row else row["put"]
        hashes = tokens(prepare(sentence)[0]).hashes
        if len(hashes) >= 13:
            known = index.lookup(shingles_of(hashes)) >= 0
            assert "1" * 10 not in "".join("01"[there] for there in known.tolist()), sentence


def test_a_small_model_tells_its_examples_apart() -> None:
    sells = [f"You may not sell {thing}." for thing in ("copies", "it", "the work", "this code", "any of it")]
    thanks = [f"Thanks to {who} for the help." for who in ("Ada", "everybody", "our friends", "the team", "you")]
    rows = [{"text": text, "kinds": ["no_sell"]} for text in sells] + [{"text": text, "kinds": []} for text in thanks]
    judge = reader().judge
    lexicon = judge.wordings.lexicon
    learned = SCRIPT.learn(rows, [SCRIPT.see(row, judge.rules, lexicon) for row in rows])
    model = Wordings(learned, lexicon)
    unseen = model.sentence(lexicon.read("You may not sell the weights."))
    assert unseen.kinds[0][0] is ClauseKind.NO_SELL
    assert unseen.nothing < 0.5 < model.sentence(lexicon.read("Thanks to Bob for the help.")).nothing


def test_the_committed_model_has_learned_its_examples() -> None:
    judge = reader().judge
    rows = [row for row in SCRIPT.examples() if "text" in row][::25]
    harmful = [row for row in rows if row["kinds"]]
    right = [row for row in harmful if set(row["kinds"]) & {hit.kind for hit in judge.clauses(row["text"])}]
    assert len(right) > 0.95 * len(harmful) > 200
    harmless = [row for row in rows if not row["kinds"]]
    assert sum(judge.guess(row["text"]).nothing >= 0.4 for row in harmless) > 0.9 * len(harmless) > 80
