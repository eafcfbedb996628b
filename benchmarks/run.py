"""Start-up and throughput on this machine: run ``make bench``.

Whole processes are timed from start to end, in turns with what they are compared with, so that
a busy moment of the machine meets both; a ratio is the median of the ratios of the turns.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import pnfilter
from benchmarks.filters import DEFAULT_SEED, generate

QUAKES = Path(__file__).parents[1] / "examples" / "quakes.ndjson"
COMMAND = Path(sys.executable).with_name("pnfilter")
QUAKE_FILTER = "data.mag > 2.5 && meta.status == 'reviewed' && data.place LIKE '*alaska*'"

type_of_command = list[str | Path]


def seconds_of(command: type_of_command, allowed: tuple[int, ...] = (0,)) -> float:
    """Seconds that a process takes from start to end; ``RuntimeError`` if it fails."""
    start = perf_counter()
    status = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    ).returncode
    if status not in allowed:
        raise RuntimeError(f"exit status {status}: {command}")
    return perf_counter() - start


def in_turns(commands: list[type_of_command], turns: int) -> list[list[float]]:
    """The seconds of each command in each turn, after one turn to warm up."""
    rounds = [[seconds_of(command) for command in commands] for _ in range(turns + 1)][1:]
    return [list(column) for column in zip(*rounds, strict=True)]


def best_of(work: Callable[[], object], times: int) -> float:
    """The fewest seconds that ``work`` takes in this process."""
    seconds = []
    for _ in range(times):
        start = perf_counter()
        work()
        seconds.append(perf_counter() - start)
    return min(seconds)


def start_up(turns: int) -> list[tuple[str, str, str]]:
    """Rows on how long a process takes until it has done nothing, or next to nothing."""
    python = sys.executable
    commands: list[type_of_command] = [
        [python, "-c", "pass"],
        [python, "-c", "import pnfilter"],
        [python, "-c", "import lark"],
        [COMMAND, "--version"],
        [COMMAND, "check", "-e", "such=wow"],
    ]
    names = [
        "python -c pass",
        "python -c 'import pnfilter'",
        "python -c 'import lark'",
        "pnfilter --version",
        "pnfilter check -e 'such=wow'",
    ]
    columns = in_turns(commands, turns)
    lark = columns[2]
    rows = []
    for name, column in zip(names, columns, strict=True):
        ratio = median(mine / other for mine, other in zip(column, lark, strict=True))
        rows.append((name, f"{median(column) * 1000:.0f} ms", f"{ratio:.2f} x import lark"))
    return rows


def checking(count: int) -> list[tuple[str, str, str]]:
    """Rows on checking a file of generated filters."""
    filters = generate(count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generated.filters"
        path.write_text("\n".join(filters) + "\n", encoding="utf-8")
        # Some of the filters have errors, so that the exit status is 1.
        process = seconds_of([COMMAND, "check", path], allowed=(1,))
    library = best_of(lambda: [pnfilter.check(text) for text in filters], 1)
    characters = sum(map(len, filters))
    size = f"{count:,} filters, {characters / count:.0f} characters each"
    return [
        ("pnfilter check FILE", f"{process:.2f} s", size),
        ("pnfilter.check(text)", f"{library / count * 1e6:.0f} us", "each"),
    ]


def evaluating() -> list[tuple[str, str, str]]:
    """Rows on running one filter over the earthquakes."""
    messages = [json.loads(line) for line in QUAKES.read_text(encoding="utf-8").splitlines()]
    compiled = pnfilter.compile(QUAKE_FILTER)
    library = best_of(lambda: [compiled.matches(message) for message in messages], 5)
    process = seconds_of([COMMAND, "grep", "-c", QUAKE_FILTER, QUAKES])
    return [
        ("Filter.matches(message)", f"{library / len(messages) * 1e6:.1f} us", "each"),
        ("pnfilter grep FILTER FILE", f"{process:.2f} s", f"{len(messages):,} earthquakes"),
    ]


def main() -> None:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--turns", type=int, default=21, help="turns of the start-up processes")
    arguments.add_argument("--filters", type=int, default=10_000, help="filters in the file")
    options = arguments.parse_args()
    load = os.getloadavg()[0]
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f}; "
        f"median of {options.turns} turns; seed {DEFAULT_SEED}\n"
    )
    for rows in (start_up(options.turns), checking(options.filters), evaluating()):
        for name, value, note in rows:
            print(f"{name:<30} {value:>9}   {note}")
        print()


if __name__ == "__main__":
    main()
