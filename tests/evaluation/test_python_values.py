"""Values of Python that JSON doesn't have, and odd arguments of public functions."""

from __future__ import annotations

import datetime as dt
import enum
import json
import pickle
from typing import Any

import pytest

import pnfilter
from pnfilter import UNREADABLE, Message, Verdict
from tests.generated import generated


class Weight(float):
    """A number whose comparisons are no booleans, as those of array libraries."""

    def __gt__(self, other: object) -> Any:
        return [float.__gt__(self, other)]  # type: ignore[operator]


class Flags(enum.IntFlag):
    ONE = 1
    TWO = 2


def verdict(text: str, data: Any) -> Verdict:
    return generated(text).evaluate({"data": {"x": data}, "meta": {}})


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("data.x > 5", Weight(1.0), Verdict.NO_MATCH),
        ("data.x > 5", Weight(6.0), Verdict.MATCH),
        ("~data.x == -2", Flags.ONE, Verdict.MATCH),
        ("data.x == 5", dt.date(2020, 1, 1), Verdict.UNDECIDED),
        ("data.x == 5", float("nan"), Verdict.UNDECIDED),
        ("data.x == 5", b"5", Verdict.UNDECIDED),
        ("data.x CONTAINS 5", (4, 5), Verdict.MATCH),
        ("data.x CONTAINS 5", [UNREADABLE, 5], Verdict.MATCH),
        ("data.x CONTAINS 5", [UNREADABLE, 4], Verdict.UNDECIDED),
    ],
)
def test_verdict(text: str, value: Any, expected: Verdict) -> None:
    assert verdict(text, value) is expected


def test_an_integer_that_is_too_long() -> None:
    assert verdict("data.x == 5", 10**4300) is Verdict.UNDECIDED
    with pytest.raises(TypeError, match="data is an integer of more than 4,300 digits"):
        Message(10**4300)


def test_an_array_inside_itself() -> None:
    array: list[Any] = [1]
    array.append(array)
    assert verdict("data.x == 5", array) is Verdict.UNDECIDED
    with pytest.raises(TypeError, match=r"data\[1\] contains itself"):
        Message(array)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"when": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, r"data\['when'\] is a datetime"),
        ([1, float("inf")], r"data\[1\] is the number inf"),
        ({"a": {5: 1}}, r"data\['a'\] has the key 5"),
        ({"a": "\ud800"}, r"data\['a'\] is a string with an unpaired surrogate"),
    ],
)
def test_what_json_does_not_have(data: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Message(data)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"c": "a", "d": 1, "u": {"x": 1}}, Message(1, {"x": 1})),
        ({"c": "a", "d": 1}, Message(1)),
        ({"c": "a", "d": 1, "e": 1}, Message(1, kind="signal")),
        ({"c": "a", "d": 1, "e": 4, "u": {}}, Message(UNREADABLE, {}, kind="file")),
        ({"c": "a", "d": 1, "e": [1]}, Message(1)),
        ({"message": 1, "timetoken": "15"}, Message(1, UNREADABLE)),
        ({"message": 1, "meta": ""}, Message(1)),
        (
            {"message": 1, "meta": {"a": 1}, "message_type": 4},
            Message(UNREADABLE, {"a": 1}, kind="file"),
        ),
    ],
)
def test_envelopes(item: dict[str, Any], expected: Message) -> None:
    assert Message.from_envelope(item) == expected


def test_presence_has_the_metadata_that_the_server_makes() -> None:
    event = {"action": "join", "uuid": "me", "occupancy": 2, "data": {"age": 60}}
    message = Message.from_envelope({"c": "lobby-pnpres", "d": event, "p": {}})
    check = pnfilter.compile("pn_ispresence == 1 && pn_state_age > 50 && pn_channel == 'lobby'")
    assert check.evaluate(message) is Verdict.MATCH
    assert pnfilter.compile("pn_timestamp > 5").evaluate(message) is Verdict.UNDECIDED


@pytest.mark.parametrize("item", [5, {}, {"d": 1}, "text"])
def test_no_envelope(item: Any) -> None:
    with pytest.raises(TypeError, match="envelope"):
        Message.from_envelope(item)


def test_signals_are_undecided_whatever_the_filter_says() -> None:
    signal = Message(1, kind="signal")
    always = pnfilter.compile("1 == 1")
    assert always.evaluate(signal) is Verdict.UNDECIDED
    assert "kind signal" in str(always.explain(signal))


def test_a_verdict_is_no_boolean() -> None:
    with pytest.raises(TypeError, match="matches"):
        bool(Verdict.MATCH)


def test_a_filter_can_not_be_changed() -> None:
    compiled = pnfilter.compile("a == 1")
    with pytest.raises(AttributeError, match="changed"):
        compiled._text = "b"
    with pytest.raises(AttributeError, match="changed"):
        del compiled._text
    assert pickle.loads(pickle.dumps(compiled)) == compiled
    assert len({compiled, pnfilter.compile("a == 1")}) == 1
    assert compiled != "a == 1"
    assert repr(compiled) == "pnfilter.compile('a == 1')"


def test_undecided_messages_are_kept_unless_told_otherwise() -> None:
    compiled = pnfilter.compile("data == 1")
    assert compiled.matches({}) is True
    assert compiled.matches({}, undecided="drop") is False
    with pytest.raises(ValueError, match="'keep' or 'drop'"):
        compiled.matches({}, undecided="only")  # type: ignore[arg-type]


@pytest.mark.parametrize("message", [5, None, [], "text"])
def test_no_message(message: Any) -> None:
    with pytest.raises(TypeError, match="a message must be a mapping"):
        pnfilter.compile("a == 1").evaluate(message)


@pytest.mark.parametrize(
    "function", [pnfilter.parse, pnfilter.compile, pnfilter.check, pnfilter.format, pnfilter.fix]
)
def test_no_text(function: Any) -> None:
    with pytest.raises(TypeError, match="a filter must be a str, not int"):
        function(5)


@pytest.mark.parametrize(
    ("fields", "error"),
    [("meta.a", TypeError), ([5], TypeError), (["(("], ValueError), (["a == 1"], ValueError)],
)
def test_known_fields(fields: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="known_fields"):
        pnfilter.check("a == 1", known_fields=fields)


def test_a_known_field_is_no_mistake() -> None:
    assert "W401" in {found.code for found in pnfilter.check("a == b")}
    assert "W401" not in {found.code for found in pnfilter.check("a == b", known_fields=["b"])}


def test_an_explanation_names_what_it_can_not_read() -> None:
    explanation = pnfilter.compile("data.x == 5").explain({"data": {"x": dt.date(2020, 1, 1)}})
    assert explanation.verdict is Verdict.UNDECIDED
    assert "the value at data.x is a date, which JSON does not have" in str(explanation)
    assert json.loads(json.dumps(explanation.to_dict()))["reason"] == "unreadable"


def test_messages_show_and_compare_their_parts() -> None:
    assert repr(Message(1, {})) == "Message(data=1, meta={}, kind='message')"
    assert Message(1) != Message(2)
    assert Message(1) != 1


def test_an_odd_presence_event_is_unreadable() -> None:
    message = Message.from_envelope({"c": "a-pnpres", "d": 5})
    assert message.data is UNREADABLE
    assert message.meta is UNREADABLE
    assert Message.from_envelope({"c": "a", "d": 5}, encrypted=True).data is UNREADABLE
