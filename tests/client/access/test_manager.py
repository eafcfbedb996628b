"""Which of the tokens that a client holds goes out with a request."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from pnclient import managers
from pnclient.access.subjects import Subjects
from pnclient.enums import PNMatchType, PNResourceType
from pnclient.exceptions import PubNubException
from pnclient.managers import TokenManager, TokenManagerProperties
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from pnfilter import regular
from tests.client.access.made import for_channels, token

NOT_UNDERSTOOD = "^(?=user)"

#: A name for each token that a row has; what is asked for; the name of the one that is chosen.
CHOICES: dict[str, tuple[dict[str, str], Subjects, str | None]] = {
    "none is held": ({}, Subjects(("a",)), None),
    "it is named": ({"one": for_channels("a")}, Subjects(("a",)), "one"),
    "another is named": ({"one": for_channels("a")}, Subjects(("b",)), None),
    "nothing is concerned": ({"one": for_channels("a")}, Subjects(), None),
    "a group of that name": ({"one": for_channels("a")}, Subjects(groups=("a",)), None),
    "a group": ({"one": token({"grp": {"g": 1}})}, Subjects(groups=("g",)), "one"),
    "a uuid": ({"one": token({"uuid": {"u": 32}})}, Subjects(uuids=("u",)), "one"),
    "all users": (
        {"one": token(cat={"uuid": 32}), "two": token({"uuid": {"u": 32}})},
        Subjects(categories=("uuids",)),
        "one",
    ),
    "all channels, not users": (
        {"one": token(cat={"uuid": 32})},
        Subjects(categories=("channels",)),
        None,
    ),
    "all channels, without the right": (
        {"one": token(cat={"chan": 1})},
        Subjects(categories=("channels",)),
        None,
    ),
    "an old user": ({"one": token({"usr": {"u": 1}})}, Subjects(uuids=("u",)), "one"),
    "an old space": ({"one": token({"spc": {"s": 1}})}, Subjects(("s",)), "one"),
    "an old space is no group": ({"one": token({"spc": {"s": 1}})}, Subjects(groups=("s",)), None),
    "the newer of two": (
        {"one": for_channels("a"), "two": for_channels("a", sig=b"2")},
        Subjects(("a",)),
        "two",
    ),
    "by pattern": ({"one": token(None, {"chan": {"^a-": 1}})}, Subjects(("a-1",)), "one"),
    "by no pattern": ({"one": token(None, {"chan": {"^a-": 1}})}, Subjects(("b-1",)), None),
    "by one pattern of two tokens": (
        {"one": token(None, {"chan": {"^a-": 1}}), "two": token(None, {"chan": {"^b-": 1}})},
        Subjects(("a-1",)),
        "one",
    ),
    "by name before a newer pattern": (
        {"one": for_channels("a"), "two": token(None, {"chan": {".*": 1}})},
        Subjects(("a",)),
        "one",
    ),
    "by a pattern that only the service understands": (
        {"one": token(None, {"chan": {NOT_UNDERSTOOD: 1}})},
        Subjects(("room-1",)),
        "one",
    ),
    "all of it before the newer": (
        {"one": for_channels("a", "b"), "two": for_channels("a", sig=b"2")},
        Subjects(("a", "b")),
        "one",
    ),
    "most of it": (
        {"one": for_channels("a", "b"), "two": for_channels("c")},
        Subjects(("c", "a", "b", "d")),
        "one",
    ),
    "all by pattern before a part by name": (
        {"one": token(None, {"chan": {"^a": 1}}), "two": for_channels("a")},
        Subjects(("a", "a-pnpres")),
        "one",
    ),
    "channels and groups together": (
        {"one": for_channels("a"), "two": token({"chan": {"a": 1}, "grp": {"g": 1}})},
        Subjects(("a",), ("g",)),
        "two",
    ),
    "one that has not expired": (
        {"one": for_channels("a"), "two": token({"chan": {"a": 1}}, minutes_ago=61)},
        Subjects(("a",)),
        "one",
    ),
    "an expired one rather than none": (
        {"one": token({"chan": {"a": 1}}, minutes_ago=61)},
        Subjects(("a",)),
        "one",
    ),
    "a name that is a pattern's text": (
        {"one": token(None, {"chan": {"^a$": 1}})},
        Subjects(("^a$",)),
        None,
    ),
}


@pytest.mark.parametrize("name", CHOICES)
def test_the_token_that_is_chosen(name: str) -> None:
    held, subjects, expected = CHOICES[name]
    manager = TokenManager()
    manager.set_tokens(held.values())
    chosen = manager.token_for(subjects)
    assert {token: name for name, token in held.items()}.get(chosen or "") == expected
    assert (chosen is None) is (expected is None)


def test_without_re2_the_service_decides_about_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = token(None, {"chan": {"^b-": 1}}), for_channels("a")
    manager = TokenManager()
    manager.set_tokens([one, two])
    assert manager.token_for(Subjects(("c",))) is None
    monkeypatch.setattr(regular, "_KEPT", {})
    monkeypatch.setitem(sys.modules, "re2", None)
    assert manager.token_for(Subjects(("c",))) == one
    assert manager.token_for(Subjects(("a",))) == two


def test_a_token_that_is_set_again_is_the_last_one() -> None:
    one, two = for_channels("a"), for_channels("a", sig=b"2")
    manager = TokenManager()
    for text in (one, two, one):
        manager.set_token(text)
    assert manager.token_for(Subjects(("a",))) == one


def client() -> PubNubTornado:
    config = PNConfiguration()
    config.subscribe_key, config.uuid, config.ssl = "sub", "me", False
    return PubNubTornado(config)


def test_tokens_are_looked_up_by_the_program() -> None:
    pubnub = client()
    one = token({"usr": {"u": 1}, "chan": {"a": 1}}, {"spc": {"^s-": 1}})
    two = for_channels("a", sig=b"2")
    pubnub.set_tokens([one, two])
    resource, pattern = PNMatchType.RESOURCE, PNMatchType.PATTERN
    empty: dict[str, Any] = {resource: {}, pattern: {}}
    expected = {
        PNResourceType.CHANNEL: {resource: {"a": two}, pattern: {}},
        PNResourceType.GROUP: empty,
        PNResourceType.UUID: empty,
        PNResourceType.USER: {resource: {"u": one}, pattern: {}},
        PNResourceType.SPACE: {resource: {}, pattern: {"^s-": one}},
    }
    assert pubnub.get_tokens() == expected
    for kind, found in expected.items():
        assert pubnub.get_tokens_by_resource(kind) == found
    asked = TokenManagerProperties(PNResourceType.USER, "u")
    assert pubnub.get_token(asked) == pubnub.get_token_by_resource("u", PNResourceType.USER) == one
    assert (asked.resource_type, asked.resource_id) == ("user", "u")
    assert str(asked) == "resource_type: user, resource_id: u"
    assert pubnub.get_token_by_resource("s-1", PNResourceType.SPACE) == one
    assert pubnub.get_token_by_resource("s-1", PNResourceType.CHANNEL) is None
    assert pubnub.get_token(None) is None


def test_a_wrong_token_among_others_changes_nothing() -> None:
    manager = TokenManager()
    manager.set_token(for_channels("a"))
    before = manager.get_tokens()
    for wrong in ([for_channels("b"), "no token"], ["no token"]):
        with pytest.raises(PubNubException, match="Invalid access token"):
            manager.set_tokens(wrong)
    with pytest.raises(TypeError, match="expected a list of tokens"):
        manager.set_tokens(for_channels("b"))
    assert manager.get_tokens() == before


def test_all_tokens_are_forgotten() -> None:
    manager = TokenManager()
    manager.set_token(for_channels("a"))
    manager.init_map()
    assert manager.token_for(Subjects(("a",))) is None
    assert manager.unwrap_token(for_channels("a"))["res"]["chan"] == {"a": 1}
    assert manager.parse_token(for_channels("a"))["ttl"] == 60


def test_there_is_a_limit_to_what_is_held(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(managers, "MAX_TOKENS", 2)
    manager = TokenManager()
    for name in "aabc":
        manager.set_token(for_channels(name))
    assert [manager.token_for(Subjects((name,))) is not None for name in "abc"] == [
        *(False, True, True)
    ]
    assert caplog.messages == ["more than 2 tokens are held: the first one is dropped"]
