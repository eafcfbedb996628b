"""Work in threads."""

from __future__ import annotations

import asyncio
import base64
import json
import threading

import pytest

from pnclient import threads
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from pnclient.threads import Threads
from tests.client.connections.listening import run


@pytest.mark.parametrize("daemon", [True, False])
def test_work_is_done_in_a_thread_of_its_own(daemon: bool) -> None:
    def work(number: int, *, more: int) -> tuple[int, bool, bool]:
        thread = threading.current_thread()
        return number + more, thread is threading.main_thread(), thread.daemon

    async def main() -> None:
        assert await Threads(daemon=daemon).run(work, 1, more=2) == (3, False, daemon)

    run(main())


def test_what_work_raises_is_raised() -> None:
    def work() -> None:
        raise KeyError("missing")

    async def main() -> None:
        with pytest.raises(KeyError, match="missing"):
            await Threads(daemon=True).run(work)

    run(main())


def test_no_more_threads_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "MAX_THREADS", 2)
    lock, begun, go = threading.Lock(), threading.Semaphore(0), threading.Event()
    running = most = 0

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        begun.release()
        go.wait(20)
        with lock:
            running -= 1

    async def main() -> None:
        pool = Threads(daemon=True)
        tasks = [asyncio.create_task(pool.run(work)) for _ in range(5)]
        for _ in range(2):
            await asyncio.to_thread(begun.acquire)
        go.set()
        await asyncio.gather(*tasks)
        assert most == 2

    run(main())


def test_who_is_cancelled_leaves_the_work_to_its_thread() -> None:
    begun, go, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go.wait(20)
        done.set()

    async def main() -> None:
        pool = Threads(daemon=True)
        task = asyncio.create_task(pool.run(work))
        await asyncio.to_thread(begun.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go.set()
        await asyncio.to_thread(done.wait, 20)
        # Its place is free again.
        assert await pool.run(int, "1") == 1

    run(main())


def test_the_loop_may_be_closed_meanwhile() -> None:
    begun, go = threading.Event(), threading.Event()
    thread: list[threading.Thread] = []

    def work() -> None:
        thread.append(threading.current_thread())
        begun.set()
        go.wait(20)

    async def main() -> None:
        task = asyncio.create_task(Threads(daemon=True).run(work))
        await asyncio.to_thread(begun.wait, 20)
        task.cancel()

    asyncio.run(main())
    go.set()
    # An exception there would fail this test, as a warning of pytest's.
    thread[0].join(20)
    assert not thread[0].is_alive()


def test_a_thread_that_does_not_start_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        pool = Threads(daemon=True)

        def refuse(self: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", refuse)
            for _ in range(threads.MAX_THREADS + 1):
                with pytest.raises(RuntimeError, match="start"):
                    await pool.run(int)
        assert await pool.run(int) == 0

    run(main())


class Watched:
    """Something that encrypts, and notes where it was asked to decrypt."""

    def __init__(self) -> None:
        self.on_main_thread: list[bool] = []

    def encrypt(self, text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    def decrypt(self, text: str) -> object:
        self.on_main_thread.append(threading.current_thread() is threading.main_thread())
        return json.loads(base64.b64decode(text))


@pytest.mark.parametrize("kind", ["history", "fetch_messages"])
def test_long_answers_are_decrypted_off_the_loop(kind: str, config: PNConfiguration) -> None:
    async def main() -> None:
        config.crypto_module = watched = Watched()
        async with PubNubTornado(config) as pubnub:
            entries: list[str] = []
            for channel, texts in {
                "short": ["s"],
                "long": [letter * 18_000 for letter in "abc"],
            }.items():
                for text in texts:
                    await pubnub.publish().channel(channel).message(text).use_post(True)
                if kind == "history":
                    found = await pubnub.history().channel(channel)
                    entries = [item.entry for item in found.messages]
                else:
                    fetched = await pubnub.fetch_messages().channels(channel)
                    entries = [item.message for item in fetched.channels[channel]]
                assert entries == texts
        assert watched.on_main_thread == [True, False, False, False]

    run(main())
