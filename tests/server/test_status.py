"""/health."""

from __future__ import annotations

import pytest

import pnfilter
from tests.server.emulated import Emulated


def test_it_tells_that_it_is_well(emulated: Emulated) -> None:
    status, body = emulated.get("/health")
    assert status == 200
    assert body.pop("seconds") >= 0
    assert body == {"status": "ok", "version": pnfilter.__version__, "waiting": 0}
    emulated.poll("/v2/subscribe/other/news/0?tt=1")
    assert emulated.get("/health")[1]["waiting"] == 1


def test_the_head_alone_tells_too(emulated: Emulated) -> None:
    assert emulated.request("HEAD", "/health").status == 200


def test_it_tells_for_how_long_it_has_run(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pnfilter.server.api.status.time.time", lambda: 1240.25)
    emulated.broker.started = 1234.5
    assert emulated.get("/health")[1]["seconds"] == 5.75
