"""Problems as GitHub's workflow commands, which show them beside the lines of a pull request."""

from __future__ import annotations

from openness.exports.text import clean


def annotation(path: object, line: int, title: str, message: str) -> str:
    """One ``::error`` command on one line. Nothing in its parts can end it or begin another."""
    properties = {"file": str(path), "line": str(line), "title": title}
    listed = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())
    return f"::error {listed}::{_escape(message)}"


def _escape(text: str) -> str:
    # Line ends are no concern of `clean`'s result; they are escaped all the same, as GitHub documents it.
    return clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
