"""SQL gives the interpreter's verdicts, or refuses by name: conformance, random filters, earthquakes."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pnfilter import Verdict, compile
from pnfilter.engines.sql import UntranslatableFilter
from tests.engines import local_spark
from tests.engines.conftest import Decide
from tests.engines.fuzz import differences, main
from tests.engines.questions import Outcome, random_question
from tests.test_conformance import TOPICS, filter_text, parts_of_case
from tests.test_engines import MESSAGES as EARTHQUAKES
from tests.test_engines import TEXTS as SUITE

#: Every way to refuse, at translation or when a message shows it.
REFUSALS = json.loads((Path(__file__).parent / "refusals.json").read_text(encoding="utf-8"))
#: Random filters, and messages for each.
FILTERS, MESSAGES = 90, 6


def cases_of(topic: str) -> list[tuple[str, str, list[tuple[dict[str, Any], Verdict]]]]:
    """Name, filter, and messages with their verdicts; messages of other kinds are no rows."""
    found = []
    for case in TOPICS[topic]["cases"]:
        messages = [message for message in case.get("messages", ()) if "kind" not in message]
        if messages:
            rows = [(parts_of_case(one), Verdict(one["verdict"])) for one in messages]
            found.append((case["name"], filter_text(case), rows))
    return found


@pytest.mark.parametrize("topic", [topic for topic in TOPICS if cases_of(topic)])
def test_conformance(topic: str, in_duckdb: Decide) -> None:
    refused: dict[str, list[str]] = {}
    for name, text, rows in cases_of(topic):
        messages, verdicts = [one for one, _ in rows], [verdict for _, verdict in rows]
        try:
            found = in_duckdb(text, messages)
            if isinstance(found, str):
                refused.setdefault(found, []).append(name)
                for message, verdict in rows:
                    alone = in_duckdb(text, [message])
                    assert alone in ([verdict], found), (name, text, message)
                continue
        except UntranslatableFilter as error:
            refused.setdefault(str(error), []).append(name)
            continue
        assert found == verdicts, (name, text)
    assert refused == REFUSALS["conformance"].get(topic, {})


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


@pytest.mark.parametrize("seed", range(3))
def test_random_filters_and_messages(seed: int, in_duckdb: Decide) -> None:
    refused = Counter[str]()
    for number in range(FILTERS // 3):
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
#: Filters of one test: each goes to a process of its own.
SHARE = 100


@pytest.mark.parametrize("start", range(0, len(SUITE), SHARE))
def test_every_conformance_filter_on_every_earthquake(start: int, in_duckdb: Decide) -> None:
    texts = SUITE[start : start + SHARE] + (EVERYDAY if start == 0 else [])
    refused = set()
    for text in texts:
        try:
            found = in_duckdb(text, EARTHQUAKES)
        except UntranslatableFilter as error:
            found = str(error)
        if isinstance(found, str):
            refused.add(found)
            continue
        filter = compile(text)
        assert found == [filter.evaluate(message) for message in EARTHQUAKES], text
    assert refused <= set(REFUSALS["words"])
