"""Why a request has no answer. No text here has anything of the request or of the answer."""

from __future__ import annotations

import os
import socket
import ssl

from tornado.iostream import StreamClosedError

from pnclient.enums import PNStatusCategory


class Failure(Exception):
    """There is no answer."""

    def __init__(
        self, text: str, category: PNStatusCategory = PNStatusCategory.PNNetworkIssuesCategory
    ) -> None:
        super().__init__(text)
        self.category = category


class Stale(Failure):
    """A kept connection broke as soon as a request was sent on it, before any of the answer."""


def malformed(text: str) -> Failure:
    """Something came that is no proper answer."""
    return Failure(text, PNStatusCategory.PNMalformedResponseCategory)


def timed_out(text: str) -> Failure:
    """Nothing came in time."""
    return Failure(text, PNStatusCategory.PNTimeoutCategory)


def reason_of(error: BaseException) -> str:
    """Why a connection could not be opened, in the words of the system."""
    if isinstance(error, StreamClosedError) and error.real_error is not None:
        error = error.real_error
    if isinstance(error, ssl.SSLError):
        return (error.reason or "refused").replace("_", " ").lower()
    if isinstance(error, socket.gaierror):
        return error.strerror or "not found"
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number) if number else "not connected"
