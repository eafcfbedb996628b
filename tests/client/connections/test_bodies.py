"""Bodies that are made and taken while they are on their way."""

from __future__ import annotations

import asyncio
import gzip
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator

import pytest

from pnclient.http import exchange
from pnclient.http.client import Http
from pnclient.http.connect import CHUNK_BYTES
from pnclient.transport import Prepared, Reply
from tests.client.connections.listening import Listening, answer, answering, listening, run, silent
from tests.client.connections.sending import SMALL, connected, request, send


class Into:
    """Takes a body; ``reached`` is set when some of it came, and what is raised then."""

    def __init__(self, failure: BaseException | None = None, seconds: float = 0) -> None:
        self.total: int | None = -1
        self.parts: list[bytes] = []
        self.reached = asyncio.Event()
        self._failure = failure
        self._seconds = seconds

    async def begin(self, total: int | None) -> None:
        self.total = total

    async def take(self, part: bytes) -> None:
        self.parts.append(part)
        self.reached.set()
        await asyncio.sleep(self._seconds)
        if self._failure is not None:
            raise self._failure


async def take(client: Http, prepared: Prepared, into: Into) -> Reply:
    return await client.send(prepared, connect_timeout=10, request_timeout=10, into=into)


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_is_passed_on_as_it_comes(packed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    # It is not held in memory, so that it may be longer.
    monkeypatch.setattr(exchange, "MAX_ANSWER_BYTES", 1000)
    body = b"0123456789" * 100_000
    raw = answer(gzip.compress(body), "Content-Encoding: gzip") if packed else answer(body)

    async def main() -> None:
        other = answer(b"no", status="404 Not Found")
        async with listening(answering(raw, other)) as server, connected() as client:
            into = Into()
            reply = await take(client, request(server.origin), into)
            assert (reply.code, reply.body, into.total) == (
                *(200, b""),
                None if packed else len(body),
            )
            assert b"".join(into.parts) == body
            assert max(map(len, into.parts)) <= CHUNK_BYTES
            refused = Into()
            assert (await take(client, request(server.origin), refused)).body == b"no"
            assert (refused.parts, server.connections) == ([], 1)

    run(main())


def test_what_takes_a_body_may_fail() -> None:
    async def main() -> None:
        for failure in (ValueError("full"), OSError(28, "full"), TimeoutError("full")):
            async with listening(half) as server, connected() as client:
                with pytest.raises(type(failure), match="full"):
                    await take(client, request(server.origin), Into(failure))
                await server.was_left.wait()

    run(main())


@pytest.mark.parametrize("seconds", [0, 5])
def test_whoever_is_cancelled_takes_no_more(
    seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with listening(half) as server, connected() as client:
            into = Into(seconds=seconds)
            taking = asyncio.create_task(take(client, request(server.origin), into))
            await into.reached.wait()
            await asyncio.sleep(0.01)
            taking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await taking
            await server.was_left.wait()

    run(main())
    assert caplog.messages == []


async def half(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
    await server.head(reader)
    writer.write(SMALL[:-1])
    await server.head(reader)


def upload(origin: str, parts: AsyncIterator[bytes], size: int) -> Prepared:
    headers = {"User-Agent": "me", "Content-Length": str(size)}
    return Prepared("POST", f"http://{origin}/", headers, None, "shown", stream=parts)


def test_a_body_that_is_made_while_it_is_sent() -> None:
    body = b"0123456789" * 100_000

    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 70_000):
            yield body[start : start + 70_000]

    async def reading(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        assert await reader.readexactly(len(body)) == body
        writer.write(SMALL)
        await server.head(reader)

    async def main() -> None:
        async with listening(reading) as server, connected() as client:
            reply = await send(client, upload(server.origin, parts(), len(body)))
            assert reply.body == b"[1]"
            assert f"Content-Length: {len(body)}\r\n" in server.heads[0]
            assert "chunked" not in server.heads[0]

    run(main())


def test_an_answer_that_comes_before_all_was_sent_ends_the_request() -> None:
    endless = asyncio.Event()

    async def parts() -> AsyncIterator[bytes]:
        yield b"1"
        await endless.wait()

    async def early(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(answer(b"too long", status="413 Too Long"))
        await reader.read()
        await server.head(reader)

    async def main() -> None:
        async with listening(early) as server, connected() as client:
            reply = await send(client, upload(server.origin, parts(), 10))
            assert (reply.code, reply.body) == (413, b"too long")
            await server.was_left.wait()

    run(main())


def test_an_answer_that_comes_before_a_long_body_was_sent_is_the_answer() -> None:
    async def early(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(answer(b"too long", status="413 Too Long"))
        # The rest of the body is never read.
        await server.was_left.wait()

    async def main() -> None:
        async with listening(early) as server, connected() as client:
            reply = await send(client, request(server.origin, body=b"1" * 20_000_000))
            assert (reply.code, reply.body) == (413, b"too long")
            server.was_left.set()

    run(main())


@pytest.mark.parametrize("failure", [ValueError("unreadable"), OSError(5, "unreadable")])
def test_a_body_that_can_not_be_made(failure: Exception) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"1"
        raise failure

    async def main() -> None:
        async with listening(silent) as server, connected() as client:
            with pytest.raises(type(failure), match="unreadable"):
                await send(client, upload(server.origin, parts(), 10))
            await server.was_left.wait()

    run(main())
