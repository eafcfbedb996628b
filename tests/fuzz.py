"""Random texts, filters with mistakes, and random filters on random messages, held to the laws.

``python -m tests.fuzz --count N`` takes N of each; a failure is made smaller and shown with the
seed that repeats it, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from pnfilter import FilterSyntaxError, Verdict, compile, format
from pnfilter.generation import Below, FilterWriter, MessageWriter, copy_value, hints, places
from tests.laws import (
    hold_for_assumptions,
    hold_for_explanation,
    hold_for_junctions,
    hold_for_lines,
    hold_for_pair,
    hold_for_sets,
    hold_for_text,
    hold_for_tree,
)
from tests.mutations import broken_text, written_filter
from tests.promises import hold_for_fixes, hold_for_verdicts

#: What is counted: each has the same number of cases.
_KINDS = ("texts", "mutated filters", "pairs")
#: Cases of each kind that share one seed of their own.
BATCH = 250
#: Messages for each filter.
MESSAGES = 5
#: Seconds for making a failing case smaller.
SHRINKING = 20.0


class Failure(NamedTuple):
    """A case that breaks a law: the batch, the text, the messages and what was raised."""

    batch: int
    text: str
    messages: list[dict[str, Any]]
    error: str


class Result(NamedTuple):
    """What became of a batch: how many of which kind, and the first failure."""

    counts: Counter[str]
    failure: Failure | None = None


def source(seed: str) -> Below:
    """A source of choices that repeats itself for the same seed."""
    draw = random.Random(seed).random
    return lambda count: int(draw() * count)


def hold_for_filter(text: str, messages: Sequence[dict[str, Any]], seed: str) -> list[Verdict]:
    """All laws of one filter and its messages. The verdicts."""
    below = source(seed)
    compiled = hold_for_tree(text)
    canonical = compile(format(text))
    verdicts = [hold_for_pair(compiled, canonical, message, below) for message in messages]
    hold_for_verdicts(text, messages)
    hold_for_explanation(compiled, messages[0])
    other = compile(FilterWriter(below, max_depth=1).text())
    hold_for_junctions(compiled, other, list(messages))
    hold_for_sets([text, other.text, f"({text}) || ({other.text})", text], list(messages))
    hold_for_lines(compiled, list(messages))
    hold_for_assumptions(text, list(messages), below)
    return verdicts


def run_batch(task: tuple[int, int, int]) -> Result:
    """One batch of texts and as many pairs; it stops at the first failure, whatever was raised."""
    seed, batch, size = task
    below = source(f"{seed} {batch}")
    counts: Counter[str] = Counter()
    for _ in range(size):
        text = broken_text(below)
        try:
            is_filter = hold_for_text(text)
        except Exception:  # noqa: BLE001
            return Result(counts, Failure(batch, text, [], traceback.format_exc()))
        counts["texts"] += 1
        counts["texts that are filters"] += is_filter
    for _ in range(size):
        text = written_filter(below)
        try:
            is_fixed = hold_for_fixes(text)
        except Exception:  # noqa: BLE001
            return Result(counts, Failure(batch, text, [], traceback.format_exc()))
        counts["mutated filters"] += 1
        counts["mutated filters with safe fixes"] += is_fixed
    while counts["pairs"] < size:
        text = FilterWriter(below).text()
        messages: list[dict[str, Any]] = []
        inner = f"{seed} {batch} {counts['pairs']}"
        try:
            hold_for_text(text)
            writer = MessageWriter(below, hints(compile(text).expression), unreadable=True)
            wanted = min(MESSAGES, size - counts["pairs"])
            messages = [writer.message() for _ in range(wanted)]
            verdicts = hold_for_filter(text, messages, inner)
        except Exception:  # noqa: BLE001
            return Result(counts, Failure(batch, text, messages, traceback.format_exc()))
        counts["pairs"] += len(messages)
        counts.update(f"pairs {verdict.value}" for verdict in verdicts)
    return Result(counts)


# Making a failing case smaller


def shrunk(failure: Failure, seconds: float = SHRINKING) -> Failure:
    """A smaller case that raises the same kind of error at the same line, as time allows."""
    deadline = time.monotonic() + seconds
    kind = _kind(failure.error)
    best = failure
    if failure.messages:
        for message in failure.messages:
            error = _error_of(failure.text, [message])
            if _kind(error) == kind:
                best = best._replace(messages=[message], error=error)
                break
    progress = True
    while progress and time.monotonic() < deadline:
        progress = False
        for text, messages in _smaller(best.text, best.messages):
            if time.monotonic() > deadline:
                break
            error = _error_of(text, messages)
            if error and _kind(error) == kind:
                best = best._replace(text=text, messages=messages, error=error)
                progress = True
                break
    return best


def _error_of(text: str, messages: list[dict[str, Any]]) -> str:
    try:
        hold_for_text(text)
        hold_for_fixes(text)
        if messages:
            hold_for_filter(text, messages, "shrinking")
    except FilterSyntaxError:
        return ""
    except Exception:  # noqa: BLE001
        return traceback.format_exc()
    return ""


def _kind(error: str) -> tuple[str, ...]:
    """The places in the code and the type of a traceback."""
    rows = error.strip().splitlines()
    laws = [row for row in rows if row.startswith("  File")][-1:]
    return (*laws, rows[-1].split(":")[0] if rows else "")


def _smaller(
    text: str, messages: list[dict[str, Any]]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    size = len(text)
    while size:
        # Of a short text every part is tried.
        short = len(text) <= 40
        for start in range(0, len(text) - size + 1, 1 if short else max(1, size // 2)):
            yield text[:start] + text[start + size :], messages
        size = size - 1 if short else size // 2
    for number, message in enumerate(messages):
        for index in range(len(places(message))):
            for change in (_removed, _plainer):
                other = copy_value(message)
                container, key = places(other)[index]
                if change(container, key):
                    yield text, [*messages[:number], other, *messages[number + 1 :]]


def _removed(container: Any, key: Any) -> bool:
    if isinstance(container, dict):
        del container[key]
        return True
    return False


def _plainer(container: Any, key: Any) -> bool:
    value = container[key]
    if isinstance(value, list) and value:
        container[key] = value[0]
    elif isinstance(value, str) and len(value) > 1:
        container[key] = value[:-1]
    else:
        return False
    return True


# The program


def results(tasks: list[tuple[int, int, int]], workers: int) -> Iterator[Result]:
    """The result of each batch, as they come."""
    if workers == 1 or len(tasks) == 1:
        yield from map(run_batch, tasks)
        return
    with multiprocessing.Pool(workers) as pool:
        yield from pool.imap_unordered(run_batch, tasks)


def progress_bar(total: int) -> Callable[[int], object]:
    """Shows on a terminal how many cases are done; silent elsewhere."""
    from tqdm import tqdm

    bar = tqdm(total=total, unit=" cases", disable=None, file=sys.stderr, leave=False)
    return bar.update


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where every law held, 1 for a failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="of each kind (10,000)")
    parser.add_argument("--seed", type=int, help="a seed that repeats a run")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    options = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10**9) if options.seed is None else options.seed
    begin = time.monotonic()
    tasks = [
        (seed, number, min(BATCH, options.count - number * BATCH))
        for number in range(-(-options.count // BATCH))
    ]
    counts: Counter[str] = Counter()
    show = progress_bar(len(_KINDS) * options.count)
    failure = None
    for result in results(tasks, options.workers):
        counts += result.counts
        show(sum(result.counts[kind] for kind in _KINDS))
        failure = result.failure
        if failure is not None:
            break
    seconds = time.monotonic() - begin
    shown = ", ".join(f"{counts[kind]:,} {kind}" for kind in _KINDS)
    print(f"{shown} in {seconds:,.0f} s")
    for name in sorted(counts.keys() - set(_KINDS)):
        print(f"  {name}: {counts[name]:,}")
    print(f"seed {seed}")
    if failure is None:
        return 0
    small = shrunk(failure)
    print(f"\nFAILED in batch {failure.batch}: {failure.text!r}", file=sys.stderr)
    print(f"made smaller: {small.text!r}", file=sys.stderr)
    for message in small.messages:
        print(f"on {message}", file=sys.stderr)
    print(small.error, file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
