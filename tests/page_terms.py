"""A small registry for the pages on licenses, with names that would be markup anywhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_runner import model, state, write_registry

HOSTILE = "<script>alert(1)</script> ![x](https://evil.example/x.png) **b** :smile: $x$ [l](javascript:alert(1))"


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The registry in use, for one test."""
    evidence = {"url": "https://example.org/LICENSE", "read": "2024-05-01", "where": HOSTILE, "quote": HOSTILE}
    weights = state("open", "2024-01", license="LicenseRef-llama-2", evidence=[evidence])
    path = write_registry(
        tmp_path / "small.yaml",
        model("cap", aliases=["Cap 7B"], weights=[weights]),
        model("evil", weights=[weights]) | {"name": HOSTILE, "organization": HOSTILE},
        model("free", weights=[state("open", "2024-01", license="Apache-2.0")]),
        model("mute", weights=[state("open", "2024-01")]),
        model("none", weights=[state("open", "2024-01", license="NONE")]),
        model(
            "turned",
            weights=[state("open", "2023-01", license="CC-BY-NC-4.0"), state("open", "2024-01", license="MIT")],
        ),
        model("two", weights=[state("open", "2024-01", license="MIT OR LicenseRef-llama-2")]),
    )
    monkeypatch.setenv("OPENNESS_REGISTRY", str(path))
    monkeypatch.delenv("OPENNESS_DATABASE_URL", raising=False)
    return path
