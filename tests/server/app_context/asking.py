"""Requests of App Context, and what subscribers are told meanwhile."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from tests.server.emulated import Emulated, received
from tests.server.subscribing import target

BASE = "/v2/objects/sub"


def ask(
    emulated: Emulated,
    method: str,
    path: str,
    body: Any = None,
    *,
    if_match: str | None = None,
    **query: Any,
) -> tuple[int, Any]:
    """Status and JSON of the answer to a request; ``path`` comes after the keyset."""
    text = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {} if if_match is None else {"If-Match": if_match}
    words = urlencode(query, quote_via=quote)
    answer = emulated.request(method, f"{BASE}/{path}?{words}", text, headers)
    return answer.status, json.loads(answer.body)


def done(emulated: Emulated, method: str, path: str, body: Any = None, **query: Any) -> Any:
    """The data of an answer, where all went well."""
    status, answer = ask(emulated, method, path, body, **query)
    assert (status, answer["status"]) == (200, 200), answer
    return answer["data"]


def refused(emulated: Emulated, method: str, path: str, body: Any = None, **query: Any) -> str:
    """What is said to be wrong with a request, and where."""
    status, answer = ask(emulated, method, path, body, **query)
    assert (status, answer["status"]) == (400, 400), answer
    assert answer["error"]["source"] == "objects"
    (detail,) = answer["error"]["details"]
    return f"{detail['location']}: {detail['message']}"


def ids(rows: list[dict[str, Any]]) -> list[str]:
    """The ids of users or channels, or of the other side of memberships."""
    return [(row.get("uuid") or row.get("channel") or row)["id"] for row in rows]


class Subscriber:
    """One that gets everything of some channels; its filter matches no message."""

    def __init__(self, emulated: Emulated, names: str) -> None:
        self._emulated, self._names = emulated, names
        self._cursor, items = received(emulated.request("GET", target(names, 0, filter="a == 1")))
        assert items == []

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """The channels and payloads of what came since the last time."""
        waiting = self._emulated.request_or_none(
            "GET", target(self._names, self._cursor, filter="a == 1")
        )
        if waiting is None:
            return []
        self._cursor, items = received(waiting)
        assert all(item["e"] == 2 and "i" not in item for item in items)
        return [(item["c"], item["d"]) for item in items]
