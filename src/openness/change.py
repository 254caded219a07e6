"""A change of the registry's YAML: shown as a diff, checked, and written whole or not at all."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from openness import settings
from openness.files import replace_file
from openness.registry.load import Registry, load_text
from openness.schemas.errors import OpennessError


@dataclass(frozen=True)
class Change:
    """A registry file before and after."""

    path: Path
    before: str
    after: str

    @property
    def diff(self) -> str:
        """The change as a unified diff; empty when there is none."""
        name = str(self.path)
        lines = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), name, name, lineterm="")
        return "\n".join(lines)


def default_registry() -> Path:
    """The file that a change goes to: ``data/models.yaml`` of the clone, else ``OPENNESS_REGISTRY``.

    Raises:
        OpennessError: neither is there.
    """
    here = Path("data/models.yaml")
    if here.is_file():
        return here
    setting = settings.registry_setting()
    if setting and Path(setting).expanduser().is_file():
        return Path(setting).expanduser()
    message = "there is no data/models.yaml here to contribute to"
    raise OpennessError("no_registry", message, "run this in a clone of the registry, or name the file with --registry")


def read_text(path: Path) -> str:
    """The text of a registry file.

    Raises:
        OpennessError: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OpennessError(
            "bad_registry", f"{path} cannot be read: {error}", "name the file with --registry"
        ) from None


def check(before: Registry, after: str, known_licenses: Collection[str], hint: str) -> Registry:
    """Load the changed file.

    Raises:
        OpennessError: it has a problem that the file did not have before.
    """
    registry = load_text(after, known_licenses)
    old = {(problem.block, problem.field, problem.message) for problem in before.problems}
    broken = [item for item in registry.problems if (item.block, item.field, item.message) not in old]
    if broken:
        message = f"the draft would break the registry: {broken[0]}"
        raise OpennessError("bad_draft", message, f"nothing was written; {hint}")
    return registry


def write(change: Change) -> None:
    """Put the changed registry in place of the old one, unless somebody changed that meanwhile.

    Raises:
        OpennessError: the file was changed, or cannot be written.
    """
    if read_text(change.path) != change.before:
        message = f"{change.path} was changed meanwhile"
        raise OpennessError("changed", message, "nothing was written; run the command again")
    try:
        replace_file(change.path.resolve(), change.after.encode())
    except OSError as error:
        raise OpennessError("unwritable", f"{change.path} cannot be written: {error.strerror}") from None
