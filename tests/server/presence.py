"""Requests about presence, and one who sees its events."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from tests.server.emulated import Emulated, received

PRESENCE = "/v2/presence/sub-key/sub"
HERE = {"status": 200, "message": "OK", "service": "Presence"}


def json_parameter(value: Any) -> str:
    return quote(json.dumps(value), safe="")


def beat(emulated: Emulated, user: str, channels: str = "ch", **parameters: Any) -> None:
    """A heartbeat of a user; ``group`` is a parameter under a shorter name."""
    group = parameters.pop("group", "")
    if "state" in parameters:
        parameters["state"] = json_parameter(parameters["state"])
    query = "".join(f"&{name}={value}" for name, value in parameters.items())
    path = f"{PRESENCE}/channel/{channels}/heartbeat?uuid={user}&channel-group={group}{query}"
    assert emulated.get(path) == (200, HERE)


def leave(emulated: Emulated, user: str, channels: str = "ch", group: str = "") -> None:
    path = f"{PRESENCE}/channel/{channels}/leave?uuid={user}&channel-group={group}"
    assert emulated.get(path) == (200, {**HERE, "action": "leave"})


def set_state(
    emulated: Emulated, user: str, state: Any, channels: str = "ch", group: str = ""
) -> None:
    path = f"{PRESENCE}/channel/{channels}/uuid/{user}/data?state={json_parameter(state)}"
    assert emulated.get(f"{path}&channel-group={group}") == (200, {**HERE, "payload": state})


def state_of(emulated: Emulated, user: str, channel: str = "ch") -> Any:
    status, body = emulated.get(f"{PRESENCE}/channel/{channel}/uuid/{user}")
    assert (status, body["channel"], body["uuid"]) == (200, channel, user)
    return body["payload"]


def users(emulated: Emulated, channel: str = "ch", query: str = "") -> list[Any]:
    status, body = emulated.get(f"{PRESENCE}/channel/{channel}?{query}")
    assert status == 200
    found: list[Any] = body["uuids"]
    return found


class Watcher:
    """Sees the presence events of some names, without being anywhere itself."""

    def __init__(
        self, emulated: Emulated, names: str = "ch-pnpres", groups: str = "", accepts: str = ""
    ) -> None:
        self._emulated = emulated
        # A message that is published last, so that no request waits.
        names = f"mark,{names}" if names else "mark"
        query = f"channel-group={groups}&filter-expr={quote(accepts)}"
        self._target = f"/v2/subscribe/sub/{names}/0?{query}"
        self._cursor = received(emulated.request("GET", self._target))[0]

    def items(self) -> list[dict[str, Any]]:
        """The envelopes that arrived since the last look."""
        self._emulated.publish("mark", None, meta={"mark": 1})
        target = f"{self._target}&tt={self._cursor}"
        self._cursor, items = received(self._emulated.request("GET", target))
        return [item for item in items if item["c"] != "mark"]

    def events(self) -> list[tuple[str, str, str, int]]:
        """Channel, action, user and occupancy of each."""
        return [
            (item["c"], item["d"]["action"], item["d"]["uuid"], item["d"]["occupancy"])
            for item in self.items()
        ]
