"""A local server that records every request and gives the answers of ``answers.py``.

It reads sockets itself: some SDKs send request lines that no HTTP library accepts.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedIOBase
from typing import NamedTuple

from tests.protocol.capture.answers import STORED, SUBSCRIBED, TIMETOKEN, UPLOAD, Answer, standing

#: Seconds that a subscribe request without news is held: longer than a capture takes.
HELD = 60.0
_BOUNDARY = re.compile(rb"boundary=\"?([^\";]+)")


class Request(NamedTuple):
    """One request as it came: the raw target, headers in order, the body not inflated."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


class Part(NamedTuple):
    """One field of a form: its headers and what it holds."""

    head: str
    content: bytes


def parts(request: Request) -> list[Part]:
    """The fields of a ``multipart/form-data`` body, in their order."""
    found = _BOUNDARY.search((request.header("content-type") or "").encode())
    if found is None:
        return []
    pieces = request.body.split(b"--" + found[1])[1:-1]
    split = [piece.removeprefix(b"\r\n").removesuffix(b"\r\n") for piece in pieces]
    return [
        Part(head.decode(), content)
        for head, _, content in (piece.partition(b"\r\n\r\n") for piece in split)
    ]


def query(target: str) -> dict[str, str]:
    """The parameters of a target, as they stand there."""
    found = {}
    for part in target.partition("?")[2].split("&"):
        name, _, value = part.partition("=")
        found[name] = value
    return found


class Recorder:
    """What came since the last ``take``, and what is answered.

    ``overrides``: answers by a pattern of the path, before the standing ones. ``news``: what the
    polls of a subscription are answered after the first; those after them are held.
    """

    def __init__(self, listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self.overrides: dict[str, Answer] = {}
        self.news: list[bytes] = []
        self._listener = listener
        self._requests: list[Request] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._stored = b"content"

    def take(self) -> list[Request]:
        with self._lock:
            taken, self._requests = self._requests, []
        return taken

    def serve(self) -> None:
        with suppress(OSError):
            while not self._closing.is_set():
                connection, _ = self._listener.accept()
                threading.Thread(target=self._connection, args=(connection,), daemon=True).start()

    def close(self) -> None:
        self._closing.set()
        self._listener.close()

    def _connection(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, ValueError), connection.makefile("rb") as reader:
            while request := _read(reader):
                with self._lock:
                    self._requests.append(request)
                connection.sendall(self._answer(request).over_the_wire())

    def _answer(self, request: Request) -> Answer:
        path = request.target.partition("?")[0]
        for pattern, answer in self.overrides.items():
            if re.search(pattern, path):
                return answer
        if path.startswith("/v2/subscribe/"):
            return self._poll(request.target)
        if path.startswith(UPLOAD):
            (self._stored,) = (
                part.content for part in parts(request) if 'name="file"' in part.head
            )
        answer = standing(request.method, path, self.port)
        return answer._replace(body=self._stored) if path.startswith(STORED) else answer

    def _poll(self, target: str) -> Answer:
        cursor = query(target).get("tt", "0")
        if cursor in ("", "0"):
            return SUBSCRIBED
        # By the cursor, for a client of before may still be polling.
        number = int(cursor) - int(TIMETOKEN)
        news = self.news[number] if 0 <= number < len(self.news) else None
        if news is None:
            self._closing.wait(HELD)
            return SUBSCRIBED
        return SUBSCRIBED._replace(body=news)


def _read(reader: BufferedIOBase) -> Request | None:
    line = reader.readline().decode(errors="backslashreplace").rstrip("\r\n")
    if not line:
        return None
    # A target may hold spaces that nobody encoded.
    method, _, rest = line.partition(" ")
    headers = []
    while field := reader.readline().decode("latin-1").rstrip("\r\n"):
        name, _, value = field.partition(":")
        headers.append((name, value.strip()))
    request = Request(method, rest.rpartition(" ")[0], tuple(headers), b"")
    if "chunked" in (request.header("transfer-encoding") or ""):
        body = b""
        while size := int(reader.readline(), 16):
            body += reader.read(size)
            reader.readline()
        reader.readline()
    else:
        body = reader.read(int(request.header("content-length") or 0))
    return request._replace(body=body)


@contextmanager
def recording() -> Iterator[Recorder]:
    """A recorder on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        recorder = Recorder(listener)
        thread = threading.Thread(target=recorder.serve, daemon=True)
        thread.start()
        try:
            yield recorder
        finally:
            recorder.close()
