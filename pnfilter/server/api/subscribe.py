"""Subscribe: the long poll."""

from __future__ import annotations

import asyncio
from asyncio import Future
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pnfilter.server.api.call import Call
from pnfilter.server.api.presence import enter
from pnfilter.server.broker.events import REGION, Event
from pnfilter.server.broker.subscriptions import Delivery, Poll, poll_size
from pnfilter.server.http.request import MAX_KEPT, MAX_KEPT_QUERY, check_name, decoded, names_in
from pnfilter.server.http.response import Answer, refuse
from pnfilter.server.http.router import Route


class _Wanted(NamedTuple):
    """What a subscriber asks for, again and again."""

    channels: tuple[str, ...]
    groups: tuple[str, ...]
    filter: str
    user: str


class _Held(Future[Answer]):
    """The answer to a request that is held until there is something; cancel it to stop waiting."""

    poll: Poll | None = None
    call: Call

    def cancel(self, msg: Any = None) -> bool:
        poll, self.poll = self.poll, None
        if poll is not None:
            self.call.keyset.waiting.discard(poll)
        return super().cancel(msg)


def subscribe(call: Call) -> Answer | Future[Answer]:
    """Return what is newer than the cursor ``tt``; the request is held until there is something.

    Without a cursor it is answered at once with one. A cursor of the future counts as the time
    (assumed), so that a client that has one from elsewhere misses nothing from now on. A malformed
    filter is answered with 481, but only where there is a cursor (recorded of the request after the
    first, assumed of any).
    """
    broker, keyset, request = call.broker, call.keyset, call.request
    channels, groups, text, user = _wanted(call)
    if not channels and not groups:
        refuse(400, "No channels and no channel groups", "PubSub")
    cursor = min(request.query.number("tt", 0) or 0, broker.timetokens.now)
    filter = broker.filters.get(text, keyset.subscribers.check)
    subscriber = keyset.subscribers.seen(user, filter, channels, groups)
    broker.observer.handshake(subscriber)
    if not cursor:
        cursor = subscriber.cursor = broker.timetokens.next()
        enter(call, channels, groups, user)
        return _answer([], cursor)
    if filter.error is not None and broker.settings.filter_errors == "report":
        refuse(481, f"Filter syntax error: {filter.error.diagnostics[0].message}", "PubSub")
    size = poll_size(len(channels) + len(groups), request.size)
    keyset.waiting.check_room(size)
    enter(call, channels, groups, user)
    held = _Held(loop=asyncio.get_running_loop())
    held.call = call

    def answer(deliveries: list[Delivery], timetoken: int) -> None:
        # A client that went away has cancelled its answer.
        if not held.done():
            held.poll = None
            subscriber.cursor = timetoken
            deliveries = call.injection.deliveries(call, deliveries)
            call.injection.settle(held, call, _answer(deliveries, timetoken))

    held.poll = Poll(subscriber, channels, groups, cursor, answer, size=size)
    keyset.subscribe(held.poll)
    return held


def _wanted(call: Call) -> _Wanted:
    request, query = call.request, call.request.query
    words = (
        request.parts["channels"],
        *(query.raw("channel-group"), query.raw("filter-expr"), query.raw("uuid")),
    )
    return (_kept_wanted if sum(map(len, words)) <= MAX_KEPT_QUERY else _read_wanted)(*words)


def _read_wanted(channels: str, groups: str, filter_text: str, user: str) -> _Wanted:
    name = decoded(user)
    return _Wanted(
        names_in(channels),
        names_in(groups),
        decoded(filter_text),
        check_name(name) if name else "",
    )


_kept_wanted: Final = lru_cache(MAX_KEPT)(_read_wanted)


def _answer(deliveries: list[Delivery], timetoken: int) -> Answer:
    if len(deliveries) == 1:
        event, name = deliveries[0]
        if name is None and event.timetoken == timetoken:
            return _alone(event)
    return _of_several(deliveries, timetoken)


def _of_several(deliveries: list[Delivery], timetoken: int) -> Answer:
    events = b",".join([event.envelope(name) for event, name in deliveries])
    return Answer(body=b'{"t":{"t":"%d","r":%d},"m":[%b]}' % (timetoken, REGION, events))


@lru_cache(1)
def _alone(event: Event) -> Answer:
    """Return an event as all get it who waited for it: one after the other."""
    return _of_several([(event, None)], event.timetoken)


ROUTES: Final = (Route("GET", "/v2/subscribe/{sub}/{channels}/0", "subscribe", subscribe),)
