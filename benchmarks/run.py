"""Start-up and throughput on this machine: run ``make bench``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pnfilter
from benchmarks.engines import startup
from benchmarks.engines.startup import COMMAND, seconds_of
from benchmarks.table import Row, as_markdown, machine

QUAKES = Path(__file__).parents[1] / "examples" / "quakes.ndjson"
QUAKE_FILTER = "data.mag > 2.5 && meta.status == 'reviewed' && data.place LIKE '*alaska*'"


def best_of(work: Callable[[], object], times: int) -> float:
    """The fewest seconds that ``work`` takes in this process."""
    seconds = []
    for _ in range(times):
        start = perf_counter()
        work()
        seconds.append(perf_counter() - start)
    return min(seconds)


def evaluating() -> list[Row]:
    """Rows on running one filter over the earthquakes."""
    messages = [json.loads(line) for line in QUAKES.read_text(encoding="utf-8").splitlines()]
    compiled = pnfilter.compile(QUAKE_FILTER)
    library = best_of(lambda: [compiled.matches(message) for message in messages], 5)
    process = seconds_of([COMMAND, "grep", "-c", QUAKE_FILTER, QUAKES])
    return [
        Row("Filter.matches(message)", f"{library / len(messages) * 1e6:.1f} us", "each"),
        Row("pnfilter grep FILTER FILE", f"{process:.2f} s", f"{len(messages):,} earthquakes"),
    ]


def main() -> None:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--turns", type=int, default=21, help="turns of the start-up processes")
    arguments.add_argument("--filters", type=int, default=10_000, help="filters in the file")
    options = arguments.parse_args()
    print(f"{machine()}; median of {options.turns} turns\n")
    print(as_markdown([*startup.rows(options.turns, options.filters), *evaluating()]))


if __name__ == "__main__":
    main()
