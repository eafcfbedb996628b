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
from pnfilter.server.http.request import MAX_KEPT, MAX_KEPT_QUERY, check_name, decode_part, names_in
from pnfilter.server.http.response import Answer, refuse
from pnfilter.server.http.router import Route


class _Subscription(NamedTuple):
    """What a subscriber asks for, again and again."""

    channels: tuple[str, ...]
    groups: tuple[str, ...]
    filter: str
    user: str


class _HeldAnswer(Future[Answer]):
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
    channels, groups, text, user = _subscription_of(call)
    if not channels and not groups:
        refuse(400, "No channels and no channel groups", "PubSub")
    cursor = min(request.query.number("tt", 0) or 0, broker.timetokens.now)
    filter = broker.filters.get(text, keyset.subscribers.check)
    subscriber = keyset.subscribers.find_or_add(user, filter, channels, groups)
    broker.observer.on_handshake(subscriber)
    if not cursor:
        cursor = subscriber.cursor = broker.timetokens.next()
        enter(call, channels, groups, user)
        return _answer([], cursor)
    if filter.error is not None and broker.settings.filter_errors == "report":
        refuse(481, f"Filter syntax error: {filter.error.diagnostics[0].message}", "PubSub")
    size = poll_size(len(channels) + len(groups), request.size)
    keyset.waiting.check_room(size)
    enter(call, channels, groups, user)
    held = _HeldAnswer(loop=asyncio.get_running_loop())
    held.call = call

    def answer(deliveries: list[Delivery], timetoken: int) -> None:
        # A client that went away has cancelled its answer.
        if not held.done():
            held.poll = None
            subscriber.cursor = timetoken
            deliveries = call.injection.deliveries(call, deliveries)
            call.injection.settle(held, call, _answer(deliveries, timetoken))

    held.poll = Poll(subscriber, channels, groups, cursor, answer, size=size)
    keyset.answer_or_wait(held.poll)
    return held


def _subscription_of(call: Call) -> _Subscription:
    request, query = call.request, call.request.query
    words = (
        request.parts["channels"],
        *(query.raw("channel-group"), query.raw("filter-expr"), query.raw("uuid")),
    )
    is_kept = sum(map(len, words)) <= MAX_KEPT_QUERY
    return _kept_subscription(*words) if is_kept else _read_subscription(*words)


def _read_subscription(channels: str, groups: str, filter_text: str, user: str) -> _Subscription:
    name = decode_part(user)
    return _Subscription(
        names_in(channels),
        names_in(groups),
        decode_part(filter_text),
        check_name(name) if name else "",
    )


_kept_subscription: Final = lru_cache(MAX_KEPT)(_read_subscription)


def _answer(deliveries: list[Delivery], timetoken: int) -> Answer:
    if len(deliveries) == 1:
        event, name = deliveries[0]
        if name is None and event.timetoken == timetoken:
            return _answer_of_one(event)
    return _answer_of_several(deliveries, timetoken)


def _answer_of_several(deliveries: list[Delivery], timetoken: int) -> Answer:
    events = b",".join([event.envelope(name) for event, name in deliveries])
    return Answer(body=b'{"t":{"t":"%d","r":%d},"m":[%b]}' % (timetoken, REGION, events))


@lru_cache(1)
def _answer_of_one(event: Event) -> Answer:
    """Return an event as all get it who waited for it: one after the other."""
    return _answer_of_several([(event, None)], event.timetoken)


ROUTES: Final = (Route("GET", "/v2/subscribe/{sub}/{channels}/0", "subscribe", subscribe),)
