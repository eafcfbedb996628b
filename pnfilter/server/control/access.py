"""Who may use the control side: whoever knows its token, and no web page."""

from __future__ import annotations

import hmac

from pnfilter.server.http.request import Request
from pnfilter.server.http.router import is_own


class Denied(Exception):
    """A request may not use the control side: the status to answer, why, and what to do instead."""

    def __init__(self, status: int, message: str, help: str) -> None:
        super().__init__(message)
        self.status = status
        self.help = help


def check(request: Request, token: str, address: str) -> None:
    """``Denied`` for a request of a web page, by another name than the emulator's, or without the token.

    A page can make its own name stand for this machine (DNS rebinding); so only names of the
    loopback interface and the address that the emulator listens on are taken.
    """
    if "Origin" in request.headers:
        raise Denied(403, "A web page can't use the control side", "send no header `Origin`")
    if not is_own(request.headers.get("Host", ""), address):
        raise Denied(
            403,
            "The header `Host` doesn't name this emulator",
            f"use localhost, 127.0.0.1, [::1] or {address} in the URL",
        )
    if not has_token(request, token):
        raise Denied(
            401,
            "The token is missing or wrong",
            "send the header `Authorization: Bearer TOKEN`; the emulator tells its token at start",
        )


def has_token(request: Request, token: str) -> bool:
    """Whether a request has the token."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())
