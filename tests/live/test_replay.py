"""Recordings are published again: everything, in order, in time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from pnfilter.live.connection import Keys, Origin, client_of
from pnfilter.live.recording import Recorded
from pnfilter.live.replay import Replay, StoppedReplay
from pnfilter.message import Message
from pnfilter.semantics import UNREADABLE, Unreadable
from pnfilter.server import Server
from tests.live.conftest import published
from tests.live.test_comparison import ALL, START, envelope, recorded


def replay(server: Server, items: Iterable[Any], **options: Any) -> Replay:
    async def run() -> Replay:
        async with client_of(Origin(server.origin), Keys(), user="me") as client:
            replay = Replay(client, **options)
            await replay.run(items)
            return replay

    return asyncio.run(run())


def timed(*seconds: float) -> list[Recorded]:
    return [
        Recorded("a", "quakes", START + int(each * 10_000_000), Message(each), "")
        for each in seconds
    ]


def test_everything_is_published_in_its_order(emulator: Server, tmp_path: Path) -> None:
    long = {"text": "ü" * 5_000, "quotes": '"/?#%'}
    recording = recorded(
        tmp_path / "a", *ALL, envelope(91, long, u={"net": "us", "n": [1, None]}, cmt="alarm")
    )
    found = replay(emulator, recording, speed=None)
    assert (found.published, found.number, found.left_out.total()) == (9, 9, 0)
    items = published(emulator, "quakes")
    assert [item["message"] for item in items] == [*(item["d"] for item in ALL), long]
    assert items[-1]["meta"] == {"net": "us", "n": [1, None]}


def test_what_is_published_arrives_as_it_was(emulator: Server, tmp_path: Path) -> None:
    many = [envelope(number / 1000, {"n": number}, u={"n": number}) for number in range(1500)]
    replay(emulator, recorded(tmp_path / "a", *many), speed=None)
    items = published(emulator, "quakes")
    assert [item["message"]["n"] for item in items] == list(range(1500))
    assert [item["meta"]["n"] for item in items] == list(range(1500))


def test_a_replay_begins_anywhere_and_goes_to_any_channel(emulator: Server, tmp_path: Path) -> None:
    recording = recorded(tmp_path / "a", *ALL)
    found = replay(emulator, recording, speed=None, begin=7, channel="other")
    assert (found.published, found.number) == (2, 8)
    assert [item["message"]["mag"] for item in published(emulator, "other")] == [70, 80]
    assert not published(emulator, "quakes")


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ({}, 0.5),
        ({"speed": 5}, 0.1),
        ({"speed": 0.8}, 0.625),
        ({"max_pause": 0.1}, 0.2),
        ({"max_pause": 0.02, "speed": 5}, 0.04),
    ],
)
def test_the_speed(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], seconds: float
) -> None:
    clock = [1000.0]

    async def sleep(pause: float) -> None:
        clock[0] += pause

    monkeypatch.setattr("pnfilter.live.replay.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("pnfilter.live.replay.asyncio.sleep", sleep)
    client: Any = None
    replay = Replay(client, **options)
    # The third comes behind what was published after it, from elsewhere; the last has no time.
    items = [*timed(100, 100.4, 100.3, 100.5), Recorded("a", "quakes", None, Message(1), "")]

    async def wait() -> None:
        for each in items:
            await replay._wait(each)

    with asyncio.Runner() as runner:
        runner.run(wait())
    assert clock[0] - 1000 == pytest.approx(seconds, abs=1e-3)


def test_what_is_not_published_is_counted(emulator: Server) -> None:
    def one(data: Any, meta: Any = None, channel: str | None = "quakes", **kind: Any) -> Recorded:
        return Recorded("a", channel, 1, Message(data, meta, **kind), "")

    items = [
        one(1, kind="file"),
        one(1, kind="action"),
        one(1, kind="object"),
        one(1, kind="presence"),
        one(None),
        one(UNREADABLE),
        one(1, channel=None),
        one({"a": [Unreadable("an integer of more than 4,300 digits")]}),
        one(1, {"a": Unreadable()}),
        one(2, UNREADABLE),
        one("s", kind="signal"),
        one(3, "text"),
    ]
    found = replay(emulator, items, speed=None)
    assert found.left_out == {
        "file": 1, "action": 1, "object": 1, "presence": 1, "null": 2, "channel": 1, "value": 2
    }  # fmt: skip
    assert (found.published, found.without_meta, found.number) == (3, 1, 12)
    items_there = [(item["message"], item["meta"]) for item in published(emulator, "quakes")]
    assert items_there == [(2, ""), (3, "text")]


def test_a_message_that_is_refused_ends_the_replay(emulator: Server) -> None:
    items = [*timed(1, 2), Recorded("a", "quakes", 1, Message("x" * 40_000), ""), *timed(3)]
    with pytest.raises(StoppedReplay) as stopped:
        replay(emulator, items, speed=None)
    assert stopped.value.number == 3
    assert len(published(emulator, "quakes")) == 2


def test_a_replay_that_is_cancelled_knows_where_it_was(emulator: Server) -> None:
    async def run() -> int:
        async with client_of(Origin(emulator.origin), Keys(), user="me") as client:

            async def cancel_at_30(number: int, each: Recorded) -> None:
                if number == 30:
                    # In the middle of its request.
                    asyncio.get_running_loop().call_later(0.0001, task.cancel)

            replay = Replay(client, speed=None, before=cancel_at_30)
            task = asyncio.create_task(replay.run(timed(*range(1, 10_000))))
            with pytest.raises(asyncio.CancelledError):
                await task
            assert replay.number == replay.published
            return replay.number

    for _ in range(3):
        number = asyncio.run(run())
        found = [item["message"] for item in published(emulator, "quakes")]
        assert found[-number:] == list(range(1, number + 1))


@pytest.mark.parametrize(
    ("text", "shown", "is_here"),
    [
        ("127.0.0.1:7635", "http://127.0.0.1:7635", True),
        ("localhost", "http://localhost", True),
        ("[::1]:80", "http://[::1]:80", True),
        ("https://localhost:1/", "https://localhost:1", True),
        ("ps.pndsn.com", "https://ps.pndsn.com", False),
        ("http://emulator:7635", "http://emulator:7635", False),
        ("localhost.example", "https://localhost.example", False),
        ("127.0.0.1.example", "https://127.0.0.1.example", False),
    ],
)
def test_origins(text: str, shown: str, is_here: bool) -> None:
    origin = Origin(text)
    assert (str(origin), origin.is_here) == (shown, is_here)


@pytest.mark.parametrize(
    "text", ["ftp://a", "a/b", "user@host", "", "http://", "a b", "http://http://a", "a:99999"]
)
def test_what_is_no_origin(text: str) -> None:
    with pytest.raises(ValueError, match="an origin is"):
        Origin(text)


def test_what_is_for_this_machine_does_not_go_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:1")
    with pytest.raises(ValueError, match=r"add 127\.0\.0\.1 to no_proxy"):
        client_of(Origin("127.0.0.1:1"), Keys(), user="me")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    client_of(Origin("127.0.0.1:1"), Keys(), user="me")


def test_keys_are_not_shown() -> None:
    assert "secret" not in repr(Keys("secret-s", "secret-p", "secret-a"))
