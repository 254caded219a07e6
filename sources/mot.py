"""The Model Openness Tool of LF AI & Data: one YAML file per model with a list of components."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from openness.schemas.record import Artifact
from openness.sources.opinion import (
    NoOpinion,
    Opinion,
    Place,
    Says,
    Statement,
    Statements,
    Subject,
    line,
    mapping,
    places,
)

BY = "Model Openness Tool (LF AI & Data)"
REPOSITORY = "lfai/model_openness_tool"
FOLDER = "models"
WHERE = "release.components"

# The framework's components: (type, the class that they belong to, whether that class requires them).
COMPONENTS: dict[str, tuple[str, int, bool]] = {
    "Model architecture": ("code", 3, True),
    "Model parameters (Final)": ("data", 3, True),
    "Technical report": ("document", 3, True),
    "Evaluation results": ("document", 3, True),
    "Model card": ("document", 3, True),
    "Data card": ("document", 3, True),
    "Sample model outputs": ("document", 3, False),
    "Training code": ("code", 2, True),
    "Inference code": ("code", 2, True),
    "Evaluation code": ("code", 2, True),
    "Evaluation data": ("data", 2, True),
    "Supporting libraries and tools": ("code", 2, False),
    "Datasets": ("data", 1, True),
    "Data preprocessing code": ("code", 1, True),
    "Model parameters (Intermediate)": ("data", 1, True),
    "Research paper": ("document", 1, True),
    "Model metadata": ("data", 1, False),
}
REPORT, PAPER, WEIGHTS = "Technical report", "Research paper", "Model parameters (Final)"
CLASSES = {1: "Class I", 2: "Class II", 3: "Class III"}

COUNTERPARTS: dict[str, Artifact] = {
    WEIGHTS: Artifact.WEIGHTS,
    REPORT: Artifact.REPORT,
    PAPER: Artifact.REPORT,
    "Model card": Artifact.REPORT,
    "Training code": Artifact.TRAINING_CODE,
    "Datasets": Artifact.TRAINING_DATA,
    "Data preprocessing code": Artifact.DATA_PIPELINE,
}
"""Component of theirs -> artifact of ours. Report, paper and card are one artifact here, because a report
of any form counts. Architecture, inference and evaluation code, evaluation data and results, libraries,
metadata, sample outputs, data card and intermediate checkpoints have no counterpart and are left out."""

# What the evaluator counts as open besides the flags of the SPDX list; LicenseHandler.php writes it so
# ("ODC-PDDL-1.0" is no id of SPDX).
OPEN_DATA = frozenset(
    (
        *("CC0-1.0", "CC-BY-1.0", "CC-BY-2.0", "CC-BY-2.5", "CC-BY-2.5-AU", "CC-BY-3.0", "CC-BY-3.0-AT"),
        *("CC-BY-3.0-AU", "CC-BY-3.0-DE", "CC-BY-3.0-IGO", "CC-BY-3.0-NL", "CC-BY-3.0-US", "CC-BY-4.0"),
        *("CC-BY-SA-1.0", "CC-BY-SA-2.0", "CC-BY-SA-2.0-UK", "CC-BY-SA-2.1-JP", "CC-BY-SA-2.5", "CC-BY-SA-3.0"),
        *("CC-BY-SA-3.0-AT", "CC-BY-SA-4.0", "CDLA-Permissive-1.0", "CDLA-Permissive-2.0", "CDLA-Sharing-1.0"),
        *("ODC-PDDL-1.0", "ODC-By-1.0", "ODbL-1.0", "GFDL-1.3", "OGL-Canada-2.0", "OGL-UK-2.0", "OGL-UK-3.0"),
        *("OpenMDW-1.0"),
    )
)
# Entered where a license should stand; none of them says that anybody can have the component.
_NO_LICENSE = {"", "unlicensed", "undisclosed", "proprietary", "unknown", "license", "other license", "none", "n/a"}
_NOT_INCLUDED = re.compile(r"not\s+includ", re.IGNORECASE)
_VERSION = re.compile(r"\d{1,3}(\.\d{1,3}){0,2}")
_ORG_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_LISTED = re.compile(r"(?P<name>[^;\[\]]+) \[(?P<license>[^;\[\]]*)\]")

Components = dict[str, str]


def parse(path: str, document: Any, is_open: Callable[[str], bool]) -> Opinion:
    """Read one file.

    Args:
        path: where it stands in their repository.
        document: its plain values.
        is_open: whether the SPDX list calls an id OSI-approved or free by the FSF.

    Raises:
        NoOpinion: it names no model or lists no component that the framework knows.
    """
    release = mapping(mapping(document).get("release"))
    name = line(release.get("name"))
    if not name:
        raise NoOpinion("it names no model (release.name)")
    components = _components(release)
    if not components:
        raise NoOpinion("it lists no component that the framework knows")
    version = line(release.get("version"), 60)
    framework = line(mapping(mapping(document).get("framework")).get("version"), 20)
    scale = f"Model Openness Framework {framework if _VERSION.fullmatch(framework) else '1.0'}"
    note = class_note(components, is_open)
    subject = Subject("model", _names(name, version), _places(release), value(components), note)
    return Opinion(path, name, BY, f"{scale}: 17 components, Class III to Class I", REPOSITORY, WHERE, (subject,))


def _names(name: str, version: str) -> tuple[str, ...]:
    """The name, and with the version where it has the form of a part of a name ("ChatGLM3", "6B")."""
    return (name, f"{name}-{version}") if version else (name,)


def _places(release: dict[str, Any]) -> tuple[Place, ...]:
    given = release.get("huggingface")
    if isinstance(given, str) and _ORG_NAME.fullmatch(given.strip()):
        return (("huggingface", given.strip()),)
    return places(given, release.get("repository"))


def _components(release: dict[str, Any]) -> Components:
    """The listed components with their licenses, resolved as the evaluator does: its own, else that of
    its type, else that of the distribution. An empty own license is none, whatever the others are.
    """
    listed = release.get("components")
    licenses = mapping(release.get("license"))
    found: Components = {}
    for item in listed[:100] if isinstance(listed, list) else []:
        name = line(mapping(item).get("name"))
        if name not in COMPONENTS:
            continue
        own = mapping(item).get("license")
        if own is None:
            shared = [line(mapping(licenses.get(key)).get("name")) for key in (COMPONENTS[name][0], "distribution")]
            own = shared[0] or shared[1]
        found[name] = _license(own)  # named twice, the last one counts, as it does there
    return {name: found[name] for name in COMPONENTS if name in found}


def _license(text: Any) -> str:
    return re.sub(r"[;\[\]]", " ", line(text, 60)).strip() or "unlicensed"


def value(components: Components) -> str:
    """What the file states: which components are listed, under which license."""
    shown = "; ".join(f"{name} [{license}]" for name, license in components.items())
    return f"{len(components)} of 17 components listed: {shown}"


def statements(text: str) -> Statements:
    """What a value says of our artifacts.

    A component under any license that has a name is taken as released; "not included" as closed. One that
    is listed as unlicensed, undisclosed or proprietary says nothing: whole files of closed models
    read so. One that is left out is merely not listed.
    """
    components = {found["name"].strip(): found["license"] for found in _LISTED.finditer(text.partition(": ")[2])}
    if not components:
        return Statements()
    found = [_statement(artifact, components) for artifact in dict.fromkeys(COUNTERPARTS.values())]
    terms = components.get(WEIGHTS, "")
    silent = terms.casefold() in _NO_LICENSE or _NOT_INCLUDED.search(terms)
    return Statements(tuple(item for item in found if item), None if silent else terms, WEIGHTS)


def _statement(artifact: Artifact, components: Components) -> Statement | None:
    """What the list says of one artifact, by whichever of its components says most."""
    names = [name for name, counterpart in COUNTERPARTS.items() if counterpart is artifact]
    listed = {name: components[name] for name in names if name in components}
    if not listed:
        return Statement(artifact, " or ".join(names), Says.NOT_LISTED, "not listed")
    left_out = {name: license for name, license in listed.items() if _NOT_INCLUDED.search(license)}
    for name, license in listed.items():
        if name not in left_out and license.casefold() not in _NO_LICENSE:
            return Statement(artifact, name, Says.OPEN, f"listed under {license}")
    if len(left_out) < len(listed):
        return None
    name, license = next(iter(left_out.items()))
    return Statement(artifact, name, Says.CLOSED, license)


def framework_class(components: Components, is_open: Callable[[str], bool]) -> int | None:
    """The class that the tool's own rules give (ModelEvaluator.php, getClassification); None is "Unclassified".

    Every component that a class and the classes below it require is listed under an open license. A
    research paper stands in for a missing technical report.
    """
    good = included(components, is_open)
    reached = None
    for level in (3, 2, 1):
        required = {name for name, (_, class_, need) in COMPONENTS.items() if need and class_ >= level}
        if PAPER in good:
            required.discard(REPORT)
        if not required <= good:
            break
        reached = level
    return reached


def included(components: Components, is_open: Callable[[str], bool]) -> set[str]:
    """The components that count: those under a license that their evaluator takes as open."""
    return {name for name, license in components.items() if license in OPEN_DATA or is_open(license)}


def class_note(components: Components, is_open: Callable[[str], bool]) -> str:
    """What their rules make of the list; the files themselves state no class."""
    reached = framework_class(components, is_open)
    if reached:
        return f"the file states no class; the tool's own rules make {CLASSES[reached]} of this list"
    good = included(components, is_open)
    required: Iterable[str] = (name for name, (_, class_, need) in COMPONENTS.items() if need and class_ == 3)
    lacking = [name for name in required if name not in good and not (name == REPORT and PAPER in good)]
    return (
        "the file states no class; the tool's own rules leave this list unclassified: "
        f"no license that they know as open for {', '.join(lacking)}"
    )
