"""Subscribe with a filter: what arrives, what is held back, and where the next request goes on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.emulated import Emulated, received
from tests.server.subscribing import catch_up, handshake, is_waiting, payloads, target


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
    emulated.app.release()
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
    (subscriber,) = emulated.broker.keyset("sub").subscribers
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
        (one, _) = emulated.broker.keyset("sub").subscribers
        assert one.undecided == 0
        _, subscriber = emulated.broker.keyset("sub").subscribers
        assert subscriber.undecided == 1


def test_signals_arrive_whatever_the_settings_and_the_filter() -> None:
    with Emulated(undecided="drop") as emulated:
        cursor = handshake(emulated)
        emulated.get("/signal/pub/sub/0/ch/0/1")
        assert payloads(catch_up(emulated, "ch", cursor, uuid="u", filter="n == 5")[1]) == [1]


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


def test_a_malformed_filter_keeps_nothing_of_the_parser(emulated: Emulated) -> None:
    handshake(emulated, filter="level >")
    [subscriber] = emulated.broker.keyset("sub").subscribers
    error = subscriber.filter.error
    assert error is not None
    assert (error.__traceback__, error.__context__) == (None, None)


def test_a_malformed_filter_can_be_silent_as_in_most_clients() -> None:
    with Emulated(filter_errors="silent") as emulated:
        cursor = handshake(emulated, filter="level >")
        waiting = emulated.poll(target("ch", cursor, filter="level >"))
        published = emulated.publish("ch", 1, meta={"level": 1})
        assert is_waiting(emulated, waiting)
        emulated.app.release()
        after, items = received(waiting.result())
        assert (items, after >= published) == ([], True)
        # Nor does anything come that was kept.
        late = emulated.poll(target("ch", cursor, filter="level >"))
        assert is_waiting(emulated, late)


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
    """Each message that the filter passes, in order: once by a name, and once by the group."""
    joined = ",".join(names)
    with Emulated() as emulated:
        if members:
            emulated.group("g", ",".join(members))
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
            if passes:
                copies = bool(starts & {*names}) + (channel in members)
                expected += [(channel, number)] * copies
        assert [(channel, number) for channel, number, _ in live] == expected
        if expected:
            answer = emulated.get(target(joined, start, groups="g", filter="pass == 1"))[1]
            late = [(item["c"], item["d"], item.get("b")) for item in answer["m"]]
            assert late == live
        assert emulated.broker.waiting == 0
