"""What a start of the command line costs, and what reading and checking filters does.

``python -m benchmarks.engines.startup``. Whole processes are timed from start to end, in turns with
the interpreter that does nothing, so that a busy moment of the machine meets both; a ratio is the
median of the ratios of the turns. The modules are compiled, as pip compiles what it installs. The
peer in reading is Lark, with the same grammar; it takes part where it is installed.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import pnfilter
from benchmarks.filters import DEFAULT_SEED, RIGHT, generate
from benchmarks.table import Row, as_markdown, at_most, machine
from pnfilter.lint.check import check
from pnfilter.syntax.parser import parse

COMMAND = Path(sys.executable).with_name("pnfilter")
#: Bars: multiples of `python -c pass`, and seconds for a file of filters.
VERSION, CHECK, FILE = 3.0, 5.0, 2.0
HUNDRED_CHARACTERS = (
    "(meta.r == 'us-east-1' || meta.r == 'eu-west-2') && meta.id != 'user-31a0c4b' "
    "&& data.scores >= 12.5"
)
_ENVIRONMENT = {name: os.environ[name] for name in os.environ if name != "PYTHONDONTWRITEBYTECODE"}

Command = Sequence[str | Path]


def seconds_of(command: Command, allowed: tuple[int, ...] = (0,)) -> float:
    """Seconds that a process takes from start to end; ``RuntimeError`` if it fails."""
    start = perf_counter()
    status = subprocess.run(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        env=_ENVIRONMENT,
    ).returncode
    if status not in allowed:
        raise RuntimeError(f"exit status {status}: {' '.join(map(str, command))}")
    return perf_counter() - start


def processor_seconds() -> float:
    """Seconds of a core that the ended processes took, all together."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def starting(turns: int) -> list[Row]:
    """Rows on how long a process takes until it has done nothing, or next to nothing."""
    python = sys.executable
    commands: list[tuple[str, Command, float | None]] = [
        ("python -c pass", [python, "-c", "pass"], None),
        ("python -c 'import pnfilter'", [python, "-c", "import pnfilter"], None),
        ("python -c 'import pnclient'", [python, "-c", "import pnclient"], None),
        ("pnfilter --version", [COMMAND, "--version"], VERSION),
        ("pnfilter check -e such=wow", [COMMAND, "check", "-e", "such=wow"], CHECK),
    ]
    # The turn to warm up compiles the modules, too.
    rounds = [[seconds_of(command) for _, command, _ in commands] for _ in range(turns + 1)][1:]
    columns = list(zip(*rounds, strict=True))
    rows = []
    for (name, _, most), column in zip(commands, columns, strict=True):
        ratio = median(mine / bare for mine, bare in zip(column, columns[0], strict=True))
        figure, beside = f"{median(column) * 1000:.1f} ms", f"{ratio:.2f} x python -c pass"
        bar, holds = at_most(ratio, most) if most else ("", None)
        rows.append(Row(name, figure, beside, bar, holds))
    return rows


def distinct(count: int) -> list[str]:
    """``count`` generated filters of which no two are equal."""
    filters: dict[str, None] = {}
    seed = DEFAULT_SEED
    while len(filters) < count:
        filters.update(dict.fromkeys(generate(count, seed)))
        seed += 1
    return list(filters)[:count]


def checking(count: int, turns: int) -> list[Row]:
    """Rows on checking a file of generated filters, as a process and as a library."""
    filters = distinct(count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generated.filters"
        path.write_text("\n".join(filters) + "\n", encoding="utf-8")
        times = max(3, turns // 4)
        used = processor_seconds()
        # Some of the filters have errors, so that the exit status is 1.
        seconds = median(seconds_of([COMMAND, "check", path], allowed=(1,)) for _ in range(times))
        used = (processor_seconds() - used) / times
    size = f"{count:,} filters of {sum(map(len, filters)) / count:.0f} characters"
    size += f"; {used:.2f} s of a core"
    bar, holds = at_most(seconds, FILE)
    each = best_of(check, filters, 3)
    return [
        Row("pnfilter check FILE", f"{seconds:.2f} s", size, f"{bar} s", holds),
        Row("pnfilter.check(text)", f"{each:.0f} us", "each of them"),
    ]


def reading(turns: int) -> list[Row]:
    """Rows on text to tree, nothing kept from before."""
    texts = generate(1000, shapes=RIGHT)
    rows = []
    for what, sample in (("100 characters", [HUNDRED_CHARACTERS] * 200), ("everyday", texts)):
        own = best_of(parse, sample, turns)
        beside = "Lark is not installed"
        if find_spec("lark"):
            from pnfilter.syntax.grammar import reference_parser

            theirs = best_of(reference_parser().parse, sample, 3)
            beside = f"Lark's own parser {theirs:,.0f} us: {theirs / own:.1f} x"
        rows.append(Row(f"pnfilter.parse(text), {what}", f"{own:.1f} us", beside))
    return rows


def best_of(work: Callable[[str], object], texts: Iterable[str], turns: int) -> float:
    """The fewest microseconds of the processor that ``work`` takes for each of the texts."""
    texts = list(texts)
    seconds = []
    for _ in range(turns):
        start = process_time()
        for text in texts:
            work(text)
        seconds.append(process_time() - start)
    return min(seconds) / len(texts) * 1e6


def rows(turns: int = 21, count: int = 10_000) -> list[Row]:
    """All rows."""
    return [*starting(turns), *checking(count, turns), *reading(turns)]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=21, help="turns of the processes (21)")
    parser.add_argument("--filters", type=int, default=10_000, help="filters in the file (10,000)")
    options = parser.parse_args()
    print(
        f"pnfilter {pnfilter.__version__} on {machine()}; median of {options.turns} turns; "
        f"seed {DEFAULT_SEED}\n"
    )
    print(as_markdown(rows(options.turns, options.filters)))


if __name__ == "__main__":
    main()
