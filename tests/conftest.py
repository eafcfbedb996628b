"""Settings of every test."""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings

# The same examples on every run: what is new is for `make fuzz` to find.
settings.register_profile("pnfilter", deadline=None, derandomize=True, database=None)
settings.load_profile("pnfilter")

# A shell that runs the tests in the background has Ctrl-C ignored, nohup the end of the terminal;
# and so would what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a developer's shell says about colours and width changes no output."""
    for name in ("CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
