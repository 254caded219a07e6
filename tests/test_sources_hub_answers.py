"""What a Hub repository's answers hold: odd information, cards, weights, configs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub_readings import CARD, CONFIG, LICENSES, WHOLE, failure, notes, read, tensors, weights
from hub_server import GATED, FaultProxy, say, status
from openness.schemas.errors import OpennessError
from openness.schemas.record import Form, Model, Relation, Status
from openness.schemas.snapshot import Snapshot
from openness.sources import hub as reader
from openness.sources.propose import propose

pytestmark = pytest.mark.usefixtures("short")


def _siblings(*files: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda info: info.update(siblings=list(files))


def _set(**values: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda info: info.update(values)


HOSTILE_INFO: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("id is a number", _set(id=5)),
    ("id is null", _set(id=None)),
    ("id is a path", _set(id="../../etc/passwd")),
    ("id has three parts", _set(id="a/b/c")),
    ("id is another", _set(id="evil/" + "x" * 500)),
    ("id has control characters", _set(id="acme/\x1b[31m")),
    ("sha is a number", _set(sha=5)),
    ("sha is a path", _set(sha="../../../main")),
    ("sha is null", _set(sha=None)),
    ("sha is long", _set(sha="a" * 100_000)),
    ("siblings is null", _set(siblings=None)),
    ("siblings is a number", _set(siblings=5)),
    ("siblings of strings", _siblings("README.md")),
    ("name is a number", _siblings({"rfilename": 5})),
    ("name is null", _siblings({"rfilename": None})),
    ("name is a lone surrogate", _siblings({"rfilename": "\ud800.safetensors"}, {"rfilename": "LICENSE-\udfff"})),
    ("name climbs", _siblings({"rfilename": "../../../model.safetensors"}, {"rfilename": "..\\LICENSE"})),
    ("name is a URL", _siblings({"rfilename": "https://evil.example/x.safetensors"})),
    ("name with a zero", _siblings({"rfilename": "a\0.safetensors"}, {"rfilename": "LICENSE\n"})),
    ("name is empty", _siblings({"rfilename": ""})),
    ("name is long", _siblings({"rfilename": "x" * 50_000 + ".safetensors"})),
    ("names twice", _siblings(*[{"rfilename": "README.md"}] * 3)),
    ("size is text", _siblings({"rfilename": "README.md", "size": "big"})),
    ("size is negative", _siblings({"rfilename": "README.md", "size": -1})),
    ("size is huge", _siblings({"rfilename": "model.safetensors", "size": 10**30})),
    ("lfs is text", _siblings({"rfilename": "model.safetensors", "lfs": "yes"})),
    ("lfs is odd", _siblings({"rfilename": "model.safetensors", "lfs": {"sha256": 5, "size": 1, "pointerSize": 1}})),
    ("tags is a number", _set(tags=5)),
    ("tags of objects", _set(tags=[{}, None, 5, "license:mit"])),
    ("a lone surrogate in a tag", _set(tags=["\ud800"])),
    ("10,000 tags", _set(tags=["x" * 100] * 10_000)),
    ("created is odd", _set(createdAt="yesterday")),
    ("created is a number", _set(createdAt=5)),
    ("gated is text", _set(gated="manual")),
    ("gated is a list", _set(gated=[1])),
    ("private is text", _set(private="no")),
    ("card is a list", _set(cardData=[1])),
    ("card is text", _set(cardData="x")),
    ("card has odd keys", _set(cardData={"self": 1, "eval_results": 5, "model-index": "x"})),
    ("card is odd", _set(cardData={"license": {"a": 1}, "base_model": 5, "datasets": {"x": 1}, "language": [None]})),
    ("model index is odd", _set(cardData={"model-index": [{"name": 5, "results": [{}]}]})),
    ("safetensors is odd", _set(safetensors={"parameters": 5, "total": "x"})),
    ("safetensors is text", _set(safetensors="x")),
    ("total is huge", _set(safetensors={"parameters": {}, "total": 10**30})),
    ("unknown fields", _set(news={"a": [1]}, inferenceProviderMapping={})),
    ("odd provider mapping", _set(inferenceProviderMapping=5)),
]


@pytest.mark.parametrize("change", [case[1] for case in HOSTILE_INFO], ids=[case[0] for case in HOSTILE_INFO])
def test_odd_model_information(
    hub: FaultProxy, published: str, token: str, change: Callable[[dict[str, Any]], Any]
) -> None:
    """Any answer gives a snapshot that can be written out and proposed from, or one clear error."""
    hub.edit(change)
    try:
        snapshot = reader.read_repository("acme/tiny")
    except OpennessError:
        error = failure("acme/tiny")
        assert error.code == "bad_answer"
        return
    again = Snapshot.model_validate_json(snapshot.model_dump_json())
    assert again == snapshot
    record = propose(snapshot, LICENSES)
    assert Model.model_validate_json(record.model_dump_json()) == record
    assert all(len(tag) <= 200 for tag in snapshot.tags)
    assert len(snapshot.tags) <= 500


@pytest.mark.parametrize("data", [[1], "x", {"eval_results": 5}, {"license": "mit"}, {"model-index": [{"results": 5}]}])
def test_odd_card_data_without_a_readme(hub: FaultProxy, published: str, data: object) -> None:
    hub.edit(_set(cardData=data))
    hub.play("README", status(500))
    snapshot = read("acme/tiny")
    assert snapshot.header
    assert "README.md was not read" in notes(snapshot)["card"]


BOMB = b"---\na: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + i, 98 + i, b", ".join([b"*%c" % (97 + i)] * 9)) for i in range(9)
)
README: list[tuple[str, bytes, str]] = [
    (
        "broken YAML",
        b"---\nlicense: [mit\nx: }\n---\n# T\n[paper](https://arxiv.org/abs/2401.00001)\n",
        "broken at line",
    ),
    ("alias bomb", BOMB + b"---\n# T\n[paper](https://arxiv.org/abs/2401.00001)\n", "aliases"),
    ("tab", b"---\nlicense:\tmit\n\tx: 1\n---\n[paper](https://arxiv.org/abs/2401.00001)\n", "broken at line"),
    (
        "python tag",
        b"---\na: !!python/object/apply:os.system [id]\n---\n[paper](https://arxiv.org/abs/2401.00001)\n",
        "broken",
    ),
    ("not a mapping", b"---\n- mit\n---\n[paper](https://arxiv.org/abs/2401.00001)\n", "not a mapping"),
]


@pytest.mark.parametrize(("text", "words"), [case[1:] for case in README], ids=[case[0] for case in README])
def test_cards_that_cannot_be_parsed_keep_their_links(hub: FaultProxy, published: str, text: bytes, words: str) -> None:
    # olah parses the YAML too, and would fail; the Hub answers with no card data.
    hub.edit(lambda info: info.pop("cardData"))
    hub.play("README", say(text))
    snapshot = read("acme/tiny")
    assert words in notes(snapshot)["card"]
    assert snapshot.card
    assert snapshot.card.metadata == {}
    assert [link.text for link in snapshot.card.links] == ["paper"]
    state = weights(snapshot)
    assert (state.status, state.license) == (Status.OPEN, None)


SHARDS = "model-00001-of-00002.safetensors"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"model.safetensors": (10 * 10**9).to_bytes(8, "little") + b"{}" * 100}, "claims 10,000,000,000 bytes"),
        (
            {"model.safetensors": tensors(header={"b": {"dtype": "F32", "shape": [4], "data_offsets": [20, 36]}})},
            "overlaps",
        ),
        ({"model.safetensors": tensors(header={"b": {"dtype": "F32", "shape": [4], "data_offsets": [28, 44]}})}, "gap"),
        ({"model.safetensors": tensors()[:-1]}, "its header accounts for"),
        ({"model.safetensors": tensors() + b"GIF89a"}, "its header accounts for"),
        ({"model.safetensors": b"<html>503</html>"}, "not a usable safetensors file"),
        ({"model.safetensors": b""}, "shorter than a safetensors header"),
        (
            {
                SHARDS: tensors(),
                "model.safetensors.index.json": b'{"weight_map": {"a": "../../other/model.safetensors"}}',
            },
            "outside the repository: '../../other/model.safetensors'",
        ),
        (
            {SHARDS: tensors(), "model.safetensors.index.json": b'{"weight_map": {"a": "/etc/passwd"}}'},
            "outside the repository",
        ),
        (
            {
                SHARDS: tensors(),
                "model.safetensors.index.json": json.dumps(
                    {"weight_map": {"a": SHARDS, "b": "model-00002-of-00002.safetensors"}}
                ).encode(),
            },
            "1 of 2 files named by the index are missing, such as 'model-00002-of-00002.safetensors'",
        ),
        ({SHARDS: tensors(), "model.safetensors.index.json": b'{"weight_map": 5}'}, "no usable weight_map"),
        ({SHARDS: tensors(), "model.safetensors.index.json": b"{"}, "not valid JSON"),
    ],
)
def test_broken_weights_are_not_proposed_as_open(
    hub: FaultProxy, repository: Callable[..., str], files: dict[str, bytes | Path], words: str
) -> None:
    snapshot = read(repository({"README.md": CARD, **files}))
    assert words in notes(snapshot)["weights"]
    state = weights(snapshot)
    assert state.status is Status.UNKNOWN
    assert state.note
    assert words in state.note


@pytest.mark.parametrize(
    ("files", "status_", "form", "relation"),
    [
        ({"model.safetensors": tensors()}, Status.OPEN, Form.FULL, Relation.FINETUNE),
        (
            {"adapter_model.safetensors": tensors(), "adapter_config.json": b"{}"},
            Status.OPEN,
            Form.ADAPTER,
            Relation.ADAPTER,
        ),
        ({"tiny-Q4_K_M.gguf": b"GGUF"}, Status.OPEN, Form.FULL, Relation.QUANTIZED),
        ({"pytorch_model-00001-of-00002.bin": b"PK"}, Status.OPEN, Form.FULL, Relation.FINETUNE),
        ({"training_args.bin": b"PK", "optimizer.pt": b"PK"}, Status.UNKNOWN, None, Relation.FINETUNE),
        ({"config.json": CONFIG}, Status.UNKNOWN, None, Relation.FINETUNE),
    ],
    ids=["full", "adapter", "gguf", "bin", "only training state", "no weights"],
)
def test_what_the_files_are(
    hub: FaultProxy,
    repository: Callable[..., str],
    files: dict[str, bytes | Path],
    status_: Status,
    form: Form | None,
    relation: Relation,
) -> None:
    record = propose(read(repository({"README.md": CARD, **files})), LICENSES)
    assert (record.weights[0].status, record.weights[0].form) == (status_, form)
    assert [(base.id, base.relation) for base in record.base_models] == [("acme/base", relation)]


@pytest.mark.parametrize(
    ("gated", "status_"), [(False, "open"), ("auto", "gated"), ("manual", "gated"), (True, "gated")]
)
def test_a_gated_repository_that_we_may_read(hub: FaultProxy, published: str, gated: object, status_: str) -> None:
    hub.edit(_set(gated=gated))
    snapshot = read("acme/tiny")
    assert snapshot.gated is bool(gated)
    assert weights(snapshot).status == status_


def test_a_gated_repository_shows_its_information_only(hub: FaultProxy, published: str) -> None:
    """The Hub lists a gated repository's files for everyone and keeps the files."""
    hub.edit(_set(gated="manual", cardData={"license": "other", "license_name": "Acme License 1"}))
    hub.play("/resolve/", GATED)
    snapshot = read("acme/tiny")
    assert len(snapshot.notes) == 5
    assert all("gated" in note.message for note in snapshot.notes)
    state = weights(snapshot)
    assert (state.status, state.license) == (Status.GATED, "LicenseRef-acme-1")


def test_a_private_repository_is_not_open(hub: FaultProxy, published: str) -> None:
    hub.edit(_set(private=True))
    state = weights(read("acme/tiny"))
    assert state.status is Status.UNKNOWN
    assert state.note
    assert "private" in state.note


@pytest.mark.parametrize(
    ("front", "expression"),
    [
        (b"license: mit", "MIT"),
        (b"license: other\nlicense_name: acme-license-1", "LicenseRef-acme-1"),
        (b"license: other\nlicense_name: Acme License 1", "LicenseRef-acme-1"),
        (b"license: other\nlicense_name: nobody-knows-it", None),
        (b"license: other", None),
        (b"license: [mit, apache-2.0]", "MIT AND Apache-2.0"),
        (b"license: [mit, nobody-knows-it]", None),
        (b"license:", None),
        (b"x: 1", None),
    ],
)
def test_the_license_tag(hub: FaultProxy, repository: Callable[..., str], front: bytes, expression: str | None) -> None:
    snapshot = read(repository({**WHOLE, "README.md": b"---\n" + front + b"\n---\n# T\n"}))
    assert weights(snapshot).license == expression


@pytest.mark.parametrize(
    "text",
    [
        b"[]",
        b"null",
        b"5",
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": ' * 50_000,
        b'{"a": NaN, "b": 1e999}',
        b'{"a": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"a": %s}' % (b"9" * 5000),
        b'{"a": %s}' % (b"9" * 4000),
        b'{"a":' * 400 + b"1" + b"}" * 400,
    ],
    ids=[
        "list",
        "null",
        "number",
        "empty",
        "cut",
        "UTF-16",
        "deep",
        "deep and cut",
        "NaN",
        "surrogate",
        "surrogate key",
        "5000 digits",
        "4000 digits",
        "400 deep",
    ],
)
def test_odd_configs(hub: FaultProxy, repository: Callable[..., str], text: bytes) -> None:
    snapshot = read(repository({**WHOLE, "config.json": text}))
    assert snapshot.config is not None or "config.json" in notes(snapshot)["config"]
    assert snapshot.header
    assert snapshot.card


@pytest.mark.parametrize("text", [b"", b"\n", b"\xff\xfe\x00", b"---", b"---\n---\n", b"---\n\n---\n", b"\x00" * 100])
def test_odd_readmes(hub: FaultProxy, published: str, text: bytes) -> None:
    hub.edit(lambda info: info.pop("cardData"))
    hub.play("README", say(text))
    snapshot = read("acme/tiny")
    assert snapshot.header
    assert snapshot.config
