"""Generated code says what the interpreter says, and contains no text of the user."""

from __future__ import annotations

import ast
import pickle
import sys
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import product
from types import FunctionType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter import UNREADABLE, Filter, Message, Reason, Verdict, compile, parse
from pnfilter.compiler.fields import Entry
from pnfilter.compiler.function import MAX_CACHED_SOURCE, code_of, decider, function_of
from pnfilter.compiler.listing import listed
from pnfilter.compiler.namespace import HIGH, NAMESPACE, holds, present
from pnfilter.compiler.program import (
    MAX_DEPTH,
    MAX_LEAVES,
    MAX_SLICE,
    Program,
    generate,
)
from pnfilter.filters import INTERPRETED_FIRST
from pnfilter.interpreter import condition
from pnfilter.semantics import Bailout, verdict_of
from pnfilter.strategies import filters, messages, messages_for
from pnfilter.syntax.nodes import Path
from tests.cases import for_each
from tests.examples import examples
from tests.generated import generated
from tests.properties.test_verdicts import JUNK, junk_messages
from tests.test_conformance import VERDICTS, Case, as_message, filter_text, named

Outcome = bool | Reason
#: The first integer that is left to the interpreter.
MOST = 10**30


def program_of(text: str) -> Program:
    program = generate(parse(text))
    assert program is not None
    return program


@cache
def ready(text: str) -> tuple[Filter, Callable[[Any, Any], Outcome]]:
    filter = generated(Filter(text))
    return filter, function_of(filter.expression)


def hold(text: str, message: dict[Any, Any]) -> Outcome:
    """The outcome, which is the same by every way to it."""
    filter, function = ready(text)
    data, meta = message.get("data", UNREADABLE), message.get("meta")
    expected = condition(filter.expression, data, meta)
    assert function(data, meta) is expected
    assert filter.outcome(message) is expected
    assert filter.evaluate(message) is verdict_of(expected)
    assert filter.matches(message) is (expected is not False)
    assert filter.matches(message, undecided="drop") is (expected is True)
    if type(message) is dict:
        assert filter.outcome(OrderedDict(message)) is expected
    return expected


# The interpreter's outcome


@for_each(VERDICTS, named)
def test_conformance(case: Case) -> None:
    tree = parse(filter_text(case))
    outcome = function_of(tree)
    for given_message in case["messages"]:
        message = as_message(given_message)
        if isinstance(message, dict):
            data, meta = message.get("data", UNREADABLE), message.get("meta")
            expected = condition(tree, data, meta)
            assert outcome(data, meta) is expected
            assert generated(filter_text(case)).outcome(message) is expected


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, dict[Any, Any]]:
    text = draw(filters(max_depth=3))
    usual = messages_for(text, unreadable=True) | messages(unreadable=True)
    return text, draw(usual | junk_messages(text))


@examples(3)
@given(pairs())
def test_any_filter_on_any_message(pair: tuple[str, dict[Any, Any]]) -> None:
    hold(*pair)


#: Few fields, so that each is read in many places.
FEW = ("data.x", "data.y", "data.x.y", "data.x[0]", "meta.x", "data.x.y.z", "data[0]")


@examples(2)
@given(st.data(), st.integers(1, 4), st.integers(1, 4), st.sampled_from([0, 3, 24]))
def test_limits_change_nothing(data: st.DataObject, slice: int, depth: int, most: int) -> None:
    parts = data.draw(st.lists(filters(fields=FEW, max_depth=3), min_size=1, max_size=3))
    text = data.draw(st.sampled_from([" && ", " || "])).join(f"({part})" for part in parts)
    message = data.draw(messages_for(text, unreadable=True) | junk_messages(text))
    tree = parse(text)
    parts_of_message = message.get("data", UNREADABLE), message.get("meta")
    with pytest.MonkeyPatch.context() as patched:
        for limit, value in (("MAX_SLICE", slice), ("MAX_DEPTH", depth), ("MAX_PARAMETERS", most)):
            patched.setattr(f"pnfilter.compiler.program.{limit}", value)
        assert function_of(tree)(*parts_of_message) is condition(tree, *parts_of_message)


#: Each fast path, and what is next to it.
FORMS = """
data.x == "us" ; "us" == data.x ; data.x != "us" ; data.x = us ; data.x == "5" ; data.x == "true"
data.x == 5 ; data.x != 5 ; data.x == 5.0 ; 5 != data.x ; data.x == -3 ; data.x == 1e300
data.x < 5 ; 5 < data.x ; data.x >= "5" ; data.x >= "us" ; "5" > data.x ; data.x > 9007199254740993
data.x == true ; data.x != false ; data.x < true ; data.x == null ; data.x != null ; data.x >= null
data.x LIKE "us" ; data.x LIKE "*" ; data.x LIKE "u*" ; data.x LIKE "*s" ; data.x LIKE "*s*"
data.x LIKE "u*s" ; data.x LIKE "*ας" ; data.x LIKE "σ*" ; data.x LIKE "İ*" ; data.x LIKE data.y
data.x CONTAINS "us" ; data.x CONTAINS 5 ; data.x CONTAINS 5.0 ; data.x CONTAINS true
"us-east" CONTAINS data.x ; 505 CONTAINS data.x ; data.x CONTAINS data.y ; data.y CONTAINS data.x
("us", "eu") CONTAINS data.x ; (1, 5, -3) CONTAINS data.x ; ("us", 5) CONTAINS data.x
("us", "eu") LIKE data.x ; ("us", "eu") LIKE "u*" ; ("5", 6) CONTAINS data.x
data.x == data.y ; data.x != data.y ; data.x < data.y ; data.x == data.x ; data.x != data.x
data.x + 1 > 5 ; data.x * data.x >= data.y - 1 ; data.x / 2 == 2.5 ; 10 / data.x > 1 ; data.x / data.y < 2
data.x % 2 == 1 ; 7 % data.x == 2 ; data.x % data.y != 0 ; (data.x & 1) == 1 ; (data.x | 2) != 7
(data.x ^ 5) == 0 ; ~data.x == -6 ; -data.x < 0 ; -(data.x + 1.5) < -data.y ; data.x + 1 != 6
data.x * 1e308 * 1e308 > 1 ; data.x / 1e-320 > 1 ; data.x + "1" == 6 ; data.x + 1 == "6" ; 1 / 0 != data.x
null + 1 != data.x ; data.x + null == 1 ; ~1.5 == data.x ; data.x ; !data.x ; !(data.x) ; !!data.x
data.x && data.y ; data.x || data.y ; data.x == "a" || data.x == "us" || data.x == "b"
data.x != "a" && data.x != "us" ; data.x == 1 || data.x == 5 || data.x == "us" ; data.x != 1 && data.x != 5
data == "us" ; data.x[0] == "us" ; data[0] == 5 ; data.x[1][0] == 5 ; data.x.y == "us" ; data.x.y[0].z == 5
meta.x == "us" ; meta.x != "us" ; meta == "us" ; meta[0] == 5 ; meta.x < data.x ; meta.x == data.x
data.x[1000001] == 5 ; data.a.b.c.d.e.f.g.h.i == 5 ; 1 == 1 ; 1 == "1" ; true ; "" ; !""
data.x == 5 && (data.y == 5 || data.x > 4) && data.y < 9 ; (data.x > 1 || data.y > 1) && data.y > data.x
!(data.x > 1 && data.y > 1) || data.y == 5 || data.x == 5 ; !(data.x.y == 1 || data.x.z == 2) && data.x.z == 3
"""
TEXTS = [text for line in FORMS.strip().splitlines() for text in line.split(" ; ")]
LONG = "9" * 400
TEXTS += [
    f"data.x {operator} {LONG} > data.y" for operator in ("+", "-", "*", "/", "%")
] + [
    f"({LONG} {operator} data.x) <= {LONG}" for operator in ("+", "*", "/", "%", "&", "|", "^")
] + [
    f"data.x == {LONG}", f"data.x < -{LONG}", f"({LONG}, 5) CONTAINS data.x", f"data.x CONTAINS {LONG}",
    f"data.x / 2 / {LONG} == 0", f"~data.x * {LONG} != 5", f"{LONG} / {LONG} == data.x",
]  # fmt: skip
VALUES: list[Any] = [
    *("us", "US", "u", "", "5", "5.0", "true", "ΟΔΥΣΣΕΑΣ", "ας", "Σ", "i̇x", "İx", "us-east", "u\ns"),
    *(5, 5.0, 1, 0, -3, 1.5, True, False, None, 2**70, 9007199254740993, 1e300, -1e300, 5e-324),
    *(MOST, -MOST, MOST - 1, HIGH, -HIGH, 10**4299, 10**4300, -(10**4300), -0.0, 2**63),
    *([], ["us"], [5], ["us", 5, None], [1, ["us"]], [True, "x"], [UNREADABLE, "us"], [[5], [5]]),
    *({}, {"us": 1}, {"y": "us", "z": 3}, {"y": [{"z": 5}]}, {"y": None, "z": 2}, {"x": 5}),
    *JUNK,
]  # fmt: skip


@pytest.mark.sliced(16)
@pytest.mark.parametrize("text", TEXTS)
def test_every_form_on_every_value(text: str) -> None:
    for value in VALUES:
        for other in ("us", 5, value):
            inner = {"x": value, "y": other}
            hold(text, {"data": inner, "meta": inner})
        hold(text, {"data": value, "meta": value})
        hold(text, {"data": [value, 5], "meta": None})
    hold(text, {})
    hold(text, {"meta": {}})


class Lying(dict[str, Any]):
    """An object by another name, which says something else of each key."""

    def get(self, key: str, default: Any = None) -> Any:
        return "us"


class Equal(str):
    """A text that equals anything."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("never compared")


@pytest.mark.parametrize(
    "value",
    [Lying(), defaultdict(int), Equal("us"), [Equal("us")], {"x": Lying()}, (Equal("a"), "us")],
)
@pytest.mark.parametrize(
    "text", ['data.x == "us"', 'data.x CONTAINS "us"', "data.x.y != 5", "data.x"]
)
def test_subclasses_are_the_interpreters(text: str, value: Any) -> None:
    hold(text, {"data": {"x": value}})
    hold(text, {"data": value})
    if isinstance(value, dict):
        hold(text, value)


def test_only_what_is_decided_is_decided() -> None:
    decide = decider(parse('meta.a == "5"'), "message")
    assert decide({"meta": {"a": "5"}}) is True
    assert decide({"meta": {"a": [1]}}) is False
    with pytest.raises(Bailout):
        decide({"meta": {"a": 5}})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('meta.a == "5"', Reason.NUMBER_AND_TEXT),
        ('!(meta.a == "5")', Reason.NUMBER_AND_TEXT),
        ('meta.a == "x" || meta.a == "5"', Reason.NUMBER_AND_TEXT),
        ("!meta.a", Reason.NEGATED_VALUE),
        ('meta.a == "5" || meta.b == 1', None),
        ("meta.a > data.b && true", None),
    ],
)
def test_the_reason_of_the_only_part_is_that_of_the_filter(
    text: str, reason: Reason | None
) -> None:
    decide = decider(parse(text), "message")
    with pytest.raises(Bailout) as caught:
        decide({"meta": {"a": 5}})
    assert caught.value.reason is reason
    hold(text, {"meta": {"a": 5}})


def test_a_message_is_judged_by_its_kind() -> None:
    filter = generated("data.x == 5")
    assert filter.outcome(Message({"x": 5}, kind="presence")) is True
    assert filter.outcome(Message({"x": "5"})) is Reason.NUMBER_AND_TEXT
    assert filter.outcome(Message({"x": 5}, kind="action")) is Reason.EVENT_KIND


@pytest.mark.parametrize(
    ("array", "value", "expected"),
    [
        ([], "a", False),
        (["b", None, "a"], "a", True),
        (["b", None], "a", False),
        ([1, "a"], "a", True),
        ([1], "a", None),
        ([["a"]], "a", None),
        ([1, None, 5.0], 5, True),
        ([1, 2.5], 5, False),
        (["5"], 5, None),
        ([float("nan")], 5, None),
        ([2 * MOST], 5, None),
        ([True], 1, None),
    ],
)
def test_holds(array: list[Any], value: Any, expected: bool | None) -> None:
    assert holds(array, value) is expected


def test_present() -> None:
    assert all(map(present, ["", 0, 1.5, False, {}, [], ()]))
    assert not any(
        map(present, [None, UNREADABLE, float("nan"), 10**5000, 2 * MOST, b"", Equal("")])
    )


# The source


ALLOWED = {*NAMESPACE, "True", "False", "data", "meta", "fallback", "c", "t"}
NASTY = [
    '"',
    "'",
    "\\",
    '"""',
    "'''; import os #",
    "{c0}",
    "__import__('os').system('x')",
    "\u2028\u2029\x0c\x00\x1a",
    "\\N{BULLET}",
    "a' if True else '",
    "ä😀",
    ") or fallback(0",
]


@pytest.mark.parametrize("nasty", NASTY)
def test_user_text_is_quoted(nasty: str) -> None:
    quoted = '"' + nasty.replace("\\", "\\\\").replace('"', '\\"') + '"'
    text = f"data[{quoted}].x[0] == {quoted} || meta[{quoted}] LIKE {quoted} || ({quoted}, 5) CONTAINS a"
    source = program_of(text).source
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(name):
                assert name in ALLOWED or (name[0] in "cvoax" and name[1:].isdigit())
            case ast.Attribute(_, name):
                assert name in {"get", "lower", "startswith", "endswith"}
            case ast.Constant(value):
                assert value in (nasty, "x", "a") or isinstance(value, int | float) or value is None
            case ast.Call(function):
                assert isinstance(function, ast.Name | ast.Attribute)
            case _:
                pass
    assert hold(text, {"data": {nasty: {"x": [nasty]}}, "meta": {}}) is True
    listed = compile(text).source
    assert ast.parse(listed).body[0].lineno == 1 + sum(
        line.startswith("#") for line in listed.split("\n")
    )


@examples(2)
@given(filters(max_depth=3), st.data())
def test_the_listing_is_the_code(text: str, data: st.DataObject) -> None:
    message = data.draw(messages_for(text))
    tree = parse(text)
    undecided = object()

    def fallback(number: int, message: dict[str, Any]) -> Any:
        program = generate(tree, "message")
        assert program is not None
        outcome = condition(
            program.leaves[number], message.get("data", UNREADABLE), message.get("meta")
        )
        if isinstance(outcome, Reason):
            raise Bailout
        return outcome

    names = {**NAMESPACE, "__builtins__": {"frozenset": frozenset}, "fallback": fallback}
    exec(listed(tree), names)
    try:
        found = names["outcome"](message)
    except Bailout:
        found = undecided
    expected = generated(text).outcome(message)
    assert found is (expected if found is not undecided else undecided)


def test_filters_of_one_shape_share_their_code() -> None:
    one, other = (
        program_of('meta.a == "x" && data.b > 5'),
        program_of('meta.a == "y" && data.b > 6.5'),
    )
    assert one.source == other.source
    assert code_of(one) is code_of(other)
    assert one.constants == ("x", 5)
    assert code_of(one) is not code_of(program_of('meta.c == "x" && data.b > 5'))
    long = program_of(" && ".join(f"data.field_{n} > {n}" for n in range(200)))
    assert len(long.source) > MAX_CACHED_SOURCE
    assert code_of(long) is not code_of(long)


def test_a_place_is_read_once_where_that_is_sure() -> None:
    assert program_of("data.a.x == 1 && data.a.x < 5 && data.a.y == 2").source.count("'a'") == 1
    assert program_of("data.a.x == 1 && data.a.x < 5 && data.a.y == 2").source.count("'x'") == 1
    # Whether `b` was read is not known behind the brackets.
    assert program_of("(data.a == 1 || data.b == 1) && data.b < 5").source.count("'b'") == 2
    assert program_of("!(data.a == 1 || data.b == 1) && data.b < 5").source.count("'b'") == 1


def test_alternatives_for_one_field_are_a_set() -> None:
    text = " || ".join(f'meta.user == "u{number}"' for number in range(5000))
    program = program_of(text)
    assert len(program.leaves) == 1
    assert hold(text, {"meta": {"user": "u4999"}}) is True
    assert hold(text, {"meta": {"user": 5}}) is False


# Limits


def clauses(count: int) -> str:
    return " && ".join(f"data.f{number} >= {number}" for number in range(count))


@pytest.mark.sliced(3)
@pytest.mark.parametrize("count", [100, MAX_LEAVES, MAX_LEAVES + 1])
def test_any_number_of_clauses(count: int) -> None:
    text = clauses(count)
    data: dict[str, Any] = {f"f{number}": number for number in range(count)}
    program = generate(parse(text))
    assert (program is None) == (count > MAX_LEAVES)
    outcome = function_of(parse(text))
    assert outcome(data, None) is True
    assert outcome({**data, f"f{count - 1}": -1}, None) is False
    assert outcome({**data, f"f{count - 1}": "x"}, None) is Reason.TEXT_ORDERING
    assert ("the interpreter evaluates this filter" in listed(parse(text))) == (program is None)


@pytest.mark.sliced(9)
@pytest.mark.parametrize("count", [MAX_SLICE, MAX_SLICE + 1, 2 * MAX_SLICE + 1])
@pytest.mark.parametrize(
    "clause",
    ["data.f{0} == {0}", "data.f{0} == {0} && data.g == {0}", "!(data.f{0} != {0} && data.g)"],
)
def test_slices(count: int, clause: str) -> None:
    text = " || ".join(map(clause.format, range(count)))
    data: dict[str, Any] = {"g": True}
    for number in (0, MAX_SLICE - 1, MAX_SLICE, count - 1):
        for value in (number, str(number), [number], None):
            for g in (number, "5"):
                hold(text, {"data": {f"f{number}": value, "g": g}})
                hold(f"!({text}) && data.g", {"data": {**data, f"f{number}": value, "g": g}})
    program = program_of(text)
    leaves = [part.node for part in program.all_leaves()]
    assert len(leaves) == count * (1 + ("&&" in clause))
    assert bool(program.slices) == (len(leaves) > MAX_SLICE)
    assert len(program.slices) == len([one for one in program.constants if one in program.slices])


def nested(depth: int) -> str:
    return "(a == 1 && (b == 2 || " * depth + "c == 3" + "))" * depth


@pytest.mark.sliced(4)
@pytest.mark.parametrize(
    "text",
    [
        nested(60),
        "!(" * 60 + "data.x == 5" + ")" * 60,
        "!" * 100 + "(data.x == 5)",
        "data.x" + "+1" * 120 + " == 125",
        "-" * 100 + "data.x == 5",
        "data.x" + "*data.x" * 100 + " > 1",
        f"data.{'.'.join('abc' * 20_000)} == 5",
        f"data.x[{'9' * 4000}] == 5",
        f"data.x == {'9' * 4300}",
        "data.x LIKE '" + "*x" * 10_000 + "'",
        " || ".join(["data.x == 5 && data.y"] * 1000),
    ],
    ids=lambda text: text[:30],
)
def test_deep_and_long(text: str) -> None:
    for value in (5, "5", 5.5, None, [5]):
        hold(text, {"data": {"x": value, "y": True}, "meta": {"a": value, "b": 2, "c": 3}})
    assert compile(text).source.isprintable() is False


#: What a level of a deep filter adds, and values of `a` with which it goes on inside.
LEVELS = (
    "(a == 1 && {})",
    "(a != 1 || {})",
    "(a == 2 || {})",
    "!({})",
    "(a && {})",
    "(a == 1 || a == 2 || {})",
)


@examples(1.5)
@given(
    st.lists(st.sampled_from(LEVELS), min_size=MAX_DEPTH - 3, max_size=MAX_DEPTH + 12),
    st.sampled_from([1, 2, "1", True, None]),
    st.sampled_from(["x", 5, None, []]),
)
def test_any_level_may_be_the_last(levels: list[str], a: Any, b: Any) -> None:
    text = "b == 'x'"
    for level in levels:
        text = level.format(text)
    filter = generated(Filter(text))
    meta = {"a": a, "b": b}
    assert filter.outcome({"meta": meta}) is condition(filter.expression, UNREADABLE, meta)


@pytest.mark.parametrize("values", list(product((1, 2, "1"), (2, 3, "2"), (3, 4, "3"))))
def test_deep_inside(values: tuple[Any, ...]) -> None:
    hold(nested(60), {"meta": dict(zip("abc", values, strict=True))})


def test_what_is_too_deep_is_one_leaf() -> None:
    program = program_of(nested(60))
    assert len(program.leaves) == MAX_DEPTH + 1


def test_a_full_stack_is_no_error() -> None:
    text = "(a == 1 || b == 2) && (c == 3 || d == 4)"

    def deep(levels: int) -> Any:
        if levels:
            return deep(levels - 1)
        return Filter(text).prepare().outcome({"meta": {"a": 1, "c": 3}})

    limit = sys.getrecursionlimit()
    used = 0
    frame = sys._getframe()
    while frame.f_back is not None:
        used, frame = used + 1, frame.f_back
    reached = set()
    for spare in range(30, 300, 10):
        try:
            reached.add(deep(limit - used - spare))
        except RecursionError:
            reached.add(None)
    assert True in reached
    assert reached <= {True, None}


@pytest.mark.parametrize("error", [RecursionError, MemoryError])
def test_what_could_not_be_compiled_is_compiled_the_next_time(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Any:
        raise error

    filter = Filter("a == 1 || b == '1'")
    with monkeypatch.context() as patched:
        patched.setattr("pnfilter.compiler.function.decider", fail)
        assert filter.prepare() is filter
        assert filter.outcome({"meta": {"a": 1}}) is True
        assert filter.evaluate({"meta": {"b": 1}}) is Verdict.UNDECIDED
        for _ in range(INTERPRETED_FIRST):
            assert filter.outcome(Message(1, {"a": 2})) is False
        assert (filter._decide, filter._decide_parts) == (None, None)
    assert filter.outcome({"meta": {"a": 1}}) is filter.outcome(Message(1, {"a": 1})) is True
    assert None not in (filter._decide, filter._decide_parts)


# Filters


def test_a_filter_is_pickled_before_and_after_it_was_used() -> None:
    filter = Filter('meta.a == "x"')
    assert pickle.loads(pickle.dumps(filter)) == filter
    assert filter.outcome({"meta": {"a": "x"}}) is True
    assert generated(filter).outcome(Message(1, {"a": "x"})) is True
    assert pickle.loads(pickle.dumps(filter)) == filter
    assert filter.fields == (Path("meta", ("a",)),)


def test_threads_make_the_function_of_one_filter() -> None:
    for _ in range(20):
        filter = Filter("data.x % 3 == 0 && data.name LIKE '*a*'")

        def run(number: int, filter: Filter = filter) -> bool:
            message = {"data": {"x": number, "name": "banana"}}
            return filter.outcome(message) is (number % 3 == 0)

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(run, range(50)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('meta.a == "x" && data.n > 5', False),
        ('meta.a == "x" || data.n == 5', True),
        ("!(meta.a.b >= 5)", True),
        ('("x", "y") CONTAINS meta.a', False),
        ('meta.a LIKE "x*" || meta.a CONTAINS "x" || "x" CONTAINS meta.b || meta.a', False),
        ('meta.a != "x" && data.n != 5', None),
        ('meta.a != "x" && meta.a != "y"', None),
        ("meta.a != true", None),
        ("(meta.a == 1 || data.n == 5) && !(meta.a != 1)", None),
        ("meta.a == null", None),
    ],
)
@pytest.mark.parametrize("message", [{"data": {"n": 5}}, {"data": {"n": 5}, "meta": None}])
def test_without_metadata_only_what_differs_from_it_is_asked_about(
    text: str, expected: bool | None, message: dict[str, Any]
) -> None:
    def fallback(*_: object) -> bool:
        raise Bailout

    entries: dict[Entry, list[Any]] = {"message": [message], "parts": [message["data"], None]}
    for entry, parts in entries.items():
        program = generate(parse(text), entry)
        assert program is not None
        decide = FunctionType(code_of(program), NAMESPACE, "", (*program.constants, fallback))
        if expected is None:
            with pytest.raises(Bailout):
                decide(*parts)
        else:
            assert decide(*parts) is expected
    hold(text, message)
    hold(text, {**message, "meta": {}})
