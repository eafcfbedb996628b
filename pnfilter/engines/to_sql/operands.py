"""Operands of a comparison in SQL: constants, places of the message, arithmetic."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from pnfilter.engines import UntranslatableFilter
from pnfilter.engines.to_sql.dialect import Dialect
from pnfilter.engines.to_sql.expressions import (
    FALSE,
    NULL,
    TRUE,
    Sql,
    binary,
    call,
    case,
    constant,
    double,
    every,
    first_present,
    integer,
    is_null,
    negated,
    one_of,
    some,
    text,
)
from pnfilter.semantics import MAX_DIGITS, is_number, read_number, scalar_text
from pnfilter.syntax.nodes import Path

JsonType = Literal["text", "number", "boolean", "array", "object"]
KINDS: Final[tuple[JsonType, ...]] = ("text", "number", "array", "boolean", "object")
CONTAINERS: Final[tuple[JsonType, ...]] = ("array", "object")

#: Integers below it are exact as doubles: 2^53.
EXACT: Final = 2**53
#: Digits of the longest integer that SQL compares exactly.
MAX_INTEGER_DIGITS: Final = 38
#: Marks a place that can't be read: no JSON begins so.
UNREADABLE: Final = "~hidden"
LONG_INTEGER: Final = "an integer of more than 308 digits"
LONG_COMPARED: Final = f"numbers beyond {MAX_INTEGER_DIGITS} digits that are equal as doubles"
LONG_ARITHMETIC: Final = "arithmetic on integers beyond 2^53"
#: A string that reads as a number, in quotes.
_NUMBER: Final = r'"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"'
#: An array of strings without escapes, as JSON.
PLAIN_TEXTS: Final = r'\[("[^"\\]*"(,"[^"\\]*")*)?\]'
_LONG_ESCAPE: Final = re.compile(r"\\u00[01][0-9a-f]")


def encoded(value: str) -> str:
    """Return a string as engines write it in JSON."""
    return _LONG_ESCAPE.sub(
        lambda found: "\\u" + found[0][2:].upper(), json.dumps(value, ensure_ascii=False)
    )


@dataclass(frozen=True)
class Number:
    """A number: its double, whether it is an integer, and its value as a long integer.

    ``value`` is the number itself if it is in the filter.
    """

    double: Sql
    is_whole: Sql
    exact: Sql
    value: int | float | None = None

    @property
    def is_short(self) -> bool:
        """Whether it is known to be below ``EXACT``, so that comparing doubles is exact."""
        return self.value is not None and abs(self.value) < EXACT


def number_of_constant(value: int | float, dialect: Dialect) -> Number:
    """Return the number of a literal."""
    if isinstance(value, int) and abs(value) >= 10**MAX_INTEGER_DIGITS:
        raise UntranslatableFilter(f"an integer of more than {MAX_INTEGER_DIGITS} digits")
    # Only used beyond 2^53, where every double is an integer too.
    is_long = abs(value) < 10**MAX_INTEGER_DIGITS
    exact = dialect.long_literal(int(value)) if is_long else NULL
    return Number(double(value), constant(isinstance(value, int)), exact, value)


class Operand:
    """Interface of all operands; each method returns an SQL expression for one row."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    #: Unreadable, or arithmetic without a result.
    unknown: Sql = FALSE
    missing: Sql = FALSE
    kinds: tuple[JsonType, ...] = KINDS

    def is_kind(self, kind: JsonType) -> Sql:
        return constant(self.kinds == (kind,))

    @property
    def json(self) -> Sql:
        """The JSON text."""
        raise AssertionError

    @property
    def characters(self) -> Sql:
        """The characters of a string."""
        return self.dialect.text_of(self.json)

    @property
    def number(self) -> Number:
        """The number, for a number."""
        raise AssertionError

    @property
    def read(self) -> tuple[Sql, Number | None]:
        """Whether a string reads as a number, and which."""
        raise AssertionError

    def is_boolean(self, value: bool) -> Sql:
        """Whether a boolean is this one."""
        return binary("==", self.json, text("true" if value else "false"))

    @property
    def scalar_text(self) -> Sql:
        """The text of a number or boolean."""
        raise AssertionError


class Constant(Operand):
    """A string, number or boolean of the filter, or a set of them."""

    def __init__(self, dialect: Dialect, value: Any) -> None:
        super().__init__(dialect)
        self.value = value
        if isinstance(value, bool):
            self.kinds = ("boolean",)
        elif isinstance(value, list):
            self.kinds = ("array",)
        else:
            self.kinds = ("number",) if is_number(value) else ("text",)

    @property
    def json(self) -> Sql:
        return text(encoded(self.value))

    @property
    def characters(self) -> Sql:
        return text(self.value)

    @property
    def number(self) -> Number:
        return number_of_constant(self.value, self.dialect)

    @property
    def read(self) -> tuple[Sql, Number | None]:
        number = read_number(self.value)
        return constant(number is not None), None if number is None else number_of_constant(
            number, self.dialect
        )

    def is_boolean(self, value: bool) -> Sql:
        return constant(self.value is value)

    @property
    def scalar_text(self) -> Sql:
        return text(scalar_text(self.value))


class Field(Operand):
    """A place of a message, or an array element there, by its JSON text."""

    def __init__(self, dialect: Dialect, value: Sql, path: Path | None = None) -> None:
        super().__init__(dialect)
        self.variable, self.path = value, path

    @property
    def json(self) -> Sql:
        return self.variable

    def is_kind(self, kind: JsonType) -> Sql:
        match kind:
            case "text":
                return self.dialect.starts_with(self.variable, text('"'))
            case "number":
                # A minus and the digits: no other first character but a quote sorts before ":".
                return every(
                    binary("<", self.variable, text(":")), binary(">=", self.variable, text("-"))
                )
            case "boolean":
                return one_of(self.variable, (text("true"), text("false")))
            case "array":
                return self.dialect.starts_with(self.variable, text("["))
            case "object":
                return self.dialect.starts_with(self.variable, text("{"))

    @property
    def is_void(self) -> Sql:
        """Whether nothing is there, or JSON null."""
        return some(is_null(self.variable), binary("==", self.variable, text("null")))

    @property
    def unreadable(self) -> Sql:
        """Whether nothing is there because the column, or a value on the path, is unreadable."""
        return FALSE if self.path is None else binary("==", self.variable, text(UNREADABLE))

    @property
    def overflows(self) -> Sql:
        """Whether a number is there that no double holds: it is unreadable, or ends the query."""
        if self.dialect.numbers_are_finite:
            return FALSE
        too_large = every(
            self.is_kind("number"), negated(self.dialect.is_finite(self.number.double))
        )
        return case((too_large, self.overflow), default=FALSE)

    @property
    def overflow(self) -> Sql:
        """The result if ``overflows``: TRUE, or an error for a long integer."""
        long = self.dialect.fail(LONG_INTEGER)
        return case((self.dialect.is_whole(self.variable), long), default=TRUE)

    @property
    def unknown(self) -> Sql:  # type: ignore[override]  # pyright: ignore[reportIncompatibleVariableOverride]
        return some(self.unreadable, self.overflows)

    @property
    def missing(self) -> Sql:  # type: ignore[override]  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.is_void

    @property
    def number(self) -> Number:
        return self._number(self.variable)

    def _number(self, digits: Sql) -> Number:
        as_double = self.dialect.number(digits)
        whole = self.dialect.is_whole(digits)
        exact = case(
            (whole, self.dialect.whole_number(digits)),
            default=self.dialect.whole_number(as_double),
        )
        return Number(as_double, whole, exact)

    @property
    def read(self) -> tuple[Sql, Number | None]:
        digits = self.dialect.unquoted(self.variable)
        number = self._number(digits)
        length = call("LENGTH", call("REPLACE", digits, text("-"), text("")))
        too_long = binary(">", length, integer(MAX_DIGITS))
        reads = case(
            (
                self.dialect.matches(self.variable, _NUMBER),
                case(
                    (self.dialect.is_finite(number.double), TRUE),
                    (every(number.is_whole, negated(too_long)), self.dialect.fail(LONG_INTEGER)),
                    default=FALSE,
                ),
            ),
            default=FALSE,
        )
        return reads, number

    @property
    def scalar_text(self) -> Sql:
        return case(
            (self.is_kind("boolean"), self.variable),
            default=self.dialect.number_text(self.variable),
        )


class Computed(Operand):
    """The result of arithmetic."""

    kinds = ("number",)

    def __init__(self, dialect: Dialect, number: Number, unknown: Sql, missing: Sql) -> None:
        super().__init__(dialect)
        self._number, self.unknown, self.missing = number, unknown, missing

    @property
    def number(self) -> Number:
        return self._number

    @property
    def scalar_text(self) -> Sql:
        raise UntranslatableFilter("the text of a result of arithmetic (beside LIKE or CONTAINS)")


class Absent(Operand):
    """The literal ``null``, or arithmetic that is missing for every message."""

    kinds = ()
    missing = TRUE


def place(path: Path, dialect: Dialect) -> Sql:
    """Return the JSON text of a place of the message; if empty, the reason or NULL.

    The reason is only computed for an empty place, so that code that reads the text needs no
    column.
    """
    column = dialect.columns[path.root]
    found = dialect.place(path.root, path.keys)
    blocked = _is_blocked(path, dialect)
    unreadable = case((blocked, text(UNREADABLE)), default=NULL)
    begins_with_name = bool(path.keys) and isinstance(path.keys[0], str)
    if path.root == "data":
        absent = case((some(is_null(column), blocked), text(UNREADABLE)), default=NULL)
    else:
        none = case((is_null(column), TRUE), default=dialect.is_json_null("meta"))
        absent = case(
            (none, NULL),
            (negated(dialect.is_object("meta")), text(UNREADABLE)),
            default=unreadable,
        )
        if not begins_with_name:
            # Metadata of another type may have such a place; it is unreadable all the same.
            found = case((dialect.is_object("meta"), found), default=NULL)
    explained = first_present(found, absent)
    if not begins_with_name or len(path.keys) > 1:
        return explained
    # An object, the usual case, needs no reason and no second reading.
    return case((dialect.is_plainly_object(path.root), found), default=explained)


def _is_blocked(path: Path, dialect: Dialect) -> Sql:
    """Return whether the path goes through a number that no double holds: it is unreadable."""
    if dialect.numbers_are_finite:
        return dialect.may_be_doubles(path.root, path.keys)
    places = [
        Field(dialect, dialect.place(path.root, path.keys[:length])).overflows
        for length in range(1, len(path.keys))
    ]
    blocked = case((dialect.may_be_doubles(path.root, path.keys), some(*places)), default=FALSE)
    if path.root == "meta" or not path.keys:
        return blocked
    whole = Field(dialect, dialect.place("data", ())).overflows
    return some(case((dialect.is_number("data"), whole), default=FALSE), blocked)
