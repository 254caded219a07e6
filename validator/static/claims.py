"""What others say of the number of parameters: the name of the repository and its card."""

from __future__ import annotations

import re

from openness.sources.published import Gone, Published, TooLong
from openness.validator.static.tensors import claimed_size

CARD_LIMIT = 600_000
_SAID = re.compile(
    r"(?<![\w.])(?P<number>\d{1,4}(?:\.\d{1,3})?)[ -]?(?P<unit>B|M|billion|million)[ -]+(?:\w+ )?param(?:eter)?s?\b",
    re.IGNORECASE,
)


def claims_of(published: Published) -> dict[str, int]:
    """Who says how many; rounded as people write them."""
    found: dict[str, int] = {}
    if size := claimed_size(published.repo.rsplit("/", 1)[-1]):
        found["the name"] = size
    if "README.md" in published.sizes:
        try:
            text = published.whole("README.md", CARD_LIMIT).decode("utf-8", "replace")
        except (Gone, TooLong):
            return found
        if said := _SAID.search(text):
            found["the card"] = int(float(said["number"]) * (1e9 if said["unit"].lower().startswith("b") else 1e6))
    return found
