"""``openness check``."""

from __future__ import annotations

import click

from openness.cli.output import as_json, envelope, json_option


def _number(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    """``800M``, ``5,000,000``, ``1.5 million`` -> a number."""
    if value is None:
        return None
    from openness.licenses import parse_amount

    amount = parse_amount(value)
    if amount is None:
        raise click.BadParameter(f"{value!r} is not a number, such as 800M or 5000000")
    return amount


@click.command("check", short_help="May I? Hold uses against the terms of a model or license.")
@click.argument("target")
@click.option("--commercial", is_flag=True, help="Use it commercially.")
@click.option("--users", callback=_number, metavar="N", help="Serve N users a month, such as 800M.")
@click.option("--revenue", callback=_number, metavar="N", help="Make N in revenue a year, such as 5M.")
@click.option("--train-models", is_flag=True, help="Train or improve other models with it or its outputs.")
@click.option("--outputs", is_flag=True, help="Use its outputs without restriction.")
@click.option("--modify", is_flag=True, help="Change it, fine-tune it.")
@click.option("--redistribute", is_flag=True, help="Pass it on, changed or not.")
@click.option("--region", metavar="PLACE", help="Use it there, such as EU.")
@click.option("--military", is_flag=True, help="Use it for military purposes.")
@click.option("--as-of", metavar="DATE", help="The terms on this day (YYYY-MM-DD).")
@click.option("--offline", is_flag=True, help="Use the registry and what was read before; no network.")
@json_option
def command(
    target: str,
    commercial: bool,
    users: int | None,
    revenue: int | None,
    train_models: bool,
    outputs: bool,
    modify: bool,
    redistribute: bool,
    region: str | None,
    military: bool,
    as_of: str | None,
    offline: bool,
    json_: bool,
) -> int:
    r"""May I? Hold uses against the terms of TARGET, clause by clause.

    TARGET is a model, named as for `openness grade` (the terms of its weights); a file with the text of a
    license, or - for standard input; or the id of a license. Leaves with 1 when any answer is "no" or "permission".

    \b
    openness check llama-2-7b --commercial --users 800M
    openness check gemma-7b --train-models --region EU --json
    openness check ./LICENSE --commercial --modify
    openness check llama-3.1 --train-models --outputs
    """
    from openness.api import Options, parse_day
    from openness.licenses import check_uses
    from openness.may_i import terms
    from openness.schemas.uses import Use

    use = Use(
        commercial=commercial,
        users=users,
        revenue=revenue,
        train_models=train_models,
        outputs=outputs,
        modify=modify,
        redistribute=redistribute,
        region=region,
        military=military,
    )
    if use == Use():
        raise click.UsageError("ask for at least one use, such as --commercial")
    grade = terms(target, Options(parse_day(as_of) if as_of else None, offline))
    result = check_uses(grade, use)
    if json_:
        fields = {"target": target, "id": grade["id"], "as_of": grade["as_of"], **result}
        click.echo(as_json(envelope("check", registry=grade["registry"], **fields, disclaimer=grade["disclaimer"])))
    else:
        from openness.exports.text import check_text

        click.echo(check_text(grade, result))
    return 1 if result["verdict"] in ("no", "permission") else 0
