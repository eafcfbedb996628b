"""The SDKs that the emulator is held to, pnclient among them, and what differs between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.interop.environments import Program, node_program, own_program, python_program


class Flavour(NamedTuple):
    """One SDK in one of its flavours.

    ``driver`` names the process that serves it, ``settings`` are its clients' own, ``told`` says
    which fields of a message it passes on to the listener (and ``change``: whether an action was
    added or removed), ``filters`` whether it sends its filter, and ``copies`` how often it passes
    on what comes by a channel and by a group.
    """

    title: str
    driver: str
    settings: Mapping[str, Any] = MappingProxyType({})
    told: frozenset[str] = frozenset({"meta", "custom_type"})
    filters: bool = True
    copies: int = 2


#: How each driver is started; raises ``Unavailable`` where its environment can't be made.
PROGRAMS: dict[str, Callable[[], Program]] = {
    "threads": lambda: python_program("python-10.txt", "python_threads"),
    "asyncio": lambda: python_program("python-10.txt", "python_asyncio"),
    "tornado": lambda: python_program("python-4.txt", "python_tornado"),
    "node": lambda: node_program("node.cjs"),
    "pnclient": lambda: own_program("python_tornado", "pnclient"),
}

EVERYTHING = frozenset({"meta", "custom_type", "change"})

FLAVOURS = {
    "threads": Flavour("Python 10.8.0, threads", "threads"),
    # The event engine, its default, builds its requests without the filter of the configuration,
    # and leaves only where heartbeats are on.
    "asyncio": Flavour(
        "Python 10.8.0, asyncio",
        "asyncio",
        MappingProxyType({"heartbeat": True}),
        filters=False,
    ),
    "asyncio-manager": Flavour(
        "Python 10.8.0, asyncio, manager",
        "asyncio",
        MappingProxyType({"event_engine": False}),
    ),
    "tornado": Flavour("Python 4.8.1, Tornado", "tornado", told=frozenset()),
    "node": Flavour("JavaScript 12.0.3", "node", told=EVERYTHING),
    "node-legacy": Flavour(
        "JavaScript 12.0.3, manager",
        "node",
        MappingProxyType({"event_engine": False}),
        told=EVERYTHING,
    ),
    "pnclient": Flavour("pnclient", "pnclient", told=EVERYTHING, copies=1),
}

#: Those that differ in how they send: the event engine only receives.
SENDERS = ("threads", "asyncio", "tornado", "node", "pnclient")
