"""Vocabularies are counted, and held against the embedding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openness.schemas.validation import Check
from openness.sources.folder import published_folder
from openness.validator.static.reading import read_published
from openness.validator.static.tokenizer import check_tokenizer, count_pieces
from weights import write_sparse


def piece(text: str) -> bytes:
    """One piece as SentencePiece writes it: its text and its score."""
    inner = b"\x0a" + bytes([len(text)]) + text.encode() + b"\x15" + bytes(4)
    return b"\x0a" + bytes([len(inner)]) + inner


# Two pieces, and what stands behind them: a specification of the trainer, a number, a fixed one.
PIECES = piece("a") + piece("\u2581the") + b"\x12\x03abc" + b"\x20\x96\x01" + b"\x2d" + bytes(4)


def found(folder: Path, rows: int, **files: object) -> list[Check]:
    header = {"model.embed_tokens.weight": {"dtype": "F32", "shape": [rows, 2], "data_offsets": [0, rows * 8]}}
    write_sparse(folder / "model.safetensors", header)
    (folder / "config.json").write_text(json.dumps({"vocab_size": rows}))
    for name, data in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return check_tokenizer(read_published(published_folder(folder)))


def test_pieces_are_counted() -> None:
    assert count_pieces(PIECES) == 2
    assert count_pieces(PIECES + piece("b") * 300) == 302


@pytest.mark.parametrize("data", [b"", b"\x12\x03abc", PIECES[:-1], b"\x0b\x00", b"\x0a" + b"\xff" * 12])
def test_what_is_no_model_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="it "):
        count_pieces(data)


@given(st.binary(max_size=60))
def test_random_bytes_are_no_model(data: bytes) -> None:
    try:
        assert count_pieces(data) > 0
    except ValueError:
        pass


BPE = {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}}, "added_tokens": [{"id": 2, "content": "<s>"}]}


@pytest.mark.parametrize(
    ("rows", "files", "outcomes"),
    [
        (3, {"tokenizer__json": BPE}, ["pass", "pass"]),
        (2, {"tokenizer__json": BPE}, ["pass", "warn"]),
        (1, {"tokenizer__json": BPE}, ["pass", "fail"]),
        (2, {"tokenizer__json": {"model": {"type": "Unigram", "vocab": [["a", 0.1], ["b", 0.2]]}}}, ["pass", "pass"]),
        (1, {"tokenizer__json": {"model": {"type": "Unigram", "vocab": [["a", 0.1], ["b", 0.2]]}}}, ["pass", "fail"]),
        (2, {"vocab__json": {"a": 0, "b": 5}}, ["pass", "fail"]),
        (2, {"vocab__txt": b"a\nb"}, ["pass", "pass"]),
        (2, {"vocab__txt": b"a\nb\nc\n"}, ["pass", "fail"]),
        (9, {"tekken__json": {"config": {"default_vocab_size": 10}}}, ["pass", "fail"]),
        (2, {"tokenizer__model": PIECES}, ["pass", "pass"]),
        (1, {"tokenizer__model": PIECES}, ["pass", "fail"]),
        (2, {"tokenizer__model": b"YQ== 0\nYg== 1\n"}, ["pass", "pass"]),
        (1, {"qwen__tiktoken": b"YQ== 0\nYg== 1\n"}, ["pass", "fail"]),
        (2, {"tokenizer__json": {"model": {"vocab": {"a": "0"}}}}, ["fail", "skipped"]),
        (2, {"tokenizer__model": b"\x0b"}, ["fail", "skipped"]),
        (2, {}, ["fail", "skipped"]),
    ],
)
def test_vocabularies_are_held_against_the_embedding(
    tmp_path: Path, rows: int, files: dict[str, object], outcomes: list[str]
) -> None:
    assert [check.outcome for check in found(tmp_path, rows, **files)] == outcomes
