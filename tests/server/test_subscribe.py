"""Subscribe: what a request gets, when, and from where the next one goes on."""

from __future__ import annotations

import json
from asyncio import Future
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter.server.settings import MAX_DELIVERED, MAX_WAITING, Settings
from pnfilter.server.web.requests import Answer
from tests.server.emulated import Emulated, received


def target(names: str, cursor: int | None = None, **parameters: str) -> str:
    """A subscribe request of channels; ``groups`` and ``filter`` are parameters under a shorter name."""
    parameters = {
        {"groups": "channel-group", "filter": "filter-expr"}.get(name, name): value
        for name, value in parameters.items()
    }
    if cursor is not None:
        parameters["tt"] = str(cursor)
    query = "&".join(f"{name}={quote(value, safe=',')}" for name, value in parameters.items())
    return f"/v2/subscribe/sub/{quote(names, safe=',')}/0?{query}"


def handshake(emulated: Emulated, names: str = "ch", **parameters: str) -> int:
    """The cursor of a subscriber that begins."""
    cursor, items = received(emulated.request("GET", target(names, 0, **parameters)))
    assert items == []
    return cursor


def catch_up(
    emulated: Emulated, names: str, cursor: int, **parameters: str
) -> tuple[int, list[dict[str, Any]]]:
    """The answer of a request for which there is something already."""
    return received(emulated.request("GET", target(names, cursor, **parameters)))


def payloads(items: list[dict[str, Any]]) -> list[Any]:
    return [item["d"] for item in items]


def is_waiting(emulated: Emulated, answer: Future[Answer]) -> bool:
    emulated.settle()
    return not answer.done()


def group(emulated: Emulated, name: str, channels: str) -> None:
    path = "/v1/channel-registration/sub-key/sub/channel-group"
    assert emulated.get(f"{path}/{name}?add={channels}")[0] == 200


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
    assert emulated.service.waiting == 0


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
    group(emulated, "g", "a,w.*")
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
    group(emulated, "g", "late")
    emulated.publish("late", 1)
    assert payloads(received(waiting.result())[1]) == [1]


def test_a_message_reached_in_several_ways_arrives_once(emulated: Emulated) -> None:
    group(emulated, "g", "a.b,a.*")
    group(emulated, "h", "a.b")
    ways = {
        ("a.b,a.*", "g,h"): None,
        ("a.*", "g,h"): "a.*",
        (",", "h,g"): "h",
    }
    for (names, groups), by in ways.items():
        cursor = handshake(emulated, names, groups=groups)
        waiting = emulated.poll(target(names, cursor, groups=groups))
        emulated.publish("a.b", "once")
        for items in (
            received(waiting.result())[1],
            catch_up(emulated, names, cursor, groups=groups)[1],
        ):
            assert payloads(items) == ["once"]
            if by != "h":
                assert items[0].get("b") == by
            else:
                assert items[0]["b"] in ("g", "h")


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
        (subscriber,) = emulated.service.keyset("sub").subscribers
        assert subscriber.missed == 1
        # Whoever saw the last one that was dropped has missed nothing.
        assert payloads(catch_up(emulated, "ch", timetokens[1], uuid="u")[1]) == [2, 3, 4]
        assert subscriber.missed == 1


def test_messages_of_several_channels_come_in_the_order_in_which_they_were_published(
    emulated: Emulated,
) -> None:
    cursor = handshake(emulated)
    for number in range(30):
        emulated.publish(f"c{number % 3}", number)
    items = catch_up(emulated, "c2,c0,c1", cursor)[1]
    assert payloads(items) == list(range(30))
    assert all(int(a["p"]["t"]) < int(b["p"]["t"]) for a, b in pairwise(items))


# Filters.


def test_a_filter_decides_by_metadata_and_payload(emulated: Emulated) -> None:
    cursor = handshake(emulated)
    waiting = emulated.poll(target("ch", cursor, filter="level > 3 && data.kind == 'x'"))
    emulated.publish("ch", {"kind": "x"}, meta={"level": 3})
    emulated.publish("ch", {"kind": "y"}, meta={"level": 4})
    emulated.publish("ch", {"kind": "x"})
    assert is_waiting(emulated, waiting)
    emulated.publish("ch", {"kind": "x", "n": 1}, meta={"level": 4})
    assert payloads(received(waiting.result())[1]) == [{"kind": "x", "n": 1}]


def test_a_filter_decides_on_what_was_kept_too_and_the_latest_filter_counts(
    emulated: Emulated,
) -> None:
    cursor = handshake(emulated, filter="n == 1")
    for number in range(4):
        emulated.publish("ch", number, meta={"n": number})
    assert payloads(catch_up(emulated, "ch", cursor, filter="n == 1")[1]) == [1]
    assert payloads(catch_up(emulated, "ch", cursor, filter="n > 1")[1]) == [2, 3]
    assert payloads(catch_up(emulated, "ch", cursor)[1]) == [0, 1, 2, 3]
    assert payloads(catch_up(emulated, "ch", cursor, filter="")[1]) == [0, 1, 2, 3]


def test_signals_pass_every_filter(emulated: Emulated) -> None:
    waiting = emulated.poll(target("ch", handshake(emulated), filter="level > 3"))
    emulated.get("/signal/pub/sub/0/ch/0/1")
    assert payloads(received(waiting.result())[1]) == [1]


def test_what_was_held_back_advances_the_cursor(emulated: Emulated) -> None:
    cursor = handshake(emulated)
    waiting = emulated.poll(target("ch", cursor, filter="n == 1"))
    held_back = emulated.publish("ch", 0, meta={"n": 0})
    assert is_waiting(emulated, waiting)
    emulated.service.release()
    after, items = received(waiting.result())
    assert items == []
    assert after >= held_back
    # Even without the filter it is in the past now.
    assert is_waiting(emulated, emulated.poll(target("ch", after)))


def test_what_was_held_back_on_the_way_is_not_looked_at_again(emulated: Emulated) -> None:
    cursor = handshake(emulated, uuid="u", filter="n == 1")
    for number in (0, 1, 0):
        emulated.publish("ch", number, meta={"n": number})
    after, items = catch_up(emulated, "ch", cursor, uuid="u", filter="n == 1")
    assert payloads(items) == [1]
    assert is_waiting(emulated, emulated.poll(target("ch", after, uuid="u", filter="n == 1")))
    (subscriber,) = emulated.service.keyset("sub").subscribers
    assert (subscriber.delivered, subscriber.held_back, subscriber.seen) == (1, 2, 3)


@pytest.mark.parametrize(("undecided", "arrive"), [("keep", [1, 2]), ("drop", [2])])
def test_where_the_verdict_is_not_known_the_settings_decide(
    undecided: str, arrive: list[int]
) -> None:
    with Emulated(undecided=undecided) as emulated:
        cursor = handshake(emulated)
        # Whether text and number of the same value are equal is not known.
        emulated.publish("ch", 1, meta={"n": "5"})
        emulated.publish("ch", 2, meta={"n": 5})
        emulated.publish("ch", 3, meta={"n": 6})
        assert payloads(catch_up(emulated, "ch", cursor, uuid="u", filter="n == 5")[1]) == arrive
        (one, _) = emulated.service.keyset("sub").subscribers
        assert one.undecided == 0
        _, subscriber = emulated.service.keyset("sub").subscribers
        assert subscriber.undecided == 1


def test_a_malformed_filter_is_answered_at_the_handshake_and_refused_with_a_cursor(
    emulated: Emulated,
) -> None:
    cursor = handshake(emulated, filter="level >")
    status, body = emulated.get(target("ch", cursor, filter="level >"))
    assert status == 481
    message = body.pop("message")
    assert body == {"status": 481, "service": "PubSub", "error": True}
    assert message.startswith("Filter syntax error: ")
    assert len(message) > len("Filter syntax error: ")
    # The next request may have another one.
    emulated.publish("ch", 1, meta={"level": 1})
    assert payloads(catch_up(emulated, "ch", cursor, filter="level > 0")[1]) == [1]


def test_a_malformed_filter_can_be_silent_as_in_most_clients() -> None:
    with Emulated(filter_errors="silent") as emulated:
        cursor = handshake(emulated, filter="level >")
        waiting = emulated.poll(target("ch", cursor, filter="level >"))
        published = emulated.publish("ch", 1, meta={"level": 1})
        assert is_waiting(emulated, waiting)
        emulated.service.release()
        after, items = received(waiting.result())
        assert (items, after >= published) == ([], True)
        # Nor does anything come that was kept.
        late = emulated.poll(target("ch", cursor, filter="level >"))
        assert is_waiting(emulated, late)


# Requests that wait.


def test_a_request_is_held_for_so_long_and_then_answered_with_nothing() -> None:
    with Emulated(poll_seconds=0.05) as emulated:
        cursor = handshake(emulated)
        waiting = emulated.poll(target("ch", cursor))
        after, items = received(emulated.await_answer(waiting))
        assert (items, after >= cursor) == ([], True)
        assert emulated.service.waiting == 0


def test_a_request_that_its_client_gave_up_is_forgotten(emulated: Emulated) -> None:
    cursor = handshake(emulated)
    gone, there = (emulated.poll(target("ch", cursor)) for _ in range(2))
    gone.cancel()
    emulated.settle()
    assert emulated.service.waiting == 1
    emulated.publish("ch", 1)
    assert payloads(received(there.result())[1]) == [1]
    assert gone.cancelled()


def test_every_request_that_waits_is_answered_when_the_service_ends(emulated: Emulated) -> None:
    cursor = handshake(emulated, "a,b")
    waiting = [emulated.poll(target(name, cursor)) for name in ("a", "b", "a.*", "a,b")]
    emulated.service.release()
    assert [received(answer.result())[1] for answer in waiting] == [[]] * 4


def test_of_too_many_requests_that_wait_one_more_is_refused(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_WAITING >= 1_000
    monkeypatch.setattr("pnfilter.server.service.MAX_WAITING", 2)
    cursor = handshake(emulated)
    kept = [emulated.poll(target("ch", cursor)) for _ in range(2)]
    assert emulated.get(target("ch", cursor))[0] == 503
    emulated.publish("ch", 1)
    emulated.settle()
    assert all(answer.done() for answer in kept)
    assert catch_up(emulated, "ch", cursor)[1]


def test_many_subscribers_each_get_what_their_filter_says(emulated: Emulated) -> None:
    cursor = handshake(emulated)
    waiting = {
        number: emulated.poll(target("ch", cursor, uuid=f"u{number}", filter=f"n == {number % 5}"))
        for number in range(20)
    }
    emulated.publish("ch", "three", meta={"n": 3})
    emulated.settle()
    answered = {number for number, answer in waiting.items() if answer.done()}
    assert answered == {3, 8, 13, 18}


CHANNELS = st.sampled_from(["a", "a.b", "a.b.c", "z"])


@given(
    st.lists(st.tuples(CHANNELS, st.booleans()), max_size=25),
    st.lists(st.sampled_from(["a", "a.b", "a.*", "a.b.*", "z"]), min_size=1, unique=True),
    st.lists(CHANNELS, max_size=3),
)
def test_whether_it_waits_or_catches_up_a_subscriber_gets_the_same(
    published: list[tuple[str, bool]], names: list[str], members: list[str]
) -> None:
    """Each message that a name or the group reaches and the filter passes, once and in order."""
    joined = ",".join(names)
    with Emulated() as emulated:
        if members:
            group(emulated, "g", ",".join(members))
        cursor = start = handshake(emulated, joined, groups="g")
        live: list[Any] = []
        expected = []
        for number, (channel, passes) in enumerate(published):
            waiting = emulated.poll(target(joined, cursor, groups="g", filter="pass == 1"))
            emulated.publish(channel, number, meta={"pass": int(passes)})
            emulated.settle()
            if waiting.done():
                cursor, items = received(waiting.result())
                live += [(item["c"], item["d"], item.get("b")) for item in items]
            waiting.cancel()
            emulated.settle()
            starts = {channel, *(f"{channel.rsplit('.', 1)[0]}.*",) * ("." in channel)}
            if channel == "a.b.c":
                starts.add("a.*")
            if passes and (starts & {*names} or channel in members):
                expected.append((channel, number))
        assert [(channel, number) for channel, number, _ in live] == expected
        if expected:
            answer = emulated.get(target(joined, start, groups="g", filter="pass == 1"))[1]
            late = [(item["c"], item["d"], item.get("b")) for item in answer["m"]]
            assert late == live
        assert emulated.service.waiting == 0


def test_the_body_of_an_answer_is_json_for_any_payload(emulated: Emulated) -> None:
    cursor = handshake(emulated)
    for text in ('"\\u00e9\\n"', "1e2", '{"a":{"b":[null,true]}}', '""', "0"):
        assert emulated.get(f"/publish/pub/sub/0/ch/0/{quote(text, safe='')}")[0] == 200
    body = emulated.request("GET", target("ch", cursor)).body
    assert payloads(json.loads(body)["m"]) == ["é\n", 100, {"a": {"b": [None, True]}}, "", 0]
    assert Settings().poll_seconds < 310
