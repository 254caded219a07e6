"""License texts at the front door: find the bytes, decode them, read them."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openness import settings
from openness.schemas.errors import OpennessError

if TYPE_CHECKING:
    from openness.classifier.reading.reader import LicenseReader
    from openness.schemas.license import Clause, ClauseKind, License
    from openness.schemas.reading import LicenseText
    from openness.schemas.uses import Use

Json = dict[str, Any]

MAX_BYTES = 20_000_000


@cache
def reader() -> LicenseReader:
    """The reader with its index, loaded once.

    Raises:
        OpennessError: the index is missing or damaged.
    """
    import zipfile
    import zlib

    import numpy as np
    import yaml

    from openness.classifier.reading.index import LicenseIndex
    from openness.classifier.reading.judge import Judge
    from openness.classifier.reading.lexicon import Lexicon
    from openness.classifier.reading.reader import LicenseReader
    from openness.classifier.reading.rules import ClauseRules
    from openness.classifier.reading.wordings import Wordings
    from openness.knowledge import load_knowledge

    names = ("license_index.npz", "wordings.npz", "clause_rules.yaml")
    index, learned, patterns = (settings.DATA / name for name in names)
    try:
        data = yaml.load(patterns.read_text("utf-8"), Loader=yaml.CSafeLoader)
        with np.load(learned, allow_pickle=False) as arrays:
            judge = Judge(ClauseRules(data), Wordings(arrays, Lexicon(data["lexicon"])))
        with np.load(index, allow_pickle=False) as arrays:
            return LicenseReader(LicenseIndex(arrays), load_knowledge(), judge)
    except (
        *(OSError, EOFError, ValueError, LookupError, TypeError, AttributeError),
        *(zipfile.BadZipFile, zlib.error, re.error, yaml.YAMLError),
    ) as error:
        said = " ".join(str(error).split())[:300]
        message = f"{', '.join(names[:-1])} or {names[-1]} in {settings.DATA} cannot be used: {said}"
        raise OpennessError("bad_data", message, "install again") from None


def read_license(text: str) -> LicenseText:
    """Read a license text: which license it is, what was changed, what it demands.

    Raises:
        OpennessError: the license index is missing or damaged.
    """
    return reader().read(text)


def decode(data: bytes, name: str) -> str:
    """Text from bytes: UTF-8, UTF-16 with a mark, GB 18030, else Windows-1252.

    Raises:
        OpennessError: it is empty, not text, or in a format that is not read.
    """
    if not data.strip():
        raise OpennessError("empty", f"{name} is empty")
    if data[:5] == b"%PDF-":
        raise OpennessError(
            "not_text", f"{name} is a PDF, which is not read", "convert it to text, with pdftotext for example"
        )
    if data[:4] == b"PK\x03\x04":
        raise OpennessError(
            "not_text", f"{name} is an archive or office document, which is not read", "save it as plain text"
        )
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data[:4096]:
        raise OpennessError("not_text", f"{name} is not text", "give a text file")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Latin letters with accents also decode as Chinese: believe it only where it is mostly Chinese.
        if encoding == "utf-8-sig" or sum("\u4e00" <= char <= "\u9fff" for char in text) * 3 > len(text):
            return text
    return data.decode("cp1252", errors="replace")


def is_local(target: str) -> bool:
    """Whether a target is standard input or a path, and not the name of a model."""
    if target == "-" or not target or target.startswith((".", "/", "~")) or "\0" in target:
        return True
    try:
        return Path(target).exists()
    except OSError:
        return True


def is_file(target: str) -> bool:
    """Whether a target is standard input or a file."""
    try:
        return target == "-" or Path(target).expanduser().is_file()
    except (OSError, RuntimeError, ValueError):  # too long a name; ~name of no user; a zero byte
        return False


def license_text_of(target: str) -> str:
    """The text that a target names: ``-`` for stdin, else a file or a folder with a LICENSE.

    Raises:
        OpennessError: there is none, or it cannot be read.
    """
    if target == "-":
        return decode(sys.stdin.buffer.read(MAX_BYTES + 1)[:MAX_BYTES], "standard input")
    if not target or "\0" in target:
        raise OpennessError("bad_target", f"{target!r} names no file", "a file, a folder, or - for standard input")
    try:
        path = Path(target).expanduser()
        folder = path.is_dir()
    except (OSError, RuntimeError) as error:  # too long a name; ~name of no user
        said = error.strerror if isinstance(error, OSError) else "it names no user"
        raise OpennessError("unreadable", f"{target} cannot be read: {said}", "check the path") from None
    if folder:
        from openness.sources.layout import is_license

        names = sorted(item.name for item in path.iterdir() if item.is_file() and is_license(item.name))
        chosen = [name for name in names if "licen" in name.lower() or "copying" in name.lower()] or names
        if not chosen:
            raise OpennessError("not_found", f"{path} holds no LICENSE file", "name the file itself")
        path /= chosen[0]
    try:
        if path.stat().st_size > MAX_BYTES:
            raise OpennessError(
                "too_large", f"{path} is larger than {MAX_BYTES // 1_000_000} MB", "that is no license text"
            )
        return decode(path.read_bytes(), str(path))
    except (OSError, UnicodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "its name is not text"
        raise OpennessError("unreadable", f"{path} cannot be read: {said}") from None


def find_license(name: str) -> License:
    """An entry of the knowledge base by id, short id or any of its names.

    Raises:
        OpennessError: there is none; the nearest are suggested.
    """
    import difflib

    from openness.knowledge import hub_license_ids, load_knowledge
    from openness.sources.propose import fold_license

    knowledge, ids = load_knowledge(), hub_license_ids()
    folded = fold_license(name)  # empty for a name without Latin letters or digits
    key = ids.get(folded) if folded else None
    if key in knowledge.licenses:
        return knowledge.licenses[key]
    near = difflib.get_close_matches(folded, [item for item in ids if item], n=3, cutoff=0.6)
    hint = (
        f"did you mean {', '.join(dict.fromkeys(ids[item] for item in near))}?"
        if near
        else "`openness license list` shows all"
    )
    if key:
        where = f"its text: https://spdx.org/licenses/{key}.html" if key in knowledge.spdx else hint
        raise OpennessError("no_clauses", f"the clauses of {key} are not recorded", where)
    raise OpennessError("unknown_license", f"no license `{name}` in the knowledge base", hint)


def list_licenses(clause: str | None = None, osd: int | None = None) -> list[Json]:
    """The licenses whose clauses are recorded, narrowed to a kind of clause or a criterion.

    Without the ids that the SPDX list has replaced by others.
    """
    from openness.classifier.terms import read_license as verdict_of
    from openness.knowledge import load_knowledge

    knowledge = load_knowledge()
    rows: list[Json] = []
    for entry in sorted(knowledge.licenses.values(), key=lambda entry: entry.id.removeprefix("LicenseRef-").lower()):
        if (flags := knowledge.spdx.get(entry.id)) and flags.deprecated:
            continue
        kinds = {item.kind for item in entry.clauses}
        criteria = sorted({number for item in entry.clauses for number in item.osd})
        if (clause and clause not in kinds) or (osd and osd not in criteria):
            continue
        verdict, _ = verdict_of(entry.id, knowledge)
        rows.append({"id": entry.id, "name": entry.name, "verdict": verdict, "osd": criteria, "clauses": sorted(kinds)})
    return rows


@dataclass(frozen=True)
class ClausePair:
    """A kind of clause in two licenses."""

    kind: ClauseKind
    first: list[Clause]
    second: list[Clause]

    @property
    def same(self) -> bool:
        """Whether both say the same, by our summaries."""
        return [clause.summary for clause in self.first] == [clause.summary for clause in self.second]


def compare_licenses(one: License, two: License) -> list[ClausePair]:
    """What two licenses demand, one kind of clause after the other, in the order of the texts."""
    kinds = dict.fromkeys(clause.kind for clause in (*one.clauses, *two.clauses))
    return [
        ClausePair(kind, *([clause for clause in entry.clauses if clause.kind is kind] for entry in (one, two)))
        for kind in kinds
    ]


def check_uses(grade: Json, use: Use) -> Json:
    """Hold uses against the terms of a graded model's weights, as JSON.

    Verdict, answers, duties, and the licenses whose duties are not recorded.
    """
    from openness.classifier.uses import answer_uses
    from openness.schemas.grade import LicenseReading

    stored = grade["licenses"].get("weights")
    reading = LicenseReading.model_validate(stored) if stored else None
    verdict, answers, duties = answer_uses(reading, use)
    return {
        "license": reading.expression if reading else None,
        "verdict": verdict.value,
        "answers": [answer.model_dump(mode="json") for answer in answers],
        "duties": [duty.model_dump(mode="json") for duty in duties],
        "unrecorded": reading.unrecorded if reading else [],
    }


def parse_amount(text: str) -> int | None:
    """``800M``, ``5,000,000`` or ``1.5 million`` as a number; None when it is none, or not one alone (``1e6``)."""
    from openness.classifier.reading.numbers import numbers

    found = numbers(text)
    return int(found[0][0]) if len(found) == 1 and not text.strip().startswith("-") else None
