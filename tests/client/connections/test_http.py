"""Connections that are kept, and what becomes of requests that get no proper answer."""

from __future__ import annotations

import asyncio
import gzip
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pnclient import http
from pnclient.enums import PNStatusCategory
from pnclient.http import Http
from pnclient.transport import ConnectionFailure, Prepared, Reply
from tests.client.connections.listening import Listening, answer, answering, listening, run, silent

SMALL = answer(b"[1]")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def request(
    origin: str, target: str = "/time/0?uuid=u", body: bytes | None = None, *, is_read: bool = False
) -> Prepared:
    headers = {"User-Agent": "me"} | ({} if body is None else {"Content-Type": "application/json"})
    method = "GET" if body is None else "POST"
    return Prepared(method, f"http://{origin}{target}", headers, body, "shown", is_read)


@asynccontextmanager
async def connected() -> AsyncIterator[Http]:
    client = Http()
    try:
        yield client
    finally:
        await client.close()


async def send(client: Http, prepared: Prepared, seconds: float = 10) -> Reply:
    return await client.send(prepared, connect_timeout=seconds, request_timeout=seconds)


async def failing(client: Http, prepared: Prepared, seconds: float = 10) -> tuple[str, str]:
    """The category's name and the text with which a request fails."""
    with pytest.raises(ConnectionFailure) as failed:
        await send(client, prepared, seconds)
    assert failed.value.__context__ is None
    host = prepared.url.split("/")[2]
    assert str(failed.value).startswith(f"{host}: ")
    return PNStatusCategory(failed.value.category).name, str(failed.value).removeprefix(f"{host}: ")


def test_a_connection_is_kept_and_nothing_sticks_to_it() -> None:
    async def main() -> None:
        async with listening(answering(SMALL, SMALL)) as server, connected() as client:
            await send(client, request(server.origin, body=b""))
            reply = await send(client, request(server.origin))
            assert (reply.code, reply.body, server.connections) == (200, b"[1]", 1)
            assert reply.headers["content-length"] == "3"
            first, second = server.heads
            assert "Content-Type: application/json\r\n" in first
            assert "Content-Type" not in second
            assert second.count("User-Agent: me\r\n") == 1

    run(main())


def test_a_url_goes_out_as_it_is() -> None:
    target = "/publish/%2E%2E/a%2Fb/~%7E/%2C,/%C3%A4?filter-expr=a%20%3D%3D%20%22%2B%22&add=a,b"

    async def main() -> None:
        async with listening(answering(SMALL)) as server, connected() as client:
            await send(client, request(server.origin, target))
            assert server.request_lines == [f"GET {target} HTTP/1.1"]

    run(main())


def test_whoever_is_cancelled_ends_the_request_and_its_connection() -> None:
    async def main() -> None:
        async with listening(silent) as server, connected() as client:
            waiting = asyncio.create_task(send(client, request(server.origin)))
            await server.reached(1)
            assert not server.was_left.is_set()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await server.was_left.wait()

    run(main())


def test_calls_do_not_wait_for_each_other() -> None:
    async def main() -> None:
        async with listening(silent) as server, connected() as client:
            waiting = [asyncio.create_task(send(client, request(server.origin))) for _ in range(50)]
            await server.reached(50)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    run(main())


def test_what_reads_is_sent_once_more_where_its_kept_connection_has_ended() -> None:
    async def main() -> None:
        async with listening(answering(SMALL, b"")) as server, connected() as client:
            for number in range(3):
                reply = await send(client, request(server.origin, f"/time/{number}", is_read=True))
                assert reply.body == b"[1]"
            # Each connection ends when its second request comes.
            assert [line.split()[1] for line in server.request_lines] == [
                *("/time/0", "/time/1", "/time/1", "/time/2", "/time/2")
            ]
            assert server.connections == 3

    run(main())


def test_what_reads_is_not_sent_a_third_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with listening(answering(b"")) as server, connected() as client:
            # A new connection was not about to end.
            assert (await failing(client, request(server.origin, is_read=True)))[1] == (
                "the connection broke"
            )
            assert len(server.heads) == 1
        monkeypatch.setattr(http, "STALE_SECONDS", 0)
        async with listening(answering(SMALL, b"")) as server, connected() as client:
            await send(client, request(server.origin, is_read=True))
            # Nor was one that broke later.
            await failing(client, request(server.origin, is_read=True))
            assert len(server.heads) == 2

    run(main())


def test_what_is_closed_is_not_opened_again() -> None:
    async def once(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        await answering(SMALL)(server, reader, writer)
        await silent(server, reader, writer)

    async def main() -> None:
        async with listening(once) as server, connected() as client:
            await send(client, request(server.origin))
            waiting = asyncio.create_task(failing(client, request(server.origin, is_read=True)))
            await server.reached(2)
            await client.close()
            assert (await waiting)[1] == "the connection broke"
            assert client._session is None
            assert server.connections == 1

    run(main())


def test_both_times_it_is_sent_have_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float] = []
    sending = Http._send

    async def noted(self: Http, *given: Any) -> Reply:
        limits.append(given[3].total)
        return await sending(self, *given)

    monkeypatch.setattr(Http, "_send", noted)

    async def main() -> None:
        async with listening(answering(SMALL, b"")) as server, connected() as client:
            for _ in range(2):
                await send(client, request(server.origin, is_read=True))
            assert limits[:2] == [10, 10]
            assert limits[2] < 10

    run(main())


def test_a_request_is_sent_once_even_when_its_kept_connection_breaks() -> None:
    async def main() -> None:
        async with listening(answering(SMALL, b"")) as server, connected() as client:
            await send(client, request(server.origin))
            assert await failing(client, request(server.origin)) == (
                "PNNetworkIssuesCategory",
                "the connection broke",
            )
            assert (len(server.heads), server.connections) == (2, 1)

    run(main())


def test_a_redirection_is_not_followed() -> None:
    async def main() -> None:
        moved = answer(b"", "Location: /elsewhere", status="302 Found")
        async with listening(answering(moved, SMALL)) as server, connected() as client:
            assert (await send(client, request(server.origin))).code == 302
            assert len(server.heads) == 1

    run(main())


def test_a_compressed_answer_is_unpacked() -> None:
    async def main() -> None:
        packed = answer(gzip.compress(b"[1, 2]"), "Content-Encoding: gzip")
        async with listening(answering(packed)) as server, connected() as client:
            assert (await send(client, request(server.origin))).body == b"[1, 2]"
            assert "Accept-Encoding: gzip, deflate\r\n" in server.heads[0]

    run(main())


@pytest.mark.parametrize(
    "raw",
    [
        answer(b"1" * 1001),
        answer(gzip.compress(b"1" * 1_000_000), "Content-Encoding: gzip"),
        CHUNKED + b"190\r\n" + b"1" * 400 + b"\r\n",
    ],
    ids=["long", "packed", "without end"],
)
def test_an_answer_that_is_too_long_is_not_kept(
    raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MAX_ANSWER_BYTES", 1000)

    async def without_end(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        head, _, rest = raw.partition(b"\r\n\r\n")
        writer.write(head + b"\r\n\r\n")
        for _ in range(10 if b"chunked" in head else 1):
            writer.write(rest)
            await writer.drain()
        await reader.read()

    async def main() -> None:
        async with listening(without_end) as server, connected() as client:
            assert await failing(client, request(server.origin)) == (
                "PNMalformedResponseCategory",
                "the answer is longer than 1000 bytes",
            )

    run(main())


@pytest.mark.parametrize(
    ("raw", "category", "text"),
    [
        (b"", "PNNetworkIssuesCategory", "the connection broke"),
        (CHUNKED + b"zz\r\n", "PNMalformedResponseCategory", "the answer is no HTTP"),
        (b"garbage\r\n\r\n", "PNMalformedResponseCategory", "the answer is no HTTP"),
        (b"HTTP/1.1 2", "PNNetworkIssuesCategory", "the connection broke"),
        (SMALL[:-1], "PNNetworkIssuesCategory", "the answer broke off"),
        (
            answer(b"packed", "Content-Encoding: gzip"),
            "PNMalformedResponseCategory",
            "the answer can't be unpacked",
        ),
    ],
)
def test_an_answer_that_is_none(raw: bytes, category: str, text: str) -> None:
    async def main() -> None:
        async with listening(answering(raw)) as server, connected() as client:
            assert await failing(client, request(server.origin)) == (category, text)

    run(main())


def test_a_service_that_does_not_answer_in_time() -> None:
    async def main() -> None:
        async with listening(silent) as server, connected() as client:
            found = await failing(client, request(server.origin), 0.1)
            assert found == ("PNTimeoutCategory", "no answer within 0.1 s")

    run(main())


def test_a_service_that_does_not_finish_its_answer_in_time() -> None:
    async def half(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(SMALL[:-1])
        await reader.read()

    async def main() -> None:
        async with listening(half) as server, connected() as client:
            found = await failing(client, request(server.origin), 0.1)
            assert found == ("PNTimeoutCategory", "no answer within 0.1 s")

    run(main())


def test_a_service_that_is_not_there() -> None:
    async def main() -> None:
        async with listening(silent) as server:
            origin = server.origin
        async with connected() as client:
            found = await failing(client, request(origin))
            assert found == ("PNNetworkIssuesCategory", "Connection refused")
            category, text = await failing(client, request("nowhere.invalid"))
            assert category == "PNNetworkIssuesCategory"
            assert text not in ("", "not connected")

    run(main())


@pytest.mark.parametrize("name", ["a..example", f"{'a' * 64}.example"])
def test_what_is_no_name_of_a_host(name: str) -> None:
    async def main() -> None:
        async with connected() as client:
            found = await failing(client, request(name))
            assert found == ("PNNetworkIssuesCategory", "no name of a host")

    run(main())


def test_a_name_is_looked_up() -> None:
    async def main() -> None:
        async with listening(answering(SMALL)) as server, connected() as client:
            port = server.origin.partition(":")[2]
            assert (await send(client, request(f"localhost:{port}"))).code == 200

    run(main())


def test_closed_connections_are_opened_anew_by_the_next_request() -> None:
    async def main() -> None:
        async with listening(answering(SMALL, SMALL)) as server, connected() as client:
            await client.close()
            for count in (1, 2):
                await send(client, request(server.origin))
                await client.close()
                await server.was_left.wait()
                assert server.connections == count

    run(main())
