"""Publish, fire, signal."""

from __future__ import annotations

from typing import Final, NoReturn

from pnfilter.decode import BrokenMessage, decode
from pnfilter.message import EventType
from pnfilter.server.api.call import Call
from pnfilter.server.broker.events import NUMBERS
from pnfilter.server.http.request import inflate_body
from pnfilter.server.http.response import Answer, Refusal
from pnfilter.server.http.router import Route
from pnfilter.server.settings import MAX_LONG_MESSAGE, MAX_MESSAGE, MAX_SIGNAL, MAX_TIMETOKEN
from pnfilter.server.store.messages import StoredMessage
from pnfilter.server.wire import takes_messages


def publish(call: Call) -> Answer:
    """Publish a message, in the path or in the body (recorded).

    ``norep`` keeps it from subscribers (documented of fire), ``store=0`` from history.
    """
    return _publish(call, "message", MAX_MESSAGE)


def publish_long(call: Call) -> Answer:
    """Publish a message of up to 2 MiB, in the body (documented in SDKs for some keysets)."""
    return _publish(call, "message", MAX_LONG_MESSAGE)


def signal(call: Call) -> Answer:
    """Publish a signal (recorded, and what one is answered that is too large): it is not stored."""
    return _publish(call, "signal", MAX_SIGNAL)


def publish_file(call: Call) -> Answer:
    """A message about a file (recorded by what the SDKs send): stored and delivered like any other.

    Whether the file is there is not looked at (assumed).
    """
    return _publish(call, "file", MAX_MESSAGE)


def _publish(call: Call, kind: EventType, limit: int) -> Answer:
    broker, keyset, request = call.broker, call.keyset, call.request
    query = request.query
    if not broker.keyring.may_publish(request.part("pub"), keyset.key):
        _fail(call, 400, "Invalid Key")
    channel = request.name("channel")
    if not takes_messages(channel):
        _fail(call, 400, "Invalid Channel")
    payload = request.part("message").encode() if "message" in request.parts else _body(call, limit)
    if len(payload) > limit:
        if kind == "signal":
            _fail(call, 400, "Signal size too large")
        _fail(call, 413, "Message Too Large")
    meta = query.get("meta", "").encode() or None
    try:
        data = decode(payload)
        metadata = None if meta is None else decode(meta)
    except BrokenMessage:
        _fail(call, 400, "Invalid JSON")
    # The publisher's own time of a message, which subscribers get (recorded).
    origin = query.timetoken("ortt")
    publisher, custom_type = call.user or None, query.get("custom_message_type") or None
    sequence, is_undelivered = query.number("seqn", most=MAX_TIMETOKEN), query.flag("norep")
    event = keyset.make_event(
        channel,
        payload,
        data,
        kind,
        metadata=metadata,
        meta=meta,
        publisher=publisher,
        sequence=sequence,
        origin=None if origin is None else min(origin, MAX_TIMETOKEN),
        custom_type=custom_type,
    )
    if kind != "signal" and query.get("store") != "0":
        keyset.store.messages.add(
            keyset.key,
            channel,
            StoredMessage(
                event.timetoken,
                payload,
                meta,
                publisher,
                custom_type,
                NUMBERS.get(kind),
                sequence=sequence,
                undelivered=is_undelivered or None,
            ),
            ttl=query.number("ttl", 0) or 0,
        )
    if not is_undelivered:
        keyset.deliver(event)
    return Answer(body=b'[1,"Sent","%d"]' % event.timetoken)


def _body(call: Call, limit: int) -> bytes:
    """The body, inflated where it is compressed; ``Refusal`` for one that is cut off or spoilt."""
    body = inflate_body(call.request, limit)
    if body is None:
        _fail(call, 400, "Invalid Compression")
    return body


def _fail(call: Call, status: int, message: str) -> NoReturn:
    """Refuse in the form that publish has for its errors (recorded)."""
    timetoken = str(call.broker.timetokens.next())
    raise Refusal(Answer.json([0, message, timetoken], status))


_PLACE: Final = "{pub}/{sub}/0/{channel}/0"
_FILE: Final = f"/v1/files/publish-file/{_PLACE}"

ROUTES: Final = (
    # What some SDKs encrypt has slashes (recorded).
    Route("GET", f"/publish/{_PLACE}/{{message}}", "publish", publish, is_open=True),
    # The SDK for Objective-C ends the path with a slash.
    *(Route("POST", f"/publish/{_PLACE}{end}", "publish", publish) for end in ("", "/")),
    Route("POST", f"/v2/publish/{_PLACE}", "publish", publish_long),
    Route("GET", f"{_FILE}/{{message}}", "publish_file", publish_file, is_open=True),
    Route("POST", _FILE, "publish_file", publish_file),
    Route("GET", f"/signal/{_PLACE}/{{message}}", "signal", signal, is_open=True),
    Route("POST", f"/signal/{_PLACE}", "signal", signal),
)
