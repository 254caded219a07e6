"""Change one entry of the registry's YAML as text, so that everything else stays as people wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from openness.registry.blocks import LINE, Block, read_block, read_blocks, split

# The order in which an entry's fields are written.
FIELDS = (
    *("id", "family", "name", "aliases", "organization", "country", "modality", "parameters", "released"),
    *("repositories", "base_models", "sources", "weights", "report", "disclosures", "training_code", "training_data"),
    *("data_pipeline", "claims", "assessments", "note"),
)
_NUMBERS = ("total", "active", "level")
_PLAIN = re.compile(r"[A-Za-z][\w.+/()-]*(?: [\w.+/()-]+)*")


class _Dumper(yaml.SafeDumper):
    """As the registry is written: what holds only scalars stands on one line, lists are indented below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        node = super().represent_mapping(tag, {key: _typed(key, value) for key, value in mapping.items()}, flow_style)
        node.flow_style = all(isinstance(value, yaml.ScalarNode) for _, value in node.value)
        return node

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        node = super().represent_sequence(tag, sequence, flow_style)
        node.flow_style = all(isinstance(value, yaml.ScalarNode) for value in node.value)
        return node


def _typed(key: str, value: Any) -> Any:
    """A value as it is written: what was read from the file is text throughout, also numbers and yes-or-no fields."""
    if key in _NUMBERS and isinstance(value, str) and value.isdigit():
        return int(value)
    return value == "true" if key == "stored" and value in ("true", "false") else value


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    # Dates, numbers and "yes" are text in the registry; quotes say so to other readers of YAML, too.
    plain = _PLAIN.fullmatch(value) and value.lower() not in ("yes", "no", "true", "false", "on", "off", "null")
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


_Dumper.add_representer(str, _text)


def _dump(value: Any) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100_000)
    return text.removesuffix("...\n")


def render(field: str, value: Any) -> str:
    """One field of an entry as the lines below ``- id:``, indented by two."""
    text = _dump(value)
    lines = text.splitlines()
    if isinstance(value, list | dict) and not text.startswith(("[", "{")):
        return f"  {field}:\n" + "".join(f"    {line}\n" for line in lines)
    return f"  {field}: {text.strip()}\n"


def render_entry(data: dict[str, Any]) -> str:
    """A whole entry as its block of the file.

    Args:
        data: the fields of a record, plain values only.
    """
    order = {name: place for place, name in enumerate(FIELDS)}
    lines = "".join(render(name, data[name]) for name in sorted(data, key=lambda name: order[name]))
    return f"- {lines[2:]}"


def insert_entry(text: str, name: str, block: str) -> str:
    """The file with a new entry in its sorted place. Comments right above the next entry stay with it.

    Raises:
        ValueError: the file has an entry of that name.
    """
    lines = LINE.findall(text)
    before: int | None = None  # the line, from 0, that the new entry comes before
    for block_ in _blocks(text):
        if (block_.name, not block_.is_family) == (name, True):
            raise ValueError(f"`{name}` stands already at line {block_.line}")
        if before is None and (block_.name, not block_.is_family) > (name, True):
            before = block_.line - 1
    at = len(lines) if before is None else before
    while before is not None and at > 0 and lines[at - 1].startswith("#"):
        at -= 1
    _end_line(lines, at)
    if at > 0 and lines[at - 1].strip() in ("[]", "--- []"):  # what stands for a list without entries
        lines[at - 1] = ""
    gap_above = "" if at == 0 or not lines[at - 1].strip() else "\n"
    gap_below = "\n" if at < len(lines) else ""
    return "".join([*lines[:at], _as_in(text, gap_above + block + gap_below), *lines[at:]])


def set_field(text: str, name: str, field: str, value: Any) -> str:
    """The file with one field of one entry written anew, in its usual place among the others.

    Raises:
        KeyError: the file has no entry of that name.
    """
    block = _find(text, name)
    if block is None:
        raise KeyError(name)
    lines = LINE.findall(text)
    end = _end(text, block)
    starts = {path[0]: line - 1 for path, line in block.lines.items() if len(path) == 1 and isinstance(path[0], str)}
    order = sorted(starts.values())
    new = _as_in(text, render(field, value))
    if field in starts:
        first = starts[field]
        last = next((line for line in order if line > first), end)
        last = _without_comments(lines, first, last)
        new = f"- {new[2:]}" if lines[first].startswith("- ") else new
        return "".join([*lines[:first], new, *lines[last:]])
    rank = {key: place for place, key in enumerate(FIELDS)}
    later = [line for key, line in starts.items() if rank.get(key, len(rank)) > rank[field] and line != order[0]]
    at = min(later, default=end)
    while at > 0 and lines[at - 1].lstrip().startswith("#"):
        at -= 1
    _end_line(lines, at)
    return "".join([*lines[:at], new, *lines[at:]])


def set_item(text: str, name: str, field: str, index: int | None, value: Any) -> str:
    """The file with one item of a list written anew, or with one more at its end when ``index`` is None.

    The other items and their comments stay as people wrote them, unless the list stands on one line.

    Raises:
        KeyError: the file has no entry of that name.
    """
    block = _find(text, name)
    if block is None:
        raise KeyError(name)
    lines = text.splitlines(keepends=True)
    items = block.data.get(field)
    items = items if isinstance(items, list) else []
    starts = [block.lines[field, i] - 1 for i in range(len(items))]
    if not all(lines[start].lstrip().startswith("-") for start in starts) or len({*starts}) < max(len(starts), 1):
        changed = [*items, value] if index is None else [*items[:index], value, *items[index + 1 :]]
        return set_field(text, name, field, changed)
    begin = [line - 1 for path, line in block.lines.items() if len(path) == 1]
    end = min((line for line in begin if line > starts[-1]), default=_end(text, block))
    indent = lines[starts[0]][: len(lines[starts[0]]) - len(lines[starts[0]].lstrip())]
    new = [f"{indent}{line}\n" for line in _dump([value]).splitlines()]
    stops = [_without_comments(lines, start, stop) for start, stop in zip(starts, [*starts[1:], end], strict=True)]
    first, last = (stops[-1], stops[-1]) if index is None else (starts[index], stops[index])
    if first > 0 and not lines[first - 1].endswith("\n"):
        lines[first - 1] += "\n"
    return "".join([*lines[:first], *new, *lines[last:]])


def set_in_item(text: str, name: str, field: str, index: int, key: str, value: Any) -> str:
    """The file with one key of one item of a list written anew, or added at the end of the item.

    Raises:
        KeyError: the file has no entry of that name.
    """
    block = _find(text, name)
    if block is None:
        raise KeyError(name)
    lines = text.splitlines(keepends=True)
    items = block.data[field]
    start = block.lines[field, index] - 1
    dash = re.match(r"\s*- +(?=[\w\"'])", lines[start])
    if dash is None or any(block.lines[field, at] - 1 == start for at in range(len(items)) if at != index):
        return set_item(text, name, field, index, {**items[index], key: value})
    begins = [line - 1 for path, line in block.lines.items() if len(path) == 1 or (len(path) == 2 and path[0] == field)]
    stop = min((line for line in begins if line > start), default=_end(text, block))
    last = _without_comments(lines, start, stop)
    first = last
    if key in items[index]:
        keys = sorted(line - 1 for path, line in block.lines.items() if len(path) == 3 and path[:2] == (field, index))
        first = block.lines[field, index, key] - 1
        last = _without_comments(lines, first, min((line for line in keys if line > first), default=last))
        if first == start:  # the first key shares its line with the dash
            return set_item(text, name, field, index, {**items[index], key: value})
    indent = " " * dash.end()
    new = [indent + line[2:] for line in render(key, value).splitlines(keepends=True)]
    _end_line(lines, first)
    return "".join([*lines[:first], _as_in(text, "".join(new)), *lines[last:]])


def edit_entries(text: str, edits: Mapping[str, Callable[[str], str]]) -> str:
    """The file with some entries changed. Each function gets the lines of its entry as a file of their own,
    so that many edits need not read the whole file again each time.
    """
    body = text.removeprefix("\ufeff")
    starts = {block.line: block.name for block in _blocks(body) if not block.is_family and block.name in edits}
    lines = body.splitlines(keepends=True)
    for line, chunk in reversed(list(split(body))):
        if name := starts.get(line):
            lines[line - 1 : line - 1 + len(chunk.splitlines())] = [edits[name](chunk)]
    return text[: len(text) - len(body)] + "".join(lines)


def entry_text(text: str, name: str) -> str:
    """The lines of one entry; empty when there is none."""
    block = _find(text, name)
    return "".join(LINE.findall(text)[block.line - 1 : _end(text, block)]) if block else ""


def _as_in(text: str, lines: str) -> str:
    """Lines that end as those of the file do."""
    return lines.replace("\n", "\r\n") if "\r\n" in text else lines


def _end_line(lines: list[str], at: int) -> None:
    """End the line above a place, which may be the last of a file without an end."""
    if at > 0 and not lines[at - 1].endswith(("\n", "\r")):
        lines[at - 1] += "\n"


def _blocks(text: str) -> list[Block]:
    return read_blocks(text)[0]


def _find(text: str, name: str) -> Block | None:
    """The block of one entry, for which the others need not be parsed."""
    for line, chunk in split(text.removeprefix("\ufeff")):
        if name in chunk or "\\" in chunk:  # an escape can hide a name
            block = read_block(line, chunk)
            if isinstance(block, Block) and block.name == name and not block.is_family:
                return block
    return None


def _end(text: str, block: Block) -> int:
    """The line, from 0, after the last one that belongs to a block."""
    chunk = next(chunk for line, chunk in split(text.removeprefix("\ufeff")) if line == block.line)
    lines = LINE.findall(chunk)
    return block.line - 1 + _without_comments(lines, 0, len(lines))


def _without_comments(lines: list[str], first: int, last: int) -> int:
    """The end of a piece without the blank lines and comments that belong to what follows."""
    while last > first + 1 and (not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#")):
        last -= 1
    return last
