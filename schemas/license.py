"""Licenses as data: what a text demands, clause by clause, and what the OSD says to it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from openness.schemas.dates import PartialDate
from openness.schemas.record import Quote, Strict, Text, Url


class Verdict(StrEnum):
    """The license axis. It never changes the level, and the level never changes it."""

    OPEN_SOURCE = "open_source"
    OPEN_NOT_OSI = "open_not_osi"
    RESTRICTED = "restricted"
    NEEDS_HUMAN = "needs_human"


class ClauseKind(StrEnum):
    """Closed vocabulary of clauses: restrictions first, then duties and other terms."""

    USER_THRESHOLD = "user_threshold"
    COMMERCIAL_LICENSE_REQUIRED_SEPARATELY = "commercial_license_required_separately"
    NO_TRAIN_OTHER_MODELS = "no_train_other_models"
    NO_IMPROVE_COMPETING_MODELS = "no_improve_competing_models"
    NON_COMMERCIAL = "non_commercial"
    RESEARCH_ONLY = "research_only"
    FIELD_OF_USE_RESTRICTIONS = "field_of_use_restrictions"
    GEOGRAPHIC_EXCLUSION = "geographic_exclusion"
    GOVERNMENT_OR_MILITARY_BAN = "government_or_military_ban"
    OUTPUT_RESTRICTIONS = "output_restrictions"
    REGISTRATION_OR_APPROVAL_REQUIRED = "registration_or_approval_required"
    NO_REDISTRIBUTION = "no_redistribution"
    NO_DERIVATIVES = "no_derivatives"
    NO_SELL = "no_sell"
    ROYALTY = "royalty"
    PRODUCT_SPECIFIC = "product_specific"
    TECHNOLOGY_SPECIFIC = "technology_specific"
    NAMED_PARTY_EXCLUSION = "named_party_exclusion"
    RESTRICTS_OTHER_SOFTWARE = "restricts_other_software"
    COPYLEFT_REMOVED = "copyleft_removed"
    GRANT_NEGATED = "grant_negated"
    ATTRIBUTION_NOTICE = "attribution_notice"
    DISPLAY_REQUIREMENT = "display_requirement"
    NAMING_REQUIREMENT = "naming_requirement"
    SHARE_ALIKE = "share_alike"
    FLOW_DOWN = "flow_down"
    REMOTE_RESTRICTION = "remote_restriction"
    MUST_UPDATE_TO_LATEST = "must_update_to_latest"
    REVOCABLE_OR_TERMINATION_ON_BREACH = "revocable_or_termination_on_breach"
    PATENT_LITIGATION_TERMINATION = "patent_litigation_termination"
    OUTPUT_OWNERSHIP_DISCLAIMED = "output_ownership_disclaimed"
    INDEMNITY = "indemnity"
    JURISDICTION = "jurisdiction"


RESTRICTIONS = tuple(ClauseKind)[: tuple(ClauseKind).index(ClauseKind.ATTRIBUTION_NOTICE)]
"""The kinds that limit who may do what; the others are duties and other terms."""


class Clause(Strict):
    """One clause of a license.

    ``osd`` lists the criteria of the Open Source Definition (1-10) that the clause offends,
    empty for a mere duty such as attribution. ``params`` holds what the kind needs:
    ``number`` and ``unit`` of a threshold, ``regions``, ``scope``, ``by_reference`` …
    """

    kind: ClauseKind
    section: Text
    quote: Quote
    osd: list[Annotated[int, Field(ge=1, le=10)]] = Field(default_factory=list)
    params: dict[str, Any] = Field(default_factory=dict)
    summary: Text


class LicenseText(Strict):
    """Where the text that was read stands."""

    url: Url
    read: date
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    revision: Text | None = None
    stored: bool = False


class License(Strict):
    """One entry of the license knowledge base.

    ``verdict`` is set by hand only where the clauses cannot decide it (``open_not_osi`` and
    ``needs_human``, always with a ``reason``); otherwise it follows from the clauses. ``unclear`` says whether
    what no clause forbids may still not be granted: the text is silent on a right, or only a paraphrase was read.
    Unset, that is so where the verdict needs a human.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.+-]+$")]
    name: Text
    aliases: list[Text] = Field(default_factory=list)
    hub_tags: list[Text] = Field(default_factory=list)
    version: Text | None = None
    published: PartialDate | None = None
    text: LicenseText
    also_read: list[LicenseText] = Field(default_factory=list)
    clauses: list[Clause] = Field(default_factory=list)
    verdict: Verdict | None = None
    reason: Text | None = None
    unclear: bool | None = None
    note: Text | None = None


class SpdxLicense(Strict):
    """Flags of the SPDX license list."""

    name: str
    osi: bool = False
    fsf: bool = False
    deprecated: bool = False


class LicenseKnowledge(Strict):
    """The loaded knowledge base: what is known about every license that can be named."""

    spdx_version: str
    spdx: dict[str, SpdxLicense]
    exceptions: dict[str, str]
    licenses: dict[str, License]
    open_not_osi: dict[str, str]

    def known_ids(self) -> set[str]:
        """Every id that a license expression may use."""
        return {*self.spdx, *self.exceptions, *self.licenses}
