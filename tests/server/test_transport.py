"""What holds of every connection, whatever is asked for."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from types import SimpleNamespace

import pytest

from benchmarks.emulator.wire import Connection
from pnfilter.server import Server, running
from pnfilter.server.activity import Activity
from pnfilter.server.app import App
from pnfilter.server.http.connection import Connection as ServerConnection
from pnfilter.server.http.request import Request
from pnfilter.server.http.response import Answer
from pnfilter.server.http.transport import Transport
from pnfilter.server.run import Tls
from pnfilter.server.settings import (
    IDLE_SECONDS,
    MAX_BODY,
    MAX_DISCARDED,
    MAX_HEAD,
    MAX_REQUEST_LINE,
)
from tests.server.exchanging import PATIENCE, connect, exchange, fetch, settle, until

CLOSE = b"Host: here\r\nConnection: close\r\n"
PUBLISH = b"POST /publish/p/s/0/a/0 HTTP/1.1\r\n" + CLOSE


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


def parts(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, body


def is_json(headers: dict[str, str]) -> bool:
    return headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("target", ["/time/0", "/nowhere", "/v2/subscribe/s/,/0", "/health"])
def test_pages_of_any_origin_read_answers_and_refusals(server: Server, target: str) -> None:
    assert fetch(server.origin, target).headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("target", ["/publish/p/s/0/a/0", "/v1/message-actions/s/channel/a/x"])
def test_browsers_may_ask_first(server: Server, target: str) -> None:
    reply = fetch(
        server.origin,
        target,
        method="OPTIONS",
        headers={"Origin": "http://page.example", "Access-Control-Request-Method": "POST"},
    )
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    allowed = reply.headers["Access-Control-Allow-Methods"].split(", ")
    assert {"GET", "POST", "DELETE", "OPTIONS"} <= set(allowed)
    assert reply.headers["Access-Control-Allow-Headers"] == "*"


def test_another_method_is_told_the_ones_there_are(server: Server) -> None:
    reply = fetch(server.origin, "/time/0", method="PUT")
    assert (reply.status, reply.headers["Allow"]) == (405, "GET")
    assert reply.json()["status"] == 405


@pytest.mark.parametrize("target", [b"/time/0", b"/nowhere"])
def test_the_answer_to_head_has_no_body(server: Server, target: bytes) -> None:
    _, headers, body = parts(
        exchange(server.origin, b"HEAD %b HTTP/1.1\r\n%b\r\n" % (target, CLOSE))
    )
    assert is_json(headers)
    assert body == b""


@pytest.mark.parametrize("size", [MAX_REQUEST_LINE + 100, MAX_HEAD + 1, 5_000_000])
@pytest.mark.parametrize("end", [b" HTTP/1.1\r\n" + CLOSE + b"\r\n", b""])
def test_a_request_line_that_is_too_long_is_answered_414(
    server: Server, size: int, end: bytes
) -> None:
    if not end and size <= MAX_HEAD:
        # Without its end, a line is too long only when it is longer than is read at all.
        size = MAX_HEAD + 1
    status, headers, body = parts(exchange_all(server, b"GET /time/0?a=" + b"x" * size + end))
    assert status == 414
    assert is_json(headers)
    assert headers["connection"] == "close"
    assert json.loads(body) == {
        "message": "Request URI Too Long",
        "error": True,
        "service": "Balancer",
        "status": 414,
    }


def exchange_all(server: Server, raw: bytes) -> bytes:
    """Like ``exchange``, where the server may have answered before all was sent."""
    with connect(server.origin) as connection:
        sending = threading.Thread(target=send, args=(connection, raw))
        sending.start()
        found = b""
        while part := connection.recv(1 << 16):
            found += part
        sending.join(PATIENCE)
        return found


def send(connection: socket.socket, raw: bytes) -> None:
    # The server may have had enough, and has said so.
    with suppress(OSError):
        connection.sendall(raw)


def test_a_request_line_at_its_limit_is_read(server: Server) -> None:
    start, end = b"GET /time/0?a=", b" HTTP/1.1\r\n" + CLOSE + b"\r\n"
    target = MAX_REQUEST_LINE - len(start) + len(b"GET ")
    status, _, _ = parts(exchange(server.origin, start + b"x" * target + end))
    assert status == 200


def test_headers_that_are_too_long_are_refused(server: Server) -> None:
    raw = b"GET /time/0 HTTP/1.1\r\nX: " + b"x" * MAX_HEAD + b"\r\n" + CLOSE + b"\r\n"
    status, headers, _ = parts(exchange_all(server, raw))
    assert (status, is_json(headers)) == (414, True)


@pytest.mark.parametrize("size", [MAX_BODY + 1, 10_000_000])
def test_a_body_over_its_limit_is_answered_413_when_it_was_read(server: Server, size: int) -> None:
    raw = PUBLISH + b"Content-Length: %d\r\n\r\n" % size + b"1" * size
    status, headers, body = parts(exchange_all(server, raw))
    assert (status, is_json(headers), json.loads(body)["status"]) == (413, True, 413)


@pytest.mark.parametrize("length", [str(MAX_DISCARDED + 1), "9" * 19, "0" * 20 + "9" * 12])
def test_a_body_that_is_never_read_is_answered_413_at_once(server: Server, length: str) -> None:
    raw = PUBLISH + f"Content-Length: {length}\r\n\r\n".encode()
    status, headers, body = parts(exchange(server.origin, raw))
    assert (status, is_json(headers), json.loads(body)["status"]) == (413, True, 413)
    assert headers["connection"] == "close"


def test_a_body_in_chunks_is_read_up_to_a_limit(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pnfilter.server.http.connection.MAX_DISCARDED", 1_000_000)
    chunk = b"100000\r\n" + b"1" * 0x100000 + b"\r\n"
    raw = PUBLISH + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3
    status, headers, _ = parts(exchange_all(server, raw))
    assert (status, is_json(headers)) == (413, True)
    assert headers["connection"] == "close"


def test_a_body_in_chunks_is_read(server: Server) -> None:
    raw = PUBLISH + b"Transfer-Encoding: chunked\r\n\r\n1\r\n1\r\n2\r\n23\r\n0\r\n\r\n"
    assert parts(exchange(server.origin, raw))[0] == 200
    (found, *_) = fetch(server.origin, "/v2/history/sub-key/s/channel/a?count=1").json()
    assert found == [123]


@pytest.mark.parametrize("before", [b"0\r\na: ", b"1;"])
def test_what_is_around_chunks_has_a_limit(server: Server, before: bytes) -> None:
    raw = PUBLISH + b"Transfer-Encoding: chunked\r\n\r\n" + before
    status, headers, _ = parts(exchange_all(server, raw + b"x" * (MAX_HEAD + 100_000)))
    assert (status, is_json(headers)) == (414, True)
    assert headers["connection"] == "close"


def test_what_is_around_small_chunks_is_not_counted_together(server: Server) -> None:
    chunk = b"1;" + b"a" * 30_000 + b"\r\n1\r\n"
    raw = PUBLISH + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 20 + b"0\r\n\r\n"
    assert parts(exchange(server.origin, raw))[0] == 200


def test_nothing_lingers_after_the_end() -> None:
    with running() as server:
        connection = connect(server.origin)
        connection.sendall(PUBLISH + b"Content-Length: 100000000000\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 413"
    # A socket that nobody closed is a warning, and so an error.
    gc.collect()
    with connection:
        while connection.recv(1 << 16):
            pass


def test_a_client_may_close_while_it_is_refused(server: Server) -> None:
    with connect(server.origin) as connection:
        connection.sendall(PUBLISH + b"Content-Length: 100000000000\r\n\r\n")
    assert fetch(server.origin, "/time/0").status == 200


def test_requests_one_behind_the_other_are_answered_in_order(server: Server) -> None:
    raw = (
        b"GET /v2/subscribe/s/pipeline/0?tt=1&uuid=waits HTTP/1.1\r\nHost: here\r\n\r\n"
        b"GET /nowhere HTTP/1.1\r\n" + CLOSE + b"\r\n"
    )
    with connect(server.origin) as connection:
        connection.sendall(raw)
        until(server, lambda app: app.broker.waiting == 1)
        fetch(server.origin, "/publish/p/s/0/pipeline/0/1")
        found = b""
        while part := connection.recv(1 << 16):
            found += part
    assert found.index(b'"c":"pipeline"') < found.index(b"HTTP/1.1 404")


def test_a_client_that_goes_away_is_forgotten(server: Server) -> None:
    gone = threading.Event()
    given_up: list[Request] = []

    def watch(app: App) -> None:
        tell = app.activity.on_answered

        def request(request: Request, answer: Answer | None, seconds: float) -> None:
            tell(request, answer, seconds)
            if answer is None:
                given_up.append(request)
                gone.set()

        app.activity.on_answered = request  # type: ignore[method-assign]

    server.call(watch)
    with connect(server.origin) as connection:
        connection.sendall(b"GET /v2/subscribe/s/lost/0?tt=1 HTTP/1.1\r\nHost: here\r\n\r\n")
        until(server, lambda app: app.broker.waiting == 1)
    assert gone.wait(PATIENCE)
    assert [request.operation for request in given_up] == ["subscribe"]
    assert server.call(lambda app: app.broker.waiting) == 0
    counts = server.call(lambda app: app.activity.counts)
    assert counts.requests["subscribe", 0] == 1


def test_clients_that_go_away_at_once_are_forgotten(server: Server) -> None:
    request = b"GET /v2/subscribe/s/lost/0?tt=1 HTTP/1.1\r\nHost: here\r\n\r\n"
    # Of some the end comes between the request and its turn.
    for number in range(200):
        with connect(server.origin) as connection:
            if number % 2:
                connection.sendall(b"GET /time/0 HTTP/1.1\r\nHost: here\r\n\r\n")
                assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")
            connection.sendall(request)
    assert fetch(server.origin, "/time/0").status == 200
    until(server, lambda app: app.broker.waiting == 0)


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /time/0 and more HTTP/1.1\r\n\r\n",
        b"GET /time/0 HTTP/1.1\r\nno colon here\r\n\r\n",
        b"GET /time/0 HTTP/9.9\r\n\r\n",
        PUBLISH + b"Content-Length: -1\r\n\r\n",
        PUBLISH + b"Content-Length: 1, 2\r\n\r\n",
        PUBLISH + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n1",
        PUBLISH + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
        PUBLISH + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /time/0?a=é HTTP/1.1\r\n\r\n".encode(),
        PUBLISH + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_http_is_answered_400(server: Server, raw: bytes) -> None:
    assert exchange(server.origin, raw).startswith(b"HTTP/1.1 400 ")


def test_a_client_may_wait_for_leave_to_send_its_body(server: Server) -> None:
    raw = PUBLISH + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\n1"
    assert b"\r\n\r\nHTTP/1.1 200 OK" in exchange(server.origin, raw)


@pytest.mark.parametrize("tls", [None, "self-signed"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_nothing_is_held_back_until_something_is_acknowledged(
    host: str, tls: Tls | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: list[int] = []
    begin = ServerConnection.connection_made

    def connection_made(self: ServerConnection, transport: asyncio.BaseTransport) -> None:
        its = transport.get_extra_info("socket")
        options.append(its.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        begin(self, transport)

    monkeypatch.setattr(ServerConnection, "connection_made", connection_made)
    with running(host=host, tls=tls) as server:
        trusting = ssl.create_default_context(cafile=server.ca_file) if tls else None
        assert fetch(server.origin, "/time/0", tls=trusting).status == 200
    assert len(options) == 1
    assert options[0]


def test_a_connection_serves_many_requests(server: Server) -> None:
    raw = b"GET /time/0 HTTP/1.1\r\nHost: here\r\n\r\n" * 20
    answers = exchange(server.origin, raw + b"GET /time/0 HTTP/1.1\r\n" + CLOSE + b"\r\n")
    assert answers.count(b"HTTP/1.1 200 OK") == 21


def test_the_time_between_two_requests_is_not_the_second_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    fake = SimpleNamespace(perf_counter=lambda: clock[0])
    for module in ("connection", "exchange"):
        monkeypatch.setattr(f"pnfilter.server.http.{module}.time", fake)
    taken: list[float] = []
    monkeypatch.setattr(
        Activity, "on_answered", lambda _activity, _request, _answer, seconds: taken.append(seconds)
    )
    with running() as server, connect(server.origin) as connection:
        for _ in range(2):
            connection.sendall(b"GET /time/0 HTTP/1.1\r\nHost: here\r\n\r\n")
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
            settle(server)
            clock[0] += 60
    assert taken == [0, 0]


@pytest.mark.parametrize(
    ("version", "asked", "said"),
    [
        ("HTTP/1.1", "", None),
        ("HTTP/1.1", "keep-alive", None),
        ("HTTP/1.1", "Close", "close"),
        ("HTTP/1.0", "", None),
        ("HTTP/1.0", "Keep-Alive", "keep-alive"),
    ],
)
def test_the_answer_says_whether_the_connection_stays(
    server: Server, version: str, asked: str, said: str | None
) -> None:
    closes = said == "close" or (version == "HTTP/1.0" and said is None)
    lines = f"Host: here\r\nConnection: {asked}\r\n" if asked else "Host: here\r\n"
    request = f"GET /time/0 {version}\r\n{lines}\r\n".encode()
    with connect(server.origin) as connection:
        connection.sendall(request)
        status, headers, body = parts(connection.recv(10_000))
        assert status == 200
        assert headers.pop("connection", None) == said
        assert headers == {
            "content-type": "application/json; charset=utf-8",
            "cache-control": "no-cache",
            "access-control-allow-origin": "*",
            "content-length": str(len(body)),
        }
        if closes:
            assert connection.recv(1) == b""
        else:
            connection.sendall(request)
            assert parts(connection.recv(10_000))[0] == 200


def test_a_connection_on_which_nothing_comes_is_closed_at_last() -> None:
    request = b"GET /time/0 HTTP/1.1\r\nHost: here\r\n\r\n"

    async def look() -> tuple[list[bytes], bytes]:
        transport = Transport(lambda _: Answer(body=b"1"), lambda *_: None)
        host, port = transport.listen("127.0.0.1", 0)
        async with AsyncExitStack() as leaving:
            leaving.push_async_callback(transport.close)
            origin = f"{host}:{port}"
            silent, slow, asking = [
                await leaving.enter_async_context(Connection(origin)) for _ in range(3)
            ]
            for connection in (silent, slow, asking):
                await connection.ask(request)
            await slow.send(request[:20])
            moment = time.perf_counter()
            await asking.ask(request)
            transport.close_idle(moment)
            await asking.ask(request)
            transport.close_idle(moment + IDLE_SECONDS)
            ended = [await connection.receive_some(1) for connection in (silent, slow)]
            return ended, (await asking.ask(request)).body

    async def in_time() -> tuple[list[bytes], bytes]:
        async with asyncio.timeout(PATIENCE):
            return await look()

    ended, answer = asyncio.run(in_time())
    assert ended == [b"", b""]
    assert answer == b"1"
