"""History: both forms, its parts of the timeline, counts, deletion, expiry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from pnfilter.server.settings import MAX_COUNTED, MAX_TIMETOKEN
from tests.examples import examples
from tests.server.emulated import Emulated

V2 = "/v2/history/sub-key/sub/channel/"
V3 = "/v3/history/sub-key/sub/channel/"
COUNTS = "/v3/history/sub-key/sub/message-counts/"
#: Bodies of the real service (2016 to 2020), and requests that are answered in the same way here.
RECORDED = {
    "hey-0 to hey-4": (
        "GET",
        V2 + "five?count=100",
        '[["hey-0","hey-1","hey-2","hey-3","hey-4"],14820999261239656,14820999264622346]',
    ),
    "nothing": ("GET", V2 + "none?count=100", "[[],0,0]"),
    "count of one": (
        "GET",
        COUNTS + "last?timetoken=1",
        '{"status": 200, "error": false, "error_message": "", "channels": {"last":1}}',
    ),
    "count of two": (
        "GET",
        COUNTS + "last,none?channelsTimetoken=1,2",
        '{"status": 200, "error": false, "error_message": "", "channels": {"last":1,"none":0}}',
    ),
    "deletion": (
        "DELETE",
        V3 + "five?start=1&end=2",
        '{"status": 200, "error": false, "error_message": ""}',
    ),
}


def without_timetokens(value: Any) -> Any:
    """The value with 0 for each number that is a timetoken."""
    match value:
        case list():
            return [without_timetokens(item) for item in value]
        case int() if value > 10**16:
            return 0
    return value


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_answers(emulated: Emulated, name: str) -> None:
    method, target, body = RECORDED[name]
    for number in range(5):
        emulated.publish("five", f"hey-{number}")
    emulated.publish("last", "hey")
    answer = emulated.request(method, target)
    assert answer.status == 200
    found, recorded = json.loads(answer.body), json.loads(body)
    assert without_timetokens(found) == without_timetokens(recorded)
    if isinstance(recorded, dict):
        assert list(found) == list(recorded)


def test_history_gives_payloads_and_the_timetokens_of_both_ends(emulated: Emulated) -> None:
    sent = [emulated.publish("a", message) for message in ({"n": 1}, "zwei", None)]
    emulated.publish("b", "elsewhere")
    assert emulated.get(V2 + "a") == (200, [[{"n": 1}, "zwei", None], sent[0], sent[-1]])


def test_history_with_timetokens_and_metadata(emulated: Emulated) -> None:
    first = emulated.publish("a", 1, meta={"k": "v"})
    second = emulated.publish("a", 2)

    def items(query: str) -> Any:
        return emulated.get(f"{V2}a?{query}")[1][0]

    assert items("include_token=true") == [
        {"message": 1, "timetoken": first},
        {"message": 2, "timetoken": second},
    ]
    assert items("include_token=true&string_message_token=true")[0]["timetoken"] == str(first)
    assert items("include_meta=true") == [
        {"message": 1, "meta": {"k": "v"}},
        {"message": 2, "meta": ""},
    ]
    assert items("include_meta=false&include_token=false") == [1, 2]


@pytest.mark.parametrize(
    "payload", ['{ "b":1.50,\t"a" : [1e2 , -0] }', '"\\u00e4\\/ \\ud83d\\ude00"', ' "ä" ', "1E+2"]
)
def test_payloads_and_metadata_come_back_byte_for_byte(emulated: Emulated, payload: str) -> None:
    target = f"/publish/p/sub/0/a/0?{urlencode({'meta': payload}, quote_via=quote)}"
    assert emulated.post(target, payload.encode())[0] == 200
    text = emulated.request("GET", V2 + "a").body.decode()
    assert text.startswith("[[" + payload + "],")
    text = emulated.request("GET", V3 + "a?include_meta=true").body.decode()
    assert '{"message":' + payload + ',"timetoken":' in text
    assert '"meta":' + payload + "}]" in text


def test_what_is_not_stored(emulated: Emulated) -> None:
    emulated.publish("a", "unstored", store="0")
    emulated.get("/signal/p/sub/0/a/0/1")
    assert emulated.get(V2 + "a") == (200, [[], 0, 0])
    emulated.publish("a", "fired", norep="true")
    emulated.publish("a", "stored", store="1")
    assert emulated.get(V2 + "a")[1][0] == ["fired", "stored"]


def test_a_message_that_was_stored_for_an_hour(emulated: Emulated) -> None:
    emulated.publish("a", "short", ttl=1)
    emulated.publish("a", "for ever", ttl=0)
    emulated.publish("a", "nearly for ever", ttl=10**19)
    emulated.seconds += 3_599
    assert emulated.get(V2 + "a")[1][0] == ["short", "for ever", "nearly for ever"]
    emulated.seconds += 2
    # It is gone before it is deleted, too.
    assert emulated.get(V2 + "a")[1][0] == ["for ever", "nearly for ever"]
    assert emulated.get(COUNTS + "a?timetoken=0")[1]["channels"] == {"a": 2}
    emulated.app.expire()
    assert emulated.get(V2 + "a")[1][0] == ["for ever", "nearly for ever"]


def test_what_has_expired_makes_room() -> None:
    with Emulated(history_limit=2) as emulated:
        for number in range(2):
            emulated.publish("a", number, ttl=1)
        emulated.wait(3_601)
        for number in range(2, 4):
            emulated.publish("a", number)
        assert emulated.get(V2 + "a")[1][0] == [2, 3]
        # One that expires in between is no longer counted.
        emulated.publish("b", 1)
        emulated.publish("b", 2, ttl=1)
        emulated.wait(3_601)
        emulated.publish("b", 3)
        assert emulated.get(V2 + "b")[1][0] == [1, 3]


def test_a_keyset_has_a_history_of_its_own(emulated: Emulated) -> None:
    mine, other = "/v2/history/sub-key/sub/channel/a", "/v2/history/sub-key/other/channel/a"
    emulated.publish("a", "mine")
    emulated.publish("a", "other", key="other")
    assert emulated.get(mine)[1][0] == ["mine"]
    emulated.delete("/v3/history/sub-key/other/channel/a")
    assert emulated.get(other)[1] == [[], 0, 0]
    assert emulated.get(mine)[1][0] == ["mine"]


def test_names_are_decoded(emulated: Emulated) -> None:
    emulated.publish("a/b ü", 1)
    status, body = emulated.get(V3 + "a%2Fb%20%C3%BC,none")
    assert (status, list(body["channels"])) == (200, ["a%2Fb%20%C3%BC"])
    for flag, name in (("false", "a/b ü"), ("true", "a%2Fb%20%C3%BC"), ("null", "a%2Fb%20%C3%BC")):
        body = emulated.get(f"{V3}a%2Fb%20%C3%BC?encode_channels={flag}")[1]
        assert list(body["channels"]) == [name]


def test_fetch_gives_what_is_asked_for(emulated: Emulated) -> None:
    first = emulated.publish("a", 1, uuid="alice", meta={"k": 1}, custom_message_type="greeting")
    second = emulated.publish("a", 2)
    plain = [{"message": 1, "timetoken": str(first)}, {"message": 2, "timetoken": str(second)}]
    assert emulated.get(V3 + "a")[1]["channels"] == {"a": plain}
    asked = "&".join(
        f"include_{name}=true" for name in ("meta", "uuid", "message_type", "custom_message_type")
    )
    assert emulated.get(f"{V3}a?{asked}")[1]["channels"]["a"] == [
        {
            **plain[0],
            "meta": {"k": 1},
            "uuid": "alice",
            "message_type": None,
            "custom_message_type": "greeting",
        },
        {**plain[1], "meta": "", "uuid": "", "message_type": None, "custom_message_type": None},
    ]


def test_a_channel_without_messages_is_left_out(emulated: Emulated) -> None:
    emulated.publish("a", 1)
    status, body = emulated.get(V3 + "a,b")
    assert status == 200
    assert list(body) == ["status", "error", "error_message", "channels"]
    assert body["channels"].keys() == {"a"}


@pytest.mark.parametrize(
    ("target", "messages"),
    [
        (V2 + "a", 100),
        (V2 + "a?count=1000", 100),
        (V2 + "a?count=0", 100),
        (V2 + "a?count=7", 7),
        (V3 + "a", 100),
        (V3 + "a?max=1000", 100),
        (V3 + "a?max=7", 7),
        (V3 + "a,b", 25),
        (V3 + "a,b?max=100", 25),
        (V3 + "a,b?max=7", 7),
        ("/v3/history-with-actions/sub-key/sub/channel/a", 25),
        ("/v3/history-with-actions/sub-key/sub/channel/a?max=7", 7),
    ],
)
def test_the_newest_messages_up_to_a_limit(emulated: Emulated, target: str, messages: int) -> None:
    for number in range(110):
        emulated.publish("a", number)
    body = emulated.get(target)[1]
    if isinstance(body, list):
        found = body[0]
    else:
        found = [item["message"] for item in body["channels"]["a"]]
        assert ("more" in body) == ("with-actions" in target)
    assert found == list(range(110 - messages, 110))


def test_the_oldest_messages_go_where_the_limit_of_a_channel_is_reached() -> None:
    with Emulated(history_limit=3) as emulated:
        for number in range(5):
            emulated.publish("a", number)
            emulated.publish("b", number)
            assert emulated.get(V2 + "a")[1][0] == list(range(max(0, number - 2), number + 1))
        emulated.delete(f"{V3}b")
        for number in range(2):
            emulated.publish("b", number)
        assert emulated.get(V2 + "a")[1][0] == [2, 3, 4]
        assert emulated.get(V2 + "b")[1][0] == [0, 1]
        assert emulated.get(COUNTS + "a,b?timetoken=0")[1]["channels"] == {"a": 3, "b": 2}


def test_without_history_nothing_is_stored() -> None:
    with Emulated(history_limit=0) as emulated:
        emulated.publish("a", 1)
        assert emulated.get(V2 + "a")[1] == [[], 0, 0]


def test_deletion_is_after_start_up_to_and_with_end(emulated: Emulated) -> None:
    sent = [emulated.publish("a", number) for number in range(6)]
    emulated.delete(f"{V3}a?start={sent[0]}&end={sent[2]}")
    assert emulated.get(V2 + "a")[1][0] == [0, 3, 4, 5]
    # One message, as the documentation says to do it, from either side.
    emulated.delete(f"{V3}a?start={sent[4] - 1}&end={sent[4]}")
    emulated.delete(f"{V3}a?start={sent[3] + 1}&end={sent[3]}")
    assert emulated.get(V2 + "a")[1][0] == [0, 5]
    emulated.delete(f"{V3}a")
    assert emulated.get(V2 + "a")[1] == [[], 0, 0]


def test_counts_are_of_newer_messages(emulated: Emulated) -> None:
    sent = [emulated.publish("a", number) for number in range(4)]
    emulated.publish("b", 1)
    assert emulated.get(f"{COUNTS}a,b,c?timetoken={sent[1]}")[1]["channels"] == {
        "a": 2,
        "b": 1,
        "c": 0,
    }
    each = f"{COUNTS}a,b?channelsTimetoken={sent[2]}%2C{MAX_TIMETOKEN}"
    assert emulated.get(each)[1]["channels"] == {"a": 1, "b": 0}


def test_counts_end_at_a_limit() -> None:
    with Emulated(history_limit=MAX_COUNTED + 1) as emulated:
        with emulated.broker.store.database.transaction():
            for _ in range(MAX_COUNTED + 1):
                emulated.publish("a", 1)
        assert emulated.get(COUNTS + "a?timetoken=0")[1]["channels"] == {"a": MAX_COUNTED}


@pytest.mark.parametrize(
    "asked",
    [
        *("a", "a?timetoken=1&channelsTimetoken=1", "a,b?channelsTimetoken=1", ",?timetoken=1"),
        ",".join(f"c{number}" for number in range(101)) + "?timetoken=1",
    ],
)
def test_counts_without_a_timetoken_for_each_channel(emulated: Emulated, asked: str) -> None:
    assert emulated.get(COUNTS + asked) == (
        400,
        {"status": 400, "error": True, "error_message": "Invalid Arguments", "channels": {}},
    )


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (V2 + "a?count=x", "`count` must be a whole number"),
        (V2 + "a?start=-1", "`start` must be a whole number"),
        (V2 + "a?end=1.5", "`end` must be a whole number"),
        (V3 + "a?max=" + "9" * 21, "`max` must be a whole number"),
        (V3 + ",", "1 to 500 channels"),
        (V3 + ",".join(f"c{number}" for number in range(501)), "1 to 500 channels"),
        ("/v3/history-with-actions/sub-key/sub/channel/a,b", "one channel"),
        (COUNTS + "a?channelsTimetoken=x", "`channelsTimetoken` must be a whole number"),
        (COUNTS + "a?timetoken=%20", "`timetoken` must be a whole number"),
    ],
)
def test_requests_that_make_no_sense(emulated: Emulated, target: str, words: str) -> None:
    status, body = emulated.get(target)
    assert (status, body["status"], body["error"]) == (400, 400, True)
    assert words in body["message"]


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 10**20 - 1])
def test_the_largest_numbers(emulated: Emulated, number: int) -> None:
    emulated.publish("a", 1)
    assert emulated.get(f"{V2}a?start={number}")[1][0] == [1]
    assert emulated.get(f"{V2}a?start={number}&reverse=true")[1] == [[], 0, 0]
    assert emulated.get(f"{V2}a?end={number}")[1] == [[], 0, 0]
    assert emulated.get(f"{V2}a?end={number}&reverse=true")[1][0] == [1]
    assert emulated.get(f"{COUNTS}a?timetoken={number}")[1]["channels"] == {"a": 0}


@pytest.fixture(scope="module")
def ten() -> Iterator[tuple[Emulated, list[int]]]:
    """A service with ten messages on one channel, and their timetokens."""
    with Emulated() as emulated:
        sent = []
        for number in range(10):
            emulated.wait(1)
            sent.append(emulated.publish("a", number))
        yield emulated, sent


def expected(
    sent: list[int], start: int | None, end: int | None, reverse: bool, count: int
) -> list[int]:
    """What the documentation says of one message after the other."""

    def within(timetoken: int) -> bool:
        if start is not None and end is not None:
            low, high = sorted((start, end))
            return low <= timetoken <= high and timetoken != start
        if start is not None:
            return timetoken > start if reverse else timetoken < start
        if end is not None:
            return timetoken <= end if reverse else timetoken >= end
        return True

    numbers = [number for number, timetoken in enumerate(sent) if within(timetoken)]
    return numbers[:count] if reverse else numbers[-count:]


@examples(2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    places=st.tuples(*[st.none() | st.tuples(st.integers(0, 9), st.integers(-1, 1))] * 2),
    reverse=st.booleans(),
    count=st.integers(1, 12),
)
def test_every_part_of_the_timeline(
    ten: tuple[Emulated, list[int]],
    places: tuple[tuple[int, int] | None, tuple[int, int] | None],
    reverse: bool,
    count: int,
) -> None:
    emulated, sent = ten
    start, end = (None if place is None else sent[place[0]] + place[1] for place in places)
    query = {"count": count, "max": count, "reverse": "true" if reverse else "false"}
    query |= {} if start is None else {"start": start}
    query |= {} if end is None else {"end": end}
    wanted = expected(sent, start, end, reverse, count)
    status, (messages, first, last) = emulated.get(f"{V2}a?{urlencode(query)}")
    assert (status, messages) == (200, wanted)
    assert (first, last) == ((sent[wanted[0]], sent[wanted[-1]]) if wanted else (0, 0))
    channels = emulated.get(f"{V3}a?{urlencode(query)}")[1]["channels"]
    assert [item["message"] for item in channels.get("a", [])] == wanted
    newer = emulated.get(f"{COUNTS}a?timetoken={start or 0}")[1]["channels"]["a"]
    assert newer == len([timetoken for timetoken in sent if timetoken > (start or 0)])
