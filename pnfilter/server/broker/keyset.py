"""A keyset: all that is published and subscribed to under one subscribe key. It delivers events.

An ``Observer`` counts and logs what happens.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final, Protocol

from pnfilter.decode import decode
from pnfilter.message import EventType, message_of_json
from pnfilter.semantics import Reason
from pnfilter.server.broker.events import KINDS, Event, Timetokens
from pnfilter.server.broker.filters import FEW, FilterRegistry, SubscriberFilter
from pnfilter.server.broker.presence import Presence
from pnfilter.server.broker.queues import Queues
from pnfilter.server.broker.subscriptions import (
    OWN,
    Delivery,
    Groups,
    Names,
    Poll,
    Subscriber,
    Subscribers,
    channels_reached,
)
from pnfilter.server.broker.waiting import ChannelWaiters, PollTimeout, Waiting
from pnfilter.server.settings import MAX_DELIVERED, MAX_SUBSCRIBERS, Settings
from pnfilter.server.store.messages import Slice, StoredMessage
from pnfilter.server.store.store import Store
from pnfilter.server.wire import PRESENCE_SUFFIX, json_bytes


class Observer(Protocol):
    """Counts and logs what the broker does, in the broker's thread."""

    @property
    def explains(self) -> bool:
        """Whether to call ``on_held_back`` for each event that is held back."""
        ...

    def on_published(self, event: Event) -> None:
        """Note that an event was published: a message, or the result of another operation."""

    def on_handshake(self, subscriber: Subscriber) -> None:
        """Note that a subscriber asks for events."""

    def on_delivered(self) -> None:
        """Note that a subscriber is sent an event."""

    def on_held_back(self, subscriber: Subscriber, event: Event) -> None:
        """Note that an event did not pass a subscriber's filter."""

    def count_held_back(self, number: int) -> None:
        """Note the same of so many subscribers or events at once, if it doesn't explain them."""

    def on_undecided(self, subscriber: Subscriber, event: Event, reason: Reason) -> None:
        """Note that a filter's verdict on an event is undecided."""

    def on_missed(self, subscriber: Subscriber, channels: list[str]) -> None:
        """Note that a subscriber came back after unseen events were dropped."""


#: Messages of an earlier run that are read at a time.
_PAGE: Final = 100
#: Whether a subscriber gets an event whose verdict is known: keyset's key, user, verdict.
VerdictChange = Callable[[str, str, bool], bool]


class Keyset:
    """What one keyset holds; it never sees another's."""

    def __init__(
        self,
        key: str,
        *,
        settings: Settings,
        timetokens: Timetokens,
        filters: FilterRegistry,
        store: Store,
        observer: Observer,
        now: Callable[[], float],
        verdict_change: Callable[[], VerdictChange | None],
    ) -> None:
        self.key = key
        self.timetokens = timetokens
        self.filters = filters
        self.store = store
        self.groups = Groups(key, store.groups)
        quotas = store.quotas
        self._queued = quotas.queued
        self.queues = Queues(
            *(key, settings.queue, quotas),
            store.messages.channels(key, quotas.channels.limit(key))
            if timetokens.earlier
            else None,
            self._earlier,
        )
        self.waiting = Waiting(key, quotas)
        self._timeout = PollTimeout(self.waiting, settings.poll_seconds, self.release)
        self.subscribers = Subscribers(key, MAX_SUBSCRIBERS, quotas.filters)
        self.presence = Presence(
            key,
            groups=self.groups,
            states=store.states,
            timetokens=timetokens,
            announce=self._announce,
            now=now,
            quota=quotas.presence,
        )
        self._verdict_change = verdict_change
        self._settings = settings
        self._observer = observer

    def make_event(
        self, channel: str, payload: bytes, data: Any, kind: EventType = "message", **details: Any
    ) -> Event:
        """Return an event with the next timetoken; ``details`` are those of ``Event``."""
        # What is stored is then delivered: where the store can't be read, neither is done.
        self.queues.recall((channel,), 0)
        meta = details.pop("metadata", None)
        message = message_of_json(data, meta, kind)
        event = Event(channel, self.timetokens.next(), payload, message, key=self.key, **details)
        self._observer.on_published(event)
        return event

    def _earlier(self, channel: str) -> list[Event]:
        """Return the last messages of a channel that were published in earlier runs and stored."""
        # One more than there is room for, so that it is known that some are missing.
        most = self._settings.queue + 1
        pages: list[list[Event]] = []
        count = size = 0
        last = self.timetokens.earlier
        while count < most and size <= self._queued.limit(self.key):
            part, number = Slice(0, last, oldest_first=False), min(_PAGE, most - count)
            stored = self.store.messages.read(self.key, channel, part, number, delivered=True)
            if not stored:
                break
            page = [self._again(channel, each) for each in stored]
            pages.append(page)
            last = page[0].timetoken - 1
            count += len(page)
            size += sum(event.size for event in page)
        return [event for page in reversed(pages) for event in page]

    def _again(self, channel: str, stored: StoredMessage) -> Event:
        metadata = None if stored.meta is None else decode(stored.meta)
        return Event(
            channel,
            stored.timetoken,
            stored.payload,
            message_of_json(decode(stored.payload), metadata, KINDS.get(stored.kind, "message")),
            key=self.key,
            meta=stored.meta,
            publisher=stored.publisher,
            sequence=stored.sequence,
            custom_type=stored.custom_type,
        )

    def _announce(self, channel: str, event: dict[str, Any], meta: dict[str, Any]) -> None:
        """Publish a presence event of a channel; filters read ``meta`` (documented)."""
        name = channel + PRESENCE_SUFFIX
        self.deliver(self.make_event(name, json_bytes(event), event, "presence", metadata=meta))

    def deliver(self, event: Event) -> None:
        """Keep an event, and answer the requests that wait for it."""
        self.queues.append(event)
        is_final = self._is_verdict_final
        waiters = self.waiting.waiters_on(event.channel) if is_final else None
        known: dict[SubscriberFilter, bool | Reason] = {}
        if waiters is not None and len(waiters.polls) > FEW:
            known = self._deliver_by_index(waiters, event)
            polls = self.waiting.polls_reached(event.channel, self.groups, plain=False)
        else:
            polls = self.waiting.polls_reached(event.channel, self.groups)
        filters = [poll.subscriber.filter for poll in polls]
        outcomes = known | self.filters.outcomes(
            event, (filter for filter in filters if filter not in known)
        )
        # An event that is held back from most polls costs two additions each, and no call.
        held_back = 0
        for poll, names in polls.items():
            subscriber = poll.subscriber
            outcome = outcomes[subscriber.filter]
            if outcome is False and is_final:
                subscriber.held_back += 1
                held_back += 1
                poll.cursor = event.timetoken
            else:
                self._offer(poll, event, names, outcome)
        if held_back:
            self._observer.count_held_back(held_back)

    def _deliver_by_index(
        self, waiters: ChannelWaiters, event: Event
    ) -> dict[SubscriberFilter, bool | Reason]:
        """Answer the polls whose filters don't hold an event back; return what these filters say.

        The other polls cost nothing.
        """
        found = self.waiting.candidates(waiters, event, self.filters)
        self._observer.count_held_back(len(waiters.polls) - len(found))
        self.waiting.note_held_back(waiters, event.timetoken, [poll for poll, _ in found])
        for poll, outcome in found:
            self._offer(poll, event, OWN, outcome)
        return {poll.subscriber.filter: outcome for poll, outcome in found}

    def _offer(self, poll: Poll, event: Event, names: Names, outcome: bool | Reason) -> None:
        """Answer a poll with an event if that passes."""
        if self._passes(poll.subscriber, event, outcome):
            self.waiting.discard(poll)
            poll.answer([(event, name) for name in names], event.timetoken)
        else:
            poll.cursor = event.timetoken

    def answer_or_wait(self, poll: Poll) -> None:
        """Answer a request with what is newer than its cursor; without any, it waits."""
        deliveries: list[Delivery] = []
        if poll.cursor < self.queues.newest:
            found = channels_reached(poll, self.queues, self.groups)
            deliveries = self._catch_up(poll, found) if found else []
        if deliveries:
            poll.answer(deliveries, poll.cursor)
        else:
            self.waiting.add(poll)
            self._timeout.expect(poll)

    def release(self, poll: Poll) -> None:
        """Answer a request that waits without any message: all so far were seen or held back."""
        if poll in self.waiting:
            self.waiting.discard(poll)
            poll.answer([], max(poll.cursor, self.timetokens.last))

    def release_all(self) -> None:
        """Answer every request that waits."""
        self._timeout.cancel()
        for poll in self.waiting:
            self.release(poll)

    def forget(self) -> None:
        """Answer every request that waits, and forget all that is in memory."""
        self.release_all()
        self.queues.clear()
        self.presence.clear()
        self.subscribers.clear()

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it is in memory."""
        held = (self.waiting, self.queues, self.presence, self.subscribers)
        return not any(len(each) for each in held)

    def _catch_up(self, poll: Poll, found: dict[str, Names]) -> list[Delivery]:
        """Return the events after the poll's cursor that pass, and move the cursor past them."""
        self.queues.recall(found, poll.cursor)
        newer, late = self.queues.after(found, poll.cursor)
        if late:
            poll.subscriber.missed += 1
            self._observer.on_missed(poll.subscriber, late)
        newer.sort(key=_timetoken)
        deliveries: list[Delivery] = []
        subscriber, is_final, held_back = poll.subscriber, self._is_verdict_final, 0
        for event in newer:
            poll.cursor = event.timetoken
            outcome = self.filters.outcome(event, subscriber.filter)
            if outcome is False and is_final:
                held_back += 1
            elif self._passes(subscriber, event, outcome):
                deliveries += [(event, name) for name in found[event.channel]]
                if len(deliveries) >= MAX_DELIVERED:
                    break
        subscriber.held_back += held_back
        if held_back:
            self._observer.count_held_back(held_back)
        return deliveries

    @property
    def _is_verdict_final(self) -> bool:
        """Whether a verdict is final: no fault changes it, and its reason is not logged."""
        return self._verdict_change() is None and not self._observer.explains

    def _passes(self, subscriber: Subscriber, event: Event, outcome: bool | Reason) -> bool:
        """Return whether a subscriber gets an event, of which its filter says ``outcome``."""
        if isinstance(outcome, Reason):
            subscriber.undecided += 1
            self._observer.on_undecided(subscriber, event, outcome)
            # What filters are not known to apply to is delivered (assumed).
            passes = outcome is Reason.EVENT_KIND or self._settings.undecided == "keep"
        else:
            changed = self._verdict_change() if subscriber.filter.text else None
            passes = outcome if changed is None else changed(self.key, subscriber.user, outcome)
        if passes:
            subscriber.delivered += 1
            self._observer.on_delivered()
        else:
            subscriber.held_back += 1
            self._observer.on_held_back(subscriber, event)
        return passes


_timetoken: Final = attrgetter("timetoken")
