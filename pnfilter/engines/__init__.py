"""Engines that evaluate filters where the data is: SQL, DuckDB, Apache Spark, Polars.

Each returns the verdicts of the interpreter, or raises an error naming what it can't decide
exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from pnfilter.filters import Filter, compile
from pnfilter.syntax.nodes import Arithmetic, Comparison, Expression, Unary, walk
from pnfilter.wording import shorten

__all__ = ["MAX_COMPARISONS", "MAX_OPERATORS", "Counts", "UntranslatableFilter", "expression_of"]

#: Comparisons of one filter, and arithmetic operators of one comparison: the size of a translation
#: grows with both.
MAX_COMPARISONS: Final = 250
MAX_OPERATORS: Final = 16
#: Characters shown of the part of a filter that can't be decided.
MAX_SHOWN: Final = 80


class UntranslatableFilter(ValueError):
    """Raised if the engine can't decide a filter exactly.

    The text names the construct, a note the comparison.
    """


class Counts(NamedTuple):
    """How many messages match, how many are UNDECIDED, and how many there are."""

    matched: int
    undecided: int
    total: int


@contextmanager
def naming(part: Expression) -> Iterator[None]:
    """Add this part of the filter to any ``UntranslatableFilter`` raised inside."""
    try:
        yield
    except UntranslatableFilter as error:
        error.add_note(f"in `{shorten(str(part), MAX_SHOWN)}`")
        raise


def expression_of(filter: Filter | str) -> Expression:
    """Return the tree of a filter to translate.

    Raise ``UntranslatableFilter`` if it is too long, or for the assumptions of a ``Filter``: the
    engine has no verdict where they would settle one, so that its answers would be others.
    """
    compiled = filter if isinstance(filter, Filter) else compile(filter)
    if compiled.assumptions is not None:
        raise UntranslatableFilter(
            f"the assumptions {compiled.assumptions}: this engine returns NULL where they settle "
            "a verdict; leave them out, or use pnfilter.scan"
        )
    require_size(compiled.expression)
    return compiled.expression


def require_size(expression: Expression) -> None:
    """Raise ``UntranslatableFilter`` for a filter whose translation would be too long."""
    nodes = walk(expression)
    comparisons: list[Expression] = [node for node in nodes if isinstance(node, Comparison)]
    if len(comparisons) > MAX_COMPARISONS:
        raise UntranslatableFilter(f"more than {MAX_COMPARISONS} comparisons")
    for top in comparisons or [expression]:
        if sum(isinstance(node, (Arithmetic, Unary)) for node in walk(top)) > MAX_OPERATORS:
            with naming(top):
                raise UntranslatableFilter(f"more than {MAX_OPERATORS} operators of arithmetic")
