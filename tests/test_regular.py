"""Names and patterns: as Python's ``re`` finds them, where that is read, and always in bounded time."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter import regular
from pnfilter.regular import MAX_STEPS, Work, is_readable, matches
from tests.examples import examples


@pytest.mark.parametrize(
    ("pattern", "covered", "others"),
    [
        ("^room-.*$", ["room-", "room-1"], ["aroom-1", "room", "Room-1"]),
        ("room-1", ["room-1", "a room-10"], ["room-2"]),
        ("^room-[0-9]{2}$", ["room-12"], ["room-1", "room-123", "room-ab"]),
        (r"^room-\d{1,2}$", ["room-1", "room-12"], ["room-123", "room-١"]),
        (r"^\w+\.\w+$", ["a.b", "a_1.c"], ["a-b", "ab", ".b"]),
        (r"^\S+\s\S+$", ["a b"], ["ab", "a  b"]),
        (r"^\s$", list("\t\n\f\r "), ["\v", "\x1c", "\xa0", "s"]),
        (r"^\D\W$", ["a-"], ["1-", "aa"]),
        (r"^a\.\*$", ["a.*"], ["a.b", "ab*"]),
        (r"^(a|bc|)d$", ["ad", "bcd", "d"], ["abcd", "bd"]),
        (r"^(?:a|b){2,}?$", ["ab", "bbb"], ["a", ""]),
        ("^[a-cb-dx]$", ["a", "d", "x"], ["e", "w"]),
        (r"^[^\W_]+$", ["a1"], ["a_", "é"]),
        ("^[^a-c]$", ["d", "-"], ["a", "b", ""]),
        ("^[]a]$", ["]", "a"], ["b"]),
        ("^[a-]$", ["a", "-"], ["b"]),
        (r"^[a\-z]$", ["a", "-", "z"], ["b"]),
        (r"^[+-\.]$", ["+", ",", "."], ["/"]),
        (r"^[\d_]+$", ["1_"], ["a"]),
        (r"^[^\d]$", ["a"], ["1"]),
        ("^é+$", ["éé"], ["e"]),
        ("^a?b*c+$", ["c", "abcc"], ["ab", "aac"]),
        ("^a{0}b$", ["b"], ["ab"]),
        (".", ["a"], [""]),
        ("", ["", "a"], []),
        ("a$|^b", ["ca", "bc"], ["ac", "cb"]),
        ("(^a|b)c", ["ac", "xbc"], ["xac"]),
    ],
)
def test_patterns(pattern: str, covered: list[str], others: list[str]) -> None:
    assert [matches(pattern, name, Work()) for name in covered] == [True] * len(covered)
    assert [matches(pattern, name, Work()) for name in others] == [False] * len(others)
    assert [bool(re.search(pattern, name, re.ASCII)) for name in covered] == [True] * len(covered)


@pytest.mark.parametrize(
    "pattern",
    [
        *("(?=a)", "(?i)a", "(?P<n>a)", r"(a)\1", r"\p{L}", r"\bword\b", r"\x41", "[[:alpha:]]"),
        *("a++", "a**", "*a", "+", "?", "{2}", "a{2", "a{,2}", "a{x}", "a{3,2}", "a{1,2}{3}"),
        *("(a", "a)", "[a", "[", "[a-", "\\", r"[\b]", r"[a-\d]", "(" * 30 + ")" * 30),
        *("a{501}", "(a{30}){30}", "(((a{9}){9}){9}){9}", "a{1000000000}"),
        "[" + "ab" * 100 + "]",
    ],
)
def test_only_the_service_knows(pattern: str) -> None:
    assert matches(pattern, "a", Work()) is None


_PIECES = st.sampled_from(
    ["a", "b", "-", ".", "[ab]", "[^a]", "[a-c]", r"\d", r"\w", r"\W", r"\-", "1", "^", "$", ""]
)
_PATTERNS = st.recursive(
    _PIECES,
    lambda inner: (
        st.tuples(inner, inner).map("".join)
        | st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})")
        | st.tuples(
            inner, st.sampled_from(["*", "+", "?", "{2}", "{1,}", "{0,2}", "{0}", "*?", "{3,3}"])
        ).map(lambda two: f"(?:{two[0]}){two[1]}")
    ),
    max_leaves=12,
)


@given(_PATTERNS, st.text("ab-1", max_size=8))
@examples(10)
def test_a_search_finds_what_python_finds(pattern: str, name: str) -> None:
    found = matches(pattern, name, Work())
    assert found is None or found is bool(re.search(pattern, name, re.ASCII))
    # What was worked out the first time says the same.
    assert matches(pattern, name, Work()) is found


@pytest.mark.parametrize(
    "pattern",
    [
        *("(a+)+$", "(a|a)*$", "(a|aa)+b", "((a*)*)*b", "(.*)*(.*)*(.*)*b", "(a?){200}a{200}$"),
        *("((((){500}){500}){500}){500}", "(){99999999}", "(|a)*b"),
        "(a|a)*$" * 50,
        "a" * 30_000,
        "(" * 30_000,
        "[" + "a" * 30_000 + "]",
    ],
)
def test_what_takes_pythons_engine_for_ever_is_decided_or_given_up(pattern: str) -> None:
    work = Work()
    found = matches(pattern, "a" * 1000 + "!", work)
    assert found in (True, False, None)
    # A step more than there were ends it.
    assert work.left > -MAX_STEPS


def test_one_work_is_for_all_that_is_asked() -> None:
    work = Work(100)
    assert matches("^a$", "a", work) is True
    assert [matches("^a*$", "a" * 50, work) for _ in range(3)][-1] is None
    assert matches("^a$", "a", work) is None


def test_to_read_an_expression_is_work_too() -> None:
    work = Work()
    found = [matches(f"^{number}{'x' * 40}$", "name", work) for number in range(1_000)]
    assert found[0] is False
    assert found[-1] is None
    # Those that were read are read no more.
    again = Work()
    assert matches(f"^0{'x' * 40}$", "name", again) is False
    assert again.left > MAX_STEPS - 20


@pytest.mark.slow
def test_what_is_kept_has_a_bound() -> None:
    for number in range(2_000):
        assert is_readable(f"^{number}{'x' * 100}$")
    assert regular._MACHINES._size < 2 * regular._MAX_SIZE
    pattern = "(a|b)*a" + "(a|b)" * 90 + "c"
    below = random.Random(1)
    for _ in range(50):
        name = "".join(below.choice("ab") for _ in range(200))
        assert matches(pattern, name, Work(10**9)) is False
        assert matches(pattern, name + "c", Work(10**9)) is (name[-91:][0] == "a")
    machine = regular._MACHINES.get(pattern, Work())
    assert machine is not None
    assert machine._kept < 2 * regular._MAX_KEPT


def test_what_is_not_read_is_known_without_a_name() -> None:
    assert is_readable("^room-[0-9]{2}$")
    for pattern in ("(?=a)", "a" * 501, "(", "[z-a]", r"\1", "[[:alpha:]]"):
        assert not is_readable(pattern)
