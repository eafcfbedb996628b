"""Random filters on random messages in DuckDB, whose verdicts have to be the interpreter's.

``python -m tests.engines.fuzz --count N`` takes N pairs; a difference is shown with the seed that repeats it,
and the exit status is 1.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Sequence

from pnfilter import Filter
from pnfilter.engines.sql import UntranslatableFilter
from pnfilter.generation import FilterWriter, MessageWriter, hints
from tests.engines.conftest import Decide, decided_in_duckdb
from tests.fuzz import progress_bar, source

#: Messages for each filter.
MESSAGES = 8


def differences(decide: Decide, seed: str, counts: Counter[str]) -> list[str]:
    """One filter and its messages: where the engine says something else."""
    below = source(seed)
    filter = Filter(FilterWriter(below).text())
    writer = MessageWriter(below, hints(filter.expression), unreadable=True)
    messages = [writer.message() for _ in range(MESSAGES)]
    try:
        found = decide(filter.text, messages)
    except UntranslatableFilter as error:
        found = str(error)
    counts["pairs"] += MESSAGES
    if isinstance(found, str):
        counts[f"refused: {found}"] += MESSAGES
        return []
    expected = [filter.evaluate(message) for message in messages]
    counts.update(verdict.value for verdict in found)
    return [
        f"{filter.text!r} on {message}: {mine.value}, the interpreter says {other.value}"
        for message, mine, other in zip(messages, found, expected, strict=True)
        if mine is not other
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where all verdicts were the same, 1 for a difference."""
    parser = argparse.ArgumentParser(prog="python -m tests.engines.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=5000, help="pairs (5,000)")
    parser.add_argument("--seed", type=int, help="a seed that repeats a run")
    options = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10**9) if options.seed is None else options.seed
    decide, counts, show = decided_in_duckdb(), Counter[str](), progress_bar(options.count)
    found: list[str] = []
    while counts["pairs"] < options.count and not found:
        found = differences(decide, f"sql {seed} {counts['pairs']}", counts)
        show(MESSAGES)
    for name in sorted(counts):
        print(f"{name}: {counts[name]:,}")
    print(f"seed {seed}")
    for line in found:
        print(f"FAILED: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
