"""Shares of room: no keyset can take another's, and all together hold no more than there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter.server.quotas import Bound, LimitReached, Quota, Quotas
from pnfilter.server.settings import MAX_KEYSETS


def quota(keyset: int = 40, total: int = 80, keysets: int = 4) -> Quota:
    return Quota(Bound("things", "Test", keyset, total), keysets)


def fill(bounded: Quota, key: str, step: int = 1) -> int:
    """How much a keyset can have by single steps."""
    while True:
        try:
            bounded.check(key, step)
        except LimitReached:
            return bounded.used(key)
        bounded.add(key, step)


def test_a_keyset_alone_has_its_bound() -> None:
    assert fill(quota(), "a") == 40
    assert fill(quota(keysets=1), "a") == 40


def test_what_greedy_keysets_leave_is_the_share_of_each_other() -> None:
    bounded = quota()
    assert [fill(bounded, key) for key in "abcd"] == [40, 20, 10, 10]
    assert bounded.total == 80


def test_room_that_is_given_back_is_for_others() -> None:
    bounded = quota()
    for key in "abcd":
        fill(bounded, key)
    bounded.add("a", -40)
    assert [fill(bounded, key) for key in "cab"] == [40, 10, 20]


def test_a_store_that_is_too_full_leaves_the_shares() -> None:
    """As one is that was written with larger bounds."""
    bounded = quota()
    bounded.set("a", 500)
    assert [fill(bounded, key) for key in "bcd"] == [10, 10, 10]
    # To hold less is always allowed.
    bounded.check("a", -1)
    with pytest.raises(LimitReached):
        bounded.check("a")


def test_a_refusal_says_how_much_there_may_be() -> None:
    bounded = quota()
    with pytest.raises(LimitReached, match=r"^A keyset has at most 40 things$"):
        bounded.check("a", 41)
    bounded.set("a", 40)
    bounded.set("b", 20)
    words = (
        r"^A keyset has at most 40 things, and this one 10: the rest of the 80 for all is in use$"
    )
    with pytest.raises(LimitReached, match=words):
        bounded.check("c", 11)


@pytest.mark.parametrize("in_file", [True, False])
def test_no_keyset_can_have_all(in_file: bool) -> None:
    few, many = Quotas(2, in_file=in_file), Quotas(MAX_KEYSETS, in_file=in_file)
    for name, bounded in vars(few).items():
        assert bounded.bound.keyset <= bounded.bound.total / 2, name
        assert bounded.limit("a") == bounded.bound.keyset, name
        bounded.set("a", bounded.bound.keyset)
        assert bounded.limit("b") == bounded.bound.keyset, name
    for name, bounded in vars(many).items():
        for key in "abcd":
            bounded.set(key, bounded.limit(key))
        assert bounded.limit("e") > 0, name


STEPS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-30, 60)))


@given(STEPS, st.integers(1, 100), st.integers(1, 200))
def test_shares_hold_whatever_happens(
    steps: list[tuple[str, int]], keyset: int, total: int
) -> None:
    bounded = quota(keyset, total)
    share = min(keyset, total // 8)
    held = dict.fromkeys("abcd", 0)
    for key, more in steps:
        more = max(more, -held[key])
        limit = bounded.limit(key)
        assert not bounded.is_over(key)
        assert bounded.is_enough(key, limit)
        assert not bounded.is_enough(key, limit + 1)
        try:
            bounded.check(key, more)
        except LimitReached:
            # Never within the share, nor where a keyset could have all.
            assert held[key] + more > max(share, limit)
            continue
        assert held[key] + more <= max(limit, held[key])
        bounded.add(key, more)
        held[key] += more
        assert {each: bounded.used(each) for each in held} == held
        assert bounded.total == sum(held.values()) <= total
        assert max(held.values()) <= keyset


@pytest.mark.parametrize("in_file", [True, False])
@pytest.mark.parametrize("keysets", [2, MAX_KEYSETS])
def test_one_greedy_keyset_leaves_room_that_is_worth_something(
    keysets: int, *, in_file: bool
) -> None:
    for name, bounded in vars(Quotas(keysets, in_file=in_file)).items():
        bound = bounded.bound
        bounded.add("greedy", bound.keyset)
        left = bounded.limit("other")
        assert left >= bound.keyset // 2, name
        assert bounded.limit("greedy") == bound.keyset
