"""From items of answers to what listeners are given."""

from __future__ import annotations

from typing import Any

import pytest

from pnclient.encryption.ciphers import cipher_for
from pnclient.enums import PNFilterMode, PNStatusCategory
from pnclient.models.consumer.objects_v2.channel import PNChannelMetadataResult
from pnclient.models.consumer.objects_v2.memberships import PNMembershipResult
from pnclient.models.consumer.objects_v2.uuid import PNUUIDMetadataResult
from pnclient.models.consumer.pubsub import (
    PNFileMessageResult,
    PNMessageActionResult,
    PNMessageResult,
    PNPresenceEventResult,
    PNSignalMessageResult,
)
from pnclient.pnconfiguration import PNConfiguration
from pnclient.subscribe.delivery import (
    MAX_WRONG,
    REMEMBERED,
    Counters,
    Delivery,
    ListenerCall,
    ReceivedItem,
    decrypt_payloads,
)
from pnclient.transport import ServiceFailure
from tests.client.subscribing.faked import configured, item

JOIN = {"action": "join", "uuid": "bob", "timestamp": 17, "occupancy": 2}


def delivered(
    delivery: Delivery, *items: Any, config: PNConfiguration | None = None
) -> list[ListenerCall | ServiceFailure]:
    cipher = cipher_for(config) if config is not None else None
    found: list[ListenerCall | ServiceFailure] = []
    for accepted in delivery.accept(items):
        if isinstance(accepted, ReceivedItem):
            found.extend(delivery.results(accepted, decrypt_payloads(cipher, [accepted])[0]))
        else:
            found.append(accepted)
    return found


def only(item: dict[str, Any], config: PNConfiguration | None = None) -> ListenerCall:
    """What one item gives."""
    (event,) = delivered(Delivery(config or configured()), item, config=config)
    assert isinstance(event, ListenerCall), event
    return event


def shown(events: list[ListenerCall | ServiceFailure]) -> list[Any]:
    """Payloads, and the categories of failures."""
    return [
        event.result.message if isinstance(event, ListenerCall) else event.category.name
        for event in events
    ]


def without_key(envelope: dict[str, Any]) -> dict[str, Any]:
    assert envelope.pop("k")
    return envelope


def test_a_message() -> None:
    callback, message = only(
        item({"x": 1}, b="a.*", i="bob", u={"n": 1}, cmt="note", s=3, o={"t": "1"})
    )
    assert callback == "message"
    assert type(message) is PNMessageResult
    assert vars(message) == {
        "message": {"x": 1},
        "channel": "a",
        "subscription": "a.*",
        "timetoken": 15,
        "publisher": "bob",
        "user_metadata": {"n": 1},
        "custom_message_type": "note",
        "error": None,
        "envelope": without_key(
            item({"x": 1}, b="a.*", i="bob", u={"n": 1}, cmt="note", s=3, o={"t": "1"})
        ),
    }


def test_a_message_with_the_least() -> None:
    message = only({"c": "a", "d": None, "p": {"t": 15}}).result
    assert vars(message) == {
        "message": None,
        "channel": "a",
        "subscription": None,
        "timetoken": 15,
        "publisher": None,
        "user_metadata": None,
        "custom_message_type": None,
        "error": None,
        "envelope": {"c": "a", "d": None, "p": {"t": 15}},
    }


@pytest.mark.parametrize("fields", [{"b": "a"}, {"b": None}, {"b": 7}, {"i": 7, "cmt": 7, "s": []}])
def test_what_is_told_wrong_or_twice_is_none(fields: dict[str, Any]) -> None:
    message = only(item("x", **fields)).result
    assert (message.subscription, message.publisher, message.custom_message_type) == (None,) * 3


@pytest.mark.parametrize("number", [0, None, 9, "1", [1]])
def test_what_has_no_known_type_is_a_message(number: Any) -> None:
    assert only(item("x", e=number)).callback == "message"


def test_a_signal() -> None:
    callback, signal = only(item("x", e=1, i="bob", cmt="note"))
    assert callback == "signal"
    assert type(signal) is PNSignalMessageResult
    assert (signal.message, signal.publisher, signal.custom_message_type) == ("x", "bob", "note")


def test_a_message_action() -> None:
    data = {"type": "t", "value": "v", "messageTimetoken": "1", "actionTimetoken": "2"}
    payload = {"source": "actions", "version": "1.0", "event": "added", "data": data}
    callback, action = only(item(payload, e=3, i="bob", b="g"))
    assert callback == "message_action"
    assert type(action) is PNMessageActionResult
    assert (action.type, action.value, action.uuid) == ("t", "v", "bob")
    assert (action.message_timetoken, action.action_timetoken) == ("1", "2")
    assert (action.event, action.channel, action.subscription) == ("added", "a", "g")


def test_a_presence_event() -> None:
    payload = {**JOIN, "data": {"mood": "good"}}
    callback, event = only(item(payload, channel="a-pnpres", b="a.*-pnpres"))
    assert callback == "presence"
    assert type(event) is PNPresenceEventResult
    assert vars(event) == {
        "event": "join",
        "uuid": "bob",
        "timestamp": 17,
        "occupancy": 2,
        "channel": "a",
        "subscription": "a.*",
        "timetoken": 15,
        "state": {"mood": "good"},
        "join": None,
        "leave": None,
        "timeout": None,
        "user_metadata": None,
        "envelope": without_key(item(payload, channel="a-pnpres", b="a.*-pnpres")),
    }


def test_presence_in_intervals() -> None:
    payload = {"action": "interval", "timestamp": 17, "occupancy": 2, "join": ["x"], "leave": []}
    event = only(item(payload, channel="a-pnpres", b="a-pnpres")).result
    assert (event.event, event.uuid, event.join, event.leave) == ("interval", None, ["x"], [])
    assert event.subscription is None


def test_a_file() -> None:
    payload = {"message": "look", "file": {"id": "1/2", "name": "a b.png"}}
    callback, file = only(item(payload, channel="c d", e=4, i="bob", u=1, cmt="note"))
    assert callback == "file"
    assert type(file) is PNFileMessageResult
    assert (file.message, file.file_id, file.file_name) == ("look", "1/2", "a b.png")
    assert file.file_url == (
        "http://ps.pndsn.com/v1/files/sub/channels/c%20d/files/1%2F2/a%20b.png"
    )
    assert (file.publisher, file.user_metadata, file.custom_message_type) == ("bob", 1, "note")


@pytest.mark.parametrize(
    ("kind", "result", "callback"),
    [
        ("channel", PNChannelMetadataResult, "channel"),
        ("uuid", PNUUIDMetadataResult, "uuid"),
        ("membership", PNMembershipResult, "membership"),
    ],
)
def test_an_event_of_an_object(kind: str, result: type[Any], callback: str) -> None:
    payload = {"source": "objects", "type": kind, "event": "set", "data": {"id": "x"}}
    event = only(item(payload, e=2))
    assert event.callback == callback
    assert type(event.result) is result
    assert (event.result.event, event.result.data) == ("set", {"id": "x"})
    assert str(event.result).endswith(" set event with data: {'id': 'x'}")


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        "text",
        {},
        {"c": "a", "d": 1},
        {"c": "a", "d": 1, "p": {}},
        {"c": "a", "d": 1, "p": {"t": "x"}},
        {"c": "a", "d": 1, "p": {"t": 1.5}},
        {"c": "a", "d": 1, "p": {"t": "0"}},
        {"c": "a", "d": 1, "p": {"t": "9" * 30}},
        {"c": "a", "p": {"t": "1"}},
        {"c": 1, "d": 1, "p": {"t": "1"}},
        item("text", channel="a-pnpres"),
        item({**JOIN, "action": None}, channel="a-pnpres"),
        item({**JOIN, "timestamp": "17"}, channel="a-pnpres"),
        item({**JOIN, "occupancy": True}, channel="a-pnpres"),
        item({**JOIN, "data": []}, channel="a-pnpres"),
        item({"action": "join"}, channel="a-pnpres"),
        item("text", e=2),
        item({"type": "other", "event": "set", "data": {}}, e=2),
        item({"type": "uuid", "event": 1, "data": {}}, e=2),
        item("text", e=3),
        item({"data": {}}, e=3),
        item("text", e=4),
        item({"message": 1}, e=4),
        item({"file": {"id": 1, "name": "x"}}, e=4),
    ],
)
def test_an_item_of_a_wrong_shape_is_reported_and_keeps_nothing_else_back(wrong: Any) -> None:
    delivery = Delivery(configured())
    events = delivered(delivery, wrong, item("right", 20))
    assert shown(events) == ["PNMalformedResponseCategory", "right"]
    failure = events[0]
    assert isinstance(failure, ServiceFailure)
    assert "sub" not in repr(failure.data)
    assert delivery.counters == Counters(delivered=1)


def test_many_items_of_a_wrong_shape_are_counted() -> None:
    events = delivered(Delivery(configured()), *[1] * (MAX_WRONG + 5), item("right", 20))
    assert shown(events) == [*["PNMalformedResponseCategory"] * (MAX_WRONG + 1), "right"]
    last = events[MAX_WRONG]
    assert isinstance(last, ServiceFailure)
    assert "5 more items" in str(last)


def test_each_once_and_in_the_order_of_publication() -> None:
    delivery = Delivery(configured())
    late, early = item("late", 17), item("early", 15, "b")
    assert shown(delivered(delivery, late, item("x", 16), early, late)) == ["early", "x", "late"]
    assert shown(delivered(delivery, early, item("y", 14))) == ["y"]
    assert delivery.counters == Counters(delivered=4, duplicates=2)
    delivery.forget()
    assert shown(delivered(delivery, early)) == ["early"]


@pytest.mark.parametrize(
    "other", [{"channel": "b"}, {"timetoken": 16}, {"i": "carol"}, {"s": 2}, {"s": "1"}]
)
def test_what_differs_is_another_message(other: dict[str, Any]) -> None:
    first: dict[str, Any] = {"channel": "a", "timetoken": 15, "i": "bob", "s": 1}
    events = delivered(Delivery(configured()), item("x", **first), item("y", **(first | other)))
    assert len(events) == 2


def test_what_is_remembered_is_bounded() -> None:
    delivery = Delivery(configured())
    first, second = item("first", 1), item("second", 2)
    delivered(delivery, first, second, *(item("", 3 + n) for n in range(REMEMBERED - 1)))
    assert shown(delivered(delivery, second)) == []
    assert shown(delivered(delivery, first)) == ["first"]
    assert len(delivery._delivered) == REMEMBERED


def filtering(text: str | None, mode: PNFilterMode) -> PNConfiguration:
    config = configured()
    config.filter_warnings = "ignore"
    config.filter_expression, config.filter_mode = text, mode
    return config


# One matches, one doesn't, and of a text that is no number it isn't known here.
THREE = (item("yes", 1, u={"n": 1}), item("no", 2, u={"n": 2}), item("who knows", 3, u={"n": "x"}))


@pytest.mark.parametrize(
    ("mode", "told", "counters"),
    [
        (PNFilterMode.SERVER, ["yes", "no", "who knows"], Counters(delivered=3)),
        (
            PNFilterMode.LOCAL,
            ["yes", "who knows"],
            Counters(delivered=2, dropped=1, undecided=1),
        ),
        (
            PNFilterMode.BOTH,
            ["yes", "who knows"],
            Counters(delivered=2, dropped=1, undecided=1, disagreements=1),
        ),
    ],
)
def test_filtering_here(mode: PNFilterMode, told: list[str], counters: Counters) -> None:
    delivery = Delivery(filtering("n < 2", mode))
    assert shown(delivered(delivery, *THREE)) == told
    assert delivery.counters == counters


@pytest.mark.parametrize("mode", PNFilterMode)
def test_without_a_filter_all_is_delivered(mode: PNFilterMode) -> None:
    assert len(delivered(Delivery(filtering(None, mode)), *THREE)) == 3


def test_another_filter_counts_at_once() -> None:
    config = filtering("n == 1", PNFilterMode.LOCAL)
    delivery = Delivery(config)
    assert shown(delivered(delivery, item("x", 1, u={"n": 2}))) == []
    config.filter_expression = "n == 2"
    assert shown(delivered(delivery, item("y", 2, u={"n": 2}))) == ["y"]


def test_the_payload_is_filtered_too() -> None:
    delivery = Delivery(filtering("data.x == 1", PNFilterMode.LOCAL))
    assert shown(delivered(delivery, item({"x": 2}, 1), item({"x": 1}, 2))) == [{"x": 1}]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_signals_objects_and_actions_are_never_filtered(number: int) -> None:
    data = {"type": "uuid", "value": "v", "messageTimetoken": "1", "actionTimetoken": "2"}
    payload = {"type": "uuid", "event": "set", "data": data}
    delivery = Delivery(filtering("n == 1", PNFilterMode.LOCAL))
    assert len(delivered(delivery, item(payload, e=number, u={"n": 2}))) == 1
    assert delivery.counters == Counters(delivered=1)


def test_presence_is_filtered_by_its_metadata() -> None:
    delivery = Delivery(filtering("pn_action == 'leave'", PNFilterMode.LOCAL))
    join = item(JOIN, 1, "a-pnpres")
    leave = item({**JOIN, "action": "leave"}, 2, "a-pnpres")
    events = delivered(delivery, join, leave)
    assert [event.result.event for event in events if isinstance(event, ListenerCall)] == ["leave"]
    assert delivery.counters == Counters(delivered=1, dropped=1)
    # A number that JSON does not have can't be looked at here.
    odd = item({**JOIN, "occupancy": 1, "data": {"x": float("nan")}}, 3, "a-pnpres")
    assert len(delivered(delivery, odd)) == 1
    assert delivery.counters == Counters(delivered=2, dropped=1, undecided=1)


def test_files_are_filtered_by_their_metadata_alone() -> None:
    payload = {"message": "x", "file": {"id": "1", "name": "n"}}
    delivery = Delivery(filtering("n == 1 && data.message == 'x'", PNFilterMode.LOCAL))
    wanted, other = (item(payload, n, e=4, u={"n": n}) for n in (1, 2))
    assert len(delivered(delivery, wanted, other)) == 1
    assert delivery.counters == Counters(delivered=1, dropped=1, undecided=1)


def encrypting(text: str | None = None) -> PNConfiguration:
    config = configured()
    config.filter_warnings = "ignore"
    config.cipher_key = "enigma"
    config.filter_mode = PNFilterMode.LOCAL
    config.filter_expression = text
    return config


def encrypted(config: PNConfiguration, json_text: str) -> str:
    cipher = cipher_for(config)
    assert cipher is not None
    return cipher.encrypt(json_text)


def test_payloads_are_filtered_after_decryption() -> None:
    config = encrypting("data.x == 1")
    delivery = Delivery(config)
    one, two = (item(encrypted(config, f'{{"x": {n}}}'), n) for n in (1, 2))
    assert shown(delivered(delivery, one, two, config=config)) == [{"x": 1}]
    # What can't be decrypted can't be looked at.
    events = delivered(delivery, item("plain", 3), config=config)
    assert shown(events) == ["PNDecryptionErrorCategory", "plain"]
    assert delivery.counters == Counters(delivered=2, dropped=1, undecided=1)


def test_signals_presence_objects_and_actions_are_not_encrypted() -> None:
    config = encrypting()
    assert only(item("plain", e=1), config).result.message == "plain"
    assert only(item(JOIN, channel="a-pnpres"), config).result.event == "join"
    payload = {"type": "uuid", "event": "set", "data": {}}
    assert only(item(payload, e=2), config).result.data == {}


def test_files_are_encrypted() -> None:
    config = encrypting()
    text = '{"message": "look", "file": {"id": "1", "name": "n"}}'
    assert only(item(encrypted(config, text), e=4), config).result.message == "look"
    failed, event = delivered(Delivery(config), item("plain", e=4), config=config)
    assert isinstance(failed, ServiceFailure)
    assert isinstance(event, ListenerCall)
    assert (event.result.message, event.result.file_id) == ("plain", "")
    assert event.result.error is failed.exception


def test_a_cipher_of_the_program_s_own_may_raise_what_it_likes() -> None:
    class Raising:
        def encrypt(self, text: str) -> str:
            raise NotImplementedError

        def decrypt(self, text: str) -> Any:
            raise ZeroDivisionError("odd")

    config = configured()
    config.crypto_module = Raising()
    failed, event = delivered(Delivery(config), item("x"), config=config)
    assert isinstance(failed, ServiceFailure)
    assert failed.category is PNStatusCategory.PNDecryptionErrorCategory
    assert isinstance(event, ListenerCall)
    assert event.result.message == "x"
    assert event.result.error is failed.exception
