"""/health and /metrics."""

from __future__ import annotations

import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

import pnfilter
from pnfilter.server import running
from pnfilter.server.web.metrics import CONTENT_TYPE
from tests.server.emulated import Emulated
from tests.server.exchanging import fetch, settle
from tests.server.subscribing import catch_up, handshake


def metrics(text: bytes) -> dict[str, float]:
    """Each figure by its name and labels, as Prometheus reads them."""
    return {
        sample.name + "".join(f" {label}" for label in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


@pytest.fixture
def figures(emulated: Emulated) -> dict[str, float]:
    """After some traffic."""
    cursor = handshake(emulated, "news", uuid="alice", filter="meta.level == 5")
    for level in (5, "5", 6):
        emulated.publish("news", 1, meta={"level": level})
    emulated.publish("news", 1, norep="true")
    emulated.get("/signal/pub/sub/0/news/0/1")
    catch_up(emulated, "news", cursor, uuid="alice", filter="meta.level == 5")
    emulated.poll("/v2/subscribe/other/news/0?tt=1")
    answer = emulated.request("GET", "/metrics")
    assert answer.content_type == CONTENT_TYPE
    return metrics(answer.body)


def test_it_tells_that_it_is_well(emulated: Emulated) -> None:
    status, body = emulated.get("/health")
    assert status == 200
    assert body.pop("seconds") >= 0
    assert body == {"status": "ok", "version": pnfilter.__version__, "waiting": 0}
    emulated.poll("/v2/subscribe/other/news/0?tt=1")
    assert emulated.get("/health")[1]["waiting"] == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pnfilter_events_total message", 4),
        ("pnfilter_events_total signal", 1),
        ("pnfilter_delivered_total", 3),
        ("pnfilter_held_back_total", 1),
        ("pnfilter_undecided_total", 2),
        ("pnfilter_missed_total", 0),
        ("pnfilter_queue_dropped_events_total", 0),
        ("pnfilter_queue_dropped_channels_total", 0),
        ("pnfilter_waiting_polls", 1),
        ("pnfilter_keysets", 2),
        ("pnfilter_subscribers", 2),
    ],
)
def test_it_counts(figures: dict[str, float], name: str, value: float) -> None:
    assert figures[name] == value


@pytest.mark.parametrize("target", ["/health", "/metrics"])
def test_the_head_alone_tells_too(emulated: Emulated, target: str) -> None:
    assert emulated.request("HEAD", target).status == 200


def test_it_tells_when_it_started(emulated: Emulated) -> None:
    emulated.service.started = 1234.5
    assert (
        metrics(emulated.request("GET", "/metrics").body)["pnfilter_start_time_seconds"] == 1234.5
    )


def test_what_is_dropped_from_queues_is_counted() -> None:
    with Emulated(queue=2) as emulated:
        for number in range(5):
            emulated.publish("news", number)
        found = metrics(emulated.request("GET", "/metrics").body)
    assert found["pnfilter_queue_dropped_events_total"] == 3


def test_requests_are_counted_by_operation_status_and_time() -> None:
    with running() as server:
        for target in ("/time/0", "/time/0", "/nowhere", "/v2/subscribe/s/,/0"):
            fetch(server.origin, target)
        settle(server)
        found = metrics(fetch(server.origin, "/metrics").body)
    assert found["pnfilter_requests_total time 200"] == 2
    assert found["pnfilter_requests_total none 404"] == 1
    assert found["pnfilter_requests_total subscribe 400"] == 1
    assert found["pnfilter_request_seconds_count time"] == 2
    assert found["pnfilter_request_seconds_bucket +Inf time"] == 2
    assert 0 < found["pnfilter_request_seconds_sum time"] < 10


def test_two_servers_count_for_themselves() -> None:
    with running() as one, running() as two:
        fetch(one.origin, "/time/0")
        settle(one)
        assert b'operation="time"' in fetch(one.origin, "/metrics").body
        assert b'operation="time"' not in fetch(two.origin, "/metrics").body


def test_no_key_or_name_is_among_the_figures(emulated: Emulated) -> None:
    handshake(emulated, "channel-x", uuid="user-x", filter="meta.x == 'filter-x'")
    emulated.publish("channel-x", "payload-x", key="key-x", auth="auth-x")
    assert b"-x" not in emulated.request("GET", "/metrics").body


def test_without_the_package_it_says_what_to_install(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delitem(sys.modules, "pnfilter.server.web.metrics", raising=False)
    status, body = emulated.get("/metrics")
    assert status == 501
    assert body["message"] == "/metrics needs prometheus-client: pip install 'pnfilter[server]'"
