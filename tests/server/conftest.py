"""A service for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.emulated import Emulated


@pytest.fixture
def emulated() -> Iterator[Emulated]:
    """A service with the usual settings, in memory, any keys."""
    with Emulated() as service:
        yield service
