"""A server in a process of its own, with answers made in advance: they cost next to nothing."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import parse_qs

AnswerFunction = Callable[[bytes], bytes | None]

_ITEM: Final = {
    "a": "1",
    "f": 0,
    "i": "publisher",
    "k": "sub",
    "c": "quakes",
    "d": {"mag": 6.1, "place": "Hualien, Taiwan", "depth": 34.75, "tsunami": False},
    "u": {"net": "us", "status": "reviewed"},
}
#: Messages of an answer: as many as one of the service holds.
MESSAGES: Final = 100
#: The cursor of a handshake; the messages come after it.
FIRST: Final = 17_000_000_000_000_000


def full_answer(cursor: int) -> bytes:
    """The body of an answer to a poll from ``cursor`` on.

    100 messages, published one after the other.
    """
    times = range(cursor + 1, cursor + MESSAGES + 1)
    return _body(times[-1], [{**_ITEM, "p": {"t": str(time), "r": 1}} for time in times])


def _body(cursor: int, messages: list[dict[str, object]]) -> bytes:
    return json.dumps({"t": {"t": str(cursor), "r": 1}, "m": messages}).encode()


class Polls:
    """That many answers of 100 messages, one after the other.

    Who has had them all gets no answer.
    """

    def __init__(self, count: int) -> None:
        self._answers = {0: _whole(_body(FIRST, []))}
        for cursor in range(FIRST, FIRST + count * MESSAGES, MESSAGES):
            self._answers[cursor] = _whole(full_answer(cursor))

    def __call__(self, head: bytes) -> bytes | None:
        """The answer to a subscribe request; any other gets an empty object."""
        target = head.split(b" ", 2)[1]
        if not target.startswith(b"/v2/subscribe/"):
            return _whole(b"{}")
        _, _, query = target.decode().partition("?")
        # The first request may name no cursor.
        return self._answers.get(int(parse_qs(query).get("tt", ["0"])[0]))


class Bodies:
    """An answer for each path."""

    def __init__(self, bodies: dict[str, bytes]) -> None:
        self._answers = {path.encode(): _whole(body) for path, body in bodies.items()}

    def __call__(self, head: bytes) -> bytes | None:
        return self._answers[head.split(b" ", 2)[1]]


def _whole(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


class _Answering(asyncio.Protocol):
    """Answers the requests of a connection, which have no body and come one after the other."""

    def __init__(self, answer: AnswerFunction) -> None:
        self._waiting, self._answer = b"", answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while b"\r\n\r\n" in self._waiting:
            head, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
            answer = self._answer(head)
            if answer is not None:
                self._transport.write(answer)


async def serve(answer: AnswerFunction) -> None:
    """Answer on a free port, which is printed, until the standard input ends."""
    server = await asyncio.get_running_loop().create_server(
        lambda: _Answering(answer), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


@contextmanager
def served(*command: str) -> Iterator[str]:
    """The origin of a server in a process of its own, which runs a module with ``serve``."""
    with subprocess.Popen(
        [sys.executable, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield f"127.0.0.1:{int(process.stdout.readline())}"
            process.communicate()
        finally:
            process.kill()


def stay_on_processor(number: int) -> None:
    """Run on this processor only, where the system can be told so and has as many."""
    if hasattr(os, "sched_setaffinity"):
        processors = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {processors[number % len(processors)]})


if __name__ == "__main__":
    stay_on_processor(1)
    asyncio.run(serve(Polls(int(sys.argv[1]))))
