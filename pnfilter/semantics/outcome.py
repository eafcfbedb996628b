"""The outcome of a filter: ``True``, ``False``, or the ``Reason`` why it is UNDECIDED.

All internal functions return that. The public functions convert it to a ``Verdict``.
"""

from __future__ import annotations

import enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final, NoReturn, TypeAlias


class Verdict(enum.Enum):
    """A filter's verdict on a message. UNDECIDED: only the server knows the decision."""

    MATCH = "MATCH"
    NO_MATCH = "NO_MATCH"
    UNDECIDED = "UNDECIDED"

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a verdict is neither true nor false but has three values: "
            "use Filter.matches(message), or compare with Verdict.MATCH"
        )


# A global name is quicker than an attribute of an enumeration.
_MATCH, _NO_MATCH, _UNDECIDED = Verdict.MATCH, Verdict.NO_MATCH, Verdict.UNDECIDED


class Reason(enum.Enum):
    """Why a verdict is UNDECIDED. The value is the reason's name in the conformance suite."""

    UNREADABLE = "unreadable"
    EVENT_KIND = "event-kind"
    NO_RESULT = "no-result"
    BOTH_MISSING = "both-missing"
    MISSING_DIFFERS = "missing-differs"
    NO_METADATA = "no-metadata"
    MISSING_IN_ARITHMETIC = "missing-in-arithmetic"
    NUMBER_AND_TEXT = "number-and-text"
    BOOLEAN_EQUALITY = "boolean-equality"
    ARRAY_EQUALITY = "array-equality"
    JSON_EQUALITY = "json-equality"
    TEXT_ORDERING = "text-ordering"
    ARRAY_ORDERING = "array-ordering"
    LIKE_SCALAR = "like-scalar"
    PATTERN_FROM_MESSAGE = "pattern-from-message"
    PATTERN_NOT_TEXT = "pattern-not-text"
    CONTAINS_CONTAINER = "contains-container"
    CONTAINS_BOOLEAN = "contains-boolean"
    CONTAINS_IN_SCALAR = "contains-in-scalar"
    CONTAINS_KEY = "contains-key"
    NEGATED_VALUE = "negated-value"
    BARE_VALUE = "bare-value"

    @property
    def text(self) -> str:
        """The reason as the end of a sentence."""
        return REASON_TEXTS[self]


REASON_TEXTS: Final = {
    Reason.UNREADABLE: "an operand can't be read here",
    Reason.EVENT_KIND: "whether filters apply to signals, objects and message actions is not known",
    Reason.NO_RESULT: (
        "the arithmetic has no result here, and what the server does then is not known"
    ),
    Reason.BOTH_MISSING: (
        "both sides are missing, and whether the server calls that equal is not known"
    ),
    Reason.MISSING_DIFFERS: (
        "the field is missing, and whether the server calls that different is not known"
    ),
    Reason.NO_METADATA: "the message has no metadata at all, and what `!=` says then is not known",
    Reason.MISSING_IN_ARITHMETIC: (
        "a field of the arithmetic is missing, and what the server does then is not known"
    ),
    Reason.NUMBER_AND_TEXT: "whether a number equals its own text is not known",
    Reason.BOOLEAN_EQUALITY: "what a boolean equals is not known",
    Reason.ARRAY_EQUALITY: "an element is equal, and whether the array then is equal is not known",
    Reason.JSON_EQUALITY: "whether objects and arrays can be equal is not known",
    Reason.TEXT_ORDERING: (
        "the documented ordering is of numbers; how strings are ordered is not known"
    ),
    Reason.ARRAY_ORDERING: "an element matches, and whether the array then matches is not known",
    Reason.LIKE_SCALAR: "the text of the value matches, and whether LIKE reads it is not known",
    Reason.PATTERN_FROM_MESSAGE: (
        "whether wildcards work in a pattern from the message is not known"
    ),
    Reason.PATTERN_NOT_TEXT: "the pattern is not a string, and what LIKE does then is not known",
    Reason.CONTAINS_CONTAINER: "whether an array or object can be contained is not known",
    Reason.CONTAINS_BOOLEAN: "whether a string contains a boolean's name is not known",
    Reason.CONTAINS_IN_SCALAR: (
        "the text of the value contains it, and whether CONTAINS reads that is not known"
    ),
    Reason.CONTAINS_KEY: (
        "it is a key of the object, and whether CONTAINS looks at keys is not known"
    ),
    Reason.NEGATED_VALUE: "`!` is known for true and false only",
    Reason.BARE_VALUE: "whether this value alone counts as true is not known",
}

Outcome: TypeAlias = "bool | Reason"


def verdict_of(outcome: Outcome) -> Verdict:
    """Return the verdict of an outcome."""
    if outcome is False:
        return _NO_MATCH
    return _MATCH if outcome is True else _UNDECIDED


def negation(outcome: Outcome) -> Outcome:
    """Kleene's NOT."""
    return outcome if isinstance(outcome, Reason) else not outcome


def conjunction(outcomes: Iterable[Outcome]) -> Outcome:
    """Kleene's AND, with the reason of the first UNDECIDED outcome."""
    return _first_decisive(outcomes, False)


def disjunction(outcomes: Iterable[Outcome]) -> Outcome:
    """Kleene's OR, with the reason of the first UNDECIDED outcome."""
    return _first_decisive(outcomes, True)


def _first_decisive(outcomes: Iterable[Outcome], decisive: bool) -> Outcome:
    reason: Reason | None = None
    for outcome in outcomes:
        if outcome is decisive:
            return decisive
        if reason is None and isinstance(outcome, Reason):
            reason = outcome
    return reason or not decisive


class Bailout(Exception):
    """Raised by fast code that can't decide: the caller asks the interpreter.

    ``reason`` is that of the whole filter where one leaf is the whole filter, else None.
    """

    def __init__(self, reason: Reason | None = None) -> None:
        super().__init__()
        self.reason = reason


#: What compiled code raises to let the interpreter decide. ``OverflowError`` means an integer
#: larger than any double.
BAILOUTS: Final = (Bailout, OverflowError)


def bail_out(*_: object) -> NoReturn:
    """Raise ``Bailout`` for any message: the compiled function of a filter to interpret."""
    raise Bailout
