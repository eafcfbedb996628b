"""Recordings are complete, private, rotate, and are read by everything that reads messages."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

import pnfilter
from pnfilter.live import Mark, Recorded, Recorder, Recording
from tests.live.test_comparison import ALL, START, envelope

ENDINGS = [".ndjson", ".ndjson.gz", ".ndjson.zst"]


def read(path: Path) -> tuple[list[Recorded], list[Mark]]:
    items = list(Recording(str(path), complain=pytest.fail))
    messages = [item for item in items if isinstance(item, Recorded)]
    return messages, [item for item in items if isinstance(item, Mark)]


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_written_is_read(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"night{ending}"
    odd = envelope(5, {"text": "ü ☃ \ud83d\ude00", "big": 10**30}, u={"a": None}, e=4, cmt="word")
    with Recorder(path, timetoken=START, start={"channels": ["quakes"]}) as recorder:
        recorder.write(odd)
        recorder.write(envelope(6, [1, None], "other"))
        recorder.mark("gap", START + 9, since=str(START + 3), why="no network")
        recorder.mark("end", START + 10)
    recorder.close()
    assert (recorder.messages, recorder.paths) == (2, [path])
    (first, second), marks = read(path)
    assert (first.channel, first.timetoken, first.kind) == ("quakes", START + 50_000_000, "file")
    assert first.custom_type == "word"
    assert (second.message.data, second.channel, second.place) == ([1, None], "other", f"{path}:3")
    assert [(mark.kind, mark.timetoken) for mark in marks] == [
        ("start", START),
        ("gap", START + 9),
        ("end", START + 10),
    ]
    assert marks[0].details == {"version": 1, "part": 1, "channels": ["quakes"]}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_subscribe_key_is_not_recorded(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a") as recorder:
        recorder.write(envelope(1, "x"))
    text = (tmp_path / "a").read_text()
    assert "sub-c-key" not in text
    assert json.loads(text.splitlines()[1]) == {
        name: value for name, value in envelope(1, "x").items() if name != "k"
    }


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_of_a_size_is_followed_by_another(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"night{ending}"
    with Recorder(path, size=1_000, timetoken=START) as recorder:
        for number in range(2_000):
            recorder.write(envelope(number, {"n": number, "text": str(hash(str(number)))}))
            recorder.flush()
    assert len(recorder.paths) > 10
    assert recorder.paths[1].name == f"night.2{ending}"
    numbers: list[Any] = []
    for each in recorder.paths:
        messages, marks = read(each)
        assert [mark.kind for mark in marks] == ["start", "end"]
        numbers += [message.message.data["n"] for message in messages]
        assert each.stat().st_size < 2_000
    assert numbers == list(range(2_000))


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_flushed_is_there_if_the_process_is_killed(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    recorder = Recorder(path)
    recorder.write(envelope(1, "x"))
    recorder.flush()
    copy = tmp_path / f"b{ending}"
    copy.write_bytes(path.read_bytes())
    recorder.close()
    complaints: list[str] = []
    items = list(Recording(str(copy), complain=complaints.append))
    assert [type(item) for item in items] == [Mark, Recorded]
    assert len(complaints) == (0 if ending == ".ndjson" else 1)


def test_a_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    with pytest.raises(FileExistsError):
        Recorder(tmp_path / "a")
    assert (tmp_path / "a").read_text() == "mine"
    with pytest.raises(ValueError, match="at least 1,000 bytes"):
        Recorder(tmp_path / "b", size=999)


def test_what_reads_messages_reads_recordings(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    with Recorder(path) as recorder:
        for item in ALL:
            recorder.write(item)
    assert pnfilter.count(path, "data.mag > 60") == (2, 0, 8, 0)


def test_half_a_character_is_recorded(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a") as recorder:
        recorder.write(envelope(1, "\ud800"))
    assert r"\ud800" in (tmp_path / "a").read_text()


def test_what_is_broken_is_reported_and_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with Recorder(path) as recorder:
        recorder.write(envelope(1, "x"))
    with path.open("ab") as file:
        file.write(b'{"c":\n\n{"x":1}\n{"recording":{"kind":"gap"},"t":{},"m":[]}\n')
        file.write(b'{"c":"a","d":"' + b"x" * (16 << 20) + b'"}\n' + b'{"c":"a","d":2}\n')
    complaints: list[str] = []
    recording = Recording(str(path), complain=complaints.append)
    messages = [item for item in recording if isinstance(item, Recorded)]
    assert [message.message.data for message in messages] == ["x", 2]
    assert recording.failed
    assert [text.split()[0].rpartition(":")[0] for text in complaints] == [
        f"{path}:{line}" for line in (4, 6, 7, 8)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"data": 1, "meta": {"a": 2}}', (None, None, 1, {"a": 2})),
        ('{"data": 1, "channel": "c", "timetoken": 17}', ("c", 17, 1, None)),
        ('{"message": 1, "timetoken": "17", "meta": ""}', (None, 17, 1, None)),
        (
            '{"channel": "c", "message": 1, "timetoken": "17", "userMetadata": {}, "publisher": "p"}',
            ("c", 17, 1, {}),
        ),
        (
            '{"t": {"t": "20", "r": 1}, "m": [{"c": "c", "d": 1, "p": {"t": "17"}}]}',
            ("c", 17, 1, None),
        ),
        ('[[1], "17", "18"]', (None, None, 1, pnfilter.UNREADABLE)),
    ],
)
def test_other_forms_are_read(tmp_path: Path, text: str, expected: tuple[Any, ...]) -> None:
    path = tmp_path / "a"
    path.write_text(f"{text}\n")
    ((message,), marks) = read(path)
    assert (
        message.channel, message.timetoken, message.message.data, message.message.meta
    ) == expected  # fmt: skip
    assert str(path) in message.place
    assert not marks


def test_a_missing_file_and_an_empty_one(tmp_path: Path) -> None:
    complaints: list[str] = []
    recording = Recording(str(tmp_path / "none"), complain=complaints.append)
    assert (list(recording), recording.failed) == ([], True)
    assert complaints == [f"{tmp_path / 'none'}: no such file or directory"]
    (tmp_path / "empty").touch()
    assert read(tmp_path / "empty") == ([], [])
