"""Subscribe: the long poll."""

from __future__ import annotations

import asyncio
from asyncio import Future
from typing import Final

from pnfilter.server.api.presence import enter
from pnfilter.server.broker.events import REGION
from pnfilter.server.broker.subscriptions import Delivery, Poll
from pnfilter.server.web.requests import Answer, refuse
from pnfilter.server.web.routes import Call, Route


def subscribe(call: Call) -> Answer | Future[Answer]:
    """What is newer than the cursor ``tt``; the request is held until there is something.

    Without a cursor it is answered at once with one. A cursor of the future counts as the time
    (assumed), so that a client that has one from elsewhere misses nothing from now on. A malformed
    filter is answered with 481, but only where there is a cursor (recorded of the request after the
    first, assumed of any).
    """
    broker, keyset, request, disturbances = call
    query = request.query
    channels, groups = request.names("channels"), query.names("channel-group")
    if not channels and not groups:
        refuse(400, "No channels and no channel groups", "PubSub")
    cursor = min(query.number("tt", 0) or 0, broker.timetokens.now)
    gate = broker.gates.gate(query.get("filter-expr", ""))
    user = call.user
    subscriber = keyset.subscribers.seen(user, gate, channels, groups)
    broker.journal.handshake(subscriber)
    if not cursor:
        cursor = subscriber.cursor = broker.timetokens.next()
        enter(call, channels, groups)
        return _answer([], cursor)
    if gate.error is not None and broker.settings.filter_errors == "report":
        refuse(481, f"Filter syntax error: {gate.error.diagnostics[0].message}", "PubSub")
    if broker.is_full:
        refuse(503, "Too many subscribers", "PubSub")
    enter(call, channels, groups)
    answer: Future[Answer] = asyncio.get_running_loop().create_future()

    def finish(deliveries: list[Delivery], timetoken: int) -> None:
        # A client that went away has cancelled its answer.
        if not answer.done():
            subscriber.cursor = timetoken
            deliveries = disturbances.deliveries(call, deliveries)
            disturbances.settle(answer, call, _answer(deliveries, timetoken))

    poll = Poll(subscriber, channels, groups, cursor, finish)
    keyset.subscribe(poll)
    if not answer.done():
        timer = asyncio.get_running_loop().call_later(
            broker.settings.poll_seconds, keyset.release, poll
        )

        def forget(_: Future[Answer]) -> None:
            timer.cancel()
            keyset.waiting.discard(poll)

        answer.add_done_callback(forget)
    return answer


def _answer(deliveries: list[Delivery], timetoken: int) -> Answer:
    events = b",".join(event.envelope(name) for event, name in deliveries)
    return Answer(body=b'{"t":{"t":"%d","r":%d},"m":[%b]}' % (timetoken, REGION, events))


ROUTES: Final = (Route("GET", "/v2/subscribe/{sub}/{channels}/0", "subscribe", subscribe),)
