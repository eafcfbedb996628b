"""The forms in which people have messages: answers of the service, events of SDKs, recordings.

``form_of`` recognises the form of a JSON value, and ``messages_in`` has its messages:

=================== ==========================================================================
form                what it looks like
=================== ==========================================================================
subscribe answer    ``{"t": …, "m": [items with c, d, u]}``, or of version 1, ``[[…], "tt", …]``
history             ``{"channels": {channel: [items]}}``, ``{"messages": [items]}``, and of
                    version 2 ``[[items or payloads], start, end]``
envelope            an item of these: ``c`` and ``d``, or ``message`` beside ``timetoken`` or
                    ``meta``
SDK event           what a listener gets: ``message`` and ``userMetadata`` (``user_metadata``,
                    ``UserMetadata``), ``payload`` and ``metadata`` in Swift
SDK result          ``{"result": …, "status": …}`` around one of these
HAR recording       ``{"log": {"entries": […]}}``, whose subscribe and history answers are read
=================== ==========================================================================

Shapes: wire protocol, sections 3 and 5, and what the SDKs for JavaScript, Python, Go, Kotlin and
Swift return. A message of ours, with ``data``, has none of these forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pnfilter.decode import BrokenMessage, decode
from pnfilter.message import Message
from pnfilter.records import NamedTuple
from pnfilter.semantics import UNREADABLE

#: Results around results that are opened.
MAX_NESTED: Final = 3

#: Addresses whose answers hold messages.
_ANSWERS: Final = re.compile(r"//[^/?#]+/(?:v\d/)?(?:subscribe|history|history-with-actions)/")
#: How a form is named where an input is said to be read as it.
SHOWN: Final = {
    "subscribe answer": "a subscribe answer",
    "history": "an answer of history",
    "envelope": "envelopes",
    "SDK event": "events of an SDK",
    "SDK result": "the result of an SDK",
    "HAR recording": "a HAR recording: the subscribe and history answers in it",
}
#: Forms of one message.
SINGLE: Final = ("envelope", "SDK event")

_ITEM_FIELDS: Final = frozenset({"message", "timetoken", "meta", "uuid"})
_ENVELOPE_FIELDS: Final = frozenset({"timetoken", "meta", "message_type", "messageType"})
_EVENT_FIELDS: Final = frozenset({"subscription", "subscribedchannel", "publisher", "usermetadata"})
_TIMETOKEN: Final = re.compile(r"\d+")


class Found(NamedTuple):
    """One message of a form, and the JSON value that it was read from."""

    value: Any
    message: Message


def form_of(value: Any) -> str:
    """Return the name of a JSON value's form, as the docs have it; empty for any other value."""
    if isinstance(value, list):
        return _form_of_list(value)
    if not isinstance(value, Mapping) or "data" in value:
        return ""
    if isinstance(value.get("m"), list) and "t" in value:
        return "subscribe answer"
    if _is_history(value.get("channels")) or (
        isinstance(value.get("messages"), list) and any(map(_holds_item, value["messages"]))
    ):
        return "history"
    if isinstance(value.get("log"), Mapping) and isinstance(value["log"].get("entries"), list):
        return "HAR recording"
    if _is_item(value):
        return "envelope"
    if _event_of(value) is not None:
        return "SDK event"
    inner = value.get("result", value.get("response"))
    if "status" in value and isinstance(inner, (Mapping, list)) and _inner_form(inner):
        return "SDK result"
    return ""


def _inner_form(value: Any) -> str:
    for _ in range(MAX_NESTED):
        if not (isinstance(value, Mapping) and "status" in value):
            break
        value = value.get("result", value.get("response"))
    return "" if isinstance(value, Mapping) and "status" in value else form_of(value)


def _form_of_list(value: list[Any]) -> str:
    """Return the form of an answer that is a list: messages, and then timetokens."""
    if not 2 <= len(value) <= 4 or not isinstance(value[0], list) or not _is_timetoken(value[1]):
        return ""
    if len(value) == 2 or not _is_timetoken(value[2]):
        return "subscribe answer" if all(isinstance(each, str) for each in value[1:]) else ""
    return "history"


def _is_timetoken(value: Any) -> bool:
    if isinstance(value, str):
        return _TIMETOKEN.fullmatch(value) is not None
    return isinstance(value, int) and not isinstance(value, bool)


def _is_history(channels: Any) -> bool:
    return isinstance(channels, Mapping) and all(
        isinstance(items, list) and all(map(_holds_item, items)) for items in channels.values()
    )


def _holds_item(value: Any) -> bool:
    return isinstance(value, Mapping) and ("message" in value or "entry" in value)


def _is_item(value: Mapping[str, Any]) -> bool:
    """Return whether an object is an item of a subscribe answer or of history."""
    if "c" in value and ("d" in value or "p" in value):
        return True
    return "message" in value and not _ENVELOPE_FIELDS.isdisjoint(value) and not _is_event(value)


def _is_event(value: Mapping[str, Any]) -> bool:
    return any(_plain(name) in _EVENT_FIELDS for name in value)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _event_of(value: Mapping[str, Any]) -> Message | None:
    """Return the message of what an SDK's listener gets; None for anything else."""
    fields = {_plain(name): each for name, each in value.items()}
    if "channel" not in fields:
        return None
    if "message" in fields and not _EVENT_FIELDS.isdisjoint(fields):
        return Message(fields["message"], fields.get("usermetadata"))
    if "payload" in fields and not {"published", "publisher"}.isdisjoint(fields):
        return Message(fields["payload"], fields.get("metadata"))
    return None


def messages_in(value: Any, form: str | None = None) -> Iterator[Found | BrokenMessage]:
    """Yield the messages of a JSON value of one of the forms: of ``form``, where that is known.

    What should be a message and isn't comes as the ``BrokenMessage`` that says why.
    """
    match form_of(value) if form is None else form:
        case "subscribe answer" if isinstance(value, list):
            yield from map(_payload, value[0])
        case "subscribe answer":
            yield from map(_item, value["m"])
        case "history" if isinstance(value, list):
            yield from map(_payload_or_item, value[0])
        case "history" if "channels" in value:
            for items in value["channels"].values():
                yield from map(_item, items)
        case "history":
            yield from map(_item, value["messages"])
        case "HAR recording":
            for each in value["log"]["entries"]:
                yield from _of_entry(each)
        case "SDK result":
            yield from messages_in(value.get("result", value.get("response")))
        case "envelope" | "SDK event":
            yield _item(value)
        case _:
            yield BrokenMessage("not a form in which the service, or an SDK, has messages")


def _payload(value: Any) -> Found:
    return Found(value, Message(value, UNREADABLE))


def _payload_or_item(value: Any) -> Found | BrokenMessage:
    """An item of history of version 2: a payload, unless timetokens or metadata were asked for."""
    is_item = isinstance(value, Mapping) and {"message"} < value.keys() <= _ITEM_FIELDS
    return _item(value) if is_item else _payload(value)


def _item(value: Any) -> Found | BrokenMessage:
    if isinstance(value, Mapping):
        if "entry" in value and "message" not in value:
            value = {"message" if name == "entry" else name: each for name, each in value.items()}
        event = None if "c" in value else _event_of(value)
        if event is not None:
            return Found(value, event)
        if "messageType" in value:
            value = {"message_type": value["messageType"], **value}
    try:
        return Found(value, Message.from_envelope(value))
    except TypeError as error:
        return BrokenMessage(str(error))


def _of_entry(entry: Any) -> Iterator[Found | BrokenMessage]:
    """Yield the messages of one exchange of a HAR recording; none where it is about others."""
    try:
        address, content = entry["request"]["url"], entry["response"]["content"]
        if not _ANSWERS.search(address):
            return
        text = content["text"]
        if content.get("encoding") == "base64":
            from base64 import b64decode

            text = b64decode(text)
        answer = decode(text if isinstance(text, bytes) else text.encode())
    except (LookupError, TypeError, ValueError, AttributeError, BrokenMessage):
        return
    if form := form_of(answer):
        yield from messages_in(answer, form)
