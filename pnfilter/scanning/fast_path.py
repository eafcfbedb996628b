"""The fast path: a function, generated for one filter, over decoded fields.

Conditions are those of compiled filters (``pnfilter.compiler``), whose leaves decide on the types
that messages usually hold. Here fields are read from what msgspec has decoded, and a leaf that
can't decide doesn't call the interpreter. The outcome for each message is ``True``, ``False`` or
``None``. None means that the message must be evaluated in full: another type, arithmetic that may
leave the range, a reason for UNDECIDED. By Kleene's tables a None beside a decisive operand is
harmless, so every other outcome is the interpreter's.

No text of the filter reaches the source: constants are passed by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import log2
from typing import Any, Final

from pnfilter.binding.grouping import Equalities, grouped
from pnfilter.binding.predicates import (
    AllOf,
    Bound,
    Junction,
    Membership,
    NumberComparison,
    NumberEquality,
    Ordering,
    Pattern,
    Predicate,
    StringEquality,
    Within,
    predicates_of,
)
from pnfilter.compiler.fields import FieldSource, Use
from pnfilter.compiler.leaves import write
from pnfilter.compiler.namespace import NAMESPACE
from pnfilter.scanning.fields import MAX_OPERAND, NO_DATA, DecodeType, Fields, follow
from pnfilter.syntax.nodes import ORDERINGS, Path, paths_in

FastPath = Callable[[Iterable[Any]], list[Any]]

#: Nested conditions: with more, Python would refuse the source for its indentation.
MAX_NESTING: Final = 16


def compile_fast_path(bound: Bound, fields: Fields) -> FastPath:
    """Return the function for a filter over what ``fields`` decodes.

    It passes on None in place of a line.
    """
    return _Writer(fields).function(bound)


def kinds_of(bound: Bound) -> dict[Path, DecodeType]:
    """Return the type that lets the conditions of each path skip a type test."""
    kinds: dict[Path, DecodeType] = {}
    for predicate in predicates_of(bound):
        kind = _kind_of(predicate)
        for path in paths_in(predicate.source):
            before = kinds.setdefault(path, kind)
            if before != kind:
                kinds[path] = "operand" if {before, kind} == {"number", "operand"} else "any"
    return kinds


def _kind_of(predicate: Predicate) -> DecodeType:
    """Return the required type of a predicate's fields."""
    match predicate:
        case StringEquality() | Pattern() | Within() | Membership(_, _, ()):
            return "text"
        case NumberEquality() | Ordering(quoted=False) | Membership(_, (), _):
            return "number"
        case NumberComparison():
            return "operand"
        case _:
            return "any"


class _Leaf(FieldSource):
    """A leaf whose fields are already read, with the types that msgspec has ensured."""

    __slots__ = ("_writer",)

    bits = log2(MAX_OPERAND)

    def __init__(self, writer: _Writer) -> None:
        super().__init__("None")
        self._writer = writer

    def follows(self, path: Path) -> bool:
        del path
        return True

    def read(self, path: Path) -> tuple[str, str]:
        name = self._writer.field(path)
        return name, name

    def constant(self, value: Any) -> str:
        return self._writer.constant(value)

    def variable(self) -> str:
        return self._writer.variable()

    def text(self, path: Path) -> tuple[str, str]:
        name = self._writer.field(path)
        known = self._writer.kind(path) == "text"
        return f"{name} is not None" if known else f"type({name}) is str", name

    def number(self, path: Path, use: Use = "compared") -> tuple[str, str]:
        name, kind = self._writer.field(path), self._writer.kind(path)
        if kind == "operand" or (kind == "number" and use == "compared"):
            return f"{name} is not None", name
        guard = f"type({name}) in NUMBERS"
        return guard if use == "compared" else f"{guard} and abs({name}) < {MAX_OPERAND}", name

    def alike(self, left: Path, right: Path) -> tuple[str, str, str]:
        (text, name), (other_text, twin) = self.text(left), self.text(right)
        number, other_number = self.number(left)[0], self.number(right)[0]
        return f"{text} and {other_text} or {number} and {other_number}", name, twin

    def uncalculated(self, operator: str, fields: dict[str, str], *, is_plain: bool) -> str:
        if operator not in ORDERINGS or not fields:
            return self.fallback
        if is_plain:
            missing = " or ".join(f"{name} is None" for name in fields)
        else:
            # With a missing operand it doesn't match, unless another one isn't a number.
            missing = " and ".join(f"({name} is None or {guard})" for name, guard in fields.items())
        return f"False if {missing} else None"


class _Writer:
    """Writes the function."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        names = {"NO_DATA": NO_DATA, "NO_META": fields.no_meta, "follow": follow}
        self._constants: dict[str, Any] = NAMESPACE | names
        self._names: dict[Path, str] = {}
        self._variables = 0
        self._leaf = _Leaf(self)
        self._lines: list[str] = []

    def function(self, bound: Bound) -> FastPath:
        made: dict[str, Any] = {}
        code = compile(self.source(bound), "<fast path>", "exec")
        exec(code, self._constants, made)  # noqa: S102 (the module says why)
        evaluate: FastPath = made["evaluate"]
        return evaluate

    def source(self, bound: Bound) -> str:
        """Return the source of the function; afterwards the constants are known too."""
        result = self._condition(bound, 2)
        body, self._lines = self._lines, []
        self._load()
        return "\n".join(
            [
                "def evaluate(messages):",
                "    outcomes = []",
                "    add = outcomes.append",
                "    for message in messages:",
                *self._lines,
                *body,
                f"        add({result})",
                "    return outcomes",
            ]
        )

    def _load(self) -> None:
        """Read each field into a variable, and pass on what can't be decided here."""
        fields = self._fields
        self._write(2, "if message is None: add(None); continue")
        if "data" in fields.roots:
            self._write(2, "data = message.data")
            absent = "data is NO_DATA" + ("" if "data" in fields.whole else " or data is None")
            self._write(2, f"if {absent}: add(None); continue")
        if "meta" in fields.roots:
            self._write(2, "meta = message.meta")
            if "meta" in fields.whole:
                self._write(
                    2, "if meta is not None and type(meta) is not dict: add(None); continue"
                )
            else:
                self._write(2, "if meta is None: meta = NO_META")
        for path, name in self._names.items():
            place = fields.places[path]
            first, *others = place.slots or ("",)
            self._write(2, f"{name} = {path.root}" + (f".{first}" if first else ""))
            for slot in others:
                self._write(2, f"if {name} is not None: {name} = {name}.{slot}")
            if place.keys:
                self._write(2, f"{name} = follow({name}, {self.constant(place.keys)})")

    def _write(self, level: int, line: str) -> None:
        self._lines.append("    " * level + line)

    def constant(self, value: Any) -> str:
        """Return the name of a constant."""
        name = f"C{len(self._constants)}"
        self._constants[name] = value
        return name

    def field(self, path: Path) -> str:
        """Return the variable that holds the value at a path."""
        return self._names.setdefault(path, f"v{len(self._names)}")

    def kind(self, path: Path) -> DecodeType:
        """Return the type that a field is decoded to."""
        return self._fields.places[path].kind

    def variable(self) -> str:
        """Return the name of a new variable."""
        self._variables += 1
        return f"x{self._variables}"

    # Conditions

    def _condition(self, bound: Bound | Equalities, level: int) -> str:
        """Write code that evaluates a condition; return the expression that holds its outcome."""
        if isinstance(bound, Junction):
            return self._junction(bound, level) if level < MAX_NESTING else "None"
        source = write(bound, self._leaf)
        if not bound.negated:
            return source
        name = self.variable()
        self._write(level, f"{name} = {source}")
        return f"(None if {name} is None else not {name})"

    def _junction(self, junction: Junction, level: int) -> str:
        """Write Kleene's junction: operands are evaluated until one is decisive."""
        decisive, other = ("False", "True") if isinstance(junction, AllOf) else ("True", "False")
        operands = grouped(junction)
        result = self.variable()
        self._write(level, f"{result} = {self._condition(operands[0], level)}")
        for operand in operands[1:]:
            self._write(level, f"if {result} is not {decisive}:")
            outcome = self.variable()
            self._write(level + 1, f"{outcome} = {self._condition(operand, level + 1)}")
            # Here the result is None or the other outcome; both yield to anything but the other
            # one.
            self._write(level + 1, f"if {outcome} is not {other}: {result} = {outcome}")
        return result
