"""``openness license``: read, list, show, diff."""

from __future__ import annotations

from typing import Any

import click

from openness.cli.output import as_json, envelope, json_option, table


@click.group("license", short_help="Read license texts; browse the license knowledge base.")
def command() -> None:
    """Read license texts; browse the license knowledge base."""


@command.command("read")
@click.argument("target")
@click.option("--offline", is_flag=True, help="For a model: what was read of its repository before; no network.")
@json_option
def read(target: str, offline: bool, json_: bool) -> int:
    """Read the license text in TARGET: a file, a folder, - for standard input, or a model.

    A model is named as for `openness grade`; the LICENSE of its Hub repository is read.

    Says which license it is, whether it is exactly that, what was added, changed or left out, which clauses
    it holds and what the Open Source Definition says to them. "Perhaps" marks a clause in words that no rule
    knows: a guess from examples, which is left to a human reader.
    """
    from openness.api import repository_license
    from openness.exports.text import license_text
    from openness.licenses import is_local, license_text_of, read_license

    text = license_text_of(target) if is_local(target) else repository_license(target, offline=offline)
    found = read_license(text).model_dump(mode="json")
    disclaimer = "Information about published terms, not legal advice."
    if json_:
        click.echo(as_json(envelope("license-read", target=target, **found, disclaimer=disclaimer)))
    else:
        click.echo(f"{license_text(target, found)}\n  {disclaimer}")
    return 0


@command.command("list")
@click.option("--clause", metavar="KIND", help="Only licenses with this kind of clause.")
@click.option("--osd", type=click.IntRange(1, 10), help="Only licenses with a clause against this criterion.")
@json_option
def list_(clause: str | None, osd: int | None, json_: bool) -> None:
    """List the licenses whose clauses are recorded."""
    from openness.licenses import list_licenses
    from openness.schemas.license import ClauseKind

    if clause is not None and clause not in list(ClauseKind):
        raise click.BadParameter(f"one of {', '.join(ClauseKind)}", param_hint="--clause")
    rows = list_licenses(clause, osd)
    if json_:
        click.echo(as_json(envelope("license-list", licenses=rows)))
        return
    shown = [(row["id"], row["verdict"], ", ".join(map(str, row["osd"])), row["name"]) for row in rows]
    click.echo(table(("license", "verdict", "OSD", "name"), shown))


@command.command("show")
@click.argument("license_", metavar="LICENSE")
@json_option
def show(license_: str, json_: bool) -> None:
    """Show what LICENSE demands, clause by clause."""
    from openness.exports.text import entry_text
    from openness.licenses import find_license

    entry = find_license(license_).model_dump(mode="json", exclude_defaults=True)
    click.echo(as_json(envelope("license-show", license=entry)) if json_ else entry_text(entry))


@command.command("diff")
@click.argument("first")
@click.argument("second")
@json_option
def diff(first: str, second: str, json_: bool) -> None:
    """Compare what two licenses demand, clause by clause."""
    from openness.licenses import compare_licenses, find_license

    one, two = find_license(first), find_license(second)
    rows: list[dict[str, Any]] = [
        {
            "kind": pair.kind,
            "first": [clause.summary for clause in pair.first],
            "second": [clause.summary for clause in pair.second],
            "same": pair.same,
        }
        for pair in compare_licenses(one, two)
    ]
    if json_:
        click.echo(as_json(envelope("license-diff", first=one.id, second=two.id, clauses=rows)))
        return
    shown = [
        ("" if row["same"] else "*", row["kind"], "; ".join(row["first"]) or "—", "; ".join(row["second"]) or "—")
        for row in rows
    ]
    click.echo(table(("", "clause", one.id, two.id), shown))
