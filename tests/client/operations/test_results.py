"""Real answers of the real service (2016 to 2020), read into the typed result or the exception.

Answers to the long poll are with the tests of the subscribe loop.
"""

from __future__ import annotations

import json
from math import inf
from pathlib import Path
from typing import Any

import pytest

from pnclient.endpoints.presence.leave import Leave
from pnclient.enums import PNStatusCategory
from pnclient.models.consumer import (
    channel_group,
    history,
    message_actions,
    message_count,
    presence,
    pubsub,
    push,
    signal,
    time,
)
from pnclient.models.consumer.message_actions import PNMessageAction
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from pnclient.transport import Reply, ServiceFailure, value_of
from tests.client.requests.calls import Described, performed

RECORDED: dict[str, dict[str, Any]] = {
    row["name"]: row
    for row in map(
        json.loads, Path(__file__).with_name("recorded.ndjson").read_text("utf-8").splitlines()
    )
}
CHANNEL = ("channel", "asyncio-int-publish")
SEND = (CHANNEL, ("message", "hey"))
HERE_NOW = ["test-here-now-asyncio-ch1", "test-here-now-asyncio-ch2"]
HERE = "test-here-now-asyncio-uuid1"
STATE = {"count": 5, "name": "Alex"}
STATES = ["test-state-asyncio-ch1", "test-state-asyncio-ch2"]
GROUP = ("channel_group", "channel-groups-tornado-cg")


def client(**more: Any) -> PubNubTornado:
    config = PNConfiguration()
    config.subscribe_key, config.publish_key, config.uuid, config.ssl = "sub", "pub", "me", False
    for name, value in more.items():
        setattr(config, name, value)
    return PubNubTornado(config)


def endpoint_of(described: Described, **more: Any) -> Any:
    if described.method == "leave":
        leaving = Leave(client(**more))
        for setter, argument in described.setters:
            getattr(leaving, setter)(argument)
        return leaving
    return performed(client(**more), PNMessageAction, described)


def answered(name: str, described: Described) -> Any:
    row = RECORDED[name]
    endpoint = endpoint_of(described)
    endpoint._validate()
    return endpoint._parse(value_of(Reply(row["status"], {}, row["body"].encode())))


def plain(value: Any) -> Any:
    """A result as its type's name and its attributes, and so on inside."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if type(value).__module__.startswith("pnclient"):
        fields = {name: plain(one) for name, one in vars(value).items() if name[0] != "_"}
        return {"": type(value).__name__, **fields}
    return value


def is_there(uuid: str, state: Any = None) -> dict[str, Any]:
    return {"": "PNHereNowOccupantsData", "uuid": uuid, "state": state}


def here(channel: str, *uuids: str) -> dict[str, Any]:
    return {
        "": "PNHereNowChannelData",
        "channel_name": channel,
        "occupancy": len(uuids),
        "occupants": [is_there(uuid) for uuid in uuids],
    }


def here_now(total: int, *channels: dict[str, Any]) -> dict[str, Any]:
    return {
        "": "PNHereNowResult",
        "total_channels": len(channels),
        "total_occupancy": total,
        "channels": list(channels),
    }


def states(*channels: str) -> dict[str, Any]:
    return {"": "PNGetStateResult", "channels": dict.fromkeys(channels, STATE)}


def counts(**channels: int) -> dict[str, Any]:
    return {"": "PNMessageCountResult", "channels": channels}


RESULTS: dict[str, tuple[Described, Any]] = {
    "publish": (
        Described("publish", SEND),
        {"": "PNPublishResult", "timetoken": 14818962866394550},
    ),
    "publish as a body": (
        Described("publish", (*SEND, ("use_post", True))),
        {"": "PNPublishResult", "timetoken": 14820978543080292},
    ),
    "publish at a time": (
        Described("publish", (*SEND, ("replicate", True), ("ptto", 16057799474000000))),
        {"": "PNPublishResult", "timetoken": 16057799474000000},
    ),
    "signal": (
        Described("signal", SEND),
        {"": "PNSignalResult", "timetoken": "15640051159323676"},
    ),
    "time": (
        Described("time", ()),
        {
            "": "PNTimeResponse",
            "server_response": [14818963707386265],
            "value_as_int": 14818963707386265,
            "value_as_string": "14818963707386265",
        },
    ),
    "add to a group": (
        Described("add_channel_to_channel_group", (GROUP, ("channels", "a"))),
        {"": "PNChannelGroupsAddChannelResult"},
    ),
    "list a group": (
        Described("list_channels_in_channel_group", (GROUP,)),
        {"": "PNChannelGroupsListResult", "channels": ["channel-groups-tornado-ch"]},
    ),
    "list an empty group": (
        Described("list_channels_in_channel_group", (GROUP,)),
        {"": "PNChannelGroupsListResult", "channels": []},
    ),
    "remove a group": (
        Described("remove_channel_group", (GROUP,)),
        {"": "PNChannelGroupsRemoveGroupResult"},
    ),
    "history": (
        Described("history", (CHANNEL, ("count", 5))),
        {
            "": "PNHistoryResult",
            "messages": [
                {
                    "": "PNHistoryItemResult",
                    "entry": f"hey-{number}",
                    "crypto": {"": "PubNubCryptodome"},
                    "timetoken": None,
                    "meta": None,
                    "error": None,
                }
                for number in range(5)
            ],
            "start_timetoken": 14820999261239656,
            "end_timetoken": 14820999264622346,
            "dropped": [],
            "undecided": [],
        },
    ),
    "empty history": (
        Described("history", (CHANNEL, ("count", 5))),
        {
            "": "PNHistoryResult",
            "messages": [],
            "start_timetoken": 0,
            "end_timetoken": 0,
            "dropped": [],
            "undecided": [],
        },
    ),
    "here_now everywhere": (
        Described("here_now", ()),
        here_now(
            8,
            here("test-subscribe-asyncio-join-leave-ch", "test-subscribe-asyncio-listener"),
            *(
                here(
                    f"test-subscribe-asyncio-unsubscribe-all-ch{number}",
                    "test-subscribe-asyncio-messenger",
                )
                for number in ("1", "2", "3", "")
            ),
            here(
                "test-subscribe-asyncio-ch",
                "fe92df45-c879-449d-a403-90a17bb9e6e6",
                "test-subscribe-asyncio-uuid-sub",
                "test-subscribe-asyncio-uuid",
            ),
        ),
    ),
    "here_now everywhere else": (
        Described("here_now", ()),
        here_now(
            2,
            here("twisted-test-1", "00de2586-7ad8-4955-b5f6-87cae3215d02"),
            here("twisted-test", "00de2586-7ad8-4955-b5f6-87cae3215d02"),
        ),
    ),
    "here_now of one named twice": (
        Described("here_now", (("channels", "twisted-test-1,twisted-test-1"),)),
        here_now(1, here("twisted-test-1", "00de2586-7ad8-4955-b5f6-87cae3215d02")),
    ),
    "here_now of several": (
        Described("here_now", (("channels", HERE_NOW),)),
        here_now(2, here(HERE_NOW[1], HERE), here(HERE_NOW[0], HERE)),
    ),
    "here_now of several with state": (
        Described("here_now", (("channels", HERE_NOW), ("include_state", True))),
        here_now(2, here(HERE_NOW[1], HERE), here(HERE_NOW[0], HERE)),
    ),
    "here_now of one": (
        Described("here_now", (("channels", "test-here-now-asyncio-ch"),)),
        here_now(1, here("test-here-now-asyncio-ch", HERE)),
    ),
    "here_now of one with state": (
        Described("here_now", (("channels", "test-here-now-asyncio-ch"), ("include_state", True))),
        here_now(1, here("test-here-now-asyncio-ch", HERE)),
    ),
    "leave": (
        Described("leave", (("channels", HERE_NOW),)),
        {"status": 200, "action": "leave", "message": "OK", "service": "Presence"},
    ),
    "heartbeat": (Described("heartbeat", (("channels", "test-state-asyncio-ch"),)), True),
    "where_now": (
        Described("where_now", (("uuid", "test-where-now-asyncio-uuid"),)),
        {
            "": "PNWhereNowResult",
            "channels": ["test-where-now-asyncio-ch1", "test-where-now-asyncio-ch2"],
        },
    ),
    "set_state": (
        Described("set_state", (("channels", STATES), ("state", STATE))),
        {"": "PNSetStateResult", "state": STATE},
    ),
    "set_state of two more": (
        Described(
            "set_state",
            (("channels", "twisted-test-0,twisted-test-1"), ("state", {"whatever": "something"})),
        ),
        {"": "PNSetStateResult", "state": {"whatever": "something"}},
    ),
    "get_state of several": (Described("get_state", (("channels", STATES),)), states(*STATES)),
    "get_state of one": (
        Described("get_state", (("channels", "test-state-asyncio-ch"),)),
        states("test-state-asyncio-ch"),
    ),
    "get_state of two more": (
        Described("get_state", (("channels", "state-native-sync-ch-1,state-native-sync-ch-2"),)),
        states("state-native-sync-ch-1", "state-native-sync-ch-2"),
    ),
    "message_counts": (
        Described("message_counts", (("channel", "unique_asyncio"), ("channel_timetokens", [1]))),
        counts(unique_asyncio=1),
    ),
    "message_counts of several": (
        Described("message_counts", (("channel", "a,b"), ("channel_timetokens", [1, 2]))),
        counts(unique_asyncio_1=1, unique_asyncio_2=0),
    ),
    "message_counts of another": (
        Described("message_counts", (("channel", "unique_sync"), ("channel_timetokens", [1]))),
        counts(unique_sync=1),
    ),
    "message_counts of another two": (
        Described("message_counts", (("channel", "a,b"), ("channel_timetokens", [1, 2]))),
        counts(unique_sync_1=1, unique_sync_2=0),
    ),
    "delete_messages": (
        Described("delete_messages", (("channel", "my-ch"), ("start", 123), ("end", 456))),
        {},
    ),
}
REFUSALS = {
    "publish forbidden": (
        PNStatusCategory.PNAccessDeniedCategory,
        "HTTP Client Error (403): {'message': 'Forbidden', 'payload': {'channels': "
        "['asyncio-int-publish']}, 'error': True, 'service': 'Access Manager', 'status': 403}",
    ),
    "publish with an unknown subscribe key": (
        PNStatusCategory.PNBadRequestCategory,
        "HTTP Client Error (400): {'message': 'Invalid Subscribe Key', 'error': True, "
        "'service': 'Access Manager', 'status': 400}",
    ),
    "publish with an unknown publish key": (
        PNStatusCategory.PNBadRequestCategory,
        "HTTP Client Error (400): [0, 'Invalid Key', '14820978550352022']",
    ),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_recorded_answer_is_read_into_the_result(name: str) -> None:
    described, expected = RESULTS[name]
    found = plain(answered(name, described))
    if name == "history":
        for message in found["messages"]:
            message["crypto"] = {"": message["crypto"][""]}
    assert found == expected


@pytest.mark.parametrize("name", REFUSALS)
def test_a_recorded_refusal_is_raised(name: str) -> None:
    with pytest.raises(ServiceFailure) as raised:
        answered(name, Described("publish", SEND))
    category, message = REFUSALS[name]
    assert raised.value.category is category
    assert str(raised.value.exception) == message
    assert raised.value.code == RECORDED[name]["status"]
    assert raised.value.data == json.loads(RECORDED[name]["body"])


def test_every_recorded_answer_has_its_test() -> None:
    assert RESULTS.keys() | REFUSALS.keys() == RECORDED.keys()


#: Answers that were not recorded, in the shape that the official SDKs read.
ASSUMED: dict[str, tuple[Described, Any, Any]] = {
    "fire": (
        Described("fire", SEND),
        [1, "Sent", "15"],
        {"": "PNFireResult", "timetoken": 15},
    ),
    "here_now without uuids": (
        Described("here_now", (("channels", "a,b"), ("include_uuids", False))),
        {
            "payload": {
                "channels": {"a": {"occupancy": 3}},
                "total_channels": 1,
                "total_occupancy": 3,
            }
        },
        {
            "": "PNHereNowResult",
            "total_channels": 1,
            "total_occupancy": 3,
            "channels": [
                {"": "PNHereNowChannelData", "channel_name": "a", "occupancy": 3, "occupants": None}
            ],
        },
    ),
    "here_now of one without uuids": (
        Described("here_now", (("channels", "a"), ("include_uuids", False))),
        {"occupancy": 3},
        {
            "": "PNHereNowResult",
            "total_channels": 1,
            "total_occupancy": 3,
            "channels": [
                {"": "PNHereNowChannelData", "channel_name": "a", "occupancy": 3, "occupants": []}
            ],
        },
    ),
    "here_now with state": (
        Described("here_now", (("channels", "a"), ("include_state", True))),
        {"occupancy": 2, "uuids": [{"uuid": "u", "state": {"n": 1}}, {"uuid": "v"}]},
        {
            "": "PNHereNowResult",
            "total_channels": 1,
            "total_occupancy": 2,
            "channels": [
                {
                    "": "PNHereNowChannelData",
                    "channel_name": "a",
                    "occupancy": 2,
                    "occupants": [is_there("u", {"n": 1}), is_there("v")],
                }
            ],
        },
    ),
    "here_now of one where nobody is": (
        Described("here_now", (("channels", "a"), ("channel_groups", "g"))),
        {"payload": {"channels": {}, "total_channels": 0, "total_occupancy": 0}},
        here_now(0, here("a")),
    ),
    "here_now of several where nobody is": (
        Described("here_now", (("channels", "a,b"),)),
        {"payload": {"channels": {}, "total_channels": 0, "total_occupancy": 0}},
        here_now(0),
    ),
    "remove from a group": (
        Described("remove_channel_from_channel_group", (GROUP, ("channels", "a"))),
        {"status": 200, "message": "OK", "service": "channel-registry", "error": False},
        {"": "PNChannelGroupsRemoveChannelResult"},
    ),
    "get_state of one and a group": (
        Described("get_state", (("channels", "a"), ("channel_groups", "g"))),
        {"payload": {"channels": {"a": STATE, "b": STATE}}},
        states("a", "b"),
    ),
    "history with everything": (
        Described("history", (CHANNEL, ("include_timetoken", True), ("include_meta", True))),
        [[{"message": {"message": 1}, "timetoken": 15, "meta": {"m": 1}}], 15, 15],
        {
            "": "PNHistoryResult",
            "messages": [
                {
                    "": "PNHistoryItemResult",
                    "entry": {"message": 1},
                    "timetoken": 15,
                    "meta": {"m": 1},
                    "error": None,
                }
            ],
            "start_timetoken": 15,
            "end_timetoken": 15,
            "dropped": [],
            "undecided": [],
        },
    ),
    "history of payloads that look like items": (
        Described("history", (CHANNEL,)),
        [[{"message": 1, "timetoken": 2}], 15, 15],
        {
            "": "PNHistoryResult",
            "messages": [
                {
                    "": "PNHistoryItemResult",
                    "entry": {"message": 1, "timetoken": 2},
                    "timetoken": None,
                    "meta": None,
                    "error": None,
                }
            ],
            "start_timetoken": 15,
            "end_timetoken": 15,
            "dropped": [],
            "undecided": [],
        },
    ),
    "fetch_messages": (
        Described("fetch_messages", (("channels", "a,b"), ("start", 9), ("end", 1))),
        {
            "channels": {
                "a": [{"message": "m", "timetoken": "15"}],
                "b": [
                    {
                        "message": [1],
                        "timetoken": "16",
                        "meta": {"m": 1},
                        "uuid": "u",
                        "message_type": 4,
                        "custom_message_type": "t",
                        "actions": {"not": "asked for"},
                    }
                ],
            }
        },
        {
            "": "PNFetchMessagesResult",
            "channels": {"a": ["m", "15"], "b": [[1], "16", {"m": 1}, "u", 4, "t"]},
            "start_timetoken": 9,
            "end_timetoken": 1,
            "dropped": {},
            "undecided": {},
        },
    ),
    "fetch_messages with actions": (
        Described("fetch_messages", (("channels", "a"), ("include_message_actions", True))),
        {
            "channels": {
                "a": [
                    {"message": 1, "timetoken": "15"},
                    {
                        "message": 2,
                        "timetoken": "16",
                        "actions": {"r": {"s": [{"uuid": "u", "actionTimetoken": "17"}]}},
                    },
                ]
            }
        },
        {
            "": "PNFetchMessagesResult",
            "channels": {
                "a": [
                    *(1, "15", {}),
                    *(2, "16", {"r": {"s": [{"uuid": "u", "actionTimetoken": "17"}]}}),
                ]
            },
            "start_timetoken": None,
            "end_timetoken": None,
            "dropped": {},
            "undecided": {},
        },
    ),
    "add_message_action": (
        Described("add_message_action", (CHANNEL,)),
        {
            "data": {
                "type": "t",
                "value": "v",
                "messageTimetoken": "15",
                "uuid": "u",
                "actionTimetoken": "16",
            }
        },
        {
            "": "PNAddMessageActionResult",
            "type": "t",
            "value": "v",
            "message_timetoken": "15",
            "uuid": "u",
            "action_timetoken": "16",
        },
    ),
    "get_message_actions": (
        Described("get_message_actions", (CHANNEL,)),
        {
            "data": [
                {
                    "type": "t",
                    "value": "v",
                    "messageTimetoken": "15",
                    "uuid": "u",
                    "actionTimetoken": "16",
                }
            ]
        },
        {
            "": "PNGetMessageActionsResult",
            "actions": [
                {
                    "": "PNMessageAction",
                    "type": "t",
                    "value": "v",
                    "message_timetoken": "15",
                    "uuid": "u",
                    "action_timetoken": "16",
                }
            ],
        },
    ),
    "remove_message_action": (
        Described("remove_message_action", (CHANNEL,)),
        {"status": 200, "data": {}},
        {},
    ),
}


def told(item: history.PNFetchMessageItem) -> list[Any]:
    fields = (item.message, item.timetoken, item.meta, item.actions, item.uuid)
    more = (item.message_type, item.custom_message_type)
    assert item.error is None
    return [one for one in (*fields, *more) if one is not None]


@pytest.mark.parametrize("name", ASSUMED)
def test_an_answer_is_read_into_the_result(name: str) -> None:
    described, data, expected = ASSUMED[name]
    found = plain(endpoint_of(described)._parse(data))
    if "PNHistoryResult" in str(found):
        for message in found["messages"]:
            del message["crypto"]
    if "PNFetchMessagesResult" in str(found):
        found["channels"] = {
            channel: [part for item in items for part in told(item)]
            for channel, items in found["channels"].items()
        }
        expected = {
            **expected,
            "channels": {channel: list(items) for channel, items in expected["channels"].items()},
        }
    assert found == expected


#: For every operation, answers of a wrong shape.
WRONG: dict[str, list[Any]] = {
    "time": [{}, [], ["x"], [None], [inf], None, 15],
    "publish": [
        *([], [1, "Sent"], [1, "Sent", "x"], [0, "Invalid Key", "15"], [1, "Sent", None]),
        [1, "Sent", inf],
        *({}, None, "abc", 1, [1, "Sent", "15", "more"]),
    ],
    "fire": [[1, "Sent"], {}],
    "signal": [[1, "Sent"], {}, [1, "Sent", "x"]],
    "here_now": [
        *([], None, {}, {"payload": {}}, {"occupancy": "x"}, {"occupancy": inf}),
        *({"occupancy": 1, "uuids": [5]}, {"occupancy": 1, "uuids": "ab"}),
    ],
    "where_now": [
        *({}, {"payload": {}}, {"payload": {"channels": "abc"}}, {"payload": {"channels": [1]}}),
        *([], None),
    ],
    "set_state": [{}, {"payload": []}, {"payload": None}, [], "x"],
    "get_state": [{}, {"payload": []}, [], None],
    "heartbeat": [[], None, "x"],
    "leave": [[], None],
    "add_channel_to_channel_group": [[], None, {"error": True}],
    "remove_channel_from_channel_group": [[], None, {"error": True}],
    "remove_channel_group": [[], "x"],
    "list_channels_in_channel_group": [
        *({}, {"payload": []}, {"payload": {"channels": "abc"}}, {"payload": {"channels": [1]}})
    ],
    "list_push_channels": [{}, None, "a", [1], ["a", None]],
    "add_channels_to_push": [None, "x", {"error": True}, [0, "Not Modified"]],
    "remove_channels_from_push": [1, [0]],
    "remove_device_from_push": [None, {"error": "x"}],
    "history": [
        {},
        [],
        [[]],
        [{}, 0, 0],
        ["abc", 0, 0],
        [[], None, 0],
        [[], "x", 0],
        [[], inf, 0],
        None,
    ],
    "fetch_messages": [
        *({}, {"channels": []}, {"channels": {"a": {}}}, {"channels": {"a": [1]}}, []),
        *({"channels": {"a": [{"timetoken": "1"}]}}, {"channels": {"a": [{"message": 1}]}}),
    ],
    "delete_messages": [[], None, {"error": True}],
    "message_counts": [
        *({}, {"channels": [1]}, {"channels": {"a": "1"}}, {"channels": {"a": None}}, [])
    ],
    "add_message_action": [{}, {"data": {}}, {"data": []}, []],
    "get_message_actions": [{}, {"data": {}}, {"data": [{}]}, {"data": [1]}, []],
    "remove_message_action": [[], None],
}


@pytest.mark.parametrize(
    ("method", "data"), [(method, data) for method, rows in WRONG.items() for data in rows]
)
def test_an_answer_of_a_wrong_shape_is_a_failure(method: str, data: Any) -> None:
    endpoint = endpoint_of(Described(method, ()))
    if method == "here_now":
        endpoint.channels("a")
    with pytest.raises(
        ServiceFailure, match="has a shape that this operation does not have"
    ) as raised:
        endpoint._parse(data)
    assert raised.value.category is PNStatusCategory.PNMalformedResponseCategory
    assert raised.value.data == data


@pytest.mark.parametrize("data", [[1, "Modified Channels"], {}, {"error": False}, []])
@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("add_channels_to_push", push.PNPushAddChannelResult),
        ("remove_channels_from_push", push.PNPushRemoveChannelResult),
        ("remove_device_from_push", push.PNPushRemoveAllChannelsResult),
    ],
)
def test_what_says_that_push_was_changed_is_taken(method: str, kind: type, data: Any) -> None:
    assert type(endpoint_of(Described(method, ()))._parse(data)) is kind


def test_results_are_reported_in_the_old_words() -> None:
    entry = history.PNHistoryItemResult("hey", None, 15)
    action = PNMessageAction()
    action.uuid, action.value, action.action_timetoken = "u", "v", "15"
    assert [
        str(pubsub.PNPublishResult([], 15)),
        str(pubsub.PNFireResult([], 15)),
        str(signal.PNSignalResult([1, "Sent", "15"])),
        str(time.PNTimeResponse([15])),
        str(int(time.PNTimeResponse([15]))),
        str(channel_group.PNChannelGroupsAddChannelResult()),
        str(channel_group.PNChannelGroupsRemoveChannelResult()),
        str(channel_group.PNChannelGroupsRemoveGroupResult()),
        str(channel_group.PNChannelGroupsListResult(["a", "b"])),
        str(push.PNPushAddChannelResult()),
        str(push.PNPushRemoveChannelResult()),
        str(push.PNPushRemoveAllChannelsResult()),
        str(push.PNPushListProvisionsResult(["a", "b"])),
        str(entry),
        str(history.PNHistoryResult([entry], 1, 2)),
        str(history.PNFetchMessageItem("hey", "15")),
        str(history.PNFetchMessagesResult({}, 1, 2)),
        str(message_count.PNMessageCountResult({"channels": {"a": 1}})),
        str(action),
        str(message_actions.PNGetMessageActionsResult({"actions": []})),
        str(message_actions.PNRemoveMessageActionResult({})),
        str(presence.PNHereNowResult(1, 2, [])),
        str(presence.PNHereNowChannelData("a", 1, [])),
        str(presence.PNHereNowOccupantsData("u", None)),
        str(presence.PNWhereNowResult(["a", "b"])),
        str(presence.PNSetStateResult({"n": 1})),
        str(presence.PNGetStateResult({"a": 1})),
    ] == [
        "Publish success with timetoken 15",
        "Fire success with timetoken 15",
        "Signal success with timetoken 15",
        "15",
        "15",
        "Channel successfully added",
        "Channel successfully removed",
        "Group successfully removed",
        "Group contains following channels: a, b",
        "Channel successfully added",
        "Channel successfully removed",
        "All channels successfully removed",
        "Push notification enabled on following channels: a, b",
        "History item with tt: 15 and content: hey",
        "History result for range 1..2",
        "Fetch message item with tt: 15 and content: hey",
        "Fetch messages result for range 1..2",
        "Message count for channels: {'a': 1}",
        "Message action with tt: 15 for uuid u with value v ",
        "Get message actions success",
        "Remove message actions success",
        "HereNow Result total occupancy: 2, total channels: 1",
        "HereNow Channel Data for channel 'a': occupancy: 1, occupants: 0",
        "HereNow Occupants Data for 'u': None",
        "User is currently subscribed to a, b",
        "New state {'n': 1} successfully set",
        "Current state is {'a': 1}",
    ]


def test_the_time_has_a_day() -> None:
    moment = time.PNTimeResponse([14818963707386265])
    assert moment.date_time().isoformat() in ("2016-12-16", "2016-12-17")
    assert time.PNTimeResponse.MULTIPLIER == 10_000_000
    assert repr(moment) == "PNTimeResponse([14818963707386265])"


def test_results_of_presence_are_read_from_json_as_of_old() -> None:
    one = presence.PNHereNowResult.from_json({"occupancy": 1, "uuids": ["u"]}, ["a"])
    other = presence.PNHereNowChannelData.from_json("a", {"occupancy": "1", "uuids": ["u"]})
    assert plain(one) == here_now(1, plain(other)) == here_now(1, here("a", "u"))
    where = presence.PNWhereNowResult.from_json({"payload": {"channels": ["a"]}})
    assert where.channels == ["a"]


def test_received_events_show_what_they_hold() -> None:
    message = pubsub.PNSignalMessageResult({"a": 1}, None, "ch", 15, publisher="u")
    file = pubsub.PNFileMessageResult("m", "g", "ch", 15, "u", "http://x", "1", "a.txt", {"m": 1})
    assert repr(message).startswith("PNSignalMessageResult(message={'a': 1}, subscription=None")
    assert (file.file_url, file.file_id, file.file_name) == ("http://x", "1", "a.txt")
    assert (file.user_metadata, file.publisher, file.subscription) == ({"m": 1}, "u", "g")
    names = ["type", "value", "messageTimetoken", "uuid", "actionTimetoken"]
    fields: dict[str, str] = dict.fromkeys(names, "x")
    action = pubsub.PNMessageActionResult(fields, channel="ch", event="added")
    assert "channel='ch'" in repr(action)
    assert (action.type, action.subscription, action.event) == ("x", None, "added")
