"""App Context: the metadata of users and channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pnfilter.server.api.call import Call, Handler
from pnfilter.server.app_context.events import audience, change_events, changed_fields
from pnfilter.server.app_context.listing import (
    Asked,
    Included,
    Source,
    described,
    fields_of,
    values_of,
)
from pnfilter.server.app_context.rules import (
    TEXTS,
    check_id,
    merged,
    read_body,
    read_fields,
    refuse,
    refuse_change,
    refuse_missing,
)
from pnfilter.server.http.response import Answer
from pnfilter.server.http.router import Route
from pnfilter.server.settings import MAX_OBJECTS
from pnfilter.server.store.objects import Kind
from pnfilter.server.wire import GET, Need, Subject


def list_all(call: Call, kind: Kind) -> Answer:
    """All users or channels with metadata, by pages (recorded)."""
    keyset, objects = call.keyset, call.keyset.store.objects
    included = Included.of(call.request.query)
    source = Source(
        page=lambda first, number: objects.page(keyset.key, kind, first, number),
        size=lambda: objects.count(keyset.key, kind),
        values=values_of,
    )
    asked = Asked.of(call.request.query, fields_of(kind))
    return asked.answer(source, lambda record: described(kind, record, included.own))


def get(call: Call, kind: Kind) -> Answer:
    """The metadata of a user or a channel (recorded); 404 where there is none (assumed)."""
    record = call.keyset.store.objects.get(call.keyset.key, kind, id_of(call, kind))
    if record is None:
        refuse_missing()
    included = Included.of(call.request.query)
    return Answer.json({"status": 200, "data": described(kind, record, included.own)})


def set_(call: Call, kind: Kind) -> Answer:
    """Set metadata, and tell of it unless all is as it was (documented). The answer is that of ``get``.

    Without the right to read it, the answer is what was set (assumed).

    With ``If-Match``, only what still has that tag is changed (documented), else the answer is 412 (recorded);
    what isn't there has none (assumed). A tag is made of all fields, so that a guess of them is told from
    others by it: without the right to read them none is right (assumed).
    """
    keyset, objects, id = call.keyset, call.keyset.store.objects, id_of(call, kind)
    given = read_fields(read_body(call.request.body), TEXTS[kind])
    before = objects.get(keyset.key, kind, id)
    tag = call.request.headers.get("If-Match", "").strip().strip('"')
    is_readable = may_read(call, kind, id)
    if tag and (before is None or before.tag != tag or not is_readable):
        refuse_change(kind)
    after = merged(id, before, given, keyset.timetokens.next())
    if after is not before:
        if before is None and objects.count(keyset.key, kind) >= MAX_OBJECTS:
            refuse(400, f"A keyset has {MAX_OBJECTS:,} users, and channels, with metadata at most")
        data = {"id": id, **changed_fields(before, after)}
        found = change_events(keyset, audience(keyset, kind, id), kind, "set", data)
        with objects.changing(keyset.key):
            objects.put(keyset.key, kind, after)
        for event in found:
            keyset.deliver(event)
    if not is_readable:
        return Answer.json({"status": 200, "data": {"id": id, **given}})
    included = Included.of(call.request.query)
    return Answer.json({"status": 200, "data": described(kind, after, included.own)})


def remove(call: Call, kind: Kind) -> Answer:
    """Remove metadata, and tell of it; the answer has no data (recorded). Memberships stay (documented).

    Where there was none nothing is told, and the answer is the same (assumed).
    """
    keyset, objects, id = call.keyset, call.keyset.store.objects, id_of(call, kind)
    if objects.get(keyset.key, kind, id) is not None:
        channels = audience(keyset, kind, id)
        found = change_events(keyset, channels, kind, "delete", {"id": id})
        with objects.changing(keyset.key):
            objects.remove(keyset.key, kind, id)
        for event in found:
            keyset.deliver(event)
    return Answer.json({"status": 200, "data": None})


def may_read(call: Call, kind: Kind, id: str) -> bool:
    """Whether who changes the metadata or memberships of a user or a channel may see them, too."""
    return call.allows(Need(Subject("uuids" if kind == "uuid" else "channels", id), GET))


def id_of(call: Call, kind: Kind) -> str:
    """The id in the path of a user or a channel; ``Refusal`` for one that the service doesn't take."""
    name = _PARTS[kind]
    return check_id(call.request.part(name), name)


#: The part of a path that has the id.
_PARTS: Final[dict[Kind, str]] = {"uuid": "user", "channel": "channel"}

_OBJECTS: Final = "/v2/objects/{sub}"


def of(kind: Kind, does: Callable[[Call, Kind], Answer]) -> Handler:
    """An operation for users, or for channels."""
    return lambda call: does(call, kind)


ROUTES: Final = (
    Route("GET", f"{_OBJECTS}/uuids", "list_users", of("uuid", list_all)),
    Route("GET", f"{_OBJECTS}/uuids/{{user}}", "get_user", of("uuid", get)),
    Route("PATCH", f"{_OBJECTS}/uuids/{{user}}", "set_user", of("uuid", set_)),
    Route("DELETE", f"{_OBJECTS}/uuids/{{user}}", "remove_user", of("uuid", remove)),
    Route("GET", f"{_OBJECTS}/channels", "list_channels", of("channel", list_all)),
    Route("GET", f"{_OBJECTS}/channels/{{channel}}", "get_channel", of("channel", get)),
    Route("PATCH", f"{_OBJECTS}/channels/{{channel}}", "set_channel", of("channel", set_)),
    Route("DELETE", f"{_OBJECTS}/channels/{{channel}}", "remove_channel", of("channel", remove)),
)
