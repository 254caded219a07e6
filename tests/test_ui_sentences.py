"""The sentences of the classifier in Chinese: every one that a grade of the registry holds, and those of uses."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import text

from openness.schemas.uses import Use
from openness.store import engine
from openness.ui import language, sentences
from openness.ui.sentences import PATTERNS, translate

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def _chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (language, sentences):
        monkeypatch.setattr(module, "current", lambda: "zh")


CASES = [
    ("weights: can be downloaded by anyone", "权重：任何人均可下载"),
    (
        "training data: only partly released (a sample; of 150B tokens)",
        "训练数据：仅部分公开（a sample; of 150B tokens）",
    ),
    (
        "training code: not released; the report gives how the data was processed; does not give optimizer, schedule "
        "and batch size and the data mixture",
        "训练代码：未公开；报告说明了数据处理方式；未说明优化器、学习率计划和批大小、数据配比",
    ),
    (
        "weights: can be downloaded by anyone, as deltas of a base model",
        "权重：任何人均可下载，形式为基座模型的差分权重",
    ),
    (
        "with its base models it is reproducible to level L0 (up to L5) only",
        "连同其基座模型，可复现程度仅为 L0（可能达到 L5）",
    ),
    ("MIT License is approved by the OSI", "MIT License 已获 OSI 批准"),
    ("org/x does not exist on huggingface.co, or is private", "huggingface.co 上不存在 org/x，或它是私有的"),
    ("", ""),
    ("a sentence that nobody made", "a sentence that nobody made"),
    ("a {brace} and 100% <b>x</b>", "a {brace} and 100% <b>x</b>"),
]


@pytest.mark.parametrize(("sentence", "wanted"), CASES)
def test_a_sentence_is_put_together_again(sentence: str, wanted: str) -> None:
    assert translate(sentence) == wanted


def test_every_sentence_of_the_registry_is_translated() -> None:
    """Whatever a page shows of a grade, but for names, notes and quotes."""
    left: set[str] = set()
    seen = 0
    with engine().connect() as connection:
        for (stored,) in connection.execute(text("SELECT grade FROM openness_model")):
            grade = json.loads(stored)
            found = [item["reason"] for item in grade["findings"]]
            found += [item["remedy"] for item in grade["findings"] if item["remedy"]]
            found += [item["remedy"] for item in grade["missing_for_next"]]
            found += [item["message"] for item in grade["warnings"]]
            for sentence in found:
                seen += 1
                if not CHINESE.search(re.sub(r"\(.*\)", "", translate(sentence))):
                    left.add(sentence)
    assert seen > 3000
    assert not left


def test_every_answer_to_a_use_is_translated() -> None:
    from openness.classifier.terms import read_expression
    from openness.classifier.uses import answer_uses
    from openness.knowledge import load_knowledge

    knowledge = load_knowledge()
    everything = Use(
        commercial=True, users=10**9, revenue=10**9, train_models=True, outputs=True, modify=True,
        redistribute=True, region="EU", military=True,
    )  # fmt: skip
    reasons = set()
    for key in knowledge.licenses:
        reasons |= {answer.reason for answer in answer_uses(read_expression(key, knowledge), everything)[1]}
    assert len(reasons) > 12
    named = {name for entry in knowledge.licenses.values() for name in (entry.name, entry.reason or "")}
    own = {reason for reason in reasons if not any(name and reason.startswith(name) for name in named)}
    assert {reason for reason in own if not CHINESE.search(translate(reason))} == set()


def test_a_pattern_finds_its_own_example() -> None:
    """No pattern is hidden behind an earlier one that reads it otherwise."""
    for pattern in PATTERNS:
        words = {"artifact": "weights", "status": "not released", "form": "delta", "terms": "restricted"}
        words |= {"code": "training code: not released", "reportstate": "report: not released"}
        example = re.sub(r"\{(\w+)\}", lambda found, words=words: words.get(found[1], "7"), pattern)
        assert CHINESE.search(translate(example)), pattern
