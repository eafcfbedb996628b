"""The strategies that users get: what they draw, and what they refuse."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from pnfilter import UNREADABLE, F, FilterSyntaxError, Message, Verdict, compile, parse
from pnfilter.generation import MAX_INDEX, MessageWriter, hide, hints, paths_of, place, places
from pnfilter.strategies import MAX_DEPTH, filters, messages, messages_for
from pnfilter.syntax.nodes import And, Arithmetic, Comparison, Expression, Or, Path, Unary, walk
from tests.examples import examples

FAST = settings(max_examples=2000, phases=[Phase.generate])


def kinds(text: str) -> set[Any]:
    return {getattr(node, "operator", type(node)) for node in walk(parse(text))}


@examples(1)
@given(filters(fields=["meta.a", "data.b[0]"], max_depth=4))
def test_filters_read_the_fields_that_are_given(text: str) -> None:
    assert set(compile(text).fields) <= set(paths_of(["meta.a", "data.b[0]"]))


@examples(1)
@given(filters(legacy=False))
def test_filters_of_today(text: str) -> None:
    nodes = walk(parse(text))
    assert all(node.prefix for node in nodes if isinstance(node, Path))
    assert not kinds(text) & {"&", "|", "^", "~", "="}


@examples(0.5)
@given(filters(max_depth=0))
def test_flat_filters(text: str) -> None:
    assert not any(isinstance(node, (And, Or, Arithmetic)) for node in walk(parse(text)))


@examples(0.2)
@given(filters(max_depth=MAX_DEPTH))
def test_the_deepest_filters_are_filters(text: str) -> None:
    compile(text)


WANTED = ["==", "!=", "<", "LIKE", "CONTAINS", "=", "+", "&", "-", "~", And, Or, Comparison]


@pytest.mark.parametrize("kind", [*WANTED[:-1], Unary], ids=str)
def test_every_construct_occurs(kind: Any) -> None:
    if kind is Unary:
        kind = "-"
    find(filters(), lambda text: kind in kinds(text), settings=FAST)


@pytest.mark.parametrize("part", ["'", '"', "like", "Like", "\\\\", "null", "1e3", "\n", "( ( "])
def test_every_spelling_occurs(part: str) -> None:
    find(filters(), lambda text: part in text, settings=FAST)


FINDS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "no data": lambda message: "data" not in message,
    "no metadata": lambda message: "meta" not in message,
    "null metadata": lambda message: "meta" in message and message["meta"] is None,
    "metadata that is no object": lambda message: isinstance(message.get("meta"), str),
    "payload that is no object": lambda message: isinstance(message.get("data"), list),
    "other keys": lambda message: "channel" in message,
    "the field": lambda message: "meta.region" in present(message),
    "no field": lambda message: not present(message),
}


def present(message: dict[str, Any]) -> list[str]:
    meta = message.get("meta")
    return ["meta.region"] if isinstance(meta, dict) and "region" in meta else []


@pytest.mark.sliced(4)
@pytest.mark.parametrize("wanted", FINDS.values(), ids=FINDS.keys())
@pytest.mark.parametrize(
    "strategy", [messages(), messages_for("meta.region == 'us'")], ids=["any", "for"]
)
def test_shapes_of_messages(
    strategy: st.SearchStrategy[dict[str, Any]], wanted: Callable[[dict[str, Any]], bool]
) -> None:
    find(strategy, wanted, settings=FAST)


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize(
    "text",
    [
        "meta.region == 'us'",
        "data.score >= 80",
        "data.name LIKE 'a*b'",
        "('us', 'eu') CONTAINS meta.region && data.user['role'] != 'bot'",
        "data.tags CONTAINS 'x' && meta.n + 1 > 5",
        "such=wow",
    ],
)
def test_messages_for_reach_every_verdict(text: str, verdict: Verdict) -> None:
    compiled = compile(text)
    find(messages_for(text), lambda message: compiled.evaluate(message) is verdict, settings=FAST)


@examples(1)
@given(messages(fields=["data.a", "meta.b"]))
def test_messages_are_json(message: dict[str, Any]) -> None:
    Message(message.get("data", UNREADABLE), message.get("meta"))
    assert "UNREADABLE" not in repr(message)


def test_unreadable_parts_are_asked_for() -> None:
    def is_hidden(message: dict[str, Any]) -> bool:
        return "UNREADABLE" in repr(message)

    find(messages(unreadable=True), is_hidden, settings=FAST)
    find(messages_for("meta.a == 1", unreadable=True), is_hidden, settings=FAST)
    for strategy in (messages(), messages_for("meta.a == 1")):
        with pytest.raises(NoSuchExample):
            find(strategy, is_hidden, settings=settings(max_examples=100, parent=FAST))


FORMS: list[Any] = [
    "meta.a == 'x'",
    compile("meta.a == 'x'"),
    parse("meta.a == 'x'"),
    F.meta.a == "x",
]


@pytest.mark.parametrize("form", FORMS, ids=["text", "Filter", "Expression", "term"])
def test_forms_of_a_filter(form: Any) -> None:
    message = find(
        messages_for(form), lambda m: isinstance(m.get("meta"), dict) and m["meta"].get("a") == "x"
    )
    assert message == {"data": {}, "meta": {"a": "x"}}


REFUSED: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: filters(fields=[]), ValueError, "several texts"),
    (lambda: filters(fields="meta.a"), ValueError, "several texts"),
    (lambda: filters(fields=["a == 1"]), ValueError, "not a field: a == 1"),
    (lambda: messages(fields=["a b"]), FilterSyntaxError, "a b"),
    (lambda: filters(max_depth=-1), ValueError, "0 to 12, not -1"),
    (lambda: filters(max_depth=MAX_DEPTH + 1), ValueError, "0 to 12"),
    (lambda: messages_for("a ="), FilterSyntaxError, "a ="),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED, ids=range(len(REFUSED)))
def test_refused(call: Callable[[], object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_without_hypothesis_the_extra_is_named() -> None:
    code = "import sys; sys.modules['hypothesis'] = None; import pnfilter.strategies"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'pnfilter[strategies]'" in done.stderr


# Parts of the generator


def test_place() -> None:
    message: dict[str, Any] = {"data": {"a": 5}, "meta": None}
    for field, value in (
        ("data.a.b[1]", 1),
        ("data.a.b[0].c", 2),
        ("meta.x", 3),
        ("data.a.b[1].d", 4),
    ):
        (path,) = paths_of([field])
        place(message, path, value)
    assert message == {"data": {"a": {"b": [{"c": 2}, {"d": 4}]}}, "meta": {"x": 3}}
    before = repr(message)
    (path,) = paths_of([f"data.a.b[{MAX_INDEX + 1}]"])
    place(message, path, 5)
    assert repr(message) == before


def test_places_and_hide() -> None:
    message: dict[str, Any] = {"data": {"a": [1]}, "meta": 5}
    assert len(places(message)) == 4
    for number in range(4):
        copy: dict[str, Any] = {"data": {"a": [1]}, "meta": 5}
        hide(copy, lambda _, number=number: number)  # type: ignore[misc]
        assert repr(copy).count("UNREADABLE") == 1
    nothing: dict[str, Any] = {}
    hide(nothing, lambda _: 0)
    assert nothing == {}


def test_messages_share_nothing() -> None:
    values: dict[Path, Any] = {path: [{"c": [1]}] for path in paths_of(["data.a", "data.b"])}
    writer = MessageWriter(lambda count: count == 4, values)
    one, two = writer.message(), writer.message()
    assert one == two == {"data": {"a": {"c": [1]}, "b": {"c": [1]}}, "meta": {}}
    one["data"]["a"]["c"].append(2)
    assert two["data"]["a"] == one["data"]["b"] == {"c": [1]}


def test_hints() -> None:
    def near(text: str) -> Any:
        tree: Expression = parse(text)
        return next(iter(hints(tree).values()))

    assert {5, 6, 4, "5", -5} <= {value for value in near("a > 5") if isinstance(value, (int, str))}
    assert {"a", "A", "ax", ""} <= {value for value in near("a == 'a'") if isinstance(value, str)}
    assert "xxyz" in near("a LIKE 'x*z'")
    assert "true" in near("a == true")
    assert -5 in near("a == -5")
    assert near("a") == near("a == null")
