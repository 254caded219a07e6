"""``openness validate``."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openness.cli.output import as_json, json_option

if TYPE_CHECKING:
    from openness.schemas.errors import OpennessError
    from openness.validate import Options

DEFAULT_OUTPUT = Path("openness-validation.jsonl")
GB = 1_000_000_000
CODES = {"valid": 0, "invalid": 1, "needs_code_execution": 1, "incomplete": 2}


@click.command("validate", short_help="Do the published weights load and run? Proof, not a promise.")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--static", is_flag=True, help="Only names, sizes, headers and configs: no weights are read.")
@click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True, help="Where to run."
)
@click.option(
    "--hash", "hash_", is_flag=True, help="Compute the sha256 of the weights (reads or downloads all of them)."
)
@click.option(
    "--timeout", type=click.FloatRange(min=1), default=1800, show_default=True, metavar="SECONDS", help="For the run."
)
@click.option("--memory", type=click.FloatRange(min=0.1), metavar="GB", help="Host memory that the run may hold.")
@click.option("--attach", metavar="ID", help="Write a valid result into this entry of the registry, as evidence.")
@click.option(
    "--registry", type=click.Path(path_type=Path), metavar="FILE", help="For --attach; data/models.yaml by default."
)
@click.option("--all", "all_", is_flag=True, help="Every model of the registry with a repository on the Hub.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="How many models at a time.")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help=f"For several; {DEFAULT_OUTPUT}.")
@click.option("--resume", is_flag=True, help="Go on with an output file: skip what it has an answer for.")
@json_option
def command(
    targets: tuple[str, ...],
    static: bool,
    device: str,
    hash_: bool,
    timeout: float,
    memory: float | None,
    attach: str | None,
    registry: Path | None,
    all_: bool,
    jobs: int,
    output: Path | None,
    resume: bool,
    json_: bool,
) -> int:
    r"""Check that published weights are complete, safe to load, and run.

    TARGET is a Hub id, the id of a model of the registry, or a folder (./model). Pickles are scanned and never
    loaded, code of a repository is reported and never run.

    Leaves with 0 when the weights are valid, with 1 when they are not or need code execution, with 2 when
    something could not be checked. For several models one line of JSON each goes to --output as they finish.

    \b
    openness validate sentence-transformers/all-MiniLM-L6-v2
    openness validate ./model --static --json
    openness validate --all --static --jobs 4 --resume
    """
    from openness.validate import Options

    if not targets and not all_:
        raise click.UsageError("name a model or a folder, or use --all")
    several = all_ or len(targets) > 1
    if attach and several:
        raise click.UsageError("--attach takes one model at a time")
    if (resume or output) and not several:
        raise click.UsageError("--output and --resume are for several models")
    options = Options(
        static=static, device=device, timeout=timeout, memory=round(memory * GB) if memory else None, hash=hash_,
        keep=not several,
    )  # fmt: skip
    if several:
        return _many(targets, all_, options, jobs, output or DEFAULT_OUTPUT, resume, json_)
    return _one(targets[0], options, attach, registry, json_)


class _Progress:
    """One line on stderr: over itself on a terminal, now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._every = 0.1 if self._terminal else 10.0
        self._last = time.monotonic()
        self._lock = threading.Lock()
        self._shown = ""

    def __call__(self, event: dict[str, Any]) -> None:
        from openness.exports.validation import progress_text

        with self._lock:
            if time.monotonic() - self._last < self._every:
                return
            self._last = time.monotonic()
            text = progress_text(event)
            if self._terminal:
                click.echo(f"\r{text[:100]:<{len(self._shown)}}", err=True, nl=False)
                self._shown = text[:100]
            else:
                click.echo(text, err=True)

    def clear(self) -> None:
        """Leave an empty line behind."""
        with self._lock:
            if self._shown:
                click.echo(f"\r{'':<{len(self._shown)}}\r", err=True, nl=False)
                self._shown = ""


def _one(target: str, options: Options, attach: str | None, registry: Path | None, json_: bool) -> int:
    from openness.exports.validation import validation_text
    from openness.schemas.errors import OpennessError
    from openness.validate import validate

    progress = _Progress()
    refused: OpennessError | None = None
    try:
        report = validate(target, options, progress)
    finally:
        progress.clear()
    if attach:
        from openness.attach import attach as attach_to
        from openness.change import default_registry

        try:
            path = registry or default_registry()
            attach_to(report, attach, path)
            report = report.model_copy(update={"attached": f"{path}: {attach}"})
        except OpennessError as error:  # the report is shown all the same
            refused = error
    data = report.model_dump(mode="json", by_alias=True)
    click.echo(as_json(data) if json_ else validation_text(data))
    if report.attached:
        click.echo(f"attached to {report.attached}", err=True)
    if report.verdict == "incomplete":
        click.echo(f"not checked: {_open(data)}", err=True)
    if refused is not None:
        raise refused
    return CODES[report.verdict]


def _open(data: dict[str, Any]) -> str:
    from openness.exports.text import clean
    from openness.schemas.validation import REQUIRED

    left = [item for item in data["checks"] if item["outcome"] == "skipped" and item["name"] in REQUIRED]
    return "; ".join(f"{item['name']} ({clean(item['detail'])})" for item in left)


def _many(
    targets: tuple[str, ...], all_: bool, options: Options, jobs: int, path: Path, resume: bool, json_: bool
) -> int:
    import os

    from openness.exports.text import clean
    from openness.validate_many import Output, finished, models_with_repository, validate_many

    wanted = [*dict.fromkeys([*targets, *(models_with_repository() if all_ else [])])]
    skip = finished(path) if resume else set()
    todo = [target for target in wanted if target not in skip]
    if skip:
        click.echo(f"{len(wanted) - len(todo)} of {len(wanted)} are in {path} already", err=True)
    progress, output = _Progress(), Output(path, resume=resume)
    code = 0
    reports = validate_many(todo, options, jobs, lambda found: output.add(as_json(found, one_line=True)), progress)
    try:
        for number, found in enumerate(reports, 1):
            progress.clear()
            error = found.get("error")
            said = f"error: {error['message']}" if error else found["verdict"]
            if json_:
                click.echo(as_json(found, one_line=True))
            else:
                click.echo(f"{clean(found['target'])}  {clean(said)}")
            click.echo(f"{number} of {len(todo)}", err=True)
            code = max(code, 2 if error else CODES[found["verdict"]])
    except (KeyboardInterrupt, BrokenPipeError):
        # Threads cannot be stopped, and would be waited for: what they have started ends with this process.
        click.echo(f"stopped; go on with --resume --output {clean(path)}", err=True)
        os._exit(130)
    output.close()
    return code
