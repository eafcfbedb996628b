"""Any filter on any message: what a verdict promises."""

from __future__ import annotations

import datetime as dt
import decimal
import pickle
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pnfilter import UNREADABLE, Message, Verdict, compile, format
from pnfilter.generation import copy_value, hints, place
from pnfilter.strategies import filters, messages, messages_for
from pnfilter.syntax.nodes import Path
from tests.examples import examples
from tests.generated import generated
from tests.laws import (
    conjunction,
    disjunction,
    hold_for_explanation,
    hold_for_junctions,
    hold_for_pair,
    hold_for_tree,
)

MATCH, NO_MATCH, UNDECIDED = Verdict.MATCH, Verdict.NO_MATCH, Verdict.UNDECIDED


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    text = draw(filters(max_depth=2))
    return text, draw(messages_for(text, unreadable=True) | messages(unreadable=True))


@examples(3)
@given(pairs(), st.randoms(use_true_random=False))
def test_laws(pair: tuple[str, dict[str, Any]], random: Any) -> None:
    text, message = pair
    compiled = compile(text)
    hold_for_pair(compiled, compile(format(text)), message, random.randrange)
    hold_for_explanation(compiled, message)


@examples(1.5)
@given(pairs(), filters(max_depth=1))
def test_junctions(pair: tuple[str, dict[str, Any]], other: str) -> None:
    text, message = pair
    hold_for_junctions(compile(text), compile(other), [message])


def test_the_tables_of_kleene() -> None:
    for verdict in Verdict:
        assert conjunction(NO_MATCH, verdict) is conjunction(verdict, NO_MATCH) is NO_MATCH
        assert disjunction(MATCH, verdict) is disjunction(verdict, MATCH) is MATCH
        assert conjunction(MATCH, verdict) is verdict
        assert disjunction(NO_MATCH, verdict) is verdict
    assert conjunction(UNDECIDED, UNDECIDED) is disjunction(UNDECIDED, UNDECIDED) is UNDECIDED


@examples(1.5)
@given(filters())
def test_copies(text: str) -> None:
    hold_for_tree(text)


@examples(1)
@given(filters(max_depth=2))
def test_spelling_does_not_change_a_tree(text: str) -> None:
    assert hash(compile(f"( {text} )").expression) == hash(compile(text).expression)
    assert compile(f"( {text} )").expression == compile(text).expression


# Values that JSON doesn't have


class Odd:
    """An object of some class, with methods that a mapping or a number would have."""

    keys = items = get = None

    def __len__(self) -> int:
        raise RuntimeError("never asked")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("never compared")

    __hash__ = None  # type: ignore[assignment]


class Subtext(str):
    """A text by another name."""

    __slots__ = ()


def circle() -> list[Any]:
    array: list[Any] = [1]
    array.append(array)
    return array


def ring() -> dict[str, Any]:
    inner: dict[str, Any] = {"n": "a", "role": ["us"]}
    inner["user"] = inner["items"] = inner
    return inner


def tower(height: int) -> Any:
    value: Any = "a"
    for _ in range(height):
        value = [value]
    return value


JUNK: list[Any] = [
    Odd(),
    Odd,
    Subtext("us"),
    circle(),
    ring(),
    tower(5000),
    [tower(3000), ring(), circle()],
    float("nan"),
    float("inf"),
    -float("inf"),
    10**5000,
    -(10**4299),
    b"us",
    bytearray(b"us"),
    {"us", "a"},
    frozenset({1}),
    ("us", 1),
    range(3),
    iter([1]),
    decimal.Decimal(5),
    dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
    1j,
    len,
    {1: "a", None: 2, ("a",): 3, "n": 5},
    {b"role": "us", "role": Odd()},
    "\ud800",
    Ellipsis,
    UNREADABLE,
    Message(data=5),
    compile("a == 1"),
    [Odd(), float("nan"), 10**5000, None, b"x", {"a": Odd()}],
]


@st.composite
def junk_messages(draw: st.DrawFn, text: str) -> dict[Any, Any]:
    message: dict[Any, Any] = draw(messages_for(text))
    junk = st.sampled_from(JUNK)
    for path in compile(text).fields:
        if draw(st.booleans()):
            place(message, path, draw(junk))
    for root in ("data", "meta"):
        if draw(st.integers(0, 5)) == 5:
            message[root] = draw(junk)
    if draw(st.booleans()):
        message[draw(st.sampled_from([1, None, "other", b"meta"]))] = draw(junk)
    return message


@examples(3)
@given(st.data(), filters(max_depth=2))
def test_evaluation_never_raises(data: st.DataObject, text: str) -> None:
    message = data.draw(junk_messages(text))
    compiled = generated(text)
    verdict = compiled.evaluate(message)
    assert isinstance(verdict, Verdict)
    assert compiled.matches(message) is (verdict is not NO_MATCH)
    explanation = compiled.explain(message)
    assert explanation.verdict is verdict
    assert str(explanation)


OPERATORS = ("==", "!=", "<", ">=", "LIKE", "CONTAINS", "+ 1 ==", "& 1 !=", "% 2 <")
OPERANDS = ("'us'", "5", "meta.other", "true", "meta.twin")


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_on_junk(operator: str) -> None:
    texts = [f"meta.a {operator} {right}" for right in OPERANDS]
    texts += [f"{left} {operator} meta.a" for left in OPERANDS]
    texts += [
        "meta.a",
        "!meta.a",
        "-meta.a == 1",
        f"meta.a[0] {operator} 1",
        f"!(meta.a.n {operator} 1)",
    ]
    for junk in JUNK:
        message = {"data": junk, "meta": {"a": junk, "twin": junk, "other": [junk, "us"]}}
        for text in texts:
            assert isinstance(generated(text).evaluate(message), Verdict)


@example({"data": 5})
@given(st.dictionaries(st.text(), st.none() | st.integers()))
def test_a_message_of_other_keys(message: dict[str, Any]) -> None:
    expected = UNDECIDED if "data" not in message else NO_MATCH
    assert generated("data.missing == 5").evaluate(message) in (expected, NO_MATCH)


def test_values_near_a_filter_decide_it() -> None:
    """``hints`` is worth its name: near values reach every verdict."""
    texts = ["meta.a == 'x'", "data.n > 5", "meta.a LIKE 'x*y'", "('a', 'b') CONTAINS meta.a"]
    for text in texts:
        compiled = generated(text)
        reached = set()
        for path, values in hints(compiled.expression).items():
            assert isinstance(path, Path)
            for value in values:
                message: dict[str, Any] = {"data": {}, "meta": {}}
                place(message, path, copy_value(value))
                reached.add(compiled.evaluate(message))
        assert {MATCH, NO_MATCH} <= reached


def test_a_filter_survives_pickling_between_protocols() -> None:
    compiled = compile("meta.a == 'x' && !(data.b LIKE 'y*')")
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(compiled, protocol)) == compiled
        assert pickle.loads(pickle.dumps(compiled.expression, protocol)) == compiled.expression
