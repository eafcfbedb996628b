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
environment of its own, with the peers of `benchmarks/peers.txt`, and takes about a quarter of an hour;
`.venv-bench/bin/python -m benchmarks.engines.NAME --help` says what a part does and what can be set.
Filters, messages and files are made by functions of these modules from a seed, or stand in `examples/`.
[measurements.md](measurements.md) has the emulator and the client.
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
    if options.write:
        PAGE.write_text("\n".join(page), encoding="utf-8")
    for row in missed:
        print(f"missed: {row.what}: {row.figure}, {row.beside} ({row.bar})", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
