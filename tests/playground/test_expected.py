"""Test sets of the page: recognised, refused with a reason, and written as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import pnfilter
from pnfilter import Verdict
from pnfilter.cases import read_cases
from pnfilter.playground.answers import InvalidRequest, Playground
from pnfilter.playground.expected import parse_expected

FILTER = "data.n > 1"
SET: dict[str, Any] = {
    "filter": FILTER,
    "cases": [
        {"message": {"data": {"n": 2}, "meta": {"a": 1}}, "verdict": "MATCH", "name": "two"},
        {"payload": {"n": 1}, "verdict": "MATCH", "explanation": "before"},
        {"message": {"c": "a", "e": 1, "d": {"n": 2}, "u": None}, "verdict": "UNDECIDED"},
    ],
}


@pytest.fixture
def playground() -> Playground:
    return Playground()


def opened(playground: Playground, value: Any) -> dict[str, Any]:
    text = value if isinstance(value, str) else json.dumps(value, indent=1)
    return playground.answer("messages", {"text": text})


def exported(playground: Playground, name: str, expected: str, **more: Any) -> dict[str, Any]:
    question = {"id": name, "text": FILTER, "expected": expected, "form": "json", **more}
    return playground.answer("cases", question)


def test_a_test_set_is_recognised(playground: Playground) -> None:
    answer = opened(playground, SET)
    assert answer["test_set"] == {"filter": FILTER, "expected": "1M2M3U", "names": ["two", "", ""]}
    assert (answer["form"], answer["count"], answer["problems"]) == ("a test set", 3, [])
    assert answer["rows"][0] == ['{"a": 1}', '{"n": 2}', "two"]
    assert len(answer["rows"][1]) == 2
    judged = playground.answer("check", {"id": answer["id"], "text": FILTER})["judged"]
    assert judged["verdicts"] == "MNU"


def test_of_several_test_sets_the_first_is_taken(playground: Playground) -> None:
    answer = opened(playground, [SET, {**SET, "filter": "data.n > 7"}])
    assert answer["test_set"]["filter"] == FILTER
    assert answer["problems"] == ["The first of 2 test sets in it."]


def test_a_filter_that_is_none_yet_is_taken_too(playground: Playground) -> None:
    assert opened(playground, {**SET, "filter": "data.n >"})["test_set"]["filter"] == "data.n >"


@pytest.mark.parametrize(
    "text",
    [
        '{"filter": 1, "data": {}, "cases": 2}',
        '{"data": {"filter": "a", "cases": []}}',
        '[{"data": {"filter": "a", "cases": []}}]',
        '{"filter": "a"}\n{"cases": []}',
        "[]",
    ],
)
def test_messages_are_no_test_set(playground: Playground, text: str) -> None:
    assert opened(playground, text)["test_set"] is None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({**SET, "cases": []}, "one case at least"),
        ({**SET, "filter": 7}, "`filter`, a string"),
        ({**SET, "cases": [*SET["cases"], {"payload": 1, "verdict": "yes"}]}, "case 4: `verdict`"),
        ([SET, {}], "test set 2"),
    ],
)
def test_an_invalid_test_set_is_refused(playground: Playground, value: Any, reason: str) -> None:
    with pytest.raises(InvalidRequest, match=reason) as caught:
        opened(playground, value)
    assert caught.value.help == "correct it, and paste or open it again"


def test_what_is_exported_is_read_again(playground: Playground, tmp_path: Path) -> None:
    name = opened(playground, SET)["id"]
    answer = exported(playground, name, "1M2M3U")
    assert answer["name"] == "filter-cases.json"
    path = tmp_path / answer["name"]
    path.write_text(answer["text"])
    (found,) = read_cases(path)
    assert [failure.number for failure in found.failures()] == [2]
    assert [case.name for case in found.cases] == ["two", "", ""]
    assert found.cases[0].explanation.startswith(FILTER)
    assert found.cases[1].explanation == "before"
    again = opened(playground, answer["text"])
    assert again["test_set"] == {"filter": FILTER, "expected": "1M2M3U", "names": ["two", "", ""]}
    # An explanation of another verdict says nothing of this one.
    (case,) = json.loads(exported(playground, name, "2U")["text"])["cases"]
    assert case == {"payload": {"n": 1}, "verdict": "UNDECIDED"}


def test_a_module_for_pytest_is_exported(playground: Playground) -> None:
    name = opened(playground, '{"n": 2}\n{"n": 1}')["id"]
    answer = exported(playground, name, "2N", form="pytest")
    assert answer["name"] == "test_filter.py"
    compile(answer["text"], "test_filter.py", "exec")
    assert "({'data': {'n': 1}, 'meta': pnfilter.UNREADABLE}, 'NO_MATCH')" in answer["text"]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"expected": "1M4N"}, "there is no message 4"),
        ({"expected": ""}, "no verdict is expected"),
        ({"expected": "0M"}, "as in 1M4N18U"),
        ({"expected": "1X"}, "as in 1M4N18U"),
        ({"expected": None}, "`expected` must be a string"),
        ({"expected": "1M", "form": "xml"}, "`form` must be"),
        ({"expected": "1M", "text": "a =="}, "the text is no filter"),
    ],
)
def test_what_can_not_be_exported(
    playground: Playground, more: dict[str, Any], reason: str
) -> None:
    name = opened(playground, SET)["id"]
    with pytest.raises(InvalidRequest, match=reason):
        exported(playground, name, **{"expected": "1M", **more})


def test_a_message_that_no_file_holds_is_named(playground: Playground) -> None:
    from pnfilter.playground.collections import Collection

    broken = pnfilter.Message({"a": pnfilter.UNREADABLE}, None)
    messages: list[pnfilter.Message] = [pnfilter.Message(1), broken]
    playground.shelf.put("some", Collection(messages), 0)
    with pytest.raises(InvalidRequest, match="message 2: a part of the message can't be read"):
        exported(playground, "some", "1N2N")


def test_expected_verdicts_as_one_text() -> None:
    assert parse_expected("") == []
    assert parse_expected("1M12U") == [(0, Verdict.MATCH), (11, Verdict.UNDECIDED)]


def test_other_messages_have_another_digest(playground: Playground) -> None:
    digests = {opened(playground, f'{{"n": {number}}}')["digest"] for number in (1, 2)}
    assert len(digests) == 2


def test_rows_are_marked_on_request(playground: Playground) -> None:
    name = opened(playground, '{"n": 2}\n{"m": 1}')["id"]
    question = {"id": name, "text": FILTER, "indexes": [1, 0, 7], "columns": 80, "seq": 3}
    answer = playground.answer("marks", question)
    assert answer["seq"] == 3
    assert [(row["index"], row["data"]["missing"]) for row in answer["rows"]] == [
        *((1, ["data.n"]), (0, []))
    ]
    assert playground.answer("marks", {**question, "text": "data.n >"})["rows"] == []
    for wrong in ({"indexes": 1}, {"indexes": [0] * 201}, {"indexes": ["0"]}, {"columns": -1}):
        with pytest.raises(InvalidRequest):
            playground.answer("marks", {**question, **wrong})


def test_names_can_be_given_and_taken_away(playground: Playground, tmp_path: Path) -> None:
    name = opened(playground, SET)["id"]
    names = {"1": "", "2": " one ", "99": "of no message that is expected"}
    for form, wanted in (("json", ["", "one"]), ("pytest", ["MATCH')", "MATCH', id='one')"])):
        text = exported(playground, name, "1M2M", names=names, form=form)["text"]
        if form == "json":
            path = tmp_path / "cases.json"
            path.write_text(text, encoding="utf-8")
            assert [case.name for case in read_cases(path)[0].cases] == wanted
        else:
            assert all(end in text for end in wanted)
            compile(text, "test_filter.py", "exec")


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([], "`names` must be an object"),
        ({"x": "a"}, "numbers of messages as its keys"),
        ({"²": "a"}, "numbers of messages as its keys"),
        ({"9" * 17: "a"}, "numbers of messages as its keys"),
        ({"1": 5}, "`names` must be a string"),
        ({"1": "x" * 201}, "at most 200 characters"),
    ],
)
def test_bad_names_are_refused(playground: Playground, names: Any, reason: str) -> None:
    name = opened(playground, SET)["id"]
    with pytest.raises(InvalidRequest, match=reason):
        exported(playground, name, "1M", names=names)
