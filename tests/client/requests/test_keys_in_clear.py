"""No key, token or signature leaves this machine without TLS, unless ``ssl = False`` was set."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from pnclient.endpoints.endpoint import Endpoint
from pnclient.enums import PNOperationType, PNReconnectionPolicy
from pnclient.exceptions import PubNubException
from pnclient.files import transfer
from pnclient.http.client import Http
from pnclient.models.consumer.message_actions import PNMessageAction
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from pnclient.subscribe.events import Timer
from pnclient.transport import UNAUTHORISED, Prepared, ServiceFailure, prepare_request
from tests.cases import for_each
from tests.client.connections.listening import listening, proxy, run
from tests.client.requests.calls import CALLS, performed
from tests.client.subscribing.faked import Client
from tests.client.subscribing.faked import run as run_driver

SECRET = "S3CRETWORD"
TOKEN = (
    "qEF2AkF0GmEI03xDdHRsGDxDcmVzpURjaGFuoWljaGFubmVsLTEY70NncnChb2NoYW5uZWxfZ3JvdXAtMQVDdXNyoE"
    "NzcGOgRHV1aWShZnV1aWQtMRhoQ3BhdKVEY2hhbqFtXmNoYW5uZWwtXFMqJBjvQ2dycKF0XjpjaGFubmVsX2dyb3Vw"
    "LVxTKiQFQ3VzcqBDc3BjoER1dWlkoWpedXVpZC1cUyokGGhEbWV0YaBEdXVpZHR0ZXN0LWF1dGhvcml6ZWQtdXVpZE"
    "NzaWdYIPpU-vCe9rkpYs87YUrFNWkyNq8CVvmKwEjVinnDrJJc"
)
ADVICE = "set PNConfiguration.ssl = True, or ssl = False to send it all the same"

HERE = """
    localhost LocalHost:7635 127.0.0.1 127.0.0.2:1 127.255.255.254
    [::1]:8090 [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1]
""".split()
ELSEWHERE = """
    ps.pndsn.com PS.PNDSN.COM:443 192.168.0.1 10.0.0.1:80 128.0.0.1 1.0.0.127 0.0.0.0
    [2001:db8::1] [::] [::ffff:10.0.0.1] [fe80::1]
    localhost.evil.com 127.0.0.1.nip.io evil.localhost localhost.localdomain localhosts
    localhost. 127.0.0.1. 127.1 2130706433 0x7f000001
""".split()


def configured(**properties: Any) -> PNConfiguration:
    config = PNConfiguration()
    config.subscribe_key, config.publish_key, config.uuid = "sub", "pub", "me"
    for name, value in properties.items():
        setattr(config, name, value)
    return config


def endpoint_of(config: PNConfiguration, name: str) -> Endpoint[Any]:
    found: Endpoint[Any] = performed(PubNubTornado(config), PNMessageAction, CALLS[name])
    return found


def request(config: PNConfiguration, name: str = "history") -> Prepared:
    return prepare_request(config, endpoint_of(config, name)._call())


def refusal(config: PNConfiguration, name: str = "history") -> str:
    with pytest.raises(PubNubException) as refused:
        request(config, name)
    assert SECRET not in repr(refused.value)
    return str(refused.value)


@for_each(CALLS)
def test_no_call_takes_an_auth_key_along(name: str) -> None:
    config = configured(auth_key=SECRET)
    if endpoint_of(config, name).OPERATION in UNAUTHORISED:
        assert SECRET not in request(config, name).url
    else:
        assert refusal(config, name) == (
            "Not sent: the auth_key would go to ps.pndsn.com without TLS, "
            f"where others can read it: {ADVICE}"
        )
    for ssl in (True, False):
        request(configured(auth_key=SECRET, ssl=ssl), name)


@for_each(CALLS)
def test_no_call_is_signed(name: str) -> None:
    message = refusal(configured(secret_key=SECRET), name)
    assert message.startswith("Not sent: a signature of the secret_key would go to ps.pndsn.com ")
    assert ADVICE in message
    for ssl in (True, False):
        assert "signature=" in request(configured(secret_key=SECRET, ssl=ssl), name).url


@pytest.mark.parametrize("origin", HERE)
def test_this_machine_may_have_keys(origin: str) -> None:
    found = request(configured(auth_key=SECRET, origin=origin))
    assert found.url.startswith(f"http://{origin}/")
    assert found.is_local


@pytest.mark.parametrize("origin", ELSEWHERE)
def test_no_other_may(origin: str) -> None:
    assert f"the auth_key would go to {origin} without TLS" in refusal(
        configured(auth_key=SECRET, origin=origin)
    )


@pytest.mark.parametrize(
    "origin",
    [
        *("http://localhost", "https://localhost", "localhost@evil.com", "user:pw@localhost"),
        *(
            "localhost/x",
            "localhost#evil.com",
            "localhost?x",
            "localhost\\@evil.com",
            "localhost\n",
        ),
        *(
            "[::1%25lo]",
            "localhost:0",
            "localhost:99999",
            ["localhost"],
            ("localhost",),
            b"localhost",
        ),
    ],
)
def test_an_origin_is_a_host_alone(origin: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^PNConfiguration.origin must be "):
        configured(origin=origin)


@pytest.mark.parametrize("origin", ELSEWHERE)
def test_without_keys_anybody_may_be_asked(origin: str) -> None:
    found = request(configured(origin=origin, cipher_key=SECRET))
    assert not found.is_local
    assert SECRET not in found.url


class Plain(PNConfiguration):
    """Says by a class that TLS isn't wanted."""

    ssl = False


class Late(PNConfiguration):
    def __init__(self) -> None:
        super().__init__()
        self.ssl = False


@pytest.mark.parametrize("kind", [Plain, Late])
def test_a_subclass_may_allow_it(kind: type[PNConfiguration]) -> None:
    config = kind()
    config.subscribe_key, config.uuid, config.auth_key = "sub", "me", SECRET
    assert request(config).url.startswith("http://ps.pndsn.com/")


def pickled(config: PNConfiguration) -> Any:
    return pickle.loads(pickle.dumps(config))


@pytest.mark.parametrize("twin_of", [copy.copy, copy.deepcopy, pickled])
def test_copies_know_whether_it_was_set(twin_of: Callable[[Any], Any]) -> None:
    unset = configured(auth_key=SECRET)
    refusal(twin_of(unset))
    # What is read was not set.
    assert not unset.ssl
    assert unset.scheme_extended() == "http://"
    refusal(twin_of(unset))
    request(twin_of(configured(auth_key=SECRET, ssl=False)))
    twin = twin_of(configured(auth_key=SECRET, ssl=True))
    twin.ssl = False
    request(twin)


def test_a_program_learns_it_when_it_awaits_the_call() -> None:
    async def work() -> None:
        for properties in ({"auth_key": SECRET}, {"secret_key": SECRET}):
            async with PubNubTornado(configured(**properties)) as pubnub:
                for ending in ("result", "future"):
                    builder = pubnub.publish().channel("a").message(1)
                    with pytest.raises(PubNubException, match="ssl = False to send it"):
                        await getattr(builder, ending)()
                with pytest.raises(PubNubException, match="ssl = False to send it"):
                    await pubnub.send_file().channel("a").file_object(b"x").file_name("x")
                with pytest.raises(PubNubException, match="ssl = False to send it"):
                    await pubnub.download_file().channel("a").file_id("1").file_name("x")
        async with PubNubTornado(configured()) as pubnub:
            pubnub.set_token(TOKEN)
            with pytest.raises(PubNubException, match="an access token would go to ps"):
                await pubnub.history().channel("channel-1")

    run(work())


@pytest.mark.parametrize("policy", PNReconnectionPolicy)
def test_a_subscription_is_not_sent_until_it_is_allowed(policy: PNReconnectionPolicy) -> None:
    config = configured(auth_key=SECRET, reconnect_policy=policy)

    async def scenario(client: Client) -> None:
        client.driver.subscribe(["a"])
        await client.noting.until(lambda: len(client.noting.statuses) == 2)
        assert client.noting.categories == ["InternalException", "Disconnected"]
        error = client.noting.statuses[0].error_data
        assert error is not None
        assert error.information.endswith(ADVICE)
        assert client.polls.is_quiet
        assert client.calls.is_quiet
        assert not client.driver._timers
        config.ssl = True
        (await client.polls.next()).bring(10)
        assert (await client.polls.next()).query["auth"] == SECRET
        assert client.noting.categories[-1] == "Connected"

    run_driver(scenario, config)


def test_neither_are_heartbeats_and_leaves() -> None:
    config = configured()

    async def scenario(client: Client) -> None:
        poll = await client.connected("a", "b")
        config.auth_key = SECRET
        # Not earlier: one that is under way would hold up the next.
        config.set_presence_timeout_with_custom_interval(20, 0.01)
        await client.noting.until(lambda: len(client.noting.statuses) == 2)
        assert client.noting.statuses[1].operation is PNOperationType.PNHeartbeatOperation
        assert Timer.HEARTBEAT not in client.driver._timers
        client.driver.unsubscribe(["b"])
        await client.noting.until(lambda: len(client.noting.statuses) == 5)
        assert await poll.is_cancelled()
        assert client.noting.categories[1:].count("InternalException") == 3
        for status in client.noting.statuses:
            assert SECRET not in f"{status.error_data}{vars(status)}"
        assert client.polls.is_quiet
        assert client.calls.is_quiet

    run_driver(scenario, config)


def test_nor_goes_a_key_to_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing is asked there: the address is for documentation.
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:3128")

    async def work() -> None:
        found = request(configured(auth_key=SECRET, origin="127.0.0.1:1"))
        http = Http()
        try:
            with pytest.raises(PubNubException, match="go to the proxy that the environment names"):
                await http.send(found, connect_timeout=1, request_timeout=1)
        finally:
            await http.close()

    run(work())


def test_but_to_one_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        async with listening(proxy) as server:
            monkeypatch.setenv("HTTP_PROXY", f"http://{server.origin}")
            config = configured(auth_key=SECRET, origin="127.0.0.1:1")
            async with PubNubTornado(config) as pubnub:
                assert (await pubnub.history().channel("a").future()).is_error()
            assert [f"auth={SECRET}" in line for line in server.request_lines] == [True]

    run(work())


@pytest.mark.parametrize(
    ("ssl", "address", "is_used"),
    [
        (None, "https://storage.example/x?signature=1", True),
        (None, "http://127.0.0.1:80/x", True),
        (None, "http://localhost/x", True),
        (None, "http://storage.example/x", False),
        (None, "HTTP://storage.example/x", False),
        (None, "http://localhost.evil.com/x", False),
        (None, "http://127.0.0.1.nip.io/x", False),
        (False, "http://storage.example/x", True),
        (True, "http://127.0.0.1/x", False),
        (True, "https://storage.example/x", True),
    ],
)
def test_an_address_of_a_file_lets_anybody_use_it(
    ssl: bool | None, address: str, is_used: bool
) -> None:
    config = configured() if ssl is None else configured(ssl=ssl)
    if is_used:
        found = transfer.check_address(config, address)
        is_local = ssl is None and address.startswith("http:")
        assert transfer.download(config, found).is_local is is_local
    else:
        with pytest.raises(ServiceFailure, match="names an address without TLS"):
            transfer.check_address(config, address)
    with pytest.raises(ServiceFailure, match="without TLS"):
        # After one that had it.
        transfer.check_address(config, "http://127.0.0.1/x", secure=True)
