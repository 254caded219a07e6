"""The shipped data: the registry is clean, and the examples that the rubric names come out by evidence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import openness
from openness.classifier.reading.index import shingles
from openness.classifier.reading.tokens import prepare, words
from openness.knowledge import hub_license_ids, load_knowledge
from openness.licenses import reader
from openness.registry.load import Registry, load_file
from openness.schemas.license import Verdict
from openness.schemas.record import Artifact, Disclosed, Status, Topic
from openness.sources.propose import fold_license

REGISTRY = Path(__file__).parent.parent / "data" / "models.yaml"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_file(REGISTRY, load_knowledge().known_ids())


def test_no_problems(registry: Registry) -> None:
    assert [f"{problem.line}: {problem}" for problem in registry.problems] == []


def test_the_first_line_points_editors_to_the_schema() -> None:
    first = REGISTRY.read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../schemas/json/models.schema.json"
    assert (REGISTRY.parent / first.split("=", 1)[1]).is_file()


@pytest.mark.parametrize(
    ("model", "level"),
    [
        ("llama-2-7b", 1),
        ("llama-2-70b", 1),
        ("llama-2-7b-chat", 1),
        ("mistral-7b-v0.1", 1),
        ("qwen1.5-72b", 1),
        ("qwen1.5-72b-chat", 1),
        ("deepseek-llm-67b-base", 2),
    ],
)
def test_the_examples_of_the_rubric(model: str, level: int) -> None:
    # Design section 4: the article's own examples, on the day it appeared and today.
    for day in (None, "2024-04-30"):
        grade = openness.grade(model, as_of=day, offline=True)
        assert (grade.level, grade.at_most) == (level, level)
    assert any(other.level == level for other in grade.assessments)
    assert not any(warning.code == "assessment_differs" for warning in grade.warnings)


def test_level_four_was_reached_before_the_article_said_it_was_not() -> None:
    grade = openness.grade("pythia-12b", as_of="2024-04-30", offline=True)
    assert grade.level is not None
    assert grade.level >= 4
    assert all(finding.evidence for finding in grade.findings if finding.outcome == "true")


@pytest.mark.parametrize(
    "model", ["gpt-3-175b", "gpt-4", "claude-3-opus", "gemini-1.0-ultra", "ernie-4.0", "mistral-medium"]
)
def test_closed_models_are_level_zero(model: str) -> None:
    grade = openness.grade(model, offline=True)
    assert (grade.level, grade.at_most) == (0, 0)


def test_yi_changed_its_license() -> None:
    before = openness.grade("yi-34b", as_of="2023-12-31", offline=True).licenses[Artifact.WEIGHTS]
    after = openness.grade("yi-34b", offline=True).licenses[Artifact.WEIGHTS]
    assert before.verdict is Verdict.RESTRICTED
    assert after.verdict is Verdict.OPEN_SOURCE


def test_llama_2_terms() -> None:
    reading = openness.grade("llama-2-7b", offline=True).licenses[Artifact.WEIGHTS]
    assert reading.verdict is Verdict.RESTRICTED
    kinds = {clause.kind: clause for clause in reading.clauses}
    assert kinds["user_threshold"].params["number"] == 700_000_000
    assert kinds["user_threshold"].section == "2"
    assert kinds["no_train_other_models"].section == "1.b.v"


def test_every_statement_has_evidence_with_an_address(registry: Registry) -> None:
    today = datetime.now(UTC).date()
    count = 0
    for model in registry.models.values():
        states = [state for artifact in Artifact for state in getattr(model, artifact)]
        topics = [state for topic in Topic for state in getattr(model.disclosures, topic)]
        known = [state for state in states if state.status is not Status.UNKNOWN]
        known += [state for state in topics if state.value is not Disclosed.UNKNOWN]
        for state in known:
            assert state.evidence, model.id
            for evidence in state.evidence:
                assert evidence.url, model.id
                assert evidence.read, model.id
                assert date(2026, 1, 1) <= evidence.read <= today
                count += 1
    assert count > 1000


def test_no_model_is_a_row_of_unknowns(registry: Registry) -> None:
    for model in registry.models.values():
        assert any(state.status is not Status.UNKNOWN for state in model.weights), model.id


def test_license_knowledge_is_consistent() -> None:
    knowledge = load_knowledge()
    for entry in knowledge.licenses.values():
        assert entry.verdict is None or entry.reason, entry.id
        is_osi = entry.id in knowledge.spdx and knowledge.spdx[entry.id].osi
        assert entry.clauses or entry.verdict or is_osi or entry.id in knowledge.open_not_osi, entry.id
        for clause in entry.clauses:
            assert len(clause.quote.split()) <= 30, f"{entry.id} {clause.section}"
        if is_osi:
            assert not any(clause.osd for clause in entry.clauses), entry.id
    for key in knowledge.open_not_osi:
        assert key in knowledge.known_ids(), key
        assert not (key in knowledge.spdx and knowledge.spdx[key].osi), key


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("llama2", "LicenseRef-llama-2"),
        ("llama3", "LicenseRef-llama-3"),
        ("apache-2.0", "Apache-2.0"),
        ("gemma", "LicenseRef-gemma"),
        ("bigscience-bloom-rail-1.0", "LicenseRef-bigscience-bloom-rail-1.0"),
        ("cc-by-nc-4.0", "CC-BY-NC-4.0"),
        ("mit", "MIT"),
        ("tongyi-qianwen", "LicenseRef-tongyi-qianwen-2023"),
    ],
)
def test_hub_tags_are_known(tag: str, expected: str) -> None:
    assert hub_license_ids()[fold_license(tag)] == expected


# Of https://huggingface.co/docs/hub/repositories-licenses those that name one text; families such as `gpl` do not.
HUB_TAGS = """
    apache-2.0 mit bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m
    afl-3.0 artistic-2.0 bsl-1.0 bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc0-1.0 cc-by-2.0
    cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0
    cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0
    cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1
    eupl-1.2 agpl-3.0 gpl-2.0 gpl-3.0 lgpl-2.1 lgpl-3.0 isc lppl-1.3c ms-pl apple-amlr mpl-2.0 odc-by odbl
    openmdw-1.0 openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license
    fair-noncommercial-research-license llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 gemma
"""


def test_what_the_licenses_of_the_hub_ask_for_is_recorded() -> None:
    knowledge, ids = load_knowledge(), hub_license_ids()
    assert [tag for tag in HUB_TAGS.split() if ids.get(fold_license(tag)) not in knowledge.licenses] == []


def test_every_quote_stands_in_its_license() -> None:
    # The index holds hashes of four words in a row; a quote is in a text when all of its runs are.
    index, knowledge = reader().index, load_knowledge()
    shingles_of: dict[str, set[int]] = {}
    for number, text in enumerate(index.texts):
        for key in text.ids:
            shingles_of.setdefault(key, set()).update(index.sequence(number).tolist())
    checked = 0
    for entry in knowledge.licenses.values():
        if entry.id not in shingles_of:
            # Only a summary or a policy could be read: the note says so.
            assert "not been read" in (entry.note or "")
            continue
        for clause in entry.clauses:
            quote = words(prepare(clause.quote)[0])
            while quote and len(quote[-1]) == 1:  # "Attachment A": the letter is a list mark at the end of a sentence
                quote.pop()
            if clause.params.get("document") or len(quote) < 4:
                continue
            numbers = set(index.lookup(shingles(quote)).tolist())
            assert numbers <= shingles_of[entry.id], f"{entry.id} {clause.section}: {clause.quote}"
            checked += 1
    assert checked > 700
