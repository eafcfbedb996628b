"""Names and patterns: RE2 finds what Python's ``re`` finds, and always in bounded time."""

from __future__ import annotations

import re
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter import regular
from pnfilter.regular import MAX_PATTERN, MAX_STEPS, Work, covers, is_readable, matches
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
    ("pattern", "covered", "others"),
    [
        ("(?i)^room$", ["Room", "ROOM"], ["rooms"]),
        (r"^\p{L}+$", ["é", "aб"], ["1", "a-"]),
        (r"\broom\b", ["a room-1"], ["aroom", "rooms"]),
        ("^[[:alpha:]]+$", ["ab"], ["a1", "é"]),
        (r"^\x41$", ["A"], ["x41"]),
        ("^(?P<n>a)$", ["a"], ["b"]),
        ("^[^x]{1,64}$", ["a", "é" * 64], ["", "x", "a" * 65]),
        # As RE2 documents it, braces that are no repetition are literal.
        ("^a{,2}$", ["a{,2}"], ["a", "aa"]),
    ],
)
def test_patterns_of_re2(pattern: str, covered: list[str], others: list[str]) -> None:
    assert [matches(pattern, name, Work()) for name in covered] == [True] * len(covered)
    assert [matches(pattern, name, Work()) for name in others] == [False] * len(others)


@pytest.mark.parametrize(
    "pattern",
    [
        *("(?=a)", "(?!a)", "(?<=a)", "(?>a)", r"(a)\1", "a++", "a**", "*a", "+", "?", "{2}"),
        *("a{3,2}", "a{1,2}{3}", "a{1001}", "(((a{9}){9}){9}){9}", r"(\p{L}{30}){30}"),
        *("(a", "a)", "[a", "[", "[a-", "\\", r"[\b]", r"[a-\d]", "[z-a]", "[[:none:]]"),
        *("a" * 501, "(" * 500, "\udcff"),
    ],
)
def test_only_the_service_knows(pattern: str) -> None:
    assert not is_readable(pattern)
    assert matches(pattern, "a", Work()) is None
    assert covers(pattern, "a", Work()) is None


@pytest.mark.parametrize("name", ["\udcff", "a\0b", "", "👍\u202e", "a\n"])
def test_a_name_is_any_text(name: str) -> None:
    assert matches("room", name, Work()) is False
    assert matches("^", name, Work()) is True


def test_without_the_package_only_the_service_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regular, "_KEPT", {})
    monkeypatch.setitem(sys.modules, "re2", None)
    assert matches("^a$", "a", Work()) is None
    assert covers("^a", "a", Work()) is None
    assert not is_readable("^a$")


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


def test_to_compile_an_expression_is_work_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regular, "_KEPT", {})
    work = Work()
    found = [matches(f"^{number}{'x' * 40}$", "name", work) for number in range(1_000)]
    assert found[0] is False
    assert found[-1] is None
    # Those that were compiled are compiled no more.
    again = Work()
    assert matches(f"^0{'x' * 40}$", "name", again) is False
    assert again.left > MAX_STEPS - 20


def test_what_is_kept_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regular, "_KEPT", {})
    for number in range(2 * regular._MAX_KEPT):
        assert is_readable(f"^{number}$")
        assert len(regular._KEPT) <= regular._MAX_KEPT
    assert not is_readable("a" * (MAX_PATTERN + 1))
    assert "a" * (MAX_PATTERN + 1) not in regular._KEPT


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a|a)*$" * 50, "(.*)*(.*)*b", "(a?){200}a{200}$", "(a{0,30}){30}b", "(x*){1000}y"],
)
def test_time_is_linear_in_the_name(pattern: str) -> None:
    times = []
    for size in (500, 4_000):
        rounds = []
        for _ in range(3):
            work, start = Work(10**9), time.process_time()
            assert matches(pattern, "a" * size + "!", work) in (True, False)
            rounds.append(time.process_time() - start)
            assert 10**9 - work.left > size // regular._SPEED
        times.append(min(rounds))
    # Eight times as long, and not 64 times; what takes no time at all says nothing.
    assert times[1] < 24 * max(times[0], 0.001)


@given(
    _PATTERNS | st.sampled_from([r"a\b", r"a\B", r"a\z", r"\Qa.*$", r"a\.*$", r"a\\.*$", "(?m)a$"]),
    st.sampled_from(["", ".*", ".*$", ".+$", ".{2,}$", "$", "|b.*$", r"\b.*"]),
    st.text("ab-1\\", max_size=4),
    st.text("ab-1é\\", min_size=1, max_size=4),
)
@examples(10)
def test_what_covers_a_start_is_found_in_all_that_goes_on(
    pattern: str, end: str, start: str, more: str
) -> None:
    if covers(pattern + end, start, Work()):
        assert matches(pattern + end, start + more, Work()) is True


@pytest.mark.parametrize(
    ("pattern", "start", "expected"),
    [
        (r"^a\..{2,}$", "a.b", True),
        (r"^a\..{2,}$", "a.", False),
        (r"^a\..{2,}?$", "a.b", True),
        (r"^a\.b$|^a\..*$", "a.", True),
        (r"a\b", "a", False),
        (r"a\b", "a-", True),
        (r"a\.*$", "a", False),
        (r"a\\.*$", "a\\", True),
        (r"\Qa.*$", "a", False),
        (r"\Qa\E.*$", "b", False),
        ("(?m)a$", "a", False),
        # It is found in every name, which is not seen here: no right is the safe answer.
        (r"^(a\..*)$", "a.", False),
        ("(a|[^a])*$", "a", False),
    ],
)
def test_covering(pattern: str, start: str, expected: bool) -> None:
    assert covers(pattern, start, Work()) is expected
