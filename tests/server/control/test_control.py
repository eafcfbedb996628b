"""What the control side is asked for and answers: by HTTP, from Python, as its page shows."""

from __future__ import annotations

import argparse
import doctest
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from pnfilter.server.control.control import mask_key
from pnfilter.server.control.fault_injection import KINDS, SHARED, ControlError
from pnfilter.server.run import Server
from pnfilter.server.settings import MAX_LISTED
from tests.server.control.requests import PATH, ask, control, sdk, with_token
from tests.server.emulated import Emulated

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
        ("POST /reset", b"{", "the body is not JSON", "for example"),
        ("POST /reset", b"[]", "the body must be a JSON object", "for example"),
        ("POST /reset", b'{"key": "a"}', "the request has no `key`", "mean `keyset`?"),
        ("POST /reset", b'{"keyset": 5}', "`keyset` must be a subscribe key", "for example"),
        ("GET /subscribers?name=u", b"", "the request has no `name`", "`keyset`, `user`"),
        ("GET /faults?x=1", b"", "the request has no `x`", "it has nothing"),
        ("DELETE /faults/7", b"", "there is no fault of this id", "lists them"),
        ("DELETE /faults/x", b"", "there is no fault of this id", "lists them"),
        ("POST /faults", b"", "`fault` is missing", "write one of delay"),
        ("POST /faults", b'{"fault": "dealy"}', "`fault` can't be 'dealy'", "mean 'delay'?"),
        ("POST /presence/advance", b"", "`seconds` must be a number above 0", "for example"),
        ("POST /presence/advance", b'{"seconds": 0}', "`seconds` must be a number above 0", ""),
        ("POST /presence/advance", b'{"seconds": true}', "`seconds` must be a number", ""),
        ("POST /presence/advance", b'{"seconds": 1e9}', "`seconds` must be a number", ""),
        ("POST /presence/advance", b'{"seconds": 1e999}', "`seconds` must be a number", ""),
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
    control = emulated.app.control
    emulated.get("/v2/subscribe/sub/a/0?uuid=u&filter-expr=%28%28")
    (one,) = control.subscribers()["subscribers"]
    assert (one["malformed"], one["missed"], int(one["cursor"]) > 0) == (True, 0, True)


def test_a_poll_that_waits_is_told_with_the_cursor_that_it_has_come_to(
    emulated: Emulated,
) -> None:
    target = "/v2/subscribe/sub/a/0?uuid=u&filter-expr=data%3E1&tt="
    _, body = emulated.get(target + "0")
    waiting = emulated.poll(target + body["t"]["t"])
    (one,) = emulated.app.control.subscribers()["subscribers"]
    assert (one["waiting"], one["cursor"]) == (True, body["t"]["t"])
    held_back = emulated.publish("a", 0)
    (one,) = emulated.app.control.subscribers()["subscribers"]
    assert (one["waiting"], one["cursor"], one["held_back"]) == (True, str(held_back), 1)
    assert not waiting.done()


def test_a_list_of_subscribers_has_an_end(emulated: Emulated) -> None:
    for number in range(MAX_LISTED + 2):
        emulated.get(f"/v2/subscribe/sub/a/0?uuid=u{number}")
    found = emulated.app.control.subscribers()
    assert (len(found["subscribers"]), found["more"]) == (MAX_LISTED, 2)
    assert found["subscribers"][0]["user"] == f"u{MAX_LISTED + 1}"


@pytest.mark.parametrize(
    ("key", "shown"), [("", "…"), ("demo", "d…"), ("1234567", "1…"), ("12345678", "…5678")]
)
def test_keys_are_never_shown_in_full(key: str, shown: str) -> None:
    assert mask_key(key) == shown


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


# The page

PAGE = (Path(__file__).parents[3] / "docs" / "control.md").read_text(encoding="utf-8")


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
