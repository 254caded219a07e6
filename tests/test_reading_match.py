"""Finding licenses by shingles, against a small index of texts made for it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openness.classifier.reading.index import GAP, NORMAL, OPTIONAL, Ints, LicenseIndex, shingles
from openness.classifier.reading.match import MOST_LICENSES, Found, find_licenses
from script_modules import load_script

FISH = [f"fish{n}" for n in range(60)]
BIRD = [f"bird{n}" for n in range(40)]
TREE = [f"tree{n}" for n in range(30)]
LONG = [*FISH, *BIRD, *[f"rock{n}" for n in range(100)]]  # holds FISH and BIRD


def make(**texts: list[tuple[str, int, str | None]]) -> LicenseIndex:
    script = load_script("build_license_index")
    found = [script.entry((key,), "test", pieces) for key, pieces in texts.items()]
    with np.load(io.BytesIO(script.build(found))) as arrays:
        return LicenseIndex(arrays)


def whole(words: list[str], flag: int = NORMAL) -> tuple[str, int, str | None]:
    return " ".join(words), flag, None


INDEX = make(
    fish=[whole(FISH)],
    bird=[whole(BIRD)],
    tree=[
        whole(TREE[:10]),
        whole(["maybe", "some", "moss"], OPTIONAL),
        whole(TREE[10:20]),
        ("", GAP, "[a-z]+"),
        whole(TREE[20:]),
    ],
    long=[whole(LONG)],
)
GAPPED = [*TREE[:20], "oak", *TREE[20:]]


def find(words: list[str], index: LicenseIndex = INDEX, among: Ints | None = None) -> list[Found]:
    return find_licenses(index, index.lookup(shingles(words)), among)


def ids(words: list[str]) -> list[tuple[str, ...]]:
    return [found.ids for found in find(words)]


def test_shingles() -> None:
    one = shingles(["permission", "is", "hereby", "granted", "to", "you"])
    assert (one.dtype, one.shape) == (np.uint32, (3,))
    assert np.array_equal(one[1:], shingles(["is", "hereby", "granted", "to", "you"]))
    assert len({*one.tolist(), *shingles(["is", "permission", "hereby", "granted"]).tolist()}) == 4  # order matters
    assert all(len(shingles(["a"] * n)) == 0 for n in range(4))
    assert not (one == 0).any()


@pytest.mark.parametrize(("key", "words"), [("fish", FISH), ("bird", BIRD), ("long", LONG), ("tree", GAPPED)])
def test_a_whole_text(key: str, words: list[str]) -> None:
    for before, after in (([], []), (["x"] * 5, ["y"] * 7)):
        (found,) = find([*before, *words, *after])
        assert found.ids == (key,)
        assert (found.start, found.end) == (len(before), len(before) + len(words))
        assert (found.coverage, found.missing) == (1.0, 0)
        assert all(place.variable or place.start == place.end for place in found.departures)


def test_words_of_a_license_in_the_text_behind_it_do_not_belong_to_it() -> None:
    (found,) = find([*FISH, *["x"] * 3, *FISH[5:19], *["y"] * 3])
    assert (found.ids, found.start, found.end, found.missing) == (("fish",), 0, len(FISH), 0)
    assert found.departures == []


def test_a_long_license_does_not_lose_to_the_short_ones_that_it_holds() -> None:
    assert ids(LONG) == [("long",)]
    assert ids(FISH) == [("fish",)]
    assert ids([*FISH, *BIRD]) == [("fish",), ("bird",)] or {key for (key,) in ids([*FISH, *BIRD])} == {"fish", "bird"}


def test_an_insertion() -> None:
    (found,) = find([*FISH[:30], "but", "never", "swim", *FISH[30:]])
    (place,) = found.departures
    assert (place.start, place.end, place.missing, place.variable) == (30, 33, 0, False)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_deletion(count: int) -> None:
    (found,) = find(FISH[:30] + FISH[30 + count :])
    (place,) = found.departures
    assert (place.start, place.end, place.missing) == (30, 30, count)
    assert found.missing == count


def test_a_replacement() -> None:
    (found,) = find([*FISH[:30], "shark", *FISH[31:]])
    (place,) = found.departures
    assert (place.start, place.end, place.missing) == (30, 31, 1)


def test_two_words_swapped_are_seen() -> None:
    (found,) = find([*FISH[:30], FISH[31], FISH[30], *FISH[32:]])
    assert [place for place in found.departures if place.missing or place.end > place.start]


def test_a_repeated_stretch_is_seen() -> None:
    (found, *_) = find([*FISH[:40], *FISH[10:]])
    assert [place for place in found.departures if place.missing or place.end > place.start]


def test_missing_ends() -> None:
    (found,) = find(FISH[5:])
    assert (found.missing_head, found.missing_tail) == (5, 0)
    (found,) = find(FISH[:50])
    assert (found.missing_head, found.missing_tail) == (0, 10)
    assert 0.7 < found.coverage < 1


def test_optional_words_may_be_there_or_not() -> None:
    for middle in ([], ["maybe", "some", "moss"]):
        (found,) = find([*TREE[:10], *middle, *TREE[10:20], "oak", *TREE[20:]])
        assert found.missing == 0
        assert all(place.variable or place.start == place.end for place in found.departures)


def test_a_variable_part_carries_its_pattern() -> None:
    (found,) = find(GAPPED)
    (place,) = [place for place in found.departures if place.end > place.start]
    assert (place.start, place.end, place.pattern, place.variable) == (20, 21, "[a-z]+", True)


def test_several_licenses() -> None:
    assert ids([*BIRD, "and", "then", *GAPPED]) == [("bird",), ("tree",)] or len(ids([*BIRD, *GAPPED])) == 2
    many = [word for _ in range(MOST_LICENSES + 3) for word in (*BIRD, "x", "y", "z")]
    assert len(find(many)) <= MOST_LICENSES


def test_the_search_can_be_limited() -> None:
    allowed: Ints = np.array([int("long" not in text.ids) for text in INDEX.texts], dtype=np.int64)
    assert {found.ids for found in find(LONG, among=allowed)} == {("fish",), ("bird",)}


def test_twins_share_a_place() -> None:
    index = make(one=[whole(FISH)], two=[whole(FISH)], other=[whole(BIRD)])
    (found,) = find(FISH, index)
    assert found.ids == ("one", "two")


@pytest.mark.parametrize("words", [[], ["fish0"], FISH[:4], FISH[:10], ["x"] * 100, ["fish0"] * 100])
def test_too_little_is_no_license(words: list[str]) -> None:
    assert find(words) == []


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([FISH, BIRD, GAPPED, FISH[:30], FISH[20:], BIRD[::-1], ["x"] * 3, ["fish1", "fish2", "not"]]),
        max_size=8,
    )
)
def test_what_is_found_lies_in_the_text_and_apart(parts: list[list[str]]) -> None:
    words = [word for part in parts for word in part]
    found = sorted(find(words), key=lambda item: item.start)
    assert all(0 <= item.start < item.end <= len(words) for item in found)
    assert all(0 < item.coverage <= 1 for item in found)
    for item in found:
        for place in item.departures:
            assert item.start <= place.start <= place.end <= item.end
            assert place.missing >= 0


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 59), st.sampled_from(["drop", "insert", "replace"]))
def test_no_single_change_goes_unseen(at: int, how: str) -> None:
    middle = {"drop": [], "insert": ["odd", FISH[at]], "replace": ["odd"]}[how]
    words = [*FISH[:at], *middle, *FISH[at + 1 :]]
    (found,) = find(words)
    inside = [place for place in found.departures if place.missing or place.end > place.start]
    assert inside or found.missing or (found.start, found.end) != (0, len(words))
