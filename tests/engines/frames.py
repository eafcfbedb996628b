"""Messages as rows of typed frames, and what no typed row holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import polars as pl

from pnfilter import UNREADABLE, Verdict, compile
from pnfilter.engines.polars import UntranslatableFilter, expression
from tests.engines.messages import VERDICTS
from tests.engines.questions import Question, compared, random_question

#: What stands for a place that can't be read.
NAN = float("nan")
LARGEST = 2**63
#: Random messages for each random filter.
MESSAGES = 12


class Untyped(ValueError):
    """The messages are no rows of one typed frame; the text says why."""


def type_of(value: Any) -> pl.DataType:
    """The narrowest type of a JSON value; ``Untyped`` where Polars has none."""
    match value:
        case None:
            return pl.Null()
        case bool():
            return pl.Boolean()
        case int():
            if -LARGEST <= value < LARGEST:
                return pl.Int64()
            raise Untyped("an integer of more than 64 bits")
        case float():
            return pl.Float64()
        case str():
            return pl.String()
        case list() | tuple():
            inner: pl.DataType = pl.Null()
            for element in value:
                inner = common(inner, type_of(element))
            return pl.List(inner)
        case dict():
            return pl.Struct({key: type_of(inner) for key, inner in value.items()})
        case _:
            return pl.Float64()


def common(one: pl.DataType, other: pl.DataType) -> pl.DataType:
    """The type that has the values of both, each as it is."""
    if one == other or other == pl.Null:
        return one
    if one == pl.Null:
        return other
    if isinstance(one, pl.List) and isinstance(other, pl.List):
        return pl.List(common(one.inner, other.inner))  # type: ignore[arg-type]
    if isinstance(one, pl.Struct) and isinstance(other, pl.Struct):
        fields: dict[str, Any] = {field.name: field.dtype for field in one.fields}
        for field in other.fields:
            known = fields.get(field.name, pl.Null())
            fields[field.name] = common(known, field.dtype)  # type: ignore[arg-type]
        return pl.Struct(fields)
    raise Untyped("values of several types in one place")


def plain(value: Any) -> Any:
    """A value as Polars takes it."""
    match value:
        case dict():
            return {key: plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case None | bool() | int() | float() | str():
            return value
        case _:
            return NAN


def typed(messages: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """A frame with a row for each message; ``Untyped`` where there is none."""
    columns: dict[str, pl.DataType] = {"data": pl.Null(), "meta": pl.Null()}
    rows: dict[str, list[Any]] = {"data": [], "meta": []}
    for message in messages:
        if message.get("data", UNREADABLE) is None:
            raise Untyped("a payload that is null, and not absent")
        for part, values in rows.items():
            value = message.get(part)
            if part == "data" and isinstance(value, type(UNREADABLE)):
                value = None
            columns[part] = common(columns[part], type_of(value))
            values.append(plain(value))
    return pl.DataFrame(
        [pl.Series(part, rows[part], columns[part], strict=True) for part in columns]
    )


def framed(messages: Iterable[dict[str, Any]]) -> Iterator[pl.DataFrame]:
    """Frames of those messages that are rows of one, as many together as have the same types."""
    together: list[dict[str, Any]] = []
    for message in messages:
        try:
            typed([message])
        except Untyped:
            continue
        try:
            typed([*together, message])
        except Untyped:
            yield typed(together)
            together = []
        together.append(message)
    if together:
        yield typed(together)


def messages_of(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The messages that stand in the rows: NULL in ``data`` is a payload that can't be read."""
    return [
        {"data": UNREADABLE if row["data"] is None else row["data"], "meta": row["meta"]}
        for row in frame.to_dicts()
    ]


def verdicts(frame: pl.DataFrame, text: str) -> list[Verdict]:
    """What the expression says of each row."""
    found = frame.select(expression(text, frame.schema)).to_series()
    assert found.dtype == pl.Boolean
    assert len(found) == len(frame)
    return [VERDICTS[verdict] for verdict in found]


def expected(frame: pl.DataFrame, text: str) -> list[Verdict]:
    """What the interpreter says of each row."""
    filter = compile(text)
    return [filter.evaluate(message) for message in messages_of(frame)]


def decided(frame: pl.DataFrame, text: str) -> list[Verdict] | str:
    """The verdicts, or the engine's words where it refuses the filter or ends the query."""
    try:
        return verdicts(frame, text)
    except UntranslatableFilter as error:
        return str(error)
    except pl.exceptions.InvalidOperationError as error:
        words = re.search(r"pnfilter: ([^\"]+)", str(error))
        if words is None:
            raise
        return words[1]


def differences(seed: str, counts: Counter[str]) -> list[str]:
    """One filter and its messages: where Polars says something else than the interpreter."""
    text, messages = random_question(seed, MESSAGES)
    found = []
    for frame in framed(messages):
        found += compared(Question(text, messages_of(frame)), decided(frame, text), counts)
    return found
