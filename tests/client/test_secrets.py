"""No key, secret, auth key or signature is shown.

In no log, repr, traceback, envelope, status or URL.
"""

from __future__ import annotations

import copy
import io
import logging
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from pnclient import set_stream_logger, transport
from pnclient.callbacks import SubscribeCallback
from pnclient.crypto import AesCbcCryptoModule, LegacyCryptoModule, PubNubCryptodome
from pnclient.enums import PNHeartbeatNotificationOptions, PNReconnectionPolicy
from pnclient.exceptions import PubNubException
from pnclient.http import exchange
from pnclient.models.consumer.common import PNStatus
from pnclient.models.consumer.message_actions import PNMessageAction
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from pnfilter.server import Server, running
from tests.client.connections.listening import Listening, listening
from tests.client.exposure import PROXY_PASSWORD, SECRETS, Exposure, run, secretive, seen_call
from tests.client.requests.calls import CALLS, performed
from tests.protocol.capture.calls import OBJECTS, Sdk


def calls(pubnub: PubNubTornado) -> dict[str, Callable[[], Any]]:
    """For each kind of call a maker of its builder."""
    found: dict[str, Callable[[], Any]] = {
        described.method: partial(performed, pubnub, PNMessageAction, described)
        for described in CALLS.values()
        if not described.configuration
    }
    for name in ("uuids everything", "uuid remove", "channel set if match", "members manage"):
        found[name] = partial(OBJECTS[name], pubnub, Sdk("pnclient"))
    return found


def closed_port() -> str:
    """An origin where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def fault(emulator: Server, **values: Any) -> None:
    emulator.call(lambda app: app.control.add_fault(values))


def in_no_time(builder: Callable[[], Any]) -> Any:
    return builder().timeout(0.01)


# Calls

FAULTS: dict[str, dict[str, Any]] = {
    "none": {},
    **{str(code): {"fault": "status", "status": code} for code in (400, 403, 429, 481, 500)},
    **{kind: {"fault": kind} for kind in ("cut", "malformed", "truncated")},
}


@pytest.mark.sliced(9)
@pytest.mark.parametrize("name", FAULTS)
def test_calls(emulator: Server, exposure: Exposure, name: str) -> None:
    async def work() -> None:
        async with PubNubTornado(secretive(emulator.origin)) as pubnub:
            exposure.see("client", pubnub)
            for where, builder in calls(pubnub).items():
                if FAULTS[name]:
                    fault(emulator, count=2, **FAULTS[name])
                await seen_call(exposure, where, builder)

    run(work())
    assert len(set(exposure.signatures)) > 10
    assert exposure.leaks() == []


def test_calls_that_take_too_long(emulator: Server, exposure: Exposure) -> None:
    async def work() -> None:
        async with PubNubTornado(secretive(emulator.origin)) as pubnub:
            makers = calls(pubnub)
            fault(emulator, fault="delay", seconds=5, count=2 * len(makers))
            for where, builder in makers.items():
                await seen_call(exposure, where, partial(in_no_time, builder))

    run(work())
    assert exposure.leaks() == []


UNMADE: dict[str, Callable[[PubNubTornado], Any]] = {
    "no channel": lambda pubnub: pubnub.publish().message(1),
    "no message": lambda pubnub: pubnub.publish().channel("c"),
    "half a pair": lambda pubnub: pubnub.signal().channel("half \ud800").message(1),
    "no JSON": lambda pubnub: pubnub.publish().channel("c").message({1, 2}),
    "no state": lambda pubnub: pubnub.set_state().channels("c"),
    "no action": lambda pubnub: pubnub.add_message_action().channel("c"),
    "no group": lambda pubnub: pubnub.list_channels_in_channel_group(),
}


def test_calls_that_can_not_be_made(exposure: Exposure) -> None:
    async def work() -> None:
        async with PubNubTornado(secretive(closed_port())) as pubnub:
            for name, builder in UNMADE.items():
                for ending in ("result", "future"):
                    with pytest.raises(PubNubException) as caught:
                        await getattr(builder(pubnub), ending)()
                    exposure.see_raised(name, caught.value)

    run(work())
    assert exposure.leaks() == []


# Connections


def test_nobody_answers(exposure: Exposure) -> None:
    async def work() -> None:
        async with PubNubTornado(secretive(closed_port())) as pubnub:
            for where, builder in calls(pubnub).items():
                await seen_call(exposure, where, builder)

    run(work())
    assert exposure.leaks() == []


def test_a_host_that_is_not_known(exposure: Exposure) -> None:
    async def work() -> None:
        async with PubNubTornado(secretive("nowhere.invalid")) as pubnub:
            await seen_call(exposure, "publish", calls(pubnub)["publish"])

    run(work())
    assert exposure.leaks() == []


@pytest.mark.sliced(2)
@pytest.mark.parametrize(
    "answer", [b"no HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]
)
def test_what_answers_is_no_service(exposure: Exposure, answer: bytes) -> None:
    async def wrong(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(answer)
        await writer.drain()

    async def work() -> None:
        async with (
            listening(wrong) as server,
            PubNubTornado(secretive(server.origin)) as pubnub,
        ):
            for where, builder in calls(pubnub).items():
                await seen_call(exposure, where, builder)

    run(work())
    assert exposure.leaks() == []


@pytest.mark.sliced(2)
@pytest.mark.parametrize("trusted", [True, False])
def test_over_tls(exposure: Exposure, trusted: bool) -> None:
    with running(tls="self-signed") as emulator:

        async def work() -> None:
            config = secretive(emulator.origin, ssl=True)
            if trusted:
                config.ca_certs = str(emulator.ca_file)
            async with PubNubTornado(config) as pubnub:
                for where, builder in calls(pubnub).items():
                    await seen_call(exposure, where, builder)

        run(work())
    assert exposure.leaks() == []


@pytest.mark.sliced(3)
@pytest.mark.parametrize("scheme", ["http", "https", "ftp"])
def test_a_proxy_with_a_password(
    exposure: Exposure, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"{scheme}://user:{PROXY_PASSWORD}@{closed_port()}")

    async def work() -> None:
        async with PubNubTornado(secretive("service.example")) as pubnub:
            for where, builder in calls(pubnub).items():
                await seen_call(exposure, where, builder)

    run(work())
    assert exposure.leaks() == []


# Subscriptions


class Raising(SubscribeCallback):
    """A program's own mistake."""

    def message(self, pubnub: Any, message: Any) -> None:
        raise LookupError("a mistake of the program")

    async def signal(self, pubnub: Any, signal: Any) -> None:
        raise LookupError("another mistake of the program")


def listening_often(origin: str, **more: Any) -> PNConfiguration:
    config = secretive(origin, **more)
    config.set_presence_timeout_with_custom_interval(20, 1)
    config.heartbeat_notification_options = PNHeartbeatNotificationOptions.ALL
    return config


@pytest.mark.parametrize("kind", ["key", "legacy", "header"])
def test_a_subscription(emulator: Server, exposure: Exposure, kind: str) -> None:
    stream = io.StringIO()
    set_stream_logger(level=logging.DEBUG, stream=stream)

    async def work() -> None:
        config = listening_often(emulator.origin)
        if kind != "key":
            config.crypto_module = {"legacy": LegacyCryptoModule, "header": AesCbcCryptoModule}[
                kind
            ](config)
            config.cipher_key = None
        async with (
            PubNubTornado(config) as pubnub,
            PubNubTornado(secretive(emulator.origin, cipher_key=None, uuid="other")) as other,
        ):
            pubnub.add_listener(exposure)
            pubnub.add_listener(Raising())
            await pubnub.add_channel_to_channel_group().channels("c").channel_group("g").result()
            subscribing = pubnub.subscribe().channels("d").channel_groups("g").with_presence()
            exposure.see("subscribe", repr(subscribing))
            subscribing.execute()
            await exposure.until("PNConnectedCategory PNSubscribeOperation", "presence")
            config.filter_expression = "such != 'wow'"
            published = await pubnub.publish().channel("c").message({"k": 1}).result()
            await exposure.until("message")
            # Nobody encrypted it.
            await other.publish().channel("d").message("plain").result()
            await exposure.until("PNDecryptionErrorCategory PNSubscribeOperation")
            await pubnub.set_state().channels("d").state({"a": 1}).result()
            await pubnub.signal().channel("d").message("s").result()
            action = PNMessageAction()
            action.type, action.value = "t", "v"
            action.message_timetoken = published.timetoken
            await pubnub.add_message_action().channel("c").message_action(action).result()
            await exposure.until("signal", "message_action")
            for stored in (pubnub.history().channel("d"), pubnub.fetch_messages().channels("d")):
                exposure.see("stored", await stored.result())
            await exposure.until("PNAcknowledgmentCategory PNHeartbeatOperation")
            fault(emulator, fault="status", operation="heartbeat", status=403)
            await exposure.until("PNAccessDeniedCategory PNHeartbeatOperation")
            pubnub.reconnect()
            pubnub.unsubscribe().channels("d").execute()
            await exposure.until("PNAcknowledgmentCategory PNUnsubscribeOperation")
            exposure.see("counters", pubnub.counters)
            exposure.see("client", pubnub)

    try:
        run(work())
    finally:
        logger = logging.getLogger("pnclient")
        logger.handlers = [one for one in logger.handlers if getattr(one, "stream", "") != stream]
    exposure.see("stream", stream.getvalue())
    assert "GET http://" in stream.getvalue()
    assert "a mistake of the program" in stream.getvalue()
    assert exposure.leaks() == []


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"fault": "status", "status": 400}, "PNBadRequestCategory PNSubscribeOperation"),
        ({"fault": "status", "status": 403}, "PNAccessDeniedCategory PNUnsubscribeOperation"),
        (
            {"fault": "status", "status": 481},
            "PNMalformedFilterExpressionCategory PNSubscribeOperation",
        ),
        ({"fault": "status", "status": 500}, "PNUnknownCategory PNSubscribeOperation"),
        ({"fault": "cut", "after": 0}, "PNNetworkIssuesCategory PNSubscribeOperation"),
        ({"fault": "malformed"}, "PNMalformedResponseCategory PNSubscribeOperation"),
    ],
)
def test_a_subscription_that_fails(
    emulator: Server, exposure: Exposure, values: dict[str, Any], told: str
) -> None:
    async def work() -> None:
        fault(emulator, operation="subscribe", **values)
        async with PubNubTornado(secretive(emulator.origin)) as pubnub:
            pubnub.add_listener(exposure)
            pubnub.subscribe().channels("c").execute()
            await exposure.until(told)

    run(work())
    assert exposure.leaks() == []


def test_a_subscription_that_comes_back(
    emulator: Server, exposure: Exposure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "STALE_SECONDS", 0)

    async def work() -> None:
        config = secretive(emulator.origin, reconnect_policy=PNReconnectionPolicy.EXPONENTIAL)
        async with PubNubTornado(config) as pubnub:
            pubnub.add_listener(exposure)
            pubnub.subscribe().channels("c").execute()
            await exposure.until("PNConnectedCategory PNSubscribeOperation")
            fault(emulator, fault="cut", operation="subscribe")
            config.filter_expression = "a == 1"
            await exposure.until("PNReconnectedCategory PNSubscribeOperation")

    run(work())
    assert exposure.leaks() == []


# The configuration


def test_the_configuration_and_what_it_refuses(exposure: Exposure) -> None:
    config = secretive("127.0.0.1:1")
    ciphers = [PubNubCryptodome(config), LegacyCryptoModule(config), AesCbcCryptoModule(config)]
    exposure.see("configuration", [config, copy.deepcopy(config), *ciphers])
    for name, secret in SECRETS.items():
        for wrong in ([secret], secret.encode(), f"{secret}\ud800", {secret: 1}):
            with pytest.raises((TypeError, ValueError)) as caught:
                setattr(config, name, wrong)
            # The value is the caller's, and a local of the frames that refuse it.
            exposure.see_raised(name, caught.value, with_locals=False)
    for module in (Unfit(), SECRETS["cipher_key"]):
        with pytest.raises((TypeError, ValueError)) as caught:
            config.crypto_module = module
        exposure.see_raised("crypto_module", caught.value, with_locals=False)
    assert exposure.leaks() == []


class Unfit:
    """Encrypts nothing, and shows its key."""

    def __repr__(self) -> str:
        return f"Unfit({SECRETS['cipher_key']})"


# What is shown would be found


@pytest.mark.parametrize("secret", [*SECRETS.values(), PROXY_PASSWORD])
def test_a_leak_would_be_found(exposure: Exposure, secret: str) -> None:
    logging.getLogger("anybody").debug("GET /%s", quote(secret))
    assert len(exposure.leaks()) == 1
    exposure.see("result", {"list": [("in a tuple", secret)]})
    exposure.see_raised("exception", ValueError("wrong", {secret}))
    assert {leak.partition(":")[0] for leak in exposure.leaks()} == {"log", "result", "exception"}


def test_a_leak_in_a_model_would_be_found(exposure: Exposure) -> None:
    status = PNStatus()
    status.original_response = {"k": [SECRETS["subscribe_key"]]}
    exposure.see("status", status)
    with pytest.raises(LookupError) as caught:
        chained()
    exposure.see_raised("chained", caught.value)
    assert {leak.partition(":")[0] for leak in exposure.leaks()} == {"status", "chained"}


def chained() -> None:
    try:
        int(SECRETS["auth_key"])
    except ValueError:
        raise LookupError("harmless") from None


def test_a_signature_would_be_found(exposure: Exposure) -> None:
    pubnub = PubNubTornado(secretive("127.0.0.1:1"))
    request = transport.prepare_request(pubnub.config, pubnub.time()._call())
    exposure.see("request", request)
    assert exposure.leaks() == []
    exposure.see("URL", request.url)
    assert len(exposure.leaks()) == 2
    (signature,) = exposure.signatures
    exposure = Exposure(exposure._log)
    exposure.signatures.append(signature)
    exposure.see("signature", f"signature={signature}")
    assert len(exposure.leaks()) == 2
