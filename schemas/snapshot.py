"""A repository as it was read: names, sizes and small texts, within fixed bounds."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from openness.schemas.record import Strict


class SnapshotFile(Strict):
    """One file of the repository; ``size`` in bytes, ``sha256`` from the Hub's LFS record."""

    path: str
    size: int | None = None
    sha256: str | None = None


class CardLink(Strict):
    """A link of the model card: where it leads, what it says, and what stands around it.

    ``section`` is the heading above it, ``label`` the words before it on its line.
    """

    url: str
    text: str = ""
    section: str = ""
    label: str = ""


class Card(Strict):
    """The model card: its metadata block and its links."""

    metadata: dict[str, Any] = Field(default_factory=dict)
    links: list[CardLink] = Field(default_factory=list)
    words: int = 0


class TensorHeader(Strict):
    """What the header of one safetensors file says: tensor count and elements per dtype."""

    path: str
    tensors: int
    parameters: int
    dtypes: dict[str, int]


class TextFile(Strict):
    """A small text of the repository, such as LICENSE."""

    path: str
    text: str


class Note(Strict):
    """Something that could not be read, in a sentence. ``subject`` names what stays unknown."""

    subject: Literal["repository", "card", "license", "config", "weights", "code"]
    message: str


class CodeLicense(Strict):
    """The license file of the code repository that the makers link to; ``url`` is where it was read."""

    repository: str
    url: str
    file: TextFile | None = None


class Snapshot(Strict):
    """Everything that the detectors may look at."""

    origin: Literal["hub", "folder"]
    repo: str
    url: str
    revision: str | None = None
    read: date
    gated: bool | None = None
    private: bool = False
    created: str | None = None
    tags: list[str] = Field(default_factory=list)
    parameters: int | None = None
    files: list[SnapshotFile] = Field(default_factory=list)
    card: Card | None = None
    texts: list[TextFile] = Field(default_factory=list)
    code: CodeLicense | None = None
    config: dict[str, Any] | None = None
    tokenizer_config: dict[str, Any] | None = None
    header: TensorHeader | None = None
    notes: list[Note] = Field(default_factory=list)
    requests: int = 0
    bytes_read: int = 0
