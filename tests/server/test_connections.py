"""Connections that go wrong: what their clients and the operator of the server see."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import socket
import ssl
import struct
import threading
from asyncio import Future
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest

from benchmarks.emulator.wire import Connection
from pnfilter.server import Server, running
from pnfilter.server.app import App
from pnfilter.server.http import connection as connections
from pnfilter.server.http import transport
from pnfilter.server.http.request import Request
from pnfilter.server.http.response import Answer
from tests.server.exchanging import PATIENCE, connect, exchange, fetch, settle, until
from tests.server.logged import logged

PUBLISH = b"POST /publish/p/s/0/a/0 HTTP/1.1\r\nHost: here\r\n"


@pytest.mark.parametrize(
    ("raw", "operation"),
    [
        (b"GET /v2/subscribe/s/a/0?uuid=a user HTTP/1.1\r\nHost: here\r\n\r\n", ""),
        (b"GET /time/0 HTTP/1.1\r\nno colon here\r\n\r\n", ""),
        (b"GET /time/0 HTTP/9.9\r\n\r\n", ""),
        (PUBLISH + b"Content-Length: -1\r\n\r\n" + b"x" * 100_000, ""),
        (PUBLISH + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "publish"),
    ],
)
def test_what_is_no_http_is_answered_in_json_and_told(raw: bytes, operation: str) -> None:
    with logged() as log, running() as server:
        head, _, body = exchange(server.origin, raw).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 ")
        assert b"Content-Type: application/json" in head
        assert b"Connection: close" in head
        assert json.loads(body) == {
            "message": "Malformed HTTP Request",
            "error": True,
            "service": "Balancer",
            "status": 400,
        }
        settle(server)
        assert server.call(lambda app: app.activity.counts.requests[operation, 400]) == 1
    (warning,) = log.about("warning")
    assert "A request is malformed" in warning


def test_a_client_that_begins_tls_is_told_at_once() -> None:
    context = ssl.create_default_context()
    with logged() as log, running() as server:
        with connect(server.origin) as connection, pytest.raises(ssl.SSLError) as raised:
            context.wrap_socket(connection, server_hostname="localhost")
        assert raised.value.reason == "WRONG_VERSION_NUMBER"
        assert fetch(server.origin, "/time/0").status == 200
    (warning,) = log.about("warning")
    assert "set its `ssl` to false" in warning


def test_a_server_with_too_many_open_files_pauses_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accept, failures = socket.socket.accept, [errno.EMFILE] * 3

    def fail(listener: socket.socket) -> Any:
        if failures:
            raise OSError(failures.pop(), "Too many open files")
        return accept(listener)

    monkeypatch.setattr(socket.socket, "accept", fail)
    monkeypatch.setattr(transport, "PAUSE", 0.05)
    with logged() as log, running() as server:
        assert fetch(server.origin, "/time/0").status == 200
    assert log.about("warning") == ["warning: No more connections for now: Too many open files"] * 3
    assert not log.about("error")


def test_a_server_may_end_while_it_has_too_many_open_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(listener: socket.socket) -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(transport, "PAUSE", 0)
    with logged() as log, running() as server:
        monkeypatch.setattr(socket.socket, "accept", fail)
        with connect(server.origin):
            settle(server)
    assert not log.about("error")


#: Bytes of an answer that the system doesn't keep for a connection.
LONG = 30_000_000
#: Asks for more than the system keeps for a connection.
LARGE = b"GET /v2/subscribe/s/large/0?tt=1 HTTP/1.1\r\nHost: here\r\n\r\n" * 9


def publish_much(server: Server) -> None:
    for _ in range(100):
        body = b'"%b"' % (b"x" * 30_000)
        fetch(server.origin, "/publish/p/s/0/large/0", method="POST", body=body)


def received(connection: socket.socket) -> bytearray:
    """What comes until the server closes or cuts the connection."""
    found = bytearray()
    with suppress(ConnectionResetError):
        while part := connection.recv(1 << 16):
            found += part
    return found


def test_a_client_that_does_not_read_its_answer_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "WRITING_SECONDS", 0.1)
    with logged() as log, running() as server:
        publish_much(server)
        with connect(server.origin) as connection:
            connection.sendall(LARGE)
            until(server, lambda _: log.about("did not read its answer"))
            assert len(received(connection)) < 9 * 3_000_000
        assert len(log.about("did not read its answer")) == 1


def test_a_client_that_reads_late_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "WRITING_SECONDS", PATIENCE)
    with logged() as log, running() as server:
        publish_much(server)
        with connect(server.origin) as connection:
            connection.sendall(LARGE + b"GET /time/0 HTTP/1.0\r\n\r\n")
            until(server, lambda app: app.activity.counts.requests["subscribe", 200])
            answers = received(connection)
        assert answers.count(b"HTTP/1.1 200 OK") == 10
        assert len(answers) > 9 * 3_000_000
        assert not log.about("warning")


@pytest.fixture
def long_answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server whose every answer is more than the system keeps for a connection."""
    answer = Answer(body=b"x" * LONG)
    monkeypatch.setattr(App, "handle", lambda *_: answer)
    with logged() as log, running() as server:
        yield server
    assert not log.about("error")
    assert not log.about("warning")


@pytest.mark.parametrize("end", [b"Connection: close\r\n\r\n", b"\r\nno HTTP\r\n\r\n"])
def test_a_connection_ends_once_after_an_answer_that_is_read_late(
    monkeypatch: pytest.MonkeyPatch, end: bytes
) -> None:
    monkeypatch.setattr(App, "handle", lambda *_: Answer(body=b"x" * LONG))
    with logged() as log, running() as server, connect(server.origin) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n" + end)
        until(server, lambda app: app.activity.counts.requests["", 200])
        assert received(connection).count(b"x") == LONG
        settle(server)
    assert not log.about("error")


def test_a_client_that_sends_no_more_gets_what_is_written(long_answers: Server) -> None:
    with connect(long_answers.origin) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n" * 2)
        connection.shutdown(socket.SHUT_WR)
        until(long_answers, lambda app: app.activity.counts.requests["", 200])
        assert received(connection).count(b"x") == 2 * LONG


def test_nothing_more_is_read_of_a_file_whose_client_has_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Cut:
        """Its client goes away while the second part is read."""

        size = 1_000
        read = 0

        def next(self) -> bytes:
            self.read += 1
            if self.read == 2:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
            return b"x" * 10

    file = Cut()
    monkeypatch.setattr(App, "handle", lambda *_: Answer(parts=file))
    with logged() as log, running() as server, connect(server.origin) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        until(server, lambda app: app.activity.counts.requests["", 200])
    assert file.read < 5
    assert not log.about("warning")


def test_a_client_that_comes_at_the_end_does_no_harm() -> None:
    clients: list[socket.socket] = []

    def end(_: App) -> None:
        server.stop()
        # In the round of the event loop in which the server is told to end.
        asyncio.get_running_loop().call_soon(lambda: clients.append(connect(origin)))

    with logged() as log:
        with running() as server:
            origin = server.origin
            server.call(end)
        # A socket that nobody closed is a warning, and so an error.
        gc.collect()
    assert len(clients) == 1
    clients[0].close()
    assert not log.about("error")


@pytest.fixture
def refused() -> Iterator[tuple[Server, socket.socket]]:
    """A client that was answered before it sent all, and its server."""
    with running() as server, connect(server.origin) as client:
        client.sendall(PUBLISH + b"Content-Length: 100000000000\r\n\r\n")
        assert received(client).startswith(b"HTTP/1.1 413")
        yield server, client


def test_what_still_comes_after_a_refusal_is_read_until_the_client_closes(
    refused: tuple[Server, socket.socket],
) -> None:
    server, client = refused
    for _ in range(100):
        client.sendall(b"x" * 100_000)
    assert len(open_connections(server)) == 1
    client.close()
    until(server, lambda _: not open_connections(server))


def test_what_still_comes_after_a_refusal_has_an_end(
    refused: tuple[Server, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = refused
    monkeypatch.setattr(connections, "MAX_DISCARDED", 1_000)
    client.sendall(b"x" * 1_001)
    until(server, lambda _: not open_connections(server))


def test_a_client_that_closes_late_after_a_refusal_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "READING_SECONDS", 0.1)
    with running() as server, connect(server.origin) as client:
        client.sendall(PUBLISH + b"Content-Length: 100000000000\r\n\r\n")
        assert received(client).startswith(b"HTTP/1.1 413")
        until(server, lambda _: not open_connections(server))


def open_connections(server: Server) -> list[connections.Connection]:
    """Those that a server has; another one of this process may have some, too."""
    gc.collect()
    port = int(server.origin.rpartition(":")[2])
    return [
        each
        for each in gc.get_objects()
        if isinstance(each, connections.Connection)
        and each in each._uses.connections
        and each._transport.get_extra_info("sockname")[1] == port
    ]


WAITING = b"GET /v2/subscribe/s/held/0?tt=1 HTTP/1.1\r\nHost: here\r\n\r\n"


def test_what_comes_behind_a_request_that_waits_is_kept_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "MAX_HELD", 1_000)
    request = b"GET /time/0 HTTP/1.1\r\nHost: here\r\nX: %b\r\n\r\n" % (b"x" * 4_000)
    # More than the system keeps for a connection.
    count = 3_000
    with running() as server, connect(server.origin) as client:
        client.sendall(WAITING)
        until(server, lambda app: app.broker.waiting == 1)
        sending = threading.Thread(target=client.sendall, args=(request * count,))
        sending.start()
        (connection,) = open_connections(server)
        until(server, lambda _: not connection._transport.is_reading())
        assert len(connection._held) <= 1_000 + transport.CHUNK
        assert sending.is_alive()
        fetch(server.origin, "/publish/p/s/0/held/0/1")
        found = bytearray()
        while found.count(b"HTTP/1.1 200 OK") <= count:
            part = client.recv(1 << 20)
            assert part
            found += part
        sending.join(PATIENCE)


def test_clients_that_send_in_pieces_do_not_mix() -> None:
    with running() as server:
        clients = [connect(server.origin) for _ in range(5)]
        requests = [
            b"POST /publish/p/s/0/mixed-%d/0 HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
            b'Content-Length: 8\r\n\r\n"text-%d"' % (number, number)
            for number in range(5)
        ]
        for position in range(0, len(requests[0]), 7):
            for client, request in zip(clients, requests, strict=True):
                client.sendall(request[position : position + 7])
        for number, client in enumerate(clients):
            with client:
                assert client.recv(1 << 16).startswith(b"HTTP/1.1 200")
            found = fetch(server.origin, f"/v2/history/sub-key/s/channel/mixed-{number}").json()
            assert found[0] == [f"text-{number}"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (
            b"GET /time/0 HTTP/1.1\r\nHost: here\r\nConnection: Upgrade, HTTP2-Settings\r\n"
            b"Upgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n\r\n",
            200,
        ),
        (b"CONNECT here:80 HTTP/1.1\r\nHost: here:80\r\n\r\n", 404),
        (
            PUBLISH + b"Transfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\nHost: there\r\n\r\n",
            200,
        ),
        *[
            (PUBLISH + b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + body, 200)
            for body in (
                b"Content-Length: 3\r\n\r\n123",
                b"Transfer-Encoding: chunked\r\n\r\n1\r\n1\r\n2\r\n23\r\n0\r\n\r\n",
            )
        ],
    ],
)
def test_what_a_request_has_that_is_not_used_does_no_harm(request_: bytes, status: int) -> None:
    end = b"GET /nowhere HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
    with running() as server:
        answers = exchange(server.origin, request_ + end)
        first, second = [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]]
        assert (int(first), second) == (status, b"404")


def test_a_defect_is_answered_500_and_logged_and_the_next_request_served() -> None:
    async def fail_later() -> Answer:
        raise LookupError

    def handle(request: Request) -> Answer | Future[Answer]:
        if request.path == "/now":
            raise LookupError
        return Answer() if request.path == "/" else asyncio.ensure_future(fail_later())

    async def ask() -> list[int]:
        server = transport.Transport(handle, lambda *_: None)
        host, port = server.listen("127.0.0.1", 0)
        async with AsyncExitStack() as leaving:
            leaving.push_async_callback(server.close)
            client = await leaving.enter_async_context(Connection(f"{host}:{port}"))
            return [
                (await client.ask(b"GET %b HTTP/1.1\r\nHost: here\r\n\r\n" % path)).status
                for path in (b"/now", b"/later", b"/")
            ]

    with logged() as log:
        assert asyncio.run(ask()) == [500, 500, 200]
    defects = log.about("A request could not be answered")
    assert len(defects) == 2
    assert all("LookupError" in defect and "test_connections.py:" in defect for defect in defects)
