"""Predicates: the leaves of a filter, by kind, field, operator and constants.

The field is on the left, ``=`` is ``==``, and constants are folded. Two attributes of every
predicate are left out of positional patterns: ``source``, the node that it describes, and
``negated``. Its outcome is that of ``source``, or its Kleene negation if ``negated``. All other
attributes describe ``source`` alone.

Negation and operators stay apart. ``!=`` is not the negation of ``==``: without metadata ``!=`` is
UNDECIDED, and ``!(a == 1)`` matches. ``!a`` of a bare field is not the negation of ``a`` either, so
it has a flag of its own (``under_not``).

Predicates are plain classes with slots: creating a frozen record takes twice the time.
"""

from __future__ import annotations

from pnfilter.syntax.nodes import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Final, Literal

    from pnfilter.semantics import Reason
    from pnfilter.syntax.nodes import ArithmeticOperator, Expression, SignOperator

    EqualityOperator = Literal["==", "!="]
    OrderingOperator = Literal["<", "<=", ">", ">="]
    PatternShape = Literal["exact", "prefix", "suffix", "substring", "any", "general"]


class _Bound:
    """Base of predicates, terms and junctions: ``repr`` shows what patterns match."""

    __slots__ = ()
    __match_args__: tuple[str, ...] = ()

    def __repr__(self) -> str:
        fields = (getattr(self, name) for name in self.__match_args__)
        shown = ", ".join(str(one) if isinstance(one, Path) else repr(one) for one in fields)
        return f"{type(self).__name__}({shown})"


# Terms: the operands of arithmetic


class Folded(_Bound):
    """An operand without a field: a JSON value, a list for a set, or a mark.

    Arithmetic may have folded to ``NoResult`` or to a missing value that is ``computed``.
    """

    __slots__ = __match_args__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value: Final = value


class Signed(_Bound):
    """``-x`` or ``~x`` of a term that reads a field."""

    __slots__ = __match_args__ = ("operator", "operand")

    def __init__(self, operator: SignOperator, operand: Term) -> None:
        self.operator: Final = operator
        self.operand: Final = operand


class Calculation(_Bound):
    """Arithmetic on two terms, at least one of which reads a field."""

    __slots__ = __match_args__ = ("operator", "left", "right")

    def __init__(self, operator: ArithmeticOperator, left: Term, right: Term) -> None:
        self.operator: Final = operator
        self.left: Final = left
        self.right: Final = right


Term = Path | Folded | Signed | Calculation


# Predicates


class Predicate(_Bound):
    """Any predicate."""

    __slots__ = ("negated", "source")

    def __init__(self, source: Expression, negated: bool) -> None:
        self.source = source
        self.negated = negated

    def __repr__(self) -> str:
        return f"{'!' if self.negated else ''}{super().__repr__()}"


class Constant(Predicate):
    """A condition without a field: ``1 == 1``, ``!null``."""

    __slots__ = __match_args__ = ("outcome",)

    def __init__(self, source: Expression, negated: bool, outcome: bool | Reason) -> None:
        self.source = source
        self.negated = negated
        self.outcome: Final = outcome


class Truth(Predicate):
    """A field alone: ``data.on``; with ``under_not`` behind ``!``: ``!data.on``."""

    __slots__ = __match_args__ = ("path", "under_not")

    def __init__(self, source: Expression, negated: bool, path: Path, under_not: bool) -> None:
        self.source = source
        self.negated = negated
        self.path: Final = path
        self.under_not: Final = under_not


class StringEquality(Predicate):
    """``path == "x"`` or ``path != "x"``."""

    __slots__ = __match_args__ = ("path", "string", "operator")

    def __init__(
        self, source: Expression, negated: bool, path: Path, string: str, operator: EqualityOperator
    ) -> None:
        self.source = source
        self.negated = negated
        self.path: Final = path
        self.string: Final = string
        self.operator: Final = operator


class NumberEquality(Predicate):
    """``path == 5`` or ``path != 5``."""

    __slots__ = __match_args__ = ("path", "number", "operator")

    def __init__(
        self,
        source: Expression,
        negated: bool,
        path: Path,
        number: int | float,
        operator: EqualityOperator,
    ) -> None:
        self.source = source
        self.negated = negated
        self.path: Final = path
        self.number: Final = number
        self.operator: Final = operator


class BooleanEquality(Predicate):
    """``path == true`` or ``path != true``. It never holds: what equals a boolean is unverified."""

    __slots__ = __match_args__ = ("path", "value", "operator")

    def __init__(
        self, source: Expression, negated: bool, path: Path, value: bool, operator: EqualityOperator
    ) -> None:
        self.source = source
        self.negated = negated
        self.path: Final = path
        self.value: Final = value
        self.operator: Final = operator


class NullComparison(Predicate):
    """``path == null``, ``path != null``, or an ordering with ``null``.

    Arithmetic on ``null`` is excluded: its result is missing in another way (``Missing.computed``).
    """

    __slots__ = __match_args__ = ("path", "operator")

    def __init__(
        self,
        source: Expression,
        negated: bool,
        path: Path,
        operator: EqualityOperator | OrderingOperator,
    ) -> None:
        self.source = source
        self.negated = negated
        self.path: Final = path
        self.operator: Final = operator


class Membership(Predicate):
    """``("a", 5) CONTAINS path``. Strings and numbers are separate, each once, in written order.

    It differs from a series of equalities: an array or object in the field is UNDECIDED here.
    """

    __slots__ = __match_args__ = ("path", "strings", "numbers")

    def __init__(
        self,
        source: Expression,
        negated: bool,
        path: Path,
        strings: tuple[str, ...],
        numbers: tuple[int | float, ...],
    ) -> None:
        self.source = source
        self.negated = negated
        self.path: Final = path
        self.strings: Final = strings
        self.numbers: Final = numbers


class Ordering(Predicate):
    """``path < 5``; with ``quoted`` ``path < "5"``, which orders numbers but no strings."""

    __slots__ = __match_args__ = ("path", "operator", "number", "quoted")

    def __init__(
        self,
        source: Expression,
        negated: bool,
        path: Path,
        operator: OrderingOperator,
        number: int | float,
        *,
        quoted: bool,
    ) -> None:
        self.source = source
        self.negated = negated
        self.path: Final = path
        self.operator: Final = operator
        self.number: Final = number
        self.quoted: Final = quoted


class Pattern(Predicate):
    """``path LIKE "a*"``. ``parts`` are the folded strings between the asterisks.

    ``shape`` is the test of a string: ``exact`` (equals the part), ``prefix`` (starts with the
    first), ``suffix`` (ends with the last), ``substring`` (has the middle one), ``any`` (no test),
    or ``general`` (has all parts in order).
    """

    __slots__ = __match_args__ = ("path", "parts", "shape")

    def __init__(
        self,
        source: Expression,
        negated: bool,
        path: Path,
        parts: tuple[str, ...],
        shape: PatternShape,
    ) -> None:
        self.source = source
        self.negated = negated
        self.path: Final = path
        self.parts: Final = parts
        self.shape: Final = shape


class Contains(Predicate):
    """``path CONTAINS "x"``, or a number."""

    __slots__ = __match_args__ = ("path", "value")

    def __init__(
        self, source: Expression, negated: bool, path: Path, value: str | int | float
    ) -> None:
        self.source = source
        self.negated = negated
        self.path: Final = path
        self.value: Final = value


class Within(Predicate):
    """``"abc" CONTAINS path``."""

    __slots__ = __match_args__ = ("path", "string")

    def __init__(self, source: Expression, negated: bool, path: Path, string: str) -> None:
        self.source = source
        self.negated = negated
        self.path: Final = path
        self.string: Final = string


class FieldEquality(Predicate):
    """``data.a == data.b`` or ``data.a != data.b``."""

    __slots__ = __match_args__ = ("left", "right", "operator")

    def __init__(
        self, source: Expression, negated: bool, left: Path, right: Path, operator: EqualityOperator
    ) -> None:
        self.source = source
        self.negated = negated
        self.left: Final = left
        self.right: Final = right
        self.operator: Final = operator


class FieldOrdering(Predicate):
    """``data.a < data.b``."""

    __slots__ = __match_args__ = ("left", "right", "operator")

    def __init__(
        self, source: Expression, negated: bool, left: Path, right: Path, operator: OrderingOperator
    ) -> None:
        self.source = source
        self.negated = negated
        self.left: Final = left
        self.right: Final = right
        self.operator: Final = operator


class FieldContains(Predicate):
    """``data.a CONTAINS data.b``."""

    __slots__ = __match_args__ = ("left", "right")

    def __init__(self, source: Expression, negated: bool, left: Path, right: Path) -> None:
        self.source = source
        self.negated = negated
        self.left: Final = left
        self.right: Final = right


class NumberComparison(Predicate):
    """Arithmetic that reads a field on either side. All its constants are numbers."""

    __slots__ = __match_args__ = ("operator", "left", "right")

    def __init__(
        self,
        source: Expression,
        negated: bool,
        operator: EqualityOperator | OrderingOperator,
        left: Term,
        right: Term,
    ) -> None:
        self.source = source
        self.negated = negated
        self.operator: Final = operator
        self.left: Final = left
        self.right: Final = right


class Interpreted(Predicate):
    """Any other condition: only its source is known, for the interpreter."""

    __slots__ = ()


# Junctions


class Junction(_Bound):
    """Two or more conditions, in the order of the text; no junction of the same kind among them.

    Its outcome is that of ``source``, negated if ``negated``. Its conditions include that negation.
    """

    __slots__ = ("conditions", "negated", "source")
    __match_args__ = ("conditions",)

    def __init__(
        self, source: Expression, negated: bool, conditions: tuple[Bound, ...] = ()
    ) -> None:
        self.source: Final = source
        self.negated: Final = negated
        #: ``bind`` sets it when all conditions are bound.
        self.conditions = conditions


class AllOf(Junction):
    """All conditions must hold: ``&&``, or a negated ``||``."""

    __slots__ = ()


class AnyOf(Junction):
    """One condition must hold: ``||``, or a negated ``&&``."""

    __slots__ = ()


Bound = Predicate | Junction


def predicates_of(bound: Bound) -> Iterator[Predicate]:
    """Yield the predicates of a filter, in the order of the text."""
    pending: list[Bound] = [bound]
    while pending:
        one = pending.pop()
        if isinstance(one, Predicate):
            yield one
        else:
            pending += reversed(one.conditions)


def reads_key(path: Path) -> bool:
    """Return whether a path reads ``data``, or a name directly below ``meta``.

    Metadata that is not an object is unreadable, whatever it holds. A path that reads ``meta`` as a
    whole, or an index of it, finds a value in an array too, so it needs a test for that.
    """
    return path.root == "data" or bool(path.keys and isinstance(path.keys[0], str))
