"""What the forms mean that some SDKs alone send: docs/protocol.md lists them."""

from __future__ import annotations

import gzip
import json
import zlib
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest

from pnfilter.server import running
from pnfilter.server.http import request
from pnfilter.server.settings import MAX_LONG_MESSAGE, MAX_MESSAGE
from tests.server.access.signing import Managed
from tests.server.emulated import Emulated, received
from tests.server.exchanging import exchange
from tests.server.filing import HOST

PUBLISH = "/publish/pub/sub/0/a/0"
SUBSCRIBE = "/v2/subscribe/sub/a/0"
PRESENCE = "/v2/presence/sub-key/sub"


def items(emulated: Emulated, cursor: int, path: str = SUBSCRIBE) -> list[dict[str, Any]]:
    """What a subscriber gets that has a cursor."""
    mark = "&" if "?" in path else "?"
    return received(emulated.request("GET", f"{path}{mark}tt={cursor}"))[1]


@pytest.mark.parametrize(
    ("target", "statuses"),
    [
        ("http://a.example/time/0", {b"200"}),
        ("http://a.example:80/time/0?uuid=u", {b"200"}),
        ("HTTPS://a.example/time/0", {b"200"}),
        ("http://a.example/no-such", {b"404"}),
        # The page, which is for the machine's own names.
        ("http://a.example", {b"403"}),
        ("http://a.example?x=1", {b"403"}),
        ("http://localhost", {b"200"}),
        ("http://localhost?x=1", {b"200"}),
        ("http:///time/0", {b"400", b"404"}),
        ("http://", {b"400", b"404"}),
        ("ftp://a.example/time/0", {b"400", b"404"}),
        ("time/0", {b"400", b"404"}),
    ],
)
def test_a_target_that_names_the_server(target: str, statuses: set[bytes]) -> None:
    with running() as server:
        line = f"GET {target} HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\n\r\n"
        assert exchange(server.origin, line.encode()).split(b" ", 2)[1] in statuses


@pytest.mark.parametrize("length", [9_000, 40_000, 300_000])
def test_a_host_that_is_too_long(length: int) -> None:
    with running() as server:
        line = f"GET http://{'a' * length}/time/0 HTTP/1.1\r\nConnection: close\r\n\r\n"
        assert exchange(server.origin, line.encode()).startswith(b"HTTP/1.1 414 ")


def test_the_host_of_a_target_counts() -> None:
    body = b'{"name": "a"}'
    with running() as server:
        head = (
            "POST http://a.example:81/v1/files/sub/channels/a/generate-upload-url HTTP/1.1\r\n"
            f"Host: b.example\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        answer = exchange(server.origin, head.encode() + body)
        assert b'"url":"http://a.example:81/v1/files/' in answer
        assert b"b.example" not in answer


def test_presence_by_its_other_spelling(emulated: Emulated) -> None:
    other = PRESENCE.replace("sub-key", "sub_key")
    assert emulated.get(f"{other}/channel/a/heartbeat?uuid=u")[0] == 200
    assert emulated.get(f"{other}/channel/a/uuid/u/data?state=%7B%22n%22:1%7D")[0] == 200
    for path in ("", "/channel/a", "/channel/a,b", "/uuid/u", "/channel/a/uuid/u"):
        status, body = emulated.get(f"{other}{path}")
        assert status == 200
        assert body == emulated.get(f"{PRESENCE}{path}")[1]
    assert emulated.get(f"{other}/channel/a/leave?uuid=u")[0] == 200
    assert emulated.get(PRESENCE)[1]["payload"]["total_occupancy"] == 0
    assert emulated.get("/v2/history/sub_key/sub/channel/a")[0] == 404
    assert emulated.request("POST", other).status == 405


@pytest.mark.parametrize("time", ["{}", '"{}"'])
def test_a_cursor_in_an_object(emulated: Emulated, time: str) -> None:
    cursor, _ = received(emulated.request("GET", f"{SUBSCRIBE}?t=%7B%22r%22:0,%22t%22:0%7D"))
    emulated.publish("a", 1)
    words = quote(f'{{"r":12,"t":{time.format(cursor)}}}')
    following, found = received(emulated.request("GET", f"{SUBSCRIBE}?t={words}"))
    assert [item["d"] for item in found] == [1]
    waiting = emulated.poll(f"{SUBSCRIBE}?t=%7B%22t%22:{following}%7D")
    emulated.publish("a", 2)
    assert [item["d"] for item in received(waiting.result())[1]] == [2]


@pytest.mark.parametrize("text", ["1", "[]", '{"t":"x"}', '{"t":-1}', '{"t":1.5}', "{", '{"t":{}}'])
@pytest.mark.parametrize("target", [f"{SUBSCRIBE}?t=", f"{PUBLISH}/1?ortt="])
def test_a_time_that_is_none(emulated: Emulated, target: str, text: str) -> None:
    assert emulated.get(f"{target}{quote(text)}")[0] == 400


def test_a_message_has_the_time_of_its_publisher(emulated: Emulated) -> None:
    cursor, _ = received(emulated.request("GET", SUBSCRIBE))
    words = quote('{"t":16703134902524212}')
    emulated.get(f"{PUBLISH}/1?ortt={words}&seqn=3")
    emulated.get(f"/signal/pub/sub/0/a/0/2?ortt={words}")
    emulated.get(f"{PUBLISH}/3?ortt=%7B%22t%22:null%7D")
    found = [(item["d"], item.get("o"), item.get("s")) for item in items(emulated, cursor)]
    time = {"t": "16703134902524212"}
    assert found == [(1, time, 3), (2, time, None), (3, None, None)]
    stored = emulated.get("/v3/history/sub-key/sub/channel/a")[1]["channels"]["a"]
    assert all(item.keys() == {"message", "timetoken"} for item in stored)


def test_a_parameter_that_is_null_is_not_given(emulated: Emulated) -> None:
    cursor, _ = received(
        emulated.request("GET", f"{SUBSCRIBE}?tt=null&filter-expr=null&state=null")
    )
    names = ("ttl", "store", "norep", "meta", "seqn", "ortt", "custom_message_type")
    query = "&".join(f"{name}=null" for name in names)
    assert emulated.get(f"{PUBLISH}/1?{query}")[0] == 200
    assert items(emulated, cursor)[0].keys() == {"a", "f", "p", "k", "c", "d"}
    history = "/v3/history/sub-key/sub/channel/a?max=null&start=null&end=null&include_meta=null"
    assert [item["message"] for item in emulated.get(history)[1]["channels"]["a"]] == [1]
    listed = "limit=null&start=null&end=null&filter=null&sort=null&include=null&count=null"
    assert emulated.get(f"/v2/objects/sub/uuids?{listed}") == (200, {"status": 200, "data": []})
    target = f"{PRESENCE}/channel/a/uuid/u/data?state=null"
    assert emulated.get(target)[1] == {
        "status": 400,
        "error": 1,
        "message": "No state specified.",
        "service": "Presence",
    }


def test_a_name_may_be_null(emulated: Emulated) -> None:
    emulated.group("null", "null")
    assert emulated.get(f"{PRESENCE}/channel/,/heartbeat?channel-group=null&uuid=null")[0] == 200
    assert emulated.get(f"{PRESENCE}/channel/null")[1]["uuids"] == ["null"]
    assert received(emulated.request("GET", "/v2/subscribe/sub/,/0?channel-group=null"))[1] == []


def test_what_is_null_is_signed() -> None:
    with Managed() as emulated:
        assert emulated.signed("GET", f"{PUBLISH}/1?ttl=null&meta=null")[0] == 200


@pytest.mark.parametrize("size", [MAX_MESSAGE + 1, MAX_LONG_MESSAGE])
def test_a_long_message(emulated: Emulated, size: int) -> None:
    cursor, _ = received(emulated.request("GET", SUBSCRIBE))
    body = b'"' + b"x" * (size - 2) + b'"'
    assert emulated.post(PUBLISH, body)[0] == 413
    assert emulated.post(f"/v2{PUBLISH}", body)[0] == 200
    assert (
        emulated.post(f"/v2{PUBLISH}", zlib.compress(body), {"Content-Encoding": "deflate"})[0]
        == 200
    )
    assert [len(item["d"]) for item in items(emulated, cursor)] == [size - 2] * 2
    assert len(emulated.get("/v2/history/sub-key/sub/channel/a")[1][0]) == 2


def test_a_message_that_is_too_long_for_version_2(emulated: Emulated) -> None:
    body = b'"' + b"x" * MAX_LONG_MESSAGE + b'"'
    status, answer = emulated.post(f"/v2{PUBLISH}", body)
    assert (status, answer[:2]) == (413, [0, "Message Too Large"])
    status, answer = emulated.post(
        f"/v2{PUBLISH}", zlib.compress(body), {"Content-Encoding": "deflate"}
    )
    assert (status, answer[:2]) == (413, [0, "Message Too Large"])


@pytest.mark.parametrize(("size", "status"), [(1 << 20, b"200"), (MAX_LONG_MESSAGE + 2, b"413")])
def test_a_long_message_over_a_connection(size: int, status: bytes) -> None:
    body = b'"' + b"x" * (size - 2) + b'"'
    with running() as server:
        for path, expected in ((f"/v2{PUBLISH}", status), (PUBLISH, b"413")):
            head = f"POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n"
            answer = exchange(server.origin, head.encode() + body)
            assert answer.split(b" ", 2)[1] == expected


def test_slashes_within_a_message(emulated: Emulated) -> None:
    cursor, _ = received(emulated.request("GET", SUBSCRIBE))
    sent = ('"sFRe/7x6=="', '"//"', '{"a":"/b/c/"}')
    for path, text in product((PUBLISH, "/signal/pub/sub/0/a/0"), sent):
        for safe in ("", "/="):
            assert emulated.get(f"{path}/{quote(text, safe=safe)}")[0] == 200
    found = [item["d"] for item in items(emulated, cursor)]
    once = [json.loads(text) for text in sent for _ in range(2)]
    assert found == once * 2
    assert emulated.get("/v1/files/publish-file/pub/sub/0/a/0/%22a/b%22")[0] == 200
    assert emulated.get("/time/0/1")[0] == 404
    assert emulated.request("POST", f"{PUBLISH}/1/2").status == 405


@pytest.mark.parametrize(
    "method", ["/v1/files/publish-file/pub/sub/0/a/0", "/signal/pub/sub/0/a/0", f"{PUBLISH}/"]
)
def test_a_message_in_a_body(emulated: Emulated, method: str) -> None:
    cursor, _ = received(emulated.request("GET", SUBSCRIBE))
    assert emulated.post(method, b'"x"')[0] == 200
    assert [item["d"] for item in items(emulated, cursor)] == ["x"]


def compressed(emulated: Emulated, method: str, target: str, body: bytes) -> int:
    headers = {**HOST, "Content-Encoding": "gzip"}
    return emulated.request(method, target, body, headers).status


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("PATCH", "/v2/objects/sub/uuids/u", {"name": "x"}),
        ("PATCH", "/v2/objects/sub/uuids/u/channels", {"set": [{"channel": {"id": "a"}}]}),
        ("POST", "/v1/message-actions/sub/channel/a/message/1?uuid=u", {"type": "t", "value": "v"}),
        ("POST", "/v1/files/sub/channels/a/generate-upload-url", {"name": "a"}),
    ],
)
def test_compressed_bodies(emulated: Emulated, method: str, target: str, body: Any) -> None:
    text = json.dumps(body).encode()
    assert compressed(emulated, method, target, gzip.compress(text)) == 200
    assert compressed(emulated, method, target, text) == 400
    assert compressed(emulated, method, target, gzip.compress(text)[:-9]) == 400
    assert compressed(emulated, method, target, gzip.compress(b" " * 1_000_000)) == 413


def test_the_memberships_in_a_compressed_body_need_rights() -> None:
    body = gzip.compress(b'{"set": [{"channel": {"id": "secret"}}]}')
    with Managed() as emulated:
        emulated.granted(channel="other", auth="k", j="1")
        target = "/v2/objects/sub/uuids/u/channels?auth=k&uuid=u"
        assert compressed(emulated, "PATCH", target, body) == 403
        emulated.granted(channel="secret", auth="k", j="1")
        assert compressed(emulated, "PATCH", target, body) == 200


OWN = "/v2/subscribe/sub/a,a-pnpres/0?uuid=u"


def joins(emulated: Emulated, path: str = OWN) -> list[str]:
    """Whose joins a subscriber sees after its handshake, before anything else happens."""
    cursor, _ = received(emulated.request("GET", path))
    answer = emulated.request_or_none("GET", f"{path}&tt={cursor}")
    return [] if answer is None else [item["d"]["uuid"] for item in received(answer)[1]]


def beat(emulated: Emulated, user: str = "u") -> None:
    assert emulated.get(f"{PRESENCE}/channel/a/heartbeat?uuid={user}")[0] == 200


def test_a_subscriber_sees_its_join_by_a_heartbeat_that_overtook_it(emulated: Emulated) -> None:
    beat(emulated, "before")
    beat(emulated)
    assert joins(emulated) == ["u"]
    assert joins(emulated) == []


def test_a_join_of_some_time_ago_is_not_shown(emulated: Emulated) -> None:
    beat(emulated)
    emulated.wait(2)
    assert joins(emulated) == []


def test_a_handshake_without_presence_takes_the_join(emulated: Emulated) -> None:
    beat(emulated)
    cursor, _ = received(emulated.request("GET", f"{SUBSCRIBE}?uuid=u"))
    assert cursor == emulated.broker.timetokens.last
    assert joins(emulated) == []


def test_another_user_sees_no_join_from_before_its_handshake(emulated: Emulated) -> None:
    beat(emulated)
    assert joins(emulated, OWN.replace("uuid=u", "uuid=v")) == ["v"]


def test_presence_events_say_by_which_name_they_came(emulated: Emulated) -> None:
    emulated.group("g", "x.a")
    ways = {
        "x.a-pnpres/0": None,
        "x.a,x.a-pnpres/0": "x.a-pnpres",
        "x.*-pnpres/0": "x.*-pnpres",
        ",/0?channel-group=g-pnpres": "g-pnpres",
    }
    paths = [f"/v2/subscribe/sub/{way}" for way in ways]
    cursors = [received(emulated.request("GET", path))[0] for path in paths]
    assert emulated.get(f"{PRESENCE}/channel/x.a/heartbeat?uuid=u")[0] == 200
    for path, cursor, name in zip(paths, cursors, ways.values(), strict=True):
        (item,) = items(emulated, cursor, path)
        assert (item["c"], item.get("b")) == ("x.a-pnpres", name)


@pytest.mark.parametrize(
    ("names", "lists"),
    [
        ("a", []),
        ("a,b", ["a,b,a"]),
        (",/0/{}?channel-group=g,h", ["g,h,g", "a,b,a"]),
    ],
)
def test_version_1_of_subscribe(emulated: Emulated, names: str, lists: list[str]) -> None:
    emulated.group("g", "a")
    emulated.group("h", "b")
    path = f"/subscribe/sub/{names}" if "{}" in names else f"/subscribe/sub/{names}/0/{{}}"
    status, (found, cursor) = emulated.get(path.format(0))
    assert (status, found) == (200, [])
    emulated.publish("a", {"n": 1})
    if names != "a":
        emulated.publish("b", "two")
    emulated.get("/signal/pub/sub/0/a/0/1")
    emulated.publish("a", 3)
    sent = [{"n": 1}, "two", 3] if names != "a" else [{"n": 1}, 3]
    status, (found, following, *rest) = emulated.get(path.format(cursor))
    assert (status, found, rest) == (200, sent, lists)
    waiting = emulated.poll(path.format(following))
    emulated.publish("a", 4)
    assert json.loads(waiting.result().body)[0] == [4]
    assert emulated.get(path.format("x"))[0] == 400


@pytest.mark.parametrize("name", ["disable_uuids", "disable-uuids"])
def test_users_are_left_out(emulated: Emulated, name: str) -> None:
    beat(emulated)
    assert "uuids" not in emulated.get(f"{PRESENCE}/channel/a?{name}=1")[1]
    assert emulated.get(f"{PRESENCE}/channel/a?{name}=0")[1]["uuids"] == ["u"]


def test_a_compressed_body_is_inflated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its signature, or the rights that it needs, and its operation read it."""
    inflated: list[int] = []

    def inflate(text: bytes, limit: int) -> bytes | None:
        inflated.append(len(text))
        return real(text, limit)

    real = request._inflate
    monkeypatch.setattr(request, "_inflate", inflate)
    text = '{"set": [{"channel": {"id": "a"}}]}'
    target = "/v2/objects/sub/uuids/me/channels?uuid=me"
    headers = {**HOST, "Content-Encoding": "gzip"}
    with Managed() as managed:
        managed.granted(auth="k", channel="a", j="1")
        for allowed in (managed.sign("PATCH", target, text), f"{target}&auth=k"):
            answer = managed.request("PATCH", allowed, gzip.compress(text.encode()), headers)
            assert answer.status == 200, answer.body
    assert len(inflated) == 2


def test_an_inflated_body_is_read_up_to_each_limit() -> None:
    body = gzip.compress(b"x" * 100)
    asked = request.Request("POST", "/", request.Query(""), {"Content-Encoding": "gzip"}, body)
    for limit, size in ((50, 51), (10, 11), (200, 100), (99, 100), (300, 100)):
        assert request.inflate_body(asked, limit) == b"x" * size
    asked.body, asked.inflated = body[:-9], None
    assert request.inflate_body(asked, 200) is None
    assert request.inflate_body(asked, 50) is None
