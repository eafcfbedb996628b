"""Recorded exchanges with the real service (2016 to 2025): the emulator answers the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.interop.recorded import (
    INTENDED,
    OWN,
    Agreement,
    compare,
    described,
    main,
    read,
    results,
)
from tests.interop.recorded_stage import Exchange, Outcome
from tests.interop.recorded_state import ROUTES, route_of

EXCHANGES = read(OWN)
#: Routes of which nothing is recorded.
UNRECORDED = {"POST /v2/publish/{pub}/{sub}/0/{channel}/0"} | {
    f"GET /v1/auth/{operation}/sub-key/{{sub}}" for operation in ("grant", "audit")
}


def exchange(**fields: Any) -> Exchange:
    """An exchange of which only some parts matter."""
    row = {"id": "x", "method": "GET", "path": "/time/0", "query": {}, "status": 200, "reply": [1]}
    return Exchange.of({**row, **fields})


@pytest.mark.parametrize("recorded", EXCHANGES, ids=lambda recorded: recorded.id)
def test_a_recorded_request_is_answered_as_it_was(recorded: Exchange) -> None:
    (result,) = results([recorded])
    assert all(result.agreement), described(result)
    assert result.intended is None


def test_every_route_has_a_record() -> None:

    names = {f"{route.method} {route.path}".replace("{key}", "sub-key") for route in ROUTES}
    found = {route_of(one) for one in EXCHANGES}

    assert names - found == UNRECORDED
    assert len({one.id for one in EXCHANGES}) == len(EXCHANGES)


@pytest.mark.parametrize(
    ("recorded", "answered", "agreement"),
    [
        ({"n": 1}, {"n": 1}, Agreement(True, True, True)),
        ({"n": 1}, {"n": 2}, Agreement(True, True, False)),
        ({"a": 1}, {"a": "1"}, Agreement(True, False, False)),
        ({"a": 1}, {"a": True}, Agreement(True, False, False)),
        ({"a": None}, {"a": 1}, Agreement(True, False, False)),
        ({"a": 1}, {}, Agreement(True, False, False)),
        ({}, {"a": 1}, Agreement(True, False, False)),
        (["a", 1], [1, "a"], Agreement(True, True, False)),
        (["a", "b"], ["b", "a"], Agreement(True, True, False)),
        (["a"], ["a", "b"], Agreement(True, False, False)),
        (["17309129601106056"], ["17000000000000001"], Agreement(True, True, True)),
        ([17309129601106056], [17000000000000001], Agreement(True, True, True)),
        ({"eTag": "x"}, {"eTag": "y"}, Agreement(True, True, True)),
        (None, [], Agreement(True, False, False)),
    ],
)
def test_in_what_answers_agree(recorded: Any, answered: Any, agreement: Agreement) -> None:
    assert compare(exchange(reply=recorded), Outcome(200, answered)) == agreement


def test_an_error_agrees_word_for_word() -> None:
    recorded = exchange(status=400, reply={"error": "Invalid type argument"})
    assert all(compare(recorded, Outcome(400, {"error": "Invalid type argument"})))
    assert compare(recorded, Outcome(400, {"error": "No type"})) == (True, False, False)
    assert compare(recorded, Outcome(404, {"error": "Invalid type argument"})) == (False,) * 3


def test_a_list_that_was_cut_has_at_least_what_is_left() -> None:
    recorded = exchange(reply=["a", "b"], cut={"$": 5})
    assert all(compare(recorded, Outcome(200, ["a", "b", "c"])))
    assert not compare(recorded, Outcome(200, ["a"])).shape


def test_a_grant_may_have_rights_that_came_after_the_recorded_one() -> None:
    recorded = exchange(reply={"level": "channel", "r": 1, "w": 0, "m": 0})
    later = {"d": 0, "g": 0, "u": 0, "j": 0}
    assert all(compare(recorded, Outcome(200, {**recorded.reply, **later})))
    assert not compare(recorded, Outcome(200, {**recorded.reply, "x": 0})).shape
    assert not compare(recorded, Outcome(200, {"level": "channel", "r": 1, "w": 0, **later})).shape
    other = exchange(reply={"level": "channel"})
    assert not compare(other, Outcome(200, {"level": "channel", "d": 0})).shape


def test_items_in_another_order_with_other_fields_are_other_words() -> None:
    recorded = exchange(reply=[{"a": "x"}, {"b": "x"}])
    found = compare(recorded, Outcome(200, [{"b": "x"}, {"a": "x"}]))
    assert (found.shape, found.words) == (True, False)


#: One of each intended disagreement, by its name.
INTENDED_CASES: list[tuple[str, dict[str, Any]]] = [
    ("App Context of the first version", {"path": "/v1/objects/demo/users"}),
    ("cut off", {"reply": "[[1, "}),
    ("another status", {"status": 404, "reply": {"status": 200}}),
    ("an error of the service", {"status": 500, "reply": {"status": 500}}),
    ("an add-on", {"status": 403, "reply": {"message": "It requires an add-on"}}),
    ("no access manager", {"reply": {"message": "Access manager is not enabled"}}),
    (
        "a field that is there",
        {
            "status": 400,
            "body": {"value": "x"},
            "reply": {"error": {"details": [{"message": "Missing field", "location": "value"}]}},
        },
    ),
    ("message types before 2023", {"query": {"include_message_type": "1"}, "year": 2022}),
    ("metadata of presence", {"reply": {"m": [{"u": {"pn_ispresence": 1}}]}}),
    (
        "timetokens beside metadata",
        {"path": "/v2/history/x", "query": {"include_meta": "1"}, "year": 2020},
    ),
    ("signals before 2020", {"path": "/signal/p/s/0/c/0/1", "year": 2019}),
    (
        "whether there are more messages",
        {"path": "/v3/history/s/message-counts/c", "reply": {"more": {"is_more": False}}},
    ),
    (
        "metadata before 2022",
        {"path": "/v2/objects/s/uuids/u", "query": {"include": "custom"}, "year": 2021},
    ),
]


@pytest.mark.parametrize(("name", "fields"), INTENDED_CASES)
def test_which_disagreements_are_intended(name: str, fields: dict[str, Any]) -> None:
    assert [one.name for one in INTENDED if one.is_of(exchange(**fields))] == [name]


def test_each_intended_disagreement_has_a_case() -> None:
    assert [name for name, _ in INTENDED_CASES] == [one.name for one in INTENDED]


def test_the_command_prints_what_disagrees(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = {"method": "GET", "query": {}, "status": 200, "reply": [17309129601106056]}
    rows = [
        {**request, "id": "good", "path": "/time/0"},
        {**request, "id": "bad", "path": "/time/0", "status": 201},
        # Nothing can be made of this for a state: it is asked for all the same.
        {**request, "id": "odd", "path": "/v2/history/sub-key/s/channel/c", "reply": {"odd": 1}},
    ]
    path = tmp_path / "recorded.ndjson"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert main([str(path), "--list", "--status", "67"]) == 1
    assert main([str(path), "--status", "66", "--shape", "33"]) == 0
    told = capsys.readouterr().out
    assert "bad ( None): status disagrees" in told
    assert "odd ( None): shape disagrees" in told
    assert "     3    66.7    33.3    33.3  all but old grants" in told


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', "1"])
def test_a_line_that_is_no_exchange_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    path = tmp_path / "recorded.ndjson"
    path.write_text(line, encoding="utf-8")
    assert main([str(path)]) == 2
    assert f"{path}:1: not a recorded exchange" in capsys.readouterr().err
    assert main([str(tmp_path / "none")]) == 2
