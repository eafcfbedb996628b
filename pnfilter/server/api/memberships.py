"""App Context: who is a member of which channel, from the side of the channel and of the user."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Literal, NamedTuple

from pnfilter.server.api.call import Call
from pnfilter.server.api.objects import id_of, may_read, of
from pnfilter.server.app_context.events import change_events, changed_fields
from pnfilter.server.app_context.listing import (
    Asked,
    Included,
    Source,
    described_membership,
    fields_of,
    values_of_membership,
)
from pnfilter.server.app_context.rules import (
    check_id,
    merged,
    read_body,
    read_fields,
    refuse,
    refuse_input,
)
from pnfilter.server.broker.events import Event
from pnfilter.server.http.response import Answer
from pnfilter.server.http.router import Route
from pnfilter.server.settings import MAX_CHANNELS_OF_USER, MAX_MEMBERS, MAX_MEMBERSHIPS
from pnfilter.server.store.objects import OTHER, Kind, Record

#: How many memberships each side has at most.
_MOST: Final[dict[Kind, int]] = {"uuid": MAX_CHANNELS_OF_USER, "channel": MAX_MEMBERS}


class _Change(NamedTuple):
    """What a request does to one membership: its fields, or None to end it."""

    other: str
    given: dict[str, Any] | None


def list_(call: Call, kind: Kind) -> Answer:
    """The memberships of a channel or a user, by pages (recorded)."""
    return _listing(call, kind)()


def _listing(call: Call, kind: Kind) -> Callable[[], Answer]:
    """Gives the list that a request asks for; ``Refusal`` at once for one that there can't be."""
    keyset, objects, other = call.keyset, call.keyset.store.objects, OTHER[kind]
    id, included = id_of(call, kind), Included.of(call.request.query, other)
    asked = Asked.of(call.request.query, fields_of(other, is_membership=True))
    source = Source(
        page=lambda first, number: objects.memberships(keyset.key, kind, id, first, number),
        size=lambda: objects.joined(keyset.key, kind, id),
        values=values_of_membership(other),
    )
    return lambda: asked.answer(source, lambda one: described_membership(other, one, included))


def change(call: Call, kind: Kind) -> Answer:
    """Set memberships, then end others (assumed), and tell of what changed. The list is the answer (recorded).

    Without the right to read it, the answer is what was set (assumed). Neither the user nor the
    channel needs metadata (documented, for keysets that don't enforce it), and none is made.
    """
    keyset, id, changes = call.keyset, id_of(call, kind), _changes(call, kind)
    plan = _Plan(call, kind, id, changes)
    # What is wrong with the list is said before anything is changed.
    listing = _listing(call, kind)
    plan.check()
    events = [event for one in plan.told for event in _events(call, kind, (id, one.other), one)]
    with keyset.store.objects.changing(keyset.key):
        plan.carry_out()
    for event in events:
        keyset.deliver(event)
    if may_read(call, kind, id):
        return listing()
    other = OTHER[kind]
    written = [{other: {"id": one.other}, **one.given} for one in changes if one.given is not None]
    return Answer.json({"status": 200, "data": written})


class _Told(NamedTuple):
    """A change that is told: of a membership with the other side, and what is told of it."""

    other: str
    event: Literal["set", "delete"]
    data: dict[str, Any]


class _Plan:
    """What becomes of memberships by some changes, one after the other."""

    def __init__(self, call: Call, kind: Kind, id: str, changes: Iterable[_Change]) -> None:
        self._id = id
        self._kind: Kind = kind
        self._objects, self._key = call.keyset.store.objects, call.keyset.key
        self._moment = call.keyset.timetokens.next()
        self._before: dict[str, Record | None] = {}
        self._after: dict[str, Record | None] = {}
        self.told: list[_Told] = []
        for one in changes:
            self._make(one)

    def _make(self, one: _Change) -> None:
        other = one.other
        if other not in self._after:
            found = self._objects.membership(self._key, self._kind, self._id, other)
            self._before[other] = self._after[other] = found
        before = self._after[other]
        after = None if one.given is None else merged(other, before, one.given, self._moment)
        if after is before:
            return
        self._after[other] = after
        if after is None:
            self.told.append(_Told(other, "delete", {}))
        else:
            self.told.append(_Told(other, "set", changed_fields(before, after)))

    def check(self) -> None:
        """``Refusal`` where there would be more memberships than may be."""
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


def _require_of(kind: Kind, number: int) -> None:
    _require(number, _MOST[kind], "user" if kind == "uuid" else "channel")


def _require(number: int, most: int, what: str) -> None:
    if number > most:
        refuse(400, f"A {what} has {most:,} memberships at most")


def _events(call: Call, kind: Kind, ids: tuple[str, str], told: _Told) -> list[Event]:
    """A membership's events go to the channel (recorded) and to the user's own (documented)."""
    channel, user = ids if kind == "channel" else ids[::-1]
    data = {"channel": {"id": channel}, "uuid": {"id": user}, **told.data}
    return change_events(call.keyset, (channel, user), "membership", told.event, data)


def _changes(call: Call, kind: Kind) -> list[_Change]:
    """What the body asks for: ``set`` and ``delete``, of which one may be missing (observed)."""
    body, other = read_body(call.request.body), OTHER[kind]
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
    Route("GET", f"{_OBJECTS}/channels/{{channel}}/uuids", "list_members", of("channel", list_)),
    Route(
        "PATCH", f"{_OBJECTS}/channels/{{channel}}/uuids", "change_members", of("channel", change)
    ),
    Route("GET", f"{_OBJECTS}/uuids/{{user}}/channels", "list_memberships", of("uuid", list_)),
    Route("PATCH", f"{_OBJECTS}/uuids/{{user}}/channels", "change_memberships", of("uuid", change)),
)
