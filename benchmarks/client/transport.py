"""What a request costs this process with each HTTP library that keeps connections alive.

``python -m benchmarks.client.transport``: answers come ready-made from a process of their own, so that
only the client's CPU is counted. Each library runs in a fresh process, in turns with the other.
``pip install pycurl`` first: only this comparison needs it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

type_of_fetch = Callable[[str], Awaitable[bytes]]

LIBRARIES: Final = ("aiohttp", "curl")
#: Requests at a time that a client with many calls makes.
MANY: Final = 20
_ITEM: Final = {
    "a": "1",
    "f": 0,
    "i": "publisher",
    "k": "sub",
    "c": "quakes",
    "d": {"mag": 6.1, "place": "Hualien, Taiwan", "depth": 34.75, "tsunami": False},
    "p": {"t": "17000000000000000", "r": 1},
    "u": {"net": "us", "status": "reviewed"},
}
BODIES: Final = {
    "/small": b'[1,"Sent","17000000000000000"]',
    "/hundred": json.dumps({"t": {"t": "17000000000000000", "r": 1}, "m": [_ITEM] * 100}).encode(),
}


class _Answering(asyncio.Protocol):
    """A ready-made answer to each GET; requests have no body, and come one after the other."""

    def __init__(self) -> None:
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while b"\r\n\r\n" in self._waiting:
            head, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
            body = BODIES[head.split(b" ", 2)[1].decode()]
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nContent-Length: %d\r\n\r\n%b"
                % (len(body), body)
            )


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Until whoever started this closes its end.
    await asyncio.to_thread(sys.stdin.read)
    server.close()


@asynccontextmanager
async def _aiohttp() -> AsyncIterator[type_of_fetch]:
    import aiohttp

    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def fetch(url: str) -> bytes:
            async with session.get(url) as answer:
                return await answer.read()

        yield fetch


@asynccontextmanager
async def _curl() -> AsyncIterator[type_of_fetch]:
    from tornado.curl_httpclient import CurlAsyncHTTPClient

    client = CurlAsyncHTTPClient(force_instance=True, max_clients=MANY)

    async def fetch(url: str) -> bytes:
        return (await client.fetch(url)).body

    yield fetch
    client.close()


async def _measure(library: str, origin: str, path: str, count: int, at_once: int) -> float:
    """Seconds of CPU for each of ``count`` requests."""
    async with {"aiohttp": _aiohttp, "curl": _curl}[library]() as fetch:

        async def several(number: int) -> None:
            for _ in range(number):
                body = await fetch(origin + path)
                assert len(body) == len(BODIES[path])

        await asyncio.gather(*(several(5) for _ in range(at_once)))
        before = process_time()
        await asyncio.gather(*(several(count // at_once) for _ in range(at_once)))
        return (process_time() - before) / count


def _child(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "benchmarks.client.transport", *map(str, arguments)]


def measured(count: int, turns: int) -> list[tuple[str, str, float]]:
    """Rows of what was asked for, the library, and the median of its microseconds of CPU a request."""
    rows = []
    server = subprocess.Popen(
        _child("--serve"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with server:
        assert server.stdout is not None
        origin = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        for label, path, at_once in [
            ("small answers, one at a time", "/small", 1),
            (f"small answers, {MANY} at a time", "/small", MANY),
            ("answers of 100 messages, one at a time", "/hundred", 1),
        ]:
            found: dict[str, list[float]] = {library: [] for library in LIBRARIES}
            for _ in range(turns):
                for library in LIBRARIES:
                    command = _child("--measure", library, origin, path, count, at_once)
                    text = subprocess.run(
                        command, stdout=subprocess.PIPE, check=True, text=True
                    ).stdout
                    found[library].append(float(text) * 1e6)
            rows += [(label, library, median(found[library])) for library in LIBRARIES]
        server.communicate()
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, or be one of the processes that it needs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=2000, help="requests of a turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        asyncio.run(_serve())
    elif options.measure:
        library, origin, path, count, at_once = options.measure
        print(asyncio.run(_measure(library, origin, path, int(count), int(at_once))))
    elif find_spec("pycurl") is None:
        parser.error("the comparison needs pycurl: pip install pycurl")
    else:
        for label, library, microseconds in measured(options.count, options.turns):
            print(f"{label:40} {library:8} {microseconds:8.0f} µs of CPU a request")


if __name__ == "__main__":
    main()
