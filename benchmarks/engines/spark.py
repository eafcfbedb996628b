"""Spark on a filter's column beside an expression written by hand for the same answer on the same table.

``python -m benchmarks.engines.spark --messages 5000000`` draws so many of the earthquakes of ``examples/``,
the one of message N by the hash ``xxhash64(N, SEED)``, into a Parquet table with two columns of VARIANT.
Both count what they keep, in turns, in one session; the figures are medians of the seconds of whole queries,
planning included. Then the column alone, on one core and on two.

The table is written twice: plain, and shredded, which is how Spark 4.3 writes VARIANT unless
``spark.sql.variant.writeShredding.enabled`` is false. A scan of Parquet makes every form of a field that the
query asks for, of every row. What is written by hand asks for a number or a text. The exact verdict also needs
to know what is there instead, so that it asks for the VARIANT of the field: that costs little where the row is a
VARIANT anyway, and more than all the rest where the field is a column of its own and has to be made one. So the
bar is missed on the shredded table.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.table import Row, as_markdown, at_least, at_most, machine

QUAKES = Path(__file__).parents[2] / "examples" / "quakes.ndjson"
SEED = 1
MESSAGES = 5_000_000
#: Files of the table, so that all cores have something to read.
FILES = 8
#: A filter, and what one would write for quakes, safe where a field is missing or of another type.
QUERIES = {
    'meta.net == "us" && data.mag >= 5': (
        "try_variant_get(meta, '$.net', 'string') = 'us' "
        "AND try_variant_get(data, '$.mag', 'double') >= 5"
    ),
    'data.place LIKE "*alaska*" || meta.net == "ak"': (
        "contains(lower(try_variant_get(data, '$.place', 'string')), 'alaska') "
        "OR try_variant_get(meta, '$.net', 'string') = 'ak'"
    ),
    "(data.mag * 10) > data.sig - 100 && !(data.tsunami == 1)": (
        "try_variant_get(data, '$.mag', 'double') * 10 "
        "> try_variant_get(data, '$.sig', 'double') - 100 "
        "AND NOT coalesce(try_variant_get(data, '$.tsunami', 'double') = 1, false)"
    ),
    'data.id == "us1000chvf"': "try_variant_get(data, '$.id', 'string') = 'us1000chvf'",
}
#: Turns of each, after one that isn't counted; what the column may take of the other's time; and
#: how many times as fast two cores are to be as one.
TURNS = 5
BAR = 1.3
CORES_BAR = 1.6


def session(cores: int) -> Any:
    """A local session; there is one at a time."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = import_module("pyspark.sql").SparkSession.builder.master(f"local[{cores}]")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "3g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        # Each file is a task, or two cores would have nothing to share.
        "spark.sql.files.openCostInBytes": str(128 * 2**20),
    }.items():
        builder = builder.config(name, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    return made


def write_messages(spark: Any, folder: str, count: int, *, is_shredded: bool) -> None:
    """The table, with the columns ``data`` and ``meta``."""
    spark.conf.set("spark.sql.variant.writeShredding.enabled", str(is_shredded).lower())
    lines = QUAKES.read_text(encoding="utf-8").splitlines()
    quakes = spark.createDataFrame(list(enumerate(lines)), "quake long, line string").selectExpr(
        "quake", "parse_json(line) AS message"
    )
    parts = (f"variant_get(message, '$.{name}', 'variant') AS {name}" for name in ("data", "meta"))
    known = quakes.selectExpr("quake", *parts).coalesce(1).cache()
    drawn = spark.range(0, count, 1, FILES).selectExpr(
        f"pmod(xxhash64(id, {SEED}), {len(lines)}) AS quake"
    )
    messages = drawn.join(known.hint("broadcast"), "quake").select("data", "meta")
    messages.write.mode("overwrite").parquet(folder)


def seconds(messages: Any, condition: Any) -> tuple[float, int]:
    """How long counting takes, and the count."""
    begin = time.perf_counter()
    count = messages.where(condition).count()
    return time.perf_counter() - begin, count


def compared(messages: Any, title: str, turns: int = TURNS) -> list[Row]:
    """A row for each query."""
    from pnfilter.engines.spark import column

    found = []
    for text, written in QUERIES.items():
        begin = time.perf_counter()
        own_column = column(text, undecided="keep")
        translation = time.perf_counter() - begin
        own, peer = [], []
        for _ in range(turns + 1):
            mine, count = seconds(messages, own_column)
            other, same = seconds(messages, written)
            if count != same:
                raise SystemExit(f"{text}: {count} messages, by hand {same}")
            own.append(mine)
            peer.append(other)
        ratio = median(own[1:]) / median(peer[1:])
        found.append(
            Row(
                f"`{text}`, {title}",
                f"{median(own[1:]):.2f} s (translation {translation * 1000:.0f} ms)",
                f"expression by hand {median(peer[1:]):.2f} s: {ratio:.2f} ×",
                *at_most(ratio, BAR),
            )
        )
    return found


def median_on(cores: int, folder: str, turns: int) -> float:
    """How long the first filter takes on so many cores, in a session of its own."""
    from pnfilter.engines.spark import column

    spark = session(cores)
    messages = spark.read.parquet(folder)
    chosen = column(next(iter(QUERIES)), undecided="keep")
    found = median([seconds(messages, chosen)[0] for _ in range(turns + 1)][1:])
    spark.stop()
    return found


def rows(count: int = MESSAGES, turns: int = TURNS) -> list[Row]:
    """A row for each query and form of the table, and one for two cores beside one."""
    try:
        import_module("pyspark")
        import_module("pnfilter.engines.sql")
    except ImportError as error:
        return [Row("Spark", "not measured", str(error))]
    if shutil.which("java") is None:
        return [Row("Spark", "not measured", "it needs Java 17 or later")]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        spark = session(2)
        for is_shredded in (False, True):
            table = str(Path(folder) / ("shredded" if is_shredded else "plain"))
            write_messages(spark, table, count, is_shredded=is_shredded)
            title = f"{count:,} messages, {Path(table).name}"
            found += compared(spark.read.parquet(table), title, turns)
        spark.stop()
        plain = str(Path(folder) / "plain")
        one, two = (median_on(cores, plain, turns) for cores in (1, 2))
    gain = one / two
    two_cores = f"{gain:.2f} × as fast as on one, {one:.2f} s"
    found.append(
        Row(
            f"`{next(iter(QUERIES))}`, two cores",
            f"{two:.2f} s",
            two_cores,
            *at_least(gain, CORES_BAR),
        )
    )
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--messages", type=int, default=MESSAGES, help=f"messages ({MESSAGES:,})")
    parser.add_argument("--turns", type=int, default=TURNS, help=f"turns of each ({TURNS})")
    options = parser.parse_args()
    print(machine())
    print(as_markdown(rows(options.messages, options.turns)))


if __name__ == "__main__":
    main()
