"""What may be stored in App Context, how a request is refused, and the events of a change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NoReturn

from pnfilter.server.broker.events import Event
from pnfilter.server.broker.keyset import Keyset
from pnfilter.server.http.request import decode_json
from pnfilter.server.http.response import INVALID_INPUT, Fault, source_refusal
from pnfilter.server.settings import MAX_OBJECT, MAX_OBJECT_ID, MAX_STATUS
from pnfilter.server.store.objects import ObjectType, Record
from pnfilter.server.wire import PER_SECOND, json_bytes, takes_messages

#: Fields whose value is a text, beside ``status`` and ``type``, in the order of answers (recorded).
TEXTS: Final[dict[ObjectType, tuple[str, ...]]] = {
    "uuid": ("name", "externalId", "profileUrl", "email"),
    "channel": ("name", "description"),
}
#: Fields that an answer has where they are asked for, in its order (recorded).
OPTIONAL: Final = ("type", "status", "custom")
#: What no id may hold (documented), beside control characters.
_PROHIBITED: Final = frozenset(",/\\*:")
#: How the service calls what has metadata, in its errors (recorded).
_TITLES: Final[dict[ObjectType, str]] = {"uuid": "User", "channel": "Channel"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def refuse(status: int, message: str, *faults: Fault) -> NoReturn:
    """Refuse a request, in the form of App Context's errors (recorded)."""
    raise source_refusal(status, message, "objects", *faults)


def refuse_input(message: str, location: str, kind: str = "body") -> NoReturn:
    """Refuse a request for a part of it (the form is recorded, the words are assumed)."""
    refuse(400, INVALID_INPUT, Fault(message, location, kind))


def refuse_change(kind: ObjectType) -> NoReturn:
    """Refuse to change what is not as ``If-Match`` says it was (recorded)."""
    refuse(412, f"{_TITLES[kind]} to update has been modified after it was read.")


def refuse_missing() -> NoReturn:
    """Say that there is no such user or channel (the words are those that SDKs know)."""
    refuse(404, "Requested object was not found.")


def check_id(
    id: Any, location: str, kind: str = "path", *, most: int | None = MAX_OBJECT_ID
) -> str:
    """Return the id of a user or a channel; raise ``Refusal`` if it is not valid (documented).

    ``most``: bytes that it may have; None where it is only looked for, as there is no longer one.
    """
    if not isinstance(id, str) or not id or (most and len(id.encode()) > most):
        refuse_input(f"An id must be a string of 1 to {MAX_OBJECT_ID} bytes", location, kind)
    if any(letter in _PROHIBITED or letter < " " or letter == "\x7f" for letter in id):
        refuse_input("An id has no , / \\ * : and no control characters", location, kind)
    return id


def read_body(body: bytes) -> dict[str, Any]:
    """Return the object in a request's body."""
    found = decode_json(body, "body")
    if not isinstance(found, dict):
        refuse_input("The body must be a JSON object", "body")
    return found


def read_fields(
    given: dict[str, Any], texts: tuple[str, ...] = (), place: str = ""
) -> dict[str, Any]:
    """Return the fields of a request; None clears one. Other names are ignored (documented)."""
    found: dict[str, Any] = {}
    for name in (*texts, "status", "type"):
        if name in given:
            found[name] = _text(given[name], f"{place}{name}", name in ("status", "type"))
    if "custom" in given:
        found["custom"] = _custom(given["custom"], f"{place}custom")
    return found


def _text(value: Any, location: str, is_short: bool) -> str | None:
    if value is not None and not isinstance(value, str):
        refuse_input("A string or null is expected", location)
    if is_short and value is not None and len(value) > MAX_STATUS:
        refuse_input(f"It has {MAX_STATUS} characters at most", location)
    return value


def _custom(value: Any, location: str) -> dict[str, Any] | None:
    """Scalars only (documented)."""
    if value is None:
        return None
    if not isinstance(value, dict):
        refuse_input("An object or null is expected", location)
    for name, one in value.items():
        if one is not None and not isinstance(one, str | int | float):
            refuse_input(
                "A string, a number, true, false or null is expected", f"{location}.{name}"
            )
    return value


def merge(id: str, before: Record | None, given: dict[str, Any], timetoken: int) -> Record:
    """Return what becomes of a record: what isn't given stays (recorded), null clears (assumed).

    ``custom`` is replaced as a whole (documented). A record whose fields are as before is that one,
    with its time and tag (recorded).
    """
    fields = {} if before is None else dict(before.fields)
    for name, value in given.items():
        if value is None:
            fields.pop(name, None)
        else:
            fields[name] = value
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()
    if len(text) > MAX_OBJECT:
        refuse(413, f"Metadata has {MAX_OBJECT:,} bytes at most")
    tag = hashlib.sha256(text).hexdigest()[:32]
    if before is not None and before.tag == tag:
        return before
    return Record(id, fields, _moment(timetoken), tag)


def _moment(timetoken: int) -> str:
    """Return a time as answers have it (recorded)."""
    moment = _EPOCH + timedelta(microseconds=timetoken // (PER_SECOND // 1_000_000))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def changes(before: Record | None, after: Record) -> dict[str, Any]:
    """The fields that differ, None for one that was cleared: the content of an event (assumed)."""
    earlier = {} if before is None else before.fields
    return {
        name: after.fields.get(name)
        for name in sorted({*earlier, *after.fields})
        if _differ(earlier.get(name), after.fields.get(name))
    }


def _differ(one: Any, another: Any) -> bool:
    # In Python, true equals 1.
    return json.dumps(one, sort_keys=True) != json.dumps(another, sort_keys=True)


def change_events(
    keyset: Keyset,
    channels: Iterable[str],
    type: Literal["uuid", "channel", "membership"],
    event: Literal["set", "delete"],
    data: dict[str, Any],
) -> list[Event]:
    """An event for each of the channels, each once, to be delivered when the change is stored.

    The form is recorded. It has no publisher (recorded), and no filter holds it back (assumed).
    """
    payload = {
        "source": "objects",
        "version": "2.0",
        "event": event,
        "type": type,
        "data": data,
    }
    text = json_bytes(payload)
    return [
        keyset.make_event(channel, text, payload, "object")
        for channel in dict.fromkeys(channels)
        if takes_messages(channel)
    ]


def changed_fields(before: Record | None, after: Record) -> dict[str, Any]:
    """Return the event data of a record that was set: changed fields (assumed), time and tag."""
    return {**changes(before, after), "eTag": after.tag, "updated": after.updated}


def audience(keyset: Keyset, kind: ObjectType, id: str) -> list[str]:
    """Return the channels to which changes of a user or a channel are published (documented).

    Those of a user: the channel with its id, and all that it is a member of.
    """
    if kind == "channel":
        return [id]
    return [id, *keyset.store.objects.channels_of(keyset.key, id)]
