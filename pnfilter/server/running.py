"""The emulator within a Python program: for tests, and for whoever wants it at hand."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, Self

from pnfilter.server.service import Service
from pnfilter.server.settings import Settings
from pnfilter.server.web.transport import Transport

#: Seconds between two looks at what expires.
TICK: Final = 0.5


class Server:
    """An emulator in a thread of its own, on a free port of the loopback interface."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._started: Future[tuple[str, int]] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="pnfilter-server", daemon=True)

    @property
    def origin(self) -> str:
        """``host:port``, as SDKs take it."""
        host, port = self._started.result()
        return f"{host}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.result()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._end is not None
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        await serve(Service(self._settings), "127.0.0.1", 0, self._started.set_result, self._end)


async def serve(
    service: Service,
    host: str,
    port: int,
    started: Callable[[tuple[str, int]], None],
    end: asyncio.Event,
) -> None:
    """Serve until ``end`` is set; ``started`` is told the address. Waiting requests are answered then."""
    transport = Transport(service.handle, service.observe)
    try:
        started(transport.listen(host, port))
        while not end.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await end.wait()
            service.expire()
    finally:
        service.release()
        await transport.close()
        service.close()


def running(**settings: Any) -> Server:
    """A server for a ``with``; ``settings`` are those of ``Settings``."""
    return Server(Settings(**settings))
