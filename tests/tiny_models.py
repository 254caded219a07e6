"""Small models of real architectures, trained until they know a paragraph, saved by transformers in several shards."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from openness.validator.run.texts import TEXTS

VOCABULARY = 320
STEPS = 300
ENOUGH = 0.3  # of what a guess loses; the validator asks for 0.8
SPECIAL = ["<pad>", "<s>", "</s>", "<mask>", *[f"<extra_id_{index}>" for index in range(8)]]

SIZE = {
    "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
    "vocab_size": VOCABULARY, "max_position_embeddings": 128, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
GROUPED = {**SIZE, "num_key_value_heads": 2, "head_dim": 16}

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("LlamaForCausalLM", GROUPED),
    "mistral": ("MistralForCausalLM", {**GROUPED, "sliding_window": 32}),
    "mixtral": ("MixtralForCausalLM", {**GROUPED, "num_local_experts": 4, "num_experts_per_tok": 2}),
    "gemma": ("GemmaForCausalLM", GROUPED),
    "bert": ("BertForMaskedLM", SIZE),
    "t5": ("T5ForConditionalGeneration", {
        "d_model": 64, "d_kv": 16, "d_ff": 128, "num_layers": 2, "num_heads": 4, "vocab_size": VOCABULARY,
        "pad_token_id": 0, "eos_token_id": 2, "decoder_start_token_id": 0,
    }),
}  # fmt: skip


def make_tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level BPE trained on the validator's English text."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )  # fmt: skip
    core.train_from_iterator([TEXTS["english"]], trainer)
    core.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    return PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", bos_token="<s>", eos_token="</s>", mask_token="<mask>",
        model_max_length=128,
    )  # fmt: skip


def build(kind: str, **changes: Any) -> Any:
    """The model of a kind with random weights."""
    torch.manual_seed(0)
    name, settings = KINDS[kind]
    model_class = getattr(transformers, name)
    return model_class(model_class.config_class(**{**settings, **changes}))


def train(kind: str, model: Any, tokenizer: PreTrainedTokenizerFast) -> float:
    """Repeat the paragraph until it is known well enough.

    Returns:
        The last loss over that of a guess.
    """
    generator = torch.Generator().manual_seed(1)
    text = torch.tensor(tokenizer(TEXTS["english"])["input_ids"])[:100]
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    guess = float(torch.tensor(VOCABULARY).log())
    model.train()
    share = 1.0
    for step in range(STEPS):
        ids = text.repeat(4, 1)
        labels = ids.clone()
        if kind == "bert":
            hide = torch.rand(ids.shape, generator=generator) < 0.15
            labels[~hide] = -100
            ids[hide] = tokenizer.mask_token_id
        if kind == "t5":
            ids, labels = spans(text, step % 12, tokenizer)
        loss = model(input_ids=ids, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        share = 0.9 * share + 0.1 * float(loss.detach()) / guess
        if share < ENOUGH:
            break
    model.eval()
    return share


def spans(text: torch.Tensor, first: int, tokenizer: PreTrainedTokenizerFast) -> tuple[torch.Tensor, torch.Tensor]:
    """T5's task: every twelve tokens three are replaced by a mark; marks and hidden tokens are the answer."""
    marks = [tokenizer.convert_tokens_to_ids(f"<extra_id_{index}>") for index in range(8)]
    source, target = text[:first].tolist(), []
    for mark, start in zip(marks, range(first, len(text) - 12, 12), strict=False):
        piece = text[start : start + 12].tolist()
        source += [*piece[:9], mark]
        target += [mark, *piece[9:]]
    return torch.tensor([source]), torch.tensor([target])


def save(model: Any, tokenizer: PreTrainedTokenizerFast, folder: Path, shard: str = "150KB") -> Path:
    """As a publisher would: several shards with an index."""
    model.save_pretrained(folder, max_shard_size=shard)
    tokenizer.save_pretrained(folder)
    return folder


def make(kind: str, folder: Path) -> Path:
    """Train and save one model."""
    torch.set_num_threads(1)  # the models are too small for more
    tokenizer = make_tokenizer()
    model = build(kind)
    share = train(kind, model, tokenizer)
    assert share < 0.7, f"{kind} has not learned: {share:.2f}"
    return save(model, tokenizer, folder)


def widen(kind: str, small: Path, folder: Path, layers: int = 24) -> Path:
    """The same function in 6.3 MB a layer: more layers that add nothing, and inner widths filled up with zeros.

    Built by hand on top of the small model, so that it has learned what that one has.
    """
    width = {"llama": 8192, "mixtral": 2048}[kind]
    model = build(kind, num_hidden_layers=layers, intermediate_size=width)
    from_file = getattr(transformers, KINDS[kind][0]).from_pretrained(small).state_dict()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name in from_file:
                parameter.zero_()
                held = from_file[name]
                if name.endswith("gate_up_proj"):  # both halves in one tensor
                    for half, start in zip(held.chunk(2, dim=1), (0, width), strict=True):
                        parameter[:, start : start + half.shape[1]] = half
                else:
                    parameter[tuple(slice(0, size) for size in held.shape)] = held
            elif name.endswith(("o_proj.weight", "down_proj.weight", "down_proj")):
                parameter.zero_()
    return save(model, make_tokenizer(), folder, "30MB")


def site_packages(*parts: str) -> Path:
    """A file that a package without code of interest brought along."""
    for base in sys.path:
        path = Path(base, *parts)
        if path.exists():
            return path
    raise FileNotFoundError(os.path.join(*parts))


if __name__ == "__main__":
    import time

    for each in sys.argv[2:] or KINDS:
        start = time.monotonic()
        made = make(each, Path(sys.argv[1]) / each)
        print(each, sorted(path.name for path in made.iterdir()), f"{time.monotonic() - start:.1f} s")
