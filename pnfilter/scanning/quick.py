"""The quick way to a verdict: a function, generated for one filter, over decoded fields.

It knows the everyday cases only: texts compared with texts, numbers with numbers, missing fields.
Its outcome for each message is ``True``, ``False`` or ``None``: None says that something else
stands there (another type, arithmetic that may leave the range, a reason for UNDECIDED), and that the
message has to be looked at in full. By Kleene's tables a None beside a decisive operand does
no harm, so what it does say is what the interpreter says.

No text of the filter gets into the source: constants are handed over by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from pnfilter.scanning.fields import MAX_OPERAND, NO_DATA, Fields, Kind, follow
from pnfilter.syntax.nodes import (
    ORDERINGS,
    And,
    Arithmetic,
    Comparison,
    Expression,
    Not,
    Number,
    Or,
    Path,
    SetLiteral,
    Text,
    Unary,
    is_condition,
    walk,
)
from pnfilter.values import fold, like, pattern_parts, text_value

Outcome = bool | None
Quick = Callable[[Iterable[Any]], list[Any]]

#: Conditions in conditions: beyond, Python would refuse the source for its indentation.
MAX_NESTING: Final = 16
#: What may come out of arithmetic on operands that are small enough, so that no step needs a look.
MAX_RESULT: Final = 10.0**300
_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def quick(expression: Expression, fields: Fields) -> Quick:
    """The function for a filter over what ``fields`` decodes; None in the place of a line is passed on."""
    return _Writer(fields).function(expression)


def kinds_of(expression: Expression) -> dict[Path, Kind]:
    """What each path has to be for its conditions to be decided without a look at its type."""
    kinds: dict[Path, Kind] = {}
    for path, kind in _uses(expression):
        before = kinds.setdefault(path, kind)
        if before != kind:
            kinds[path] = "operand" if {before, kind} == {"number", "operand"} else "any"
    return kinds


def _uses(expression: Expression) -> Iterator[tuple[Path, Kind]]:
    match expression:
        case And(operands) | Or(operands):
            for operand in operands:
                yield from _uses(operand)
        case Not(operand):
            yield from _uses(operand)
        case Comparison(_, Path() as path, Text()) if expression.operator != "CONTAINS":
            yield path, "text"
        case Comparison(_, Text(), Path() as path):
            yield path, "text"
        case Comparison("CONTAINS", SetLiteral(elements), Path() as path):
            kinds: set[Kind] = {"text" if isinstance(each, Text) else "number" for each in elements}
            yield path, kinds.pop() if len(kinds) == 1 else "any"
        case Comparison(operator, left, right) if operator not in {"LIKE", "CONTAINS"}:
            is_plain = all(
                isinstance(side, Path) or _number(side) is not None for side in (left, right)
            )
            paths = [node for node in walk(expression) if isinstance(node, Path)]
            for path in paths:
                yield path, "operand" if not is_plain else "any" if len(paths) > 1 else "number"
        case _:
            for node in walk(expression):
                if isinstance(node, Path):
                    yield node, "any"


def holds_text(array: list[Any], text: str) -> Outcome:
    """``array CONTAINS text`` where the elements are texts."""
    if text in array:
        return True
    return False if all(each is None or isinstance(each, str) for each in array) else None


class _Writer:
    """Writes the function."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._constants: dict[str, Any] = {
            "NO_DATA": NO_DATA, "NO_META": fields.no_meta, "fold": fold, "like": like,
            "follow": follow, "holds_text": holds_text,
        }  # fmt: skip
        self._names: dict[Path, str] = {}
        self._outcomes = 0
        self._asks_for_meta = False
        self._lines: list[str] = []

    def function(self, expression: Expression) -> Quick:
        result = self._condition(expression, 2)
        body, self._lines = self._lines, []
        self._load()
        source = "\n".join(
            [
                "def quick(messages):",
                "    outcomes = []",
                "    add = outcomes.append",
                "    for message in messages:",
                *self._lines,
                *body,
                f"        add({result})",
                "    return outcomes",
            ]
        )
        made: dict[str, Any] = {}
        exec(compile(source, "<quick>", "exec"), self._constants, made)  # noqa: S102 (the module says why)
        found: Quick = made["quick"]
        return found

    def _load(self) -> None:
        """Each field's value in a variable of its own, and what can't be judged here passed on."""
        fields = self._fields
        self._write(2, "if message is None: add(None); continue")
        if "data" in fields.roots:
            self._write(2, "data = message.data")
            odd = "data is NO_DATA" + ("" if "data" in fields.whole else " or data is None")
            self._write(2, f"if {odd}: add(None); continue")
        if "meta" in fields.roots:
            self._write(2, "meta = message.meta")
            if self._asks_for_meta:
                self._write(2, "has_meta = meta is not None")
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
                self._write(2, f"{name} = follow({name}, {self._constant(place.keys)})")

    def _write(self, level: int, line: str) -> None:
        self._lines.append("    " * level + line)

    def _constant(self, value: Any) -> str:
        name = f"C{len(self._constants)}"
        self._constants[name] = value
        return name

    def _name(self, path: Path) -> str:
        return self._names.setdefault(path, f"v{len(self._names)}")

    # Conditions

    def _condition(self, node: Expression, level: int) -> str:
        """Writes what finds the outcome of a condition; the expression that has it then."""
        match node:
            case And(operands) if level < MAX_NESTING:
                return self._junction(operands, "False", "True", level)
            case Or(operands) if level < MAX_NESTING:
                return self._junction(operands, "True", "False", level)
            case Not(operand) if is_condition(operand):
                outcome = self._variable(self._condition(operand, level), level)
                return f"(None if {outcome} is None else not {outcome})"
            case Not(Path() as path):
                name = self._name(path)
                return f"(not {name} if type({name}) is bool else None)"
            case Comparison():
                return self._comparison(node) or "None"
            case Path():
                name = self._name(node)
                return f"({name} if type({name}) is bool else {self._missing(node)})"
            case _:
                return "None"

    def _variable(self, outcome: str, level: int) -> str:
        self._outcomes += 1
        name = f"r{self._outcomes}"
        self._write(level, f"{name} = {outcome}")
        return name

    def _junction(
        self, operands: tuple[Expression, ...], decisive: str, other: str, level: int
    ) -> str:
        """Kleene's junction: operands are looked at until one is decisive."""
        result = self._variable(self._condition(operands[0], level), level)
        for operand in operands[1:]:
            self._write(level, f"if {result} is not {decisive}:")
            outcome = self._variable(self._condition(operand, level + 1), level + 1)
            # Here the result is None or the other one, which give way to anything but the other one.
            self._write(level + 1, f"if {outcome} is not {other}: {result} = {outcome}")
        return result

    def _is(self, path: Path, *kinds: Kind) -> str:
        """The source of whether a field has a value of the first of these kinds."""
        name = self._name(path)
        if self._fields.places[path].kind in kinds:
            return f"{name} is not None"
        if kinds[0] == "text":
            return f"type({name}) is str"
        number = f"(type({name}) is float or type({name}) is int)"
        limit = self._constant(MAX_OPERAND)
        return number if kinds[0] == "number" else f"({number} and -{limit} < {name} < {limit})"

    def _missing(self, path: Path) -> str:
        """The outcome where there is no value of the kind: no match where there is none at all, or None."""
        is_certain = self._fields.places[path].kind != "any"
        return "False" if is_certain else f"False if {self._name(path)} is None else None"

    # Comparisons: the expression that has the outcome, or None where it takes more than this

    def _comparison(self, node: Comparison) -> str | None:
        operator: str = "==" if node.operator == "=" else node.operator
        left, right = node.left, node.right
        if operator in {"==", "!="} or operator in ORDERINGS:
            if isinstance(right, Path) and not isinstance(left, Path):
                operator, left, right = _MIRRORED.get(operator, operator), right, left
            match left, right:
                case Path(), Text(raw) if operator in {"==", "!="}:
                    name = self._name(left)
                    compared = f"{name} {operator} {self._constant(text_value(raw))}"
                    return f"({compared} if {self._is(left, 'text')} else {self._unequal(operator, left)})"
                case Path(), Path():
                    return self._of_fields(operator, left, right)
                case Path(), _ if (number := _number(right)) is not None:
                    name = self._name(left)
                    compared = f"{name} {operator} {self._constant(number)}"
                    fits = self._is(left, "number", "operand")
                    return f"({compared} if {fits} else {self._unequal(operator, left)})"
                case _:
                    return self._arithmetic(operator, left, right)
        if operator == "LIKE":
            return self._like(left, right)
        return self._contains(left, right)

    def _unequal(self, operator: str, path: Path) -> str:
        """The outcome where the field is missing, or None; only ``!=`` can match then."""
        name = self._name(path)
        if operator != "!=":
            return self._missing(path)
        # Without any metadata it is undecided.
        self._asks_for_meta = self._asks_for_meta or path.root == "meta"
        found = "(has_meta or None)" if path.root == "meta" else "True"
        return f"{found} if {name} is None else None"

    def _of_fields(self, operator: str, left: Path, right: Path) -> str:
        names = self._name(left), self._name(right)
        numbers = f"{self._is(left, 'number')} and {self._is(right, 'number')}"
        compared = f"{names[0]} {operator} {names[1]}"
        if operator in ORDERINGS:
            missing = f"False if {names[0]} is None or {names[1]} is None else None"
            return f"({compared} if {numbers} else {missing})"
        texts = f"{self._is(left, 'text')} and {self._is(right, 'text')}"
        return f"({compared} if {texts} or {numbers} else None)"

    def _like(self, left: Expression, right: Expression) -> str | None:
        if not isinstance(left, Path) or not isinstance(right, Text):
            return None
        name, parts = self._name(left), pattern_parts(right.raw)
        fits = f"like({name}, {self._constant(parts)})"
        match parts:
            case ("", text, ""):
                found = f"{self._constant(text)} in {name}.lower()"
            case (text, ""):
                found = f"{name}.lower().startswith({self._constant(text)})"
            case ("", text):
                found = f"{name}.lower().endswith({self._constant(text)})"
            case _:
                found = ""
        # Beyond ASCII there is more to the case of letters.
        fits = f"({found} if {name}.isascii() else {fits})" if found else fits
        return f"({fits} if {self._is(left, 'text')} else {self._missing(left)})"

    def _contains(self, left: Expression, right: Expression) -> str | None:
        match left, right:
            case Path(), Text(raw):
                name, text = self._name(left), self._constant(text_value(raw))
                array = f"holds_text({name}, {text}) if type({name}) is list"
                otherwise = f"{array} else {self._missing(left)}"
                return f"({text} in {name} if {self._is(left, 'text')} else {otherwise})"
            case Text(raw), Path():
                held = f"{self._name(right)} in {self._constant(text_value(raw))}"
                return f"({held} if {self._is(right, 'text')} else {self._missing(right)})"
            case SetLiteral(elements), Path():
                return self._member(elements, right)
            case _:
                return None

    def _member(self, elements: tuple[Expression, ...], path: Path) -> str:
        texts = {text_value(each.raw) for each in elements if isinstance(each, Text)}
        numbers = {_number(each) for each in elements if not isinstance(each, Text)}
        if texts and numbers:
            # A number may equal a text that reads as one, so that a mixture is left to the others.
            return f"({self._missing(path)})"
        fits = self._is(path, "text") if texts else self._is(path, "number", "operand")
        held = f"{self._name(path)} in {self._constant(frozenset(texts or numbers))}"
        return f"({held} if {fits} else {self._missing(path)})"

    # Arithmetic

    def _arithmetic(self, operator: str, left: Expression, right: Expression) -> str | None:
        sides = self._calculated(left), self._calculated(right)
        paths = [node for side in (left, right) for node in walk(side) if isinstance(node, Path)]
        if sides[0] is None or sides[1] is None or not paths:
            return None
        fits = {self._name(path): self._is(path, "operand") for path in paths}
        otherwise = "None"
        if operator in ORDERINGS:
            # With a missing operand there is no match, unless another one is no number.
            missing = " and ".join(f"({name} is None or {fit})" for name, fit in fits.items())
            otherwise = f"False if {missing} else None"
        compared = f"{sides[0][0]} {operator} {sides[1][0]}"
        return f"({compared} if {' and '.join(fits.values())} else {otherwise})"

    def _calculated(self, node: Expression) -> tuple[str, float] | None:
        """The source of an operand and the most that it can be, or None."""
        match node:
            case Number(value=value):
                return (self._constant(value), abs(value)) if abs(value) < MAX_OPERAND else None
            case Path():
                return self._name(node), MAX_OPERAND
            case Unary("-", operand):
                inner = self._calculated(operand)
                return inner and (f"(-{inner[0]})", inner[1])
            case Arithmetic("+" | "-" | "*" as operator, left, right):
                first, second = self._calculated(left), self._calculated(right)
                if first is None or second is None:
                    return None
                most = first[1] * second[1] if operator == "*" else first[1] + second[1]
                return (f"({first[0]} {operator} {second[0]})", most) if most < MAX_RESULT else None
            case _:
                return None


def _number(node: Expression) -> int | float | None:
    """The value of a number, with a minus or without."""
    match node:
        case Number(value=value):
            return value
        case Unary("-", Number(value=value)):
            return -value
        case _:
            return None
