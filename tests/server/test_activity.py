"""What the log tells of filters, and what is counted."""

from __future__ import annotations

import gc
import json
import logging
import threading
import tracemalloc
from collections.abc import Iterator

import pytest

from pnfilter.message import EventType, Message
from pnfilter.semantics import Reason
from pnfilter.semantics.assumptions import Assumptions
from pnfilter.server import running
from pnfilter.server.activity import MAX_FINDINGS, Activity
from pnfilter.server.broker.events import Event
from pnfilter.server.broker.filters import SubscriberFilter
from pnfilter.server.broker.subscriptions import Subscriber
from pnfilter.server.http.request import Query, Request
from pnfilter.server.http.response import Answer
from pnfilter.server.log import Entry, LineFormatter, LineWriter, LogFormat
from tests.examples import share
from tests.server.emulated import Emulated
from tests.server.exchanging import fetch
from tests.server.logged import Lines, logged
from tests.server.subscribing import catch_up, handshake, target


@pytest.fixture
def log() -> Iterator[Lines]:
    with logged() as lines:
        yield lines


def subscriber(filter: str, user: str = "alice") -> Subscriber:
    return Subscriber(user, SubscriberFilter(filter))


def event(data: object = 1, meta: object = None, kind: EventType = "message") -> Event:
    return Event("news", 5, b"1", Message(data, meta, kind=kind), key="k")


# The handshake


def test_what_the_checker_finds_is_told_once_for_each_user_and_filter(log: Lines) -> None:
    activity = Activity()
    alice = subscriber("language != spanish")
    for _ in range(3):
        activity.on_handshake(alice)
    assert log.about("alice") == [
        "filter of alice: language != spanish",
        "warning: W401 in the filter of alice: `spanish` is read as a metadata field, not as "
        'a string; quote a string: "spanish"; for a metadata field write meta.spanish',
    ]
    activity.on_handshake(subscriber("language != spanish", "bob"))
    assert len(log.about("bob")) == 2


def test_a_filter_without_findings_is_told_too(log: Lines) -> None:
    Activity().on_handshake(subscriber('meta.region == "eu"', ""))
    assert log.about("filter") == ['filter of a subscriber without a uuid: meta.region == "eu"']


def test_a_subscriber_without_a_filter_is_not_told(log: Lines) -> None:
    Activity().on_handshake(subscriber(""))
    assert log.lines == []


def test_errors_of_a_malformed_filter_are_told(log: Lines) -> None:
    Activity().on_handshake(subscriber("a =="))
    assert log.about("E212")[0].startswith("warning: E212 in the filter of alice: `==` has nothing")


def test_a_filter_that_rests_on_an_assumed_rule_is_marked(log: Lines) -> None:
    Activity().on_handshake(subscriber("data.width * data.height > 100"))
    first, *findings = log.about("alice")
    assert first == (
        "filter of alice: data.width * data.height > 100; it rests on assumed rules: to work here "
        "is no proof that it works on the service"
    )
    assert [finding for finding in findings if finding.startswith("I504 in the filter of alice: ")]


def test_what_the_emulator_assumes_is_not_told_as_unknown(log: Lines) -> None:
    text = "data.name > 'm'"
    assumed = Assumptions.of("text-ordering=strings")
    Activity().on_handshake(subscriber(text, "bob"))
    Activity().on_handshake(Subscriber("alice", SubscriberFilter(text, assumed)))
    assert [bool(log.about(f"W422 in the filter of {user}")) for user in ("bob", "alice")] == [
        True,
        False,
    ]


def test_what_is_only_a_hint_is_not_told(log: Lines) -> None:
    Activity().on_handshake(subscriber("region == 'eu'"))
    assert log.about("alice") == ["filter of alice: region == 'eu'"]


def test_findings_have_an_end(log: Lines) -> None:
    Activity().on_handshake(subscriber(" && ".join(f"a{number} = 'b'" for number in range(90))))
    assert len(log.about(" in the filter of alice")) == MAX_FINDINGS


def test_what_is_kept_of_a_checked_filter_is_small(log: Lines) -> None:
    filters = share(5)
    activity = Activity()
    tracemalloc.start()
    try:
        for number in range(filters):
            # A finding for each word.
            activity.on_handshake(subscriber(f"a{number}" + "||a" * 2_000))
        gc.collect()
        with_it, _ = tracemalloc.get_traced_memory()
        del activity
        gc.collect()
        without, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(log.about(" in the filter of alice")) == filters * MAX_FINDINGS
    # The text itself, and those findings that were told.
    assert 0 < (with_it - without) / filters < 100_000


def test_findings_as_json() -> None:
    with logged("json") as log:
        Activity().on_handshake(subscriber("such=wow"))
    filter, assumed, finding = map(json.loads, log.lines)
    assert (assumed["level"], assumed["code"], assumed["severity"]) == ("info", "I504", "info")
    assert filter.pop("time") <= finding.pop("time")
    assert filter == {
        "level": "info",
        "event": "filter",
        "user": "alice",
        "filter": "such=wow",
        "channels": [],
        "groups": [],
        "assumed": True,
    }
    assert finding["level"] == "warning"
    assert (finding["event"], finding["code"], finding["severity"]) == (
        "finding",
        "W403",
        "warning",
    )
    assert (finding["start"], finding["end"]) == (4, 5)
    assert {finding["user"], finding["filter"]} == {"alice", "such=wow"}
    assert finding["help"].startswith("write such ==")


def test_a_handshake_of_the_protocol_is_told(emulated: Emulated, log: Lines) -> None:
    handshake(emulated, "news", uuid="alice", filter="such=wow")
    handshake(emulated, "news", uuid="alice", filter="such=wow")
    assert [line.partition(" in ")[0] for line in log.about("alice")][1:] == [
        "I504",
        "warning: W403",
    ]


def test_a_subscriber_that_begins_with_a_cursor_is_told(emulated: Emulated, log: Lines) -> None:
    cursor = handshake(emulated, "news")
    emulated.poll(target("news", cursor, uuid="alice", filter="such=wow"))
    refused = emulated.request("GET", target("news", cursor, uuid="bob", filter="such=="))
    assert refused.status == 481
    assert [line.partition(" in ")[0] for line in log.about("alice")][1:] == [
        "I504",
        "warning: W403",
    ]
    assert [line.partition(" in ")[0] for line in log.about("bob")][1:] == ["warning: E212"]


def test_nothing_is_checked_for_a_log_that_nobody_reads() -> None:
    logger = logging.getLogger("pnfilter.server")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        alice = subscriber("such=wow")
        Activity().on_handshake(alice)
        assert not alice.is_logged
    finally:
        logger.setLevel(before)


# What filters did


def test_an_undecided_filter_is_told_once_for_each_reason(emulated: Emulated, log: Lines) -> None:
    cursor = handshake(emulated, "news", uuid="alice", filter="meta.level == 5")
    for level in ("5", "5", 5, [5]):
        emulated.publish("news", 1, meta={"level": level})
    catch_up(emulated, "news", cursor, uuid="alice", filter="meta.level == 5")
    assert log.about("undecided") == [
        "warning: undecided on news: meta.level == 5: whether a number equals its own text is not known",
        "warning: undecided on news: meta.level == 5: an element is equal, and whether the array "
        "then is equal is not known",
    ]
    counts = emulated.app.activity.counts
    assert (counts.undecided, counts.delivered, counts.held_back) == (3, 4, 0)


def test_that_filters_are_not_known_to_apply_is_no_warning(log: Lines) -> None:
    Activity().on_undecided(subscriber("a == 1"), event(kind="signal"), Reason.EVENT_KIND)
    (line,) = log.about("undecided")
    assert line.startswith("undecided on news: a == 1: whether filters apply to signals")


def test_many_undecided_filters_keep_no_other_from_being_told(log: Lines) -> None:
    activity = Activity()
    for number in range(2_000):
        activity.on_undecided(subscriber(f"a == {number}"), event(), Reason.NO_RESULT)
    assert len(log.lines) == 2_000
    late = subscriber("late == 1")
    for _ in range(3):
        activity.on_undecided(late, event(), Reason.NO_RESULT)
    assert len(log.about("late == 1")) == 1
    assert activity.counts.undecided == 2_003


def test_events_are_counted_by_kind(emulated: Emulated) -> None:
    emulated.publish("news", 1)
    emulated.publish("news", 1, norep="true")
    emulated.get("/signal/pub/sub/0/news/0/1")
    counts = emulated.app.activity.counts
    assert counts.events == {"message": 2, "signal": 1}


def test_what_was_missed_is_told_and_counted(log: Lines) -> None:
    with Emulated(queue=2) as emulated:
        cursor = handshake(emulated, "news", uuid="alice")
        for number in range(5):
            emulated.publish("news", number)
        _, items = catch_up(emulated, "news", cursor, uuid="alice")
        assert [item["d"] for item in items] == [3, 4]
        assert emulated.app.activity.counts.missed == 1
    (line,) = log.about("late")
    assert line == (
        "warning: alice came back too late: older messages of news were dropped from the queue, "
        "and some of them may not have been seen"
    )


# Why was it held back?


@pytest.mark.parametrize(
    ("filter", "data", "why"),
    [
        ("data.n > 3", {"n": 2}, "`data.n > 3` is NO_MATCH (data.n is 2)"),
        (
            "data.n > 3 && data.m == 1",
            {"n": 4},
            "`data.m == 1` is NO_MATCH (data.m is missing, which never matches)",
        ),
        (
            "data.n > 3 || data.n < 1",
            {"n": 2},
            "`data.n > 3` is NO_MATCH (data.n is 2); `data.n < 1` is NO_MATCH (data.n is 2)",
        ),
        ("!(data.n > 1)", {"n": 2}, "`data.n > 1` is MATCH (data.n is 2)"),
        (
            "data.a == 1 || data.b == 1 || data.c == 1 || data.d == 1 || data.e == 1",
            dict.fromkeys("abcde", 2),
            "`data.a == 1` is NO_MATCH (data.a is 2); `data.b == 1` is NO_MATCH (data.b is 2); "
            "`data.c == 1` is NO_MATCH (data.c is 2); and 2 more",
        ),
        (
            "data.n == 5",
            {"n": "5"},
            '`data.n == 5` is UNDECIDED (data.n is "5", whether a number equals its own text is '
            "not known)",
        ),
        ("data.n == 2", {"n": 2}, "its filter lets it through, and something else holds it back"),
        ("data.n ==", {}, "its filter is malformed"),
        ("", {}, "it has no filter"),
    ],
)
def test_the_part_of_the_filter_that_decided_is_told(
    log: Lines, filter: str, data: object, why: str
) -> None:
    activity = Activity(explain=True)
    activity.on_held_back(subscriber(filter), event(data))
    assert log.about("held back") == [f"held back from alice on news: {why}"]


def test_without_explain_nothing_of_a_message_is_told(log: Lines) -> None:
    activity = Activity()
    activity.on_held_back(subscriber("data.n > 3"), event({"n": 2}))
    assert log.lines == []
    assert activity.counts.held_back == 1


def test_held_back_as_the_service_goes(log: Lines) -> None:
    with Emulated(explain=True, undecided="drop") as emulated:
        cursor = handshake(emulated, "news", uuid="alice", filter="data.n == 5")
        for number in (5, "5", 6):
            emulated.publish("news", {"n": number})
        _, items = catch_up(emulated, "news", cursor, uuid="alice", filter="data.n == 5")
        assert [item["d"]["n"] for item in items] == [5]
    assert len(log.about("held back")) == 2


# Requests


def test_requests_are_counted_by_operation_and_status() -> None:
    activity = Activity()
    request = Request("GET", "/time/0", Query(""), {})
    request.operation = "time"
    activity.on_answered(request, Answer(200), 0.002)
    activity.on_answered(request, Answer(500), 1000)
    activity.on_answered(request, None, 0.001)
    assert activity.counts.requests == {("time", 200): 1, ("time", 500): 1, ("time", 0): 1}


def test_two_servers_count_for_themselves() -> None:
    with running() as one, running() as two:
        for target in ("/time/0", "/time/0", "/nowhere", "/v2/subscribe/s/,/0"):
            fetch(one.origin, target)
        counts = [server.call(lambda app: app.activity.counts) for server in (one, two)]
    assert counts[0].requests == {("time", 200): 2, ("", 404): 1, ("subscribe", 400): 1}
    assert not counts[1].requests


def test_a_request_that_was_given_up_is_told(log: Lines) -> None:
    activity = Activity()
    activity.on_answered(Request("GET", "/x", Query(""), {}), None, 1.5)
    activity.on_answered(Request("NONSENSE", "/x", Query(""), {}), Answer(405, b"12"), 0.0001)
    assert log.about("/") == ["- GET /… given up 1500.0 ms", "- … /… 405 2 B 0.1 ms"]


def test_a_record_of_a_request_tells_handlers_as_much_as_any_other() -> None:
    activity = Activity()
    logger = logging.getLogger("pnfilter.server.access")
    seen: list[logging.LogRecord] = []

    class Seeing(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record)

    handler, before = Seeing(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        for answer in (Answer(200), Answer(404)):
            activity.on_answered(Request("GET", "/x", Query(""), {}), answer, 1.5)
        logger.info("another")
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
    first, second, other = seen
    assert [record.getMessage() for record in (first, second)] == [
        "- GET /… 200 0 B 1500.0 ms",
        "- GET /… 404 0 B 1500.0 ms",
    ]
    assert vars(first).keys() == vars(other).keys()
    for name in ("name", "levelname", "thread", "threadName", "process"):
        assert getattr(first, name) == getattr(second, name) == getattr(other, name)
    for name in ("created", "relativeCreated"):
        assert getattr(first, name) <= getattr(second, name) <= getattr(other, name)
    assert second.msecs == pytest.approx(second.created % 1 * 1000)


# Lines


def record(message: object, *arguments: object, name: str = "asyncio") -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, "events.py", 7, message, arguments, None)


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (record("Malformed %s: %r", "SECRET", "SECRET"), "asyncio Malformed …: … events:7"),
        (record("Nothing: SECRET"), "asyncio Nothing events:7"),
        (record("Task was lost\nSECRET"), "asyncio Task was lost events:7"),
        (record("All of %s", "it", name="pnfilter.server"), "All of it"),
        (record("odd\n%s", "\x1b", name="pnfilter.server"), "odd\\n\\x1b"),
    ],
)
def test_what_others_log_is_shown_without_what_was_filled_in(
    made: logging.LogRecord, shown: str
) -> None:
    assert LineFormatter("text").format(made).partition(" ")[2] == f"warning: {shown}"
    assert "SECRET" not in LineFormatter("json").format(made)


def test_an_exception_is_shown_by_its_type_and_place() -> None:
    with pytest.raises(LookupError) as caught:
        json.loads("{}")["SECRET"]
    made = record("Uncaught exception")
    made.exc_info = (LookupError, caught.value, caught.tb)
    line = LineFormatter("text").format(made)
    assert "Uncaught exception events:7 LookupError test_activity.py:" in line
    assert "SECRET" not in line
    fields = json.loads(LineFormatter("json").format(made))
    assert (fields["event"], fields["exception"]) == ("internal", "LookupError")


def test_lines_are_pure_ascii_in_json() -> None:
    made = record(Entry("note", "é", text="é\n"))
    assert LineFormatter("json").format(made).isascii()


def test_lines_are_written_in_order() -> None:
    written: list[bytes] = []
    writer = LineWriter(written.append, "text")
    for number in range(100):
        writer.write(f"line {number} é \udc80")
    writer.close()
    lines = b"".join(written).splitlines(keepends=True)
    assert len(lines) == 100
    assert lines[7] == b"line 7 \xc3\xa9 \\udc80\n"


@pytest.mark.parametrize("form", ["text", "json"])
def test_who_logs_does_not_wait_for_who_reads(
    monkeypatch: pytest.MonkeyPatch, form: LogFormat
) -> None:
    monkeypatch.setattr("pnfilter.server.log.MAX_LINES", 3)
    written: list[bytes] = []
    blocked, free = threading.Event(), threading.Event()

    def write(data: bytes) -> None:
        blocked.set()
        assert free.wait(20)
        written.append(data)

    writer = LineWriter(write, form)
    writer.write("first")
    assert blocked.wait(20)
    for number in range(10):
        writer.write(f"line {number}")
    assert writer.dropped == 7
    free.set()
    writer.close()
    *lines, told = b"".join(written).decode().splitlines()
    assert lines == ["first", "line 0", "line 1", "line 2"]
    if form == "text":
        assert told.partition(" ")[2] == "warning: 7 log lines were dropped"
    else:
        assert json.loads(told).items() >= {"event": "dropped", "lines": 7}.items()


def test_the_end_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pnfilter.server.log.MAX_LINES", 1)
    monkeypatch.setattr("pnfilter.server.log.CLOSING_SECONDS", 0.01)
    blocked, free = threading.Event(), threading.Event()

    def write(_: bytes) -> None:
        blocked.set()
        assert free.wait(20)

    writer = LineWriter(write, "text")
    writer.write("first")
    assert blocked.wait(20)
    writer.write("second")
    writer.close()
    assert writer._thread.is_alive()
    free.set()
    writer._lines.put(None)
    writer._thread.join(20)


def test_a_reader_that_went_away_is_let_go() -> None:
    def write(_: bytes) -> None:
        raise BrokenPipeError

    writer = LineWriter(write, "text")
    writer.write("first")
    writer._thread.join(20)
    assert not writer._thread.is_alive()
    writer.write("second")
    writer.close()
