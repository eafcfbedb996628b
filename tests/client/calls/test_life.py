"""From the making of a client to its end, on all kinds of loops."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from pnclient.callbacks import SubscribeCallback
from pnclient.exceptions import PubNubException
from pnclient.http.client import Http
from pnclient.models.consumer.pubsub import PNMessageResult
from pnclient.models.consumer.time import PNTimeResponse
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_core import PubNubCore
from pnclient.pubnub_tornado import PubNubTornado, SubscribeListener
from pnfilter.server import Server
from tests.client.connections.listening import PATIENCE, listening, run, silent

ROOT = Path(__file__).parents[3]


def test_a_client_is_made_without_a_loop_and_starts_nothing(config: PNConfiguration) -> None:
    threads = threading.active_count()
    pubnub = PubNubTornado(config)
    assert isinstance(pubnub, PubNubCore)
    assert threading.active_count() == threads
    pubnub.stop()

    async def main() -> None:
        assert asyncio.all_tasks() == {asyncio.current_task()}
        PubNubTornado(config)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


@pytest.mark.parametrize("module", ["pubnub_tornado", "http"])
def test_without_tornado_the_client_says_how_to_get_it(module: str) -> None:
    program = f"import sys; sys.modules['tornado'] = None; import pnclient.{module}"
    found = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT / "client")},
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
    )
    assert found.returncode == 1
    assert found.stderr.splitlines()[-1] == (
        "ImportError: the client needs Tornado: pip install 'pnfilter[client]'"
    )


def test_who_a_client_is(config: PNConfiguration) -> None:
    pubnub = PubNubTornado(config)
    assert pubnub.uuid == "user"
    assert pubnub.base_origin == config.origin
    assert pubnub.sdk_name == f"{pubnub.SDK_NAME}{pubnub.sdk_platform()}/{pubnub.SDK_VERSION}"
    assert pubnub.headers == {"User-Agent": pubnub.sdk_name}
    assert abs(pubnub.timestamp() - time.time()) < 5

    async def main() -> None:
        async with pubnub:
            assert isinstance(pubnub.http, Http)

    asyncio.run(main())


def test_a_client_needs_a_subscribe_key() -> None:
    with pytest.raises(PubNubException, match="Subscribe key not configured"):
        PubNubTornado(PNConfiguration())


def test_one_client_on_one_loop_after_the_other(config: PNConfiguration) -> None:
    pubnub = PubNubTornado(config)

    async def main() -> None:
        assert isinstance(await pubnub.time(), PNTimeResponse)
        assert pubnub.ioloop.asyncio_loop is asyncio.get_running_loop()  # type: ignore[attr-defined]

    for _ in range(3):
        # Nobody stops it: what it has ends with the loop.
        asyncio.run(main())
    gc.collect()


def test_subscriptions_end_with_the_loop(config: PNConfiguration) -> None:
    pubnub = PubNubTornado(config)

    async def main() -> None:
        listener = SubscribeListener()
        pubnub.add_listener(listener)
        pubnub.subscribe().channels("a").execute()
        await listener.wait_for_connect()
        assert pubnub.get_subscribed_channels() == ["a"]

    for _ in range(2):
        asyncio.run(main())
        assert pubnub.get_subscribed_channels() == []
    gc.collect()


def test_a_leave_that_was_about_to_be_sent_binds_no_stopped_client(config: PNConfiguration) -> None:
    pubnub = PubNubTornado(config)
    ioloop = IOLoop(make_current=False)

    async def main() -> None:
        listener = SubscribeListener()
        pubnub.add_listener(listener)
        pubnub.subscribe().channels("a").execute()
        await listener.wait_for_connect()
        pubnub.unsubscribe_all()
        await pubnub.stop()

    async def call() -> None:
        await pubnub.time()

    try:
        ioloop.run_sync(main)
        asyncio.run(call())
    finally:
        ioloop.close()


def test_a_client_that_is_bound_is_no_others(config: PNConfiguration) -> None:
    pubnub = PubNubTornado(config)
    ioloop = IOLoop(make_current=False)

    async def call() -> None:
        await pubnub.time()

    async def main() -> None:
        with pytest.raises(RuntimeError, match="bound to another event loop"):
            pubnub.time().result()
        with pytest.raises(RuntimeError, match="bound to another event loop"):
            pubnub.stop()

    try:
        ioloop.run_sync(call)
        asyncio.run(main())
        pubnub.stop()
    finally:
        ioloop.close()


def test_a_custom_ioloop_is_used(config: PNConfiguration) -> None:
    ioloop = IOLoop(make_current=False)
    pubnub = PubNubTornado(config, custom_ioloop=ioloop)
    assert pubnub.ioloop is ioloop
    future = pubnub.time().result()

    async def elsewhere() -> None:
        with pytest.raises(RuntimeError, match="bound to another event loop"):
            pubnub.time().result()

    asyncio.run(elsewhere())
    try:
        future.add_done_callback(lambda _: pubnub.stop())
        pubnub.start()
        assert isinstance(future.result(), PNTimeResponse)
    finally:
        ioloop.close()


def test_what_is_no_ioloop_is_refused(config: PNConfiguration) -> None:
    with pytest.raises(TypeError, match="custom_ioloop: expected a tornado"):
        PubNubTornado(config, custom_ioloop=object())  # type: ignore[arg-type]


def in_a_process(program: str, config: PNConfiguration, *, ends_by: str = "") -> str:
    """What a program prints; ``pubnub`` is there. Warnings are errors, and so is what is logged."""
    text = f"""
import asyncio, logging, os, signal, sys, threading, time
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado, SubscribeListener
logging.basicConfig(stream=sys.stdout)
# On a busy machine anything may be slow, which asyncio's debug mode reports.
logging.getLogger("asyncio").addFilter(lambda record: not record.msg.startswith("Executing "))
config = PNConfiguration()
config.subscribe_key, config.publish_key, config.uuid = "sub", "pub", "user"
config.origin, config.ssl = {config.origin!r}, False
pubnub = PubNubTornado(config)
{program}"""
    found = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", text],
        env={**os.environ, "PYTHONPATH": str(ROOT / "client")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=PATIENCE * 3,
    )
    assert found.returncode == 0, found.stdout
    return found.stdout


def test_start_runs_the_loop_until_stop(config: PNConfiguration) -> None:
    printed = in_a_process(
        """
def show(task):
    print(type(task.result()).__name__)
    pubnub.stop()
    pubnub.stop()
pubnub.time().result().add_done_callback(show)
pubnub.start()
print("returned")
pubnub.stop()
pubnub.time().result().add_done_callback(show)
pubnub.start()
print("again")
""",
        config,
    )
    assert printed.split() == ["PNTimeResponse", "returned", "PNTimeResponse", "again"]


def test_a_program_of_old(config: PNConfiguration) -> None:
    printed = in_a_process(
        """
from tornado import gen
from tornado.ioloop import IOLoop
listener = SubscribeListener()
pubnub.add_listener(listener)
pubnub.subscribe().channels("a").execute()
@gen.coroutine
def main():
    yield listener.wait_for_connect()
    yield pubnub.publish().channel("a").message("hello").future()
    message = yield listener.wait_for_message_on("a")
    print(message.message)
    pubnub.stop()
pubnub.ioloop.add_callback(main)
pubnub.start()
print("returned")
""",
        config,
    )
    assert printed.split() == ["hello", "returned"]


def test_who_awaits_the_end_is_told_before_start_returns(config: PNConfiguration) -> None:
    printed = in_a_process(
        """
async def main():
    await pubnub.time()
    await pubnub.stop()
    print("awaited")
pubnub.ioloop.add_callback(main)
pubnub.start()
print("returned")
""",
        config,
    )
    assert printed.split() == ["awaited", "returned"]


def test_start_on_a_loop_that_runs(config: PNConfiguration) -> None:
    async def main() -> None:
        async with PubNubTornado(config) as pubnub:
            with pytest.raises(RuntimeError, match="runs already"):
                pubnub.start()

    run(main())


def test_stop_ends_everything(config: PNConfiguration) -> None:
    async def main() -> None:
        async with listening(silent) as server:
            config.origin = server.origin
            config.set_presence_timeout(10)
            pubnub = PubNubTornado(config)
            called: list[int] = []
            before = asyncio.all_tasks()
            pubnub.subscribe().channels("a").execute()
            pubnub.timeout(0, called.append, 1)
            done = asyncio.Event()
            pubnub.timeout(0.001, done.set)
            pubnub.timeout(30, called.append, 3)
            result, future = pubnub.time().result(), pubnub.time().future()
            await server.reached(3)
            await done.wait()
            stopping = pubnub.stop()
            assert pubnub.get_subscribed_channels() == []
            await stopping
            await stopping
            await pubnub.stop()
            assert result.cancelled()
            assert future.cancelled()
            assert called == [1]
            serving = {task for task in asyncio.all_tasks() if "serve" in repr(task)}
            assert asyncio.all_tasks() - before - serving == set()

    run(main())


def test_stop_is_not_awaited(config: PNConfiguration) -> None:
    async def main() -> None:
        pubnub = PubNubTornado(config)
        await pubnub.time()
        pubnub.stop()

    # At once: `asyncio.run` cancels what stop has begun.
    asyncio.run(main())
    gc.collect()


def test_stop_is_awaited_though_an_earlier_one_was_not(config: PNConfiguration) -> None:
    pubnub = PubNubTornado(config)

    async def first() -> None:
        await pubnub.time()
        pubnub.stop()

    async def second() -> None:
        await pubnub.stop()

    asyncio.run(first())
    asyncio.run(second())


def test_a_client_goes_on_after_stop(config: PNConfiguration) -> None:
    async def main() -> None:
        pubnub = PubNubTornado(config)
        for _ in range(3):
            await pubnub.time()
            await pubnub.stop()

    run(main())


def test_stop_in_another_thread(config: PNConfiguration) -> None:
    printed = in_a_process(
        """
threading.Timer(0.2, pubnub.stop).start()
pubnub.time().result()
pubnub.start()
print("returned")
""",
        config,
    )
    assert printed.split() == ["returned"]


def test_stop_in_a_signals_handler(config: PNConfiguration) -> None:
    printed = in_a_process(
        """
signal.signal(signal.SIGTERM, lambda *_: pubnub.stop())
pubnub.time().result().add_done_callback(
    lambda _: threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
)
pubnub.start()
print("returned")
""",
        config,
    )
    assert printed.split() == ["returned"]


@pytest.mark.parametrize("then", ["stop", "call"])
def test_a_loop_that_was_closed_under_a_client(then: str, config: PNConfiguration) -> None:
    ioloop = IOLoop(make_current=False)
    pubnub = PubNubTornado(config)

    async def bind() -> None:
        called = asyncio.Event()
        pubnub.timeout(0, called.set)
        await called.wait()

    async def call() -> None:
        await pubnub.time()

    ioloop.run_sync(bind)
    ioloop.close()
    if then == "stop":
        pubnub.stop()
    else:
        asyncio.run(call())
    assert pubnub.get_subscribed_channels() == []


def test_a_timer_is_cancelled(config: PNConfiguration) -> None:
    async def main() -> None:
        async with PubNubTornado(config) as pubnub:
            called = asyncio.Event()
            cancel = pubnub.timeout(0, called.set)
            cancel()
            cancel()
            pubnub.timeout(0, None)
            done = asyncio.Event()
            pubnub.timeout(0.001, done.set)
            await done.wait()
            assert not called.is_set()

    run(main())


def test_a_client_without_subscriptions(config: PNConfiguration) -> None:
    config.enable_subscribe = False
    pubnub = PubNubTornado(config)
    for refused in (
        pubnub.subscribe,
        pubnub.unsubscribe,
        pubnub.unsubscribe_all,
        pubnub.reconnect,
        pubnub.get_subscribed_channels,
        pubnub.get_subscribed_channel_groups,
        lambda: pubnub.add_listener(SubscribeListener()),
        lambda: pubnub.remove_listener(SubscribeListener()),
        lambda: pubnub.counters,
    ):
        with pytest.raises(PubNubException, match="is not enabled for this instance"):
            refused()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with pubnub:
            await pubnub.set_state().channels("a").state({"n": 1})
            await pubnub.time()
            timers = [timer for timer in loop._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]
            # The connection that is kept, and the test's own patience.
            assert len(timers) <= 2

    run(main())


def test_listeners_may_stop_the_client(emulator: Server, config: PNConfiguration) -> None:
    async def main() -> None:
        pubnub = PubNubTornado(config)
        stopped = asyncio.Event()

        class Stopper(SubscribeCallback):
            def message(self, pubnub: PubNubTornado, message: object) -> None:
                pubnub.stop()
                stopped.set()

        listener = SubscribeListener()
        pubnub.add_listener(listener)
        pubnub.add_listener(Stopper())
        pubnub.subscribe().channels("a").execute()
        await listener.wait_for_connect()
        await pubnub.publish().channel("a").message(1)
        await stopped.wait()
        await pubnub.stop()
        assert pubnub.get_subscribed_channels() == []

    run(main())


@pytest.mark.parametrize("how", ["awaited", "not awaited", "by nobody"])
def test_a_coroutine_that_listens_ends_with_the_client(how: str, config: PNConfiguration) -> None:
    async def main() -> None:
        pubnub = PubNubTornado(config)
        begun, ended = asyncio.Event(), asyncio.Event()
        received: list[object] = []

        class Endless(SubscribeCallback):
            async def message(self, pubnub: PubNubTornado, message: PNMessageResult) -> None:
                received.append(message.message)
                try:
                    # Calls are answered meanwhile, and more messages come.
                    await pubnub.publish().channel("a").message("another")
                    begun.set()
                    if how == "awaited":
                        await pubnub.stop()
                    elif how == "not awaited":
                        pubnub.stop()
                    await asyncio.Event().wait()
                finally:
                    ended.set()

        listener = SubscribeListener()
        pubnub.add_listener(Endless())
        pubnub.add_listener(listener)
        pubnub.subscribe().channels("a").execute()
        await listener.wait_for_connect()
        await pubnub.publish().channel("a").message("first")
        await begun.wait()
        await pubnub.stop()
        assert ended.is_set()
        assert received == ["first"]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


@pytest.mark.parametrize("daemon", [True, False])
def test_daemon_threads_do_not_keep_a_process_alive(daemon: bool, config: PNConfiguration) -> None:
    program = f"""
import sys; sys.path.insert(0, {str(ROOT / "client")!r})
import asyncio, os, signal
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
config = PNConfiguration()
config.subscribe_key, config.uuid, config.daemon = "sub", "user", {daemon}
config.origin, config.ssl = {config.origin!r}, False
pubnub = PubNubTornado(config)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
def work():
    print("working", flush=True)
    os.read(0, 1)
    print("done", flush=True)
async def main():
    await pubnub._bind_runtime().threads.run(work)
asyncio.run(main())
"""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        process.send_signal(signal.SIGTERM)
        if daemon:
            # The work doesn't end.
            assert process.wait(PATIENCE) == 0
        else:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
        rest, _ = process.communicate("x", timeout=PATIENCE)
        assert process.returncode == 0
        assert rest == ("" if daemon else "done\n")
