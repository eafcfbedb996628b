"""What a builder refuses before anything is sent, and in which words."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest
from tornado.locks import Event

from pnclient.endpoints.fetch_messages import FetchMessages
from pnclient.endpoints.history import History
from pnclient.endpoints.message_actions.get_message_actions import GetMessageActions
from pnclient.endpoints.pubsub.publish import Publish
from pnclient.endpoints.time import Time
from pnclient.enums import PNOperationType, PNPushType
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.message_actions import PNMessageAction
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from tests.client.requests.calls import Described, performed

NO_KEY = "Subscribe key not configured"
C = ("channel", "c")
M = ("message", 1)
CS = ("channels", "c")
G = ("channel_group", "g")
D = ("device_id", "d")
T = ("push_type", PNPushType.GCM)
T2 = ("push_type", PNPushType.APNS2)
GS = ("channel_groups", "g")


def client(**more: Any) -> PubNubTornado:
    config = PNConfiguration()
    config.subscribe_key, config.publish_key, config.uuid = "sub", "pub", "me"
    # Nothing listens there.
    config.origin, config.ssl = "127.0.0.1:1", False
    made = PubNubTornado(config)
    for name, value in more.items():
        setattr(config, name, value)
    return made


def action(**fields: Any) -> dict[str, Any]:
    return {"action": {"type": "t", "value": "v", "message_timetoken": "15", **fields}}


@pytest.mark.parametrize(
    ("method", "setters", "text"),
    [
        ("publish", (M,), "Channel missing"),
        ("publish", (("channel", ""), M), "Channel missing"),
        ("publish", (("channel", None), M), "Channel missing"),
        ("publish", (C,), "Message missing"),
        ("publish", (C, ("message", None)), "Message missing"),
        ("fire", (M,), "Channel missing"),
        ("fire", (C,), "Message missing"),
        ("signal", (M,), "Channel missing"),
        ("where_now", (("uuid", None),), "uuid missing or not a string"),
        ("where_now", (("uuid", 5),), "uuid missing or not a string"),
        ("where_now", (("uuid", ""),), "uuid missing or not a string"),
        ("set_state", (("state", {}),), "Channel or group missing"),
        ("set_state", (GS, ("state", {})), "State setter for channel groups is not supported yet"),
        ("set_state", (CS,), "State missing or not a dict"),
        ("set_state", (CS, ("state", [1])), "State missing or not a dict"),
        ("get_state", (), "Channel or group missing"),
        ("get_state", (CS, ("uuid", None)), "uuid missing or not a string"),
        ("heartbeat", (), "Channel or group missing"),
        ("add_channel_to_channel_group", (CS,), "Channel group missing"),
        ("add_channel_to_channel_group", (CS, ("channel_group", 5)), "Channel group missing"),
        ("add_channel_to_channel_group", (G,), "Channels missing"),
        ("remove_channel_from_channel_group", (CS,), "Channel group missing"),
        ("remove_channel_from_channel_group", (G,), "Channels missing"),
        ("list_channels_in_channel_group", (), "Channel group missing"),
        ("remove_channel_group", (("channel_group", ""),), "Channel group missing"),
        ("list_push_channels", (T,), "Device ID is missing for push operation"),
        ("list_push_channels", (("device_id", 5), T), "Device ID is missing for push operation"),
        ("list_push_channels", (D, ("push_type", None)), "Push Type is missing"),
        ("list_push_channels", (D, T2), "Push notification topic is missing. Required only if push type is APNS2."),
        ("list_push_channels", (D, T2, ("topic", 5)), "Push notification topic is missing. Required only if push type is APNS2."),
        ("add_channels_to_push", (D, T), "Channel missing"),
        ("add_channels_to_push", (D, T, CS, ("channels", [])), "Channel missing"),
        ("add_channels_to_push", (CS, T), "Device ID is missing for push operation"),
        ("remove_channels_from_push", (D, T), "Channel missing"),
        ("remove_channels_from_push", (D, CS), "Push Type is missing"),
        ("remove_device_from_push", (("device_id", ""), T), "Device ID is missing for push operation"),
        ("history", (), "Channel missing"),
        ("fetch_messages", (), "Channel missing"),
        ("fetch_messages", (("channels", "a,b"), ("include_message_actions", True)),
            "History can return message action data for a single channel only. Either pass a single "
            "channel or disable the include_message_actions flag. "),
        ("delete_messages", (), "Channel missing"),
        ("message_counts", (), "Channel missing"),
        ("message_counts", (C,), "The number of channels and the number of timetokens do not match."),
        ("message_counts", (C, ("channel_timetokens", [1, 2])), "The number of channels and the number of timetokens do not match."),
        ("add_message_action", (("message_action", action()),), "Channel missing"),
        ("add_message_action", (C,), "Message action is missing"),
        ("add_message_action", (C, ("message_action", action(message_timetoken=None))), "Message timetoken is missing"),
        ("add_message_action", (C, ("message_action", action(type=""))), "Message action type is missing"),
        ("add_message_action", (C, ("message_action", action(value=None))), "Message action value is missing"),
        ("get_message_actions", (), "Channel missing"),
        ("remove_message_action", (("message_timetoken", "1"), ("action_timetoken", "2")), "Channel missing"),
        ("remove_message_action", (C, ("action_timetoken", "2")), "Message timetoken is missing"),
        ("remove_message_action", (C, ("message_timetoken", "2")), "Message action timetoken is missing"),
    ],
)  # fmt: skip
def test_what_is_missing_is_reported_in_the_old_words(
    method: str, setters: tuple[tuple[str, Any], ...], text: str
) -> None:
    endpoint = performed(client(), PNMessageAction, Described(method, setters))
    with pytest.raises(PubNubException) as raised:
        endpoint._validate()
    assert str(raised.value) == text


EVERY = {
    "publish": (C, M),
    "fire": (C, M),
    "signal": (C, M),
    "here_now": (),
    "where_now": (),
    "set_state": (CS, ("state", {})),
    "get_state": (CS,),
    "heartbeat": (CS,),
    "add_channel_to_channel_group": (CS, G),
    "remove_channel_from_channel_group": (CS, G),
    "list_channels_in_channel_group": (G,),
    "remove_channel_group": (G,),
    "list_push_channels": (D, T),
    "add_channels_to_push": (D, T, CS),
    "remove_channels_from_push": (D, T, CS),
    "remove_device_from_push": (D, T2, ("topic", "t")),
    "history": (C,),
    "fetch_messages": (CS,),
    "delete_messages": (C,),
    "message_counts": (C, ("channel_timetokens", [1])),
    "add_message_action": (C, ("message_action", action())),
    "get_message_actions": (C,),
    "remove_message_action": (C, ("message_timetoken", 1), ("action_timetoken", 2)),
}


@pytest.mark.parametrize("method", EVERY)
def test_every_operation_but_time_needs_a_subscribe_key(method: str) -> None:
    described = Described(method, EVERY[method])
    performed(client(), PNMessageAction, described)._validate()
    endpoint = performed(client(subscribe_key=None), PNMessageAction, described)
    with pytest.raises(PubNubException, match=NO_KEY):
        endpoint._validate()


def test_the_time_needs_no_key() -> None:
    client(subscribe_key=None).time()._validate()


@pytest.mark.parametrize("method", ["publish", "fire", "signal"])
def test_sending_needs_a_publish_key(method: str) -> None:
    endpoint = performed(client(publish_key=None), PNMessageAction, Described(method, (C, M)))
    with pytest.raises(PubNubException, match="Publish key not configured"):
        endpoint._validate()


def holding_itself() -> list[Any]:
    endless: list[Any] = []
    endless.append(endless)
    return endless


def too_deep() -> list[Any]:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    return deep


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", math.nan, [math.inf], holding_itself(), too_deep()], ids=["object", "set", "bytes", "nan", "inf", "itself", "deep"])  # fmt: skip
def test_what_json_does_not_have_is_not_sent(value: Any) -> None:
    made = client()
    refusals = "^Trying to publish not JSON serializable object$"
    for endpoint in (
        made.publish().channel("c").message(value),
        made.publish().channel("c").message(value).use_post(True),
        made.publish().channel("c").message(1).meta({"m": value}),
        made.fire().channel("c").message(value),
        made.signal().channel("c").message(value),
        made.set_state().channels("c").state({"s": value}),
        made.heartbeat().channels("c").state({"s": value}),
    ):
        with pytest.raises(PubNubException, match=refusals):
            endpoint._call()


@pytest.mark.parametrize("text", ["\ud800", "a\udfff", {"k": "\udc00"}])
def test_half_a_surrogate_pair_is_escaped_in_json(text: Any) -> None:
    payload = client().publish().channel("c").message(text)._call().path[-1]
    assert isinstance(payload, str)
    assert payload.isascii()
    assert "\\ud" in payload


@pytest.mark.parametrize(
    ("method", "setter", "value", "text"),
    [
        ("here_now", "channels", 5, "channels: expected a string or a list of strings, got 5"),
        ("here_now", "channels", ["a", 5], "channels: texts are expected, not 5"),
        ("get_state", "channel_groups", [None], "channel_groups: texts are expected, not None"),
        ("here_now", "limit", "5", "limit: expected an integer, got '5'"),
        ("here_now", "offset", True, "offset: expected an integer, got True"),
        ("publish", "ttl", 1.5, "ttl: expected an integer, got 1.5"),
        ("publish", "ptto", "now", "ptto: a timetoken is an integer or its digits, not 'now'"),
        ("publish", "custom_message_type", 5, "custom_message_type: expected a string, got 5"),
        ("history", "start", 1.5, "start: a timetoken is an integer or its digits, not 1.5"),
        ("history", "end", -1, "end: a timetoken is an integer or its digits, not -1"),
        ("history", "end", True, "end: a timetoken is an integer or its digits, not True"),
        ("history", "count", "5", "count: expected an integer, got '5'"),
        ("history", "reverse", 1, "reverse: expected True or False, got 1"),
        ("history", "include_meta", "yes", "include_meta: expected True or False, got 'yes'"),
        ("fetch_messages", "include_uuid", 0, "include_uuid: expected True or False, got 0"),
        ("get_message_actions", "start", "x", "start: a timetoken is an integer or its digits, not 'x'"),
        ("get_message_actions", "limit", "5", "limit: expected an integer, got '5'"),
        ("remove_message_action", "message_timetoken", "x", "message_timetoken: a timetoken is an integer or its digits, not 'x'"),
        ("message_counts", "channel_timetokens", ["x"], "channel_timetokens: a timetoken is an integer or its digits, not 'x'"),
        ("publish", "channel", ["a"], "channel: expected one name, got ['a']"),
        ("history", "channel", b"a", "channel: expected one name, got b'a'"),
        ("add_message_action", "message_action", {"type": "x"}, "message_action: expected a PNMessageAction, got {'type': 'x'}"),
        ("time", "cancellation_event", "x", "cancellation_event: expected an event, got 'x'"),
        ("add_channels_to_push", "channels", 5, "channels: expected a string or a list of strings, got 5"),
        ("add_channels_to_push", "push_type", "gcm", "push_type: expected a PNPushType, got 'gcm'"),
        ("list_push_channels", "start", 5, "start: expected a string, got 5"),
        ("list_push_channels", "count", "5", "count: expected an integer, got '5'"),
        ("history", "filter", 5, "a filter must be a str or a pnfilter.Filter, not int"),
    ],
)  # fmt: skip
def test_an_argument_of_a_wrong_type_is_refused_where_it_is_given(
    method: str, setter: str, value: Any, text: str
) -> None:
    with pytest.raises(TypeError) as raised:
        getattr(getattr(client(), method)(), setter)(value)
    assert str(raised.value) == text


@pytest.mark.parametrize(
    ("setter", "value", "text"),
    [
        ("push_type", 9, "push_type: expected a PNPushType, got 9"),
        ("environment", "test", "environment: expected development or production, got 'test'"),
        ("environment", 5, "environment: expected development or production, got 5"),
        ("count", 0, "count: expected at least 1, got 0"),
    ],
)
def test_a_word_or_number_that_push_does_not_have_is_refused_where_it_is_given(
    setter: str, value: Any, text: str
) -> None:
    with pytest.raises(ValueError, match="expected") as raised:
        getattr(client().list_push_channels(), setter)(value)
    assert str(raised.value) == text


def test_an_action_with_a_timetoken_that_is_none_is_refused_before_it_is_sent() -> None:
    wrong = Described("add_message_action", (C, ("message_action", action(message_timetoken="x"))))
    with pytest.raises(TypeError, match="message_timetoken: a timetoken is"):
        performed(client(), PNMessageAction, wrong)._validate()


@pytest.mark.parametrize("seconds", [0, -1, True, "5", None, math.nan, math.inf, 1e9])
def test_a_timeout_is_a_number_above_0(seconds: Any) -> None:
    with pytest.raises(
        ValueError, match="timeout: a number of seconds above 0 and at most 31536000, not"
    ):
        client().time().timeout(seconds)


def test_a_call_has_the_configuration_s_times_or_its_own() -> None:
    made = client(non_subscribe_request_timeout=7, connect_timeout=3)
    assert (made.time().request_timeout(), made.time().connect_timeout()) == (7, 3)
    assert made.time().timeout(0.5).request_timeout() == 0.5


def test_the_old_limits_are_there() -> None:
    assert (History.MAX_COUNT, GetMessageActions.MAX_LIMIT) == (100, 100)
    assert (
        FetchMessages.SINGLE_CHANNEL_MAX_MESSAGES,
        FetchMessages.DEFAULT_SINGLE_CHANNEL_MESSAGES,
        FetchMessages.MULTIPLE_CHANNELS_MAX_MESSAGES,
        FetchMessages.DEFAULT_MULTIPLE_CHANNELS_MESSAGES,
        FetchMessages.MAX_MESSAGES_ACTIONS,
        FetchMessages.DEFAULT_MESSAGES_ACTIONS,
    ) == (100, 100, 25, 25, 25, 25)


def test_setters_give_the_builder_back() -> None:
    builder = client().publish()
    assert isinstance(builder, Publish)
    assert builder.channel("c").message(1).timeout(5).cancellation_event(Event()) is builder
    assert builder.operation_type() is PNOperationType.PNPublishOperation


def test_the_endings_of_other_clients_are_refused() -> None:
    with pytest.raises(NotImplementedError, match="await"):
        client().time().sync()
    with pytest.raises(TypeError, match="await"):
        client().time().pn_async(lambda result, status: None)
    with pytest.raises(TypeError, match="await"):
        client().time().deferred()


class _Recording:
    """A client that notes what it is asked to send."""

    def __init__(self) -> None:
        self.config, self.uuid = client().config, "me"
        self.asked: list[Any] = []

    def request_result(self, endpoint: Any) -> asyncio.Future[Any]:
        return self._answered("result", endpoint)

    def request_future(self, endpoint: Any) -> asyncio.Future[Any]:
        return self._answered("future", endpoint)

    def _answered(self, ending: str, endpoint: Any) -> asyncio.Future[Any]:
        self.asked.append((ending, endpoint))
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.set_result(ending)
        return future


def test_the_endings_ask_the_client() -> None:
    async def ask() -> None:
        recording = _Recording()
        call: Any = Time(recording)
        assert await call.future() == "future"
        assert await call.result() == "result"
        assert await call == "result"
        assert recording.asked == [("future", call), ("result", call), ("result", call)]

    asyncio.run(ask())
