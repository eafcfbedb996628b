"""App Context.

Each call by its effect on the emulator, what is refused, and what listeners are told.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pnclient.callbacks import SubscribeCallback
from pnclient.endpoints.objects_v2.objects_endpoint import (
    ChannelIncludeEndpoint,
    UUIDIncludeEndpoint,
)
from pnclient.enums import PNOperationType, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.objects_v2.channel import PNChannelMetadataResult
from pnclient.models.consumer.objects_v2.channel_members import PNUUID, PNUserMember
from pnclient.models.consumer.objects_v2.common import MemberIncludes, MembershipIncludes
from pnclient.models.consumer.objects_v2.memberships import PNChannelMembership, PNMembershipResult
from pnclient.models.consumer.objects_v2.page import Next, PNPage, Previous
from pnclient.models.consumer.objects_v2.sort import PNSortDirection, PNSortKey, PNSortKeyValue
from pnclient.models.consumer.objects_v2.uuid import PNUUIDMetadataResult
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado, PubNubTornadoException, TornadoEnvelope
from tests.client.operations.looping import in_loop

ODD = "a b~?&=+%é"


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [(row.get("uuid") or row.get("channel") or row)["id"] for row in rows]


@in_loop
async def test_a_user(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        made = await (
            client.set_uuid_metadata()
            .uuid(ODD)
            .set_name("A")
            .email("a@x.example")
            .external_id("x")
            .profile_url("http://x.example/?a=b")
            .custom({"é": 1})
            .set_status("s")
            .set_type("t")
            .include_custom(True)
        )
        assert made.status == 200
        assert made.data is not None
        assert (made.data["id"], made.data["custom"], made.data["email"]) == (
            ODD,
            {"é": 1},
            "a@x.example",
        )
        assert (made.data["externalId"], made.data["profileUrl"]) == ("x", "http://x.example/?a=b")
        found = await client.get_uuid_metadata().uuid(ODD).include_status(True).include_type(True)
        assert found.data is not None
        assert (found.data["name"], found.data["status"], found.data["type"]) == ("A", "s", "t")
        assert "custom" not in found.data
        everybody = await client.get_all_uuid_metadata().include_custom(True)
        assert [(row["id"], row["custom"]) for row in everybody.data] == [(ODD, {"é": 1})]
        removed = await client.remove_uuid_metadata().uuid(ODD)
        assert (removed.data, removed.status) == (None, 200)
        assert str(removed) == "Remove UUID metadata: None"
        assert (await client.get_all_uuid_metadata()).data == []


@in_loop
async def test_the_clients_own_user(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        await client.set_uuid_metadata().set_name("me")
        assert ids((await client.get_all_uuid_metadata()).data) == [client.uuid]
        await client.set_memberships().channel_memberships([PNChannelMembership.channel("c")])
        assert ids((await client.get_channel_members().channel("c")).data) == [client.uuid]
        assert ids((await client.get_memberships()).data) == ["c"]


@in_loop
async def test_a_channel(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        made = await (
            client.set_channel_metadata()
            .channel(ODD)
            .set_name("C")
            .description("d")
            .custom({"n": 1})
            .include_custom(True)
        )
        assert made.data is not None
        assert (made.data["id"], made.data["description"], made.data["custom"]) == (
            ODD,
            "d",
            {"n": 1},
        )
        again = await client.set_channel_metadata().channel(ODD).set_name("D").include_custom(True)
        assert again.data is not None
        assert (again.data["name"], again.data["description"], again.data["custom"]) == (
            "D",
            None,
            None,
        )
        found = await client.get_channel_metadata().channel(ODD)
        assert found.data is not None
        assert found.data["name"] == "D"
        assert ids((await client.get_all_channel_metadata()).data) == [ODD]
        assert (await client.remove_channel_metadata().channel(ODD)).data is None
        assert (await client.get_all_channel_metadata()).data == []


@in_loop
async def test_what_is_not_there_is_an_error_with_its_code(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        with pytest.raises(PubNubException) as caught:
            await client.get_uuid_metadata().uuid("nobody")
        assert caught.value._status_code == 404
        told = await client.get_channel_metadata().channel("none").future()
        assert isinstance(told, PubNubTornadoException)
        assert told.status.operation is PNOperationType.PNGetChannelMetadataOperation
        refused = await client.get_uuid_metadata().uuid("a*b").future()
        assert isinstance(refused, PubNubTornadoException)
        assert refused.status.category is PNStatusCategory.PNBadRequestCategory


@in_loop
async def test_a_tag_guards_against_changes_meanwhile(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        first = (await client.set_channel_metadata().channel("c").set_name("1")).data
        assert first is not None
        set_ = client.set_channel_metadata().channel("c")
        await set_.set_name("2").if_matches_etag(first["eTag"])
        with pytest.raises(PubNubException, match="has been modified") as caught:
            await set_.set_name("3")
        assert caught.value._status_code == 412
        await client.set_channel_metadata().channel("c").set_name("4")


@in_loop
async def test_members_of_a_channel(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        await client.set_uuid_metadata().uuid("a").set_name("A").custom({"u": 1})
        members = await (
            client.set_channel_members()
            .channel("c")
            .uuids([PNUUID.uuid("b"), PNUUID.uuid_with_custom("a", {"n": 1})])
            .include_custom(True)
            .include_uuid(UUIDIncludeEndpoint.UUID_WITH_CUSTOM)
        )
        first, second = members.data
        assert (first["custom"], first["uuid"]["name"], first["uuid"]["custom"]) == (
            {"n": 1},
            "A",
            {"u": 1},
        )
        assert (second["custom"], second["uuid"]) == (None, {"id": "b"})
        include = client.get_channel_members().channel("c").include_uuid(UUIDIncludeEndpoint.UUID)
        plain = (await include).data[0]
        assert (plain["uuid"]["name"], "custom" in plain["uuid"], "custom" in plain) == (
            "A",
            False,
            False,
        )
        assert (await include.include_uuid(None)).data[0]["uuid"] == {"id": "a"}
        managed = await (
            client.manage_channel_members()
            .channel("c")
            .set([PNUserMember("d", type="t", status="s", custom={"k": True})])
            .remove([PNUUID.uuid("b")])
            .include(
                MemberIncludes(custom=True, status=True, type=True, total_count=True, user=True)
            )
        )
        assert ids(managed.data) == ["a", "d"]
        added = managed.data[1]
        assert (added["status"], added["type"], added["custom"]) == ("s", "t", {"k": True})
        assert managed.total_count == 2
        left = await client.remove_channel_members().channel("c").uuids([PNUUID.uuid("a")])
        assert ids(left.data) == ["d"]


@pytest.mark.parametrize(
    ("kind", "wrong", "fields"),
    [
        (MemberIncludes, "channel", "custom, status, type, total_count, user, user_custom, "),
        (
            MembershipIncludes,
            "user",
            "custom, status, type, total_count, channel, channel_custom, ",
        ),
    ],
)
def test_what_is_included_is_a_field_of_that_side(kind: Any, wrong: str, fields: str) -> None:
    with pytest.raises(TypeError, match=f"no such field: {wrong}; they are {fields}"):
        kind(**{wrong: True, "custom": True})
    assert [*kind(type=True, custom=True, status=False).names()] == ["custom", "type"]


@in_loop
async def test_memberships_of_a_user(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        await client.set_channel_metadata().channel("c").set_name("C").custom({"k": 1})
        rows = await (
            client.set_memberships()
            .uuid("u")
            .channel_memberships(
                [
                    PNChannelMembership.channel("b"),
                    PNChannelMembership.channel_with_custom("c", {"n": 1}),
                ]
            )
            .include_custom(True)
            .include_channel(ChannelIncludeEndpoint.CHANNEL_WITH_CUSTOM)
        )
        assert [(row["channel"]["id"], row["custom"]) for row in rows.data] == [
            ("b", None),
            ("c", {"n": 1}),
        ]
        assert rows.data[1]["channel"]["custom"] == {"k": 1}
        plain = client.get_memberships().uuid("u").include_channel(ChannelIncludeEndpoint.CHANNEL)
        assert (await plain).data[1]["channel"]["name"] == "C"
        managed = await (
            client.manage_memberships()
            .uuid("u")
            .set([PNChannelMembership("d", {"k": 1}, "s", "t")])
            .remove([PNChannelMembership.channel("b")])
            .include(MembershipIncludes(status=True, type=True, channel_custom=True))
        )
        assert ids(managed.data) == ["c", "d"]
        assert (managed.data[1]["status"], managed.data[1]["type"]) == ("s", "t")
        assert managed.data[0]["channel"]["custom"] == {"k": 1}
        gone = [PNChannelMembership.channel("c"), PNChannelMembership.channel("d")]
        assert (await client.remove_memberships().uuid("u").channel_memberships(gone)).data == []


@in_loop
async def test_pages_order_counts_and_filters(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        for id in "abcde":
            await client.set_uuid_metadata().uuid(id).set_name(f"name {id}")
        backwards = PNSortKey.desc(PNSortKeyValue.NAME)
        listing = client.get_all_uuid_metadata().limit(2).sort(backwards).include_total_count(True)
        pages: list[list[str]] = []
        last = result = await listing
        assert (result.total_count, result.prev) == (5, None)
        while result.data:
            pages.append(ids(result.data))
            assert isinstance(result.next, Next)
            last, result = result, await listing.page(result.next)
        assert pages == [["e", "d"], ["c", "b"], ["a"]]
        assert result.next is None
        assert isinstance(last.prev, Previous)
        assert ids((await listing.page(last.prev)).data) == ["c", "b"]
        assert ids((await listing.page(None)).data) == ["e", "d"]
        assert repr(last.prev) == f"Previous({last.prev.hash!r})"
        matching = await client.get_all_uuid_metadata().filter('name LIKE "*b" || id == "d"')
        assert ids(matching.data) == ["b", "d"]
        assert matching.total_count is None
        members = [PNUUID.uuid("a"), PNUUID.uuid("b")]
        await client.set_channel_members().channel("c").uuids(members)
        by_name = client.get_channel_members().channel("c").sort(PNSortKey.desc("uuid.name"))
        assert ids((await by_name).data) == ["b", "a"]
        with pytest.raises(PubNubException, match="can't be read"):
            await client.get_all_uuid_metadata().filter("name = 'a'")


def test_values_of_requests() -> None:
    key = PNSortKey.asc(PNSortKeyValue.UPDATED)
    assert (key.key_str(), key.dir_str()) == ("updated", "asc")
    assert PNSortKey(PNSortKeyValue.ID, PNSortDirection.DESC).key_str() == "id"
    assert PNSortKey("type", PNSortDirection.ASC).dir_str() == "asc"
    assert (
        PNUUID("a").to_payload_dict() == PNUUID.uuid("a").to_payload_dict() == {"uuid": {"id": "a"}}
    )
    just = PNChannelMembership.channel("c").to_payload_dict()
    assert just == PNChannelMembership("c").to_payload_dict() == {"channel": {"id": "c"}}
    assert PNPage("NQ").hash == "NQ"


def offline(**more: Any) -> PubNubTornado:
    config = PNConfiguration()
    config.subscribe_key, config.uuid = "sub", "me"
    config.origin, config.ssl = "127.0.0.1:1", False
    made = PubNubTornado(config)
    for name, value in more.items():
        setattr(config, name, value)
    return made


@pytest.mark.parametrize(
    ("method", "text"),
    [
        *((f"{verb}_channel_metadata", "Channel missing") for verb in ("set", "get", "remove")),
        *(
            (f"{verb}_channel_members", "Channel missing")
            for verb in ("set", "get", "remove", "manage")
        ),
    ],
)
def test_calls_that_need_a_channel(method: str, text: str) -> None:
    for channel in (None, ""):
        with pytest.raises(PubNubException, match=text):
            getattr(offline(), method)().channel(channel)._validate()


@pytest.mark.parametrize(
    "method",
    [
        *(f"{verb}_uuid_metadata" for verb in ("set", "get", "remove")),
        *(f"{verb}_memberships" for verb in ("set", "get", "remove", "manage")),
    ],
)
def test_calls_that_need_a_user(method: str) -> None:
    for uuid in (None, "", 5):
        with pytest.raises(PubNubException, match="uuid missing or not a string"):
            getattr(offline(), method)().uuid(uuid)._validate()
    with pytest.raises(PubNubException, match="Subscribe key not configured"):
        getattr(offline(subscribe_key=None), method)()._validate()


@pytest.mark.parametrize(
    ("method", "setter", "value", "error"),
    [
        ("get_all_uuid_metadata", "limit", "5", TypeError),
        ("get_all_uuid_metadata", "filter", 5, TypeError),
        ("get_all_uuid_metadata", "include_total_count", 1, TypeError),
        ("get_all_uuid_metadata", "sort", "name", TypeError),
        ("get_all_uuid_metadata", "page", "NQ", TypeError),
        ("get_all_uuid_metadata", "page", PNPage("NQ"), TypeError),
        ("get_all_uuid_metadata", "include_custom", 1, TypeError),
        ("get_uuid_metadata", "include_status", "yes", TypeError),
        ("get_uuid_metadata", "include_type", 0, TypeError),
        ("set_uuid_metadata", "custom", [1], TypeError),
        ("set_uuid_metadata", "if_matches_etag", None, TypeError),
        ("set_uuid_metadata", "if_matches_etag", "a\r\nX: b", ValueError),
        ("set_uuid_metadata", "if_matches_etag", "é", ValueError),
        ("set_channel_members", "uuids", ["a"], TypeError),
        ("manage_channel_members", "set", [PNChannelMembership("a")], TypeError),
        ("manage_channel_members", "remove", "a", TypeError),
        ("remove_memberships", "channel_memberships", [PNUUID("a")], TypeError),
        ("get_memberships", "include", "custom", TypeError),
        ("get_memberships", "include_channel", 3, ValueError),
        ("get_channel_members", "include_uuid", True, ValueError),
    ],
)
def test_values_that_are_refused(
    method: str, setter: str, value: Any, error: type[Exception]
) -> None:
    with pytest.raises(error, match=setter):
        getattr(getattr(offline(), method)(), setter)(value)


def test_a_key_to_sort_by_is_checked() -> None:
    wrong: Any = 3
    with pytest.raises(TypeError, match="PNSortKeyValue or a str"):
        PNSortKey.asc(wrong)
    with pytest.raises(TypeError, match="PNSortDirection"):
        PNSortKey("name", wrong)


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("get_uuid_metadata", {"status": 200}),
        ("get_uuid_metadata", {"status": 200, "data": []}),
        ("get_uuid_metadata", {"data": {}}),
        ("get_all_uuid_metadata", {"status": 200, "data": {}}),
        ("get_all_uuid_metadata", {"status": 200, "data": [1]}),
        ("get_all_uuid_metadata", []),
        ("remove_uuid_metadata", {"status": 200}),
        ("remove_uuid_metadata", {"status": 200, "data": None, "error": True}),
    ],
)
def test_answers_of_another_shape(method: str, answer: Any) -> None:
    with pytest.raises((LookupError, TypeError)):
        getattr(offline(), method)()._result(answer)


class Told(SubscribeCallback):
    """What a listener is told of App Context."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.connected = asyncio.Event()

    def status(self, pubnub: Any, status: Any) -> None:
        if status.category is PNStatusCategory.PNConnectedCategory:
            self.connected.set()

    def uuid(self, pubnub: Any, uuid: Any) -> None:
        self.events.put_nowait(("uuid", uuid))

    def channel(self, pubnub: Any, channel: Any) -> None:
        self.events.put_nowait(("channel", channel))

    def membership(self, pubnub: Any, membership: Any) -> None:
        self.events.put_nowait(("membership", membership))

    def message(self, pubnub: Any, message: Any) -> None:
        self.events.put_nowait(("message", message.message))


@in_loop
async def test_what_listeners_are_told(config: PNConfiguration) -> None:
    config.filter_expression = "data.a == 1"
    async with PubNubTornado(config) as client:
        told = Told()
        client.add_listener(told)
        client.subscribe().channels("c").execute()
        await asyncio.wait_for(told.connected.wait(), 10)
        await client.set_channel_members().channel("c").uuids([PNUUID.uuid("u")])
        await client.set_channel_metadata().channel("c").set_name("C")
        await client.set_uuid_metadata().uuid("u").custom({"n": 1})
        await client.remove_uuid_metadata().uuid("u")
        await client.remove_channel_members().channel("c").uuids([PNUUID.uuid("u")])
        await client.publish().channel("c").message({"a": 1})
        events = [await asyncio.wait_for(told.events.get(), 10) for _ in range(6)]
        assert events.pop() == ("message", {"a": 1})
        assert [(name, result.event) for name, result in events] == [
            ("membership", "set"),
            ("channel", "set"),
            ("uuid", "set"),
            ("uuid", "delete"),
            ("membership", "delete"),
        ]
        kinds = (PNMembershipResult, PNChannelMetadataResult, PNUUIDMetadataResult)
        assert [type(result) for _, result in events] == [*kinds, kinds[2], kinds[0]]
        assert events[0][1].data["uuid"] == {"id": "u"}
        assert events[1][1].data["name"] == "C"
        assert events[2][1].data["custom"] == {"n": 1}


@in_loop
async def test_an_envelope_has_the_operation(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        envelope = await client.get_memberships().uuid("u").future()
        assert isinstance(envelope, TornadoEnvelope)
        assert envelope.status.operation is PNOperationType.PNGetMembershipsOperation
        assert envelope.result.data == []
        assert str(envelope.result) == "Get memberships: []"
