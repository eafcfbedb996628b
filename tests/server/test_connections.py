"""Connections that don't go as they should: what their clients are told, and who runs the server."""

from __future__ import annotations

import errno
import json
import socket
import ssl
from contextlib import suppress
from typing import Any

import pytest

from pnfilter.server import Server, running
from pnfilter.server.web import connections, transport
from tests.server.exchanging import PATIENCE, connect, exchange, fetch, settle, until
from tests.server.logged import logged

PUBLISH = b"POST /publish/p/s/0/a/0 HTTP/1.1\r\nHost: here\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /v2/subscribe/s/a/0?uuid=a user HTTP/1.1\r\nHost: here\r\n\r\n",
        b"GET /time/0 HTTP/1.1\r\nno colon here\r\n\r\n",
        b"GET /time/0 HTTP/9.9\r\n\r\n",
        PUBLISH + b"Content-Length: -1\r\n\r\n" + b"x" * 100_000,
        PUBLISH + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_http_is_answered_in_json_and_told(raw: bytes) -> None:
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
        assert server.call(lambda service: service.journal.counts.requests["", 400]) == 1
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
        if isinstance(listener, connections.Listener) and failures:
            raise OSError(failures.pop(), "Too many open files")
        return accept(listener)

    monkeypatch.setattr(socket.socket, "accept", fail)
    monkeypatch.setattr(connections, "PAUSE", 0.05)
    with logged() as log, running() as server:
        assert fetch(server.origin, "/time/0").status == 200
    assert log.about("warning") == ["warning: No more connections for now: Too many open files"] * 3
    assert not log.about("error")


def test_a_server_may_end_while_it_has_too_many_open_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(listener: socket.socket) -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(connections, "PAUSE", 0)
    with logged() as log, running() as server:
        monkeypatch.setattr(socket.socket, "accept", fail)
        with connect(server.origin):
            settle(server)
    assert not log.about("error")


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
    monkeypatch.setattr(transport, "WRITING_SECONDS", 0.1)
    with logged() as log, running() as server:
        publish_much(server)
        with connect(server.origin) as connection:
            connection.sendall(LARGE)
            until(server, lambda _: log.about("did not read its answer"))
            assert len(received(connection)) < 9 * 3_000_000
        assert len(log.about("did not read its answer")) == 1


def test_a_client_that_reads_late_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "WRITING_SECONDS", PATIENCE)
    with logged() as log, running() as server:
        publish_much(server)
        with connect(server.origin) as connection:
            connection.sendall(LARGE + b"GET /time/0 HTTP/1.0\r\n\r\n")
            until(server, lambda service: service.journal.counts.requests["subscribe", 200])
            answers = received(connection)
        assert answers.count(b"HTTP/1.1 200 OK") == 10
        assert len(answers) > 9 * 3_000_000
        assert not log.about("warning")
