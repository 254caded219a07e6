"""The files of scripts/ as modules: they are in no package."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from types import ModuleType

from license_texts import PROJECT


@cache
def load_script(name: str) -> ModuleType:
    """scripts/<name>.py, loaded once."""
    spec = importlib.util.spec_from_file_location(f"openness_{name}", PROJECT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
