"""Small folders in the formats of the Model Openness Tool and the European index; the models are made up."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def mot_document(name: str, components: Mapping[str, str | None], **release: Any) -> dict[str, Any]:
    """One model of the Model Openness Tool: component -> its own license, None for none of its own."""
    listed = [
        {"name": key, "description": "d"} | ({"license": text} if text else {}) for key, text in components.items()
    ]
    return {
        "framework": {"name": "Model Openness Framework", "version": "1.0", "date": "2024-12-15"},
        "release": {"name": name, "version": "7B", "license": {}, "components": listed, **release},
    }


def osai_document(
    name: str, end: str, base: str | None = None, *, license: str = "Apache-2.0", **classes: Any
) -> dict[str, Any]:
    """One system of the European index; a class is a word, or (word, link)."""
    features = {
        key: {"class": value, "link": None} if not isinstance(value, tuple) else {"class": value[0], "link": value[1]}
        for key, value in classes.items()
    }
    names = {"basemodelname": base, "endmodelname": end, "endmodellicense": license}
    return {"system": {"name": name, "link": None, "type": "text", **names}, "org": {"name": "Acme"}, **features}


def write_clone(root: Path, documents: Mapping[str, Any], commit: str | None = COMMIT) -> Path:
    """A folder with these files and, as git leaves them, the few files that tell its commit."""
    for path, document in documents.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        text = document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
        file.write_text(text, "utf-8")
    if commit:
        (root / ".git" / "refs" / "heads").mkdir(parents=True, exist_ok=True)
        (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
        (root / ".git" / "refs" / "heads" / "main").write_text(f"{commit}\n")
    return root


def git_clone(root: Path) -> str:
    """Make a folder a real repository with one commit, whose references git has packed; its commit."""
    calls: list[list[str]] = [
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "data"],
        ["pack-refs", "--all"],
    ]
    for arguments in calls:
        subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)
    done = subprocess.run(["git", "-C", str(root), "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return done.stdout.strip()
