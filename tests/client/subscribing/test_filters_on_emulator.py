"""Filters of a running client, applied by the emulator, here, or both."""

from __future__ import annotations

import asyncio
import random

import pytest

from pnclient.enums import PNFilterMode, PNReconnectionPolicy
from pnclient.pnconfiguration import PNConfiguration
from pnfilter import FilterSyntaxError, Reason
from pnfilter.server import Server, running
from tests.client.conftest import configured
from tests.client.subscribing.on_emulator import Pair, in_time, pair, until


def filtering(
    server: Server, text: str | None, mode: PNFilterMode = PNFilterMode.SERVER
) -> PNConfiguration:
    config = configured(server.origin)
    config.filter_warnings = "ignore"
    config.filter_mode, config.filter_expression = mode, text
    return config


async def publish_some(both: Pair) -> None:
    """One that ``n == 1`` matches, one that it doesn't, one that is undecided, and the last."""
    for message, meta in (("yes", 1), ("no", 2), ("who knows", "1"), ("last", 1)):
        await both.publish(message, n=meta)


@in_time
async def test_another_filter_loses_nothing_that_it_matches(emulator: Server) -> None:
    config = filtering(emulator, "n == 1")
    async with pair(emulator, config) as both:
        await both.connect("ch")
        expected = []
        order = random.Random(7)
        for number in range(30):
            # What is published at the same moment is matched by either filter.
            sending = asyncio.ensure_future(both.publish(number, n=1, m=1))
            config.filter_expression = order.choice(["n == 1", "m == 1", "n == m", None])
            await sending
            expected.append(number)
        await both.received(*expected)
        assert both.noting.categories == ["Connected"]
        assert both.pubnub.counters.duplicates == 0


@in_time
async def test_the_service_filters(emulator: Server) -> None:
    async with pair(emulator, filtering(emulator, "n == 1")) as both:
        await both.connect("ch")
        await publish_some(both)
        await both.received("yes", "who knows", "last")
        assert emulator.subscribers(user="user")[0]["held_back"] == 1
        both.config.filter_expression = "n == 2"
        await both.settle()
        await publish_some(both)
        await both.noting.until(lambda: "no" in both.noting.messages)
        both.config.filter_expression = None
        await both.settle()
        await both.publish("all", n=3)
        await both.noting.until(lambda: "all" in both.noting.messages)


@in_time
async def test_a_bad_filter_changes_nothing(emulator: Server) -> None:
    async with pair(emulator, filtering(emulator, "n == 1")) as both:
        await both.connect("ch")
        with pytest.raises(FilterSyntaxError):
            both.config.filter_expression = "(("
        assert both.config.filter_expression == "n == 1"
        await publish_some(both)
        await both.received("yes", "who knows", "last")
        assert emulator.subscribers(user="user")[0]["filter"] == "n == 1"


@pytest.mark.parametrize("policy", [PNReconnectionPolicy.NONE, PNReconnectionPolicy.EXPONENTIAL])
@in_time
async def test_what_the_service_takes_for_a_malformed_filter_stops_the_loop(
    emulator: Server, policy: PNReconnectionPolicy
) -> None:
    config = filtering(emulator, None)
    config.reconnect_policy = policy
    # As if the service knew another language than this client.
    config._values["filter_expression"] = "n == "
    async with pair(emulator, config) as both:
        both.pubnub.subscribe().channels("ch").execute()
        await both.told("Disconnected")
        assert both.noting.categories == ["Connected", "MalformedFilterExpression", "Disconnected"]
        refused = both.noting.statuses[1]
        assert refused.status_code == 481
        assert refused.error_data is not None
        assert "Filter syntax error" in refused.error_data.information
        await both.publish("meanwhile", n=1)
        config.filter_expression = "n == 1"
        await both.received("meanwhile")
        assert both.noting.categories[3:] == ["Connected"]


@in_time
async def test_silent_filter_errors_of_a_service() -> None:
    with running(filter_errors="silent", poll_seconds=0.1) as server:
        config = filtering(server, None)
        config._values["filter_expression"] = "n == "
        async with pair(server, config) as both:
            both.pubnub.subscribe().channels("ch").execute()
            await both.told("Connected")
            await both.publish("unheard", n=1)
            await both.polls(3)
            assert both.noting.messages == []


@in_time
async def test_filtering_here_alone(emulator: Server) -> None:
    async with pair(emulator, filtering(emulator, "n == 1", PNFilterMode.LOCAL)) as both:
        await both.connect("ch")
        await publish_some(both)
        await both.received("yes", "who knows", "last")
        assert emulator.subscribers(user="user")[0]["filter"] == ""
        counters = both.pubnub.counters
        assert (counters.delivered, counters.dropped, counters.undecided) == (3, 1, 1)
        assert counters.disagreements == 0
        both.config.filter_expression = "n == 2"
        await both.publish("two", n=2)
        await both.noting.until(lambda: "two" in both.noting.messages)


@in_time
async def test_filtering_twice(emulator: Server) -> None:
    async with pair(emulator, filtering(emulator, "n == 1", PNFilterMode.BOTH)) as both:
        await both.connect("ch")
        await publish_some(both)
        await both.received("yes", "who knows", "last")
        counters = both.pubnub.counters
        assert (counters.delivered, counters.dropped, counters.undecided) == (3, 0, 1)
        assert counters.disagreements == 0


@pytest.mark.parametrize(
    ("fault", "delivered", "disagreements"),
    [("ignore-filter", ["yes", "who knows", "last"], 1), ("invert-filter", ["who knows"], 1)],
)
@in_time
async def test_a_service_that_filters_wrongly_is_found_out(
    emulator: Server, fault: str, delivered: list[str], disagreements: int
) -> None:
    emulator.add_fault(fault, operation="subscribe", user="user")
    async with pair(emulator, filtering(emulator, "n == 1", PNFilterMode.BOTH)) as both:
        await both.connect("ch")
        await publish_some(both)
        # Signals are never filtered: when this one comes, all before it has come.
        await both.publisher.signal().channel("ch").message("end")
        await both.noting.until(lambda: both.noting.of("signal"))
        assert both.noting.messages == delivered
        counters = both.pubnub.counters
        assert (counters.dropped, counters.disagreements) == (disagreements, disagreements)
        assert counters.delivered == len(delivered) + 1


@in_time
async def test_a_service_that_filters_wrongly_is_trusted(emulator: Server) -> None:
    emulator.add_fault("ignore-filter", operation="subscribe", user="user")
    async with pair(emulator, filtering(emulator, "n == 1")) as both:
        await both.connect("ch")
        await publish_some(both)
        await both.received("yes", "no", "who knows", "last")
        assert both.pubnub.counters.disagreements == 0


@in_time
async def test_encrypted_payloads_are_filtered_here(emulator: Server) -> None:
    config = filtering(emulator, "data.x == 1", PNFilterMode.LOCAL)
    config.cipher_key = "enigma"
    async with pair(emulator, config) as both:
        await both.connect("ch")
        await both.publish({"x": 2})
        await both.publish({"x": 1})
        await both.received({"x": 1})
        assert both.pubnub.counters.dropped == 1


@in_time
async def test_presence_is_filtered_by_its_metadata(emulator: Server) -> None:
    for mode in (PNFilterMode.SERVER, PNFilterMode.LOCAL):
        config = filtering(emulator, "pn_action == 'leave'", mode)
        async with pair(emulator, config) as both:
            both.pubnub.subscribe().channels("ch").with_presence().execute()
            await both.told("Connected")
            await both.settle()
            both.publisher.subscribe().channels("ch").execute()
            await until(lambda: emulator.subscribers(user="publisher"))
            both.publisher.unsubscribe_all()
            await both.noting.until(lambda: both.noting.of("presence"))
            assert [event.event for event in both.noting.of("presence")] == ["leave"]
        emulator.reset()


@in_time
async def test_assumptions_settle_what_is_undecided_here(emulator: Server) -> None:
    config = filtering(emulator, "n == 1", PNFilterMode.LOCAL)
    config.filter_assumptions = {"number-and-text": "never"}
    async with pair(emulator, config) as both:
        await both.connect("ch")
        await publish_some(both)
        await both.received("yes", "last")
        assert both.pubnub.counters.undecided == 0
        config.filter_assumptions = "number-and-text=numbers"
        await publish_some(both)
        await both.received("yes", "last", "yes", "who knows", "last")
        assert both.pubnub.counters.undecided == 0
        assert both.pubnub.counters.advice == ""


@in_time
async def test_what_would_settle_the_undecided_is_named(
    emulator: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "pnclient")
    config = filtering(emulator, "n == 1", PNFilterMode.LOCAL)
    async with pair(emulator, config) as both:
        await both.connect("ch")
        await publish_some(both)
        await publish_some(both)
        await both.received(*("yes", "who knows", "last") * 2)
        counters = both.pubnub.counters
        assert (counters.undecided, counters.reasons) == (2, {Reason.NUMBER_AND_TEXT: 2})
        assert counters.advice == (
            "filter_assumptions number-and-text=numbers (or strings, never) settles them; "
            "to find out what holds: pnfilter probe --run --only number-and-text"
        )
    (line,) = [line for line in caplog.messages if "undecided" in line]
    assert "whether a number equals its own text is not known; filter_assumptions" in line


@in_time
async def test_the_emulator_applies_assumptions() -> None:
    with running(assume="number-and-text=never") as server:
        async with pair(server, filtering(server, "n == 1")) as both:
            await both.connect("ch")
            await publish_some(both)
            await both.received("yes", "last")
