"""What the service did with messages, and what the filter says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import pnfilter
from pnfilter.live import Recorder, Recording, Support, compare
from pnfilter.semantics import Reason

SECOND = 10_000_000
START = 17_000_000_000_000_000


def envelope(seconds: float, data: Any, channel: str = "quakes", **more: Any) -> dict[str, Any]:
    published = {"t": str(START + int(seconds * SECOND)), "r": 1}
    return {"a": "1", "i": "me", "p": published, "k": "sub-c-key", "c": channel, "d": data, **more}


def recorded(
    path: Path, *items: dict[str, Any], seconds: float = 100, gap: tuple[float, float] | None = None
) -> Recording:
    with Recorder(path, timetoken=START) as recorder:
        for item in items:
            recorder.write(item)
        if gap is not None:
            since, until = (START + int(each * SECOND) for each in gap)
            recorder.mark("gap", until, since=str(since), why="a test")
        recorder.mark("end", START + int(seconds * SECOND))
    return Recording(str(path), complain=pytest.fail)


ALL = [envelope(second, {"mag": second}) for second in range(10, 90, 10)]


def test_the_service_and_the_filter_agree(tmp_path: Path) -> None:
    everything = recorded(tmp_path / "all", *ALL)
    through = recorded(tmp_path / "through", *ALL[3:])
    found = compare(pnfilter.compile("data.mag >= 40"), everything, through)
    assert found.agreed == {"delivered": 5, "held back": 3}
    assert (found.judged, found.disagreed.total(), found.settled.total()) == (8, 0, 0)
    assert (found.unjudged, found.unrecorded, found.untimed) == (0, 0, 0)


def test_disagreements_are_explained(tmp_path: Path) -> None:
    everything = recorded(tmp_path / "all", *ALL)
    through = recorded(tmp_path / "through", *ALL[1:4])
    found = compare(pnfilter.compile("data.mag >= 30"), everything, through)
    assert found.disagreed == {"delivered": 1, "held back": 4}
    first = found.disagreements[0]
    assert (first.act, first.recorded.message.data) == ("delivered", {"mag": 20})
    assert "data.mag >= 30" in str(first.explanation)
    assert [each.recorded.message.data["mag"] for each in found.disagreements[1:]] == [
        50,
        60,
        70,
        80,
    ]


def test_what_is_undecided_is_settled_by_the_service(tmp_path: Path) -> None:
    items = [envelope(10, {}, u={}), envelope(20, {"kind": "x"}), envelope(30, {}, u={})]
    everything = recorded(tmp_path / "all", *items)
    found = compare(
        pnfilter.compile('data.kind != "x"'), everything, recorded(tmp_path / "some", items[0])
    )
    assert found.settled == {
        (Reason.MISSING_DIFFERS, "delivered"): 1,
        (Reason.MISSING_DIFFERS, "held back"): 1,
    }
    assert found.agreed == {"held back": 1}
    assert found.readings == {
        Reason.MISSING_DIFFERS: {"match": Support(1, 1), "no-match": Support(1, 1)}
    }


def test_a_reading_counts_where_it_decides(tmp_path: Path) -> None:
    # In the last one, another question is open as well.
    items = [
        envelope(10, {"a": "5", "b": True}),
        envelope(20, {"a": "5.0", "b": "x"}),
        envelope(30, {"a": "5", "b": "x"}),
        envelope(40, {"a": "5", "b": 1}),
    ]
    through = recorded(tmp_path / "some", items[0], items[2])
    filter = pnfilter.compile("data.a == 5 && data.b != true", assume="boolean-equality=never")
    everything = recorded(tmp_path / "all", *items)
    found = compare(filter, everything, through)
    assert found.settled.keys() == {
        (Reason.NUMBER_AND_TEXT, "delivered"),
        (Reason.NUMBER_AND_TEXT, "held back"),
    }
    assert found.readings == {
        Reason.NUMBER_AND_TEXT: {
            "numbers": Support(2, 2),
            "strings": Support(3, 1),
            "never": Support(2, 2),
        }
    }
    both = pnfilter.compile("data.a == 5 && data.b != true")
    found = compare(both, everything, through)
    decided = {
        reason.value: [each.agreed + each.disagreed for each in readings.values()]
        for reason, readings in found.readings.items()
    }
    # Elsewhere it stays UNDECIDED.
    assert decided == {"number-and-text": [2, 2, 4]}


@pytest.mark.parametrize(
    ("seconds", "gap", "unjudged"),
    [
        (100, None, 0),
        (60, None, 3),
        (60.5, None, 3),
        (61, None, 2),
        (100, (25, 45), 2),
        (100, (30.5, 39.5), 2),
        (100, (31, 39), 0),
    ],
)
def test_absence_says_nothing_where_the_subscriber_did_not_listen(
    tmp_path: Path, seconds: float, gap: tuple[float, float] | None, unjudged: int
) -> None:
    everything = recorded(tmp_path / "all", *ALL)
    through = recorded(tmp_path / "none", seconds=seconds, gap=gap)
    found = compare(pnfilter.compile("data.mag > 1000"), everything, through)
    assert (found.unjudged, found.agreed.total()) == (unjudged, 8 - unjudged)


def test_without_marks_a_subscriber_listens_from_its_first_message_to_its_last(
    tmp_path: Path,
) -> None:
    (tmp_path / "plain").write_text(
        '{"message": 1, "timetoken": "17000000300000000", "meta": {}, "channel": "quakes"}\n'
        '{"message": 1, "timetoken": "17000000500000000", "meta": {}}\n'
    )
    everything = recorded(tmp_path / "all", *ALL)
    through = Recording(str(tmp_path / "plain"), complain=pytest.fail)
    found = compare(pnfilter.compile("data == 1"), everything, through, slack=0)
    # At 40 it was held back, at 30 and 50 delivered.
    assert (found.unjudged, found.agreed) == (5, {"held back": 1, "delivered": 2})
    assert found.unrecorded == 0


def test_one_recording_may_have_both(tmp_path: Path) -> None:
    start = {"both": "data.mag >= 50"}
    with Recorder(tmp_path / "both", timetoken=START, start=start) as recorder:
        for number, item in enumerate(ALL):
            recorder.write(item)
            if number % 2:
                recorder.mark("delivered", int(item["p"]["t"]), channel="quakes")
        recorder.mark("delivered", START + 1, channel="quakes")
        recorder.mark("end", START + 100 * SECOND)
    recording = Recording(str(tmp_path / "both"), complain=pytest.fail)
    found = compare(pnfilter.compile("data.mag >= 50"), recording)
    assert found.agreed == {"delivered": 2, "held back": 2}
    assert found.disagreed == {"delivered": 2, "held back": 2}
    assert (found.unrecorded, found.filters) == (1, ["data.mag >= 50"])


def test_a_recording_without_marks_says_nothing(tmp_path: Path) -> None:
    found = compare(pnfilter.compile("data.mag >= 50"), recorded(tmp_path / "all", *ALL))
    assert (found.judged, found.unjudged) == (0, 8)


def test_what_has_no_time_or_comes_twice(tmp_path: Path) -> None:
    everything = recorded(tmp_path / "all", *ALL, *ALL)
    (tmp_path / "timeless").write_text('{"data": 1}\n')
    timeless = Recording(str(tmp_path / "timeless"), complain=pytest.fail)
    assert compare(pnfilter.compile("data"), everything, timeless).untimed == 1
    found = compare(pnfilter.compile("data.mag > 0"), timeless, everything)
    assert (found.untimed, found.agreed, found.unrecorded) == (1, {"delivered": 8}, 8)


def test_messages_at_the_same_time_are_told_apart_by_their_channels(tmp_path: Path) -> None:
    pair = [envelope(10, {"mag": 1}, "a"), envelope(10, {"mag": 9}, "b")]
    found = compare(
        pnfilter.compile("data.mag > 5"),
        recorded(tmp_path / "all", *pair),
        recorded(tmp_path / "through", pair[1]),
    )
    assert found.agreed == {"delivered": 1, "held back": 1}
