"""Random filters on random messages in another engine, whose verdicts have to be the interpreter's.

``python -m tests.engines.fuzz --engine spark --count N`` takes N pairs; Spark has half of them on
VARIANT and half on text, and from 5,000 on the conformance suite too, and its filters on the
earthquakes. A difference is shown with the seed that repeats it, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pnfilter.engines.sql import UntranslatableFilter
from tests.engines import frames, local_spark
from tests.engines.conftest import Decide, decided_in_duckdb
from tests.engines.questions import (
    Question,
    compared,
    conformance,
    earthquakes,
    random_question,
)
from tests.fuzz import progress_bar

#: Messages for each filter.
MESSAGES = 8
#: The same for Spark, which takes as long to plan a filter as to decide hundreds of messages.
MESSAGES_IN_SPARK = 50
#: Pairs that Spark is given together.
PAIRS_IN_SPARK = 250
#: Pairs from which on Spark is given the whole suite.
LONG = 5000


def differences(decide: Decide, seed: str, counts: Counter[str]) -> list[str]:
    """One filter and its messages: where the engine says something else."""
    question = random_question(seed, MESSAGES)
    try:
        found = decide(*question)
    except UntranslatableFilter as error:
        found = str(error)
    return compared(question, found, counts)


def in_duckdb(seed: int, wanted: int, counts: Counter[str]) -> Iterator[list[str]]:
    """Where DuckDB differs in each part of the pairs."""
    decide = decided_in_duckdb()
    while counts["pairs"] < wanted:
        yield differences(decide, f"sql {seed} {counts['pairs']}", counts)


def in_polars(seed: int, wanted: int, counts: Counter[str]) -> Iterator[list[str]]:
    """Where Polars differs in each part of the pairs."""
    while counts["pairs"] < wanted:
        counts["filters"] += 1
        yield frames.differences(f"polars {seed} {counts['filters'] - 1}", counts)


def in_spark(seed: int, wanted: int, counts: Counter[str]) -> Iterator[list[str]]:
    """Where Spark differs in each part of the pairs; beyond them those of the suite."""
    spark = local_spark.started("local[2]")
    try:
        while counts["pairs"] < wanted:
            columns = local_spark.COLUMNS[counts["pairs"] // PAIRS_IN_SPARK % 2]
            size = min(PAIRS_IN_SPARK, wanted - counts["pairs"])
            questions = [
                random_question(
                    f"spark {seed} {counts['pairs'] + start}", min(MESSAGES_IN_SPARK, size - start)
                )
                for start in range(0, size, MESSAGES_IN_SPARK)
            ]
            yield differences_in_spark(spark, questions, columns, counts)
        if wanted >= LONG:
            for columns in local_spark.COLUMNS:
                yield differences_in_spark(spark, suite(), columns, counts)
    finally:
        spark.stop()


def suite(each: int = 1, start: int = 0, each_quake: int = 100) -> list[Question]:
    """Every so many filters of the conformance suite, on their messages and on earthquakes.

    Without those at the limits of the language, which take Spark minutes.
    """
    quakes = earthquakes()[::each_quake]
    short = [one for one in conformance() if len(one.text) < 250]
    return [Question(text, [*messages, *quakes]) for text, messages in short[start::each]]


def differences_in_spark(
    spark: Any, questions: Sequence[Question], columns: local_spark.Columns, counts: Counter[str]
) -> list[str]:
    """Where Spark says something else on columns of a type."""
    outcomes = local_spark.decided(spark, questions, columns)
    found = []
    for question, outcome in zip(questions, outcomes, strict=True):
        found += [f"{columns}: {line}" for line in compared(question, outcome, counts)]
    return found


ENGINES: dict[str, Callable[[int, int, Counter[str]], Iterator[list[str]]]] = {
    "duckdb": in_duckdb,
    "polars": in_polars,
    "spark": in_spark,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if all verdicts were the same, 1 for a difference or a missing Spark that is required."""
    parser = argparse.ArgumentParser(prog="python -m tests.engines.fuzz", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, default="duckdb", help="(duckdb)")
    parser.add_argument("--count", type=int, default=5000, help="pairs (5,000)")
    parser.add_argument("--seed", type=int, help="a seed that repeats a run")
    options = parser.parse_args(arguments)
    missing = local_spark.why_not() if options.engine == "spark" else None
    if missing is not None:
        print(f"spark is skipped: {missing}", file=sys.stderr)
        return 1 if local_spark.is_required() else 0
    seed = random.SystemRandom().randrange(10**9) if options.seed is None else options.seed
    counts, show, done = Counter[str](), progress_bar(options.count), 0
    found: list[str] = []
    for found in ENGINES[options.engine](seed, options.count, counts):
        show(counts["pairs"] - done)
        done = counts["pairs"]
        if found:
            break
    print(options.engine)
    for name in sorted(counts):
        print(f"  {name}: {counts[name]:,}")
    print(f"  seed {seed}")
    for line in found:
        print(f"FAILED: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
