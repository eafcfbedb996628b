"""The subscribe loop under any events: what must never happen, and that nothing is lost."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pnclient.enums import PNFilterMode, PNReconnectionPolicy, PNStatusCategory
from pnclient.pnconfiguration import PNConfiguration
from pnclient.subscribe import events as on
from pnclient.subscribe.delivery import Delivery, ListenerCall, ReceivedItem, decrypt_payloads
from pnclient.subscribe.loop import Phase, SubscribeLoop
from tests.client.loop.runs import failure

CHANNELS = ("a", "b", "c")
FILTERS = (None, "n == 0", "n == 1")
#: Rounds in which a service that works brings everything.
ROUNDS = 30

some_channels = st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=3, unique=True)

#: A message is known by its channel and timetoken.
Key = tuple[str, int]


class Service:
    """What was published, and the answers to polls: what is newer, first of all."""

    def __init__(self) -> None:
        self.now = 100
        self.published: list[tuple[Key, int]] = []

    def publish(self, channel: str, number: int) -> Key:
        self.now += 1
        self.published.append(((channel, self.now), number))
        return channel, self.now

    def answer(self, poll: on.Poll, limit: int) -> dict[str, Any]:
        cursor, text = int(str(poll.call.query["tt"])), poll.call.query.get("filter-expr")
        found = [
            (key, number)
            for key, number in self.published
            if cursor and key[1] > cursor and key[0] in poll.call.channels
            if text is None or text == f"n == {number}"
        ]
        self.now += 1
        until = found[limit - 1][0][1] if len(found) > limit else self.now
        return answered(
            until, [envelope(channel, at, number) for (channel, at), number in found[:limit]]
        )


def answered(cursor: int, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"t": {"t": str(cursor), "r": 1}, "m": items}


def envelope(channel: str, timetoken: int, number: int) -> dict[str, Any]:
    return {"c": channel, "d": "text", "p": {"t": str(timetoken), "r": 1}, "u": {"n": number}}


class Subscriber(RuleBasedStateMachine):
    """A loop, what it has open, and what it has to deliver still."""

    def __init__(self) -> None:
        super().__init__()
        self.config = PNConfiguration()
        self.config.subscribe_key, self.config.uuid, self.config.ssl = "sub", "user", False
        self.config.enable_presence_heartbeat = True
        self.loop = SubscribeLoop(self.config, jitter=lambda: 0.0)
        self.delivery = Delivery(self.config)
        self.service = Service()
        self.poll: on.Poll | None = None
        self.cancelled: list[int] = []
        self.timers: set[on.Timer] = set()
        self.is_checking = False
        self.is_told_of_the_end = False
        #: Messages that were delivered, and the last of each channel, since the program last went
        #: back.
        self.seen: set[Key] = set()
        self.last: dict[str, int] = {}
        self.required: dict[Key, int] = {}

    # What the loop wants.

    def tell(self, event: on.Event) -> None:
        cursor, had_names = self.loop.cursor, bool(self.loop.names)
        is_back_asked = isinstance(event, on.Subscribe) and event.timetoken is not None
        for effect in self.loop.handle(event):
            self.carry_out(effect)
        if cursor is not None and had_names and self.loop.names and not is_back_asked:
            assert self.loop.cursor is not None
            assert self.loop.cursor >= cursor

    def carry_out(self, effect: on.Effect) -> None:
        match effect:
            case on.Poll():
                assert self.poll is None, "two polls are open"
                assert effect.call.channels or effect.call.groups
                self.poll = effect
                self.is_told_of_the_end = False
            case on.CancelPoll():
                assert self.poll is not None
                self.cancelled.append(self.poll.number)
                self.poll = None
            case on.StartTimer(timer, seconds):
                assert timer not in self.timers
                assert seconds > 0
                self.timers.add(timer)
            case on.CancelTimer(timer):
                self.timers.remove(timer)
            case on.CheckTime():
                assert not self.is_checking
                self.is_checking = True
            case on.CancelCheck():
                assert self.is_checking
                self.is_checking = False
            case on.ForgetDelivered():
                self.delivery.forget()
                self.seen.clear()
                self.last.clear()
            case on.Announce(PNStatusCategory.PNDisconnectedCategory):
                self.is_told_of_the_end = True
            case on.Deliver(items):
                self.deliver(items)
            case _:
                pass

    def deliver(self, items: tuple[Any, ...]) -> None:
        for item in self.delivery.accept(items):
            assert isinstance(item, ReceivedItem)
            for event in self.delivery.results(item, decrypt_payloads(None, [item])[0]):
                assert isinstance(event, ListenerCall)
                key = event.result.channel, event.result.timetoken
                assert key not in self.seen, "delivered twice"
                assert key[1] > self.last.get(key[0], 0), "out of order"
                self.seen.add(key)
                self.last[key[0]] = key[1]
                self.required.pop(key, None)

    # What the program asks for.

    @initialize(policy=st.sampled_from(PNReconnectionPolicy), tries=st.sampled_from((None, 0, 2)))
    def configure(self, policy: PNReconnectionPolicy, tries: int | None) -> None:
        self.config.reconnect_policy = policy
        self.config.maximum_reconnection_retries = tries

    @rule(channels=some_channels)
    def subscribe(self, channels: list[str]) -> None:
        self.tell(on.Subscribe(tuple(channels)))
        assert self.poll is not None or self.is_checking or on.Timer.RETRY in self.timers

    @rule(channels=some_channels, back=st.integers(0, 20))
    def subscribe_from(self, channels: list[str], back: int) -> None:
        timetoken = self.service.now - back
        self.tell(on.Subscribe(tuple(channels), timetoken=timetoken))
        assert self.loop.cursor == timetoken
        # Also what was delivered before comes again.
        self.required = {
            key: number
            for key, number in self.service.published
            if key[1] > timetoken and key[0] in self.loop.names.channels and self.is_wanted(number)
        }

    @rule(channels=some_channels)
    def unsubscribe(self, channels: list[str]) -> None:
        self.tell(on.Unsubscribe(tuple(channels)))
        self.require_only(lambda key, _: key[0] in self.loop.names.channels)

    @rule()
    def unsubscribe_all(self) -> None:
        self.tell(on.UnsubscribeAll())
        assert self.poll is None
        assert not self.timers
        assert not self.is_checking
        self.required.clear()

    @rule()
    def reconnect(self) -> None:
        self.tell(on.Reconnect())
        assert (self.poll is not None) == bool(self.loop.names)

    @rule(text=st.sampled_from(FILTERS))
    def change_filter(self, text: str | None) -> None:
        self.config.filter_expression = text
        self.tell(on.FilterChanged())
        self.require_only(lambda _, number: self.is_wanted(number))

    @rule()
    def change_access(self) -> None:
        polls_before = self.poll
        self.tell(on.AccessChanged())
        assert polls_before is None or self.poll == polls_before

    @rule(mode=st.sampled_from(PNFilterMode))
    def change_mode(self, mode: PNFilterMode) -> None:
        self.config.filter_mode = mode
        self.tell(on.FilterChanged())

    def is_wanted(self, number: int) -> bool:
        return self.config.filter_expression in (None, f"n == {number}")

    def require_only(self, is_required: Any) -> None:
        self.required = {
            key: number for key, number in self.required.items() if is_required(key, number)
        }

    # What happens.

    @rule(channel=st.sampled_from(CHANNELS), number=st.sampled_from((0, 1)))
    def publish(self, channel: str, number: int) -> None:
        key = self.service.publish(channel, number)
        is_heard = self.loop.cursor is not None and channel in self.loop.names.channels
        if is_heard and self.is_wanted(number):
            self.required[key] = number

    @precondition(lambda self: self.poll is not None)
    @rule(limit=st.integers(1, 3), is_doubled=st.booleans(), is_reversed=st.booleans())
    def answer(self, limit: int, is_doubled: bool, is_reversed: bool) -> None:
        poll = self.taken()
        data = self.service.answer(poll, limit)
        data["m"] = data["m"] * (1 + is_doubled)
        if is_reversed:
            data["m"].reverse()
        self.tell(on.PollAnswered(poll.number, data, 0.001))

    @precondition(lambda self: self.poll is not None)
    @rule(is_quick=st.booleans(), back=st.integers(0, 50))
    def answer_without_progress(self, is_quick: bool, back: int) -> None:
        poll = self.taken()
        cursor = int(str(poll.call.query["tt"])) or self.service.now
        data = answered(max(cursor - back, 1), [])
        self.tell(on.PollAnswered(poll.number, data, 0.001 if is_quick else 1.0))

    @precondition(lambda self: self.poll is not None)
    @rule(
        data=st.sampled_from([{}, [], None, {"t": {"t": "-1"}, "m": []}, {"t": {"t": 9}, "m": 1}])
    )
    def answer_with_a_wrong_shape(self, data: Any) -> None:
        self.tell(on.PollAnswered(self.taken().number, data, 0.001))
        assert self.poll is None

    @precondition(lambda self: self.poll is not None)
    @rule(
        category=st.sampled_from(
            ("Unknown", "NetworkIssues", "AccessDenied", "Timeout", "MalformedFilterExpression")
        ),
        wait=st.sampled_from((None, 0.0, 50.0)),
    )
    def fail(self, category: str, wait: float | None) -> None:
        self.tell(on.PollFailed(self.taken().number, failure(category), wait))
        assert self.poll is None

    @precondition(lambda self: self.poll is not None)
    @rule()
    def expire(self) -> None:
        poll = self.taken()
        self.tell(on.PollFailed(poll.number, failure("Timeout"), is_expired=True))

    @precondition(lambda self: self.cancelled)
    @rule(data=st.data())
    def answer_what_was_cancelled(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.cancelled))
        late = answered(self.service.now + 1_000_000, [envelope("a", 1, 0)])
        before = self.poll
        self.tell(on.PollAnswered(number, late, 0.001))
        self.tell(on.PollFailed(number, failure("Unknown")))
        assert self.poll is before

    @precondition(lambda self: self.timers)
    @rule(data=st.data())
    def fire(self, data: st.DataObject) -> None:
        self.run_out(data.draw(st.sampled_from(sorted(self.timers, key=lambda timer: timer.name))))

    @precondition(lambda self: self.is_checking)
    @rule(is_there=st.booleans(), wait=st.sampled_from((None, 5.0)))
    def end_check(self, is_there: bool, wait: float | None) -> None:
        self.is_checking = False
        self.tell(on.TimeAnswered() if is_there else on.TimeFailed(failure("NetworkIssues"), wait))

    def taken(self) -> on.Poll:
        """The open poll, which is open no more."""
        poll, self.poll = self.poll, None
        assert poll is not None
        return poll

    def run_out(self, timer: on.Timer) -> None:
        self.timers.remove(timer)
        self.tell(on.TimerFired(timer))

    # What holds always.

    @invariant()
    def a_poll_is_for_what_is_subscribed_and_its_filter(self) -> None:
        if self.poll is not None:
            assert (self.poll.call.channels, self.poll.call.groups) == self.loop.names.listened
            is_sent = self.config.filter_mode is not PNFilterMode.LOCAL
            wanted = self.config.filter_expression if is_sent else None
            assert self.poll.call.query.get("filter-expr") == wanted
            assert int(str(self.poll.call.query["tt"])) in (0, self.loop.cursor)

    @invariant()
    def one_thing_is_waited_for(self) -> None:
        waiting = [
            self.poll is not None,
            self.is_checking,
            on.Timer.RETRY in self.timers,
            on.Timer.PAUSE in self.timers,
            self.loop.phase in (Phase.IDLE, Phase.DISCONNECTED),
        ]
        assert waiting.count(True) == 1

    @invariant()
    def the_end_is_told_and_nothing_is_forgotten(self) -> None:
        assert (self.loop.phase is Phase.IDLE) == (not self.loop.names)
        if self.loop.phase is Phase.DISCONNECTED:
            assert self.is_told_of_the_end
            assert not self.timers

    def teardown(self) -> None:
        """When the service works again, all that has to arrive arrives."""
        for _ in range(ROUNDS):
            if self.loop.phase is Phase.DISCONNECTED:
                self.tell(on.Reconnect())
            for timer in self.timers - {on.Timer.HEARTBEAT}:
                self.run_out(timer)
            if self.is_checking:
                self.is_checking = False
                self.tell(on.TimeAnswered())
            if self.poll is not None:
                poll = self.taken()
                self.tell(on.PollAnswered(poll.number, self.service.answer(poll, 100), 1.0))
        assert not self.required


def test_nothing_is_lost_doubled_or_forgotten() -> None:
    run_state_machine_as_test(Subscriber)
