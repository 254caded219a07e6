"""``openness stale``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from openness.cli.output import as_json, envelope, json_option, table

if TYPE_CHECKING:
    from openness.stale import HubState, Stale


@click.command("stale", short_help="List facts not read again for long, and changes on the Hub.")
@click.option(
    "--older-than", default="180d", show_default=True, metavar="PERIOD", help="How long ago: 180d, 26w, 6m or 1y."
)
@click.option("--hub", is_flag=True, help="Also ask the Hub which models changed since they were read, and what.")
@click.option("--all", "all_", is_flag=True, help="Show each fact, not only counts; with --hub also what is unchanged.")
@json_option
def command(older_than: str, hub: bool, all_: bool, json_: bool) -> None:
    """List the facts of the registry in use that nobody has read again for a while, oldest first.

    With --hub each model's repository is held against the commit that its evidence names, else against the
    last reading kept on this machine; what changed is told, the license file first.
    """
    from openness.registry.lookup import digest
    from openness.schemas.dates import days_in
    from openness.stale import stale, to_json
    from openness.store import registry_path

    try:
        days = days_in(older_than)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--older-than") from None
    result = stale(days, hub=hub, progress=_progress)
    if json_:
        click.echo(as_json(envelope("stale", digest(registry_path()), **to_json(result))))
        return
    _show_facts(result, all_)
    if result.hub is not None:
        _show_hub(result.hub, all_)


def _progress(done: int, total: int, name: str) -> None:
    from openness.exports.text import clean

    if sys.stderr.isatty():
        shown = f"{done}/{total} {clean(name)}" if done < total else ""
        click.echo(f"\r\x1b[K{shown}", err=True, nl=False)


def _show_facts(result: Stale, all_: bool) -> None:
    if all_ and result.facts:
        rows = [((result.as_of - fact.read).days, fact.read, fact.model, fact.field, fact.url) for fact in result.facts]
        click.echo(table(["days", "read", "model", "field", "address"], rows))
    elif result.models:
        counts = [
            (name, f"{number} of {facts}", oldest, (result.as_of - oldest).days)
            for name, facts, number, oldest in result.models
        ]
        click.echo(table(["model", "facts", "oldest", "days"], counts))
    said = f"{len(result.facts)} facts of {len(result.models)} entries were not read again"
    click.echo(f"{said} for {result.older_than_days} days", err=True)


def _show_hub(states: list[HubState], all_: bool) -> None:
    from openness.exports.text import clean

    for state in states:
        if state.state == "unchanged" and not all_:
            continue
        commits = (
            f" ({(state.was or 'none')[:12]} → {state.now[:12]})" if state.state == "changed" and state.now else ""
        )
        click.echo(f"{clean(state.model)}: {clean(state.repository)}: {state.state.replace('_', ' ')}{commits}")
        for change in state.changes:
            click.echo(f"  {change.part}: {clean(change.message)}")
        if state.message:
            click.echo(f"  {clean(state.message)}")
    changed = sum(state.state == "changed" for state in states)
    click.echo(f"{changed} of {len(states)} repositories changed on the Hub", err=True)
