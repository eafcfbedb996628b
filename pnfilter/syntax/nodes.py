"""The syntax tree: frozen nodes without behaviour; each reader is one ``match``.

Equality and hash ignore the position of a node (``span``), the parentheses round it, and its
spelling if that can't change the meaning. ``str(node)`` is the canonical text.
"""

from __future__ import annotations

from pnfilter.diagnostics import NOWHERE, Span
from pnfilter.records import Record, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import KW_ONLY
    from typing import Any, Literal

    ComparisonOperator = Literal["==", "!=", "<", "<=", ">", ">=", "=", "LIKE", "CONTAINS"]
    ArithmeticOperator = Literal["+", "-", "*", "/", "%", "&", "|", "^"]
    SignOperator = Literal["-", "~"]
    Root = Literal["data", "meta", "object"]
    Parens = tuple[Span, ...]


class Expression(Record, metaclass=record):
    """Any node. ``span`` excludes the parentheses; ``parens`` has their spans, inner first.

    A node that was built, not parsed, has the span ``NOWHERE``.
    """

    _: KW_ONLY
    span: Span = NOWHERE
    parens: Parens = ()

    def __str__(self) -> str:
        return print_expression(self)


class String(Expression, metaclass=record, compared=("raw", "bare")):
    r"""A string. ``raw`` is its content with ``\\`` for a backslash and ``\*`` for an asterisk.

    Every other character of ``raw`` is taken literally. ``spelling`` is the string as written,
    quotes included. ``bare`` marks the unquoted word of the shorthand ``such=wow``.
    """

    raw: str
    spelling: str = ""
    bare: bool = False


class Number(Expression, metaclass=record, compared=("spelling",), shown=("spelling", "value")):
    """A number without a sign, as written: ``1.0`` and ``1`` are different literals."""

    spelling: str
    value: int | float


class Boolean(Expression, metaclass=record):
    """``true`` or ``false``."""

    value: bool


class Null(Expression, metaclass=record):
    """``null``."""


class SetLiteral(Expression, metaclass=record):
    """``("us", "eu", 5)``: two or more strings, numbers or negated numbers."""

    elements: tuple[Expression, ...]


class Path(Expression, metaclass=record, compared=("root", "keys")):
    """A place in the message: ``root``, and the keys (names) and indexes (0-based) below it.

    ``prefix`` is the root as written: empty for a bare name, which reads the metadata. ``spelling``
    is the path in the style it was written in (dots or brackets).
    """

    root: Root
    keys: tuple[str | int, ...]
    prefix: str = ""
    spelling: str = ""


class Unary(Expression, metaclass=record):
    """``-x`` or ``~x``."""

    operator: SignOperator
    operand: Expression


class Arithmetic(Expression, metaclass=record):
    """Arithmetic and bitwise operators on two operands."""

    operator: ArithmeticOperator
    left: Expression
    right: Expression
    _: KW_ONLY
    operator_span: Span = NOWHERE


class Comparison(Expression, metaclass=record):
    """One comparison of two operands. ``=`` is the shorthand of ``such=wow`` and means ``==``."""

    operator: ComparisonOperator
    left: Expression
    right: Expression
    _: KW_ONLY
    operator_span: Span = NOWHERE


class Not(Expression, metaclass=record):
    """``!x`` of a condition or of a bare operand."""

    operand: Expression


class And(Expression, metaclass=record):
    """``a && b && …``: two or more operands."""

    operands: tuple[Expression, ...]


class Or(Expression, metaclass=record):
    """``a || b || …``: two or more operands."""

    operands: tuple[Expression, ...]


#: Nodes that have a verdict; every other node is an operand, which has a value.
CONDITIONS = (Comparison, Not, And, Or)
Condition = Comparison | Not | And | Or


def is_condition(node: Expression) -> bool:
    """Return True for a node with a verdict, False for one with a value."""
    return isinstance(node, CONDITIONS)


def children(node: Expression) -> tuple[Expression, ...]:
    """Return the nodes directly below, in the order of the text."""
    match node:
        case And(operands) | Or(operands):
            return operands
        case SetLiteral(elements):
            return elements
        case Comparison(_, left, right) | Arithmetic(_, left, right):
            return (left, right)
        case Not(operand) | Unary(operand=operand):
            return (operand,)
        case _:
            return ()


def walk(node: Expression) -> list[Expression]:
    """Return the node and all below it, parents before children, in the order of the text."""
    found: list[Expression] = []
    pending = [node]
    while pending:
        node = pending.pop()
        found.append(node)
        pending.extend(reversed(children(node)))
    return found


def paths_in(node: Expression) -> list[Path]:
    """Return the paths in a node, in the order of the text, repeated ones too."""
    return [each for each in walk(node) if isinstance(each, Path)]


#: The orderings with their sides exchanged; no other comparison changes.
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
#: Operators by what they need: ordered numbers, integers.
ORDERINGS = frozenset(MIRRORED)
BITWISE = frozenset("&|^")


def is_bare_name(node: Expression) -> bool:
    """Return whether a path is one name without prefix and steps."""
    return isinstance(node, Path) and not node.prefix and len(node.keys) == 1


def is_word_compared(node: Comparison) -> bool:
    """Return whether a bare name is right of ``==``, ``!=`` or LIKE: probably a string."""
    return node.operator in {"==", "!=", "LIKE"} and is_bare_name(node.right)


def dashed_name(node: Expression) -> list[Expression]:
    """Return the parts of a subtraction like a name or a date: ``user-1``, ``2024-01-31``.

    It is a field or a number, then numbers and bare paths, without spaces and parentheses. Empty
    for any other node.
    """
    parts: list[Expression] = []
    while isinstance(node, Arithmetic) and node.operator == "-":
        operator, right = node.operator_span, node.right
        joined = operator.start == node.left.span.end and operator.end == right.span.start
        bare = isinstance(right, Number) or (isinstance(right, Path) and not right.prefix)
        if not joined or not bare or operator == NOWHERE or node.left.parens or right.parens:
            return []
        parts.append(right)
        node = node.left
    match node:
        case Path(keys=keys, spelling=spelling) if parts and keys and not spelling.endswith("]"):
            return [node, *reversed(parts)]
        case Number() if len(parts) == 2 and all(isinstance(part, Number) for part in parts):
            return [node, *reversed(parts)]
        case _:
            return []


def outer_span(node: Expression) -> Span:
    """Return the span of the node with its parentheses."""
    return node.parens[-1] if node.parens else node.span


def to_dict(node: Expression) -> dict[str, Any]:
    """Return the tree as JSON values: the node's type, its fields, and its span."""
    result: dict[str, Any] = {"type": type(node).__name__}
    match node:
        case String(raw, _, bare):
            result |= {"raw": raw, "bare": bare}
        case Number(spelling):
            result["spelling"] = spelling
        case Boolean(value):
            result["value"] = value
        case Path(root, keys):
            result |= {"root": root, "keys": list(keys)}
        case Unary(operator) | Arithmetic(operator) | Comparison(operator):
            result["operator"] = operator
        case _:
            pass
    match node:
        case And() | Or():
            result["operands"] = [to_dict(child) for child in node.operands]
        case SetLiteral():
            result["elements"] = [to_dict(child) for child in node.elements]
        case Comparison() | Arithmetic():
            result["left"], result["right"] = to_dict(node.left), to_dict(node.right)
        case Not() | Unary():
            result["operand"] = to_dict(node.operand)
        case _:
            pass
    result["span"] = {"start": node.span.start, "end": node.span.end}
    return result


# Canonical text
#
# From a tree back to text, in one canonical form that parses to the same tree.
#
# Texts take double quotes where no escape changes by it, keywords are upper case, spaces are
# single. Parentheses stay where without them the reading would rest on a rule that is unverified
# for the server (``!`` before a comparison, ``&&`` beside ``||``, bitwise operators, ``+``
# beside ``*``); a tree that was built, not parsed, gets all of those. The formatter never adds
# parentheses to a text that was written without them: that would settle what the server decides.
#
# What gives away a mistake stays too, so that it is found in the formatted text as well: the
# parentheses of ``("us") CONTAINS x`` and of ``x == (y)``, and ``user-1`` without spaces.

#: Binding strength, loosest first.
_LEVELS = {"|": 1, "^": 2, "&": 3, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5}


def quote(value: str) -> str:
    """Return a string literal with the value ``value``, in double quotes.

    An asterisk stays as it is: outside a pattern it has no special meaning.
    """
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def print_quoted(spelling: str) -> str:
    """Return a quoted string in canonical quotes: double if no other character must change."""
    content = spelling[1:-1]
    if spelling[0] == '"' or '"' in content or "\\" in content.replace("\\'", ""):
        return spelling
    return '"' + content.replace("\\'", "'") + '"'


def print_key(key: str | int) -> str:
    """Return one step of a path."""
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if key.isascii() and key.isidentifier() else f"[{quote(key)}]"


def _print_path(path: Path) -> str:
    if path.spelling:
        return path.spelling
    return path.root + "".join(map(print_key, path.keys))


def _print_text(text: String) -> str:
    if text.bare:
        return text.raw
    if text.spelling:
        return print_quoted(text.spelling)
    return '"' + text.raw.replace('"', '\\"') + '"'


def _in_parens(text: str, wanted: object) -> str:
    return f"({text})" if wanted else text


def _keeps(node: Expression) -> bool:
    """Return whether a node keeps parentheses that the grammar doesn't need.

    Those are written ones, or a built tree's.
    """
    return bool(node.parens) or node.span == NOWHERE


def _print_arithmetic(node: Arithmetic) -> str:
    level = _LEVELS[node.operator]
    parts = dashed_name(node)
    if parts:
        return "-".join(map(print_expression, parts))

    def side(child: Expression, least: int) -> str:
        text = print_expression(child)
        if not isinstance(child, Arithmetic):
            return text
        inner = _LEVELS[child.operator]
        return _in_parens(text, inner < least or (inner != level and _keeps(child)))

    return f"{side(node.left, level)} {node.operator} {side(node.right, level + 1)}"


def _print_comparison(node: Comparison) -> str:
    left, right = node.left, node.right
    one_element = node.operator == "CONTAINS" and isinstance(left, (String, Number))
    bare = is_word_compared(node)
    left_text = _print_side(left, one_element and left.parens)
    return f"{left_text} {node.operator} {_print_side(right, bare and right.parens)}"


def _print_side(node: Expression, in_parens: object) -> str:
    """Return an operand of a comparison.

    Only C's order of bitwise operators and comparisons is known, and it differs.
    """
    bits = isinstance(node, Arithmetic) and node.operator in BITWISE
    return _in_parens(print_expression(node), in_parens or (bits and _keeps(node)))


def _print_unary(node: Unary) -> str:
    inner = print_expression(node.operand)
    return node.operator + _in_parens(inner, isinstance(node.operand, Arithmetic))


def _print_not(node: Not) -> str:
    inner = print_expression(node.operand)
    match node.operand:
        case And() | Or():
            return f"!({inner})"
        case Comparison() | Arithmetic():
            return "!" + _in_parens(inner, _keeps(node.operand))
        case _:
            return "!" + inner


def _print_junction(node: And | Or, operator: str, other: type[Any]) -> str:
    parts = (
        _in_parens(
            print_expression(operand),
            isinstance(operand, other) and (isinstance(node, And) or _keeps(operand)),
        )
        for operand in node.operands
    )
    return f" {operator} ".join(parts)


def print_expression(node: Expression) -> str:
    """The canonical text of a tree."""
    match node:
        case String():
            return _print_text(node)
        case Number(spelling):
            return spelling
        case Boolean(value):
            return "true" if value else "false"
        case Null():
            return "null"
        case Path():
            return _print_path(node)
        case SetLiteral(elements):
            return f"({', '.join(map(print_expression, elements))})"
        case Unary():
            return _print_unary(node)
        case Arithmetic():
            return _print_arithmetic(node)
        case Comparison():
            return _print_comparison(node)
        case Not():
            return _print_not(node)
        case And():
            return _print_junction(node, "&&", Or)
        case Or():
            return _print_junction(node, "||", And)
        case _:
            raise AssertionError(f"not a node: {type(node).__name__}")
