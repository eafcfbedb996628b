"""Messages: what JSON has, what it doesn't and where, and envelopes of every shape."""

from __future__ import annotations

import copy
import datetime as dt
import decimal
import math
import pickle
from collections import OrderedDict, UserDict
from types import MappingProxyType
from typing import Any

import pytest

from pnfilter import UNREADABLE, Message, Verdict, compile
from pnfilter.message import UNFILTERED, parts_of
from pnfilter.semantics import Unreadable
from tests.generated import generated


def test_a_message_has_what_was_given() -> None:
    data, meta = {"x": [1, "ü", None]}, {"y": True}
    message = Message(data, meta)
    assert message.data is data
    assert message.meta is meta
    assert message.kind == "message"
    assert repr(message) == f"Message(data={data!r}, meta={meta!r}, kind='message')"


def test_what_was_not_given() -> None:
    assert Message().data is UNREADABLE
    assert Message().meta is None
    assert Message(None).data is None
    assert Message(meta=UNREADABLE).meta is UNREADABLE


def test_equality() -> None:
    assert Message(1, {"a": 1}) == Message(1, {"a": 1})
    assert Message(1) != Message(2)
    assert Message(1, {}) != Message(1, None)
    assert Message(1) != Message(1, kind="signal")
    assert Message(1) != 1
    with pytest.raises(TypeError, match="unhashable"):
        hash(Message(1))


def test_a_message_does_not_change() -> None:
    message = Message(1)
    for name in ("data", "meta", "kind", "other"):
        with pytest.raises(AttributeError):
            setattr(message, name, 2)


def test_copies() -> None:
    message = Message({"x": [UNREADABLE]}, UNREADABLE, kind="file")
    for other in (copy.copy(message), copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert other == message
        assert other.data["x"][0] is UNREADABLE
        assert other.meta is UNREADABLE


# Values that JSON doesn't have

ITSELF: list[Any] = []
ITSELF.append(ITSELF)
LOOP: dict[str, Any] = {"a": {"b": []}}
LOOP["a"]["b"].append(LOOP)

REFUSED: list[tuple[Any, str]] = [
    (dt.datetime(2024, 1, 31), "data is a datetime, which JSON does not have"),  # noqa: DTZ001
    (b"x", "data is a bytes, which JSON does not have"),
    ({1, 2}, "data is a set, which JSON does not have"),
    (math.nan, "data is the number nan, which JSON does not have"),
    (MappingProxyType({}), "data is a mappingproxy, which JSON does not have"),
    ({"a": decimal.Decimal(1)}, "data['a'] is a Decimal, which JSON does not have"),
    ({"a": [1, {"b c": object()}]}, "data['a'][1]['b c'] is a object, which JSON does not have"),
    ([[], [[math.inf]]], "data[1][0][0] is the number inf, which JSON does not have"),
    ((1, (2, 3j)), "data[1][1] is a complex, which JSON does not have"),
    ({5: 1}, "data has the key 5, but keys in JSON are strings"),
    ({"a": {None: 1}}, "data['a'] has the key None, but keys in JSON are strings"),
    ({"a": {("x",): 1}}, "data['a'] has the key ('x',), but keys in JSON are strings"),
    (["\ud83d"], "data[0] is a string with an unpaired surrogate, which JSON does not allow"),
    ({"\udc00": 1}, "data has a key with an unpaired surrogate, which JSON does not allow"),
    (ITSELF, "data[0] contains itself, which JSON does not allow"),
    (LOOP, "data['a']['b'][0] contains itself, which JSON does not allow"),
    ({"x": ITSELF}, "data['x'][0] contains itself, which JSON does not allow"),
    # The first is named.
    ([b"", b""], "data[0] is a bytes, which JSON does not have"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_refused(value: Any, words: str) -> None:
    with pytest.raises(TypeError) as caught:
        Message(value)
    assert str(caught.value) == words
    with pytest.raises(TypeError) as caught:
        Message(None, value)
    assert str(caught.value) == words.replace("data", "meta", 1)


@pytest.mark.parametrize(("value", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_in_a_mapping_it_can_not_be_read(value: Any, words: str) -> None:
    message = {"data": value, "meta": {"x": value, "y": 1}}
    for text in ("data == 1", "data.a == 1", "data[0] == 1", "x == 1", "x.a.b.c[0] > 1", "!x"):
        assert isinstance(generated(text).evaluate(message), Verdict)
        assert str(compile(text).explain(message))
    assert generated("y == 1").evaluate(message) is Verdict.MATCH


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1.5, "", "ü😀\x00", [], {}, (), (1, [2]), {"": {"a": []}}, OrderedDict(a=1),
        UNREADABLE, [UNREADABLE], {"a": Unreadable("why")}, 10**4300 - 1, [[1], [1]],
    ],
)  # fmt: skip
def test_accepted(value: Any) -> None:
    assert Message(value, {"x": value}).data is value


def test_a_shared_value_is_no_loop() -> None:
    shared = {"x": 1}
    assert Message([shared, shared, {"y": shared}]).data[2]["y"] is shared
    bad = [object()]
    with pytest.raises(TypeError, match=r"^data\[0\]\[0\] is"):
        Message([bad, bad])


def test_values_of_any_form_are_looked_through() -> None:
    tall: Any = "x"
    for _ in range(60):
        tall = [tall] * 10
    assert Message(tall).data is tall
    deep: Any = "x"
    for level in range(50_000):
        deep = {"a": deep} if level % 2 else [deep]
    assert Message(deep).data is deep
    for level in range(9):
        deep = [deep] if level % 2 else {"k": deep}
    with pytest.raises(TypeError) as caught:
        Message(with_bottom(deep, b""))
    assert str(caught.value) == (
        "data['k'][0]['k'][0]['k'][0]['k'][0]['k']['a']…['a'][0]['a'][0]['a'][0]['a'][0]['a'][0] "
        "is a bytes, which JSON does not have"
    )


def with_bottom(deep: Any, bottom: Any) -> Any:
    """A copy of containers in each other, with another value in the innermost."""
    keys = []
    while isinstance(deep, (dict, list)):
        key: Any = 0 if isinstance(deep, list) else next(iter(deep))
        keys.append(key)
        deep = deep[key]
    for key in reversed(keys):
        bottom = [bottom] if key == 0 else {key: bottom}
    return bottom


# Mappings


@pytest.mark.parametrize(
    "message",
    [
        {"data": {"x": 1}, "meta": {"y": 2}},
        {"data": {"x": 1}, "meta": {"y": 2}, "channel": "c", "other": object()},
        OrderedDict(data={"x": 1}, meta={"y": 2}),
        UserDict({"data": {"x": 1}, "meta": {"y": 2}}),
        MappingProxyType({"data": {"x": 1}, "meta": {"y": 2}}),
        Message({"x": 1}, {"y": 2}),
    ],
    ids=["dict", "more keys", "OrderedDict", "UserDict", "mappingproxy", "Message"],
)
def test_forms_of_a_message(message: Any) -> None:
    assert parts_of(message) == ({"x": 1}, {"y": 2}, "message")
    assert generated("data.x == 1 && y == 2").evaluate(message) is Verdict.MATCH


def test_keys_that_are_not_there() -> None:
    assert parts_of({}) == (UNREADABLE, None, "message")
    assert parts_of({"data": None}) == (None, None, "message")
    assert parts_of({"meta": UNREADABLE}) == (UNREADABLE, UNREADABLE, "message")


@pytest.mark.parametrize("message", [None, "text", 5, [], [("data", 1)], object()])
def test_what_is_no_message(message: Any) -> None:
    with pytest.raises(
        TypeError,
        match=r"a message must be a mapping with `data` and `meta`, or a pnfilter.Message, not ",
    ):
        parts_of(message)


# Envelopes

SUBSCRIBE = {
    "a": "2", "f": 514, "i": "client", "s": 1, "p": {"t": "17", "r": 12}, "k": "demo", "c": "lobby",
}  # fmt: skip
ENVELOPES: dict[str, tuple[dict[str, Any], Message]] = {
    "subscribe": (
        {**SUBSCRIBE, "d": {"x": 1}, "u": {"y": 2}},
        Message({"x": 1}, {"y": 2}),
    ),
    "subscribe without metadata": ({**SUBSCRIBE, "d": "hi"}, Message("hi")),
    "subscribe with null": ({**SUBSCRIBE, "d": None, "u": None}, Message(None)),
    "an event without payload": ({**SUBSCRIBE}, Message()),
    "a message by its number": ({**SUBSCRIBE, "d": 1, "e": 0}, Message(1)),
    "signal": ({**SUBSCRIBE, "d": 1, "e": 1, "u": {"a": 1}}, Message(1, {"a": 1}, kind="signal")),
    "object": ({**SUBSCRIBE, "d": {"x": 1}, "e": 2}, Message({"x": 1}, kind="object")),
    "action": ({**SUBSCRIBE, "d": {"x": 1}, "e": 3}, Message({"x": 1}, kind="action")),
    "file": (
        {**SUBSCRIBE, "d": {"file": {"id": "1"}}, "e": 4, "u": {"y": 2}},
        Message(UNREADABLE, {"y": 2}, kind="file"),
    ),
    "an unknown number": ({**SUBSCRIBE, "d": 1, "e": 99}, Message(1)),
    "no number": ({**SUBSCRIBE, "d": 1, "e": True}, Message(1)),
    "a number in quotes": ({**SUBSCRIBE, "d": 1, "e": "1"}, Message(1)),
    "history, version 2": ({"message": {"x": 1}, "timetoken": 17}, Message({"x": 1}, UNREADABLE)),
    "history, version 2, with metadata": (
        {"message": "hi", "timetoken": 17, "meta": {"y": 2}},
        Message("hi", {"y": 2}),
    ),
    "history, version 3": (
        {"message": None, "timetoken": "17", "uuid": "u", "message_type": None, "meta": ""},
        Message(None, None),
    ),
    "history, version 3, of a file": (
        {"message": {"file": {}}, "timetoken": "17", "message_type": 4, "meta": {"y": 2}},
        Message(UNREADABLE, {"y": 2}, kind="file"),
    ),
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_envelope(name: str) -> None:
    item, message = ENVELOPES[name]
    assert Message.from_envelope(item) == message
    assert Message.from_envelope(UserDict(item)) == message
    encrypted = Message.from_envelope(item, encrypted=True)
    assert encrypted == Message(UNREADABLE, message.meta, kind=message.kind)


JOIN = {"action": "join", "uuid": "ann", "occupancy": 3, "timestamp": 1700000000}


def presence(event: Any, channel: str = "lobby-pnpres") -> Message:
    """The message of a presence event."""
    return Message.from_envelope({"c": channel, "d": event, "p": {"t": "17"}})


def test_a_presence_event_has_the_metadata_that_the_server_makes() -> None:
    message = presence({**JOIN, "data": {"age": 60, "mood": ["calm"]}})
    assert message.kind == "presence"
    assert message.data == {**JOIN, "data": {"age": 60, "mood": ["calm"]}}
    assert message.meta == {
        "pn_ispresence": 1,
        "pn_channel": "lobby",
        "pn_action": "join",
        "pn_uuid": "ann",
        "pn_occupancy": 3,
        "pn_timestamp": 1700000000,
        "pn_precise_timestamp": UNREADABLE,
        "pn_state_age": 60,
        "pn_state_mood": ["calm"],
    }


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("pn_ispresence == 1 && pn_occupancy > 2", Verdict.MATCH),
        ("pn_channel == 'lobby' && pn_action == 'leave'", Verdict.NO_MATCH),
        ("pn_timestamp >= 1700000000", Verdict.MATCH),
        ("pn_precise_timestamp > 5", Verdict.UNDECIDED),
        ("pn_state_age > 50", Verdict.NO_MATCH),
        ("data.action == 'join'", Verdict.MATCH),
    ],
)
def test_filters_on_presence(text: str, verdict: Verdict) -> None:
    assert compile(text).evaluate(presence(JOIN)) is verdict


def test_what_a_presence_event_does_not_tell_is_unreadable() -> None:
    message = presence({"action": "interval", "data": "text"})
    assert message.meta["pn_uuid"] is UNREADABLE
    assert message.meta["pn_action"] == "interval"
    assert not [key for key in message.meta if key.startswith("pn_state_")]
    for event in ("text", None, 5):
        message = presence(event)
        assert (message.data, message.meta) == (UNREADABLE, UNREADABLE)


@pytest.mark.parametrize(
    "item", [{}, {"d": 1}, {"c": "lobby"}, {"meta": {}}, {"data": 1, "meta": {}}]
)
def test_no_envelope(item: dict[str, Any]) -> None:
    with pytest.raises(
        TypeError, match=r"^not an envelope: an item of a subscribe answer has `c` and"
    ):
        Message.from_envelope(item)


@pytest.mark.parametrize("item", [None, "text", 5, [1, 2], Message(1)])
def test_what_is_no_mapping(item: Any) -> None:
    with pytest.raises(
        TypeError, match=f"^an envelope must be a mapping, not {type(item).__name__}$"
    ):
        Message.from_envelope(item)


def test_what_is_in_an_envelope_must_be_json() -> None:
    with pytest.raises(TypeError, match=r"^data\['x'\] is a bytes"):
        Message.from_envelope({"message": {"x": b""}})
    with pytest.raises(TypeError, match=r"^meta\['pn_state_x'\] is a bytes|^data\['data'\]\['x'\]"):
        presence({"data": {"x": b""}})


@pytest.mark.parametrize("kind", ["message", "signal", "object", "action", "file", "presence"])
def test_kinds_to_which_filters_may_not_apply(kind: Any) -> None:
    verdict = compile("data == 1").evaluate(Message(1, kind=kind))
    assert (verdict is Verdict.UNDECIDED) == (kind in UNFILTERED)
