"""The static stage on real headers: the real models pass, and each broken one fails the check that names it."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openness.schemas.validation import Check, verdict_of
from openness.sources.folder import published_folder
from openness.validator.static import architecture
from openness.validator.static.claims import claims_of
from openness.validator.static.stage import run_static
from openness.validator.static.tensors import claimed_size, layers_agree
from tiny_models import KINDS, build, make_tokenizer
from weights import Evil, Header, Model, minilm, packed, read_header, shard, smollm, write_sparse


def checks(folder: Path, **options: Any) -> dict[str, Check]:
    published = published_folder(folder)
    return {check.name: check for check in run_static(published, claims=claims_of(published), **options).checks}


def failed(found: dict[str, Check]) -> set[str]:
    return {name for name, check in found.items() if check.outcome == "fail"}


@pytest.mark.parametrize("folder", [minilm, lambda: smollm().parent], ids=["minilm", "smollm2"])
def test_real_weights_pass(folder: Callable[[], Path]) -> None:
    found = checks(folder())
    assert {name for name, check in found.items() if check.outcome != "pass"} == {"hashes-match"}
    assert verdict_of(list(found.values())) == "valid"


def test_real_weights_pass_in_shards(tmp_path: Path) -> None:
    found = checks(Model(tmp_path / "MiniLM-22M").folder)
    skipped = {name: check.detail for name, check in found.items() if check.outcome != "pass"}
    assert skipped.keys() == {"hashes-match", "shards-distinct"}
    assert found["tensors-indexed"].detail == "104 tensors stand where the index puts them"
    assert found["shapes-match"].figures["class"] == "BertModel"
    assert found["parameters-agree"].detail == "22,713,728 parameters, as the name says"


# ---------------------------------------------------------------- broken in one way each


def truncated(model: Model) -> None:
    write_sparse(model.folder / shard(2), model.headers[shard(2)], cut=1)


def longer(model: Model) -> None:
    write_sparse(model.folder / shard(2), model.headers[shard(2)], cut=-1)


def pointer(model: Model) -> None:
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"
    (model.folder / shard(1)).write_text(text)


def renamed(model: Model) -> None:
    header = model.headers[shard(1)]
    header["x"] = header.pop(next(iter(header)))
    model.write()


def renamed_without_index(model: Model) -> None:
    model.in_one(lambda header: {key.replace("pooler.dense.w", "pooler.dense.v"): item for key, item in header.items()})


def moved(model: Model) -> None:
    header = model.headers[shard(3)]
    item = next(iter(header.values()))
    item["data_offsets"] = [offset + 4 for offset in item["data_offsets"]]
    model.write()


def twice_in_header(model: Model) -> None:
    text = (
        b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    )
    (model.folder / shard(3)).write_bytes(len(text).to_bytes(8, "little") + text + bytes(4))


def absurd_header(model: Model) -> None:
    with (model.folder / shard(1)).open("r+b") as stream:
        stream.write((2**62).to_bytes(8, "little"))


def unknown_dtype(model: Model) -> None:
    next(iter(model.headers[shard(1)].values()))["dtype"] = "F5"
    model.write()


def missing_shard(model: Model) -> None:
    (model.folder / shard(2)).unlink()


def missing_part_without_index(model: Model) -> None:
    (model.folder / "model.safetensors.index.json").unlink()
    missing_shard(model)


def index_leads_out(model: Model) -> None:
    model.index[next(iter(model.index))] = "../../etc/passwd"
    model.write()


def in_two_shards(model: Model) -> None:
    name, item = next(iter(model.headers[shard(1)].items()))
    model.headers[shard(2)] = packed({**model.headers[shard(2)], name: item})
    model.write()


def in_another_shard(model: Model) -> None:
    name = next(iter(model.headers[shard(1)]))
    model.headers[shard(2)] = packed({**model.headers[shard(2)], name: model.headers[shard(1)].pop(name)})
    model.headers[shard(1)] = packed(model.headers[shard(1)])
    model.write()


def larger_tokenizer(model: Model) -> None:
    vocab = {f"t{number}": number for number in range(40_000)}
    (model.folder / "tokenizer.json").write_text(json.dumps({"model": {"type": "BPE", "vocab": vocab}}))


def no_tokenizer(model: Model) -> None:
    for name in ("tokenizer.json", "vocab.txt"):
        (model.folder / name).unlink()


def tokenizer_without_vocabulary(model: Model) -> None:
    (model.folder / "tokenizer.json").write_text("{}")


def more_layers(model: Model) -> None:
    model.config(num_hidden_layers=12)


def absurd_layers(model: Model) -> None:
    model.config(num_hidden_layers=10**9)  # building them would take hours


def fewer_layers(model: Model) -> None:
    model.config(num_hidden_layers=5)


def wider(model: Model) -> None:
    model.config(hidden_size=768)


def config_is_no_json(model: Model) -> None:
    (model.folder / "config.json").write_text("{")


def same_twice(model: Model) -> None:
    for number in (1, 2, 3):
        model.record(shard(number), ("a" if number < 3 else "b") * 64)


def no_weights(model: Model) -> None:
    for name in (*model.headers, "model.safetensors.index.json"):
        (model.folder / name).unlink()


@pytest.mark.parametrize(
    ("breaking", "expected", "said"),
    [
        (truncated, "files-whole", shard(2)),
        (longer, "files-whole", shard(2)),
        (pointer, "files-whole", "pointer"),
        (renamed, "tensors-indexed", "is in no file"),
        (renamed_without_index, "shapes-match", "missing pooler.dense.weight"),
        (moved, "headers-valid", "leaves a gap"),
        (twice_in_header, "headers-valid", "twice"),
        (absurd_header, "headers-valid", "claims 4,611,686,018,427,387,904 bytes"),
        (unknown_dtype, "dtypes-known", "F5"),
        (missing_shard, "shards-complete", shard(2)),
        (missing_part_without_index, "shards-complete", shard(2)),
        (index_leads_out, "shards-complete", "outside the repository"),
        (in_two_shards, "tensors-indexed", f"stands in {shard(1)} and {shard(2)}"),
        (in_another_shard, "tensors-indexed", f"is in {shard(2)}; the index puts it in {shard(1)}"),
        (larger_tokenizer, "vocabulary-fits", "ids up to 39,999"),
        (no_tokenizer, "tokenizer-present", "no tokenizer"),
        (tokenizer_without_vocabulary, "tokenizer-present", "no vocabulary"),
        (more_layers, "layers-agree", "num_hidden_layers is 12; the tensors have 6"),
        (absurd_layers, "layers-agree", "num_hidden_layers is 1000000000"),
        (fewer_layers, "layers-agree", "num_hidden_layers is 5; the tensors have 6"),
        (wider, "shapes-match", "LayerNorm.bias: [384], not [768]"),
        (config_is_no_json, "shapes-match", "not JSON"),
        (same_twice, "shards-distinct", "same file as"),
        (no_weights, "weights-present", "no weight files"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_broken_model_fails_the_check_that_names_it(
    tmp_path: Path, breaking: Callable[[Model], None], expected: str, said: str
) -> None:
    model = Model(tmp_path / "model")
    breaking(model)
    found = checks(model.folder)
    assert failed(found) == {expected}
    assert said in found[expected].detail
    assert verdict_of(list(found.values())) == "invalid"


def test_a_malicious_pickle_is_named_and_not_loaded(tmp_path: Path) -> None:
    model, mark = Model(tmp_path / "model"), tmp_path / "owned"
    (model.folder / "training_args.bin").write_bytes(pickle.dumps(Evil(mark), protocol=2))
    found = checks(model.folder)
    assert failed(found) == {"pickles-harmless"}
    assert "posix.system" in found["pickles-harmless"].detail
    assert not mark.exists()


def test_hashes_are_held_against_what_the_hub_recorded(tmp_path: Path) -> None:
    model = Model(tmp_path / "model")
    hashes = {name: hashlib.sha256((model.folder / name).read_bytes()).hexdigest() for name in model.headers}
    for name, digest in hashes.items():
        model.record(name, digest)
    found = checks(model.folder, hashes=hashes, hashing=True)
    assert found["hashes-match"].detail == "3 files with the recorded sha256"
    assert found["shards-distinct"].outcome == "pass"
    model.record(shard(2), "f" * 64)
    found = checks(model.folder, hashes=hashes, hashing=True)
    assert failed(found) == {"hashes-match"}
    assert found["hashes-match"].detail.startswith(f"{shard(2)} is ")


# ---------------------------------------------------------------- code


@pytest.mark.parametrize(
    ("changes", "outcome", "verdict"),
    [
        ({"auto_map": {"AutoModel": "modeling_acme.Acme"}, "model_type": "acme"}, "needs_code", "needs_code_execution"),
        ({"auto_map": {"AutoModel": "modeling_bert.Bert"}}, "warn", "valid"),
    ],
)
def test_code_of_the_repository_is_reported_and_never_run(
    tmp_path: Path, changes: dict[str, Any], outcome: str, verdict: str
) -> None:
    model, mark = Model(tmp_path / "model"), tmp_path / "ran"
    model.config(**changes)
    for name in ("modeling_acme.py", "modeling_bert.py"):
        (model.folder / name).write_text(f"open({str(mark)!r}, 'w')")
    found = checks(model.folder)
    assert found["code-not-needed"].outcome == outcome
    assert failed(found) == set()
    assert verdict_of(list(found.values())) == verdict
    assert not mark.exists()


def test_a_tokenizer_of_the_repository_needs_code_unless_its_file_is_there(tmp_path: Path) -> None:
    model = Model(tmp_path / "model")
    config = {"auto_map": {"AutoTokenizer": ["tokenization_acme.Acme", None]}}
    (model.folder / "tokenizer_config.json").write_text(json.dumps(config))
    assert checks(model.folder)["code-not-needed"].outcome == "warn"
    (model.folder / "tokenizer.json").unlink()
    assert checks(model.folder)["code-not-needed"].outcome == "needs_code"


# ---------------------------------------------------------------- GGUF


def gguf_copy(folder: Path, *, cut: int = 0) -> Path:
    """The real header, and a hole for the weights."""
    folder.mkdir()
    path = folder / "m.gguf"
    with smollm().open("rb") as real, path.open("wb") as stream:
        stream.write(real.read(4 * 1024**2))
        stream.truncate(smollm().stat().st_size - cut)
    return path


def patch(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as stream:
        stream.seek(at)
        stream.write(data)


def test_a_truncated_gguf_is_named(tmp_path: Path) -> None:
    found = checks(gguf_copy(tmp_path / "model", cut=1).parent)
    assert failed(found) == {"files-whole"}
    assert "its header accounts for 98,362,4" in found["files-whole"].detail


@pytest.mark.parametrize(
    ("at", "data", "said"),
    [
        (0, b"GGML", "does not begin with GGUF"),
        (8, (2**60).to_bytes(8, "little"), "claims 1,152,921,504,606,846,976 tensors"),
        (16, (2**60).to_bytes(8, "little"), "claims 1,152,921,504,606,846,976 keys"),
        (24, (2**60).to_bytes(8, "little"), "a name in the header claims"),
    ],
)
def test_a_forged_gguf_header_is_named(tmp_path: Path, at: int, data: bytes, said: str) -> None:
    path = gguf_copy(tmp_path / "model")
    patch(path, at, data)
    found = checks(path.parent)
    assert failed(found) - {"tokenizer-present"} == {"headers-valid"}
    assert said in found["headers-valid"].detail


def test_a_gguf_that_lies_about_its_blocks_is_named(tmp_path: Path) -> None:
    path = gguf_copy(tmp_path / "model")
    with path.open("rb") as stream:
        at = stream.read(4096).index(b"llama.block_count") + len(b"llama.block_count") + 4
    patch(path, at, (31).to_bytes(4, "little"))
    found = checks(path.parent)
    assert failed(found) == {"layers-agree"}
    assert "block_count is 31, the tensors have 30" in found["layers-agree"].detail


# ---------------------------------------------------------------- what is heard and what is not


def test_a_claim_that_does_not_fit_is_a_warning(tmp_path: Path) -> None:
    model = Model(tmp_path / "MiniLM-7B")
    shutil.copy(minilm() / "README.md", model.folder)
    found = checks(model.folder)["parameters-agree"]
    assert (found.outcome, found.figures["the name"]) == ("warn", 7_000_000_000)
    (model.folder / "README.md").write_text("It has 22.7 million parameters.")
    assert claims_of(published_folder(model.folder))["the card"] == 22_700_000


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("Llama-2-7b-hf", 7_000_000_000),
        ("SmolLM2-135M-Instruct", 135_000_000),
        ("Mixtral-8x7B-v0.1", 56_000_000_000),
        ("Qwen2.5-0.5B", 500_000_000),
        ("Qwen3-30B-A3B", 30_000_000_000),
        ("bert-base-uncased", None),
        ("model-4bit", None),
        ("gemma-3n-E4B", None),
        ("yarn-128k", None),
    ],
)
def test_what_a_name_claims(name: str, size: int | None) -> None:
    assert claimed_size(name) == size


@pytest.mark.parametrize(
    ("config", "names", "outcome"),
    [
        ({"num_hidden_layers": 2}, ["model.layers.0.a", "model.layers.1.a"], "pass"),
        ({"num_hidden_layers": 3}, ["model.layers.0.a", "model.layers.1.a"], "fail"),
        ({"num_hidden_layers": 1, "num_nextn_predict_layers": 1}, ["model.layers.0.a", "model.layers.1.a"], "pass"),
        ({"n_layer": 2}, ["transformer.h.0.a", "transformer.h.1.a", "transformer.h.1.b"], "pass"),
        (
            {"num_layers": 1, "num_decoder_layers": 2},
            ["encoder.block.0.a", "decoder.block.0.a", "decoder.block.1.a"],
            "pass",
        ),
        (
            {"text_config": {"num_hidden_layers": 1}, "vision_config": {}},
            ["vision.layers.0.a", "vision.layers.1.a", "text.layers.0.a"],
            "pass",
        ),
        (
            {"num_hidden_layers": 12, "num_hidden_groups": 1},
            ["albert.encoder.albert_layer_groups.0.albert_layers.0.a"],
            "pass",
        ),
        ({}, ["model.layers.0.a"], "pass"),
        ({"num_hidden_layers": 2}, ["a", "b"], "pass"),
    ],
)
def test_layers_are_counted_by_name(config: dict[str, Any], names: list[str], outcome: str) -> None:
    assert layers_agree(config, dict.fromkeys(names)).outcome == (outcome or "pass")


def test_a_tensor_that_only_the_file_has_is_a_warning(tmp_path: Path) -> None:
    model = Model(tmp_path / "model")
    extra: Header = {"extra": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    model.headers[shard(1)] = packed({**model.headers[shard(1)], **extra})
    model.write()
    found = checks(model.folder)
    assert found["tensors-indexed"].outcome == "warn"
    assert found["shapes-match"].outcome == "warn"
    assert failed(found) == set()


# ---------------------------------------------------------------- architectures


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_transformers_saves_in_shards_passes(tmp_path: Path, kind: str) -> None:
    build(kind).save_pretrained(tmp_path / "model", max_shard_size="200KB")
    make_tokenizer().save_pretrained(tmp_path / "model")
    found = checks(tmp_path / "model")
    assert {name for name, check in found.items() if check.outcome != "pass"} == {"hashes-match", "shards-distinct"}
    assert found["shapes-match"].figures["class"] == KINDS[kind][0]


def test_an_expert_that_is_missing_is_named(tmp_path: Path) -> None:
    """Experts are merged on loading, by rules that only transformers knows."""
    folder = tmp_path / "model"
    build("mixtral").save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    header = {name: item for name, item in read_header(folder / "model.safetensors").items() if name != "__metadata__"}
    header.pop("model.layers.1.block_sparse_moe.experts.2.w1.weight")
    write_sparse(folder / "model.safetensors", packed(header))
    found = checks(folder)
    assert failed(found) == {"shapes-match"}
    assert "merged on loading do not fit together" in found["shapes-match"].detail


def test_an_architecture_that_takes_too_long_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model(tmp_path / "model")
    model.config(type_vocab_size=3)  # a question that was not asked before
    monkeypatch.setattr(architecture, "_child", None)  # the one that is warm stays
    monkeypatch.setattr(architecture, "SECONDS", 0.0)
    found = checks(model.folder)
    assert (found["shapes-match"].outcome, "took longer than" in found["shapes-match"].detail) == ("skipped", True)
    assert verdict_of(list(found.values())) == "valid"


def test_without_transformers_the_rest_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(architecture, "installed", lambda: False)
    found = checks(Model(tmp_path / "model").folder)
    assert "install openness[validator]" in found["shapes-match"].detail
    assert {name for name, check in found.items() if check.outcome != "pass"} == {
        "hashes-match", "shards-distinct", "shapes-match"
    }  # fmt: skip
    model = Model(tmp_path / "lying")
    more_layers(model)
    assert failed(checks(model.folder)) == {"layers-agree"}
    model.config(auto_map={"AutoModel": "x.Y"}, num_hidden_layers=6)
    assert "transformers is not installed" in checks(model.folder)["code-not-needed"].detail


@pytest.mark.parametrize(("package", "check"), [("gguf", "headers-valid"), ("picklescan", "pickles-harmless")])
def test_without_a_package_the_check_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, check: str
) -> None:
    gguf_copy(tmp_path / "model")
    (tmp_path / "model" / "pytorch_model.bin").write_bytes(pickle.dumps({}, 2))
    for name in [name for name in sys.modules if name.partition(".")[0] == package] + [package]:
        monkeypatch.setitem(sys.modules, name, None)
    found = checks(tmp_path / "model")
    assert (found[check].outcome, "install openness[validator-static]" in found[check].detail) == ("skipped", True)
    assert verdict_of(list(found.values())) == "incomplete"
