"""Where a live command goes, with which keys, and the client that does it.

The one module here that imports ``pnclient``, which needs ``pip install 'pnfilter[client]'``.
"""

from __future__ import annotations

import logging
from typing import Any, Final
from urllib.request import getproxies, proxy_bypass

from pnclient.callbacks import SubscribeCallback
from pnclient.enums import PNReconnectionPolicy, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from pnclient.validators import is_loopback

__all__ = [
    "DEFAULT_ORIGIN",
    "Keys",
    "Origin",
    "PNStatusCategory",
    "PubNubException",
    "PubNubTornado",
    "SubscribeCallback",
    "client_of",
]

#: Where ``pnfilter serve`` listens, and the keys that go there: any do.
DEFAULT_ORIGIN: Final = "127.0.0.1:7635"
_ANY_KEY: Final = "demo"
_SCHEMES: Final = {"http": False, "https": True}


class Origin:
    """A service: ``host``, ``host:port``, or one of these after ``http://`` or ``https://``.

    Without a scheme it has TLS unless it is this machine. ``ValueError`` for anything else.
    """

    def __init__(self, text: str) -> None:
        scheme, found, authority = text.rpartition("://")
        if found and scheme not in _SCHEMES:
            raise ValueError(f"{text}: an origin is HOST, HOST:PORT, or https:// before that")
        config = PNConfiguration()
        try:
            config.origin = authority.removesuffix("/")
        except ValueError:
            raise ValueError(
                f"{text}: an origin is a host with or without a port, without a path"
            ) from None
        #: As ``PNConfiguration.origin`` has it.
        self.authority = config.origin
        #: Whether it is on this machine, as an emulator is.
        self.is_here = is_loopback(_host(self.authority))
        self.has_tls = _SCHEMES[scheme] if found else not self.is_here

    def __str__(self) -> str:
        return f"{'https' if self.has_tls else 'http'}://{self.authority}"

    @property
    def proxy(self) -> str:
        """The scheme whose proxy the environment names for this origin; empty if there is none."""
        scheme = "https" if self.has_tls else "http"
        is_passed_by = proxy_bypass(self.authority) or proxy_bypass(_host(self.authority))
        return "" if is_passed_by or not getproxies().get(scheme) else scheme


def _host(authority: str) -> str:
    """The host of an authority that a configuration has accepted, without brackets."""
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0]


class Keys:
    """The keys of a keyset, and what authorises requests. ``repr`` shows none of them."""

    def __init__(
        self, subscribe: str | None = None, publish: str | None = None, auth: str | None = None
    ) -> None:
        self.subscribe = subscribe or _ANY_KEY
        self.publish = publish or _ANY_KEY
        self.auth = auth or None

    def __repr__(self) -> str:
        return "Keys(<hidden>)"


def client_of(origin: Origin, keys: Keys, *, user: str, filter: str | None = None) -> PubNubTornado:
    """Return a client: it starts nothing before its first call.

    It goes on after every outage. ``filter``: set at the service. What it logs is for the caller to
    say, by statuses. ``ValueError`` for keys that no request can carry, for an auth key without TLS
    to another machine, and for an origin on this machine that a proxy of the environment would make
    another one.
    """
    if origin.is_here and origin.proxy:
        raise ValueError(
            f"the environment's {origin.proxy}_proxy would get what is for {origin.authority}: "
            f"add {_host(origin.authority)} to no_proxy"
        )
    if keys.auth and not origin.has_tls and not origin.is_here:
        raise ValueError(f"an auth key goes by TLS only: write https://{origin.authority}")
    config = PNConfiguration()
    config.subscribe_key, config.publish_key = keys.subscribe, keys.publish
    config.auth_key, config.uuid = keys.auth, user
    config.origin, config.ssl = origin.authority, origin.has_tls
    config.reconnect_policy = PNReconnectionPolicy.EXPONENTIAL
    config.filter_warnings = "ignore"
    if filter is not None:
        config.filter_expression = filter
    return PubNubTornado(config)


def silence_log() -> None:
    """Keep the client's log from standard error: its statuses say the same."""
    log: Any = logging.getLogger("pnclient")
    log.addHandler(logging.NullHandler())
    log.propagate = False
