"""scripts/translations.py as a module."""

from __future__ import annotations

import importlib.util
from functools import cache
from types import ModuleType

from cli_runner import PROJECT


@cache
def script() -> ModuleType:
    """The script, loaded from its file: it is in no package."""
    spec = importlib.util.spec_from_file_location("openness_translations", PROJECT / "scripts" / "translations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
