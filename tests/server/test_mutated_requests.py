"""Requests as nobody should send them: too long, too large, and thousands of mutated ones."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.emulator.faults import mutate
from benchmarks.emulator.faults.mutations import case, drafts
from benchmarks.emulator.service import Service
from benchmarks.emulator.wire import PUBLISH_KEY, SUBSCRIBE_KEY, Connection, Reply, request
from pnfilter.server import running
from pnfilter.server.settings import MAX_DISCARDED, MAX_MESSAGE, MAX_REQUEST_LINE
from tests.examples import share

SEED = 20180207
#: At most a quarter of what ``python -m benchmarks.emulator.faults.mutate`` sends.
COUNT = share(5_000)
PUBLISH = f"/publish/{PUBLISH_KEY}/{SUBSCRIBE_KEY}/0/lobby/0"


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with running(poll_seconds=0.2) as server:
        yield server.origin


def answer_to(origin: str, raw: bytes) -> Reply:
    """The answer to some bytes, which are sent while it is waited for."""

    async def exchange() -> Reply:
        async with Connection(origin) as connection:
            await connection.write(raw)
            return await connection.receive(bodiless=raw.startswith(b"HEAD "))

    return asyncio.run(exchange())


def nothing() -> None:
    """Shows no progress."""


def test_thousands_of_mutated_requests_are_withstood(tmp_path: Path) -> None:
    with Service(tmp_path, *mutate.OPTIONS) as service:
        seen = asyncio.run(mutate.run(service.origin, SEED, range(COUNT), nothing))
        assert service.resident_bytes() < mutate.MEMORY_BAR
        assert service.stop() == 0
        log = service.log()
    assert seen.faults == []
    assert mutate.faults_of(log) == []
    assert '"event":"request"' in log
    assert seen.statuses.total() >= COUNT
    assert seen.statuses["200"] > COUNT / 20


def test_a_mutated_request_is_the_same_for_the_same_seed() -> None:
    assert [case(1, number) for number in range(50)] == [case(1, number) for number in range(50)]
    assert case(1, 0) != case(2, 0)


@pytest.mark.parametrize("number", range(len(drafts())))
def test_what_is_mutated_is_a_valid_request(origin: str, number: int) -> None:
    draft = drafts()[number]
    reply = answer_to(origin, draft.encoded())
    # There is no such action yet.
    expected = 400 if draft.method == "DELETE" and "/action/" in draft.path else 200
    assert reply.status == expected, reply.body


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Reply(500, {}, b"", 0), "answered 500"),
        (Reply(200, {}, b"Traceback (most recent call last):", 0), "traceback"),
        (Reply(400, {"content-type": "application/json"}, b"{", 0), "broken JSON"),
    ],
)
def test_a_wrong_answer_is_found(reply: Reply, fault: str) -> None:
    assert fault in str(mutate.fault_of(reply))


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"error","event":"internal"}',
        mutate.TRACE,
        '{"level":"warning","event":"dropped","lines":3}',
        "no JSON",
        "null",
    ],
)
def test_a_wrong_line_in_the_log_is_found(line: str) -> None:
    right = '{"level":"info","event":"request"}'
    assert mutate.faults_of(f"{right}\n{right}\n") == []
    assert mutate.faults_of(f"{right}\n{line}\n{right}\n") == [f"the log has: {line}"]


@pytest.mark.parametrize(
    "reply", [Reply(404, {"content-type": "application/json"}, b"{}", 0), Reply(400, {}, b"", 0)]
)
def test_a_refusal_is_no_wrong_answer(reply: Reply) -> None:
    assert mutate.fault_of(reply) is None


# Limits


def time_with_line_of(size: int) -> bytes:
    """A request whose target has that many bytes."""
    start = "/time/0?x="
    return request(start + "a" * (size - len(start)))


@pytest.mark.parametrize("size", [MAX_REQUEST_LINE + 1, 100_000, 300_000, 2_000_000, 20_000_000])
def test_a_request_line_over_the_limit_is_answered_414(origin: str, size: int) -> None:
    reply = answer_to(origin, time_with_line_of(size))
    assert reply.status == 414
    assert reply.headers["content-type"].startswith("application/json")
    assert reply.json()["status"] == 414
    assert reply.json()["error"] is True


def test_a_request_line_within_the_limit_is_read(origin: str) -> None:
    assert answer_to(origin, time_with_line_of(MAX_REQUEST_LINE)).status == 200


def test_a_filter_over_the_limit_of_the_request_line_is_answered_414(origin: str) -> None:
    text = "%7C%7C".join(["a==1"] * 4_000)
    target = f"/v2/subscribe/{SUBSCRIBE_KEY}/lobby/0?tt=0&filter-expr={text}"
    assert answer_to(origin, request(target)).status == 414


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "deflate": zlib.compress,
    "gzip": gzip.compress,
}


def publish_of(size: int, encoding: str) -> bytes:
    """A publish by POST of a text that has that many bytes as JSON."""
    body = ENCODINGS[encoding](b'"' + b"a" * (size - 2) + b'"')
    return request(
        PUBLISH,
        method="POST",
        body=body,
        headers={"Content-Encoding": encoding} if encoding else {},
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("size", [MAX_MESSAGE + 1, 100_000, 20_000_000])
def test_a_message_over_the_limit_is_answered_413(origin: str, size: int, encoding: str) -> None:
    reply = answer_to(origin, publish_of(size, encoding))
    assert reply.status == 413
    assert reply.headers["content-type"].startswith("application/json")
    assert "Too Large" in str(reply.json())


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_message_at_the_limit_is_published(origin: str, encoding: str) -> None:
    reply = answer_to(origin, publish_of(MAX_MESSAGE, encoding))
    assert reply.status == 200
    assert reply.json()[:2] == [1, "Sent"]


@pytest.mark.parametrize("size", [str(MAX_DISCARDED + 1), "9" * 19])
def test_a_body_larger_than_is_ever_read_is_answered_413(origin: str, size: str) -> None:
    # Announced, and sent in part: the answer comes before the rest.
    head = f"POST {PUBLISH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n"
    reply = answer_to(origin, head.encode() + b"a" * 3_000_000)
    assert reply.status == 413
    assert reply.json()["status"] == 413
    assert reply.closes


# Single requests


def test_a_parameter_whose_name_is_no_utf8_is_refused(origin: str) -> None:
    reply = answer_to(origin, request("/time/0?%FF=1"))
    assert reply.status == 400
    assert "UTF-8" in reply.json()["message"]
