"""Is code of the repository needed? It is reported, and never run."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from openness.schemas.validation import Check
from openness.sources.published import Gone, Published, TooLong
from openness.validator.checks import counted, few, needs_code, passed, warned
from openness.validator.static.reading import CONFIG_LIMIT, Reading


def code_not_needed(reading: Reading, known_types: Collection[str] | None) -> Check:
    """The weights can be used without running code of the repository.

    Args:
        reading: what was read.
        known_types: the ``model_type`` values that the installed transformers has classes for; None
            where it is not installed.
    """
    name, published = "code-not-needed", reading.published
    config = reading.config or {}
    needed: list[str] = []
    offered: list[str] = []
    if isinstance(config.get("auto_map"), dict) and config["auto_map"]:
        model_type = str(config.get("model_type") or "")[:80]
        classes = ", ".join(sorted(str(value)[:80] for value in config["auto_map"].values())[:2])
        if known_types is not None and model_type in known_types:
            offered.append(f"config.json offers {classes}, but transformers knows `{model_type}` itself")
        else:
            why = "" if known_types is not None else " (transformers is not installed, so it was not asked)"
            needed.append(f"config.json names classes of the repository: {classes}{why}")
    if _maps(published, "tokenizer_config.json"):
        has_own = "tokenizer.json" in published.sizes
        (offered if has_own else needed).append("tokenizer_config.json names a tokenizer class of the repository")
    modules = _json(published, "modules.json")
    for module in modules if isinstance(modules, list) else []:
        kind = str(module.get("type", "")) if isinstance(module, dict) else ""
        if kind and not kind.startswith("sentence_transformers."):
            needed.append(f"modules.json names {kind[:80]}")
    if needed:
        return needs_code(name, f"{few(needed)}. It was not run.")
    if offered:
        return warned(name, f"{few(offered)}. It was not run.")
    scripts = [path for path in published.sizes if path.endswith(".py")]
    said = f"{counted(len(scripts), 'script')}; the configs call for none" if scripts else "no code in the configs"
    return passed(name, said)


def _maps(published: Published, path: str) -> bool:
    data = _json(published, path)
    return isinstance(data, dict) and bool(data.get("auto_map"))


def _json(published: Published, path: str) -> Any:
    if path not in published.sizes:
        return None
    try:
        return published.json(path, 4 * CONFIG_LIMIT)
    except (Gone, TooLong, ValueError):
        return None
