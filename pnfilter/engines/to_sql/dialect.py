"""What the dialects do in different ways: reading JSON, lists, errors.

A place of a message is handled as its JSON text in the form that the engine writes: a text in
quotes, no blanks. Its first character tells what it is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Final

from pnfilter.engines.to_sql.expressions import (
    Sql,
    attempted_cast,
    call,
    cast,
    column,
    negated,
    some,
    text,
    variable,
)

#: An index of a path has at most this many digits.
MAX_INDEX_DIGITS: Final = 9


class Dialect(ABC):
    """One engine's SQL. ``data`` and ``meta`` name the columns of the messages."""

    name: str
    #: From which size on a double may have been an integer, where the engine can't tell.
    doubles_end: float | None = None
    #: Whether ``place`` and ``elements`` end the query for a number that no double holds.
    numbers_are_finite = False
    #: Whether lists of outcomes cost less than telling the kinds of two fields apart in every place.
    binds_results = False

    def __init__(self, data: str, meta: str) -> None:
        for name in (data, meta):
            if not isinstance(name, str):
                raise TypeError(f"a column's name is a text, not {type(name).__name__}")
        self.columns = {"data": column(data), "meta": column(meta)}
        self._names = 0
        # Engines take no notice of case, and a variable goes before a column of its name.
        self._taken = (data.lower(), meta.lower())

    def name_of_variable(self) -> str:
        """A name that is new in the expression, and no column's."""
        self._names += 1
        name = f"v{self._names}"
        return name if name not in self._taken else self.name_of_variable()

    @abstractmethod
    def bind(self, name: str, value: Sql, body: Sql) -> Sql:
        """``body``, in which a variable stands for ``value``, which is worked out once."""

    @abstractmethod
    def place(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        """The JSON text of a place; NULL where there is none."""

    @abstractmethod
    def is_object(self, root: str) -> Sql:
        """Whether a column that is not NULL holds an object."""

    @abstractmethod
    def is_plainly_object(self, root: str) -> Sql:
        """Whether a column holds an object, as far as that is seen at a glance."""

    @abstractmethod
    def unquoted(self, value: Sql) -> Sql:
        """A JSON text that is a text without escapes, without its quotes."""

    @abstractmethod
    def long_literal(self, value: int) -> Sql:
        """An integer of up to 38 digits."""

    @abstractmethod
    def lowers_alike(self, part: str) -> bool:
        """Whether ``lower`` has this piece of a pattern in every text in which ``fold`` has it."""

    def lower(self, value: Sql) -> Sql:
        """Lower case by the engine: like ``fold`` where ``folds_alone`` doesn't hold."""
        return call("LOWER", value)

    @abstractmethod
    def folds_alone(self, value: Sql) -> Sql:
        """Whether a text holds a letter for which ``lower`` and ``fold`` differ."""

    @abstractmethod
    def is_json_null(self, root: str) -> Sql:
        """Whether a column that is not NULL holds JSON null."""

    @abstractmethod
    def is_number(self, root: str) -> Sql:
        """Whether a column that is not NULL may hold a number."""

    @abstractmethod
    def may_be_doubles(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        """Whether a number may stand at a place that the path goes through."""

    # What is enough for who wants the matches only: TRUE exactly where such a value is, else FALSE, never NULL.

    @abstractmethod
    def is_text_among(self, root: str, keys: tuple[str | int, ...], texts: Sequence[str]) -> Sql:
        """Whether one of these texts is at a place."""

    @abstractmethod
    def is_number_among(
        self, root: str, keys: tuple[str | int, ...], numbers: Sequence[float]
    ) -> Sql:
        """Whether one of these numbers, each below 2^53, is at a place; a text that reads as one is not."""

    @abstractmethod
    def is_boolean_at(self, root: str, keys: tuple[str | int, ...], value: bool) -> Sql:
        """Whether this boolean is at a place."""

    @abstractmethod
    def is_number_beside(
        self, root: str, keys: tuple[str | int, ...], operator: str, number: float
    ) -> Sql:
        """Whether a number that is less, or greater, is at a place, beside one below 2^53.

        It must be NULL where a text is, or a number that no double holds, if it is not FALSE there
        all the same, and may be NULL for any other number: there the exact comparison is asked.
        """

    def decided_at(
        self, root: str, keys: tuple[str | int, ...], outcome: Callable[[Sql], Sql]
    ) -> Sql:
        """An outcome of the JSON text of a place, with NULL for it where there is none."""
        name = self.name_of_variable()
        return self.bind(name, self.place(root, keys), outcome(variable(name)))

    @abstractmethod
    def elements(self, value: Sql) -> Sql:
        """The JSON texts of an array's elements, as a list."""

    @abstractmethod
    def leaves(self, value: Sql) -> Sql:
        """The JSON texts of the leaves of an array, as a list."""

    @abstractmethod
    def any_true(self, values: Sql, test: Callable[[Sql], Sql]) -> Sql:
        """Whether a test that is never NULL holds for some element of a list."""

    @abstractmethod
    def any_element(self, values: Sql, outcome: Callable[[Sql], Sql]) -> Sql:
        """Kleene's OR of an outcome over the elements of a list."""

    def each(self, values: Sql, outcome: Callable[[Sql], Sql]) -> Sql:
        """The outcomes for the elements of a list, as a list; where ``binds_results``."""
        raise NotImplementedError

    def flattened(self, values: Sql) -> Sql:
        """The elements of a list's lists, as a list; where ``binds_results``."""
        raise NotImplementedError

    @abstractmethod
    def _error(self, message: str) -> Sql:
        """Ends the query with an error; of any type."""

    def fail(self, message: str) -> Sql:
        """Ends the query with an error; of the type BOOLEAN."""
        return cast(self._error(message), "BOOLEAN")

    @abstractmethod
    def text_of(self, value: Sql) -> Sql:
        """The characters of a JSON text that is a text."""

    @abstractmethod
    def fold(self, value: Sql) -> Sql:
        """Lower case, letter by letter."""

    @abstractmethod
    def matches(self, value: Sql, pattern: str) -> Sql:
        """Whether a whole text fits a regular expression."""

    @abstractmethod
    def is_finite(self, value: Sql) -> Sql:
        """Whether a double is finite; NULL is not."""

    @abstractmethod
    def whole_number(self, value: Sql) -> Sql:
        """The integer of a number's text, or of a double, exactly; NULL where it is too long."""

    @abstractmethod
    def number_text(self, value: Sql) -> Sql:
        """The text of a number as the language has it, from its JSON text."""

    @abstractmethod
    def exclusive_or(self, left: Sql, right: Sql) -> Sql:
        """``^`` of two integers."""

    @abstractmethod
    def has_key(self, value: Sql, key: Sql) -> Sql:
        """Whether an object has a key."""

    def contains(self, value: Sql, piece: Sql) -> Sql:
        """Whether a text holds another."""
        return call("CONTAINS", value, piece)

    @abstractmethod
    def starts_with(self, value: Sql, piece: Sql) -> Sql:
        """Whether a text begins with another."""

    @abstractmethod
    def ends_with(self, value: Sql, piece: Sql) -> Sql:
        """Whether a text ends with another."""

    def number(self, value: Sql) -> Sql:
        """The double of a number's text; NULL for any other."""
        return attempted_cast(value, "DOUBLE")

    def is_whole(self, value: Sql) -> Sql:
        """Whether a number's text is that of an integer."""
        marks = (self.contains(value, text(mark)) for mark in ".eE")
        return negated(some(*marks))
