"""The child's work for one model: the checks in their order, told as lines of JSON."""

from __future__ import annotations

import gc
import json
import math
import os
import time
from pathlib import Path
from typing import Any

import torch

from . import checks, files, gpu, inputs, loading, memory
from .deadline import TooSlow, within
from .kinds import CannotRun, Choice, choose, first_line

TELL_EVERY = 0.2  # seconds between two lines of progress of one stage
TIME_LEFT_FOR_CPU = 3  # loading on the CPU too is tried when this many times the loading time is left
TIME_FOR_CPU = 0.9  # of what is left then: a signal waits for the end of the product it comes in


class Skip(Exception):
    """Nothing more can be tried."""


class Job:
    """One model on its way through the checks."""

    def __init__(self, job: dict[str, Any], network: dict[str, Any], events: int) -> None:
        self.job, self.events = job, events
        self.folder, self.scratch = Path(job["folder"]), Path(job["scratch"])
        self.started = time.monotonic()
        self.no_gpu = gpu.why_none() if job["device"] != "cpu" else ""
        self.device = "cpu" if job["device"] == "cpu" or self.no_gpu else "cuda"
        self.timings: dict[str, Any] = {}
        self.stage = "starting"
        self.stage_started, self.told = self.started, 0.0
        self.plan: loading.Plan | None = None
        self.send("facts", device=self.device, environment={**self._machine(), "network": network})

    def send(self, event: str, **fields: Any) -> None:
        """One line to the parent."""
        os.write(self.events, (json.dumps({"event": event, **fields}, default=str, allow_nan=False) + "\n").encode())

    def check(self, name: str, outcome: str, detail: str, figures: dict[str, Any] | None = None) -> None:
        """Tell the outcome of a check. JSON has no infinity: a figure that is none becomes null."""
        clean = {key: None if _no_number(value) else value for key, value in (figures or {}).items()}
        # Messages of libraries name files by their place on this machine, which is nobody's business.
        for place in (self.folder, self.scratch):
            detail = detail.replace(f"{place}/", "").replace(str(place), "the folder")
        self.send("check", name=name, outcome=outcome, detail=detail, **clean)

    def tell(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Tell how far a stage is, not too often."""
        now = time.monotonic()
        self.stage = stage
        if done == 0:
            self.stage_started = now
        elif now - self.told < TELL_EVERY and done != total:
            return
        self.told = now
        left = (now - self.stage_started) / done * (total - done) if done else None
        self.send("progress", stage=stage, done=done, total=total, unit="bytes", seconds_left=left)

    def pass_by(self, stage: str, loaded: loading.Loaded, times: int = 1) -> None:
        """Tell a stage that reads the streamed weights a number of times, with the bytes of them."""
        passing = loaded.passing
        if passing is None:
            self.tell(stage)
            return
        before, total = passing.bytes, passing.per_pass * times
        self.tell(stage, total=total)
        passing.on_bytes = lambda done: self.tell(stage, done=min(done - before, total), total=total)

    def run(self) -> None:
        """All checks, each as far as those before it allow."""
        if self.job["device"] == "cuda" and self.device != "cuda":
            raise CannotRun("skipped", f"CUDA was asked for, and {self.no_gpu}")
        weights = self._files()
        self.tell("reading the configuration")
        if weights.form == "gguf":
            loading.read_gguf_once()
        choice = choose(self.folder, weights)
        bare = loading.skeleton(choice)
        name = choice.model_class.__name__
        self.check("configuration", "warn" if choice.note else "pass", choice.note or f"{name}, {choice.kind}", {
            "architecture": name, "kind": choice.kind,
            "dtype": str(choice.dtype).removeprefix("torch."), "parameters": _parameters(bare),
        })  # fmt: skip
        tokenizer, batch = self._inputs(choice, bare)
        tokens = batch.tensors["input_ids"].numel() if batch else 0
        work = loading.work_bytes(choice, bare, tokens)
        self.plan = loading.plan(choice, weights, bare, self.device, self.job, work)
        self.send("facts", need_bytes=self.plan.need)
        del bare

        files.forget(weights.paths)
        self.tell("loading", total=weights.bytes)
        loaded = loading.load(choice, weights, self.folder, self.plan, self.scratch, self.tell)
        self.tell("loading", done=weights.bytes, total=weights.bytes)
        self._loaded(loaded, weights)
        outcome = loading.key_problems(loaded)
        self.check("tensor-names", *outcome)
        if choice.kind == "other" or batch is None:
            self.check("weights-finite", *checks.weights_finite(loaded))
            why = "not supported yet for this kind" if choice.kind == "other" else "there is no usable tokenizer"
            for name in ("forward", "outputs-finite", "deterministic", "generation", "devices-agree", "learned"):
                self.check(name, "skipped", f"{why}: {choice.model_class.__name__}")
            return
        self._run(loaded, batch, tokenizer, weights)

    def _files(self) -> files.Weights:
        weights = files.find(self.folder)
        if weights.form == "pickle":
            names = ", ".join(path.name for path in weights.paths[:3])
            raise CannotRun("skipped", f"pickle files are never loaded here; publish safetensors instead: {names}")
        if weights.form == "other":
            raise CannotRun("skipped", f"not supported yet: {weights.note}")
        if weights.form == "none":
            raise CannotRun("fail", weights.note)
        if weights.problems:
            self.check("weights-open", "fail", "; ".join(weights.problems[:5]))
            raise Skip("the weight files cannot be read")
        self.check("weights-open", "warn" if weights.note else "pass",
                   weights.note or f"{len(weights.paths)} files, {memory.words(weights.bytes)}",
                   {"files": [path.name for path in weights.paths[:1000]], "bytes": weights.bytes})  # fmt: skip
        self.tell("measuring the disk")
        self.timings.update(files.disk_speed(weights.paths))
        if self.device == "cuda":
            self.timings.update(gpu.link_speed())
        return weights

    def _inputs(self, choice: Any, bare: Any) -> tuple[Any, inputs.Batch | None]:
        if choice.kind == "other":
            return None, None
        self.tell("reading the tokenizer")
        try:
            tokenizer = inputs.load_tokenizer(self.folder, choice)
            outcome = inputs.tokenizer_problem(tokenizer, bare)
        except Exception as error:  # a stranger's files: whatever it is, it is the answer
            outcome = ("fail", f"the tokenizer cannot be read: {first_line(error)}", {})
            if inputs.needs_code(self.folder):
                outcome = ("needs_code", "tokenizer_config.json asks for code of the repository (auto_map)", {})
        self.check("tokenizer", *outcome)
        return (tokenizer, inputs.make(choice, tokenizer)) if outcome[0] == "pass" else (None, None)

    def _loaded(self, loaded: loading.Loaded, weights: files.Weights) -> None:
        streamed = loaded.passing.per_pass if loaded.passing else 0  # not read before a pass asks for it
        held = max(0, weights.bytes - streamed)
        rate = held / max(loaded.seconds, 1e-6)
        self.timings |= {"load_seconds": round(loaded.seconds, 3), "load_bytes": held,
                         "load_bytes_per_second": round(rate)}  # fmt: skip
        placed = "whole" if loaded.plan.resident else "streamed"
        if loaded.passing is not None and not loaded.passing.parts:
            placed = "spread"  # over several GPUs, each layer in its place
        devices = getattr(loaded.model, "hf_device_map", {"": self.device}).values()
        said = f"{placed} on {self.device} in {loaded.seconds:.1f} s, {memory.words(rate)}/s"
        if streamed:
            said += f"; each pass reads {memory.words(streamed)} more"
        self.check("load", "pass", said, {
            "placed": placed, "need_bytes": loaded.plan.need, "have_bytes": loaded.plan.have,
            "devices": sorted({str(value) for value in devices}),
        })  # fmt: skip

    def _run(self, loaded: loading.Loaded, batch: inputs.Batch, tokenizer: Any, weights: files.Weights) -> None:
        kind = loaded.choice.kind
        self.pass_by("running", loaded)
        first = checks.forward(loaded, batch)
        self.check("weights-finite", *checks.weights_finite(loaded))
        self.check("forward", "pass", f"{len(batch.rows)} inputs, {batch.tokens} tokens in {first.seconds:.2f} s",
                   {"tokens": batch.tokens})  # fmt: skip
        self.send("facts", ran=True)
        self.check("outputs-finite", *checks.outputs_finite(first))
        self.pass_by("running again", loaded)
        second = checks.forward(loaded, batch)
        # Of the second pass: the first one also waits for CUDA's libraries and kernels, which are loaded on first use.
        self.timings |= {"forward_seconds": round(second.seconds, 4),
                         "forward_tokens_per_second": round(batch.tokens / max(second.seconds, 1e-6), 1)}  # fmt: skip
        self.check("deterministic", *checks.same_twice(first, second, loaded.choice.dtype))
        if kind in ("causal", "seq2seq"):
            self.pass_by("generating", loaded, checks.NEW_TOKENS_STREAMED)
            outcome, _ = checks.generation(loaded, batch, tokenizer)
            self.timings["tokens_per_second"] = outcome[2]["tokens_per_second"]
            self.check("generation", *outcome)
        else:
            self.check("generation", "skipped", f"a {kind} model does not generate")
        if batch.labels is None and kind != "encoder":
            self.check("learned", "skipped", "; ".join(batch.notes))
        else:
            self.pass_by("comparing with shuffled weights", loaded)
            self.check("learned", *checks.learned(loaded, batch, first))
        if loaded.passing is not None and loaded.passing.per_pass:
            rate = loaded.passing.per_pass / max(second.seconds, 1e-6)
            self.timings |= {"streamed_bytes": loaded.passing.bytes, "streamed_bytes_per_second": round(rate)}
        self._peak()
        self._agree(loaded, batch, weights, first)

    def _agree(self, loaded: loading.Loaded, batch: inputs.Batch, weights: files.Weights, here: checks.Answer) -> None:
        """The same on the CPU; last, so that a slow CPU, or one that cannot run it at all, costs no other check."""
        if self.device == "cpu":
            why = self.no_gpu or ("the CPU was asked for" if torch.cuda.is_available() else "there is no CUDA device")
            self.check("devices-agree", "skipped", why)
            return
        left = self.job["timeout"] - (time.monotonic() - self.started)
        if left < TIME_LEFT_FOR_CPU * loaded.seconds:
            self.check("devices-agree", "skipped", f"{left:.0f} s are left, too few to load it on the CPU as well")
            return
        choice = loaded.choice
        loaded.model = loaded.passing = None
        gc.collect()  # hooks and modules hold each other, and so what was kept on the host
        torch.cuda.empty_cache()
        self.tell("running on the CPU")
        try:
            with within(left * TIME_FOR_CPU):
                outcome = checks.same_on_cpu(here, self._on_cpu(choice, batch, weights), choice.dtype)
        except TooSlow:
            outcome = "skipped", f"the CPU was not done within the {left:.0f} s that were left", {}
        except Exception as error:  # on the GPU it ran: what the CPU lacks is no fault of the weights
            outcome = "skipped", f"the CPU could not run it: {first_line(error)}", {}
        self.check("devices-agree", *outcome)

    def _on_cpu(self, choice: Choice, batch: inputs.Batch, weights: files.Weights) -> checks.Answer:
        bare = loading.skeleton(choice)
        work = loading.work_bytes(choice, bare, batch.tensors["input_ids"].numel())
        where = loading.plan(choice, weights, bare, "cpu", self.job, work)
        there = loading.load(choice, weights, self.folder, where, self.scratch / "cpu", lambda *_, **__: None)
        return checks.forward(there, batch)

    def _peak(self) -> None:
        if self.device == "cuda":
            peaks = [torch.cuda.max_memory_allocated(index) for index in range(torch.cuda.device_count())]
            self.timings |= {"device_peak_bytes": sum(peaks), "device_peaks": peaks}

    def _machine(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"threads": torch.get_num_threads()}
        if self.device == "cuda":
            facts["cuda"] = torch.version.cuda
            facts["devices"] = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        return facts

    def gpu_failed(self, error: Exception) -> None:
        """End the run for a reason that may be the machine's: no room, or an error of CUDA itself."""
        if gpu.is_full(error):
            said, free = gpu.left(self.job["device_memory"])
            self.out_of_memory(f"the GPU{said}", have_bytes=free)
        else:
            message = f"the GPU failed while {self.stage}: {first_line(error)}"
            self.send("facts", timings=self.timings)
            self.send("stopped", code="crashed", message=message)

    def out_of_memory(self, where: str, have_bytes: int | None = None, need: int | None = None) -> None:
        """End the run with the need and the have."""
        need = self.plan.need if self.plan else need
        said = f"the weights need {memory.words(need)}" if need else "how much the weights need is not known yet"
        if self.plan:
            said += f", for which there were {memory.words(self.plan.have)}"
        self.send("facts", timings=self.timings)
        self.send(
            "stopped", code="out_of_memory", message=f"out of memory on {where}; {said}",
            need_bytes=need, have_bytes=have_bytes,
        )  # fmt: skip


def work(job: dict[str, Any], network: dict[str, Any], events: int) -> None:
    """Run the job and tell everything, also what went wrong."""
    torch.manual_seed(0)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    # Sums kept in half precision can overflow where no weight is at fault, and the CPU does without.
    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    todo = Job(job, network, events)
    _attempt(todo)
    todo.timings["child_seconds"] = round(time.monotonic() - todo.started, 3)
    todo.send("facts", timings=todo.timings)
    todo.send("done")


def _attempt(todo: Job) -> None:
    try:
        todo.run()
    except CannotRun as reason:
        todo.check("load", reason.outcome, reason.detail)
    except Skip as reason:
        todo.check("load", "skipped", str(reason))
    except loading.NoRoom as error:
        todo.out_of_memory(f"the GPU: {error}", need=error.need)
    except MemoryError:
        todo.out_of_memory("the machine")
    except Exception as error:  # whatever a stranger's files set off is the answer
        if gpu.is_full(error) or gpu.has_failed(error):
            todo.gpu_failed(error)
        elif "can't allocate memory" in str(error):
            todo.out_of_memory("the machine")
        else:
            name = "forward" if "load_seconds" in todo.timings else "load"
            todo.check(name, "fail", f"{type(error).__name__}: {first_line(error)}")


def _no_number(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _parameters(bare: Any) -> int:
    return sum(parameter.numel() for parameter in bare.parameters())
