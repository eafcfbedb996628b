"""Requests of subscribers."""

from __future__ import annotations

from asyncio import Future
from typing import Any
from urllib.parse import quote

from pnfilter.server.http.response import Answer
from tests.server.emulated import Emulated, received


def target(names: str, cursor: int | None = None, **parameters: str) -> str:
    """A subscribe request of channels; ``groups`` and ``filter`` are short parameter names."""
    parameters = {
        {"groups": "channel-group", "filter": "filter-expr"}.get(name, name): value
        for name, value in parameters.items()
    }
    if cursor is not None:
        parameters["tt"] = str(cursor)
    query = "&".join(f"{name}={quote(value, safe=',')}" for name, value in parameters.items())
    return f"/v2/subscribe/sub/{quote(names, safe=',')}/0?{query}"


def handshake(emulated: Emulated, names: str = "ch", **parameters: str) -> int:
    """The cursor of a subscriber that begins."""
    cursor, items = received(emulated.request("GET", target(names, 0, **parameters)))
    assert items == []
    return cursor


def catch_up(
    emulated: Emulated, names: str, cursor: int, **parameters: str
) -> tuple[int, list[dict[str, Any]]]:
    """The answer of a request for which there is something already."""
    return received(emulated.request("GET", target(names, cursor, **parameters)))


def payloads(items: list[dict[str, Any]]) -> list[Any]:
    return [item["d"] for item in items]


def is_waiting(emulated: Emulated, answer: Future[Answer]) -> bool:
    emulated.settle()
    return not answer.done()
