"""The words of the project in the visitor's language, and text from outside made safe to show."""

from __future__ import annotations

import re

from openness.exports.text import CONTROL
from openness.schemas.license import RESTRICTIONS
from openness.schemas.record import Artifact, Disclosed, Relation, Status, Topic
from openness.ui.language import LOCALES, _, current

# Every sign that could begin markup in markdown; a backslash before any of them is only an escape.
_SPECIAL = re.compile(r"""([\\`*_{}\[\]<>()#+!|~&$^=:"'@%/.-])""")
# Escaped or not, Streamlit turns :name: into an emoji or icon, www. and a@b.c into links, and -> into an arrow.
_SHORTCODE = re.compile(
    r":(?=[\w+-]+(/[\w+-]*)?:)|(?<=://)|(?<=www)(?=\.)|@(?=[\w-]+\.)|(?<!\S)[<>~-](?=(?:->|[->=])(?!\S))", re.IGNORECASE
)
_SPACE = re.compile(r"[ \t\n]+")  # at the start of a line it would make a block of code
_ADDRESS = re.compile(r"https?://[^\s<>\\\x00-\x20]{1,2000}")
# What Babel knows beside countries and regions: the world's parts, private codes, islands of a country.
_NO_PLACES = ("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ")
_JOINER = "\u2060"  # no width, no break


def plain(text: object) -> str:
    """Text from outside as markdown that shows it letter by letter: no markup, link, picture, icon or formula."""
    line = _SPACE.sub(" ", CONTROL.sub("\ufffd", str(text)))
    guarded = _SHORTCODE.sub(lambda found: found[0] + _JOINER, line)
    return _SPECIAL.sub(r"\\\1", guarded)


def level_range(lowest: int | None, highest: int) -> str:
    """``L2``, ``L1–3`` or ``?``."""
    if lowest is None:
        return "?" if highest == 5 else f"?–{highest}"
    return f"L{lowest}" if highest <= lowest else f"L{lowest}–{highest}"


def level_words(lowest: int | None, highest: int) -> str:
    """``level 1 of 5, possibly up to 3``."""
    known = _("level unknown") if lowest is None else _("level {level} of 5").format(level=lowest)
    more = ", " + _("possibly up to {level}").format(level=highest) if highest > (lowest or 0) else ""
    return known + more


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


def criterion_meaning(number: int) -> str:
    """What a criterion of the Open Source Definition asks, in our words."""
    return {
        1: _("The license lets anybody sell or give it away, without a fee to the licensor."),
        2: _("What is needed to change it comes with it, or can be had freely."),
        3: _("Changed versions may be made and passed on under the same terms."),
        4: _("Changed versions may be passed on, at least as patches or under another name."),
        5: _("No person or group is shut out."),
        6: _("No use is shut out: also business, also military, also competing."),
        7: _("The rights come with the copy; nobody has to register or accept anything more."),
        8: _("The rights do not depend on one product that it is a part of."),
        9: _("Other software beside it is left alone."),
        10: _("No technology, such as a click to accept, is a condition."),
    }[number]


def license_name(expression: str | None) -> str:
    """A license expression without its technical prefix."""
    return _("no license given") if expression == "NONE" else (expression or "").replace("LicenseRef-", "")


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


def topic_name(topic: str) -> str:
    """A topic of the report in words."""
    return {
        Topic.EVALUATION: _("evaluation"),
        Topic.ARCHITECTURE: _("architecture"),
        Topic.TOKENIZER: _("tokenizer"),
        Topic.OPTIMIZATION: _("optimizer, schedule, batch"),
        Topic.INFRASTRUCTURE: _("how the run was carried out"),
        Topic.DATA_SOURCES: _("data sources"),
        Topic.DATA_MIXTURE: _("data mixture"),
        Topic.DATA_PROCESSING: _("data processing"),
        Topic.POST_TRAINING: _("post-training"),
    }[Topic(topic)]


def disclosed_name(value: str) -> str:
    """How far the report discloses a topic, in words."""
    return {
        Disclosed.YES: _("disclosed"),
        Disclosed.PARTIAL: _("disclosed in part"),
        Disclosed.NO: _("not disclosed"),
        Disclosed.UNKNOWN: _("not examined"),
        Disclosed.NOT_APPLICABLE: _("not applicable"),
    }[Disclosed(value)]


# Which sign of the table stands for how far a topic is disclosed.
DISCLOSED_SIGNS = {
    "yes": "open", "partial": "partial", "no": "closed", "unknown": "unknown", "not_applicable": "not_applicable",
}  # fmt: skip


def relation_name(relation: str) -> str:
    """How a model was made from its base."""
    return {
        Relation.FINETUNE: _("fine-tune"),
        Relation.ADAPTER: _("adapter"),
        Relation.QUANTIZED: _("quantized"),
        Relation.MERGE: _("merge"),
    }[Relation(relation)]


def country_name(code: str | None) -> str:
    """A country or region in the visitor's language."""
    from babel import Locale

    if not code:
        return _("not known")
    name: str | None = Locale.parse(LOCALES[current()]).territories.get(code)
    return name or code


def place_names() -> dict[str, str]:
    """Countries and regions by code in the visitor's language: the European Union first, then by name."""
    from babel import Locale

    names = {str(code): str(name) for code, name in Locale.parse(LOCALES[current()]).territories.items()}
    places = [code for code in names if len(code) == 2 and code.isalpha() and code not in _NO_PLACES]
    return {code: names[code] for code in ("EU", *sorted(places, key=lambda code: names[code]))}


def modality_name(modality: str) -> str:
    """What a model works on."""
    return {
        "text": _("text"),
        "image": _("image"),
        "audio": _("audio"),
        "video": _("video"),
        "code": _("program code"),
        "embedding": _("embedding"),
        "biology": _("biology"),
        "time_series": _("time series"),
    }.get(modality, modality)


def size_name(parameters: int | None) -> str:
    """``7B``, ``1.3B``, ``350M``."""
    if not parameters:
        return ""
    if parameters >= 10**15 - 5 * 10**11:
        return f"{(parameters + 5 * 10**11) // 10**12:,}T"
    for unit, sign in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K")):
        if parameters * 2000 >= unit * 1999:  # 999.6M would be rounded to 1e+03M
            return f"{parameters / unit:.3g}{sign}"
    return str(parameters)


def translated(sentence: str) -> str:
    """A sentence of the classifier in the visitor's language."""
    from openness.ui.sentences import translate

    return translate(sentence)


def is_web(url: str | None) -> bool:
    """Whether an address may become a link."""
    return bool(url and _ADDRESS.fullmatch(url))


def source_link(url: str | None, label: str) -> str:
    """A markdown link to a source on the web; the label alone where the address is not one.

    ``label`` may hold anything: it is shown letter by letter.
    """
    if not is_web(url):
        return plain(label)
    return f"[{plain(label)}](<{str(url).replace('&', '&amp;')}>)"  # else &copy; would become a sign
