"""Every call of the Python SDKs under one name.

They differ in what they lack, not in how it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.interop.drivers import python_files, python_objects
from tests.interop.drivers.line_protocol import Failure
from tests.interop.drivers.python_package import PACKAGE, Call, imported

__all__ = ["CALLS", "PACKAGE", "Events", "configuration", "endpoint", "failure", "imported"]

SubscribeCallback: Any = imported("callbacks").SubscribeCallback
PNOperationType: Any = imported("enums").PNOperationType
PNPushType: Any = imported("enums").PNPushType
PNReconnectionPolicy: Any = imported("enums").PNReconnectionPolicy
PNStatusCategory: Any = imported("enums").PNStatusCategory
PNMessageAction: Any = imported("models.consumer.message_actions").PNMessageAction
PNConfiguration: Any = imported("pnconfiguration").PNConfiguration

#: A setting of a client, and the attribute of the configuration that holds it.
SETTINGS = {
    "subscribe_key": "subscribe_key",
    "publish_key": "publish_key",
    "auth_key": "auth_key",
    "secret_key": "secret_key",
    "uuid": "uuid",
    "origin": "origin",
    "filter": "filter_expression",
    "cipher_key": "cipher_key",
    "random_iv": "use_random_initialization_vector",
    "heartbeat": "enable_presence_heartbeat",
}


def _sent(result: Any) -> dict[str, str]:
    return {"timetoken": str(result.timetoken)}


def _done(_: Any) -> dict[str, Any]:
    return {}


def _occupancy(result: Any) -> dict[str, Any]:
    channels = {
        data.channel_name: {
            "occupancy": data.occupancy,
            "occupants": [{"uuid": one.uuid, "state": one.state} for one in data.occupants],
        }
        for data in result.channels
    }
    return {
        "channels": channels,
        "total_channels": result.total_channels,
        "total_occupancy": result.total_occupancy,
    }


def _history(result: Any) -> dict[str, Any]:
    messages = [
        {"message": item.entry, "timetoken": _text(item.timetoken), "meta": item.meta}
        for item in result.messages
    ]
    start, end = _text(result.start_timetoken), _text(result.end_timetoken)
    return {"messages": messages, "start": start, "end": end}


def _fetched(result: Any) -> dict[str, Any]:
    return {
        channel: [
            {
                "message": item.message,
                "timetoken": _text(item.timetoken),
                "meta": item.meta,
                "uuid": getattr(item, "uuid", None),
                "message_type": getattr(item, "message_type", None),
                "custom_type": getattr(item, "custom_message_type", None),
                "actions": item.actions,
            }
            for item in items
        ]
        for channel, items in result.channels.items()
    }


def _action(action: Any) -> dict[str, Any]:
    return {
        "type": action.type,
        "value": action.value,
        "message_timetoken": _text(action.message_timetoken),
        "action_timetoken": _text(action.action_timetoken),
        "uuid": action.uuid,
    }


def _granted(result: Any) -> dict[str, Any]:
    """The letters of the rights to each channel and group, by auth key.

    An empty one is everybody.
    """

    def letters(held: Any) -> str:
        return "".join(letter for letter, name in RIGHTS.items() if getattr(held, name))

    def named(data: Any) -> dict[str, str]:
        keys = {key: letters(held) for key, held in data.auth_keys.items()}
        return {"": letters(data), **keys} if letters(data) else keys

    channels = {name: named(data) for name, data in result.channels.items()}
    groups = {name: named(data) for name, data in result.groups.items()}
    return {"level": result.level, "ttl": result.ttl, "channels": channels, "groups": groups}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


#: The letters of rights, and the SDKs' names of them in results.
RIGHTS = {"r": "read_enabled", "w": "write_enabled", "m": "manage_enabled", "d": "delete_enabled"}
_RIGHTS = {
    "channels": "channels",
    "groups": "channel_groups",
    "auth": "auth_keys",
    **{name: name for name in ("read", "write", "manage", "delete", "ttl")},
}
_MESSAGE = {"channel": "channel", "message": "message"}
_PUBLISH = {
    **_MESSAGE,
    "meta": "meta",
    "store": "should_store",
    "post": "use_post",
    "ttl": "ttl",
    "custom_type": "custom_message_type",
    "compress": "use_compression",
}
_PLACES = {"channels": "channels", "groups": "channel_groups"}
_GROUP = {"group": "channel_group", "channels": "channels"}
_DEVICE = {
    "device": "device_id",
    "type": "push_type",
    "topic": "topic",
    "environment": "environment",
}
_RANGE = {"start": "start", "end": "end"}

CALLS = {
    **python_objects.CALLS,
    **python_files.CALLS,
    "time": Call("time", {}, lambda result: {"timetoken": str(result)}),
    "publish": Call("publish", _PUBLISH, _sent),
    "fire": Call("fire", {**_MESSAGE, "meta": "meta", "post": "use_post"}, _sent),
    "signal": Call("signal", {**_MESSAGE, "custom_type": "custom_message_type"}, _sent),
    "heartbeat": Call("heartbeat", {**_PLACES, "state": "state"}, _done),
    "here_now": Call(
        "here_now", {**_PLACES, "state": "include_state", "uuids": "include_uuids"}, _occupancy
    ),
    "where_now": Call("where_now", {"uuid": "uuid"}, lambda result: result.channels),
    "set_state": Call("set_state", {**_PLACES, "state": "state"}, lambda result: result.state),
    "get_state": Call("get_state", {**_PLACES, "uuid": "uuid"}, lambda result: result.channels),
    "group_add": Call("add_channel_to_channel_group", _GROUP, _done),
    "group_remove": Call("remove_channel_from_channel_group", _GROUP, _done),
    "group_list": Call(
        "list_channels_in_channel_group", _GROUP, lambda result: list(result.channels)
    ),
    "group_delete": Call("remove_channel_group", _GROUP, _done),
    "push_list": Call(
        "list_push_channels",
        {**_DEVICE, "start": "start", "count": "count"},
        lambda result: list(result.channels),
    ),
    "push_add": Call("add_channels_to_push", {**_DEVICE, "channels": "channels"}, _done),
    "push_remove": Call("remove_channels_from_push", {**_DEVICE, "channels": "channels"}, _done),
    "push_remove_device": Call("remove_device_from_push", _DEVICE, _done),
    "grant": Call("grant", _RIGHTS, _granted),
    "revoke": Call("revoke", _RIGHTS, _granted),
    "audit": Call("audit", _RIGHTS, _granted),
    "grant_token": Call(
        "grant_token",
        {
            "ttl": "ttl",
            "channels": "channels",
            "spaces": "spaces",
            "user": "authorized_uuid",
        },
        lambda result: {"token": result.get_token()},
    ),
    "revoke_token": Call("revoke_token", {}, _done),
    "history": Call(
        "history",
        {
            "channel": "channel",
            **_RANGE,
            "count": "count",
            "reverse": "reverse",
            "timetokens": "include_timetoken",
            "meta": "include_meta",
        },
        _history,
    ),
    "fetch": Call(
        "fetch_messages",
        {
            "channels": "channels",
            **_RANGE,
            "count": "count",
            "meta": "include_meta",
            "uuid": "include_uuid",
            "message_type": "include_message_type",
            "custom_type": "include_custom_message_type",
            "actions": "include_message_actions",
            "decrypt": "decrypt_messages",
        },
        _fetched,
    ),
    "delete": Call("delete_messages", {"channel": "channel", **_RANGE}, _done),
    "counts": Call(
        "message_counts",
        {"channels": "channel", "timetokens": "channel_timetokens"},
        lambda result: result.channels,
    ),
    "action_add": Call(
        "add_message_action", {"channel": "channel", "action": "message_action"}, _action
    ),
    "action_list": Call(
        "get_message_actions",
        {"channel": "channel", **_RANGE, "limit": "limit"},
        lambda result: [_action(action) for action in result.actions],
    ),
    "action_remove": Call(
        "remove_message_action",
        {
            "channel": "channel",
            "message_timetoken": "message_timetoken",
            "action_timetoken": "action_timetoken",
        },
        _done,
    ),
}


def configuration(settings: Mapping[str, Any]) -> Any:
    """A configuration of the SDK; ``settings`` are SETTINGS and those named below."""
    config = PNConfiguration()
    config.ssl = False
    config.reconnect_policy = PNReconnectionPolicy.NONE
    for name, value in settings.items():
        match name:
            case "crypto_module" | "event_engine":
                continue
            case "tls":
                config.ssl = value
            case "reconnect":
                _reconnect_soon(config)
            case "presence_timeout":
                config.set_presence_timeout(value)
            case _:
                setattr(config, SETTINGS[name], value)
    if settings.get("crypto_module"):
        _set_crypto_module(config)
    return config


def _reconnect_soon(config: Any) -> None:
    if hasattr(config, "reconnection_interval"):
        config.reconnect_policy = PNReconnectionPolicy.LINEAR
        config.reconnection_interval = 1
    else:
        # Without that setting the first pause is the shorter one with this policy.
        config.reconnect_policy = PNReconnectionPolicy.EXPONENTIAL


def _set_crypto_module(config: Any) -> None:
    try:
        module = imported("crypto").AesCbcCryptoModule
    except AttributeError:
        raise Failure("no such call", "AesCbcCryptoModule") from None
    config.crypto_module = module(config)


def endpoint(pubnub: Any, op: str, args: Mapping[str, Any]) -> Any:
    """The SDK's builder of a call with its options set.

    :raises Failure: the SDK has no such call, or the call no such option.
    """
    if op not in CALLS or not hasattr(pubnub, CALLS[op].method):
        raise Failure("no such call", op)
    call = CALLS[op]
    if op == "revoke_token":
        return pubnub.revoke_token(args["token"])
    try:
        builder = getattr(pubnub, call.method)()
    except NotImplementedError:
        raise Failure("no such call", op) from None
    if op == "grant_token":
        args = _resources(builder, **args)
    if op == "action_add":
        action = PNMessageAction()
        for name in ("type", "value", "message_timetoken"):
            setattr(action, name, args[name])
        args = {"channel": args["channel"], "action": action}
    if op.startswith("push_"):
        args = {**args, "type": _push_type(args["type"])}
    if op in python_objects.CALLS:
        args = python_objects.values(op, args)
    if op in python_files.CALLS:
        args = python_files.values(args)
    for name, value in args.items():
        setter = getattr(builder, call.options[name], None)
        if setter is None:
            raise Failure("no such call", f"{call.method}().{call.options[name]}()")
        setter(value)
    return builder


def _resources(
    builder: Any, ttl: int, user: str | None = None, **given: Mapping[str, list[str]]
) -> dict[str, Any]:
    """The options of a token: ``channels`` and ``patterns`` map names to rights.

    4.8 calls channels spaces.
    """
    kind = "Channel" if hasattr(builder, "channels") else "Space"
    resource = getattr(imported(f"models.consumer.v3.{kind.lower()}"), kind)
    found = []
    for way, names in (("id", "channels"), ("pattern", "patterns")):
        for name, rights in given.get(names, {}).items():
            one = getattr(resource, way)(name)
            for right in rights:
                getattr(one, right)()
            found.append(one)
    bound = {} if user is None else {"user": user}
    return {"ttl": ttl, f"{kind.lower()}s": found, **bound}


def _push_type(name: str) -> Any:
    if not hasattr(PNPushType, name.upper()):
        raise Failure("no such call", f"PNPushType.{name.upper()}")
    return getattr(PNPushType, name.upper())


def subscribe(pubnub: Any, args: Mapping[str, Any]) -> None:
    """Subscribe to ``channels`` and ``groups``, from the cursor ``timetoken``."""
    builder = pubnub.subscribe()
    builder.channels(args.get("channels", [])).channel_groups(args.get("groups", []))
    if args.get("presence"):
        builder.with_presence()
    if "timetoken" in args:
        builder.with_timetoken(int(args["timetoken"]))
    builder.execute()


def unsubscribe(pubnub: Any, args: Mapping[str, Any]) -> None:
    """Unsubscribe from ``channels`` and ``groups``, without any from all."""
    if not args:
        pubnub.unsubscribe_all()
        return
    builder = pubnub.unsubscribe()
    builder.channels(args.get("channels", [])).channel_groups(args.get("groups", [])).execute()


def leave_everything(pubnub: Any) -> None:
    """Unsubscribe from what there is: without anything the SDKs send a leave that is refused."""
    if pubnub.get_subscribed_channels() or pubnub.get_subscribed_channel_groups():
        pubnub.unsubscribe_all()


def immediate(pubnub: Any, op: str, args: Mapping[str, Any]) -> bool:
    """Make a call that has no result; false if ``op`` is none of these."""
    match op:
        case "subscribe":
            subscribe(pubnub, args)
        case "unsubscribe":
            unsubscribe(pubnub, args)
        case "set_filter":
            pubnub.config.filter_expression = args["filter"]
        case "set_token":
            pubnub.set_token(args["token"])
        case _:
            return False
    return True


def named(kind: Any, value: Any) -> str | None:
    """The name of a status category or operation: 4.8 has numbers, 10 an enumeration."""
    if value is None or isinstance(value, str):
        return value
    names = [name for name in dir(kind) if getattr(kind, name) == value]
    return names[0] if names else str(value)


def failure(status: Any) -> Failure:
    """The error that a status tells of."""
    cause = status.error_data.exception if status.error_data else status.category
    category = named(PNStatusCategory, status.category)
    return Failure("service", cause, status=status.status_code, category=category)


class Events(SubscribeCallback):  # type: ignore[misc]
    """Passes everything that a subscription tells to ``put``, as data."""

    def __init__(self, put: Callable[[dict[str, Any]], None]) -> None:
        self._put = put

    def status(self, pubnub: Any, status: Any) -> None:
        told = {
            "category": named(PNStatusCategory, status.category),
            "operation": named(PNOperationType, status.operation),
            "error": bool(status.error),
            "status": status.status_code,
            "message": str(status.error_data.exception) if status.error_data else None,
        }
        self._put({"event": "status", **told})

    def message(self, pubnub: Any, message: Any) -> None:
        self._put({"event": "message", **self._published(message)})

    def signal(self, pubnub: Any, signal: Any) -> None:
        self._put({"event": "signal", **self._published(signal)})

    def presence(self, pubnub: Any, presence: Any) -> None:
        told = {
            "action": presence.event,
            "channel": presence.channel,
            "subscription": presence.subscription,
            "uuid": presence.uuid,
            "occupancy": presence.occupancy,
            "timestamp": presence.timestamp,
            "timetoken": _text(presence.timetoken),
            "state": presence.state,
        }
        self._put({"event": "presence", **told})

    def message_action(self, pubnub: Any, action: Any) -> None:
        # Neither 4.8 nor 10 tells an action that was added from one that was removed.
        told = {"change": getattr(action, "event", None), **_action(action)}
        self._put({"event": "action", "channel": getattr(action, "channel", None), **told})

    def file(self, pubnub: Any, file_message: Any) -> None:
        self._put(python_files.told(file_message))

    def uuid(self, pubnub: Any, uuid: Any) -> None:
        self._put({"event": "object", "type": "uuid", "change": uuid.event, "data": uuid.data})

    def channel(self, pubnub: Any, channel: Any) -> None:
        told = {"type": "channel", "change": channel.event, "data": channel.data}
        self._put({"event": "object", **told})

    def membership(self, pubnub: Any, membership: Any) -> None:
        told = {"type": "membership", "change": membership.event, "data": membership.data}
        self._put({"event": "object", **told})

    def _published(self, message: Any) -> dict[str, Any]:
        return {
            "channel": message.channel,
            "subscription": message.subscription,
            "payload": message.message,
            "meta": message.user_metadata,
            "timetoken": _text(message.timetoken),
            "publisher": message.publisher,
            "custom_type": getattr(message, "custom_message_type", None),
            "undecrypted": _text(getattr(message, "error", None)),
        }
