"""Servers of a few lines, for what a proper service never does, and for proxies."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

#: Seconds after which a test has failed.
PATIENCE = 20

Handler = Callable[["Listening", StreamReader, StreamWriter], Awaitable[None]]


class Listening:
    """A server. ``heads``: of the requests that it read; ``connections``: how many came."""

    def __init__(self) -> None:
        self.origin = ""
        self.heads: list[str] = []
        self.connections = 0
        #: Set when the other side has ended a connection.
        self.was_left = asyncio.Event()
        self._news = asyncio.Condition()

    async def head(self, reader: StreamReader) -> str:
        """The head of the next request, which is noted; "" at the end."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.was_left.set()
            return ""
        self.heads.append(head)
        async with self._news:
            self._news.notify_all()
        return head

    async def reached(self, count: int) -> None:
        """Wait until that many requests were read."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.heads) >= count)

    @property
    def request_lines(self) -> list[str]:
        return [head.partition("\r\n")[0] for head in self.heads]


@asynccontextmanager
async def listening(
    handle: Handler, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Listening]:
    """A server on a free port; connections end when ``handle`` returns."""
    found = Listening()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        found.connections += 1
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                await handle(found, reader, writer)
        finally:
            tasks.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    found.origin = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def answering(*answers: bytes) -> Handler:
    """Answers the requests of a connection in turn, and ends it after the last."""

    async def handle(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        for answer in answers:
            if not await server.head(reader):
                return
            writer.write(answer)
            await writer.drain()

    return handle


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An answer as it goes over the wire."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def silent(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
    """Reads requests and never answers."""
    while await server.head(reader):
        pass


async def proxy(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
    """Passes a request on: through a tunnel after CONNECT, else as it stands."""
    head = await server.head(reader)
    if not head:
        return
    method, target, _ = head.split(" ", 2)
    if method == "CONNECT":
        host, _, port = target.rpartition(":")
        onward = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    else:
        host, _, port = target.split("/")[2].rpartition(":")
        onward = await asyncio.open_connection(host, int(port))
        path = "/" + target.split("/", 3)[3]
        onward[1].write(head.replace(target, path, 1).encode())
    try:
        await asyncio.gather(_pass(reader, onward[1]), _pass(onward[0], writer))
    finally:
        onward[1].close()


async def _pass(reader: StreamReader, writer: StreamWriter) -> None:
    while part := await reader.read(1 << 16):
        writer.write(part)
        await writer.drain()
    writer.close()


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine; it has failed when it takes too long."""

    async def limited() -> None:
        async with asyncio.timeout(PATIENCE):
            await work

    asyncio.run(limited())
