"""The usual case of a comparison, in few words: a field of the kind that its constant suggests.

A function on lists costs DuckDB time for every chunk of rows by the size of what it applies, used
or not. So what is usual is asked first, alone; its answer is NULL where it has none, and then the
whole comparison is asked. That reads the place again, which is cheap while it is rare.
"""

from __future__ import annotations

from pnfilter.engines.translation.comparisons import comparison_of_kind
from pnfilter.engines.translation.dialects import Dialect
from pnfilter.engines.translation.duckdbsql import DuckDB
from pnfilter.engines.translation.likeness import fits_parts, like_at_a_glance
from pnfilter.engines.translation.numbers import small
from pnfilter.engines.translation.operands import (
    EXACT,
    PLAIN_TEXTS,
    Constant,
    Field,
    Operand,
    begins_with_name,
    encoded,
)
from pnfilter.engines.translation.sparksql import Spark
from pnfilter.engines.translation.writing import (
    FALSE,
    NULL,
    TRUE,
    Sql,
    attempted_cast,
    between,
    binary,
    call,
    case,
    double,
    element,
    first_present,
    integer,
    is_null,
    negated,
    one_of,
    some,
    text,
    variable,
)
from pnfilter.syntax.nodes import MIRRORED, Arithmetic, Comparison, Path, Text, Unary, walk
from pnfilter.values import is_number, pattern_parts, read_number

#: The largest double.
_LARGEST = 1.7976931348623157e308
_NUMERIC = ("==", "!=", "<", "<=", ">", ">=")


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
    assert isinstance(dialect, DuckDB)
    name = dialect.name_of_variable()
    field = Field(dialect, variable(name), path)
    operands = (field, constant) if constant is right else (constant, field)
    rows = _rows(node, field, constant, operands)
    if not rows or not begins_with_name(path):
        return None
    # Nothing at all is usual where it is known at a glance that nothing is in the way.
    is_single = len(path.keys) == 1 and dialect.document is None
    nothing = binary("==", field.json, text("null"))
    if is_single:
        nothing = some(is_null(field.json), nothing)
    rows.append((nothing, TRUE if node.operator == "!=" else FALSE))
    outcome = dialect.bind_place(name, path.root, path.keys, case(*rows, default=NULL))
    return (
        case((dialect.is_plainly_object(path.root), outcome), default=NULL)
        if is_single
        else outcome
    )


def _rows(
    node: Comparison, field: Field, constant: Constant, operands: tuple[Operand, Operand]
) -> list[tuple[Sql, Sql]]:
    members = constant.value if isinstance(constant.value, list) else [constant.value]
    literal = getattr(node.right, "raw", None)
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in members):
        is_set = node.operator == "CONTAINS" and constant is operands[0]
        if node.operator not in _NUMERIC and not is_set:
            return []
        if is_set or not operands[operands[0] is field].number.is_short:
            finite = between(field.number.double, double(-_LARGEST), double(_LARGEST))
            return [(finite, comparison_of_kind(node.operator, "number", field, operands, None))]
        return [_number_row(node.operator, field, members[0], is_left=operands[0] is field)]
    if not all(isinstance(value, str) for value in members):
        return []
    if node.operator in ("<", "<=", ">", ">="):
        number = None if len(members) > 1 else read_number(members[0])
        if number is None or abs(number) >= EXACT:
            return []
        return [_number_row(node.operator, field, number, is_left=operands[0] is field)]
    if node.operator == "LIKE" and operands[0] is not field:
        return []
    seen = None
    if node.operator == "LIKE" and literal is not None:
        seen = like_at_a_glance(field, literal)
    if seen is None:
        outcome = comparison_of_kind(node.operator, "text", field, operands, literal)
    else:
        # A function that reads JSON would cost time for every chunk: it is left to the whole comparison.
        outcome = case((seen[0], case((seen[1], NULL), default=TRUE)), default=FALSE)
    rows = [(field.is_kind("text"), outcome)]
    if node.operator == "CONTAINS" and operands[0] is field:
        (value,) = members
        wanted = encoded(value)
        if wanted == f'"{value}"' and read_number(value) is None:
            are_texts = field.dialect.matches(field.json, PLAIN_TEXTS)
            rows.append((are_texts, field.dialect.contains(field.json, text(wanted))))
    return rows


def _number_row(operator: str, field: Field, number: float, *, is_left: bool) -> tuple[Sql, Sql]:
    """How the number in a field compares with a short one, by their difference rounded away from zero.

    Rounding keeps its sign, and no integer is made of what isn't finite. So the digits are read once.
    """
    difference = binary("-", field.number.double, double(number))
    operator = operator if is_left else MIRRORED.get(operator, operator)
    if operator in ("==", "!="):
        rounded = call("CEIL", call("ABS", difference))
    else:
        rounded = call("CEIL" if operator in (">", "<=") else "FLOOR", difference)
    outcome = binary(operator, attempted_cast(rounded, "BIGINT"), integer(0))
    # Of what begins with a lower character, texts are no numbers, as they have quotes.
    return binary("<", field.json, text(":")), outcome


def _arithmetic(node: Comparison, dialect: Dialect) -> Sql | None:
    paths = list(dict.fromkeys(part for part in walk(node) if isinstance(part, Path)))
    if any(not begins_with_name(path) for path in paths):
        return None
    if isinstance(dialect, Spark):
        numbers = {path: dialect.number(dialect.json(path.root, path.keys)) for path in paths}
        found = small(node.operator, node.left, node.right, numbers)
        return None if found is None else case(found, default=NULL)
    assert isinstance(dialect, DuckDB)
    listed, names = dialect.name_of_variable(), [dialect.name_of_variable() for _ in paths]
    places = dialect.places([(path.root, path.keys) for path in paths])
    doubles = {
        path: variable(name) if places is None else element(variable(listed), at)
        for at, (path, name) in enumerate(zip(paths, names, strict=True))
    }
    found = small(node.operator, node.left, node.right, doubles)
    if found is None:
        return None
    body = case(found, default=NULL)
    if places is not None:
        return dialect.bind(listed, attempted_cast(places, "DOUBLE[]"), body)
    for path, name in zip(paths, names, strict=True):
        body = dialect.bind(name, dialect.number(dialect.place(path.root, path.keys)), body)
    return body


def _in_spark(
    node: Comparison, path: Path, constant: Constant, sides: tuple[Operand, Operand], dialect: Spark
) -> Sql | None:
    """The usual case on a VARIANT: by its JSON text, which costs less than a value of another type."""
    if not begins_with_name(path):
        return None
    field = Field(dialect, dialect.json(path.root, path.keys), path)
    operands = (field, constant) if constant is sides[1] else (constant, field)
    members = constant.value if isinstance(constant.value, list) else [constant.value]
    if node.operator in _NUMERIC and all(map(is_number, members)):
        outcome = _number_in_spark(node.operator, operands, constant)
    elif all(isinstance(value, str) for value in members):
        is_left = constant is sides[0]
        outcome = _text_in_spark(node, path, constant, is_left=is_left, dialect=dialect)
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
    node: Comparison, path: Path, constant: Constant, *, is_left: bool, dialect: Spark
) -> Sql | None:
    """NULL where there is no text, since its characters are NULL there."""
    characters = dialect.characters_at(path.root, path.keys)
    members = constant.value if isinstance(constant.value, list) else [constant.value]
    is_set = node.operator == "CONTAINS" and is_left and isinstance(constant.value, list)
    if node.operator in ("==", "!=") or is_set:
        found = one_of(characters, map(text, dict.fromkeys(members)))
        return negated(found) if node.operator == "!=" else found
    if is_left:
        return None
    if node.operator == "LIKE" and isinstance(node.right, Text):
        parts = pattern_parts(node.right.raw)
        is_plain = dialect.lowers_alike("".join(parts))
        folded = dialect.lower(characters) if is_plain else dialect.fold(characters)
        return fits_parts(dialect, folded, parts)
    return dialect.contains(characters, text(members[0])) if node.operator == "CONTAINS" else None
