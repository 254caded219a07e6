"""The European Open Source AI Index and its predecessor, "Opening up ChatGPT".

One YAML file per system, which is an end model and the base model that it was made from; each feature
is open, partial or closed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from openness.schemas.record import Artifact
from openness.sources.opinion import NoOpinion, Opinion, Says, Statement, Statements, Subject, line, mapping, places

_BASE = "as a base model, "
_REPORTS = dict.fromkeys(("preprint", "paper", "modelcard"), Artifact.REPORT)


@dataclass(frozen=True)
class Edition:
    """One of the two formats.

    ``end`` and ``base`` map a feature to the artifact of ours that it speaks of, for the end model and for
    its base model. Of a base model only its data and weights are judged: code, papers and license are
    those of the system. Report here is preprint, paper or model card, because a report of any form
    counts. ``code`` (how well it is documented), architecture, data sheet, package, API and the overall
    license judgement have no counterpart and are left out; neither edition tells the data pipeline from
    the training code.
    """

    key: str
    by: str
    repository: str
    folder: str
    head: str
    features: tuple[str, ...]
    end: dict[str, Artifact]
    base: dict[str, Artifact]
    weights: tuple[str, str]  # the features whose links name the end model's and the base model's repository
    names: tuple[str, str]  # the fields that name them
    license: str

    @property
    def scale(self) -> str:
        """What an assessment names as the scale."""
        return f"{len(self.features)} features: open 1, partial 0.5, closed or not judged 0; in all their mean"


INDEX = Edition(
    key="index",
    by="European Open Source AI Index (Liesenfeld, Dingemanse and others)",
    repository="Language-Technology-Assessment/main-database",
    folder="",
    head="system",
    features=(
        *("datasources_basemodel", "datasources_endmodel", "weights_basemodel", "weights_endmodel", "trainingcode"),
        *("code", "hardware_architecture", "preprint", "paper", "modelcard", "datasheet", "licenses"),
    ),
    end={
        "weights_endmodel": Artifact.WEIGHTS,
        **_REPORTS,
        "trainingcode": Artifact.TRAINING_CODE,
        "datasources_endmodel": Artifact.TRAINING_DATA,
    },
    base={"weights_basemodel": Artifact.WEIGHTS, "datasources_basemodel": Artifact.TRAINING_DATA},
    weights=("weights_endmodel", "weights_basemodel"),
    names=("endmodelname", "basemodelname"),
    license="endmodellicense",
)
PREDECESSOR = Edition(
    key="predecessor",
    by="Opening up ChatGPT (Liesenfeld, Lopez, Dingemanse)",
    repository="opening-up-chatgpt/opening-up-chatgpt.github.io",
    folder="projects",
    head="project",
    features=(
        *("opencode", "llmdata", "llmweights", "rldata", "rlweights", "license", "code", "architecture", "preprint"),
        *("paper", "modelcard", "datasheet", "package", "api"),
    ),
    end={
        "rlweights": Artifact.WEIGHTS,
        **_REPORTS,
        "opencode": Artifact.TRAINING_CODE,
        "rldata": Artifact.TRAINING_DATA,
    },
    base={"llmweights": Artifact.WEIGHTS, "llmdata": Artifact.TRAINING_DATA},
    weights=("rlweights", "llmweights"),
    names=("name", "llmbase"),
    license="license",
)
EDITIONS = (INDEX, PREDECESSOR)

_SCORE = {Says.OPEN: 1.0, Says.PARTIAL: 0.5, Says.CLOSED: 0.0}
_GROUP = re.compile(r"(open|partial|closed): ([a-z_, ]+)")
_LICENSE = re.compile(r"; license: (.+)\Z")


def parse(path: str, document: Any) -> Opinion:
    """Read one file of either edition.

    Raises:
        NoOpinion: it describes no system, or judges nothing.
    """
    data = mapping(document)
    edition = next((item for item in EDITIONS if isinstance(data.get(item.head), dict)), None)
    if edition is None:
        raise NoOpinion("it describes no system")
    head = data[edition.head]
    title = line(head.get("name"))
    if not title:
        raise NoOpinion("it names no system")
    judged = _judged(data, edition)
    if not judged:
        raise NoOpinion("it judges no feature")
    links = [mapping(data.get(feature)).get("link") for feature in edition.weights]
    names = [line(head.get(field)) for field in edition.names]
    license = line(head.get(edition.license) or head.get("endmodel license"), 150)
    end = Subject(
        "end", (names[0],) if names[0] else (), places(links[0], head.get("link")), _value(judged, edition, license),
        f"the system {title}; its base model is given as {names[1]}" if names[1] else f"the system {title}",
    )  # fmt: skip
    subjects = [end]
    if any(feature in judged for feature in edition.base):
        text = _BASE + _groups({feature: judged[feature] for feature in edition.base if feature in judged})
        note = f"only what the file says of the base model of the system {title}"
        subjects.append(Subject("base", (names[1],) if names[1] else (), places(links[1]), text, note))
    return Opinion(path, title, edition.by, edition.scale, edition.repository, "the file", tuple(subjects))


def _judged(data: dict[str, Any], edition: Edition) -> dict[str, Says]:
    found: dict[str, Says] = {}
    for feature in edition.features:
        said = line(mapping(data.get(feature)).get("class")).casefold()
        if said in ("open", "partial", "closed"):
            found[feature] = Says(said)
    return found


def _value(judged: dict[str, Says], edition: Edition, license: str) -> str:
    mean = sum(_SCORE[says] for says in judged.values()) / len(edition.features)
    silent = [feature for feature in edition.features if feature not in judged]
    parts = [f"{mean:.3f}".rstrip("0").rstrip("."), " (", _groups(judged)]
    parts += [f"; not judged: {', '.join(silent)}"] if silent else []
    return "".join([*parts, ")", f"; license: {license}" if license else ""])


def _groups(judged: dict[str, Says]) -> str:
    """``open: weights_endmodel, trainingcode; closed: paper``."""
    groups = {says: [name for name, said in judged.items() if said is says] for says in _SCORE}
    return "; ".join(f"{says}: {', '.join(names)}" for says, names in groups.items() if names)


def statements(text: str, edition: Edition) -> Statements:
    """What a value says of our artifacts; a feature that was not judged says nothing."""
    named = _LICENSE.search(text)
    body = text[: named.start()] if named else text
    judged = {
        name.strip(): Says(found[1]) for found in _GROUP.finditer(body) for name in found[2].split(",") if name.strip()
    }
    counterparts = edition.base if text.startswith(_BASE) else edition.end
    found: list[Statement] = []
    for artifact in dict.fromkeys(counterparts.values()):
        said = {name: judged[name] for name, other in counterparts.items() if other is artifact and name in judged}
        if said:
            best = max(said.values(), key=_SCORE.__getitem__)
            names = " or ".join(name for name, says in said.items() if says is best)
            found.append(Statement(artifact, names, best, best.value))
    return Statements(tuple(found), named[1] if named else None, edition.license)
