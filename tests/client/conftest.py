"""An emulator for each test that asks for one, and a configuration for it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from pnclient import transport
from pnclient.pnconfiguration import PNConfiguration
from pnfilter.server import Server, running
from tests.client.exposure import Exposure


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


@pytest.fixture
def exposure(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Exposure:
    """Everything is logged, by everybody, and each signature is known."""
    caplog.set_level(logging.DEBUG)
    for name in (*logging.root.manager.loggerDict, "pnclient", "tornado.general"):
        caplog.set_level(logging.DEBUG, logger=name)
    exposure = Exposure(caplog)
    sign = transport._signature

    def noted(*args: Any) -> str:
        exposure.signatures.append(sign(*args))
        return exposure.signatures[-1]

    monkeypatch.setattr(transport, "_signature", noted)
    return exposure
