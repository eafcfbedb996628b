"""The public side of a filter set: what goes in, what comes out, and what it tells of itself."""

from __future__ import annotations

import copy
import gc
import hashlib
import pickle
from collections import OrderedDict, UserDict, deque
from collections.abc import Callable
from typing import Any

import pytest

import pnfilter
from pnfilter import UNREADABLE, FilterSet, FilterSyntaxError, Message
from pnfilter.index import dnf, filter_set, node
from pnfilter.index.filter_set import Matches
from tests.index.loop import same_as_loop


def found(index: FilterSet[Any], **message: Any) -> tuple[list[Any], list[Any]]:
    matches = index.match(message)
    return sorted(matches.matched), sorted(matches.undecided)


def test_texts_and_filters_go_in() -> None:
    index = FilterSet({1: "meta.a == 'x'", "two": pnfilter.compile("data.n > 5")})
    assert len(index) == 2
    assert 1 in index
    assert 2 not in index
    assert list(index) == [1, "two"]
    assert index["two"] == pnfilter.compile("data.n > 5")
    assert repr(index) == "<pnfilter.FilterSet of 2 filters>"
    matches = index.match({"meta": {"a": "x"}, "data": {"n": 5}})
    assert (matches.matched, matches.undecided) == ([1], [])
    matched, undecided = index.match({"meta": {"a": ["x"]}, "data": {"n": 6}})
    assert (matched, undecided) == (["two"], [1])


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda index: pickle.loads(pickle.dumps(index))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_copy_is_a_set_of_its_own(copied: Callable[[Any], FilterSet[Any]]) -> None:
    texts = {n: f"data.f{n} == {n} && data.g{n} > {n}" for n in range(100)}
    index: FilterSet[Any] = FilterSet(texts)
    index.match({"data": 1})
    other = copied(index)
    # Enough of them for the index to be built anew.
    for key in texts:
        index.remove(key)
    index.add("new", "data.f7 == 7")
    assert found(index, data={"f7": 7, "g7": 8}) == (["new"], [])
    assert found(other, data={"f7": 7, "g7": 8}) == ([7], [])
    assert list(other) == list(texts)
    assert other.stats().messages == 1


def test_objects_and_arrays_of_other_classes_of_python() -> None:
    texts: dict[Any, str] = {
        operator: f"data.a {operator} 5" for operator in ("<", "<=", ">", ">=", "==", "!=")
    }
    texts |= {
        "window": "data.a > 1 && data.a < 9",
        "text": "data.a == 'x'",
        "in": "data.a CONTAINS 'x'",
        "one of": "('x', 'y') CONTAINS data.a",
        "like": "data.a LIKE 'x*'",
    }
    values: list[Any] = [
        OrderedDict(x=1), OrderedDict(), Matches[Any](["x"], [5]), deque(["x"]),
    ]  # fmt: skip
    messages = [{"data": {"a": value}} for value in values]
    same_as_loop(FilterSet(texts), texts, [*messages, {"data": OrderedDict(a=7)}])


def test_nothing_matches_an_empty_set() -> None:
    assert FilterSet().match({"data": 1}) == ([], [])


def test_a_filter_is_replaced_by_its_key() -> None:
    index = FilterSet({1: "meta.a == 'x'"})
    index.add(1, "meta.a == 'y'")
    assert len(index) == 1
    assert found(index, meta={"a": "x"}, data=1) == ([], [])
    assert found(index, meta={"a": "y"}, data=1) == ([1], [])


def test_what_is_no_filter_changes_nothing() -> None:
    index = FilterSet({1: "meta.a == 'x'"})
    with pytest.raises(FilterSyntaxError):
        index.add(1, "meta.a ==")
    with pytest.raises(TypeError, match="a filter must be a str, not int"):
        index.add(1, 5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="unhashable"):
        index.add([], "a == 1")  # type: ignore[arg-type]
    assert found(index, meta={"a": "x"}, data=1) == ([1], [])


def test_the_key_of_what_is_no_filter_is_named() -> None:
    with pytest.raises(FilterSyntaxError) as raised:
        FilterSet({"good": "a == 1", "bad": "a == "})
    assert raised.value.__notes__ == ["the filter of 'bad'"]


def test_a_key_that_is_not_there_can_not_be_removed() -> None:
    index = FilterSet({1: "a == 1"})
    index.remove(1)
    with pytest.raises(KeyError):
        index.remove(1)
    with pytest.raises(KeyError):
        index[1]
    assert len(index) == 0


def test_a_message_is_what_evaluate_takes() -> None:
    index = FilterSet({1: "meta.a == 'x'", 2: "data.n != 1"})
    assert index.match(Message({"n": 1}, {"a": "x"})) == ([1], [])
    assert index.match(UserDict({"data": {"n": 2}, "meta": {"a": "x"}})).matched == [1, 2]
    assert index.match(Message({"n": 1}, {"a": "x"}, kind="signal")) == ([], [1, 2])
    assert index.match({"meta": {}}) == ([], [2])
    with pytest.raises(TypeError, match="a message must be a mapping"):
        index.match("x")  # type: ignore[arg-type]


# What the index does


def test_stats_show_how_filters_are_found() -> None:
    index = FilterSet(
        {
            1: "meta.user == 'a' && data.n > 5",
            2: "('a', 'b') CONTAINS meta.user",
            3: "data.title LIKE 'ab*'",
            4: "data.n > 5 && data.n < 9",
            5: "data.n > 7",
            6: "data.tags CONTAINS 'x'",
            7: "meta.user != 'a'",
            8: "meta.user == 'b' || data.n == 5",
        }
    )
    stats = index.stats()
    assert (stats.filters, stats.branches, stats.shapes, stats.scanned) == (8, 9, 9, 1)
    assert stats.indexed == {
        "equality": 3,
        "membership": 2,
        "prefix": 1,
        "window": 1,
        "bound": 1,
        "contains": 1,
    }
    assert stats.candidates_per_match == 0
    assert str(stats).splitlines() == [
        "8 filters, 9 branches, 9 shapes",
        "indexed: 3 by equality, 2 by membership, 1 by prefix, 1 by window, 1 by bound, "
        "1 by contains; tested for every message: 1",
    ]
    assert found(index, meta={"user": "a"}, data={"n": 8}) == ([1, 2, 4, 5], [])
    assert found(index, meta={"user": ["a"]}, data={}) == ([], [2, 7])
    stats = index.stats()
    assert (stats.messages, stats.matched, stats.undecided) == (2, 4, 2)
    assert "2 messages: 3.0 keys found" in str(stats)


def test_stats_of_one_filter_and_of_none() -> None:
    index = FilterSet({1: "data.n > 5"})
    index.match({"data": {"n": 6}})
    first, _, last = str(index.stats()).splitlines()
    assert first == "1 filter, 1 branch, 1 shape"
    assert last.startswith("1 message: 1.0 keys found")
    assert repr(index) == "<pnfilter.FilterSet of 1 filter>"
    index.remove(1)
    assert str(index.stats()).startswith("0 filters, 0 branches, 0 shapes\n")


@pytest.mark.parametrize("kind", ["a", "b"])
def test_many_filters_of_one_constant_are_told_apart_by_others(kind: str) -> None:
    texts = {
        n: f"meta.kind == 'a' && data.price >= {n} && data.price < {n + 10}" for n in range(5000)
    }
    index = FilterSet(texts)
    message = {"meta": {"kind": kind}, "data": {"price": 1000.5}}
    same_as_loop(index, dict(list(texts.items())[900:1100]), [message] if kind == "b" else [])
    assert sorted(index.match(message).matched) == (list(range(991, 1001)) if kind == "a" else [])
    stats = index.stats()
    assert stats.tested <= 4 * max(1, stats.matched)


def test_the_rarer_of_two_equalities_is_looked_up() -> None:
    index = FilterSet({n: f"meta.kind == 'a' && meta.user == 'u{n}'" for n in range(2000)})
    assert index.match({"meta": {"kind": "a", "user": "u7"}, "data": 1}).matched == [7]
    assert index.stats().tested <= 20


def test_what_no_place_in_the_index_tells_is_tested_in_one_pass() -> None:
    index = FilterSet({n: f"meta.user != 'u{n}'" for n in range(100)})
    assert len(index.match({"meta": {"user": "u7"}, "data": 1}).matched) == 99
    stats = index.stats()
    assert (stats.scanned, stats.shapes, stats.tested) == (100, 1, 100)


def test_too_many_branches_are_one() -> None:
    few = "(" + " || ".join(f"a == {n}" for n in range(8)) + ")"
    text = " && ".join([few] * 3)
    index = FilterSet({1: text, 2: few.strip("()")})
    assert index.stats().branches == 1 + 8
    assert index.match({"meta": {"a": 3}, "data": 1}).matched == [1, 2]
    different = text.replace("a == 0", "b == 0", 1).replace("a == 1", "c == 1", 2)
    assert len(dnf.to_dnf(pnfilter.parse(f"!({different})"))) == 3


def test_a_negation_goes_inside() -> None:
    text = "!(meta.a == 'x' || (data.n > 5 && !(data.m == 1)))"
    index = FilterSet({1: text})
    assert index.stats().branches == 2
    values = ("x", "y", None, ["x"], UNREADABLE)
    numbers = (1, 6, "7", [6], None, UNREADABLE)
    messages = [
        {"meta": {"a": a}, "data": {"n": n, "m": m}}
        for a in values
        for n in numbers
        for m in numbers
    ]
    same_as_loop(index, {1: text}, messages)


def test_a_long_conjunction_is_looked_up_by_its_first_parts() -> None:
    text = " && ".join(f"data.f{n} != {n}" for n in range(40)) + " && meta.a == 'x'"
    texts = {1: text, 2: "meta.a == 'x' && " + text, 3: " && ".join(text.split(" && ")[:16])}
    index = FilterSet(texts)
    assert index.stats().scanned == 2
    data = {f"f{n}": n + 1 for n in range(40)}
    messages = [
        {"meta": {"a": a}, "data": data | change}
        for a in ("x", "y")
        for change in ({}, {"f39": 39})
    ]
    same_as_loop(index, texts, messages)


def test_a_large_set_is_not_spread_over_the_index() -> None:
    words = ", ".join(f"'w{n}'" for n in range(node.MAX_ELEMENTS + 1))
    numbers = ", ".join(map(str, range(node.MAX_ELEMENTS + 1)))
    texts = {
        1: f"({words}) CONTAINS meta.a",
        2: f"({numbers}) CONTAINS meta.a",
        3: "(1, 2) CONTAINS meta.a",
    }
    index = FilterSet(texts)
    assert index.stats().scanned == 2
    values: tuple[Any, ...] = ("w3", 7, "7", [7], {}, None, "x", 1.0)
    same_as_loop(index, texts, [{"meta": {"a": a}, "data": 1} for a in values])


def test_equal_filters_under_many_keys() -> None:
    text = "meta.a == 'x' && meta.a == 'x' && data.n > 5 && data.n > 5"
    index = FilterSet(dict.fromkeys(range(500), text))
    assert sorted(index.match({"meta": {"a": "x"}, "data": {"n": 6}}).matched) == list(range(500))
    for key in range(0, 500, 2):
        index.remove(key)
    assert sorted(index.match({"meta": {"a": "x"}, "data": {"n": 6}}).matched) == list(
        range(1, 500, 2)
    )


def test_thousands_of_bounds_come_and_go() -> None:
    texts = {
        n: f"data.n {operator} {n // 3}"
        for n in range(6000)
        for operator in ("<", "<=", ">", ">=")
        if n % 4 == ("<", "<=", ">", ">=").index(operator)
    }
    index = FilterSet(texts)
    messages = [{"data": {"n": n}} for n in (0, 1, 499, 500, 500.5, 999, 1000, -1)]
    same_as_loop(index, texts, messages)
    for key in [key for key in texts if key % 7]:
        index.remove(key)
        del texts[key]
    same_as_loop(index, texts, messages)


def test_numbers_far_from_zero() -> None:
    texts = {
        1: "data.n >= 1e300 && data.n < 1.1e300",
        2: "data.n > 9007199254740992 && data.n < 9007199254740994",
        3: "data.n >= 5 && data.n <= 5",
        4: "data.n > 5 && data.n < 4",
        5: "data.n > 1 && data.n < 1.0000000000000002",
        6: "data.n >= -10 && data.n < 10",
        7: "(1, 2) CONTAINS data.n",
        8: "data.n == 1" + "0" * 400,
    }
    numbers = (
        1e300,
        1.05e300,
        2**53 + 1,
        5,
        4.5,
        1,
        1.0,
        10**400,
        10**5000,
        -1e300,
        0,
        -0.0,
        float("nan"),
        float("inf"),
        10**16,
    )
    same_as_loop(FilterSet(texts), texts, [{"data": {"n": number}} for number in numbers])


def test_many_fields_and_few_in_a_message() -> None:
    texts = {n: f"meta.f{n} == 'x' && data.g{n} == {n} && data.deep.f{n} != 'y'" for n in range(50)}
    index = FilterSet(texts)
    deep = {"deep": {"f3": None, "f4": "y", "f5": "z"}}
    messages: list[dict[str, Any]] = [
        {"meta": {f"f{n}": "x"}, "data": {f"g{n}": value} | deep}
        for n in (3, 4, 5)
        for value in (n, str(n), [n], None)
    ]
    messages += [
        {"meta": None, "data": {}},
        {"meta": [], "data": []},
        {"meta": UNREADABLE},
        {"data": None},
    ]
    same_as_loop(index, texts, messages)


def test_odd_value_meets_a_filter_once_whatever_it_is_kept_under() -> None:
    texts = {n: f"('a', 'b', 'c', 'd{n}') CONTAINS data.t" for n in range(40)}
    index = FilterSet(texts)
    assert found(index, data={"t": ["x"]}) == ([], list(range(40)))
    assert index.stats().evaluated == 40
    index = FilterSet({n: f"{text} && data.o == 'x'" for n, text in texts.items()})
    assert found(index, data=UNREADABLE) == ([], list(range(40)))
    assert index.stats().evaluated <= 40


@pytest.mark.parametrize(
    ("value", "evaluated"),
    [
        ({"5": None, "x": 1}, 1),
        (["5", 1], 2),
        ([["5"], {"7": 1}], 1),
        ([True, None], 0),
        ([UNREADABLE], 100),
        (57, 3),
        (5.5, 1),
        (True, 0),
        ({}, 0),
    ],
)
def test_odd_value_that_may_contain_few_texts_meets_few_filters(value: Any, evaluated: int) -> None:
    texts = {n: f"data.t CONTAINS '{n}'" for n in range(100)}
    index = FilterSet(texts)
    index.match({"data": {"t": value}})
    assert index.stats().evaluated == evaluated
    same_as_loop(index, texts, [{"data": {"t": value}}])


def test_what_is_removed_leaves_nothing() -> None:
    index: FilterSet[int] = FilterSet()
    for n in range(600):
        index.add(n, f"meta.f{n} == 'x' && data.g{n} > {n}")
        if n >= 5:
            index.remove(n - 5)
    assert len(index) == 5
    assert index.stats().shapes == 5
    assert len(index._shapes) < 200
    assert len(index._views) < 400
    same_as_loop(
        index, {n: index[n].text for n in index}, [{"meta": {"f597": "x"}, "data": {"g597": 700}}]
    )


@pytest.mark.parametrize("one", ["{k} && data.n {o} 5", "!({k} && !(data.n {o} 5))"])
@pytest.mark.parametrize("operator", ["==", "!=", "<", ">="])
def test_a_number_that_a_filter_has_in_two_spellings_leaves_nothing(
    one: str, operator: str
) -> None:
    part = one.format(k="meta.k == 'a'", o=operator)
    text = f"{part} || {part.replace('5', '5.0')}"
    # Enough of them for one constant to be told apart further.
    texts = dict.fromkeys(range(40), text)
    index = FilterSet(texts)
    messages = [
        {"meta": {"k": k}, "data": {"n": n}} for k in ("a", "b") for n in (4, 5, "5", [5.0], None)
    ]
    same_as_loop(index, texts, messages)
    for key in texts:
        index.remove(key)
    assert index.stats().branches == 0
    assert not index._root._rows
    assert not index._root._structures


def test_texts_that_are_equal_are_kept_once() -> None:
    index = FilterSet({n: f"meta.user == 'somebody' && data.n > {n}" for n in range(10)})
    gc.collect()
    copies = {id(item[2]) for item in index._root.items()}
    assert len(copies) == 1


# Values that decide nothing


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("meta.user != 'u{n}'", {"data": 1}),
        ("!(meta.user != 'u{n}')", {"data": 1}),
        ("data.n > 5 && meta.user != 'u{n}'", {"data": {"n": 6}, "meta": None}),
        ("meta.user == 'u{n}'", {"data": 1, "meta": []}),
        ("data.n > {n} && meta.user == 'me'", {"meta": {"user": "me"}}),
        ("data.n > {n}", {"data": {"n": "high"}}),
        ("data.n >= {n} && data.n < 1000", {"data": {"n": "high"}}),
        ("meta.kind == 'x' && (data.n < {n} || data.m == {n})", {"meta": {"kind": "x"}}),
        ("data.title LIKE '*{n}' && meta.user != 'u'", {"meta": {"user": "x"}}),
    ],
)
def test_what_is_undecided_for_all_takes_no_evaluation(text: str, message: dict[str, Any]) -> None:
    texts = {n: text.format(n=n) for n in range(300)}
    index = FilterSet(texts)
    same_as_loop(index, texts, [message])
    stats = index.stats()
    assert (stats.undecided, stats.evaluated) == (300, 0)


def test_conditions_that_are_compiled_for_themselves() -> None:
    texts = {
        1: "meta.flag",
        2: "!meta.flag",
        3: "!(meta.flag && data.n > 5)",
        4: "data.n + 1 > 5 && meta.user == 'a'",
        5: "!(data.n == data.m || !meta.flag)",
        6: "data.n + 1 > 5 && meta.user == 'a'",
    }
    index = FilterSet(texts)
    flags: tuple[Any, ...] = (True, False, None, 0, "", "x", [], UNREADABLE)
    messages = [
        {"meta": {"flag": flag, "user": user}, "data": {"n": n, "m": 6}}
        for flag in flags
        for user in ("a", "b")
        for n in (4, 6, "6", None)
    ]
    same_as_loop(index, texts, [*messages, {"data": {"n": 6}}])
    for key in list(texts):
        index.remove(key)
    assert not index._root._rows
    assert not index._root._structures


def test_conditions_that_differ_in_a_constant_are_two() -> None:
    texts = {1: "data.n + 1 > 5 || data.n + 9 > 5", 2: "data.n + 1 > 5 || data.n + 1 > 5"}
    index = FilterSet(texts)
    assert index.stats().branches == 2 + 1
    same_as_loop(index, texts, [{"data": {"n": n}} for n in (-9, 0, 9)])


def test_an_odd_value_leaves_the_rest_of_a_long_filter_to_its_own_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = FilterSet({1: " && ".join(f"!(data.f{n} == {n})" for n in range(40))})

    def interpreted(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(dnf, "condition", interpreted)
    assert found(index, data={"f0": [1]}) == ([1], [])
    assert index.stats().evaluated == 1
    with pytest.raises(AssertionError):
        found(index, data={"f0": [1], "f39": "39"})


def test_a_calculated_constant_is_indexed_as_a_number() -> None:
    texts = {1: "data.n == 60 * 60", 2: "data.n > -(2 - 1) && data.n < 9 / 2", 3: "data.n == 1 / 0"}
    index = FilterSet(texts)
    assert index.stats().indexed == {"equality": 1, "window": 1}
    assert index.stats().scanned == 1
    same_as_loop(index, texts, [{"data": {"n": n}} for n in (3600, 3, 3600.0, "3600", None)])


def test_a_pickled_set_reads_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"a": "data.n > 5", "b": "data.n + 1 > 5 || data.s LIKE '*x*y*'"}
    pickled = pickle.dumps(FilterSet(texts, "missing-differs=match"))
    with monkeypatch.context() as patch:
        patch.setattr(filter_set, "parse", lambda _: pytest.fail("a text is read"))
        index = pickle.loads(pickled)
        assert found(index, data={"n": 6}) == (["a", "b"], [])
    assert index["a"].assumptions == pnfilter.Assumptions.of("missing-differs=match")
    assert gc.isenabled()
    # Of another form only the texts are taken.
    monkeypatch.setattr(filter_set, "FORMAT", 0)
    monkeypatch.setattr(filter_set, "Conjunction", lambda *_: pytest.fail("a branch is taken"))
    assert found(pickle.loads(pickled), data={"n": 6}) == (["a", "b"], [])


def test_the_form_of_a_pickle_has_its_number() -> None:
    """Another digest with the same number: loading would mix branches of two versions."""
    texts = (
        "a == 1 && b != 'x'", "data.s LIKE 'a*b*' || data.n > 5", "!(data.n < 5 && data.s CONTAINS 'x')",
        "('a', 'b') CONTAINS meta.r && data.n >= 1 && data.n < 2", "data.n + 1 > 5", "data.a == data.b", "data.s LIKE '*x'",
    )  # fmt: skip
    branches = [
        (
            forms,
            [type(each).__name__ if isinstance(each, dnf.Residual) else each for each in constants],
        )
        for text in texts
        for forms, constants in dnf.to_dnf(pnfilter.parse(text))
    ]
    digest = hashlib.sha256(repr(branches).encode()).hexdigest()[:16]
    assert (filter_set.FORMAT, digest) == (1, "90c3e074c631286a")
