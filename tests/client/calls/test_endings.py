"""The ways in which a call ends."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Generator
from typing import Any

import pytest
from tornado import gen, locks
from tornado.ioloop import IOLoop

from pnclient.enums import PNOperationType, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.time import PNTimeResponse
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado, PubNubTornadoException, TornadoEnvelope
from pnfilter.server import Server
from tests.client.conftest import configured
from tests.client.connections.listening import answer, answering, listening, run, silent


def test_result_gives_the_result_and_raises_what_failed(
    emulator: Server, config: PNConfiguration
) -> None:
    async def main() -> None:
        async with PubNubTornado(config) as pubnub:
            assert isinstance(await pubnub.time().result(), PNTimeResponse)
            emulator.add_fault("status", operation="time", status=403)
            with pytest.raises(PubNubException) as raised:
                await pubnub.time().result()
            assert str(raised.value).startswith("HTTP Client Error (403): ")
            assert raised.value.status is not None
            assert raised.value.status.category is PNStatusCategory.PNAccessDeniedCategory

    run(main())


def test_a_builder_is_awaited_like_its_result(emulator: Server, config: PNConfiguration) -> None:
    async def main() -> None:
        async with PubNubTornado(config) as pubnub:
            assert isinstance(await pubnub.time(), PNTimeResponse)
            emulator.add_fault("status", operation="time", status=500)
            with pytest.raises(PubNubException):
                await pubnub.time()

    run(main())


def test_future_gives_an_envelope_and_returns_what_failed(
    emulator: Server, config: PNConfiguration
) -> None:
    async def main() -> None:
        async with PubNubTornado(config) as pubnub:
            envelope = await pubnub.publish().channel("a").message(1).future()
            assert isinstance(envelope, TornadoEnvelope)
            assert not envelope.is_error()
            assert envelope.result.timetoken > 0
            status = envelope.status
            assert (status.category, status.operation, status.status_code) == (
                PNStatusCategory.PNAcknowledgmentCategory,
                PNOperationType.PNPublishOperation,
                200,
            )
            assert not status.is_error()

            emulator.add_fault("status", operation="publish", status=400)
            failed = await pubnub.publish().channel("a").message(1).future()
            assert isinstance(failed, PubNubTornadoException)
            assert failed.is_error()
            assert failed.status.is_error()
            assert failed.status.category is PNStatusCategory.PNBadRequestCategory
            assert failed.status.status_code == 400
            assert failed.result is not None
            assert failed.result == failed.status.original_response
            assert isinstance(failed.value(), PubNubException)
            assert str(failed) == str(failed.value())
            assert repr(failed).startswith("PubNubTornadoException(")
            assert "category=PNBadRequestCategory" in repr(failed)

    run(main())


def test_both_raise_what_fails_before_anything_is_sent(config: PNConfiguration) -> None:
    async def main() -> None:
        async with PubNubTornado(config) as pubnub:
            for ending in (pubnub.publish().message(1).result, pubnub.publish().message(1).future):
                # Not yet: whoever awaits gets it.
                future = ending()
                with pytest.raises(PubNubException, match="Channel missing"):
                    await future

    run(main())


def test_what_a_builder_becomes_afterwards_changes_nothing(config: PNConfiguration) -> None:
    async def main() -> None:
        async with PubNubTornado(config) as pubnub:
            message = {"n": 1}
            builder = pubnub.publish().channel("a").message(message)
            first = builder.result()
            message["n"] = 2
            builder.channel("b")
            await first
            stored = await pubnub.history().channel("a")
            assert [item.entry for item in stored.messages] == [{"n": 1}]

    run(main())


def test_other_endings_are_refused(config: PNConfiguration) -> None:
    pubnub = PubNubTornado(config)
    with pytest.raises(NotImplementedError):
        pubnub.time().sync()
    with pytest.raises(TypeError):
        pubnub.time().pn_async(lambda result, status: None)
    with pytest.raises(TypeError):
        pubnub.time().deferred()
    for request in (pubnub.request_sync, pubnub.request_async, pubnub.request_deferred):
        with pytest.raises(NotImplementedError):
            request()


def test_coroutines_of_tornado_yield_calls(config: PNConfiguration) -> None:
    pubnub = PubNubTornado(config)

    @gen.coroutine
    def main() -> Generator[Any, Any, list[object]]:
        result = yield pubnub.time().result()
        envelope = yield pubnub.time().future()
        both = yield [pubnub.time().result(), pubnub.time().future()]
        return [result, envelope.result, both[0], both[1].result]

    ioloop = IOLoop(make_current=False)
    try:
        found = ioloop.run_sync(main)
        pubnub.stop()
    finally:
        ioloop.close()
    assert [type(one) for one in found] == [PNTimeResponse] * 4


def test_a_call_has_a_time_of_its_own() -> None:
    async def main() -> None:
        async with listening(silent) as server, PubNubTornado(configured(server.origin)) as pubnub:
            failed = await pubnub.time().timeout(0.05).future()
            assert failed.status.category is PNStatusCategory.PNTimeoutCategory
            assert str(failed) == f"Client Timeout: {server.origin}: no answer within 0.05 s"
            pubnub.config.non_subscribe_request_timeout = 0.06
            failed = await pubnub.time().future()
            assert str(failed) == f"Client Timeout: {server.origin}: no answer within 0.06 s"

    run(main())


@pytest.mark.parametrize("ending", ["result", "future", "await"])
def test_cancelling_a_task_cancels_its_request(ending: str) -> None:
    async def main() -> None:
        async with listening(silent) as server, PubNubTornado(configured(server.origin)) as pubnub:

            async def call() -> None:
                builder = pubnub.time()
                await (builder if ending == "await" else getattr(builder, ending)())

            task = asyncio.create_task(call())
            await server.reached(1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await server.was_left.wait()

    run(main())


def test_a_timeout_of_asyncio_cancels_a_request() -> None:
    async def main() -> None:
        async with listening(silent) as server, PubNubTornado(configured(server.origin)) as pubnub:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await pubnub.time()
            await server.was_left.wait()

    run(main())


@pytest.mark.parametrize("kind", [locks.Event, asyncio.Event], ids=["tornado", "asyncio"])
@pytest.mark.parametrize("ending", ["result", "future"])
def test_once_a_cancellation_event_is_set_the_future_never_resolves(
    kind: type[locks.Event | asyncio.Event], ending: str
) -> None:
    async def main() -> None:
        async with listening(silent) as server, PubNubTornado(configured(server.origin)) as pubnub:
            event = kind()
            future = getattr(pubnub.time().cancellation_event(event), ending)()
            await server.reached(1)
            event.set()
            # The request ends, and the future stays as it is until the client is stopped.
            await server.was_left.wait()
            await pubnub.time().timeout(0.05).future()
            assert not future.done()
            await pubnub.stop()
            assert future.cancelled()

    run(main())


def test_an_answer_is_ignored_when_a_threads_event_is_set() -> None:
    async def main() -> None:
        answers = answering(answer(b"[1]"), answer(b"[1]"))
        async with listening(answers) as server, PubNubTornado(configured(server.origin)) as pubnub:
            event = threading.Event()
            event.set()
            future = pubnub.time().cancellation_event(event).future()
            await server.reached(1)
            await pubnub.time().timeout(5)
            assert not future.done()

    run(main())


@pytest.mark.parametrize("ending", ["result", "future"])
def test_a_cancellation_event_that_is_not_set_changes_nothing(
    ending: str, emulator: Server, config: PNConfiguration
) -> None:
    async def main() -> None:
        async with PubNubTornado(config) as pubnub:
            event = asyncio.Event()
            await getattr(pubnub.time().cancellation_event(event), ending)()
            emulator.add_fault("status", operation="time", status=500)
            call = getattr(pubnub.time().cancellation_event(event), ending)
            if ending == "future":
                assert (await call()).is_error()
            else:
                with pytest.raises(PubNubException):
                    await call()

    run(main())


def test_who_is_cancelled_while_there_is_a_cancellation_event() -> None:
    async def main() -> None:
        async with listening(silent) as server, PubNubTornado(configured(server.origin)) as pubnub:
            future = pubnub.time().cancellation_event(asyncio.Event()).result()
            await server.reached(1)
            future.cancel()
            await server.was_left.wait()
            assert future.cancelled()

    run(main())


def test_publications_are_numbered() -> None:
    async def main() -> None:
        async with listening(answering(*[answer(b'[1,"Sent","1"]')] * 6)) as server:
            async with PubNubTornado(configured(server.origin)) as pubnub:
                for _ in range(2):
                    await pubnub.publish().channel("a").message(1)
                await pubnub.fire().channel("a").message(1)
                await pubnub.signal().channel("a").message(1)
                for number in (65534, 65535):
                    pubnub._publish_sequence_manager.next_sequence = number
                    await pubnub.publish().channel("a").message(1)
            numbers = [
                [part for part in line.replace("?", "&").split("&") if part.startswith("seqn")]
                for line in server.request_lines
            ]
            assert numbers == [["seqn=1"], ["seqn=2"], [], [], ["seqn=65535"], ["seqn=1"]]

    run(main())


def test_nothing_is_measured_and_sent(config: PNConfiguration) -> None:
    """4.8.1 told the service how long its answers took."""

    async def main() -> None:
        async with listening(answering(*[answer(b"[1]")] * 2)) as server:
            async with PubNubTornado(configured(server.origin)) as pubnub:
                await pubnub.time()
                await pubnub.time()
            for line in server.request_lines:
                parameters = line.split(" ")[1].partition("?")[2].split("&")
                assert sorted(part.partition("=")[0] for part in parameters) == ["pnsdk", "uuid"]

    run(main())


def test_a_call_that_is_written_to_the_log(
    config: PNConfiguration, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with PubNubTornado(config) as pubnub:
            await pubnub.where_now().uuid("somebody")

    with caplog.at_level(logging.DEBUG, "pnclient"):
        run(main())
    (line,) = [record.getMessage() for record in caplog.records if record.name == "pnclient"]
    assert line.startswith(f"GET http://{config.origin}/v2/presence/sub-key/***/uuid/somebody?")
