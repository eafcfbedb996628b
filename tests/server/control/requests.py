"""Requests to the control side, and such as an SDK makes, each on a connection of its own."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from pnfilter.server.run import Server

PATH = "/_pnfilter"


class Reply:
    """A reply, read to its end."""

    def __init__(self, reply: http.client.HTTPResponse) -> None:
        self.status = reply.status
        self.headers = reply.headers
        self.body = reply.read()

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    server: Server,
    method: str,
    target: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """The reply to one request."""
    with closing(http.client.HTTPConnection(server.origin, timeout=10)) as connection:
        connection.putrequest(method, target, skip_host=True)
        sent = {"Host": server.origin, "Content-Length": str(len(body)), **(headers or {})}
        for name, value in sent.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        return Reply(connection.getresponse())


def with_token(server: Server, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.control_token}", **headers}


def control(
    server: Server, method: str, target: str, values: Any = None, **headers: str
) -> tuple[int, Any]:
    """Status and JSON of the control side's answer to whoever knows the token."""
    body = b"" if values is None else json.dumps(values).encode()
    reply = ask(server, method, PATH + target, body, with_token(server, **headers))
    assert reply.headers["Content-Type"] == "application/json; charset=UTF-8"
    return reply.status, reply.json()


def sdk(server: Server, target: str, method: str = "GET", body: bytes = b"") -> Any:
    """The JSON that an SDK gets."""
    reply = ask(server, method, target, body)
    assert reply.status == 200, (target, reply.body)
    return reply.json()
