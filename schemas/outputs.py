"""The shapes of what the other commands print with ``--json``; ``grade`` has its own module."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from openness.schemas.changes import Diffed
from openness.schemas.grade import Envelope, Grade, Output
from openness.schemas.license import License, Verdict
from openness.schemas.reading import LicenseRead
from openness.schemas.uses import Checked
from openness.schemas.validation import Validation


class Error(Output):
    """Why a target failed: ``code`` is stable, the sentences are for people."""

    code: str
    message: str
    hint: str


class Failed(Output):
    """What ``grade --json`` prints for a target that could not be graded."""

    target: str
    error: Error


class ExplainedRule(Output):
    """One rule's documentation, section by section."""

    id: str
    level: int
    title: str
    asks: str = Field(alias="Asks")
    why: str = Field(alias="Why")
    decided_by: str = Field(alias="Decided by")
    source: str = Field(alias="Source")
    remedy: str = Field(alias="Remedy")


class Explained(Envelope):
    """``explain --json``."""

    rules: list[ExplainedRule]


class ListedModel(Output):
    """One row of ``list`` and ``search``."""

    id: str
    name: str
    organization: str | None
    country: str | None
    family: str | None
    modality: list[str]
    parameters: int | None
    released: str | None
    level: int | None
    at_most: int
    verdict: Verdict | None
    license: str | None
    weights: str
    report: str
    training_code: str
    training_data: str
    data_pipeline: str


class Listed(Envelope):
    """``list --json`` and ``search --json``."""

    models: list[ListedModel]


class Shown(Envelope):
    """``show --json``: the merged record, defaults left out."""

    record: dict[str, Any]


class Compared(Envelope):
    """``compare --json``: the grades, in the order asked for."""

    grades: list[Grade]


class LintProblem(Output):
    """One problem of a registry file."""

    line: int
    field: str
    model: str
    message: str


class Linted(Envelope):
    """``lint --json``."""

    file: str
    models: int
    problems: list[LintProblem]


class Contributed(Envelope):
    """``contribute --json``: ``added`` and ``kept`` name fields, ``diff`` is the change of the file."""

    file: str
    id: str
    new: bool
    added: list[str]
    kept: list[str]
    written: bool
    diff: str


class ImportedAssessment(Output):
    """What became of one file about a model of ours; ``kept`` is an assessment that a person wrote from it."""

    id: str
    path: str
    action: Literal["added", "updated", "unchanged", "kept"]


class UnmatchedFile(Output):
    """A file about a model that has no entry."""

    path: str
    name: str
    reason: str


class UnreadableFile(Output):
    """A file that says nothing that can be used."""

    path: str
    reason: str


class AssessmentsImported(Envelope):
    """``import mot --json`` and ``import osai --json``; ``revision`` is the commit of the clone."""

    file: str
    source: Literal["mot", "osai"]
    revision: str | None
    files: int
    assessments: list[ImportedAssessment]
    unmatched: list[UnmatchedFile]
    unreadable: list[UnreadableFile]
    written: bool
    diff: str


class OurSide(Output):
    """A status or license of ours, with its first evidence; ``url`` may be a citation."""

    value: str
    url: str | None
    read: str | None


class TheirSide(OurSide):
    """What others say: who, under which name in their data."""

    by: str
    feature: str


class AssessmentDifference(Output):
    """One artifact, or the license of the weights, on which the two sides differ."""

    model: str
    artifact: Literal["weights", "report", "training_code", "training_data", "data_pipeline", "license"]
    degree: Literal["contradiction", "lesser"]
    ours: OurSide
    theirs: TheirSide


class AssessmentsCompared(Envelope):
    """``compare-assessments --json``: how many statements on how many models were held against our evidence."""

    models: int
    statements: int
    differences: list[AssessmentDifference]


LinkOutcome = Literal["ok", "moved", "dead", "unreachable", "refused"]


class CheckedLink(Output):
    """An address of the evidence: its first place in the file, how many facts cite it, and what came of visiting it.

    ``moved_to`` is where permanent redirects lead.
    """

    url: str
    line: int
    field: str
    model: str
    facts: int
    outcome: LinkOutcome
    reason: str
    status: int | None
    moved_to: str | None
    checked: str


class LinkCounts(Output):
    """How many addresses came out how."""

    ok: int
    moved: int
    dead: int
    unreachable: int
    refused: int


class LinksChecked(Envelope):
    """``linkcheck --json``: ``visited`` now, ``left`` for another run."""

    file: str
    counts: LinkCounts
    visited: int
    left: int
    links: list[CheckedLink]


class StaleFact(Output):
    """A fact and the last reading of it; ``model`` is the model or family whose entry says it."""

    model: str
    field: str
    url: str
    read: str
    days: int
    line: int


class StaleModel(Output):
    """How many of an entry's facts were not read again for long."""

    model: str
    facts: int
    stale: int
    oldest: str
    days: int


class HubChange(Output):
    """One thing that is not as it was."""

    part: Literal["license", "card", "access", "files"]
    message: str


class HubState(Output):
    """A model's repository on the Hub against what was read of it: by the record or by the last kept reading."""

    model: str
    repository: str
    state: Literal["unchanged", "changed", "first_reading", "not_read"]
    was: str | None
    now: str | None
    against: Literal["record", "kept reading"] | None
    changes: list[HubChange]
    message: str


class StaleListed(Envelope):
    """``stale --json``; ``hub`` is null without ``--hub``."""

    as_of: str
    older_than_days: int
    facts: list[StaleFact]
    models: list[StaleModel]
    hub: list[HubState] | None


class Updated(Envelope):
    """``update --json``: either a reset or a new copy."""

    reset: bool | None = None
    path: str | None = None
    models: int | None = None
    changed: bool | None = None


class Kept(Output):
    """How much of one kind is kept."""

    files: int
    bytes: int


class Cached(Envelope):
    """``cache --json``."""

    folder: str
    cleared: bool
    index: Kept
    knowledge: Kept
    snapshots: Kept
    links: Kept
    weights: Kept


class Diagnosed(Envelope):
    """``doctor --json``. ``token`` says whether one is set, never which."""

    ok: bool
    problems: list[str]
    python: str
    system: str
    libraries: dict[str, str | None]
    endpoint: str
    token: Literal["none", "set", "set, but not sent over plain http"]
    cache: str
    database: str
    device: str
    models: int | None = None


class ListedLicense(Output):
    """One row of ``license list``."""

    id: str
    name: str
    verdict: Verdict
    osd: list[int]
    clauses: list[str]


class LicensesListed(Envelope):
    """``license list --json``."""

    licenses: list[ListedLicense]


class LicenseShown(Envelope):
    """``license show --json``: the entry of the knowledge base."""

    license: License


class ClauseDifference(Output):
    """One kind of clause in two licenses, by their summaries."""

    kind: str
    first: list[str]
    second: list[str]
    same: bool


class LicensesCompared(Envelope):
    """``license diff --json``."""

    first: str
    second: str
    clauses: list[ClauseDifference]


OUTPUTS: dict[str, type[Output]] = {
    "failed": Failed,
    "explain": Explained,
    "list": Listed,
    "show": Shown,
    "compare": Compared,
    "lint": Linted,
    "diff": Diffed,
    "contribute": Contributed,
    "import": AssessmentsImported,
    "compare-assessments": AssessmentsCompared,
    "linkcheck": LinksChecked,
    "stale": StaleListed,
    "validate": Validation,
    "update": Updated,
    "cache": Cached,
    "doctor": Diagnosed,
    "check": Checked,
    "license-read": LicenseRead,
    "license-list": LicensesListed,
    "license-show": LicenseShown,
    "license-diff": LicensesCompared,
}
"""Command -> shape of its JSON object."""
