"""SQL expressions, built with sqlglot, which knows how each dialect quotes and spells.

Constants are folded while building, so that a row costs no more than necessary. Expressions may
share parts: only ``render`` copies them to a tree of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

try:
    from sqlglot import exp
except ImportError:
    raise ImportError(
        "a filter is translated to SQL by sqlglot: pip install 'pnfilter[sql]'"
    ) from None

# Its module differs between versions of sqlglot.
Sql: TypeAlias = exp.Expression  # pyright: ignore[reportPrivateImportUsage]

TRUE: Sql = exp.true()
FALSE: Sql = exp.false()
NULL: Sql = exp.null()


def constant(outcome: object) -> Sql:
    """Return TRUE, FALSE, or NULL for anything else."""
    if outcome is True:
        return TRUE
    return FALSE if outcome is False else NULL


def column(name: str) -> Sql:
    """Return a quoted column."""
    return exp.column(name, quoted=True)


def variable(name: str) -> Sql:
    """Return a name that ``function`` binds."""
    return exp.column(name)


def text(value: str) -> Sql:
    """Return a string literal."""
    if "\0" not in value:
        return exp.Literal.string(value)
    parts: list[Sql] = []
    for number, piece in enumerate(value.split("\0")):
        if number:
            parts.append(call("CHR", integer(0)))
        parts.append(exp.Literal.string(piece))
    return call("CONCAT", *parts)


def integer(value: int) -> Sql:
    return exp.Literal.number(value)


def double(value: float) -> Sql:
    """Return a number literal of the type DOUBLE."""
    return cast(exp.Literal.string(repr(float(value))), "DOUBLE")


def call(name: str, *arguments: Sql) -> Sql:
    return exp.Anonymous(this=name, expressions=list(arguments))


def cast(value: Sql, kind: str) -> Sql:
    return exp.Cast(this=value, to=exp.DataType.build(kind, dialect="duckdb"))


def attempted_cast(value: Sql, kind: str) -> Sql:
    """Return a cast that is NULL if it fails."""
    to = exp.DataType.build(kind, dialect="duckdb")
    return exp.TryCast(this=value, to=to, safe=True)


def array(*elements: Sql) -> Sql:
    return exp.Array(expressions=list(elements))


def element(values: Sql, index: int) -> Sql:
    """Return an element of an array, counted from 0."""
    return exp.Bracket(this=values, expressions=[integer(index)])


def function(names: str | Iterable[str], body: Sql) -> Sql:
    """Return a lambda with one or more parameters, for functions on arrays and maps."""
    arguments = [names] if isinstance(names, str) else names
    return exp.Lambda(this=body, expressions=[exp.to_identifier(name) for name in arguments])


_OPERATORS: dict[str, type[exp.Binary]] = {
    "==": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
    "+": exp.Add,
    "-": exp.Sub,
    "*": exp.Mul,
    "/": exp.Div,
    "%": exp.Mod,
    "&": exp.BitwiseAnd,
    "|": exp.BitwiseOr,
    "^": exp.BitwiseXor,
}


def binary(operator: str, left: Sql, right: Sql) -> Sql:
    """Return a binary operation, in parentheses."""
    return exp.Paren(this=_OPERATORS[operator](this=left, expression=right))


def same(left: Sql, right: Sql) -> Sql:
    """Return an equality that is never NULL: NULL equals only itself."""
    return exp.Paren(this=exp.NullSafeEQ(this=left, expression=right))


def negative(value: Sql) -> Sql:
    return exp.Paren(this=exp.Neg(this=exp.Paren(this=value)))


def is_null(value: Sql) -> Sql:
    if value is NULL:
        return TRUE
    return exp.Paren(this=exp.Is(this=value, expression=exp.null()))


def between(value: Sql, low: Sql, high: Sql) -> Sql:
    return exp.Paren(this=exp.Between(this=value, low=low, high=high))


def one_of(value: Sql, options: Iterable[Sql]) -> Sql:
    """Return whether a value is in a list of literals."""
    literals = list(options)
    if len(literals) == 1:
        return binary("==", value, literals[0])
    return exp.Paren(this=exp.In(this=value, expressions=literals))


def fits(value: Sql, pattern: str) -> Sql:
    """Return LIKE, with ``!`` as the escape character."""
    like = exp.Like(this=value, expression=text(pattern))
    return exp.Paren(this=exp.Escape(this=like, expression=exp.Literal.string("!")))


def negated(value: Sql) -> Sql:
    """Return Kleene's NOT."""
    if value is TRUE:
        return FALSE
    if value is FALSE:
        return TRUE
    return NULL if value is NULL else exp.Not(this=exp.Paren(this=value))


def _junction(
    kind: Callable[..., Sql], decisive: Sql, neutral: Sql, operands: Iterable[Sql]
) -> Sql:
    left: list[Sql] = []
    for operand in operands:
        if operand is decisive:
            return decisive
        if operand is not neutral:
            left.append(operand)
    if not left:
        return neutral
    if len(left) == 1:
        return left[0]
    while len(left) > 1:
        # Split in halves, so that thousands of operands nest only a dozen levels deep.
        left = [
            kind(this=left[at], expression=left[at + 1]) if at + 1 < len(left) else left[at]
            for at in range(0, len(left), 2)
        ]
        left = [exp.Paren(this=part) if len(left) > 1 else part for part in left]
    return exp.Paren(this=left[0])


def every(*operands: Sql) -> Sql:
    """Return Kleene's AND."""
    return _junction(exp.And, FALSE, TRUE, operands)


def some(*operands: Sql) -> Sql:
    """Return Kleene's OR."""
    return _junction(exp.Or, TRUE, FALSE, operands)


def case(*rows: tuple[Sql, Sql], default: Sql) -> Sql:
    """Return a CASE: the value of the first row whose condition is TRUE."""
    kept: list[tuple[Sql, Sql]] = []
    for condition, value in rows:
        if condition is FALSE or condition is NULL:
            continue
        if condition is TRUE:
            default = value
            break
        kept.append((condition, value))
    while kept and _same(kept[-1][1], default):
        # Conditions don't fail, so one that changes nothing can be dropped.
        kept.pop()
    if not kept:
        return default
    ifs = [exp.If(this=condition, true=value) for condition, value in kept]
    return exp.Case(ifs=ifs, default=default)


def _same(left: Sql, right: Sql) -> bool:
    return left is right and left in (TRUE, FALSE, NULL)


def first_present(*values: Sql) -> Sql:
    """Return a COALESCE."""
    if values[0] in (TRUE, FALSE):
        return values[0]
    return values[1] if values[0] is NULL else call("COALESCE", *values)


def render(value: Sql, dialect: str) -> str:
    """Return the text of an expression in a dialect of sqlglot.

    For Spark it has no variables and no redundant parentheses. Spark's parser looks ahead to the
    closing parenthesis to distinguish a list from an expression, at each level. With nested ones
    that took longer than all other planning of a query.
    """
    if dialect != "spark":
        return str(value.sql(dialect=dialect))
    made: Sql = exp.Paren(this=value.copy())
    for literal in list(made.find_all(exp.Literal)):
        if literal.is_string and VARIABLE in literal.this:
            pieces = _IN_VARIABLE.split(literal.this)
            literal.replace(call("CONCAT", *map(exp.Literal.string, pieces)))
    # Innermost first: a parenthesis is judged after those inside it.
    for bracket in reversed(list(made.find_all(exp.Paren))):
        if bracket.parent is not None and _is_needless(bracket, bracket.parent):
            bracket.replace(bracket.this)
    return str(made.this.sql(dialect=dialect))


#: Spark replaces variables in a query's text before parsing, in strings and names too: this begins
#: one.
VARIABLE: Final = "${"
_IN_VARIABLE: Final = re.compile(r"(?<=\$)(?=\{)")


#: Operator precedence, the loosest first; functions and CASE need no parentheses.
_BINDING: tuple[tuple[type[Sql], ...], ...] = (
    (exp.Or,),
    (exp.And,),
    (exp.Not,),
    (
        exp.EQ,
        exp.NullSafeEQ,
        exp.NEQ,
        exp.LT,
        exp.LTE,
        exp.GT,
        exp.GTE,
        exp.Is,
        exp.In,
        exp.Between,
        exp.Like,
        exp.Escape,
    ),
    (exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor),
    (exp.Add, exp.Sub),
    (exp.Mul, exp.Div, exp.Mod),
    (exp.Neg,),
)


def _binds(value: object) -> int:
    for level, kinds in enumerate(_BINDING, 1):
        if isinstance(value, kinds):
            return level
    return len(_BINDING) + 1


def _is_needless(bracket: exp.Paren, holder: object) -> bool:
    """Return whether an operand in parentheses would be one operand without them."""
    inner, level = bracket.this, _binds(holder)
    if isinstance(holder, exp.Bracket):
        return _binds(inner) > len(_BINDING)
    if isinstance(holder, (exp.And, exp.Or)) and isinstance(inner, type(holder)):
        # The operator is associative.
        return True
    return level > len(_BINDING) or _binds(inner) > level
