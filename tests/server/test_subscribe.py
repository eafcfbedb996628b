"""Subscribe: what a request gets, when, and from where the next one goes on."""

from __future__ import annotations

import json
from asyncio import TimerHandle
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest

from pnfilter.server.api import subscribe as subscribing
from pnfilter.server.broker.filters import FilterRegistry
from pnfilter.server.broker.subscriptions import Subscribers
from pnfilter.server.http.request import MAX_KEPT, MAX_KEPT_QUERY
from pnfilter.server.quotas import Quotas
from pnfilter.server.settings import MAX_DELIVERED, MAX_WAITING_BYTES, Settings
from tests.server.emulated import Emulated, received
from tests.server.subscribing import catch_up, handshake, is_waiting, payloads, target

# The cursor.


@pytest.mark.parametrize("query", ["tt=0", "", "tt=", "tt=0&ee=1", "tt=0&tr=12"])
def test_without_a_cursor_there_is_one_at_once(emulated: Emulated, query: str) -> None:
    emulated.publish("ch", "before")
    answer = emulated.request("GET", f"/v2/subscribe/sub/ch/0?{query}")
    assert answer.body == b'{"t":{"t":"%d","r":1},"m":[]}' % (emulated.timetoken + 1)


def test_a_request_gets_what_is_newer_than_its_cursor(emulated: Emulated) -> None:
    cursor = handshake(emulated)
    first, second = emulated.publish("ch", 1), emulated.publish("ch", 2)
    assert catch_up(emulated, "ch", cursor)[0] == second
    assert payloads(catch_up(emulated, "ch", cursor)[1]) == [1, 2]
    assert payloads(catch_up(emulated, "ch", first)[1]) == [2]
    assert payloads(catch_up(emulated, "ch", first - 1)[1]) == [1, 2]
    assert is_waiting(emulated, emulated.poll(target("ch", second)))


def test_a_request_that_waits_is_answered_when_something_is_published(emulated: Emulated) -> None:
    waiting = emulated.poll(target("ch", handshake(emulated)))
    emulated.publish("other", "elsewhere")
    assert is_waiting(emulated, waiting)
    timetoken = emulated.publish("ch", {"text": "ü"})
    cursor, items = received(waiting.result())
    assert (cursor, payloads(items)) == (timetoken, [{"text": "ü"}])
    emulated.settle()
    assert emulated.broker.waiting == 0


def test_the_cursor_of_an_answer_loses_nothing_and_repeats_nothing(emulated: Emulated) -> None:
    cursor = handshake(emulated, "a,b")
    seen = []
    for number in range(20):
        if number % 3:
            waiting = emulated.poll(target("a,b", cursor))
            emulated.publish("ab"[number % 2], number)
            cursor, items = received(waiting.result())
        else:
            emulated.publish("ab"[number % 2], number)
            cursor, items = catch_up(emulated, "a,b", cursor)
        seen += payloads(items)
    assert seen == list(range(20))


def test_what_is_published_between_the_requests_of_a_waiting_subscriber_is_kept(
    emulated: Emulated,
) -> None:
    waiting = emulated.poll(target("ch", handshake(emulated)))
    for number in range(3):
        emulated.publish("ch", number)
    cursor, items = received(waiting.result())
    assert payloads(items) == [0]
    assert payloads(catch_up(emulated, "ch", cursor)[1]) == [1, 2]


def test_an_envelope_has_what_clients_need(emulated: Emulated) -> None:
    cursor = handshake(emulated)
    timetoken = emulated.publish(
        "ch", {"x": 1}, meta={"k": "v"}, uuid="pub", seqn=7, custom_message_type="note"
    )
    plain = emulated.publish("ch", "plain")
    assert catch_up(emulated, "ch", cursor)[1] == [
        {
            "a": "1",
            "f": 0,
            "i": "pub",
            "s": 7,
            "p": {"t": str(timetoken), "r": 1},
            "k": "sub",
            "c": "ch",
            "d": {"x": 1},
            "u": {"k": "v"},
            "cmt": "note",
        },
        {"a": "1", "f": 0, "p": {"t": str(plain), "r": 1}, "k": "sub", "c": "ch", "d": "plain"},
    ]


def test_a_signal_is_marked_as_one(emulated: Emulated) -> None:
    cursor = handshake(emulated)
    emulated.get("/signal/pub/sub/0/ch/0/%22s%22?uuid=u")
    (item,) = catch_up(emulated, "ch", cursor)[1]
    assert (item["e"], item["d"], item["i"]) == (1, "s", "u")


@pytest.mark.parametrize("query", ["tt=x", "tt=-1", "tt=1.5", "tt=" + "9" * 30, "heartbeat=abc"])
def test_a_number_that_is_none_is_refused(emulated: Emulated, query: str) -> None:
    status, body = emulated.get(f"/v2/subscribe/sub/ch/0?uuid=u&{query}")
    assert (status, body["error"]) == (400, True)


@pytest.mark.parametrize("ahead", [1, 10**10, 10**19])
def test_a_cursor_of_the_future_is_the_time(emulated: Emulated, ahead: int) -> None:
    future = emulated.timetoken + ahead
    emulated.publish("ch", "before")
    waiting = emulated.poll(target("ch", future))
    emulated.wait(5)
    emulated.app.release()
    cursor, items = received(waiting.result())
    assert (items, cursor <= emulated.timetoken) == ([], True)
    emulated.publish("ch", "between")
    cursor, items = catch_up(emulated, "ch", cursor)
    assert payloads(items) == ["between"]
    waiting = emulated.poll(target("ch", cursor + ahead))
    emulated.publish("ch", "after")
    assert payloads(received(waiting.result())[1]) == ["after"]


def test_a_request_names_a_channel_or_a_group(emulated: Emulated) -> None:
    assert emulated.get("/v2/subscribe/sub/,/0?tt=0")[0] == 400
    assert emulated.get("/v2/subscribe/sub/,/0?tt=0&channel-group=g")[0] == 200


# Names: channels, wildcards, groups.


def test_names_are_decoded_one_by_one(emulated: Emulated) -> None:
    cursor = handshake(emulated, "x")
    emulated.publish("a/b c", 1)
    emulated.publish("ö?", 2)
    path = f"/v2/subscribe/sub/a%2Fb%20c,%C3%B6%3F/0?tt={cursor}"
    assert [item["c"] for item in emulated.get(path)[1]["m"]] == ["a/b c", "ö?"]


@pytest.mark.parametrize(
    ("name", "reached"),
    [
        ("a.*", ["a.b", "a.b.c", "a.b.c.d"]),
        ("a.b.*", ["a.b.c", "a.b.c.d"]),
        ("a.b.c.*", []),
        ("*", []),
        ("a*", []),
        ("a.", []),
        (".*", []),
    ],
)
def test_a_wildcard_reaches_channels_that_start_as_it_does(
    emulated: Emulated, name: str, reached: list[str]
) -> None:
    waiting = emulated.poll(target(name, handshake(emulated, name)))
    cursor = handshake(emulated, name)
    for channel in ("a", "ab", "b.a", "a.b", "a.b.c", "a.b.c.d"):
        emulated.publish(channel, channel)
    if reached:
        assert [(item["c"], item["b"]) for item in received(waiting.result())[1]] == [
            (reached[0], name)
        ]
        items = catch_up(emulated, name, cursor)[1]
        assert [(item["c"], item["b"]) for item in items] == [(one, name) for one in reached]
    else:
        assert is_waiting(emulated, waiting)


def test_a_group_reaches_its_channels(emulated: Emulated) -> None:
    emulated.group("g", "a,w.*")
    cursor = handshake(emulated, ",", groups="g")
    waiting = emulated.poll(target(",", cursor, groups="g"))
    emulated.publish("b", "not in it")
    assert is_waiting(emulated, waiting)
    emulated.publish("w.x", 1)
    (item,) = received(waiting.result())[1]
    assert (item["c"], item["b"], item["d"]) == ("w.x", "g", 1)
    emulated.publish("a", 2)
    items = catch_up(emulated, ",", cursor, groups="g")[1]
    assert [(item["c"], item["b"], item["d"]) for item in items] == [
        ("w.x", "g", 1),
        ("a", "g", 2),
    ]


def test_a_change_of_a_group_counts_for_a_request_that_waits(emulated: Emulated) -> None:
    waiting = emulated.poll(target(",", handshake(emulated, ",", groups="g"), groups="g"))
    emulated.group("g", "late")
    emulated.publish("late", 1)
    assert payloads(received(waiting.result())[1]) == [1]


@pytest.mark.parametrize(
    ("names", "groups", "by"),
    [("a", "", None), ("a.*", "", "a.*"), ("a,b", "", "a"), ("a", "g", "a"), (",", "h", "h")],
)
def test_the_name_it_was_reached_by_is_given_unless_it_is_all_that_was_asked_for(
    emulated: Emulated, names: str, groups: str, by: str | None
) -> None:
    emulated.group("g", "b")
    emulated.group("h", "a,a.x")
    cursor = handshake(emulated, names, groups=groups)
    emulated.publish("a.x" if by == "a.*" else "a", 1)
    (item,) = catch_up(emulated, names, cursor, groups=groups)[1]
    assert item.get("b") == by


def test_a_message_arrives_once_by_a_channel_and_once_by_each_group(emulated: Emulated) -> None:
    emulated.group("g", "a.b,a.*")
    emulated.group("h", "a.b")
    ways = {
        ("a.b,a.*", ""): ["a.b"],
        ("a.b,a.*", "g,h"): ["a.b", "g", "h"],
        ("a.*", "g,h"): ["a.*", "g", "h"],
        (",", "h,g"): ["g", "h"],
    }
    for (names, groups), by in ways.items():
        cursor = handshake(emulated, names, groups=groups)
        waiting = emulated.poll(target(names, cursor, groups=groups))
        emulated.publish("a.b", "once")
        for items in (
            received(waiting.result())[1],
            catch_up(emulated, names, cursor, groups=groups)[1],
        ):
            assert payloads(items) == ["once"] * len(by)
            assert sorted(item["b"] for item in items) == by


def test_presence_of_a_wildcard_comes_twice_to_who_subscribes_to_it(emulated: Emulated) -> None:
    ways: dict[str, list[str | None]] = {
        "a.*": [],
        "a.*-pnpres": [None],
        "a.*,a.*-pnpres": ["a.*", "a.*"],
    }
    for names, by in ways.items():
        cursor = handshake(emulated, names, user="me")
        waiting = emulated.poll(target(names, cursor, user="me"))
        emulated.get("/v2/presence/sub-key/sub/channel/a.*/heartbeat?uuid=somebody")
        emulated.get("/v2/presence/sub-key/sub/channel/a.*/leave?uuid=somebody")
        emulated.settle()
        if by:
            items = received(waiting.result())[1]
            assert [(item["c"], item.get("b")) for item in items] == [
                ("a.*-pnpres", name) for name in by
            ]
            items = catch_up(emulated, names, cursor, user="me")[1]
            actions = [(item["d"]["action"], item.get("b")) for item in items]
            expected = [(action, name) for action in ("join", "leave") for name in by]
            assert [one for one in actions if one in expected][-len(expected) :] == expected
        else:
            assert not waiting.done()
            waiting.cancel()


def test_a_name_that_is_given_twice_counts_once(emulated: Emulated) -> None:
    waiting = emulated.poll(target("ch,ch", handshake(emulated)))
    emulated.publish("ch", 1)
    assert payloads(received(waiting.result())[1]) == [1]


# How much, and in which order.


def test_an_answer_holds_a_hundred_messages_and_the_next_one_goes_on() -> None:
    with Emulated(queue=500) as emulated:
        cursor = handshake(emulated)
        for number in range(250):
            emulated.publish("ch", number)
        seen: list[int] = []
        sizes = []
        while len(seen) < 250:
            cursor, items = catch_up(emulated, "ch", cursor)
            sizes.append(len(items))
            seen += payloads(items)
        assert sizes == [MAX_DELIVERED, MAX_DELIVERED, 50]
        assert seen == list(range(250))


def test_the_queue_keeps_the_last_messages_and_a_gap_is_counted() -> None:
    with Emulated(queue=3) as emulated:
        cursor = handshake(emulated, uuid="u")
        timetokens = [emulated.publish("ch", number) for number in range(5)]
        assert payloads(catch_up(emulated, "ch", cursor, uuid="u")[1]) == [2, 3, 4]
        (subscriber,) = emulated.broker.keyset("sub").subscribers
        assert subscriber.missed == 1
        # Whoever saw the last one that was dropped has missed nothing.
        assert payloads(catch_up(emulated, "ch", timetokens[1], uuid="u")[1]) == [2, 3, 4]
        assert subscriber.missed == 1


def test_of_too_many_channels_the_one_not_used_for_longest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pnfilter.server.quotas.MAX_CHANNELS", 2)
    with Emulated() as emulated:
        cursor = handshake(emulated)
        for channel in ("a.b", "x.y", "a.b", "a.c"):
            emulated.publish(channel, channel)
        assert payloads(catch_up(emulated, "a.*,x.*,x.y", cursor)[1]) == ["a.b", "a.b", "a.c"]
        emulated.publish("x.y", "again")
        assert payloads(catch_up(emulated, "a.*,x.*", cursor)[1]) == ["a.c", "again"]


def test_who_comes_back_to_a_channel_that_was_forgotten_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pnfilter.server.quotas.MAX_CHANNELS", 1)
    monkeypatch.setattr("pnfilter.server.quotas.MAX_EMPTIED", 2)
    with Emulated() as emulated:
        emulated.group("g", "a.a")
        cursor = handshake(emulated)
        timetokens = [emulated.publish(name, 1) for name in ("a.a", "b", "c", "d")]
        (subscriber,) = emulated.broker.keyset("sub").subscribers
        # Of the last two that were forgotten it is known, and of no other.
        queues = emulated.broker.keyset("sub").queues
        assert (list(queues), len(queues)) == (["b", "c", "d"], 3)
        emulated.poll(target("a.a", cursor))
        assert subscriber.missed == 0
        for number, names in enumerate(("b", "c", "b,c"), 1):
            emulated.poll(target(names, cursor))
            assert subscriber.missed == number
        emulated.poll(target("b", timetokens[1]))
        assert subscriber.missed == 3
        # What is published on it again counts from then on.
        emulated.publish("a.a", 2)
        emulated.publish("e", 3)
        for number, (names, groups) in enumerate((("a.a", ""), ("a.*", ""), (",", "g")), 4):
            emulated.poll(target(names, timetokens[3], groups=groups))
            assert subscriber.missed == number
        emulated.app.forget()
        assert len(queues) == 0
        emulated.publish("b", 4)


def test_messages_of_too_many_bytes_are_forgotten_with_the_channel_not_used_for_longest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pnfilter.server.quotas.MAX_QUEUED", 22_000)
    with Emulated() as emulated:
        cursor = handshake(emulated)
        # One channel alone keeps what fits.
        for number in range(5):
            emulated.publish("a", f"{number}" + "x" * 3_000)
        assert [text[0] for text in payloads(catch_up(emulated, "a", cursor)[1])] == ["2", "3", "4"]
        emulated.publish("b", "y" * 3_000)
        assert [item["c"] for item in catch_up(emulated, "a,b", cursor)[1]] == ["b"]
        # What a keyset no longer has takes no room.
        emulated.app.forget()
        cursor = handshake(emulated)
        for number in range(3):
            emulated.publish("c", f"{number}" + "x" * 3_000)
        assert len(payloads(catch_up(emulated, "c", cursor)[1])) == 3


def test_of_too_many_subscribers_the_one_not_seen_for_longest_is_not_counted(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pnfilter.server.broker.keyset.MAX_SUBSCRIBERS", 2)
    for user in ("a", "b", "a", "c"):
        handshake(emulated, uuid=user)
    subscribers = emulated.broker.keyset("sub").subscribers
    assert (len(subscribers), [one.user for one in subscribers]) == (2, ["a", "c"])


def test_a_new_subscriber_seldom_passes_over_those_that_wait() -> None:
    looks: list[int] = []

    class Waiting(int):
        def __bool__(self) -> bool:
            looks.append(self)
            return True

    quotas, filter = Quotas(1, in_file=False), FilterRegistry().get("")
    subscribers = Subscribers("sub", 100, quotas.filters)
    for number in range(50):
        subscribers.find_or_add(f"waits-{number}", filter, ("ch",), ()).waiting = Waiting(number)
    for number in range(200):
        subscribers.find_or_add(f"u{number}", filter, ("ch",), ())
    assert set(looks) == set(range(50))
    # At most one for each new subscriber, not 50.
    assert len(looks) <= 200
    assert {f"waits-{number}" for number in range(50)} < {one.user for one in subscribers}


def test_of_subscribers_with_too_long_filters_the_one_not_seen_for_longest_is_not_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pnfilter.server.quotas.MAX_FILTERS", 120)
    with Emulated() as emulated:
        for user in ("a", "b", "a", "c"):
            handshake(emulated, uuid=user, **{"filter-expr": f"a == '{'x' * 40}'"})
        subscribers = emulated.broker.keyset("sub").subscribers
        assert [one.user for one in subscribers] == ["a", "c"]
        # What doesn't fit anyway is refused, and makes none of them go.
        text = quote(f"a == '{'x' * 200}'")
        status, body = emulated.get(f"/v2/subscribe/sub/ch/0?uuid=d&filter-expr={text}")
        assert (status, body["service"]) == (503, "PubSub")
        assert [one.user for one in subscribers] == ["a", "c"]
        handshake(emulated, uuid="e", **{"filter-expr": "a == 1"})
        assert [one.user for one in subscribers] == ["c", "e"]


def test_of_subscribers_with_too_many_names_the_one_not_seen_for_longest_is_not_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pnfilter.server.quotas.MAX_FILTERS", 28)
    with Emulated() as emulated:
        for user in ("a", "b"):
            handshake(emulated, "1,2,3", uuid=user, groups="4,5")
        subscribers = emulated.broker.keyset("sub").subscribers
        assert [one.user for one in subscribers] == ["a", "b"]
        # What counts is what it asked for last.
        handshake(emulated, "1", uuid="a")
        handshake(emulated, "1,2,3,4", uuid="c")
        assert [one.user for one in subscribers] == ["a", "c"]
        handshake(emulated, "1,2", uuid="c")
        # A long name takes more.
        handshake(emulated, "x" * 64, uuid="d")
        assert [one.user for one in subscribers] == ["c", "d"]


def test_a_subscriber_that_waits_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pnfilter.server.quotas.MAX_FILTERS", 28)
    with Emulated() as emulated:
        cursor = handshake(emulated, uuid="a")
        waiting = [emulated.poll(target("ch", cursor, uuid=user)) for user in ("a", "b")]
        assert emulated.get("/v2/subscribe/sub/ch/0?uuid=c")[0] == 503
        assert not any(answer.done() for answer in waiting)
        waiting[0].cancel()
        handshake(emulated, uuid="c")
        subscribers = emulated.broker.keyset("sub").subscribers
        assert [one.user for one in subscribers] == ["b", "c"]


def test_messages_of_several_channels_come_in_the_order_in_which_they_were_published(
    emulated: Emulated,
) -> None:
    cursor = handshake(emulated)
    for number in range(30):
        emulated.publish(f"c{number % 3}", number)
    items = catch_up(emulated, "c2,c0,c1", cursor)[1]
    assert payloads(items) == list(range(30))
    assert all(int(a["p"]["t"]) < int(b["p"]["t"]) for a, b in pairwise(items))


# Requests that wait.


def test_a_request_is_held_for_so_long_and_then_answered_with_nothing() -> None:
    with Emulated(poll_seconds=0.05) as emulated:
        cursor = handshake(emulated)
        waiting = emulated.poll(target("ch", cursor))
        after, items = received(emulated.await_answer(waiting))
        assert (items, after >= cursor) == ([], True)
        assert emulated.broker.waiting == 0


class Clock:
    """The clock of an event loop, which goes on when it is told to, and the timers that are set."""

    def __init__(self, emulated: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        self.timers: list[TimerHandle] = []
        self._loop = emulated.loop
        monkeypatch.setattr(self._loop, "time", lambda: self.now)
        monkeypatch.setattr(self._loop, "call_at", self._call_at)

    def _call_at(self, when: float, callback: Callable[..., object], *args: Any) -> TimerHandle:
        self.timers.append(TimerHandle(when, callback, args, self._loop))
        return self.timers[-1]

    @property
    def due(self) -> list[float]:
        """When the timers are due that nobody cancelled."""
        return [timer.when() for timer in self.timers if not timer.cancelled()]

    def move_to(self, now: float) -> None:
        """What is due by then is done."""
        self.now = now
        timers, self.timers = self.timers, []
        for timer in timers:
            if timer.when() > now:
                self.timers.append(timer)
            elif not timer.cancelled():
                timer._run()


def test_one_timer_ends_all_requests_that_wait_each_in_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Emulated(poll_seconds=20) as emulated:
        clock = Clock(emulated, monkeypatch)
        cursor = handshake(emulated)
        waiting = []
        for _ in range(4):
            waiting.append(emulated.poll(target("ch", cursor)))
            clock.now += 5
        assert clock.due == [1_020]
        waiting[1].cancel()
        clock.move_to(1_019.9)
        assert [answer.done() for answer in waiting] == [False, True, False, False]
        clock.move_to(1_020)
        assert received(waiting[0].result())[1] == []
        assert clock.due == [1_030]
        clock.move_to(1_036)
        assert all(answer.done() for answer in waiting)
        # Nobody waits, so that nothing has to be ended.
        assert clock.due == []
        emulated.poll(target("ch", cursor))
        assert clock.due == [1_056]


def test_a_timer_finds_who_waits_now(monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulated(poll_seconds=20) as emulated:
        clock = Clock(emulated, monkeypatch)
        first = emulated.poll(target("ch", handshake(emulated)))
        clock.now += 15
        after = emulated.publish("ch", 1)
        assert first.done()
        second = emulated.poll(target("ch", after))
        clock.move_to(1_020)
        assert is_waiting(emulated, second)
        assert clock.due == [1_035]
        emulated.app.release()
        assert (second.done(), clock.due) == (True, [])


def test_all_who_waited_get_one_answer(emulated: Emulated) -> None:
    cursor = handshake(emulated)
    first, second = (emulated.poll(target("ch", cursor, uuid=name)) for name in "ab")
    by_wildcard = emulated.poll(target("ch.*", cursor))
    emulated.publish("ch", 1)
    assert first.result() is second.result()
    emulated.publish("ch.x", 2)
    assert received(by_wildcard.result())[1][0]["b"] == "ch.*"


def test_what_is_kept_of_what_subscribers_want_has_a_bound(emulated: Emulated) -> None:
    kept = subscribing._kept_subscription
    kept.cache_clear()
    for number in range(MAX_KEPT + 10):
        handshake(emulated, uuid=f"u{number}")
    assert kept.cache_info().currsize == MAX_KEPT
    kept.cache_clear()
    handshake(emulated, filter=f"a == '{'x' * MAX_KEPT_QUERY}'")
    assert kept.cache_info().currsize == 0


def test_a_request_that_its_client_gave_up_is_forgotten(emulated: Emulated) -> None:
    cursor = handshake(emulated)
    gone, there = (emulated.poll(target("ch", cursor)) for _ in range(2))
    gone.cancel()
    emulated.settle()
    assert emulated.broker.waiting == 1
    emulated.publish("ch", 1)
    assert payloads(received(there.result())[1]) == [1]
    assert gone.cancelled()


def test_every_request_that_waits_is_answered_when_the_service_ends(emulated: Emulated) -> None:
    cursor = handshake(emulated, "a,b")
    waiting = [emulated.poll(target(name, cursor)) for name in ("a", "b", "a.*", "a,b")]
    emulated.app.release()
    assert [received(answer.result())[1] for answer in waiting] == [[]] * 4


def test_of_too_many_requests_that_wait_one_more_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert MAX_WAITING_BYTES > 10_000 * 8_000
    monkeypatch.setattr("pnfilter.server.quotas.MAX_WAITING_BYTES", 14_500)
    with Emulated() as emulated:
        cursor = handshake(emulated)
        kept = [emulated.poll(target("ch", cursor)) for _ in range(2)]
        assert emulated.get(target("ch", cursor))[0] == 503
        emulated.publish("ch", 1)
        emulated.settle()
        assert all(answer.done() for answer in kept)
        assert catch_up(emulated, "ch", cursor)[1]
        cursor = handshake(emulated)
        emulated.poll(target("a,b", cursor))
        assert emulated.get(target("a,b", cursor))[0] == 503
        emulated.poll(target("c", cursor))


def test_the_body_of_an_answer_is_json_for_any_payload(emulated: Emulated) -> None:
    cursor = handshake(emulated)
    for text in ('"\\u00e9\\n"', "1e2", '{"a":{"b":[null,true]}}', '""', "0"):
        assert emulated.get(f"/publish/pub/sub/0/ch/0/{quote(text, safe='')}")[0] == 200
    body = emulated.request("GET", target("ch", cursor)).body
    assert payloads(json.loads(body)["m"]) == ["é\n", 100, {"a": {"b": [None, True]}}, "", 0]
    assert Settings().poll_seconds < 310
