"""The SDKs, each in a process of its own that makes calls and tells what came of them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.interop.driver import Driver
from tests.interop.environments import Program, node_program, python_program
from tests.protocol.capture.recording import Recorder, Request, query, recording

#: Seconds for a call, and for an event to come: everything happens on this machine.
PATIENCE = 10.0
#: Seconds for the calls of Python, some of which never end.
IMPATIENCE = 3.0


def _python(pins: str, flavour: str) -> Program:
    program = python_program(pins, "python_threads")
    command = [program.command[0], "-m", "tests.protocol.capture.python_peer", flavour]
    # Without it 10.8 refuses the calls named for users and spaces; it changes nothing else.
    return Program(command, {**program.variables, "PN_ENABLE_ENTITIES": "1"})


def _node() -> Program:
    program = node_program("node.cjs")
    script = Path(__file__).parent / "peer.cjs"
    return Program([program.command[0], str(script)], program.variables)


#: How each SDK is started, by the name that rows give as its origin.
SDKS: dict[str, Callable[[], Program]] = {
    "python 4.8.1 tornado": lambda: _python("python-4.txt", "tornado"),
    "python 4.8.1 threads": lambda: _python("python-4.txt", "threads"),
    "python 10.8.0 threads": lambda: _python("python-10.txt", "threads"),
    "python 10.8.0 asyncio": lambda: _python("python-10.txt", "asyncio"),
    "javascript 12.0.3": _node,
}
#: What the names stand for.
ORIGINS = {
    "python 4.8.1 tornado": "pubnub 4.8.1 (PyPI), PubNubTornado on tornado 4.5.3, Python 3.11",
    "python 4.8.1 threads": "pubnub 4.8.1 (PyPI), PubNub on requests 2.34.2, Python 3.11",
    "python 10.8.0 threads": "pubnub 10.8.0 (PyPI), PubNub on httpx 0.28.1, Python 3.11",
    "python 10.8.0 asyncio": "pubnub 10.8.0 (PyPI), PubNubAsyncio on httpx 0.28.1, Python 3.11",
    "javascript 12.0.3": "pubnub 12.0.3 (npm), Node 20",
}
#: Whose rows are left out where they equal those of another flavour of the same version.
BESIDE = {
    "python 4.8.1 threads": "python 4.8.1 tornado",
    "python 10.8.0 asyncio": "python 10.8.0 threads",
}
#: One flavour of each version: what is parsed is parsed by the same code in all of them.
VERSIONS = ("python 4.8.1 tornado", "python 10.8.0 threads", "javascript 12.0.3")


class Row(NamedTuple):
    """What one call did.

    The requests that came of it, what the SDK made of the answer, what it signed.
    """

    requests: list[Request]
    told: dict[str, Any]


class Bench:
    """One SDK and the server that it speaks to."""

    def __init__(self, name: str, driver: Driver, recorder: Recorder) -> None:
        self.name = name
        self.recorder = recorder
        self._driver = driver

    def ask(self, op: str, seconds: float = PATIENCE, **args: Any) -> Any:
        return self._driver.request(op, "", args, seconds)

    def settings(self, **more: Any) -> dict[str, Any]:
        return {"origin": f"127.0.0.1:{self.recorder.port}", **more}

    def made(self, call: str, *, token: str | None = None, **settings: Any) -> Row:
        self.recorder.take()
        seconds = PATIENCE if self.name.startswith("java") else IMPATIENCE
        args = {"call": call, "settings": self.settings(**settings), "token": token}
        told = self.ask("call", seconds, **args)
        requests = self._taken(call)
        # A subscription begins after the call has returned.
        until = time.monotonic() + PATIENCE
        while _subscribes(call) and not requests and time.monotonic() < until:
            time.sleep(0.05)
            requests = self._taken(call)
        return Row(requests[:1] if _subscribes(call) else requests, told)

    def _taken(self, call: str) -> list[Request]:
        """What came of this call: the later polls of subscriptions before it are left out."""
        return [
            request
            for request in self.recorder.take()
            if request.target.startswith("/v2/subscribe/") == _subscribes(call)
            and query(request.target).get("tt", "0") == "0"
        ]


def _subscribes(call: str) -> bool:
    return call.startswith("subscribe")


@contextmanager
def benches(names: tuple[str, ...]) -> Iterator[list[Bench]]:
    """The SDKs of these names, each with a server of its own.

    :raises Unavailable: an environment can't be made.
    """
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = []
        for number, name in enumerate(names):
            driver = stack.enter_context(Driver(SDKS[name](), logs / f"{number}.log"))
            found.append(Bench(name, driver, stack.enter_context(recording())))
        yield found
