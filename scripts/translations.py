"""Keep the site's translations: take the texts out of the code, compile what was translated.

python scripts/translations.py            write ui/locale: new texts come in empty, unused ones go
python scripts/translations.py --check    fail where a text is missing, marked as unsure, or not compiled

The summaries of clauses (clauses.po) come out of data/licenses. Who adds a license need not know Chinese: there a text
that is missing, or no longer used, is no failure.
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from openness.classifier.levels.rule import all_rules
from openness.knowledge import load_knowledge

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = PROJECT / "ui" / "locale"
KEYWORDS = {"_": 1, "N_": 1, "ngettext": 2}  # name -> how many of its arguments are texts
CLAUSES = "clauses.po"


def marked(path: Path) -> Iterator[str | tuple[str, ...]]:
    """The texts that a module marks. Babel's own reader of Python misses those inside f-strings.

    Raises:
        SystemExit: a text is made up at run time, so that nobody can translate it.
    """
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if not isinstance(node, ast.Call) or name not in KEYWORDS or path.name == "language.py":
            continue
        given = [item.value for item in node.args[: KEYWORDS[name]] if isinstance(item, ast.Constant)]
        found = [text for text in given if isinstance(text, str)]
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


def summaries() -> Catalog:
    """What the clauses of the knowledge base say in short."""
    found = Catalog(project="openness", charset="utf-8", fuzzy=False)
    for license_ in load_knowledge().licenses.values():
        for clause in license_.clauses:
            found.add(clause.summary, locations=[(license_.id, 0)])
    return found


def kept(path: Path) -> Catalog:
    """The translations of a file as it stands."""
    with path.open("rb") as stream:
        return read_po(stream, locale=path.parts[-3])


def updated(path: Path) -> Catalog:
    """The translations of a file over the texts of today."""
    catalog = kept(path)
    today = summaries() if path.name == CLAUSES else texts()
    catalog.update(today, no_fuzzy_matching=True, update_creation_date=False)
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
            found += [f"not translated: {message.id!r}"] if path.name != CLAUSES else []
            continue
        if message.fuzzy:
            found.append(f"marked as unsure: {message.id!r}")
        found += [f"other placeholders: {message.id!r}" for string in strings if _differs(message.id, string)]
    files = (path, path.with_suffix(".mo"))
    if [file.read_bytes() if file.is_file() else None for file in files] != list(as_bytes(catalog)):
        found.append("not up to date: run scripts/translations.py")
    return found


def _differs(id_: str | list[str] | tuple[str, ...], string: str) -> bool:
    def names(text: str) -> set[str | None]:
        return {name for _text, name, _spec, _conversion in Formatter().parse(text) if name is not None}

    try:
        return names(id_ if isinstance(id_, str) else id_[-1]) != names(string)
    except ValueError:  # a brace without its other half
        return True


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    failed = 0
    for path in sorted(FOLDER.glob("*/LC_MESSAGES/*.po")):
        catalog = kept(path) if check and path.name == CLAUSES else updated(path)
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
