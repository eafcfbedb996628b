"""The control side over a real connection and from Python: who may use it, and what it does."""

from __future__ import annotations

import argparse
import asyncio
import doctest
import http.client
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.emulator.wire import Connection, answer_of_poll, poll, request
from pnfilter.server.control.access import Denied, check
from pnfilter.server.control.control import masked
from pnfilter.server.control.faults import KINDS, SHARED, ControlError
from pnfilter.server.serving import Server, running
from pnfilter.server.settings import MAX_LISTED
from pnfilter.server.web.requests import Query, Request
from tests.server.emulated import Emulated, received

PATH = "/_pnfilter"


@pytest.fixture
def server() -> Iterator[Server]:
    with running(poll_seconds=20) as server:
        yield server


class Reply:
    """A reply, read to its end."""

    def __init__(self, reply: http.client.HTTPResponse) -> None:
        self.status = reply.status
        self.headers = reply.headers
        self.body = reply.read()

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    server: Server,
    method: str,
    target: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """The reply to one request."""
    with closing(http.client.HTTPConnection(server.origin, timeout=10)) as connection:
        connection.putrequest(method, target, skip_host=True)
        sent = {"Host": server.origin, "Content-Length": str(len(body)), **(headers or {})}
        for name, value in sent.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        return Reply(connection.getresponse())


def with_token(server: Server, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.control_token}", **headers}


def control(
    server: Server, method: str, target: str, values: Any = None, **headers: str
) -> tuple[int, Any]:
    """Status and JSON of the control side's answer to whoever knows the token."""
    body = b"" if values is None else json.dumps(values).encode()
    reply = ask(server, method, PATH + target, body, with_token(server, **headers))
    assert reply.headers["Content-Type"] == "application/json; charset=UTF-8"
    return reply.status, reply.json()


def sdk(server: Server, target: str, method: str = "GET", body: bytes = b"") -> Any:
    """The JSON that an SDK gets."""
    reply = ask(server, method, target, body)
    assert reply.status == 200, (target, reply.body)
    return reply.json()


# Who may


def test_the_token_is_another_one_in_every_emulator_and_in_no_repr(server: Server) -> None:
    token = server.control_token
    assert len(token) >= 32
    with running() as other:
        assert other.control_token != token
    assert token not in server.call(lambda service: repr(service.control))
    assert token not in repr(server)


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic {}", "{}", "Bearer {}x"]
)
def test_without_the_token_nothing_is_told_or_done(server: Server, authorization: str) -> None:
    server.add_fault("delay", seconds=1)
    given = authorization.format(server.control_token)
    status, body = control(server, "DELETE", "/faults", Authorization=given)
    assert status == 401
    assert "Authorization: Bearer TOKEN" in body["help"]
    assert server.control_token not in json.dumps(body)
    assert len(server.faults()) == 1


def test_a_wrong_token_that_is_no_ascii_is_wrong(server: Server) -> None:
    assert control(server, "GET", "/faults", Authorization="Bearer é")[0] == 401


def test_the_scheme_is_the_same_in_any_case(server: Server) -> None:
    token = server.control_token
    assert control(server, "GET", "/faults", Authorization=f"bearer {token}")[0] == 200


def test_a_refusal_says_which_scheme_is_wanted(server: Server) -> None:
    assert ask(server, "GET", PATH).headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("origin", ["http://localhost", "null", "https://evil.example"])
def test_no_web_page_uses_it(server: Server, origin: str) -> None:
    status, body = control(server, "POST", "/reset", Origin=origin)
    assert (status, body["message"]) == (403, "A web page can't use the control side")


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("OPTIONS", {"Origin": "http://localhost", "Access-Control-Request-Method": "POST"}),
        ("OPTIONS", {}),
        ("GET", {"Origin": "http://localhost"}),
        ("GET", {}),
    ],
)
def test_no_answer_allows_pages_of_other_origins(
    server: Server, method: str, headers: dict[str, str]
) -> None:
    reply = ask(server, method, f"{PATH}/faults", headers=with_token(server) | headers)
    assert reply.status in (200, 403, 405)
    assert not [name for name in reply.headers if name.lower().startswith("access-control")]
    other = ask(server, method, "/time/0", headers=headers)
    assert other.headers["Access-Control-Allow-Origin"] == "*"


HOSTS = ["localhost", "localhost:1", "LOCALHOST", "127.0.0.1", "127.8.9.1:80", "[::1]", "[::1]:80"]
FOREIGN = ["evil.example", "localhost.evil.example", "192.0.2.1", "[2001:db8::1]:8080", "[", "a b"]


@pytest.mark.parametrize("host", HOSTS)
def test_it_answers_to_its_own_names(server: Server, host: str) -> None:
    assert control(server, "GET", "/faults", Host=host)[0] == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_it_answers_to_no_name_that_a_page_could_bring(server: Server, host: str) -> None:
    reply = ask(server, "GET", f"{PATH}/faults", headers=with_token(server, Host=host))
    # What is no host at all is refused by HTTP itself.
    assert reply.status in (400, 403)
    if reply.status == 403:
        assert "doesn't name this emulator" in reply.json()["message"]


@pytest.mark.parametrize(
    ("address", "host", "allowed"),
    [
        ("127.0.0.1", "", False),
        ("127.0.0.1", "[", False),
        ("127.0.0.1", "192.0.2.1", False),
        ("192.0.2.1", "192.0.2.1:80", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("0.0.0.0", "192.0.2.2", True),
        ("::", "[2001:db8::1]", True),
        ("0.0.0.0", "evil.example", False),
    ],
)
def test_it_answers_to_the_address_that_it_listens_on(
    address: str, host: str, allowed: bool
) -> None:
    headers = {"Host": host, "Authorization": "Bearer t"}
    asked = Request("GET", PATH, Query(""), headers if host else {"Authorization": "Bearer t"})
    if allowed:
        check(asked, "t", address)
    else:
        with pytest.raises(Denied) as denied:
            check(asked, "t", address)
        assert denied.value.status == 403


# How it is asked


@pytest.mark.parametrize("target", ["", "/"])
def test_it_lists_what_can_be_asked_for(server: Server, target: str) -> None:
    status, body = control(server, "GET", target)
    assert status == 200
    assert "POST /_pnfilter/faults" in body["operations"]
    assert control(server, "GET", "/nothing") == (
        404,
        {
            "status": 404,
            "error": True,
            "service": "Control",
            "message": "There is no such operation",
            "help": "GET /_pnfilter lists them",
        },
    )


@pytest.mark.parametrize(
    ("method", "target", "allowed"),
    [
        ("GET", "/reset", "POST"),
        ("PUT", "/faults", "GET, POST, DELETE"),
        ("OPTIONS", "/faults/1", "DELETE"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    server: Server, method: str, target: str, allowed: str
) -> None:
    reply = ask(server, method, PATH + target, headers=with_token(server))
    assert (reply.status, reply.headers["Allow"]) == (405, allowed)
    assert reply.json()["help"] == f"use {allowed}"


@pytest.mark.parametrize(
    ("asked", "body", "message", "help"),
    [
        ("POST /reset", b"{", "`body` is not JSON", ""),
        ("POST /reset", b"[]", "the body is no JSON object", "for example"),
        ("POST /reset", b'{"key": "a"}', "the request has no `key`", "mean `keyset`?"),
        ("POST /reset", b'{"keyset": 5}', "`keyset` is a subscribe key", "for example"),
        ("GET /subscribers?name=u", b"", "the request has no `name`", "`keyset`, `user`"),
        ("GET /faults?x=1", b"", "the request has no `x`", "it has nothing"),
        ("DELETE /faults/7", b"", "there is no fault of this id", "lists them"),
        ("DELETE /faults/x", b"", "there is no fault of this id", "lists them"),
        ("POST /faults", b"", "`fault` is missing", "write one of delay"),
        ("POST /faults", b'{"fault": "dealy"}', "`fault` can't be 'dealy'", "mean 'delay'?"),
        ("POST /presence/advance", b"", "`seconds` is a number above 0", "for example"),
        ("POST /presence/advance", b'{"seconds": 0}', "`seconds` is a number above 0", ""),
        ("POST /presence/advance", b'{"seconds": true}', "`seconds` is a number", ""),
        ("POST /presence/advance", b'{"seconds": 1e9}', "`seconds` is a number", ""),
        ("POST /presence/advance", b'{"seconds": 1e999}', "`seconds` is a number", ""),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_write(
    server: Server, asked: str, body: bytes, message: str, help: str
) -> None:
    method, _, target = asked.partition(" ")
    reply = ask(server, method, PATH + target, body, with_token(server))
    assert reply.status == 400
    assert message in reply.json()["message"]
    assert help in reply.json().get("help", "")


def test_the_log_has_the_operation_and_neither_token_nor_keys(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "pnfilter.server")
    control(server, "GET", "")
    control(server, "POST", "/reset", {"keyset": "sub-c-1"})
    control(server, "DELETE", "/faults/7")
    control(server, "GET", "/subscribers?keyset=sub-c-1&user=u")
    control(server, "GET", "/sub-c-1/Bearer")
    # A request is logged once it was answered.
    server.call(lambda _: None)
    for shown in (
        "control GET /_pnfilter 200",
        "control POST /_pnfilter/reset 200",
        "control DELETE /_pnfilter/faults/ID 400",
        "control GET /_pnfilter/subscribers?",
        "control GET /… 404",
    ):
        assert shown in caplog.text
    assert "sub-c-1" not in caplog.text
    assert server.control_token not in caplog.text


def test_a_path_that_only_begins_alike_is_no_part_of_it(server: Server) -> None:
    assert ask(server, "GET", f"{PATH}s/faults").json()["service"] == "Balancer"


# Faults


def test_faults_are_added_listed_and_removed(server: Server) -> None:
    status, added = control(server, "POST", "/faults", {"fault": "cut", "keyset": "sub-c-12345"})
    assert (status, added) == (
        200,
        {
            "id": 1,
            "fault": "cut",
            "operation": "*",
            "keyset": "…2345",
            "user": None,
            "count": 1,
            "probability": 1.0,
            "seed": added["seed"],
            "after": 0,
            "done": True,
            "hits": 0,
        },
    )
    asked = {"fault": "status", "status": 503, "operation": "time", "count": 2, "seed": 4}
    assert control(server, "POST", "/faults", asked)[1].items() > asked.items()
    assert [ask(server, "GET", "/time/0").status for _ in range(3)] == [503, 503, 200]
    faults = control(server, "GET", "/faults")[1]["faults"]
    assert [(fault["id"], fault["hits"]) for fault in faults] == [(1, 0), (2, 2)]
    assert faults == server.faults()
    assert control(server, "DELETE", "/faults/1") == (200, {"status": 200})
    assert [fault["id"] for fault in server.faults()] == [2]
    assert control(server, "DELETE", "/faults") == (200, {"status": 200})
    assert server.faults() == []


def test_faults_never_stop_the_control_side(server: Server) -> None:
    server.add_fault("status", status=500, count=None)
    assert ask(server, "GET", "/time/0").status == 500
    assert control(server, "DELETE", "/faults")[0] == 200
    assert ask(server, "GET", "/time/0").status == 200


def test_faults_from_python(server: Server) -> None:
    first = server.add_fault("malformed")
    second = server.add_fault("delay", seconds=0.01, count=2)
    server.remove_fault(first)
    assert [fault["id"] for fault in server.faults()] == [second]
    server.clear_faults()
    assert server.faults() == []
    with pytest.raises(ControlError, match="no fault 1: the list of faults has their ids"):
        server.remove_fault(first)
    with pytest.raises(ValueError, match="did you mean 'delay'"):
        server.add_fault("dealy")


# Subscribers


def test_subscribers_are_listed_with_filters_and_counters(server: Server) -> None:
    def subscribe(user: str, cursor: str, key: str = "sub-c-secret-1234") -> Any:
        target = f"/v2/subscribe/{key}/a,b.*/0?uuid={user}&tt={cursor}&filter-expr=data%3E1"
        return sdk(server, f"{target}&channel-group=g")["t"]["t"]

    cursor = subscribe("u", "0")
    subscribe("other", "0")
    subscribe("u", "0", "sub-c-other")
    for message in (1, 2, 3, '"5"', '"x"'):
        published = sdk(server, f"/publish/p/sub-c-secret-1234/0/a/0/{message}")[2]
    last = subscribe("u", cursor)
    assert last == published
    status, body = control(server, "GET", "/subscribers?keyset=sub-c-secret-1234&user=u")
    assert (status, body) == (
        200,
        {
            "subscribers": [
                {
                    "keyset": "…1234",
                    "user": "u",
                    "filter": "data>1",
                    "malformed": False,
                    "channels": ["a", "b.*"],
                    "groups": ["g"],
                    "waiting": False,
                    "cursor": last,
                    "seen": 5,
                    "delivered": 4,
                    "held_back": 1,
                    "undecided": 1,
                    "missed": 0,
                }
            ],
            "more": 0,
        },
    )
    everyone = control(server, "GET", "/subscribers")[1]["subscribers"]
    assert [one["user"] for one in everyone] == ["u", "u", "other"]
    assert "secret" not in json.dumps(everyone)
    assert server.subscribers("sub-c-secret-1234", "u") == body["subscribers"]
    assert server.subscribers(user="nobody") == []


def test_a_malformed_filter_and_a_late_return_are_told(emulated: Emulated) -> None:
    control = emulated.service.control
    emulated.get("/v2/subscribe/sub/a/0?uuid=u&filter-expr=%28%28")
    (one,) = control.subscribers()["subscribers"]
    assert (one["malformed"], one["missed"], int(one["cursor"]) > 0) == (True, 0, True)


def test_a_poll_that_waits_is_told_with_the_cursor_that_it_has_come_to(
    emulated: Emulated,
) -> None:
    target = "/v2/subscribe/sub/a/0?uuid=u&filter-expr=data%3E1&tt="
    _, body = emulated.get(target + "0")
    waiting = emulated.poll(target + body["t"]["t"])
    (one,) = emulated.service.control.subscribers()["subscribers"]
    assert (one["waiting"], one["cursor"]) == (True, body["t"]["t"])
    held_back = emulated.publish("a", 0)
    (one,) = emulated.service.control.subscribers()["subscribers"]
    assert (one["waiting"], one["cursor"], one["held_back"]) == (True, str(held_back), 1)
    assert not waiting.done()


def test_a_list_of_subscribers_has_an_end(emulated: Emulated) -> None:
    for number in range(MAX_LISTED + 2):
        emulated.get(f"/v2/subscribe/sub/a/0?uuid=u{number}")
    found = emulated.service.control.subscribers()
    assert (len(found["subscribers"]), found["more"]) == (MAX_LISTED, 2)
    assert found["subscribers"][0]["user"] == f"u{MAX_LISTED + 1}"


@pytest.mark.parametrize(
    ("key", "shown"), [("", "…"), ("demo", "d…"), ("1234567", "1…"), ("12345678", "…5678")]
)
def test_keys_are_never_shown_in_full(key: str, shown: str) -> None:
    assert masked(key) == shown


# Presence


def test_time_passes_for_presence(server: Server) -> None:
    sdk(server, "/v2/presence/sub-key/sub/channel/a/heartbeat?uuid=u&heartbeat=300")
    sdk(server, "/v2/presence/sub-key/sub/channel/a/heartbeat?uuid=v&heartbeat=900")
    cursor = sdk(server, "/v2/subscribe/sub/a-pnpres/0?uuid=w&tt=0")["t"]["t"]

    def occupants() -> list[str]:
        uuids: list[str] = sdk(server, "/v2/presence/sub-key/sub/channel/a")["uuids"]
        return sorted(uuids)

    assert occupants() == ["u", "v"]
    assert control(server, "POST", "/presence/advance", {"seconds": 400})[0] == 200
    assert occupants() == ["v"]
    events = sdk(server, f"/v2/subscribe/sub/a-pnpres/0?uuid=w&tt={cursor}")["m"]
    assert [(item["d"]["action"], item["d"]["uuid"]) for item in events] == [("timeout", "u")]
    server.advance_presence(600)
    assert occupants() == []
    with pytest.raises(ValueError, match="above 0"):
        server.advance_presence(-1)


# Reset

KEYS = ("one", "two")


def fill(server: Server, key: str) -> None:
    """Something of everything that a keyset can hold."""
    timetoken = sdk(server, f"/publish/p/{key}/0/a/0/1?uuid=u")[2]
    sdk(
        server,
        f"/v1/message-actions/{key}/channel/a/message/{timetoken}?uuid=u",
        "POST",
        b'{"type": "reaction", "value": "x"}',
    )
    sdk(server, f"/v1/channel-registration/sub-key/{key}/channel-group/g?add=a")
    sdk(server, f"/v2/presence/sub-key/{key}/channel/a/heartbeat?uuid=u")
    sdk(server, f"/v2/presence/sub-key/{key}/channel/a/uuid/u/data?uuid=u&state=%7B%22s%22%3A1%7D")
    sdk(server, f"/v2/subscribe/{key}/a/0?uuid=u&tt=0")


def held(server: Server, key: str) -> dict[str, bool]:
    """What a keyset holds of all that ``fill`` puts there."""
    presence = f"/v2/presence/sub-key/{key}/channel/a"
    groups = f"/v1/channel-registration/sub-key/{key}/channel-group"
    return {
        "users": sdk(server, presence)["occupancy"] > 0,
        "state": sdk(server, f"{presence}/uuid/u")["payload"] != {},
        "groups": sdk(server, f"{groups}/g")["payload"]["channels"] != [],
        "history": sdk(server, f"/v2/history/sub-key/{key}/channel/a")[0] != [],
        "counts": sdk(server, f"/v3/history/sub-key/{key}/message-counts/a?timetoken=1")[
            "channels"
        ]["a"]
        > 0,
        "actions": sdk(server, f"/v1/message-actions/{key}/channel/a")["data"] != [],
        "subscribers": server.subscribers(key) != [],
    }


def is_queued(server: Server, key: str) -> bool:
    """Whether a subscriber with an old cursor is caught up."""
    return server.call(
        lambda service: any(len(keyset.queues) for keyset in service.keysets() if keyset.key == key)
    )


@pytest.mark.parametrize("keyset", ["one", None])
def test_a_reset_forgets_everything_or_one_keyset(server: Server, keyset: str | None) -> None:
    for key in KEYS:
        fill(server, key)
        assert all(held(server, key).values()), held(server, key)
        assert is_queued(server, key)
    server.add_fault("cut", keyset="one")
    server.add_fault("cut", keyset="two")
    assert control(server, "POST", "/reset", {"keyset": keyset})[0] == 200
    assert [fault["keyset"] for fault in server.faults()] == ([] if keyset is None else ["t…"])
    server.clear_faults()
    assert not is_queued(server, "one")
    assert not any(held(server, "one").values())
    assert is_queued(server, "two") is (keyset is not None)
    assert set(held(server, "two").values()) == {keyset is not None}


def test_a_reset_without_a_body_forgets_everything(server: Server) -> None:
    fill(server, "one")
    assert control(server, "POST", "/reset") == (200, {"status": 200})
    assert not any(held(server, "one").values())


def test_a_reset_reaches_what_an_earlier_run_has_stored(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with running(store=store) as server:
        for key in KEYS:
            fill(server, key)
        last = int(sdk(server, "/time/0")[0])
    with running(store=store) as server:
        server.reset("one")
        assert int(sdk(server, "/time/0")[0]) > last
    stored = ("groups", "history", "counts", "actions")
    with running(store=store) as server:
        assert [held(server, "one")[what] for what in stored] == [False] * 4
        assert [held(server, "two")[what] for what in stored] == [True] * 4
        server.reset()
    with running(store=store) as server:
        assert [held(server, "two")[what] for what in stored] == [False] * 4


def test_a_reset_answers_polls_which_go_on_with_their_cursor(server: Server) -> None:
    cursor = sdk(server, poll(["a"], uuid="u"))["t"]["t"]

    async def waited() -> tuple[str, list[Any]]:
        async with asyncio.timeout(20), Connection(server.origin) as connection:
            await connection.send(request(poll(["a"], cursor, uuid="u")))
            while not server.subscribers()[0]["waiting"]:  # noqa: ASYNC110 - in another thread
                await asyncio.sleep(0.005)
            server.reset("demo-sub")
            return answer_of_poll(await connection.receive())

    next_cursor, items = asyncio.run(waited())
    assert items == []
    assert int(next_cursor) >= int(cursor)
    sdk(server, "/publish/demo-pub/demo-sub/0/a/0/5")
    (item,) = sdk(server, poll(["a"], next_cursor, uuid="u"))["m"]
    assert item["d"] == 5


def test_a_poll_of_another_keyset_still_waits_after_a_reset(emulated: Emulated) -> None:
    polls = {
        key: emulated.poll(f"/v2/subscribe/{key}/a/0?uuid=u&tt={emulated.timetoken}")
        for key in KEYS
    }
    emulated.service.control.reset("one")
    assert [polls[key].done() for key in KEYS] == [True, False]
    assert received(polls["one"].result())[1] == []
    emulated.publish("a", 1, key="two")
    assert [item["d"] for item in received(polls["two"].result())[1]] == [1]


def test_a_reset_that_can_not_be_stored_changes_nothing(server: Server) -> None:
    fill(server, "one")

    def read_only(is_so: bool) -> None:
        server.call(
            lambda service: service.store.database.rows(f"PRAGMA query_only = {int(is_so)}")
        )

    read_only(True)
    reply = ask(server, "POST", f"{PATH}/reset", headers=with_token(server))
    assert (reply.status, reply.json()["help"]) == (503, "ask again later")
    assert "Access-Control-Allow-Origin" not in reply.headers
    read_only(False)
    assert all(held(server, "one").values())


# The page

PAGE = (Path(__file__).parents[2] / "docs" / "control.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_session_of_the_page_gives_what_is_shown() -> None:
    session = doctest.DocTestParser().get_doctest(
        "\n".join(blocks("python")), {}, "control.md", "control.md", 0
    )
    report: list[str] = []
    result = doctest.DocTestRunner().run(session, out=report.append)
    assert result.attempted == 4
    assert not result.failed, "".join(report)


def test_the_commands_of_the_page_work_in_their_order(server: Server) -> None:
    asked = []
    for line in "\n".join(blocks("sh")).splitlines()[1:]:
        parser = argparse.ArgumentParser(exit_on_error=False)
        for option in ("-H", "-X", "-d"):
            parser.add_argument(option)
        parser.add_argument("url")
        command, *arguments = shlex.split(line.replace("$TOKEN", server.control_token))
        assert command == "curl"
        given = parser.parse_args(arguments)
        name, _, value = given.H.partition(": ")
        target = given.url.removeprefix("http://127.0.0.1:7635")
        method = given.X or ("POST" if given.d else "GET")
        reply = ask(server, method, target, (given.d or "").encode(), {name: value})
        assert reply.status == 200, (line, reply.body)
        asked.append(f"{method} {target.partition('?')[0].replace('/1', '/ID')}")
    assert set(asked) == control(server, "GET", "")[1]["operations"].keys()


def test_the_page_has_every_kind_of_fault_with_its_options() -> None:
    rows = dict(re.findall(r"^\| `([a-z-]+)` \|[^|]*\|(.*)\|$", PAGE, re.MULTILINE))
    assert rows.keys() == KINDS.keys()
    for kind, options in KINDS.items():
        assert tuple(re.findall(r"`(\w+)`", rows[kind])) == options
    assert all(f"`{name}`" in PAGE for name in SHARED if name != "fault")
