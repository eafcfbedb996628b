"""What the code of one leaf is made with: fields, constants, variables, and the call for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pnfilter.evaluation.interpreter import value
from pnfilter.syntax.nodes import Arithmetic, Comparison, Expression, Number, Path, Text, children
from pnfilter.values import UNREADABLE, text_value

if TYPE_CHECKING:
    from pnfilter.evaluation.codegen.fields import Fields, Place

#: Parameters of a generated function for constants; the more there are, the longer takes each call.
#: Of a filter that may have more, all are in one tuple.
MAX_PARAMETERS: Final = 24


class Constants:
    """The texts, numbers, patterns and sets of a filter, in the order of their names."""

    def __init__(self, *, bundled: bool) -> None:
        self.bundled = bundled
        self.values: list[Any] = []

    def name(self, value: Any) -> str:
        """The name by which generated code has a constant."""
        number = len(self.values)
        self.values.append(value)
        return f"c[{number}]" if self.bundled else f"c{number}"


class Leaf:
    """One leaf being written: ``odd`` is the call that asks the interpreter about it."""

    def __init__(self, fields: Fields, constants: Constants, odd: str) -> None:
        self._fields = fields
        self._constants = constants
        self.odd = odd
        self._read: list[Place] = []
        #: What stays known behind the leaf: the first field is always read.
        self._sure: list[Place] | None = None

    def read(self, path: Path) -> tuple[str, str]:
        """The source that reads a path into a variable, for use in brackets, and the variable."""
        found: list[Place] = []
        source = self._fields.read(path, found)
        if self._sure is None:
            self._sure = found
        self._read += found
        return source

    def constant(self, value: Any) -> str:
        """The name of a constant."""
        return self._constants.name(value)

    def variable(self) -> str:
        """The name of a new variable."""
        return self._fields.variable()

    def close(self, source: str) -> list[Place]:
        """Forget what is known inside of the leaf; what stays known behind it."""
        self._fields.known.difference_update(self._read)
        # What was begun and given up reads nothing.
        return [] if source == self.odd or self._sure is None else self._sure


def is_constant(node: Expression) -> bool:
    """Whether no field of the message is in it."""
    # Types, not patterns: this is asked at every operator.
    kind = type(node)
    if kind is Path:
        return False
    if kind is Text or kind is Number:
        return True
    if isinstance(node, Comparison | Arithmetic):
        return is_constant(node.left) and is_constant(node.right)
    return all(map(is_constant, children(node)))


def constant_value(node: Expression) -> Any:
    """The value of a constant operand, or one of the marks of ``pnfilter.values``."""
    match node:
        case Text(raw):
            return text_value(raw)
        case Number(value=number):
            return number
        case _:
            return value(node, UNREADABLE, None)
