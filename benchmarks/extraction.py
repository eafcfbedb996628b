"""What it costs to find and check the filters of a large code base.

``python -m benchmarks.extraction`` makes a tree of 20,000 files of 200 lines in a temporary folder,
one in ten of them with filters, and checks it with the command line; ``--files`` makes another
number.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

FILES = 20_000
LINES = 200
#: One file in so many has filters.
SHARE = 10
_WORDS = "value count index result message channel payload handler config filter state user event".split()
#: By the ending of the name: the sign of a comment, and a line that sets a filter.
_KINDS = {
    ".py": ("#", "config.filter_expression = f\"meta.sender != '{me}' && meta.n == 1\""),
    ".js": ("//", "pubnub.setFilterExpression(`meta.sender != '${me}' && meta.n == 1`);"),
    ".ts": ("//", 'const options = { filterExpression: "meta.sender != \'" + me + "\'" };'),
    ".java": ("//", 'config.setFilterExpression("meta.sender != \'" + me + "\'");'),
    ".kt": ("//", "config.filterExpression = \"meta.sender != '$me'\""),
    ".go": ("//", "config.FilterExpression = fmt.Sprintf(\"meta.sender != '%s'\", me)"),
    ".rb": ("#", "client.filter_expression = \"meta.sender != '#{me}'\""),
    ".cs": ("//", "config.FilterExpression = $\"meta.sender != '{me}'\";"),
}


def make(folder: Path, files: int) -> int:
    """Write the tree, the same on every run; the number of its filters."""
    chance = random.Random(20160128)
    filters = 0
    for number in range(files):
        ending = chance.choice(list(_KINDS))
        sign, setting = _KINDS[ending]
        lines = [_line(chance, sign) for _ in range(LINES)]
        if number % SHARE == 0:
            lines[0] = f"{sign} pubnub"
            lines[50] = lines[100] = setting
            filters += 2
        place = folder / f"part{number % 200}"
        place.mkdir(exist_ok=True)
        (place / f"file{number}{ending}").write_text("\n".join(lines), encoding="utf-8")
    return filters


def _line(chance: random.Random, sign: str) -> str:
    first, second, third = chance.sample(_WORDS, 3)
    return chance.choice(
        [
            f'    {first} = {second}({third}, "{first} {second}")',
            f"    {sign} the {first} of {second}",
            f'    return {first}.{second}("{third}")',
            f"    {first}.{second}[{third}] += 1",
            "",
        ]
    )


def measure(files: int) -> tuple[int, str, float]:
    """The number of filters in a tree, the summary of its check, and the seconds that it took."""
    with tempfile.TemporaryDirectory() as folder:
        filters = make(Path(folder), files)
        command = [sys.executable, "-m", "pnfilter", "check", folder]
        started = perf_counter()
        ended = subprocess.run(command, capture_output=True, check=False, text=True)
        seconds = perf_counter() - started
    return filters, ended.stderr.strip(), seconds


def main() -> None:
    """Print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=FILES, help=f"how many (default: {FILES:,})")
    files = parser.parse_args().files
    filters, summary, seconds = measure(files)
    print(f"{files:,} files, {filters:,} filters: {seconds:.1f} s; {summary}")


if __name__ == "__main__":
    main()
