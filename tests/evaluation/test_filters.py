"""Compiled filters.

Three verdicts and no boolean, one object for one text, and nothing to change.
"""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pnfilter import Filter, FilterSyntaxError, Message, Path, Reason, Verdict, compile, parse
from pnfilter.filters import CACHED_FILTERS, MAX_CACHED_LENGTH
from pnfilter.semantics import verdict_of

MATCH, NO_MATCH, UNDECIDED = Verdict.MATCH, Verdict.NO_MATCH, Verdict.UNDECIDED

# Verdicts


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_is_no_boolean(verdict: Verdict) -> None:
    for use in (bool, lambda v: not v, lambda v: v and 1, lambda v: 1 if v else 2):
        with pytest.raises(
            TypeError, match=r"use Filter\.matches\(message\), or compare with Verdict\.MATCH"
        ):
            use(verdict)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_has_its_name(verdict: Verdict) -> None:
    assert verdict.value == verdict.name
    assert Verdict[verdict.name] is verdict
    assert copy.deepcopy(verdict) is pickle.loads(pickle.dumps(verdict)) is verdict
    assert verdict == verdict  # noqa: PLR0124


def test_verdicts_of_outcomes() -> None:
    assert verdict_of(True) is MATCH
    assert verdict_of(False) is NO_MATCH
    assert {verdict_of(reason) for reason in Reason} == {UNDECIDED}


@pytest.mark.parametrize(
    ("message", "verdict", "kept", "dropped"),
    [
        ({"meta": {"a": 1}}, MATCH, True, True),
        ({"meta": {"a": 2}}, NO_MATCH, False, False),
        ({"meta": {"a": "1"}}, UNDECIDED, True, False),
        ({"meta": {}}, NO_MATCH, False, False),
        ({}, NO_MATCH, False, False),
        (Message(None, {"a": 1}), MATCH, True, True),
        (Message(None, {"a": 1}, kind="signal"), UNDECIDED, True, False),
    ],
)
def test_answers(message: Any, verdict: Verdict, kept: bool, dropped: bool) -> None:
    filter = compile("a == 1")
    assert filter.evaluate(message) is verdict
    assert filter.matches(message) is kept
    assert filter.matches(message, undecided="keep") is kept
    assert filter.matches(message, undecided="drop") is dropped
    assert filter.explain(message).verdict is verdict


def test_the_outcome_has_the_reason() -> None:
    assert compile("a == 1").outcome({"meta": {"a": "1"}}) is Reason.NUMBER_AND_TEXT
    assert compile("a == 1").outcome({"meta": {"a": 1}}) is True
    assert compile("1 == 1").outcome(Message(1, kind="action")) is Reason.EVENT_KIND


@pytest.mark.parametrize("undecided", ["only", "", None, True, "KEEP"])
def test_undecided_is_kept_or_dropped(undecided: Any) -> None:
    with pytest.raises(ValueError, match=f"undecided must be 'keep' or 'drop', not {undecided!r}"):
        compile("a == 1").matches({}, undecided=undecided)


# Filters


def test_a_filter_has_text_tree_and_fields() -> None:
    text = " data.x==1&&( meta.y != x ||data['x'] LIKE 'a*')\n&& x > meta.x && !meta['y'] "
    filter = compile(text)
    assert filter.text == text
    assert filter.expression == parse(text)
    assert filter.fields == (
        Path("data", ("x",)),
        Path("meta", ("y",)),
        Path("meta", ("x",)),
    )
    assert [str(field) for field in filter.fields] == ["data.x", "meta.y", "x"]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("1 == 1", []),
        ("such=wow", ["such"]),
        ("data == meta", ["data", "meta"]),
        ("('a', 'b') CONTAINS a.b[0]", ["a.b[0]"]),
        ("a + b * -c == ~d || !e", ["a", "b", "c", "d", "e"]),
    ],
)
def test_fields(text: str, fields: list[str]) -> None:
    assert list(map(str, compile(text).fields)) == fields


def test_a_filter_does_not_change() -> None:
    filter = compile("a == 1")
    for name in ("_text", "text", "expression", "fields", "other"):
        with pytest.raises(AttributeError, match=f"a Filter can't be changed: {name}"):
            setattr(filter, name, "b == 1")
        with pytest.raises(AttributeError, match=f"a Filter can't be changed: {name}"):
            delattr(filter, name)
    assert filter.text == "a == 1"
    assert not hasattr(filter, "__dict__")


def test_filters_are_equal_when_their_texts_are() -> None:
    assert Filter("a == 1") == compile("a == 1")
    assert hash(Filter("a == 1")) == hash(compile("a == 1"))
    assert compile("a == 1") != compile("a==1")
    assert compile("a == 1") != "a == 1"
    assert len({Filter("a == 1"), Filter("a == 1"), Filter("b == 1")}) == 2
    assert repr(compile("a == 'x'")) == """pnfilter.compile("a == 'x'")"""


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_filters_are_pickled_by_their_text(protocol: int) -> None:
    filter = compile("a == 1 && data.x LIKE 'y*'")
    other = pickle.loads(pickle.dumps(filter, protocol))
    assert other == filter
    assert other is filter  # from the cache
    assert copy.copy(filter) == copy.deepcopy(filter) == filter


@pytest.mark.parametrize("text", [None, 5, b"a == 1", ["a"], parse("a == 1"), Filter("a == 1")])
def test_what_is_no_text(text: Any) -> None:
    with pytest.raises(TypeError, match="a filter must be a str, not "):
        compile(text)


def test_what_is_no_filter() -> None:
    for _ in range(2):
        with pytest.raises(FilterSyntaxError) as caught:
            compile("a AND b")
        assert [found.code for found in caught.value.diagnostics] == ["E202"]


# The cache


def test_the_same_text_gives_the_same_filter() -> None:
    assert compile("a == 1") is compile("a == 1")
    assert compile("a == 1") is not compile("a ==  1")


def test_the_cache_is_limited() -> None:
    from pnfilter.filters import _cached

    assert _cached.cache_info().maxsize == CACHED_FILTERS
    longest = "a == 1".ljust(MAX_CACHED_LENGTH)
    assert compile(longest) is compile(longest)
    held = _cached.cache_info().currsize
    huge = longest + " "
    assert compile(huge) == compile(huge)
    assert compile(huge) is not compile(huge)
    assert _cached.cache_info().currsize == held


def test_threads_share_a_filter() -> None:
    def run(number: int) -> tuple[int, bool]:
        filter = compile("data.x % 3 == 0 && data.name LIKE '*a*'")
        message = {"data": {"x": number, "name": "banana"}}
        return id(filter), filter.evaluate(message) is (MATCH if number % 3 == 0 else NO_MATCH)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(run, range(400)))
    assert len({identity for identity, _ in results}) == 1
    assert all(right for _, right in results)
