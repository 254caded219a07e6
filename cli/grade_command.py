"""``openness grade``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from openness.cli.main import show_error
from openness.cli.output import as_json
from openness.schemas.errors import OpennessError

if TYPE_CHECKING:
    from openness.api import Options

Json = dict[str, Any]
BAR = 20  # characters of the progress bar


@click.command("grade", short_help="Grade models: how open, under what terms, on what evidence.")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option("--json", "json_", is_flag=True, help="Print JSON: one object, or one line per target.")
@click.option(
    "--format", "format_", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True
)
@click.option("--as-of", metavar="DATE", help="Use only what was released by this day (YYYY-MM-DD).")
@click.option("--offline", is_flag=True, help="Use the registry and what was read before; no network.")
@click.option(
    "--fresh", is_flag=True, help="Also read the Hub for a model of the registry and show where they disagree."
)
@click.option("--deep", is_flag=True, help="Also read the LICENSE of the code repository on GitHub.")
@click.option("--folder", is_flag=True, help="The targets are local folders, whatever they look like.")
@click.option("--explain", is_flag=True, help="Print each rule's documentation with its finding.")
@click.option(
    "--require",
    "requirements",
    multiple=True,
    metavar="CONDITION",
    help='Leave with 1 unless met: "level>=3", "effective_level>=2", open_source or open_not_osi. May be repeated.',
)
def command(
    targets: tuple[str, ...],
    json_: bool,
    format_: str,
    as_of: str | None,
    offline: bool,
    fresh: bool,
    deep: bool,
    folder: bool,
    explain: bool,
    requirements: tuple[str, ...],
) -> int:
    r"""Grade models: how open, under what terms, on what evidence.

    A TARGET is a registry id or alias, a Hub id (org/name, org/name@revision) or URL, or a folder
    when it starts with ".", "/" or "~".

    \b
    openness grade llama-2-7b
    openness grade allenai/OLMo-7B ./my-model --json
    openness grade meta-llama/Llama-2-7b-hf --require "level>=3" --require open_source
    """
    from openness.api import Options, parse_day
    from openness.classifier.require import parse_requirement

    if offline and (fresh or deep):
        raise click.UsageError(f"--offline and {'--fresh' if fresh else '--deep'} exclude each other")
    wanted = [parse_requirement(text) for text in requirements]
    options = Options(parse_day(as_of) if as_of else None, offline, fresh, folder, deep)
    format_ = "json" if json_ else format_
    failed = refused = False
    for number, (target, result) in enumerate(_grades(targets, options)):
        if isinstance(result, OpennessError):
            failed = True
            if format_ == "json":
                click.echo(as_json({"target": target, "error": result.to_json()}, one_line=len(targets) > 1))
            else:
                show_error(result, target if len(targets) > 1 else "")
            continue
        if number and format_ != "json":
            click.echo()
        click.echo(_rendered(result, format_, explain, many=len(targets) > 1))
        for requirement in wanted:
            if reason := requirement.unmet(result):
                refused = True
                click.echo(f"not met: {result['id']}: {reason}", err=True)
    return 2 if failed else 1 if refused else 0


def _grades(targets: tuple[str, ...], options: Options) -> Any:
    """Grade one after the other; a failure is a result like any other."""
    from openness.api import grade_json
    from openness.exports.text import clean

    many = len(targets) > 1 and sys.stderr.isatty()
    for number, target in enumerate(targets, start=1):
        if many:
            done = (number - 1) * BAR // len(targets)
            bar = "█" * done + "░" * (BAR - done)
            click.echo(f"\r\x1b[K{bar} {number}/{len(targets)} {clean(target[:60])}", err=True, nl=False)
        try:
            result: Json | OpennessError = grade_json(target, options)
        except OpennessError as error:
            result = error
        if many:
            click.echo("\r\x1b[K", err=True, nl=False)
        yield target, result


def _rendered(grade: Json, format_: str, explain: bool, many: bool) -> str:
    if format_ == "json":
        return as_json(grade, one_line=many)
    if format_ == "markdown":
        from openness.exports.markdown import grade_markdown

        return grade_markdown(grade)
    from openness.exports.text import grade_text

    documentation = None
    if explain:
        from openness.classifier.levels import all_rules

        documentation = {rule.id: rule.documentation for rule in all_rules()}
    return grade_text(grade, explain=documentation)
