"""``openness compare-assessments``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openness.cli.output import as_json, envelope, json_option

if TYPE_CHECKING:
    from openness.differences import Difference, Side


@click.command("compare-assessments", short_help="Show where others' assessments contradict our evidence.")
@click.option(
    "--source",
    "sources",
    type=(click.Choice(["mot", "osai"]), click.Path(path_type=Path)),
    multiple=True,
    metavar="mot|osai DIR",
    help="A clone to read, as for `openness import`; several may be named.",
)
@click.option(
    "--registry", "path", type=click.Path(path_type=Path), metavar="FILE", help="The registry; that in use by default."
)
@json_option
def command(sources: tuple[tuple[Any, Path], ...], path: Path | None, json_: bool) -> None:
    r"""List where others say otherwise than our evidence, with both sides.

    Without --source the imported assessments of the registry are compared. What we do not know contradicts
    nothing, nor does what they do not judge. Open against closed is a contradiction (!); partial or "not
    listed" against open, and one license of several, is a lesser difference (~).

    \b
    openness compare-assessments
    openness compare-assessments --source mot ../model_openness_tool --json
    """
    from openness.differences import compare_assessments
    from openness.exports.text import clean
    from openness.registry.lookup import digest
    from openness.store import load_registry, registry_path

    path = path or registry_path()
    registry = load_registry(path)
    found = compare_assessments(registry, sources)
    if json_:
        rows = [_json(item) for item in found.differences]
        fields = {"models": found.models, "statements": found.statements, "differences": rows}
        click.echo(as_json(envelope("compare-assessments", digest(path), **fields)))
        return
    for item in found.differences:
        mark = "!" if item.degree == "contradiction" else "~"
        click.echo(f"{mark} {item.model}  {item.artifact}")
        click.echo(f"    ours    {clean(_text(item.ours))}")
        click.echo(f"    theirs  {clean(_text(item.theirs))}")
        click.echo(f"            {clean(item.by)}: {clean(item.feature)}")
    degrees = [item.degree for item in found.differences]
    click.echo(
        f"{found.statements} statements on {found.models} models: {degrees.count('contradiction')} contradictions, "
        f"{degrees.count('lesser')} lesser differences",
        err=True,
    )


def _json(item: Difference) -> dict[str, Any]:
    ours, theirs = (
        {"value": side.value, "url": side.url, "read": side.read.isoformat() if side.read else None}
        for side in (item.ours, item.theirs)
    )
    theirs = {"by": item.by, "feature": item.feature, **theirs}
    return {"model": item.model, "artifact": item.artifact, "degree": item.degree, "ours": ours, "theirs": theirs}


def _text(side: Side) -> str:
    place = f"  {side.url}" if side.url else ""
    return f"{side.value}{place}{f', read {side.read}' if side.read else ''}"
