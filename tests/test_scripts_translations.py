"""The script that keeps the translations: whatever is wrong with one is said."""

from __future__ import annotations

import gettext
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from script_modules import load_script

CODE = """
from openness.ui.language import _, ngettext, N_
title = _("Title")
words = f"{_('inside of an f-string')}"
known = N_("stored")
def number(n): return ngettext("{number} cat", "{number} cats", n)
def hello(name): return _("Hello {name}").format(name=name)
"""
HEADER = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"""
STRINGS = {
    "Title": "标题",
    "inside of an f-string": "里面",
    "stored": "存",
    "Hello {name}": "你好 {name}",
    ("{number} cat", "{number} cats"): "{number} 只猫",
}


class Site:
    """A small site of its own: code, and one language."""

    def __init__(self, folder: Path) -> None:
        self.code = folder / "ui" / "page.py"
        self.po = folder / "ui" / "locale" / "zh_Hans" / "LC_MESSAGES" / "openness.po"
        self.mo = self.po.with_suffix(".mo")
        self.po.parent.mkdir(parents=True)
        self.code.write_text(CODE, "utf-8")
        self.translate(STRINGS)

    def translate(self, strings: dict[str | tuple[str, str], str], before: str = "") -> None:
        entries = []
        for id_, string in strings.items():
            if isinstance(id_, str):
                entries.append(f'msgid "{id_}"\nmsgstr "{string}"\n')
            else:
                entries.append(f'msgid "{id_[0]}"\nmsgid_plural "{id_[1]}"\nmsgstr[0] "{string}"\n')
        self.po.write_text("\n".join([HEADER, before + entries[0], *entries[1:]]), "utf-8")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    found = Site(tmp_path)
    monkeypatch.setattr(load_script("translations"), "PROJECT", tmp_path)
    monkeypatch.setattr(load_script("translations"), "FOLDER", tmp_path / "ui" / "locale")
    monkeypatch.setattr(load_script("translations"), "all_rules", lambda: ())  # whose texts the real catalog holds
    return found


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["translations.py", *arguments])
        status = int(load_script("translations").main())
        return status, capsys.readouterr().err

    return run


def test_what_is_translated_and_compiled_passes(site: Site, call) -> None:  # type: ignore[no-untyped-def]
    assert call() == (0, "")
    assert call("--check") == (0, "")
    with site.mo.open("rb") as stream:
        words = gettext.GNUTranslations(stream)
    assert words.gettext("Title") == "标题"
    assert words.gettext("inside of an f-string") == "里面"
    assert words.ngettext("{number} cat", "{number} cats", 5) == "{number} 只猫"


def test_writing_again_changes_no_byte(site: Site, call) -> None:  # type: ignore[no-untyped-def]
    call()
    before = site.po.read_bytes(), site.mo.read_bytes()
    assert call() == (0, "")
    assert (site.po.read_bytes(), site.mo.read_bytes()) == before


def test_a_new_text_comes_in_and_an_unused_one_goes(site: Site, call) -> None:  # type: ignore[no-untyped-def]
    call()
    site.code.write_text(CODE.replace('_("Title")', '_("Another")'), "utf-8")
    before = site.po.read_bytes()
    status, said = call("--check")
    assert status == 1
    assert "not translated: 'Another'" in said
    assert "not up to date" in said
    assert site.po.read_bytes() == before  # a check writes nothing
    status, said = call()
    assert status == 0  # writing succeeds, and says what is left
    assert said.count("\n") == 2
    assert "not translated: 'Another'" in said
    text = site.po.read_text("utf-8")
    assert 'msgid "Another"\nmsgstr ""' in text
    assert "Title" not in text
    assert "标题" not in text


@pytest.mark.parametrize(
    ("id_", "string", "problem"),
    [
        ("Title", "", "not translated"),
        (("{number} cat", "{number} cats"), "", "not translated"),
        ("Hello {name}", "你好", "other placeholders"),
        ("Hello {name}", "你好 {nam}", "other placeholders"),
        ("Hello {name}", "你好 {}", "other placeholders"),
        ("Hello {name}", "你好 {0}", "other placeholders"),
        ("Hello {name}", "你好 {name.__class__}", "other placeholders"),
        ("Hello {name}", "你好 {name", "other placeholders"),
        ("Hello {name}", "你好 name}", "other placeholders"),
        ("Hello {name}", "你好 {{name}}", "other placeholders"),
        ("Title", "标题 {name}", "other placeholders"),
        (("{number} cat", "{number} cats"), "一只猫", "other placeholders"),
    ],
)
def test_a_bad_translation_is_said(  # type: ignore[no-untyped-def]
    site: Site, call, id_: str | tuple[str, str], string: str, problem: str
) -> None:
    site.translate(STRINGS | {id_: string})
    call()
    status, said = call("--check")
    assert status == 1
    assert f"ui/locale/zh_Hans/LC_MESSAGES/openness.po: {problem}: {id_!r}\n" in said
    assert "not up to date" not in said
    assert said.endswith("openness.po: 1 problems\n")


def test_an_unsure_translation_is_said(site: Site, call) -> None:  # type: ignore[no-untyped-def]
    site.translate(STRINGS, "#, fuzzy\n")
    call()
    status, said = call("--check")
    assert (status, "marked as unsure: 'Title'" in said) == (1, True)


@pytest.mark.parametrize("damage", ["missing", "old", "empty"])
def test_what_is_not_compiled_is_said(site: Site, call, damage: str) -> None:  # type: ignore[no-untyped-def]
    call()
    if damage == "missing":
        site.mo.unlink()
    elif damage == "empty":
        site.mo.write_bytes(b"")
    else:
        site.po.write_text(site.po.read_text("utf-8").replace("标题", "题目"), "utf-8")
    status, said = call("--check")
    assert status == 1
    assert "not up to date: run scripts/translations.py" in said
    call()
    assert call("--check") == (0, "")


@pytest.mark.parametrize(
    "line",
    [
        '_(f"Hello {title}")', '_("a" + title)', "_(title)", '_("%s" % title)', "N_(title)", "_()", "_(5)",
        'ngettext("one", title, 2)', 'ngettext("one")', '_("Hello {name}".format(name=1))',
    ],
)  # fmt: skip
def test_a_text_made_at_run_time_is_refused(site: Site, call, line: str) -> None:  # type: ignore[no-untyped-def]
    site.code.write_text(f"{CODE}\n{line}\n", "utf-8")
    with pytest.raises(SystemExit, match=r"page\.py:9: \w+\(\) needs its text as a literal"):
        call("--check")


@pytest.fixture
def clauses(site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A second file, of what clauses say in short: one translated, one not, one that no license has."""
    found = Catalog()
    found.add("no commercial use")
    found.add("no military use")
    monkeypatch.setattr(load_script("translations"), "summaries", lambda: found)
    site.po = site.po.with_name("clauses.po")
    site.translate({"no commercial use": "不得商业使用", "no longer used": "旧"})
    return site.po


def test_summaries_come_and_go(clauses: Path, call) -> None:  # type: ignore[no-untyped-def]
    assert call()[0] == 0
    text = clauses.read_text("utf-8")
    assert 'msgid "no commercial use"\nmsgstr "不得商业使用"' in text
    assert 'msgid "no military use"\nmsgstr ""' in text
    assert "no longer used" not in text
    with clauses.with_suffix(".mo").open("rb") as stream:
        words = gettext.GNUTranslations(stream)
    assert words.gettext("no commercial use") == "不得商业使用"
    assert words.gettext("no military use") == "no military use"


def test_who_adds_a_license_need_not_translate(  # type: ignore[no-untyped-def]
    clauses: Path, call, monkeypatch: pytest.MonkeyPatch
) -> None:
    call()
    more = Catalog()
    more.add("another text")
    monkeypatch.setattr(load_script("translations"), "summaries", lambda: more)
    assert call("--check") == (0, "")
    clauses.with_suffix(".mo").write_bytes(b"")
    status, said = call("--check")
    assert status == 1
    assert "clauses.po: not up to date" in said


def test_the_summaries_of_the_real_knowledge_base() -> None:
    ids = {message.id for message in load_script("translations").summaries() if message.id}
    assert len(ids) > 1000
    assert "above 700,000,000 monthly active users Meta's permission is needed" in ids


def test_the_texts_of_the_real_site() -> None:
    """From its pages, from inside of f-strings, and from the documentation of every rule."""
    ids = {message.id for message in load_script("translations").texts() if message.id}
    assert {"How open is it?", ("{number} model", "{number} models")} <= ids
    for rule in load_script("translations").all_rules():
        assert rule.title in ids
    assert len(ids) > 500
