"""The sentences of the method page. They are true to docs/rubric.md, docs/limits.md and CONTRIBUTING.md."""

from __future__ import annotations

from openness.schemas.license import Verdict
from openness.schemas.record import Artifact, Disclosed, Status, Topic
from openness.ui.language import _


def serves(level: int) -> str:
    """Whom a level serves, after the article that the levels come from."""
    return {
        0: _("those who use a service"),
        1: _("those who deploy or fine-tune"),
        2: _("research on algorithms"),
        3: _("those who want to repeat the training on data of their own"),
        4: _("those who want to reproduce the model, with the compute for it"),
        5: _("those who also want to extend the data"),
    }[level]


def reading() -> list[str]:
    """How to read a grade."""
    return [
        _(
            "What is not established counts neither for nor against a model. Then the grade is an interval: its "
            "lower end is what the evidence shows, its upper end what the model could still reach. Filters and "
            "counts go by the lower end."
        ),
        _(
            "A derived model is graded for what its own makers released. Its effective level is the lowest over it "
            "and all models that it was made from: what can be reproduced from raw data. A base that is not in the "
            "registry could be anything."
        ),
        _(
            "An artifact that is open beyond the level reached is shown, though the level stays where the ladder "
            "breaks. Weights behind a gate, given case by case, or published as a difference to other weights "
            "count, and are flagged."
        ),
        _("Assessments by others stand beside ours and never become facts of ours."),
    ]


def intervals() -> list[tuple[int | None, int, str]]:
    """Grades as they are shown, and what each means."""
    return [
        (2, 2, _("Level 2, settled: the rules up to level 2 hold, and one of level 3 does not.")),
        (1, 3, _("At least level 1. What has not been examined could raise it to level 3, and no further.")),
        (None, 5, _("Not established, not even whether the weights were released.")),
    ]


def artifact(name: Artifact) -> str:
    """What counts as an artifact."""
    return {
        Artifact.WEIGHTS: _("The trained parameters. A part of them is not enough; a leak is no release."),
        Artifact.REPORT: _(
            "Anything public in which the makers describe the model: a paper, a report, a blog, a model card."
        ),
        Artifact.TRAINING_CODE: _("The code that really trained this model; not inference code or a fine-tuning demo."),
        Artifact.TRAINING_DATA: _(
            "The exact documents or tokens; a recipe, a list of addresses or a sample is a part."
        ),
        Artifact.DATA_PIPELINE: _("The code that made the training data from its raw sources."),
    }[name]


def status(value: Status) -> str:
    """What a status means."""
    return {
        Status.OPEN: _("Anyone can fetch it."),
        Status.GATED: _("Anyone who accepts terms can fetch it."),
        Status.RESTRICTED: _("It is given case by case, or to some people only."),
        Status.PARTIAL: _("A part of it is public, and a note says which."),
        Status.CLOSED: _("It is known not to be released; that takes evidence like everything else."),
        Status.UNKNOWN: _("Nobody has established it. This is never the same as not released."),
        Status.NOT_APPLICABLE: _("There is nothing to release, such as a pipeline for data written by hand."),
    }[value]


def topic(name: Topic) -> str:
    """What a report must say of a topic."""
    return {
        Topic.EVALUATION: _("Benchmarks with results, and how they were run."),
        Topic.ARCHITECTURE: _("Layers, widths, heads, context, attention."),
        Topic.TOKENIZER: _("Its kind, its vocabulary and what it was trained on."),
        Topic.OPTIMIZATION: _("The optimizer with its settings, the schedule and the batch size."),
        Topic.INFRASTRUCTURE: _("Parallelism or training framework, and precision. Which GPUs and how long is a part."),
        Topic.DATA_SOURCES: _("Every source by name; categories are a part."),
        Topic.DATA_MIXTURE: _("Proportions of named sources; a single corpus has none to give."),
        Topic.DATA_PROCESSING: _("What was filtered, deduplicated and selected, and how."),
        Topic.POST_TRAINING: _("How fine-tuning and preference training were done, with data and settings."),
    }[name]


def disclosed(value: Disclosed) -> str:
    """What a value of a topic means."""
    return {
        Disclosed.YES: _("The report says it in full. Only this counts."),
        Disclosed.PARTIAL: _("It says a part, or two careful readers could differ; a note says why."),
        Disclosed.NO: _("The report was read and does not say it."),
        Disclosed.UNKNOWN: _("Nobody has read the report for it."),
        Disclosed.NOT_APPLICABLE: _("There is nothing to say; this counts as disclosed."),
    }[value]


def verdict(value: Verdict) -> str:
    """What a verdict on terms means."""
    return {
        Verdict.OPEN_SOURCE: _("Approved by the Open Source Initiative, with nothing added."),
        Verdict.OPEN_NOT_OSI: _("As free, for reasons that are given, but not approved: on a list of this project."),
        Verdict.RESTRICTED: _(
            "At least one clause offends a criterion of the Open Source Definition; or no license is given."
        ),
        Verdict.NEEDS_HUMAN: _("No rule decides it. Somebody has to read the text."),
    }[value]


def licenses() -> list[str]:
    """How the license axis works."""
    return [
        _(
            "A license is judged by its text, clause by clause, against the ten criteria of the Open Source "
            "Definition. Duties such as giving credit offend none of them. The level never changes this verdict, "
            "and this verdict never changes the level."
        ),
        _(
            "Where two licenses apply together the stricter one binds; where one may be chosen, the freer one "
            "counts. A known text with one sentence added is not that license any more: the sentence is shown and "
            "read. What no rule understands is left to a human."
        ),
    ]


def as_of() -> list[str]:
    """What a date does to a grade."""
    return [
        _(
            "Each fact is a dated state. A grade as of a day uses only what was released by then, so that a claim "
            "about the past can be checked against the evidence of its time: `openness grade pythia-12b --as-of "
            "2024-04-30`."
        ),
        _(
            "A date of which only the month or the year is known means its last day. A state without a date holds "
            "today and is unknown for any earlier day. Something withdrawn is a later state, and does not erase the"
            " earlier one. The day on which a fact was read plays no part."
        ),
    ]


def evidence() -> list[str]:
    """How evidence is read and reviewed."""
    return [
        _(
            "Every status but “not established” has at least one source with its address, the place in it and the "
            "day on which it was read. Quotes are short and verbatim. Where a stored copy or a mirror was read, the"
            " record says so."
        ),
        _(
            "Facts that a program found in a repository are proposals and are marked as such until somebody has "
            "reviewed them."
        ),
        _(
            "A tenth of the facts was drawn by lot and read again by readers who had not written them; the outcome "
            "is published in `docs/audit.md`. Writers and second readers were language models, which worked from "
            "stored copies of the sources. A reading by people is still to come."
        ),
    ]


def limits() -> list[tuple[str, str]]:
    """What is not looked at: one line for each of docs/limits.md, which a test holds together."""
    return [
        (_("Quality and safety."), _("A level says what was released, not whether the model is good, fair or safe.")),
        (
            _("License texts that no rule understands."),
            _("They are shown and left to a human. Only English and Chinese are read, and no PDF or office documents."),
        ),
        (
            _("Which restriction it is."),
            _(
                "That a sentence was added to a license is always shown; its kind comes from patterns, which do not"
                " know every wording."
            ),
        ),
        (
            _("Many licenses in one file."),
            _("Most are named as what they are; near-identical ones may be taken for each other, as changed ones."),
        ),
        (
            _("Use policies behind a license."),
            _("Their clauses come from the policy as it was read; it may have changed since."),
        ),
        (
            _("Contents behind links."),
            _("An automatic reading never concludes from a link that what it leads to is complete."),
        ),
        (
            _("Whether the weights load"),
            _("or belong to another model, and whether the training code would really reproduce them."),
        ),
        (_("Hosted services."), _("Terms of an API are not graded.")),
        (_("Copyright in training data."), _("That data can be downloaded does not mean that its license is sound.")),
        (
            _("The live web at the moment of your question."),
            _("A fact was read on the day that stands beside it."),
        ),
    ]


def sources() -> list[str]:
    """Where levels and criteria come from."""
    return [
        _(
            "The five levels are those that Cheng Cheng (成诚, Kunlun Tech) proposed, as quoted by 甲子光年 "
            "(JiaziGuangnian) in April 2024: 《李彦宏说开源模型会越来越落后,为什么很多人不认同?》. "
            "No public copy of the article's page was found; what it says is taken from the project's design notes. "
            "The rules make its words exact."
        ),
        _(
            "The verdicts follow the Open Source Definition of the Open Source Initiative and the SPDX license "
            "list. License texts are identified with the help of AboutCode's LicenseDB (CC-BY-4.0)."
        ),
        _(
            "The registry's data is CC-BY-4.0, the code Apache-2.0. A grade is information about published terms, "
            "not legal advice."
        ),
    ]


def contribute() -> list[str]:
    """How to correct and to add."""
    return [
        _(
            "A grade is a claim about somebody's work, so anyone may object: name the model, the field, what it "
            "should say and the address where that can be read. Who decides, by what and how fast stands in "
            "`docs/corrections.md`."
        ),
        _(
            "To add a model, `openness contribute` drafts an entry from a repository; fill in what it could not "
            "establish, check it with `openness lint`, and open a pull request. `CONTRIBUTING.md` shows an entry "
            "line by line, with one example of enough and one of not enough for each topic."
        ),
    ]
