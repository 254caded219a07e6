"""Keep the site's translations: take the texts out of the code, compile what was translated.

python scripts/translations.py            write ui/locale: new texts come in empty, unused ones go
python scripts/translations.py --check    fail where a text is missing, marked as unsure, or not compiled
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from openness.classifier.levels.rule import all_rules

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = PROJECT / "ui" / "locale"
KEYWORDS = {"_": 1, "N_": 1, "ngettext": 2}  # name -> how many of its arguments are texts


def marked(path: Path) -> Iterator[str | tuple[str, ...]]:
    """The texts that a module marks. Babel's own reader of Python misses those inside f-strings.

    Raises:
        SystemExit: a text is made up at run time, so that nobody can translate it.
    """
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if not isinstance(node, ast.Call) or name not in KEYWORDS or path.name == "language.py":
            continue
        found = [str(item.value) for item in node.args[: KEYWORDS[name]] if isinstance(item, ast.Constant)]
        if len(found) == KEYWORDS[name]:
            yield found[0] if len(found) == 1 else tuple(found)
        elif not (name == "_" and path.name == "sentences.py"):  # which looks marked texts up
            raise SystemExit(f"{path}:{node.lineno}: {name}() needs its text as a literal")


def texts() -> Catalog:
    """Every text of the site: from its code, and the documentation of the rules."""
    found = Catalog(project="openness", charset="utf-8", fuzzy=False)
    for path in sorted((PROJECT / "ui").rglob("*.py")):
        for text in marked(path):
            found.add(text, locations=[(path.relative_to(PROJECT).as_posix(), 0)])
    for rule in all_rules():
        for section in (rule.title, *rule.sections.values()):
            found.add(section, locations=[(f"rules/{rule.id}", 0)])
    return found


def updated(path: Path) -> Catalog:
    """The translations of a file over the texts of today."""
    with path.open("rb") as stream:
        catalog = read_po(stream, locale=path.parts[-3])
    catalog.update(texts(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    catalog.header_comment = "# The words of the site. Translate here; texts come and go with scripts/translations.py."
    catalog.last_translator = catalog.language_team = "openness contributors"
    catalog.msgid_bugs_address = "the project's issues"
    catalog.revision_date = catalog.creation_date  # so that the same texts make the same bytes
    return catalog


def as_bytes(catalog: Catalog) -> tuple[bytes, bytes]:
    """The text file and the compiled one."""
    text, compiled = io.BytesIO(), io.BytesIO()
    write_po(text, catalog, sort_output=True, width=110, include_lineno=False, omit_header=False)
    write_mo(compiled, catalog)
    return text.getvalue(), compiled.getvalue()


def problems(catalog: Catalog, path: Path) -> list[str]:
    """What is wrong with a translation."""
    found = []
    for message in catalog:
        if not message.id:
            continue  # the header
        strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        if not all(strings):
            found.append(f"not translated: {message.id!r}")
            continue
        if message.fuzzy:
            found.append(f"marked as unsure: {message.id!r}")
        found += [f"other placeholders: {message.id!r}" for string in strings if _differs(message.id, string)]
    text, compiled = as_bytes(catalog)
    if text != path.read_bytes() or compiled != path.with_suffix(".mo").read_bytes():
        found.append("not up to date: run scripts/translations.py")
    return found


def _differs(id_: object, string: str | None) -> bool:
    from string import Formatter

    def names(text: str) -> set[str]:
        return {name for _text, name, _spec, _conversion in Formatter().parse(text) if name}

    if not id_ or not string:
        return False
    return names(id_[-1] if isinstance(id_, (list, tuple)) else str(id_)) != names(string)


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    failed = 0
    for path in sorted(FOLDER.glob("*/LC_MESSAGES/openness.po")):
        catalog = updated(path)
        if not check:
            text, compiled = as_bytes(catalog)
            path.write_bytes(text)
            path.with_suffix(".mo").write_bytes(compiled)
        found = problems(catalog, path)
        for problem in found[:20]:
            print(f"{path.relative_to(PROJECT)}: {problem}", file=sys.stderr)
        if found:
            print(f"{path.relative_to(PROJECT)}: {len(found)} problems", file=sys.stderr)
            failed = 1
    return failed if check else 0


if __name__ == "__main__":
    sys.exit(main())
