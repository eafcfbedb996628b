"""Whether the emulator is well, and what it has done so far: for whoever runs it, not for SDKs."""

from __future__ import annotations

import time
from typing import Final

from pnfilter import __version__
from pnfilter.server.web.requests import Answer, refuse
from pnfilter.server.web.routes import Call, Route


def health(call: Call) -> Answer:
    """That it answers: the version, the seconds since the start, and who waits."""
    broker = call.broker
    body = {
        "status": "ok",
        "version": __version__,
        "seconds": max(0.0, round(time.time() - broker.started, 3)),
        "waiting": broker.waiting,
    }
    return Answer.json(body)


def metrics(call: Call) -> Answer:
    """The counters, as Prometheus reads them."""
    try:
        from pnfilter.server.web.metrics import CONTENT_TYPE, metrics_of
    except ImportError as error:
        refuse(501, str(error), "Metrics")
    return Answer(body=metrics_of(call.broker), content_type=CONTENT_TYPE, shared=False)


#: Whoever watches may ask for the head alone.
ROUTES: Final = tuple(
    Route(method, f"/{operation}", operation, handler)
    for operation, handler in (("health", health), ("metrics", metrics))
    for method in ("GET", "HEAD")
)
