"""The counters in the form that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Final

try:
    from prometheus_client import CollectorRegistry
except ImportError:
    raise ImportError("/metrics needs prometheus-client: pip install 'pnfilter[server]'") from None

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from pnfilter.server.broker.broker import Broker
from pnfilter.server.journal import SECONDS

#: The type of the text.
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
#: What stands for the operation of a request that is none.
_NO_OPERATION: Final = "none"


def metrics_of(broker: Broker) -> bytes:
    """The counters of one broker, read when it is called. No key, name or filter is among them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(broker))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def collect(self) -> Iterator[Metric]:
        yield from self._requests()
        counts = self._broker.journal.counts
        refused = CounterMetricFamily(
            "pnfilter_refused",
            "Requests for which their keyset had no room, by what it has too much of",
            labels=["what"],
        )
        for what, number in counts.refused.items():
            refused.add_metric([what], number)
        yield refused
        events = CounterMetricFamily(
            "pnfilter_events", "Events that were published, fired ones too", labels=["kind"]
        )
        for kind, number in counts.events.items():
            events.add_metric([kind], number)
        yield events
        keysets = [keyset for keyset in self._broker.keysets() if keyset.key]
        room = self._broker.room
        for name, text, number in (
            ("delivered", "Events sent to subscribers, once for each", counts.delivered),
            ("held_back", "Events kept from subscribers by their filters", counts.held_back),
            ("undecided", "Events of which a subscriber's filter says nothing", counts.undecided),
            ("missed", "Requests that came back after events had been dropped", counts.missed),
            ("queue_dropped_events", "Events dropped from full queues", room.dropped_events),
            (
                "queue_dropped_channels",
                "Queues dropped with all their events",
                room.dropped_channels,
            ),
            (
                "history_dropped_messages",
                "Stored messages that made room for newer ones of their keyset",
                self._broker.store.messages.dropped,
            ),
        ):
            yield CounterMetricFamily(f"pnfilter_{name}", text, value=number)
        for name, text, value in (
            ("waiting_polls", "Subscribe requests that wait", self._broker.waiting),
            ("keysets", "Keysets in use", len(keysets)),
            ("subscribers", "Users with their filter", sum(len(k.subscribers) for k in keysets)),
            ("start_time_seconds", "When it started, in Unix time", self._broker.started),
        ):
            yield GaugeMetricFamily(f"pnfilter_{name}", text, value=value)

    def _requests(self) -> Iterator[Metric]:
        counts = self._broker.journal.counts
        requests = CounterMetricFamily(
            "pnfilter_requests",
            "Requests by operation and status; 0 where the client went away",
            labels=["operation", "status"],
        )
        for (operation, status), number in counts.requests.items():
            requests.add_metric([operation or _NO_OPERATION, str(status)], number)
        yield requests
        seconds = HistogramMetricFamily(
            "pnfilter_request_seconds",
            "How long requests took, those that wait included",
            labels=["operation"],
        )
        bounds = [*map(str, SECONDS), "+Inf"]
        for operation, durations in counts.durations.items():
            buckets = list(zip(bounds, accumulate(map(float, durations.counts)), strict=True))
            seconds.add_metric([operation or _NO_OPERATION], buckets, durations.total)
        yield seconds
