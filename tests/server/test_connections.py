"""Connections that don't go as they should: what their clients are told, and who runs the server."""

from __future__ import annotations

import errno
import json
import socket
import ssl
from typing import Any

import pytest

from pnfilter.server import running
from pnfilter.server.web import connections
from tests.server.exchanging import connect, exchange, fetch, settle
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
