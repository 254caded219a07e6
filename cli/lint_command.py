"""``openness lint``."""

from __future__ import annotations

from pathlib import Path

import click

from openness.cli.output import as_json, envelope, json_option
from openness.schemas.errors import OpennessError


@click.command("lint", short_help="Check a registry file and report every problem at once.")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--lines", is_flag=True, help="Only file:line: message, one line per problem, for editors.")
@click.option("--github", is_flag=True, help="Print the problems as annotations of a GitHub workflow.")
@json_option
def command(file: Path | None, lines: bool, github: bool, json_: bool) -> int:
    """Check FILE (the registry in use when left out) and report every problem at once.

    Each problem is one line, file:line: field: what is wrong. Leaves with 1 when there is any.
    """
    from openness.exports.annotations import annotation
    from openness.exports.text import clean
    from openness.knowledge import load_knowledge
    from openness.registry.load import load_file
    from openness.registry.lookup import digest
    from openness.store import registry_path

    if lines + github + json_ > 1:
        raise click.UsageError("choose one of --lines, --github and --json")
    path = file or registry_path()
    try:
        registry = load_file(path, load_knowledge().known_ids())
    except (OSError, UnicodeDecodeError) as error:
        raise OpennessError("unreadable", f"{path} cannot be read: {error}", "it must be a UTF-8 text file") from None
    problems = registry.problems
    if json_:
        found = [{"line": p.line, "field": p.field, "model": p.block, "message": p.message} for p in problems]
        click.echo(
            as_json(envelope("lint", digest(path), file=str(path), models=len(registry.entries), problems=found))
        )
        return 1 if problems else 0
    for problem in problems:
        if github:
            place = " ".join(part for part in (problem.block, problem.field) if part)
            click.echo(annotation(path, problem.line, place or "registry", problem.message))
        else:
            click.echo(f"{clean(path)}:{problem.line}: {clean(problem)}")
    if not lines:
        click.echo(f"{len(registry.entries)} models, {len(problems)} problems", err=True)
    return 1 if problems else 0
