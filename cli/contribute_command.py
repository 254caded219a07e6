"""``openness contribute``."""

from __future__ import annotations

from pathlib import Path

import click

from openness.cli.output import as_json, envelope, json_option


@click.command("contribute", short_help="Draft a model's entry and insert it into the registry's YAML.")
@click.argument("target", metavar="ORG/NAME")
@click.option(
    "--registry", "path", type=click.Path(path_type=Path), metavar="FILE", help="Where to; data/models.yaml by default."
)
@click.option(
    "--id", "name", metavar="ID", help="The id of the new entry, instead of one made from the repository's name."
)
@click.option("--replace", multiple=True, metavar="FIELD", help="Draft this field of an existing entry anew.")
@click.option("--dry-run", is_flag=True, help="Show the change, write nothing.")
@click.option("--offline", is_flag=True, help="Use the last reading of the repository; no network.")
@json_option
def command(
    target: str,
    path: Path | None,
    name: str | None,
    replace: tuple[str, ...],
    dry_run: bool,
    offline: bool,
    json_: bool,
) -> None:
    r"""Draft an entry for the Hub repository ORG/NAME: what it proves, and `unknown` for the rest.

    A new entry goes to its sorted place; comments and order stay. In an entry that exists only what it
    does not say is filled in: what people wrote is listed and left alone, unless --replace names it.
    The change is shown as a diff. Then fill in what is unknown, and run `openness lint`.

    \b
    openness contribute allenai/OLMo-2-1124-7B
    openness contribute acme/model --id acme-model-7b --dry-run
    """
    from openness.change import default_registry, write
    from openness.contribute import FACTS, contribute
    from openness.exports.text import clean

    if unknown := set(replace) - set(FACTS):
        raise click.BadParameter(
            f"{', '.join(sorted(unknown))}: choose among {', '.join(FACTS)}", param_hint="--replace"
        )
    change = contribute(target, path or default_registry(), name=name, replace=replace, offline=offline)
    if change.diff and not dry_run:
        write(change)
    if json_:
        fields = {"file": str(change.path), "id": change.id, "new": change.new, "added": change.added}
        written = bool(change.diff) and not dry_run
        click.echo(as_json(envelope("contribute", None, **fields, kept=change.kept, written=written, diff=change.diff)))
        return
    if change.diff:
        click.echo("\n".join(clean(line) for line in change.diff.splitlines()))
    for said in change.kept:
        click.echo(f"left as it is: {clean(said)}", err=True)
    if not change.diff:
        click.echo(f"nothing to add to {change.id}", err=True)
    elif dry_run:
        click.echo("nothing was written (--dry-run)", err=True)
    else:
        click.echo(f"{change.path}: {change.id}: next, fill in what is unknown, then `openness lint`", err=True)
