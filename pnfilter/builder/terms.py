# A term hides its state: an attribute of a field is a name in the message.
# ruff: noqa: SLF001
"""Filters from Python, safe from injection: the builder ``F`` and ``template``.

::

    from pnfilter import F

    term = (F.meta.priority == "high") & F.data.user["role"].like("mod*")
    term &= ~F.data.tags.contains("spam") & F.meta.region.one_of("us", "eu")
    str(term)  # the filter text

``F.meta`` and ``F.data`` are fields, and so is each attribute or item of a field. Comparing a field
gives a condition; calculating with it gives a value to compare.

======================================  =======================================================
``== != < <= > >=``                     compare, with a string, an int, a float or another value
``+ - * / %``, ``& | ^ ~`` on values    calculate (the last four with bits)
``& | ~`` on conditions                 and, or, not; Python ranks them above ``==``, so each
                                        comparison goes in parentheses
``.like(pattern)``                      the whole string matches; ``*`` is a wildcard
``.contains(value)``                    the array or the string contains the value
``.one_of("us", "eu")``                 the value is one of these
``.is_true()``                          the field is JSON true
``F.meta["like"]``                      the field ``like``: attributes that are methods, and
                                        those that begin with an underscore, need an item
======================================  =======================================================

Terms never change. They can't be hashed or compared with each other, because ``==`` builds a
condition: compare ``str(term)`` or ``term.expression``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from pnfilter.builder import assembly
from pnfilter.builder.assembly import Piece
from pnfilter.builder.literals import escape_pattern
from pnfilter.builder.templates import template
from pnfilter.syntax.nodes import And, Expression, Or, SetLiteral, print_expression
from pnfilter.wording import shorten

if TYPE_CHECKING:
    from pnfilter.filters import Filter
    from pnfilter.syntax.nodes import ArithmeticOperator, ComparisonOperator

__all__ = ["ConditionTerm", "F", "FieldTerm", "Term", "ValueTerm", "escape_pattern", "template"]


class Term:
    """A part of a filter that is built: a value or a condition. Its ``str`` is the filter text."""

    __slots__ = ("_piece",)

    _piece: Piece

    def __init__(self, piece: Piece) -> None:
        object.__setattr__(self, "_piece", piece)

    @property
    def expression(self) -> Expression:
        """The syntax tree: equal to ``parse(str(self))``."""
        return self._piece.node

    def __str__(self) -> str:
        return print_expression(self._piece.node)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a term of a filter is neither true nor false: write & for `and`, | for `or`, ~ for "
            "`not`, with each comparison in parentheses; .contains(...) or .one_of(...) for `in`; "
            "(1 < field) & (field < 5) for `1 < field < 5`"
        )

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a term can't be changed ({name}): == compares")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a term can't be changed ({name})")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._piece,)


class ConditionTerm(Term):
    """A condition: ``&`` is and, ``|`` is or, ``~`` is not."""

    __slots__ = ()

    def compile(self) -> Filter:
        """The compiled filter."""
        from pnfilter.filters import compile as compile_text

        return compile_text(str(self))

    def __and__(self, other: ConditionTerm) -> ConditionTerm:
        return _join(And, self, other, "&")

    def __or__(self, other: ConditionTerm) -> ConditionTerm:
        return _join(Or, self, other, "|")

    def __rand__(self, other: object) -> NoReturn:
        raise _no_condition(other, "&")

    def __ror__(self, other: object) -> NoReturn:
        raise _no_condition(other, "|")

    def __invert__(self) -> ConditionTerm:
        return ConditionTerm(assembly.negation(self._piece))

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError(
            "a condition can't be compared: each comparison goes in parentheses, as Python ranks & "
            "and | above ==; to compare terms, compare their str() or .expression"
        )

    __ne__ = __eq__
    __hash__ = None  # type: ignore[assignment]


def _no_condition(value: object, operator: str) -> TypeError:
    if isinstance(value, ValueTerm):
        help = "compare it, or write .is_true()"
    elif isinstance(value, bool):
        help = (
            "it may come from a method that was compared: a field named as one needs an item, "
            'F.meta["like"]'
        )
    else:
        help = "each comparison goes in parentheses, as Python ranks & and | above =="
    shown = f"`{value}`" if isinstance(value, ValueTerm) else f"a {type(value).__name__}"
    return TypeError(f"{operator} joins conditions, and {shown} is not a condition: {help}")


def _join(kind: type[And | Or], left: ConditionTerm, right: object, operator: str) -> ConditionTerm:
    if not isinstance(right, ConditionTerm):
        raise _no_condition(right, operator)
    return ConditionTerm(assembly.junction(kind, left._piece, right._piece))


class ValueTerm(Term):
    """A value: a field, or arithmetic with fields. Comparing it makes a condition."""

    __slots__ = ()

    def __eq__(self, other: Value) -> ConditionTerm:  # type: ignore[override]
        return _compare("==", self, other)

    def __ne__(self, other: Value) -> ConditionTerm:  # type: ignore[override]
        return _compare("!=", self, other)

    def __lt__(self, other: Value) -> ConditionTerm:
        return _compare("<", self, other)

    def __le__(self, other: Value) -> ConditionTerm:
        return _compare("<=", self, other)

    def __gt__(self, other: Value) -> ConditionTerm:
        return _compare(">", self, other)

    def __ge__(self, other: Value) -> ConditionTerm:
        return _compare(">=", self, other)

    __hash__ = None  # type: ignore[assignment]

    def one_of(self, *values: str | int | float) -> ConditionTerm:
        """The value equals one of these strings and numbers; a single one gives ``==``."""
        piece = assembly.choice(values)
        if piece is None:
            raise ValueError(
                "one_of() without a value matches nothing, and the language can't say that: "
                "leave the filter out, or don't subscribe"
            )
        if not isinstance(piece.node, SetLiteral):
            return ConditionTerm(assembly.comparison("==", self._piece, piece))
        return ConditionTerm(assembly.comparison("CONTAINS", piece, self._piece))

    def __add__(self, other: Value) -> ValueTerm:
        return _calculate("+", self, other)

    def __radd__(self, other: Value) -> ValueTerm:
        return _calculate("+", other, self)

    def __sub__(self, other: Value) -> ValueTerm:
        return _calculate("-", self, other)

    def __rsub__(self, other: Value) -> ValueTerm:
        return _calculate("-", other, self)

    def __mul__(self, other: Value) -> ValueTerm:
        return _calculate("*", self, other)

    def __rmul__(self, other: Value) -> ValueTerm:
        return _calculate("*", other, self)

    def __truediv__(self, other: Value) -> ValueTerm:
        return _calculate("/", self, other)

    def __rtruediv__(self, other: Value) -> ValueTerm:
        return _calculate("/", other, self)

    def __mod__(self, other: Value) -> ValueTerm:
        return _calculate("%", self, other)

    def __rmod__(self, other: Value) -> ValueTerm:
        return _calculate("%", other, self)

    def __and__(self, other: Value) -> ValueTerm:
        return _calculate("&", self, other)

    def __rand__(self, other: Value) -> ValueTerm:
        return _calculate("&", other, self)

    def __or__(self, other: Value) -> ValueTerm:
        return _calculate("|", self, other)

    def __ror__(self, other: Value) -> ValueTerm:
        return _calculate("|", other, self)

    def __xor__(self, other: Value) -> ValueTerm:
        return _calculate("^", self, other)

    def __rxor__(self, other: Value) -> ValueTerm:
        return _calculate("^", other, self)

    def __neg__(self) -> ValueTerm:
        return ValueTerm(assembly.sign("-", self._piece))

    def __invert__(self) -> ValueTerm:
        return ValueTerm(assembly.sign("~", self._piece))


class FieldTerm(ValueTerm):
    """A field of the message: an attribute is a name, an item is a key or an index from 0."""

    __slots__ = ()

    def __getattr__(self, name: str) -> FieldTerm:
        # Python, copy, pickle and notebooks ask for names with an underscore.
        if name.startswith("_"):
            raise AttributeError(
                f"write a name that begins with an underscore as an item: [{name!r}]"
            )
        return FieldTerm(assembly.step(self._piece, name))

    def __getitem__(self, key: str | int) -> FieldTerm:
        return FieldTerm(assembly.step(self._piece, key, item=True))

    def __contains__(self, value: object) -> NoReturn:
        raise TypeError(f"`in` gives Python's true or false: write F.{self}.contains({value!r})")

    # Without it, __getitem__ would make an endless sequence of a field.
    __iter__ = None

    def like(self, pattern: str | FieldTerm) -> ConditionTerm:
        r"""The whole string fits ``pattern``, without case; ``*`` is any run of characters.

        ``\*`` is an asterisk and ``\\`` a backslash: ``escape_pattern`` writes them for a string
        that comes from elsewhere. A field as pattern is compared whole.
        """
        if isinstance(pattern, str):
            piece = assembly.pattern(pattern)
            return ConditionTerm(assembly.comparison("LIKE", self._piece, piece))
        if isinstance(pattern, FieldTerm):
            return _compare("LIKE", self, pattern)
        raise TypeError(f"a pattern must be a str or a field, not {type(pattern).__name__}")

    def contains(self, value: Value) -> ConditionTerm:
        """The array has an element equal to ``value``, or the string has ``value`` in it."""
        return _compare("CONTAINS", self, value)

    def is_true(self) -> ConditionTerm:
        """The field alone as a condition: JSON true fits; JSON false and a missing field don't.

        ``~field.is_true()`` fits JSON false only.
        """
        return ConditionTerm(self._piece)


Value = str | int | float | ValueTerm


def _piece(value: object) -> Piece:
    return value._piece if isinstance(value, ValueTerm) else assembly.scalar(value)


def _compare(operator: ComparisonOperator, left: ValueTerm, right: object) -> ConditionTerm:
    return ConditionTerm(assembly.comparison(operator, left._piece, _piece(right)))


def _calculate(operator: ArithmeticOperator, left: object, right: object) -> ValueTerm:
    for side in (left, right):
        if isinstance(side, str):
            raise TypeError(
                f"{operator} calculates with numbers, not with {shorten(repr(side))}: the "
                "language doesn't join strings; put each comparison in parentheses"
            )
    return ValueTerm(assembly.calculation(operator, _piece(left), _piece(right)))


class Fields:
    """Where a filter begins: ``F.meta`` is the metadata, ``F.data`` the payload."""

    __slots__ = ()

    @property
    def meta(self) -> FieldTerm:
        """The metadata of the message."""
        return FieldTerm(assembly.root("meta"))

    @property
    def data(self) -> FieldTerm:
        """The payload of the message."""
        return FieldTerm(assembly.root("data"))

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"F has no {name!r}: write F.meta.{name} or F.data.{name}")

    def __repr__(self) -> str:
        return "F"

    def __reduce__(self) -> str:
        return "F"


F = Fields()
"""The start of every filter: ``F.meta.region == "eu"``."""
