"""Counting in a large file.

``pnfilter grep -c`` beside DuckDB's best SQL, and ripgrep's search for bytes.

``python -m benchmarks.engines.scan``. The file is the earthquakes of ``examples/``, 590 times (450
MB; nothing in it is random), made in a temporary folder and warm in the page cache. Each
measurement is a whole process, start and imports included, on all cores; the processes take turns,
a figure is the median of the turns, a ratio the median of the ratios in each turn. DuckDB is given
the schema of just the fields that the query reads. All have to find the same number of messages.

``--quick`` leaves lines unread that hold no text the filter asks for, and doesn't tell of what is
UNDECIDED, as DuckDB's query doesn't either. Without it each line is decoded, since an UNDECIDED or
a broken line need not hold any text: there the bar is DuckDB's time. On one core 450 MB take some
0.8 s then, of which 0.06 go to reading, 0.25 to taking the block apart, 0.4 to decoding and 0.1 to
judging; to be 1.8 times as fast as DuckDB, which takes 1.0 s, everything would have to be done in
the time that msgspec alone needs. The peers take part where they are installed: ``pip install
duckdb``, ``apt-get install ripgrep``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from benchmarks.table import Row, as_markdown, at_least, at_most, machine

ROOT = Path(__file__).parents[2]
QUAKES = ROOT / "examples" / "quakes.ndjson"
TIMES = 590
#: Times ripgrep's that the search for one text may take, and megabytes of all processes together.
BESIDE_RIPGREP, MEGABYTES = 3.0, 150.0


class Query(NamedTuple):
    """A filter, the same in SQL, how often one file has it, and its bar beside DuckDB.

    ``has_needles``: whether a line that matches has to hold some text, without which ``--quick``
    can't do anything.
    """

    name: str
    filter: str
    where: str
    columns: str
    matches: int
    bar: float
    has_needles: bool = True


QUERIES = (
    Query(
        "q1",
        'meta.net == "us" && data.mag >= 5',
        "meta.net = 'us' AND data.mag >= 5",
        "{'meta': 'STRUCT(net VARCHAR)', 'data': 'STRUCT(mag DOUBLE)'}",
        39,
        bar=1.8,
    ),
    Query(
        "q2",
        'data.place LIKE "*alaska*" || meta.net == "ak"',
        "data.place ILIKE '%alaska%' OR meta.net = 'ak'",
        "{'meta': 'STRUCT(net VARCHAR)', 'data': 'STRUCT(place VARCHAR)'}",
        319,
        bar=1.0,
    ),
    Query(
        "q3",
        "(data.mag * 10) > data.sig - 100 && !(data.tsunami == 1)",
        "data.mag * 10 > data.sig - 100 AND NOT (data.tsunami = 1)",
        "{'data': 'STRUCT(mag DOUBLE, sig BIGINT, tsunami BIGINT)'}",
        1477,
        bar=1.0,
        has_needles=False,
    ),
    Query(
        "q4",
        'data.id == "us1000chvf"',
        "data.id = 'us1000chvf'",
        "{'data': 'STRUCT(id VARCHAR)'}",
        1,
        bar=4.0,
    ),
)
_DUCKDB = """
import duckdb, sys
path, columns, where = sys.argv[1:]
duckdb.execute("SET enable_progress_bar = false")
query = f"SELECT count(*) FROM read_json('{path}', format='newline_delimited', columns={columns}) WHERE {where}"
print(duckdb.execute(query).fetchone()[0])
"""


class Run(NamedTuple):
    """Seconds of a process and those that it started: by the clock, and of the processors."""

    seconds: float
    cpu: float


@contextmanager
def large_file(times: int) -> Iterator[Path]:
    """The earthquakes that many times, in a file that is gone afterwards."""
    content = QUAKES.read_bytes()
    content += b"" if content.endswith(b"\n") else b"\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "quakes.ndjson"
        with path.open("wb") as file:
            for _ in range(times):
                file.write(content)
        yield path


def run(command: list[str], expected: int) -> Run:
    """Run a process that has to print this number."""
    path = os.pathsep.join(entry or os.curdir for entry in (str(ROOT), *sys.path))
    start = perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
    ) as process:
        assert process.stdout is not None
        answer = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = perf_counter() - start
    if int(answer) != expected:
        raise RuntimeError(f"{command} found {int(answer):,} messages, not {expected:,}")
    return Run(seconds, usage.ru_utime + usage.ru_stime)


def own(query: Query, path: Path, *options: str) -> list[str]:
    """The command of pnfilter."""
    return [sys.executable, "-m", "pnfilter", "grep", "-c", *options, query.filter, str(path)]


def peer(query: Query, path: Path) -> list[str] | None:
    """The command of DuckDB, if it is here."""
    if find_spec("duckdb") is None:
        return None
    return [sys.executable, "-c", _DUCKDB, str(path), query.columns, query.where]


def scanning(path: Path, times: int, turns: int) -> list[Row]:
    """Rows on each query, in full and ``--quick``."""
    rows = []
    for query in QUERIES:
        commands = {"": own(query, path), "duckdb": peer(query, path)}
        if query.has_needles:
            commands["--quick"] = own(query, path, "--quick")
        if query.name == "q4" and (ripgrep := shutil.which("rg")):
            commands["ripgrep"] = [ripgrep, "-c", '"us1000chvf"', str(path)]
        found: dict[str, list[Run]] = {name: [] for name, command in commands.items() if command}
        for _ in range(turns):
            for name, command in commands.items():
                if command:
                    found[name].append(run(command, query.matches * times))
        for name in ("", "--quick"):
            if name in found:
                rows += list(_beside(query, name, found))
    return rows


def _beside(query: Query, name: str, found: dict[str, list[Run]]) -> Iterator[Row]:
    what = f"grep -c {name} {query.name}".replace("  ", " ")
    figure = _shown(found[name])
    if "duckdb" not in found:
        yield Row(what, figure, "DuckDB is not installed")
    else:
        ratio = _ratio(found["duckdb"], found[name])
        beside = f"DuckDB {_shown(found['duckdb'])}: {ratio:.2f} x as fast"
        yield Row(what, figure, beside, *at_least(round(ratio, 2), query.bar))
    if name and "ripgrep" in found:
        ratio = _ratio(found[name], found["ripgrep"])
        beside = f"ripgrep {_shown(found['ripgrep'])}: {ratio:.2f} x its time"
        yield Row(what, figure, beside, *at_most(round(ratio, 2), BESIDE_RIPGREP))


def _shown(runs: list[Run]) -> str:
    seconds, cpu = (median(column) for column in zip(*runs, strict=True))
    return f"{seconds:.2f} s (CPU {cpu:.2f})"


def _ratio(above: list[Run], below: list[Run]) -> float:
    return median(one.seconds / other.seconds for one, other in zip(above, below, strict=True))


def private_memory(command: list[str]) -> float:
    """The most megabytes that a process and its children had for themselves at a time."""
    most = 0
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as process:
        while process.poll() is None:
            most = max(most, sum(map(_private, [process.pid, *_children(process.pid)])))
    return most / 1e6


def _children(pid: int) -> list[int]:
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    except OSError:
        return []
    return [int(child) for child in found.split()]


def _private(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


def memory(path: Path) -> list[Row]:
    """A row on the private memory of all processes, for the query that finds most and prints it."""
    command = own(QUERIES[2], path)
    command.remove("-c")
    megabytes = private_memory(command)
    note = f"{path.stat().st_size / 1e6:,.0f} MB, its lines printed"
    bar, holds = at_most(megabytes, MEGABYTES)
    return [Row("private memory, all processes", f"{megabytes:.0f} MB", note, f"{bar} MB", holds)]


def rows(turns: int = 5, times: int = TIMES) -> list[Row]:
    """All rows."""
    with large_file(times) as path:
        return [*scanning(path, times, turns), *memory(path)]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5, help="turns of all processes (5)")
    parser.add_argument("--times", type=int, default=TIMES, help=f"size of the file ({TIMES})")
    options = parser.parse_args()
    print(f"{machine()}; median of {options.turns} turns; {options.times} x quakes.ndjson\n")
    print(as_markdown(rows(options.turns, options.times)))


if __name__ == "__main__":
    main()
