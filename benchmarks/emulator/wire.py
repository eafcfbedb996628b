"""The service's protocol on the socket: what the load programs and the tests of the server speak.

No SDK stands between: requests are bytes, so that they can also be wrong, cut off, or one behind
the other, and one process can hold a thousand subscribers.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote, urlencode

PUBLISH_KEY: Final = "demo-pub"
SUBSCRIBE_KEY: Final = "demo-sub"
#: Seconds that a server may take for anything but a long poll.
PATIENCE: Final = 20.0
#: Bytes of the head of a reply, and of a body, beyond which the server is taken to be broken.
MAX_HEAD: Final = 64 * 1024
MAX_BODY: Final = 64 * 1024 * 1024
#: Statuses whose replies have no body.
_WITHOUT_BODY: Final = frozenset({204, 304})
#: Close with a reset at once, what was not sent is lost.
_RESET: Final = struct.pack("ii", 1, 0)


class Disconnected(Exception):
    """The server closed the connection before a whole reply was there."""


class BrokenReply(Exception):
    """What came is no HTTP reply."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply: ``headers`` by their lower-case names, and when the last byte of it was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    #: Seconds of ``time.perf_counter``.
    received: float

    def json(self) -> Any:
        """The body; ``ValueError`` if it is no JSON."""
        return json.loads(self.body)

    @property
    def closes(self) -> bool:
        """Whether the server ends the connection after it."""
        return self.headers.get("connection", "").lower() == "close"


class Connection:
    """A keep-alive connection to ``origin`` ("127.0.0.1:PORT"): one request after the other.

    Opened with the first request, and again with the next one after it was cut. It never repeats
    a request by itself.
    """

    def __init__(self, origin: str) -> None:
        host, _, port = origin.rpartition(":")
        self._address = host, int(port)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def is_open(self) -> bool:
        """Whether a connection stands, as far as this side knows."""
        return self._writer is not None

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The two ends, connected if they were not."""
        if self._reader is None or self._writer is None:
            async with asyncio.timeout(PATIENCE):
                self._reader, self._writer = await asyncio.open_connection(
                    *self._address, limit=MAX_HEAD
                )
        return self._reader, self._writer

    async def send(self, request: bytes) -> None:
        """Write ``request``; ``ConnectionError`` if the other side has closed."""
        _, writer = await self.open()
        writer.write(request)
        async with asyncio.timeout(PATIENCE):
            await writer.drain()

    async def write(self, request: bytes) -> None:
        """Write ``request`` without waiting until it is taken: the answer may come before that."""
        _, writer = await self.open()
        writer.write(request)

    async def receive(self, patience: float = PATIENCE, *, bodiless: bool = False) -> Reply:
        """The next reply. ``bodiless``: it answers HEAD, and has no body whatever it says.

        ``TimeoutError`` after ``patience`` seconds, ``Disconnected`` where the connection ends
        first, ``BrokenReply`` for what is no reply.
        """
        reader, _ = await self.open()
        try:
            async with asyncio.timeout(patience):
                status, headers = _head(await reader.readuntil(b"\r\n\r\n"))
                if bodiless or status in _WITHOUT_BODY or 100 <= status < 200:
                    body = b""
                elif "content-length" in headers:
                    size = int(headers["content-length"])
                    if size > MAX_BODY:
                        raise BrokenReply(f"a body of {size} bytes")
                    body = await reader.readexactly(size)
                else:
                    body = await reader.read(MAX_BODY)
        except asyncio.IncompleteReadError as error:
            raise Disconnected(f"after {len(error.partial)} bytes") from error
        except ConnectionError as error:
            raise Disconnected(str(error)) from error
        except asyncio.LimitOverrunError as error:
            raise BrokenReply(f"a head of more than {MAX_HEAD} bytes") from error
        return Reply(status, headers, body, perf_counter())

    async def receive_some(self, size: int) -> bytes:
        """At most ``size`` bytes of the reply; empty at its end."""
        reader, _ = await self.open()
        return await reader.read(size)

    async def ask(self, request: bytes, patience: float = PATIENCE) -> Reply:
        """The reply to ``request``. Raises as ``send`` and ``receive`` do."""
        await self.send(request)
        return await self.receive(patience, bodiless=request.startswith(b"HEAD "))

    def cut(self, *, reset: bool = False) -> None:
        """End the connection at once, as a lost network does.

        With a reset instead of a farewell.
        """
        writer, self._reader, self._writer = self._writer, None, None
        if writer is None:
            return
        if reset:
            # The other side may have closed already.
            with suppress(OSError):
                end = writer.get_extra_info("socket")
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        writer.transport.abort()

    async def close(self) -> None:
        """End the connection and wait until it has ended."""
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            writer.close()
            try:
                async with asyncio.timeout(PATIENCE):
                    await writer.wait_closed()
            except (ConnectionError, TimeoutError):
                writer.transport.abort()


def _head(raw: bytes) -> tuple[int, dict[str, str]]:
    lines = raw[:-4].decode("latin-1").split("\r\n")
    parts = lines[0].split(" ", 2)
    if len(parts) < 2 or not parts[0].startswith("HTTP/1.") or not parts[1].isdigit():
        raise BrokenReply(lines[0][:100])
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise BrokenReply(line[:100])
        headers[name.strip().lower()] = value.strip()
    return int(parts[1]), headers


# Requests


def request(
    target: str, *, method: str = "GET", body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """A request of HTTP/1.1 for ``target``, which is encoded already."""
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def segment(text: str) -> str:
    """A part of a path, encoded; also of a text with lone surrogates."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def segments(names: Iterable[str]) -> str:
    """A list in a path: each name encoded, joined by commas; an empty list is one comma."""
    return ",".join(map(segment, names)) or ","


def query(parameters: Mapping[str, object]) -> str:
    """The query of these parameters, those that are None left out, with its question mark."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"?{urlencode(given, quote_via=quote)}" if given else ""


def publication(channel: str, data: object, meta: object = None, uuid: str = "publisher") -> str:
    """The target of a publish by GET; ``meta`` None for a message without metadata."""
    return (
        f"/publish/{PUBLISH_KEY}/{SUBSCRIBE_KEY}/0/{segment(channel)}/0/{segment(compact(data))}"
        + query({"uuid": uuid, "meta": None if meta is None else compact(meta)})
    )


def poll(
    channels: Iterable[str],
    cursor: str | int = 0,
    *,
    uuid: str = "subscriber",
    filter_text: str | None = None,
    groups: Iterable[str] = (),
) -> str:
    """The target of a subscribe; the handshake with the cursor 0."""
    return f"/v2/subscribe/{SUBSCRIBE_KEY}/{segments(channels)}/0" + query(
        {
            "tt": cursor,
            "tr": 1 if int(cursor) else None,
            "channel-group": ",".join(groups) or None,
            "filter-expr": filter_text,
            "uuid": uuid,
        }
    )


def compact(value: object) -> str:
    """JSON without spaces, characters as themselves."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def answer_of_publish(reply: Reply) -> str:
    """The timetoken of a publish that was accepted; ``ValueError`` for one that was not."""
    if reply.status != 200:
        raise ValueError(f"publish was answered {reply.status}: {reply.body[:200]!r}")
    accepted, _, timetoken = reply.json()
    if accepted != 1:
        raise ValueError(f"publish was refused: {reply.body[:200]!r}")
    return str(timetoken)


def answer_of_poll(reply: Reply) -> tuple[str, list[dict[str, Any]]]:
    """The next cursor and the items; ``ValueError`` for a poll that was refused."""
    if reply.status != 200:
        raise ValueError(f"subscribe was answered {reply.status}: {reply.body[:200]!r}")
    content = reply.json()
    return str(content["t"]["t"]), content["m"]
