"""A driver process, and the clients of an SDK that live in it."""

from __future__ import annotations

import itertools
import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from tests.interop.environments import ROOT, Program

Event = dict[str, Any]

#: The emulator is never behind the proxy that a developer's shell may name.
DIRECT = {"NO_PROXY": "*", "no_proxy": "*"}
#: Seconds that a driver may take beyond what it was asked to wait before it counts as hung.
GRACE = 15.0
#: Seconds for a call and for an event to come, where a test says nothing else.
PATIENCE = 8.0


class CallFailed(Exception):
    """What an SDK said of a call that failed; ``kind`` as in ``drivers/line_protocol.py``."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['kind']}: {error['message']}")
        self.kind: str = error["kind"]
        self.message: str = error["message"]
        self.status: int | None = error.get("status")
        self.category: str | None = error.get("category")


class Driver:
    """One driver process.

    Requests are answered in turn; a driver that hangs is killed and told of.
    """

    def __init__(self, program: Program, log: Path) -> None:
        self._log = log
        self._numbers = itertools.count(1)
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                program.command,
                cwd=ROOT,
                env={**os.environ, **DIRECT, **program.variables},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                encoding="utf-8",
            )
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        try:
            self._process.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    def request(self, op: str, client: str, args: dict[str, Any], timeout: float) -> Any:
        """The result of one request.

        :raises CallFailed: the SDK or the service says no.
        """
        assert self._process.stdin
        line = json.dumps({"op": op, "client": client, "args": args, "timeout": timeout})
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            answer = self._answers.get(timeout=timeout + GRACE)
        except (OSError, queue.Empty):
            answer = None
        if answer is None:
            self._gone(op)
        told = json.loads(answer)
        if "error" in told:
            raise CallFailed(told["error"])
        return told["result"]

    @contextmanager
    def client(self, settings: dict[str, Any]) -> Iterator[Client]:
        """A client of the SDK, closed at the end."""
        name = f"client-{next(self._numbers)}"
        self.request("open", name, settings, PATIENCE)
        try:
            yield Client(self, name)
        finally:
            self.request("close", name, {}, PATIENCE)

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put(None)

    def _gone(self, op: str) -> NoReturn:
        self._process.kill()
        said = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RuntimeError(f"the driver gave no answer to {op!r}; it said:\n{said}")


class Client:
    """One client of an SDK: its calls, and the events of its subscription."""

    def __init__(self, driver: Driver, name: str) -> None:
        self._driver = driver
        self._name = name

    def call(self, op: str, *, timeout: float = PATIENCE, **args: Any) -> Any:
        """The result of a call, in the shape that all drivers share.

        :raises CallFailed: the SDK or the service says no, or nothing within ``timeout`` seconds.
        """
        return self._driver.request(op, self._name, args, timeout)

    def subscribe(self, **args: Any) -> None:
        """Subscribe, and wait until the SDK says that it is connected."""
        self.call("subscribe", **args)
        self.until(lambda event: event.get("category") == "PNConnectedCategory")

    def until(self, last: Callable[[Event], bool], *, timeout: float = PATIENCE) -> list[Event]:
        """The events up to the first for which ``last`` holds, itself included."""
        told: list[Event] = []
        while not (told and last(told[-1])):
            try:
                told.append(self._driver.request("event", self._name, {}, timeout))
            except CallFailed as error:
                raise AssertionError(f"{error}; events so far: {told}") from error
        return told

    def delivered_until(self, payload: Any) -> list[Event]:
        """What was delivered before the message with this payload; statuses are left out."""
        told = self.until(lambda event: event.get("payload") == payload)
        return [event for event in told[:-1] if event["event"] != "status"]

    def call_until(self, op: str, accepted: Callable[[Any], bool], **args: Any) -> Any:
        """The first ``accepted`` result of a repeated call, for what takes effect later."""
        deadline = time.monotonic() + PATIENCE
        while not accepted(result := self.call(op, **args)):
            assert time.monotonic() < deadline, f"{op} still tells {result}"
        return result
