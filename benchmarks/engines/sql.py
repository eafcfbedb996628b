"""DuckDB on a filter's SQL beside a query written by hand for the same answer on the same columns.

``python -m benchmarks.engines.sql --times 600`` repeats the earthquakes of ``examples/`` so often: no
random numbers. Both take turns in one process; the figures are medians of the seconds of all turns, on one
thread and on all. Planning is part of both; the translation is shown apart.

What is above the bar on one thread, and why: a field of small metadata is read by hand in some 80 ns. One
reading that tells a text from what is missing, unreadable or an array takes a function on a list, which is 30
to 45 ns more whatever is read, so that ``==`` on metadata takes 1.4 to 1.5 times as long. Planning the whole
comparison takes 4 to 6 ms each, which counts for less in larger tables. Larger messages hide both, and
fields that are read at once make up for them.
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
#: Turns of each, and what the translated SQL may take of the time of the other.
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
        for text, written in QUERIES.items():
            begin = time.perf_counter()
            translated = translate(text, undecided="keep")
            translation = time.perf_counter() - begin
            own, peer = [], []
            for _ in range(TURNS):
                mine, count = seconds(database, translated)
                other, same = seconds(database, written)
                if count != same:
                    raise SystemExit(f"{text}: {count} messages, by hand {same}")
                own.append(mine)
                peer.append(other)
            ratio = median(own) / median(peer)
            found.append(
                Row(
                    f"`{text}`, {times * 1707:,} messages, threads: {threads}",
                    f"{median(own) * 1000:.0f} ms (translation {translation * 1000:.0f} ms)",
                    f"SQL by hand {median(peer) * 1000:.0f} ms: {ratio:.2f} ×",
                    *at_most(ratio, BAR),
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
