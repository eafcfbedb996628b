"""What is an answer, and what is none."""

from __future__ import annotations

import asyncio
import gzip
import logging
import random
import socket
import struct
from asyncio import StreamReader, StreamWriter

import pytest

from pnclient.http import exchange
from pnclient.transport import ConnectionFailure
from tests.client.connections.listening import Listening, answer, answering, listening, run
from tests.client.connections.sending import CHUNKED, SMALL, connected, failing, request, send


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
        (CHUNKED + b"zz\r\n", "PNMalformedResponseCategory", "the answer is not HTTP"),
        (b"garbage\r\n\r\n", "PNMalformedResponseCategory", "the answer is not HTTP"),
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


def test_an_answer_that_ends_with_its_connection_is_not_whole_where_that_breaks() -> None:
    async def broken(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n[1]")
        # Bytes that were sent before a reset are lost where they were not read yet.
        await asyncio.sleep(0.05)
        now = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        writer.transport.abort()

    async def main() -> None:
        async with listening(broken) as server, connected() as client:
            assert await failing(client, request(server.origin)) == (
                "PNNetworkIssuesCategory",
                "the answer broke off",
            )

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


PACKED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
#: Each holds a word that no log may have, as a header of an answer may repeat a key.
NO_HTTP = {
    "another protocol": b"SSH-2.0-KEYWORD\r\n\r\n",
    "another version": SMALL.replace(b"HTTP/1.1", b"HTTP/2.0"),
    "no code": b"HTTP/1.1 KEYWORD\r\n\r\n",
    "a code below all": answer(b"KEYWORD", status="099 X"),
    "no such code": answer(b"KEYWORD", status="000 X"),
    "a code above all": answer(b"KEYWORD", status="1000 X"),
    "a code without end": b"HTTP/1.1 " + b"9" * 5000 + b" KEYWORD\r\n\r\n",
    "other digits": b"HTTP/1.1 \xb2\xb2\xb2 KEYWORD\r\n\r\n",
    "a control character": answer(b"1", "X: KEYWORD\x01"),
    "a null": answer(b"1", "X: KEYWORD\0"),
    "a header without a name": answer(b"1", ": KEYWORD"),
    "a header without a colon": answer(b"1", "KEYWORD"),
    "a folded header": answer(b"1", "X: a\r\n KEYWORD"),
    "a space before the colon": answer(b"1", "X : KEYWORD"),
    "a long header": answer(b"1", "X: " + "KEYWORD" * 20_000),
    "many headers": answer(b"1", *["X: KEYWORD"] * 20_000),
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: KEYWORD\r\n\r\n",
    "no length": b"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nKEYWORD",
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\nKEYWORD",
    "a length for Python": b"HTTP/1.1 200 OK\r\nContent-Length: 0_7\r\n\r\nKEYWORD",
    "a length that is too long": answer(b"1").replace(b": 1", b": " + b"9" * 5000 + b"KEYWORD"),
    "two lengths": answer(b"KEYWORD", "Content-Length: 3"),
    "a length and chunks": answer(b"7\r\nKEYWORD\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
    "an unknown coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\nKEYWORD",
    "no chunk": CHUNKED + b"KEYWORD\r\n",
    "a negative chunk": CHUNKED + b"-7\r\nKEYWORD\r\n0\r\n\r\n",
    "a chunk for Python": CHUNKED + b"0x7\r\nKEYWORD\r\n0\r\n\r\n",
    "a chunk that is longer": CHUNKED + b"1\r\nKEYWORD\r\n0\r\n\r\n",
    "the head of a chunk without end": CHUNKED + b"KEYWORD" * 20,
    "no body may be there": answer(b"KEYWORD", status="204 No Content"),
    "no chunks may be there": CHUNKED.replace(b"200", b"204") + b"7\r\nKEYWORD\r\n0\r\n\r\n",
    "others without end": b"HTTP/1.1 103 X\r\nLink: KEYWORD\r\n\r\n" * 10_000 + SMALL,
    "another with a body": answer(b"KEYWORD", status="100 Continue") + SMALL,
    "empty lines without end": b"\r\n" * 10_000 + SMALL,
}


@pytest.mark.parametrize("raw", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_is_not_logged(raw: bytes, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("tornado.general", "tornado.application", "asyncio"):
        caplog.set_level("DEBUG", logger=name)

    async def main() -> None:
        async with listening(answering(raw, SMALL)) as server, connected() as client:
            assert await failing(client, request(server.origin)) == (
                "PNMalformedResponseCategory",
                "the answer is not HTTP",
            )
            # What may be left on the connection is not read.
            await server.was_left.wait()

    run(main())
    assert "KEYWORD" not in caplog.text
    # Those of others are logged as ever.
    logging.getLogger("tornado.general").info("another's")
    assert "another's" in caplog.text


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 204 No Content\r\n\r\n" + answer(b'["another\'s"]'),
        answer(answer(b'["another\'s"]'), status="304 Not Modified"),
        SMALL + answer(b'["another\'s"]'),
    ],
    ids=["204", "304", "two"],
)
def test_what_follows_an_answer_is_no_answer(raw: bytes) -> None:
    async def main() -> None:
        async with listening(answering(raw, SMALL)) as server, connected() as client:
            await send(client, request(server.origin))
            # On another connection the first answer comes again.
            reply = await send(client, request(server.origin))
            assert b"another" not in reply.body
            assert server.connections == 2

    run(main())


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(b"") * 50_000,
        gzip.compress(b"")[:10] + b"\0\0\0\xff\xff" * 200_000,
        gzip.compress(b"[1]") + b"[2]",
    ],
    ids=["members", "blocks", "more"],
)
def test_a_packed_answer_that_goes_on_without_growing(packed: bytes) -> None:
    async def main() -> None:
        async with listening(answering(PACKED + packed)) as server, connected() as client:
            assert await failing(client, request(server.origin)) == (
                "PNMalformedResponseCategory",
                "the answer can't be unpacked",
            )

    run(main())


def test_whatever_comes_is_an_answer_or_a_failure() -> None:
    """Answers that were changed at random raise nothing else."""
    rng = random.Random(20160128)
    kinds = [SMALL, CHUNKED + b"3\r\n[1]\r\n0\r\n\r\n", PACKED + gzip.compress(b"[1]")]
    pieces = [b"\r\n", b"\n", b"\0", b"\xff", b"0", b"-", b": ", b" ", b"100", b"HTTP/1.1 "]

    def changed() -> bytes:
        raw = rng.choice(kinds) + rng.choice([b"", SMALL])
        for _ in range(rng.randrange(1, 4)):
            place = rng.randrange(len(raw))
            raw = raw[:place] + rng.choice(pieces) + raw[place + rng.randrange(4) :]
        return raw[: rng.choice([None, rng.randrange(len(raw))])]

    async def main() -> None:
        outcomes = set()
        for _ in range(500):
            async with listening(answering(changed())) as server, connected() as client:
                try:
                    outcomes.add(str((await send(client, request(server.origin))).code))
                except ConnectionFailure as failure:
                    outcomes.add(str(failure).partition(": ")[2])
        assert outcomes >= {"200", "the answer is not HTTP", "the answer broke off"}

    run(main())
