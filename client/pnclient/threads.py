"""Work that would hold up the event loop, in threads of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Thread
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

#: Threads of one client that run at the same time; further work waits.
MAX_THREADS: Final = 8


class Threads:
    """A thread for each piece of work.

    The event loop's own threads would always keep the process alive until their work is done; these
    do so unless they are ``daemon`` threads.
    """

    def __init__(self, *, daemon: bool) -> None:
        self._daemon = daemon
        self._free = asyncio.Semaphore(MAX_THREADS)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``work`` returns or raises.

        A task that is cancelled meanwhile leaves it to its thread.
        """
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def report(result: T | None, error: BaseException | None) -> None:
            self._free.release()
            if done.cancelled():
                return
            if error is None:
                done.set_result(result)  # type: ignore[arg-type]
            else:
                done.set_exception(error)

        def run() -> None:
            result, failed = None, None
            try:
                result = work(*args, **kwargs)
            except Exception as error:  # noqa: BLE001  (the waiting task gets it)
                failed = error
            try:
                loop.call_soon_threadsafe(report, result, failed)
            except RuntimeError:
                # The loop was closed: no task waits any more.
                return

        try:
            Thread(target=run, name="pnclient", daemon=self._daemon).start()
        except BaseException:
            self._free.release()
            raise
        return await done
