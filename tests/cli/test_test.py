"""Test sets: files of messages and verdicts, read, written, and held against a filter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pnfilter import FilterSyntaxError, Message, Verdict, compile
from pnfilter.cases import (
    MAX_FILE,
    Case,
    Cases,
    InvalidCases,
    cases_of,
    read_cases,
    to_json,
    to_pytest,
)
from pnfilter.semantics import UNREADABLE

from .conftest import Command

FILTER = 'data.mag >= 5 && meta.net == "us"'
ALL = [
    {"message": {"data": {"mag": 6.1}, "meta": {"net": "us"}}, "verdict": "MATCH"},
    {"message": {"data": {"mag": 6.1}}, "verdict": "NO_MATCH", "name": "no metadata"},
    {"payload": {"mag": 2}, "verdict": "NO_MATCH"},
    {"payload": {"mag": 6}, "verdict": "UNDECIDED"},
    {"message": {"meta": {"net": "ak"}}, "verdict": "NO_MATCH"},
    {"message": {"c": "a", "d": {"mag": 6}, "u": {"net": "us"}}, "verdict": "MATCH"},
    {"message": {"c": "a", "e": 1, "d": {"mag": 6}, "u": None}, "verdict": "UNDECIDED"},
    {"message": {"message": {"mag": 6}, "timetoken": "1", "meta": ""}, "verdict": "NO_MATCH"},
]


def one(*cases: Any) -> Cases:
    """The test set of some cases."""
    (found,) = cases_of({"filter": FILTER, "cases": list(cases)})
    return found


def test_verdicts_as_expected() -> None:
    assert list(one(*ALL).failures()) == []


@pytest.mark.parametrize("case", ALL)
def test_another_verdict_fails(case: dict[str, Any]) -> None:
    for verdict in Verdict:
        expected = [] if verdict.value == case["verdict"] else [1]
        found = one({**case, "verdict": verdict.value}).failures()
        assert [failure.number for failure in found] == expected


def test_a_failure_says_how_its_verdict_comes_about() -> None:
    case = {"payload": {"mag": 2}, "verdict": "MATCH", "name": "small"}
    (failure,) = one(case).failures()
    title, *lines = str(failure).split("\n")
    assert title == "case 1 (small): expected MATCH, got NO_MATCH"
    assert "\n".join(lines) == str(
        compile(FILTER).explain({"data": {"mag": 2}, "meta": UNREADABLE})
    )


def test_a_failure_shows_what_has_changed_since_it_was_written() -> None:
    message = {"data": {"mag": 5}, "meta": {"net": "us"}}
    before = str(compile('data.mag > 4 && meta.net == "us"').explain(message))
    (failure,) = cases_of(
        {
            "filter": 'data.mag > 5 && meta.net == "us"',
            "cases": [{"message": message, "verdict": "MATCH", "explanation": before}],
        }
    )[0].failures()
    lines = str(failure).split("\n")
    assert "-├─ data.mag > 4                   MATCH" in lines
    assert "+├─ data.mag > 5                   NO_MATCH" in lines


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for sets in ([one(*ALL)], [one(*ALL), one(ALL[0])]):
        path.write_text(to_json(sets))
        again = read_cases(path)
        assert [each.cases for each in again] == [each.cases for each in sets] or all(
            [case.verdict for case in each.cases] == [case.verdict for case in other.cases]
            and not list(other.failures())
            for each, other in zip(sets, again, strict=True)
        )
        assert [each.filter.text for each in again] == [FILTER] * len(sets)


def test_a_module_for_pytest(tmp_path: Path) -> None:
    path = tmp_path / "test_filter.py"
    path.write_text(to_pytest(one(*ALL, {**ALL[0], "verdict": "NO_MATCH"})))
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert f"1 failed, {len(ALL)} passed" in ended.stdout
    assert "data.mag >= 5" in ended.stdout


def test_a_value_that_can_not_be_written_is_refused() -> None:
    message = Message({"a": UNREADABLE}, None)
    with pytest.raises(InvalidCases, match="can't be written"):
        to_json([Cases(compile("a == 1"), (Case(message, Verdict.NO_MATCH),))])


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (7, "expected an object with `filter`"),
        ([], "without a test set"),
        ([{"filter": "a == 1", "cases": [ALL[0]]}, {}], "test set 2: expected an object"),
        ({"filter": 1, "cases": []}, "`filter`, a string"),
        ({"filter": "a == 1"}, "`cases` must be an array"),
        ({"filter": "a == 1", "cases": []}, "with one case at least"),
        ({"filter": "a == 1", "cases": [ALL[0]], "case": 1}, "unknown key `case`"),
        ({"filter": "a == 1", "cases": [7]}, "case 1: expected an object"),
        ({"filter": "a == 1", "cases": [{"verdict": "MATCH"}]}, "`message` or `payload`"),
        ({"filter": "a == 1", "cases": [{**ALL[0], "payload": 1}]}, "`message` or `payload`"),
        ({"filter": "a == 1", "cases": [{**ALL[0], "verdict": "match"}]}, "MATCH, NO_MATCH, UND"),
        ({"filter": "a == 1", "cases": [ALL[0], {"message": {}}]}, "case 2: `verdict`"),
        ({"filter": "a == 1", "cases": [{**ALL[0], "expect": 1}]}, "unknown key `expect`"),
        ({"filter": "a == 1", "cases": [{**ALL[0], "name": 1}]}, "must be strings"),
        ({"filter": "a == 1", "cases": [{"message": 1, "verdict": "MATCH"}]}, "an object with"),
    ],
)
def test_invalid_sets(value: Any, reason: str) -> None:
    with pytest.raises(InvalidCases, match=reason.replace("(", r"\(")):
        cases_of(value)


def test_an_invalid_filter() -> None:
    with pytest.raises(FilterSyntaxError):
        cases_of({"filter": "a =", "cases": ALL})


# The command


def test_the_command(tmp_path: Path, pn: Command) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(to_json([one(*ALL)]))
    bad.write_text(
        json.dumps({"filter": FILTER, "cases": [*ALL, {**ALL[0], "verdict": "NO_MATCH"}]})
    )
    ended = pn("test", str(good))
    assert (ended.status, ended.out, ended.err) == (0, "", "8 cases: all as expected\n")
    ended = pn("test", str(good), str(bad))
    assert (ended.status, ended.err) == (1, "17 cases: 1 failed\n")
    assert ended.out.startswith(f"{bad}: case 9: expected NO_MATCH, got MATCH\n{FILTER}")
    ended = pn("test", "--format", "json", str(bad))
    (failure,) = json.loads(ended.out)
    assert (failure["case"], failure["expected"]) == (9, "NO_MATCH")
    assert failure["explanation"]["verdict"] == "MATCH"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"7", "expected an object"),
        (b'{"filter": "a = = 1", "cases": [{"payload": 1, "verdict": "MATCH"}]}', "invalid filter"),
        (b"\xff", "UTF-8"),
        (b" " * (MAX_FILE + 1), "longer than 16,777,216 bytes"),
        (None, "no such file"),
    ],
)
def test_a_file_without_cases(
    content: bytes | None, reason: str, tmp_path: Path, pn: Command
) -> None:
    path, good = tmp_path / "a.json", tmp_path / "good.json"
    good.write_text(to_json([one(*ALL)]))
    if content is not None:
        path.write_bytes(content)
    ended = pn("test", str(path), str(good))
    assert ended.status == 2
    assert reason in ended.err
    assert "8 cases" in ended.err
