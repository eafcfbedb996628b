"""No token, no auth key that is granted and no signature is shown, whatever an answer repeats."""

from __future__ import annotations

import json
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from pnclient.enums import PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.v3.channel import Channel
from pnclient.pubnub_tornado import PubNubTornado
from pnclient.redaction import MAX_SHOWN, MIN_HIDDEN, beginning, redact
from pnclient.transport import Reply, ServiceFailure, value_of
from tests.client.access.made import token
from tests.client.connections.listening import Listening, answer, listening
from tests.client.exposure import (
    GRANTED_KEY,
    SECRETS,
    TOKEN,
    Exposure,
    run,
    secretive,
    seen_call,
)


def access_calls(pubnub: PubNubTornado) -> dict[str, Callable[[], Any]]:
    channels = [Channel.id("c").read()]
    return {
        "grant": lambda: pubnub.grant().channels("c").auth_keys(GRANTED_KEY).read(True),
        "revoke": lambda: pubnub.revoke().channels("c").auth_keys([GRANTED_KEY]),
        "audit": lambda: pubnub.audit().auth_keys(GRANTED_KEY),
        "grant_token": lambda: pubnub.grant_token().ttl(1).channels(channels),
        "revoke_token": lambda: pubnub.revoke_token(TOKEN),
    }


#: What grants, audits and tokens are answered with.
GRANTED = json.dumps(
    {
        "status": 200,
        "payload": {
            "level": "user",
            "subscribe_key": SECRETS["subscribe_key"],
            "channel": "c",
            "auths": {GRANTED_KEY: {"r": 1}},
        },
        "data": {"token": TOKEN},
    }
).encode()


def repeating(status: str, body: Callable[[str], bytes]) -> Any:
    """A service, or something before it, whose answer repeats the request."""

    async def handle(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        head = await server.head(reader)
        if head:
            target = head.split(" ")[1]
            writer.write(answer(body(f"{target} {unquote(target)}"), status=status))
            await writer.drain()

    return handle


ANSWERS: dict[str, Any] = {
    "granted": repeating("200 OK", lambda target: GRANTED),
    "granted, of a wrong shape": repeating(
        "200 OK", lambda target: GRANTED.replace(b'"token"', b'"tokens"').replace(b"auths", b"r")
    ),
    "granted, and broken off": repeating("200 OK", lambda target: GRANTED[:-2]),
    "forbidden": repeating(
        "403 Forbidden", lambda target: json.dumps({"message": target, target: [target]}).encode()
    ),
    "refused": repeating("400 Bad Request", lambda target: f"<p>{target}</p>".encode()),
    "refused at length": repeating(
        "404 Not Found", lambda target: ("x" * (MAX_SHOWN - 20) + target).encode()
    ),
    "broken": repeating("500 Broken", lambda target: json.dumps(target).encode()),
    "no JSON": repeating("200 OK", lambda target: target.encode()),
}


@pytest.mark.sliced(4)
@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("auth_key", [None, SECRETS["auth_key"]])
def test_access(exposure: Exposure, name: str, auth_key: str | None) -> None:
    held = token({"chan": {"c": 1, "ch": 1}, "grp": {"g": 1}}, {"chan": {"^a": 1}})
    exposure.signatures += [held, held[:50]]

    async def work() -> None:
        async with (
            listening(ANSWERS[name]) as server,
            PubNubTornado(secretive(server.origin, auth_key=auth_key)) as pubnub,
        ):
            pubnub.set_token(held)
            exposure.see("client", [pubnub, pubnub._token_manager])
            for where, builder in access_calls(pubnub).items():
                await seen_call(exposure, where, builder)
            if name.startswith("granted"):
                return
            await seen_call(exposure, "history", lambda: pubnub.history().channel("c"))
            pubnub.add_listener(exposure)
            pubnub.subscribe().channels("c").execute()
            await exposure.until("PNDisconnectedCategory PNSubscribeOperation")
            is_sent = any("auth=p0F2" in line for line in server.request_lines)
            assert is_sent is (auth_key is None)

    run(work())
    assert exposure.leaks() == []


def test_what_is_no_token_is_not_shown(exposure: Exposure) -> None:
    pubnub = PubNubTornado(secretive("127.0.0.1:1"))
    for reader in (pubnub.set_token, pubnub.parse_token, lambda text: pubnub.set_tokens([text])):
        with pytest.raises(PubNubException) as caught:
            reader(TOKEN)
        # The token is the caller's, and a local of the frames that refuse it.
        exposure.see_raised("token", caught.value, with_locals=False)
    assert exposure.leaks() == []


def test_secrets_are_taken_out_of_answers() -> None:
    secrets = frozenset({"a/secret", "a%2Fsecret"})
    told = {"a/secret": ["a%2Fsecret and a/secret", 1, None, {"a": "a/secre"}]}
    assert redact(secrets, told) == {"***": ["*** and ***", 1, None, {"a": "a/secre"}]}
    assert redact(frozenset(), told) == told


def test_of_secrets_that_begin_alike_no_end_is_shown() -> None:
    secrets = frozenset("key-of-ann" + "-and-bob" * more for more in range(30))
    longest = max(secrets, key=len)
    assert redact(secrets, {"message": f"no {longest} here"}) == {"message": "no *** here"}


@pytest.mark.parametrize("depth", [100, 900, 2_000, 5_000, 50_000])
def test_a_refusal_of_any_depth_is_reported_without_secrets(depth: int) -> None:
    secret = "key-of-ann"
    body = b"[" * depth + b'"%b"' % secret.encode() + b"]" * depth
    with pytest.raises(ServiceFailure) as caught:
        value_of(Reply(403, {}, body), frozenset({secret}))
    assert caught.value.category is PNStatusCategory.PNAccessDeniedCategory
    assert "[[[[" in str(caught.value)
    assert secret not in f"{caught.value} {caught.value.data}"


@pytest.mark.parametrize("place", range(MAX_SHOWN - 20, MAX_SHOWN + 5, 5))
def test_a_secret_at_the_end_of_what_is_shown_is_not_cut(place: int) -> None:
    secret = "0123456789" * 20
    shown = beginning(("x" * place + secret).encode(), frozenset({secret}))
    assert "01" not in shown
    assert len(shown) <= MAX_SHOWN


def test_a_short_key_blots_out_no_words() -> None:
    assert MIN_HIDDEN == 8

    async def work() -> None:
        refused = answer(b'{"message": "a token is no key"}', status="403 Forbidden")

        async def handle(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
            await server.head(reader)
            writer.write(refused)

        async with listening(handle) as server:
            config = secretive(server.origin, secret_key="token", auth_key="key")
            async with PubNubTornado(config) as pubnub:
                with pytest.raises(PubNubException, match="a token is no key"):
                    await pubnub.history().channel("c")

    run(work())
