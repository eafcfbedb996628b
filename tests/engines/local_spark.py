"""A real Spark in this process, and what it says of many filters in few queries.

Spark takes longer to plan a filter than to decide thousands of messages, so that filters are
columns of one query, each for its own messages. An error ends a whole query and doesn't say where
it comes from: what Spark has planned is first evaluated row by row, and the query is asked about
all other rows.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any, Literal

from pnfilter import Filter
from pnfilter.engines.sql import Undecided, UntranslatableFilter, translate
from tests.engines.messages import UNDECIDED_AS, Contradiction, row, verdict_of
from tests.engines.questions import Outcome, Question

Columns = Literal["variant", "text"]
#: What the columns of messages may hold.
COLUMNS: tuple[Columns, ...] = ("variant", "text")
#: The SQL of a filter for each way to take what is UNDECIDED, and what it says of a message.
Conditions = dict["Undecided | None", str]
Answers = dict["Undecided | None", "bool | str | None"]

#: Characters of SQL in one query: planning takes time by the size of all, as often as the deepest
#: needs, and memory; five times as many were too many for six gigabytes.
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
    """A session.

    What runs once runs sooner where Spark doesn't compile it, as it does by default.
    """
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
        # What Spark's parser keeps of all texts that it met takes gigabytes after some hundreds of
        # filters.
        "spark.sql.parser.manageParserCaches": "true",
        "spark.sql.parser.parserDfaCacheFlushThreshold": "50000",
        # The deepest filters of the suite need more than Spark's own default of one gigabyte to be
        # planned.
        "spark.driver.memory": "4g",
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
    """What Spark says of each message of each question; a text where it refuses the filter.

    What ``undecided="drop"`` makes of a message is asked with it, and "keep" where its SQL is more
    than the plain one with NULL replaced.
    """
    outcomes: list[list[Outcome] | str] = []
    made: dict[int, Conditions] = {}
    for place, (text, messages) in enumerate(questions):
        try:
            conditions: Conditions = {
                undecided: translate(text, "spark", columns=columns, undecided=undecided)
                for undecided in (None, *UNDECIDED_AS)
            }
            if len(conditions["keep"]) >= len(conditions[None]):
                del conditions["keep"]
            made[place] = conditions
            unasked: list[Outcome] = ["not asked"] * len(messages)
            outcomes.append(unasked)
        except UntranslatableFilter as error:
            outcomes.append(str(error))
    for places in _queries(made):
        _ask(spark, {place: made[place] for place in places}, questions, columns, outcomes)
    return outcomes


def _queries(made: dict[int, Conditions]) -> Iterator[list[int]]:
    """The filters of each query: those that are alike long, which nest alike deep."""
    together: list[int] = []
    size = 0
    lengths = {place: sum(map(len, conditions.values())) for place, conditions in made.items()}
    for place in sorted(made, key=lambda place: lengths[place]):
        if together and size + lengths[place] > QUERY:
            yield together
            together, size = [], 0
        together.append(place)
        size += lengths[place]
    if together:
        yield together


def _ask(
    spark: Any,
    made: dict[int, Conditions],
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
    names: dict[tuple[int, Undecided | None], str] = {
        (place, undecided): f"{place} {undecided}"
        for place, conditions in made.items()
        for undecided in conditions
    }
    verdicts = frame.select(
        "filter",
        "number",
        *(
            functions.expr(f"CASE WHEN filter = {place} THEN {made[place][undecided]} END").alias(
                name
            )
            for (place, undecided), name in names.items()
        ),
    )
    ended, alone = [], {}
    for place, number, answers in _row_by_row(spark, frame, verdicts, list(names)):
        text, messages = questions[place]
        outcomes[place][number] = _outcome(text, messages[number], answers)  # type: ignore[index]
        alone[place, number] = answers
        if any(isinstance(answer, str) for answer in answers.values()):
            ended.append(place * len(rows) + number)
    kept = verdicts.where(
        ~(functions.col("filter") * len(rows) + functions.col("number")).isin(ended)
    )
    found = kept.collect()
    assert len(found) + len(ended) == len(rows)
    for one in found:
        place, number = one[0], one[1]
        for undecided, answer in alone[place, number].items():
            said = one[names[place, undecided]]
            assert said is answer, "a query says what its plan says of the row"
    frame.unpersist()


def _outcome(text: str, message: dict[str, Any], answers: Answers) -> Outcome:
    """A verdict or an error, if the answers with ``undecided`` agree."""
    verdict = answers[None]
    others: dict[Undecided, bool | str | None] = {
        undecided: answer for undecided, answer in answers.items() if undecided is not None
    }
    if not isinstance(verdict, str):
        return verdict_of(verdict, others)
    right = Filter(text).evaluate(message)
    for undecided, answer in others.items():
        if not isinstance(answer, str) and answer is not (right in UNDECIDED_AS[undecided]):
            return Contradiction(f"{undecided} {answer} without the error {verdict}")
    return verdict


def _row_by_row(
    spark: Any, frame: Any, verdicts: Any, asked: list[tuple[int, Undecided | None]]
) -> Iterator[tuple[int, int, Answers]]:
    """Place and number of each row, and what the optimized plan of a query says of it."""
    expressions = spark._jvm.org.apache.spark.sql.catalyst.expressions
    plan = verdicts._jdf.queryExecution().optimizedPlan()
    inputs = getattr(expressions, "package$AttributeSeq")(plan.child().output())
    listed = plan.projectList()
    bound: dict[int, dict[Undecided | None, Any]] = {}
    for at, (place, undecided) in enumerate(asked):
        reference = expressions.BindReferences.bindReference(listed.apply(2 + at), inputs, False)
        bound.setdefault(place, {})[undecided] = reference
    for one in frame._jdf.queryExecution().executedPlan().executeCollect():
        place, number = one.getInt(0), one.getInt(1)
        yield (
            place,
            number,
            {undecided: _answer(made, one) for undecided, made in bound[place].items()},
        )


def _answer(expression: Any, row: Any) -> bool | str | None:
    """What an expression says of a row, or the words with which it ends."""
    failure: type[Exception] = importlib.import_module("pyspark.errors").PySparkException
    try:
        answer: bool | None = expression.eval(row)
    except failure as error:
        words = str(error)
        if "pnfilter: " not in words:
            raise
        return words.partition("pnfilter: ")[2].partition(" SQLSTATE")[0]
    return answer
