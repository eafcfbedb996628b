"""Clients that send half of something or read nothing: how long the server waits, what it holds."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from pnfilter.server import Server, running
from pnfilter.server.app import App
from pnfilter.server.http import connection as connections
from pnfilter.server.http import transport
from pnfilter.server.http.connection import Connection
from pnfilter.server.http.response import Answer
from pnfilter.server.settings import (
    HEAD_SECONDS,
    IDLE_SECONDS,
    MAX_HEAD,
    MAX_HEADERS,
    MAX_KEPT_HEADERS,
    MAX_PARAMETERS,
    READING_SECONDS,
)
from tests.server.exchanging import PATIENCE, connect, exchange, fetch, settle, until
from tests.server.logged import logged

TIME = b"GET /time/0 HTTP/1.1\r\nHost: here\r\n\r\n"
WAITING = b"GET /v2/subscribe/s/a/0?tt=1 HTTP/1.1\r\nHost: here\r\n\r\n"
UPLOAD = (
    b"POST /v1/files/s/upload HTTP/1.1\r\nHost: here\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    b"Content-Length: 1000\r\n\r\n"
)
PUBLISH = b"POST /publish/p/s/0/a/0 HTTP/1.1\r\nHost: here\r\n"


def rest(client: socket.socket) -> bytes:
    """What comes until the server closes the connection."""
    found = b""
    with suppress(ConnectionResetError):
        while part := client.recv(1 << 16):
            found += part
    return found


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that waits for heads and bodies for a moment."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    monkeypatch.setattr(connections, "READING_SECONDS", 0.1)
    with logged() as log, running() as found:
        yield found
    assert not log.about("error")


def test_a_head_has_seconds_and_a_silent_connection_an_hour() -> None:
    assert HEAD_SECONDS <= 30
    assert READING_SECONDS <= 60
    assert IDLE_SECONDS >= 600


@pytest.mark.parametrize(
    "begun",
    [
        b"G",
        b"GET /time/0",
        b"GET /time/0 HTTP/1.1\r\n",
        TIME[:-2],
        TIME[:-1],
        b"\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\n",
        b"GET /" + b"x" * 30_000,
        b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000,
        b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * (MAX_HEADERS - 1),
        TIME + b"GET /",
        TIME + TIME + TIME[:-2],
        PUBLISH + b"Content-Length: 1\r\n\r\n1G",
        PUBLISH + b"Content-Length: 10\r\n\r\n123",
        PUBLISH + b"Transfer-Encoding: chunked\r\n\r\n5\r\n123",
        PUBLISH + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
        PUBLISH + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\nX: y\r\n",
        PUBLISH + b"Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 9\r\n\r\n1",
        UPLOAD,
        UPLOAD + b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nx',
        UPLOAD + b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx',
        b"POST /playground/api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90\r\n\r\n{",
    ],
)
def test_what_is_sent_in_part_is_waited_for_for_a_while(server: Server, begun: bytes) -> None:
    answers = exchange(server.origin, begun)
    complete = begun.count(TIME) + begun.count(b"\r\n\r\n1G")
    assert answers.count(b"HTTP/1.1 ") == complete + 1
    last = answers[answers.rindex(b"HTTP/1.1 ") :]
    assert last.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"Connection: close\r\n" in last
    assert last.endswith(
        b'{"message":"Request Timeout","error":true,"service":"Balancer","status":408}'
    )


@pytest.mark.parametrize("complete", [TIME, PUBLISH + b"Content-Length: 5\r\n\r\n12345"])
def test_single_bytes_give_no_more_time(server: Server, complete: bytes) -> None:
    started = time.monotonic()
    sent = 0
    with connect(server.origin) as client, suppress(OSError):
        # It would take seconds, and never ends by itself.
        while time.monotonic() < started + PATIENCE:
            client.sendall(complete[sent : sent + 1] if sent < len(complete) - 1 else b"")
            sent = min(sent + 1, len(complete) - 1)
            client.settimeout(0.02)
            with suppress(TimeoutError):
                found = client.recv(1 << 16)
                assert not found or found.startswith(b"HTTP/1.1 408")
                break
    assert sent < len(complete) - 1 or time.monotonic() < started + PATIENCE


def test_each_head_has_its_own_time(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", PATIENCE)
    timers = []
    with connect(server.origin) as client:
        client.sendall(TIME + b"GET")
        for _ in range(3):
            assert client.recv(1 << 16).startswith(b"HTTP/1.1 200")
            settle(server)
            (connection,) = server.call(open_connections)
            timers.append(connection._reading_timer)
            # The end of one, and the beginning of the next.
            client.sendall(TIME[3:] + b"GET")
    assert None not in timers
    assert len(set(map(id, timers))) == 3


def open_connections(app: App) -> list[Connection]:
    """Those of a server; other tests may have left theirs in the process."""
    import gc

    return [
        each
        for each in gc.get_objects()
        if isinstance(each, Connection)
        and each in each._uses.connections
        and each._uses.handle == app.handle
    ]


@pytest.mark.parametrize("behind", [b"", b"GET", TIME[:-2], TIME])
def test_a_request_that_waits_is_not_ended(behind: bytes, server: Server) -> None:
    with connect(server.origin) as client:
        client.sendall(WAITING + behind)
        until(server, lambda app: app.broker.waiting == 1)
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.settimeout(PATIENCE)
        fetch(server.origin, "/publish/p/s/0/a/0/1")
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 200")


def test_a_connection_without_a_request_is_not_ended(server: Server) -> None:
    with connect(server.origin) as silent, connect(server.origin) as done:
        done.sendall(TIME)
        assert done.recv(1 << 16).startswith(b"HTTP/1.1 200")
        for client in (silent, done):
            client.settimeout(0.2)
            with pytest.raises(TimeoutError):
                client.recv(1)
            client.settimeout(PATIENCE)
            client.sendall(TIME)
            assert client.recv(1 << 16).startswith(b"HTTP/1.1 200")


def test_a_handshake_that_is_not_finished_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "HANDSHAKE_SECONDS", 0.1)
    with running(tls="self-signed") as server:
        for begun in (b"", b"\x16\x03\x01\x02"):
            assert exchange(server.origin, begun) == b""


@pytest.mark.parametrize("header", [b"X: y\r\n", b"X-%d: y\r\n"])
def test_headers_have_a_bound(header: bytes, server: Server) -> None:
    def lines(count: int) -> bytes:
        text = b"".join(header % number if b"%" in header else header for number in range(count))
        return b"GET /time/0 HTTP/1.0\r\n" + text

    assert exchange(server.origin, lines(MAX_HEADERS) + b"\r\n").startswith(b"HTTP/1.1 200")
    assert exchange(server.origin, lines(MAX_HEADERS + 1) + b"\r\n").startswith(b"HTTP/1.1 414")
    # Nor is the rest waited for.
    assert exchange(server.origin, lines(MAX_HEADERS + 2)).startswith(b"HTTP/1.1 414")


def test_of_headers_that_nothing_reads_nothing_is_kept(server: Server) -> None:
    unread = b"".join(b"X-%d: %b\r\n" % (number, b"x" * 1_200) for number in range(190))
    polls = WAITING[:-2] + unread + b"\r\n", WAITING[:-2] + b"If-Match: 1\r\n\r\n"
    with ExitStack() as leaving:
        for poll in polls:
            leaving.enter_context(connect(server.origin)).sendall(poll)
        until(server, lambda app: app.broker.waiting == 2)
        kept = [each._current for each in server.call(open_connections)]
    kept_headers = {each.request.size: each.request.headers for each in kept if each is not None}
    assert kept_headers == {
        len("/v2/subscribe/s/a/0?tt=1here"): {"Host": "here"},
        len("/v2/subscribe/s/a/0?tt=1here1"): {"Host": "here", "If-Match": "1"},
    }


def test_the_headers_that_are_read_have_a_bound(server: Server) -> None:
    def asked(size: int) -> bytes:
        return b"GET /time/0 HTTP/1.0\r\nHost: h\r\nOrigin: " + b"x" * (size - 1) + b"\r\n\r\n"

    assert exchange(server.origin, asked(MAX_KEPT_HEADERS)).startswith(b"HTTP/1.1 200")
    assert exchange(server.origin, asked(MAX_KEPT_HEADERS + 1)).startswith(b"HTTP/1.1 414")


def test_parameters_have_a_bound(server: Server) -> None:
    for number, status in ((MAX_PARAMETERS, 200), (MAX_PARAMETERS + 1, 400)):
        query = "&".join(f"p{each}" for each in range(number))
        assert fetch(server.origin, f"/time/0?{query}").status == status


def pending(server: Server) -> int:
    return server.call(lambda app: sum(each._pending for each in open_connections(app)))


@pytest.mark.sliced(4)
@pytest.mark.parametrize(
    "begun",
    [
        b"GET / HTTP/1.1\r\nHost: here\r\nX: " + b"x" * 60_000,
        PUBLISH + b"Content-Length: 65536\r\n\r\n" + b"x" * 60_000,
        WAITING + b"GET / HTTP/1.1\r\nHost: here\r\nX: " + b"x" * 60_000,
        WAITING + 40 * TIME,
        PUBLISH.replace(b" HTTP", b"?x=%b HTTP" % (b"x" * 30_000)) + b"Content-Length: 9\r\n\r\n",
    ],
    ids=["heads", "bodies", "behind a request", "many behind a request", "heads of bodies"],
)
def test_requests_that_came_in_part_hold_so_much_together(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MAX_PENDING", 200_000)
    with running() as server, ExitStack() as leaving:
        clients = [leaving.enter_context(connect(server.origin)) for _ in range(20)]
        for client in clients:
            with suppress(ConnectionError):
                client.sendall(begun)
        for client in clients:
            client.settimeout(0.05)
            with suppress(TimeoutError, ConnectionError):
                answer = client.recv(1 << 16)
                assert not answer or answer.startswith(b"HTTP/1.1 503")
        until(server, lambda app: len(open_connections(app)) < 12)
        assert 0 < pending(server) <= 200_000
        # Requests of a usual length are served.
        with connect(server.origin) as client:
            client.sendall(TIME[:-10])
            assert fetch(server.origin, "/time/0").status == 200
            client.sendall(TIME[-10:])
            assert client.recv(1 << 16).startswith(b"HTTP/1.1 200")
    assert MAX_HEAD > 60_000


def test_what_was_behind_a_request_counts_no_longer_when_it_is_answered(server: Server) -> None:
    with connect(server.origin) as client:
        client.sendall(WAITING + 3 * TIME)
        until(server, lambda app: app.broker.waiting == 1)
        assert pending(server) > 3 * len("/time/0")
        fetch(server.origin, "/publish/p/s/0/a/0/1")
        until(server, lambda app: app.broker.waiting == 0)
        assert pending(server) == 0


def test_answers_that_nobody_takes_hold_so_much_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(App, "handle", lambda *_: Answer(body=b"x" * 30_000_000))
    monkeypatch.setattr(connections, "MAX_UNSENT", 70_000_000)
    with logged() as log, running() as server, ExitStack() as leaving:
        clients = [leaving.enter_context(connect(server.origin)) for _ in range(4)]
        for number, client in enumerate(clients, 1):
            client.sendall(TIME)
            until(server, lambda app, number=number: sent(app) == number)  # type: ignore[misc]
        found = [len(rest_of(client)) for client in clients]
    assert found[0] < 30_000_000
    assert found[-2:] == [30_000_000] * 2
    assert log.about("too many others")


def sent(app: App) -> int:
    return app.activity.counts.requests["", 200]


def rest_of(client: socket.socket) -> bytes:
    """The body that comes, as far as it does."""
    found = bytearray()
    client.settimeout(PATIENCE)
    with suppress(ConnectionResetError):
        while len(found) < 30_000_000 + len(found.partition(b"\r\n\r\n")[0]) and (
            part := client.recv(1 << 20)
        ):
            found += part
    return bytes(found.partition(b"\r\n\r\n")[2])


def test_a_new_connection_takes_the_place_of_one_that_is_idle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "MAX_CONNECTIONS", 3)
    with logged() as log, running() as server, ExitStack() as leaving:
        clients = [leaving.enter_context(connect(server.origin)) for _ in range(3)]
        for client in clients[:2]:
            client.sendall(WAITING)
        until(server, lambda app: app.broker.waiting == 2)
        for _ in range(3):
            assert fetch(server.origin, "/time/0").status == 200
        assert rest(clients[2]) == b""
        third = leaving.enter_context(connect(server.origin))
        third.sendall(WAITING)
        until(server, lambda app: app.broker.waiting == 3)
        for _ in range(2):
            answer = exchange(server.origin, b"")
            assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
            assert answer.endswith(
                b'{"message":"Too many connections","error":true,"service":"Balancer","status":503}'
            )
        assert server.call(lambda app: app.broker.waiting) == 3
        clients[0].close()
        until(server, lambda app: app.broker.waiting == 2)
        assert fetch(server.origin, "/time/0").status == 200
    assert len(log.about("further ones are refused")) == 1
