"""Grants to auth keys and to everybody: who may do what, for how long, and what is told of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pnfilter.server.access import grants
from pnfilter.server.access.grants import AuthKeyCipher
from pnfilter.server.keysets import Keys
from pnfilter.server.store.database import UnusableStore
from pnfilter.server.store.store import Store
from tests.server.access.signing import SECRET, Managed
from tests.server.emulated import Emulated

ALL = dict.fromkeys("rwmdguj", 1)
READ = {**dict.fromkeys("rwmdguj", 0), "r": 1}
NONE = dict.fromkeys("rwmdguj", 0)


def status(emulated: Managed, channel: str = "a", auth: str = "") -> int:
    """The status of the answer to who reads the history of a channel."""
    target = f"/v2/history/sub-key/sub/channel/{channel}?uuid=u"
    return emulated.get(f"{target}&auth={auth}" if auth else target)[0]


def test_without_a_grant_nothing_is_allowed_and_the_answer_names_it() -> None:
    with Managed() as emulated:
        assert emulated.get("/v2/history/sub-key/sub/channel/a?uuid=u") == (
            403,
            {
                "message": "Forbidden",
                "payload": {"channels": ["a"]},
                "error": True,
                "service": "Access Manager",
                "status": 403,
            },
        )
        _, body = emulated.get("/v2/subscribe/sub/a,b/0?channel-group=g,h&uuid=u")
        assert body["payload"] == {"channels": ["a", "b"], "channel-groups": [":g", ":h"]}


def test_only_what_is_missing_is_named() -> None:
    with Managed() as emulated:
        emulated.granted(channel="a", r="1")
        _, body = emulated.get("/v2/subscribe/sub/a,b/0?channel-group=g&uuid=u")
        assert body["payload"] == {"channels": ["b"], "channel-groups": [":g"]}


def test_a_grant_is_to_everybody_or_to_auth_keys() -> None:
    with Managed() as emulated:
        emulated.granted(channel="a", r="1")
        emulated.granted(channel="b,c", r="1", auth="k,l")
        assert [status(emulated, name) for name in "abc"] == [200, 403, 403]
        assert [status(emulated, name, "l") for name in "abcd"] == [200, 200, 200, 403]
        assert status(emulated, "b", "m") == 403


def test_a_grant_to_the_keyset_is_for_everything_in_it() -> None:
    with Managed() as emulated:
        emulated.granted(r="1")
        assert status(emulated, "anything") == 200
        assert emulated.get("/publish/pub/sub/0/a/0/1?uuid=u")[0] == 403
        emulated.granted(w="1")
        assert emulated.get("/publish/pub/sub/0/a/0/1?uuid=u&auth=k")[0] == 200


def test_a_wildcard_is_for_the_channels_beneath_it() -> None:
    with Managed() as emulated:
        emulated.granted(channel="a.*", r="1")
        assert [status(emulated, name) for name in ("a.b", "a.b.c", "a.*", "a", "ab", "b.a")] == [
            *(200, 200, 200),
            *(403, 403, 403),
        ]
        assert status(emulated, "a.b-pnpres") == 403


def test_a_grant_ends() -> None:
    with Managed() as emulated:
        emulated.granted(channel="a", r="1", ttl="1")
        emulated.granted(channel="b", r="1")
        emulated.granted(channel="c", r="1", ttl="0")
        emulated.wait(59)
        assert [status(emulated, name) for name in "abc"] == [200, 200, 200]
        emulated.wait(1)
        assert [status(emulated, name) for name in "abc"] == [403, 200, 200]
        emulated.app.advance(1440 * 60 - 61)
        assert [status(emulated, name) for name in "abc"] == [403, 200, 200]
        emulated.app.advance(1)
        assert [status(emulated, name) for name in "abc"] == [403, 403, 200]


def test_a_grant_of_no_rights_takes_them_back() -> None:
    with Managed() as emulated:
        emulated.granted(channel="a", r="1", w="1", auth="k,l")
        payload = emulated.granted(
            channel="a", auth="k", **dict.fromkeys(("r", "w", "m", "g", "u", "j"), "0")
        )
        assert payload["auths"] == {"k": NONE}
        assert (status(emulated, "a", "k"), status(emulated, "a", "l")) == (403, 200)
        # What is granted anew is in place of all before.
        emulated.granted(channel="a", auth="l", w="1")
        assert status(emulated, "a", "l") == 403


@pytest.mark.parametrize(
    ("parameters", "payload"),
    [
        ({"r": "1"}, {"level": "subkey", "ttl": 1440, **READ}),
        ({"channel": "a", "r": "1"}, {"level": "channel", "ttl": 1440, "channels": {"a": READ}}),
        (
            {"channel": "a", "r": "1", "auth": "k", "ttl": "5"},
            {"level": "user", "ttl": 5, "channel": "a", "auths": {"k": READ}},
        ),
        (
            {"channel": "a,b", "r": "1", "auth": "k", "ttl": "0"},
            {
                "level": "user",
                "ttl": 0,
                "channels": {"a": {"auths": {"k": READ}}, "b": {"auths": {"k": READ}}},
            },
        ),
        (
            {"channel-group": "g", "auth": "k,l", **dict.fromkeys("rwmdguj", "1")},
            {
                "level": "channel-group+auth",
                "ttl": 1440,
                "channel-groups": "g",
                "auths": {"k": ALL, "l": ALL},
            },
        ),
        (
            {"channel-group": "g", "channel": "a", "r": "true"},
            {
                "level": "channel",
                "ttl": 1440,
                "channels": {"a": READ},
                "channel-groups": {"g": READ},
            },
        ),
        (
            {"target-uuid": "u,v", "auth": "k", "g": "1"},
            {
                "level": "uuid",
                "ttl": 1440,
                "uuids": {name: {"auths": {"k": {**NONE, "g": 1}}} for name in ("u", "v")},
            },
        ),
        (
            {"category": "channels", "auth": "k", "g": "1"},
            {
                "level": "category",
                "ttl": 1440,
                "categories": {"channels": {"auths": {"k": {**NONE, "g": 1}}}},
            },
        ),
    ],
)
def test_what_the_answer_to_a_grant_tells(
    parameters: dict[str, str], payload: dict[str, Any]
) -> None:
    with Managed() as emulated:
        found = emulated.granted(
            **{name.replace("-", "_"): text for name, text in parameters.items()}
        )
        assert found == {"subscribe_key": "sub", **payload}


def test_what_an_audit_tells() -> None:
    with Managed() as emulated:
        emulated.granted(channel="a", r="1", ttl="10")
        emulated.granted(channel="a,b", r="1", auth="k", ttl="0")
        emulated.granted(channel_group="g", r="1", auth="l", ttl="1")
        emulated.wait(90)

        def audit(query: str) -> Any:
            status, body = emulated.signed("GET", f"/v2/auth/audit/sub-key/sub?{query}")
            assert status == 200
            assert body["payload"].pop("subscribe_key") == "sub"
            return body["payload"]

        forever = {"r": 1, "w": 0, "m": 0}
        some = {**forever, "ttl": 9}
        everything = {"a": {**some, "auths": {"k": forever}}, "b": {"auths": {"k": forever}}}
        # What has ended is not there.
        whole = {"level": "subkey", "channels": everything, "objects": {}, "channel-groups": {}}
        assert audit("") == audit("auth=l") == whole
        assert audit("channel=a,b") == {"level": "channel", "channels": everything}
        assert audit("channel=b&auth=k,l") == {
            "level": "user",
            "channel": "b",
            "auths": {"k": forever},
        }
        assert audit("channel-group=g") == {"level": "channel-group", "channel-groups": {}}
        assert audit("channel-group=g&auth=l") == {
            "level": "channel-group+auth",
            "channel-group": "g",
            "auths": {},
        }


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("channel=a", "No rights: `r`, `w`, `m`, `d`, `g`, `u`, `j`"),
        ("target-uuid=u&g=1", "Rights to users and categories are granted alone, and to auth keys"),
        (
            "target-uuid=u&channel=a&auth=k&g=1",
            "Rights to users and categories are granted alone, and to auth keys",
        ),
        ("category=x&auth=k&g=1", "The categories are `channels` and `uuids`"),
        ("channel=a&r=1&ttl=x", "`ttl` must be a whole number"),
    ],
)
def test_a_grant_that_makes_no_sense(query: str, message: str) -> None:
    with Managed() as emulated:
        status, body = emulated.signed("GET", f"/v2/auth/grant/sub-key/sub?{query}")
        assert (status, body["message"]) == (400, message)


def test_a_grant_that_is_too_long_is_as_long_as_may_be() -> None:
    with Managed() as emulated:
        assert emulated.granted(channel="a", r="1", ttl="9999999999999999")["ttl"] == 525_600


def test_a_grant_to_auth_keys_names_what_it_is_for() -> None:
    with Managed() as emulated:
        assert emulated.signed("GET", "/v2/auth/grant/sub-key/sub?r=1&auth=k") == (
            400,
            {
                "message": "Auth-only grants are reserved for future use",
                "error": True,
                "service": "Access Manager",
                "status": 400,
            },
        )


@pytest.mark.parametrize("operation", ["grant", "audit"])
def test_only_who_has_the_secret_key_grants_and_audits(operation: str) -> None:
    with Managed() as emulated:
        emulated.granted(**dict.fromkeys("rwmdguj", "1"))
        assert emulated.get(f"/v2/auth/{operation}/sub-key/sub?r=1&channel=a&auth=k")[0] == 403


def test_there_is_room_for_so_many_grants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grants, "MAX_GRANTS", 4)
    with Managed() as emulated:
        emulated.granted(channel="a,b", auth="k,l", r="1", ttl="1")
        # The same again, and none at all, need no room.
        emulated.granted(channel="a,b", auth="k,l", w="1", ttl="1")
        emulated.granted(channel="c", r="0")
        status, body = emulated.signed("GET", "/v2/auth/grant/sub-key/sub?channel=c&r=1")
        assert (status, body["message"]) == (400, "There are at most 10,000 grants")
        emulated.granted(channel="a", auth="k", r="0")
        emulated.granted(channel="c", r="1", ttl="1")
        # What has ended makes room.
        emulated.wait(60)
        emulated.granted(channel="a,b", auth="k,l", r="1")


@pytest.mark.parametrize("operation", ["grant", "audit"])
@pytest.mark.parametrize("rights", ["1", "0"])
def test_a_request_has_no_more_pairs_than_there_may_be_grants(operation: str, rights: str) -> None:
    query = "channel=" + ",".join(f"c{number}" for number in range(101))
    with Managed() as emulated:
        for auths, expected in ((99, 200), (100, 400)):
            auth = ",".join(f"k{number}" for number in range(auths))
            target = f"/v2/auth/{operation}/sub-key/sub?{query}&auth={auth}&r={rights}"
            status, body = emulated.signed("GET", target)
            assert status == expected
        assert body["message"] == "At most 10,000 pairs of a name and an auth key at once"


def test_grants_outlive_the_process(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    with Managed(store=store) as emulated:
        emulated.granted(channel="a", r="1", auth="key-of-reader", ttl="2")
        emulated.granted(channel="b", r="1", auth="key-of-reader")
        emulated.granted(channel="b", r="0", auth="key-of-reader")
        token = emulated.token({"channels": {"c": 1}})
        kept = emulated.token({"channels": {"c": 1}})
        assert emulated.revoked(token)[0] == 200
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        # Neither auth keys nor tokens are in a file.
        assert b"key-of-reader" not in content
        assert token.encode() not in content
    with Managed(store=store) as emulated:
        assert status(emulated, "a", "key-of-reader") == 200
        assert status(emulated, "b", "key-of-reader") == 403
        assert status(emulated, "c", token) == 403
        assert status(emulated, "c", kept) == 200
        emulated.wait(121)
        assert status(emulated, "a", "key-of-reader") == 403


def test_what_an_earlier_secret_key_encrypted_counts_for_nobody(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    with Managed(store=store) as emulated:
        emulated.granted(channel="a", r="1", auth="k")
    keys = {"sub": Keys("pub", "another", access_manager=True)}
    with Emulated(keys=keys, store=store) as emulated:
        manager = emulated.app.access.of("sub")
        assert manager is not None
        assert len(manager.grants) == 0
        assert emulated.get("/v2/history/sub-key/sub/channel/a?uuid=u&auth=k")[0] == 403
    with Managed(store=store) as emulated:
        assert status(emulated, "a", "k") == 200


@pytest.mark.parametrize(("forgotten", "expected"), [("sub", 403), (None, 403), ("other", 200)])
def test_reset_forgets_grants(forgotten: str | None, expected: int) -> None:
    with Managed() as emulated:
        emulated.granted(channel="a", r="1")
        emulated.app.forget(forgotten)
        assert status(emulated) == expected


@pytest.mark.parametrize("text", ["", "k", "é" * 500, "\x00", "k" * 1024])
def test_an_auth_key_is_decrypted_with_the_same_secret_key_alone(text: str) -> None:
    cipher = AuthKeyCipher(SECRET)
    data = cipher.encrypt(text)
    # The same in every process, or a stored grant could not be replaced.
    assert AuthKeyCipher(SECRET).encrypt(text) == data
    assert AuthKeyCipher(SECRET).decrypt(data) == text
    assert AuthKeyCipher("another").decrypt(data) is None
    flipped = (data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(len(data)))
    for spoilt in (b"", data[:5], data[:-1], data + b"x", *flipped):
        assert cipher.decrypt(spoilt) is None
    assert len(text) < 4 or text.encode() not in data


@pytest.mark.parametrize("version", [1, 2])
def test_a_store_whose_auth_keys_are_encrypted_otherwise_is_refused(
    tmp_path: Path, version: int
) -> None:
    path = tmp_path / "store.sqlite"
    with Managed(store=path) as emulated:
        emulated.granted(channel="a", r="1", auth="k")
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {version}")
        if version == 1:
            for column in ("sequence", "undelivered"):
                database.execute(f"ALTER TABLE messages DROP COLUMN {column}")
    # It stays as it is, so that the emulator that wrote it reads it.
    for _ in range(2):
        with pytest.raises(UnusableStore) as refused:
            Store(path)
        assert str(refused.value) == (
            f"{path} is a store of version {version} with auth keys that this emulator "
            "can't decrypt; delete the file, and grant again"
        )


def test_a_store_of_the_second_version_without_grants_is_read(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with Managed(store=path) as emulated:
        token = emulated.token({"channels": {"c": 1}})
        assert emulated.revoked(token)[0] == 200
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 2")
    with Managed(store=path) as emulated:
        assert status(emulated, "c", token) == 403
