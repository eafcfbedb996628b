"""Operands: constants of the filter, and typed places in the columns of a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pnfilter.engines import UntranslatableFilter
from pnfilter.engines.to_polars.expressions import (
    DOUBLE,
    Condition,
    DataType,
    Expr,
    JsonType,
    column,
    element,
    elements_of,
    finite,
    is_pattern,
    keys_of,
    kind_of,
    listed,
    some,
)
from pnfilter.semantics import Missing
from pnfilter.syntax.nodes import Path


@dataclass(frozen=True)
class Operand:
    """One side of a comparison.

    ``value`` is a Python value for a constant, which has no ``dtype``; otherwise an expression.
    ``kind`` is None if the operand is missing wherever it is not unreadable.
    """

    kind: JsonType | None
    value: Any = None
    dtype: DataType | None = None
    #: Where it is unreadable, or arithmetic without a result.
    unreadable: Condition = False
    #: Where it is unreadable for another reason than its own value.
    cut_off: Condition = False
    missing: Condition = False
    is_computed: bool = False
    #: Its path, for errors about its type.
    name: str = ""
    #: Where the query must end, and the texts of the errors.
    failures: tuple[tuple[Condition, str], ...] = ()

    @property
    def is_constant(self) -> bool:
        return self.dtype is None


def constant(value: Any) -> Operand:
    """Return a value of the filter as an operand; ``value`` is JSON or ``Missing``."""
    match value:
        case Missing():
            return Operand(None, missing=True)
        case bool():
            return Operand("boolean", value)
        case int() | float():
            return Operand("number", value)
        case str():
            return Operand("text", value)
        case _:
            return Operand("array", value)


def present(value: Expr, dtype: DataType) -> Operand:
    """Return an expression of a JSON type as an operand; raise ``TypeError`` for other types."""
    kind = kind_of(dtype)
    unreadable: Condition = False
    if kind is None:
        return Operand(None, value, dtype, missing=True)
    if kind == "number" and dtype.is_float():
        # A 32-bit double is compared by its exact value, not by the decimal it was written as.
        value = value if dtype == DOUBLE else value.cast(DOUBLE)
        dtype, unreadable = DOUBLE, ~finite(value)
    elif kind == "array" and listed(dtype) != dtype:
        # This cast never fails. In strict mode, Polars may mistake a null array for a failure.
        value, dtype = value.cast(listed(dtype), strict=False), listed(dtype)
    return Operand(kind, value, dtype, unreadable, missing=value.is_null())


def element_of(dtype: DataType, name: str) -> Operand:
    """Return an element of the list called ``name``, within ``any_element``."""
    try:
        return present(element(), dtype)
    except TypeError as error:
        raise UntranslatableFilter(
            f"`{name}` is an array with elements {error}, which JSON does not have"
        ) from None


class Columns:
    """The columns of a frame that hold the messages."""

    def __init__(self, types: Mapping[str, DataType], data: str, meta: str) -> None:
        self.types, self.names = types, {"data": data, "meta": meta}

    def place(self, path: Path) -> Operand:
        """Return the operand at a path; raise ``TypeError`` for a missing column."""
        name = self.names[path.root]
        if name not in self.types:
            raise TypeError(f"there is no column {name!r}: there are {', '.join(self.types)}")
        if is_pattern(name):
            raise TypeError(f"a column can't be called {name!r}")
        root, dtype = column(name), self.types[name]
        if path.root == "data":
            found = self._follow(path, root, dtype)
            # NULL is an unreadable payload.
            absent = root.is_null()
            found = replace(found, unreadable=some(absent, found.unreadable), cut_off=absent)
        else:
            found = self._metadata(path, root, dtype)
        return replace(found, name=str(path))

    def _metadata(self, path: Path, root: Expr, dtype: DataType) -> Operand:
        kind = self._kind(path, 0, dtype)
        if kind is None:
            return Operand(None, root, dtype, missing=True)
        if kind != "object":
            return Operand(None, root, dtype, root.is_not_null(), missing=True)
        return self._follow(path, root, dtype)

    def _follow(self, path: Path, value: Expr, dtype: DataType) -> Operand:
        for at, key in enumerate(path.keys):
            kind = self._kind(path, at, dtype)
            if kind == "object" and isinstance(key, str) and key in keys_of(dtype):
                if is_pattern(key):
                    raise UntranslatableFilter(f"the key {key!r}, a pattern of names for Polars")
                value, dtype = value.struct.field(key), keys_of(dtype)[key]
            elif kind == "array" and isinstance(key, int) and key < _MAX_LENGTH:
                found = present(value, dtype)
                assert found.dtype is not None
                value, dtype = found.value.list.get(key, null_on_oob=True), elements_of(found.dtype)
            else:
                # An unreadable number may have any value.
                return Operand(None, value, dtype, present(value, dtype).unreadable, missing=True)
        self._kind(path, len(path.keys), dtype)
        return present(value, dtype)

    def _kind(self, path: Path, steps: int, dtype: DataType) -> JsonType | None:
        """Return the type at the start of a path; raise an error with its name if it isn't JSON."""
        try:
            return kind_of(dtype)
        except TypeError as error:
            place = path if steps == len(path.keys) else Path(path.root, path.keys[:steps])
            where = f"`{place}`" if steps else f"the column {self.names[path.root]!r}"
            raise UntranslatableFilter(f"{where} is {error}, which JSON does not have") from None


#: Polars' 32-bit indexes limit the length of lists.
_MAX_LENGTH = 1 << 32
