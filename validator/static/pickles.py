"""Scan pickle files; never unpickle them.

The judge of names is picklescan. Of the three maintained scanners it alone depends on nothing, has no upper
bound on Python and is the one that the Hub runs; modelscan stops below Python 3.13 and pins what the command line
and the terminal are made of, fickling is LGPL and made for people who take pickles apart. All three judge by lists of
bad names, and all three can be misled about *which* names a pickle calls: picklescan 1.0.5 and modelscan 0.8.8 take
what was written last for what lies on the stack (a test shows it). So the names are worked out here, by an exact
account of the pickle machine's stack; what cannot be worked out is bad. And weights get the stricter rule of
torch's ``weights_only``: names from a short list of good ones, or not at all.
"""

from __future__ import annotations

import io
import pickletools
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from openness.schemas.validation import Check
from openness.sources.layout import is_weights
from openness.sources.published import Gone, Published
from openness.validator.checks import counted, failed, few, passed, skipped, warned
from openness.validator.static.files import INSTALL
from openness.validator.static.ranges import RangeFile, TooMuch

ENDINGS = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")
NAMES_IN_ARCHIVES = (".pkl", ".pickle", ".joblib")
# An operation is a hundred bytes of memory in the account: bound what is looked at, not only what is read.
MAX_PICKLE = 8 * 1024**2
MAX_MEMBERS = 100_000

_TORCH_MAGIC = 0x1950A86A20F9469CFC6C
_TORCH_PICKLES = 5  # magic, protocol, system, the object, the keys of its storages
_UNKNOWN = ("?", "?")
# What torch.load(weights_only=True) lets through without being told, and a state dict consists of.
_WEIGHTS_ONLY = re.compile(
    r"collections (?:OrderedDict|Counter)|_codecs encode|builtins bytearray|(?:builtins|__builtin__) set"
    r"|torch\._utils _rebuild_(?:tensor(?:_v2|_v3)?|parameter(?:_with_state)?|qtensor|sparse_tensor|nested_tensor"
    r"|meta_tensor_no_storage|device_tensor_from_(?:cpu_tensor|numpy)|wrapper_subclass)"
    r"|torch\._tensor _rebuild_from_type_v2|torch\.nn\.parameter Parameter|torch(?:\._tensor)? Tensor"
    r"|torch\.serialization _get_layout|torch (?:Size|device)"
    r"|torch(?:\.cuda)? \w+Storage|torch\.storage \w+Storage"
    r"|torch (?:bool|u?int\d+|float\d+\w*|bfloat16|complex\d+|half|double|float|long|short|int|qint8|quint8|qint32)"
)


class Broken(ValueError):
    """The stream breaks off or is no pickle; ``names`` are those that it calls before that, after ``steps``."""

    def __init__(self, message: str, names: set[tuple[str, str]], steps: int) -> None:
        super().__init__(message)
        self.names, self.steps = names, steps


@dataclass
class Scanned:
    """What the pickles of one file call. ``problem`` says why the rest was not read, ``broken`` that nobody could."""

    names: set[tuple[str, str]] = field(default_factory=set)
    problem: str | None = None
    broken: bool = False
    is_pickle: bool = True
    pickles: int = 0


def called(stream: Any) -> tuple[set[tuple[str, str]], Any]:
    """The names that one pickle looks up, and the number or text that it leaves, if it is one.

    Raises:
        Broken: it breaks off, or uses what is not there.
        TooMuch: it has more operations than are looked at.
    """
    names: set[tuple[str, str]] = set()
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    mark, opaque = object(), object()
    steps = 0
    try:
        for op, arg, place in pickletools.genops(stream):
            steps += 1
            if steps > MAX_PICKLE or (place or 0) > MAX_PICKLE:
                raise TooMuch(f"more than {MAX_PICKLE:,} bytes of one pickle")
            kind = op.name
            if kind in ("GLOBAL", "INST"):
                module, _, name = str(arg).partition(" ")
                names.add((module, name))
            elif kind.startswith("EXT"):
                names.add(_UNKNOWN)  # a number that some other code gave a meaning
            elif kind == "STACK_GLOBAL":
                pair = stack[-2:]
                known = len(pair) == 2 and all(isinstance(part, str) for part in pair)
                names.add((pair[0], pair[1]) if known else _UNKNOWN)
            if kind == "STOP":
                return names, stack[-1] if stack else None
            if kind in ("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"):
                memo[len(memo) if kind == "MEMOIZE" else int(arg or 0)] = stack[-1]
                continue
            if kind in ("GET", "BINGET", "LONG_BINGET"):
                stack.append(memo[int(arg or 0)])
                continue
            if kind == "DUP":
                stack.append(stack[-1])
                continue
            if kind == "POP" or kind == "POP_MARK":
                _pop(stack, mark, whole=kind == "POP_MARK")
                continue
            before = op.stack_before
            if pickletools.markobject in before:
                _pop(stack, mark, whole=True)
                # What stands below the mark is taken, too: the list of APPENDS, the dict of SETITEMS.
                for _ in range(before.index(pickletools.markobject)):
                    stack.pop()
            else:
                for _ in before:
                    stack.pop()
            for _ in op.stack_after:
                if kind == "MARK":
                    stack.append(mark)
                else:
                    stack.append(arg if isinstance(arg, (str, int)) and not before else opaque)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, UnicodeError, EOFError) as error:
        raise Broken(str(error)[:100], names, steps) from None
    raise Broken("it has no end", names, steps)


def _pop(stack: list[Any], mark: object, *, whole: bool) -> None:
    if not whole:
        stack.pop()
        return
    while stack.pop() is not mark:
        pass


def scan(published: Published, path: str) -> Scanned:
    """Work out what the pickles of a file call.

    Raises:
        Gone: the file cannot be had.
        OpennessError: the network or the disk failed.
    """
    found = Scanned()
    size = published.sizes.get(path)
    if size is None:
        found.problem = "its size is not known"
        return found
    stream = RangeFile(published, path, size)
    try:
        for inner, limit in _streams(stream, path):
            first = True
            while limit:
                limit -= 1
                found.pickles += 1
                names, left = called(inner)
                found.names |= names
                if first and left == _TORCH_MAGIC and not names:
                    limit = _TORCH_PICKLES - 1
                first = False
    except Broken as error:
        found.names |= error.names
        found.problem = f"it breaks off or is no pickle ({error})"
        found.broken, found.is_pickle = True, bool(error.steps or found.pickles > 1)
    except TooMuch as error:
        found.problem = f"it holds more pickle than is scanned ({error})"
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        found.problem, found.broken = f"its archive cannot be read ({str(error)[:100]})", True
    return found


def _streams(stream: RangeFile, path: str) -> Iterator[tuple[Any, int]]:
    """The pickle streams of a file: itself, or the members of the archive that torch writes."""
    if stream.read(4) != b"PK\x03\x04":
        stream.seek(0)
        yield stream, 1
        return
    stream.seek(0)
    from picklescan.relaxed_zipfile import RelaxedZipFile  # reads archives that torch reads and zipfile refuses

    with RelaxedZipFile(stream, "r") as archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise TooMuch(f"{len(members):,} members")
        for member in members:
            if not member.filename.endswith(NAMES_IN_ARCHIVES):
                continue
            if member.file_size > MAX_PICKLE:
                raise TooMuch(f"{member.filename[:80]} of {member.file_size:,} bytes")
            with archive.open(member) as opened:
                yield io.BytesIO(opened.read(MAX_PICKLE)), 1


def rate(names: set[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """The dangerous names and those that nothing is known of, as picklescan judges.

    It is given a pickle that does nothing but look the names up, one after the other: that it reads right.

    Raises:
        ImportError: picklescan is not installed.
    """
    import logging

    from picklescan.scanner import SafetyLevel, scan_pickle_bytes

    logging.getLogger("picklescan").setLevel(logging.CRITICAL)
    odd = {pair for pair in names if pair == _UNKNOWN or not all(re.fullmatch(r"[\x21-\x7e]+", part) for part in pair)}
    plain = sorted(names - odd)
    text = b"".join(f"c{module}\n{name}\n0".encode() for module, name in plain)
    result = scan_pickle_bytes(io.BytesIO(b"\x80\x02" + text + b"N."), "names")
    levels = {(item.module, item.name): item.safety for item in result.globals}
    dangerous = [f"{module}.{name}" for module, name in plain if levels.get((module, name)) is SafetyLevel.Dangerous]
    suspicious = [
        f"{module}.{name}"
        for module, name in plain
        if levels.get((module, name), SafetyLevel.Suspicious) is SafetyLevel.Suspicious
    ]
    return dangerous + ["a name that cannot be worked out" for _ in odd][:1], suspicious


def pickles_harmless(published: Published) -> Check:
    """No pickle file calls anything dangerous, and weights nothing but what rebuilds tensors."""
    name = "pickles-harmless"
    files = sorted(path for path in published.sizes if path.lower().endswith(ENDINGS))
    if not files:
        return passed(name, "no pickle files")
    try:
        rate(set())
    except ImportError:
        return skipped(name, f"{len(files)} pickle files need picklescan: {INSTALL}")
    safer = any(path.endswith((".safetensors", ".gguf")) for path in published.sizes)
    bad: list[str] = []
    doubts: list[str] = []
    unread: list[str] = []
    for path in files:
        try:
            found = scan(published, path)
        except Gone as error:
            bad.append(f"{path}: {error}")
            continue
        dangerous, suspicious = rate(found.names)
        strange = sorted(" ".join(pair) for pair in found.names if not _WEIGHTS_ONLY.fullmatch(" ".join(pair)))
        if dangerous:
            bad.append(f"{path} calls {few(dangerous)}")
        elif is_weights(path) and strange:
            said = f"{path} calls {few(strange)}, which torch loads only with its safety off"
            (doubts if safer else bad).append(said)
        elif found.broken and is_weights(path):
            bad.append(f"{path}: {found.problem}")
        elif found.problem and found.is_pickle:
            unread.append(f"{path}: {found.problem}")
        elif unknown := [item for item in suspicious if not _WEIGHTS_ONLY.fullmatch(" ".join(item.rsplit(".", 1)))]:
            doubts.append(f"{path} calls {few(unknown)}, of which nothing is known")
    if bad:
        return failed(name, few(bad), files=len(files))
    if any(is_weights(item.partition(": ")[0]) for item in unread) and not safer:
        return skipped(name, few(unread), files=len(files))
    if unread or doubts:
        return warned(name, few(unread + doubts), files=len(files))
    return passed(name, f"{counted(len(files), 'pickle file')} scanned, nothing dangerous", files=len(files))
