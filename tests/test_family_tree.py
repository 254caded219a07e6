"""Bases and derivatives: circles, names that differ, too many relatives."""

from __future__ import annotations

import pytest

from openness.family_tree import Edge, ancestors, around, relatives
from page_registry import EVIL_NAME, small_registry

__all__ = ["small_registry"]


def edges(*pairs: str) -> list[Edge]:
    return [Edge(*pair.split(">"), "finetune") for pair in pairs]


@pytest.mark.parametrize(
    ("id_", "links", "wanted"),
    [
        ("a", [], ["a"]),
        ("b", ["a>b", "b>c", "c>d", "x>y"], ["b", "a", "c", "d"]),
        ("a", ["a>b", "b>a"], ["a", "b"]),
        ("a", ["a>a"], ["a"]),
        ("m", ["a>m", "b>m", "r>a", "r>b"], ["m", "a", "b", "r"]),
        ("m", ["a>m", "a>brother"], ["m", "a"]),
    ],
)
def test_relatives(id_: str, links: list[str], wanted: list[str]) -> None:
    found, among, left_out = relatives(id_, edges(*links))
    assert found == wanted
    assert left_out == 0
    assert all(edge.base in found and edge.model in found for edge in among)
    assert set(ancestors(id_, edges(*links))) <= set(wanted)


def test_too_many_are_counted_and_the_nearest_kept() -> None:
    many = edges("root>m", *(f"m>k{i}" for i in range(100)))
    found, among, left_out = relatives("m", many, limit=10)
    assert found[:3] == ["m", "root", "k0"]
    assert (len(found), left_out, len(among)) == (10, 92, 9)


@pytest.mark.usefixtures("small_registry")
def test_the_registry_s_own_family() -> None:
    tree = around("evil")
    assert list(tree.members) == ["evil", "base", 'nobody/</title>"x', "kid"]
    assert tree.members["evil"]["name"] == EVIL_NAME
    assert tree.members['nobody/</title>"x'] is None
    assert {(edge.base, edge.model, edge.relation) for edge in tree.edges} == {
        ("base", "evil", "finetune"), ('nobody/</title>"x', "evil", "merge"), ("evil", "kid", "adapter"),
    }  # fmt: skip
    assert around("shut").edges == []
