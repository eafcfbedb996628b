"""Subscribe: the long poll."""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pnfilter.server.api.call import Call
from pnfilter.server.api.presence import enter
from pnfilter.server.broker.events import REGION, Event
from pnfilter.server.broker.subscriptions import Delivery, Poll, poll_size
from pnfilter.server.http.request import (
    CURSOR,
    MAX_KEPT,
    MAX_KEPT_QUERY,
    check_name,
    decode_part,
    names_in,
    whole_number,
)
from pnfilter.server.http.response import Answer, refuse
from pnfilter.server.http.router import Route
from pnfilter.server.wire import json_bytes


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


#: Makes an answer of events and the timetoken to go on from.
_Form = Callable[[_Subscription, list[Delivery], int], Answer]


def subscribe(call: Call) -> Answer | Future[Answer]:
    """Return what is newer than the cursor ``tt``; the request is held until there is something.

    Without a cursor it is answered at once with one. A cursor of the future counts as the time
    (assumed), so that a client that has one from elsewhere misses nothing from now on. A malformed
    filter is answered with 481, but only where there is a cursor (recorded of the request after the
    first, assumed of any).
    """
    return _subscribe(call, _cursor(call) or 0, _answer)


def subscribe_v1(call: Call) -> Answer | Future[Answer]:
    """Do the same in the form of version 1: the cursor in the path, payloads alone.

    Beside them are the channels that they were published on where several are subscribed to, and
    the names subscribed to where groups are (read in an SDK). Only messages and presence events
    come (assumed).
    """
    cursor = whole_number(call.request.part("timetoken"), "timetoken")
    return _subscribe(call, cursor, _answer_v1)


def _subscribe(call: Call, cursor: int, form: _Form) -> Answer | Future[Answer]:
    broker, keyset, request = call.broker, call.keyset, call.request
    subscription = _subscription_of(call)
    channels, groups, text, user = subscription
    if not channels and not groups:
        refuse(400, "No channels and no channel groups", "PubSub")
    cursor = min(cursor, broker.timetokens.now)
    filter = broker.filters.get(text, keyset.subscribers.check)
    subscriber = keyset.subscribers.find_or_add(user, filter, channels, groups)
    broker.observer.on_handshake(subscriber)
    if not cursor:
        cursor = broker.timetokens.next()
        enter(call, channels, groups, user)
        # A heartbeat of the same user may have overtaken this request.
        earlier = keyset.presence.take_join(user, channels, groups)
        cursor = subscriber.cursor = min(cursor, earlier or cursor)
        return form(subscription, [], cursor)
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
            call.injection.settle(held, call, form(subscription, deliveries, timetoken))

    held.poll = Poll(subscriber, channels, groups, cursor, answer, size=size)
    keyset.answer_or_wait(held.poll)
    return held


def _cursor(call: Call) -> int | None:
    """Return the timetoken to go on from; the SDK for Ruby has it in an object (recorded)."""
    query = call.request.query
    cursor = query.number(CURSOR)
    return query.timetoken("t") if cursor is None else cursor


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


def _answer(subscription: _Subscription, deliveries: list[Delivery], timetoken: int) -> Answer:
    # What an event was reached by is left out where nothing else was asked for (recorded).
    is_plain = len(subscription.channels) == 1 and not subscription.groups
    if len(deliveries) == 1:
        event, name = deliveries[0]
        if name is None and event.timetoken == timetoken:
            return _answer_of_one(event, is_plain)
    return _answer_of_several(deliveries, timetoken, is_plain)


def _answer_of_several(deliveries: list[Delivery], timetoken: int, is_plain: bool) -> Answer:
    events = b",".join(
        [event.envelope(name if name or is_plain else event.channel) for event, name in deliveries]
    )
    return Answer(body=b'{"t":{"t":"%d","r":%d},"m":[%b]}' % (timetoken, REGION, events))


# Who waited for an event is answered one after the other, those with one channel and those with
# several.
@lru_cache(2)
def _answer_of_one(event: Event, is_plain: bool) -> Answer:
    return _answer_of_several([(event, None)], event.timetoken, is_plain)


def _answer_v1(subscription: _Subscription, deliveries: list[Delivery], timetoken: int) -> Answer:
    channels, groups = subscription.channels, subscription.groups
    found = [each for each in deliveries if each[0].message.kind in ("message", "presence")]
    lists = [b"[" + b",".join([event.payload for event, _ in found]) + b"]"]
    lists.append(b'"%d"' % timetoken)
    if found and groups:
        lists.append(json_bytes(",".join([name or event.channel for event, name in found])))
    if found and (groups or len(channels) > 1):
        lists.append(json_bytes(",".join([event.channel for event, _ in found])))
    return Answer(body=b"[" + b",".join(lists) + b"]")


ROUTES: Final = (
    Route("GET", "/v2/subscribe/{sub}/{channels}/0", "subscribe", subscribe),
    Route("GET", "/subscribe/{sub}/{channels}/0/{timetoken}", "subscribe", subscribe_v1),
)
