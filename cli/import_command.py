"""``openness import``: mot, osai."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from openness.cli.output import as_json, envelope, json_option

if TYPE_CHECKING:
    from openness.assess import Imported

F = TypeVar("F", bound=Callable[..., Any])


@click.group("import", short_help="Record what others concluded, from a local clone of their data.")
def command() -> None:
    """Record what others concluded about models of the registry, from a local clone of their data.

    Only `assessments` of entries that exist are written: no status, license or date of ours follows from
    what others say. A model is found by the repository that they name or by an exact name, never by likeness.
    The addresses name the commit of the clone, so its files must be unchanged.
    """


def _options(function: F) -> F:
    for option in (
        json_option,
        click.option("--dry-run", is_flag=True, help="Show the change, write nothing."),
        click.option(
            "--registry",
            "path",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Where to; data/models.yaml by default.",
        ),
        click.argument("folder", metavar="DIR", type=click.Path(path_type=Path)),
    ):
        function = option(function)
    return function


@command.command("mot")
@_options
def mot(folder: Path, path: Path | None, dry_run: bool, json_: bool) -> None:
    """Import the Model Openness Tool (LF AI & Data) from DIR, a clone of lfai/model_openness_tool.

    Recorded is the list of components with their licenses, and what the tool's own rules make of it.
    """
    _import("mot", folder, path, dry_run, json_)


@command.command("osai")
@_options
def osai(folder: Path, path: Path | None, dry_run: bool, json_: bool) -> None:
    """Import the European Open Source AI Index from DIR, a clone of its main database or of its
    predecessor, opening-up-chatgpt.github.io.

    Recorded is the mean that the index itself forms, with every feature that it judges.
    """
    _import("osai", folder, path, dry_run, json_)


def _import(kind: Any, folder: Path, path: Path | None, dry_run: bool, json_: bool) -> None:
    from openness.assess import import_assessments
    from openness.change import default_registry, write

    change = import_assessments(kind, folder, path or default_registry())
    written = bool(change.diff) and not dry_run
    if written:
        write(change)
    if json_:
        click.echo(as_json(_json(change, kind, written)))
    else:
        _show(change, dry_run)


def _json(change: Imported, kind: str, written: bool) -> dict[str, Any]:
    return envelope(
        "import",
        None,
        file=str(change.path),
        source=kind,
        revision=change.reading.revision,
        files=change.reading.files,
        assessments=[{"id": item.id, "path": item.path, "action": item.action} for item in change.done],
        unmatched=[{"path": item.path, "name": item.name, "reason": item.reason} for item in change.unmatched],
        unreadable=[{"path": item.path, "reason": item.reason} for item in change.unread],
        written=written,
        diff=change.diff,
    )


def _show(change: Imported, dry_run: bool) -> None:
    from openness.exports.text import clean

    for line in change.diff.splitlines():
        click.echo(clean(line))
    for missed in change.unmatched:
        click.echo(f"no entry: {clean(missed.name)} ({clean(missed.path)}): {clean(missed.reason)}", err=True)
    for item in change.done:
        if item.action == "kept":
            click.echo(f"left as it is: {item.id} has what a person wrote from {clean(item.path)}", err=True)
    for unread in change.unread:
        click.echo(f"not used: {clean(unread.path)}: {clean(unread.reason)}", err=True)
    if change.reading.revision is None:
        click.echo("the commit of the clone cannot be told: the addresses name the newest version", err=True)
    actions = [item.action for item in change.done]
    counts = ", ".join(f"{actions.count(word)} {word}" for word in ("added", "updated", "unchanged", "kept"))
    left = f"{len(change.unmatched)} without an entry, {len(change.unread)} not used"
    click.echo(f"{change.reading.files} files: {counts} assessments; {left}", err=True)
    if change.diff and dry_run:
        click.echo("nothing was written (--dry-run)", err=True)
