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


#: Modules and tests that expect only what they made themselves: one lists all metadata, and one
#: counts the members of a channel. Others expect what earlier ones left.
_NEED_EMPTY = ("test_metadata", "test_get_channel_members_with_pagination")
#: It reads the state that another one of its class sets, whose name comes later.
_NEEDS_STATE = "test_get_state_passes_user_defined_uuid"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    modules = list(dict.fromkeys(item.path for item in items))
    items.sort(
        key=lambda item: (
            _part(item),
            modules.index(item.path),
            item.name == _NEEDS_STATE,
        )
    )


def _part(item: pytest.Item) -> str:
    """Which of those that begin with an empty keyset the test is, or belongs to."""
    return next((name for name in (item.name, item.path.stem) if name in _NEED_EMPTY), "")


_begun = {""}


@pytest.fixture(autouse=True)
def _begin_empty(request: pytest.FixtureRequest) -> None:
    part = _part(request.node)
    if part not in _begun:
        _begun.add(part)
        _reset()


def _reset() -> None:
    url = f"http://{_ORIGIN}/_pnfilter/reset"
    headers = {"Authorization": f"Bearer {os.environ['PNFILTER_SUITE_TOKEN']}"}
    urlopen(Request(url, b"{}", headers)).close()


@pytest.fixture(autouse=True)
def _forget_tags() -> None:
    """Take back the tag of an earlier test, which the SDK sends with all later calls."""
    ObjectsEndpoint._custom_headers.clear()
