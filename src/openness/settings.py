"""Where things are: the registry, the index, the caches. Environment variables, read on each call."""

from __future__ import annotations

import hashlib
import os
import re
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

HERE = Path(__file__).parent
DATA = HERE / "data"
INSTALLED_REGISTRY = DATA / "models.yaml"
LICENSES = DATA / "licenses"


def tool_version() -> str:
    """The installed version of openness."""
    try:
        return version("openness")
    except PackageNotFoundError:
        return "0"


def cache_folder() -> Path:
    """``OPENNESS_CACHE``, else the user's cache folder."""
    return Path(os.environ.get("OPENNESS_CACHE") or user_cache_path("openness"))


def data_folder() -> Path:
    """``OPENNESS_DATA``, else the user's data folder: where ``openness update`` keeps its copy."""
    return Path(os.environ.get("OPENNESS_DATA") or user_data_path("openness"))


def registry_setting() -> str | None:
    """``OPENNESS_REGISTRY``: a path or an https URL; None when unset."""
    return os.environ.get("OPENNESS_REGISTRY") or None


def copy_of(url: str) -> Path:
    """Where the checked copy of the registry at a URL is kept."""
    return data_folder() / f"registry-{hashlib.sha256(url.encode()).hexdigest()[:16]}.yaml"


def updated_registry() -> Path:
    """The copy that ``openness update`` made, valid for the tool version it was made with."""
    return data_folder() / f"models-{tool_version()}.yaml"


def database_url() -> str | None:
    """``OPENNESS_DATABASE_URL``: any SQLAlchemy URL; None for the SQLite file in the cache."""
    return os.environ.get("OPENNESS_DATABASE_URL") or None


def index_file(registry: Path) -> Path:
    """The SQLite index of a registry file."""
    return cache_folder() / f"index-{hashlib.sha256(str(registry).encode()).hexdigest()[:16]}.sqlite3"


def snapshot_folder() -> Path:
    """Where readings of Hub repositories are kept for ``--offline``."""
    return cache_folder() / "snapshots"


def link_cache() -> Path:
    """Where ``linkcheck`` keeps what came of visiting the addresses."""
    return cache_folder() / "links.json"


def repository_url() -> str | None:
    """``OPENNESS_REPOSITORY``, else the repository that the installed package names: where issues and changes go.

    An https address such as ``https://github.com/org/name``; None where none is known.
    """
    found = os.environ.get("OPENNESS_REPOSITORY") or _published_repository() or ""
    return found.rstrip("/") if re.fullmatch(r"https://[\w.:/~-]{3,300}", found) else None


def _published_repository() -> str | None:
    try:
        entries = metadata("openness").get_all("Project-URL") or []
    except PackageNotFoundError:
        return None
    urls = {label.strip().lower(): url.strip() for label, _, url in (entry.partition(",") for entry in entries)}
    return urls.get("repository") or urls.get("source")


def weights_folder() -> Path:
    """Where ``validate`` keeps the files that it downloads to run a model."""
    return cache_folder() / "weights"
