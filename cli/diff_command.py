"""``openness diff``."""

from __future__ import annotations

from pathlib import Path

import click

from openness.cli.output import as_json, json_option


@click.command("diff", short_help="Say what a change of the registry does to grades.")
@click.argument("base")
@click.argument("head", required=False)
@click.option(
    "--registry",
    "path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file that revisions are read of; data/models.yaml by default.",
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "markdown", "json"]), default="text", help="How to print it."
)
@json_option
def command(base: str, head: str | None, path: Path | None, format_: str, json_: bool) -> int:
    r"""Say in words what the change from BASE to HEAD does to grades, and because of which facts.

    BASE and HEAD are YAML files or git revisions; without HEAD the file in the working tree is compared.
    Leaves with 1 when a level or a license verdict changed though no evidence did, neither in that model
    nor in its bases. A HEAD with problems is not compared: run `openness lint` first.

    \b
    openness diff origin/main
    openness diff main my-branch --format markdown
    openness diff old.yaml new.yaml --json
    """
    from openness.changes import diff
    from openness.exports.changes import changes_markdown, changes_text, summary
    from openness.exports.text import clean

    found = diff(base, head, path)
    data = found.to_json()
    for warning in found.warnings:
        click.echo(f"warning: {clean(warning)}", err=True)
    if json_ or format_ == "json":
        click.echo(as_json(data))
    elif format_ == "markdown":
        click.echo(changes_markdown(data), nl=False)
    else:
        if text := changes_text(data):
            click.echo(text)
        click.echo(summary(data), err=True)
    return 0 if found.ok else 1
