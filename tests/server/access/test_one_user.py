"""What a token of one user does for this user alone, and what an answer tells to whom."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.server.access.signing import Managed

READ, WRITE, MANAGE, DELETE, GET, UPDATE, JOIN = 1, 2, 4, 8, 32, 64, 128
OBJECTS = "/v2/objects/sub"
PRESENCE = "/v2/presence/sub-key/sub"


def patched(emulated: Managed, path: str, body: Any, auth: str, **query: str) -> tuple[int, Any]:
    """Status and JSON of the answer to a change of App Context by ann."""
    more = "".join(f"&{name}={quote(value)}" for name, value in query.items())
    answer = emulated.request(
        "PATCH", f"{OBJECTS}{path}?uuid=ann&auth={quote(auth)}{more}", json.dumps(body).encode()
    )
    return answer.status, json.loads(answer.body)


@pytest.fixture
def filled() -> Any:
    """Bob has metadata and memberships, and so has a channel."""
    with Managed() as emulated:
        for path, body in (
            ("/uuids/bob", {"name": "SECRET name", "email": "SECRET", "custom": {"a": "SECRET"}}),
            ("/channels/open", {"name": "SECRET name", "description": "SECRET"}),
            (
                "/uuids/bob/channels",
                {
                    "set": [
                        {"channel": {"id": "SECRET"}, "custom": {"a": "SECRET"}},
                        {"channel": {"id": "open"}, "custom": {"a": "SECRET"}, "status": "SECRET"},
                    ]
                },
            ),
        ):
            status, _ = emulated.signed("PATCH", f"{OBJECTS}{path}", json.dumps(body))
            assert status == 200
        yield emulated


#: A change, the right to it, the right to its answer, and what the answer is without the latter.
WRITES = {
    "memberships": (
        "/uuids/bob/channels",
        {"set": [{"channel": {"id": "open"}, "type": "t"}]},
        {"channels": {"open": JOIN}},
        {"uuids": {"bob": GET}},
        [{"channel": {"id": "open"}, "type": "t"}],
    ),
    "memberships that end": (
        "/uuids/bob/channels",
        {"delete": [{"channel": {"id": "open"}}]},
        {"channels": {"open": JOIN}},
        {"uuids": {"bob": GET}},
        [],
    ),
    "members": (
        "/channels/open/uuids",
        {"set": [{"uuid": {"id": "ann"}}]},
        {"channels": {"open": MANAGE}},
        {"channels": {"open": GET | MANAGE}},
        [{"uuid": {"id": "ann"}}],
    ),
    "a user": (
        "/uuids/bob",
        {"status": "new", "type": None},
        {"uuids": {"bob": UPDATE}},
        {"uuids": {"bob": GET | UPDATE}},
        {"id": "bob", "status": "new", "type": None},
    ),
    "a channel": (
        "/channels/open",
        {"status": "new"},
        {"channels": {"open": UPDATE}},
        {"channels": {"open": GET | UPDATE}},
        {"id": "open", "status": "new"},
    ),
}


@pytest.mark.parametrize("what", WRITES)
def test_the_answer_to_a_change_shows_no_more_than_may_be_read(filled: Managed, what: str) -> None:
    path, body, rights, more, echo = WRITES[what]
    everything = {
        "include": "custom,status,type,channel,channel.custom,uuid,uuid.custom",
        "count": "true",
    }
    for auth in (
        filled.token(rights),
        filled.token(
            {},
            {
                kind: {f"^{name}$": bits for name, bits in named.items()}
                for kind, named in rights.items()
            },
        ),
    ):
        for query in ({}, everything, {**everything, "sort": "id:desc", "limit": "1"}):
            assert patched(filled, path, body, auth, **query) == (
                200,
                {"status": 200, "data": echo},
            )
    assert (
        filled.request("PATCH", f"{OBJECTS}{path}?uuid=ann", json.dumps(body).encode()).status
        == 403
    )
    full = filled.token(
        {kind: {**rights.get(kind, {}), **more.get(kind, {})} for kind in ("channels", "uuids")}
    )
    status, told = patched(filled, path, body, full, **everything)
    assert status == 200
    assert "SECRET" in json.dumps(told)
    assert filled.signed("PATCH", f"{OBJECTS}{path}?include=custom", json.dumps(body))[1] != {
        "status": 200,
        "data": echo,
    }


@pytest.mark.parametrize(("rights", "status"), [(UPDATE, 412), (GET | UPDATE, 200)])
def test_a_tag_tells_nothing_to_who_may_not_read(filled: Managed, rights: int, status: int) -> None:
    _, found = filled.signed("GET", f"{OBJECTS}/uuids/bob")
    token = filled.token({"uuids": {"bob": rights}})
    answer = filled.request(
        "PATCH",
        f"{OBJECTS}/uuids/bob?uuid=ann&auth={quote(token)}",
        b"{}",
        {"If-Match": found["data"]["eTag"]},
    )
    assert answer.status == status


def test_what_an_auth_key_may_read_is_in_its_answers(filled: Managed) -> None:
    filled.granted(channel="open", auth="k", j="1")
    body = {"set": [{"channel": {"id": "open"}}]}
    assert patched(filled, "/uuids/bob/channels", body, "k")[1]["data"] == [
        {"channel": {"id": "open"}}
    ]
    filled.granted(target_uuid="bob", auth="k", g="1")
    told = patched(filled, "/uuids/bob/channels", body, "k")[1]["data"]
    assert [one["channel"]["id"] for one in told] == ["open", "SECRET"]


#: Requests as a user, by the parameter `uuid` or by the path.
AS_USER = {
    "subscribe": "GET /v2/subscribe/sub/a/0",
    "subscribe with a state": "GET /v2/subscribe/sub/a/0?state=%7B%22a%22:%7B%7D%7D",
    "heartbeat": f"GET {PRESENCE}/channel/a/heartbeat",
    "leave": f"GET {PRESENCE}/channel/a/leave",
    "set a state": f"GET {PRESENCE}/channel/a/uuid/USER/data?state=%7B%22x%22:1%7D",
    "publish": "GET /publish/pub/sub/0/a/0/1",
    "publish a body": "POST /publish/pub/sub/0/a/0",
    "signal": "GET /signal/pub/sub/0/a/0/1",
    "publish a file": "GET /v1/files/publish-file/pub/sub/0/a/0/1",
    "an address for a file": "POST /v1/files/sub/channels/a/generate-upload-url",
    "add an action": "POST /v1/message-actions/sub/channel/a/message/1",
    "remove an action": "DELETE /v1/message-actions/sub/channel/a/message/1/action/2",
    "change memberships": f"PATCH {OBJECTS}/uuids/USER/channels",
    "register a device": "GET /v1/push/sub-key/sub/devices/d?type=gcm&add=a",
    "remove a device": "GET /v1/push/sub-key/sub/devices/d/remove?type=gcm",
}
BODIES = {
    "publish a body": "1",
    "an address for a file": '{"name": "a"}',
    "add an action": '{"type": "t", "value": "v"}',
    "change memberships": '{"set": [{"channel": {"id": "a"}}]}',
}


@pytest.mark.parametrize("what", AS_USER)
def test_a_token_of_one_user_is_for_no_other(what: str) -> None:
    method, _, target = AS_USER[what].partition(" ")
    body = BODIES.get(what, "").encode()

    def sent(path_user: str, query: str, auth: str) -> int:
        there = target.replace("USER", path_user)
        there += f"{'&' if '?' in there else '?'}{query}&auth={quote(auth)}"
        return emulated.request(method, there.replace("?&", "?"), body).status

    with Managed() as emulated:
        emulated.granted(channel="granted", r="1")
        token = emulated.token({}, {"channels": {"^a$": 255}, "uuids": {"^.*$": 255}}, uuid="ann")
        assert sent("ann", "uuid=ann", token) != 403
        for query in (
            *("", "uuid=", "uuid=bob", "UUID=ann", "uuid=Ann", "uuid=ann%20", "uuid=ann,bob"),
            # Of two the last one counts, for the right and for what is done.
            *("uuid=ann&uuid=bob", "uuid=ann&%75uid=bob", "uuid=ann&uuid="),
        ):
            assert sent("ann", query, token) == 403, query
        assert sent("ann", "uuid=bob&uuid=ann", token) != 403
        assert sent("ann", "uuid=bob&%75uid=%61nn", token) != 403
        # Nor with the token under another name, or beside another one.
        if what not in ("leave", "remove a device"):
            assert sent("ann", f"uuid=ann&Auth={token}", "") == 403
            assert sent("ann", f"uuid=ann&auth={token}", "x") == 403
        assert sent("ann", "uuid=ann&auth=x", token) != 403
        if "USER" in target:
            for user in ("bob", "%62ob", "Ann", "ann%20"):
                assert sent(user, "uuid=ann", token) == 403, user
            assert sent("%61nn", "uuid=ann", token) == 200
            free = emulated.token({}, {"channels": {"^a$": 255}})
            assert sent("bob", "uuid=ann", free) == 200


def test_a_state_that_is_refused_is_not_set() -> None:
    with Managed() as emulated:
        token = emulated.token({"channels": {"a": READ}, "groups": {"g": READ}}, uuid="ann")
        for place in ("a", "a?channel-group=g", ",?channel-group=g"):
            path, _, query = place.partition("?")
            target = f"{PRESENCE}/channel/{path}/uuid/bob/data?{query}&state=%7B%22x%22:1%7D"
            assert emulated.get(f"{target}&uuid=ann&auth={token}")[0] == 403
        _, told = emulated.get(f"{PRESENCE}/channel/a/uuid/bob?uuid=ann&auth={token}")
        assert told["payload"] == {}


def test_the_metadata_of_others_is_for_who_has_the_right_to_it() -> None:
    with Managed() as emulated:
        token = emulated.token({"uuids": {"ann": GET | UPDATE | DELETE}}, uuid="ann")
        for method in ("GET", "PATCH", "DELETE"):
            for user in ("bob", "%62ob", "ANN"):
                target = f"{OBJECTS}/uuids/{user}?uuid=ann&auth={token}"
                assert emulated.request(method, target, b"{}").status == 403
        assert emulated.get(f"{OBJECTS}/uuids/bob/channels?uuid=ann&auth={token}")[0] == 403
        assert patched(emulated, "/uuids/ann", {"name": "Ann"}, token)[0] == 200


@pytest.mark.parametrize(
    ("pattern", "wildcards", "others"),
    [
        ("^a", ["a.*", "a.b.*", "ab.*"], ["b.*"]),
        (r"^a\..*$", ["a.*", "a.b.*"], ["ab.*"]),
        (r"^a\..+$", ["a.*"], ["ab.*"]),
        (r"^a\.\*$", [], ["a.*"]),
        # It is found in `a.*`, and not in the names of all channels that this reaches.
        (r"^a\..$", [], ["a.*"]),
        (r"^a\.[^s]", [], ["a.*"]),
        (r"^a\.[^s].*$", ["a.b.*"], ["a.*"]),
        (r"^a\.(b|.*c)$", [], ["a.*"]),
        (r"^a\..{2,}$", ["a.bc.*"], ["a.*"]),
        (r"^(a\.b|a\.)$|^a\..*$", ["a.*"], []),
        ("pnpres$", [], ["a.*-pnpres"]),
        (".*", ["a.*", "a.*-pnpres"], []),
        (r"^[a-z.*]+$", [], ["a.*"]),
        (r"^[a-z.*]", ["a.*"], ["1.*"]),
    ],
)
def test_a_wildcard_is_covered_by_what_is_found_in_all_its_channels(
    pattern: str, wildcards: list[str], others: list[str]
) -> None:
    with Managed() as emulated:
        token = emulated.token({}, {"channels": {pattern: READ}})
        for name in (*wildcards, *others):
            status, _ = emulated.get(f"/v2/subscribe/sub/{name}/0?uuid=u&auth={quote(token)}")
            assert (status == 200) is (name in wildcards), name


@pytest.mark.parametrize("parameter", ["auth", "channel", "channel-group", "target-uuid"])
@pytest.mark.parametrize("value", ["", ",", "%2C"])
def test_a_grant_to_an_empty_list_is_not_one_to_all(parameter: str, value: str) -> None:
    with Managed() as emulated:
        query = {"channel": "a", "auth": "k", parameter: value}
        target = "&".join(f"{name}={text}" for name, text in query.items())
        status, body = emulated.signed("GET", f"/v2/auth/grant/sub-key/sub?r=1&{target}")
        assert status == 400, body
        assert body["message"].startswith(f"`{parameter}` is empty: name some")
        assert emulated.get("/v2/history/sub-key/sub/channel/a?uuid=u&auth=k")[0] == 403


@pytest.mark.parametrize("names", [",", "%2C", "%2C%2C", ",a", "%2Ca", "a%2Cb", "a,b", "a,%2C"])
def test_what_names_nothing_or_several_is_no_way_around_a_right(names: str) -> None:
    operations = (
        *(f"GET /publish/pub/sub/0/{names}/0/1", f"GET /v2/subscribe/sub/{names}/0"),
        *(
            f"GET /v2/history/sub-key/sub/channel/{names}",
            f"DELETE /v3/history/sub-key/sub/channel/{names}",
        ),
        *(f"GET /v3/history/sub-key/sub/channel/{names}", f"GET {PRESENCE}/channel/{names}"),
        f"GET /v3/history/sub-key/sub/message-counts/{names}?timetoken=1",
        f"GET /v3/history-with-actions/sub-key/sub/channel/{names}",
        f"GET {PRESENCE}/channel/{names}/uuid/u",
        f"GET {PRESENCE}/channel/{names}/uuid/u/data?state=%7B%7D",
        f"GET {PRESENCE}/channel/{names}/heartbeat",
        f"GET /v1/channel-registration/sub-key/sub/channel-group/{names}",
        f"GET /v1/files/sub/channels/{names}/files",
        f"GET {OBJECTS}/channels/{names}",
    )
    with Managed() as emulated:
        token = emulated.token({"channels": {"b": 255}, "groups": {"b": 255}})
        for operation in operations:
            method, _, target = operation.partition(" ")
            for auth in ("", token):
                target_ = f"{target}{'&' if '?' in target else '?'}uuid=u&auth={auth}"
                status = emulated.request(method, target_).status
                assert status in (400, 403), (operation, status)
