"""Settings of every test."""

from __future__ import annotations

import gc
import signal
import sqlite3
from collections.abc import Generator, Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis.strategies import none

pytest_plugins = ("tests.budget",)

# The same examples on every run: what is new is for `make fuzz` to find.
settings.register_profile("full", deadline=None, derandomize=True, database=None)
#: A fifth of the examples: --hypothesis-profile=quick.
settings.register_profile("quick", parent=settings.get_profile("full"), max_examples=20)
settings.load_profile("full")

# A shell that runs the tests in the background has Ctrl-C ignored, nohup the end of the terminal;
# and so would what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """What modules and tests are made of stays.

    No garbage collection in a test looks at it again.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        # In its first run Hypothesis looks for what refers to its generators, which it would not
        # find among what is frozen.
        given(none())(lambda _: None)()
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a developer's shell says about colours and width changes no output."""
    for name in ("CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)


class _Connection(sqlite3.Connection):
    """One that is known until it is closed."""

    open: ClassVar[set[sqlite3.Connection]] = set()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.open.add(self)

    def close(self) -> None:
        super().close()
        self.open.discard(self)


@pytest.fixture(autouse=True)
def _databases_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test leaves no database open: Python 3.13 warns of it, in whichever test comes next.

    Those of fixtures for several tests were open before.
    """
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *given, **named: connect(*given, factory=_Connection, **named)
    )
    before = {*_Connection.open}
    yield
    assert _Connection.open <= before, "a database was left open"
