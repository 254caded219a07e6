"""``openness linkcheck``."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from openness.cli.output import as_json, envelope, json_option, table

if TYPE_CHECKING:
    from openness.linkcheck import Linkcheck

SHOWN = ("dead", "moved")
OUTCOMES = ("dead", "moved", "refused", "unreachable", "ok")


@click.command("linkcheck", short_help="Visit the addresses of evidence; report dead and moved ones.")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--max-age", default="7d", show_default=True, metavar="PERIOD", help="How long a visit counts: 12d, 2w, 6m."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Visit at most N addresses in this run.")
@click.option("--host", metavar="NAME", help="Only the addresses of this host.")
@click.option("--all", "all_", is_flag=True, help="Show every address, not only dead and moved ones.")
@json_option
def command(file: Path | None, max_age: str, limit: int | None, host: str | None, all_: bool, json_: bool) -> int:
    """Visit the evidence of FILE (the registry in use when left out), and report what is dead or has moved.

    Hosts are asked one thing at a time, with pauses. Only public addresses are visited, over http and
    https and without a proxy; no setting changes that. What was visited within --max-age is not visited
    again; an address that could not be reached is tried again after a day. Leaves with 1 when an address
    is dead (404, 410, or a host that does not exist), with 2 when no host answered at all.
    """
    from openness.linkcheck import linkcheck, to_json
    from openness.registry.lookup import digest
    from openness.schemas.dates import days_in
    from openness.store import registry_path

    try:
        age = timedelta(days=days_in(max_age))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--max-age") from None
    path = file or registry_path()
    result = linkcheck(path, max_age=age, limit=limit, host=host, progress=_progress)
    if result.problems:
        click.echo(f"{path} has problems, and what they hide was not visited: `openness lint` shows them", err=True)
    if json_:
        click.echo(as_json(envelope("linkcheck", digest(path), **to_json(result))))
    else:
        _show(result, all_)
    return 1 if result.counts.get("dead") else 0


def _progress(done: int, total: int, url: str) -> None:
    from openness.exports.text import clean

    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{done}/{total} {clean(url[:80])}", err=True, nl=False)
        if done == total:
            click.echo("\r\x1b[K", err=True, nl=False)
    elif done % 50 == 0:
        click.echo(f"{done}/{total} visited", err=True)


def _show(result: Linkcheck, all_: bool) -> None:
    shown = [item for item in result.found if all_ or item.kept.outcome in SHOWN]
    shown.sort(key=lambda item: OUTCOMES.index(item.kept.outcome))
    rows = [
        (
            item.kept.outcome,
            f"{result.path}:{item.link.line}",
            f"{item.link.model}: {item.link.field}",
            item.link.facts,
            f"{item.link.url} → {item.kept.moved_to}" if item.kept.moved_to else item.link.url,
            item.kept.reason,
        )
        for item in shown
    ]
    if rows:
        click.echo(table(["outcome", "place", "field", "facts", "address", "why"], rows))
    counts = ", ".join(f"{result.counts[name]} {name}" for name in OUTCOMES if name in result.counts)
    left = f"; {result.left} left for another run" if result.left else ""
    click.echo(f"{len(result.found)} addresses: {counts or 'none'} ({result.visited} visited now{left})", err=True)
