"""``verify``: what the service delivered, beside what the filter says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pnfilter.live import Recorder
from tests.live.test_comparison import ALL, SECOND, START

from .conftest import Command

STRONG = "data.mag >= 50"


@pytest.fixture(autouse=True)
def _files(pn: Command) -> None:
    # `pn` goes to an empty folder.
    record("all", ALL)
    record("right", ALL[4:])
    record("wrong", ALL[2:7])


def record(name: str, items: list[dict[str, Any]]) -> None:
    with Recorder(name, timetoken=START) as recorder:
        for item in items:
            recorder.write(item)
        recorder.mark("end", START + 100 * SECOND)


def test_agreement(pn: Command) -> None:
    ended = pn("verify", STRONG, "--recording", "all", "--delivered", "right")
    assert ended.status == 0
    assert ended.out.splitlines() == [
        "        4  delivered, as the filter says",
        "        4  held back, as the filter says",
    ]
    assert not ended.err


def test_disagreements_are_shown_with_their_explanations(pn: Command) -> None:
    ended = pn("verify", STRONG, "--recording", "all", "--delivered", "wrong")
    assert ended.status == 1
    lines = ended.out.splitlines()
    assert lines[:4] == [
        "wrong:2: delivered, and the filter says no match",
        "  data.mag >= 50  NO_MATCH",
        "  └─ data.mag     30",
        "",
    ]
    assert "all:9: held back, and the filter says match" in lines
    assert "        2  delivered, and the filter says otherwise" in lines


def test_what_the_service_settles(pn: Command) -> None:
    ended = pn("verify", 'meta.kind != "x"', "--recording", "all", "--delivered", "right")
    assert ended.status == 0
    assert "        4  delivered, undecided here (no-metadata)" in ended.out
    assert "        4  held back, undecided here (no-metadata)" in ended.out
    both = "the service did the same with 4, and not with 4"
    assert f"           --assume no-metadata=match: {both}" in ended.out
    record("none", [])
    words = ("--recording", "all", "--delivered", "none")
    ended = pn("verify", 'meta.kind != "x"', *words)
    assert (
        "--assume no-metadata=match: the service did the same with 0, and not with 8" in ended.out
    )
    assert "--assume no-metadata=no-match: the service did the same with all 8" in ended.out
    found = json.loads(pn("verify", 'meta.kind != "x"', *words, "--format", "json").out)
    assert found["readings"] == {
        "no-metadata": {
            "match": {"agreed": 0, "disagreed": 8},
            "no-match": {"agreed": 8, "disagreed": 0},
        }
    }
    settled = pn("verify", 'meta.kind != "x"', *words, "--assume", "no-metadata=no-match")
    assert settled.out.splitlines()[1:] == ["        8  held back, as the filter says"]


def test_json(pn: Command) -> None:
    words = ("--recording", "all", "--delivered", "wrong", "--format", "json", "--slack", "85")
    ended = pn("verify", STRONG, *words)
    found = json.loads(ended.out)
    assert ended.status == 1
    assert found["agreed"] == {"delivered": 3, "held_back": 0}
    assert found["disagreed"] == {"delivered": 2, "held_back": 0}
    assert (found["not_compared"], found["not_recorded"], found["without_timetoken"]) == (3, 0, 0)
    assert found["disagreements"][0]["place"] == "wrong:2"
    assert found["disagreements"][0]["timetoken"] == ALL[2]["p"]["t"]
    assert found["disagreements"][0]["explanation"]["verdict"] == "NO_MATCH"


def test_several_files_are_one_recording(pn: Command) -> None:
    Path("parts").mkdir()
    with Recorder("parts/a", timetoken=START, size=1000) as recorder:
        for item in ALL * 3:
            recorder.write(item)
            recorder.flush()
        recorder.mark("end", START + 100 * SECOND)
    names = [str(path) for path in recorder.paths]
    assert len(names) > 1
    words = [word for name in names for word in ("--delivered", name)]
    ended = pn("verify", "data.mag > 0", "--recording", "all", *words)
    assert (ended.status, ended.err) == (0, "")


def test_marks_of_one_recording(pn: Command) -> None:
    with Recorder("both", timetoken=START, start={"both": STRONG}) as recorder:
        for item in ALL:
            recorder.write(item)
            if item["d"]["mag"] >= 50:
                recorder.mark("delivered", int(item["p"]["t"]), channel="quakes")
        recorder.mark("delivered", START + 1, channel="quakes")
        recorder.mark("end", START + 100 * SECOND)
    ended = pn("verify", STRONG, "--recording", "both")
    assert ended.status == 0
    assert "4  delivered, as the filter says" in ended.out
    assert "1 message delivered and not in the recording" in ended.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([STRONG], "no recording given"),
        ([STRONG, "--recording", "-"], "read twice"),
        (["-", "--recording", "-", "--delivered", "right"], "read once only"),
        ([STRONG, "--recording", "all"], "pnfilter tail --both"),
        ([STRONG, "--recording", "all", "--delivered", "timeless"], "without a timetoken"),
        ([STRONG, "--recording", "all", "--delivered", "later"], "not of the same time"),
        ([STRONG, "--recording", "all", "--delivered", "right", "--slack", "nan"], "seconds"),
        ([STRONG, "--recording", "all", "--delivered", "right", "--slack", "x"], "seconds"),
    ],
)
def test_trouble(pn: Command, words: list[str], complaint: str) -> None:
    Path("timeless").write_text('{"data": 1}\n')
    with Recorder("later", timetoken=START * 2):
        pass
    ended = pn("verify", *words, stdin=b"")
    assert ended.status == 2
    assert complaint in ended.err


def test_a_recording_from_standard_input(pn: Command) -> None:
    words = ("--recording", "-", "--delivered", "right")
    ended = pn("verify", STRONG, *words, stdin=Path("all").read_bytes())
    assert ended.status == 0


def test_another_filter_than_the_recording_was_made_with(pn: Command) -> None:
    with Recorder("other", timetoken=START, start={"filter": "data.mag > 49"}) as recorder:
        for item in ALL[4:]:
            recorder.write(item)
        recorder.mark("end", START + 100 * SECOND)
    ended = pn("verify", STRONG, "--recording", "all", "--delivered", "other")
    assert ended.status == 0
    assert "the subscriber had another filter: data.mag > 49" in ended.err
