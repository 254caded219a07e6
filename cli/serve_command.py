"""``openness serve``."""

from __future__ import annotations

import sys

import click


@click.command("serve", short_help="Serve the catalog as a web site.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="The port to listen on.")
@click.option(
    "--base-path",
    default="",
    envvar="OPENNESS_BASE_PATH",
    metavar="PATH",
    help="The path that the site has behind a proxy, such as /openness.",
)
@click.option("--browser/--no-browser", default=False, show_default=True, help="Open a browser on it.")
def command(host: str, port: int, base_path: str, browser: bool) -> None:
    r"""Serve the catalog as a web site, until Ctrl-C.

    It listens on this machine only, unless --host says otherwise, and sends nothing anywhere: the Hub alone is
    asked, when a visitor asks for the grade of a repository there. For a site on the web see docs/deployment.md.

    \b
    pip install "openness[ui]"
    openness serve --browser
    openness serve --host 0.0.0.0 --port 80 --base-path /openness
    """
    import os

    from openness.serve import site_command, site_url
    from openness.store import drop_scratch, open_index

    site = site_command(host, port, base_path, browser=browser)
    open_index(progress=_progress if sys.stderr.isatty() else None).close()
    drop_scratch()
    click.echo(f"the catalog is served at {site_url(host, port, base_path)}", err=True)
    sys.stdout.flush()
    sys.stderr.flush()
    # In the place of this process: signals reach the server itself, and nothing is left behind.
    os.execv(site[0], site)  # noqa: S606


def _progress(done: int, total: int) -> None:
    if done % 10 == 0 or done == total:
        click.echo(f"\r\x1b[Kgrading the registry: {done:,} of {total:,}", err=True, nl=done == total)
