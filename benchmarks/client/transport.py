"""What a request costs this process with the client's connections, and with two libraries'.

``python -m benchmarks.client.transport``: answers come ready-made from a process of their own, so
that only the client's CPU is counted. Each runs in a fresh process, in turns with the others.
``pip install aiohttp pycurl`` first: only this comparison needs them.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Final

from benchmarks.client.prebuilt import FIRST, Bodies, full_answer, serve, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Fetch = Callable[[str], Awaitable[bytes]]

_MODULE: Final = "benchmarks.client.transport"
LIBRARIES: Final = ("pnclient", "aiohttp", "curl")
#: Requests at a time that a client with many calls makes.
MANY: Final = 20
BODIES: Final = {
    "/small": b'[1,"Sent","17000000000000000"]',
    "/hundred": full_answer(FIRST),
}


@asynccontextmanager
async def _pnclient() -> AsyncIterator[Fetch]:
    from pnclient.http.client import Http
    from pnclient.transport import Prepared

    client = Http()

    async def fetch(url: str) -> bytes:
        request = Prepared("GET", url, {"User-Agent": "benchmark"}, None, "shown")
        return (await client.send(request, connect_timeout=10, request_timeout=10)).body

    yield fetch
    await client.close()


@asynccontextmanager
async def _aiohttp() -> AsyncIterator[Fetch]:
    aiohttp = import_module("aiohttp")

    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def fetch(url: str) -> bytes:
            async with session.get(url) as answer:
                body: bytes = await answer.read()
                return body

        yield fetch


@asynccontextmanager
async def _curl() -> AsyncIterator[Fetch]:
    from tornado.curl_httpclient import CurlAsyncHTTPClient

    client = CurlAsyncHTTPClient(force_instance=True, max_clients=MANY)

    async def fetch(url: str) -> bytes:
        return (await client.fetch(url)).body

    yield fetch
    client.close()


async def _measure(library: str, origin: str, path: str, count: int, at_once: int) -> float:
    """Seconds of CPU for each of ``count`` requests."""
    ways = {"pnclient": _pnclient, "aiohttp": _aiohttp, "curl": _curl}
    async with ways[library]() as fetch:

        async def several(number: int) -> None:
            for _ in range(number):
                body = await fetch(origin + path)
                assert len(body) == len(BODIES[path])

        await asyncio.gather(*(several(5) for _ in range(at_once)))
        before = process_time()
        await asyncio.gather(*(several(count // at_once) for _ in range(at_once)))
        return (process_time() - before) / count


def _child(*arguments: object) -> list[str]:
    return [sys.executable, "-m", _MODULE, *map(str, arguments)]


def measured(count: int, turns: int) -> list[tuple[str, str, float]]:
    """Rows of the request, the library, and the median of its microseconds of CPU."""
    rows = []
    with served(_MODULE, "--serve") as address:
        origin = f"http://{address}"
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
        asyncio.run(serve(Bodies(BODIES)))
    elif options.measure:
        library, origin, path, count, at_once = options.measure
        print(asyncio.run(_measure(library, origin, path, int(count), int(at_once))))
    elif not (find_spec("aiohttp") and find_spec("pycurl")):
        parser.error("the comparison needs two libraries: pip install aiohttp pycurl")
    else:
        for label, library, microseconds in measured(options.count, options.turns):
            print(f"{label:40} {library:8} {microseconds:8.0f} µs of CPU a request")


if __name__ == "__main__":
    main()
