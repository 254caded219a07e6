"""What a loaded model must do: answer, the same twice and on two devices, and know more than shuffled weights."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import torch
from transformers import GenerationConfig

from .inputs import IGNORED, Batch
from .kinds import LEARNED, TOLERANCES
from .loading import Loaded, count_not_finite, shuffle
from .texts import PAIRS

NEW_TOKENS = 16
NEW_TOKENS_STREAMED = 2  # each reads the streamed part again
SAMPLED = 8  # positions per line of which the outputs are kept and compared

Outcome = tuple[str, str, dict[str, Any]]


@dataclass
class Answer:
    """What one forward pass gave: sampled outputs (float32, on the CPU), the loss per line, and how long it took."""

    sample: torch.Tensor
    losses: list[float]
    finite: bool
    seconds: float


def weights_finite(loaded: Loaded) -> Outcome:
    """No NaN and no Inf in any weight; streamed ones are looked at as they pass by, so it costs least after a pass."""
    if loaded.passing is not None:
        loaded.passing.scan_rest()
    found = dict(loaded.passing.not_finite) if loaded.passing else {}
    checked = len(loaded.passing.scanned) if loaded.passing else 0
    for name, parameter in loaded.model.named_parameters():
        if parameter.device.type != "meta":
            checked += 1
            count = count_not_finite(parameter)
            if count:
                found[name] = count
    if found:
        names = ", ".join(f"{name} ({count})" for name, count in sorted(found.items())[:3])
        return "fail", f"{sum(found.values())} NaN or Inf in {len(found)} tensors: {names}", {"tensors": checked}
    return "pass", f"no NaN and no Inf in {checked} tensors", {"tensors": checked}


def forward(loaded: Loaded, batch: Batch) -> Answer:
    """One pass over the fixed inputs."""
    device = loaded.plan.device
    tensors = {name: tensor.to(device) for name, tensor in batch.tensors.items()}
    read = tensors["attention_mask"].bool()
    started = time.monotonic()
    with torch.inference_mode():
        if loaded.choice.kind == "encoder":
            hidden = loaded.model(**tensors).last_hidden_state
            sample = _pool(hidden.float(), read, loaded.choice.pooling).cpu()
            return Answer(sample, [], bool(torch.isfinite(sample).all()), time.monotonic() - started)
        output = loaded.model(**tensors)
        logits = output.logits if getattr(output, "logits", None) is not None else output.prediction_logits
        losses, kept, finite = [], [], True
        labels = batch.labels.to(device) if batch.labels is not None else None
        for row in range(logits.shape[0]):  # line by line: float32 copies of all logits would not fit beside the model
            scored = labels[row] != IGNORED if labels is not None else read[row][: logits.shape[1]]
            lines = logits[row][scored].float()
            finite = finite and bool(torch.isfinite(lines).all())
            if labels is not None and len(lines):
                losses.append(float(torch.nn.functional.cross_entropy(lines, labels[row][scored])))
            else:
                losses.append(math.nan)
            kept.append(lines[:: max(1, len(lines) // SAMPLED)][:SAMPLED].cpu())
    return Answer(torch.cat(kept), losses, finite, time.monotonic() - started)


def outputs_finite(answer: Answer) -> Outcome:
    """No NaN and no Inf comes out."""
    if answer.finite:
        return "pass", "all outputs are finite", {}
    return "fail", "NaN or Inf in the outputs of the fixed inputs", {}


def same_twice(first: Answer, second: Answer, dtype: torch.dtype) -> Outcome:
    """Two passes over the same inputs give the same."""
    difference = relative(first.sample, second.sample)
    figures = {"difference": difference, "tolerance": TOLERANCES[dtype]}
    if difference == 0:
        return "pass", "two runs gave the same, bit for bit", figures
    if difference <= TOLERANCES[dtype]:
        return "warn", f"two runs differ by {difference:.1e}, as rounding can", figures
    return "fail", f"two runs differ by {difference:.1e}, more than {TOLERANCES[dtype]:g}", figures


def same_on_cpu(here: Answer, there: Answer, dtype: torch.dtype) -> Outcome:
    """CUDA and CPU give the same, within rounding."""
    difference = relative(here.sample, there.sample)
    figures = {"difference": difference, "tolerance": TOLERANCES[dtype]}
    name = str(dtype).removeprefix("torch.")
    if difference <= TOLERANCES[dtype]:
        return "pass", f"CUDA and CPU differ by {difference:.1e} ({name}: at most {TOLERANCES[dtype]:g})", figures
    return "fail", f"CUDA and CPU differ by {difference:.1e}, more than {TOLERANCES[dtype]:g} for {name}", figures


def relative(one: torch.Tensor, two: torch.Tensor) -> float:
    """The norm of the difference over the norm; infinite when either holds NaN."""
    value = float((one - two).norm() / one.norm().clamp_min(1e-9))
    return value if math.isfinite(value) else math.inf


def generation(loaded: Loaded, batch: Batch, tokenizer: Any) -> tuple[Outcome, list[int]]:
    """Greedy text after a fixed prompt."""
    model, prompt = loaded.model, batch.prompt.to(loaded.plan.device)
    config = loaded.choice.config
    count = NEW_TOKENS if loaded.plan.resident else NEW_TOKENS_STREAMED
    start = getattr(config, "decoder_start_token_id", None)
    # Not the repository's settings: penalties and sampling there would make another thing than greedy of it.
    model.generation_config = GenerationConfig(
        max_new_tokens=count, min_new_tokens=count, do_sample=False, num_beams=1, use_cache=True,
        pad_token_id=tokenizer.pad_token_id or 0, eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=start if start is not None else tokenizer.pad_token_id or 0,
    )  # fmt: skip
    # The first time, a GPU also loads the kernels for one token at a time.
    for _ in range(2 if loaded.plan.resident and prompt.is_cuda else 1):
        started = time.monotonic()
        with torch.inference_mode():
            ids = model.generate(input_ids=prompt, attention_mask=torch.ones_like(prompt))
        new: list[int] = (ids[0] if config.is_encoder_decoder else ids[0, prompt.shape[1] :]).tolist()
        seconds = time.monotonic() - started  # after the ids are on the host: a GPU answers before it is done
    text = "".join(char if char.isprintable() else " " for char in tokenizer.decode(new))[:200]
    figures = {"text": text, "tokens": count, "tokens_per_second": round(count / max(seconds, 1e-6), 2)}
    if len(new) < count:
        return ("fail", f"only {len(new)} of {count} tokens came", figures), new
    return ("pass", f"{count} tokens, {figures['tokens_per_second']:.1f} per second", figures), new


def learned(loaded: Loaded, batch: Batch, real: Answer) -> Outcome:
    """Better than the same model with shuffled weights; shuffles them, so it comes last."""
    kind = loaded.choice.kind
    threshold = LEARNED[kind]
    if kind == "encoder":
        orders = _orders(real.sample)
        best = max(orders, key=lambda language: orders[language])
        figures = {"order": round(orders[best], 4), "threshold": threshold.bound, "by_text": orders, "best": best}
        said = f"{threshold.asks}: in {orders[best]:.0%} of comparisons ({best}), at least {threshold.bound:.0%} asked"
        return "pass" if orders[best] >= threshold.bound else "fail", said, figures
    # Shuffled weights can be far worse than knowing nothing, and more or less so by chance: the better of the two is
    # what a model must beat.
    uniform = math.log(loaded.model.get_input_embeddings().weight.shape[0])
    shuffle(loaded)
    other = [loss if math.isfinite(loss) else math.inf for loss in forward(loaded, batch).losses]
    ratios = {
        name: round(mine / min(theirs, uniform), 4)
        for name, mine, theirs in zip(batch.rows, real.losses, other, strict=True)
        if math.isfinite(mine)
    }
    if not ratios:
        return "fail", f"{threshold.asks}: no finite loss on any text", {"threshold": threshold.bound}
    best = min(ratios, key=lambda name: ratios[name])
    line = batch.rows.index(best)
    figures = {
        "loss_ratio": ratios[best], "loss": real.losses[line], "loss_shuffled": other[line], "loss_uniform": uniform,
        "threshold": threshold.bound, "best": best, "by_text": ratios,
    }  # fmt: skip
    said = (
        f"{threshold.asks} ({best}): {real.losses[line]:.2f}, {ratios[best]:.2f} of that with shuffled weights "
        f"or of a guess, at most {threshold.bound:g} asked"
    )
    return "pass" if ratios[best] <= threshold.bound else "fail", said, figures


def _pool(hidden: torch.Tensor, read: torch.Tensor, how: str) -> torch.Tensor:
    if how == "first":
        pooled = hidden[:, 0]
    elif how == "last":
        pooled = hidden[torch.arange(len(hidden), device=hidden.device), read.sum(1) - 1]
    else:
        pooled = (hidden * read.unsqueeze(-1)).sum(1) / read.sum(1, keepdim=True)
    return torch.nn.functional.normalize(pooled, dim=-1)


def _orders(vectors: torch.Tensor) -> dict[str, float]:
    """Per language: how often a paraphrase is closer than an unrelated sentence, over all comparisons of the two."""
    orders, start = {}, 0
    for language, (same, other) in PAIRS.items():
        close = (vectors[start : start + 2 * (len(same) + len(other))].view(-1, 2, vectors.shape[-1])).prod(1).sum(-1)
        start += 2 * (len(same) + len(other))
        wins = close[: len(same)].unsqueeze(1) > close[len(same) :].unsqueeze(0)
        orders[language] = round(float(wins.float().mean()), 4)
    return orders
