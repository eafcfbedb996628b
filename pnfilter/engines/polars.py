"""Filters on Polars frames with typed columns, as native expressions without Python per row.

::

    from pnfilter.engines.polars import count, expression, select

    messages = pl.scan_parquet("messages.parquet")  # data and meta are structs
    select(messages, "data.mag >= 5").collect()
    messages.with_columns(expression("data.mag >= 5", messages.collect_schema()))

It needs the extra: ``pip install 'pnfilter[polars]'``
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeVar

from pnfilter.binding.bind import bind
from pnfilter.engines import Counts, UntranslatableFilter, expression_of
from pnfilter.engines.to_polars.conditions import translate_condition
from pnfilter.engines.to_polars.expressions import (
    DataType,
    Expr,
    counted,
    of_each_row,
    require_schema,
    types_of,
)
from pnfilter.engines.to_polars.operands import Columns
from pnfilter.filters import Filter

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Counts", "UntranslatableFilter", "count", "expression", "select"]

Frame = TypeVar("Frame", "pl.DataFrame", "pl.LazyFrame")
#: The name of the column of an expression.
VERDICT = "verdict"


def expression(
    filter: Filter | str,
    schema: Mapping[str, DataType],
    *,
    data: str = "data",
    meta: str = "meta",
    undecided: Literal["keep", "drop"] | None = None,
) -> Expr:
    """Return a nullable Boolean ``verdict``: true is MATCH, false NO_MATCH, null UNDECIDED.

    ``schema`` has the types of a frame's columns: ``frame.collect_schema()``. ``data`` and ``meta``
    name those of the messages. ``undecided`` replaces null by true ("keep") or false ("drop").

    An invalid schema, or a filter that reads a missing column, raises ``TypeError``;
    ``UntranslatableFilter`` names what can't be decided exactly. Arithmetic on integers beyond 2^53
    raises a ``PolarsError`` that contains ``pnfilter:`` when the query runs.
    """
    if undecided not in (None, "keep", "drop"):
        raise ValueError(f"undecided is 'keep' or 'drop', not {undecided!r}")
    require_schema(schema)
    tree = expression_of(filter)
    verdict = of_each_row(translate_condition(bind(tree), Columns(schema, data, meta)))
    if undecided is not None:
        verdict = verdict.fill_null(undecided == "keep")
    return verdict.alias(VERDICT)


def select(
    frame: Frame,
    filter: Filter | str,
    *,
    undecided: Literal["keep", "drop"] = "keep",
    data: str = "data",
    meta: str = "meta",
) -> Frame:
    """Return the messages that match, in a frame of the same type and columns.

    UNDECIDED messages are included unless ``undecided="drop"``. Errors are those of ``expression``;
    of a ``LazyFrame`` only the schema is read.
    """
    if undecided not in ("keep", "drop"):
        raise ValueError(f"undecided is 'keep' or 'drop', not {undecided!r}")
    schema = types_of(frame)
    return frame.filter(expression(filter, schema, data=data, meta=meta, undecided=undecided))


def count(
    frame: pl.DataFrame | pl.LazyFrame,
    filter: Filter | str,
    *,
    data: str = "data",
    meta: str = "meta",
) -> Counts:
    """Count messages that match, that are UNDECIDED, and all; arguments as for ``select``."""
    verdict = expression(filter, types_of(frame), data=data, meta=meta)
    counts = frame.lazy().select(verdict).select(counted(VERDICT)).collect()
    return Counts(*map(int, counts.row(0)))
