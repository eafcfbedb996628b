"""The programs of the reference that this project started from, run with the changes they need.

The texts are the reference's as it was handed down: some lost their line breaks. Each change is listed,
and must be needed: what it replaces is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from pnclient.enums import PNHeartbeatNotificationOptions
from pnclient.exceptions import PubNubException
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from pnfilter.server import Server, running

Change = tuple[str, str]

ROOT: Change = ("from pubnub.", "from pnclient.")
#: Python has no such comments.
REQUIRED: Change = (" // required", "")
BREAKS: tuple[Change, ...] = (
    (" from pubnub.", "\nfrom pubnub."),
    (" pnconfig", "\npnconfig"),
    (" pubnub = ", "\npubnub = "),
)
#: What a reader has made before.
PREPARED: Change = (
    "pubnub = PubNubTornado(my_pnconfig)",
    "from pubnub.pnconfiguration import PNConfiguration\n"
    "from pubnub.pubnub_tornado import PubNubTornado\n"
    "my_pnconfig = PNConfiguration()\n"
    'my_pnconfig.subscribe_key = "my_subkey"\n'
    'my_pnconfig.uuid = "my_custom_uuid"\n'
    "pubnub = PubNubTornado(my_pnconfig)",
)


@dataclass(frozen=True)
class Sample:
    """A program, what was changed in it, and the properties that it leaves set."""

    text: str
    changes: tuple[Change, ...]
    kept: dict[str, Any]

    def program(self) -> str:
        program = self.text
        for before, after in self.changes:
            assert before in program
            program = program.replace(before, after)
        return program

    def run(self) -> dict[str, Any]:
        """The names that the program leaves."""
        names: dict[str, Any] = {}
        exec(compile(self.program(), "sample", "exec"), names)
        return names


SAMPLES = {
    "create configuration": Sample(
        "pnconfig = PNConfiguration()",
        (
            ("pnconfig =", "from pubnub.pnconfiguration import PNConfiguration\npnconfig ="),
            ROOT,
        ),
        {},
    ),
    "configuration": Sample(
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
        (REQUIRED, ROOT),
        {
            "subscribe_key": "my_subscribe_key",
            "publish_key": "my_publish_key",
            "secret_key": "my_secret_key",
            "cipher_key": "my_cipher_key",
            "uuid": "my_custom_uuid",
            "auth_key": "my_aut_key",
            "ssl": True,
            "connect_timeout": 100,
            "subscribe_timeout": 310,
            "non_subscribe_request_timeout": 300,
            "filter_expression": "such=wow",
            "heartbeat_notification_options": PNHeartbeatNotificationOptions.ALL,
        },
    ),
    "create client": Sample(
        "pubnub = PubNubTornado(my_pnconfig)",
        (PREPARED, ROOT),
        {"subscribe_key": "my_subkey", "uuid": "my_custom_uuid"},
    ),
    "initialize client": Sample(
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
        (ROOT,),
        {
            "subscribe_key": "my_subkey",
            "publish_key": "my_pubkey",
            "ssl": True,
            "uuid": "my_custom_uuid",
        },
    ),
    "non-secure client": Sample(
        "from pubnub.pnconfiguration import PNConfiguration from pubnub.pubnub_tornado import "
        "PubNubTornado pnconfig = PNConfiguration() pnconfig.subscribe_key = 'my_subscribe_key' "
        "pnconfig.publish_key = 'my_publish_key' pnconfig.secret_key = 'my_secret_key' "
        'pnconfig.uuid = "my_custom_uuid" pnconfig.ssl = False pubnub = PubNubTornado(pnconfig)',
        (*BREAKS, ROOT),
        {
            "subscribe_key": "my_subscribe_key",
            "publish_key": "my_publish_key",
            "secret_key": "my_secret_key",
            "uuid": "my_custom_uuid",
            "ssl": False,
        },
    ),
    "read-only client": Sample(
        "from pubnub.pnconfiguration import PNConfiguration from pubnub.pubnub_tornado import "
        'PubNubTornado pnconfig = PNConfiguration() pnconfig.subscribe_key = "my_subkey" '
        "pubnub = PubNubTornado(pnconfig)",
        (*BREAKS, ROOT),
        {"subscribe_key": "my_subkey"},
    ),
    "custom uuid": Sample(
        "from pubnub.pnconfiguration import PNConfiguration from pubnub.pubnub_tornado import "
        "PubNubTornado pnconfig = PNConfiguration() pnconfig.subscribe_key = 'mySubscribeKey' "
        "pnconfig.publish_key = 'myPublishKey' pnconfig.uuid = 'myUniqueUUID' "
        "pubnub = PubNubTornado(pnconfig)",
        (*BREAKS, ROOT),
        {
            "subscribe_key": "mySubscribeKey",
            "publish_key": "myPublishKey",
            "uuid": "myUniqueUUID",
        },
    ),
    "client with TLS": Sample(
        "from pubnub.pnconfiguration import PNConfiguration from pubnub.pubnub_tornado import "
        'PubNubTornado pnconfig = PNConfiguration() pnconfig.subscribe_key = "my_subkey" '
        'pnconfig.publish_key = "my_pubkey" pnconfig.ssl = True pnconfig.uuid = "my_custom_uuid" '
        "pubnub = PubNubTornado(pnconfig)",
        (*BREAKS, ROOT),
        {
            "subscribe_key": "my_subkey",
            "publish_key": "my_pubkey",
            "ssl": True,
            "uuid": "my_custom_uuid",
        },
    ),
    "access manager": Sample(
        "from pubnub.pnconfiguration import PNConfiguration from pubnub.pubnub_tornado import "
        'PubNubTornado pnconfig = PNConfiguration() pnconfig.subscribe_key = "my_subkey" '
        'pnconfig.publish_key = "my_pubkey" pnconfig.secret_key = "my_secretkey" '
        'pnconfig.uuid = "my_custom_uuid" pnconfig.ssl = True pubnub = PubNubTornado(pnconfig)',
        (*BREAKS, ROOT),
        {
            "subscribe_key": "my_subkey",
            "publish_key": "my_pubkey",
            "secret_key": "my_secretkey",
            "uuid": "my_custom_uuid",
            "ssl": True,
        },
    ),
    "filter": Sample(
        """\
from pubnub.pnconfiguration import PNConfiguration
pnconfig = PNConfiguration()
pnconfig.filter_expression = "such=wow"
filter = pnconfig.filter_expression
""",
        (ROOT,),
        {"filter_expression": "such=wow"},
    ),
}


@pytest.fixture(scope="module")
def secure() -> Iterator[Server]:
    with running(tls="self-signed") as server:
        yield server


@pytest.fixture(scope="module")
def plain() -> Iterator[Server]:
    with running() as server:
        yield server


def configuration_in(names: dict[str, Any]) -> PNConfiguration:
    (found,) = (value for value in names.values() if isinstance(value, PNConfiguration))
    return found


@pytest.mark.parametrize("title", SAMPLES)
def test_a_sample_runs_with_these_changes(title: str) -> None:
    sample = SAMPLES[title]
    config = configuration_in(sample.run())
    kept = {name: getattr(config, name) for name in sample.kept}
    assert kept == sample.kept
    # Nothing else was set; what is hidden was.
    assert repr(config).count("=<hidden>") == sum(name.endswith("_key") for name in sample.kept)


def test_the_samples_filter_is_read_back() -> None:
    assert SAMPLES["filter"].run()["filter"] == "such=wow"


@pytest.mark.parametrize("title", SAMPLES)
def test_a_samples_client_calls_the_service(title: str, secure: Server, plain: Server) -> None:
    config = configuration_in(names := SAMPLES[title].run())
    server = secure if config.ssl else plain
    # The origin is this machine's, and with TLS there is a certificate to trust.
    config.origin = server.origin
    if config.ssl:
        config.ca_certs = str(server.ca_file)
    if config.subscribe_key is None:
        with pytest.raises(PubNubException, match="Subscribe key not configured"):
            PubNubTornado(config)
        return
    client = names.get("pubnub", None) or PubNubTornado(config)
    assert isinstance(client, PubNubTornado)

    async def asked() -> tuple[int, str | None]:
        async with client:
            now = await client.time().result()
            published = None
            if config.publish_key:
                sending = (
                    client.publish().channel("samples").message({"a": 1}).meta({"such": "wow"})
                )
                published = str(await sending.result())
            return int(now), published

    now, published = asyncio.run(asked())
    assert now > 17_000_000_000_000_000
    if config.publish_key:
        assert str(published).startswith("Publish success with timetoken 1")
