"""The usual case of a comparison, in few words: a field of the kind that its constant suggests.

A function on lists costs DuckDB time for every chunk of rows by the size of what it applies, used
or not. So what is usual is asked first, alone; its answer is NULL where it has none, and then the
whole comparison is asked. That reads the place again, which is cheap while it is rare.
"""

from __future__ import annotations

from pnfilter.engines.translation.comparisons import (
    comparison_of_kind,
    fits_parts,
    fits_words_only,
)
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
    first_present,
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
        return _in_spark(node, path, constant, sides, dialect)
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
    elif not _begins_with_name(path):
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
    if any(not _begins_with_name(path) for path in paths):
        return None
    if isinstance(dialect, Spark):
        numbers = {path: dialect.number(dialect.json(path.root, path.keys)) for path in paths}
        found = small(node.operator, node.left, node.right, numbers)
        return None if found is None else case(found, default=NULL)
    names = {path: dialect.name_of_variable() for path in paths}
    doubles = {path: variable(name) for path, name in names.items()}
    found = small(node.operator, node.left, node.right, doubles)
    if found is None:
        return None
    body = case(found, default=NULL)
    for path, name in names.items():
        body = dialect.bind(name, dialect.number(dialect.place(path.root, path.keys)), body)
    return body


def _begins_with_name(path: Path) -> bool:
    """Whether only an object has such a place; metadata of another type can't be read."""
    return path.root == "data" or isinstance([*path.keys, 0][0], str)


def _in_spark(
    node: Comparison, path: Path, constant: Constant, sides: tuple[Operand, Operand], dialect: Spark
) -> Sql | None:
    """The usual case on a VARIANT: by its JSON text, which costs less than a value of another type."""
    if not _begins_with_name(path):
        return None
    field = Field(dialect, dialect.json(path.root, path.keys), path)
    operands = (field, constant) if constant is sides[1] else (constant, field)
    members = constant.value if isinstance(constant.value, list) else [constant.value]
    if node.operator in _NUMERIC and all(map(is_number, members)):
        outcome = _number_in_spark(node.operator, operands, constant)
    elif all(isinstance(value, str) for value in members):
        outcome = _text_in_spark(node, field, constant, operands)
    else:
        outcome = None
    if outcome is None:
        return None
    missing = TRUE if node.operator == "!=" else FALSE
    absent = some(dialect.is_null_at(path.root, path.keys), dialect.lacks(path.root, path.keys))
    return first_present(outcome, case((absent, missing), default=NULL))


def _number_in_spark(
    operator: str, operands: tuple[Operand, Operand], constant: Constant
) -> Sql | None:
    """NULL where there is no number: no other JSON text can be cast to one."""
    if abs(constant.value) >= EXACT:
        return None
    return binary(operator, operands[0].number.double, operands[1].number.double)


def _text_in_spark(
    node: Comparison, field: Field, constant: Constant, operands: tuple[Operand, Operand]
) -> Sql | None:
    """NULL where there is no text."""
    dialect, path = field.dialect, field.path
    assert isinstance(dialect, Spark)
    assert path is not None
    is_text = dialect.is_text_at(path.root, path.keys)
    members = constant.value if isinstance(constant.value, list) else [constant.value]
    on_left = node.operator == "CONTAINS" and isinstance(constant.value, list)
    if node.operator in ("==", "!=") or on_left:
        if (on_left and any(read_number(value) is not None for value in members)) or any(
            value.endswith("Infinity") for value in members
        ):
            return None
        same = one_of(field.json, (text(encoded(value)) for value in dict.fromkeys(members)))
        # No other value has such a JSON text.
        equal, other = (FALSE, TRUE) if node.operator == "!=" else (TRUE, FALSE)
        return case((same, equal), (is_text, other), default=NULL)
    if node.operator == "LIKE" and isinstance(node.right, Text):
        parts = pattern_parts(node.right.raw)
        characters = dialect.characters_at(path.root, path.keys)
        if fits_words_only(parts, dialect):
            fitting = fits_parts(dialect, dialect.lower(characters), parts)
            # An array is left to its elements, an infinity to the error that it is.
            open_ = some(
                dialect.starts_with(characters, text("[")),
                dialect.ends_with(characters, text("Infinity")),
            )
            return case(
                (fitting, case((is_text, TRUE), default=NULL)),
                (negated(open_), FALSE),
                default=NULL,
            )
        outcome = comparison_of_kind("LIKE", "text", field, operands, node.right.raw)
    elif node.operator == "CONTAINS" and constant is operands[1]:
        found = dialect.characters_at(path.root, path.keys)
        outcome = dialect.contains(found, text(members[0]))
    else:
        return None
    return case((is_text, outcome), default=NULL)
