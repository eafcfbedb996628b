"""Tokens and App Context.

Each call goes out with one that covers it, and the emulator lets it pass.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pnclient.endpoints.access.grant_token import GrantToken
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.objects_v2.channel_members import PNUUID
from pnclient.models.consumer.objects_v2.memberships import PNChannelMembership
from pnclient.models.consumer.v3.category import Category
from pnclient.models.consumer.v3.channel import Channel
from pnclient.models.consumer.v3.uuid import UUID
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from pnfilter.server import Server, running

KEYS = """
[[keyset]]
subscribe_key = "sub"
publish_key = "pub"
secret_key = "sec"
access_manager = true
"""


@pytest.fixture
def managed(tmp_path: Path) -> Iterator[Server]:
    """An emulator that asks for rights."""
    file = tmp_path / "keys.toml"
    file.write_text(KEYS)
    with running(keys=file) as server:
        yield server


def client(server: Server, secret_key: str | None = None) -> PubNubTornado:
    config = PNConfiguration()
    config.subscribe_key, config.publish_key, config.uuid = "sub", "pub", "me"
    config.origin, config.ssl, config.secret_key = server.origin, False, secret_key
    return PubNubTornado(config)


def granted(name: str, granting: GrantToken) -> Any:
    """What a call needs, and the call."""
    a, u = Channel.id("a"), UUID.id("u")
    match name:
        case "set user":
            return granting.uuids([u.update()])
        case "get user":
            return granting.uuids([u.get()])
        case "remove user":
            return granting.uuids([u.delete()])
        case "list users":
            return granting.categories([Category.uuids().get()])
        case "list channels":
            return granting.categories([Category.channels().get()])
        case "set channel":
            return granting.channels([a.update()])
        case "members":
            return granting.channels([a.get()])
        case "set members":
            return granting.channels([a.manage()])
        case "memberships":
            return granting.uuids([u.get()])
        case _:
            return granting.channels([a.join()])


def call(name: str, pubnub: PubNubTornado) -> Any:
    match name:
        case "set user":
            return pubnub.set_uuid_metadata().uuid("u").set_name("U")
        case "get user":
            return pubnub.get_uuid_metadata().uuid("u")
        case "remove user":
            return pubnub.remove_uuid_metadata().uuid("u")
        case "list users":
            return pubnub.get_all_uuid_metadata()
        case "list channels":
            return pubnub.get_all_channel_metadata()
        case "set channel":
            return pubnub.set_channel_metadata().channel("a").set_name("A")
        case "members":
            return pubnub.get_channel_members().channel("a")
        case "set members":
            return pubnub.set_channel_members().channel("a").uuids([PNUUID.uuid("u")])
        case "memberships":
            return pubnub.get_memberships().uuid("u")
        case _:
            rows = [PNChannelMembership.channel("a")]
            return pubnub.set_memberships().uuid("u").channel_memberships(rows)


@pytest.mark.parametrize(
    "name",
    [
        *("set user", "get user", "remove user", "list users", "list channels", "set channel"),
        *("members", "set members", "memberships", "set memberships"),
    ],
)
def test_a_token_lets_a_call_pass(managed: Server, name: str) -> None:
    async def run() -> None:
        async with client(managed, "sec") as server, client(managed) as pubnub:
            await server.set_uuid_metadata().uuid("u").set_name("before")
            with pytest.raises(PubNubException, match="Forbidden"):
                await call(name, pubnub)
            pubnub.set_token((await granted(name, server.grant_token().ttl(5))).token)
            assert (await call(name, pubnub)).status == 200

    asyncio.run(run())
