"""Read the registry's YAML block by block, with the line of every field.

One block is one list entry. A block that cannot be parsed is reported and skipped, so that one
contributor's typo does not hide the next one's. Scalars stay text (only ``null`` is special):
``no``, ``2.10`` and ``2023-07-18`` mean in YAML what a person sees, and pydantic gives them
their types. Anchors, aliases and tags are refused, which also disarms alias bombs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_BLOCK_CHARS = 400_000
MAX_DEPTH = 20  # a record needs nine

_LOADER: Any = getattr(yaml, "CLoader", yaml.Loader)  # only its parse step, which builds no objects
_MODELS_OWN = {"name", "aliases", "parameters", "repositories"}
_NULLS = {"", "~", "null", "Null", "NULL"}
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
# What may stand before the first entry: comments, the start of a document, an empty list.
_PREAMBLE = re.compile(r"\s*(#.*)?|---\s*(#.*)?|%YAML.*|\[\]\s*(#.*)?")
# The name of an entry that cannot be parsed, as far as it can be seen.
_NAMED = re.compile(r"""-[ \t]+(?:id|family):[ \t]*["']?([\w.-]+)""")
# Refused by YAML itself, invisible, or a line break to YAML and to no editor (U+0085, U+2028, U+2029).
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


@dataclass(frozen=True, order=True)
class Problem:
    """Something wrong in the registry: where, what, and what was expected instead."""

    line: int
    field: str
    message: str
    block: str = ""

    def __str__(self) -> str:
        place = f"{self.field}: " if self.field else ""
        return f"{place}{self.message}"


TOO_LARGE = Problem(1, "", f"the file is larger than {MAX_FILE_BYTES >> 20} MiB")


@dataclass(frozen=True)
class Block:
    """One list entry: its data, its first line and the line of every field below it."""

    line: int
    data: dict[str, Any]
    lines: dict[Path, int] = field(repr=False)

    @property
    def name(self) -> str:
        """The id or family that the block defines; empty when it has neither."""
        return str(self.data.get("family" if self.is_family else "id") or "")

    @property
    def is_family(self) -> bool:
        """A block without ``id`` sets defaults for the models that name its family. One with a name
        or repositories is a model whose id was forgotten.
        """
        return "id" not in self.data and _MODELS_OWN.isdisjoint(self.data)

    def origin(self, path: Path) -> str:
        """The name of the block that set a field: this one."""
        return self.name

    def line_of(self, path: Path) -> int:
        """The line of the deepest part of ``path`` that stands in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, self.line)


class _Refused(Exception):
    def __init__(self, event: Any, message: str) -> None:
        super().__init__(message)
        self.line: int = event.start_mark.line


class _Reader:
    """Turns the parser's events into plain data and a map from path to line.

    Events, because PyYAML's own tree building recurses in C and dies on deep nesting, and because a
    tree no longer shows which anchors and tags were written.
    """

    def __init__(self, first_line: int, chunk: str) -> None:
        self.first_line = first_line
        self.lines: dict[Path, int] = {}
        self.events: Iterator[Any] = yaml.parse(chunk, Loader=_LOADER)

    def document(self) -> Any:
        """The chunk's only document; None when it is empty."""
        next(self.events)  # the start of the stream
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return None
        data = self._value(next(self.events), ())
        next(self.events)  # the end of the document
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _Refused(after, "a second YAML document starts here: the registry is one list")
        return data

    def _value(self, event: Any, path: Path) -> Any:
        if event.anchor is not None:  # an alias has the anchor that it names
            raise _Refused(event, "anchors and aliases are not allowed: write the value out")
        if event.tag is not None:
            raise _Refused(event, f"the tag `{event.tag.replace('tag:yaml.org,2002:', '!!')}` is not allowed")
        if len(path) > MAX_DEPTH:
            raise _Refused(event, "the entry is nested too deeply")
        self.lines.setdefault(path, self.first_line + event.start_mark.line)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return None if not event.style and event.value in _NULLS else event.value

    def _sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            at = self.first_line + event.start_mark.line
            if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
                raise _Refused(event, "a key must be plain text")
            key = event.value
            if key in data:
                raise _Refused(event, f"the key `{key}` stands twice")
            self.lines[(*path, key)] = at
            data[key] = self._value(next(self.events), (*path, key))
        return data


def split(text: str) -> Iterator[tuple[int, str]]:
    """Cut the text at its top-level ``- `` entries: (number of the first line, text).

    What stands before the first entry, comments apart, comes as a piece of its own.
    """
    start, chunk = 0, list[str]()
    for number, match in enumerate(LINE.finditer(text), start=1):
        line = match[0]
        if re.match(r"-(\s|$)", line):
            if chunk:
                yield start, "".join(chunk)
            start, chunk = number, [line]
        elif chunk:
            chunk.append(line)
        elif not _PREAMBLE.fullmatch(line.rstrip("\r\n")):
            start, chunk = number, [line]
    if chunk:
        yield start, "".join(chunk)


def read_blocks(text: str) -> tuple[list[Block], list[Problem]]:
    """Parse a registry file.

    Returns:
        The blocks that could be parsed, in file order, and a problem for each that could not.
    """
    blocks: list[Block] = []
    problems: list[Problem] = []
    if len(text) > MAX_FILE_BYTES:
        return [], [TOO_LARGE]
    for line, chunk in split(text.removeprefix("\ufeff")):
        block = read_block(line, chunk)
        if isinstance(block, Block):
            blocks.append(block)
        else:
            problems.append(block)
    return blocks, problems


def read_block(line: int, chunk: str) -> Block | Problem:
    """Parse one entry, whose first line has this number."""
    named = _NAMED.match(chunk)
    name = named[1] if named else ""
    if len(chunk) > MAX_BLOCK_CHARS:
        return Problem(line, "", f"the entry is longer than {MAX_BLOCK_CHARS} characters", name)
    if refused := _REFUSED.search(chunk):
        above = len(re.findall(r"\r\n|\r|\n", chunk[: refused.start()]))
        return Problem(line + above, "", f"the character U+{ord(refused[0]):04X} is not allowed", name)
    reader = _Reader(line, chunk)
    try:
        data = reader.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        last = len(LINE.findall(chunk)) - 1  # what is missing at the end is missing on the last line
        above = min(mark.line, last) if mark else 0
        return Problem(line + above, "", f"not valid YAML: {error.problem or error.context}", name)
    except yaml.YAMLError as error:
        return Problem(line, "", f"not valid YAML: {str(error).splitlines()[0]}", name)
    except _Refused as error:
        return Problem(line + error.line, "", str(error), name)
    if not (isinstance(data, list) and len(data) == 1 and isinstance(data[0], dict)):
        return Problem(line, "", "expected a list entry that starts with `- id:` or `- family:`", name)
    lines = {path[1:]: number for path, number in reader.lines.items() if path}
    return Block(line, data[0], lines)
