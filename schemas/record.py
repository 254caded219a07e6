"""The record: what one model released, and the evidence for every word of it.

The Hub reader, the folder reader and the YAML registry all end in :class:`Model`, so that one
classifier grades them all.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from openness.schemas.dates import PartialDate, last_day

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=80)]
Url = Annotated[str, StringConstraints(pattern=r"^(https?|file)://[^\s<>\"']+$", max_length=2000)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
Quote = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]


class Strict(BaseModel):
    """Base of everything people write: an unknown key is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Artifact(StrEnum):
    """What a model can release, in the order of the ladder."""

    WEIGHTS = "weights"
    REPORT = "report"
    TRAINING_CODE = "training_code"
    TRAINING_DATA = "training_data"
    DATA_PIPELINE = "data_pipeline"


class Status(StrEnum):
    """How an artifact can be had. ``unknown`` (not established) is never ``closed`` (known)."""

    OPEN = "open"
    GATED = "gated"
    RESTRICTED = "restricted"
    PARTIAL = "partial"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Topic(StrEnum):
    """What a report can disclose."""

    EVALUATION = "evaluation"
    ARCHITECTURE = "architecture"
    TOKENIZER = "tokenizer"
    OPTIMIZATION = "optimization"
    INFRASTRUCTURE = "infrastructure"
    DATA_SOURCES = "data_sources"
    DATA_MIXTURE = "data_mixture"
    DATA_PROCESSING = "data_processing"
    POST_TRAINING = "post_training"


class Disclosed(StrEnum):
    """How far a report discloses a topic. Not applicable counts as satisfied."""

    YES = "yes"
    PARTIAL = "partial"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Form(StrEnum):
    """Form of published weights. Deltas and adapters are of no use without their base."""

    FULL = "full"
    DELTA = "delta"
    ADAPTER = "adapter"


class Relation(StrEnum):
    """How a derived model came from its base (the Hub's words)."""

    FINETUNE = "finetune"
    ADAPTER = "adapter"
    QUANTIZED = "quantized"
    MERGE = "merge"


class Review(Strict):
    """Who read a fact again, and when."""

    by: Text
    date: date


class Source(Strict):
    """A document that several facts of one entry were read in.

    ``stored`` says that a stored copy of the URL was read (a crawl, an archive, a clone), not
    the live page; ``copy_of`` names the original where the URL itself is a mirror.
    """

    url: Url
    read: date
    revision: Text | None = None
    copy_of: Url | None = None
    stored: bool = False


class Evidence(Strict):
    """Where a fact can be checked.

    In the YAML either ``source`` names an entry of the model's ``sources`` or ``url`` and
    ``read`` are given; in a loaded record ``url`` and ``read`` are always filled in. Only an
    assessment by others may give a ``citation`` (author, title, date) where no address is known; it has
    no ``read``, because the document itself was not.
    """

    source: Slug | None = None
    url: Url | None = None
    citation: Text | None = None
    read: date | None = None
    where: Text | None = None
    revision: Text | None = None
    quote: Quote | None = None
    note: Text | None = None
    copy_of: Url | None = None
    stored: bool = False
    by: Text | None = None
    confidence: Literal["high", "medium", "low"] | None = None
    reviewed: Review | None = None

    @model_validator(mode="after")
    def _locatable(self) -> Self:
        if self.source is None and self.citation is None and (self.url is None or self.read is None):
            raise ValueError("evidence needs `source`, or both `url` and `read`")
        return self

    @property
    def automatic(self) -> bool:
        """Whether a program proposed this and nobody reviewed it."""
        return self.by == "automatic" and self.reviewed is None


class _Dated(Strict):
    since: PartialDate | None = None
    evidence: list[Evidence] = Field(default_factory=list)
    note: Text | None = None


class Validated(Strict):
    """That the published weights were checked, by this tool on this day, and found to be what they should be.

    ``stages`` says how far: ``run`` means that they were loaded and made to work on ``device``.
    ``hashes`` are the sha256 of the weight files, by path.
    """

    date: date
    tool: Text
    url: Url
    revision: Text
    stages: Annotated[list[Literal["static", "run"]], Field(min_length=1)]
    device: Text | None = None
    figures: dict[str, int | float] = Field(default_factory=dict)
    hashes: dict[str, Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]] = Field(default_factory=dict)


class ArtifactState(_Dated):
    """The status of an artifact from ``since`` on."""

    status: Status
    license: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None
    form: Form | None = None
    validated: list[Validated] = Field(default_factory=list)

    @model_validator(mode="after")
    def _evident(self) -> Self:
        if self.status is not Status.UNKNOWN and not self.evidence:
            raise ValueError(f"status `{self.status}` needs at least one evidence")
        if self.status is Status.PARTIAL and not self.note:
            raise ValueError("status `partial` needs a `note` that says which part")
        if self.status is Status.NOT_APPLICABLE and not self.note:
            raise ValueError("status `not_applicable` needs a `note` with the reason")
        return self


class DisclosureState(_Dated):
    """How far the report discloses a topic from ``since`` on."""

    value: Disclosed

    @model_validator(mode="after")
    def _evident(self) -> Self:
        if self.value is not Disclosed.UNKNOWN and not self.evidence:
            raise ValueError(f"value `{self.value}` needs at least one evidence")
        if self.value in (Disclosed.PARTIAL, Disclosed.NOT_APPLICABLE) and not self.note:
            raise ValueError(f"value `{self.value}` needs a `note` with the reason")
        return self


def _ordered(states: list[Any]) -> list[Any]:
    dates = [last_day(state.since) for state in states if state.since]
    if dates != sorted(dates):
        raise ValueError("states must be in the order of `since`, newest last")
    return states


class Disclosures(Strict):
    """One list of dated states per topic; a topic left out is unknown."""

    evaluation: list[DisclosureState] = Field(default_factory=list)
    architecture: list[DisclosureState] = Field(default_factory=list)
    tokenizer: list[DisclosureState] = Field(default_factory=list)
    optimization: list[DisclosureState] = Field(default_factory=list)
    infrastructure: list[DisclosureState] = Field(default_factory=list)
    data_sources: list[DisclosureState] = Field(default_factory=list)
    data_mixture: list[DisclosureState] = Field(default_factory=list)
    data_processing: list[DisclosureState] = Field(default_factory=list)
    post_training: list[DisclosureState] = Field(default_factory=list)

    @model_validator(mode="after")
    def _sorted(self) -> Self:
        for topic in Topic:
            _ordered(getattr(self, topic))
        return self


class Repository(Strict):
    """A place that holds the model; each resolves to the record."""

    host: Literal["huggingface", "modelscope", "github", "gitlab", "codeberg", "other"]
    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][\w.~/-]*$", max_length=200)]
    revision: Text | None = None
    note: Text | None = None


class BaseModelLink(Strict):
    """A model that this one was made from: a registry id, or ``org/name`` outside of it."""

    id: Text
    relation: Relation
    evidence: list[Evidence] = Field(min_length=1)


class Parameters(Strict):
    """Parameter counts, in parameters (not billions)."""

    total: Annotated[int, Field(gt=0)]
    active: Annotated[int, Field(gt=0)] | None = None


class Claim(Strict):
    """What the publisher calls the model, in its own words."""

    says: Literal["open source", "open weights", "open"]
    by: Text
    evidence: list[Evidence] = Field(min_length=1)


class Assessment(Strict):
    """What somebody else concluded; shown beside our grade, never mixed with it."""

    by: Text
    scale: Text
    value: Text
    evidence: list[Evidence] = Field(min_length=1)
    level: Annotated[int, Field(ge=0, le=5)] | None = None
    note: Text | None = None


Modality = Literal["text", "image", "audio", "video", "code", "embedding", "biology", "time_series"]


class Shared(Strict):
    """Fields that a family can set for its models."""

    organization: Text | None = None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    modality: list[Modality] | None = None
    released: PartialDate | None = None
    sources: dict[Slug, Source] = Field(default_factory=dict)
    base_models: list[BaseModelLink] = Field(default_factory=list)
    weights: list[ArtifactState] = Field(default_factory=list)
    report: list[ArtifactState] = Field(default_factory=list)
    training_code: list[ArtifactState] = Field(default_factory=list)
    training_data: list[ArtifactState] = Field(default_factory=list)
    data_pipeline: list[ArtifactState] = Field(default_factory=list)
    disclosures: Disclosures = Field(default_factory=Disclosures)
    claims: list[Claim] = Field(default_factory=list)
    assessments: list[Assessment] = Field(default_factory=list)
    note: Text | None = None

    @model_validator(mode="after")
    def _sorted(self) -> Self:
        for artifact in Artifact:
            _ordered(getattr(self, artifact))
        for artifact in Artifact:
            for state in getattr(self, artifact):
                if state.form is not None and artifact is not Artifact.WEIGHTS:
                    raise ValueError(f"`form` belongs to weights, not to {artifact}")
                if state.validated and artifact is not Artifact.WEIGHTS:
                    raise ValueError(f"`validated` belongs to weights, not to {artifact}")
                if state.status is Status.NOT_APPLICABLE and artifact is not Artifact.DATA_PIPELINE:
                    raise ValueError(f"`not_applicable` belongs to data_pipeline, not to {artifact}")
        return self


class Family(Shared):
    """Defaults that the models of a family share; a model overrides them field by field."""

    family: Slug


class Model(Shared):
    """One model. ``id`` is a lower-case slug such as ``llama-2-7b``."""

    id: Slug
    name: Text
    aliases: list[Text] = Field(default_factory=list)
    family: Slug | None = None
    parameters: Parameters | None = None
    repositories: list[Repository] = Field(default_factory=list)
