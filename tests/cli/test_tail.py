"""``tail``: what comes is shown, counted and recorded, to the last message."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from pnfilter.live import Mark, Recorded, Recording
from pnfilter.live.connection import Keys, Origin, client_of
from pnfilter.server import Server
from tests.live.conftest import _no_proxies, emulator

from .conftest import Command, Ended
from .test_main import ENVIRONMENT, PROGRAM

__all__ = ["_no_proxies", "emulator"]

# Each starts processes.
pytestmark = pytest.mark.sliced(4)


def publish(server: Server, messages: list[tuple[Any, Any]], channel: str = "quakes") -> None:
    async def run() -> None:
        async with client_of(Origin(server.origin), Keys(), user="me") as client:
            for data, meta in messages:
                await client.publish().channel(channel).message(data).meta(meta)

    asyncio.run(run())


class Running:
    """A ``tail`` in a process of its own."""

    def __init__(self, server: Server, *words: str) -> None:
        self._server = server
        self._process = subprocess.Popen(
            [*PROGRAM, "tail", *words, "--origin", server.origin],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.wait_for(2 if "--both" in words else 1)

    def wait_for(self, subscribers: int) -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until and self._process.poll() is None:
            if len(self._server.subscribers()) >= subscribers:
                return
            time.sleep(0.02)

    def wait_for_record(self, file: str, text: str) -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until and text not in Path(file).read_text():
            time.sleep(0.02)

    def interrupt(self, number: int = signal.SIGINT) -> None:
        self._process.send_signal(number)

    def end(self) -> Ended:
        try:
            out, err = self._process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            out, err = self._process.communicate()
            raise AssertionError(f"it did not end: {err!r}") from None
        return Ended(self._process.returncode, out.decode(), err.decode())


@pytest.fixture(autouse=True)
def _folder(pn: Command) -> None:
    """``pn`` goes to an empty folder."""


MESSAGES: list[tuple[Any, Any]] = [
    ({"mag": 3}, {"net": "us"}),
    ({"mag": 5}, None),
    ({"mag": 7, "felt": 1}, {"net": "ak"}),
]


def follow(server: Server, *words: str, messages: list[tuple[Any, Any]] = MESSAGES) -> Ended:
    running = Running(server, "quakes", "--count", str(len(messages)), *words)
    publish(server, messages)
    return running.end()


def test_what_matches_is_shown_as_envelopes(emulator: Server) -> None:
    ended = follow(emulator, "--filter", "data.mag >= 5")
    assert ended.status == 0
    shown = [json.loads(line) for line in ended.out.splitlines()]
    assert [each["d"]["mag"] for each in shown] == [5, 7]
    assert shown[1].keys() >= {"c", "d", "u", "p", "i", "a"}
    assert "k" not in shown[0]
    assert ended.err == "3 messages\n2 match, 1 dropped, 0 undecided: data.mag >= 5\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--all"], "- + +"),
        ([], "+ +"),
        (["-e", "data.mag < 4"], "-+ +- +-"),
        (["--undecided", "only"], ""),
        (["-e", 'data.felt != "x"'], "+? ++"),
        (["-e", 'data.felt != "x"', "--undecided", "only"], "-? +?"),
    ],
)
def test_lines_of_text(emulator: Server, words: list[str], expected: str) -> None:
    ended = follow(emulator, "--format", "text", "-e", "data.mag >= 5", *words)
    marks = [line.split()[2] for line in ended.out.splitlines()]
    if ("only" in words and len(words) > 2) or words[:2] == ["-e", 'data.felt != "x"']:
        # The first two have no such field.
        assert all("?" in mark or "+" in mark for mark in marks)
    else:
        assert " ".join(marks) == expected
    assert all(line.split()[1] == "quakes" for line in ended.out.splitlines())


def test_a_text_line_has_payload_metadata_and_explanation(emulator: Server) -> None:
    ended = follow(emulator, "--format", "text", "-e", "data.mag > 5", "--explain")
    first, *rest = ended.out.splitlines()
    assert first.endswith('quakes  +  {"mag": 7, "felt": 1}  meta {"net": "ak"}')
    assert rest == ["    data.mag > 5  MATCH", "    └─ data.mag   7"]


def test_what_would_settle_the_undecided_is_named(emulator: Server) -> None:
    ended = follow(emulator, "-e", "data.felt != 9")
    assert "1 match, 0 dropped, 2 undecided" in ended.err
    assert "--assume missing-differs=match (or no-match) settles them" in ended.err


def test_assumptions_settle_what_is_undecided(emulator: Server) -> None:
    ended = follow(emulator, "-e", "data.felt != 9", "--assume", "missing-differs=no-match")
    assert "1 match, 2 dropped, 0 undecided" in ended.err
    assert "--assume" not in ended.err


def test_two_filters_are_compared(emulator: Server) -> None:
    words = ("--compare", "data.mag < 6", "data.mag > 4")
    ended = follow(emulator, *words)
    shown = [json.loads(line) for line in ended.out.splitlines()]
    assert [(each["change"], each["envelope"]["d"]["mag"]) for each in shown] == [
        ("lost", 3),
        ("gained", 7),
    ]
    assert "B in the place of A loses 1 and gains 1" in ended.err
    emulator.reset()
    ended = follow(emulator, *words, "--format", "text")
    assert [line.split()[2] for line in ended.out.splitlines()] == ["-", "+"]


def test_the_service_may_filter(emulator: Server) -> None:
    running = Running(emulator, "quakes", "--count", "2", "--at-server", "-e", "data.mag >= 5")
    publish(emulator, MESSAGES)
    ended = running.end()
    assert "2 messages\n2 match, 0 dropped" in ended.err


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz", "a.ndjson.zst"])
def test_everything_is_recorded(emulator: Server, name: str, pn: Command) -> None:
    ended = follow(emulator, "--record", name, "-e", "data.mag > 100")
    assert not ended.out
    assert f"3 messages recorded in {name}" in ended.err
    items = list(Recording(name, complain=pytest.fail))
    assert [item.kind for item in items] == ["start", "message", "message", "message", "end"]
    messages = [item for item in items if isinstance(item, Recorded)]
    assert [(each.message.data, each.message.meta) for each in messages] == MESSAGES
    assert [each.channel for each in messages] == ["quakes"] * 3
    assert "demo" not in str(items)
    found = pn("grep", "-c", "data.mag >= 5", name)
    assert (found.status, found.out) == (0, "2\n")
    # What was recorded is published again, and is the same.
    emulator.reset()
    running = Running(emulator, "quakes", "--record", f"again-{name}", "--count", "3")
    assert pn("replay", name, "--origin", emulator.origin).status == 0
    running.end()
    again = [
        each
        for each in Recording(f"again-{name}", complain=pytest.fail)
        if isinstance(each, Recorded)
    ]
    assert [each.message for each in again] == [each.message for each in messages]


def test_both_subscribers_are_compared(emulator: Server, pn: Command) -> None:
    words = ("--both", "-e", "data.mag >= 5", "--record", "both")
    running = Running(emulator, "quakes", *words, "--seconds", "3")
    publish(emulator, MESSAGES)
    assert running.end().status == 0
    marks = [item for item in Recording("both", complain=pytest.fail) if isinstance(item, Mark)]
    assert [mark.kind for mark in marks].count("delivered") == 2
    ended = pn("verify", "data.mag >= 5", "--recording", "both", "--slack", "0")
    assert (ended.status, ended.err) == (0, "")
    ended = pn("verify", "data.mag >= 6", "--recording", "both", "--slack", "0")
    assert ended.status == 1
    assert "the subscriber had another filter: data.mag >= 5" in ended.err


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_a_summary_and_a_whole_recording(
    emulator: Server, number: int
) -> None:
    running = Running(emulator, "quakes", "--record", "a.zst")
    publish(emulator, MESSAGES * 50)
    running.interrupt(number)
    ended = running.end()
    assert ended.status == 0
    assert len(ended.out.splitlines()) == 150
    assert "150 messages recorded in a.zst" in ended.err
    items = list(Recording("a.zst", complain=pytest.fail))
    assert (len(items), items[-1].kind) == (152, "end")


def test_a_lost_connection_is_reported_and_marked(emulator: Server) -> None:
    running = Running(emulator, "quakes", "--record", "a", "--count", "6")
    publish(emulator, MESSAGES)
    emulator.add_fault("status", status=503, operation="subscribe", count=1)
    publish(emulator, MESSAGES)
    ended = running.end()
    assert ended.status == 0
    assert "1 lost connection" in ended.err
    marks = [item for item in Recording("a", complain=pytest.fail) if isinstance(item, Mark)]
    assert [mark.kind for mark in marks] == ["start", "gap", "end"]


def test_full_answers_are_reported(emulator: Server) -> None:
    running = Running(emulator, "quakes", "--record", "a", "--count", "400", "-q")
    # It reads nothing until all are there.
    running.interrupt(signal.SIGSTOP)
    publish(emulator, [({"n": number}, None) for number in range(400)])
    running.interrupt(signal.SIGCONT)
    running.end()
    items = list(Recording("a", complain=pytest.fail))
    numbers = [item.message.data["n"] for item in items if isinstance(item, Recorded)]
    assert numbers == list(range(400))
    assert any(isinstance(item, Mark) and item.details.get("why") == "full" for item in items)


def test_it_ends_after_a_time(emulator: Server) -> None:
    ended = Running(emulator, "quakes", "--seconds", "0.5").end()
    assert (ended.status, ended.out, ended.err) == (0, "", "0 messages\n")


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_a_terminal_shows_lines_and_the_counts_below(emulator: Server) -> None:
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [
            *PROGRAM,
            "tail",
            "quakes",
            "-e",
            "data.mag >= 5",
            "--count",
            "4",
            "--origin",
            emulator.origin,
        ],
        env={**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "70"},
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    while not emulator.subscribers():
        time.sleep(0.02)
    publish(emulator, [*MESSAGES, ({"mag": 9, "text": "x" * 100 + "\x1b[2J"}, None)])
    shown = b""
    with contextlib.suppress(OSError):
        while part := os.read(ours, 1 << 16):
            shown += part
    os.close(ours)
    assert process.wait(20) == 0
    text = shown.decode()
    assert '+  {"mag": 5}' in text
    assert "\r\x1b[K4 messages · " in text
    assert "3 match, 1 dropped, 0 undecided" in text
    assert "\x1b[2J" not in text
    assert "x…" in text


@pytest.mark.skipif(os.name == "nt", reason="pipes differ")
def test_a_reader_that_goes_leaves_a_whole_recording(emulator: Server) -> None:
    running = Running(emulator, "quakes", "--record", "a")
    assert running._process.stdout is not None
    running._process.stdout.close()
    running._process.stdout = None
    publish(emulator, MESSAGES)
    ended = running._process.wait(20)
    assert running._process.stderr is not None
    assert b"Traceback" not in running._process.stderr.read()
    running._process.stderr.close()
    assert ended == 141
    assert [item.kind for item in Recording("a", complain=pytest.fail)][-1] == "end"


def test_a_service_that_refuses_ends_it(emulator: Server) -> None:
    running = Running(emulator, "quakes", "--record", "a")
    publish(emulator, MESSAGES[:1])
    running.wait_for_record("a", '"mag"')
    emulator.add_fault("status", status=403, operation="subscribe")
    # What waits is answered; the request after it is refused.
    publish(emulator, MESSAGES[:1])
    ended = running.end()
    assert ended.status == 2
    assert "403" in ended.err
    kinds = [item.kind for item in Recording("a", complain=pytest.fail)]
    assert kinds[:2] == ["start", "message"]
    assert kinds[-1] == "end"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "no channel given"),
        ([""], "the name is empty"),
        (["a", "--compare", "x", "y", "-e", "z"], "--compare has the filters"),
        (["a", "--at-server"], "the service takes one filter"),
        (["a", "--both", "-e", "meta.x == 1"], "--both marks the recording"),
        (["a", "--rotate-size", "1M"], "goes with --record"),
        (["a", "--rotate-size", "1", "--record", "b"], "at least 1,000 bytes"),
        (["a", "--rotate-size", "xM", "--record", "b"], "not a number of bytes"),
        (["a", "--explain"], "needs a filter"),
        (["a", "--count", "0"], "whole number from 1"),
        (["a", "--origin", "example.com"], "set PNFILTER_SUBSCRIBE_KEY"),
        (["a", "--origin", "127.0.0.1:1"], "pnfilter serve starts an emulator"),
    ],
)
def test_trouble(pn: Command, words: list[str], complaint: str) -> None:
    ended = pn("tail", *words)
    assert ended.status == 2
    assert complaint in ended.err
    assert not Path("b").exists()


def test_a_file_is_not_replaced(pn: Command, emulator: Server) -> None:
    Path("mine").write_text("mine")
    ended = pn("tail", "a", "--origin", emulator.origin, "--record", "mine")
    assert ended.status == 2
    assert "mine: file exists" in ended.err
    assert Path("mine").read_text() == "mine"
