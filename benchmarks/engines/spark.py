"""Spark on a filter's column, beside an expression written by hand for the same table.

``python -m benchmarks.engines.spark --messages 5000000`` draws earthquakes of ``examples/``, the
one of message N by the hash ``xxhash64(N, SEED)``, into a Parquet table with two columns of
VARIANT. Spark writes ``WRITTEN`` messages; for more the files are copied. All count what they keep,
in turns, in one session, after a turn that isn't counted; the figures are medians of whole queries,
planning included. The bar is on the processor time, which says the same on a busy machine; the
ratio of the seconds stands beside it. What is written by hand keeps the messages that match, as
``undecided="drop"`` does; ``undecided="keep"``, which means more, has rows without a bar, of one
turn. Then the column alone, on one core and on two. Each session has a Java of its own, and what is
being done is told on the standard error output.

Java compiles a query while it runs, on a core that it isn't asked to count on, so that one core
looks better than it is until that is done. So one core and two have a session each, which stand
beside each other and take turns: on the first ``WRITTEN`` messages until both are warm
(``is_warm``), at most ``MAX_WARMING`` each, then on ``CORES_PARTS`` times as many. What Spark makes
of the filter is the same for all.

The table is written twice: plain, and shredded, which is how Spark 4.3 writes VARIANT unless
``spark.sql.variant.writeShredding.enabled`` is false. A scan of Parquet makes every form of a field
that the query asks for, of every row, needed or not: so "drop" asks for one form of each field that
is compared with a constant, as one does by hand, and "keep" for some of the whole message too, to
know why nothing is at a place.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, ClassVar, NamedTuple, ParamSpec, TypeVar

from benchmarks.table import Row, as_markdown, at_least, at_most, machine

QUAKES = Path(__file__).parents[2] / "examples" / "quakes.ndjson"
SEED = 1
MESSAGES = 5_000_000
#: Messages that Spark writes, and the files that they come in, so that all cores have something to
#: read.
WRITTEN = 500_000
FILES = 4
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
#: Turns of each, after one that isn't counted; what the column may take of the other's processor
#: time; and how many times as fast two cores are to be as one.
TURNS = 2
BAR = 1.3
CORES_BAR = 1.6
#: Turns on one core and on two that are counted, after one that isn't, and on how many times
#: ``WRITTEN`` messages: more take no less for each.
CORES_TURNS, CORES_PARTS = 4, 4
#: Java is warm when as many turns on a part of the messages as this went by in none of which the
#: processor was busy for less than this share of the least before; and the most turns that it gets
#: for that.
CALM, QUICKER, MAX_WARMING = 5, 0.97, 40


class Cost(NamedTuple):
    """Seconds of a query, those of the processor in all threads, and how many messages it kept."""

    seconds: float
    processor: float
    kept: int


_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def in_new_process(
    function: Callable[_Parameters, _Result],
    *arguments: _Parameters.args,
    **named: _Parameters.kwargs,
) -> _Result:
    """What a function returns where no session has been.

    The Java of one knows the filters of before.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments, **named).result()


def tell(words: str) -> None:
    """What is being done."""
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


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


def write_table(folder: str, count: int, *, is_shredded: bool) -> None:
    """A table of its own in a folder that isn't there, with the columns ``data`` and ``meta``."""
    tell(f"writes {Path(folder).name}: {count:,} messages")
    whole, rest = divmod(count, WRITTEN)
    spark = session(2)
    spark.conf.set("spark.sql.variant.writeShredding.enabled", str(is_shredded).lower())
    if whole:
        write_messages(spark, f"{folder}/0", WRITTEN)
    if rest:
        write_messages(spark, f"{folder}/rest", rest)
    spark.stop()
    for number in range(1, whole):
        shutil.copytree(f"{folder}/0", f"{folder}/{number}")


def write_messages(spark: Any, folder: str, count: int) -> None:
    """Files with so many messages."""
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
    messages.write.parquet(folder)


def read(spark: Any, folder: str, parts: int | None = None) -> Any:
    """The table, or the first of its parts."""
    return spark.read.parquet(*sorted(str(part) for part in Path(folder).iterdir())[:parts])


def cost(spark: Any, messages: Any, condition: Any) -> Cost:
    """What counting what a condition keeps costs."""
    java = spark._jvm.java.lang.ProcessHandle.current()  # noqa: SLF001 - no other way there
    processor = java.info().totalCpuDuration().get().toMillis()
    begin = time.perf_counter()
    kept = messages.where(condition).count()
    seconds = time.perf_counter() - begin
    after = java.info().totalCpuDuration().get().toMillis()
    return Cost(seconds, (after - processor) / 1000, kept)


def compared(folder: str, title: str, turns: int) -> list[Row]:
    """Two rows for each query."""
    from pnfilter.engines.spark import column

    spark = session(2)
    messages = read(spark, folder)
    found = []
    for text, written in QUERIES.items():
        begin = time.perf_counter()
        conditions = {"by hand": written, "drop": column(text, undecided="drop")}
        translation = time.perf_counter() - begin
        conditions["keep"] = column(text, undecided="keep")
        costs: dict[str, list[Cost]] = {name: [] for name in conditions}
        for turn in range(turns + 1):
            for name, condition in conditions.items():
                if name != "keep" or turn <= 1:
                    costs[name].append(cost(spark, messages, condition))
            seconds = ", ".join(f"{name} {one[-1].seconds:.1f} s" for name, one in costs.items())
            tell(f"{title}: {text}, turn {turn}: {seconds}")
        kept = {name: one[0].kept for name, one in costs.items()}
        if len(set(kept.values())) > 1:
            raise SystemExit(f"{text}: {kept}")
        drop, keep = (_row(f"`{text}`, {title}", name, costs) for name in ("drop", "keep"))
        found += [
            drop._replace(figure=f"{drop.figure}, translation {translation * 1000:.0f} ms"),
            keep._replace(bar="", holds=None),
        ]
    spark.stop()
    return found


def _row(what: str, name: str, costs: dict[str, list[Cost]]) -> Row:
    """The figures of all turns but the first."""
    mine, other = (median(one.seconds for one in costs[each][1:]) for each in (name, "by hand"))
    busy, others = (median(one.processor for one in costs[each][1:]) for each in (name, "by hand"))
    return Row(
        f"{what}, {name}",
        f"{mine:.2f} s (first {costs[name][0].seconds:.2f} s)",
        f"by hand {other:.2f} s: processor {busy / others:.2f} ×, seconds {mine / other:.2f} ×",
        *at_most(busy / others, BAR),
    )


def is_warm(busy: Sequence[float]) -> bool:
    """Whether the last ``CALM`` of these seconds are hardly less than those before."""
    before, last = busy[:-CALM], busy[-CALM:]
    return bool(before) and min(last) >= QUICKER * min(before)


def warm_up(turns: Sequence[Callable[[], float]], most: int = MAX_WARMING) -> bool:
    """Take turns, one of each after the other, until all are warm.

    False where ``most`` of each were too few.

    A turn gives the seconds that the processor was busy.
    """
    busy: list[list[float]] = [[] for _ in turns]
    for _ in range(most):
        for turn, found in zip(turns, busy, strict=True):
            found.append(turn())
        tell("warms up: " + ", ".join(f"{found[-1]:.2f} s" for found in busy))
        if all(map(is_warm, busy)):
            return True
    return False


class OnCores:
    """The first filter on a table, in a session with so many cores and a process of its own."""

    #: That of this process.
    _in_process: ClassVar[OnCores]

    def __init__(self, cores: int, folder: str) -> None:
        from pnfilter.engines.spark import column

        self.spark = session(cores)
        self.few = read(self.spark, folder, 1)
        self.many = read(self.spark, folder, CORES_PARTS)
        self.chosen = column(next(iter(QUERIES)), undecided="drop")

    @classmethod
    def begin(cls, cores: int, folder: str) -> None:
        """Start the session of this process."""
        cls._in_process = cls(cores, folder)

    @classmethod
    def turn(cls, *, warming: bool) -> Cost:
        """What the filter costs on the messages that count, or on the few that warm Java up."""
        this = cls._in_process
        return cost(this.spark, this.few if warming else this.many, this.chosen)

    @classmethod
    def end(cls) -> None:
        """Stop the session of this process."""
        cls._in_process.spark.stop()


def two_cores(folder: str, turns: int = CORES_TURNS) -> Row:
    """How many times as fast two cores are as one, both warm.

    The seconds of turns that they take alternately.
    """
    kinds = get_context("spawn")
    with ExitStack() as stack:
        pools = [stack.enter_context(ProcessPoolExecutor(1, mp_context=kinds)) for _ in range(2)]
        for cores, pool in enumerate(pools, 1):
            pool.submit(OnCores.begin, cores, folder).result()
        tell("one core, two cores")

        def warming(pool: ProcessPoolExecutor) -> float:
            return pool.submit(OnCores.turn, warming=True).result().processor

        warm = warm_up([partial(warming, pool) for pool in pools])
        seconds: list[list[float]] = [[] for _ in pools]
        for _ in range(turns + 1):
            for pool, found in zip(pools, seconds, strict=True):
                found.append(pool.submit(OnCores.turn, warming=False).result().seconds)
            tell("one core, two cores: " + ", ".join(f"{found[-1]:.2f} s" for found in seconds))
        for pool in pools:
            pool.submit(OnCores.end).result()
    one, two = (median(found[1:]) for found in seconds)
    beside = f"{one / two:.2f} × as fast as on one, {one:.2f} s"
    return Row(
        f"`{next(iter(QUERIES))}`, two cores",
        f"{two:.2f} s",
        beside if warm else f"{beside}; not warm after {MAX_WARMING} turns",
        *at_least(one / two, CORES_BAR),
    )


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
        for name in ("plain", "shredded"):
            table = str(Path(folder) / name)
            in_new_process(write_table, table, count, is_shredded=name == "shredded")
            found += in_new_process(compared, table, f"{count:,} messages, {name}", turns)
        found.append(two_cores(str(Path(folder) / "plain")))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--messages", type=int, default=MESSAGES, help=f"messages ({MESSAGES:,})")
    parser.add_argument("--turns", type=int, default=TURNS, help=f"turns of each ({TURNS})")
    options = parser.parse_args()
    if min(options.messages, options.turns) < 1:
        parser.error("messages and turns are at least 1")
    print(machine(), flush=True)
    print(as_markdown(rows(options.messages, options.turns)))


if __name__ == "__main__":
    main()
