"""The emulator: the service on loopback.

``running`` starts one for a ``with``; nothing is imported until it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pnfilter.server.keysets import Keys as Keys
    from pnfilter.server.run import Server as Server
    from pnfilter.server.run import running as running
    from pnfilter.server.settings import Settings as Settings

#: Where each public name lives.
_HOMES = {
    "Keys": "pnfilter.server.keysets",
    "Server": "pnfilter.server.run",
    "Settings": "pnfilter.server.settings",
    "running": "pnfilter.server.run",
}

__all__ = ["Keys", "Server", "Settings", "running"]


if not TYPE_CHECKING:
    # Hidden from type checkers, which would take any name for a public one.
    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'pnfilter.server' has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
