"""What differs between dialects: reading JSON, lists, errors.

A place of a message is represented by its JSON text as the engine writes it: strings in quotes, no
spaces. Its first character shows its type.
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

#: Maximum digits of an index in a path.
MAX_INDEX_DIGITS: Final = 9


class Dialect(ABC):
    """One engine's SQL. ``data`` and ``meta`` name the columns of the messages."""

    name: str
    #: The size from which a double may have been an integer, if the engine can't distinguish them.
    doubles_end: float | None = None
    #: Whether ``place`` and ``elements`` end the query for a number that no double holds.
    numbers_are_finite = False
    #: Whether lists of outcomes cost less than testing the types of two fields at every place.
    binds_results = False

    def __init__(self, data: str, meta: str) -> None:
        for name in (data, meta):
            if not isinstance(name, str):
                raise TypeError(f"a column's name is a text, not {type(name).__name__}")
        self.columns = {"data": column(data), "meta": column(meta)}
        self._names = 0
        # Engines ignore case, and a variable hides a column of its name.
        self._taken = (data.lower(), meta.lower())

    def name_of_variable(self) -> str:
        """Return a name that is new in the expression and differs from the columns."""
        self._names += 1
        name = f"v{self._names}"
        return name if name not in self._taken else self.name_of_variable()

    @abstractmethod
    def bind(self, name: str, value: Sql, body: Sql) -> Sql:
        """Return ``body``, in which a variable refers to ``value``, computed once."""

    @abstractmethod
    def place(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        """The JSON text of a place; NULL if there is none."""

    @abstractmethod
    def is_object(self, root: str) -> Sql:
        """Whether a column that is not NULL holds an object."""

    @abstractmethod
    def is_plainly_object(self, root: str) -> Sql:
        """Whether a column holds an object, by a quick test that may miss some."""

    @abstractmethod
    def unquoted(self, value: Sql) -> Sql:
        """A JSON string without escapes, without its quotes."""

    @abstractmethod
    def long_literal(self, value: int) -> Sql:
        """An integer of up to 38 digits."""

    @abstractmethod
    def lowers_alike(self, part: str) -> bool:
        """Whether ``lower`` finds this piece of a pattern wherever ``fold`` does."""

    def lower(self, value: Sql) -> Sql:
        """Lower case by the engine: like ``fold`` unless ``folds_alone`` holds."""
        return call("LOWER", value)

    @abstractmethod
    def folds_alone(self, value: Sql) -> Sql:
        """Whether a string holds a character for which ``lower`` and ``fold`` differ."""

    @abstractmethod
    def is_json_null(self, root: str) -> Sql:
        """Whether a column that is not NULL holds JSON null."""

    @abstractmethod
    def is_number(self, root: str) -> Sql:
        """Whether a column that is not NULL may hold a number."""

    @abstractmethod
    def may_be_doubles(self, root: str, keys: tuple[str | int, ...]) -> Sql:
        """Whether a number may be at a place that the path goes through."""

    # For callers that need matches only: TRUE exactly where such a value is, else FALSE, never
    # NULL.

    @abstractmethod
    def string_in(self, root: str, keys: tuple[str | int, ...], texts: Sequence[str]) -> Sql:
        """Whether one of these strings is at a place."""

    @abstractmethod
    def number_in(self, root: str, keys: tuple[str | int, ...], numbers: Sequence[float]) -> Sql:
        """Whether one of these numbers is at a place; a string that reads as one doesn't count.

        Each is below 2^53.
        """

    @abstractmethod
    def is_boolean_at(self, root: str, keys: tuple[str | int, ...], value: bool) -> Sql:
        """Whether this boolean is at a place."""

    @abstractmethod
    def is_number_beside(
        self, root: str, keys: tuple[str | int, ...], operator: str, number: float
    ) -> Sql:
        """Whether a number that is less, or greater, is at a place, beside one below 2^53.

        For a string, or a number that no double holds, it must be NULL or rightly FALSE. It may be
        NULL for any other number: then the exact comparison decides.
        """

    def decided_at(
        self, root: str, keys: tuple[str | int, ...], outcome: Callable[[Sql], Sql]
    ) -> Sql:
        """An outcome of the JSON text of a place, which is NULL if the place is empty."""
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
        """The outcomes for the elements of a list, as a list; if ``binds_results``."""
        raise NotImplementedError

    def flattened(self, values: Sql) -> Sql:
        """The elements of a list's lists, as a list; if ``binds_results``."""
        raise NotImplementedError

    @abstractmethod
    def _error(self, message: str) -> Sql:
        """An expression that ends the query with an error; of any type."""

    def fail(self, message: str) -> Sql:
        """An expression that ends the query with an error; of the type BOOLEAN."""
        return cast(self._error(message), "BOOLEAN")

    @abstractmethod
    def text_of(self, value: Sql) -> Sql:
        """The characters of a JSON string."""

    @abstractmethod
    def fold(self, value: Sql) -> Sql:
        """Lower case, character by character."""

    @abstractmethod
    def matches(self, value: Sql, pattern: str) -> Sql:
        """Whether a regular expression matches a whole string."""

    @abstractmethod
    def is_finite(self, value: Sql) -> Sql:
        """Whether a double is finite; NULL is not."""

    @abstractmethod
    def whole_number(self, value: Sql) -> Sql:
        """The exact integer of a number's text, or of a double; NULL if it is too long."""

    @abstractmethod
    def number_text(self, value: Sql) -> Sql:
        """The text of a number as in the language, from its JSON text."""

    @abstractmethod
    def exclusive_or(self, left: Sql, right: Sql) -> Sql:
        """``^`` of two integers."""

    @abstractmethod
    def has_key(self, value: Sql, key: Sql) -> Sql:
        """Whether an object has a key."""

    def contains(self, value: Sql, piece: Sql) -> Sql:
        """Whether a string contains another."""
        return call("CONTAINS", value, piece)

    @abstractmethod
    def starts_with(self, value: Sql, piece: Sql) -> Sql:
        """Whether a string starts with another."""

    @abstractmethod
    def ends_with(self, value: Sql, piece: Sql) -> Sql:
        """Whether a string ends with another."""

    def number(self, value: Sql) -> Sql:
        """The double of a number's text; NULL for any other."""
        return attempted_cast(value, "DOUBLE")

    def is_whole(self, value: Sql) -> Sql:
        """Whether a number's text is that of an integer."""
        marks = (self.contains(value, text(mark)) for mark in ".eE")
        return negated(some(*marks))
