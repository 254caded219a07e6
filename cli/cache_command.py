"""``openness cache``."""

from __future__ import annotations

import click

from openness.cli.output import as_json, envelope, json_option


@click.command("cache", short_help="Show or clear what is kept on this machine.")
@click.argument("action", type=click.Choice(["show", "clear"]), default="show")
@json_option
def command(action: str, json_: bool) -> None:
    """Show what is kept on this machine, or clear it.

    That is the index, the parsed license knowledge, readings of repositories, what came of visiting addresses, and
    the weights that `openness validate` has downloaded.

    Everything in the cache can be made again. The registry copy of `openness update` is not part of
    it: see `openness update --reset`.
    """
    from openness.settings import cache_folder

    folder = cache_folder()
    patterns = {
        "index": "index-*",
        "knowledge": "knowledge-*.json",
        "snapshots": "snapshots/*.json",
        "links": "links.json",
        "weights": "weights/**/*",
    }
    found = {name: [path for path in folder.glob(pattern) if path.is_file()] for name, pattern in patterns.items()}
    sizes = {name: sum(path.stat().st_size for path in paths) for name, paths in found.items()}
    if action == "clear":
        for path in (path for paths in found.values() for path in paths):
            path.unlink(missing_ok=True)
    if json_:
        counts = {name: {"files": len(paths), "bytes": sizes[name]} for name, paths in found.items()}
        click.echo(as_json(envelope("cache", folder=str(folder), cleared=action == "clear", **counts)))
        return
    click.echo(str(folder))
    for name, paths in found.items():
        click.echo(f"  {name}: {len(paths)} files, {sizes[name]:,} bytes{' cleared' if action == 'clear' else ''}")
