"""Polars expressions: three-valued logic, types, strings.

A condition known at translation is ``True``, ``False`` or ``None``, and costs nothing per row. A
condition of a ``case`` that is NULL for a row counts as false.
"""

from __future__ import annotations

import operator as operators
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, reduce
from typing import Any, Final, Literal, TypeAlias

from pnfilter.engines import MAX_SHOWN
from pnfilter.semantics import fold

try:
    import polars as pl
except ImportError:
    raise ImportError(
        "pnfilter.engines.polars needs Polars: pip install 'pnfilter[polars]'"
    ) from None

Expr: TypeAlias = pl.Expr
DataType: TypeAlias = pl.DataType
Condition: TypeAlias = "pl.Expr | bool | None"
JsonType: TypeAlias = Literal["text", "number", "boolean", "array", "object"]

DOUBLE: Final = pl.Float64()
WORD: Final = pl.Int64()
LONG: Final = pl.Int128()
_LARGEST: Final = sys.float_info.max
#: No code point beyond has a lower case of its own.
_CASED: Final = 0x20000

# Logic


def boolean(condition: Condition) -> Expr:
    return condition if isinstance(condition, pl.Expr) else pl.lit(condition, dtype=pl.Boolean)


def finite(value: Expr) -> Expr:
    """Return whether a double is finite; twice as fast as ``is_finite``. NaN sorts last."""
    return value.is_between(-_LARGEST, _LARGEST)


def every(*conditions: Condition) -> Condition:
    """Return Kleene's AND, as Polars implements it."""
    if any(condition is False for condition in conditions):
        return False
    return _join(operators.and_, True, conditions)


def some(*conditions: Condition) -> Condition:
    """Return Kleene's OR, as Polars implements it."""
    if any(condition is True for condition in conditions):
        return True
    return _join(operators.or_, False, conditions)


def _join(
    operator: Callable[[Expr, Expr], Expr], neutral: bool, conditions: tuple[Condition, ...]
) -> Condition:
    known = None if any(condition is None for condition in conditions) else neutral
    columns = [condition for condition in conditions if isinstance(condition, pl.Expr)]
    if known is None and columns:
        columns.append(boolean(None))
    return reduce(operator, columns) if columns else known


def negated(condition: Condition) -> Condition:
    if isinstance(condition, pl.Expr):
        return ~condition
    return None if condition is None else not condition


def case(*rows: tuple[Condition, Condition], default: Condition) -> Condition:
    """Return the outcome beside the first condition that is true."""
    found = default
    for condition, outcome in reversed(rows):
        if condition is True:
            found = outcome
        elif isinstance(condition, pl.Expr):
            found = _either(condition, outcome, found)
    return found


def _either(condition: Expr, outcome: Condition, other: Condition) -> Condition:
    if isinstance(outcome, pl.Expr) or isinstance(other, pl.Expr):
        return pl.when(condition).then(boolean(outcome)).otherwise(boolean(other))
    if outcome is other:
        return outcome
    # Polars 2.1 may reorder rows if a query selects only a choice between two constants from a
    # file. Kleene's logic, with NULL read as false, is equivalent.
    met = condition.fill_null(False)
    if outcome is False:
        return every(~met, other)
    if other is False:
        return every(met, outcome)
    return some(met, other) if outcome is True else some(~met, outcome)


def failing(failures: Iterable[tuple[Condition, str]], outcome: Condition) -> Condition:
    """Return the outcome; end the query with an error text where its condition is true."""
    for condition, words in failures:
        # Polars has no function that fails, but casting a non-numeric string to a number does.
        failure = pl.when(boolean(condition)).then(pl.lit(f"pnfilter: {words}")).cast(pl.Int8)
        outcome = pl.when(failure.is_null()).then(boolean(outcome))
    return outcome


def of_each_row(condition: Condition) -> Expr:
    """Return an expression with one value per row of the frame, even if it is constant."""
    made = boolean(condition)
    return made if made.meta.root_names() else pl.repeat(made, pl.len(), dtype=pl.Boolean)


def types_of(frame: Any) -> Mapping[str, DataType]:
    """Return the types of a frame's columns; raise ``TypeError`` for anything else."""
    if not isinstance(frame, (pl.DataFrame, pl.LazyFrame)):
        raise TypeError(f"a frame is a DataFrame or LazyFrame of Polars, not {_kind(frame)}")
    return frame.collect_schema()


def require_schema(schema: Any) -> None:
    """Raise ``TypeError`` for anything but a schema."""
    if not isinstance(schema, Mapping):
        raise TypeError(f"a schema is what frame.collect_schema() gives, not {_kind(schema)}")
    for name, dtype in schema.items():
        is_class = isinstance(dtype, type) and issubclass(dtype, pl.DataType)
        if not is_class and not isinstance(dtype, pl.DataType):
            raise TypeError(f"a schema has types of Polars: that of {name!r} is {dtype!r}")


def _kind(value: object) -> str:
    return type(value).__name__


def counted(name: str) -> list[Expr]:
    """Count how often a nullable boolean is true, how often null, and all."""
    return [
        pl.col(name).sum().alias("matched"),
        pl.col(name).null_count().alias("undecided"),
        pl.len().alias("total"),
    ]


# Types and places


def column(name: str) -> Expr:
    return pl.col(name)


def literal(value: Any, dtype: DataType | None = None) -> Expr:
    return pl.lit(value, dtype=dtype)


def kind_of(dtype: DataType) -> JsonType | None:
    """Return the JSON type, None for Null; raise ``TypeError`` for any other type."""
    if dtype == pl.Null:
        return None
    if dtype == pl.String:
        return "text"
    if dtype == pl.Boolean:
        return "boolean"
    if dtype.is_float() or (dtype.is_integer() and is_short(dtype)):
        return "number"
    if isinstance(dtype, (pl.List, pl.Array)):
        return "array"
    if isinstance(dtype, pl.Struct):
        return "object"
    name = str(dtype)
    # The name of an Enum lists all its categories.
    raise TypeError(f"of the type {name if len(name) <= MAX_SHOWN else dtype.base_type()}")


def is_short(dtype: DataType) -> bool:
    """Return whether an integer has at most 64 bits."""
    return not str(dtype).endswith("128")


def bounds(dtype: DataType) -> tuple[int, int]:
    """Return the smallest and the largest integer of a type."""
    name = str(dtype)
    bits = int(name.lstrip("UInt"))
    return (0, 2**bits - 1) if name[0] == "U" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def elements_of(dtype: DataType) -> DataType:
    """Return the type of a list's elements."""
    assert isinstance(dtype, pl.List)
    return _instance(dtype.inner)


def keys_of(dtype: DataType) -> dict[str, DataType]:
    assert isinstance(dtype, pl.Struct)
    return {field.name: _instance(field.dtype) for field in dtype.fields}


def _instance(dtype: Any) -> DataType:
    made: DataType = dtype() if isinstance(dtype, type) else dtype
    return made


def listed(dtype: DataType) -> DataType:
    """Return the type with lists in place of fixed-length arrays."""
    if isinstance(dtype, (pl.List, pl.Array)):
        return pl.List(listed(_instance(dtype.inner)))
    return dtype


def is_pattern(name: str) -> bool:
    """Return whether Polars reads a column's or field's name as a pattern of several names."""
    return name == "*" or (name.startswith("^") and name.endswith("$"))


def element() -> Expr:
    """Return the placeholder of each element in ``any_element``."""
    return pl.element()


def any_element(value: Expr, condition: Condition) -> Condition:
    """Return whether some element of a list fulfils a condition on ``element()``."""
    if condition is None or condition is False:
        return False
    return value.list.eval(boolean(condition)).list.any()


def list_of(value: Expr, dtype: DataType) -> Expr:
    return value.cast(pl.List(dtype))


def flattened(value: Expr, dtype: Any, *, direct: bool) -> tuple[Expr, DataType]:
    """Return the elements of a list, or its leaves, and their type.

    An empty list adds nulls to them.
    """
    inner = elements_of(dtype)
    while isinstance(inner, pl.List) and not direct:
        value = value.list.eval(pl.element().explode())
        inner = elements_of(inner)
    return value, inner


def member(value: Expr, constants: list[Any], dtype: DataType | None) -> Condition:
    """Return whether a value is one of some constants of this type; None means strings."""
    dtype = pl.String() if dtype is None else dtype
    if len(constants) < 2:
        return value == pl.lit(constants[0], dtype=dtype) if constants else False
    return value.is_in(pl.Series(constants, dtype=dtype).implode())


# Strings


@cache
def _folds() -> tuple[list[str], list[str]]:
    letters = [letter for letter in map(chr, range(_CASED)) if letter.lower() != letter]
    return letters, [fold(letter) for letter in letters]


def folded(value: Any) -> Any:
    """Fold a string as LIKE does: character by character, by Python's tables."""
    return fold(value) if isinstance(value, str) else value.str.replace_many(*_folds())


def fits(value: Expr, parts: Sequence[str]) -> Condition:
    """Return whether a string fits a pattern's folded parts."""
    if len(parts) > 1 and not any(parts):
        return True
    # Beyond ASCII, Rust's lower case looks at what precedes a sigma, and may know characters that
    # Python doesn't. A string without such characters only matches these parts by a wildcard.
    text = value.str.to_lowercase() if "".join(parts).isascii() else folded(value)
    if len(parts) == 1:
        equal: Condition = text == parts[0]
        return equal
    first, *middle, last = parts
    if len(middle) > 1 or (middle and (first or last)):
        pattern = "(?s)^" + ".*".join(map(pl.escape_regex, parts)) + "$"
        return text.str.contains(pattern)
    if middle:
        return text.str.contains(middle[0], literal=True)
    size = len((first + last).encode())
    return every(
        text.str.starts_with(first) if first else True,
        text.str.ends_with(last) if last else True,
        text.str.len_bytes() >= size if first and last else True,
    )


def text_of(value: Expr, dtype: DataType) -> Expr:
    """Return the text of a scalar as the language writes it."""
    if dtype != DOUBLE:
        return value.cast(pl.String)
    text = value.cast(pl.String).str.strip_suffix(".0").str.replace("e+", "e", literal=True)
    small = text.str.extract(r"e-([0-9]+)$").cast(pl.Int64)
    digits = text.str.replace(r"e.*$", "").str.replace_all(r"[-.]", "")
    zeros = digits.str.zfill(digits.str.len_bytes() + small - 1)
    sign = pl.when(text.str.starts_with("-")).then(pl.lit("-0.")).otherwise(pl.lit("0."))
    return pl.when(small.is_null()).then(text).otherwise(sign + zeros)
