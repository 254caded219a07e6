"""Rows as CSV: what comes out is what went in, and nothing in it runs."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from openness.exports.spreadsheet import as_csv


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("Llama 2", "Llama 2"),
        ('a "b", c\nd', 'a "b", c\nd'),
        ("百川", "百川"),
        (None, ""),
        (7_000_000_000, "7000000000"),
        (0, "0"),
        (-1.5, "-1.5"),  # a number is none of a stranger's
        (["text", "code"], "text,code"),
        ([], ""),
        # What a spreadsheet would run.
        ('=HYPERLINK("https://evil.example","x")', '\'=HYPERLINK("https://evil.example","x")'),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\n=1", "'\n=1"),
        ("＝1", "'＝1"),
        (["=1", "b"], "'=1,b"),
        ("a=1", "a=1"),
    ],
)
def test_a_cell(value: Any, cell: str) -> None:
    text = as_csv([{"name": value, "last": "x"}])
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["name", "last"], [cell, "x"]]


def test_no_rows_are_an_empty_file() -> None:
    assert as_csv([]) == ""
