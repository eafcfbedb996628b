"""An emulator for each test that asks for one, and a configuration for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pnclient.pnconfiguration import PNConfiguration
from pnfilter.server import Server, running


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies of a developer's shell are none of the tests'."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def emulator() -> Iterator[Server]:
    """The service on a free port of this machine; any keys work."""
    with running() as server:
        yield server


@pytest.fixture
def config(emulator: Server) -> PNConfiguration:
    """A configuration for the emulator."""
    return configured(emulator.origin)


def configured(origin: str, uuid: str = "user") -> PNConfiguration:
    """A configuration with keys, for a service on this machine without TLS."""
    config = PNConfiguration()
    config.subscribe_key, config.publish_key, config.uuid = "sub", "pub", uuid
    config.origin, config.ssl = origin, False
    return config
