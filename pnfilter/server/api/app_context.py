"""App Context: users, channels and who is a member of which, from both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Literal, NamedTuple

from pnfilter.app_context.fields import Entity, fields_of
from pnfilter.server.api.call import Call, Handler
from pnfilter.server.app_context.listing import (
    Asked,
    Included,
    Source,
    describe_membership,
    describe_record,
    values_of,
    values_of_membership,
)
from pnfilter.server.app_context.rules import (
    TEXTS,
    audience,
    change_events,
    changed_fields,
    check_id,
    merge,
    read_body,
    read_fields,
    refuse,
    refuse_change,
    refuse_input,
    refuse_missing,
)
from pnfilter.server.broker.events import Event
from pnfilter.server.http.request import body_of
from pnfilter.server.http.response import Answer
from pnfilter.server.http.router import Route
from pnfilter.server.settings import (
    MAX_CHANNELS_OF_USER,
    MAX_MEMBERS,
    MAX_MEMBERSHIPS,
    MAX_OBJECT_ID,
    MAX_OBJECTS,
)
from pnfilter.server.store.objects import OTHER, ObjectType, Record
from pnfilter.server.wire import GET, Need, Subject

#: What the list of all has, and that of one user or of one channel.
_LISTED: Final[dict[ObjectType, Entity]] = {"uuid": "users", "channel": "channels"}
_JOINED: Final[dict[ObjectType, Entity]] = {"uuid": "memberships", "channel": "members"}


def list_objects(call: Call, kind: ObjectType) -> Answer:
    """Return all users or channels with metadata, by pages (recorded)."""
    keyset, objects = call.keyset, call.keyset.store.objects
    included = Included.of(call.request.query)
    source = Source(
        page=lambda first, number: objects.page(keyset.key, kind, first, number),
        size=lambda: objects.count(keyset.key, kind),
        values=values_of,
    )
    asked = Asked.of(call.request.query, fields_of(_LISTED[kind]))
    return asked.answer(source, lambda record: describe_record(kind, record, included.own))


def get(call: Call, kind: ObjectType) -> Answer:
    """Return the metadata of a user or a channel (recorded); 404 if there is none (assumed)."""
    record = call.keyset.store.objects.get(call.keyset.key, kind, id_of(call, kind))
    if record is None:
        refuse_missing()
    included = Included.of(call.request.query)
    return Answer.json({"status": 200, "data": describe_record(kind, record, included.own)})


def set_(call: Call, kind: ObjectType) -> Answer:
    """Set metadata, and publish an event unless nothing changed (documented); answer as ``get``.

    Without the right to read it, the answer is what was set (assumed).

    With ``If-Match``, only metadata with that tag is changed (documented), else the answer is 412
    (recorded); missing metadata has no tag (assumed). A tag is made of all fields, so that a client
    could confirm a guess of them: without the right to read them no tag matches (assumed).
    """
    keyset, objects, id = call.keyset, call.keyset.store.objects, id_of(call, kind)
    given = read_fields(read_body(body_of(call.request)), TEXTS[kind])
    before = objects.get(keyset.key, kind, id)
    tag = call.request.headers.get("If-Match", "").strip().strip('"')
    is_readable = may_read(call, kind, id)
    if tag and (before is None or before.tag != tag or not is_readable):
        refuse_change(kind)
    after = merge(id, before, given, keyset.timetokens.next())
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
    return Answer.json({"status": 200, "data": describe_record(kind, after, included.own)})


def remove(call: Call, kind: ObjectType) -> Answer:
    """Remove metadata and publish an event; memberships stay (documented).

    The answer has no data (recorded). If there was no metadata, there is no event, and the answer
    is the same (assumed).
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


def may_read(call: Call, kind: ObjectType, id: str) -> bool:
    """Whether who changes the metadata or memberships of a user or a channel may see them, too."""
    return call.allows(Need(Subject("uuids" if kind == "uuid" else "channels", id), GET))


def id_of(call: Call, kind: ObjectType) -> str:
    """Return the id of a user or a channel in the path; raise ``Refusal`` if it is not valid.

    Only where something may be stored under an id its length counts: one can ask for a longer one
    (tests of Chat do).
    """
    name = _PARTS[kind]
    is_change = call.request.method == "PATCH"
    return check_id(call.request.part(name), name, most=MAX_OBJECT_ID if is_change else None)


#: The part of a path that has the id.
_PARTS: Final[dict[ObjectType, str]] = {"uuid": "user", "channel": "channel"}


def for_kind(kind: ObjectType, does: Callable[[Call, ObjectType], Answer]) -> Handler:
    """Return the handler of an operation for users or for channels."""
    return lambda call: does(call, kind)


#: How many memberships each side has at most.
_MOST: Final[dict[ObjectType, int]] = {"uuid": MAX_CHANNELS_OF_USER, "channel": MAX_MEMBERS}


class _Change(NamedTuple):
    """What a request does to one membership: its fields, or None to end it."""

    other: str
    given: dict[str, Any] | None


def list_memberships(call: Call, kind: ObjectType) -> Answer:
    """Return the memberships of a channel or a user, by pages (recorded)."""
    return _prepare_list(call, kind)()


def _prepare_list(call: Call, kind: ObjectType) -> Callable[[], Answer]:
    """Gives the list that a request asks for; ``Refusal`` at once for one that there can't be."""
    keyset, objects, other = call.keyset, call.keyset.store.objects, OTHER[kind]
    id, included = id_of(call, kind), Included.of(call.request.query, other)
    asked = Asked.of(call.request.query, fields_of(_JOINED[kind]))
    source = Source(
        page=lambda first, number: objects.memberships(keyset.key, kind, id, first, number),
        size=lambda: objects.joined(keyset.key, kind, id),
        values=values_of_membership(other),
    )
    return lambda: asked.answer(source, lambda one: describe_membership(other, one, included))


def change_memberships(call: Call, kind: ObjectType) -> Answer:
    """Set memberships, then end others (assumed), and publish changes; answer the list (recorded).

    Without the right to read it, the answer is what was set (assumed). Neither the user nor the
    channel needs metadata (documented, for keysets that don't enforce it), and none is made.
    """
    keyset, id, changes = call.keyset, id_of(call, kind), _changes(call, kind)
    plan = _Plan(call, kind, id, changes)
    # What is wrong with the list is said before anything is changed.
    listing = _prepare_list(call, kind)
    plan.check()
    events = [event for one in plan.events for event in _events(call, kind, (id, one.other), one)]
    with keyset.store.objects.changing(keyset.key):
        plan.carry_out()
    for event in events:
        keyset.deliver(event)
    if may_read(call, kind, id):
        return listing()
    other = OTHER[kind]
    written = [{other: {"id": one.other}, **one.given} for one in changes if one.given is not None]
    return Answer.json({"status": 200, "data": written})


class _MembershipEvent(NamedTuple):
    """The event of a change: of a membership with the other side, and with which data."""

    other: str
    event: Literal["set", "delete"]
    data: dict[str, Any]


class _Plan:
    """What becomes of memberships by some changes, one after the other."""

    def __init__(self, call: Call, kind: ObjectType, id: str, changes: Iterable[_Change]) -> None:
        self._id = id
        self._kind: ObjectType = kind
        self._objects, self._key = call.keyset.store.objects, call.keyset.key
        self._moment = call.keyset.timetokens.next()
        self._before: dict[str, Record | None] = {}
        self._after: dict[str, Record | None] = {}
        self.events: list[_MembershipEvent] = []
        for one in changes:
            self._make(one)

    def _make(self, one: _Change) -> None:
        other = one.other
        if other not in self._after:
            found = self._objects.membership(self._key, self._kind, self._id, other)
            self._before[other] = self._after[other] = found
        before = self._after[other]
        after = None if one.given is None else merge(other, before, one.given, self._moment)
        if after is before:
            return
        self._after[other] = after
        if after is None:
            self.events.append(_MembershipEvent(other, "delete", {}))
        else:
            self.events.append(_MembershipEvent(other, "set", changed_fields(before, after)))

    def check(self) -> None:
        """Raise ``Refusal`` if there would be more memberships than may be."""
        new = {other for other, after in self._after.items() if after is not None}
        new -= {other for other, before in self._before.items() if before is not None}
        ended = sum(
            after is None and self._before[other] is not None
            for other, after in self._after.items()
        )
        more, objects, side = len(new) - ended, self._objects, OTHER[self._kind]
        if more > 0:
            _require(objects.joined(self._key) + more, MAX_MEMBERSHIPS, "keyset")
            _require_of(self._kind, objects.joined(self._key, self._kind, self._id) + more)
        for other in new:
            _require_of(side, objects.joined(self._key, side, other) + 1)

    def carry_out(self) -> None:
        """Store it."""
        for other, after in self._after.items():
            if after is None:
                self._objects.leave(self._key, self._kind, self._id, other)
            elif after is not self._before[other]:
                self._objects.join(self._key, self._kind, self._id, after)


def _require_of(kind: ObjectType, number: int) -> None:
    _require(number, _MOST[kind], "user" if kind == "uuid" else "channel")


def _require(number: int, most: int, what: str) -> None:
    if number > most:
        refuse(400, f"A {what} has {most:,} memberships at most")


def _events(
    call: Call, kind: ObjectType, ids: tuple[str, str], event: _MembershipEvent
) -> list[Event]:
    """A membership's events go to the channel (recorded) and to the user's own (documented)."""
    channel, user = ids if kind == "channel" else ids[::-1]
    data = {"channel": {"id": channel}, "uuid": {"id": user}, **event.data}
    return change_events(call.keyset, (channel, user), "membership", event.event, data)


def _changes(call: Call, kind: ObjectType) -> list[_Change]:
    """What the body asks for: ``set`` and ``delete``, of which one may be missing (observed)."""
    body, other = read_body(body_of(call.request)), OTHER[kind]
    found = []
    for name in ("set", "delete"):
        rows = body.get(name) or []
        if not isinstance(rows, list):
            refuse_input("A list is expected", name)
        for at, row in enumerate(rows):
            place = f"{name}[{at}]"
            side = row.get(other) if isinstance(row, dict) else None
            if not isinstance(side, dict):
                refuse_input(f'{{"{other}": {{"id": …}}}} is expected', place)
            id = check_id(side.get("id"), f"{place}.{other}.id", "body")
            given = read_fields(row, place=f"{place}.") if name == "set" else None
            found.append(_Change(id, given))
    return found


_OBJECTS: Final = "/v2/objects/{sub}"

ROUTES: Final = (
    Route("GET", f"{_OBJECTS}/uuids", "list_users", for_kind("uuid", list_objects)),
    Route("GET", f"{_OBJECTS}/uuids/{{user}}", "get_user", for_kind("uuid", get)),
    Route("PATCH", f"{_OBJECTS}/uuids/{{user}}", "set_user", for_kind("uuid", set_)),
    Route("DELETE", f"{_OBJECTS}/uuids/{{user}}", "remove_user", for_kind("uuid", remove)),
    Route("GET", f"{_OBJECTS}/channels", "list_channels", for_kind("channel", list_objects)),
    Route("GET", f"{_OBJECTS}/channels/{{channel}}", "get_channel", for_kind("channel", get)),
    Route("PATCH", f"{_OBJECTS}/channels/{{channel}}", "set_channel", for_kind("channel", set_)),
    Route(
        "DELETE", f"{_OBJECTS}/channels/{{channel}}", "remove_channel", for_kind("channel", remove)
    ),
    Route(
        "GET",
        f"{_OBJECTS}/channels/{{channel}}/uuids",
        "list_members",
        for_kind("channel", list_memberships),
    ),
    Route(
        "PATCH",
        f"{_OBJECTS}/channels/{{channel}}/uuids",
        "change_members",
        for_kind("channel", change_memberships),
    ),
    Route(
        "GET",
        f"{_OBJECTS}/uuids/{{user}}/channels",
        "list_memberships",
        for_kind("uuid", list_memberships),
    ),
    Route(
        "PATCH",
        f"{_OBJECTS}/uuids/{{user}}/channels",
        "change_memberships",
        for_kind("uuid", change_memberships),
    ),
)
