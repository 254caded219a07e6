"""Write what ``validate`` found into a model's entry, as dated evidence of its weights."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import Any

from openness.change import Change, check, read_text, write
from openness.knowledge import load_knowledge
from openness.registry.edit import set_field, set_in_item
from openness.registry.load import load_text
from openness.schemas.errors import OpennessError
from openness.schemas.record import Status, Validated
from openness.schemas.validation import Validation

_HELD = (Status.OPEN, Status.GATED, Status.RESTRICTED, Status.PARTIAL)
# What is worth keeping of a report's numbers.
_FIGURES = {
    "parameters": "parameters", "tokens_per_second": "tokens_per_second",
    "load_bytes_per_second": "load_bytes_per_second",
    "host_peak_bytes": "host_peak_bytes", "device_peak_bytes": "device_peak_bytes",
}  # fmt: skip
_one_at_a_time = threading.Lock()


def attach(report: Validation, name: str, path: Path) -> Change:
    """Put a valid report into the entry ``name`` of a registry file, whole or not at all.

    Evidence of the same revision and stages is replaced, other evidence stays.

    Raises:
        OpennessError: the report is not one of valid weights of a Hub repository, or the entry cannot hold it.
    """
    if not report.ok:
        message = f"nothing was attached to {name}: the verdict on {report.target} is {report.verdict}"
        raise OpennessError("not_valid", message, "evidence says that weights are valid")
    if report.source != "hub" or report.revision is None:
        message = f"nothing was attached to {name}: {report.target} is a folder"
        raise OpennessError(
            "bad_target", message, "evidence needs an address that others can read: name the repository"
        )
    with _one_at_a_time:
        change = _change(report, name, path)
        write(change)
    return change


def evidence_of(report: Validation) -> Validated:
    """What is kept of a report."""
    from openness.sources.hub import endpoint

    numbers: dict[str, Any] = dict(report.timings)
    for item in report.checks:
        numbers |= {key: value for key, value in item.figures.items() if key not in numbers}
    figures = {
        ours: numbers[theirs]
        for ours, theirs in _FIGURES.items()
        if isinstance(numbers.get(theirs), (int, float)) and not isinstance(numbers[theirs], bool)
    }
    return Validated(
        date=date.fromisoformat(report.date),
        tool=f"openness {report.tool}",
        url=f"{endpoint()}/{report.repository}",
        revision=report.revision or "",
        stages=report.stages,
        device=report.device,
        figures=figures,
        hashes={file.path: file.sha256 for file in report.files if file.sha256},
    )


def _change(report: Validation, name: str, path: Path) -> Change:
    text = read_text(path)
    known = load_knowledge().known_ids()
    registry = load_text(text, known)
    entry = registry.entries.get(name)
    if entry is None:
        raise OpennessError("not_found", f"{path} has no entry `{name}`", "name the id of an entry")
    _belongs(report, name, entry.model.repositories)
    held = [at for at, state in enumerate(entry.model.weights) if state.status in _HELD]
    if not held:
        message = f"the entry {name} does not say that its weights can be had"
        raise OpennessError("no_weights", message, f"first run `openness contribute {report.repository}`")
    new = evidence_of(report)
    old = [
        item for item in entry.model.weights[held[-1]].validated
        if (item.url, item.revision, item.stages) != (new.url, new.revision, new.stages)
    ]  # fmt: skip
    values = [item.model_dump(mode="json", exclude_defaults=True) for item in [*old, new]]
    if "weights" in entry.block.data:
        changed = set_in_item(text, name, "weights", held[-1], "validated", values)
    else:  # the family's states hold for its other models, too: this one gets its own
        states = list(entry.family.data["weights"]) if entry.family else []
        states[held[-1]] = {**states[held[-1]], "validated": values}
        changed = set_field(text, name, "weights", states)
    check(registry, changed, known, "edit the entry by hand")
    return Change(path, text, changed)


def _belongs(report: Validation, name: str, repositories: list[Any]) -> None:
    from openness.schemas.names import fold_name

    ours = [item.id for item in repositories if item.host == "huggingface"]
    if fold_name(report.repository) not in map(fold_name, ours):
        known = f"its repositories are {', '.join(ours)}" if ours else "it names no repository on the Hub"
        message = f"nothing was attached: {report.repository} is not a repository of {name}"
        raise OpennessError("other_model", message, f"{known}; `openness contribute` can add one")
