"""The fixed inputs of each kind of model, as one batch: a streamed model then passes by once for all of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

from .kinds import Choice
from .texts import PAIRS, PROMPT, TEXTS, TRANSLATIONS

MOST_TOKENS = 64
HIDE_EVERY = 7
IGNORED = -100


@dataclass
class Batch:
    """What goes in. ``rows`` names each line; ``labels`` are what `learned` scores, aligned with the outputs."""

    tensors: dict[str, torch.Tensor]
    rows: list[str]
    labels: torch.Tensor | None = None
    prompt: torch.Tensor = field(default_factory=lambda: torch.zeros(1, 1, dtype=torch.long))
    notes: list[str] = field(default_factory=list)

    @property
    def tokens(self) -> int:
        """How many tokens are read, padding not counted."""
        return int(self.tensors["attention_mask"].sum())


def load_tokenizer(folder: Path, choice: Choice) -> Any:
    """The tokenizer of the folder, without running code of it."""
    extra = {"gguf_file": choice.gguf} if choice.gguf else {}
    return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **extra)


def needs_code(folder: Path) -> bool:
    """Whether the tokenizer is one that the repository brings along as code."""
    try:
        return "auto_map" in json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    except (OSError, ValueError, TypeError, RecursionError):
        return False


def tokenizer_problem(tokenizer: Any, bare: Any) -> tuple[str, str, dict[str, Any]]:
    """Whether every id the tokenizer gives has a row in the embedding: outcome, sentence and figures."""
    rows = bare.get_input_embeddings().weight.shape[0]
    # Not only the vocabulary's size: an id can lie far beyond it.
    highest = max([len(tokenizer) - 1, *tokenizer.get_vocab().values()])
    figures = {"tokens": len(tokenizer), "highest_id": highest, "embedding_rows": rows}
    used = [index for text in TEXTS.values() for index in tokenizer(text)["input_ids"]]
    if not used:
        return "fail", "the tokenizer makes no tokens of any text", figures
    if max(used) >= rows or highest >= rows:
        return "fail", f"the tokenizer gives ids up to {highest}, the embedding has {rows} rows", figures
    return "pass", f"{len(tokenizer)} tokens for {rows} rows of the embedding", figures


def make(choice: Choice, tokenizer: Any) -> Batch:
    """The batch of this kind of model."""
    if choice.kind == "encoder":
        names = [f"{language}:{index}" for language in PAIRS for index in range(2 * sum(map(len, PAIRS[language])))]
        texts = [text for pairs in PAIRS.values() for group in pairs for pair in group for text in pair]
        return Batch(_pad([_ids(tokenizer, text, choice) for text in texts], tokenizer), names)
    if choice.kind == "seq2seq":
        return _seq2seq(choice, tokenizer)
    ids = {name: _ids(tokenizer, text, choice) for name, text in TEXTS.items()}
    ids = {name: line for name, line in ids.items() if len(line) > 2 * HIDE_EVERY or name == "english"}
    tensors = _pad(list(ids.values()), tokenizer)
    read = tensors["attention_mask"].bool()
    labels = tensors["input_ids"].masked_fill(~read, IGNORED)
    batch = Batch(tensors, list(ids), labels)
    if choice.kind == "causal":
        batch.labels = torch.cat([labels[:, 1:], torch.full_like(labels[:, :1], IGNORED)], dim=1)
        prompt = _ids(tokenizer, PROMPT, choice)
        while len(prompt) > 2 and prompt[-1] == tokenizer.eos_token_id:
            prompt.pop()
        batch.prompt = torch.tensor([prompt])
        return batch
    special = torch.tensor(
        [index in set(tokenizer.all_special_ids) for index in tensors["input_ids"].flatten().tolist()]
    )
    hide = read & ~special.view_as(read) & (torch.arange(read.shape[1]) % HIDE_EVERY == 3)
    batch.labels = labels.masked_fill(~hide, IGNORED)
    if tokenizer.mask_token_id is None:
        batch.labels = None
        batch.notes.append("the tokenizer names no mask token")
    else:
        tensors["input_ids"] = tensors["input_ids"].masked_fill(hide, tokenizer.mask_token_id)
    return batch


def _seq2seq(choice: Choice, tokenizer: Any) -> Batch:
    """Every task a text-to-text model may know: fill hidden spans, copy, translate each way."""
    rows: dict[str, tuple[list[int], list[int]]] = {}
    for name in ("english", "german", "chinese"):
        ids = _ids(tokenizer, TEXTS[name], choice)
        rows[f"copy {name}"] = (ids, ids)
        hidden = _spans(ids, tokenizer)
        if hidden is not None:
            rows[f"spans {name}"] = hidden
    for one, two in TRANSLATIONS:
        for source, target in ((one, two), (two, one)):
            rows[f"{source} to {target}"] = (
                _ids(tokenizer, TEXTS[source], choice), _ids(tokenizer, TEXTS[target], choice),
            )  # fmt: skip
    tensors = _pad([source for source, _ in rows.values()], tokenizer)
    targets = _pad([target for _, target in rows.values()], tokenizer)
    labels = targets["input_ids"].masked_fill(~targets["attention_mask"].bool(), IGNORED)
    return Batch({**tensors, "labels": labels}, list(rows), labels, torch.tensor([_ids(tokenizer, PROMPT, choice)]))


def _spans(ids: list[int], tokenizer: Any) -> tuple[list[int], list[int]] | None:
    """T5's own task: runs of tokens replaced by marks, and the marks followed by what they hide."""
    marks = [tokenizer.convert_tokens_to_ids(f"<extra_id_{index}>") for index in range(8)]
    if None in marks or tokenizer.unk_token_id in marks or len(set(marks)) < len(marks):
        return None
    source, target = [], []
    for index, start in enumerate(range(0, len(ids) - 12, 12)):
        if index == len(marks):
            break
        source += [*ids[start : start + 9], marks[index]]
        target += [marks[index], *ids[start + 9 : start + 12]]
    return (source, target) if source else None


def _ids(tokenizer: Any, text: str, choice: Choice) -> list[int]:
    positions = getattr(choice.config.get_text_config(), "max_position_embeddings", None)
    # Some position tables keep two rows for themselves (RoBERTa).
    most = min(MOST_TOKENS, positions - 2) if isinstance(positions, int) and positions > 2 else MOST_TOKENS
    ids: list[int] = tokenizer(text)["input_ids"]
    return ids[:most] or [0]


def _pad(lines: list[list[int]], tokenizer: Any) -> dict[str, torch.Tensor]:
    """To the right: what a causal model says of the real tokens does not depend on what follows."""
    longest = max(map(len, lines))
    pad = tokenizer.pad_token_id or 0
    return {
        "input_ids": torch.tensor([[*line, *[pad] * (longest - len(line))] for line in lines]),
        "attention_mask": torch.tensor([[1] * len(line) + [0] * (longest - len(line)) for line in lines]),
    }
