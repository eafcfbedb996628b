"""The programs of the reference for 4.8.1 run here after the listed changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import pytest

from pnclient.enums import PNHeartbeatNotificationOptions
from pnclient.exceptions import PubNubException
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado, SubscribeListener
from pnfilter.server import Server, running
from tests.client.connections.listening import run

# What a program may need. Each takes its text and the service.


def import_root(text: str, service: Server) -> str:
    """``pubnub`` is ``pnclient``."""
    return text.replace("from pubnub.", "from pnclient.")


def line_breaks(text: str, service: Server) -> str:
    """The reference shows some programs on one line."""
    return re.sub(r" (?=from pubnub\.|pnconfig\.\w+ = |pnconfig = |pubnub = )", "\n", text)


def required_tail(text: str, service: Server) -> str:
    """``// required`` is no Python."""
    return text.replace(" // required", "")


def prepared_configuration(text: str, service: Server) -> str:
    """``my_pnconfig`` is made elsewhere."""
    return (
        "from pubnub.pnconfiguration import PNConfiguration\n"
        "from pubnub.pubnub_tornado import PubNubTornado\n"
        "my_pnconfig = PNConfiguration()\n"
        'my_pnconfig.subscribe_key = my_pnconfig.uuid = "mine"\n' + text
    )


def imported_configuration(text: str, service: Server) -> str:
    """``PNConfiguration`` is imported elsewhere."""
    return "from pubnub.pnconfiguration import PNConfiguration\n" + text


def loopback_origin(text: str, service: Server) -> str:
    """The service is on this machine, and with TLS its authority is to be trusted."""
    name = next(iter(re.findall(r"(\w+) = PNConfiguration\(\)", text)))
    made = f"{name} = PNConfiguration()"
    more = f"\n{name}.origin = {service.origin!r}"
    if service.ca_file is not None:
        more += f"\n{name}.ca_certs = {str(service.ca_file)!r}"
    return text.replace(made, made + more)


Change = Callable[[str, Server], str]


@dataclass(frozen=True)
class Sample:
    """A program of the reference. ``tls``: whether it asks for that."""

    text: str
    changes: tuple[Change, ...]
    tls: bool = False


SAMPLES: Final = {
    "method: configuration": Sample(
        "pnconfig = PNConfiguration()",
        (imported_configuration, import_root, loopback_origin),
    ),
    "basic usage: configuration": Sample(
        """\
from pubnub.pnconfiguration import PNConfiguration
from pubnub.enums import PNHeartbeatNotificationOptions
pn_configuration = PNConfiguration()
# subscribe_key from Admin Portal
pn_configuration.subscribe_key = "my_subscribe_key" // required
# publish_key from Admin Portal (only required if publishing)
pn_configuration.publish_key = "my_publish_key"
# secret_key (only required for modifying/revealing access permissions)
pn_configuration.secret_key = "my_secret_key"
# if cipher_key is passed, all communicatons to/from pubnub will be encrypted
pn_configuration.cipher_key = "my_cipher_key"
# UUID to be used as a device identifier, a default UUID is generated
# if not passed
pn_configuration.uuid = "my_custom_uuid"
# if Access Manager is utilized, client will use this authKey in all restricted
# requests
pn_configuration.auth_key = "my_aut_key"
# use SSL
pn_configuration.ssl = True
# how long to wait before giving up connection to client
pn_configuration.connect_timeout = 100
# how long to keep the subscribe loop running before disconnect
pn_configuration.subscribe_timeout = 310
# on non subscribe operations, how long to wait for server response
pn_configuration.non_subscribe_timeout = 300
# PSV2 feature to subscribe with a custom filter expression
pn_configuration.filter_expression = "such=wow"
# heartbeat notifications, by default, the SDK will alert on failed heartbeats.
# other options such as all heartbeats or no heartbeats are supported.
pn_configuration.heartbeat_notification_options = PNHeartbeatNotificationOptions.All
""",
        (required_tail, import_root, loopback_origin),
        tls=True,
    ),
    "method: initialization": Sample(
        "pubnub = PubNubTornado(my_pnconfig)",
        (prepared_configuration, import_root, loopback_origin),
    ),
    "basic usage: initialization": Sample(
        """\
from pubnub.pnconfiguration import PNConfiguration
from pubnub.pubnub_tornado import PubNubTornado
pnconfig = PNConfiguration()
pnconfig.subscribe_key = "my_subkey"
pnconfig.publish_key = "my_pubkey"
pnconfig.ssl = True
pnconfig.uuid = "my_custom_uuid"
pubnub = PubNubTornado(pnconfig)
""",
        (import_root, loopback_origin),
        tls=True,
    ),
    "a non-secure client": Sample(
        "from pubnub.pnconfiguration import PNConfiguration from pubnub.pubnub_tornado import PubNubTornado "
        "pnconfig = PNConfiguration() pnconfig.subscribe_key = 'my_subscribe_key' "
        "pnconfig.publish_key = 'my_publish_key' pnconfig.secret_key = 'my_secret_key' "
        'pnconfig.uuid = "my_custom_uuid" pnconfig.ssl = False pubnub = PubNubTornado(pnconfig)',
        (line_breaks, import_root, loopback_origin),
    ),
    "a read-only client": Sample(
        "from pubnub.pnconfiguration import PNConfiguration from pubnub.pubnub_tornado import PubNubTornado "
        'pnconfig = PNConfiguration() pnconfig.subscribe_key = "my_subkey" pubnub = PubNubTornado(pnconfig)',
        (line_breaks, import_root, loopback_origin),
    ),
    "a custom uuid": Sample(
        "from pubnub.pnconfiguration import PNConfiguration from pubnub.pubnub_tornado import PubNubTornado "
        "pnconfig = PNConfiguration() pnconfig.subscribe_key = 'mySubscribeKey' "
        "pnconfig.publish_key = 'myPublishKey' pnconfig.uuid = 'myUniqueUUID' "
        "pubnub = PubNubTornado(pnconfig)",
        (line_breaks, import_root, loopback_origin),
    ),
    "ssl enabled": Sample(
        "from pubnub.pnconfiguration import PNConfiguration from pubnub.pubnub_tornado import PubNubTornado "
        'pnconfig = PNConfiguration() pnconfig.subscribe_key = "my_subkey" '
        'pnconfig.publish_key = "my_pubkey" pnconfig.ssl = True pnconfig.uuid = "my_custom_uuid" '
        "pubnub = PubNubTornado(pnconfig)",
        (line_breaks, import_root, loopback_origin),
        tls=True,
    ),
    "access manager": Sample(
        "from pubnub.pnconfiguration import PNConfiguration from pubnub.pubnub_tornado import PubNubTornado "
        'pnconfig = PNConfiguration() pnconfig.subscribe_key = "my_subkey" '
        'pnconfig.publish_key = "my_pubkey" pnconfig.secret_key = "my_secretkey" '
        'pnconfig.uuid = "my_custom_uuid" pnconfig.ssl = True pubnub = PubNubTornado(pnconfig)',
        (line_breaks, import_root, loopback_origin),
        tls=True,
    ),
    "filter expression": Sample(
        """\
from pubnub.pnconfiguration import PNConfiguration
pnconfig = PNConfiguration()
pnconfig.filter_expression = "such=wow"
filter = pnconfig.filter_expression
""",
        (import_root, loopback_origin),
    ),
}
#: With nobody named, one is made.
ANYBODY = {"method: configuration", "a read-only client", "filter expression"}


@pytest.fixture
def plain() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def tls() -> Iterator[Server]:
    with running(tls="self-signed") as server:
        yield server


def ran(name: str, service: Server) -> dict[str, Any]:
    """The names that a sample has made."""
    sample = SAMPLES[name]
    text = sample.text
    for change in sample.changes:
        changed = change(text, service)
        assert changed != text, f"{name} doesn't need {change.__name__}"
        text = changed
    names: dict[str, Any] = {}
    exec(compile(text, name, "exec"), names)
    return names


def configuration_of(names: dict[str, Any]) -> PNConfiguration:
    (config,) = (value for value in names.values() if isinstance(value, PNConfiguration))
    return config


@pytest.mark.parametrize("name", SAMPLES)
def test_a_program_of_the_reference(name: str, plain: Server, tls: Server) -> None:
    sample = SAMPLES[name]
    names = ran(name, tls if sample.tls else plain)
    config = configuration_of(names)
    assert config.ssl is sample.tls
    if name in ANYBODY:
        assert UUID(config.uuid).version == 4
    if "pubnub" not in names:
        # Those that end with the configuration: whoever needs a key is told.
        if config.subscribe_key is None:
            with pytest.raises(PubNubException, match="Subscribe key not configured"):
                PubNubTornado(config)
            config.subscribe_key = "sub"
        names["pubnub"] = PubNubTornado(config)
    run(used(names["pubnub"], name))


async def used(pubnub: PubNubTornado, channel: str) -> None:
    """Everything that such a client is for: publish, subscribe, history, presence."""
    config = pubnub.config
    listener = SubscribeListener()
    async with pubnub:
        pubnub.add_listener(listener)
        pubnub.subscribe().channels(channel).execute()
        await listener.wait_for_connect()
        here = await pubnub.here_now().channels(channel)
        assert [one.uuid for one in here.channels[0].occupants or ()] == [config.uuid]
        publish = pubnub.publish().channel(channel).message({"text": "Hello"})
        if config.publish_key is None:
            with pytest.raises(PubNubException, match="Publish key not configured"):
                await publish
        else:
            envelope = await publish.meta({"such": "wow"}).future()
            assert not envelope.is_error()
            assert (config.secret_key is not None) == ("signature=" in _request(envelope))
            assert (config.auth_key is not None) == ("auth=" in _request(envelope))
            if config.filter_expression is None:
                received = await listener.wait_for_message_on(channel)
                assert (received.message, received.publisher) == ({"text": "Hello"}, config.uuid)
            stored = await pubnub.history().channel(channel)
            assert [item.entry for item in stored.messages] == [{"text": "Hello"}]
        pubnub.unsubscribe().channels(channel).execute()
        await listener.wait_for_disconnect()


def _request(envelope: Any) -> str:
    return str(envelope.status.client_request)


def test_the_configuration_of_the_reference(tls: Server) -> None:
    config = configuration_of(ran("basic usage: configuration", tls))
    assert config.subscribe_key == "my_subscribe_key"
    assert config.publish_key == "my_publish_key"
    assert config.secret_key == "my_secret_key"
    assert config.cipher_key == "my_cipher_key"
    assert config.uuid == "my_custom_uuid"
    assert config.auth_key == "my_aut_key"
    assert config.connect_timeout == 100
    assert config.subscribe_timeout == 310
    assert config.non_subscribe_timeout == config.non_subscribe_request_timeout == 300
    assert config.filter_expression == "such=wow"
    options = config.heartbeat_notification_options
    assert options is PNHeartbeatNotificationOptions.ALL


def test_what_is_encrypted_is_no_text_on_the_way(tls: Server) -> None:
    names = ran("basic usage: configuration", tls)

    async def main() -> None:
        async with PubNubTornado(configuration_of(names)) as pubnub:
            await pubnub.publish().channel("encrypted").message({"text": "Hello"})
            pubnub.config.cipher_key = None
            stored = await pubnub.history().channel("encrypted")
            (item,) = stored.messages
            assert isinstance(item.entry, str)
            assert "Hello" not in item.entry

    run(main())


def test_the_filter_of_the_reference_is_sent_as_it_is(plain: Server) -> None:
    names = ran("filter expression", plain)
    assert names["filter"] == "such=wow"
    config = configuration_of(names)
    config.subscribe_key = "sub"

    async def main() -> None:
        listener = SubscribeListener()
        async with PubNubTornado(config) as pubnub:
            pubnub.add_listener(listener)
            pubnub.subscribe().channels("a").execute()
            await listener.wait_for_connect()
            assert [one["filter"] for one in plain.subscribers(user=config.uuid)] == ["such=wow"]

    run(main())
