"""The time, and the health of the emulator: neither belongs to a keyset."""

from __future__ import annotations

import time
from typing import Final

from pnfilter import __version__
from pnfilter.server.api.call import Call
from pnfilter.server.http.response import Answer
from pnfilter.server.http.router import Route


def timetoken(call: Call) -> Answer:
    """Answer the time as a timetoken (recorded)."""
    return Answer.json([call.broker.timetokens.next()])


def health(call: Call) -> Answer:
    """Answer the version, the seconds since the start, and the number of waiting polls."""
    broker = call.broker
    body = {
        "status": "ok",
        "version": __version__,
        "seconds": max(0.0, round(time.time() - broker.started, 3)),
        "waiting": broker.waiting,
    }
    return Answer.json(body)


ROUTES: Final = (
    Route("GET", "/time/0", "time", timetoken),
    # Who only wants to know the status may ask for the head alone.
    *(Route(method, "/health", "health", health) for method in ("GET", "HEAD")),
)
