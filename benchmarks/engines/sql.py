"""DuckDB on a filter's SQL beside a query written by hand for the same answer on the same columns.

``python -m benchmarks.engines.sql --times 600`` repeats the earthquakes of ``examples/`` so often:
no random numbers. All take turns in one process; the figures are medians of the seconds of all
turns, on one thread and on all. Planning is part of each; the translation is shown apart.

The query by hand selects what matches, and so does ``undecided="drop"``, which has the bar. With
"keep" what is UNDECIDED is selected too, which nothing by hand tells apart: a field is read
together with what it is, by a function on a list, which takes 30 to 45 ns more whatever is read.
That is half as long again for a field of small metadata, which by hand takes some 80 ns, and little
for larger messages. It is shown without a bar.

Planning takes by hand about a millisecond, with "drop" up to 6 ms for a comparison, and with "keep"
up to 20 ms, which counts for less in larger tables.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.table import Row, as_markdown, at_most, machine

QUAKES = Path(__file__).parents[2] / "examples" / "quakes.ndjson"
#: A filter, and what one would write for quakes, safe where a field is missing or of another type.
QUERIES = {
    'meta.net == "us" && data.mag >= 5': (
        "meta->>'$.net' = 'us' AND TRY_CAST(data->>'$.mag' AS DOUBLE) >= 5"
    ),
    'data.place LIKE "*alaska*" || ("us", "ak") CONTAINS meta.net': (
        "data->>'$.place' ILIKE '%alaska%' OR meta->>'$.net' IN ('us', 'ak')"
    ),
    "(data.mag * 10) > data.sig - 100 && !(data.tsunami == 1)": (
        "TRY_CAST(data->>'$.mag' AS DOUBLE) * 10 > TRY_CAST(data->>'$.sig' AS DOUBLE) - 100 "
        "AND NOT COALESCE(TRY_CAST(data->>'$.tsunami' AS DOUBLE) = 1, FALSE)"
    ),
    'data.id == "us1000chvf"': "data->>'$.id' = 'us1000chvf'",
}
#: Turns of each, and what the translated SQL may take of the time of the other, with "drop".
TURNS = 7
BAR = 1.3


def messages(database: Any, times: int) -> None:
    """The table ``messages``: the earthquakes, ``times`` times, as columns of JSON."""
    database.execute(
        "CREATE OR REPLACE TABLE messages AS SELECT json_extract(json, '$.data') AS data, "
        "json_extract(json, '$.meta') AS meta FROM range(?), read_ndjson_objects(?)",
        [times, str(QUAKES)],
    )


def seconds(database: Any, condition: str) -> tuple[float, int]:
    """How long counting takes, and the count."""
    begin = time.perf_counter()
    ((count,),) = database.execute(f"SELECT count(*) FROM messages WHERE {condition}").fetchall()
    return time.perf_counter() - begin, count


def rows(times: int = 600) -> list[Row]:
    """A row for each query and number of threads."""
    try:
        import duckdb

        from pnfilter.engines.sql import translate
    except ImportError as error:
        return [Row("DuckDB", "not measured", str(error))]
    database = duckdb.connect()
    messages(database, times)
    found = []
    for threads in ("1", "all"):
        database.execute("RESET threads" if threads == "all" else "SET threads = 1")
        where = f"{times * 1707:,} messages, threads: {threads}"
        for text, written in QUERIES.items():
            found += _rows_of(database, translate, text, written, where)
    return found


def _rows_of(database: Any, translate: Any, text: str, written: str, where: str) -> list[Row]:
    """A row for each use of UNDECIDED, all beside the same turns of the query by hand."""
    conditions, translations = {}, {}
    for undecided in ("drop", "keep"):
        begin = time.perf_counter()
        conditions[undecided] = translate(text, undecided=undecided)
        translations[undecided] = time.perf_counter() - begin
    taken: dict[str, list[float]] = {name: [] for name in (*conditions, "hand")}
    for _ in range(TURNS):
        expected = None
        for name, condition in {"hand": written, **conditions}.items():
            elapsed, count = seconds(database, condition)
            expected = count if expected is None else expected
            if count != expected:
                raise SystemExit(f"{text}, {name}: {count} messages, by hand {expected}")
            taken[name].append(elapsed)
    by_hand = median(taken["hand"])
    found = []
    for name, translation in translations.items():
        own = median(taken[name])
        ratio = own / by_hand
        found.append(
            Row(
                f"`{text}`, {name}, {where}",
                f"{own * 1000:.0f} ms (translation {translation * 1000:.0f} ms)",
                f"SQL by hand {by_hand * 1000:.0f} ms: {ratio:.2f} ×",
                *(at_most(ratio, BAR) if name == "drop" else ("", None)),
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
