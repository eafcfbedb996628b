"""A server for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pnfilter.server.run import Server, running


@pytest.fixture
def server() -> Iterator[Server]:
    """A server with the usual settings; a subscribe request waits for 20 s at most."""
    with running(poll_seconds=20) as server:
        yield server
