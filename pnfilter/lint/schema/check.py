"""What a JSON Schema of the messages says about a filter.

W441 a field that the schema doesn't have, W442 a comparison that no value of the declared type
matches for certain, W443 a value that the schema rules out or that a bound always lets pass.

A field counts as unknown where the schema declares the fields of its object, also when it doesn't
forbid others: a typo is just such another. Where others are foreseen (``additionalProperties:
true`` or a schema, ``patternProperties``, conditions), and of ``meta`` or ``data`` as a whole
where only the other one is described, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule
from pnfilter.lint.context import Context
from pnfilter.lint.rules.logic.clauses import Bound, Clause, Members, Probe, clause_of
from pnfilter.lint.rules.logic.numbering import ValueNumbering
from pnfilter.lint.schema.fields import (
    EXAMPLE,
    TYPE_CLASH,
    FieldCheck,
    Nearest,
    kinds_text,
    limits_text,
    listing,
    plural_kinds,
    value_text,
)
from pnfilter.lint.schema.shapes import (
    Allowed,
    Found,
    Shapes,
    kind_of,
)
from pnfilter.semantics import compare, is_number, read_number
from pnfilter.syntax.nodes import (
    ORDERINGS,
    And,
    Arithmetic,
    Comparison,
    Expression,
    Not,
    Or,
    Path,
    SetLiteral,
    Unary,
    quote,
)
from pnfilter.wording import shorten

#: Comparisons of a pattern with the listed values of a field in one filter.
MAX_PATTERN_TESTS: Final = 5_000

_LOOKS: Final = {
    "LIKE": ("LIKE compares strings", "compare it with == or an ordering"),
    "CONTAINS": ("CONTAINS looks into strings and arrays", "compare it with == or an ordering"),
}
_EQUALITIES: Final = frozenset({"==", "=", "!="})


IMPOSSIBLE_VALUE = Rule(
    "W443",
    "impossible-value",
    summary="A value that the schema rules out, or a bound that lets every value pass.",
    why=(
        "The value is not among those of `enum` or `const`, or lies outside of the "
        "limits; or every number within the limits fits the bound, or a set has all "
        "strings of `enum`, so that the condition only tests whether the field is there."
    ),
    bad='meta.net == "uss"',
    good='meta.net == "us"',
    options={"schema": EXAMPLE},
)


def shapes_of(schema: Mapping[str, object] | Shapes) -> Shapes:
    """What a schema says of a message; ``TypeError`` or ``ValueError`` for a bad one."""
    return schema if isinstance(schema, Shapes) else Shapes(schema)


def check_schema(context: Context, shapes: Shapes) -> Iterator[Diagnostic]:
    """Report W441, W442 and W443."""
    return _SchemaCheck(context, shapes).check()


def has_all_in_metadata(context: Context, shapes: Shapes) -> bool:
    """Whether the schema has every field of a filter in the metadata."""
    places = (shapes.place(path.root, path.keys) for path in context.of(Path))
    return all(isinstance(place, Found) and place.declared for place in places)


class _SchemaCheck:
    """The check of one filter."""

    def __init__(self, context: Context, shapes: Shapes) -> None:
        self.context, self.shapes = context, shapes
        self.numbering = ValueNumbering(context.nodes)
        self.nearest = Nearest()
        self.fields = FieldCheck(context, shapes, self.nearest)
        self.pattern_tests = MAX_PATTERN_TESTS

    def check(self) -> Iterator[Diagnostic]:
        """All diagnostics."""
        yield from self._needs_boolean(
            self.context.expression, "alone it is a condition only if it is true or false"
        )
        for node in self.context.nodes:
            match node:
                case Path():
                    yield from self.fields.check(node)
                case Comparison():
                    yield from self._comparison(node)
                case Arithmetic(operator, left, right):
                    for side in (left, right):
                        why = f"`{operator}` calculates with numbers"
                        yield from self._needs_number(side, why, "send a number")
                case Unary(operator, operand):
                    yield from self._needs_number(
                        operand, f"`{operator}` takes numbers", "send a number"
                    )
                case Not(operand):
                    yield from self._needs_boolean(operand, "`!` is known for true and false only")
                case And(operands) | Or(operands):
                    for operand in operands:
                        yield from self._needs_boolean(
                            operand, "alone it is a condition only if it is true or false"
                        )
                case _:
                    pass

    def _source(self, node: Expression) -> str:
        return shorten(self.context.source(node))

    def _quote(self, node: Expression) -> str:
        return f"`{self._source(node)}`"

    def _find(self, node: Expression) -> Found | None:
        """What the schema says of an operand's value; None unless it describes that field."""
        if not isinstance(node, Path):
            return None
        place = self.shapes.place(node.root, node.keys)
        return place if isinstance(place, Found) else None

    def _comparison(self, node: Comparison) -> Iterator[Diagnostic]:
        constant = self.numbering.is_constant
        if not constant(node.left) and not constant(node.right):
            yield from self._two_fields(node)
            return
        clause = clause_of(node, self.numbering)
        found = self._find(clause.subject) if clause else None
        if clause is None or found is None:
            return
        match clause.demand:
            case Members():
                other = node.right if clause.subject is node.left else node.left
                elements = other.elements if isinstance(other, SetLiteral) else (other,)
                yield from self._members(node, clause, found, elements)
            case Bound() as bound:
                yield from self._bound(node, clause.subject, found, bound)
            case Probe() as probe:
                yield from self._probe(node, clause, found, probe)
            case _:
                raise AssertionError("an order is of two fields")

    def _clash(
        self,
        node: Expression,
        subject: Expression,
        found: Found,
        why: str,
        help: str = "",
        *,
        fix: Fix | None = None,
    ) -> Diagnostic:
        message = f"{self._quote(subject)} is {kinds_text(found.kinds)} in the schema, and {why}"
        if not help:
            help = "compare it with a value of its type"
            if found.kinds == {"object"}:
                help = f"name a field of it: {self._source(subject)}.name"
        return TYPE_CLASH.at(node.span, message, help, fix)

    def _members(
        self, node: Comparison, clause: Clause, found: Found, elements: Sequence[Expression]
    ) -> Iterator[Diagnostic]:
        wanted = [(element, self.numbering.value(element)) for element in elements]
        # What a boolean equals is undecided, and has a diagnostic of its own.
        wanted = [(element, value) for element, value in wanted if not isinstance(value, bool)]
        refused = [pair for pair in wanted if not _admits(found.allowed, pair[1])]
        clashing = [pair for pair in refused if kind_of(pair[1]) not in found.kinds]
        if clashing and len(clashing) == len(wanted):
            yield self._wrong_kind(node, clause.subject, found, wanted)
            return
        for element, value in refused:
            yield self._report_refused(element, value, clause, found.allowed)
        if not refused and _has_all(found.allowed, [value for _, value in wanted]):
            yield self._all_values(node, clause)

    def _all_values(self, node: Comparison, clause: Clause) -> Diagnostic:
        """A set of all values that the schema lists for the field."""
        subject = self._quote(clause.subject)
        holds = "never holds" if clause.negated else "always holds if the field is there"
        message = f"{self._quote(node)} {holds}: the schema has no other value of {subject}"
        return IMPOSSIBLE_VALUE.at(node.span, message, "name the values that you mean")

    def _wrong_kind(
        self,
        node: Comparison,
        subject: Expression,
        found: Found,
        wanted: Sequence[tuple[Expression, Any]],
    ) -> Diagnostic:
        """A field compared with values none of which is of its type."""
        source, (element, value) = self._source(subject), wanted[0]
        if node.operator == "CONTAINS":
            why = f"the set holds {plural_kinds(kind_of(value) for _, value in wanted)}"
        else:
            why = f"{self._source(element)} is {kinds_text({kind_of(value)})}"
        help, fix = "", None
        if found.kinds == {"boolean"}:
            help = f"it is a condition on its own: {source}, or !{source}"
        elif found.kinds == {"array"}:
            help = f"CONTAINS looks into arrays: {source} CONTAINS {self._source(element)}"
        elif len(wanted) == 1 and len(found.kinds) == 1:
            if isinstance(value, str) and read_number(value) is not None:
                help, fix = f"remove the quotes: {value}", Edit(element.span, value)
            elif is_number(value) and found.kinds == {"string"}:
                text = quote(self.context.source(element))
                help, fix = f"quote it: {shorten(text)}", Edit(element.span, text)
        unsafe = Fix((fix,), safe=False) if fix else None
        return self._clash(node, subject, found, why, help, fix=unsafe)

    def _report_refused(
        self, element: Expression, value: Any, clause: Clause, allowed: Sequence[Allowed]
    ) -> Diagnostic:
        subject = self._quote(clause.subject)
        message = f"{subject} is never {self._source(element)} according to the schema"
        if clause.negated:
            message += ", so that this always holds"
        help, fix = self._instead(element, value, allowed)
        return IMPOSSIBLE_VALUE.at(element.span, message, help, fix)

    def _instead(
        self, element: Expression, value: Any, allowed: Sequence[Allowed]
    ) -> tuple[str, Fix | None]:
        """What to write for a value that is refused."""
        if isinstance(value, str):
            listed = (text for one in allowed for text in one.values or ())
            nearest = self.nearest.to(value, (text for text in listed if isinstance(text, str)))
            if nearest is not None:
                text = quote(nearest)
                return f"did you mean {text}?", Fix((Edit(element.span, text),), safe=False)
        return limits_text(allowed), None

    def _bound(
        self, node: Comparison, subject: Expression, found: Found, bound: Bound
    ) -> Iterator[Diagnostic]:
        if "number" not in found.kinds:
            if not found.has_numeric_texts:
                yield self._clash(node, subject, found, *_orders(node, found))
            return
        if found.kinds != {"number"}:
            return
        source = self._quote(node)
        if all(_fits(one, bound) is False for one in found.allowed):
            message = f"{source} never holds: the schema leaves no such number"
        elif all(_fits(one, bound) is True for one in found.allowed):
            message = f"{source} always holds if the field is there, according to the schema"
        else:
            return
        yield IMPOSSIBLE_VALUE.at(node.span, message, limits_text(found.allowed))

    def _probe(
        self, node: Comparison, clause: Clause, found: Found, probe: Probe
    ) -> Iterator[Diagnostic]:
        kinds, subject = found.kinds, clause.subject
        if probe.operator in ORDERINGS:
            # Against a text in the filter, which has a diagnostic of its own.
            return
        if not probe.subject_is_left:
            if probe.operator == "CONTAINS" and not kinds & {"string", "number"}:
                yield self._clash(node, subject, found, "a string contains strings and numbers")
        elif probe.operator == "LIKE":
            yield from self._like(node, subject, found, probe)
        elif kinds & {"string", "array"}:
            yield from self._contains(node, subject, found, probe.constant)
        else:
            yield self._clash(node, subject, found, *_LOOKS["CONTAINS"])

    def _like(
        self, node: Comparison, subject: Expression, found: Found, probe: Probe
    ) -> Iterator[Diagnostic]:
        texts: list[str] | None = []
        usable = False
        for one in found.allowed:
            if "array" in one.kinds:
                elements = self.shapes.elements(one)
                usable = usable or elements is None or "string" in elements.kinds
                texts = None
            if "string" in one.kinds:
                usable = True
                if one.values is None:
                    texts = None
                elif texts is not None:
                    texts.extend(value for value in one.values if isinstance(value, str))
        if not usable:
            yield self._clash(node, subject, found, *_LOOKS["LIKE"])
        elif texts is not None and probe.literal is not None:
            self.pattern_tests -= len(texts)
            if self.pattern_tests < 0:
                return
            if not any(compare("LIKE", text, probe.constant, probe.literal) for text in texts):
                yield IMPOSSIBLE_VALUE.at(
                    node.right.span,
                    f"no value of {self._quote(subject)} in the schema "
                    f"matches {self._quote(node.right)}",
                    listing("values", [value_text(text) for text in texts]),
                )

    def _contains(
        self, node: Comparison, subject: Expression, found: Found, value: Any
    ) -> Iterator[Diagnostic]:
        """An array whose elements can't be the value; a text may hold any."""
        if "string" in found.kinds or isinstance(value, (bool, list)):
            return
        allowed: list[Allowed] = []
        for one in found.allowed:
            if "array" in one.kinds:
                elements = self.shapes.elements(one)
                if elements is None:
                    return
                allowed.extend(elements.allowed)
        if _admits(allowed, value):
            return
        kinds = frozenset[str]().union(*(one.kinds for one in allowed))
        if kind_of(value) not in kinds:
            yield TYPE_CLASH.at(
                node.span,
                f"each element of {self._quote(subject)} is {kinds_text(kinds)} in the schema, "
                f"and never {self._source(node.right)}",
                "compare it with a value of its type",
            )
            return
        help, fix = self._instead(node.right, value, allowed)
        yield IMPOSSIBLE_VALUE.at(
            node.right.span,
            f"no element of {self._quote(subject)} is {self._source(node.right)} in the schema",
            help,
            fix,
        )

    def _two_fields(self, node: Comparison) -> Iterator[Diagnostic]:
        """A comparison of two operands that both read the message."""
        left, right = self._find(node.left), self._find(node.right)
        if node.operator in ORDERINGS:
            for side, found in ((node.left, left), (node.right, right)):
                if found and not found.has_numeric_texts:
                    yield from self._needs_number(side, *_orders(node, found))
        elif node.operator in _EQUALITIES:
            if left and right and not left.kinds & right.kinds:
                yield self._clash(
                    node,
                    node.left,
                    left,
                    f"{self._quote(node.right)} is {kinds_text(right.kinds)}",
                )
        elif left and not left.kinds & {"string", "array"}:
            yield self._clash(node, node.left, left, *_LOOKS[node.operator])

    # Operands

    def _needs_number(self, node: Expression, why: str, help: str) -> Iterator[Diagnostic]:
        found = self._find(node)
        if found is not None and "number" not in found.kinds:
            yield self._clash(node, node, found, why, help)

    def _needs_boolean(self, node: Expression, why: str) -> Iterator[Diagnostic]:
        found = self._find(node)
        if found is not None and "boolean" not in found.kinds:
            yield self._clash(node, node, found, why)


def _orders(node: Comparison, found: Found | None) -> tuple[str, str]:
    """Why an ordering is no use for a field, and what helps."""
    help = "compare it with a value of its type"
    if found and "string" in found.kinds:
        help = "a string is ordered only if it reads as a number: send a number"
    return f"`{node.operator}` orders numbers", help


def _admits(allowed: Iterable[Allowed], value: Any) -> bool:
    return any(one.admits(value) for one in allowed)


def _has_all(allowed: Sequence[Allowed], wanted: Sequence[Any]) -> bool:
    """Whether all values that are listed, two texts at least, are among those wanted."""
    listed = {value for one in allowed for value in one.values or () if isinstance(value, str)}
    kinds = frozenset[str]().union(*(one.kinds for one in allowed))
    if kinds != {"string"} or len(listed) < 2 or any(one.values is None for one in allowed):
        return False
    return listed <= {value for value in wanted if isinstance(value, str)}


def _fits(allowed: Allowed, bound: Bound) -> bool | None:
    """Whether all numbers that are allowed fit a bound, or none does; None for some of them."""
    if allowed.values is not None:
        fitting = {bound.fits(value) for value in allowed.values if allowed.admits(value)}
        return fitting.pop() if len(fitting) == 1 else None
    near, far = (allowed.low, allowed.high) if bound.lower else (allowed.high, allowed.low)
    if near is not None and not bound.tighter_than(near):
        return True
    if far is None:
        return None
    meet = bound.meets(far) if bound.lower else far.meets(bound)
    return None if meet else False
