"""The listener that is waited for."""

from __future__ import annotations

import asyncio

import pytest
from tornado.ioloop import IOLoop

from pnclient import pubnub_tornado
from pnclient.callbacks import SubscribeCallback
from pnclient.enums import PNOperationType, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.common import PNStatus
from pnclient.models.consumer.pn_error_data import PNErrorData
from pnclient.models.consumer.pubsub import PNMessageResult, PNPresenceEventResult
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado, SubscribeListener
from pnfilter.server import Server
from tests.client.conftest import configured
from tests.client.connections.listening import run


def message(channel: str, text: str = "hello") -> PNMessageResult:
    return PNMessageResult(text, None, channel, 17)


def presence(channel: str) -> PNPresenceEventResult:
    return PNPresenceEventResult(
        *("join", "user", 1, 1, None, channel, 17), *(None, None, None, None)
    )


def status(category: PNStatusCategory, operation: PNOperationType | None = None) -> PNStatus:
    made = PNStatus()
    made.category, made.operation = category, operation
    return made


def failure(text: str) -> PNStatus:
    failed = status(PNStatusCategory.PNAccessDeniedCategory)
    failed.error, failed.error_data = True, PNErrorData(text, PubNubException(text))
    return failed


CONNECTED = status(PNStatusCategory.PNConnectedCategory)
LEFT = status(PNStatusCategory.PNAcknowledgmentCategory, PNOperationType.PNUnsubscribeOperation)


def test_it_is_a_callback() -> None:
    assert isinstance(SubscribeListener(), SubscribeCallback)


def test_connecting_and_disconnecting_are_waited_for() -> None:
    async def main() -> None:
        listener = SubscribeListener()
        connected, disconnected = listener.wait_for_connect(), listener.wait_for_disconnect()
        await asyncio.sleep(0)
        listener.status(None, CONNECTED)
        await connected
        assert listener.connected
        assert listener.connected_event.is_set()
        assert not disconnected.done()
        listener.status(None, LEFT)
        await disconnected
        assert not listener.connected
        assert listener.disconnected_event.is_set()
        with pytest.raises(Exception, match="already connected"):
            await listener.wait_for_connect()
        with pytest.raises(Exception, match="already disconnected"):
            await listener.wait_for_disconnect()

    run(main())


def test_what_is_on_other_channels_is_passed_over() -> None:
    async def main() -> None:
        listener = SubscribeListener()
        listener.message(None, message("a"))
        waiting = listener.wait_for_message_on("b", "c")
        coming = listener.wait_for_presence_on("b")
        await asyncio.sleep(0)
        listener.presence(None, presence("a"))
        listener.presence(None, presence("b"))
        listener.message(None, message("c", "wanted"))
        listener.message(None, message("c", "next"))
        assert (await waiting).message == "wanted"
        assert (await coming).channel == "b"
        assert (await listener.wait_for_message_on("c")).message == "next"
        assert listener.message_queue.empty()

    run(main())


def test_an_error_is_raised_by_the_wait_that_is_there() -> None:
    async def main() -> None:
        listener = SubscribeListener()
        waiting = listener.wait_for_message_on("a")
        await asyncio.sleep(0)
        listener.status(None, failure("refused"))
        with pytest.raises(PubNubException, match="refused"):
            await waiting
        # And by no other one.
        listener.message(None, message("a"))
        assert (await listener.wait_for_message_on("a")).message == "hello"

    run(main())


def test_an_error_is_raised_by_the_next_wait() -> None:
    async def main() -> None:
        listener = SubscribeListener()
        listener.status(None, failure("refused"))
        with pytest.raises(PubNubException, match="refused"):
            await listener.wait_for_connect()

    run(main())


def test_other_statuses_are_neither() -> None:
    listener = SubscribeListener()
    listener.status(None, status(PNStatusCategory.PNReconnectedCategory))
    assert listener.error_queue.empty()
    assert not listener.connected_event.is_set()


def test_who_gives_up_takes_nothing_along() -> None:
    async def main() -> None:
        listener = SubscribeListener()
        waiting = listener.wait_for_message_on("a")
        await asyncio.sleep(0)
        listener.message(None, message("a"))
        waiting.cancel()
        await asyncio.wait([waiting])
        assert (await listener.wait_for_message_on("a")).message == "hello"

    run(main())


def test_what_nobody_waits_for_is_bounded(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pubnub_tornado, "MAX_WAITING", 2)

    async def main() -> None:
        listener = SubscribeListener()
        for number in range(3):
            listener.message(None, message("a", str(number)))
        assert [(await listener.wait_for_message_on("a")).message for _ in range(2)] == ["1", "2"]

    run(main())
    assert [record.levelname for record in caplog.records if record.name == "pnclient"] == [
        "WARNING"
    ]


def test_waits_begin_before_there_is_a_loop() -> None:
    listener = SubscribeListener()
    listener.status(None, CONNECTED)
    # Made the current one by Tornado, it would leave another one behind.
    ioloop = IOLoop(make_current=False)
    asyncio.set_event_loop(ioloop.asyncio_loop)
    try:
        waiting = listener.wait_for_message_on("a")
        listener.message(None, message("a"))
        assert ioloop.asyncio_loop.run_until_complete(waiting).channel == "a"
    finally:
        ioloop.close()
        asyncio.set_event_loop(None)


def test_it_hears_of_everything(emulator: Server, config: PNConfiguration) -> None:
    async def main() -> None:
        listener = SubscribeListener()
        async with (
            PubNubTornado(config) as pubnub,
            PubNubTornado(configured(emulator.origin, "other")) as other,
        ):
            pubnub.add_listener(listener)
            pubnub.subscribe().channels("a").with_presence().execute()
            await listener.wait_for_connect()
            second = SubscribeListener()
            other.add_listener(second)
            other.subscribe().channels("a").execute()
            await second.wait_for_connect()
            while (joined := await listener.wait_for_presence_on("a")).uuid != "other":
                assert joined.uuid == "user"
            assert joined.event == "join"
            await other.publish().channel("a").message({"n": 1}).meta({"k": "v"})
            received = await listener.wait_for_message_on("a")
            assert (received.message, received.user_metadata) == ({"n": 1}, {"k": "v"})
            assert received.publisher == "other"
            pubnub.unsubscribe().channels("a").execute()
            await listener.wait_for_disconnect()

    run(main())
