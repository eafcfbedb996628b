"""The calls whose requests are compared: once made with the SDK 4.8.1, and now with this client.

A call is the client's method and its setters with their arguments, in order. What differs from the
configuration that all have stands beside it. ``{"action": …}`` is a message action with these
fields, ``{"resources": …}`` a list of what a token gives access to: class, constructor, name and
rights of each. Works on any Python from 3.11 on without other packages: the old SDK's environment
runs it too.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

#: What all calls are made with.
CONFIGURATION = {"subscribe_key": "sub-key", "publish_key": "pub-key", "uuid": "a-user"}

#: Letters that paths, queries and signatures treat differently, and some beyond ASCII.
ODD = "a/b c~d(e)'f'!*;:@&=+$?#[]{}%20é"

#: The same for what 4.8.1 never encodes: it loses what comes after ``&`` and ``#``.
UNENCODED = "a b~(c)'!*/@%20"


class Described(NamedTuple):
    method: str
    setters: tuple[tuple[str, Any], ...]
    configuration: dict[str, Any] = {}  # noqa: RUF012 - never changed
    #: Of the client's method.
    arguments: tuple[Any, ...] = ()


ACTION = {
    "action": {"type": "reaction", "value": "smile", "message_timetoken": "15000000000000000"}
}
NOTED = {"action": {"type": "a b", "value": 'é "q"', "message_timetoken": "15000000000000001"}}

DEVICE = (("device_id", "a-device-0123456789"),)

#: Rights are granted by who has the secret key.
SECRET = {"secret_key": "sec-key"}

CALLS: dict[str, Described] = {
    "time": Described("time", ()),
    "publish a text": Described("publish", (("channel", "ch"), ("message", "hello"))),
    "publish a text with quotes": Described(
        "publish", (("channel", "ch"), ("message", 'say "hi"\\\n'))
    ),
    "publish a text beyond ASCII": Described("publish", (("channel", "ch"), ("message", "é 🎉"))),
    "publish an object": Described(
        "publish", (("channel", ODD), ("message", {"a": [1, None, True, 2.5], "é": ODD}))
    ),
    "publish a number": Described("publish", (("channel", 7), ("message", 0))),
    "publish with metadata": Described(
        "publish", (("channel", "ch"), ("message", 1), ("meta", {"such": "wow", "é": [ODD]}))
    ),
    "publish with empty metadata": Described(
        "publish", (("channel", "ch"), ("message", 1), ("meta", {}))
    ),
    "publish with everything": Described(
        "publish",
        (
            ("channel", "ch"),
            ("message", [1]),
            ("should_store", True),
            ("replicate", True),
            ("ptto", 15000000000000000),
        ),
    ),
    "publish without storing and replicating": Described(
        "publish",
        (("channel", "ch"), ("message", [1]), ("should_store", False), ("replicate", False)),
    ),
    "publish as a body": Described(
        "publish",
        (("channel", ODD), ("message", {"a": ODD}), ("use_post", True), ("meta", {"m": 1})),
    ),
    "publish a text as a body": Described(
        "publish", (("channel", "ch"), ("message", "plain"), ("use_post", True))
    ),
    "publish encrypted": Described(
        "publish",
        (("channel", "ch"), ("message", {"k": 1}), ("meta", {"m": 1})),
        {"cipher_key": "enigma"},
    ),
    "publish an encrypted text": Described(
        "publish", (("channel", "ch"), ("message", "é hello")), {"cipher_key": "enigma"}
    ),
    "publish encrypted as a body": Described(
        "publish",
        (("channel", "ch"), ("message", "hello"), ("use_post", True)),
        {"cipher_key": "enigma"},
    ),
    "publish with an auth key": Described(
        "publish", (("channel", "ch"), ("message", 1)), {"auth_key": UNENCODED}
    ),
    "publish as an odd user": Described(
        "publish", (("channel", "ch"), ("message", 1)), {"uuid": UNENCODED}
    ),
    "fire": Described("fire", (("channel", "ch"), ("message", {"a": 1}))),
    "fire with metadata": Described(
        "fire", (("channel", ODD), ("message", "x"), ("meta", {"a b": "c d"}))
    ),
    "fire as a body": Described("fire", (("channel", "ch"), ("message", [1]), ("use_post", True))),
    "fire encrypted": Described(
        "fire",
        (("channel", "ch"), ("message", "hello")),
        {"cipher_key": "enigma", "auth_key": "auth"},
    ),
    "signal": Described("signal", (("channel", ODD), ("message", {"typing": True}))),
    "signal with a cipher key": Described(
        "signal", (("channel", "ch"), ("message", "x")), {"cipher_key": "enigma"}
    ),
    "here_now of one": Described("here_now", (("channels", ODD.replace(",", "")),)),
    "here_now of several": Described(
        "here_now", (("channels", ["a", ODD]), ("include_state", True), ("include_uuids", False))
    ),
    "here_now of groups": Described("here_now", (("channel_groups", "g1,g2"),)),
    "here_now of both": Described(
        "here_now", (("channels", "a,b"), ("channel_groups", ["g1", ODD]))
    ),
    "here_now everywhere": Described("here_now", ()),
    "where_now": Described("where_now", ()),
    "where_now of another": Described("where_now", (("uuid", ODD),)),
    "set_state": Described("set_state", (("channels", ["a", ODD]), ("state", {"mood": ODD}))),
    "set_state with groups": Described(
        "set_state", (("channels", "a"), ("channel_groups", "g1,g2"), ("state", {"n": 1}))
    ),
    "get_state": Described("get_state", (("channels", "a,b"),)),
    "get_state of another": Described(
        "get_state", (("channels", ODD), ("channel_groups", ["g1", "g2"]), ("uuid", ODD))
    ),
    "get_state of groups": Described("get_state", (("channel_groups", "g1"),)),
    "heartbeat": Described("heartbeat", (("channels", ["a", ODD]),)),
    "heartbeat with everything": Described(
        "heartbeat",
        (("channels", "a"), ("channel_groups", ["g1", "g2"]), ("state", {"a": {"n": ODD}})),
    ),
    "add to a group": Described(
        "add_channel_to_channel_group", (("channels", "a,b"), ("channel_group", "g"))
    ),
    "add an odd channel to a group": Described(
        "add_channel_to_channel_group", (("channels", ["a b", "c/d"]), ("channel_group", ODD))
    ),
    "remove from a group": Described(
        "remove_channel_from_channel_group", (("channels", ["a", "b"]), ("channel_group", "g"))
    ),
    "list a group": Described("list_channels_in_channel_group", (("channel_group", ODD),)),
    "remove a group": Described("remove_channel_group", (("channel_group", "g"),)),
    "history": Described("history", (("channel", ODD),)),
    "history with everything": Described(
        "history",
        (
            ("channel", "ch"),
            ("start", 15000000000000000),
            ("end", 15000000000000009),
            ("count", 5),
            ("reverse", True),
            ("include_timetoken", True),
            ("include_meta", False),
        ),
    ),
    "history with a count too large": Described("history", (("channel", "ch"), ("count", 101))),
    "history with a count of 0": Described("history", (("channel", "ch"), ("count", 0))),
    "fetch_messages": Described("fetch_messages", (("channels", ODD),)),
    "fetch_messages of several": Described(
        "fetch_messages", (("channels", ["a", "b"]), ("count", 26), ("include_meta", True))
    ),
    "fetch_messages with everything": Described(
        "fetch_messages",
        (
            ("channels", "a"),
            ("start", 15000000000000000),
            ("end", 15000000000000009),
            ("maximum_per_channel", 50),
        ),
    ),
    "fetch_messages with a count too large": Described(
        "fetch_messages", (("channels", "a"), ("count", 101))
    ),
    "fetch_messages with actions": Described(
        "fetch_messages", (("channels", ODD), ("count", 26), ("include_message_actions", True))
    ),
    "delete_messages": Described("delete_messages", (("channel", ODD),)),
    "delete_messages of a time": Described(
        "delete_messages",
        (("channel", "ch"), ("start", 15000000000000000), ("end", 15000000000000009)),
    ),
    "message_counts": Described(
        "message_counts", (("channel", "ch"), ("channel_timetokens", [15000000000000000]))
    ),
    "message_counts of several": Described(
        "message_counts", (("channel", ["a", ODD]), ("channel_timetokens", [15000000000000000, 7]))
    ),
    "add_message_action": Described(
        "add_message_action", (("channel", ODD), ("message_action", ACTION))
    ),
    "add an odd message action": Described(
        "add_message_action", (("channel", "ch"), ("message_action", NOTED)), {"auth_key": "auth"}
    ),
    "get_message_actions": Described("get_message_actions", (("channel", ODD),)),
    "get_message_actions from a start": Described(
        "get_message_actions", (("channel", "ch"), ("start", "15000000000000000"), ("limit", 3))
    ),
    "get_message_actions to an end": Described(
        "get_message_actions", (("channel", "ch"), ("end", "15000000000000000"), ("limit", 100))
    ),
    "get_message_actions of a time": Described(
        "get_message_actions",
        (("channel", "ch"), ("start", "15000000000000009"), ("end", "15000000000000000")),
    ),
    "remove_message_action": Described(
        "remove_message_action",
        (
            ("channel", ODD),
            ("message_timetoken", "15000000000000000"),
            ("action_timetoken", "15000000000000001"),
        ),
    ),
    "list_push_channels": Described("list_push_channels", (*DEVICE, ("push_type", 1))),
    "list_push_channels of APNs 2": Described(
        "list_push_channels", (*DEVICE, ("push_type", 4), ("topic", "com.app"))
    ),
    "add_channels_to_push": Described(
        "add_channels_to_push", (*DEVICE, ("push_type", 3), ("channels", ["a", "b"]))
    ),
    "add_channels_to_push of APNs 2": Described(
        "add_channels_to_push",
        (
            *DEVICE,
            *(("push_type", 4), ("topic", "com.app"), ("environment", "production")),
            ("channels", ["a"]),
        ),
    ),
    "add_channels_to_push with FCM": Described(
        "add_channels_to_push", (*DEVICE, ("push_type", 5), ("channels", ["a"]))
    ),
    "add an odd device to push": Described(
        "add_channels_to_push",
        (("device_id", "a b~(c)'!*@"), ("push_type", 1), ("channels", ["a b~(c)'!*@", "d/e"])),
    ),
    "remove_channels_from_push": Described(
        "remove_channels_from_push", (*DEVICE, ("push_type", 2), ("channels", ["a", "b"]))
    ),
    "remove_channels_from_push of APNs 2": Described(
        "remove_channels_from_push",
        (*DEVICE, ("push_type", 4), ("topic", "com.app"), ("channels", ["a"])),
    ),
    "remove_device_from_push": Described(
        "remove_device_from_push", (*DEVICE, ("push_type", 3)), {"auth_key": "auth"}
    ),
    "remove_device_from_push of APNs 2": Described(
        "remove_device_from_push", (*DEVICE, ("push_type", 4), ("topic", "com.app"))
    ),
    "time with an auth key": Described("time", (), {"auth_key": "auth"}),
    "grant to everybody": Described("grant", (("read", True), ("write", False)), SECRET),
    "grant on channels": Described(
        "grant",
        (
            ("channels", "a,b"),
            ("auth_keys", ["key 1", "key-2"]),
            *(("read", True), ("write", True), ("manage", False), ("delete", True), ("ttl", 60)),
        ),
        {**SECRET, "auth_key": "not sent"},
    ),
    "grant on groups": Described(
        "grant", (("channel_groups", ["g1", "a b/c"]), ("manage", True), ("ttl", 0)), SECRET
    ),
    "grant on uuids": Described(
        "grant",
        (
            ("uuids", ["u1", "u2"]),
            ("auth_keys", "key"),
            *(("get", True), ("update", True), ("join", False)),
        ),
        SECRET,
    ),
    "grant on categories": Described(
        "grant",
        (("categories", ["channels", "uuids"]), ("auth_keys", "key"), ("get", True)),
        SECRET,
    ),
    "revoke": Described("revoke", (("channels", "a"), ("auth_keys", "key")), SECRET),
    "revoke but for some": Described(
        "revoke",
        (("channels", "a"), ("get", True), ("update", True), ("join", True), ("delete", True)),
        SECRET,
    ),
    "audit": Described("audit", (), {**SECRET, "auth_key": "not sent"}),
    "audit of channels": Described(
        "audit",
        (("channels", ["a", "b"]), ("channel_groups", "g"), ("auth_keys", "key1,key2")),
        SECRET,
    ),
    "grant_token for users and spaces": Described(
        "grant_token",
        (
            ("ttl", 60),
            (
                "users",
                {
                    "resources": [
                        ("User", "id", "u", "read write create manage delete"),
                        ("User", "pattern", "^u-.*$", "read"),
                    ]
                },
            ),
            ("spaces", {"resources": [("Space", "id", "s é", "create")]}),
            ("meta", {"a": 1, "é": "é"}),
        ),
        {**SECRET, "auth_key": "not sent"},
    ),
    "grant_token with everything": Described(
        "grant_token",
        (
            ("ttl", 43200),
            ("authorized_uuid", "someone else"),
            (
                "channels",
                {
                    "resources": [
                        ("Channel", "id", "a", "read write manage delete get update join"),
                        ("Channel", "pattern", "^a-[0-9]+$", "read"),
                    ]
                },
            ),
            ("groups", {"resources": [("Group", "id", "g", "read manage")]}),
            ("uuids", {"resources": [("UUID", "pattern", ".*", "delete get update")]}),
        ),
        SECRET,
    ),
    "grant_token of categories": Described(
        "grant_token",
        (
            ("ttl", 1),
            ("authorized_user", "me"),
            (
                "categories",
                {
                    "resources": [
                        ("Category", "channels", None, "get"),
                        ("Category", "uuids", None, "get"),
                    ]
                },
            ),
        ),
        SECRET,
    ),
    "revoke_token": Described("revoke_token", (), SECRET, ("p0F2AkF0-_~ a/b==",)),
}

#: Those that are made with a secret key too, because their signatures are compared.
SIGNED = (
    "time",
    "publish a text",
    "publish an object",
    "publish with metadata",
    "publish with everything",
    "publish as a body",
    "fire",
    "fire with metadata",
    "signal",
    "here_now of several",
    "where_now of another",
    "set_state",
    "get_state",
    "get_state of groups",
    "heartbeat",
    "add to a group",
    "add an odd channel to a group",
    "list a group",
    "remove a group",
    "history with everything",
    "delete_messages",
    "message_counts of several",
    "add_message_action",
    "add an odd message action",
    "remove_message_action",
    "list_push_channels of APNs 2",
    "add_channels_to_push",
    "remove_device_from_push",
    *(name for name, call in CALLS.items() if call.configuration.get("secret_key")),
)


#: Those that 4.8.1 doesn't have: they are compared with the newer SDK's.
LATER = (
    "add_channels_to_push with FCM",
    "grant on categories",
    "grant_token with everything",
    "grant_token of categories",
    "revoke_token",
)

#: Those that the newer SDK doesn't have, or raises for instead of sending them.
GONE = ("heartbeat", "revoke", "revoke but for some")


def performed(client: Any, action: type, call: Described) -> Any:
    """The builder of a call on ``client``, whose message actions are made by ``action``."""
    builder = getattr(client, call.method)(*call.arguments)
    package = action.__module__.partition(".")[0]
    for setter, argument in call.setters:
        if isinstance(argument, dict) and "action" in argument:
            fields, argument = argument["action"], action()
            for name, value in fields.items():
                setattr(argument, name, value)
        elif isinstance(argument, dict) and "resources" in argument:
            argument = [resource(package, *row) for row in argument["resources"]]
        builder = getattr(builder, setter)(argument)
    return builder


def resource(package: str, kind: str, by: str, name: str | None, rights: str) -> Any:
    """What a token gives access to."""
    made = getattr(import_module(f"{package}.models.consumer.v3.{kind.lower()}"), kind)
    found = getattr(made, by)(*([] if name is None else [name]))
    for right in rights.split():
        found = getattr(found, right)()
    return found
