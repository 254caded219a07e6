"""The words of the project in the visitor's language, and text from outside made safe to show."""

from __future__ import annotations

import re

from openness.exports.text import CONTROL
from openness.schemas.license import RESTRICTIONS
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


def clause_name(kind: str) -> str:
    """A kind of clause in a few plain words; of one that has no name, its code."""
    return {
        "user_threshold": _("limit on users or revenue"),
        "commercial_license_required_separately": _("commercial use needs another license"),
        "no_train_other_models": _("no training of other models"),
        "no_improve_competing_models": _("no improving of competing models"),
        "non_commercial": _("non-commercial use only"),
        "research_only": _("research use only"),
        "field_of_use_restrictions": _("some uses forbidden"),
        "geographic_exclusion": _("some places excluded"),
        "government_or_military_ban": _("no military or government use"),
        "output_restrictions": _("limits on outputs"),
        "registration_or_approval_required": _("registration or approval first"),
        "no_redistribution": _("no passing on"),
        "no_derivatives": _("no changed versions"),
        "no_sell": _("no selling"),
        "royalty": _("price or royalty"),
        "product_specific": _("only with one product"),
        "technology_specific": _("only with one technology"),
        "named_party_exclusion": _("some people or companies excluded"),
        "restricts_other_software": _("limits on other software"),
        "copyleft_removed": _("duty to share alike taken out"),
        "grant_negated": _("permission turned into its opposite"),
        "attribution_notice": _("keep notices and credit"),
        "display_requirement": _("show a name or notice"),
        "naming_requirement": _("rules about names"),
        "share_alike": _("changed versions under the same terms"),
        "flow_down": _("pass the terms on"),
        "remote_restriction": _("the licensor may restrict use remotely"),
        "must_update_to_latest": _("use the latest version"),
        "revocable_or_termination_on_breach": _("can be revoked or ends on breach"),
        "patent_litigation_termination": _("ends on a lawsuit"),
        "output_ownership_disclaimed": _("licensor claims no outputs"),
        "indemnity": _("cover the licensor's losses"),
        "jurisdiction": _("law and courts named"),
    }.get(kind, kind.replace("_", " "))


def is_restriction(kind: str) -> bool:
    """Whether a kind of clause limits who may do what, and is not a mere duty."""
    return kind in RESTRICTIONS


def criterion_name(number: int) -> str:
    """A criterion of the Open Source Definition with its number and what it asks."""
    name = {
        1: _("free redistribution"),
        2: _("source code"),
        3: _("derived works"),
        4: _("integrity of the author's source code"),
        5: _("no discrimination against persons or groups"),
        6: _("no discrimination against fields of endeavor"),
        7: _("distribution of license"),
        8: _("license not specific to a product"),
        9: _("license does not restrict other software"),
        10: _("license is technology-neutral"),
    }[number]
    return f"{number}: {name}"


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
