"""A real Spark in this process, and what it says of many filters in few queries.

Spark takes longer to plan a filter than to decide thousands of messages, so that filters are columns of one
query, each for its own messages. An error ends a whole query and doesn't say where it comes from:
what Spark has planned is first evaluated row by row, and the query is asked about all other rows.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any, Literal

from pnfilter.engines.sql import UntranslatableFilter, translate
from tests.engines.messages import VERDICTS, row
from tests.engines.questions import Outcome, Question

Columns = Literal["variant", "text"]
#: What the columns of messages may hold.
COLUMNS: tuple[Columns, ...] = ("variant", "text")

#: Characters of SQL in one query: planning takes time by the size of all, as often as the deepest needs, and
#: memory; five times as many were too many for six gigabytes.
QUERY = 60_000
REQUIRED = "PNFILTER_REQUIRE_SPARK"
_SCHEMA = "filter int, number int, data string, meta string"


def why_not() -> str | None:
    """Why there is no Spark here; None where it can be started."""
    if find_spec("pyspark") is None:
        return "Spark is not installed: make .venv/.spark"
    return None if shutil.which("java") else "Spark needs Java 17 or later"


def is_required() -> bool:
    """Whether what needs Spark must not be skipped."""
    return bool(os.environ.get(REQUIRED))


def started(master: str, *, compiled: bool = False) -> Any:
    """A session. What runs once runs sooner where Spark doesn't compile it, as it does by default."""
    # The rows of a test are made by processes of Python's, by default of the first one on the path.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    pyspark = importlib.import_module("pyspark.sql")
    session = pyspark.SparkSession.builder.master(master)
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        # The compiler that is quick and not thorough, for a process that lives a minute.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }.items():
        session = session.config(name, value)
    made = session.getOrCreate()
    compile_plans(made, compiled=compiled)
    made.sparkContext.setLogLevel("OFF")
    return made


def compile_plans(spark: Any, *, compiled: bool) -> None:
    """Whether Spark writes Java for its plans and compiles it, as it does by default."""
    spark.conf.set("spark.sql.codegen.wholeStage", str(compiled).lower())
    spark.conf.set("spark.sql.codegen.factoryMode", "FALLBACK" if compiled else "NO_CODEGEN")


def decided(
    spark: Any, questions: Sequence[Question], columns: Columns
) -> list[list[Outcome] | str]:
    """What Spark says of each message of each question; a text where it refuses the filter."""
    outcomes: list[list[Outcome] | str] = []
    made: dict[int, str] = {}
    for place, (text, messages) in enumerate(questions):
        try:
            made[place] = translate(text, "spark", columns=columns)
            unasked: list[Outcome] = ["not asked"] * len(messages)
            outcomes.append(unasked)
        except UntranslatableFilter as error:
            outcomes.append(str(error))
    for places in _queries(made):
        _ask(spark, {place: made[place] for place in places}, questions, columns, outcomes)
    return outcomes


def _queries(made: dict[int, str]) -> Iterator[list[int]]:
    """The filters of each query: those that are alike long, which nest alike deep."""
    together: list[int] = []
    size = 0
    for place in sorted(made, key=lambda place: len(made[place])):
        if together and size + len(made[place]) > QUERY:
            yield together
            together, size = [], 0
        together.append(place)
        size += len(made[place])
    if together:
        yield together


def _ask(
    spark: Any,
    made: dict[int, str],
    questions: Sequence[Question],
    columns: Columns,
    outcomes: list[list[Outcome] | str],
) -> None:
    functions = importlib.import_module("pyspark.sql.functions")
    rows = [
        (place, *row(number, message))
        for place in made
        for number, message in enumerate(questions[place].messages)
    ]
    frame = spark.createDataFrame(rows, _SCHEMA).coalesce(1)
    if columns == "variant":
        parsed = ("parse_json(data) AS data", "parse_json(meta) AS meta")
        frame = frame.selectExpr("filter", "number", *parsed)
    frame = frame.cache()
    verdicts = frame.select(
        "filter",
        "number",
        *(
            functions.expr(f"CASE WHEN filter = {place} THEN {sql} END").alias(str(place))
            for place, sql in made.items()
        ),
    )
    ended = []
    for place, number, outcome in _row_by_row(spark, frame, verdicts, list(made)):
        outcomes[place][number] = outcome  # type: ignore[index]
        if isinstance(outcome, str):
            ended.append(place * len(rows) + number)
    kept = verdicts.where(
        ~(functions.col("filter") * len(rows) + functions.col("number")).isin(ended)
    )
    answers = kept.collect()
    assert len(answers) + len(ended) == len(rows)
    for answer in answers:
        place, number = answer[0], answer[1]
        verdict = VERDICTS[answer[str(place)]]
        assert outcomes[place][number] is verdict, "a query says what its plan says of the row"
    frame.unpersist()


def _row_by_row(
    spark: Any, frame: Any, verdicts: Any, places: list[int]
) -> Iterator[tuple[int, int, Outcome]]:
    """Place and number of each row, and what the optimized plan of a query says of it."""
    from pyspark.errors import PySparkException

    expressions = spark._jvm.org.apache.spark.sql.catalyst.expressions
    plan = verdicts._jdf.queryExecution().optimizedPlan()
    inputs = getattr(expressions, "package$AttributeSeq")(plan.child().output())
    listed = plan.projectList()
    bound = {
        place: expressions.BindReferences.bindReference(listed.apply(2 + at), inputs, False)
        for at, place in enumerate(places)
    }
    for one in frame._jdf.queryExecution().executedPlan().executeCollect():
        place, number = one.getInt(0), one.getInt(1)
        try:
            yield place, number, VERDICTS[bound[place].eval(one)]
        except PySparkException as error:
            words = str(error)
            if "pnfilter: " not in words:
                raise
            yield place, number, words.partition("pnfilter: ")[2].partition(" SQLSTATE")[0]
