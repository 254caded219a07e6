"""Checks on the tokenizer: is there one, and does its vocabulary fit the embedding. Files are read as data only."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openness.schemas.validation import Check
from openness.sources.published import Gone, Published, TooLong
from openness.validator.checks import failed, few, passed, skipped, warned
from openness.validator.static.reading import Reading
from openness.validator.static.tensors import embedding_rows, number, text_config

LIMIT = 64 * 1024**2
_TIKTOKEN = re.compile(rb"[A-Za-z0-9+/]+={0,2} \d+\r?\n")


@dataclass(frozen=True)
class Vocabulary:
    """Of one file: the highest id and one, without and with the tokens added later."""

    path: str
    size: int
    with_added: int


class _Unusable(ValueError):
    """The file is no tokenizer; the message says why."""


def _ids(vocabulary: Any) -> int:
    """The highest id and one, of ``{token: id}`` or of a list in the order of ids."""
    if isinstance(vocabulary, list):
        return len(vocabulary)
    if isinstance(vocabulary, dict):
        ids = [value for value in vocabulary.values() if isinstance(value, int) and 0 <= value < 2**40]
        if ids and len(ids) == len(vocabulary):
            return max(ids) + 1
    raise _Unusable("it holds no vocabulary")


def _tokenizer_json(published: Published, path: str) -> tuple[int, int]:
    data = _object(published, path)
    model, added = data.get("model"), data.get("added_tokens")
    size = _ids(model.get("vocab") if isinstance(model, dict) else None)
    more = [item["id"] for item in added if isinstance(item, dict) and isinstance(item.get("id"), int)] if added else []
    return size, max([size, *(value + 1 for value in more)])


def _vocab_json(published: Published, path: str) -> tuple[int, int]:
    size = _ids(_object(published, path))
    return size, size


def _tekken(published: Published, path: str) -> tuple[int, int]:
    config = _object(published, path).get("config")
    size = number(config, "default_vocab_size") if isinstance(config, dict) else None
    if size is None:
        raise _Unusable("it holds no default_vocab_size")
    return size, size


def _lines(published: Published, path: str) -> tuple[int, int]:
    data = published.whole(path, LIMIT)
    size = data.count(b"\n") + (1 if data and not data.endswith(b"\n") else 0)
    if not size:
        raise _Unusable("it is empty")
    return size, size


def _sentencepiece(published: Published, path: str) -> tuple[int, int]:
    data = published.whole(path, LIMIT)
    if _TIKTOKEN.match(data[:500]):  # Llama 3 keeps one under this name
        return _lines(published, path)
    size = count_pieces(data)
    return size, size


def count_pieces(data: bytes) -> int:
    """The pieces of a SentencePiece model: how often field 1 stands at the top of this protobuf message.

    Raises:
        ValueError: it is no such message.
    """
    at = pieces = 0
    while at < len(data):
        tag, at = _varint(data, at)
        field, kind = tag >> 3, tag & 7
        if kind == 2:
            length, at = _varint(data, at)
            at += length
            pieces += field == 1
        elif kind == 0:
            _, at = _varint(data, at)
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            raise _Unusable("it is no SentencePiece model")
        if at > len(data):
            raise _Unusable("it breaks off")
    if not pieces:
        raise _Unusable("it holds no pieces")
    return pieces


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 64, 7):
        if at >= len(data):
            raise _Unusable("it breaks off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise _Unusable("it is no SentencePiece model")


def _object(published: Published, path: str) -> dict[str, Any]:
    data = published.json(path, LIMIT)
    if not isinstance(data, dict):
        raise _Unusable("it is not a JSON object")
    return data


READERS: dict[str, Callable[[Published, str], tuple[int, int]]] = {
    "tokenizer.json": _tokenizer_json,
    "vocab.json": _vocab_json,
    "tekken.json": _tekken,
    "vocab.txt": _lines,
    "tokenizer.model": _sentencepiece,
    "spiece.model": _sentencepiece,
    "sentencepiece.bpe.model": _sentencepiece,
    "spm.model": _sentencepiece,
}


def check_tokenizer(reading: Reading) -> list[Check]:
    """Both checks: present, and fitting."""
    present, fits = "tokenizer-present", "vocabulary-fits"
    published, config = reading.published, reading.config
    names = [name for name in READERS if name in published.sizes]
    names += sorted(path for path in published.sizes if path.endswith(".tiktoken") and "/" not in path)
    found: list[Vocabulary] = []
    broken: list[str] = []
    for name in names:
        try:
            found.append(Vocabulary(name, *READERS.get(name, _lines)(published, name)))
        except (Gone, TooLong) as error:
            broken.append(f"{name}: {error}")
        except ValueError as error:
            broken.append(f"{name}: {error if isinstance(error, _Unusable) else 'it is not JSON'}")
    if broken:
        return [failed(present, few(broken)), skipped(fits, "the tokenizer cannot be read")]
    expected = number(text_config(config), "vocab_size", "n_vocab", "padded_vocab_size") if config else None
    if not found and reading.ggufs:
        return _inside_gguf(reading)
    if not found:
        if expected is None:
            return [passed(present, "not a model of text by its config"), passed(fits, "no tokenizer needed")]
        return [failed(present, "the config has a vocabulary, but no tokenizer was published"), skipped(fits, "none")]
    seen = passed(present, ", ".join(item.path for item in found))
    part = reading.primary
    if not reading.usable and part is not None:
        return [seen, skipped(fits, "not every file could be read, see above")]
    embedding = embedding_rows(reading.tensors_of(part)) if part else None
    rows = embedding[1] if embedding else expected
    if rows is None:
        return [seen, skipped(fits, "neither an embedding nor a vocab_size to hold the vocabulary against")]
    where = f"the embedding {embedding[0]}" if embedding else "vocab_size of the config"
    largest = max(found, key=lambda item: item.size)
    added = max(found, key=lambda item: item.with_added)
    figures = {"vocabulary": largest.size, "with_added": added.with_added, "rows": rows}
    if largest.size > rows:
        detail = f"{largest.path} has ids up to {largest.size - 1:,}, {where} {rows:,} rows"
        return [seen, failed(fits, detail, **figures)]
    if embedding and expected is not None and expected > rows:
        return [seen, failed(fits, f"vocab_size of the config is {expected:,}, {where} has {rows:,} rows", **figures)]
    if added.with_added > rows:
        detail = f"added tokens of {added.path} have ids up to {added.with_added - 1:,}, {where} {rows:,} rows"
        return [seen, warned(fits, detail, **figures)]
    return [seen, passed(fits, f"{largest.size:,} ids in {rows:,} rows of {where}", **figures)]


def _inside_gguf(reading: Reading) -> list[Check]:
    present, fits = "tokenizer-present", "vocabulary-fits"
    without, wrong, sizes = [], [], []
    for path, header in reading.ggufs.items():
        tokens = header.lengths.get("tokenizer.ggml.tokens", 0)
        embedding = header.tensors.get("token_embd.weight")
        if embedding is None or len(embedding.shape) != 2:
            continue  # a projector, or a later part of a split file
        if not tokens:
            without.append(path)
        elif tokens > embedding.shape[1]:
            wrong.append(f"{path} has {tokens:,} tokens, its embedding {embedding.shape[1]:,} rows")
        sizes.append(tokens)
    if without:
        return [failed(present, f"no tokens inside {few(without)}"), skipped(fits, "no tokenizer")]
    if not sizes:
        return [passed(present, "no token embedding"), passed(fits, "no tokenizer needed")]
    seen = passed(present, "inside the GGUF files")
    if wrong:
        return [seen, failed(fits, few(wrong))]
    return [
        seen,
        passed(fits, f"{max(sizes):,} tokens, and as many rows or more in the embedding", vocabulary=max(sizes)),
    ]
