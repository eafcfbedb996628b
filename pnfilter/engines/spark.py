"""Filters on Apache Spark: a native column, in batches and streams, without Python per row.

::

    from pnfilter.engines.spark import column

    messages = spark.read.parquet("messages")  # data and meta are VARIANT
    messages.where(column("data.mag >= 5", undecided="keep"))
    messages.withColumn("verdict", column("data.mag >= 5"))  # NULL where it is UNDECIDED

It needs Java 17 or later and the extra: ``pip install 'pnfilter[spark]'``
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from pnfilter.engines.sql import UntranslatableFilter, translate

if TYPE_CHECKING:
    from pnfilter.filters import Filter

__all__ = ["UntranslatableFilter", "column"]


def column(
    filter: Filter | str,
    *,
    data: str = "data",
    meta: str = "meta",
    columns: Literal["variant", "text"] = "variant",
    undecided: Literal["keep", "drop"] | None = None,
) -> Any:
    """Return a BOOLEAN ``pyspark.sql.Column``: the verdict on the message in each row.

    ``data`` and ``meta`` name the columns of the messages: VARIANT values, or JSON strings if
    ``columns`` is "text". The verdict is NULL if the filter is UNDECIDED, unless ``undecided`` is
    "keep" (TRUE) or "drop" (FALSE).

    ``UntranslatableFilter`` names what can't be decided exactly. What only messages show raises a
    Spark error that begins with ``pnfilter:`` when the query runs.
    """
    text = translate(filter, "spark", data=data, meta=meta, columns=columns, undecided=undecided)
    try:
        functions = import_module("pyspark.sql.functions")
    except ImportError:
        raise ImportError(
            "pnfilter.engines.spark needs Spark: pip install 'pnfilter[spark]'"
        ) from None
    return functions.expr(text)
