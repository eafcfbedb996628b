"""Loaded by pytest in the Python SDK's own tests: they speak with the emulator.

Nothing that was recorded is played, and nothing is recorded.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.request import Request, urlopen

import pytest
from pubnub.endpoints.objects_v2.objects_endpoint import ObjectsEndpoint  # type: ignore[import-not-found]
from pubnub.pnconfiguration import PNConfiguration  # type: ignore[import-not-found]
from vcr.persisters import filesystem  # type: ignore[import-not-found]

_ORIGIN = os.environ["PNFILTER_SUITE_ORIGIN"]
#: The hosts of the service that the tests name.
_SERVICE = (".pndsn.com", ".pubnub.com", ".ps.pn")

_set, _scheme = PNConfiguration.__setattr__, PNConfiguration.scheme


def _set_origin(self: PNConfiguration, name: str, value: Any) -> None:
    if name == "origin" and value.endswith(_SERVICE):
        value = _ORIGIN
    _set(self, name, value)


PNConfiguration.__setattr__ = _set_origin
PNConfiguration.scheme = lambda self: "http" if self.origin == _ORIGIN else _scheme(self)


def _find_none(*_: object, **__: object) -> None:
    raise filesystem.CassetteNotFoundError


filesystem.FilesystemPersister.load_cassette = staticmethod(_find_none)
filesystem.FilesystemPersister.save_cassette = staticmethod(lambda *_, **__: None)


#: Its tests list all metadata, and expect their own; others expect some that earlier ones left.
_NEEDS_EMPTY = "test_metadata"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem == _NEEDS_EMPTY)


@pytest.fixture(autouse=True, scope="module")
def _begin_empty(request: pytest.FixtureRequest) -> None:
    if request.path.stem == _NEEDS_EMPTY:
        url = f"http://{_ORIGIN}/_pnfilter/reset"
        headers = {"Authorization": f"Bearer {os.environ['PNFILTER_SUITE_TOKEN']}"}
        urlopen(Request(url, b"{}", headers)).close()


@pytest.fixture(autouse=True)
def _forget_tags() -> None:
    """Take back the tag of an earlier test, which the SDK sends with all later calls."""
    ObjectsEndpoint._custom_headers.clear()
