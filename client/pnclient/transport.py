"""Requests and answers without a connection: what is sent, and what an answer means.

Nothing here knows Tornado or sockets. An endpoint describes its request as a ``Call``; ``prepared``
encodes, signs and completes it; ``value_of`` reads the ``Reply``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pnclient.enums import PNOperationType


class Raw(str):
    """A segment of a path, or a value of a parameter, that is sent as it is: encoded already."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as an operation describes it: nothing is encoded, and nothing of the configuration is in it.

    ``path``: its segments; a tuple among them is a list of names, each encoded and joined by commas
    (an empty one is a comma alone). ``query``: the operation's own parameters. ``body``: the JSON text.
    """

    operation: PNOperationType
    path: tuple[str | tuple[str, ...], ...]
    query: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    method: str = "GET"
    body: str | None = None
    #: For the status: what the call concerns.
    channels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request as it goes out. ``repr`` and ``shown`` have no key, secret or signature."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str]
    body: bytes | None = field(repr=False)
    shown: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came in."""

    code: int
    headers: Mapping[str, str]
    body: bytes


class ConnectionFailure(Exception):
    """No answer came. ``category`` says why; ``str()`` has no key, secret or signature."""

    def __init__(self, category: int, message: str) -> None:
        super().__init__(message)
        self.category = category
