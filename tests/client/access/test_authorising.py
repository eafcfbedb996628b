"""What authorises each request: the auth key, else a token that covers it, else nothing."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from pnclient.enums import PNReconnectionPolicy, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.managers import TokenManager
from pnclient.models.consumer.message_actions import PNMessageAction
from pnclient.models.consumer.v3.channel import Channel
from pnclient.operation import Operation, SequenceNumbers
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from tests.cases import for_each
from tests.client.access.made import for_channels, token
from tests.client.connections.listening import answer, answering, listening
from tests.client.connections.listening import run as run_in_time
from tests.client.requests.calls import CALLS, Described, performed
from tests.client.subscribing.faked import Client, configured, run

#: Covers what the calls of each kind concern.
CHANNELS = token(None, {"chan": {".*": 255}})
GROUPS = token(None, {"grp": {".*": 255}})
UUIDS = token(None, {"uuid": {".*": 255}})
NAMES = {CHANNELS: "channels", GROUPS: "groups", UUIDS: "uuids"}

#: Which token goes out with a call of each method, where there is one for each kind of resource.
COVERED = {
    **dict.fromkeys(
        (
            *("publish", "fire", "signal", "history", "fetch_messages", "delete_messages"),
            *("message_counts", "add_message_action", "get_message_actions"),
            *("remove_message_action", "here_now", "set_state", "get_state", "heartbeat"),
            *("add_channels_to_push", "remove_channels_from_push"),
        ),
        "channels",
    ),
    **dict.fromkeys(
        (
            *("add_channel_to_channel_group", "remove_channel_from_channel_group"),
            *("list_channels_in_channel_group", "remove_channel_group"),
        ),
        "groups",
    ),
    "where_now": "uuids",
    # They name no channel.
    "list_push_channels": None,
    "remove_device_from_push": None,
}
NEVER = {"time", "grant", "revoke", "audit", "grant_token", "revoke_token"}
#: Calls that are about something else than others of their method.
OTHERWISE = {
    "here_now of groups": "groups",
    "get_state of groups": "groups",
    "here_now everywhere": None,
    # As many of both: that for groups was set later.
    "here_now of both": "groups",
    # Two groups, and one channel.
    "set_state with groups": "groups",
    "heartbeat with everything": "groups",
    "get_state of another": "groups",
}


def sent(described: Described, held: Iterable[str], **more: Any) -> dict[str, str]:
    """The parameters of the request."""
    config = PNConfiguration()
    config.subscribe_key, config.publish_key, config.uuid = "sub", "pub", "me"
    config.ssl = False
    for name, value in {**described.configuration, **more}.items():
        setattr(config, name, value)
    pubnub = PubNubTornado(config)
    pubnub.set_tokens(held)
    endpoint = performed(pubnub, PNMessageAction, described)
    operation = Operation.of(config, endpoint, SequenceNumbers(1), pubnub._token_manager)
    return dict(parse_qsl(urlsplit(operation.request.url).query))


@for_each(CALLS)
def test_a_call_goes_out_with_the_token_that_covers_it(name: str) -> None:
    described = CALLS[name]
    found = sent(described, (CHANNELS, GROUPS, UUIDS), auth_key=None)
    if described.method in NEVER:
        # Those that rights are granted to have the same name.
        assert found.get("auth") == sent(described, ()).get("auth")
        assert found.get("auth") not in NAMES
    else:
        expected = OTHERWISE.get(name, COVERED[described.method])
        assert NAMES.get(found.get("auth", "")) == expected


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("more", [{"auth_key": "key"}, {"disable_token_manager": True}])
def test_an_auth_key_comes_first_and_tokens_can_be_disabled(
    name: str, more: dict[str, Any]
) -> None:
    described = CALLS[name]
    if described.method not in NEVER:
        found = sent(described, (CHANNELS, GROUPS, UUIDS), **{"auth_key": None, **more})
        assert found.get("auth") == more.get("auth_key")


def test_every_kind_of_call_has_a_row() -> None:
    assert {call.method for call in CALLS.values()} == {*COVERED, *NEVER}
    assert OTHERWISE.keys() <= CALLS.keys()


def test_a_token_is_encoded_and_signed() -> None:
    (held, *_) = (
        one
        for length in range(3)
        if (one := token({"chan": {"c": 1}}, sig=b"x" * length)).endswith("=")
    )
    described = Described("history", (("channel", "c"),), {"secret_key": "sec"})
    found = sent(described, [held])
    assert found["auth"] == held
    assert found["signature"].startswith("v2.")


def test_what_can_be_done_without_a_publish_key() -> None:
    config = configured()
    config.secret_key = "sec"
    pubnub = PubNubTornado(config)
    asked = pubnub.grant_token().ttl(1).channels([Channel.id("a").read()])
    signed: list[Any] = [asked, pubnub.audit(), pubnub.revoke_token("p0F2"), pubnub.time()]
    for endpoint in signed:
        assert "signature=v2." in Operation.of(config, endpoint, SequenceNumbers(1)).request.url
    unmade: list[Any] = [pubnub.publish().channel("a").message(1), pubnub.grant().read(True)]
    for endpoint in unmade:
        with pytest.raises(PubNubException, match="Publish key not configured"):
            Operation.of(config, endpoint, SequenceNumbers(1))


def test_reading_needs_a_subscribe_key_only() -> None:
    async def work() -> None:
        body = json.dumps([[{"a": 1}], 1, 2]).encode()
        async with listening(answering(answer(body))) as server:
            config = configured()
            config.origin = server.origin
            async with PubNubTornado(config) as pubnub:
                result = await pubnub.history().channel("a")
            assert [item.entry for item in result.messages] == [{"a": 1}]
            query = parse_qs(urlsplit(server.request_lines[0].split()[1]).query)
            assert query.keys() == {"count", "pnsdk", "uuid"}

    run_in_time(work())


# The long poll


def with_tokens(client: Client) -> TokenManager:
    client.driver._tokens = manager = TokenManager()
    return manager


def test_a_refreshed_token_goes_out_with_the_next_poll() -> None:
    async def scenario(client: Client) -> None:
        manager = with_tokens(client)
        first, second = for_channels("a"), for_channels("a", sig=b"2")
        manager.set_token(first)
        poll = await client.connected("a")
        assert poll.query["auth"] == first
        manager.set_token(second)
        client.driver.access_changed()
        assert not await poll.is_cancelled()
        poll.bring(20)
        following = await client.polls.next()
        assert (following.query["auth"], following.query["tt"]) == (second, "20")
        client.driver.unsubscribe(["a"])
        leave = await client.calls.next()
        assert leave.query["auth"] == second

    run(scenario)


def test_heartbeats_have_a_token() -> None:
    async def scenario(client: Client) -> None:
        manager = with_tokens(client)
        manager.set_token(for_channels("a"))
        client.driver._config.set_presence_timeout_with_custom_interval(20, 0.01)
        await client.connected("a")
        beat = await client.calls.next()
        assert (beat.path.rpartition("/")[2], beat.query["auth"]) == (
            "heartbeat",
            for_channels("a"),
        )

    run(scenario)


FORBIDDEN = {"message": "Forbidden", "payload": {"channels": ["a"]}, "error": True, "status": 403}


def new_token(client: Client, manager: TokenManager) -> None:
    manager.set_token(for_channels("a"))
    client.driver.access_changed()


def new_key(client: Client, _: TokenManager) -> None:
    client.driver._config.auth_key = "key"


@pytest.mark.parametrize("change", [new_token, new_key])
def test_a_subscription_that_was_refused_goes_on_with_another_token(
    change: Callable[[Client, TokenManager], None],
) -> None:
    async def scenario(client: Client) -> None:
        manager = with_tokens(client)
        poll = await client.connected("a")
        assert "auth" not in poll.query
        poll.answer(FORBIDDEN, 403)
        await client.noting.until(lambda: len(client.noting.statuses) == 3)
        assert client.noting.categories == ["Connected", "AccessDenied", "Disconnected"]
        await asyncio.sleep(0)
        assert client.polls.is_quiet
        change(client, manager)
        handshake = await client.polls.next()
        assert handshake.query["auth"] in (for_channels("a"), "key")
        handshake.bring(50)
        # From where it was.
        assert (await client.polls.next()).query["tt"] == "10"

    run(scenario)


@pytest.mark.parametrize("policy", PNReconnectionPolicy)
@pytest.mark.parametrize("change", [new_token, new_key])
def test_a_token_that_comes_while_the_last_one_is_refused_is_tried(
    policy: PNReconnectionPolicy,
    change: Callable[[Client, TokenManager], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pnclient.subscribe.loop.PAUSE_SECONDS", 0.001)

    async def scenario(client: Client) -> None:
        manager = with_tokens(client)
        client.driver._config.reconnect_policy = policy
        poll = await client.connected("a")
        change(client, manager)
        poll.answer(FORBIDDEN, 403)
        again = await client.polls.next()
        assert again.query["auth"] in (for_channels("a"), "key")
        assert again.query["tt"] == "10"
        again.answer(FORBIDDEN, 403)
        await client.noting.until(lambda: len(client.noting.statuses) == 3)
        assert client.noting.categories == ["Connected", "AccessDenied", "Disconnected"]
        assert client.polls.is_quiet

    run(scenario)


def test_a_client_that_can_not_subscribe_takes_tokens_too() -> None:
    config = configured()
    config.enable_subscribe = False
    pubnub = PubNubTornado(config)
    pubnub.set_token(for_channels("a"))
    assert pubnub.get_token_by_resource("a", "channel") == for_channels("a")


# The whole way, on answers as the service gives them


def test_a_program_grants_and_takes_back() -> None:
    granted = {"data": {"message": "Success", "token": for_channels("a")}, "status": 200}
    revoked = {"data": {"message": "Success"}, "service": "Access Manager", "status": 200}
    refused = {
        "error": {"message": "Token is expired.", "source": "grant", "details": []},
        "service": "Access Manager",
        "status": 403,
    }
    answers = [
        *(answer(json.dumps(body).encode()) for body in (granted, revoked)),
        answer(json.dumps(refused).encode(), status="403 Forbidden"),
    ]

    async def work() -> None:
        async with listening(answering(*answers)) as server:
            config = configured()
            config.secret_key, config.origin = "sec", server.origin
            async with PubNubTornado(config) as pubnub:
                asked = pubnub.grant_token().ttl(5).channels([Channel.id("a").read()])
                envelope = await asked.future()
                assert not envelope.is_error()
                assert envelope.result.token == for_channels("a")
                assert envelope.status.original_response == {"status": 200}
                pubnub.set_token(envelope.result.get_token())
                assert (await pubnub.revoke_token(envelope.result.token)).status == 200
                failed = await pubnub.history().channel("a").future()
                assert failed.is_error()
                assert failed.status.category is PNStatusCategory.PNAccessDeniedCategory
                assert failed.status.original_response == refused
                assert "Token is expired." in str(failed)
            lines = [re.sub(r"^\{.*\}", "", line) for line in server.request_lines]
            methods = [line.partition("?")[0] for line in lines]
            quoted = for_channels("a").replace("=", "%3D")
            assert methods == [
                "POST /v3/pam/sub/grant",
                f"DELETE /v3/pam/sub/grant/{quoted}",
                "GET /v2/history/sub-key/sub/channel/a",
            ]

    run_in_time(work())
