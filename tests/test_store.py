"""The registry in use and its index: always the right answer, whatever happened to the cache."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from databases import Database
from openness import settings, store
from openness.api import Options, grade_json
from openness.classifier.grade import Context, grade
from openness.knowledge import load_knowledge
from openness.registry import index as sql
from openness.registry import lookup
from openness.registry.query import Filters, models
from openness.schemas.errors import OpennessError
from openness.store import IndexModels, LoadedModels, context, engine, load_registry, open_index, registry_path

FORK = multiprocessing.get_context("fork")
TODAY = datetime.now(UTC).date()

REGISTRY = """\
- family: llama
  organization: Meta AI
  sources:
    hub: {url: "https://example.org/hub", read: 2024-01-02}
    paper: {url: "https://example.org/paper", read: 2024-01-02}
  report:
    - {status: open, since: 2023-07-18, evidence: [{source: paper}]}
  disclosures:
    optimization:
      - {value: yes, since: 2023-07-18, evidence: [{source: paper, where: "2.2"}]}
- id: llama-2-7b
  name: Llama 2 7B
  aliases: [LLaMA2, 羊驼 2]
  family: llama
  repositories: [{host: huggingface, id: meta-llama/Llama-2-7b-hf}]
  weights:
    - {status: gated, since: 2023-07-18, license: LicenseRef-llama-2, evidence: [{source: hub}]}
- id: mistral-medium
  name: Mistral Medium
  weights:
    - {status: closed, since: 2023-12, evidence: [{url: "https://example.org/m", read: 2024-01-02}]}
- id: tiny
  name: Tiny
  base_models:
    - {id: meta-llama/Llama-2-7b-hf, relation: finetune, evidence: [{url: "https://example.org/t", read: 2024-01-02}]}
- id: vicuna
  name: Vicuna
  base_models:
    - {id: llama-2-7b, relation: finetune, evidence: [{url: "https://example.org/v", read: 2024-01-02}]}
  weights:
    - status: open
      since: 2023-08
      license: Apache-2.0
      form: delta
      evidence: [{url: "https://example.org/v", read: 2024-01-02}]
"""
EDITED = REGISTRY.replace("Llama 2 7B", "Edited 2 B")  # of the same size


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small registry in use, with folders and settings of its own."""
    path = tmp_path / "models.yaml"
    path.write_text(REGISTRY)
    monkeypatch.setenv("OPENNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENNESS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("OPENNESS_REGISTRY", str(path))
    monkeypatch.delenv("OPENNESS_DATABASE_URL", raising=False)
    monkeypatch.setattr(store, "_temporary", [])
    return path


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The registries that an index was built from, one for each time."""
    found: list[Path] = []
    build = store._build_items

    def count(path: Path, stamp: lookup.Stamp, progress: store.Progress | None = None) -> list[Any]:
        found.append(path)
        return build(path, stamp, progress)

    monkeypatch.setattr(store, "_build_items", count)
    return found


def test_who_waits_is_told_how_far_it_is(registry: Path) -> None:
    told: list[tuple[int, int]] = []
    for _ in range(2):  # the second time there is nothing to do
        store.open_index(progress=lambda done, total: told.append((done, total))).close()
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def name_of(model: str = "llama-2-7b") -> str:
    name: str = grade_json(model, Options())["name"]
    return name


def replace(path: Path, text: str) -> None:
    """As editors and git do."""
    draft = path.with_name("draft")
    draft.write_text(text)
    draft.replace(path)


# --- which registry


def test_the_installed_registry_is_the_default(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENNESS_REGISTRY")
    assert registry_path() == settings.INSTALLED_REGISTRY
    monkeypatch.setenv("OPENNESS_REGISTRY", "")
    assert registry_path() == settings.INSTALLED_REGISTRY


def test_the_updated_copy_comes_before_the_installed_one(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENNESS_REGISTRY")
    copy = settings.updated_registry()
    copy.parent.mkdir()
    copy.write_text(EDITED)
    assert registry_path() == copy
    assert name_of() == "Edited 2 B"


@pytest.mark.parametrize("setting", ["{}", "models.yaml", "./models.yaml", "~/models.yaml"])
def test_a_path_in_openness_registry(registry: Path, monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv("OPENNESS_REGISTRY", setting.format(registry))
    monkeypatch.setenv("HOME", str(registry.parent))
    monkeypatch.chdir(registry.parent)
    assert registry_path() == registry
    assert name_of() == "Llama 2 7B"


@pytest.mark.parametrize("setting", ["nowhere.yaml", "."])
def test_a_missing_file_in_openness_registry(registry: Path, monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.chdir(registry.parent)
    monkeypatch.setenv("OPENNESS_REGISTRY", setting)
    with pytest.raises(OpennessError) as caught:
        open_index()
    path = (registry.parent / setting).absolute()
    assert caught.value.to_json() == {
        "code": "no_registry",
        "message": f"OPENNESS_REGISTRY names {path}, which is not a file",
        "hint": "mend or unset it",
    }


def test_a_url_in_openness_registry(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "https://example.org/models.yaml"
    monkeypatch.setenv("OPENNESS_REGISTRY", url)
    with pytest.raises(OpennessError) as caught:
        open_index()
    assert caught.value.to_json() == {
        "code": "no_registry",
        "message": f"OPENNESS_REGISTRY names {url}, which was never fetched",
        "hint": "run `openness update` to fetch and check it",
    }
    copy = settings.copy_of(url)
    copy.parent.mkdir()
    copy.write_text(EDITED)
    assert name_of() == "Edited 2 B"


def test_a_registry_with_problems_is_not_used(registry: Path) -> None:
    registry.write_text("- id: a\n- id: b\n- id: c\n- id: d\n- id: e\n")
    with pytest.raises(OpennessError) as caught:
        open_index()
    assert caught.value.to_json() == {
        "code": "bad_registry",
        "message": "; ".join(f"{registry}:{line}: name: is missing" for line in (1, 2, 3)) + " (+2 more)",
        "hint": "run `openness lint` for all of them",
    }
    assert not settings.index_file(registry).exists()


def test_a_registry_that_is_not_utf8(registry: Path) -> None:
    registry.write_bytes(b"- id: a\n  name: caf\xe9\n")
    with pytest.raises(OpennessError, match="cannot be read: 'utf-8' codec can't decode byte 0xe9") as caught:
        load_registry()
    assert caught.value.code == "bad_registry"


def test_a_registry_that_may_not_be_read(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(store, "digest", refuse)
    with pytest.raises(OpennessError, match=r"models\.yaml cannot be read: Permission denied") as caught:
        open_index()
    assert caught.value.code == "no_registry"


def test_a_license_outside_the_knowledge_base_is_a_problem(registry: Path) -> None:
    registry.write_text(REGISTRY.replace("LicenseRef-llama-2", "LicenseRef-lama-2"))
    with pytest.raises(OpennessError, match=r":17: weights\.0\.license: `LicenseRef-lama-2` is neither an SPDX id"):
        load_registry()


# --- what the index answers


def test_a_stored_grade_is_the_one_made_directly(registry: Path) -> None:
    loaded = load_registry()
    records, by_name = loaded.models, LoadedModels(loaded)
    version = lookup.digest(registry)[:12]
    direct = Context(by_name, load_knowledge(), settings.tool_version(), version, TODAY)
    index = open_index()
    for name, model in records.items():
        expected = grade(model, direct).to_json()
        assert index.grade(name) == expected
        assert grade(model, context(index)).to_json() == expected, "and so is one made from the index"
        assert grade_json(name, Options()) == expected | {"target": name}
    index.close()


@pytest.mark.parametrize(
    "name",
    ["llama-2-7b", "Llama_2_7B", "llama2", "羊驼 2", "羊驼_2", "meta-llama/Llama-2-7b-hf", "META-LLAMA/llama_2-7b-hf"],
)
def test_names_resolve_kindly(registry: Path, name: str) -> None:
    assert grade_json(name, Options())["id"] == "llama-2-7b"


def test_records_from_the_index(registry: Path) -> None:
    index = open_index()
    records = IndexModels(index)
    assert records["llama-2-7b"] == load_registry().models["llama-2-7b"]
    assert records["Meta-Llama/llama-2-7b-hf"].id == "llama-2-7b"
    assert "nobody" not in records
    with pytest.raises(KeyError):
        records["nobody"]
    assert len(records) == len(list(records)) == 7
    loaded = LoadedModels(load_registry())
    assert sorted(loaded) == sorted(records)
    assert len(loaded) == 7
    assert all(loaded[name] == records[name] for name in (*records, "LLaMA2", "META_LLAMA/Llama-2_7b-hf"))
    index.close()


@pytest.mark.parametrize(
    ("base", "level"),
    [("llama-2-7b", 1), ("meta-llama/Llama-2-7b-hf", 1), ("Meta_Llama/llama_2-7b-HF", 1), ("nobody/knows", 0)],
)
def test_a_base_model_is_found_under_any_spelling(registry: Path, base: str, level: int) -> None:
    """A base outside the registry may be anything; one inside must not be taken for such."""
    registry.write_text(REGISTRY.replace("{id: llama-2-7b, rel", f"{{id: {base}, rel"))
    assert grade_json("vicuna", Options())["effective_level"]["level"] == level
    assert grade_json("vicuna", Options(as_of=TODAY))["effective_level"]["level"] == level


def test_lists_come_from_the_same_index(registry: Path) -> None:
    rows = models(engine(), Filters(words=["meta"]))
    assert [(row["id"], row["level"], row["verdict"], row["weights"]) for row in rows] == [
        ("llama-2-7b", 1, "restricted", "gated")
    ]
    registry.write_text(EDITED)
    assert [row["name"] for row in models(engine(), Filters(words=["meta"]))] == ["Edited 2 B"]


# --- fresh or stale


def test_an_index_is_built_once(registry: Path, builds: list[Path]) -> None:
    for _ in range(3):
        assert name_of() == "Llama 2 7B"
        models(engine(), Filters())
    assert builds == [registry]


def test_an_edit_is_seen_at_once(registry: Path, builds: list[Path]) -> None:
    for n in range(3):
        for text, name in ((REGISTRY, "Llama 2 7B"), (EDITED, "Edited 2 B")):
            replace(registry, text + "#" * n)
            assert name_of() == name
    assert len(builds) == 6


def test_an_edit_of_the_same_size_is_seen(registry: Path) -> None:
    assert len(EDITED) == len(REGISTRY)
    assert name_of() == "Llama 2 7B"
    registry.write_text(EDITED)
    assert name_of() == "Edited 2 B"


def test_a_touch_neither_rebuilds_nor_hashes_for_ever(
    registry: Path, builds: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert name_of() == "Llama 2 7B"
    hashed: list[Path] = []

    def count(path: Path) -> str:
        hashed.append(path)
        return real(path)

    real = lookup.digest
    monkeypatch.setattr(lookup, "digest", count)
    for n in range(1, 4):
        os.utime(registry, (n, n))
        for _ in range(3):
            assert name_of() == "Llama 2 7B"
        assert len(hashed) == n
    assert len(builds) == 1


def test_other_rules_or_licenses_make_it_stale(
    registry: Path, builds: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_index().close()
    monkeypatch.setattr(store, "_inputs", lambda: "other")
    open_index().close()
    open_index().close()
    assert len(builds) == 2


def test_two_registries_have_an_index_each(registry: Path, builds: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    second = registry.with_name("second.yaml")
    second.write_text(EDITED)
    for _ in range(2):
        monkeypatch.setenv("OPENNESS_REGISTRY", str(registry))
        assert name_of() == "Llama 2 7B"
        monkeypatch.setenv("OPENNESS_REGISTRY", str(second))
        assert name_of() == "Edited 2 B"
    assert builds == [registry, second]


def test_the_index_knows_when_a_partial_date_ends(registry: Path, builds: list[Path]) -> None:
    """A release "this year" counts from its last day on: then the stored grade is no longer right."""
    registry.write_text(REGISTRY.replace("  name: Tiny\n", f"  name: Tiny\n  released: {TODAY.year}\n"))
    index = open_index()
    last = date(TODAY.year, 12, 31)
    assert index.meta().get("until") == (last.isoformat() if last > TODAY else None)
    assert index.path is not None
    index.close()
    open_index().close()
    assert len(builds) == 1

    with closing(sqlite3.connect(index.path)) as connection, connection:
        connection.execute("REPLACE INTO openness_meta VALUES ('until', ?)", [TODAY.isoformat()])
    open_index().close()
    assert len(builds) == 2


def test_an_edit_while_the_registry_is_read(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even one that keeps size and time, as `cp -p` does: the index must not be filed under the wrong hash."""
    real, before = store.load_registry, registry.stat()

    def edit(path: Path | None = None) -> Any:
        loaded = real(path)
        if registry.read_text() == REGISTRY:
            registry.write_text(EDITED)
        return loaded

    with monkeypatch.context() as patch:
        patch.setattr(store, "load_registry", edit)
        assert name_of() == "Edited 2 B"
    registry.write_text(REGISTRY)
    os.utime(registry, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert name_of() == "Llama 2 7B"


# --- damage


def _write(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def _version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE openness_meta SET value = '0' WHERE key = 'version'")
        connection.execute("DROP TABLE openness_name")


def _emptied(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM openness_meta")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "zero bytes": _write(b""),
    "text": _write(b"not a database " * 1000),
    "zeros": _write(bytes(50_000)),
    "half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "a byte short": lambda path: os.truncate(path, path.stat().st_size - 1),
    "another version": _version,
    "no stamp": _emptied,
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_index_is_rebuilt_silently(
    registry: Path, builds: list[Path], capfd: pytest.CaptureFixture[str], case: str
) -> None:
    expected = grade_json("llama-2-7b", Options())
    DAMAGE[case](settings.index_file(registry))
    assert grade_json("llama-2-7b", Options()) == expected
    assert [row["id"] for row in models(engine(), Filters(words=["llama2"]))] == ["llama-2-7b"]
    assert len(builds) == 2
    assert capfd.readouterr() == ("", "")


def test_whatever_page_is_lost_the_grade_is_right(registry: Path) -> None:
    """Also below the first page, where opening does not notice it."""
    expected = grade_json("llama-2-7b", Options())
    earlier = grade_json("llama-2-7b", Options(as_of=date(2023, 1, 1)))
    file = settings.index_file(registry)
    whole = file.read_bytes()
    assert len(whole) > 10 * 4096
    for start in range(0, len(whole), 4096):
        for options, answer in ((Options(), expected), (Options(as_of=date(2023, 1, 1)), earlier)):
            file.write_bytes(whole[:start] + bytes(4096) + whole[start + 4096 :])
            assert grade_json("llama-2-7b", options) == answer, start


# --- where nothing can be written


def test_without_a_cache_folder_it_works_all_the_same(
    registry: Path, builds: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests may run as root, whom no permission stops: here the folder's place is taken by a file."""
    monkeypatch.setenv("OPENNESS_CACHE", str(registry))
    for _ in range(3):
        assert name_of() == "Llama 2 7B"
        assert [row["name"] for row in models(engine(), Filters(words=["llama2"]))] == ["Llama 2 7B"]
    assert len(builds) == 1, "once in a process, not once for each target"
    registry.write_text(EDITED)
    assert name_of() == "Edited 2 B"
    assert [row["name"] for row in models(engine(), Filters(words=["llama2"]))] == ["Edited 2 B"]


def test_a_stale_index_that_cannot_be_replaced_is_not_used(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert name_of() == "Llama 2 7B"
    registry.write_text(EDITED)
    real = sql.build_sqlite

    def read_only(path: Path, *rest: Any) -> None:
        if path == settings.index_file(registry):
            raise PermissionError(13, "Permission denied")
        real(path, *rest)

    monkeypatch.setattr(sql, "build_sqlite", read_only)
    assert [row["name"] for row in models(engine(), Filters(words=["llama2"]))] == ["Edited 2 B"]
    assert name_of() == "Edited 2 B"


def test_nowhere_to_write_at_all(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**kwargs: str) -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setenv("OPENNESS_CACHE", str(registry))
    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(OpennessError, match="No usable temporary directory found") as caught:
        open_index()
    assert (caught.value.code, caught.value.hint) == ("index", "set OPENNESS_CACHE to a folder that can be written")


def test_an_older_index_from_a_slower_process_is_not_answered_from(
    registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process read the registry before the edit and moves its index in right after ours."""
    open_index().close()
    older = settings.index_file(registry).read_bytes()
    registry.write_text(EDITED)
    real = sql.build_sqlite

    def overtaken(path: Path, *rest: Any) -> None:
        real(path, *rest)
        if path == settings.index_file(registry):
            path.write_bytes(older)

    monkeypatch.setattr(sql, "build_sqlite", overtaken)
    assert name_of() == "Edited 2 B"
    monkeypatch.setattr(sql, "build_sqlite", real)
    monkeypatch.setattr(store, "_temporary", [])
    assert name_of() == "Edited 2 B", "nor is it by the next process"


# --- many processes


def _numbered(number: int) -> str:
    return REGISTRY.replace("Llama 2 7B", f"Edit {number:05}")


def _ask(counter: Path, stop: Any, answers: Any) -> None:
    """A reader: each answer must lie between what was written before the question and after the answer."""
    asked = 0
    wrong: list[str] = []
    while not (asked and stop.is_set()):
        low = int(counter.read_text())
        try:
            number = int(name_of().removeprefix("Edit "))
        except Exception as error:
            wrong.append(repr(error))
            break
        asked += 1
        high = int(counter.read_text()) + 1  # the registry is written before its number
        if not low <= number <= high:
            wrong.append(f"{number} is not within {low} and {high}")
    answers.put((asked, wrong[:3]))


def test_eight_readers_during_edits_get_the_right_answer(registry: Path, tmp_path: Path) -> None:
    _read_during_edits(registry, tmp_path)
    assert not list(settings.cache_folder().glob("*.building*"))


def _read_during_edits(registry: Path, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    replace(registry, _numbered(0))
    replace(counter, "0")
    load_knowledge()  # once, for all the forks
    answers, stop = FORK.SimpleQueue(), FORK.Event()
    readers = [FORK.Process(target=_ask, args=(counter, stop, answers)) for _ in range(8)]
    for reader in readers:
        reader.start()
    for written in range(1, 17):
        time.sleep(random.uniform(0.01, 0.15))
        replace(registry, _numbered(written))
        replace(counter, str(written))
        if written % 4 == 0:  # and somebody clears the cache, too
            settings.index_file(registry).unlink(missing_ok=True)
    stop.set()
    results = [answers.get() for _ in readers]
    for reader in readers:
        reader.join(20)
    assert [wrong for _, wrong in results if wrong] == []
    assert all(asked for asked, _ in results)


def _build_for_ever(path: Path, items: list[Any], stamp: lookup.Stamp) -> None:
    while True:
        sql.build_sqlite(path, items, stamp)


def test_a_killed_writer_leaves_a_usable_index_and_no_garbage(registry: Path, builds: list[Path]) -> None:
    assert name_of() == "Llama 2 7B"
    file = settings.index_file(registry)
    stamp = lookup.stamp_of(registry, store._inputs())
    items = store._build_items(registry, stamp)
    builds.clear()
    left = 0
    for _ in range(25):
        writer = FORK.Process(target=_build_for_ever, args=(file, items, stamp))
        writer.start()
        time.sleep(random.uniform(0.01, 0.12))
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        left += bool(list(file.parent.glob("*.building*")))
        assert name_of() == "Llama 2 7B"
        assert not file.with_name(f"{file.name}-journal").exists()
    assert builds == [], "the index was whole each time"
    assert left, "some were killed in the middle"

    long_ago = time.time() - lookup.ABANDONED_SECONDS - 1
    for path in file.parent.glob("*.building*"):
        os.utime(path, (long_ago, long_ago))
    open_index(rebuild=True).close()
    assert [path.name for path in file.parent.iterdir()] == [file.name]


# --- a database


@pytest.fixture
def database(registry: Path, anybase: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("OPENNESS_DATABASE_URL", anybase.url)
    return anybase


def test_a_database_holds_the_index(registry: Path, database: Database, builds: list[Path]) -> None:
    for _ in range(2):
        assert name_of() == "Llama 2 7B"
        assert [row["name"] for row in models(engine(), Filters(words=["llama2"]))] == ["Llama 2 7B"]
    assert grade_json("META-LLAMA/llama_2-7b-hf", Options(as_of=date(2023, 1, 1)))["id"] == "llama-2-7b"
    assert builds == [registry]
    assert database.run("SELECT count(*) FROM openness_model") == [(4,)]
    assert not settings.cache_folder().exists()


def test_a_database_follows_the_registry(
    registry: Path, database: Database, builds: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_index().close()
    os.utime(registry, (1, 1))
    open_index().close()
    with monkeypatch.context() as patch:
        patch.setattr(lookup, "digest", lambda path: pytest.fail("hashed again"))
        open_index().close()
    assert len(builds) == 1
    registry.write_text(EDITED)
    assert name_of() == "Edited 2 B"
    assert len(builds) == 2
    open_index(rebuild=True).close()
    assert len(builds) == 3


def test_a_database_of_another_version_is_filled_anew(database: Database, builds: list[Path]) -> None:
    open_index().close()
    database.run("UPDATE openness_meta SET value = '0' WHERE key = 'version'", "DROP TABLE openness_name")
    assert name_of() == "Llama 2 7B"
    assert len(builds) == 2


BAD_URLS = {
    "no URL": "nonsense",
    "no dialect": "nonsense://u:secret@h/db",
    "no driver": "mysql+nonsense://u:secret@h/db",
    "no number": "postgresql://u:secret@h:port/db",
    "no number but a password": "postgresql://u:sec:secret@h:x@h:secret/db",
    "no folder": "sqlite:////nowhere/at/all.db",
    "not a database": "sqlite:///{folder}/models.yaml",
    "a folder": "sqlite:///{folder}",
}


@pytest.mark.parametrize("case", BAD_URLS)
def test_a_bad_database_url(registry: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    monkeypatch.setenv("OPENNESS_DATABASE_URL", BAD_URLS[case].format(folder=registry.parent))
    for ask in (open_index, engine, name_of):
        with pytest.raises(OpennessError, match=r"^OPENNESS_DATABASE_URL cannot be used: .") as caught:
            ask()
        assert (caught.value.code, caught.value.hint) == ("database", "mend or unset it")
        assert "\n" not in caught.value.message
        assert "u:sec" not in caught.value.message
    assert registry.read_text() == REGISTRY


def test_a_bad_registry_is_not_the_databases_fault(registry: Path, database: Database) -> None:
    registry.write_text("- id: a\n")
    with pytest.raises(OpennessError) as caught:
        open_index()
    assert caught.value.code == "bad_registry"


def test_a_database_that_fails_later(registry: Path, database: Database) -> None:
    index = open_index()
    index.close()
    if database.kind == "sqlite":
        registry.with_name("any.db").write_text("no database " * 1000)
    else:
        database.run("DROP TABLE openness_name")
    with pytest.raises(OpennessError, match=r"file is not a database|does not exist") as caught:
        index.find("llama-2-7b")
    assert caught.value.code == "database"
    if database.kind == "postgresql":
        assert name_of() == "Llama 2 7B", "the next question mends it"


def _ask_once(answers: Any) -> None:
    try:
        answers.put(name_of())
    except Exception as error:
        answers.put(repr(error))


def test_eight_readers_of_a_database_during_edits(registry: Path, database: Database, tmp_path: Path) -> None:
    _read_during_edits(registry, tmp_path)


def _fill_for_ever(url: str, items: list[Any], stamp: lookup.Stamp) -> None:
    while True:
        sql.build_database(url, items, stamp)


def test_a_killed_writer_leaves_a_database_whole(registry: Path, database: Database, builds: list[Path]) -> None:
    assert name_of() == "Llama 2 7B"
    stamp = lookup.stamp_of(registry, store._inputs())
    items = store._build_items(registry, stamp)
    builds.clear()
    for _ in range(8):
        writer = FORK.Process(target=_fill_for_ever, args=(database.url, items, stamp))
        writer.start()
        time.sleep(random.uniform(0.1, 0.3))
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join()
        assert name_of() == "Llama 2 7B"
        assert len(models(engine(), Filters())) == 4
    assert builds == [], "the index was whole each time"


def test_several_processes_fill_a_database_at_once(database: Database) -> None:
    load_knowledge()
    answers = FORK.SimpleQueue()
    processes = [FORK.Process(target=_ask_once, args=(answers,)) for _ in range(6)]
    for process in processes:
        process.start()
    assert [answers.get() for _ in processes] == ["Llama 2 7B"] * 6
    for process in processes:
        process.join(20)
