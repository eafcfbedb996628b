"""DuckDB: columns of JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from pnfilter.engines import UntranslatableFilter
from pnfilter.engines.to_sql.dialect import (
    MAX_INDEX_DIGITS,
    Dialect,
)
from pnfilter.engines.to_sql.expressions import (
    FALSE,
    NULL,
    TRUE,
    Sql,
    array,
    attempted_cast,
    binary,
    call,
    case,
    cast,
    column,
    double,
    element,
    every,
    first_present,
    function,
    integer,
    negated,
    one_of,
    same,
    text,
    variable,
)
from pnfilter.engines.to_sql.operands import encoded
from pnfilter.syntax.nodes import MIRRORED

#: Levels of nested arrays that ``==`` and orderings search; deeper ones end the query.
MAX_ARRAY_LEVELS: Final = 5
#: Keys for a JSON pointer: a path can't have the empty one, and DuckDB 1.3 reads a star in a path
#: as every key.
_POINTED: Final = ("", "*")
#: First characters of JSON other than strings, and its words; DuckDB's reader accepts some that
#: JSON doesn't have.
_OTHERS_BEGIN: Final = (*"-0123456789[{",)
_OTHERS: Final = ("true", "false", "null", "nan", "inf", "infinity")
_TOO_DEEP: Final = f"arrays in arrays deeper than {MAX_ARRAY_LEVELS} levels"


def _path(keys: Iterable[str | int]) -> str:
    """Return keys as DuckDB's JSON path, each in quotes."""
    path = "$"
    for key in keys:
        if isinstance(key, int):
            if len(str(key)) > MAX_INDEX_DIGITS:
                raise UntranslatableFilter(f"an index of more than {MAX_INDEX_DIGITS} digits")
            path += f"[{key}]"
        else:
            quoted = key.replace("\\", "\\\\").replace('"', '\\"')
            path += f'."{quoted}"'
    return path


def _is_text_only(value: str) -> bool:
    """Return whether these characters occur in no JSON but strings."""
    return not value.startswith(_OTHERS_BEGIN) and value.lower() not in _OTHERS


class DuckDB(Dialect):
    """DuckDB: columns of JSON, or of JSON strings."""

    name = "duckdb"

    def __init__(self, data: str, meta: str, *, document: str | None = None) -> None:
        super().__init__(data, meta)
        #: The column of whole messages, with the keys ``data`` and ``meta``.
        self.document = document
        #: What is read: for a document the line itself, so that it is parsed once.
        self._holders = dict(self.columns)
        self._prefix: dict[str, tuple[str, ...]] = {"data": (), "meta": ()}
        if document is not None:
            whole = column(document)
            for root, key in (("data", data), ("meta", meta)):
                way = f"/{key}" if key in _POINTED else _path([key])
                self.columns[root] = call("JSON_EXTRACT", whole, text(way))
                self._holders[root], self._prefix[root] = whole, (key,)

    def bind(self, name: str, value: Sql, body: Sql) -> Sql:
        return element(call("LIST_TRANSFORM", array(value), function(name, body)), 0)

    def bind_place(self, name: str, root: str, keys: tuple[str | int, ...], body: Sql) -> Sql:
        """Apply ``bind`` to a ``place``; use the list that reads several places as it is."""
        found = self.places([(root, keys)]) or array(self.place(root, keys))
        return element(call("LIST_TRANSFORM", found, function(name, body)), 0)

    def places(self, wanted: Sequence[tuple[str, tuple[str | int, ...]]]) -> Sql | None:
        """Return a list of the JSON texts of places, from one reading of the message.

        None if one reading isn't enough.
        """
        found, *others = {self._holders[root]: None for root, _ in wanted}
        if others or any(key in _POINTED for root, keys in wanted for key in self._way(root, keys)):
            return None
        paths = array(*(text(_path(self._way(root, keys))) for root, keys in wanted))
        return cast(call("JSON_EXTRACT", found, paths), "VARCHAR[]")

    def _way(self, root: str, keys: tuple[str | int, ...]) -> list[str | int]:
        return [*self._prefix[root], *keys]

    def place(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        return cast(call("JSON_EXTRACT", *self._holder(root, keys)), "VARCHAR")

    def characters_at(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        """Return the characters of a string at a place, or the JSON text of another value.

        JSON null is NULL.
        """
        return call("JSON_EXTRACT_STRING", *self._holder(root, keys))

    def _holder(self, root: str, keys: tuple[str | int, ...]) -> tuple[Sql, Sql]:
        """Return the value that holds a place, and the path from it."""
        found, way = self._holders[root], self._way(root, keys)
        while at := next((at for at, key in enumerate(way, 1) if key in _POINTED), None):
            before, key, way = way[: at - 1], way[at - 1], way[at:]
            holder = call("JSON_EXTRACT", found, text(_path(before)))
            is_object = binary("==", call("JSON_TYPE", holder), text("OBJECT"))
            found = case((is_object, call("JSON_EXTRACT", holder, text(f"/{key}"))), default=NULL)
        return found, text(_path(way))

    def string_in(self, root: str, keys: tuple[str | int, ...], texts: Sequence[str]) -> Sql:
        if all(map(_is_text_only, texts)):
            found, literals = self.characters_at(root, keys), [text(one) for one in texts]
        else:
            found, literals = self.place(root, keys), [text(encoded(one)) for one in texts]
        if len(literals) == 1:
            return same(found, literals[0])
        return first_present(one_of(found, literals), FALSE)

    def number_in(self, root: str, keys: tuple[str | int, ...], numbers: Sequence[float]) -> Sql:
        return one_of(self._as_number(root, keys, "NaN", "+NaN"), map(double, numbers))

    def is_boolean_at(self, root: str, keys: tuple[str | int, ...], value: bool) -> Sql:
        return same(self.place(root, keys), text("true" if value else "false"))

    def is_number_beside(
        self, root: str, keys: tuple[str | int, ...], operator: str, number: float
    ) -> Sql:
        # Infinity and NaN can't be a BIGINT, and NaN is the greatest double. A value that isn't a
        # number gets a finite distance that doesn't fit; a string stays NULL.
        if operator in (">", ">="):
            found = self._as_number(root, keys, "NaN", "+Infinity")
            distance = call("LEAST", binary("-", double(number), found), double(1))
        else:
            found = self._as_number(root, keys, "Infinity", "+NaN")
            distance = call("GREATEST", binary("-", double(number), found), double(-1))
        rounded = call("CEIL" if operator in (">=", "<") else "FLOOR", distance)
        return binary(MIRRORED[operator], attempted_cast(rounded, "BIGINT"), integer(0))

    def of_characters(
        self, root: str, keys: tuple[str | int, ...], outcome: Callable[[Sql], Sql]
    ) -> Sql:
        """Apply an outcome to the characters of a string, or to the JSON text of another value.

        For a missing value and JSON null it is that of NULL, or NULL.
        """
        holder, path = self._holder(root, keys)
        name = self.name_of_variable()
        found = call("JSON_EXTRACT_STRING", holder, array(path))
        return element(call("LIST_TRANSFORM", found, function(name, outcome(variable(name)))), 0)

    def _as_number(self, root: str, keys: tuple[str | int, ...], other: str, of_text: str) -> Sql:
        """Return a number's double; for a string or other value, the double of a chosen word.

        A quote sorts before the plus of a word, this before a minus and digits, and letters after
        these. So one conversion makes each a number and no cast fails: a failing cast takes as long
        as many that succeed.
        """
        least = call("LEAST", self.place(root, keys), text(other))
        return attempted_cast(call("GREATEST", least, text(of_text)), "DOUBLE")

    def is_object(self, root: str) -> Sql:
        return binary("==", call("JSON_TYPE", self.columns[root]), text("OBJECT"))

    def is_plainly_object(self, root: str) -> Sql:
        if self.document is not None:
            return FALSE
        # No other JSON begins with such a character, unless with a space.
        return binary(">=", cast(self.columns[root], "VARCHAR"), text("{"))

    def is_json_null(self, root: str) -> Sql:
        return binary("==", call("JSON_TYPE", self.columns[root]), text("NULL"))

    def is_number(self, root: str) -> Sql:
        first = call("LTRIM", cast(self.columns[root], "VARCHAR"), text(" \t\r\n"))
        return every(binary("<", first, text(":")), binary(">=", first, text("-")))

    def may_be_doubles(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        if any(key in _POINTED for key in keys):
            return TRUE
        # All in one reading of the document.
        paths = [_path(keys[:length]) for length in range(1, len(keys))]
        kinds = call("JSON_TYPE", self.columns[root], array(*map(text, paths)))
        return call("LIST_CONTAINS", kinds, text("DOUBLE")) if paths else FALSE

    def elements(self, value: Sql) -> Sql:
        return cast(call("JSON_EXTRACT", value, text("$[*]")), "VARCHAR[]")

    def leaves(self, value: Sql) -> Sql:
        levels = [
            cast(call("JSON_EXTRACT", value, text("$" + "[*]" * level)), "VARCHAR[]")
            for level in range(1, MAX_ARRAY_LEVELS + 1)
        ]
        deeper = call("JSON_EXTRACT", value, text("$" + "[*]" * (MAX_ARRAY_LEVELS + 1)))
        found = levels[0]
        for level in levels[1:]:
            found = call("LIST_CONCAT", found, level)
        item = self.name_of_variable()
        is_leaf = negated(self.starts_with(variable(item), text("[")))
        nested = self.contains(call("SUBSTR", value, integer(2)), text("["))
        return case(
            (negated(nested), levels[0]),
            (
                binary(">", call("LEN", deeper), integer(0)),
                cast(self._error(_TOO_DEEP), "VARCHAR[]"),
            ),
            default=call("LIST_FILTER", found, function(item, is_leaf)),
        )

    def any_true(self, values: Sql, test: Callable[[Sql], Sql]) -> Sql:
        item = self.name_of_variable()
        found = call("LIST_FILTER", values, function(item, test(variable(item))))
        return binary(">", call("LEN", found), integer(0))

    def any_element(self, values: Sql, outcome: Callable[[Sql], Sql]) -> Sql:
        item = self.name_of_variable()
        # 0 for FALSE, 1 for NULL, 2 for TRUE: the largest decides.
        rank = first_present(
            binary("*", cast(outcome(variable(item)), "INTEGER"), integer(2)), integer(1)
        )
        largest = call("LIST_MAX", call("LIST_TRANSFORM", values, function(item, rank)))
        known = call("NULLIF", first_present(largest, integer(0)), integer(1))
        return binary("==", known, integer(2))

    def _error(self, message: str) -> Sql:
        return call("ERROR", text(f"pnfilter: {message}"))

    def text_of(self, value: Sql) -> Sql:
        return call("JSON_EXTRACT_STRING", value, text("$"))

    def unquoted(self, value: Sql) -> Sql:
        return call("TRIM", value, text('"'))

    def long_literal(self, value: int) -> Sql:
        return cast(text(str(value)), "HUGEINT")

    def lowers_alike(self, part: str) -> bool:
        return "\u0307" not in part

    def folds_alone(self, value: Sql) -> Sql:
        return self.contains(value, text("İ"))

    def fold(self, value: Sql) -> Sql:
        # The only character whose lower case is two characters; LOWER returns the first of them.
        return call("LOWER", call("REPLACE", value, text("İ"), text("i̇")))

    def matches(self, value: Sql, pattern: str) -> Sql:
        return call("REGEXP_FULL_MATCH", value, text(pattern))

    def is_finite(self, value: Sql) -> Sql:
        return first_present(call("ISFINITE", value), FALSE)

    def whole_number(self, value: Sql) -> Sql:
        return attempted_cast(value, "HUGEINT")

    def number_text(self, value: Sql) -> Sql:
        sign = case((self.starts_with(value, text("-")), text("-")), default=text(""))
        bare = call("LTRIM", value, text("-"))
        mantissa = call("SPLIT_PART", bare, text("e"), integer(1))
        exponent = call("SPLIT_PART", bare, text("e"), integer(2))
        digits = call("REPLACE", mantissa, text("."), text(""))
        zeros = call(
            "REPEAT",
            text("0"),
            binary("-", call("ABS", cast(exponent, "INTEGER")), integer(1)),
        )
        plain = call("REGEXP_REPLACE", bare, text("\\.0$"), text(""))
        significant = call("RTRIM", plain, text("0"))
        fraction = call("SUBSTR", significant, integer(2))
        long = call(
            "CONCAT",
            sign,
            call("SUBSTR", significant, integer(1), integer(1)),
            case((binary("==", fraction, text("")), text("")), default=text(".")),
            fraction,
            text("e"),
            cast(binary("-", call("LEN", plain), integer(1)), "VARCHAR"),
        )
        stripped = call("REGEXP_REPLACE", mantissa, text("\\.0$"), text(""))
        return case(
            (self.is_whole(value), value),
            (
                self.contains(value, text("e-")),
                call("CONCAT", sign, text("0."), zeros, digits),
            ),
            (
                self.contains(value, text("e")),
                call("CONCAT", sign, stripped, text("e"), call("LTRIM", exponent, text("+"))),
            ),
            (binary("<", call("LEN", plain), integer(17)), call("CONCAT", sign, plain)),
            (self.contains(plain, text(".")), call("CONCAT", sign, plain)),
            default=long,
        )

    def exclusive_or(self, left: Sql, right: Sql) -> Sql:
        return call("XOR", left, right)

    def has_key(self, value: Sql, key: Sql) -> Sql:
        return call("LIST_CONTAINS", call("JSON_KEYS", value), key)

    def starts_with(self, value: Sql, piece: Sql) -> Sql:
        return call("STARTS_WITH", value, piece)

    def ends_with(self, value: Sql, piece: Sql) -> Sql:
        return call("ENDS_WITH", value, piece)
