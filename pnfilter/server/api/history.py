"""History: what was stored, read in two forms, counted and deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from pnfilter.server.api.call import Call
from pnfilter.server.http.request import Query, whole_number
from pnfilter.server.http.response import Answer, Refusal, refuse
from pnfilter.server.http.router import Route
from pnfilter.server.settings import (
    MAX_ACTIONS,
    MAX_COUNTED,
    MAX_COUNTED_CHANNELS,
    MAX_HISTORY,
    MAX_HISTORY_CHANNELS,
    MAX_HISTORY_OF_SEVERAL,
    MAX_HISTORY_WITH_ACTIONS,
    MAX_TIMETOKEN,
)
from pnfilter.server.store.messages import Slice, StoredAction, StoredMessage
from pnfilter.server.wire import json_bytes

SERVICE: Final = "Storage"
#: How every answer of this form begins (recorded).
_HEAD: Final = {"status": 200, "error": False, "error_message": ""}


def history(call: Call) -> Answer:
    """Answer messages of one channel, oldest first, with the first and last timetoken (recorded).

    Items are payloads alone, or objects if ``include_token`` or ``include_meta`` asks for more
    (documented). A count of 0 counts as the largest one (assumed).
    """
    query, keyset = call.request.query, call.keyset
    messages = keyset.store.messages.read(
        keyset.key,
        call.request.name("channel"),
        _slice(query),
        query.number("count", most=MAX_HISTORY) or MAX_HISTORY,
    )
    tokens, metas = query.flag("include_token"), query.flag("include_meta")
    form = b',"timetoken":"%d"' if query.flag("string_message_token") else b',"timetoken":%d'

    def item(message: StoredMessage) -> bytes:
        if not tokens and not metas:
            return message.payload
        token = form % message.timetoken if tokens else b""
        return b'{"message":' + message.payload + token + _meta(message, metas) + b"}"

    items = b",".join(map(item, messages))
    ends = (messages[0].timetoken, messages[-1].timetoken) if messages else (0, 0)
    return Answer(body=b"[[%b],%d,%d]" % (items, *ends))


def fetch(call: Call) -> Answer:
    """Messages of several channels, oldest first (documented).

    A channel without any is left out (assumed).
    """
    query, keyset = call.request.query, call.keyset
    channels = call.request.names("channels")
    if not 0 < len(channels) <= MAX_HISTORY_CHANNELS:
        refuse(400, f"History is asked for 1 to {MAX_HISTORY_CHANNELS} channels", SERVICE)
    cap = MAX_HISTORY if len(channels) == 1 else MAX_HISTORY_OF_SEVERAL
    most, part, item = query.number("max", most=cap) or cap, _slice(query), _item_writer(query)
    found = []
    for channel in channels:
        messages = keyset.store.messages.read(keyset.key, channel, part, most)
        if messages:
            found.append((channel, [item(message) + b"}" for message in messages]))
    return _messages(query, found)


def fetch_with_actions(call: Call) -> Answer:
    """Messages of one channel with the actions on them (documented).

    Where there are others, ``more`` says how to get these (documented where the limit of actions
    cuts them off, read in SDKs of any): as many as are still to come, or the next page.
    """
    query, keyset = call.request.query, call.keyset
    channels = call.request.names("channels")
    if len(channels) != 1:
        refuse(400, "History with actions is asked for one channel", SERVICE)
    asked = query.number("max") or MAX_HISTORY_WITH_ACTIONS
    most, part, item = min(asked, MAX_HISTORY_WITH_ACTIONS), _slice(query), _item_writer(query)
    messages = keyset.store.messages.read(keyset.key, channels[0], part, most + 1)
    # From the end where reading starts, as what is cut off is at the other.
    if not part.oldest_first:
        messages.reverse()
    items: list[bytes] = []
    room = MAX_ACTIONS
    for message in messages[:most]:
        actions = keyset.store.actions.of_message(keyset.key, channels[0], message.timetoken)
        room -= len(actions)
        if room < 0 and items:
            break
        with_them = b',"actions":' + json_bytes(_group_actions(actions)) if actions else b""
        items.append(item(message) + with_them + b"}")
    more = b""
    if len(items) < len(messages):
        left = asked - len(items) or most
        last = messages[len(items) - 1].timetoken
        path = f"/v3/history-with-actions/sub-key/{quote(keyset.key)}/channel/"
        more = _more(path + quote(channels[0], safe=""), part, last, left)
    if not part.oldest_first:
        items.reverse()
    return _messages(query, [(channels[0], items)] if items else [], more)


def _slice(query: Query) -> Slice:
    start, end = (query.number(name, most=MAX_TIMETOKEN) for name in ("start", "end"))
    return Slice.between(start, end, reverse=query.flag("reverse"))


def _meta(message: StoredMessage, asked: bool) -> bytes:
    """Return the metadata in an item; an empty string if it has none."""
    return b',"meta":' + (message.meta or b'""') if asked else b""


def _item_writer(query: Query) -> Callable[[StoredMessage], bytes]:
    """What makes an item, still without its last brace, with all that the request asks for."""
    metas, users, kinds, custom_types = (
        query.flag(f"include_{name}")
        for name in ("meta", "uuid", "message_type", "custom_message_type")
    )

    def item(message: StoredMessage) -> bytes:
        fields: dict[str, Any] = {}
        if users:
            fields["uuid"] = message.publisher or ""
        if kinds:
            fields["message_type"] = message.kind
        if custom_types:
            fields["custom_message_type"] = message.custom_type
        more = b"," + json_bytes(fields)[1:-1] if fields else b""
        token = b',"timetoken":"%d"' % message.timetoken
        return b'{"message":' + message.payload + token + _meta(message, metas) + more

    return item


def _group_actions(actions: Sequence[StoredAction]) -> dict[str, dict[str, list[dict[str, str]]]]:
    """Actions by their types and values."""
    grouped: dict[str, dict[str, list[dict[str, str]]]] = {}
    for action in actions:
        who = {"uuid": action.publisher, "actionTimetoken": str(action.timetoken)}
        grouped.setdefault(action.type, {}).setdefault(action.value, []).append(who)
    return grouped


def _more(path: str, part: Slice, last: int, left: int) -> bytes:
    """Return the request that goes on after the message ``last``, as ``more`` says."""
    query: dict[str, Any] = {"start": str(last), "max": left}
    if part.oldest_first:
        query |= {"end": str(part.last), "reverse": "true"}
    elif part.first:
        query["end"] = str(part.first)
    more = {"url": f"{path}?{urlencode(query)}", "start": str(last), "max": left}
    return b',"more":' + json_bytes(more)


def _messages(query: Query, found: list[tuple[str, list[bytes]]], more: bytes = b"") -> Answer:
    """Return an answer; names are percent-encoded unless ``encode_channels=false`` (recorded)."""
    is_plain = query.get("encode_channels", "").lower() in ("false", "0")
    channels = b",".join(
        json_bytes(channel if is_plain else quote(channel, safe=""))
        + b":["
        + b",".join(items)
        + b"]"
        for channel, items in found
    )
    return Answer(body=json_bytes(_HEAD)[:-1] + b',"channels":{' + channels + b"}" + more + b"}")


def delete(call: Call) -> Answer:
    """Delete messages of a part of the timeline, all without ``start`` and ``end`` (recorded)."""
    keyset = call.keyset
    keyset.store.messages.delete(
        keyset.key, call.request.name("channels"), _slice(call.request.query)
    )
    return Answer.json(_HEAD)


def _invalid_arguments() -> Refusal:
    reply = {"status": 400, "error": True, "error_message": "Invalid Arguments", "channels": {}}
    return Refusal(Answer.json(reply, 400))


def count(call: Call) -> Answer:
    """How many messages of each channel are newer than a timetoken, 10,000 for more (recorded).

    Without exactly one list of timetokens, as long as that of the channels, it is refused in the
    words that the SDKs for Dart and Swift read.
    """
    query, keyset = call.request.query, call.keyset
    channels = call.request.names("channels")
    if not 0 < len(channels) <= MAX_COUNTED_CHANNELS:
        raise _invalid_arguments()
    one, several = query.get("timetoken", ""), query.get("channelsTimetoken", "")
    if bool(one) == bool(several):
        raise _invalid_arguments()
    timetokens = several.split(",") if several else [one] * len(channels)
    if len(timetokens) != len(channels):
        raise _invalid_arguments()
    counts = {}
    for channel, text in zip(channels, timetokens, strict=True):
        start = min(
            whole_number(text, "channelsTimetoken" if several else "timetoken"), MAX_TIMETOKEN
        )
        newer = Slice.between(start, None, reverse=True)
        counts[channel] = keyset.store.messages.count(keyset.key, channel, newer, MAX_COUNTED)
    return Answer.json({**_HEAD, "channels": counts})


_V3: Final = "/v3/history/sub-key/{sub}"

ROUTES: Final = (
    Route("GET", "/v2/history/sub-key/{sub}/channel/{channel}", "history", history),
    Route("GET", _V3 + "/channel/{channels}", "fetch", fetch),
    Route("DELETE", _V3 + "/channel/{channels}", "delete_messages", delete),
    Route("GET", _V3 + "/message-counts/{channels}", "message_counts", count),
    Route(
        "GET",
        "/v3/history-with-actions/sub-key/{sub}/channel/{channels}",
        "fetch_with_actions",
        fetch_with_actions,
    ),
)
