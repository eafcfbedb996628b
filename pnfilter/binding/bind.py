"""From the tree to predicates.

``classify`` names the predicate of one leaf. ``bind`` classifies all leaves, pushes negations down
to them by De Morgan's laws, and flattens junctions of one kind. This changes no outcome and no
reason: a junction has the reason of its first UNDECIDED operand, and the order stays.

Both accept any tree. They keep pending nodes in a list, so no depth exceeds Python's recursion
limit.
"""

from __future__ import annotations

from pnfilter.binding.predicates import (
    AllOf,
    AnyOf,
    BooleanEquality,
    Bound,
    Calculation,
    Constant,
    Contains,
    FieldContains,
    FieldEquality,
    FieldOrdering,
    Folded,
    Interpreted,
    Membership,
    NullComparison,
    NumberComparison,
    NumberEquality,
    Ordering,
    Pattern,
    Predicate,
    Signed,
    StringEquality,
    Term,
    Truth,
    Within,
)
from pnfilter.semantics import (
    MISSING,
    Missing,
    apply_sign,
    calculate,
    compare,
    is_number,
    negated_truth,
    pattern_parts,
    read_number,
    text_value,
    truth,
)
from pnfilter.syntax.nodes import (
    CONDITIONS,
    MIRRORED,
    And,
    Arithmetic,
    Boolean,
    Comparison,
    Expression,
    Not,
    Null,
    Number,
    Or,
    Path,
    SetLiteral,
    String,
    Unary,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pnfilter.binding.predicates import EqualityOperator, PatternShape
    from pnfilter.syntax.nodes import ArithmeticOperator, ComparisonOperator, SignOperator


def bind(expression: Expression) -> Bound:
    """Return the filter as a predicate, or as predicates joined by ``AllOf`` and ``AnyOf``."""
    if isinstance(expression, Comparison):
        return _comparison(expression, False)
    found: list[Bound] = []
    junctions: list[tuple[AllOf | AnyOf, list[Bound]]] = []
    # Operands to bind, whether they are negated, the kind of their junction, and its conditions.
    pending: list[tuple[Iterator[Expression], bool, type | None, list[Bound]]] = [
        (iter((expression,)), False, None, found)
    ]
    while pending:
        operands, outer, kind, bound = pending[-1]
        for node in operands:
            if isinstance(node, Comparison):
                # The most frequent operands, without a call of `classify`.
                bound.append(_comparison(node, outer))
                continue
            negated = outer
            while isinstance(node, Not) and isinstance(node.operand, CONDITIONS):
                node, negated = node.operand, not negated
            if not isinstance(node, (And, Or)):
                bound.append(classify(node, negated))
                continue
            own = AnyOf if isinstance(node, Or) is not negated else AllOf
            if own is not kind:
                junction = own(node, negated)
                bound.append(junction)
                bound = []
                junctions.append((junction, bound))
            pending.append((iter(node.operands), negated, own, bound))
            break
        else:
            pending.pop()
    for junction, inner in junctions:
        junction.conditions = tuple(inner)
    return found[0]


def classify(node: Expression, negated: bool = False) -> Predicate:
    """Return the predicate of a condition; a junction is ``Interpreted``.

    ``negated`` says whether De Morgan's laws negate the whole condition.
    """
    while isinstance(node, Not) and isinstance(node.operand, CONDITIONS):
        node, negated = node.operand, not negated
    if isinstance(node, Comparison):
        return _comparison(node, negated)
    if isinstance(node, (And, Or)):
        return Interpreted(node, negated)
    if isinstance(node, Not):
        return _truth(node, negated, node.operand, True)
    return _truth(node, negated, node, False)


def to_expression(bound: Bound) -> Expression:
    """Return a node with the outcome of a predicate or junction: its source, or the opposite."""
    source = bound.source
    if not bound.negated:
        return source
    # `!` before an operand is not a negation, but before `x && x` it is.
    return Not(source if isinstance(source, CONDITIONS) else And((source, source)))


def _truth(node: Expression, negated: bool, operand: Expression, under_not: bool) -> Predicate:
    match term(operand):
        case Path() as path:
            return Truth(node, negated, path, under_not)
        case Folded(value):
            return Constant(node, negated, negated_truth(value) if under_not else truth(value))
        case _:
            return Interpreted(node, negated)


# Comparisons


def operator_of(comparison: Comparison) -> ComparisonOperator:
    """Return a comparison's operator, ``==`` for ``=``."""
    return "==" if comparison.operator == "=" else comparison.operator


def comparison_terms(comparison: Comparison) -> tuple[ComparisonOperator, Term, Term]:
    """Return a comparison's operator, ``==`` for ``=``, and its sides as written."""
    return operator_of(comparison), term(comparison.left), term(comparison.right)


def _comparison(node: Comparison, negated: bool) -> Predicate:
    operator = node.operator
    if operator == "=":
        operator = "=="
    if isinstance(node.left, Path):
        # The most frequent comparisons need no term for the constant.
        if isinstance(node.right, String):
            return _field_first(node, negated, operator, node.left, text_value(node.right.raw))
        if isinstance(node.right, Number):
            return _field_first(node, negated, operator, node.left, node.right.value)
    left, right = term(node.left), term(node.right)
    if isinstance(left, Path):
        if isinstance(right, Folded):
            return _field_first(node, negated, operator, left, right.value)
        if isinstance(right, Path):
            return _two_fields(node, negated, operator, left, right)
    elif isinstance(left, Folded):
        if isinstance(right, Path):
            return _constant_first(node, negated, operator, left.value, right)
        if isinstance(right, Folded):
            literal = node.right.raw if isinstance(node.right, String) else None
            return Constant(node, negated, compare(operator, left.value, right.value, literal))
    match operator:
        case "==" | "!=" | "<" | "<=" | ">" | ">=" if _is_numeric(left) and _is_numeric(right):
            return NumberComparison(node, negated, operator, left, right)
        case _:
            return Interpreted(node, negated)


def _field_first(
    node: Comparison, negated: bool, operator: str, path: Path, value: Any
) -> Predicate:
    match operator:
        case "==" | "!=":
            return _equality(node, negated, path, operator, value)
        case "<" | "<=" | ">" | ">=":
            return _ordering(node, negated, path, operator, value)
        case "LIKE" if isinstance(node.right, String):
            parts = pattern_parts(node.right.raw)
            return Pattern(node, negated, path, parts, _shape_of(parts))
        case "CONTAINS" if isinstance(value, str) or is_number(value):
            return Contains(node, negated, path, value)
        case _:
            return Interpreted(node, negated)


def _constant_first(
    node: Comparison, negated: bool, operator: str, value: Any, path: Path
) -> Predicate:
    match operator:
        case "==" | "!=":
            return _equality(node, negated, path, operator, value)
        case "<" | "<=" | ">" | ">=":
            return _ordering(node, negated, path, MIRRORED[operator], value)
        case "CONTAINS" if isinstance(value, str):
            return Within(node, negated, path, value)
        case "CONTAINS" if isinstance(value, list):
            return _membership(node, negated, path, value)
        case _:
            return Interpreted(node, negated)


def _equality(
    node: Comparison, negated: bool, path: Path, operator: EqualityOperator, value: Any
) -> Predicate:
    if isinstance(value, str):
        return StringEquality(node, negated, path, value, operator)
    if isinstance(value, bool):
        return BooleanEquality(node, negated, path, value, operator)
    if isinstance(value, (int, float)):
        return NumberEquality(node, negated, path, value, operator)
    if isinstance(value, Missing) and not value.computed:
        return NullComparison(node, negated, path, operator)
    return Interpreted(node, negated)


def _ordering(node: Comparison, negated: bool, path: Path, operator: Any, value: Any) -> Predicate:
    if isinstance(value, str):
        number = read_number(value)
        if number is not None:
            return Ordering(node, negated, path, operator, number, quoted=True)
    elif is_number(value):
        return Ordering(node, negated, path, operator, value, quoted=False)
    elif isinstance(value, Missing) and not value.computed:
        return NullComparison(node, negated, path, operator)
    return Interpreted(node, negated)


def _membership(node: Comparison, negated: bool, path: Path, elements: list[Any]) -> Predicate:
    # 1 and 1.0 are one number.
    values = list(dict.fromkeys(elements))
    strings = tuple([value for value in values if isinstance(value, str)])
    numbers = tuple([value for value in values if not isinstance(value, str)])
    return Membership(node, negated, path, strings, numbers)


def _two_fields(
    node: Comparison, negated: bool, operator: str, left: Path, right: Path
) -> Predicate:
    match operator:
        case "==" | "!=":
            return FieldEquality(node, negated, left, right, operator)
        case "<" | "<=" | ">" | ">=":
            return FieldOrdering(node, negated, left, right, operator)
        case "CONTAINS":
            return FieldContains(node, negated, left, right)
        case _:
            return Interpreted(node, negated)


def _shape_of(parts: tuple[str, ...]) -> PatternShape:
    match parts:
        case (_,):
            return "exact"
        case ("", ""):
            return "any"
        case (_, ""):
            return "prefix"
        case ("", _):
            return "suffix"
        case ("", _, ""):
            return "substring"
        case _:
            return "general"


# Terms


def term(node: Expression) -> Term:
    """Return an operand with its constants folded."""
    # By `isinstance`, the most frequent first: a `match` takes longer.
    if isinstance(node, Path):
        return node
    if isinstance(node, String):
        return Folded(text_value(node.raw))
    if isinstance(node, (Number, Boolean)):
        return Folded(node.value)
    if isinstance(node, SetLiteral):
        return Folded([_constant(element) for element in node.elements])
    if isinstance(node, (Unary, Arithmetic)):
        return _calculation(node)
    if isinstance(node, Null):
        return Folded(MISSING)
    raise AssertionError(f"not an operand: {type(node).__name__}")


def _constant(element: Expression) -> Any:
    found = term(element)
    assert isinstance(found, Folded), "the grammar has no field in a set"
    return found.value


def _calculation(node: Expression) -> Term:
    """Return the term of arithmetic, folded from its innermost operands outwards."""
    operations: list[Unary | Arithmetic] = []
    pending = [node]
    while pending:
        match pending.pop():
            case Unary(_, operand) as part:
                operations.append(part)
                pending.append(operand)
            case Arithmetic(_, left, right) as part:
                operations.append(part)
                pending += (left, right)
            case _:
                pass
    made: dict[int, Term] = {}
    # Parents come first, so going backwards binds operands before their operation.
    for part in reversed(operations):
        if isinstance(part, Unary):
            made[id(part)] = signed(part.operator, made.get(id(part.operand)) or term(part.operand))
        else:
            made[id(part)] = calculated(
                part.operator,
                made.get(id(part.left)) or term(part.left),
                made.get(id(part.right)) or term(part.right),
            )
    return made[id(node)]


def signed(operator: SignOperator, operand: Term) -> Term:
    """Return ``-x`` or ``~x`` of a term, folded if the term is."""
    if isinstance(operand, Folded):
        return Folded(apply_sign(operator, operand.value))
    return Signed(operator, operand)


def calculated(operator: ArithmeticOperator, left: Term, right: Term) -> Term:
    """Return arithmetic on two terms, folded if both are."""
    if isinstance(left, Folded) and isinstance(right, Folded):
        return Folded(calculate(operator, left.value, right.value))
    return Calculation(operator, left, right)


def _is_numeric(side: Term) -> bool:
    """Return whether all constants of a term are numbers."""
    pending = [side]
    while pending:
        match pending.pop():
            case Folded(value):
                if not is_number(value):
                    return False
            case Signed(_, operand):
                pending.append(operand)
            case Calculation(_, left, right):
                pending += (left, right)
            case _:
                pass
    return True
