"""Checks on files: are all of them there, whole, distinct, and what the Hub recorded."""

from __future__ import annotations

from collections.abc import Mapping

from openness.schemas.validation import Check
from openness.sources.layout import is_weights
from openness.validator.checks import counted, failed, few, passed, skipped
from openness.validator.static.reading import Reading

INSTALL = "install openness[validator-static]"


def weights_present(reading: Reading) -> Check:
    """Something that holds weights was published."""
    files = [file for file in reading.published.files if is_weights(file.path)]
    kinds = sorted({file.path.rsplit(".", 1)[-1].lower() for file in files})
    if not files:
        return failed("weights-present", "the repository holds no weight files")
    size = sum(file.size or 0 for file in files)
    detail = f"{counted(len(files), 'weight file')} ({', '.join(kinds)}), {size:,} bytes"
    return passed("weights-present", detail, files=len(files), bytes=size)


def shards_complete(reading: Reading) -> Check:
    """Every file that an index names, or that the numbers of its fellows call for, is there."""
    name = "shards-complete"
    if reading.bad_index:
        return failed(name, few(reading.bad_index))
    if reading.missing:
        return failed(name, f"missing: {few(reading.missing)}", missing=len(reading.missing))
    count = sum(len(part.files) for part in reading.sets) + len(reading.ggufs)
    return passed(name, f"{counted(count, 'file')}, as many as indexes and part numbers call for")


def files_whole(reading: Reading) -> Check:
    """Every file can be had and is as long as its own header says."""
    name = "files-whole"
    found = [f"{item.path}: {item.message}" for item in reading.problems if item.kind in ("size", "gone")]
    if found:
        return failed(name, few(found), files=len(found))
    if not reading.tensors and not reading.ggufs:
        return passed(name, "no file whose header says how long it is")
    unknown = [path for path in (*reading.tensors, *reading.ggufs) if reading.published.sizes.get(path) is None]
    if unknown:
        return skipped(name, f"the size is not known of {few(unknown)}")
    return passed(name, f"{counted(len(reading.tensors) + len(reading.ggufs), 'file')}, as long as the header says")


def headers_valid(reading: Reading) -> Check:
    """Every header keeps the invariants of its format."""
    name = "headers-valid"
    found = [f"{item.path}: {item.message}" for item in reading.problems if item.kind == "header"]
    if found:
        return failed(name, few(found), files=len(found))
    unread = [f"{item.path}: {item.message}" for item in reading.problems if item.kind in ("long", "unsupported")]
    if unread:
        return skipped(name, few(unread))
    if reading.gguf_missing:
        return skipped(name, f"GGUF headers need the gguf package: {INSTALL}")
    count = len(reading.tensors) + len(reading.ggufs)
    tensors = sum(map(len, reading.tensors.values())) + sum(len(header.tensors) for header in reading.ggufs.values())
    if not count:
        return passed(name, "no safetensors or GGUF file")
    return passed(name, f"{counted(count, 'header')}, {counted(tensors, 'tensor')}", tensors=tensors)


def dtypes_known(reading: Reading) -> Check:
    """Every tensor has a type that its format knows."""
    found = [f"{item.path}: {item.message}" for item in reading.problems if item.kind == "dtype"]
    if found:
        return failed("dtypes-known", few(found))
    counts: dict[str, int] = {}
    for group in (*reading.tensors.values(), *(header.tensors for header in reading.ggufs.values())):
        for tensor in group.values():
            counts[tensor.dtype] = counts.get(tensor.dtype, 0) + tensor.elements
    shown = ", ".join(f"{dtype} {count:,}" for dtype, count in sorted(counts.items(), key=lambda item: -item[1]))
    return passed("dtypes-known", shown or "no tensors", **counts)


def shards_distinct(reading: Reading, hashes: Mapping[str, str]) -> Check:
    """No two parts of one model are the same file."""
    name = "shards-distinct"
    known = {file.path: file.sha256 for file in reading.published.files if file.sha256} | dict(hashes)
    twice = []
    for part in reading.sets:
        seen: dict[str, str] = {}
        for path in part.files:
            if path in known and (first := seen.setdefault(known[path], path)) != path:
                twice.append(f"{path} is the same file as {first}")
    if twice:
        return failed(name, few(twice))
    several = [path for part in reading.sets if len(part.files) > 1 for path in part.files]
    if not several:
        return passed(name, "no model of several parts")
    if unknown := [path for path in several if path not in known]:
        return skipped(name, f"{len(unknown)} of {len(several)} parts have no recorded hash; --hash computes it")
    return passed(name, f"{len(several)} parts, all different")


def hashes_match(reading: Reading, hashes: Mapping[str, str], *, asked: bool) -> Check:
    """The sha256 of every file is the one that the Hub recorded."""
    name = "hashes-match"
    recorded = {file.path: file.sha256 for file in reading.published.files if file.sha256 and is_weights(file.path)}
    wrong = [
        f"{path} is {hashes[path][:12]}…, recorded {recorded[path][:12]}…"
        for path in sorted(recorded.keys() & hashes.keys())
        if hashes[path] != recorded[path]
    ]
    if wrong:
        return failed(name, few(wrong), files=len(wrong))
    if not asked and not hashes:
        return skipped(name, f"not asked (--hash); the Hub recorded {len(recorded)} hashes", recorded=len(recorded))
    compared = len(recorded.keys() & hashes.keys())
    if not compared:
        return skipped(name, f"{counted(len(hashes), 'file')} hashed; no Hub's record of them is here to compare with")
    return passed(name, f"{counted(compared, 'file')} with the recorded sha256", compared=compared)
