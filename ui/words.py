"""The words of the project in the visitor's language, and text from outside made safe to show."""

from __future__ import annotations

import re

from openness.exports.text import CONTROL
from openness.schemas.record import Artifact, Status
from openness.ui.language import LOCALES, _, current

# Every sign that could begin markup in markdown; a backslash before any of them is only an escape.
_SPECIAL = re.compile(r"""([\\`*_{}\[\]<>()#+!|~&$^=:"'@%/.-])""")
# Streamlit turns :name: into an emoji or icon even where the colons were escaped, and www. into a link.
_SHORTCODE = re.compile(r":(?=[\w+-]+(/[\w+-]*)?:)|(?<=://)|(?<=www)(?=\.)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s<>\\\x00-\x20]{1,2000}")
_JOINER = "\u2060"  # no width, no break


def plain(text: object) -> str:
    """Text from outside as markdown that shows it letter by letter: no markup, link, picture, icon or formula."""
    line = CONTROL.sub("\ufffd", str(text)).replace("\n", " ")
    guarded = _SHORTCODE.sub(lambda found: found[0] + _JOINER, line)
    return _SPECIAL.sub(r"\\\1", guarded)


def level_range(lowest: int | None, highest: int) -> str:
    """``L2``, ``L1–3`` or ``?``."""
    if lowest is None:
        return "?" if highest == 5 else f"?–{highest}"
    return f"L{lowest}" if highest <= lowest else f"L{lowest}–{highest}"


def level_name(level: int) -> str:
    """What a level stands for."""
    return {
        0: _("closed weights"),
        1: _("open weights"),
        2: _("training process disclosed"),
        3: _("training code or full report"),
        4: _("training data open"),
        5: _("data pipeline open"),
    }[level]


def verdict_name(verdict: str | None) -> str:
    """The license verdict in words."""
    return {
        "open_source": _("open source"),
        "open_not_osi": _("open, not OSI-approved"),
        "restricted": _("not open source"),
        "needs_human": _("needs a human reader"),
    }.get(verdict or "", _("not established"))


TONES = {"open_source": "good", "open_not_osi": "fair", "restricted": "bad", "needs_human": "plain"}


def artifact_name(artifact: str) -> str:
    """An artifact in words."""
    return {
        Artifact.WEIGHTS: _("weights"),
        Artifact.REPORT: _("report"),
        Artifact.TRAINING_CODE: _("training code"),
        Artifact.TRAINING_DATA: _("training data"),
        Artifact.DATA_PIPELINE: _("data pipeline"),
    }[Artifact(artifact)]


def artifact_short(artifact: str) -> str:
    """An artifact as the heading of a narrow column."""
    return {
        Artifact.WEIGHTS: _("Weights"),
        Artifact.REPORT: _("Report"),
        Artifact.TRAINING_CODE: _("Code"),
        Artifact.TRAINING_DATA: _("Data"),
        Artifact.DATA_PIPELINE: _("Pipeline"),
    }[Artifact(artifact)]


def status_name(status: str) -> str:
    """How an artifact can be had, in words."""
    return {
        Status.OPEN: _("open"),
        Status.GATED: _("open after accepting terms"),
        Status.RESTRICTED: _("case by case"),
        Status.PARTIAL: _("in part"),
        Status.CLOSED: _("not released"),
        Status.UNKNOWN: _("not established"),
        Status.NOT_APPLICABLE: _("not applicable"),
    }[Status(status)]


def country_name(code: str | None) -> str:
    """A country or region in the visitor's language."""
    from babel import Locale

    if not code:
        return _("not known")
    name: str | None = Locale.parse(LOCALES[current()]).territories.get(code)
    return name or code


def size_name(parameters: int | None) -> str:
    """``7B``, ``1.3B``, ``350M``."""
    if not parameters:
        return ""
    for unit, sign in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K")):
        if parameters >= unit:
            return f"{parameters / unit:.3g}{sign}"
    return str(parameters)


def translated(sentence: str) -> str:
    """A sentence of the classifier in the visitor's language."""
    from openness.ui.sentences import translate

    return translate(sentence)


def source_link(url: str | None, label: str) -> str:
    """A markdown link to a source on the web; the label alone where the address is not one.

    ``label`` may hold anything: it is shown letter by letter.
    """
    if not url or not _ADDRESS.fullmatch(url):
        return plain(label)
    return f"[{plain(label)}](<{url}>)"
