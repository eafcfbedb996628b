"""Every message reaches its subscribers once and in order, under load and lost connections."""

from __future__ import annotations

import asyncio
import copy
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.emulator.faults import cuts
from benchmarks.emulator.fillings import status_of
from benchmarks.emulator.load import Run, Seen, Verdict, judge, report
from benchmarks.emulator.service import Service
from benchmarks.emulator.soak import Seen as Samples
from benchmarks.emulator.soak import report as report_samples
from benchmarks.emulator.traffic import CHANNELS, FAN_OUT, Traffic, generate
from benchmarks.emulator.wire import (
    Connection,
    Reply,
    answer_of_poll,
    answer_of_publish,
    poll,
    publication,
    request,
)
from pnfilter import Message
from pnfilter.server import quotas
from pnfilter.server.app import UNAVAILABLE
from pnfilter.server.app import App as Emulator
from pnfilter.server.broker.events import Event
from pnfilter.server.settings import Settings
from tests.examples import share

SEED = 20180207
#: Far fewer cuts than ``python -m benchmarks.emulator.faults.cuts`` makes.
CUTS = share(200)


def nothing() -> None:
    """Shows no progress."""


# Under load


@pytest.mark.slow
def test_each_of_many_subscribers_gets_what_its_filter_lets_through(tmp_path: Path) -> None:
    traffic = generate(50, 500, SEED)
    receivers = list(traffic.receivers())
    with Service(tmp_path) as service:
        seen = asyncio.run(Run(service, traffic, 400, nothing).run())
    assert judge(traffic, receivers, seen).faults == []
    assert sum(map(len, seen.items)) == sum(map(len, receivers)) > 2_000


def test_the_same_seed_gives_the_same_traffic() -> None:
    assert generate(20, 50, SEED) == generate(20, 50, SEED)
    assert generate(20, 50, SEED) != generate(20, 50, SEED + 1)


def test_a_message_has_from_no_receiver_to_all() -> None:
    receivers = [len(each) for each in generate(100, 1_000, SEED).receivers()]
    assert sum(receivers) / len(receivers) == pytest.approx(FAN_OUT, rel=0.2)
    assert (min(receivers), max(receivers)) == (0, 100)


def received(traffic: Traffic) -> Seen:
    """What a run sees in which nothing goes wrong."""
    seen = Seen(items=[[] for _ in traffic.filters])
    for number, (message, receivers) in enumerate(
        zip(traffic.publications, traffic.receivers(), strict=True)
    ):
        timetoken = str(17_000_000_000_000_000 + number)
        seen.timetokens[number] = timetoken
        seen.due[number] = seen.sent[number] = float(number)
        item = {"c": message.channel, "d": message.data, "p": {"t": timetoken, "r": 1}}
        if message.meta is not None:
            item["u"] = message.meta
        for receiver in receivers:
            seen.items[receiver].append((item, number + 0.25))
    return seen


TRAFFIC = generate(10, 100, SEED)
RECEIVERS = list(TRAFFIC.receivers())


def test_a_run_without_a_fault_is_judged_so() -> None:
    verdict = judge(TRAFFIC, RECEIVERS, received(TRAFFIC))
    assert verdict.faults == []
    assert len(verdict.latencies) == sum(map(len, RECEIVERS)) - len(CHANNELS) * 10
    assert set(verdict.latencies) == {250.0}


def swap_on_one_channel(seen: Seen) -> None:
    items = seen.items[0]
    last = len(items) - 1
    other = next(at for at in range(last - 1, -1, -1) if items[at][0]["c"] == items[last][0]["c"])
    items[other], items[last] = items[last], items[other]


def alter_payload(seen: Seen) -> None:
    item, received = seen.items[0][0]
    seen.items[0][0] = item | {"d": "something else"}, received


def add_foreign(seen: Seen) -> None:
    number = next(number for number, each in enumerate(RECEIVERS) if 0 not in each)
    message = TRAFFIC.publications[number]
    item = {"c": message.channel, "d": message.data, "u": message.meta}
    seen.items[0].append((item | {"p": {"t": seen.timetokens[number], "r": 1}}, 0.0))


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda seen: seen.items[0].pop(), "lost"),
        (lambda seen: seen.items[0].append(seen.items[0][-1]), "1 came twice"),
        (swap_on_one_channel, "out of order"),
        (alter_payload, "came as"),
        (add_foreign, "not for it"),
        (lambda seen: seen.timetokens.update({0: seen.timetokens[1]}), "timetokens"),
        (lambda seen: seen.items[0].append(({"p": {"t": "1", "r": 1}}, 0.0)), "nobody published"),
    ],
)
def test_a_fault_of_delivery_is_found(spoil: Callable[[Seen], object], fault: str) -> None:
    seen = copy.deepcopy(received(TRAFFIC))
    spoil(seen)
    assert any(fault in found for found in judge(TRAFFIC, RECEIVERS, seen).faults)


def test_the_report_says_what_a_message_costs(capsys: pytest.CaptureFixture[str]) -> None:
    seen = received(TRAFFIC)
    seen.seconds, seen.service_processor, seen.own_processor = 10.0, 2.16, 1.08
    verdict = Verdict([], [5.0], [1.0])
    assert report(RECEIVERS, seen, verdict) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "processor  service: 22% of one, 20.00 ms a message",
        "processor  this program: 11% of one, 10.00 ms a message",
    ]


# Through lost connections


def test_a_subscriber_that_is_cut_off_and_returns_misses_nothing(tmp_path: Path) -> None:
    with Service(tmp_path, *cuts.OPTIONS) as service:
        seen = asyncio.run(cuts.Cuts(service.origin, CUTS, SEED, nothing).run())
    assert seen.faults == []
    assert seen.moments.total() == CUTS
    assert min(seen.moments.values()) > CUTS / 10
    assert min(map(len, seen.got.values())) > CUTS / 20


def test_who_returns_after_the_queue_overflowed_gets_the_rest_and_it_is_told(
    tmp_path: Path,
) -> None:
    async def overflow(origin: str) -> list[object]:
        async with Connection(origin) as connection:
            cursor, _ = answer_of_poll(await connection.ask(request(poll(["ch"], uuid="late"))))
            for number in range(25):
                answer_of_publish(await connection.ask(request(publication("ch", number))))
            target = poll(["ch"], cursor, uuid="late")
            cursor, items = answer_of_poll(await connection.ask(request(target)))
            answer_of_publish(await connection.ask(request(publication("ch", 25))))
            # From here on it is in time again.
            target = poll(["ch"], cursor, uuid="late")
            _, more = answer_of_poll(await connection.ask(request(target)))
        return [item["d"] for item in items + more]

    with Service(tmp_path, "--queue", "10") as service:
        payloads = asyncio.run(overflow(service.origin))
        assert service.stop() == 0
        log = service.log()
    assert payloads == list(range(15, 26))
    assert ", 1 missed" in log
    told = [line for line in log.splitlines() if "late came back too late" in line]
    assert len(told) == 1
    assert "warning" in told[0]
    assert " ch " in told[0]


# Memory


def samples_of(sizes: list[int]) -> Samples:
    return Samples([(float(second), size) for second, size in enumerate(sizes)])


def test_growth_is_from_the_third_tenth_to_the_last() -> None:
    steady = [5, 9, 100, 7, 7, 7, 7, 7, 7, 110, 110]
    # The third tenth ends where the fourth begins.
    assert samples_of(steady).growth(10) == pytest.approx(110 / ((100 + 7) / 2) - 1)


def test_growth_is_not_known_before_the_end() -> None:
    assert samples_of([100] * 8).growth(10) is None


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ({"200": 9, "400": 1, "503 full": 2}, 0),
        ({"200": 9, "503": 1}, 1),
        ({"200": 9, "500": 1}, 1),
    ],
)
def test_a_store_that_is_full_is_no_fault_and_one_that_fails_is(
    statuses: dict[str, int], status: int
) -> None:
    seen = samples_of([100] * 11)
    seen.statuses.update(statuses)
    assert report_samples(seen, 10) == status


def test_what_a_full_store_answers_is_told_from_what_a_failing_one_does() -> None:
    with pytest.raises(quotas.LimitReached) as full:
        quotas.Quotas(1, in_file=False).expected.check("key", 10_000_000)
    emulator = Emulator(Settings())
    answers = (emulator._refuse(full.value), UNAVAILABLE)
    emulator.close()
    found = [status_of(Reply(answer.status, {}, answer.body, 0)) for answer in answers]
    assert found == ["503 full", "503"]


def bytes_of(value: object, seen: set[int]) -> int:
    """The memory of an event or a part of it, whatever is in it more than once counted once."""
    if id(value) in seen:
        return 0
    seen.add(id(value))
    inner: list[object] = []
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    elif isinstance(value, list):
        inner = value
    elif isinstance(value, Event | Message):
        inner = [getattr(value, name) for name in type(value).__slots__]
    return sys.getsizeof(value) + sum(bytes_of(one, seen) for one in inner)


@pytest.mark.parametrize(
    "value",
    [
        {"n": 1, "text": "x" * 100},
        "x" * 30_000,
        [[]] * 10_000,
        [{"a": 1}] * 4_000,
        [1.5] * 8_000,
        {"user": {"name": "a", "roles": ["b", "c"]}, "scores": [1, 2, 3]},
    ],
    ids=["small", "text", "arrays", "objects", "numbers", "nested"],
)
def test_an_event_is_about_as_large_as_it_says(value: object) -> None:
    payload = json.dumps(value).encode()
    message = Message(json.loads(payload), {"n": 1})
    event = Event("ch", 17_000_000_000_000_000, payload, message, key="k", meta=b'{"n":1}')
    assert 0.6 < event.size / bytes_of(event, set()) < 1.7
