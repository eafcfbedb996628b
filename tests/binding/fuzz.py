"""Random filters on random messages: their predicates have to say what the interpreter says.

``python -m tests.binding.fuzz --count N`` takes N pairs of a filter and a message. A difference, in
a verdict or a reason, is shown with the seed that repeats it, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence

from pnfilter.binding.bind import bind
from pnfilter.generation import FilterWriter, MessageWriter, hints
from pnfilter.semantics import UNREADABLE, Reason
from pnfilter.syntax.parser import parse
from tests.binding.evaluate import differences, evaluate, everything
from tests.fuzz import progress_bar, source

#: Pairs that share a seed, and messages for each filter.
BATCH, MESSAGES = 1_000, 5


def run_batch(seed: str) -> tuple[Counter[str], list[str]]:
    """What became of a batch, and all differences in it."""
    below = source(seed)
    counts: Counter[str] = Counter()
    found = []
    while counts["pairs"] < BATCH:
        text = FilterWriter(below).text()
        bound = bind(parse(text))
        counts.update(type(part).__name__ for part in everything(bound))
        writer = MessageWriter(below, hints(parse(text)), unreadable=True)
        for _ in range(MESSAGES):
            message = writer.message()
            data, meta = message.get("data", UNREADABLE), message.get("meta")
            outcome = evaluate(bound, data, meta)
            counts["UNDECIDED" if isinstance(outcome, Reason) else str(outcome)] += 1
            found += [f"{text!r} on {message}: {one}" for one in differences(bound, data, meta)]
        counts["pairs"] += MESSAGES
    return counts, found


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where nothing differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.binding.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="pairs (100,000)")
    parser.add_argument("--seed", type=int, help="a seed that repeats a run")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    options = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10**9) if options.seed is None else options.seed
    begin = time.monotonic()
    counts: Counter[str] = Counter()
    found: list[str] = []
    show = progress_bar(options.count)
    with multiprocessing.Pool(options.workers) as pool:
        seeds = [f"binding {seed} {batch}" for batch in range(-(-options.count // BATCH))]
        for some, differing in pool.imap_unordered(run_batch, seeds):
            counts += some
            found += differing
            show(some["pairs"])
    print(f"{counts['pairs']:,} pairs in {time.monotonic() - begin:,.0f} s, seed {seed}")
    for name in sorted(counts.keys() - {"pairs"}):
        print(f"  {name}: {counts[name]:,}")
    print(f"{len(found):,} differences")
    print(*found[:10], sep="\n", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
