"""SQL gives the interpreter's verdicts, or refuses by name.

Conformance, random filters, earthquakes.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from pnfilter import Verdict, compile
from pnfilter.engines.sql import UntranslatableFilter, translate
from tests.engines import local_spark
from tests.engines.conftest import Decide
from tests.engines.fuzz import differences, main
from tests.engines.questions import Outcome, random_question
from tests.examples import share
from tests.test_conformance import TOPICS, Case, filter_text, named, parts_of_case
from tests.test_engines import MESSAGES as EARTHQUAKES

#: Every way to refuse, at translation or when a message shows it.
REFUSALS = json.loads((Path(__file__).parent / "refusals.json").read_text(encoding="utf-8"))
#: Random filters, and messages for each; many of them are for `make fuzz`.
FILTERS, MESSAGES = 30, 6


#: Messages with their verdicts.
Rows: TypeAlias = "list[tuple[dict[str, Any], Verdict]]"


#: Filters in a part of a topic: planning one takes DuckDB longer than all its messages do.
PART = 16


@cache
def filters_of(topic: str) -> list[tuple[str, list[Case]]]:
    """Each filter of a topic once, with its cases that have rows.

    Other kinds of message are none.
    """
    found: dict[str, list[Case]] = {}
    for case in TOPICS[topic]["cases"]:
        if any("kind" not in message for message in case.get("messages", ())):
            found.setdefault(filter_text(case), []).append(case)
    return list(found.items())


def rows_of(case: Case) -> Rows:
    return [
        (parts_of_case(message), Verdict(message["verdict"]))
        for message in case["messages"]
        if "kind" not in message
    ]


#: A filter of the suite is asked about each so many earthquakes too; all of them come up.
EACH = 16


@pytest.mark.sliced(48)
@pytest.mark.parametrize(
    ("topic", "start"),
    [(topic, start) for topic in TOPICS for start in range(0, len(filters_of(topic)), PART)],
)
def test_conformance(topic: str, start: int, in_duckdb: Decide) -> None:
    """Each filter on the messages of all its cases and on earthquakes."""
    refused: dict[str, list[str]] = {}
    part = filters_of(topic)[start : start + PART]
    for place, (text, cases) in enumerate(part, start):
        those = [(named(case), rows_of(case)) for case in cases]
        rows = [row for _, each in those for row in each]
        # At the limits of the language a filter takes milliseconds for each.
        quakes = EARTHQUAKES[place % EACH :: EACH] if len(text) < 250 else []
        try:
            found = in_duckdb(text, [*(message for message, _ in rows), *quakes])
        except UntranslatableFilter as error:
            refused.setdefault(str(error), []).extend(name for name, _ in those)
            continue
        if isinstance(found, str):
            assert found in REFUSALS["words"]
            for name, each in those:
                if (words := ended(name, text, each, in_duckdb)) is not None:
                    refused.setdefault(words, []).append(name)
            continue
        expected = [*(verdict for _, verdict in rows), *map(compile(text).evaluate, quakes)]
        assert found == expected, (text, [name for name, _ in those])
    names = {named(case) for _, cases in part for case in cases}
    known = {
        words: sorted(names.intersection(listed))
        for words, listed in REFUSALS["conformance"].get(topic, {}).items()
    }
    assert {words: sorted(each) for words, each in refused.items()} == {
        words: each for words, each in known.items() if each
    }


def test_every_listed_refusal_is_of_a_case() -> None:
    for topic, known in REFUSALS["conformance"].items():
        names = {named(case) for _, cases in filters_of(topic) for case in cases}
        for words, listed in known.items():
            assert listed, (topic, words)
            assert names.issuperset(listed), (topic, words)


def ended(name: str, text: str, rows: Rows, in_duckdb: Decide) -> str | None:
    """The error of a case's query, if all other messages have their verdicts; or None."""
    found = in_duckdb(text, [message for message, _ in rows])
    if not isinstance(found, str):
        assert found == [verdict for _, verdict in rows], (name, text)
        return None
    for message, verdict in rows:
        alone = in_duckdb(text, [message])
        assert alone in ([verdict], found), (name, text, message)
    return found


def test_the_long_form_takes_pairs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--count", "16", "--seed", "1"]) == 0
    assert "pairs: 16\n" in capsys.readouterr().out


@pytest.mark.parametrize(("required", "status"), [("", 0), ("1", 1)])
def test_spark_is_skipped_by_name_and_only_where_it_may_be(
    required: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(local_spark, "find_spec", lambda name: None)
    monkeypatch.setenv(local_spark.REQUIRED, required)
    assert main(["--engine", "spark"]) == status
    assert "skipped: Spark is not installed: make .venv/.spark" in capsys.readouterr().err
    monkeypatch.setattr(local_spark, "find_spec", lambda name: object())
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert main(["--engine", "spark"]) == status
    assert "skipped: Spark needs Java 17 or later" in capsys.readouterr().err


def test_a_difference_is_shown() -> None:
    counts = Counter[str]()

    def undecided(_: str, messages: Sequence[dict[str, Any]]) -> Sequence[Outcome] | str:
        return [Verdict.UNDECIDED] * len(messages)

    found = [line for seed in "abcde" for line in differences(undecided, seed, counts)]
    assert counts["UNDECIDED"] == counts["pairs"] == 40
    assert found
    assert all("UNDECIDED, the interpreter says" in line for line in found)


@pytest.mark.sliced(3)
@pytest.mark.parametrize("seed", range(3))
def test_random_filters_and_messages(seed: int, in_duckdb: Decide) -> None:
    refused = Counter[str]()
    for number in range(share(FILTERS // 3)):
        text, messages = random_question(f"sql {seed} {number}", MESSAGES)
        try:
            found = in_duckdb(text, messages)
        except UntranslatableFilter as error:
            found = str(error)
        if isinstance(found, str):
            refused[found] += 1
        else:
            filter = compile(text)
            assert found == [filter.evaluate(message) for message in messages], text
    assert refused.keys() <= set(REFUSALS["words"])
    assert refused.total() < FILTERS / 6


EVERYDAY = [
    'meta.net == "us" && data.mag >= 5',
    'data.place LIKE "*alaska*" || ("us", "ak") CONTAINS meta.net',
    "(data.mag * 10) > data.sig - 100 && !(data.tsunami == 1)",
    "data.coordinates[2] > 100 || data.felt != null",
    'meta.alert == "green" || !(data.mag < 6)',
    'data.title CONTAINS "CA" && data.title LIKE "m 2.*"',
    "data.time / 1000 > 1517966773 && data.gap % 2 == 1",
    "data.id != meta.net && data.cdi <= data.mmi",
    "data.coordinates CONTAINS data.mag || data.coordinates == 10",
]


@pytest.mark.sliced(9)
@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_filters_on_every_earthquake(text: str, in_duckdb: Decide) -> None:
    evaluate = compile(text).evaluate
    assert in_duckdb(text, EARTHQUAKES) == [*map(evaluate, EARTHQUAKES)]


@pytest.mark.parametrize("undecided", [None, "keep", "drop"])
@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("data.a = 5", "data.a == 5"),
        ('data.a = "x"', 'data.a == "x"'),
        ("!(data.a == 1 && data.b == 2)", "!(data.a == 1) || !(data.b == 2)"),
        ("data.a > 1 && (data.b > 2 && data.c > 3)", "data.a > 1 && data.b > 2 && data.c > 3"),
        ("data.a * (2 + 3) > 10", "data.a * 5 > 10"),
    ],
)
def test_one_meaning_has_one_sql(text: str, alike: str, dialect: Any, undecided: Any) -> None:
    made = [translate(one, dialect, undecided=undecided) for one in (text, alike)]
    assert made[0] == made[1]


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_assumptions_are_refused_by_name(dialect: Any) -> None:
    filter = compile("data.a != 1", "missing-differs=match")
    with pytest.raises(UntranslatableFilter, match=r"the assumptions missing-differs=match: "):
        translate(filter, dialect)
    assert translate(filter.text, dialect)
