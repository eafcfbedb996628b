"""How the time of a message grows with the number of filters, for filters of many shapes.

``python -m benchmarks.engines.shapes``. Each shape is measured in a process of its own, in seconds
of the processor: a ``FilterSet`` of 100 filters and more on each message, and beside it a loop over
100 compiled filters of the same shape. What the set finds is compared with what the filters
themselves say of some messages. ``--plot FILE`` writes the curves as an SVG picture.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, Final

from benchmarks.table import Row, as_markdown, at_most, machine
from pnfilter import FilterSet, compile
from pnfilter.semantics import Reason

SEED: Final = 20180207
#: Filters of the loop that a set is beside.
LOOP: Final = 100
#: Sizes of the sets.
SIZES: Final = (100, 1_000, 10_000, 100_000)
#: The largest set of a shape whose answer names each filter, or that tests each.
_LINEAR: Final = 10_000
_MESSAGES, _TURNS, _COMPARED = 100, 5, 2
#: Times the loop over 100 that a message may take, for the shapes that have a bar, by size.
BARS: Final = {
    ("own field", 10_000): 3.0,
    ("own deep field", 10_000): 3.0,
    ("substring", 100_000): 8.0,
    ("CONTAINS", 100_000): 8.0,
}

#: Each shape: a filter of a number ``i`` with words ``a`` and ``b``.
SHAPES: Final[dict[str, str]] = {
    "equality": 'meta.room == "{a}"',
    "number": "data.n == {i}",
    "membership": '("{a}", "{b}") CONTAINS meta.room',
    "prefix": 'data.text LIKE "{a}*"',
    "suffix": 'data.text LIKE "*{a}"',
    "substring": 'data.text LIKE "*{a}*"',
    "two wildcards": 'data.text LIKE "*{c}*{a}*"',
    "CONTAINS": 'data.text CONTAINS "{a}"',
    "array": 'data.tags CONTAINS "{a}"',
    "bound": "data.n > {i}",
    "window": "data.n >= {i} && data.n < {i} + 2",
    "wide window": "data.n >= {i} && data.n < {j}",
    "box": "data.x > {i} && data.x < {j} && data.y > {i} && data.y < {j}",
    "own field": "data.f{i} == 3",
    "own deep field": 'data.u.f{i} == "x"',
    "own field, bound": "data.f{i} > 5",
    "alternatives": 'meta.room == "{a}" || meta.room == "{b}" || data.n == {i}',
    "two conditions": 'meta.room == "{a}" && data.n > {i}',
    "unequal": 'meta.room != "{a}"',
    "negated": '!(meta.room == "{a}")',
    "arithmetic": "data.n + 1 == {i}",
}
#: Shapes whose answer is long or that test each filter.
LINEAR: Final = frozenset({"bound", "wide window", "box", "unequal", "negated", "arithmetic"})


def words(seed: int = SEED) -> Iterator[str]:
    """Words of seven letters, without end."""
    draw = random.Random(seed)
    while True:
        yield "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=7))


def filters(shape: str, count: int) -> Iterator[str]:
    """So many filters of a shape."""
    made = words()
    for number in range(count):
        a, b = islice(made, 2)
        wide = number + count // 2
        # `data.n + 2` would be arithmetic.
        template = SHAPES[shape].replace("{i} + 2", str(number + 2))
        yield template.format(i=number, j=wide, a=a, b=b, c=b[:3])


def messages(count: int = _MESSAGES, seed: int = SEED) -> list[dict[str, Any]]:
    """Messages of which some have what a filter asks for."""
    draw = random.Random(seed)
    known = list(islice(words(), 2_000))
    made = []
    for _ in range(count):
        text = " ".join(draw.choices([*known[:20], "lorem", "ipsum", "dolor", "sit"], k=9))
        data: dict[str, Any] = {"text": text, "n": draw.randrange(20_000), "tags": known[:3]}
        data |= {"x": draw.random() * 100, "y": draw.random() * 100, "u": {"f7": "x"}}
        data |= {f"f{draw.randrange(10_000)}": 3 for _ in range(8)}
        made.append({"data": data, "meta": {"room": draw.choice(known)}})
    return made


def measured(shape: str, sizes: Sequence[int]) -> dict[str, float]:
    """Seconds of a message, by size, and of the loop over the first filters."""
    stream = messages()
    loop = [compile(text).prepare().outcome for text in filters(shape, LOOP)]
    found = {"loop": _seconds(lambda message: [each(message) for each in loop], stream)}
    for size in sizes:
        texts = dict(enumerate(filters(shape, size)))
        index = FilterSet(texts)
        _compare(index, texts, stream[:_COMPARED])
        gc.collect()
        gc.freeze()
        found[str(size)] = _seconds(index.match, stream)
        gc.unfreeze()
    return found


def _seconds(work: Callable[[Any], object], stream: list[Any]) -> float:
    turns = []
    for _ in range(_TURNS):
        start = process_time()
        for message in stream:
            work(message)
        turns.append((process_time() - start) / len(stream))
    return median(turns)


def _compare(index: FilterSet[int], texts: dict[int, str], stream: list[Any]) -> None:
    """``AssertionError`` where the set and the filters themselves differ."""
    for message in stream:
        outcomes = {key: compile(text).outcome(message) for key, text in texts.items()}
        found = index.match(message)
        assert set(found.matched) == {key for key, each in outcomes.items() if each is True}
        undecided = {key for key, each in outcomes.items() if isinstance(each, Reason)}
        assert set(found.undecided) == undecided


def curves(sizes: Sequence[int] = SIZES) -> dict[str, dict[str, float]]:
    """``measured`` of every shape, each in a process of its own."""
    found = {}
    for shape in SHAPES:
        wanted = [size for size in sizes if shape not in LINEAR or size <= _LINEAR]
        command = [
            sys.executable,
            "-m",
            __spec__.name,
            "--one",
            shape,
            "--sizes",
            *map(str, wanted),
        ]
        answer = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
        found[shape] = json.loads(answer)
    return found


def rows() -> list[Row]:
    """A row for each shape, with its largest set."""
    return rows_of(curves())


def rows_of(figures: dict[str, dict[str, float]]) -> list[Row]:
    """The table of some curves."""
    found = []
    for shape, by_size in figures.items():
        loop = by_size["loop"]
        largest = max(int(size) for size in by_size if size != "loop")
        for size in sorted({largest, *(size for name, size in BARS if name == shape)}):
            if str(size) not in by_size:
                continue
            seconds = by_size[str(size)]
            beside = f"a loop over {LOOP} {loop * 1e6:,.1f} us: {seconds / loop:,.2f} x"
            bar = BARS.get((shape, size))
            row = Row(f"{size:,} filters: {shape}", f"{seconds * 1e6:,.1f} us", beside)
            if bar is not None:
                text, holds = at_most(seconds / loop, bar)
                row = row._replace(bar=text, holds=holds)
            found.append(row)
    return found


# The picture

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 760, 460, 70, 20, 170, 50
_COLORS: Final = ("#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#57606a", "#bf3989")
_DASHES: Final = ("", "6 3", "2 3")


def picture(figures: dict[str, dict[str, float]]) -> str:
    """The curves as SVG: filters to the right, microseconds of a message upwards, both by tens."""
    from math import log10

    sizes = sorted({int(size) for each in figures.values() for size in each if size != "loop"})
    low, high = 0, 5
    inner_width, inner_height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    across = log10(sizes[-1]) - log10(sizes[0])

    def x(size: int) -> float:
        return _LEFT + inner_width * (log10(size) - log10(sizes[0])) / across

    def y(micros: float) -> float:
        return _TOP + inner_height * (1 - (log10(max(micros, 1)) - low) / (high - low))

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="11" role="img">',
        "<title>Time of a message by the number of filters, for each shape</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
    ]
    for power in range(low, high + 1):
        at = y(10**power)
        parts.append(
            f'<path d="M{_LEFT} {at:.0f}H{_LEFT + inner_width}" stroke="#d0d7de"/>'
            f'<text x="{_LEFT - 6}" y="{at + 4:.0f}" text-anchor="end">{10**power:,} µs</text>'
        )
    bottom = _HEIGHT - _BOTTOM + 18
    parts += [
        f'<text x="{x(size):.0f}" y="{bottom}" text-anchor="middle">{size:,}</text>'
        for size in sizes
    ]
    parts.append(
        f'<text x="{_LEFT + inner_width / 2:.0f}" y="{_HEIGHT - 10}" text-anchor="middle">filters</text>'
    )
    for number, (shape, by_size) in enumerate(figures.items()):
        style = f'stroke="{_COLORS[number % len(_COLORS)]}" stroke-width="1.6" fill="none"'
        if dash := _DASHES[number // len(_COLORS) % len(_DASHES)]:
            style += f' stroke-dasharray="{dash}"'
        points = " ".join(
            f"{x(int(size)):.1f},{y(seconds * 1e6):.1f}"
            for size, seconds in by_size.items()
            if size != "loop"
        )
        row = _TOP + 8 + number * 19
        left = _WIDTH - _RIGHT + 12
        parts.append(
            f'<polyline points="{points}" {style}/><path d="M{left} {row}h22" {style}/>'
            f'<text x="{left + 28}" y="{row + 4}">{shape}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="sizes of sets")
    parser.add_argument("--one", choices=SHAPES, help="print the seconds of one shape as JSON")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write the curves as SVG")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured(options.one, options.sizes)))
        return
    figures = curves(options.sizes)
    print(f"{machine()}; median of {_TURNS} turns; seed {SEED}\n")
    print(as_markdown(rows_of(figures)))
    if options.plot:
        options.plot.write_text(picture(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
