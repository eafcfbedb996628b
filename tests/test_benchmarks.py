"""What the benchmarks take in is what it claims to be: filters, and answers to a client.

And their end.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic
from xml.etree import ElementTree as ET

import pytest

import pnfilter
from benchmarks import playground
from benchmarks.client.prebuilt import MESSAGES, Polls, served
from benchmarks.client.receiver import Options
from benchmarks.client.receiving import OWN, ratios, received
from benchmarks.emulator import service
from benchmarks.engines import scan, shapes
from benchmarks.engines.compiled import SUBJECTS, Subject, missing_peers, quakes
from benchmarks.engines.compiled import rows as measured
from benchmarks.engines.startup import HUNDRED_CHARACTERS, distinct, seconds_of, starting
from benchmarks.filters import MISTAKEN, RIGHT, generate
from tests.generated import generated


def test_the_same_seed_gives_the_same_filters() -> None:
    assert generate(50) == generate(50)
    assert generate(50) != generate(50, seed=1)


def test_hardly_any_filter_comes_twice() -> None:
    filters = generate(1000)
    assert len(set(filters)) > 900
    assert not [text for text in filters if "\n" in text]


def test_distinct_filters_are_as_many_as_asked_for_and_always_the_same() -> None:
    filters = distinct(300)
    assert len(set(filters)) == len(filters) == 300
    assert filters == distinct(300)


def test_the_filter_of_a_hundred_characters_is_one() -> None:
    assert len(HUNDRED_CHARACTERS) == 100
    assert pnfilter.check(HUNDRED_CHARACTERS) == ()


def test_starts_are_measured_beside_the_bare_interpreter() -> None:
    rows = starting(1)
    assert rows[0].beside == "1.00 x python -c pass"
    assert [row.bar for row in rows if row.bar] == ["at most 3", "at most 5"]


@pytest.mark.slow
def test_scans_are_measured_beside_the_peers_that_are_there() -> None:
    rows = scan.rows(turns=1, times=2)
    assert [row.what for row in rows if row.what.endswith(("q1", "q3"))] == [
        "grep -c q1",
        "grep -c --quick q1",
        "grep -c q3",
    ]
    assert rows[-1].what == "private memory, all processes"
    with scan.large_file(1) as path, pytest.raises(RuntimeError, match="found 39 messages, not 40"):
        scan.run(scan.own(scan.QUERIES[0], path), 40)


def test_a_process_that_fails_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="exit status 3"):
        seconds_of([sys.executable, "-c", "raise SystemExit(3)"])


@pytest.mark.parametrize("shape", [shape for _, shape in RIGHT])
def test_an_everyday_filter_gets_no_error_and_no_warning(shape: str) -> None:
    for text in generate(25, shapes=[(1, shape)]):
        grave = [found for found in pnfilter.check(text) if found.severity != "info"]
        assert not grave, text


@pytest.mark.parametrize("shape", [shape for _, shape in MISTAKEN])
def test_a_usual_mistake_gets_an_error_or_a_warning(shape: str) -> None:
    for text in generate(25, shapes=[(1, shape)]):
        assert [found for found in pnfilter.check(text) if found.severity != "info"], text


# Ready-made answers


def head(cursor: str) -> bytes:
    return f"GET /v2/subscribe/sub/quakes/0?{cursor}&uuid=receiver HTTP/1.1\r\nHost: localhost".encode()


def test_ready_made_answers_come_one_after_the_other() -> None:
    polls = Polls(2)
    # The event engine of the official SDK names no cursor at first.
    cursors, times = ["tt=0", "ee=1"], []
    for _ in range(3):
        answers = [polls(head(cursor)) for cursor in cursors]
        assert answers[0] is not None
        assert answers == [answers[0]] * len(answers)
        start, _, body = answers[0].partition(b"\r\n\r\n")
        assert f"Content-Length: {len(body)}".encode() in start
        content = json.loads(body)
        times.append([int(item["p"]["t"]) for item in content["m"]])
        cursors = [f"tt={content['t']['t']}"]
        assert all(time <= int(content["t"]["t"]) for time in times[-1])
    assert [len(each) for each in times] == [0, MESSAGES, MESSAGES]
    all_times = [time for each in times for time in each]
    assert all_times == sorted(set(all_times))
    # Then there is nothing more.
    assert polls(head(cursors[0])) is None


def test_what_is_no_poll_is_answered_too() -> None:
    answer = Polls(1)(b"GET /v2/presence/sub-key/sub/channel/quakes/leave HTTP/1.1")
    assert answer is not None
    assert answer.endswith(b"\r\n\r\n{}")


def test_all_messages_are_received_and_their_cost_is_reported() -> None:
    with served("benchmarks.client.prebuilt", "4") as origin:
        options: Options = {
            "client": OWN,
            "origin": origin,
            "subscribe_key": "sub",
            "channel": "quakes",
            "warm_up": 100,
            "messages": 300,
            "timetoken": None,
        }
        microseconds = asyncio.run(received(sys.executable, options))
    assert 0 < microseconds < 100_000


def test_a_ratio_is_of_the_same_turn() -> None:
    costs = {OWN: [1.0, 10.0, 2.0], "asyncio": [2.0, 20.0, 8.0], "asyncio-manager": [1.0, 1.0, 2.0]}
    assert ratios(costs) == {"asyncio": 0.5, "asyncio-manager": 1.0}


# Their end

#: A program that never ends by itself, nor lets its service end.
STUCK = """
import sys, threading
from contextlib import suppress
from pathlib import Path
from benchmarks.emulator import service

service.ENDING_SECONDS = 0.01

def main():
    with service.Service(Path(sys.argv[1]), "-q") as running:
        print(running.process_id, flush=True)
        while True:
            with suppress(KeyboardInterrupt):
                threading.Event().wait()

sys.exit(service.exit_status(main))
"""


def test_who_asks_again_gives_a_program_no_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        for seconds in (1_000, 2_000):
            monkeypatch.setattr(service, "ENDING_SECONDS", seconds)
            with pytest.raises(KeyboardInterrupt):
                service._interrupt()
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 1_000
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    # One that is dead stays there until somebody asks for its status.
    return state.rpartition(")")[2].split()[0] not in ("Z", "X")


def test_a_program_that_is_stuck_ends_with_its_service(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STUCK, tmp_path], stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        process = int(program.stdout.readline())
        program.send_signal(signal.SIGTERM)
        assert program.wait(60) == 128 + signal.SIGKILL
    deadline = monotonic() + 60
    while is_running(process):
        assert monotonic() < deadline


# Compiled filters


@pytest.mark.parametrize("subject", SUBJECTS, ids=[subject.name for subject in SUBJECTS])
def test_what_is_written_by_hand_matches_what_the_filter_does(subject: Subject) -> None:
    messages = quakes()
    filter = generated(subject.filter)
    for message in messages:
        assert filter.outcome(message) is bool(subject.by_hand(message))
    assert 0 < sum(map(filter.matches, messages)) < len(messages)


@pytest.mark.slow
def test_a_filter_is_measured_beside_what_is_written_by_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("benchmarks.engines.compiled._installed", lambda _: None)
    found = measured(turns=1, count=5)
    assert [row.what for row in found[:3]] == ["evaluate F1", "evaluate F2", "evaluate F3"]
    assert all("by hand" in row.beside for row in found[:3])
    assert missing_peers() == ["rule-engine", "datalogic-py", "zen-engine"]
    until_asked = [row for row in found if row.what.startswith("text to the first verdict")]
    until_made = [row for row in found if row.what.startswith("text to generated code")]
    assert len(until_asked) == len(until_made) == 4
    assert all(row.bar == "at most 200 us" for row in until_asked)


def test_the_playground_is_measured_on_as_many_messages_as_asked_for(tmp_path: Path) -> None:
    lines = playground.thousands(tmp_path, 2_000).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2_000
    assert json.loads(lines[1_999]) == json.loads(lines[1_999 - 1_707])


def test_the_bars_of_the_playground_are_for_its_examples() -> None:
    times = [10.0] * 90 + [150.0] * 10
    typed = playground.Typed(times, [60.0], 5, 6)
    bars = [(row.bar, row.holds) for row in playground._of_page(1_707, [0.5, 0.9], typed)]
    assert bars == [("at most 1 s", True), ("at most 100 ms", False), ("", None), ("", None)]
    assert not [row for row in playground._of_page(10_000, [0.5], typed) if row.bar]


def test_shapes_of_filters_are_filters_and_find_messages() -> None:
    stream = shapes.messages(20)
    for shape in shapes.SHAPES:
        texts = list(shapes.filters(shape, 30))
        assert len(texts) == 30
        for text in texts:
            verdict = pnfilter.compile(text).evaluate(stream[0])
            assert verdict is not pnfilter.Verdict.UNDECIDED
    figures = shapes.measured("substring", [50])
    assert set(figures) == {"loop", "50"}
    drawn = shapes.picture({"substring": {**figures, "500": 0.1}, "other": {"50": 1e-6}})
    assert ET.fromstring(drawn).tag.endswith("svg")
    (row,) = shapes.rows_of({"substring": {"loop": 1e-6, "100000": 9e-6}})
    assert row.holds is False
