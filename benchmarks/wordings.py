"""How wordings are read that nobody has seen: a set that no example and no rule was made from.

    python benchmarks/wordings.py WHEELS [-v] [SET.jsonl]

WHEELS is the folder of `make license-index`, which carries the license texts. The set (benchmarks/data/wordings.jsonl)
was written by a language model that was shown neither the code nor the examples: open licenses with a sentence put in
or a few words changed, and harmless additions and spellings. Prints one JSON object; -v also what is wrong.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from dressed import paragraphs, texts

from openness.licenses import reader
from openness.schemas.reading import LicenseText

SET = Path(__file__).parent / "data" / "wordings.jsonl"


def changed(text: str, case: dict[str, Any]) -> tuple[str, tuple[int, int]]:
    """The license with the change of a case, and where it stands.

    Raises:
        ValueError: the words to be replaced do not occur exactly once.
    """
    if "replace" in case:
        old, new = case["replace"]
        places = list(re.finditer(r"\s+".join(map(re.escape, old.split())), text))
        if len(places) != 1:
            raise ValueError(f"{case['id']}: {len(places)} places")
        start, end = places[0].span()
        return text[:start] + new + text[end:], (start, start + len(new))
    words, place = case["insert"], case["place"]
    if place == "before":
        return f"{words}\n\n{text}", (0, len(words))
    if place == "after":
        return f"{text.rstrip()}\n\n{words}\n", (len(text.rstrip()) + 2, len(text.rstrip()) + 2 + len(words))
    parts = paragraphs(text)
    middle = max(1, len(parts) // 2)
    before = "\n\n".join(parts[:middle])
    return "\n\n".join([before, words, *parts[middle:]]), (len(before) + 2, len(before) + 2 + len(words))


def plain(found: LicenseText, base: LicenseText) -> bool:
    return found.verdict == base.verdict and all(match.exact for match in found.matches)


def main() -> None:
    wheels, verbose = Path(sys.argv[1]), "-v" in sys.argv
    path = next((Path(arg) for arg in sys.argv[2:] if arg.endswith(".jsonl")), SET)
    licenses, shelf = texts(wheels), reader()
    count: Counter[str] = Counter()
    for case in map(json.loads, path.read_text("utf-8").splitlines()):
        text, (start, end) = changed(licenses[case["base"]], case)
        base, found = shelf.read(licenses[case["base"]]), shelf.read(text)
        said = [clause for clause in found.clauses if clause.license is None]
        if case["kind"] == "none":
            right = plain(found, base)
            count["harmless"] += 1
            count["harmless still plain"] += right
            count["harmless taken for a restriction"] += found.verdict == "restricted"
        else:
            right = bool({case["kind"], *case.get("also", ())} & {clause.kind.value for clause in said})
            spans = [clause.span for clause in said if clause.span]
            spans += [item.span for item in found.additional_text if item.effect != "none"]
            count["modified"] += 1
            count["modified reported as plain"] += plain(found, base)
            count["kind found"] += right
            count["place shown"] += any(low < max(end, start + 1) and high > start for low, high in spans)
            count["kinds named"] += len({clause.kind for clause in said})
            right = right and not plain(found, base)
        if verbose and not right:
            print(case["id"], found.verdict, sorted({clause.kind.value for clause in said}), file=sys.stderr)
    print(json.dumps({name: count[name] for name in sorted(count)}, indent=1))


if __name__ == "__main__":
    main()
