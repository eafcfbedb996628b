"""Operands: constants of the filter, and places in the columns of a frame, whose types are known."""

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
    Kind,
    case,
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

    ``value`` is of Python in a constant, which has no ``dtype``, and else an expression. ``kind`` is None
    for what is missing, or hidden, wherever it is not.
    """

    kind: Kind | None
    value: Any = None
    dtype: DataType | None = None
    #: Where it is unreadable, or arithmetic without a result.
    hidden: Condition = False
    #: Where it is hidden for another reason than its own value.
    cut_off: Condition = False
    missing: Condition = False
    #: What ``!=`` says where it is missing.
    unequal: Condition = True
    is_computed: bool = False
    #: The path that leads to it, for what is said of its type.
    name: str = ""
    #: Where the query has to end, and the words of the error.
    failures: tuple[tuple[Condition, str], ...] = ()

    @property
    def is_constant(self) -> bool:
        return self.dtype is None


def constant(value: Any) -> Operand:
    """A value of the filter; ``value`` is JSON or ``Missing``."""
    match value:
        case Missing():
            return Operand(None, missing=True, unequal=None if value.computed else True)
        case bool():
            return Operand("boolean", value)
        case int() | float():
            return Operand("number", value)
        case str():
            return Operand("text", value)
        case _:
            return Operand("array", value)


def present(value: Expr, dtype: DataType) -> Operand:
    """An expression whose type is one of JSON's; ``TypeError`` for another one."""
    kind = kind_of(dtype)
    hidden: Condition = False
    if kind is None:
        return Operand(None, value, dtype, missing=True)
    if kind == "number" and dtype.is_float():
        # A double of 32 bits is the number that it is, not the one that it was written as.
        value = value if dtype == DOUBLE else value.cast(DOUBLE)
        dtype, hidden = DOUBLE, ~finite(value)
    elif kind == "array" and listed(dtype) != dtype:
        # It never fails; looking whether it did, Polars may take an array that is null for one that it lost.
        value, dtype = value.cast(listed(dtype), strict=False), listed(dtype)
    return Operand(kind, value, dtype, hidden, missing=value.is_null())


def element_of(dtype: DataType, name: str) -> Operand:
    """An element of the list that is called ``name``, within ``any_element``."""
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
        """What a path leads to; ``TypeError`` where there is no such column."""
        name = self.names[path.root]
        if name not in self.types:
            raise TypeError(f"there is no column {name!r}: there are {', '.join(self.types)}")
        if is_pattern(name):
            raise TypeError(f"a column can't be called {name!r}")
        root, dtype = column(name), self.types[name]
        if path.root == "data":
            found = self._followed(path, root, dtype)
            # NULL is a payload that can't be read.
            absent = root.is_null()
            found = replace(found, hidden=some(absent, found.hidden), cut_off=absent)
        else:
            found = self._metadata(path, root, dtype)
        return replace(found, name=str(path))

    def _metadata(self, path: Path, root: Expr, dtype: DataType) -> Operand:
        kind = self._kind(path, 0, dtype)
        if kind is None:
            return Operand(None, root, dtype, missing=True, unequal=None)
        if kind != "object":
            return Operand(None, root, dtype, root.is_not_null(), missing=True, unequal=None)
        found = self._followed(path, root, dtype)
        return replace(found, unequal=case((root.is_null(), None), default=True))

    def _followed(self, path: Path, value: Expr, dtype: DataType) -> Operand:
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
                # A number that can't be read may be anything.
                return Operand(None, value, dtype, present(value, dtype).hidden, missing=True)
        self._kind(path, len(path.keys), dtype)
        return present(value, dtype)

    def _kind(self, path: Path, steps: int, dtype: DataType) -> Kind | None:
        """The kind of what the first steps of a path lead to; an error that names it where JSON has none."""
        try:
            return kind_of(dtype)
        except TypeError as error:
            place = path if steps == len(path.keys) else Path(path.root, path.keys[:steps])
            where = f"`{place}`" if steps else f"the column {self.names[path.root]!r}"
            raise UntranslatableFilter(f"{where} is {error}, which JSON does not have") from None


#: No list of Polars is longer than its indexes of 32 bits reach.
_MAX_LENGTH = 1 << 32
