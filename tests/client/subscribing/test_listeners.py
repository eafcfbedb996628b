"""Listeners that are not done when they return.

Their order, how many events wait, and their end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Generator
from typing import Any

import pytest
from tornado import gen

from pnclient.enums import PNStatusCategory
from pnclient.runtime import Tasks
from pnclient.subscribe import listeners
from pnclient.subscribe.listeners import MAX_WAITING
from tests.client.subscribing.faked import Client, Noting, item, run


class Gate:
    """Lets one after the other through, in the test's time."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(0)

    def open(self, times: int = 1) -> None:
        for _ in range(times):
            self._free.release()

    async def passed(self) -> None:
        await self._free.acquire()


class Busy(Noting):
    """Notes when it begins with a message and when it is done with it."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = Gate()
        self.begun: list[Any] = []

    async def message(self, pubnub: Any, message: Any) -> None:
        self.begun.append(message.message)
        await self.gate.passed()
        self._note("message", message)


class Yielding(Noting):
    """The same, as of old."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = Gate()
        self.begun: list[Any] = []

    @gen.coroutine
    def message(self, pubnub: Any, message: Any) -> Generator[Any, Any, None]:
        self.begun.append(message.message)
        yield self.gate.passed()
        self._note("message", message)


KINDS = pytest.mark.parametrize("kind", [Busy, Yielding])
Kind = type[Busy] | type[Yielding]


async def turns() -> None:
    """Let the loop do what it has to do by now."""
    for _ in range(10):
        await asyncio.sleep(0)


def items(first: int, count: int) -> list[dict[str, Any]]:
    return [item(number, number) for number in range(first, first + count)]


@KINDS
def test_a_message_is_begun_when_the_one_before_is_done(kind: Kind) -> None:
    async def scenario(client: Client) -> None:
        busy, other = kind(), kind()
        client.driver.add_listener(busy)
        client.driver.add_listener(other)
        other.gate.open(3)
        (await client.connected("a")).bring(20, *items(11, 2))
        # There is room for more.
        (await client.polls.next()).bring(30, *items(21, 1))
        await other.until(lambda: len(other.messages) == 3)
        # Nobody waits for another's listener.
        assert client.noting.messages == other.messages == [11, 12, 21]
        assert (busy.begun, busy.messages) == ([11], [])
        busy.gate.open()
        await busy.until(lambda: busy.messages)
        await turns()
        assert (busy.begun, busy.messages) == ([11, 12], [11])
        busy.gate.open(2)
        await busy.until(lambda: len(busy.messages) == 3)
        assert busy.messages == [11, 12, 21]

    run(scenario)


def test_what_is_a_function_waits_for_what_is_a_coroutine() -> None:
    async def scenario(client: Client) -> None:
        busy = Busy()
        client.driver.add_listener(busy)
        signal = item("signal", 12, e=1)
        (await client.connected("a")).bring(20, item("message", 11), signal, item("last", 13))
        await client.polls.next()
        assert busy.of("signal") == []
        busy.gate.open(2)
        await busy.until(lambda: len(busy.messages) == 2)
        assert [name for name, _ in busy.told] == ["status", "message", "signal", "message"]

    run(scenario)


def test_a_listener_that_was_added_twice_is_told_twice_in_turn() -> None:
    async def scenario(client: Client) -> None:
        busy = Busy()
        client.driver.add_listener(busy)
        client.driver.add_listener(busy)
        (await client.connected("a")).bring(20, item("one"))
        await turns()
        assert busy.begun == ["one"]
        busy.gate.open(2)
        await busy.until(lambda: len(busy.messages) == 2)
        client.driver.remove_listener(busy)
        (await client.polls.next()).bring(30, item("two", 25))
        await turns()
        assert busy.begun == ["one", "one", "two"]

    run(scenario)


def test_statuses_do_not_wait_for_messages_but_for_each_other() -> None:
    class Slow(Busy):
        def __init__(self) -> None:
            super().__init__()
            self.others = Gate()

        async def status(self, pubnub: Any, status: Any) -> None:
            await self.others.passed()
            self._note("status", status)

    async def scenario(client: Client) -> None:
        slow = Slow()
        client.driver.add_listener(slow)
        (await client.connected("a")).bring(20, item("one"))
        (await client.polls.next()).fail(PNStatusCategory.PNNetworkIssuesCategory)
        await client.noting.until(lambda: len(client.noting.statuses) == 3)
        # The first status holds up no message.
        assert slow.begun == ["one"]
        slow.others.open()
        await slow.until(lambda: slow.told)
        await turns()
        assert slow.categories == ["Connected"]
        slow.others.open(2)
        await slow.until(lambda: len(slow.told) == 3)
        assert slow.categories == ["Connected", "NetworkIssues", "Disconnected"]
        assert slow.messages == []

    run(scenario)


@KINDS
def test_no_more_is_asked_for_while_too_much_waits(
    kind: Kind, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listeners, "SLOW_SECONDS", 0)

    async def scenario(client: Client) -> None:
        busy = kind()
        client.driver.add_listener(busy)
        (await client.connected("a")).bring(1000, *items(11, MAX_WAITING))
        # One is begun and 99 wait.
        (await client.polls.next()).bring(2000, *items(1001, 2))
        await client.noting.until(lambda: 1002 in client.noting.messages)
        await turns()
        assert client.polls.is_quiet
        assert "a listener" in caplog.text
        busy.gate.open()
        poll = await client.polls.next()
        assert poll.query["tt"] == "2000"
        assert busy.messages == [11]
        busy.gate.open(MAX_WAITING + 1)
        await busy.until(lambda: len(busy.messages) == MAX_WAITING + 2)
        assert busy.messages == [*range(11, 11 + MAX_WAITING), 1001, 1002]

    caplog.set_level(logging.WARNING)
    run(scenario)
    assert len(caplog.records) == 1


async def overloaded(client: Client, busy: Noting) -> None:
    """Subscribe, and have one event more wait for ``busy`` than may be."""
    client.driver.add_listener(busy)
    (await client.connected("a")).bring(2000, *items(11, MAX_WAITING + 2))
    await client.noting.until(lambda: len(client.noting.messages) == MAX_WAITING + 2)


def test_who_removes_the_listener_need_not_wait_for_it() -> None:
    async def scenario(client: Client) -> None:
        busy = Busy()
        await overloaded(client, busy)
        await turns()
        assert client.polls.is_quiet
        client.driver.remove_listener(busy)
        assert (await client.polls.next()).query["tt"] == "2000"
        busy.gate.open(MAX_WAITING)
        await busy.until(lambda: busy.messages)
        await turns()
        # It is told no more, not even of what had come already.
        assert busy.begun == busy.messages == [11]

    run(scenario)


@KINDS
def test_a_listener_that_never_returns_does_not_keep_the_client(kind: Kind) -> None:
    async def scenario(client: Client) -> None:
        busy = kind()
        await overloaded(client, busy)
        await turns()
        client.driver.stop()
        await client.binding.tasks.end()
        # It can be used again, and nothing is left of what waited.
        poll = await client.connected("b")
        busy.gate.open(2)
        poll.bring(20, item("new"))
        await busy.until(lambda: "new" in busy.messages)
        assert busy.begun == [11, "new"]
        assert (await client.polls.next()).query["tt"] == "20"

    run(scenario)


def test_a_busy_listener_may_call_and_unsubscribe() -> None:
    class Asking(Noting):
        async def message(self, pubnub: Any, message: Any) -> None:
            self._note("message", message)
            if message.message == 11:
                pubnub.driver.unsubscribe(["a"])
                # The answer to a call comes while no more messages do.
                await self.until(lambda: "Acknowledgment" in self.categories)
                pubnub.driver.subscribe(["b"])

    async def scenario(client: Client) -> None:
        asking = Asking()
        await overloaded(client, asking)
        (await client.calls.next()).answer({"status": 200})
        await asking.until(lambda: len(asking.messages) == MAX_WAITING + 2)
        assert (await client.polls.next()).path == "/v2/subscribe/sub/b/0"

    run(scenario)


@pytest.mark.parametrize("kind", ["coroutine", "as of old"])
def test_who_is_told_after_a_stop_begins_nothing(kind: str) -> None:
    class Stopping(Noting):
        def message(self, pubnub: Any, message: Any) -> None:
            super().message(pubnub, message)
            pubnub.driver.stop()

    async def scenario(client: Client) -> None:
        bound: list[None] = []

        def bind() -> Any:
            bound.append(None)
            return client.binding

        stopping = Stopping()
        client.driver.add_listener(stopping)
        busy = Busy() if kind == "coroutine" else Yielding()
        client.driver.add_listener(busy)
        poll = await client.connected("a")
        client.driver._bind = bind
        poll.bring(20, item("one"))
        await client.noting.until(lambda: client.noting.messages)
        await turns()
        # Nothing is bound anew.
        assert bound == []
        # One of old has begun when it returns.
        assert busy.begun == ([] if kind == "coroutine" else ["one"])
        busy.gate.open(3)
        client.driver.remove_listener(stopping)
        poll = await client.connected("b")
        poll.bring(20, item("two"))
        await busy.until(lambda: "two" in busy.messages)

    run(scenario)


def test_what_else_a_listener_returns_is_nothing() -> None:
    class Returning(Noting):
        def message(self, pubnub: Any, message: Any) -> Any:
            super().message(pubnub, message)
            return True

    async def scenario(client: Client) -> None:
        returning = Returning()
        client.driver.add_listener(returning)
        (await client.connected("a")).bring(20, *items(11, 2))
        await client.polls.next()
        assert returning.messages == [11, 12]

    run(scenario)


def test_a_message_that_was_cancelled_keeps_none_from_coming() -> None:
    class Cancelled(Noting):
        async def message(self, pubnub: Any, message: Any) -> None:
            self._note("message", message)
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            await asyncio.sleep(0)

    async def scenario(client: Client) -> None:
        cancelled = Cancelled()
        client.driver.add_listener(cancelled)
        (await client.connected("a")).bring(20, *items(11, 3))
        await cancelled.until(lambda: len(cancelled.messages) == 3)

    run(scenario)


def test_what_else_can_be_awaited_is_awaited() -> None:
    class Call:
        """As the builders are: nothing happens until it is awaited."""

        def __init__(self, work: Coroutine[Any, Any, None]) -> None:
            self._work = work

        def __await__(self) -> Generator[Any, Any, None]:
            return self._work.__await__()

    class Returning(Busy):
        def message(self, pubnub: Any, message: Any) -> Any:
            return Call(super().message(pubnub, message))

    async def scenario(client: Client) -> None:
        returning = Returning()
        client.driver.add_listener(returning)
        (await client.connected("a")).bring(20, *items(11, 2))
        await client.polls.next()
        await turns()
        assert returning.begun == [11]
        returning.gate.open(2)
        await returning.until(lambda: returning.messages == [11, 12])

    run(scenario)


def test_the_last_statuses_wait_for_one_that_never_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listeners, "MAX_STATUSES", 3)

    class Slow(Noting):
        def __init__(self) -> None:
            super().__init__()
            self.gate = Gate()

        async def status(self, pubnub: Any, status: Any) -> None:
            await self.gate.passed()
            self._note("status", status)

    async def scenario() -> None:
        tasks = Tasks(asyncio.get_running_loop())
        told = listeners.Listeners(None, tasks.start)
        slow = Slow()
        told.add(slow)
        for number in range(6):
            told.tell("status", number)
        slow.gate.open(9)
        await slow.until(lambda: len(slow.told) == 4)
        assert slow.told == [("status", number) for number in (0, 3, 4, 5)]

    asyncio.run(scenario())
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
