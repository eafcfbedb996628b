"""Refusals are told once and end the loop; whatever else fails is tried again."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from pnclient.enums import PNReconnectionPolicy, PNStatusCategory
from pnclient.pnconfiguration import PNConfiguration
from pnclient.subscribe.events import Timer
from tests.client.subscribing.faked import Client, Sent, configured, run

REFUSED = {"message": "no", "error": True}
FINAL = [400, 401, 402, 403, 404, 405, 406, 409, 410, 411, 413, 414, 415, 417, 418, 421, 422, 423]
FINAL += [424, 426, 428, 431, 451, 481, 499, 501, 505, 301, 308]
PASSING = (408, 425, 429, 500, 502, 503, 504, 507, 511, 520, 599, 300, 302, 303, 304, 307)
POLICIES = pytest.mark.parametrize(
    "policy", [PNReconnectionPolicy.LINEAR, PNReconnectionPolicy.EXPONENTIAL]
)


def following(policy: PNReconnectionPolicy) -> PNConfiguration:
    config = configured()
    config.reconnect_policy = policy
    return config


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def refused(client: Client, poll: Sent, code: int = 403, **headers: str) -> None:
    """A poll is refused, and it is known that nothing follows."""
    told = len(client.noting.statuses)
    poll.answer(REFUSED, code, **headers)
    await client.noting.until(lambda: len(client.noting.statuses) == told + 2)
    await settled()
    assert client.noting.categories[-1] == "Disconnected"
    assert client.polls.is_quiet
    assert client.calls.is_quiet
    assert not client.driver._timers


@pytest.mark.parametrize("code", FINAL)
@POLICIES
def test_a_refusal_is_reported_once_and_ends_the_loop(
    code: int, policy: PNReconnectionPolicy, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(client: Client) -> None:
        await refused(client, await client.connected("a"), code)
        failed, ended = client.noting.statuses[1:]
        assert failed.is_error()
        assert (failed.status_code, failed.original_response) == (code, REFUSED)
        assert failed.error_data is not None
        assert str(code) in failed.error_data.information
        assert failed.affected_channels == ["a"]
        assert not ended.is_error()

    run(scenario, following(policy))
    assert [one.levelno for one in caplog.records] == [logging.WARNING] * 2


@pytest.mark.parametrize("code", PASSING)
@POLICIES
def test_what_may_pass_is_tried_again(code: int, policy: PNReconnectionPolicy) -> None:
    async def scenario(client: Client) -> None:
        (await client.connected("a")).answer(REFUSED, code)
        await client.noting.until(lambda: len(client.noting.statuses) == 2)
        assert client.noting.statuses[-1].is_error()
        assert client.driver._timers.keys() == {Timer.RETRY}

    run(scenario, following(policy))


@pytest.mark.parametrize(
    "answer", [b"<html>Log in to the network</html>", b"", b"[]", b"{}"], ids=repr
)
def test_what_is_no_answer_of_the_service_is_tried_again(answer: bytes) -> None:
    async def scenario(client: Client) -> None:
        (await client.connected("a")).answer(answer)
        await client.noting.until(lambda: len(client.noting.statuses) == 2)
        assert client.noting.categories[-1] == "MalformedResponse"
        assert client.driver._timers.keys() == {Timer.RETRY}

    run(scenario, following(PNReconnectionPolicy.LINEAR))


@pytest.mark.parametrize(
    "category",
    [
        PNStatusCategory.PNNetworkIssuesCategory,
        PNStatusCategory.PNTimeoutCategory,
        PNStatusCategory.PNTLSConnectionFailedCategory,
        PNStatusCategory.PNTLSUntrustedCertificateCategory,
    ],
)
def test_a_service_that_is_not_reached_is_tried_again(category: PNStatusCategory) -> None:
    async def scenario(client: Client) -> None:
        (await client.connected("a")).fail(category)
        await client.noting.until(lambda: len(client.noting.statuses) == 2)
        assert client.driver._timers.keys() == {Timer.RETRY}

    run(scenario, following(PNReconnectionPolicy.LINEAR))


def test_what_is_too_large_for_now_is_tried_again() -> None:
    async def scenario(client: Client) -> None:
        (await client.connected("a")).answer(REFUSED, 413, Retry_After="20")
        await client.noting.until(lambda: len(client.noting.statuses) == 2)
        assert client.driver._timers.keys() == {Timer.RETRY}

    run(scenario, following(PNReconnectionPolicy.LINEAR))


@pytest.mark.parametrize("code", [400, 401, 403, 404, 414, 451, 481, 501])
@pytest.mark.parametrize("wait", ["0", "20"])
def test_a_refusal_is_one_though_it_says_when_to_come_back(code: int, wait: str) -> None:
    async def scenario(client: Client) -> None:
        await refused(client, await client.connected("a"), code, Retry_After=wait)

    run(scenario, following(PNReconnectionPolicy.LINEAR))


@pytest.mark.parametrize(
    ("code", "name", "value"),
    [
        (403, "auth_key", "another"),
        (401, "auth_key", "another"),
        (404, "subscribe_key", "another"),
        (400, "uuid", "another"),
        (301, "ssl", True),
        (308, "origin", "localhost"),
        (414, "filter_expression", "n == 1"),
        (481, "filter_expression", "n == 1"),
        (403, "secret_key", "another"),
    ],
)
@POLICIES
def test_it_goes_on_with_what_is_changed(
    code: int, name: str, value: Any, policy: PNReconnectionPolicy
) -> None:
    config = following(policy)

    async def scenario(client: Client) -> None:
        await refused(client, await client.connected("a"), code)
        setattr(config, name, value)
        (await client.polls.next()).bring(50)
        assert (await client.polls.next()).query["tt"] == "10"
        assert client.noting.categories[-1] == "Connected"

    run(scenario, config)


def test_it_goes_on_without_the_name_that_is_refused() -> None:
    async def scenario(client: Client) -> None:
        await refused(client, await client.connected("a", "b"))
        client.driver.unsubscribe(["b"])
        handshake = await client.polls.next()
        assert handshake.path == "/v2/subscribe/sub/a/0"
        await refused(client, handshake)
        client.driver.subscribe(["c"])
        await refused(client, await client.polls.next())
        client.driver.reconnect()
        await refused(client, await client.polls.next())

    config = following(PNReconnectionPolicy.LINEAR)
    config.suppress_leave_events = True
    run(scenario, config)


def test_a_request_that_can_not_be_sent_is_not_sent_again_and_again() -> None:
    async def scenario(client: Client) -> None:
        client.driver.subscribe(["\ud800"])
        await client.noting.until(lambda: len(client.noting.statuses) == 2)
        assert client.noting.categories == ["InternalException", "Disconnected"]
        assert not client.driver._timers

    run(scenario, following(PNReconnectionPolicy.LINEAR))


def test_a_heartbeat_that_is_refused_is_the_last() -> None:
    config = following(PNReconnectionPolicy.LINEAR)
    config.set_presence_timeout_with_custom_interval(20, 0.001)

    async def scenario(client: Client) -> None:
        await client.connected("a")
        (await client.calls.next()).answer(REFUSED, 503)
        (await client.calls.next()).answer(REFUSED, 404)
        await client.noting.until(lambda: len(client.noting.statuses) == 3)
        assert client.noting.statuses[-1].status_code == 404
        await asyncio.sleep(0.01)
        assert client.calls.is_quiet
        assert not client.driver._timers
        config.auth_key = "another"
        (await client.calls.next()).answer({})

    run(scenario, config)


@pytest.mark.parametrize("policy", PNReconnectionPolicy)
def test_the_end_of_the_loop_is_a_warning(
    policy: PNReconnectionPolicy, caplog: pytest.LogCaptureFixture
) -> None:
    config = following(policy)
    config.maximum_reconnection_retries = 0

    async def scenario(client: Client) -> None:
        (await client.connected("a")).fail(PNStatusCategory.PNNetworkIssuesCategory)
        await client.noting.until(lambda: "Disconnected" in client.noting.categories)

    run(scenario, config)
    last = caplog.records[-1]
    assert (last.name, last.levelno) == ("pnclient", logging.WARNING)
    assert last.getMessage().startswith("PNDisconnectedCategory: nothing is received until")


@pytest.mark.parametrize(
    "body",
    [
        b'"no\\nERROR forged \\u001b[31m"',
        b"\x1b]0;title\x07\nERROR forged",
        "\u2028\u202eERROR forged".encode(),
        b'"' + b"x" * 1_000_000 + b'"',
        b"[" + b'"xxxx",' * 100_000 + b"1]",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_a_service_says_is_one_line_of_the_log(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(client: Client) -> None:
        (await client.connected("a")).answer(body, 403)
        await client.noting.until(lambda: len(client.noting.statuses) == 3)

    run(scenario, following(PNReconnectionPolicy.LINEAR))
    line = caplog.messages[0]
    assert line.startswith("PNAccessDeniedCategory: ")
    assert line.isprintable()
    assert len(line) < 1_000
