"""Which of very many filters does a message match.

Beside a loop over compiled filters, and mokaccino.

``python -m benchmarks.engines.filterset``. Filters and messages are those of
``benchmarks.subscriptions``. Each row is measured in a process of its own, on one core, in seconds
of that processor: on a busy machine others count against nobody. The index, the loop and the peer
work in turns; a figure is the median of the turns. What the index finds is compared with what the
loop finds, in both lists; mokaccino (``pip install mokaccino``) has no undecided, and takes every
value for a text.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, Final

from benchmarks.subscriptions import DEFAULT_SEED, Alternatives, as_text, messages, subscriptions
from benchmarks.table import Row, as_markdown, at_least, at_most, machine
from pnfilter import FilterSet
from pnfilter.filters import Filter
from pnfilter.semantics import Reason

#: Bars: messages a second of 100,000 filters, with broad ones too, and of a million.
TARGETED, BROAD, MILLION = 50_000, 20_000, 6_000
#: Times the loop and the peer; microseconds of 99 in 100 messages; candidates for each key that is
#: found; bytes a filter; megabytes of a million, beyond the texts; microseconds to add one.
LOOP, PEER, P99, CANDIDATES, BYTES, MEGABYTES, BUILD = 1000.0, 20.0, 100.0, 2.0, 1024, 400, 100.0
TURNS: Final = 7
_MESSAGES: Final = 20_000
#: Messages of a turn that the loop and the peer take; and those whose answers are compared, more
#: than ``INTERPRETED_FIRST``.
_LOOPED, _PEERED, _COMPARED = 4, 400, 40


def measured(count: int, *, broad: bool = False, beside: bool = True) -> dict[str, Any]:
    """The figures of one set; ``beside`` measures the loop and the peer too."""
    filters = list(subscriptions(count, broad=broad))
    texts = dict(enumerate(map(as_text, filters)))
    stream = messages(_MESSAGES)
    gc.collect()
    memory, start = _memory(), process_time()
    index = FilterSet(texts)
    build = process_time() - start
    gc.collect()
    figures: dict[str, Any] = {
        "build": build / count * 1e6,
        "bytes": (_memory() - memory) / count,
    }
    peer = _peer(filters) if beside else None
    loop = [(key, Filter(text).outcome) for key, text in texts.items()] if beside else []
    del filters
    _compare(index, loop, stream[:_COMPARED])
    # As docs/many-filters.md advises; all take part in it.
    gc.collect()
    gc.freeze()
    rates: dict[str, list[float]] = {"index": [], "loop": [], "peer": []}
    latencies: list[float] = []
    for turn in range(TURNS):
        rates["index"].append(_rate(index.match, stream))
        latencies.append(_percentile_99(index, stream))
        if loop:
            some = stream[turn * _LOOPED :][:_LOOPED]
            rates["loop"].append(_rate(lambda message: _looped(loop, message), some))
        if peer is not None:
            rates["peer"].append(_rate(peer, stream[:_PEERED]))
    gc.unfreeze()
    stats = index.stats()
    figures |= {f"{name} rate": median(each) for name, each in rates.items() if each}
    return figures | {
        "best": max(rates["index"]),
        "p99": median(latencies) * 1e6,
        "candidates": stats.candidates_per_match,
        "found": (stats.matched + stats.undecided) / stats.messages,
    }


def _memory() -> int:
    """Bytes of this process; 0 where that is not told."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return 0
    return int(status.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


FilterLoop = Sequence[tuple[int, Callable[[Any], bool | Reason]]]


def _looped(loop: FilterLoop, message: Any) -> tuple[list[int], list[int]]:
    matched, undecided = [], []
    for key, outcome in loop:
        found = outcome(message)
        if found is True:
            matched.append(key)
        elif found is not False:
            undecided.append(key)
    return matched, undecided


def _compare(index: FilterSet[int], loop: FilterLoop, stream: list[Any]) -> None:
    """``AssertionError`` where the index and the loop differ.

    Then each filter of the loop has its code.
    """
    for message in stream if loop else ():
        found = index.match(message)
        lists = sorted(found.matched), sorted(found.undecided)
        assert lists == _looped(loop, message), f"the index and the loop differ on {message}"


def _rate(match: Callable[[Any], object], stream: list[Any]) -> float:
    """Messages a second."""
    start = process_time()
    for message in stream:
        match(message)
    return len(stream) / (process_time() - start)


def _percentile_99(index: FilterSet[int], stream: list[Any]) -> float:
    """Seconds that 99 in 100 messages take at most."""
    seconds = []
    for message in stream:
        start = process_time()
        index.match(message)
        seconds.append(process_time() - start)
    return sorted(seconds)[len(seconds) * 99 // 100]


def mokaccino() -> Any:
    """The peer, if it is installed."""
    try:
        return import_module("mokaccino")
    except ImportError:
        return None


def _peer(filters: list[Alternatives]) -> Callable[[Any], object] | None:
    """What mokaccino finds of a message, its document made of it included."""
    module = mokaccino()
    if module is None:
        return None
    query, percolator = module.Query, module.Percolator()
    makers = {
        "<": query.from_klt,
        ">": query.from_kgt,
        ">=": query.from_kge,
        "LIKE": query.from_kprefix,
    }
    makers["=="] = query.from_kv
    for number, alternatives in enumerate(filters):
        branches = []
        for conjuncts in alternatives:
            parts = [makers[each.operator](each.field, each.value) for each in conjuncts]
            branches.append(query.from_and(parts) if len(parts) > 1 else parts[0])
        whole = query.from_or(branches) if len(branches) > 1 else branches[0]
        percolator.add_query_id(whole, number)

    def percolate(message: Any) -> object:
        document = module.Document()
        for part in (message["data"], message["meta"] or {}):
            for field, value in part.items():
                document.add_value(field, value if isinstance(value, str) else str(value))
        return percolator.percolate_list(document)

    return percolate


def _rows_of_targeted(figures: dict[str, Any], count: int) -> list[Row]:
    rate, what = figures["index rate"], f"{count:,} filters"
    found = [Row(what, f"{rate:,.0f} messages/s", _found(figures), *at_least(rate, TARGETED))]
    if "loop rate" in figures:
        ratio = rate / figures["loop rate"]
        beside = f"a loop {figures['loop rate']:,.1f} messages/s: {ratio:,.0f} x"
        found.append(Row(f"{what}, the loop", "", beside, *at_least(ratio, LOOP)))
    if "peer rate" in figures:
        ratio = rate / figures["peer rate"]
        beside = f"mokaccino {figures['peer rate']:,.0f} messages/s: {ratio:,.0f} x"
        found.append(Row(f"{what}, the peer", "", beside, *at_least(ratio, PEER)))
    for name, key, unit, bar in (
        ("99 % of messages", "p99", "us", P99),
        ("candidates for each key found", "candidates", "", CANDIDATES),
        ("memory a filter", "bytes", "bytes", BYTES),
        ("adding one from its text", "build", "us", BUILD),
    ):
        value = figures[key]
        figure = f"{value:,.2f}" if not unit else f"{value:,.0f} {unit}"
        found.append(Row(f"{what}, {name}", figure, "", *at_most(value, bar)))
    return found


def _found(figures: dict[str, Any]) -> str:
    return f"{figures['found']:.1f} keys found; best turn {figures['best']:,.0f}"


def rows(count: int = 100_000, *, million: int = 1_000_000) -> list[Row]:
    """All rows; ``million`` is the size of the large set, 0 for none."""
    found = _rows_of_targeted(_apart(count), count)
    figures = _apart(count, "--broad", "--alone")
    rate = figures["index rate"]
    what = f"{count:,} filters, 5 % of them broad"
    found.append(Row(what, f"{rate:,.0f} messages/s", _found(figures), *at_least(rate, BROAD)))
    if million:
        figures = _apart(million, "--alone")
        rate, megabytes = figures["index rate"], figures["bytes"] * million / 1e6
        what = f"{million:,} filters"
        found += [
            Row(what, f"{rate:,.0f} messages/s", _found(figures), *at_least(rate, MILLION)),
            Row(
                f"{what}, memory beyond the texts",
                f"{megabytes:,.0f} MB",
                "",
                *at_most(megabytes, MEGABYTES),
            ),
            Row(f"{what}, 99 % of messages", f"{figures['p99']:,.0f} us", ""),
        ]
    return found


def _apart(count: int, *options: str) -> dict[str, Any]:
    """``measured`` in a process of its own."""
    command = [sys.executable, "-m", __spec__.name, "--one", str(count), *options]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    figures: dict[str, Any] = json.loads(answer)
    return figures


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--filters", type=int, default=100_000, help="filters (100,000)")
    parser.add_argument(
        "--million", type=int, default=1_000_000, help="filters of the large set; 0: none"
    )
    parser.add_argument("--one", type=int, help="print the figures of so many filters as JSON")
    parser.add_argument("--broad", action="store_true", help="with --one: 5 %% broad ranges")
    parser.add_argument("--alone", action="store_true", help="with --one: without loop and peer")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured(options.one, broad=options.broad, beside=not options.alone)))
        return
    print(f"{machine()}; median of {TURNS} turns; seed {DEFAULT_SEED}\n")
    print(as_markdown(rows(options.filters, million=options.million)))
    if mokaccino() is None:
        print("\nmokaccino is not installed, so that it took no part")


if __name__ == "__main__":
    main()
