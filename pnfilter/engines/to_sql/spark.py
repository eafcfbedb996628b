"""Apache Spark: columns of VARIANT, or of JSON strings.

A VARIANT keeps a JSON number without an exponent as an integer or a decimal, and every longer one
as a double. So a number of more than 38 digits looks like a double, and one beyond the doubles like
an unreadable one. There the query ends with an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from pnfilter.engines import UntranslatableFilter
from pnfilter.engines.to_sql.dialect import (
    MAX_INDEX_DIGITS,
    Dialect,
)
from pnfilter.engines.to_sql.expressions import (
    FALSE,
    VARIABLE,
    Sql,
    array,
    attempted_cast,
    binary,
    call,
    case,
    cast,
    double,
    element,
    every,
    first_present,
    function,
    integer,
    is_null,
    negated,
    one_of,
    same,
    some,
    text,
    variable,
)

#: Characters that have a lower case since Unicode 14, on which the language's cases are based.
NEW_LETTERS = (
    "[\u1c89\ua7cb\ua7cc\ua7ce\ua7d2\ua7d4\ua7da\ua7dc\U00010d50-\U00010d65\U00016ea0-\U00016eb8]"
)
#: Levels of nested arrays that ``==`` and orderings search: Spark takes long to plan each.
MAX_ARRAY_LEVELS: Final = 2
_TOO_DEEP = f"arrays in arrays deeper than {MAX_ARRAY_LEVELS} levels"
_BEYOND = "a number beyond the range of a double"
_LARGEST = 1.7976931348623157e308
#: What Spark writes as the JSON of such numbers, and of strings.
_INFINITIES = ('"Infinity"', '"-Infinity"')


class Spark(Dialect):
    """Spark SQL from 4.0 on. ``is_text``: the columns are JSON strings."""

    name = "spark"
    #: A larger double may have been an integer.
    doubles_end = 1e38
    numbers_are_finite = True
    binds_results = True

    def __init__(self, data: str, meta: str, *, is_text: bool = False) -> None:
        super().__init__(data, meta)
        if VARIABLE in data or VARIABLE in meta:
            raise UntranslatableFilter(
                f"a column with {VARIABLE} in its name, a variable of Spark's"
            )
        if is_text:
            self.columns = {root: call("PARSE_JSON", one) for root, one in self.columns.items()}

    def variant(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        """Return the VARIANT of a place; NULL if there is none."""
        return call("VARIANT_GET", self.columns[root], text(_path(keys)), text("variant"))

    def attempted(self, root: str, keys: tuple[str | int, ...], kind: str) -> Sql:
        """Return the value of a place as another type; NULL if it can't be converted.

        A scan of Parquet builds each type that a query uses, for every row. So never use a whole
        column: a shredded one would be reassembled.
        """
        return call("TRY_VARIANT_GET", self.columns[root], text(_path(keys)), text(kind))

    def json(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        """Return the JSON text of a place, in which a number may have any type."""
        return call("TO_JSON", self.variant(root, keys))

    def characters_at(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        """Return a string's characters; NULL for other values, for which no bytes are made."""
        return cast(self.attempted(root, keys, "binary"), "VARCHAR")

    def is_null_at(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        """Return whether JSON null is at a place."""
        return call("IS_VARIANT_NULL", self.variant(root, keys))

    def string_in(self, root: str, keys: tuple[str | int, ...], texts: Sequence[str]) -> Sql:
        return first_present(one_of(self.characters_at(root, keys), map(text, texts)), FALSE)

    def number_in(self, root: str, keys: tuple[str | int, ...], numbers: Sequence[float]) -> Sql:
        # Only a number's JSON can be cast to a double: that of an infinity has quotes.
        found = self.number(self.json(root, keys))
        return first_present(one_of(found, map(double, numbers)), FALSE)

    def is_boolean_at(self, root: str, keys: tuple[str | int, ...], value: bool) -> Sql:
        return same(self.json(root, keys), text("true" if value else "false"))

    def is_number_beside(
        self, root: str, keys: tuple[str | int, ...], operator: str, number: float
    ) -> Sql:
        return binary(operator, self.number(self.json(root, keys)), double(number))

    def decided_at(
        self, root: str, keys: tuple[str | int, ...], outcome: Callable[[Sql], Sql]
    ) -> Sql:
        # A scan reads the place once, however often it is named.
        beyond = self.is_beyond_at(root, keys)
        return case((beyond, self.fail(_BEYOND)), default=outcome(self.json(root, keys)))

    def is_beyond_at(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        """Return whether a place has a number beyond the doubles, whose JSON is a string."""
        written = one_of(self.json(root, keys), map(text, _INFINITIES))
        return every(written, binary("==", self.kind(self.variant(root, keys)), text("DOUBLE")))

    def lacks(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        """Return whether nothing is at a place, and no number is on the path.

        Such a number may be unreadable.
        """
        first = 0 if root == "data" else 1
        is_readable = (
            negated(is_null(self.columns[root])) if root == "data" else self.is_object(root)
        )
        ways = (self.attempted(root, keys[:end], "double") for end in range(first, len(keys)))
        return every(is_null(self.variant(root, keys)), is_readable, *map(is_null, ways))

    def kind(self, value: Sql) -> Sql:
        """Return the name of a VARIANT's type."""
        return call("SCHEMA_OF_VARIANT", value)

    def written(self, value: Sql) -> Sql:
        """Return the JSON text of a VARIANT, in which integers and other numbers differ."""
        kind, made = self.kind(value), call("TO_JSON", value)
        finite = self.is_finite(cast(value, "DOUBLE"))
        beyond = cast(self._error(_BEYOND), "VARCHAR")
        bare = every(
            negated(self.contains(made, text("."))),
            binary("<", call("LENGTH", made), integer(19)),
            self.starts_with(kind, text("DECIMAL")),
        )
        # In an array such a number has become the string "Infinity".
        hides_beyond = every(
            self.starts_with(kind, text("ARRAY")),
            self.contains(made, text('Infinity"')),
            negated(binary("==", kind, text("ARRAY<STRING>"))),
        )
        return case(
            (
                binary("==", kind, text("DOUBLE")),
                case((finite, made), default=beyond),
            ),
            (bare, call("CONCAT", made, text(".0"))),
            (hides_beyond, beyond),
            default=made,
        )

    def bind(self, name: str, value: Sql, body: Sql) -> Sql:
        # In no version yet does Spark generate code for this higher-order function. So rare work
        # isn't compiled with what each row needs, which stays short enough to run fast.
        once = call("MAP", integer(0), value), call("MAP", integer(0), integer(0))
        names = (self.name_of_variable(), name, self.name_of_variable())
        return element(call("MAP_ZIP_WITH", *once, function(names, body)), 0)

    def place(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        name = self.name_of_variable()
        return self.bind(name, self.variant(root, keys), self.written(variable(name)))

    def is_object(self, root: str) -> Sql:
        return negated(is_null(self.attempted(root, (), "struct<a boolean>")))

    def is_plainly_object(self, root: str) -> Sql:  # noqa: ARG002
        return FALSE

    def is_json_null(self, root: str) -> Sql:
        # Numbers and booleans become doubles, strings bytes.
        kinds = ("struct<a boolean>", "double", "binary", "array<boolean>")
        return every(*(is_null(self.attempted(root, (), kind)) for kind in kinds))

    def is_number(self, root: str) -> Sql:
        return every(
            negated(is_null(self.attempted(root, (), "double"))),
            is_null(self.attempted(root, (), "binary")),
        )

    def may_be_doubles(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        first = 0 if root == "data" else 1
        return some(*(self._is_beyond(root, keys[:length]) for length in range(first, len(keys))))

    def _is_beyond(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        """Return FALSE, or an error for a number beyond the range of a double."""
        number, characters = (self.attempted(root, keys, kind) for kind in ("double", "binary"))
        return case(
            (
                every(binary(">", call("ABS", number), double(_LARGEST)), is_null(characters)),
                self.fail(_BEYOND),
            ),
            default=FALSE,
        )

    def elements(self, value: Sql) -> Sql:
        item = self.name_of_variable()
        parsed = cast(call("PARSE_JSON", value), "VARIANT[]")
        return call("TRANSFORM", parsed, function(item, self.written(variable(item))))

    def leaves(self, value: Sql) -> Sql:
        found = self.elements(value)
        for _ in range(MAX_ARRAY_LEVELS - 1):
            item = self.name_of_variable()
            one = variable(item)
            inner = case((self.starts_with(one, text("[")), self.elements(one)), default=array(one))
            found = call("FLATTEN", call("TRANSFORM", found, function(item, inner)))
        item = self.name_of_variable()
        one = variable(item)
        # An array that remains is deeper than the limit.
        checked = case(
            (self.starts_with(one, text("[")), cast(self._error(_TOO_DEEP), "VARCHAR")), default=one
        )
        return call("TRANSFORM", found, function(item, checked))

    def any_true(self, values: Sql, test: Callable[[Sql], Sql]) -> Sql:
        item = self.name_of_variable()
        return call("EXISTS", values, function(item, test(variable(item))))

    def any_element(self, values: Sql, outcome: Callable[[Sql], Sql]) -> Sql:
        # EXISTS is Kleene's OR.
        return self.any_true(values, outcome)

    def each(self, values: Sql, outcome: Callable[[Sql], Sql]) -> Sql:
        item = self.name_of_variable()
        return call("TRANSFORM", values, function(item, outcome(variable(item))))

    def flattened(self, values: Sql) -> Sql:
        return call("FLATTEN", values)

    def _error(self, message: str) -> Sql:
        return call("RAISE_ERROR", text(f"pnfilter: {message}"))

    def text_of(self, value: Sql) -> Sql:
        return call("VARIANT_GET", call("PARSE_JSON", value), text("$"), text("string"))

    def unquoted(self, value: Sql) -> Sql:
        return call("BTRIM", value, text('"'))

    def lowers_alike(self, part: str) -> bool:
        return part.isascii()

    def folds_alone(self, value: Sql) -> Sql:  # noqa: ARG002
        return FALSE

    def fold(self, value: Sql) -> Sql:
        # Spark looks at the neighbours of a capital sigma, and knows characters of later tables.
        unknown = call("REGEXP_LIKE", value, text(NEW_LETTERS))
        beyond = cast(self._error("a letter that is younger than Unicode 14"), "VARCHAR")
        return case(
            (unknown, beyond),
            default=call("LOWER", call("REPLACE", value, text("Σ"), text("σ"))),
        )

    def matches(self, value: Sql, pattern: str) -> Sql:
        return call("REGEXP_LIKE", value, text(rf"\A(?:{pattern})\z"))

    def is_finite(self, value: Sql) -> Sql:
        return first_present(binary("<=", call("ABS", value), double(_LARGEST)), FALSE)

    def whole_number(self, value: Sql) -> Sql:
        return attempted_cast(value, "BIGINT")

    def long_literal(self, value: int) -> Sql:
        return cast(text(str(value)), "DECIMAL(38, 0)")

    def number_text(self, value: Sql) -> Sql:
        plain = call("REGEXP_REPLACE", value, text(r"\.0$"), text(""))
        digits = call("LENGTH", call("REGEXP_REPLACE", plain, text(r"[-.]|^-?0\.0*"), text("")))
        # Up to 15 digits a decimal is the shortest text of its double. Zero has lost its sign.
        known = every(
            negated(self.contains(value, text("E"))),
            binary("<=", digits, integer(15)),
            negated(binary("==", plain, text("0"))),
        )
        unknown = cast(self._error("the text of a number that is no short decimal"), "VARCHAR")
        return case((self.is_whole(value), value), (known, plain), default=unknown)

    def exclusive_or(self, left: Sql, right: Sql) -> Sql:
        return binary("^", left, right)

    def has_key(self, value: Sql, key: Sql) -> Sql:
        return call("ARRAY_CONTAINS", call("JSON_OBJECT_KEYS", value), key)

    def starts_with(self, value: Sql, piece: Sql) -> Sql:
        return call("STARTSWITH", value, piece)

    def ends_with(self, value: Sql, piece: Sql) -> Sql:
        return call("ENDSWITH", value, piece)


def _path(keys: tuple[str | int, ...]) -> str:
    """Return keys as a path into a VARIANT.

    It has no escapes, so a key must leave one kind of quote free.
    """
    path = "$"
    for key in keys:
        if isinstance(key, int):
            if len(str(key)) > MAX_INDEX_DIGITS:
                raise UntranslatableFilter(f"an index of more than {MAX_INDEX_DIGITS} digits")
            path += f"[{key}]"
        elif '"' not in key:
            path += f'["{key}"]'
        elif "'" not in key:
            path += f"['{key}']"
        else:
            raise UntranslatableFilter("a key with both kinds of quotes")
    return path
