"""Load the license knowledge base: one YAML file per family, and the SPDX list's flags."""

from __future__ import annotations

import contextlib
import json
from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from openness import settings
from openness.files import replace_file
from openness.registry.lookup import inputs_stamp
from openness.schemas.errors import OpennessError
from openness.schemas.license import License, LicenseKnowledge

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_knowledge(folder: Path | None = None) -> LicenseKnowledge:
    """Load and check the knowledge base.

    Raises:
        OpennessError: a file is missing or breaks the schema; the message names it.
    """
    return _load(folder or settings.LICENSES)


@cache
def _load(folder: Path) -> LicenseKnowledge:
    """Parse the YAML files, or take what was parsed of the same files before: that is ten times faster."""
    kept = settings.cache_folder() / f"knowledge-{inputs_stamp([folder], settings.tool_version())}.json"
    with contextlib.suppress(OSError, ValidationError):
        return LicenseKnowledge.model_validate_json(kept.read_bytes())
    knowledge = _parse(folder)
    with contextlib.suppress(OSError):
        for old in kept.parent.glob("knowledge-*.json"):
            old.unlink(missing_ok=True)
        replace_file(kept, knowledge.model_dump_json().encode())
    return knowledge


def _parse(folder: Path) -> LicenseKnowledge:
    licenses: dict[str, License] = {}
    try:
        spdx = json.loads((folder / "spdx.json").read_text("utf-8"))
        reasons = yaml.load((folder / "open_not_osi.yaml").read_text("utf-8"), Loader=_LOADER)  # noqa: S506  safe, in C
        for path in sorted(folder.glob("*.yaml")):
            if path.name == "open_not_osi.yaml":
                continue
            for item in yaml.load(path.read_text("utf-8"), Loader=_LOADER):  # noqa: S506
                entry = License.model_validate(item)
                if entry.id in licenses:
                    raise OpennessError("bad_data", f"{path}: the license `{entry.id}` stands twice")
                licenses[entry.id] = entry
        return LicenseKnowledge(
            spdx_version=spdx["version"],
            spdx=spdx["licenses"],
            exceptions=spdx["exceptions"],
            licenses=licenses,
            open_not_osi={item["id"]: item["reason"] for item in reasons},
        )
    except (OSError, KeyError, TypeError, yaml.YAMLError, json.JSONDecodeError, ValidationError) as error:
        first = str(error).splitlines()[0]
        raise OpennessError("bad_data", f"the license knowledge base in {folder} is damaged: {first}") from error


@cache
def hub_license_ids() -> dict[str, str]:
    """Folded Hub tags, names and SPDX ids -> id in license expressions."""
    from openness.sources.propose import fold_license

    knowledge = load_knowledge()
    found: dict[str, str] = {}
    for key in knowledge.spdx:
        found.setdefault(fold_license(key), key)
    for entry in knowledge.licenses.values():
        for name in (entry.id, entry.id.removeprefix("LicenseRef-"), entry.name, *entry.aliases):
            found.setdefault(fold_license(name), entry.id)
    # A tag is the Hub's own name for a license, so it wins over any alias.
    for entry in knowledge.licenses.values():
        found.update({fold_license(tag): entry.id for tag in entry.hub_tags})
    return found
