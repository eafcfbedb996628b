"""The emulator, the drivers and the clients of a test."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import pytest

from pnfilter.server.run import Server, running
from tests.interop.driver import PATIENCE, Client, Driver
from tests.interop.environments import Unavailable
from tests.interop.flavours import FLAVOURS, PROGRAMS, SENDERS
from tests.interop.matrix import DONE, OPERATIONS, PROPERTY


def give_up(missing: Unavailable) -> NoReturn:
    """Skip the test, or fail where nothing may be missing."""
    reason = f"the SDK's environment can't be made: {missing}"
    if os.environ.get("PNFILTER_REQUIRE_INTEROP") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


class Drivers:
    """The driver processes of one test process, each started when it is first needed."""

    def __init__(self, logs: Path, variables: Mapping[str, str] = MappingProxyType({})) -> None:
        self._logs = logs
        self._variables = variables
        self._started: dict[str, Driver | Unavailable] = {}
        self._stack = ExitStack()

    def __getitem__(self, name: str) -> Driver:
        if name not in self._started:
            try:
                program = PROGRAMS[name]()
                program.variables.update(self._variables)
                driver = Driver(program, self._logs / f"{name}.log")
                self._started[name] = self._stack.enter_context(driver)
            except Unavailable as error:
                self._started[name] = error
        found = self._started[name]
        if isinstance(found, Driver):
            return found
        give_up(found)

    def close(self) -> None:
        self._stack.close()


class Sdk:
    """One flavour of an SDK within one test."""

    def __init__(self, name: str, drivers: Drivers, bench: Bench) -> None:
        self.name = name
        self.flavour = FLAVOURS[name]
        self._driver = drivers[self.flavour.driver]
        self._bench = bench

    def open(self, **settings: Any) -> Client:
        """A client with the keys of this test; it is closed when the test ends."""
        settings = {**self._bench.settings, **self.flavour.settings, **settings}
        return self._bench.stack.enter_context(self._driver.client(settings))

    def shows(self, operation: str, cell: str = DONE) -> None:
        """Fill a cell of the matrix, which counts if the test passes."""
        assert operation in OPERATIONS
        self._bench.properties.append((PROPERTY, [operation, self.name, cell]))


class Bench:
    """What the clients of one test share: a keyset, and so nothing with other tests."""

    def __init__(
        self, emulator: Server, stack: ExitStack, properties: list[tuple[str, object]]
    ) -> None:
        number = next(_keysets)
        self._emulator = emulator
        self.settings = {
            "origin": emulator.origin,
            "publish_key": f"pub-c-{number}",
            "subscribe_key": f"sub-c-{number}",
        }
        self.stack = stack
        self.properties = properties

    def fault(self, **values: Any) -> int:
        """Add a fault of the control side for this keyset; its number."""
        values = {"keyset": self.settings["subscribe_key"], **values}
        number: int = self._emulator.call(lambda app: app.control.add_fault(values))["id"]
        return number

    def hits(self, number: int) -> int:
        """How often a fault took effect."""
        faults = self._emulator.call(lambda app: app.control.list_faults())
        return next(int(fault["hits"]) for fault in faults if fault["id"] == number)

    def wait_for_poll(self, user: str) -> None:
        """Return once a poll of this user waits.

        SDKs ask again on their own after each answer, and a poll that arrives after a leave joins
        again.
        """
        keyset = self.settings["subscribe_key"]
        deadline = time.monotonic() + PATIENCE
        while True:
            told = self._emulator.call(lambda app: app.control.subscribers(keyset, user))
            if any(subscriber["waiting"] for subscriber in told["subscribers"]):
                return
            assert time.monotonic() < deadline, f"{user} doesn't poll: {told}"

    def advance(self, seconds: float) -> None:
        """Let time pass for presence."""
        self._emulator.call(lambda app: app.control.advance(seconds))


_keysets = itertools.count(1)


@pytest.fixture(scope="session")
def emulator() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def drivers(emulator: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drivers]:
    """They end before the emulator does, whose end some SDKs would log at length."""
    started = Drivers(tmp_path_factory.mktemp("drivers"))
    yield started
    started.close()


@pytest.fixture
def bench(emulator: Server, request: pytest.FixtureRequest) -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(emulator, stack, request.node.user_properties)


@pytest.fixture(params=FLAVOURS)
def sdk(request: pytest.FixtureRequest, drivers: Drivers, bench: Bench) -> Sdk:
    """Each flavour in turn."""
    return Sdk(request.param, drivers, bench)


@pytest.fixture(params=SENDERS)
def sender(request: pytest.FixtureRequest, drivers: Drivers, bench: Bench) -> Sdk:
    """Each flavour that sends in its own way, beside ``sdk``."""
    return Sdk(request.param, drivers, bench)


@pytest.fixture
def peer(drivers: Drivers, bench: Bench) -> Sdk:
    """One flavour for the other side, where it doesn't matter which."""
    return Sdk("threads", drivers, bench)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What SDKs are asked is slow; `make interop` and `.ci/run` run it."""
    for item in items:
        if isinstance(item, pytest.Function) and "drivers" in item.fixturenames:
            item.add_marker("slow")
