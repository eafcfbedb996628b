"""The calls whose requests are recorded, as they are made on the official SDKs for Python.

Each takes a client and ``Sdk``, the SDK's own classes by the places where its versions have them;
it returns a builder, a result, or None. A call that a version lacks raises AttributeError or
ImportError. ``peer.cjs`` has the same names. Works without other packages: the SDKs' environments
run it.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable
from typing import Any

#: Letters that paths, queries and signatures treat differently, and one beyond ASCII.
ODD = "a/b c~(d)'!*+&=%20é"
#: The same for what the SDKs never encode: after ``?`` and ``#`` they send nothing that can be
#: read.
UNENCODED = "a b~(c)'!*+%20"
FILTER = 'name LIKE "a*" && custom.n >= 1'
CONTENT = b"content"


class Sdk:
    """Classes of the SDK that is installed under ``root``."""

    def __init__(self, root: str = "pubnub") -> None:
        self.root = root

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(f"{self.root}.enums"), name)

    def v3(self, name: str) -> Any:
        """A kind of resource that a token may grant: Channel, Group, UUID, User, Space."""
        module = importlib.import_module(f"{self.root}.models.consumer.v3.{name.lower()}")
        return getattr(module, name)

    def objects(self, module: str, name: str) -> Any:
        """A class of App Context."""
        return getattr(
            importlib.import_module(f"{self.root}.models.consumer.objects_v2.{module}"), name
        )

    def entity(self, module: str, name: str) -> Any:
        """A class of the calls that are named for users and spaces."""
        return getattr(
            importlib.import_module(f"{self.root}.models.consumer.entities.{module}"), name
        )

    @property
    def sort(self) -> Any:
        """By name, backwards."""
        key, value = (self.objects("sort", name) for name in ("PNSortKey", "PNSortKeyValue"))
        return key.desc(value.NAME)

    def following(self) -> Any:
        return self.objects("page", "Next")("NQ")

    def preceding(self) -> Any:
        return self.objects("page", "Previous")("MQ")

    def member(self, *custom: Any) -> Any:
        kind = self.objects("channel_members", "PNUUID")
        return kind.uuid_with_custom("b", *custom) if custom else kind.uuid("a")

    def membership(self, *custom: Any) -> Any:
        kind = self.objects("memberships", "PNChannelMembership")
        return kind.channel_with_custom("b", *custom) if custom else kind.channel("a")


Made = Callable[[Any, Sdk], Any]


def _push(method: str, kind: str, **more: Any) -> Made:
    def made(client: Any, sdk: Sdk) -> Any:
        builder = getattr(client, method)().push_type(getattr(sdk.PNPushType, kind))
        for setter, value in {"device_id": "device", **more}.items():
            builder = getattr(builder, setter)(value)
        return builder

    return made


_LIST, _ADD = "list_push_channels", "add_channels_to_push"
_TAKE, _TAKE_ALL = "remove_channels_from_push", "remove_device_from_push"
_APPLE = {"topic": "com.app"}

PUSH: dict[str, Made] = {
    "push list gcm": _push(_LIST, "GCM"),
    "push list fcm": _push(_LIST, "FCM"),
    "push list apns": _push(_LIST, "APNS"),
    "push list mpns": _push(_LIST, "MPNS"),
    "push list apns2": _push(_LIST, "APNS2", **_APPLE),
    "push list page": _push(_LIST, "FCM", start="a", count=2000),
    "push list odd device": _push(_LIST, "APNS", device_id="d e"),
    "push add gcm": _push(_ADD, "GCM", channels=["a", "b"]),
    "push add fcm": _push(_ADD, "FCM", channels=["a"]),
    "push add apns2 production": _push(
        _ADD, "APNS2", channels=["a"], environment="production", **_APPLE
    ),
    "push add odd names": _push(_ADD, "APNS", channels=["a b", "c&d"], device_id="d e"),
    "push remove gcm": _push(_TAKE, "GCM", channels=["a", "b"]),
    "push remove apns2": _push(_TAKE, "APNS2", channels=["a"], **_APPLE),
    "push remove device gcm": _push(_TAKE_ALL, "GCM"),
    "push remove device apns2": _push(_TAKE_ALL, "APNS2", **_APPLE),
}


def _file(builder: Any, name: str = "a.txt") -> Any:
    return builder.channel("ch").file_id("file-id").file_name(name)


def _sent(client: Any) -> Any:
    return client.send_file().channel("ch").file_name("a.txt").file_object(io.BytesIO(CONTENT))


def _sent_with_everything(client: Any) -> Any:
    builder = _sent(client).message({"é": [1]}).meta({"m": 1}).should_store(True).ttl(5)
    builder = builder.ptto(int("16000000000000000")).replicate(False)
    if hasattr(builder, "custom_message_type"):
        builder = builder.custom_message_type("kind-1")
    return builder


FILES: dict[str, Made] = {
    "files list": lambda client, sdk: client.list_files().channel("ch"),
    "files list page": lambda client, sdk: client.list_files().channel(ODD).limit(5).next("NQ"),
    "files url": lambda client, sdk: _file(client.get_file_url()),
    "files url odd names": lambda client, sdk: (
        client.get_file_url().channel(ODD).file_id("file-id").file_name("a b(é).txt")
    ),
    "files download": lambda client, sdk: _file(client.download_file()),
    "files delete": lambda client, sdk: _file(client.delete_file()),
    "files delete odd name": lambda client, sdk: _file(client.delete_file(), "a b(é).txt"),
    "files publish": lambda client, sdk: _file(client.publish_file_message()).message("hello"),
    "files publish without a message": lambda client, sdk: _file(client.publish_file_message()),
    "files send": lambda client, sdk: _sent(client),
    "files send bytes": lambda client, sdk: (
        client.send_file().channel(ODD).file_name("a b(é).txt").file_object(CONTENT)
    ),
    "files send everything": lambda client, sdk: _sent_with_everything(client),
}


def _listed(builder: Any, sdk: Sdk) -> Any:
    builder = builder.limit(5).filter(FILTER).include_total_count(True)
    return builder.sort(sdk.sort).include_custom(True)


def _all_of(builder: Any) -> Any:
    """Every field of a user or channel that this version can set."""
    for setter, value in {
        "email": "a@b.example",
        "external_id": "x",
        "profile_url": "http://a.example/?b=c",
        "description": "d é",
        "custom": {"n": 1},
        "set_status": "s",
        "set_type": "t",
        "include_custom": True,
        "include_status": True,
        "include_type": True,
    }.items():
        if hasattr(builder, setter):
            builder = getattr(builder, setter)(value)
    return builder


def _all_members(client: Any, sdk: Sdk) -> Any:
    include = sdk.objects("common", "MemberIncludes")
    return client.get_channel_members(
        channel="ch",
        include=include(
            custom=True, status=True, type=True, total_count=True,
            user=True, user_custom=True, user_type=True, user_status=True,
        ),
    )  # fmt: skip


def _all_memberships(client: Any, sdk: Sdk) -> Any:
    include = sdk.objects("common", "MembershipIncludes")
    return client.get_memberships(
        uuid="b",
        include=include(
            custom=True, status=True, type=True, total_count=True,
            channel=True, channel_custom=True, channel_type=True, channel_status=True,
        ),
    )  # fmt: skip


OBJECTS: dict[str, Made] = {
    "uuids": lambda client, sdk: client.get_all_uuid_metadata(),
    "uuids everything": lambda client, sdk: _listed(client.get_all_uuid_metadata(), sdk),
    "uuids next page": lambda client, sdk: client.get_all_uuid_metadata().page(sdk.following()),
    "uuids previous page": lambda client, sdk: client.get_all_uuid_metadata().page(sdk.preceding()),
    "uuid get": lambda client, sdk: client.get_uuid_metadata().uuid("b").include_custom(True),
    "uuid get own": lambda client, sdk: client.get_uuid_metadata(),
    "uuid get odd name": lambda client, sdk: client.get_uuid_metadata().uuid(UNENCODED),
    "uuid set": lambda client, sdk: client.set_uuid_metadata().uuid("b").set_name("B"),
    "uuid set everything": lambda client, sdk: _all_of(
        client.set_uuid_metadata().uuid("b").set_name("B")
    ),
    "uuid remove": lambda client, sdk: client.remove_uuid_metadata().uuid("b"),
    "channels": lambda client, sdk: client.get_all_channel_metadata(),
    "channels everything": lambda client, sdk: _listed(client.get_all_channel_metadata(), sdk),
    "channel get": lambda client, sdk: (
        client.get_channel_metadata().channel("ch").include_custom(True)
    ),
    "channel set": lambda client, sdk: client.set_channel_metadata().channel("ch").set_name("C"),
    "channel set everything": lambda client, sdk: _all_of(
        client.set_channel_metadata().channel("ch").set_name("C")
    ),
    "channel remove": lambda client, sdk: client.remove_channel_metadata().channel("ch"),
    "members get": lambda client, sdk: client.get_channel_members().channel("ch"),
    "members get everything": lambda client, sdk: _listed(
        client.get_channel_members().channel("ch"), sdk
    ).include_uuid(2),
    "members get all included": _all_members,
    "members set": lambda client, sdk: (
        client.set_channel_members().channel("ch").uuids([sdk.member(), sdk.member({"n": 1})])
    ),
    "members set with status": lambda client, sdk: (
        client.set_channel_members()
        .channel("ch")
        .uuids([sdk.objects("channel_members", "PNUserMember")("a", "t", "s", {"n": 1})])
    ),
    "members remove": lambda client, sdk: (
        client.remove_channel_members().channel("ch").uuids([sdk.member()])
    ),
    "members manage": lambda client, sdk: (
        client.manage_channel_members()
        .channel("ch")
        .set([sdk.member()])
        .remove([sdk.member({"n": 1})])
    ),
    "memberships get": lambda client, sdk: client.get_memberships().uuid("b"),
    "memberships get own": lambda client, sdk: client.get_memberships(),
    "memberships get everything": lambda client, sdk: _listed(
        client.get_memberships().uuid("b"), sdk
    ).include_channel(2),
    "memberships get all included": _all_memberships,
    "memberships set": lambda client, sdk: (
        client.set_memberships()
        .uuid("b")
        .channel_memberships([sdk.membership(), sdk.membership({"n": 1})])
    ),
    "memberships remove": lambda client, sdk: (
        client.remove_memberships().uuid("b").channel_memberships([sdk.membership()])
    ),
    "memberships manage": lambda client, sdk: (
        client.manage_memberships().uuid("b").set([sdk.membership()]).remove([sdk.membership()])
    ),
    # The last ones: what the first asks for is kept by 10.8 for all calls after it.
    "channel set if match": lambda client, sdk: (
        client.set_channel_metadata().channel("ch").set_name("C").if_matches_etag("AbOx6N")
    ),
    "uuid set after a match": lambda client, sdk: (
        client.set_uuid_metadata().uuid("b").set_name("B")
    ),
    "uuid get after a match": lambda client, sdk: client.get_uuid_metadata().uuid("b"),
}

#: App Context by other names, users and spaces; 10.8 has them behind a flag of the environment.
ENTITIES: dict[str, Made] = {
    "users fetch": lambda client, sdk: client.fetch_users(filter=FILTER, include_custom=True),
    "user fetch": lambda client, sdk: client.fetch_user("b"),
    "user create": lambda client, sdk: client.create_user("b", name="B", custom={"n": 1}),
    "user update": lambda client, sdk: client.update_user("b", user_status="s", user_type="t"),
    "user remove": lambda client, sdk: client.remove_user("b"),
    "spaces fetch": lambda client, sdk: client.fetch_spaces(limit=5),
    "space fetch": lambda client, sdk: client.fetch_space("ch"),
    "space create": lambda client, sdk: client.create_space("ch", name="C"),
    "space update": lambda client, sdk: client.update_space("ch", name="C"),
    "space remove": lambda client, sdk: client.remove_space("ch"),
    "user memberships fetch": lambda client, sdk: client.fetch_memberships(user_id="b"),
    "space memberships fetch": lambda client, sdk: client.fetch_memberships(space_id="ch"),
    "user memberships add": lambda client, sdk: client.add_memberships(
        user_id="b", spaces=[sdk.entity("space", "Space")(space_id="ch")]
    ),
    "space memberships add": lambda client, sdk: client.add_memberships(
        space_id="ch", users=[sdk.entity("user", "User")(user_id="b")]
    ),
    "user memberships remove": lambda client, sdk: client.remove_memberships(
        user_id="b", spaces=[sdk.entity("space", "Space")(space_id="ch")], sync=False
    ),
    "space memberships remove": lambda client, sdk: client.remove_memberships(
        space_id="ch", users=[sdk.entity("user", "User")(user_id="b")], sync=False
    ),
}


def _token(client: Any, sdk: Sdk) -> Any:
    """A token as the current SDKs ask for it."""
    channel, group, uuid = (sdk.v3(name) for name in ("Channel", "Group", "UUID"))
    return (
        client.grant_token()
        .ttl(60)
        .authorized_uuid("b")
        .meta({"k": "v é"})
        .channels(
            [
                channel.id("ch").read().write().manage().delete().get().update().join(),
                channel.pattern("^a-.*$").read(),
            ]
        )
        .groups([group.id("g").read().manage(), group.pattern("^g").read()])
        .uuids([uuid.id("u").get().update().delete(), uuid.pattern("^u").get()])
    )


def _old_token(client: Any, sdk: Sdk) -> Any:
    """A token as 4.8 asks for it, with all rights that it knows."""
    user, space = sdk.v3("User"), sdk.v3("Space")
    return (
        client.grant_token()
        .ttl(60)
        .users(
            [user.id("u").read().write().create().manage().delete(), user.pattern("^u").read()]
            if hasattr(user, "create")
            else [user.id("u").get()]
        )
        .spaces([space.id("s").read().write().manage().delete(), space.pattern("^s").read()])
    )


ACCESS: dict[str, Made] = {
    "grant keyset": lambda client, sdk: client.grant().read(True).write(False),
    "grant channels": lambda client, sdk: (
        client.grant().channels(["a", "b"]).auth_keys(["k", "l"]).read(True).write(True).ttl(60)
    ),
    "grant groups": lambda client, sdk: (
        client.grant().channel_groups("g,h").auth_keys("k").read(True).manage(True)
    ),
    "grant uuids": lambda client, sdk: (
        client.grant().uuids("u,v").auth_keys("k").get(True).update(True).delete(True)
    ),
    "grant all flags": lambda client, sdk: (
        client.grant()
        .channels("a")
        .read(True)
        .write(True)
        .manage(True)
        .delete(True)
        .get(True)
        .update(True)
        .join(True)
        .ttl(0)
    ),
    "grant odd names": lambda client, sdk: (
        client.grant().channels([ODD]).channel_groups(["g h"]).auth_keys(["k&l"]).read(True)
    ),
    "grant category": lambda client, sdk: (
        client.grant().categories("channels").auth_keys("k").get(True)
    ),
    "revoke": lambda client, sdk: client.revoke().channels("a").auth_keys("k"),
    "audit": lambda client, sdk: client.audit(),
    "audit of": lambda client, sdk: (
        client.audit().channels(["a", "b c"]).channel_groups("g").auth_keys("k")
    ),
    "grant token": _token,
    "grant token of users and spaces": _old_token,
    "revoke token": lambda client, sdk: client.revoke_token("to-ken_w/ith+=="),
}


def _subscribed(client: Any) -> None:
    client.subscribe().channels(["ch", "a b"]).channel_groups(["g", "h i"]).execute()


#: Calls of other areas whose signatures are recorded beside these.
OTHERS: dict[str, Made] = {
    "publish as a body": lambda client, sdk: (
        client.publish().channel("ch").message({"é": 1}).use_post(True)
    ),
    "heartbeat with state": lambda client, sdk: (
        client.heartbeat().channels(["ch"]).channel_groups(["g h"]).state({"ch": {"n": 1}})
    ),
    "subscribe with a filter": lambda client, sdk: _subscribed(client),
}

#: What is called where it matters which ``auth`` goes out.
AUTHORIZED: dict[str, Made] = {
    "time": lambda client, sdk: client.time(),
    "publish": lambda client, sdk: client.publish().channel("ch").message(1),
    "here_now": lambda client, sdk: client.here_now().channels("ch"),
    "subscribe": lambda client, sdk: _subscribed(client),
    "uuid set": OBJECTS["uuid set"],
    "channel get": OBJECTS["channel get"],
    "memberships get": OBJECTS["memberships get"],
    "files list": FILES["files list"],
    "files send": FILES["files send"],
    "files url": FILES["files url"],
    "files download": FILES["files download"],
    "push list gcm": PUSH["push list gcm"],
    "grant keyset": ACCESS["grant keyset"],
    "grant token": ACCESS["grant token"],
}

CALLS: dict[str, Made] = {**PUSH, **FILES, **OBJECTS, **ENTITIES, **ACCESS, **OTHERS, **AUTHORIZED}
#: Calls that the SDKs make only where there is a secret key.
ROOT = frozenset(ACCESS)
#: Those of the rest that are recorded with a secret key too, because of how they are signed.
SIGNED = (
    *("push add gcm", "push list odd device", "push add apns2 production"),
    *("files list", "files url", "files delete odd name", "files publish", "files send"),
    *("uuids everything", "uuid get odd name", "uuid set everything", "uuid remove"),
    *("channel set", "members get everything", "members manage", "memberships set"),
    *("user create", "spaces fetch"),
    *OTHERS,
)
