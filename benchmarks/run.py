"""All benchmarks of the language and its engines beside their peers: ``make bench``.

Each part runs in a process of its own, one after the other. ``--write`` keeps the tables in
``docs/benchmarks.md``; ``--only`` names the parts to run. The exit status is 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module, metadata
from multiprocessing import get_context
from pathlib import Path

from benchmarks.table import Row, as_markdown, machine

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
#: The modules of ``benchmarks.engines``, and what each is about.
PARTS = {
    "startup": "Starting, checking, reading",
    "compiled": "One filter on a message that is decoded",
    "scan": "One filter on a large file",
    "filterset": "Many filters on one message",
    "shapes": "Many filters of one shape",
    "sql": "SQL engines",
    "spark": "Apache Spark",
    "polars": "Polars",
}
#: Packages whose versions a figure may depend on.
PACKAGES = "datalogic-py duckdb lark mokaccino msgspec polars pyspark rule-engine sqlglot zen-engine".split()

_HEAD = """\
# Benchmarks

What pnfilter costs, each figure beside a peer's of the same run: machines differ and are busy with
other things, so that the ratios say more than the figures. `make bench` measures all of it again in an
environment of its own, with the peers of `benchmarks/peers.txt`, and takes some twenty minutes;
`.venv-bench/bin/python -m benchmarks.engines.NAME --help` says what a part does and what can be set.
Filters, messages and files are made by functions of these modules from a seed, or are in `examples/`.
[measurements.md](measurements.md) has the emulator and the client.
"""

_WHY = """\
## What is missed, and why

A bar of microseconds or messages a second is for a machine on which a lambda written by hand takes 140 ns for F1 (the
first row "by hand" above), one of a ratio for any machine.

* **One filter.** When neighbours are busy Python takes twice its time, and compiled code does not: within minutes the same
  code was 2.5 to 3.8 (F2) and 2.1 to 3.9 times (F3) as fast as datalogic-py, while it took 1.5 to 1.6 and 1.5 to 1.7 times
  as long as what is written by hand. F1 is at the bar of rule-engine, 258 to 420 times.
* **Text to generated code** has no bar: a filter is asked for some verdicts before it gets code, and many get none. Python's
  own `compile()` of what is generated takes more than half of it. Filters of one shape share that code.
* **`grep -c` beside DuckDB.** A message that is UNDECIDED need not hold any text of the filter, so that each line is
  decoded. Of a line of 450 bytes msgspec takes some 0.75 µs to see only that it is JSON, two thirds of all; its fields
  take 0.2, the verdict 0.1, reading and taking a block apart 0.15.
* **`--quick`.** Python's start and the modules for one filter take a third of q4's time, as much as ripgrep takes for the
  whole file. q1 has a candidate in every tenth line, each decoded. q2 ignores case: a block has to be searched in lower case,
  and each fourth line is a candidate, so that the search is given up and each line decoded.
* **Many filters.** An index of 100,000 filters is read here and there in memory, so that neighbours on the machine slow it
  down more than they do a loop: the same code was seen to take 20,000 to 56,000 messages a second in different hours, and 25 to 31 times
  what the peer took beside it in each of them.
* **DuckDB.** CONTAINS asks of which type the value is, a text written by hand doesn't: 1.03 to 1.35 times the time in different runs.
* **Polars.** Three values cost a second look at each row, some 1 ms in a million.
* **Spark.** A scan of Parquet makes every form of a field that the query asks for, of every row. What LIKE and arithmetic ask for
  besides what is written by hand is made and thrown away. One core and two are compared when Java has compiled what the
  query needs: before, it compiles on the other core, which makes one look better than it is.
  Two were 1.5 to 1.75 times as fast as one in different hours.
"""


def measured(name: str) -> list[Row]:
    """The rows of a part."""
    rows: list[Row] = list(import_module(f"benchmarks.engines.{name}").rows())
    return rows


def in_turn(names: list[str]) -> Iterator[tuple[str, list[Row]]]:
    """The parts and their rows, each from a new process."""
    for name in names:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            yield name, pool.submit(measured, name).result()


def versions() -> str:
    """The installed ones of ``PACKAGES``, with their versions."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


def main() -> int:
    """Measure, print the tables, and keep them if that was asked for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--only", nargs="+", choices=PARTS, default=[*PARTS], metavar="PART")
    arguments.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    options = arguments.parse_args()
    page = [_HEAD, f"{machine()}; {versions()}\n"]
    print(page[-1], flush=True)
    missed: list[Row] = []
    for name, rows in in_turn(options.only):
        page.append(f"## {PARTS[name]}\n\n`python -m benchmarks.engines.{name}`\n")
        page.append(as_markdown(rows) + "\n")
        print("\n".join(page[-2:]), flush=True)
        missed += [row for row in rows if row.holds is False]
    page.append(_WHY)
    if options.write:
        PAGE.write_text("\n".join(page), encoding="utf-8")
    for row in missed:
        print(f"missed: {row.what}: {row.figure}, {row.beside} ({row.bar})", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
