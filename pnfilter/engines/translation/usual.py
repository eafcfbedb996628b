"""The usual case of a comparison, in few words: a field of the kind that its constant suggests.

A function on lists costs DuckDB time for every chunk of rows by the size of what it applies, used
or not. So what is usual is asked first, alone; its answer is NULL where it has none, and then the
whole comparison is asked. That reads the place again, which is cheap while it is rare.
"""

from __future__ import annotations

from pnfilter.engines.translation.comparisons import comparison_of_kind, text_fits
from pnfilter.engines.translation.dialects import Dialect
from pnfilter.engines.translation.numbers import small
from pnfilter.engines.translation.operands import EXACT, Constant, Field, Operand, encoded
from pnfilter.engines.translation.sparksql import Spark
from pnfilter.engines.translation.writing import (
    FALSE,
    NULL,
    TRUE,
    Sql,
    between,
    binary,
    case,
    double,
    is_null,
    negated,
    one_of,
    some,
    text,
    variable,
)
from pnfilter.syntax.nodes import Arithmetic, Comparison, Path, Text, Unary, walk
from pnfilter.values import is_number, pattern_parts, read_number

#: The largest double.
_LARGEST = 1.7976931348623157e308
#: An array of texts without escapes, as JSON.
_PLAIN_TEXTS = r'\[("[^"\\]*"(,"[^"\\]*")*)?\]'
_NUMERIC = ("==", "!=", "<", "<=", ">", ">=")
#: In the place of a field whose column is no object at a glance.
_UNUSUAL = "~"


def usual(node: Comparison, sides: tuple[Operand, Operand], dialect: Dialect) -> Sql | None:
    """The outcome where it is a usual one, else NULL; None where nothing is known to be usual."""
    if any(isinstance(side, (Arithmetic, Unary)) for side in (node.left, node.right)):
        return _arithmetic(node, dialect) if node.operator in _NUMERIC else None
    left, right = sides
    if isinstance(left, Field) and isinstance(right, Constant):
        path, constant = left.path, right
    elif isinstance(right, Field) and isinstance(left, Constant):
        path, constant = right.path, left
    else:
        return None
    assert path is not None
    if isinstance(dialect, Spark):
        return _in_spark(node, path, constant, dialect)
    name = dialect.name_of_variable()
    field = Field(dialect, variable(name), path)
    value = field.json
    operands = (field, constant) if constant is right else (constant, field)
    rows = _rows(node, field, constant, operands)
    if not rows:
        return None
    is_single = len(path.keys) == 1 and isinstance(path.keys[0], str)
    found = dialect.place(path.root, path.keys)
    if is_single:
        missing = TRUE if node.operator == "!=" else FALSE
        rows.append((some(is_null(value), binary("==", value, text("null"))), missing))
        found = case((dialect.is_plainly_object(path.root), found), default=text(_UNUSUAL))
    elif not (path.keys and isinstance(path.keys[0], str)) and path.root == "meta":
        return None
    return dialect.bind(name, found, case(*rows, default=NULL))


def _rows(
    node: Comparison, field: Field, constant: Constant, operands: tuple[Operand, Operand]
) -> list[tuple[Sql, Sql]]:
    members = constant.value if isinstance(constant.value, list) else [constant.value]
    literal = getattr(node.right, "raw", None)
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in members):
        is_set = node.operator == "CONTAINS" and constant is operands[0]
        if node.operator not in _NUMERIC and not is_set:
            return []
        finite = between(field.number.double, double(-_LARGEST), double(_LARGEST))
        return [(finite, comparison_of_kind(node.operator, "number", field, operands, None))]
    if not all(isinstance(value, str) for value in members):
        return []
    if node.operator in ("<", "<=", ">", ">="):
        if len(members) > 1 or read_number(members[0]) is None:
            return []
        finite = between(field.number.double, double(-_LARGEST), double(_LARGEST))
        return [(finite, comparison_of_kind(node.operator, "number", field, operands, None))]
    if node.operator == "LIKE" and operands[0] is not field:
        return []
    outcome = comparison_of_kind(node.operator, "text", field, operands, literal)
    rows = [(field.is_kind("text"), outcome)]
    if node.operator == "CONTAINS" and operands[0] is field:
        (value,) = members
        wanted = encoded(value)
        if wanted == f'"{value}"' and read_number(value) is None:
            are_texts = field.dialect.matches(field.json, _PLAIN_TEXTS)
            rows.append((are_texts, field.dialect.contains(field.json, text(wanted))))
    return rows


def _arithmetic(node: Comparison, dialect: Dialect) -> Sql | None:
    paths = list(dict.fromkeys(part for part in walk(node) if isinstance(part, Path)))
    if isinstance(dialect, Spark):
        return None
    names = {path: dialect.name_of_variable() for path in paths}
    doubles = {path: variable(name) for path, name in names.items()}
    found = small(node.operator, node.left, node.right, doubles)
    if found is None:
        return None
    if any(path.root == "meta" and not isinstance([*path.keys, 0][0], str) for path in paths):
        return None
    body = case(found, default=NULL)
    for path, name in names.items():
        body = dialect.bind(name, dialect.number(dialect.place(path.root, path.keys)), body)
    return body


def _in_spark(node: Comparison, path: Path, constant: Constant, dialect: Spark) -> Sql | None:
    """The usual case on a VARIANT: its type first, then the value, without a text of it."""
    place = dialect.variant(path.root, path.keys)
    if path.root == "meta" and not (path.keys and isinstance(path.keys[0], str)):
        return None
    members = constant.value if isinstance(constant.value, list) else [constant.value]
    kind = dialect.kind(place)
    missing = TRUE if node.operator == "!=" else FALSE
    null = (binary("==", kind, text("VOID")), missing)
    on_left = node.operator == "CONTAINS" and isinstance(constant.value, list)
    if node.operator in _NUMERIC and all(map(is_number, members)):
        (value,) = members
        if abs(value) >= EXACT:
            return None
        number = dialect.variant(path.root, path.keys, "double")
        sides = (number, double(value))
        if isinstance(node.right, Path):
            sides = (double(value), number)
        outcome = binary(node.operator, *sides)
        is_short = some(
            binary("==", kind, text("BIGINT")), dialect.starts_with(kind, text("DECIMAL"))
        )
        return case((is_short, outcome), null, default=NULL)
    if not all(isinstance(value, str) for value in members):
        return None
    found = dialect.variant(path.root, path.keys, "string")
    literal = node.right.raw if isinstance(node.right, Text) else None
    if node.operator in ("==", "!=") or on_left:
        outcome = one_of(found, (text(value) for value in dict.fromkeys(members)))
        outcome = negated(outcome) if node.operator == "!=" else outcome
        if on_left and any(read_number(value) is not None for value in members):
            return None
    elif node.operator == "LIKE" and literal is not None:
        outcome = text_fits(dialect, found, pattern_parts(literal))
    elif node.operator == "CONTAINS" and isinstance(node.left, Path):
        outcome = dialect.contains(found, text(members[0]))
    else:
        return None
    return case((binary("==", kind, text("STRING")), outcome), null, default=NULL)
