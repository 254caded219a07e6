"""Start the catalog's web site: the command that runs it, and what must be true before."""

from __future__ import annotations

import importlib.util
import re
import socket
import sys
import tomllib
from pathlib import Path

from openness import settings
from openness.schemas.errors import OpennessError

FOLDER = settings.HERE / "ui"
_PATH = re.compile(r"[\w~-][\w.~-]*(/[\w~-][\w.~-]*)*", re.ASCII)


def site_command(host: str, port: int, base_path: str = "", *, browser: bool = False) -> list[str]:
    """The command that serves the site; to be run in place of this process.

    Args:
        host: the address to listen on.
        port: the port to listen on.
        base_path: what stands before every path when a proxy gives the site a part of a host, such as ``openness``.
        browser: open a browser on it.

    Raises:
        OpennessError: the extra is not installed, the base path is none, or nobody can listen there.
    """
    if missing := [name for name in ("streamlit", "babel") if importlib.util.find_spec(name) is None]:
        message = f"the web site needs {' and '.join(missing)}, which openness does not install by itself"
        raise OpennessError("no_ui", message, 'pip install "openness[ui]"')
    path = base_path.strip("/")
    if path and not _PATH.fullmatch(path):
        raise OpennessError("bad_base_path", f"`{base_path}` is not a path", "such as /openness")
    _check_free(host, port)
    flags = _fixed_settings() | {
        "server.address": host,
        "server.port": port,
        "server.baseUrlPath": path,
        "server.headless": not browser,
    }
    given = [f"--{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in flags.items()]
    return [sys.executable, "-P", "-m", "openness.ui", "run", str(FOLDER / "app.py"), *given]


def site_url(host: str, port: int, base_path: str = "") -> str:
    """Where a browser on this machine finds the site."""
    shown = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
    path = base_path.strip("/")
    return f"http://{shown}:{port}/{path}{'/' if path else ''}"


def _fixed_settings() -> dict[str, object]:
    """The site's own settings as flags: those win over the files and variables of whoever starts it."""
    with Path(FOLDER / ".streamlit" / "config.toml").open("rb") as stream:
        sections = tomllib.load(stream)
    return {
        f"{section}.{name}": value
        for section, values in sections.items()
        if section != "theme"
        for name, value in values.items()
    }


def _check_free(host: str, port: int) -> None:
    """Say it before the index is built; Streamlit would try the port after it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((host, port))
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        hint = "choose another with --host and --port"
        raise OpennessError("no_port", f"nothing can listen on {host} port {port}: {reason}", hint) from None
