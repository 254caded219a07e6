"""Reading clones of others' assessments: what each format says, and what is done with bad folders."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment_folders import COMMIT, git_clone, mot_document, osai_document, write_clone
from openness.schemas.errors import OpennessError
from openness.schemas.record import Artifact, Assessment
from openness.sources import assessments, mot, osai
from openness.sources.assessments import Kind, Reading, read_assessments, statements_of

OPEN = {"MIT", "Apache-2.0"}
FIVE = [artifact.value for artifact in Artifact]
ALL = dict.fromkeys(mot.COMPONENTS, "MIT")
CLASS_3 = [name for name, (_, level, need) in mot.COMPONENTS.items() if need and level == 3]
CLASS_2 = [name for name, (_, level, need) in mot.COMPONENTS.items() if need and level >= 2]


def read(kind: Kind, root: Path) -> Reading:
    return read_assessments(kind, root, OPEN.__contains__)


def says(by: str, value: str) -> dict[str, str]:
    return {item.artifact.value: item.says.value for item in statements_of(by, value).artifacts}


def mot_value(components: dict[str, str | None], **release: Any) -> str:
    opinion = mot.parse("models/a.yml", mot_document("A", components, **release), OPEN.__contains__)
    return opinion.subjects[0].value


@pytest.mark.parametrize(
    ("components", "license", "level"),
    [
        (ALL, {}, 1),
        (dict.fromkeys(CLASS_2, "MIT"), {}, 2),
        (dict.fromkeys(CLASS_3, "MIT"), {}, 3),
        (dict.fromkeys(CLASS_3), {"distribution": {"name": "Apache-2.0"}}, 3),
        # A type's license comes before that of the distribution.
        (dict.fromkeys(CLASS_3), {"distribution": {"name": "Apache-2.0"}, "data": {"name": "Proprietary"}}, None),
        # An own license that is empty or "unlicensed" is none, whatever stands above it.
        ({**dict.fromkeys(CLASS_3), "Model card": "unlicensed"}, {"distribution": {"name": "MIT"}}, None),
        ({key: "MIT" for key in CLASS_3 if key != mot.REPORT} | {mot.PAPER: "CC-BY-4.0"}, {}, 3),
        ({key: "MIT" for key in ALL if key != mot.REPORT}, {}, 1),
        ({key: "MIT" for key in ALL if key != mot.PAPER}, {}, 2),
        (dict.fromkeys(ALL, "MIT license"), {}, None),
        ({**ALL, "Training code": "Component not include"}, {}, 3),
        ({"Model card": "MIT"}, {}, None),
    ],
)  # fmt: skip
def test_class_by_their_own_rules(
    components: dict[str, str | None], license: dict[str, Any], level: int | None
) -> None:
    opinion = mot.parse("models/a.yml", mot_document("A", components, license=license), OPEN.__contains__)
    note = opinion.subjects[0].note
    assert note
    assert note.startswith("the file states no class; the tool's own rules ")
    assert (f"make {mot.CLASSES[level]} of this list" if level else "leave this list unclassified") in note


@pytest.mark.parametrize(
    ("components", "expected"),
    [
        ({"Training code": "MIT"}, dict.fromkeys(FIVE, "not listed") | {"training_code": "open"}),
        (dict.fromkeys(mot.COMPONENTS, "unlicensed"), {}),
        (dict.fromkeys(mot.COMPONENTS, "Undisclosed"), {}),
        (dict.fromkeys(mot.COMPONENTS, "Component not include."), dict.fromkeys(FIVE, "closed")),
        ({**ALL, "Datasets": "Component not included"}, dict.fromkeys(FIVE, "open") | {"training_data": "closed"}),
        ({**dict.fromkeys(mot.COMPONENTS, "unlicensed"), "Research paper": "not included"}, {}),
    ],
)  # fmt: skip
def test_what_components_say_of_our_artifacts(components: dict[str, str | None], expected: dict[str, str]) -> None:
    assert says(mot.BY, mot_value(components)) == expected


@pytest.mark.parametrize(
    ("text", "license"),
    [("Apache 2.0", "Apache 2.0"), ("unlicensed", None), ("Proprietary", None), ("Component not include", None),
     ("a; b [c]", "a  b  c"), ("x" * 500, "x" * 60)],
)  # fmt: skip
def test_license_of_the_weights(text: str, license: str | None) -> None:
    assert statements_of(mot.BY, mot_value({mot.WEIGHTS: text})).license == license


OSAI = {
    "datasources_basemodel": "closed", "datasources_endmodel": "partial", "weights_basemodel": "open",
    "weights_endmodel": "open", "trainingcode": "closed", "code": "closed", "hardware_architecture": "open",
    "preprint": "closed", "paper": "closed", "modelcard": "partial", "datasheet": None, "licenses": "Open",
}  # fmt: skip


def test_a_system_of_the_index() -> None:
    opinion = osai.parse("Acme.yaml", osai_document("Acme", "Acme-Chat", "Acme-Base", license="MIT License", **OSAI))
    end, base = opinion.subjects
    assert (end.role, end.names, base.role, base.names) == ("end", ("Acme-Chat",), "base", ("Acme-Base",))
    assert end.value.startswith("0.417 (open: weights_basemodel, weights_endmodel, hardware_architecture, licenses; ")
    assert end.value.endswith("; not judged: datasheet); license: MIT License")
    assert says(opinion.by, end.value) == {
        "weights": "open", "report": "partial", "training_code": "closed", "training_data": "partial",
    }  # fmt: skip
    # Code, papers and license are the system's: of its base model only the data and the weights are judged.
    assert says(opinion.by, base.value) == {"weights": "open", "training_data": "closed"}
    assert statements_of(opinion.by, end.value).license == "MIT License"
    assert statements_of(opinion.by, base.value).license is None


def test_a_system_of_the_predecessor() -> None:
    link = "https://huggingface.co/acme/chat"
    document = {
        "project": {"name": "Acme Chat", "link": link, "llmbase": "Acme", "license": None},
        "opencode": {"class": "open"}, "llmweights": {"class": "partial"}, "rlweights": {"class": "closed"},
    }  # fmt: skip
    opinion = osai.parse("projects/acme.yaml", document)
    assert opinion.by.startswith("Opening up ChatGPT")
    assert opinion.subjects[0].places == (("huggingface", "acme/chat"),)
    assert says(opinion.by, opinion.subjects[0].value) == {"weights": "closed", "training_code": "open"}
    assert says(opinion.by, opinion.subjects[1].value) == {"weights": "partial"}


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ("https://huggingface.co/acme/lm-7b", [("huggingface", "acme/lm-7b")]),
        ("acme/lm-7b", [("huggingface", "acme/lm-7b")]),
        ("https://hf.co/acme/lm-7b/blob/main/README.md#license", [("huggingface", "acme/lm-7b")]),
        ("https://www.modelscope.cn/models/acme/lm", [("modelscope", "acme/lm")]),
        ("https://huggingface.co/papers/2309.16609", []),
        ("https://huggingface.co/datasets/acme/data", []),
        ("https://huggingface.co/acme", []),
        ("https://github.com/acme/lm", []),
        ("https://evil.example/?https://huggingface.co/", []),
        (["https://huggingface.co/acme/lm"], [("huggingface", "acme/lm")]),
        (None, []),
    ],
)
def test_repositories_that_name_a_model(given: Any, places: list[Any]) -> None:
    opinion = mot.parse("models/a.yml", mot_document("A", ALL, huggingface=given), OPEN.__contains__)
    assert list(opinion.subjects[0].places) == places


def test_a_real_clone(tmp_path: Path) -> None:
    write_clone(tmp_path, {"models/A.yml": mot_document("A", ALL), "models/notes.txt": "x"}, None)
    commit = git_clone(tmp_path)
    (tmp_path / ".git" / "hooks" / "post-checkout").write_text("#!/bin/sh\nexit 1\n")
    reading = read("mot", tmp_path)
    assert (reading.revision, reading.files, reading.unread) == (commit, 1, [])


@pytest.mark.parametrize("kind", ["mot", "osai"])
def test_bad_files_hide_no_other(tmp_path: Path, kind: Kind) -> None:
    folder = "models" if kind == "mot" else "projects"
    good = mot_document("A", ALL) if kind == "mot" else osai_document("A", "A", **OSAI)
    outside = tmp_path / "secret.yml"
    outside.write_text(yaml.safe_dump(good))
    root = write_clone(
        tmp_path / "clone",
        {
            f"{folder}/good.yml": good,
            f"{folder}/alias.yml": "a: &a [x]\nb: [*a]\n",
            f"{folder}/broken.yml": "a: [",
            f"{folder}/empty.yml": "",
            f"{folder}/list.yml": "- a\n",
            f"{folder}/odd.yml": "release: [x]\nsystem: {name: [x]}\n",
            f"{folder}/big.yml": "#" * (assessments.MAX_FILE_BYTES + 1),
            f"{folder}/_config.yml": "x: 1\n",
        },
        None,
    )
    (root / folder / "latin.yml").write_bytes(b"a: \xe9\n")
    (root / folder / "link.yml").symlink_to(outside)
    (root / folder / "lost.yml").symlink_to("nowhere")
    (root / folder / "loop.yml").symlink_to("loop.yml")
    (root / folder / "inside.yml").symlink_to("good.yml")
    (root / folder / "folder.yml").mkdir()
    os.mkfifo(root / folder / "pipe.yml")
    reading = read(kind, root)
    assert [item.path for item in reading.opinions] == [f"{folder}/good.yml", f"{folder}/inside.yml"]
    reasons = {item.path.rpartition("/")[2]: item.reason for item in reading.unread}
    assert reasons.keys() == {"alias.yml", "broken.yml", "empty.yml", "list.yml", "odd.yml", "big.yml", "latin.yml",
                              "link.yml", "lost.yml", "loop.yml", "pipe.yml"}  # fmt: skip
    assert reasons["link.yml"] == "it is a link that leads out of the clone"
    assert reasons["pipe.yml"] == "it is not a regular file"
    assert reasons["latin.yml"] == "it is not UTF-8"
    assert reasons["big.yml"].startswith("it is larger than")
    assert reading.revision is None


def test_folders_that_are_no_clone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "linked").mkdir()
    write_clone(tmp_path / "elsewhere", {"models/A.yml": mot_document("A", ALL)})
    (tmp_path / "linked" / "models").symlink_to(tmp_path / "elsewhere" / "models")
    for name, code in (
        ("file", "bad_target"),
        ("empty", "no_data"),
        ("missing", "not_found"),
        ("linked", "bad_target"),
    ):
        with pytest.raises(OpennessError) as error:
            read("mot", tmp_path / name)
        assert error.value.code == code, name
    with pytest.raises(OpennessError, match="holds no assessment"):
        read("osai", tmp_path / "elsewhere")


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_clone(tmp_path, {f"models/{n}.yml": mot_document("A", ALL) for n in range(3)})
    size = (root / "models" / "0.yml").stat().st_size
    monkeypatch.setattr(assessments, "MAX_TOTAL_BYTES", 2 * size)
    assert [item.path for item in read("mot", root).unread] == ["models/2.yml"]
    monkeypatch.setattr(assessments, "MAX_FILES", 2)
    with pytest.raises(OpennessError, match="more than 2 files"):
        read("mot", root)


@pytest.mark.parametrize(
    ("head", "refs", "commit"),
    [
        ("ref: refs/heads/main", {"refs/heads/main": COMMIT}, COMMIT),
        (COMMIT, {}, COMMIT),
        ("ref: refs/heads/main", {"packed-refs": f"# pack-refs\n{COMMIT} refs/heads/main\n"}, COMMIT),
        ("ref: refs/heads/main", {"packed-refs": f"{COMMIT} refs/heads/other\n"}, None),
        ("ref: refs/heads/main", {}, None),
        ("ref: refs/../../x", {}, None),
        ("garbage", {}, None),
    ],
)
def test_revision_is_read_without_git(tmp_path: Path, head: str, refs: dict[str, str], commit: str | None) -> None:
    write_clone(tmp_path, {"models/A.yml": mot_document("A", ALL), ".git/HEAD": head + "\n"}, None)
    write_clone(tmp_path, {f".git/{name}": f"{text}\n" for name, text in refs.items()}, None)
    assert read("mot", tmp_path).revision == commit


SCALARS = st.none() | st.text(max_size=30) | st.sampled_from(["open", "closed", "MIT", "https://huggingface.co/a/b"])
KEYS = st.sampled_from([
    "release", "system", "project", "name", "version", "license", "components", "huggingface", "class", "link",
    *mot.COMPONENTS, *osai.INDEX.features, *osai.PREDECESSOR.features, "endmodelname", "distribution",
])  # fmt: skip
ANYTHING = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(KEYS, v, max_size=6), max_leaves=25
)
COMPONENT = st.fixed_dictionaries(
    {"name": st.sampled_from([*mot.COMPONENTS]) | SCALARS}, optional={"license": ANYTHING}
)
RELEASES = st.fixed_dictionaries(
    {"name": SCALARS, "components": st.lists(COMPONENT, max_size=20) | ANYTHING},
    optional={"version": ANYTHING, "license": ANYTHING, "huggingface": ANYTHING},
)
SYSTEMS = st.dictionaries(
    KEYS, st.fixed_dictionaries({"class": SCALARS, "link": ANYTHING, "name": SCALARS}), max_size=20
)


@settings(deadline=None)  # it writes files
@given(
    st.sampled_from(["mot", "osai"]),
    st.lists(ANYTHING | RELEASES.map(lambda item: {"release": item}) | SYSTEMS, min_size=1, max_size=3),
    st.binary(max_size=40),
)
def test_any_folder_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, kind: Kind, documents: list[Any], noise: bytes
) -> None:
    """Whatever stands in the files: an opinion whose value can be recorded and read back, or a reason."""
    root = tmp_path_factory.mktemp("clone")
    (root / "models").mkdir()
    folder = root / "models" if kind == "mot" else root
    for n, document in enumerate(documents):
        (folder / f"{n}.yml").write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    (folder / "noise.yml").write_bytes(noise)
    try:
        reading = read(kind, root)
    except OpennessError:
        return  # nothing in it could be used
    assert reading.files == len(documents) + 1
    for opinion in reading.opinions:
        for subject in opinion.subjects:
            evidence = [{"url": "https://example.org/a", "read": "2026-11-21"}]
            data = {"by": opinion.by, "scale": opinion.scale, "value": subject.value, "note": subject.note}
            assert Assessment.model_validate({**data, "evidence": evidence}).value == subject.value
            said = statements_of(opinion.by, subject.value)
            assert len({item.artifact for item in said.artifacts}) == len(said.artifacts)
