"""The loop's effects carried out: requests, timers, listeners."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Generator
from email.utils import formatdate
from time import time
from typing import Any

import pytest
from tornado import gen

from pnclient.driver import Driver
from pnclient.encryption.ciphers import WORTH_A_THREAD, cipher_for
from pnclient.enums import PNOperationType, PNReconnectionPolicy, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.subscribe import loop
from pnclient.subscribe.events import Timer
from pnclient.threads import Threads
from tests.client.subscribing.faked import Client, Noting, configured, item, run


def test_messages_and_statuses_reach_the_listeners() -> None:
    async def scenario(client: Client) -> None:
        client.driver.subscribe(["a"], ["g"], presence=True)
        handshake = await client.polls.next()
        assert handshake.path == "/v2/subscribe/sub/a,a-pnpres/0"
        assert handshake.query["tt"] == "0"
        assert handshake.query["channel-group"] == "g,g-pnpres"
        assert handshake.timeout == 310
        handshake.bring(10)
        poll = await client.polls.next()
        assert poll.query["tt"] == "10"
        poll.bring(20, item("first"), item("second", 16))
        await client.noting.until(lambda: len(client.noting.messages) == 2)
        assert [name for name, _ in client.noting.told] == ["status", "message", "message"]
        status = client.noting.statuses[0]
        assert status.category is PNStatusCategory.PNConnectedCategory
        assert status.operation is PNOperationType.PNSubscribeOperation
        assert (status.affected_channels, status.affected_groups) == (
            ["a", "a-pnpres"],
            ["g", "g-pnpres"],
        )
        assert (status.status_code, status.is_error(), status.uuid) == (200, False, "user")
        assert client.driver.get_subscribed_channels() == ["a"]
        assert client.driver.get_subscribed_channel_groups() == ["g"]
        assert client.driver.counters.delivered == 2

    run(scenario)


def test_a_poll_that_is_not_wanted_any_more_is_cancelled() -> None:
    async def scenario(client: Client) -> None:
        poll = await client.connected("a", "b")
        client.driver.unsubscribe(["a"])
        assert await poll.is_cancelled()
        leave = await client.calls.next()
        assert leave.path == "/v2/presence/sub-key/sub/channel/a/leave"
        leave.answer({"status": 200})
        await client.noting.until(lambda: "Acknowledgment" in client.noting.categories)
        last = await client.polls.next()
        assert last.path == "/v2/subscribe/sub/b/0"
        client.driver.unsubscribe_all()
        assert await last.is_cancelled()
        (await client.calls.next()).answer({"status": 403}, 403)
        await client.noting.until(lambda: len(client.noting.statuses) == 3)
        acknowledged, refused = client.noting.statuses[1:]
        assert acknowledged.operation is PNOperationType.PNUnsubscribeOperation
        assert acknowledged.affected_channels == ["a"]
        assert refused.category is PNStatusCategory.PNAccessDeniedCategory
        assert refused.is_error()
        assert client.polls.is_quiet
        assert client.driver.get_subscribed_channels() == []

    run(scenario)


@pytest.mark.parametrize("error", [ZeroDivisionError, asyncio.CancelledError])
def test_an_exception_in_a_listener_stops_nobody_else(
    error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    class Raising(Noting):
        def message(self, pubnub: Any, message: Any) -> None:
            super().message(pubnub, message)
            raise error

    async def scenario(client: Client) -> None:
        last = Noting()
        first = Raising()
        client.driver.remove_listener(client.noting)
        client.driver.add_listener(first)
        client.driver.add_listener(last)
        poll = await client.connected("a")
        poll.bring(20, item("one"), item("two", 16))
        await client.polls.next()
        assert first.messages == last.messages == ["one", "two"]

    run(scenario)
    assert [record.exc_info and record.exc_info[0] for record in caplog.records] == [error, error]


def test_a_listener_may_subscribe_while_it_is_told() -> None:
    class Subscribing(Noting):
        def status(self, pubnub: Any, status: Any) -> None:
            super().status(pubnub, status)
            if len(self.statuses) == 1:
                pubnub.driver.subscribe(["b"])
                assert pubnub.driver.get_subscribed_channels() == ["a", "b"]

    async def scenario(client: Client) -> None:
        client.driver.add_listener(Subscribing())
        client.driver.subscribe(["a"])
        (await client.polls.next()).bring(10)
        # The poll that the answer led to was given up before it was sent.
        poll = await client.polls.next()
        assert (poll.path, poll.query["tt"]) == ("/v2/subscribe/sub/a,b/0", "0")
        poll.bring(20)
        assert (await client.polls.next()).query["tt"] == "10"
        assert client.polls.is_quiet

    run(scenario)


class Waiting(Noting):
    async def message(self, pubnub: Any, message: Any) -> None:
        await asyncio.sleep(0)
        self._note("message", message)
        if message.message == "wrong":
            raise ZeroDivisionError


class Yielding(Noting):
    @gen.coroutine
    def message(self, pubnub: Any, message: Any) -> Generator[Any, Any, None]:
        yield gen.sleep(0)
        self._note("message", message)
        if message.message == "wrong":
            raise ZeroDivisionError


@pytest.mark.parametrize("kind", [Waiting, Yielding])
def test_a_listener_may_have_coroutines(
    kind: type[Noting], caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(client: Client) -> None:
        waiting = kind()
        client.driver.add_listener(waiting)
        (await client.connected("a")).bring(20, item("wrong"), item("right", 16))
        await waiting.until(lambda: len(waiting.messages) == 2)
        assert waiting.messages == ["wrong", "right"]

    run(scenario)
    assert [(record.name, record.levelno) for record in caplog.records] == [
        ("pnclient", logging.ERROR)
    ]


def test_a_listener_may_stop_the_client() -> None:
    class Stopping(Noting):
        def message(self, pubnub: Any, message: Any) -> None:
            super().message(pubnub, message)
            pubnub.driver.stop()

    async def scenario(client: Client) -> None:
        stopping = Stopping()
        client.driver.add_listener(stopping)
        (await client.connected("a")).bring(20, item("one"), item("two", 16))
        await stopping.until(lambda: stopping.messages)
        await asyncio.sleep(0)
        assert client.noting.messages == stopping.messages == ["one"]
        assert client.polls.is_quiet
        # And begin anew.
        poll = await client.connected("b")
        assert poll.path == "/v2/subscribe/sub/b/0"

    run(scenario)


@pytest.mark.parametrize("listener", [None, object(), Noting])
def test_a_listener_is_a_subscribe_callback(listener: Any) -> None:
    async def scenario(client: Client) -> None:
        with pytest.raises(TypeError, match="a listener is a SubscribeCallback"):
            client.driver.add_listener(listener)
        with pytest.raises(TypeError, match="a listener is a SubscribeCallback"):
            client.driver.remove_listener(listener)
        with pytest.raises(ValueError, match="was not added"):
            client.driver.remove_listener(Noting())

    run(scenario)


def test_stopped_clients_leave_nothing_and_tell_nobody() -> None:
    config = configured()
    config.reconnect_policy = PNReconnectionPolicy.LINEAR
    config.enable_presence_heartbeat = True

    async def scenario(client: Client) -> None:
        poll = await client.connected("a")
        handles = dict(client.driver._timers)
        assert handles.keys() == {Timer.HEARTBEAT}
        client.driver.stop()
        assert await poll.is_cancelled()
        assert all(handle.cancelled() for handle in handles.values())
        poll = await client.connected("a")
        poll.fail(PNStatusCategory.PNNetworkIssuesCategory)
        await client.noting.until(lambda: "NetworkIssues" in client.noting.categories)
        retry = client.driver._timers[Timer.RETRY]
        client.driver.stop()
        assert retry.cancelled()
        told = len(client.noting.told)
        client.driver.stop()
        assert len(client.noting.told) == told

    run(scenario, config)


def seconds_until_retry(client: Client) -> float:
    return client.driver._timers[Timer.RETRY].when() - asyncio.get_running_loop().time()


def test_the_time_is_asked_for_until_the_service_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "LINEAR_SECONDS", 0.001)
    config = configured()
    config.reconnect_policy = PNReconnectionPolicy.LINEAR

    async def scenario(client: Client) -> None:
        poll = await client.connected("a")
        poll.fail(PNStatusCategory.PNNetworkIssuesCategory)
        first = await client.calls.next()
        assert first.path == "/time/0"
        first.fail(PNStatusCategory.PNNetworkIssuesCategory)
        second = await client.calls.next()
        client.driver.reconnect()
        assert await second.is_cancelled()
        poll = await client.polls.next()
        assert poll.query["tt"] == "0"
        poll.fail(PNStatusCategory.PNNetworkIssuesCategory)
        (await client.calls.next()).answer([1])
        handshake = await client.polls.next()
        assert handshake.query["tt"] == "0"
        assert "Reconnected" not in client.noting.categories
        handshake.bring(50)
        again = await client.polls.next()
        assert again.query["tt"] == "10"
        assert client.noting.categories == [
            *("Connected", "NetworkIssues", "NetworkIssues", "Reconnected"),
        ]
        assert not client.noting.statuses[-1].is_error()

    run(scenario, config)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_service_may_say_when_to_come_back(form: str) -> None:
    config = configured()
    config.reconnect_policy = PNReconnectionPolicy.LINEAR

    async def scenario(client: Client) -> None:
        client.driver.subscribe(["a"])
        wait = "20" if form == "seconds" else formatdate(time() + 20, usegmt=True)
        (await client.polls.next()).answer({"message": "later"}, 429, Retry_After=wait)
        await client.noting.until(lambda: client.noting.statuses)
        # A date has no parts of seconds.
        assert 15 < seconds_until_retry(client) <= 20
        assert client.noting.statuses[0].status_code == 429

    run(scenario, config)


@pytest.mark.parametrize(
    ("answer", "code", "category"),
    [
        (b"{", 200, "MalformedResponse"),
        ({"t": {"t": "1"}}, 200, "MalformedResponse"),
        ({"message": "no"}, 403, "AccessDenied"),
        ({"message": "no"}, 400, "BadRequest"),
        ({"message": "Filter syntax error: ("}, 400, "MalformedFilterExpression"),
        ({"message": "Filter syntax error: ("}, 481, "MalformedFilterExpression"),
        ({"message": "no"}, 500, "Unknown"),
    ],
)
def test_what_ends_the_loop_is_reported(answer: Any, code: int, category: str) -> None:
    async def scenario(client: Client) -> None:
        (await client.connected("a")).answer(answer, code)
        await client.noting.until(lambda: len(client.noting.statuses) == 3)
        assert client.noting.categories == ["Connected", category, "Disconnected"]
        failed, ended = client.noting.statuses[1:]
        assert failed.is_error()
        assert failed.error_data is not None
        assert isinstance(failed.error_data.exception, PubNubException)
        assert failed.error_data.exception.status is failed
        assert failed.status_code == code
        assert not ended.is_error()
        assert client.polls.is_quiet
        assert not client.driver._timers

    run(scenario)


def test_the_service_s_word_on_a_malformed_filter() -> None:
    async def scenario(client: Client) -> None:
        (await client.connected("a")).answer({"message": "Filter syntax error: x"}, 481)
        await client.noting.until(lambda: len(client.noting.statuses) == 3)
        assert "Filter syntax error: x" in str(client.noting.statuses[1].error_data)

    run(scenario)


def test_a_loop_that_gives_up_reports_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "LINEAR_SECONDS", 0.001)
    config = configured()
    config.reconnect_policy = PNReconnectionPolicy.LINEAR
    config.maximum_reconnection_retries = 1

    async def scenario(client: Client) -> None:
        (await client.connected("a")).fail(PNStatusCategory.PNNetworkIssuesCategory)
        (await client.calls.next()).answer({}, 502)
        await client.noting.until(lambda: "Disconnected" in client.noting.categories)
        status = client.noting.statuses[-1]
        assert status.is_error()
        assert status.error_data is not None
        assert "502" in status.error_data.information

    run(scenario, config)


def test_an_error_that_nobody_thought_of_is_reported_too() -> None:
    async def scenario(client: Client) -> None:
        client.driver.subscribe(["a"])
        (await client.polls.next()).fail(ZeroDivisionError("secret"))
        await client.noting.until(lambda: "Disconnected" in client.noting.categories)
        status = client.noting.statuses[0]
        assert status.category is PNStatusCategory.PNInternalExceptionCategory
        assert status.error_data is not None
        assert status.error_data.information == "Internal error: ZeroDivisionError"

    run(scenario)


def test_a_name_that_no_request_can_carry_is_reported() -> None:
    async def scenario(client: Client) -> None:
        client.driver.subscribe(["\ud800"])
        await client.noting.until(lambda: "Disconnected" in client.noting.categories)
        assert client.noting.categories[0] == "InternalException"

    run(scenario)


def test_a_poll_held_until_the_client_s_time_is_sent_again() -> None:
    config = configured()
    config.subscribe_timeout = 0.05

    async def scenario(client: Client) -> None:
        poll = await client.connected("a")
        assert poll.timeout == 0.05
        await asyncio.sleep(0.05)
        poll.fail(PNStatusCategory.PNTimeoutCategory)
        again = await client.polls.next()
        assert again.query["tt"] == "10"
        # The connection was not made in time: that is another thing.
        again.fail(PNStatusCategory.PNTimeoutCategory)
        await client.noting.until(lambda: "Timeout" in client.noting.categories)
        assert client.noting.categories == ["Connected", "Timeout", "Disconnected"]

    run(scenario, config)


def test_a_filter_is_followed_also_from_another_thread() -> None:
    config = configured()

    async def scenario(client: Client) -> None:
        poll = await client.connected("a")
        config.filter_expression = "n == 1"
        assert await poll.is_cancelled()
        handshake = await client.polls.next()
        assert (handshake.query["filter-expr"], handshake.query["tt"]) == ("n == 1", "0")
        handshake.bring(90)
        poll = await client.polls.next()
        assert poll.query["tt"] == "10"

        await asyncio.to_thread(setattr, config, "filter_expression", "n == 2")
        assert (await client.polls.next()).query["filter-expr"] == "n == 2"
        assert poll.reply.cancelled()
        # Nothing that the loop follows.
        config.origin = "localhost:1"
        assert client.polls.is_quiet
        client.driver.stop()
        config.filter_expression = None
        assert client.polls.is_quiet

    run(scenario, config)


def test_heartbeats_repeat_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    config = configured()
    config.set_presence_timeout_with_custom_interval(20, 0.001)

    async def scenario(client: Client) -> None:
        state = {"mood": "good"}
        await client.connected("a")
        client.driver.keep_state(["a", "x"], [], state)
        state["mood"] = "bad"
        sent = await client.calls.next()
        while "state" not in sent.query:
            sent.answer({})
            sent = await client.calls.next()
        assert sent.path == "/v2/presence/sub-key/sub/channel/a/heartbeat"
        assert sent.query["state"] == '{"a": {"mood": "good"}}'
        assert sent.query["heartbeat"] == "20"
        sent.answer({"message": "no"}, 500)
        await client.noting.until(lambda: len(client.noting.statuses) == 2)
        assert client.noting.statuses[1].operation is PNOperationType.PNHeartbeatOperation

    run(scenario, config)


def test_heartbeats_may_be_switched_on_later() -> None:
    config = configured()

    async def scenario(client: Client) -> None:
        poll = await client.connected("a")
        config.set_presence_timeout_with_custom_interval(20, 0.001)
        assert (await client.calls.next()).query["heartbeat"] == "20"
        assert not await poll.is_cancelled()

    run(scenario, config)


@pytest.mark.parametrize("length", [10, WORTH_A_THREAD], ids=["here", "in a thread"])
def test_messages_are_decrypted_in_their_order(length: int) -> None:
    config = configured()
    config.cipher_key = "enigma"
    cipher = cipher_for(config)
    assert cipher is not None
    long, short = (cipher.encrypt(f'"{text}"') for text in ("x" * length, "short"))

    async def scenario(client: Client) -> None:
        poll = await client.connected("a")
        poll.bring(20, item(long), item("plain", 16), item(short, 17))
        # Sent only when all of that is delivered.
        poll = await client.polls.next()
        assert client.noting.messages == ["x" * length, "plain", "short"]
        names = [name for name, _ in client.noting.told]
        assert names == ["status", "message", "status", "message", "message"]
        marked = client.noting.of("message")[1]
        assert marked.error is not None
        assert client.noting.of("message")[0].error is None
        status = client.noting.statuses[1]
        assert status.category is PNStatusCategory.PNDecryptionErrorCategory
        assert status.operation is PNOperationType.PNSubscribeOperation
        assert status.error_data is not None
        assert status.error_data.exception is marked.error
        assert "k" not in status.original_response

    run(scenario, config)


def test_a_long_decryption_is_given_up_with_the_client() -> None:
    config = configured()
    config.cipher_key = "enigma"

    class Endless(Threads):
        started = asyncio.Event()

        async def run(self, work: Any, *args: Any, **kwargs: Any) -> Any:
            self.started.set()
            return await asyncio.get_running_loop().create_future()

    async def scenario(client: Client) -> None:
        client.binding.threads = endless = Endless(daemon=True)
        poll = await client.connected("a")
        poll.bring(20, item("x" * WORTH_A_THREAD))
        await endless.started.wait()
        # The next poll waits for it.
        assert client.polls.is_quiet
        client.driver.stop()
        await client.binding.tasks.end()
        assert client.noting.messages == []

    run(scenario, config)


def test_a_configuration_may_outlive_its_clients() -> None:
    config = configured()

    async def scenario(client: Client) -> None:
        observing = len(config._observers)
        driver = Driver(None, config, lambda: client.binding)
        assert len(config._observers) == observing + 1
        del driver
        gc.collect()
        assert len(config._observers) == observing

    run(scenario, config)


def test_a_configuration_may_outlive_the_loop_of_its_clients() -> None:
    config = configured()

    async def scenario() -> Client:
        client = Client(config)
        await client.connected("a")
        await client.binding.tasks.end()
        return client

    client = asyncio.run(scenario())
    config.filter_expression = "n == 1"
    assert config.filter_expression == "n == 1"
    assert client.polls.is_quiet
