"""Fixtures with an emulator of its own for each test; installed with the package.

    def test_my_app(pnfilter_origin):
        config.origin, config.ssl = pnfilter_origin, False

Nothing is imported until a test asks for one. They need ``pip install 'pnfilter[server]'``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from pnfilter.server.run import Server

_Scope = Literal["session", "package", "module", "class", "function"]
_SCOPES = ("function", "class", "module", "package", "session")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``pnfilter_scope`` to the configuration."""
    parser.addini(
        "pnfilter_scope",
        "which tests share an emulator: function (none), class, module, package, session",
        default="function",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse an invalid ``pnfilter_scope``: later it would be an internal error."""
    scope = config.getini("pnfilter_scope")
    if scope not in _SCOPES:
        raise pytest.UsageError(f"pnfilter_scope is one of {', '.join(_SCOPES)}, not {scope}")


def _scope(fixture_name: str, config: pytest.Config) -> _Scope:
    del fixture_name
    scope: _Scope = config.getini("pnfilter_scope")
    return scope


@pytest.fixture(scope=_scope)
def pnfilter_settings() -> dict[str, Any]:
    """How the emulator of ``pnfilter_server`` behaves; override it to change that.

    What ``pnfilter.server.running`` takes: ``{"queue": 10, "undecided": "drop"}``.
    """
    return {}


@pytest.fixture(scope=_scope)
def pnfilter_server(pnfilter_settings: dict[str, Any]) -> Iterator[Server]:
    """An emulator on a free port of this machine: a ``pnfilter.server.Server``."""
    from pnfilter.server import running

    with running(**pnfilter_settings) as server:
        yield server


@pytest.fixture(scope=_scope)
def pnfilter_origin(pnfilter_server: Server) -> str:
    """``host:port`` of an emulator, as SDKs take it for their ``origin``, without TLS."""
    return pnfilter_server.origin
