"""Polars on a filter's expression, beside one written by hand for the same columns.

``python -m benchmarks.engines.polars --times 600`` repeats the earthquakes of ``examples/`` so
often: no random numbers. Both take turns in one process, each counting what it keeps; the figures
are medians of the seconds of all turns. Making the expression is shown apart.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.table import Row, as_markdown, at_most, machine

QUAKES = Path(__file__).parents[2] / "examples" / "quakes.ndjson"
#: Turns of each, and what the expression of a filter may take of the time of the other.
TURNS = 15
BAR = 1.3


def queries(pl: Any) -> dict[str, tuple[Any, bool]]:
    """A filter, what one would write by hand for quakes, and whether it has the bar."""
    data, meta = (pl.col(name).struct.field for name in ("data", "meta"))
    return {
        'meta.net == "us" && data.mag >= 5': ((meta("net") == "us") & (data("mag") >= 5), True),
        'data.place LIKE "*alaska*" || ("us", "ak") CONTAINS meta.net': (
            data("place").str.to_lowercase().str.contains("alaska", literal=True)
            | meta("net").is_in(["us", "ak"]),
            True,
        ),
        # No bar: whether a double is finite, and an integer of 64 bits exact as a double, is asked
        # of each row, which takes as long as the arithmetic.
        "(data.mag * 10) > data.sig - 100 && !(data.tsunami == 1)": (
            (data("mag") * 10 > data("sig") - 100) & ~(data("tsunami") == 1).fill_null(False),
            False,
        ),
        'data.id == "us1000chvf"': (data("id") == "us1000chvf", True),
    }


def seconds(frame: Any, condition: Any, number: Any) -> tuple[float, int]:
    """How long counting takes, and the count."""
    begin = time.perf_counter()
    count = frame.lazy().filter(condition).select(number).collect().item()
    return time.perf_counter() - begin, count


def rows(times: int = 600) -> list[Row]:
    """A row for each query."""
    try:
        import polars as pl

        from pnfilter.engines.polars import expression
    except ImportError as error:
        return [Row("Polars", "not measured", str(error))]
    one = pl.read_ndjson(QUAKES).select("data", "meta")
    frame = pl.concat([one] * times).rechunk()
    found = []
    for text, (written, has_bar) in queries(pl).items():
        begin = time.perf_counter()
        translated = expression(text, frame.schema, undecided="drop")
        translation = time.perf_counter() - begin
        own, peer = [], []
        for _ in range(TURNS):
            mine, count = seconds(frame, translated, pl.len())
            other, same = seconds(frame, written, pl.len())
            if count != same:
                raise SystemExit(f"{text}: {count} messages, by hand {same}")
            own.append(mine)
            peer.append(other)
        ratio = median(own) / median(peer)
        bar, holds = at_most(ratio, BAR) if has_bar else ("", None)
        found.append(
            Row(
                f"`{text}`, {len(frame):,} messages",
                f"{median(own) * 1000:.1f} ms (translation {translation * 1000:.1f} ms)",
                f"expression by hand {median(peer) * 1000:.1f} ms: {ratio:.2f} ×",
                bar,
                holds,
            )
        )
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=600, help="copies of the 1,707 messages (600)")
    print(machine())
    print(as_markdown(rows(parser.parse_args().times)))


if __name__ == "__main__":
    main()
