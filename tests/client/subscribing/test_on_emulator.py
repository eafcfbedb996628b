"""What a subscriber gets from the emulator, whatever goes wrong."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pnclient.enums import PNOperationType, PNReconnectionPolicy
from pnclient.http import exchange
from pnclient.models.consumer.message_actions import PNMessageAction
from pnclient.subscribe import loop
from pnfilter.server import Server, running
from tests.client.conftest import configured
from tests.client.subscribing.on_emulator import in_time, pair


@in_time
async def test_messages_with_all_that_belongs_to_them(emulator: Server) -> None:
    async with pair(emulator) as both:
        await both.connect("ch")
        builder = both.publisher.publish().channel("ch").message({"x": [1]}).meta({"n": 1})
        sent = await builder.custom_message_type("note")
        await both.received({"x": [1]})
        (message,) = both.noting.of("message")
        assert message.timetoken == sent.timetoken
        assert (message.channel, message.subscription) == ("ch", None)
        assert (message.publisher, message.user_metadata) == ("publisher", {"n": 1})
        assert message.custom_message_type == "note"
        assert both.pubnub.counters.delivered == 1


@in_time
async def test_names_of_each_kind(emulator: Server) -> None:
    async with pair(emulator) as both:
        await both.publisher.add_channel_to_channel_group().channel_group("g").channels(["in g"])
        await both.connect("ü/ch", "w.*", groups=("g",))
        for channel in ("ü/ch", "w.x", "in g", "other"):
            await both.publish(channel, channel)
        await both.received("ü/ch", "w.x", "in g")
        matched = [message.subscription for message in both.noting.of("message")]
        assert matched == [None, "w.*", "g"]


@in_time
async def test_signals_and_actions(emulator: Server) -> None:
    async with pair(emulator) as both:
        await both.connect("ch")
        await both.publisher.signal().channel("ch").message("hey")
        timetoken = await both.publish("x")
        action = PNMessageAction()
        action.type, action.value, action.message_timetoken = "mood", "good", str(timetoken)
        await both.publisher.add_message_action().channel("ch").message_action(action)
        await both.noting.until(lambda: both.noting.of("message_action"))
        (signal,) = both.noting.of("signal")
        assert (signal.message, signal.channel, signal.publisher) == ("hey", "ch", "publisher")
        (found,) = both.noting.of("message_action")
        assert (found.type, found.value, found.uuid) == ("mood", "good", "publisher")
        assert (found.event, found.channel) == ("added", "ch")
        assert found.message_timetoken == str(timetoken)


@in_time
async def test_presence(emulator: Server) -> None:
    async with pair(emulator) as both:
        both.pubnub.subscribe().channels("ch").with_presence().execute()
        await both.noting.until(lambda: both.noting.of("presence"))
        both.publisher.subscribe().channels("ch").execute()
        await both.noting.until(lambda: len(both.noting.of("presence")) == 2)
        await both.publisher.set_state().channels("ch").state({"mood": "good"})
        both.publisher.unsubscribe_all()
        await both.noting.until(lambda: len(both.noting.of("presence")) == 4)
        events = both.noting.of("presence")
        assert [(event.event, event.uuid, event.channel, event.occupancy) for event in events] == [
            ("join", "user", "ch", 1),
            ("join", "publisher", "ch", 2),
            ("state-change", "publisher", "ch", 2),
            ("leave", "publisher", "ch", 1),
        ]
        assert events[2].state == {"mood": "good"}
        assert both.noting.messages == []


@in_time
async def test_unsubscribing_is_acknowledged_and_a_leave(emulator: Server) -> None:
    async with pair(emulator) as both:
        await both.connect("a", "b")
        both.pubnub.unsubscribe().channels("a").execute()
        await both.told("Acknowledgment")
        status = both.noting.statuses[-1]
        assert status.operation is PNOperationType.PNUnsubscribeOperation
        assert (status.affected_channels, status.affected_groups) == (["a"], [])
        assert (await both.publisher.where_now().uuid("user")).channels == ["b"]
        await both.settle()
        await both.publish("no more", "a")
        await both.publish("still", "b")
        await both.received("still")


@in_time
async def test_suppressed_leaves(emulator: Server) -> None:
    config = configured(emulator.origin)
    config.suppress_leave_events = True
    async with pair(emulator, config) as both:
        await both.connect("a", "b")
        both.pubnub.unsubscribe().channels("a").execute()
        await both.settle()
        assert (await both.publisher.where_now().uuid("user")).channels == ["a", "b"]
        assert both.noting.categories == ["Connected"]


@in_time
async def test_a_channel_that_is_added_costs_no_message(emulator: Server) -> None:
    async with pair(emulator) as both:
        await both.connect("ch")
        await both.publish("first")
        await both.received("first")
        for number in range(10):
            # The emulator answers the poll that is given up, or the handshake, or what comes after.
            sending = asyncio.ensure_future(both.publish(number))
            await both.connect(f"another {number}")
            await sending
        await both.received("first", *range(10))


@in_time
async def test_unsubscribing_from_all_and_back(emulator: Server) -> None:
    async with pair(emulator) as both:
        await both.connect("ch")
        both.pubnub.unsubscribe_all()
        await both.told("Acknowledgment")
        assert both.pubnub.get_subscribed_channels() == []
        await both.publish("unheard")
        await both.connect("ch")
        await both.publish("heard")
        await both.received("heard")


@in_time
async def test_from_a_timetoken_on(emulator: Server) -> None:
    async with pair(emulator) as both:
        first = await both.publish("first")
        await both.publish("second")
        await both.publish("third")
        both.pubnub.subscribe().channels("ch").with_timetoken(first).execute()
        await both.received("second", "third")
        assert both.noting.categories == ["Connected"]
        both.pubnub.subscribe().channels("ch").with_timetoken(first).execute()
        await both.received("second", "third", "second", "third")


@in_time
async def test_duplicates_and_disorder_are_undone(emulator: Server) -> None:
    emulator.add_fault("reorder", operation="subscribe", count=None, probability=0.5, seed=1)
    emulator.add_fault("duplicate", operation="subscribe", count=None, probability=0.5, seed=2)
    async with pair(emulator) as both:
        begun = await both.publish("begun")
        for number in range(50):
            await both.publish(number)
        both.pubnub.subscribe().channels("ch").with_timetoken(begun).execute()
        await both.received(*range(50))
        assert all(fault["hits"] for fault in emulator.faults()[:1])


@in_time
async def test_an_answer_as_full_as_it_can_be_is_told_of(emulator: Server) -> None:
    async with pair(emulator) as both:
        begun = await both.publish("begun")
        for number in range(100):
            await both.publish(number)
        both.pubnub.subscribe().channels("ch").with_timetoken(begun).execute()
        await both.told("RequestMessageCountExceeded")
        await both.received(*range(100))
        assert not both.noting.statuses[-1].is_error()


FAULTS: dict[str, dict[str, Any]] = {
    "a connection that is cut": {"fault": "cut"},
    "one that is cut within the answer": {"fault": "cut", "after": 20},
    "half an answer": {"fault": "truncated"},
    "no JSON": {"fault": "malformed"},
    "an error": {"fault": "status", "status": 500},
    "an error without end": {"fault": "status", "status": 503, "done": True},
    "too many requests": {"fault": "status", "status": 429, "retry_after": 0},
}


@pytest.mark.parametrize("policy", [PNReconnectionPolicy.LINEAR, PNReconnectionPolicy.EXPONENTIAL])
@pytest.mark.parametrize("name", FAULTS)
@in_time
async def test_nothing_is_lost_when_polls_fail(
    emulator: Server, monkeypatch: pytest.MonkeyPatch, name: str, policy: PNReconnectionPolicy
) -> None:
    monkeypatch.setattr(loop, "LINEAR_SECONDS", 0.01)
    monkeypatch.setattr(loop, "MAX_DELAY", 0.01)
    monkeypatch.setattr(exchange, "STALE_SECONDS", 0)
    config = configured(emulator.origin)
    config.reconnect_policy = policy
    async with pair(emulator, config) as both:
        await both.connect("ch")
        for number in range(3):
            fault = dict(FAULTS[name])
            emulator.add_fault(fault.pop("fault"), operation="subscribe", **fault)
            # It takes effect on the answer to this one, or on the next poll.
            await both.publish(number)
            await both.received(*range(number + 1))
            reconnections = number + 1
            await both.noting.until(
                lambda: both.noting.categories.count("Reconnected") == reconnections  # noqa: B023
            )
            await both.settle()
        assert both.noting.categories.count("Connected") == 1
        assert all(status.is_error() for status in both.noting.statuses[1::2]), both.noting.statuses


@in_time
async def test_without_a_policy_the_first_failure_is_the_end(
    emulator: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "STALE_SECONDS", 0)
    async with pair(emulator) as both:
        await both.connect("ch")
        emulator.add_fault("cut", operation="subscribe")
        await both.publish("late")
        await both.told("Disconnected")
        assert both.noting.categories[0] == "Connected"
        assert both.noting.statuses[1].is_error()
        assert len(both.noting.statuses) == 3
        # And what was not received comes when the program says so.
        both.pubnub.reconnect()
        await both.received("late")


@in_time
async def test_an_unreachable_service_is_given_up_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop, "LINEAR_SECONDS", 0.01)
    with running() as server:
        config = configured(server.origin)
        config.reconnect_policy = PNReconnectionPolicy.LINEAR
        config.maximum_reconnection_retries = 2
        both = pair(server, config)
        found = await both.__aenter__()
        await found.connect("ch")
    await found.told("Disconnected")
    assert found.noting.statuses[-1].is_error()
    await both.__aexit__(None, None, None)


@in_time
async def test_a_long_poll_that_is_too_long_for_the_client(emulator: Server) -> None:
    config = configured(emulator.origin)
    config.subscribe_timeout = 0.2
    async with pair(emulator, config) as both:
        await both.connect("ch")
        await both.polls(2, status=0)
        await both.publish("still there")
        await both.received("still there")
        assert both.noting.categories == ["Connected"]


@in_time
async def test_a_service_that_answers_soon_with_nothing() -> None:
    with running(poll_seconds=0.1) as server:
        async with pair(server) as both:
            await both.connect("ch")
            await both.polls(3)
            await both.publish("still there")
            await both.received("still there")
            assert both.noting.categories == ["Connected"]


@in_time
async def test_heartbeats_keep_a_user_present(emulator: Server) -> None:
    config = configured(emulator.origin)
    config.set_presence_timeout_with_custom_interval(20, 0.05)
    async with pair(emulator, config) as both:
        await both.connect("ch")
        await both.pubnub.set_state().channels("ch").state({"mood": "good"})
        emulator.reset()
        # Polls make the user present, but only heartbeats have the state.
        states: list[Any] = []
        while states != [{"mood": "good"}]:
            here = await both.publisher.here_now().channels("ch").include_state(True)
            states = [occupant.state for occupant in here.channels[0].occupants or ()]
        both.pubnub.unsubscribe_all()
        await both.told("Acknowledgment")
        assert (await both.publisher.where_now().uuid("user")).channels == []
        assert not both.timers
