"""Which language a visitor reads, and that every text of the site is there in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cli_runner import PROJECT, model, state, write_registry
from openness.ui import language
from openness.ui.language import LANGUAGES, LOCALES, N_, catalog
from script_modules import load_script

TITLES = {code: catalog(code).gettext("How open is it?") for code in LANGUAGES}


@pytest.fixture(autouse=True)
def _small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_registry(tmp_path / "one.yaml", model("one", weights=[state("open", "2024-01", license="MIT")]))
    monkeypatch.setenv("OPENNESS_REGISTRY", str(path))


def visit(locale: str | None = None, lang: str | None = None) -> AppTest:
    """Open the site as a browser of a locale does, perhaps with a language in the address."""
    app = AppTest.from_file(str(PROJECT / "ui" / "app.py"), default_timeout=60)
    app.context = {"locale": locale}
    if lang is not None:
        app.query_params["lang"] = lang
    return again(app)


def again(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    assert not app.error
    return app


def read_in(app: AppTest) -> str:
    """The language that the page is in; the switch and the address must say the same."""
    (code,) = [code for code, title in TITLES.items() if app.title[0].value == title]
    assert app.session_state["choose_language"] == LANGUAGES[code]
    asked = app.query_params.get("lang", ["en"])
    assert code == "en" or asked in (code, [code])
    return code


@pytest.mark.parametrize(
    ("locale", "lang", "expected"),
    [
        # The address decides, else the browser.
        (None, "zh", "zh"),
        ("en-US", "zh", "zh"),
        ("zh-CN", "en", "en"),
        (None, None, "en"),
        ("en-US", None, "en"),
        ("zh-CN", None, "zh"),
        ("zh", None, "zh"),
        ("ZH-Hans-CN", None, "zh"),
        ("de-DE", None, "en"),
        # Written by anybody.
        ("en-US", "xx", "en"),
        ("zh-CN", "xx", "zh"),
        ("zh-CN", "", "zh"),
        ("en-US", "../../etc/passwd", "en"),
        ("en-US", "<script>alert(1)</script>", "en"),
    ],
)
def test_the_language_of_a_visit(locale: str | None, lang: str | None, expected: str) -> None:
    assert read_in(visit(locale, lang)) == expected


def test_a_language_is_remembered_where_the_address_does_not_name_one() -> None:
    app = visit("en-US", "zh")
    del app.query_params["lang"]
    assert read_in(again(app)) == "zh"
    assert app.query_params["lang"] in ("zh", ["zh"])


def test_the_switch_changes_page_and_address_and_back() -> None:
    app = visit("en-US")
    app.segmented_control(key="choose_language").set_value(LANGUAGES["zh"])
    assert read_in(again(app)) == "zh"
    app.segmented_control(key="choose_language").set_value(LANGUAGES["en"])
    assert read_in(again(app)) == "en"
    # Back and forth in the browser: the switch goes along, so that the other language can be pressed.
    app.query_params["lang"] = "zh"
    assert read_in(again(app)) == "zh"
    app.query_params["lang"] = "en"
    assert read_in(again(app)) == "en"


def test_an_error_is_a_sentence_in_the_language_of_the_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENNESS_REGISTRY", "/nowhere/<b>.yaml")
    app = AppTest.from_file(str(PROJECT / "ui" / "app.py"), default_timeout=60).run()
    assert not app.exception
    assert "is not a file" in app.error[0].value.replace("\\", "")
    assert "<b>" not in app.error[0].value
    assert "mend or unset it" in app.caption[0].value
    assert "not legal advice" in app.caption[-1].value  # the page has its end


def test_texts() -> None:
    assert language.current() == "en"
    assert language._("How open is it?") == "How open is it?"
    assert language._("") == ""
    assert N_("kept") == "kept"
    assert language.ngettext("{number} model", "{number} models", 1) == "1 model"
    assert language.ngettext("{number} model", "{number} models", 12_345) == "12,345 models"


def test_every_language_has_a_name_and_a_compiled_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(LANGUAGES) == set(LOCALES) == set(TITLES)
    assert catalog("zh").info()["language"] == LOCALES["zh"]
    monkeypatch.setattr(language, "current", lambda: "zh")
    assert language._("How open is it?") == TITLES["zh"] != TITLES["en"]
    assert language._("no text of this site") == "no text of this site"
    assert "12,345" in language.ngettext("{number} model", "{number} models", 12_345)


def test_every_text_is_translated_and_compiled() -> None:
    """What `scripts/translations.py --check` says, for every language but English."""
    files = sorted(load_script("translations").FOLDER.glob("*/LC_MESSAGES/openness.po"))
    assert {path.parts[-3] for path in files} == set(LOCALES.values()) - {"en"}
    for path in files:
        found = load_script("translations").problems(load_script("translations").updated(path), path)
        assert found == [], f"{len(found)} problems: {found[:10]}"
