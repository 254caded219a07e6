"""Workflow commands: whatever the registry says, one problem is one command."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openness.exports.annotations import annotation


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            ("data/models.yaml", 7, "a weights", "is bad"),
            "::error file=data/models.yaml,line=7,title=a weights::is bad",
        ),
        (("a,b:c", 1, "x:y,z", "100%, a: b"), "::error file=a%2Cb%3Ac,line=1,title=x%3Ay%2Cz::100%25, a: b"),
        (
            ("f", 1, "t::set-env name=A::b", "m\n::add-mask::x\r\n##[error]y"),
            "::error file=f,line=1,title=t%3A%3Aset-env name=A%3A%3Ab::m ::add-mask::x� ##[error]y",
        ),
        (("f", 1, "%0A", "%0A::warning::"), "::error file=f,line=1,title=%250A::%250A::warning::"),
    ],
)
def test_annotation(parts: tuple[str, int, str, str], expected: str) -> None:
    assert annotation(*parts) == expected


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_one_problem_is_one_command_whatever_it_says(path: str, title: str, message: str) -> None:
    command = annotation(path, 3, title, message)
    assert len(command.splitlines()) == 1
    head, _, _ = command.removeprefix("::error ").partition("::")
    assert re.fullmatch(r"file=[^,:]*,line=3,title=[^,:]*", head)
