"""A registry in which every text would like to be markup: on no page does any of it become an element or an act."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from playwright.sync_api import Browser, Page

from browser import Site, Watch, follow, open_page, serve, visit

EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>![p](https://evil.example/p.png) [l](https://evil.example/l)"
    ' :material/home: :smile: $x^2$ "];n0[label="x\\N'
)
SHORT = '<b onclick=alert(3)>B</b>"];![q](https://evil.example/q.png)'  # where long texts are cut
PAGES = (
    "", "?level=1", f"?q={quote('script')}", "model?id=evil-0", "model?id=evil-0&asof=2024-06-01", "landscape",
    "compare?id=evil-0&id=evil-1", "licenses", "licenses?view=matrix", "licenses?id=llama-2", "method",
    "may-i?id=evil-0&use=commercial&users=800M", "may-i?q=script",
)  # fmt: skip
ASKED = (  # what a visitor can be made to follow a link to
    "?q={}&organization={}&level={}", "model?id={}", "model?id=evil-0&asof={}", "compare?id={}&id=evil-0",
    "licenses?id={}", "licenses?q={}", "licenses?view=diff&a={}&b=llama-2", "may-i?id={}", "may-i?license={}",
    "may-i?q={}", "may-i?id=evil-0&users={}&as_of={}", "landscape?modality={}", "grade?repo={}", "method?rule={}",
)  # fmt: skip
# Everything on the page, also below the shadow roots, that only data could have put there.
MADE = """() => {
    const made = [];
    const bad = /evil\\.example|alert\\(|^javascript:/i;
    const walk = (root) => {
        for (const element of root.querySelectorAll('*')) {
            if (element.shadowRoot) walk(element.shadowRoot);
            const name = element.localName;
            if (name === 'script' && bad.test(element.textContent)) made.push(element.outerHTML);
            if (name === 'math' || element.classList.contains('katex')) made.push(element.outerHTML.slice(0, 200));
            for (const { name: attribute, value } of element.attributes) {
                const leads = /^(src|srcset|href|action|data|poster|style)$/.test(attribute) && bad.test(value);
                const ours = attribute === 'href' && new URL(value, location).host === location.host;
                if (attribute.startsWith('on') || (leads && !ours)) made.push(`${name} ${attribute}=${value}`);
            }
            if (element.dataset.testid === 'stIconMaterial' && element.textContent === 'home') made.push('an icon');
            if (name === 'b' && element.textContent === 'B') made.push(element.outerHTML);
        }
    };
    walk(document);
    return made;
}"""
TEXT = """() => {
    const parts = [];
    const walk = (node) => {
        if (node.shadowRoot) walk(node.shadowRoot);
        if (node.nodeType === Node.TEXT_NODE) parts.push(node.data);
        if (!['STYLE', 'SCRIPT', 'TEMPLATE'].includes(node.nodeName)) for (const child of node.childNodes) walk(child);
    };
    walk(document.body);
    return parts.join('').replaceAll('\\u2060', '');
}"""


def evidence() -> list[dict[str, Any]]:
    """Evidence in which all that may be a text is hostile."""
    return [
        {
            "url": "https://example.org/a?q=*x*(b)[c]", "read": "2025-01-02", "where": EVIL, "quote": EVIL,
            "note": EVIL, "revision": EVIL, "copy_of": "https://example.org/](/x)*b*|![z]", "by": EVIL,
        }
    ]  # fmt: skip


def model(number: int) -> dict[str, Any]:
    def states(*first: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        return [*first, {"note": EVIL, "evidence": evidence(), **more}]

    return {
        "id": f"evil-{number}", "name": f"{number} {EVIL}", "aliases": [f"alias {number} {EVIL}"], "country": "FR",
        "organization": EVIL,
        "modality": ["text"], "released": f"{2018 + number}-03-01", "parameters": {"total": 7_000_000_000},
        "repositories": [{"host": "huggingface", "id": f"a/b{number}", "note": EVIL, "revision": EVIL}],
        "base_models": [
            {"id": name, "relation": "merge", "evidence": evidence()}
            for name in (SHORT, *(["evil-0"] if number else []))
        ],
        "weights": states(status="open", since="2024-01", license="LicenseRef-llama-2"),
        "training_code": states(status="partial", license="MIT"),
        "training_data": states(status="gated"),
        "data_pipeline": states(status="not_applicable"),
        "disclosures": {"tokenizer": states(value="partial"), "data_mixture": states(value="yes")},
        "claims": [{"says": "open source", "by": EVIL, "evidence": evidence()}],
        "assessments": [
            {
                "by": EVIL, "scale": EVIL, "value": EVIL, "level": 4, "note": EVIL,
                "evidence": [{"citation": EVIL}, *evidence()],
            }
        ],
        "note": EVIL,
    }  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("hostile")
    registry = folder / "models.yaml"
    registry.write_text(yaml.safe_dump([model(number) for number in range(6)], allow_unicode=True), "utf-8")
    with serve(folder, OPENNESS_CACHE=str(folder / "cache"), OPENNESS_REGISTRY=str(registry)) as running:
        yield running


@pytest.fixture(scope="module")
def tab(chromium: Browser, hostile: Site) -> Iterator[tuple[Page, Watch]]:
    page, watch = open_page(chromium, hostile.url)
    page.on("dialog", lambda dialog: (watch.problems.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
    yield page, watch
    page.context.close()


@pytest.mark.parametrize("address", PAGES)
def test_texts_of_the_registry_stay_texts(tab: tuple[Page, Watch], hostile: Site, address: str) -> None:
    page, watch = tab
    # Every page goes through the same words; the largest shows that another language changes nothing.
    for language in ("en", "zh") if address.startswith("model") else ("en",):
        (follow if language == "zh" else visit)(
            page, f"{hostile.url}/{address}{'&' if '?' in address else '?'}lang={language}"
        )
        assert page.evaluate(MADE) == []
        watch.check()
        if not re.match(r"licenses(\?view|$)|method", address):  # those show no text of a model
            assert EVIL in page.evaluate(TEXT)


@pytest.mark.parametrize("address", ASKED)
def test_texts_of_an_address_stay_texts(tab: tuple[Page, Watch], hostile: Site, address: str) -> None:
    page, watch = tab
    follow(page, f"{hostile.url}/{address.replace('{}', quote(SHORT, safe=''))}")
    assert page.evaluate(MADE) == []
    watch.check()


def test_the_check_sees_what_it_should(tab: tuple[Page, Watch], hostile: Site) -> None:
    page, watch = tab
    visit(page, hostile.address("method"))
    page.evaluate("(html) => { document.querySelector('h1').innerHTML = html; }", EVIL + SHORT)
    page.evaluate("""() => {
        const host = document.querySelector('hr').parentElement.appendChild(document.createElement('div'));
        host.attachShadow({ mode: 'open' }).innerHTML = '<a href="https://evil.example/l">l</a>';
    }""")
    made = page.evaluate(MADE)
    assert len(made) == 5, made
    watch.problems.clear()
