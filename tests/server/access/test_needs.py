"""Which rights each operation needs: every one of them, with every kind of authorisation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import quote

import pytest

from pnfilter.server.access.required_rights import RULES
from pnfilter.server.app import ROUTES
from pnfilter.server.http.request import Query, Request
from pnfilter.server.http.response import Answer
from pnfilter.server.http.router import Route, Router
from pnfilter.server.keysets import Keys
from pnfilter.server.wire import LETTERS
from tests.server.access.signing import Managed, signed
from tests.server.emulated import Emulated

RIGHTS: Final = {
    "read": "r", "write": "w", "manage": "m", "delete": "d", "get": "g", "update": "u", "join": "j"
}  # fmt: skip
#: What a right is for in requests for grants, and in those for tokens.
KINDS: Final = {"channel": "channels", "channel-group": "groups", "target-uuid": "uuids"}
_HISTORY: Final = "history/sub-key/sub"
_PRESENCE: Final = "/v2/presence/sub-key/sub"
_GROUPS: Final = "/v1/channel-registration/sub-key/sub/channel-group"
_ACTIONS: Final = "/v1/message-actions/sub/channel/cx"
_OBJECTS: Final = "/v2/objects/sub"
_FILES: Final = "/v1/files/sub/channels/cx"


class Row(NamedTuple):
    """A request, and its one right to something whose name begins with ``c``, ``g`` or ``u``."""

    request: str
    right: str
    kind: str = "channel"
    name: str = "cx"
    body: str = ""
    #: Whose token may be used, where it is one of a single user.
    user: str = "u"


#: Documented in docs/protocol.md, but what pnfilter/server/access/needs.py marks as assumed.
ROWS: Final = (
    Row("GET /publish/pub/sub/0/cx/0/1", "write"),
    Row("POST /publish/pub/sub/0/cx/0", "write", body="1"),
    Row("POST /publish/pub/sub/0/cx/0/", "write", body="1"),
    Row("POST /v2/publish/pub/sub/0/cx/0", "write", body="1"),
    Row("GET /signal/pub/sub/0/cx/0/1", "write"),
    Row("POST /signal/pub/sub/0/cx/0", "write", body="1"),
    Row("GET /subscribe/sub/cx/0/0", "read"),
    Row("GET /v2/subscribe/sub/cx/0", "read"),
    Row("GET /v2/subscribe/sub/cx-pnpres/0", "read", name="cx-pnpres"),
    Row("GET /v2/subscribe/sub/cx.*/0", "read", name="cx.*"),
    Row("GET /v2/subscribe/sub/,/0?channel-group=gx", "read", "channel-group", "gx"),
    Row("GET /v2/subscribe/sub/,/0?channel-group=gx-pnpres", "read", "channel-group", "gx-pnpres"),
    Row(f"GET {_PRESENCE}/channel/cx/heartbeat", "read"),
    Row(f"GET {_PRESENCE}/channel/cx/leave", "read"),
    Row(f"GET {_PRESENCE}/channel/cx", "read"),
    Row(f"GET {_PRESENCE}/channel/,?channel-group=gx", "read", "channel-group", "gx"),
    Row(f"GET {_PRESENCE}/channel/cx/uuid/u", "read"),
    Row(f"GET {_PRESENCE}/channel/cx/uuid/u/data?state=%7B%7D", "read"),
    Row(f"GET {_GROUPS}/gx", "manage", "channel-group", "gx"),
    Row(f"GET {_GROUPS}/gx?add=a", "manage", "channel-group", "gx"),
    Row(f"GET {_GROUPS}/gx?remove=a", "manage", "channel-group", "gx"),
    Row(f"GET {_GROUPS}/gx/remove", "manage", "channel-group", "gx"),
    Row(f"GET /v2/{_HISTORY}/channel/cx", "read"),
    Row(f"GET /v3/{_HISTORY}/channel/cx", "read"),
    Row("GET /v3/history-with-actions/sub-key/sub/channel/cx", "read"),
    Row(f"GET /v3/{_HISTORY}/message-counts/cx?timetoken=1", "read"),
    Row(f"DELETE /v3/{_HISTORY}/channel/cx", "delete"),
    Row(f"GET {_ACTIONS}", "read"),
    Row(f"POST {_ACTIONS}/message/1", "write", body='{"type": "t", "value": "v"}'),
    Row(f"DELETE {_ACTIONS}/message/1/action/2", "delete"),
    Row(f"GET {_OBJECTS}/uuids/ux", "get", "target-uuid", "ux"),
    Row(f"PATCH {_OBJECTS}/uuids/ux", "update", "target-uuid", "ux", '{"name": "X"}'),
    Row(f"DELETE {_OBJECTS}/uuids/ux", "delete", "target-uuid", "ux"),
    Row(f"GET {_OBJECTS}/channels/cx", "get"),
    Row(f"PATCH {_OBJECTS}/channels/cx", "update", body='{"name": "X"}'),
    Row(f"DELETE {_OBJECTS}/channels/cx", "delete"),
    Row(f"GET {_OBJECTS}/channels/cx/uuids", "get"),
    Row(f"PATCH {_OBJECTS}/channels/cx/uuids", "manage", body='{"set": [{"uuid": {"id": "a"}}]}'),
    Row(f"GET {_OBJECTS}/uuids/ux/channels", "get", "target-uuid", "ux"),
    Row(
        f"PATCH {_OBJECTS}/uuids/ux/channels",
        "join",
        body='{"set": [{"channel": {"id": "cx"}}]}',
        user="ux",
    ),
    Row(
        f"PATCH {_OBJECTS}/uuids/ux/channels",
        "join",
        body='{"delete": [{"channel": {"id": "cx"}}]}',
        user="ux",
    ),
    Row(f"PATCH {_OBJECTS}/uuids/ux/channels", "get", "target-uuid", "ux", "{}", "ux"),
    Row(f"POST {_FILES}/generate-upload-url", "write", body='{"name": "a.txt"}'),
    Row("GET /v1/files/publish-file/pub/sub/0/cx/0/1", "write"),
    Row("POST /v1/files/publish-file/pub/sub/0/cx/0", "write", body="1"),
    Row(f"GET {_FILES}/files", "read"),
    Row(f"GET {_FILES}/files/id/a.txt", "read"),
    Row(f"DELETE {_FILES}/files/id/a.txt", "delete"),
    Row("GET /v1/push/sub-key/sub/devices/d?type=gcm&add=cx", "read"),
    Row("GET /v1/push/sub-key/sub/devices/d?type=gcm&remove=cx", "read"),
    Row("GET /v2/push/sub-key/sub/devices-apns2/d?topic=t&add=cx", "read"),
)
#: Requests that need no right, and their answers: files need an address that was handed out.
FREE: Final = {
    f"GET {_PRESENCE}/uuid/ux": 200,
    "GET /time/0": 200,
    "GET /v1/push/sub-key/sub/devices/d?type=gcm": 200,
    "GET /v1/push/sub-key/sub/devices/d/remove?type=gcm": 200,
    "GET /v2/push/sub-key/sub/devices-apns2/d?topic=t": 200,
    "GET /v2/push/sub-key/sub/devices-apns2/d/remove?topic=t": 200,
    "POST /v1/files/sub/upload": 400,
    "GET /v1/files/sub/stored/id": 403,
}
#: Requests without any keyset.
OUTSIDE: Final = ("GET /health", "HEAD /health")
#: Those that need one to everything, or to all of a kind.
WHOLE: Final = {
    f"GET {_PRESENCE}": ("read", None),
    f"GET {_PRESENCE}/channel/,": ("read", None),
    f"GET {_GROUPS}": ("manage", None),
    f"GET {_OBJECTS}/uuids": ("get", "uuids"),
    f"GET {_OBJECTS}/channels": ("get", "channels"),
}
#: Those that need the secret key.
ROOT: Final = (
    Row("GET /v2/auth/grant/sub-key/sub?channel=cx&auth=k&r=1", ""),
    Row("GET /v2/auth/audit/sub-key/sub", ""),
    Row(
        "POST /v3/pam/sub/grant",
        "",
        body='{"ttl": 1, "permissions": {"resources": {"channels": {"a": 1}}}}',
    ),
    Row("DELETE /v3/pam/sub/grant/TOKEN", ""),
)


def test_every_operation_has_a_row() -> None:
    assert {route.operation for route in ROUTES} == RULES.keys()
    router, found = Router(ROUTES), set()
    for text in (*(row.request for row in (*ROWS, *ROOT)), *FREE, *WHOLE, *OUTSIDE):
        method, _, target = text.partition(" ")
        path, _, query = target.partition("?")
        route = router.find(Request(method, path, Query(query), {}, b""))
        assert isinstance(route, Route), text
        found.add(route)
    assert found == {*ROUTES}


def send(emulated: Emulated, row: Row, auth: str = "", user: str = "u") -> int:
    """The status of the answer to the request, by an auth key or a token."""
    method, _, target = row.request.partition(" ")
    target += f"{'&' if '?' in target else '?'}uuid={user}" + (f"&auth={auth}" if auth else "")
    answer = emulated.request(method, target, row.body.encode())
    assert isinstance(answer, Answer)
    if answer.status == 403 and answer.content_type == "application/xml":
        assert target.startswith("/v1/files/sub/stored")
        assert b"<Code>AccessDenied</Code>" in answer.body
    elif answer.status == 403:
        assert json.loads(answer.body)["service"] == "Access Manager"
    assert answer.status < 500
    return answer.status


def others(right: str) -> Iterator[str]:
    return (name for name in RIGHTS if name != right)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.request} {row.kind} {row.body}")
def test_who_may_do_it(row: Row) -> None:
    """Each cell: none, each right by grant and token, name, pattern, end, revocation, signature."""
    kind, letter = KINDS[row.kind], RIGHTS[row.right]
    bit = LETTERS[letter]
    rest = sum(LETTERS.values()) - bit
    with Emulated(keys={"sub": Keys("pub")}) as open_to_all:
        done = send(open_to_all, row)
    with Managed() as emulated:
        assert send(emulated, row) == 403
        assert send(emulated, row, "k") == 403

        def grant(name: str, auth: str, *rights: str) -> None:
            flags = {RIGHTS[right]: "1" for right in rights}
            emulated.granted(**{row.kind: name, "auth": auth, "ttl": "10", **flags})

        grant(row.name, "fit", row.right)
        grant(row.name, "unfit", *others(row.right))
        grant("another", "elsewhere", *RIGHTS)
        # The operation itself may find nothing.
        assert send(emulated, row, "fit") == done
        assert send(emulated, row, "unfit") == 403
        assert send(emulated, row, "elsewhere") == 403

        named = emulated.token({kind: {row.name: bit}}, ttl=10)
        bound = emulated.token({kind: {row.name: bit}}, ttl=10, uuid=row.user)
        pattern = emulated.token({}, {kind: {f"^{row.name[0]}x": bit}}, ttl=10)
        for token in (named, bound, pattern):
            assert send(emulated, row, token, row.user) != 403
        assert send(emulated, row, bound, "other") == 403
        for token in (
            emulated.token({kind: {row.name: rest}}),
            emulated.token({kind: {"another": 255}}, {kind: {f"^{re.escape(row.name)}.$": 255}}),
            emulated.token({other: {row.name: 255} for other in KINDS.values() if other != kind}),
        ):
            assert send(emulated, row, token) == 403

        assert emulated.revoked(pattern)[0] == 200
        assert send(emulated, row, pattern) == 403
        emulated.wait(10 * 60)
        assert [send(emulated, row, one, row.user) for one in ("fit", named, bound)] == [403] * 3

        method, _, target = row.request.partition(" ")
        by_root = emulated.signed(
            method, f"{target}{'&' if '?' in target else '?'}uuid=u", row.body
        )
        assert by_root[0] != 403
        emulated.granted(**{letter: "1"})
        assert send(emulated, row) != 403


def worthless(emulated: Managed) -> dict[str, str]:
    """What gives no right to anything, by what it is."""
    everything = {kind: {"^.*$": 255} for kind in KINDS.values()}
    rights = {"categories": {"uuids": 223, "channels": 223}, "ttl": 10}
    revoked, ended, another = (
        emulated.token({}, everything, **rights, **more) for more in ({}, {}, {"uuid": "other"})
    )
    assert emulated.revoked(revoked)[0] == 200
    emulated.wait(10 * 60)
    other = emulated.token({}, everything, **rights | {"categories": {"channels": 0}})
    emulated.granted(channel="a", auth="elsewhere", **dict.fromkeys(LETTERS, "1"))
    return {
        "nothing": "",
        "an auth key": "k",
        "a grant to another": "elsewhere",
        "revoked": revoked,
        "ended": ended,
        "of another": another,
        "patterns": other,
        "no token": "p0F2AkF0",
    }


@pytest.mark.parametrize(("request_", "status"), FREE.items())
def test_what_anybody_may_do(request_: str, status: int) -> None:
    with Managed() as emulated:
        for name, auth in worthless(emulated).items():
            is_outside = "/sub" not in request_
            expected = 403 if name == "of another" and not is_outside else status
            assert send(emulated, Row(request_, ""), auth) == expected, name


@pytest.mark.parametrize("request_", WHOLE)
def test_what_needs_a_right_to_everything(request_: str) -> None:
    right, category = WHOLE[request_]
    row = Row(request_, right)
    with Managed() as emulated:
        for name, auth in worthless(emulated).items():
            assert send(emulated, row, auth) == 403, name
        if category is not None:
            emulated.granted(category=category, auth="k", ttl="10", g="1")
            assert send(emulated, row, "k") == 200
            token = emulated.token(categories={category: 32}, ttl=10)
            assert send(emulated, row, token) == 200
            other = emulated.token(categories={"uuids": 223, "channels": 223})
            assert send(emulated, row, other) == 403
            gone = emulated.token(categories={category: 32})
            assert emulated.revoked(gone)[0] == 200
            assert send(emulated, row, gone) == 403
            emulated.wait(10 * 60)
            assert [send(emulated, row, auth) for auth in ("k", token)] == [403, 403]
        method, _, target = request_.partition(" ")
        assert emulated.signed(method, f"{target}?uuid=u")[0] == 200
        emulated.granted(**{RIGHTS[other]: "1" for other in others(right)})
        assert send(emulated, row) == 403
        emulated.granted(**{RIGHTS[right]: "1"})
        assert send(emulated, row) == 200


@pytest.mark.parametrize("row", ROOT, ids=lambda row: row.request)
def test_what_needs_the_secret_key(row: Row) -> None:
    with Managed() as emulated:
        genuine = emulated.token({"channels": {"a": 1}})
        row = row._replace(request=row.request.replace("TOKEN", quote(genuine, safe="")))
        everything = {kind: {"^.*$": 255} for kind in KINDS.values()}
        most = emulated.token({}, everything, categories={"uuids": 255, "channels": 255})
        emulated.granted(**dict.fromkeys(LETTERS, "1"))
        for name, auth in {**worthless(emulated), "a token": most}.items():
            assert send(emulated, row, auth) == 403, name
        method, _, target = row.request.partition(" ")
        seconds = int(emulated.seconds)
        for wrong, status in (
            (signed(method, target, row.body, seconds, "another secret"), 403),
            (signed(method, target, row.body, seconds - 61), 400),
            (signed(method, target, row.body + " ", seconds), 403),
        ):
            assert emulated.request(method, wrong, row.body.encode()).status == status
        assert emulated.signed(method, target, row.body)[0] == 200


@pytest.mark.parametrize(
    "body", ['{"set": [1]}', '{"set": {"a": 1}}', '{"set": [{"channel": "cx"}]}']
)
def test_memberships_that_cannot_be_read_need_everything(body: str) -> None:
    row = Row(f"PATCH {_OBJECTS}/uuids/ux/channels", "join", body=body)
    with Managed() as emulated:
        emulated.granted(target_uuid="ux", auth="k", g="1")
        token = emulated.token({"channels": {"cx": 255}, "uuids": {"ux": 255}})
        assert send(emulated, row, token) == 403


@pytest.mark.parametrize("body", ["{", "[1]", "null", ""])
def test_a_body_that_names_no_channels_is_for_the_operation_to_refuse(body: str) -> None:
    row = Row(f"PATCH {_OBJECTS}/uuids/ux/channels", "join", body=body)
    with Managed() as emulated:
        assert send(emulated, row) == 403
        assert send(emulated, row, emulated.token({"uuids": {"ux": 32}})) == 400


def test_an_operation_without_a_row_is_for_root_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pnfilter.server.access.manager.RULES", {})
    with Managed() as emulated:
        emulated.granted(**dict.fromkeys(LETTERS, "1"))
        assert send(emulated, ROWS[0]) == 403
        target = signed("GET", "/publish/pub/sub/0/cx/0/1?uuid=u", "", int(emulated.seconds))
        assert emulated.get(target)[0] == 200
