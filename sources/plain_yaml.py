"""Read a YAML document of others as plain text values: no objects, no aliases, bounded in depth.

Every scalar stays the text that was written (only ``null`` is special), so that the version ``2.10``
and the date ``2024-10`` are what a person sees. Built from the parser's events: PyYAML's own tree
building recurses in C and dies on deep nesting.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

MAX_DEPTH = 20
_LOADER: Any = getattr(yaml, "CLoader", yaml.Loader)  # only its parse step, which builds no objects
_NULLS = {"", "~", "null", "Null", "NULL"}


class PlainError(ValueError):
    """The document cannot be used; the message says why."""


def read_plain(text: str) -> Any:
    """The text's only document: mappings, lists, text and None.

    Raises:
        PlainError: it is no YAML, or uses what is refused here: anchors, aliases, tags, a key twice.
    """
    events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
    try:
        next(events)  # the start of the stream
        if isinstance(next(events), yaml.StreamEndEvent):
            return None
        data = _value(next(events), events, 0)
        next(events)  # the end of the document
        after = next(events)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PlainError(f"not valid YAML at line {line}: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise PlainError(f"not valid YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(after, yaml.StreamEndEvent):
        raise PlainError("it holds more than one YAML document")
    return data


def _value(event: Any, events: Iterator[Any], depth: int) -> Any:
    line = event.start_mark.line + 1
    if event.anchor is not None:  # an alias has the anchor that it names
        raise PlainError(f"anchors and aliases are not read (line {line})")
    if event.tag is not None:
        raise PlainError(f"tags are not read (line {line})")
    if depth > MAX_DEPTH:
        raise PlainError(f"it is nested more than {MAX_DEPTH} deep (line {line})")
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(events, depth)
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(_value(event, events, depth + 1))
        return items
    return None if not event.style and event.value in _NULLS else event.value


def _mapping(events: Iterator[Any], depth: int) -> dict[str, Any]:
    data: dict[str, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        line = event.start_mark.line + 1
        if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
            raise PlainError(f"a key must be plain text (line {line})")
        if event.value in data:
            raise PlainError(f"the key `{event.value[:80]}` stands twice (line {line})")
        data[event.value] = _value(next(events), events, depth + 1)
    return data
