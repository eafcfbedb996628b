"""Recorded exchanges, and an emulator on which their state is made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Self
from urllib.parse import quote, unquote, urlencode

from pnfilter.server.store.files import StoredFile
from pnfilter.server.store.messages import StoredAction, StoredMessage
from pnfilter.server.store.store import Store
from tests.server.access.signing import signed
from tests.server.emulated import Emulated
from tests.server.filing import HOST, Promised

#: The beginning of a path of the storage for files.
STORAGE: Final = "(storage)"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A recorded request and its answer."""

    id: str
    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    status: int
    reply: Any
    sdk: str = ""
    year: int | None = None
    cut: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Return that of a row; raise an exception if it isn't one."""
        return cls(
            id=str(row["id"]),
            method=str(row["method"]),
            path=str(row["path"]),
            query={str(name): str(value) for name, value in dict(row["query"]).items()},
            body=row.get("body"),
            status=int(row["status"]),
            reply=row["reply"],
            sdk=str(row.get("sdk", "")),
            year=row.get("year"),
            cut=dict(row.get("cut") or {}),
        )

    @property
    def of_storage(self) -> bool:
        """Whether it was with the storage for files."""
        return self.path.startswith(STORAGE)

    @property
    def is_success(self) -> bool:
        """Whether it was answered with what was asked for."""
        return self.status < 400


class Outcome(NamedTuple):
    """What the emulator has answered; the reply is JSON where it can be read as that."""

    status: int
    reply: Any


class Stage:
    """An emulator, what is asked of it, and the names in that request's path."""

    def __init__(self, exchange: Exchange, parts: Mapping[str, str], emulated: Emulated) -> None:
        self.exchange = exchange
        self.emulated = emulated
        self.raw = parts
        self.key = unquote(parts.get("sub", "sub"))
        #: The request as it is sent.
        self.path = exchange.path
        self.query = {"uuid": _asker(exchange.reply), **exchange.query}
        self.body = _encoded(exchange.body)
        self.headers = dict(HOST)

    def part(self, name: str) -> str:
        """Return a part of the path, decoded."""
        return unquote(self.raw[name])

    def names(self, name: str) -> list[str]:
        """Return a list in the path, decoded."""
        return [one for one in self.part(name).split(",") if one]

    @property
    def tables(self) -> Store:
        """What is stored, for what no request can make: with the ids and times of an answer."""
        return self.emulated.broker.store

    def ask(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        """Make something of the state by a request, which must succeed; its answer."""
        path = path.replace("{sub}", quote(self.key, safe=""))
        target = f"{path}?{urlencode(query or {}, quote_via=quote)}"
        text = "" if body is None else json.dumps(body)
        if self.is_managed:
            target = signed(method, target, text, int(self.emulated.seconds))
        answer = self.emulated.request(method, target, text.encode(), HOST)
        if answer.status >= 400:
            raise ValueError(f"{self.exchange.id}: {method} {target}: {answer.body!r}")
        return json.loads(answer.body) if answer.body else None

    @property
    def is_managed(self) -> bool:
        """Whether the keyset has an access manager."""
        return self.emulated.app.keyring.has_managers

    def enter(self, channel: str, user: str, state: Any = None) -> None:
        """Let a user be on a channel."""
        name, query = quote(channel, safe=""), {"uuid": user, "heartbeat": "300"}
        self.ask("GET", f"/v2/presence/sub-key/{{sub}}/channel/{name}/heartbeat", query)
        if state:
            self.set_state(channel, user, state)

    def set_state(self, channel: str, user: str, state: Any) -> None:
        """Give a user a state on a channel."""
        path = f"/v2/presence/sub-key/{{sub}}/channel/{quote(channel, safe='')}"
        self.ask(*("GET", f"{path}/uuid/{quote(user, safe='')}/data"), {"state": json.dumps(state)})

    def leave(self, channel: str, user: str) -> None:
        """Let a user leave a channel."""
        path = f"/v2/presence/sub-key/{{sub}}/channel/{quote(channel, safe='')}/leave"
        self.ask("GET", path, {"uuid": user})

    def add_to_group(self, group: str, channels: Iterable[str]) -> None:
        """Add channels to a group."""
        path = f"/v1/channel-registration/sub-key/{{sub}}/channel-group/{quote(group, safe='')}"
        self.ask("GET", path, {"add": ",".join(channels)})

    def store(self, channel: str, timetoken: int, payload: Any, **fields: Any) -> None:
        """Store a message."""
        message = StoredMessage(timetoken, json.dumps(payload).encode(), **fields)
        self.tables.messages.add(self.key, channel, message, ttl=0)

    def store_action(self, channel: str, timetoken: int, message: int, **fields: str) -> None:
        """Store an action on a message."""
        action = StoredAction(timetoken, message, **fields)
        self.tables.actions.add(self.key, channel, action)

    def set_object(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Give a user or a channel (``uuids``, ``channels``) the fields that an answer shows."""
        made = {"id", "updated", "eTag"}
        body = {name: value for name, value in fields.items() if name not in made}
        self.ask("PATCH", f"/v2/objects/{{sub}}/{kind}/{quote(fields['id'], safe='')}", body=body)

    def join(self, kind: str, id: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Give a user or a channel the memberships that an answer shows, and their other sides."""
        side, other = ("channel", "channels") if kind == "uuids" else ("uuid", "uuids")
        own = {"type", "status", "custom"}
        added = []
        for row in rows:
            if len(row[side]) > 1:
                self.set_object(other, row[side])
            fields = {name: value for name, value in row.items() if name in own}
            added.append({side: {"id": row[side]["id"]}, **fields})
        if added:
            path = f"/v2/objects/{{sub}}/{kind}/{quote(id, safe='')}/{other}"
            self.ask("PATCH", path, body={"set": added})

    def add_file(self, channel: str, id: str, name: str, content: bytes = b"x") -> None:
        """Store a file."""
        timetoken = self.emulated.broker.timetokens.next()
        self.tables.files.add_part(self.key, id, content)
        self.tables.files.add(self.key, StoredFile(timetoken, channel, id, name, len(content)))

    def promise(self, channel: str = "a", name: str = "a.txt") -> Promised:
        """Ask for an address to upload a file to."""
        path = f"/v1/files/{{sub}}/channels/{quote(channel, safe='')}/generate-upload-url"
        return Promised(self.ask("POST", path, body={"name": name}))


def _asker(reply: Any) -> str:
    """Return who asks where the recording leaves that out: who an event says has come, if any."""
    events = reply.get("m") if isinstance(reply, dict) else None
    for item in events or ():
        if isinstance(item.get("d"), dict) and item["d"].get("action") == "join":
            return str(item["d"]["uuid"])
    return "asker"


def _encoded(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()
