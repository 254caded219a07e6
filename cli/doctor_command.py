"""``openness doctor``."""

from __future__ import annotations

import platform
import shutil
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import click

from openness.cli.output import as_json, envelope, json_option
from openness.schemas.errors import OpennessError

_LIBRARIES = (
    *("huggingface_hub", "pydantic", "sqlmodel", "license-expression"),
    *("gguf", "picklescan", "torch", "transformers", "streamlit"),
)


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@click.command("doctor", short_help="Show versions, paths, endpoint and device.")
@json_option
def command(json_: bool) -> int:
    """Show what openness works with here: versions, registry, index, endpoint, token, device.

    Leaves with 1 when something that a grade needs does not work. A token is reported as set or not,
    never shown.
    """
    from openness import settings
    from openness.api import hub_state
    from openness.exports.text import clean
    from openness.store import load_registry, open_index, registry_path

    endpoint, token = hub_state()
    facts: dict[str, object] = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "libraries": {name: _installed(name) for name in _LIBRARIES},
        "endpoint": endpoint,
        "token": token,
        "cache": str(settings.cache_folder()),
        "database": _safe(settings.database_url()) or "SQLite file in the cache",
        "device": _device(),
    }
    problems = []
    try:
        facts["registry"] = str(registry_path())
        facts["models"] = len(load_registry().entries)
        open_index().close()
    except OpennessError as error:
        problems.append(f"{error.message}. {error.hint}".strip())
    if json_:
        click.echo(as_json(envelope("doctor", ok=not problems, problems=problems, **facts)))
    else:
        for key, value in facts.items():
            if isinstance(value, dict):
                value = ", ".join(f"{name} {found}" for name, found in value.items() if found)
            click.echo(f"{key:<10} {clean(value)}")
        for problem in problems:
            click.echo(f"problem    {clean(problem)}")
    return 1 if problems else 0


def _safe(url: str | None) -> str | None:
    """A database URL without its password."""
    if url is None:
        return None
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "set, but not a SQLAlchemy URL"


@cache
def _device() -> str:
    """What the validator would run on. Torch is asked only where it is installed."""
    if _installed("torch") is None:
        found = "NVIDIA driver found, " if shutil.which("nvidia-smi") else ""
        return f"{found}torch not installed (only the validator needs it)"
    import subprocess

    # In a child: importing torch costs seconds and memory, and may fail in its own ways.
    script = "import torch; print(torch.cuda.get_device_name(0) if torch.cuda.is_available() else 'cpu')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip() or "torch is installed but does not import"
