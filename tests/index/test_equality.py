"""A filter set says what a loop over its filters says, whatever is in it and in the message."""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import pnfilter
from pnfilter import UNREADABLE, FilterSet
from pnfilter.generation import FilterWriter, MessageWriter, hints
from pnfilter.index import node, tables
from pnfilter.strategies import filters
from tests.examples import examples
from tests.index.loop import same_as_loop
from tests.test_conformance import VERDICTS, as_message, filter_text

QUAKES = Path(__file__).parents[2] / "examples" / "quakes.ndjson"
#: Few fields, so that filters meet in the same tables and messages find them.
FIELDS = ("meta.region", "data.score", "data.tags", "data.user.role", "data.items[0]", "data")
#: What most filters of a service are made of.
SHAPES = (
    'meta.region == "{a}"', 'meta.region == "{a}" && data.score > {n}', '("{a}", "{b}") CONTAINS meta.region',
    "(1, {n}, 5.0) CONTAINS data.score", "data.score >= {n} && data.score < {m}", 'data.tags CONTAINS "{a}"',
    "data.score > {n} && data.score <= {m} && meta.region == '{a}'", "data.user.role LIKE '{a}*'",
    "data.user.role LIKE '{a}' || data.score == {n}", "meta.region != '{a}'", "!(data.score < {n})",
    "data.user.role LIKE '*{a}' && data.score <= {n}", "data.user.role LIKE '*{a}*'", "data.tags LIKE '*{a}*' || data.score == {n}", "data.score == {n} && data.tags CONTAINS '{b}'",
    "(data.score > {n} && data.score < {m}) || meta.region == '{b}' || data.tags LIKE '{a}*'",
    "meta.region == '{a}' && (data.score < {n} || data.score > {m}) && data.user.role != '{b}'",
    "data.items[0] >= {n}", "data == '{a}'", "!meta.region", "data.score + 1 > {n} && meta.region == '{a}'",
)  # fmt: skip
WORDS = ("a", "us", "5", "true", "ab", "A", "", "0", "1.0", "x*")
NUMBERS = (0, 1, 5, 2.5, 7, 10, 100, -3, 2**60, 1e300)


@st.composite
def usual(draw: st.DrawFn) -> str:
    """A filter such as services have, with constants that often meet."""
    word, number = st.sampled_from(WORDS), st.sampled_from(NUMBERS)
    text = draw(st.sampled_from(SHAPES))
    return text.format(a=draw(word), b=draw(word), n=draw(number), m=draw(number))


@st.composite
def sets(draw: st.DrawFn) -> tuple[dict[int, str], list[dict[str, Any]]]:
    """Filters, and messages that matter to some of them."""
    texts = draw(st.lists(usual() | filters(fields=FIELDS, max_depth=2), min_size=1, max_size=40))
    return dict(enumerate(texts)), draw(messages_of(texts))


def messages_of(texts: list[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Messages for several filters at once."""
    values: dict[Any, tuple[Any, ...]] = {}
    for text in texts:
        for path, near in hints(pnfilter.parse(text)).items():
            values[path] = values.get(path, ()) + near

    @st.composite
    def draw_message(draw: st.DrawFn) -> dict[str, Any]:
        below = lambda count: draw(st.integers(0, count - 1))  # noqa: E731
        return MessageWriter(below, values, unreadable=True).message()

    return st.lists(draw_message(), min_size=1, max_size=6)


@pytest.fixture(params=[(1, -(10**6)), (16, 16)])
def crowd(request: pytest.FixtureRequest) -> Iterator[None]:
    """Filters with one constant in common, which others tell apart; fields found by the message."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "CROWD", request.param[0])
        patch.setattr(node, "MANY_HOMES", request.param[1])
        yield


@pytest.mark.usefixtures("crowd")
@examples(
    1,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sets())
def test_of_any_filters_and_messages(given: tuple[dict[int, str], list[dict[str, Any]]]) -> None:
    texts, messages = given
    index = FilterSet(texts)
    same_as_loop(index, texts, messages)
    loaded = pickle.loads(pickle.dumps(index))
    same_as_loop(loaded, texts, messages)
    for key in list(texts)[::2]:
        loaded.remove(key)
    same_as_loop(loaded, {key: texts[key] for key in loaded}, messages)


#: Every kind of place in the index, beside a second predicate by which its filters are told apart.
KINDS = (
    "meta.a == '{w}'", "meta.a == {n}", "('{w}', 'z') CONTAINS meta.a", "({n}, 99) CONTAINS meta.a", "meta.a LIKE '{w}'",
    "meta.a LIKE '{w}*'", "meta.a > {n}", "meta.a >= {n} && meta.a < {m}", "meta.a CONTAINS '{w}'", "meta.a <= {n}",
    "meta.a LIKE '*{w}'", "meta.a LIKE '*{w}*'", "meta.a LIKE '{w}*{w}'",
)  # fmt: skip
SECOND = (
    "data.b == '{w}'", "data.b > {n}", "data.b > {n} && data.b <= {m}", "data.b LIKE '{w}*'", "data.b != {n}", "data.b CONTAINS '{w}'",
    "('{w}', 'y') CONTAINS data.b",
)  # fmt: skip
#: Values of every type, near those that the filters name.
ODD: tuple[Any, ...] = (
    "5", "a", "ab", "", "true", 5, 1, 0, 2.5, True, False, None, [], {}, {"a": 1}, ["a"], [5], ["5", 7], ["a", 5], [None], [True],
    [["a"]], [[]], [UNREADABLE], [1, [UNREADABLE]], UNREADABLE, ["5"], ["b"], [{}], 10**5000, [0, 9], ["a", UNREADABLE],
)  # fmt: skip


@pytest.mark.sliced(4)
@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("kind", KINDS)
def test_of_every_kind_of_place_and_value(kind: str) -> None:
    pairs = [(word, number) for word in ("5", "a", "true", "") for number in (5, 0, 1)]
    texts = [
        f"{kind} && {second}".format(w=word, n=number, m=number + 3)
        for second in SECOND
        for word, number in pairs
    ]
    texts += [f"({kind}) || data.b == '{{w}}'".format(w=w, n=n, m=n + 3) for w, n in pairs]
    filters = dict(enumerate(texts))
    index = FilterSet(filters)
    messages = [{"meta": {"a": a}, "data": {"b": b}} for a in ODD for b in ("a", 5)]
    messages += [{"meta": {"a": a}, "data": {"b": b}} for a in ("a", 5, ["a"]) for b in ODD]
    same_as_loop(index, filters, messages)
    for key in filters:
        index.remove(key)
    assert not index._root._structures


class Changing(RuleBasedStateMachine):
    """Filters come and go, and messages in between."""

    @initialize(count=st.sampled_from([1, 16]))
    def begin(self, count: int) -> None:
        tables.CROWD = count  # type: ignore[misc]
        self.texts: dict[int, str] = {}
        self.index: FilterSet[int] = FilterSet()

    @rule(key=st.integers(0, 15), text=usual() | filters(fields=FIELDS, max_depth=1))
    def add(self, key: int, text: str) -> None:
        self.index.add(key, text)
        self.texts[key] = text

    @rule(texts=st.lists(usual(), max_size=20))
    def add_many(self, texts: list[str]) -> None:
        for key, text in enumerate(texts, 100):
            self.add(key, text)

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        if self.texts:
            key = data.draw(st.sampled_from(sorted(self.texts)))
            self.index.remove(key)
            del self.texts[key]

    @rule()
    def remove_all(self) -> None:
        for key in list(self.texts):
            self.index.remove(key)
        self.texts.clear()
        assert list(self.index._root.items()) == []
        assert not self.index._root._structures

    @rule(data=st.data())
    def match(self, data: st.DataObject) -> None:
        same_as_loop(
            self.index, self.texts, data.draw(messages_of(list(self.texts.values()) or ["a"]))
        )

    @invariant()
    def holds_what_was_put_in(self) -> None:
        assert set(self.index) == set(self.texts)
        assert len(self.index) == len(self.texts)

    def teardown(self) -> None:
        tables.CROWD = 16  # type: ignore[misc]


TestChanging = Changing.TestCase
TestChanging.settings = examples(0.3, stateful_step_count=20)

CONFORMANCE = {case["name"]: filter_text(case) for case in VERDICTS}


@pytest.mark.sliced(12)
@pytest.mark.parametrize("start", range(0, len(VERDICTS), 100))
def test_of_conformance_filters_on_their_messages(start: int) -> None:
    cases = VERDICTS[start : start + 100]
    index = FilterSet({case["name"]: filter_text(case) for case in cases})
    for case in cases:
        for message in case["messages"]:
            found = index.match(as_message(message))
            verdict = message["verdict"]
            assert (case["name"] in found.matched) is (verdict == "MATCH"), case
            assert (case["name"] in found.undecided) is (verdict == "UNDECIDED"), case


def test_of_every_conformance_filter_on_the_messages_of_others() -> None:
    messages = [message for case in VERDICTS for message in case["messages"]]
    same_as_loop(FilterSet(CONFORMANCE), CONFORMANCE, map(as_message, messages[::401]))


def quakes() -> Iterator[dict[str, Any]]:
    with QUAKES.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def test_of_every_conformance_filter_on_earthquakes() -> None:
    same_as_loop(FilterSet(CONFORMANCE), CONFORMANCE, list(quakes())[::300])


def test_of_filters_on_earthquakes() -> None:
    nets = sorted({quake["meta"]["net"] for quake in quakes()})
    texts = {net: f'meta.net == "{net}" && data.mag >= 5' for net in nets}
    texts |= {
        f"{net} small": f'meta.net == "{net}" && data.mag < 2 && data.tsunami == 0' for net in nets
    }
    texts |= {
        str(step): f"data.mag >= {step / 10} && data.mag < {step / 10 + 0.3}" for step in range(80)
    }
    texts |= {name: f'data.place LIKE "*{name}*"' for name in ("alaska", "california", "of")}
    same_as_loop(FilterSet(texts), texts, list(quakes())[::5])


@examples(0.2)
@given(st.integers(0, 2**32))
def test_of_many_filters_of_a_few_shapes(seed: int) -> None:
    source = random.Random(seed)

    def word() -> str:
        return source.choice(WORDS)

    def number() -> float:
        return source.choice(NUMBERS) + source.choice((0, 0.25, 1, 3))

    texts = {
        key: source.choice(SHAPES).format(a=word(), b=word(), n=number(), m=number())
        for key in range(150)
    }
    values = {
        path: near for text in texts.values() for path, near in hints(pnfilter.parse(text)).items()
    }
    writer = MessageWriter(source.randrange, values, unreadable=True)
    same_as_loop(FilterSet(texts), texts, [writer.message() for _ in range(8)])


def test_of_generated_filters_with_every_construct() -> None:
    source = random.Random(7)
    texts = {key: FilterWriter(source.randrange).text() for key in range(300)}
    writer = MessageWriter(
        source.randrange,
        {
            path: near
            for text in texts.values()
            for path, near in hints(pnfilter.parse(text)).items()
        },
        unreadable=True,
    )
    same_as_loop(FilterSet(texts), texts, [writer.message() for _ in range(20)])


#: Filters on a field of their own, at several depths.
OWN = (
    "data.f{n} == 3", "data.f{n} > 2", "data.u.f{n} == 'a'", "meta.f{n} LIKE '*a*'", "data.f{n} LIKE 'a*b*'", "data.u.v.f{n} != 3",
    "data.items[{n}] == 3", "data.u[{n}].f == 3", "!(data.f{n} == 3)", "meta.f{n} == data.f{n}", "data.f{n} CONTAINS 'a' && meta.k == 1",
)  # fmt: skip


@pytest.mark.parametrize("root", ODD, ids=range(len(ODD)))
def test_of_fields_of_their_own(root: Any) -> None:
    texts = {(shape, number): shape.format(n=number) for shape in OWN for number in range(40)}
    filters = dict(enumerate(texts.values()))
    index = FilterSet(filters)
    messages = [
        {"data": root, "meta": {"f1": "xay"}},
        {"data": {"f7": root, "f8": 3}, "meta": root},
        {"data": {"u": root, "f3": root, "items": root}, "meta": {"k": 1, "f2": root}},
        {"data": {"u": {"v": root, "f5": root, "f6": "a"}}, "meta": None},
        {"data": {"u": {"v": {"f1": root}}, **{f"f{n}": root for n in range(30)}}},
        {"meta": {"f2": root}},
    ]
    same_as_loop(index, filters, messages)
    for number in range(0, len(filters), 2):
        index.remove(number)
    same_as_loop(index, dict(list(filters.items())[1::2]), messages)
