"""Messages in the forms that the service, SDKs and browsers have them in."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter import Message, count, scan
from pnfilter.decode import BrokenMessage
from pnfilter.input.forms import SHOWN, form_of, messages_in
from pnfilter.input.json_array import BrokenArray, split_array
from pnfilter.input.payloads import Payload
from pnfilter.input.reader import Item, MessageReader
from pnfilter.semantics import UNREADABLE

QUAKE, SMALL = {"mag": 5, "place": "a } b ["}, {"mag": 1}
META = {"net": "us"}
ITEM = {"a": "1", "c": "quakes", "d": QUAKE, "u": META, "p": {"t": "17", "r": 1}}
SUBSCRIBE = {"t": {"t": "17", "r": 1}, "m": [ITEM, {"c": "quakes", "d": SMALL}]}
HISTORY = {
    "status": 200,
    "error": False,
    "channels": {
        "quakes": [{"message": QUAKE, "timetoken": "17", "meta": META}],
        "small": [{"message": SMALL, "timetoken": "17", "meta": ""}],
    },
}
EVENT = {
    "channel": "quakes",
    "subscription": None,
    "timetoken": "17",
    "publisher": "a",
    "message": QUAKE,
    "userMetadata": META,
}
ENTRIES = {
    "messages": [{"entry": QUAKE, "meta": META, "timetoken": 17}],
    "start_timetoken": 17,
    "end_timetoken": 18,
}

BOTH = [Message(QUAKE, META), Message(SMALL)]
ONE = [Message(QUAKE, META)]


def exchange(url: str, text: str, **others: str) -> dict[str, Any]:
    """An exchange of a HAR recording."""
    return {"request": {"url": url}, "response": {"content": {"text": text, **others}}}


def har(*entries: Any) -> dict[str, Any]:
    """A HAR recording."""
    return {"log": {"version": "1.2", "entries": list(entries)}}


ORIGIN = "https://ps.pndsn.com"
RECORDING = har(
    exchange(f"{ORIGIN}/v2/subscribe/demo/quakes/0?tt=0", json.dumps(SUBSCRIBE)),
    exchange(f"{ORIGIN}/v2/presence/sub-key/demo/channel/a", json.dumps(HISTORY)),
    exchange("https://example.com/app.js", "void 0"),
    exchange(f"{ORIGIN}/v2/subscribe/demo/quakes/0?tt=17", '{"t": {"t": "18"}, "m": [{"c"'),
    {"request": {"url": f"{ORIGIN}/v2/subscribe/demo/quakes/0"}, "response": {}},
    7,
    exchange(
        f"{ORIGIN}/v3/history/sub-key/demo/channel/quakes",
        base64.b64encode(json.dumps(HISTORY).encode()).decode(),
        encoding="base64",
    ),
)

#: By name: the form, a value, and its messages.
FORMS: dict[str, tuple[str, Any, list[Message]]] = {
    "subscribe": ("subscribe answer", SUBSCRIBE, BOTH),
    "subscribe, nothing": ("subscribe answer", {"t": {"t": "1", "r": 1}, "m": []}, []),
    "subscribe, version 1": (
        "subscribe answer",
        [[QUAKE, "hi"], "17", "quakes,small"],
        [Message(QUAKE, UNREADABLE), Message("hi", UNREADABLE)],
    ),
    "history": ("history", HISTORY, BOTH),
    "history, none asked for metadata": (
        "history",
        {"channels": {"a": [{"message": 1, "timetoken": "17"}]}},
        [Message(1, UNREADABLE)],
    ),
    "history, version 2": (
        "history",
        [[QUAKE, 7], 17, 18],
        [
            Message(QUAKE, UNREADABLE),
            Message(7, UNREADABLE),
        ],
    ),
    "history, version 2 with metadata": (
        "history",
        [[{"message": QUAKE, "timetoken": 17, "meta": META}], "17", "18"],
        ONE,
    ),
    "history, version 2, payloads that look alike": (
        "history",
        [[{"message": "a"}, {"message": "a", "meta": 1, "more": 2}], 17, 18],
        [
            Message({"message": "a"}, UNREADABLE),
            Message({"message": "a", "meta": 1, "more": 2}, UNREADABLE),
        ],
    ),
    "history of an SDK": ("history", ENTRIES, ONE),
    "item": ("envelope", ITEM, ONE),
    "item of history": ("envelope", {"message": QUAKE, "meta": META}, ONE),
    "a signal": (
        "envelope",
        {"message": QUAKE, "meta": META, "timetoken": "17", "messageType": 1},
        [Message(QUAKE, META, kind="signal")],
    ),
    "event": ("SDK event", EVENT, ONE),
    "event without metadata": (
        "SDK event",
        {"channel": "a", "message": 1, "publisher": "b", "timetoken": "17"},
        [Message(1)],
    ),
    "event, Python": (
        "SDK event",
        {"message": QUAKE, "channel": "a", "user_metadata": META, "publisher": None},
        ONE,
    ),
    "event, Go": (
        "SDK event",
        {"Message": QUAKE, "Channel": "a", "Subscription": "", "UserMetadata": META},
        ONE,
    ),
    "event, Swift": (
        "SDK event",
        {"payload": QUAKE, "channel": "a", "published": 17, "metadata": META},
        ONE,
    ),
    "result": ("SDK result", {"result": ENTRIES, "status": {"error": None}}, ONE),
    "recording": ("HAR recording", RECORDING, BOTH + BOTH),
}
NAMES = list(FORMS)


@pytest.mark.parametrize("name", NAMES)
def test_a_form_is_recognised_and_has_its_messages(name: str) -> None:
    form, value, messages = FORMS[name]
    assert form_of(value) == form
    assert form in SHOWN
    found = list(messages_in(value))
    assert [each.message for each in found if not isinstance(each, BrokenMessage)] == messages
    assert len(found) == len(messages)


@pytest.mark.parametrize(
    "value",
    [
        {"data": QUAKE, "meta": META},
        {"data": {"m": [], "t": 1}},
        {"data": 1, "message": 2, "timetoken": 3},
        {"meta": META},
        QUAKE,
        {"message": "hello", "level": "info"},
        {"channel": "a", "message": "hello"},
        {"channels": {"a": 1}},
        {"channels": ["a"]},
        {"messages": ["a", "b"]},
        {"m": 1, "t": 2},
        {"log": "entries"},
        {"result": 1, "status": 200},
        [[1, 2], [3, 4], [5]],
        [[1, 2]],
        [[1], True, 17],
        [QUAKE, SMALL],
        [],
        "text",
        7,
        None,
    ],
)
def test_other_values_have_none_of_the_forms(value: Any) -> None:
    assert form_of(value) == ""
    (broken,) = messages_in(value)
    assert isinstance(broken, BrokenMessage)


def test_results_in_results_have_an_end() -> None:
    value: Any = ENTRIES
    for _ in range(10_000):
        value = {"result": value, "status": 200}
    assert form_of(value) == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "m t c d u p e channels messages message entry meta log entries request url status "
                "result response content channel publisher payload published data timetoken".split()
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(JSON)
def test_any_value_is_read_without_an_exception(value: Any) -> None:
    form = form_of(value)
    for found in messages_in(value):
        assert form or isinstance(found, BrokenMessage)


# In files


def read(content: bytes, payload: Payload = "auto") -> tuple[list[Item], list[str], list[str]]:
    """The messages of a file, its notes, and its complaints."""
    stream = io.BytesIO(content)
    stream.name = "a.json"
    notes: list[str] = []
    complaints: list[str] = []
    reader = MessageReader(payload=payload, complain=complaints.append, note=notes.append)
    return list(reader.read(stream)), notes, complaints


def in_one_line(value: Any) -> str:
    return json.dumps(value) + "\n"


def indented(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


def twice(value: Any) -> str:
    return indented(value) + "\n" + indented(value)


def as_list(value: Any) -> str:
    return json.dumps([value, value], indent=1)


LAYOUTS: list[tuple[Callable[[Any], str], int]] = [
    (in_one_line, 1),
    (indented, 1),
    (twice, 2),
    (as_list, 2),
]


@pytest.mark.parametrize(
    ("name", "layout", "times"),
    [
        (name, layout, times)
        for name in NAMES
        for layout, times in LAYOUTS
        # A file holds one answer that is a list.
        if times == 1 or not isinstance(FORMS[name][1], list)
    ],
)
def test_a_file_of_a_form(name: str, layout: Callable[[Any], str], times: int) -> None:
    form, value, messages = FORMS[name]
    items, notes, complaints = read(layout(value).encode())
    assert [item.message for item in items] == messages * times
    assert notes == [f"a.json: read as {SHOWN[form]}"]
    assert complaints == []
    for item in items:
        assert item.raw.count(b"\n") <= 1
        assert isinstance(json.loads(item.raw), (dict, str, int))


def test_messages_of_ours_over_several_lines() -> None:
    messages = [{"data": QUAKE, "meta": META}, {"data": SMALL}]
    for between in ("", "\n\n", ","):
        text = between.join(json.dumps(each, indent=2) + "\n" for each in messages)
        items, notes, complaints = read(text.encode())
        assert [item.message for item in items] == messages
        assert [item.place for item in items] == ["a.json: element 1", "a.json: element 2"]
        assert notes == ["a.json: objects over several lines; each is read as a message"]
        assert complaints == []


def test_lines_stay_lines_where_the_first_is_cut_off() -> None:
    items, notes, complaints = read(b'{"data": {"mag": 5\n{"data": 1}\n{"data": 2}\n')
    assert [item.message for item in items] == [{"data": 1}, {"data": 2}]
    assert notes == []
    assert [text.partition(":1: ")[0] for text in complaints] == ["a.json"]


def test_items_that_are_no_messages_are_reported_and_the_rest_is_read() -> None:
    answer = {"t": {"t": "1", "r": 1}, "m": [ITEM, 7, {"x": 1}, ITEM]}
    items, _, complaints = read(json.dumps(answer).encode())
    assert [item.place for item in items] == ["a.json: message 1", "a.json: message 4"]
    assert [text.partition(" skipped")[0] for text in complaints] == [
        "a.json: message 2:",
        "a.json: message 3:",
    ]


def test_a_file_of_answers_may_hold_other_lines() -> None:
    lines = [SUBSCRIBE, {"data": 1, "meta": {}}, {"x": 1}, HISTORY]
    items, notes, complaints = read("".join(map(in_one_line, lines)).encode())
    assert [item.message for item in items] == [*BOTH, {"data": 1, "meta": {}}, *BOTH]
    assert len(notes) == len(complaints) == 1


@pytest.mark.parametrize("payload", ["message", "data", "envelope"])
def test_a_named_form_leaves_recognition_out(payload: Payload) -> None:
    items, notes, _ = read(json.dumps(SUBSCRIBE).encode(), payload)
    assert len(items) == (payload != "envelope")
    assert not any("read as" in note for note in notes)


@pytest.mark.parametrize("end", ["", "\n", "}", "]"])
def test_an_object_that_does_not_end_is_reported(end: str) -> None:
    text = '{"t": 1,\n "m": [' + json.dumps(ITEM) + end
    items, _, complaints = read(text.encode())
    assert items == []
    assert complaints[-1] == "a.json: it ends before its last object does"


@given(st.lists(JSON, max_size=5), st.integers(1, 40), st.sampled_from([None, 1]))
def test_values_in_a_row_are_split_wherever_chunks_end(
    values: list[Any], size: int, indent: int | None
) -> None:
    values = [value for value in values if isinstance(value, (dict, list))]
    text = "\n".join(json.dumps(value, indent=indent) for value in values).encode()
    chunks = [text[start : start + size] for start in range(0, len(text), size)]
    found = list(split_array(chunks, objects=True))
    assert [json.loads(element.text or b"") for element in found] == values
    starts = [each.line for each in found]
    assert starts == sorted(starts)
    if values:
        with pytest.raises(BrokenArray):
            list(split_array([text[:-1]], objects=True))


def test_scan_and_count_read_the_forms(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text(indented(SUBSCRIBE))
    assert count(path, "data.mag >= 5").matched == 1
    assert count(path, "data.mag >= 5").total == 2
    assert list(map(json.loads, scan(path, "data.mag >= 5"))) == [ITEM]


def test_the_playground_says_what_it_read() -> None:
    from pnfilter.playground.collections import read_text

    found = read_text(indented(SUBSCRIBE))
    assert (found.messages, found.form) == (BOTH, "a subscribe answer")
    assert read_text('{"mag": 5}').form == ""
    assert read_text('{"mag": 5}').messages == [{"data": {"mag": 5}, "meta": UNREADABLE}]
