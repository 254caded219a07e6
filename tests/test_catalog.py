"""The catalog at the front door: who may do what, and answers that follow the registry."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli_runner import model, state, write_registry
from openness import catalog, settings
from openness.licenses import check_uses
from openness.registry.query import Filters, by_id
from openness.schemas.uses import Use

EVERYTHING = Use(
    commercial=True, users=10**9, revenue=10**9, train_models=True, outputs=True, modify=True, redistribute=True,
    region="EU", military=True,
)  # fmt: skip
USES = {
    "commercial": Use(commercial=True),
    "users": Use(users=10**9),
    "train": Use(train_models=True),
    "outputs": Use(outputs=True),
    "modify": Use(modify=True),
    "redistribute": Use(redistribute=True),
    "EU": Use(region="EU"),
    "military": Use(military=True),
    "everything": EVERYTHING,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_model_is_listed_exactly_when_its_terms_say_yes(use: Use) -> None:
    """Every model of the registry, by the same check that its page and `openness check` make."""
    whole = [row["id"] for row in catalog.page(Filters(), limit=None)[0]]
    grades = by_id(catalog.database(), whole, ("grade",))
    allowed = {id_ for id_ in whole if check_uses(json.loads(grades[id_]["grade"]), use)["verdict"] == "yes"}
    rows, total = catalog.page(Filters(), use, limit=None)
    assert {row["id"] for row in rows} == allowed
    assert total == len(rows) == len(allowed)
    assert 0 < len(allowed) < len(whole)


def test_no_use_is_no_filter() -> None:
    assert catalog.page(Filters(), Use(), limit=1) == catalog.page(Filters(), None, limit=1) == catalog.page(
        Filters(), limit=1
    )  # fmt: skip


def test_a_use_and_a_filter_narrow_together() -> None:
    _rows, both = catalog.page(Filters(levels=[1]), USES["commercial"], limit=1)
    _rows, alone = catalog.page(Filters(), USES["commercial"], limit=1)
    _rows, other = catalog.page(Filters(levels=[5]), USES["commercial"], limit=1)
    assert 0 < other < both < alone


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = write_registry(
        tmp_path / "models.yaml",
        model("free", organization="Acme", country="FR", modality=["text", "image"], weights=[LICENSED]),
        model("mute", organization="Acme", modality=["text"], weights=[state("open", "2024-01")]),
        model("none", organization="Zeta", country="US", modality=["audio"]),
        model("zero", country="US", modality=["text"], weights=[state("open", "2024-01", license="NONE")]),
    )
    monkeypatch.setenv("OPENNESS_REGISTRY", str(path))
    monkeypatch.setenv("OPENNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OPENNESS_DATABASE_URL", raising=False)
    return path


LICENSED = state("open", "2024-01", license="MIT")


def test_choices_come_from_the_registry_the_commonest_first(path: Path) -> None:
    assert catalog.choices() == {
        "organization": ["Acme", "Zeta"],
        "country": ["US", "FR"],
        "modality": ["text", "audio", "image"],
    }
    assert catalog.license_counts() == {"MIT": 1, "NONE": 1}
    assert catalog.licenses_that_allow(Use(commercial=True)) == ["MIT"]


def test_everything_follows_a_changed_registry(path: Path) -> None:
    assert [row["id"] for row in catalog.page(Filters(), USES["modify"])[0]] == ["free"]
    before = catalog.version()
    assert catalog.version() == before
    changed = state("open", "2024-01", license="CC-BY-ND-3.0")
    write_registry(
        path,
        model("free", organization="Omega", country="DE", modality=["video"], weights=[changed]),
        model("other", weights=[state("open", "2024-01", license="Apache-2.0")]),
    )
    assert catalog.version() != before
    assert [row["id"] for row in catalog.page(Filters(), USES["modify"])[0]] == ["other"]
    assert catalog.choices() == {"organization": ["Omega"], "country": ["DE"], "modality": ["video"]}
    assert set(catalog.license_counts()) == {"CC-BY-ND-3.0", "Apache-2.0"}


def test_a_new_day_is_seen_though_the_registry_is_the_same(path: Path) -> None:
    """A site runs for months; a grade changes by itself on the day that a state of the record begins."""

    def level() -> int:
        return int(catalog.page(Filters(words=["free"]))[0][0]["level"])

    def behind(until: datetime, level: int) -> None:
        with closing(sqlite3.connect(settings.index_file(path))) as connection, connection:
            connection.execute("REPLACE INTO openness_meta VALUES ('until', ?)", [until.date().isoformat()])
            connection.execute("UPDATE openness_model SET level = ?", [level])

    today = datetime.now(UTC)
    assert level() == 1
    behind(today + timedelta(days=1), 0)  # an index of yesterday, which holds until tomorrow
    assert level() == 0
    behind(today, 0)  # and now tomorrow has come
    assert level() == 1


def test_pages(path: Path) -> None:
    rows, total = catalog.page(Filters(), order="name", descending=True, offset=1, limit=2)
    assert ([row["id"] for row in rows], total) == (["none", "mute"], 4)
    assert catalog.page(Filters(), offset=100) == ([], 4)
    assert catalog.page(Filters(words=["nobody"])) == ([], 0)
