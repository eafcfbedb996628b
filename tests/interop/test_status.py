"""What each SDK tells of its connection and of refusals."""

from __future__ import annotations

import time

import pytest

from pnclient.http.exchange import STALE_SECONDS
from tests.interop.conftest import Bench, Sdk
from tests.interop.driver import CallFailed, Event
from tests.interop.test_delivery import END, UNFILTERED, send

MALFORMED = "meta.kind == 'a' AND"

#: What an SDK tells of a filter's 481: the category, and a part of the message.
AFTER_MALFORMED = {
    "threads": ("PNUnknownCategory", "Filter syntax error"),
    "asyncio-manager": ("PNUnknownCategory", "Filter syntax error"),
    "tornado": ("PNUnknownCategory", "Filter syntax error"),
    # The event engine passes on no more than the category of the cause.
    "node": ("PNDisconnectedUnexpectedlyCategory", "PNUnknownCategory"),
    "node-legacy": ("PNUnknownCategory", "Filter syntax error"),
}
#: The same of a 403 that answers its first poll.
AFTER_DENIAL = {
    "threads": ("PNAccessDeniedCategory", "Forbidden"),
    # The event engine of Python tells the category alone, not even that it is an error.
    "asyncio": ("PNConnectionErrorCategory", None),
    "asyncio-manager": ("PNAccessDeniedCategory", "Forbidden"),
    "tornado": ("PNAccessDeniedCategory", "Forbidden"),
    "node": ("PNConnectionErrorCategory", "PNAccessDeniedCategory"),
    "node-legacy": ("PNAccessDeniedCategory", "Forbidden"),
    "pnclient": ("PNAccessDeniedCategory", "Forbidden"),
}
#: The same of a connection that is cut and comes again; event engines and JavaScript say nothing.
AFTER_LOSS = {
    "threads": ["PNUnexpectedDisconnectCategory", "PNReconnectedCategory"],
    "asyncio": [],
    "asyncio-manager": ["PNUnknownCategory", "PNReconnectedCategory"],
    "tornado": ["PNNetworkIssuesCategory", "PNReconnectedCategory"],
    "node": [],
    "node-legacy": [],
    "pnclient": ["PNNetworkIssuesCategory", "PNReconnectedCategory"],
}


def assert_told(status: Event, category: str, message: str | None) -> None:
    assert status["category"] == category
    assert status["error"] is (message is not None)
    assert message is None or message in status["message"]


def is_status(event: Event) -> bool:
    return bool(event["event"] == "status")


def test_connected(sdk: Sdk) -> None:
    bob = sdk.open(uuid="bob")
    bob.call("subscribe", channels=["orders"])
    (status,) = bob.until(is_status)
    assert status["category"] == "PNConnectedCategory"
    assert not status["error"]
    sdk.shows("connected")


def assert_validated(sdk: Sdk, bench: Bench) -> None:
    """The client refuses a malformed filter itself, and reports a service's refusal."""
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob", filter="meta.kind == 'a'")
    bob.subscribe(channels=["orders"])
    with pytest.raises(CallFailed, match=r"(?s)FilterSyntaxError: .*write a field") as refused:
        bob.call("set_filter", filter=MALFORMED)
    assert refused.value.kind == "sdk"
    with pytest.raises(CallFailed, match="FilterSyntaxError"):
        sdk.open(uuid="carol", filter=MALFORMED)
    for kind in ("b", "a"):
        send(alice, kind, meta={"kind": kind})
    assert bob.until(lambda event: event["event"] == "message")[0]["payload"] == "a"
    bench.wait_for_poll("bob")
    refusal = bench.fault(fault="status", status=481, operation="subscribe", count=2)
    send(alice, END, meta={"kind": "a"})
    assert bob.delivered_until(END) == []
    status, last = (bob.until(is_status)[0] for _ in range(2))
    assert_told(status, "PNMalformedFilterExpressionCategory", "481")
    assert status["status"] == 481
    assert_told(last, "PNDisconnectedCategory", None)
    assert bench.hits(refusal) == 1


def test_a_malformed_filter_is_told_after_the_connection(sdk: Sdk, bench: Bench) -> None:
    row = "malformed filter"
    if sdk.name == "pnclient":
        assert_validated(sdk, bench)
        told = "`PNMalformedFilterExpressionCategory` if the service refuses it"
        sdk.shows(row, f"yes, `FilterSyntaxError` when it is set, {told}")
        return
    bob = sdk.open(uuid="bob", filter=MALFORMED)
    bob.subscribe(channels=["orders"])
    if not sdk.flavour.filters:
        send(sdk.open(uuid="alice"), END)
        assert bob.delivered_until(END) == []
        sdk.shows(row, UNFILTERED)
        return
    (status,) = bob.until(is_status)
    category, message = AFTER_MALFORMED[sdk.name]
    assert_told(status, category, message)
    assert status["status"] == (None if sdk.name == "node" else 481)
    sdk.shows(row, f"yes, `{category}`")


def test_access_denied(sdk: Sdk, bench: Bench) -> None:
    bench.fault(fault="status", status=403, operation="subscribe", count=1)
    bob = sdk.open(uuid="bob")
    bob.call("subscribe", channels=["orders"])
    (status,) = bob.until(is_status)
    category, message = AFTER_DENIAL[sdk.name]
    assert_told(status, category, message)
    sdk.shows("access denied", f"yes, `{category}`")


def test_nothing_is_lost_when_the_connection_is(sdk: Sdk, bench: Bench) -> None:
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob", reconnect=True)
    bob.subscribe(channels=["orders"])
    first = send(alice, 1)
    assert bob.until(lambda event: event["event"] == "message")[-1]["timetoken"] == first
    bench.wait_for_poll("bob")
    if sdk.name == "pnclient":
        # A poll that breaks sooner is sent again, and nobody is told.
        time.sleep(STALE_SECONDS + 0.2)
    cut = bench.fault(fault="cut", operation="subscribe", count=1)
    sent = [send(alice, number) for number in (2, 3)]
    send(alice, END)
    told = bob.until(lambda event: event.get("payload") == END, timeout=15)
    delivered = [event["timetoken"] for event in told if event["event"] == "message"]
    assert delivered[:-1] == sent
    assert bench.hits(cut) == 1
    # With threads, what came may be told before that it can come again.
    while sum(map(is_status, told)) < len(AFTER_LOSS[sdk.name]):
        told += bob.until(is_status)
    assert [event["category"] for event in told if is_status(event)] == AFTER_LOSS[sdk.name]
    sdk.shows("reconnected after the connection was lost")


def test_a_refused_message(sdk: Sdk, bench: Bench) -> None:
    alice = sdk.open(uuid="alice")
    bench.fault(fault="status", status=403, operation="publish", count=1)
    with pytest.raises(CallFailed) as refused:
        send(alice, 1)
    assert refused.value.kind == "service"
    assert refused.value.status == 403
    with pytest.raises(CallFailed, match="Message Too Large") as refused:
        send(alice, "x" * 33_000, post=True)
    assert refused.value.status == 413
    sdk.shows("publish refused")
