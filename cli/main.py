"""The ``openness`` command: finds the commands lazily and turns errors into sentences."""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import Any

import click

from openness.schemas.errors import OpennessError

# name -> one line of help; the module of the same name holds the command. Listed here so that
# `openness --help` imports none of them; a test keeps the lines equal to the commands' own.
COMMANDS = {
    "grade": "Grade models: how open, under what terms, on what evidence.",
    "check": "May I? Hold uses against the terms of a model or license.",
    "license": "Read license texts; browse the license knowledge base.",
    "explain": "Explain the rules of the ladder.",
    "list": "List the models of the registry.",
    "search": "Search the registry for words.",
    "show": "Show the record of a model, with its evidence.",
    "compare": "Compare models side by side.",
    "validate": "Do the published weights load and run? Proof, not a promise.",
    "contribute": "Draft a model's entry and insert it into the registry's YAML.",
    "import": "Record what others concluded, from a local clone of their data.",
    "compare-assessments": "Show where others' assessments contradict our evidence.",
    "lint": "Check a registry file and report every problem at once.",
    "diff": "Say what a change of the registry does to grades.",
    "linkcheck": "Visit the addresses of evidence; report dead and moved ones.",
    "stale": "List facts not read again for long, and changes on the Hub.",
    "update": "Take a newer registry than the installed one.",
    "cache": "Show or clear what is kept on this machine.",
    "serve": "Serve the catalog as a web site.",
    "doctor": "Show versions, paths, endpoint and device.",
}


class ReaderGone(Exception):
    """Nobody reads stdout any more."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run; a closed pipe must not reach click, which would leave with 1, our word for "no"."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise ReaderGone from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"openness.cli.{cmd_name.replace('-', '_')}_command")
        command: click.Command = module.command
        _keep_lines(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _keep_lines(command: click.Command) -> None:
    r"""Let click see the ``\b`` before examples, which a raw docstring spells out."""
    command.help = (command.help or "").replace("\\b\n", "\b\n") or None
    for inner in getattr(command, "commands", {}).values():
        _keep_lines(inner)


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from openness.settings import tool_version

        click.echo(f"openness {tool_version()}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 fine · 1 the answer is no · 2 the question or the data was bad, or the network failed.",
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version.")
def group() -> None:
    """How open is a model, what may I do with it, and is it what it says it is?"""


def main() -> None:
    """Run, and leave with an exit code that scripts can rely on."""
    # No telemetry; it would also cost a request of its own before the first one of a reading.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that is not UTF-8 shows "\u2714" for what it lacks; inside JSON that means the same.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = group.main(standalone_mode=False)
        # Flushing here, where a closed pipe can still be met quietly.
        sys.stdout.flush()
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except OpennessError as error:
        show_error(error)
        sys.exit(2)
    except (BrokenPipeError, ReaderGone):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # the last edge: a bug of ours must not look like an answer
        if os.environ.get("OPENNESS_DEBUG"):
            raise
        message = f"something unexpected went wrong ({type(error).__name__}: {error})"
        show_error(OpennessError("unexpected", message, "please report it; OPENNESS_DEBUG=1 shows where it happened"))
        sys.exit(2)


def show_error(error: OpennessError, target: str = "") -> None:
    """Print an error as a sentence and a hint, to stderr."""
    from openness.exports.text import clean

    prefix = f"{clean(target)}: " if target else ""
    click.echo(f"error: {prefix}{clean(error.message)}", err=True)
    if error.hint:
        click.echo(f"  {clean(error.hint)}", err=True)
