"""Connections that are kept, and what becomes of requests that get no proper answer."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pnclient.enums import PNStatusCategory
from pnclient.http import client as http_client
from pnclient.http import connect, exchange
from pnclient.http.client import Http
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
        monkeypatch.setattr(exchange, "STALE_SECONDS", 0)
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
            assert server.connections == 1

    run(main())


def test_what_is_closed_while_it_connects_is_not_used() -> None:
    async def main() -> None:
        async with listening(answering(SMALL)) as server, connected() as client:
            port = server.origin.partition(":")[2]
            sent = asyncio.create_task(failing(client, request(f"localhost:{port}")))
            # Its name is being looked up.
            await asyncio.sleep(0)
            await client.close()
            assert (await sent)[1] == "the connection broke"
            assert server.heads == []

    run(main())


def test_both_times_it_is_sent_have_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float | None] = []
    timeout = asyncio.timeout

    def noted(seconds: float | None) -> asyncio.Timeout:
        limits.append(seconds)
        return timeout(seconds)

    async def main() -> None:
        async with listening(answering(SMALL, b"")) as server, connected() as client:
            await send(client, request(server.origin, is_read=True))
            monkeypatch.setattr(asyncio, "timeout", noted)
            await client.send(
                request(server.origin, is_read=True), connect_timeout=9, request_timeout=10
            )
            assert len(server.heads) == 3
            assert [limit for limit in limits if limit != 9] == [10]

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
            assert "Accept-Encoding: gzip\r\n" in server.heads[0]

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
    monkeypatch.setattr(exchange, "MAX_ANSWER_BYTES", 1000)

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


# What a connection may do between and within answers


def test_what_comes_unasked_is_no_answer() -> None:
    async def main() -> None:
        twice = SMALL + answer(b'["another\'s"]')
        async with listening(answering(twice, SMALL)) as server, connected() as client:
            for _ in range(2):
                assert (await send(client, request(server.origin))).body == b"[1]"
            assert server.connections == 2

    run(main())


def test_a_connection_is_not_kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "KEEP_ALIVE_SECONDS", 0.05)

    async def main() -> None:
        async with listening(answering(SMALL, SMALL)) as server, connected() as client:
            await send(client, request(server.origin))
            await server.was_left.wait()
            await send(client, request(server.origin))
            assert server.connections == 2

    run(main())


@pytest.mark.parametrize(
    ("raw", "connections"),
    [
        (answer(b"[1]", "Connection: Keep-Alive").replace(b"HTTP/1.1", b"HTTP/1.0"), 1),
        (SMALL.replace(b"HTTP/1.1", b"HTTP/1.0"), 2),
        (answer(b"[1]", "Connection: x, close"), 2),
        (b"HTTP/1.1 200 OK\r\n\r\n[1]", 2),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + SMALL, 1),
        (CHUNKED + b"1\r\n[\r\n2\r\n1]\r\n0\r\n\r\n", 1),
    ],
    ids=["1.0 kept", "1.0", "close", "until the end", "after another", "chunks"],
)
def test_how_an_answer_ends(raw: bytes, connections: int) -> None:
    # A service that keeps the connection answers twice on it.
    handle = answering(*[raw] * (3 - connections))

    async def main() -> None:
        async with listening(handle) as server, connected() as client:
            for _ in range(2):
                reply = await send(client, request(server.origin))
                assert (reply.code, reply.body) == (200, b"[1]")
            assert server.connections == connections

    run(main())


@pytest.mark.parametrize("line", ["481 Filter syntax error", "481 "])
def test_a_code_that_only_this_service_has(line: str) -> None:
    async def main() -> None:
        refusal = answer(b"{}", status=line)
        async with listening(answering(refusal)) as server, connected() as client:
            assert (await send(client, request(server.origin))).code == 481

    run(main())


def chunks(data: bytes, size: int) -> bytes:
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    return CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") + b"".join(
        b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b"")
    )


def test_a_compressed_answer_in_chunks_is_unpacked() -> None:
    text = b"[%s]" % b",".join(b"%d" % number for number in range(50_000))
    members = gzip.compress(text[:100_000]) + gzip.compress(text[100_000:])

    async def main() -> None:
        packed = [chunks(members, size) for size in (7, 1000, len(members))]
        cut = chunks(members[:-30], 1000)
        async with listening(answering(*packed, cut)) as server, connected() as client:
            for _ in packed:
                assert (await send(client, request(server.origin))).body == text
            assert server.connections == 1
            assert (await failing(client, request(server.origin)))[1] == (
                "the answer can't be unpacked"
            )

    run(main())


def test_whoever_waits_for_a_connection_waits_no_longer_than_to_connect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_client, "MAX_CONNECTIONS", 1)

    async def main() -> None:
        async with listening(silent) as server, connected() as client:
            first = asyncio.create_task(send(client, request(server.origin)))
            await server.reached(1)
            with pytest.raises(ConnectionFailure, match="not connected within 0"):
                await client.send(request(server.origin), connect_timeout=0.1, request_timeout=10)
            first.cancel()
            await asyncio.wait([first])
            # There is room again.
            with pytest.raises(ConnectionFailure, match="no answer within 0"):
                await client.send(request(server.origin), connect_timeout=10, request_timeout=0.1)

    run(main())


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nX: KEYWORD\x01\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nKEYWORD\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: KEYWORD\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"KEYWORD" * 20_000,
        CHUNKED + b"KEYWORD" * 20,
    ],
)
def test_what_is_no_http_is_not_logged(raw: bytes, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("tornado.general", "tornado.application", "asyncio"):
        caplog.set_level("DEBUG", logger=name)

    async def main() -> None:
        async with listening(answering(raw)) as server, connected() as client:
            assert await failing(client, request(server.origin)) == (
                "PNMalformedResponseCategory",
                "the answer is no HTTP",
            )

    run(main())
    assert "KEYWORD" not in caplog.text
    # Those of others are logged as ever.
    logging.getLogger("tornado.general").info("another's")
    assert "another's" in caplog.text


# Bodies that are made and taken while they are on their way


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
            assert max(map(len, into.parts)) <= exchange.PART_BYTES
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


# Addresses of a host


def test_the_next_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that refuses, and one that does not answer."""
    monkeypatch.setattr(connect, "NEXT_ADDRESS_SECONDS", 0.05)
    look_up = socket.getaddrinfo

    async def main() -> None:
        async with listening(silent) as refusing:
            pass
        full = socket.create_server(("127.0.0.1", 0), backlog=0)
        filling = [socket.socket() for _ in range(4)]
        for one in filling:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        async with listening(answering(SMALL)) as server, connected() as client:
            ports = [
                int(refusing.origin.partition(":")[2]),
                full.getsockname()[1],
                int(server.origin.partition(":")[2]),
            ]

            def addresses(host: str, *given: Any, **options: Any) -> list[Any]:
                if host != "several.example" or options.get("flags"):
                    return look_up(host, *given, **options)
                kind = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
                return [(*kind, ("127.0.0.1", port)) for port in ports]

            monkeypatch.setattr(socket, "getaddrinfo", addresses)
            assert (await send(client, request("several.example"))).body == b"[1]"
            assert "Host: several.example\r\n" in server.heads[0]
            ports[2:] = []
            with pytest.raises(ConnectionFailure, match="not connected within 0"):
                await client.send(
                    request("several.example:81"), connect_timeout=0.2, request_timeout=10
                )
        for one in (full, *filling):
            one.close()

    run(main())


def test_an_address_of_version_6() -> None:
    async def handle(reader: StreamReader, writer: StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(SMALL)
        writer.close()

    heads: list[str] = []

    async def main() -> None:
        server = await asyncio.start_server(handle, "::1", 0)
        origin = f"[::1]:{server.sockets[0].getsockname()[1]}"
        async with server, connected() as client:
            assert (await send(client, request(origin))).body == b"[1]"
            assert f"Host: {origin}\r\n" in heads[0]

    run(main())


@pytest.mark.parametrize("origin", ["localhost:99999", "localhost:x", "[::1"])
def test_what_is_no_origin(origin: str) -> None:
    async def main() -> None:
        async with connected() as client:
            assert (await failing(client, request(origin)))[1] == "no name of a host"

    run(main())
