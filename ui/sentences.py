"""The sentences that classifier and sources make, in the visitor's language.

They are made in English and kept so in the index. Here each is taken apart by the pattern it was made with, and
put together again in the translation; names, notes and numbers inside it stay as they are. A sentence that no
pattern knows is shown in English.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from openness.ui.language import N_, _, catalog, current
from openness.ui.words import clause_name

_ARTIFACTS = (N_("weights"), N_("report"), N_("training code"), N_("training data"), N_("data-cleaning pipeline"))
_STATUSES = (
    N_("can be downloaded by anyone"),
    N_("can be had after accepting terms"),
    N_("can be had case by case only"),
    N_("only partly released"),
    N_("not released"),
    N_("not established"),
    N_("not applicable"),
)
_TOPICS = (
    N_("how it was evaluated"),
    N_("the architecture"),
    N_("the tokenizer"),
    N_("optimizer, schedule and batch size"),
    N_("how the training run was carried out"),
    N_("the data sources"),
    N_("the data mixture"),
    N_("how the data was processed"),
    N_("post-training"),
)
_VERBS = (
    N_("gives {topics}"),
    N_("has no need to give {topics}"),
    N_("gives only partly {topics}"),
    N_("does not give {topics}"),
    N_("has not been examined for {topics}"),
)

# What is in braces is translated by the function of its name below, or kept. The first that fits wins, so
# the more exact stand first.
PATTERNS = (
    # Findings.
    N_("{code}; no report has been examined"),
    N_("{code}; the report {groups}"),
    N_("{code}; {reportstate}"),
    N_("no report has been examined"),
    N_("the report {groups}"),
    N_("{artifact}: {status}, as {form}s of a base model"),
    N_("{artifact}: {status} ({note})"),
    N_("{artifact}: {status}"),
    # Remedies.
    N_("examine the report, if there is one"),
    N_("describe optimizer, schedule and batch size"),
    N_("describe how the data was processed or how the training run was carried out"),
    N_("publish the code that trained the model, or also disclose {topics}"),
    N_("Information about published terms, not legal advice."),
    # Warnings of a grade.
    N_("the model was released on {date}, after {day}"),
    N_("the weights were public once and are withdrawn since {date}"),
    N_("the weights were public once and are withdrawn"),
    N_("the weights can be had only after accepting terms or leaving contact data"),
    N_("the weights are given out case by case, or only to some people"),
    N_("the weights are a {form}: they need the base model's weights to run"),
    N_("the training data can be had only after accepting terms"),
    N_("the {artifact} is open, though the ladder breaks at level {level}"),
    N_("with its base models it is reproducible to level {range} only"),
    N_("its terms are laxer than those of its base {base}: making a derivative does not lift them"),
    N_("{who} calls it open source; the terms of its weights are {terms}"),
    N_("{who} assessed it as {value}; our evidence gives {range}"),
    N_("{low} (up to {high})"),
    # License verdicts.
    N_("the license is not established"),
    N_("the license of the weights is not established"),
    N_("no license is given, so no permission is"),
    N_("no license given"),
    N_("{license} is approved by the OSI"),
    N_("{license} does not meet the Open Source Definition (criterion {numbers})"),
    N_("{license} is not OSI-approved and its clauses have not been read"),
    N_("{license} is not OSI-approved: {reason}"),
    N_("no clause of {license} offends a criterion, but nobody has approved it"),
    N_("{license} is not in the license knowledge base"),
    # Uses.
    N_("{answer}, within the purposes that are granted"),
    N_("no clause forbids it; limits by size are asked with users and revenue"),
    N_("no clause forbids it, within limits; limits by size are asked with users and revenue"),
    N_("no clause forbids it but for what competes with the licensor"),
    N_("no clause forbids it, nor plainly allows it"),
    N_("it may be changed, but changed copies may not be passed on"),
    N_("it may be changed, but not all of it"),
    N_("changed copies may not be passed on"),
    N_("passing it on needs authorization"),
    N_("it may be passed on within limits"),
    N_("it is granted to some only, or for some products only"),
    N_("it is forbidden in commercial use"),
    N_("it may not be offered to others as a service"),
    N_("the text takes the grant back"),
    N_("payment is due"),
    N_("above a size that counts for some uses only"),
    N_("outputs may be used, but not to train or improve other models"),
    N_("outputs are free within the terms of the license"),
    N_("no clause forbids it"),
    N_("a clause forbids it"),
    N_("a clause restricts what may be done with outputs"),
    N_("a clause forbids changes"),
    N_("a clause forbids passing it on"),
    N_("commercial use needs a license of its own"),
    N_("the grant is limited to other purposes"),
    N_("registration or approval is asked for"),
    N_("above the size, a license must be asked for"),
    N_("above the size, nothing is granted"),
    N_("above the size, a name must be displayed"),
    N_("below every size that a clause names"),
    N_("no clause names such a size"),
    N_("other models may not be trained or improved with it"),
    N_("models that compete may not be trained or improved with it"),
    N_("a model trained with it must carry a name"),
    N_("{region} is excluded for the multimodal models under this license only"),
    N_("{region} is excluded"),
    N_("places under sanctions are excluded: whether this is one today must be looked up"),
    N_("what was added seems to say: {kinds}"),
    N_("the text departs from the license in ways that no rule understands"),
    N_("the text breaks off before its end"),
    N_("no known license, and no clause that a rule understands as a restriction"),
    N_("whether a display duty above a size offends the definition is debated"),
    N_("{kinds}: against criterion {numbers} of the Open Source Definition"),
    N_("{kinds}: against criteria {numbers} of the Open Source Definition"),
    N_("a clause limits the territory, without a list that names it"),
    N_("no clause excludes it"),
    N_("the list of forbidden uses must be read"),
    # What a reading of a repository says.
    N_("found automatically in the repository: proposals, not reviewed facts"),
    N_("the repository was read as it is on {date}: what it showed earlier is unknown"),
    N_("the registry names no Hub repository of this model"),
    N_("the card's license tag is `{tag}`, without a name that is known"),
    N_("{file} is no license that is known"),
    N_("{file} looks like {license} but breaks off early"),
    N_("{file} looks like {license} but departs from it"),
    N_("the card's license is {tag}, {file} is {license}"),
    N_("{file} was not read: {problem}"),
    N_("the model card's metadata was not read: {problem}"),
    N_("the header of {file} has {number} bytes, more than a grade reads"),
    N_("{file} is not a JSON object"),
    N_("the server has no such file"),
    N_("the server did not answer in time"),
    N_("the server answered {number}"),
    N_("the connection broke off"),
    N_("the repository is gated and this token (or no token) may not read it"),
    # What went wrong.
    N_("no model `{name}` in the registry"),
    N_("did you mean {names}?"),
    N_("for a repository on the Hub write org/name, for a folder ./name"),
    N_("the target is empty, or holds control characters or bytes that are not text"),
    N_("{name} is not a Hub id"),
    N_("a Hub id looks like org/name"),
    N_("{name} is gated on {host}"),
    N_("accept its terms on the model page, then set HF_TOKEN to a token that may read it"),
    N_("{host} has disabled access to {name}"),
    N_("{name} does not exist on {host}, or is private"),
    N_("{name} does not exist on {host}"),
    N_("check its spelling"),
    N_("check its spelling; if it is private, set HF_TOKEN"),
    N_("{name} has no revision {revision} on {host}"),
    N_("name a branch, a tag or a full commit id"),
    N_("{host} did not answer in time"),
    N_("{host} cannot be reached ({problem})"),
    N_("{host} asks for fewer requests"),
    N_("{host} refuses to show {name} ({number})"),
    N_("{host} failed ({number})"),
    N_("{host} answered with something that is not a Hub's model information"),
    N_("{name} was not read from {host}: {problem}"),
    N_("{text} lies in the future"),
    N_("give a day that has passed"),
    N_("{name} is empty"),
    N_("{name} is a PDF, which is not read"),
    N_("convert it to text, with pdftotext for example"),
    N_("{name} is an archive or office document, which is not read"),
    N_("save it as plain text"),
    N_("{name} is not text"),
    N_("give a text file"),
)


def _one_of(*words: str) -> str:
    return "|".join(map(re.escape, words))


# What stands in a brace, where not just anything may.
_ALLOWED = {
    "artifact": _one_of(*_ARTIFACTS),
    "status": _one_of(*_STATUSES),
    "form": _one_of(N_("delta"), N_("adapter")),
    "terms": _one_of(N_("restricted"), N_("open, but not OSI-approved")),
    "code": "training code: .+",
    "reportstate": "report: .+",
}


def translate(sentence: str) -> str:
    """A sentence of ours in the visitor's language."""
    return _translate(sentence, current()) if current() != "en" and sentence else sentence


@cache
def _compiled() -> list[tuple[str, re.Pattern[str]]]:
    found = []
    for pattern in PATTERNS:
        parts = re.split(r"\{(\w+)\}", pattern)
        built = re.escape(parts[0])
        for name, rest in zip(parts[1::2], parts[2::2], strict=True):
            built += f"(?P<{name}>{_ALLOWED.get(name, '.+?')}){re.escape(rest)}"
        found.append((pattern, re.compile(built, re.DOTALL)))
    return found


def _translate(sentence: str, language: str) -> str:
    known = catalog(language).gettext(sentence)
    if known != sentence:
        return known
    for pattern, expression in _compiled():
        if found := expression.fullmatch(sentence):
            parts = {name: _PARTS.get(name, str)(text) for name, text in found.groupdict().items()}
            return _(pattern).format(**parts)
    if "; " in sentence:  # several in one, none of which may stay behind
        parts_ = [_translate(part, language) for part in sentence.split("; ")]
        if all(part != own for part, own in zip(parts_, sentence.split("; "), strict=True)):
            return _("; ").join(parts_)
    return sentence


def _topics(text: str) -> str:
    """A list of topics; one of them holds a comma and an "and" itself."""
    found = re.findall("|".join(map(re.escape, _TOPICS)), text)
    return _(", ").join(_(topic) for topic in found) if found else text


def _groups(text: str) -> str:
    found = []
    for group in text.split("; "):
        for verb in sorted(_VERBS, key=len, reverse=True):
            start = verb.removesuffix("{topics}")
            if group.startswith(start):
                found.append(_(verb).format(topics=_topics(group.removeprefix(start))))
                break
        else:
            found.append(group)
    return _("; ").join(found)


def _again(text: str) -> str:
    return _translate(text, current())


_PARTS: dict[str, Callable[[str], str]] = {
    "artifact": _,
    "status": _,
    "form": _,
    "terms": _,
    "topics": _topics,
    "groups": _groups,
    "code": _again,
    "reportstate": _again,
    "range": _again,
    "low": _again,
    "answer": _again,
    "kinds": lambda text: _(", ").join(clause_name(kind.replace(" ", "_")) for kind in text.split(", ")),
    "problem": _again,
}
