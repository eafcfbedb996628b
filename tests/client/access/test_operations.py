"""Granting, taking back, asking: what is refused, what answers mean, what is told of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pnclient.endpoints.access.audit import Audit
from pnclient.endpoints.access.grant import Grant
from pnclient.endpoints.access.grant_token import GrantToken
from pnclient.endpoints.access.revoke import Revoke
from pnclient.endpoints.access.revoke_token import RevokeToken
from pnclient.enums import PNOperationType, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.models.consumer import access_manager
from pnclient.models.consumer.v3.category import Category
from pnclient.models.consumer.v3.channel import Channel
from pnclient.models.consumer.v3.group import Group
from pnclient.models.consumer.v3.pn_resource import PNResource
from pnclient.models.consumer.v3.space import Space
from pnclient.models.consumer.v3.user import User
from pnclient.models.consumer.v3.uuid import UUID
from pnclient.operation import Operation, SequenceNumbers
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from pnclient.transport import Reply, ServiceFailure, value_of
from pnclient.utils import calculate_bitmask, parse_resources

RECORDED: dict[str, dict[str, Any]] = {
    row["name"]: row
    for row in map(
        json.loads, Path(__file__).with_name("recorded.ndjson").read_text("utf-8").splitlines()
    )
}


def client(**more: Any) -> PubNubTornado:
    config = PNConfiguration()
    config.subscribe_key, config.publish_key, config.secret_key = "sub", "pub", "sec"
    config.uuid, config.ssl = "me", False
    for name, value in more.items():
        setattr(config, name, value)
    return PubNubTornado(config)


# What is refused


REFUSED: dict[str, tuple[Callable[[PubNubTornado], Any], dict[str, Any], str]] = {
    "grant, no secret key": (
        lambda pubnub: pubnub.grant().read(True),
        {"secret_key": None},
        "Secret key is not configured",
    ),
    "grant, no publish key": (
        lambda pubnub: pubnub.grant().read(True),
        {"publish_key": None},
        "Publish key not configured",
    ),
    "grant nothing": (
        lambda pubnub: pubnub.grant().channels("a"),
        {},
        "At least one flag should be specified",
    ),
    "grant on channels and uuids": (
        lambda pubnub: pubnub.grant().channels("a").uuids("u").auth_keys("k").get(True),
        {},
        "Invalid arguments: rights on channels and groups can't be granted together with those on uuids",
    ),
    "grant on uuids to everybody": (
        lambda pubnub: pubnub.grant().uuids("u").get(True),
        {},
        "Invalid arguments: rights on uuids and categories are granted to auth keys: none are given",
    ),
    "grant on categories to everybody": (
        lambda pubnub: pubnub.grant().categories("uuids").get(True),
        {},
        "Invalid arguments: rights on uuids and categories are granted to auth keys: none are given",
    ),
    "grant on another category": (
        lambda pubnub: pubnub.grant().categories("files").auth_keys("k").get(True),
        {},
        "Invalid arguments: categories are channels and uuids",
    ),
    "grant more on categories": (
        lambda pubnub: pubnub.grant().categories("uuids").auth_keys("k").get(True).read(True),
        {},
        "Invalid arguments: on categories only the right get can be granted",
    ),
    "revoke, no secret key": (
        lambda pubnub: pubnub.revoke().channels("a"),
        {"secret_key": None},
        "Secret key is not configured",
    ),
    "audit, no secret key": (
        lambda pubnub: pubnub.audit(),
        {"secret_key": None},
        "Secret key is not configured",
    ),
    "grant_token, no secret key": (
        lambda pubnub: pubnub.grant_token().ttl(1).channels([Channel.id("a").read()]),
        {"secret_key": None},
        "Secret key is not configured",
    ),
    "grant_token for no time": (
        lambda pubnub: pubnub.grant_token().channels([Channel.id("a").read()]),
        {},
        "TTL missing",
    ),
    "grant_token for nothing": (
        lambda pubnub: pubnub.grant_token().ttl(1).channels([]),
        {},
        "Resources missing",
    ),
    "grant_token without rights": (
        lambda pubnub: pubnub.grant_token().ttl(1).channels([Channel.id("a")]),
        {},
        "Permission missing",
    ),
    "grant_token for no name": (
        lambda pubnub: pubnub.grant_token().ttl(1).groups([Group().read()]),
        {},
        "Resources missing: a name or pattern is not a string",
    ),
    "grant_token with other metadata": (
        lambda pubnub: pubnub.grant_token().ttl(1).users([User.id("u").read()]).meta("text"),  # type: ignore[arg-type]  # on purpose
        {},
        "Invalid meta parameter",
    ),
    "grant_token for a category that is a channel": (
        lambda pubnub: pubnub.grant_token().ttl(1).categories([Channel.id("a").get()]),  # type: ignore[list-item]  # on purpose
        {},
        "Invalid arguments: a category is a Category with the right get",
    ),
    "grant_token for a category without rights": (
        lambda pubnub: pubnub.grant_token().ttl(1).categories([Category.channels()]),
        {},
        "Permission missing",
    ),
    "revoke_token, no secret key": (
        lambda pubnub: pubnub.revoke_token("p0F2"),
        {"secret_key": None},
        "Secret key is not configured",
    ),
    "revoke_token, no token": (
        lambda pubnub: pubnub.revoke_token(""),
        {},
        "Invalid access token",
    ),
    "revoke_token, no text": (
        lambda pubnub: pubnub.revoke_token(5),  # type: ignore[arg-type]  # on purpose
        {},
        "Invalid access token",
    ),
    "revoke_token, too long": (
        lambda pubnub: pubnub.revoke_token("A" * 32_769),
        {},
        "Invalid access token",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_sent_is_refused(name: str) -> None:
    make, more, text = REFUSED[name]
    pubnub = client(**more)
    with pytest.raises(PubNubException) as caught:
        Operation.of(pubnub.config, make(pubnub), SequenceNumbers(1))
    assert str(caught.value) == text


@pytest.mark.parametrize("right", ["read", "write", "manage"])
def test_revoke_leaves_no_right_to_these(right: str) -> None:
    with pytest.raises(NotImplementedError, match=f"revoke takes the right to {right}"):
        getattr(client().revoke(), right)(True)


@pytest.mark.parametrize(
    ("setter", "value", "text"),
    [
        *(
            (right, 1, f"{right}: expected True or False, got 1")
            for right in ("read", "write", "manage", "delete", "get", "update", "join")
        ),
        ("ttl", "60", "ttl: expected an integer, got '60'"),
        ("uuids", [1], "uuids: texts are expected, not 1"),
        ("auth_keys", 5, "auth_keys: expected a string or a list of strings, got 5"),
    ],
)
def test_setters_take_what_they_say(setter: str, value: Any, text: str) -> None:
    with pytest.raises(TypeError) as caught:
        getattr(client().grant(), setter)(value)
    assert str(caught.value) == text


@pytest.mark.parametrize("setter", ["channels", "groups", "uuids", "users", "spaces", "categories"])
@pytest.mark.parametrize("value", ["a", ["a"], [Channel.id("a"), None]])
def test_a_token_is_for_resources(setter: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"^{setter}: expected a list of resources"):
        getattr(client().grant_token(), setter)(value)


# Resources


#: Each right: whether a resource has it, and its bit.
RIGHTS: dict[str, tuple[Callable[[PNResource], bool], int]] = {
    "read": (PNResource.is_read, GrantToken.READ),
    "write": (PNResource.is_write, GrantToken.WRITE),
    "manage": (PNResource.is_manage, GrantToken.MANAGE),
    "delete": (PNResource.is_delete, GrantToken.DELETE),
    "create": (PNResource.is_create, GrantToken.CREATE),
    "get": (PNResource.is_get, 32),
    "update": (PNResource.is_update, 64),
    "join": (PNResource.is_join, 128),
}


@pytest.mark.parametrize(
    ("resource", "rights"),
    [
        (Channel.id("a"), "read write manage delete get update join"),
        (Group.id("a"), "read manage"),
        (UUID.id("a"), "delete get update"),
        (User.id("a"), "read write create manage delete get update join"),
        (Space.id("a"), "read write create manage delete get update join"),
        (Category.uuids(), "get"),
    ],
)
def test_a_resource_has_the_rights_that_it_is_given(resource: PNResource, rights: str) -> None:
    with pytest.raises(PubNubException, match="Permission missing"):
        calculate_bitmask(resource)
    total = 0
    for right in rights.split():
        has, bit = RIGHTS[right]
        assert not has(resource)
        assert getattr(resource, right)() is resource
        assert has(resource)
        total += bit
        assert calculate_bitmask(resource) == total
    assert {right for right, (has, _) in RIGHTS.items() if has(resource)} == set(rights.split())
    bits = [bit for _, bit in RIGHTS.values()]
    assert bits == [1, 2, 4, 8, 16, 32, 64, 128]


@pytest.mark.parametrize("kind", [Channel, Group, UUID, User, Space])
def test_a_resource_is_a_name_or_a_pattern(kind: Any) -> None:
    named, matched = kind.id("a"), kind.pattern("^a")
    assert (named.get_id(), matched.get_id()) == ("a", "^a")
    assert (named.is_pattern_resource(), matched.is_pattern_resource()) == (False, True)
    assert PNResource("a").get_id() == kind(resource_name="a").get_id() == "a"


def test_resources_are_entered_into_maps() -> None:
    resources: dict[str, Any] = {}
    patterns: dict[str, Any] = {}
    parse_resources(None, "groups", resources, patterns)
    listed = [Channel.id("a").read(), Channel.id("b").write(), Channel.pattern(".*").join()]
    parse_resources(listed, "channels", resources, patterns)
    assert resources == {"groups": {}, "channels": {"a": 1, "b": 2}}
    assert patterns == {"groups": {}, "channels": {".*": 128}}


# Answers


def result_of(endpoint: Any, name: str) -> Any:
    row = RECORDED[name]
    return endpoint._parse(value_of(Reply(row["status"], {}, row["body"].encode())))


READ_AND_WRITE = (True, True, False, False, None, None, None, None)


def rights_of(data: Any) -> tuple[Any, ...]:
    enabled = (data.read_enabled, data.write_enabled, data.manage_enabled, data.delete_enabled)
    return (*enabled, data.get, data.update, data.join, data.ttl)


def rows(named: dict[str, Any]) -> dict[str, Any]:
    """By name, what everybody may do, and what each key may."""
    assert all(data.name == name for name, data in named.items())
    return {
        name: (
            rights_of(data)[:-1],
            {key: rights_of(held) for key, held in data.auth_keys.items()},
        )
        for name, data in named.items()
    }


NOBODY = (None,) * 7
KEY = {"test-pam-asyncio-auth": READ_AND_WRITE}
#: Of a recorded answer: level, ttl, channels, groups, uuids.
ANSWERS: dict[str, tuple[str, int, dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "everybody": ("subkey", 1440, {}, {}, {}),
    "channels": (
        *("channel", 1440),
        {f"test-pam-asyncio-ch{n}": (READ_AND_WRITE[:-1], {}) for n in (1, 2)},
        {},
        {},
    ),
    "channels, with a key": (
        *("user", 1440),
        {f"test-pam-asyncio-ch{n}": (NOBODY, KEY) for n in (1, 2)},
        {},
        {},
    ),
    "one channel, with a key": ("user", 1440, {"test-pam-asyncio-ch": (NOBODY, KEY)}, {}, {}),
    "groups": (
        *("channel-group", 1440, {}),
        {f"test-pam-asyncio-cg{n}": (READ_AND_WRITE[:-1], {}) for n in (1, 2)},
        {},
    ),
    "groups, with a key": (
        *("channel-group+auth", 1440, {}),
        {f"test-pam-asyncio-cg{n}": (NOBODY, KEY) for n in (1, 2)},
        {},
    ),
    "one group, with a key": (
        *("channel-group+auth", 1440, {}),
        {"test-pam-asyncio-cg": (NOBODY, KEY)},
        {},
    ),
    "uuid": (
        *("uuid", 120, {}, {}),
        {"someuuid": (NOBODY, {"authKey123": (False,) * 4 + (True,) * 3 + (None,)})},
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("kind", [Grant, Revoke, Audit])
def test_recorded_answers(kind: Any, name: str) -> None:
    level, ttl, channels, groups, uuids = ANSWERS[name]
    result = result_of(kind(client()), name)
    assert result.level == level
    assert result.subscribe_key in ("SUB", "SUB_KEY")
    assert result.ttl == ttl
    assert rows(result.channels) == channels
    assert rows(result.groups) == groups
    assert rows(result.uuids) == uuids
    assert result.categories == {}


def test_rights_for_everybody() -> None:
    granted = result_of(Grant(client()), "everybody")
    assert isinstance(granted, access_manager.PNAccessManagerGrantResult)
    enabled = (granted.read_enabled, granted.write_enabled)
    assert (enabled, granted.manage_enabled, granted.delete_enabled) == ((True, True), False, False)
    rest = "for 1440 minutes: read True, write True, manage: False, delete: False"
    assert str(granted) == f"New permissions are set {rest}"
    audited = result_of(Audit(client()), "everybody")
    assert isinstance(audited, access_manager.PNAccessManagerAuditResult)
    assert str(audited) == f"Current permissions are valid {rest}"


def test_a_group_that_stands_alone_and_categories() -> None:
    payload = {
        "level": "channel-group+auth",
        "subscribe_key": "sub",
        "channel-group": "g",
        "auths": {"k": {"r": 1}},
        "categories": {"uuids": {"auths": {"k": {"g": 1}}}},
    }
    result = Grant(client())._parse({"payload": payload})
    assert rows(result.groups) == {"g": (NOBODY, {"k": (True, *NOBODY)})}
    assert result.categories["uuids"].auth_keys["k"].get is True
    # The mapping may also be without any key.
    del payload["auths"]
    assert Grant(client())._parse({"payload": payload}).groups["g"].auth_keys == {}


def test_permissions_are_a_tuple_too() -> None:
    r, w, m, d, g, u, j, ttl = access_manager.fetch_permissions({"r": 1, "w": 0, "ttl": 5})
    assert (r, w, m, d, g, u, j, ttl) == (True, False, None, None, None, None, None, 5)
    data = access_manager.PNAccessManagerKeyData.from_json({"j": 1})
    assert rights_of(data) == (*NOBODY[:6], True, None)
    assert rights_of(access_manager.PNAccessManagerKeyData(*(True,) * 7, ttl=9)) == (
        *(True,) * 7,
        9,
    )


def test_tokens_come_and_go() -> None:
    granted = GrantToken(client())._parse({"data": {"message": "Success", "token": "p0F2-_=="}})
    assert granted.token == granted.get_token() == "p0F2-_=="
    assert str(granted) == "Grant token success"
    revoked = RevokeToken(client(), "p0F2")._parse(
        {"status": 200, "data": {"message": "Success"}, "service": "Access Manager"}
    )
    assert str(revoked) == "Revoke token success with status: 200"
    assert revoked.status == 200


WRONG: dict[str, Any] = {
    "a list": [],
    "nothing": None,
    "no payload": {"data": {}},
    "a payload that is a list": {"payload": []},
    "no level": {"payload": {"subscribe_key": "s"}},
    "no key": {"payload": {"level": "subkey"}},
    "channels in a list": {"payload": {"level": "x", "subscribe_key": "s", "channels": ["a"]}},
    "a channel that is a number": {
        "payload": {"level": "x", "subscribe_key": "s", "channels": {"a": 1}}
    },
    "keys in a list": {
        "payload": {"level": "x", "subscribe_key": "s", "channel": "c", "auths": [1]}
    },
    "a token that is a number": {"data": {"token": 5}},
    "a token that is empty": {"data": {"token": ""}},
    "data in a list": {"data": ["token"]},
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("kind", [Grant, Audit, GrantToken, RevokeToken])
def test_an_answer_of_a_wrong_shape(kind: Any, name: str) -> None:
    endpoint = kind(client(), "p0F2") if kind is RevokeToken else kind(client())
    with pytest.raises(ServiceFailure) as caught:
        endpoint._parse(WRONG[name])
    assert caught.value.category is PNStatusCategory.PNMalformedResponseCategory
    assert "payload" not in (caught.value.data or {})
    assert "data" not in (caught.value.data or {})


def test_operations_have_their_numbers() -> None:
    pubnub = client()
    builders: list[Any] = [
        *(pubnub.audit(), pubnub.grant(), pubnub.revoke()),
        *(pubnub.revoke_token("p0F2"), pubnub.grant_token()),
    ]
    assert [one.operation_type() for one in builders] == [20, 21, 22, 40, 41]
    assert builders[3].operation_type() is PNOperationType.PNAccessManagerRevokeToken
    assert builders[0].request_timeout() == 10
    assert builders[0].connect_timeout() == 5
