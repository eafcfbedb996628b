"""Random filters on random typed rows in Polars, whose verdicts have to be the interpreter's.

``python -m tests.engines.fuzz_polars --count N`` takes N pairs; a difference is shown with the seed that
repeats it, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Sequence

from tests.engines.frames import differences
from tests.fuzz import progress_bar


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where all verdicts were the same, 1 for a difference."""
    parser = argparse.ArgumentParser(prog="python -m tests.engines.fuzz_polars")
    parser.add_argument("--count", type=int, default=5000, help="pairs (5,000)")
    parser.add_argument("--seed", type=int, help="a seed that repeats a run")
    options = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10**9) if options.seed is None else options.seed
    counts, show = Counter[str](), progress_bar(options.count)
    found: list[str] = []
    while (done := counts["pairs"]) < options.count and not found:
        found = differences(f"polars {seed} {counts['filters']}", counts)
        counts["filters"] += 1
        show(counts["pairs"] - done)
    for name in sorted(counts):
        print(f"{name}: {counts[name]:,}")
    print(f"seed {seed}")
    for line in found:
        print(f"FAILED: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
