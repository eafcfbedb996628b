"""An emulator, and what was published there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest

from pnfilter.server import Server, running


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies and keys of a developer's shell are none of the tests'."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("SUBSCRIBE", "PUBLISH", "AUTH"):
        monkeypatch.delenv(f"PNFILTER_{name}_KEY", raising=False)


@pytest.fixture
def emulator() -> Iterator[Server]:
    """The service on a free port of this machine; any keys work."""
    with running(history_limit=20_000, queue=20_000) as server:
        yield server


def published(server: Server, channel: str, *, since: int = 0) -> list[dict[str, Any]]:
    """What was published on a channel, in its order: items of history with their metadata."""
    opener = build_opener(ProxyHandler({}))
    found: list[dict[str, Any]] = []
    while True:
        parameters = "include_meta=true&include_token=true&reverse=true&count=100"
        path = f"v2/history/sub-key/demo/channel/{channel}?{parameters}&start={since}"
        with opener.open(f"{server.url}/{path}", timeout=10) as answer:
            items, _, end = json.load(answer)
        found += items
        if len(items) < 100:
            return found
        since = end
