"""Draft a registry entry from a Hub repository, and put it in its place in the YAML."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openness.api import hub_snapshot, proposed_terms
from openness.change import Change, check, read_text
from openness.knowledge import hub_license_ids, load_knowledge
from openness.registry.edit import insert_entry, render_entry, set_field
from openness.registry.load import Registry, load_text
from openness.schemas.errors import OpennessError
from openness.schemas.names import fold_name
from openness.schemas.record import Artifact, Model, Status, Topic
from openness.schemas.snapshot import Snapshot
from openness.sources.propose import propose
from openness.store import LoadedModels
from openness.targets import parse_target

Json = dict[str, Any]
FACTS = ("released", "parameters", "repositories", "base_models", *(artifact.value for artifact in Artifact))


@dataclass(frozen=True)
class Contribution(Change):
    """What a contribution changes: the entry, what was added, and what was left as people wrote it."""

    id: str
    new: bool
    added: list[str]
    kept: list[str]


def contribute(
    target: str, path: Path, *, name: str | None = None, replace: Collection[str] = (), offline: bool = False
) -> Contribution:
    """Work out the entry of a Hub repository; nothing is written.

    Args:
        target: a Hub id or URL.
        path: the registry's YAML file.
        name: the id of a new entry; made from the repository's name when None.
        replace: fields of an existing entry that are drafted anew.
        offline: use the last reading of the repository.

    Raises:
        OpennessError: the repository or the file cannot be read, or the draft would break the registry.
    """
    text = read_text(path)
    known = load_knowledge().known_ids()
    registry = load_text(text, known)
    parsed = parse_target(target)
    if not parsed.hub:
        raise OpennessError("bad_target", f"`{target}` is not a Hub repository", "name it as org/name")
    snapshot = hub_snapshot(parsed, offline=offline)
    draft = _draft(snapshot)
    found = next((model for model in LoadedModels(registry).values() if _owns(model, snapshot.repo)), None)
    if found is None:
        changed, added, kept, id_ = _new(text, draft, registry, name)
    else:
        id_ = found.id
        changed, added, kept = _amended(text, draft, found, replace)
    check(registry, changed, known, "name a free id with --id, or edit by hand")
    return Contribution(path, text, changed, id_, found is None, added, kept)


def _owns(model: Model, repo: str) -> bool:
    return any(fold_name(item.id) == fold_name(repo) for item in model.repositories)


def draft_entry(snapshot: Snapshot) -> tuple[str, str]:
    """The id and the YAML of a new entry for what was read of a Hub repository."""
    draft = _draft(snapshot)
    return draft["id"], _rendered(draft, draft["id"])


def _draft(snapshot: Snapshot) -> Json:
    """The record as it is written: proven facts, and ``unknown`` where a person has to look."""
    model = propose(snapshot, hub_license_ids())
    terms, _ = proposed_terms(snapshot, model)
    text_license = terms.expression if terms and terms.verdict else None
    data: Json = model.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    if text_license:
        # The text of the LICENSE file is what binds, whatever the tag says.
        data["weights"][-1]["license"] = text_license
    for artifact in Artifact:
        data.setdefault(artifact.value, [{"status": "unknown"}])
    data["disclosures"] = {topic.value: [{"value": "unknown"}] for topic in Topic}
    for state in (state for artifact in Artifact for state in data[artifact.value]):
        if state["status"] == Status.UNKNOWN and "evidence" in state:
            # Links that nobody has followed are no evidence; they say where to look.
            where = ", ".join(dict.fromkeys(item["url"] for item in state.pop("evidence")))
            state["note"] = f"to examine: {where}"[:2000]
    return data


def _new(text: str, draft: Json, registry: Registry, name: str | None) -> tuple[str, list[str], list[str], str]:
    id_ = name or draft["id"]
    if id_ in registry.entries:
        message = f"`{id_}` is another model in the registry"
        raise OpennessError("id_taken", message, "name this one with --id")
    return insert_entry(text, id_, _rendered(draft, id_)), [field for field in FACTS if field in draft], [], id_


def _rendered(draft: Json, id_: str) -> str:
    return render_entry({**draft, "id": id_, "name": draft["name"].rsplit("/", 1)[-1]})


def _amended(text: str, draft: Json, found: Model, replace: Collection[str]) -> tuple[str, list[str], list[str]]:
    """Fill what the entry does not say; never touch what it says, unless told which field."""
    added, kept = [], []
    ours = found.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    for field in FACTS:
        if field not in draft or field == "repositories":
            continue
        drafted = draft[field]
        if field in ours and not _is_unknown(ours[field]):
            if field not in replace:
                if not _is_unknown(drafted) and (said := _difference(field, ours[field], drafted)):
                    kept.append(said)
                continue
        elif _is_unknown(drafted):
            continue
        text = set_field(text, found.id, field, drafted)
        added.append(field)
    return text, added, kept


def _is_unknown(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) and item.get("status") == "unknown" for item in value)


def _difference(field: str, ours: Any, drafted: Any) -> str | None:
    """What the registry has and the repository shows otherwise."""
    if field in {artifact.value for artifact in Artifact}:
        today = datetime.now(UTC).date().isoformat()
        current = [state for state in ours if state.get("since", "") <= today][-1:]
        keys = [key for key in ("status", "license") if current and key in drafted[-1]]
        differing = [key for key in keys if current[0].get(key) != drafted[-1][key]]
        if not differing:
            return None
        mine = ", ".join(str(current[0].get(key, "no license")) for key in differing)
        seen = ", ".join(str(drafted[-1][key]) for key in differing)
    else:
        mine, seen = _plain(ours), _plain(drafted)
        if mine == seen:
            return None
    return f"{field}: the registry has {mine}, the repository shows {seen}"


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(item.get("id", item)) for item in value)
    return ", ".join(f"{key} {part}" for key, part in value.items()) if isinstance(value, dict) else str(value)
