"""After many lives of a client, its process is as it was before.

Tasks, timers, sockets, threads, objects.

Each program runs in a process of its own, where nobody else opens sockets, and warnings are errors:
a socket, a generator or a coroutine that nobody ended is told.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pnfilter.server import Server
from tests.examples import share

ROOT = Path(__file__).parents[2]
CYCLES = share(100)
#: Seconds after which a test has failed.
PATIENCE = 60

PROGRAM = """
import asyncio, gc, logging, os, sys, threading, weakref
from pnclient.callbacks import SubscribeCallback
from pnclient.enums import PNReconnectionPolicy
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado, SubscribeListener

ORIGIN, CYCLES = sys.argv[1], int(sys.argv[2])
#: Nobody listens there.
NOWHERE = "127.0.0.1:1"
FOLDER = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"

def configured(origin=ORIGIN):
    config = PNConfiguration()
    config.subscribe_key, config.publish_key, config.uuid = "sub", "pub", "user"
    config.origin, config.ssl = origin, False
    config.set_presence_timeout_with_custom_interval(20, 0.005)
    return config

def left(loop=None):
    found = {"files": len(os.listdir(FOLDER)), "threads": threading.active_count()}
    if loop is not None:
        found["tasks"] = len(asyncio.all_tasks(loop))
        found["timers"] = sum(not timer.cancelled() for timer in loop._scheduled)
        found["ready"] = len(loop._ready)
        found["selected"] = len(loop._selector.get_map())
    return found

async def settled():
    # What was cancelled ends in the next rounds.
    for _ in range(3):
        await asyncio.sleep(0)
    gc.collect()
    return left(asyncio.get_running_loop())

async def busy(pubnub):
    listener = SubscribeListener()
    pubnub.add_listener(listener)
    pubnub.subscribe().channels("a").with_presence().execute()
    await listener.wait_for_connect()
    await asyncio.gather(*(pubnub.time() for _ in range(3)))
    await pubnub.publish().channel("a").message({"n": 1})
    assert (await listener.wait_for_message_on("a")).message == {"n": 1}
    pubnub.timeout(60, None)
    return listener

def repeated(live, *arguments):
    async def main():
        # The first one imports and opens what stays.
        await live(*arguments)
        before = await settled()
        for _ in range(CYCLES):
            await live(*arguments)
        after = await settled()
        assert after == before, f"{before} before, {after} after"
    asyncio.run(main())
"""


def run(program: str, emulator: Server) -> None:
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM + program, emulator.origin, str(CYCLES)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "client")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=PATIENCE,
    )
    # What Python can only print, of a coroutine that nobody awaited, is found by this too.
    assert (found.returncode, found.stdout) == (0, "")


def test_one_client_that_is_stopped_and_used_again(emulator: Server) -> None:
    run(
        """
config = configured()
pubnub = PubNubTornado(config)
async def live():
    listener = await busy(pubnub)
    await pubnub.stop()
    pubnub.remove_listener(listener)
repeated(live)
assert len(config._observers) == 1
""",
        emulator,
    )


def test_a_new_client_each_time(emulator: Server) -> None:
    run(
        """
config, clients = configured(), weakref.WeakSet()
async def live():
    async with PubNubTornado(config) as pubnub:
        clients.add(pubnub)
        await busy(pubnub)
repeated(live)
gc.collect()
assert not clients
assert config._observers == []
""",
        emulator,
    )


def test_a_loop_for_each_life(emulator: Server) -> None:
    run(
        """
pubnub = PubNubTornado(configured())
async def live():
    # Nobody stops the client: it ends with the loop.
    pubnub.remove_listener(await busy(pubnub))
asyncio.run(live())
gc.collect()
before = left()
for _ in range(CYCLES):
    asyncio.run(live())
gc.collect()
assert left() == before, f"{before} before, {left()} after"
""",
        emulator,
    )


def test_start_and_stop(emulator: Server) -> None:
    run(
        """
from tornado.ioloop import IOLoop
ioloop = IOLoop(make_current=False)
pubnub = PubNubTornado(configured(), custom_ioloop=ioloop)
async def live():
    pubnub.remove_listener(await busy(pubnub))
    pubnub.stop()
def cycle():
    task = ioloop.asyncio_loop.create_task(live())
    pubnub.start()
    task.result()
cycle()
before = left(ioloop.asyncio_loop)
for _ in range(CYCLES):
    cycle()
after = left(ioloop.asyncio_loop)
assert after == before, f"{before} before, {after} after"
ioloop.close()
""",
        emulator,
    )


@pytest.mark.parametrize("policy", ["NONE", "LINEAR", "EXPONENTIAL"])
def test_a_client_that_is_not_connected(policy: str, emulator: Server) -> None:
    run(
        f"""
config = configured(NOWHERE)
config.reconnect_policy = PNReconnectionPolicy.{policy}
logging.getLogger("pnclient").setLevel(logging.ERROR)
async def live():
    failed = asyncio.Event()
    class Waiting(SubscribeCallback):
        def status(self, pubnub, status):
            if status.is_error():
                failed.set()
    async with PubNubTornado(config) as pubnub:
        pubnub.add_listener(Waiting())
        pubnub.subscribe().channels("a").execute()
        await failed.wait()
        assert (await pubnub.time().future()).is_error()
repeated(live)
assert config._observers == []
""",
        emulator,
    )


def test_a_client_that_is_stopped_in_the_middle(emulator: Server) -> None:
    run(
        """
config = configured()
class Slow(SubscribeCallback):
    async def status(self, pubnub, status):
        await asyncio.Event().wait()
async def live(rounds):
    pubnub = PubNubTornado(config)
    pubnub.add_listener(Slow())
    pubnub.subscribe().channels("a").execute()
    calls = [pubnub.time().result(), pubnub.history().channel("a").future()]
    for _ in range(rounds):
        await asyncio.sleep(0)
    await pubnub.stop()
    assert all(call.done() for call in calls)
async def main():
    await live(50)
    before = await settled()
    # So many steps are about a life.
    for rounds in range(CYCLES):
        await live(rounds)
    after = await settled()
    assert after == before, f"{before} before, {after} after"
asyncio.run(main())
assert config._observers == []
""",
        emulator,
    )
