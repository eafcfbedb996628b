"""The service without sockets: requests in, answers out, and clocks that stand still."""

from __future__ import annotations

import asyncio
import json
from asyncio import Future
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode

from pnfilter.server.app import App
from pnfilter.server.http.request import Query, Request
from pnfilter.server.http.response import Answer
from pnfilter.server.keysets import Keyring, Keys
from pnfilter.server.settings import Settings
from pnfilter.server.wire import PER_SECOND

Result = TypeVar("Result")

#: What the clock shows at first: seconds since 1970.
START = 1_700_000_000


class Emulated:
    """A service with settings of a test. Use it in a ``with``.

    Targets are request lines' ``path?query``, percent-encoded. Every call is done when it returns;
    a request that waits is made with ``poll``, and its future is done as soon as it is answered.
    """

    def __init__(self, *, keys: Mapping[str, str | Keys] | None = None, **settings: Any) -> None:
        self.seconds = float(START)
        self._runner = asyncio.Runner()
        self.app = App(
            Settings(**settings),
            keyring=Keyring(keys),
            clock=lambda: int(self.seconds * 1_000_000_000),
            now=lambda: self.seconds,
        )
        self.broker = self.app.broker

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.app.release()
        self.app.close()
        self._runner.close()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """What its timers are set by."""
        return self._runner.get_loop()

    @property
    def timetoken(self) -> int:
        """What the clock shows."""
        return int(self.seconds * PER_SECOND)

    def wait(self, seconds: float) -> None:
        """The clocks go on, and what is due then is done."""
        self.seconds += seconds
        self.app.expire()

    def settle(self) -> None:
        """Callbacks of answers that were given are run."""
        self._runner.run(asyncio.sleep(0))

    def request(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to a request that is answered at once."""
        answer = self._handle(method, target, body, headers)
        if isinstance(answer, Answer):
            return answer
        assert answer.done(), f"{method} {target} waits"
        return answer.result()

    def request_or_none(self, method: str, target: str) -> Answer | None:
        """The answer to a request; None for one that waits, which is given up."""
        answer = self._handle(method, target, b"", None)
        if isinstance(answer, Answer):
            return answer
        if answer.done():
            return answer.result()
        answer.cancel()
        return None

    def get(self, target: str) -> tuple[int, Any]:
        """Status and JSON of the answer to a GET."""
        return _read(self.request("GET", target))

    def post(
        self, target: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of the answer to a POST."""
        return _read(self.request("POST", target, body, headers))

    def delete(self, target: str) -> tuple[int, Any]:
        """Status and JSON of the answer to a DELETE."""
        return _read(self.request("DELETE", target))

    def upload(
        self, target: str, body: bytes, headers: Mapping[str, str], *, chunk: int = 1 << 14
    ) -> Answer:
        """Return the answer to a body that comes in chunks of so many bytes, as on a connection."""
        path, _, query = target.partition("?")
        request = Request("POST", path, Query(query), headers)
        request.incoming = self.app.receive(request)
        if request.incoming is not None:
            for start in range(0, len(body), chunk):
                request.incoming.feed(body[start : start + chunk])
        answer = self.app.handle(request)
        if request.incoming is not None:
            request.incoming.close()
        assert isinstance(answer, Answer)
        return answer

    def poll(self, target: str) -> Future[Answer]:
        """A request that waits."""
        answer = self._handle("GET", target, b"", None)
        assert not isinstance(answer, Answer), f"GET {target} is answered at once: {answer}"
        assert not answer.done(), f"GET {target} is answered at once: {answer.result()}"
        return answer

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """What a coroutine returns."""
        return self._runner.run(coroutine)

    def await_answer(self, waiting: Future[Answer]) -> Answer:
        """The answer of a request that waits, at last by the clock of the machine."""

        async def end() -> Answer:
            async with asyncio.timeout(10):
                return await waiting

        return self._runner.run(end())

    def publish(self, channel: str, message: Any, key: str = "sub", **parameters: Any) -> int:
        """Publish a message (``meta`` is any JSON value); its timetoken."""
        if "meta" in parameters:
            parameters["meta"] = json.dumps(parameters["meta"])
        text = quote(json.dumps(message), safe="")
        path = f"/publish/pub/{key}/0/{quote(channel, safe='')}/0/{text}"
        status, body = self.get(f"{path}?{urlencode(parameters, quote_via=quote)}")
        assert (status, body[:2]) == (200, [1, "Sent"])
        return int(body[2])

    def group(self, name: str, channels: str, key: str = "sub") -> None:
        """Add channels, joined by commas, to a channel group."""
        path = f"/v1/channel-registration/sub-key/{key}/channel-group"
        assert self.get(f"{path}/{name}?add={channels}")[0] == 200

    def _handle(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str] | None
    ) -> Answer | Future[Answer]:
        path, _, query = target.partition("?")
        request = Request(method, path, Query(query), headers or {}, body, size=len(target))

        async def handle() -> Answer | Future[Answer]:
            return self.app.handle(request)

        return self._runner.run(handle())


def received(answer: Answer) -> tuple[int, list[dict[str, Any]]]:
    """The cursor and the items of an answered subscribe request."""
    status, body = _read(answer)
    assert status == 200, body
    assert body.keys() == {"t", "m"}
    assert body["t"].keys() == {"t", "r"}
    return int(body["t"]["t"]), body["m"]


def _read(answer: Answer) -> tuple[int, Any]:
    return answer.status, json.loads(answer.body)
