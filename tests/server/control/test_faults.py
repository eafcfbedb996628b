"""Faults over a real connection: what a client sees of each."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from benchmarks.emulator.wire import (
    Connection,
    Disconnected,
    answer_of_poll,
    answer_of_publish,
    poll,
    publication,
    request,
)
from pnfilter.server.run import Server, running
from pnfilter.server.settings import MAX_DELAYED
from tests.server.control.conversations import (
    TIME,
    ask,
    bytes_of,
    handshake,
    poll_once,
    publish,
    talk,
    until,
)
from tests.server.emulated import Emulated, received

# Errors


@pytest.mark.parametrize("status", [400, 404, 481, 500, 502, 503, 504, 599])
def test_an_error_is_answered(server: Server, status: int) -> None:
    server.add_fault("status", status=status)
    wrong, right = ask(server, TIME, TIME)
    assert wrong.status == status
    assert wrong.json().items() >= {("status", status), ("error", True), ("service", "Balancer")}
    assert "retry-after" not in wrong.headers
    assert right.status == 200


def test_403_has_the_recorded_form(server: Server) -> None:
    server.add_fault("status", status=403, operation="publish")
    (reply,) = ask(server, request(publication("ä b", 1)))
    assert (reply.status, reply.json()) == (
        403,
        {
            "message": "Forbidden",
            "payload": {"channels": ["ä b"]},
            "error": True,
            "service": "Access Manager",
            "status": 403,
        },
    )


def test_403_names_the_channels_and_groups_of_a_subscriber(server: Server) -> None:
    server.add_fault("status", status=403, operation="subscribe")
    (reply,) = ask(server, request(poll(["a", "b c"], groups=["g"])))
    assert reply.json()["payload"] == {"channels": ["a", "b c"], "channel-groups": ["g"]}


@pytest.mark.parametrize(("asked", "told"), [({}, "1"), ({"retry_after": 7}, "7")])
def test_429_says_when_to_come_back(server: Server, asked: Any, told: str) -> None:
    server.add_fault("status", status=429, **asked)
    (reply,) = ask(server, TIME)
    assert (reply.status, reply.headers["retry-after"]) == (429, told)
    assert reply.json()["message"] == "Too Many Requests"


def test_any_error_may_say_when_to_come_back(server: Server) -> None:
    server.add_fault("status", status=503, retry_after=3)
    server.add_fault("status", status=429, retry_after=None)
    first, second = ask(server, TIME, TIME)
    assert first.headers["retry-after"] == "3"
    assert "retry-after" not in second.headers


@pytest.mark.parametrize(("options", "delivered"), [({}, []), ({"done": True}, ["m"])])
def test_an_error_may_hide_that_the_message_was_taken(
    server: Server, options: Any, delivered: list[str]
) -> None:
    cursor = handshake(server)
    server.add_fault("status", status=500, operation="publish", **options)
    (reply,) = ask(server, request(publication("a", "m")))
    publish(server, "end")
    assert reply.status == 500
    assert poll_once(server, cursor)[1] == [*delivered, "end"]


# The connection and the body


def test_the_connection_is_cut_before_the_answer(server: Server) -> None:
    server.add_fault("cut")
    assert bytes_of(server, TIME) == b""
    assert ask(server, TIME)[0].status == 200


def test_the_connection_is_cut_within_the_body(server: Server) -> None:
    server.add_fault("cut", after=3)
    head, _, body = bytes_of(server, TIME).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: 19" in head
    assert body == b"[17"


def test_a_cut_never_lets_the_whole_body_through(server: Server) -> None:
    server.add_fault("cut", after=1_000)
    body = bytes_of(server, TIME).partition(b"\r\n\r\n")[2]
    assert len(body) == 18


@pytest.mark.parametrize(("options", "delivered"), [({}, ["m"]), ({"done": False}, [])])
def test_a_cut_leaves_open_whether_the_message_was_taken(
    server: Server, options: Any, delivered: list[str]
) -> None:
    cursor = handshake(server)
    server.add_fault("cut", operation="publish", **options)
    assert bytes_of(server, request(publication("a", "m"))) == b""
    publish(server, "end")
    assert poll_once(server, cursor)[1] == [*delivered, "end"]


def test_a_body_is_shorter_than_its_length(server: Server) -> None:
    server.add_fault("truncated", operation="time")
    head, _, body = bytes_of(server, TIME).partition(b"\r\n\r\n")
    assert b"Content-Length: 19" in head
    assert len(body) == 9


def test_a_body_is_no_json(server: Server) -> None:
    server.add_fault("malformed", operation="publish")
    wrong, right = ask(server, *2 * [request(publication("a", 1))])
    assert wrong.status == 200
    assert int(wrong.headers["content-length"]) == len(wrong.body)
    with pytest.raises(json.JSONDecodeError):
        wrong.json()
    answer_of_publish(right)


def test_an_answer_lost_on_its_way_is_caught_up_with_the_old_cursor(server: Server) -> None:
    cursor = handshake(server)
    server.add_fault("cut", operation="subscribe", after=20)
    publish(server, 1, 2)

    async def lost(connection: Connection) -> None:
        with pytest.raises(Disconnected):
            await connection.ask(request(poll(["a"], cursor)))

    talk(server, lost)
    assert poll_once(server, cursor)[1] == [1, 2]


def test_a_poll_that_waits_already_meets_a_fault_that_is_added_now(server: Server) -> None:
    cursor = handshake(server)

    async def conversation(connection: Connection) -> None:
        await connection.send(request(poll(["a"], cursor)))
        await until(lambda: server.subscribers()[0]["waiting"])
        server.add_fault("malformed", operation="subscribe")
        await asyncio.to_thread(publish, server, "m")
        reply = await connection.receive()
        assert b'"m"' in reply.body
        with pytest.raises(json.JSONDecodeError):
            reply.json()

    talk(server, conversation)


# Delay


def test_an_answer_is_late(server: Server) -> None:
    server.add_fault("delay", operation="time", seconds=0.2)
    begun = time.monotonic()
    ask(server, TIME)
    late = time.monotonic()
    ask(server, TIME)
    assert late - begun >= 0.2
    assert server.faults()[0]["hits"] == 1


def test_what_is_done_late_is_done_once_and_its_cursor_goes_on(server: Server) -> None:
    cursor = handshake(server)
    server.add_fault("delay", operation="subscribe", seconds=0.2)
    publish(server, 1)

    async def conversation(connection: Connection) -> tuple[str, list[Any]]:
        await connection.send(request(poll(["a"], cursor)))
        await until(lambda: server.faults()[0]["hits"] == 1)
        await asyncio.to_thread(publish, server, 2)
        cursor_then, items = answer_of_poll(await connection.receive())
        return cursor_then, [item["d"] for item in items]

    then, messages = talk(server, conversation)
    assert messages == [1]
    assert poll_once(server, then)[1] == [2]


def test_a_late_error_is_an_error(server: Server) -> None:
    server.add_fault("delay", seconds=0.1)
    server.add_fault("status", status=503)
    begun = time.monotonic()
    assert ask(server, TIME)[0].status == 503
    assert time.monotonic() - begun >= 0.1


def delayed(server: Server) -> int:
    return server.call(lambda app: app.control.injection.delayed)


def test_a_client_that_goes_away_leaves_no_delayed_answer(server: Server) -> None:
    server.add_fault("delay", seconds=600)

    async def conversation(connection: Connection) -> None:
        await connection.send(TIME)
        await until(lambda: delayed(server) == 1)
        connection.cut()
        await until(lambda: delayed(server) == 0)

    talk(server, conversation)
    assert ask(server, TIME)[0].status == 200


def test_a_client_that_goes_away_leaves_no_poll(server: Server) -> None:
    cursor = handshake(server)

    async def conversation(connection: Connection) -> None:
        await connection.send(request(poll(["a"], cursor)))
        await until(lambda: server.call(lambda app: app.broker.waiting) == 1)
        connection.cut()
        await until(lambda: server.call(lambda app: app.broker.waiting) == 0)

    talk(server, conversation)


@pytest.mark.parametrize("end", ["reset", "stop"])
def test_delayed_answers_leave_when_the_emulator_ends_or_is_reset(end: str) -> None:
    with running() as server:
        server.add_fault("delay", seconds=600)

        async def conversation(connection: Connection) -> int:
            await connection.send(TIME)
            await until(lambda: delayed(server) == 1)
            getattr(server, end)()
            return (await connection.receive()).status

        assert talk(server, conversation) == 200


def test_a_poll_whose_answer_is_late_is_not_answered_again_when_its_time_is_up() -> None:
    with running(poll_seconds=0.1) as server:
        cursor = handshake(server)
        publish(server, 1)
        server.add_fault("delay", operation="subscribe", seconds=0.4)
        next_cursor, messages = poll_once(server, cursor)
        assert messages == [1]
        assert poll_once(server, next_cursor)[1] == []


def test_an_answer_that_nobody_waits_for_is_kept_no_longer(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulated.app.control.add_fault({"fault": "delay", "seconds": 600})
    loop = emulated._runner.get_loop()
    timers: list[asyncio.TimerHandle] = []

    def call_later(seconds: float, *arguments: Any) -> asyncio.TimerHandle:
        timers.append(loop.call_at(loop.time() + seconds, *arguments))
        return timers[-1]

    monkeypatch.setattr(loop, "call_later", call_later)
    emulated.poll("/time/0").cancel()
    emulated.settle()
    assert [timer.cancelled() for timer in timers] == [True]


def test_beyond_so_many_delayed_answers_the_next_is_sent_at_once(emulated: Emulated) -> None:
    emulated.app.control.add_fault({"fault": "delay", "seconds": 600, "count": None})
    waiting = [emulated.poll("/time/0") for _ in range(MAX_DELAYED)]
    assert emulated.get("/time/0")[0] == 200
    waiting[0].cancel()
    emulated.settle()
    assert emulated.poll("/time/0").cancel()


# What subscribers get


def test_a_message_arrives_twice(server: Server) -> None:
    cursor = handshake(server)
    server.add_fault("duplicate")
    publish(server, 1, 2)
    cursor, messages = poll_once(server, cursor)
    assert messages == [1, 1, 2, 2]
    publish(server, 3)
    assert poll_once(server, cursor)[1] == [3]


def test_messages_arrive_in_another_order(server: Server) -> None:
    cursor = handshake(server)
    server.add_fault("reorder")
    publish(server, 1)
    # One message has no order: the fault is kept for an answer with more.
    cursor, messages = poll_once(server, cursor)
    assert (messages, server.faults()[0]["hits"]) == ([1], 0)
    publish(server, 2, 3, 4)
    cursor, messages = poll_once(server, cursor)
    assert (messages, server.faults()[0]["hits"]) == ([4, 3, 2], 1)
    publish(server, 5, 6)
    assert poll_once(server, cursor)[1] == [5, 6]


@pytest.mark.parametrize(
    ("kind", "messages"), [("ignore-filter", [1, 2, 3]), ("invert-filter", [1, 3])]
)
def test_the_filter_of_a_subscriber_is_ignored_or_inverted(
    server: Server, kind: str, messages: list[int]
) -> None:
    expected = {"wronged": messages, "other": [2]}
    cursors = {user: handshake(server, user, "data == 2") for user in expected}
    server.add_fault(kind, user="wronged")
    publish(server, 1, 2, 3)
    for user, cursor in cursors.items():
        found = poll_once(server, cursor, uuid=user, filter_text="data == 2")
        assert found[1] == expected[user]
    server.clear_faults()
    assert poll_once(server, cursors["wronged"], uuid="wronged", filter_text="data == 2")[1] == [2]


def test_a_waiting_subscriber_gets_what_its_filter_would_hold_back(emulated: Emulated) -> None:
    emulated.app.control.add_fault({"fault": "ignore-filter"})
    target = "/v2/subscribe/sub/a/0?uuid=u&filter-expr=data%3D%3D2&tt="
    _, body = emulated.get(target + "0")
    waiting = emulated.poll(target + body["t"]["t"])
    emulated.publish("a", 1)
    assert [item["d"] for item in received(waiting.result())[1]] == [1]


def test_a_filter_is_wrong_for_so_many_events(server: Server) -> None:
    cursor = handshake(server, filter_text="data > 2")
    server.add_fault("ignore-filter", count=1)
    # What passes anyway isn't counted.
    publish(server, 3, 1, 2, 4)
    assert poll_once(server, cursor, filter_text="data > 2")[1] == [3, 1, 4]
    assert server.faults()[0]["hits"] == 1


def test_what_no_filter_decides_stays_as_it_is(server: Server) -> None:
    cursor = handshake(server)
    filtered = handshake(server, "filtering", "data == '5'")
    server.add_fault("invert-filter")
    publish(server, 5)
    assert poll_once(server, cursor)[1] == [5]
    assert poll_once(server, filtered, uuid="filtering", filter_text="data == '5'")[1] == [5]
    assert server.faults()[0]["hits"] == 0
