"""Tokens as the service makes them, but for the signature, which only the service can check."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from typing import Any

import cbor2

#: A token of the service, which the tests of official SDKs have: rights of each kind, by name and
#: by pattern.
REAL = (
    "qEF2AkF0GmEI03xDdHRsGDxDcmVzpURjaGFuoWljaGFubmVsLTEY70NncnChb2NoYW5uZWxfZ3JvdXAtMQVDdXNyoENzcGOgRHV1aWSh"
    "ZnV1aWQtMRhoQ3BhdKVEY2hhbqFtXmNoYW5uZWwtXFMqJBjvQ2dycKF0XjpjaGFubmVsX2dyb3VwLVxTKiQFQ3VzcqBDc3BjoER1dWlk"
    "oWpedXVpZC1cUyokGGhEbWV0YaBEdXVpZHR0ZXN0LWF1dGhvcml6ZWQtdXVpZENzaWdYIPpU-vCe9rkpYs87YUrFNWkyNq8CVvmKwEjV"
    "innDrJJc"
)


#: When tokens are made, so that equal ones are equal whenever.
NOW = int(time.time())


def written(value: Any, *, padded: bool = True) -> str:
    """A value as a token is written."""
    text = urlsafe_b64encode(cbor2.dumps(value)).decode()
    return text if padded else text.rstrip("=")


def token(
    res: dict[str, Any] | None = None,
    pat: dict[str, Any] | None = None,
    *,
    minutes_ago: int = 0,
    ttl: int = 60,
    sig: bytes = b"signature",
    padded: bool = True,
    **more: Any,
) -> str:
    """A token that was made so many minutes ago.

    ``res`` and ``pat``: by kind, names with their bits.
    """
    content: dict[str, Any] = {
        "v": 2,
        "t": NOW - 60 * minutes_ago,
        "ttl": ttl,
        "res": {kind: (res or {}).get(kind, {}) for kind in ("chan", "grp", "usr", "spc", "uuid")},
        "pat": {kind: (pat or {}).get(kind, {}) for kind in ("chan", "grp", "usr", "spc", "uuid")},
        "meta": {},
        "sig": sig,
        **more,
    }
    # Names of the fields are bytes, as the service writes them.
    return written({name.encode(): value for name, value in content.items()}, padded=padded)


def for_channels(*names: str, sig: bytes = b"signature") -> str:
    """A token to read channels."""
    return token({"chan": dict.fromkeys(names, 1)}, sig=sig)
