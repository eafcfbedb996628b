"""Requests over sockets, as bytes or in parts, and waiting for what a server does."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPMessage, HTTPSConnection
from typing import Any, NamedTuple

from pnfilter.server.app import App
from pnfilter.server.run import Server

#: Seconds after which a test has failed.
PATIENCE = 20


class Reply(NamedTuple):
    """An answer as it came."""

    status: int
    headers: HTTPMessage
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def fetch(
    origin: str,
    target: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> Reply:
    """The answer to one request, on a connection of its own."""
    connection = (
        HTTPConnection(origin, timeout=PATIENCE)
        if tls is None
        else HTTPSConnection(origin, timeout=PATIENCE, context=tls)
    )
    try:
        connection.request(method, target, body, dict(headers or {}))
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def connect(origin: str) -> socket.socket:
    """A connection to a server."""
    host, _, port = origin.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def exchange(origin: str, raw: bytes) -> bytes:
    """All that is answered to some bytes until the server closes."""
    with connect(origin) as connection:
        connection.sendall(raw)
        found = b""
        while part := connection.recv(1 << 16):
            found += part
        return found


def until(server: Server, condition: Callable[[App], object]) -> None:
    """Ask the server again and again until a condition holds."""
    end = time.monotonic() + PATIENCE
    while not server.call(condition):
        assert time.monotonic() < end, "it never came true"


def settle(server: Server) -> None:
    """Wait until the server is done with all answered requests: it logs them afterwards."""
    server.call(lambda _: None)
