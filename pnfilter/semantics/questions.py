"""What is not known of the service: one question for each reason, with the readings that differ.

``unreadable`` is no question: the value isn't known here, whatever the service does.
``docs/reference/assumptions.md`` is made of this table.
"""

from __future__ import annotations

from pnfilter.records import NamedTuple
from pnfilter.semantics.outcome import Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final


class Reading(NamedTuple):
    """One possible answer: its name, and what it decides."""

    name: str
    decides: str


class Question(NamedTuple):
    """What the service may do where a verdict is UNDECIDED for ``reason``.

    ``example`` is a filter and a message, as JSON, on which the verdict depends on the answer.
    """

    reason: Reason
    question: str
    readings: tuple[Reading, ...]
    evidence: str
    example: tuple[str, str]

    @property
    def name(self) -> str:
        """The name in settings and options: that of the reason."""
        return self.reason.value

    def reading(self, name: str) -> Reading | None:
        """Return the reading of a name, if there is one."""
        return next((each for each in self.readings if each.name == name), None)


_NEVER: Final = Reading("never", "it doesn't match")
_NO_MATCH: Final = Reading("no-match", "it doesn't match")
_NOT_A_NUMBER: Final = Reading(
    "not-a-number", "`!=` and `!` match, nothing else does, as with NaN in JavaScript"
)
_AS_TEXT: Final = Reading(
    "as-text",
    "it does if its text does: as in JavaScript, those of its elements between commas",
)
_NO_VALUE: Final = Reading("no-match", "nothing matches, `!=` and `!` included")
_NOTHING: Final = "none"

#: Every question, in the order of the language's section 11.
QUESTIONS: Final[tuple[Question, ...]] = (
    Question(
        Reason.EVENT_KIND,
        "Are signals, object events and message actions filtered?",
        (
            Reading("filtered", "they are filtered as messages are"),
            Reading("delivered", "they are delivered whatever the filter says"),
        ),
        _NOTHING,
        ('data.a == "x"', '{"c": "ch", "e": 1, "d": {"a": "y"}}'),
    ),
    Question(
        Reason.NO_RESULT,
        "What does arithmetic without a result give, such as a division by zero?",
        (_NO_VALUE, _NOT_A_NUMBER),
        "an error in the vendor's build of 2016",
        ("data.n / 0 != 1", '{"data": {"n": 1}}'),
    ),
    Question(
        Reason.BOTH_MISSING,
        "Are two missing fields equal?",
        (
            Reading("equal", "`==` matches, `!=` doesn't"),
            Reading("no-match", "neither `==` nor `!=` matches"),
        ),
        _NOTHING,
        ("data.a == data.b", '{"data": {}}'),
    ),
    Question(
        Reason.MISSING_DIFFERS,
        "Does `!=` match where the field is missing?",
        (Reading("match", "`!=` matches"), Reading("no-match", "`!=` doesn't match")),
        "the vendor's guide of September 2025 says that filters on missing fields match nothing; "
        "the header of the SDK for C calls the syntax JavaScript, where a missing field differs",
        ('data.a != "x"', '{"data": {}}'),
    ),
    Question(
        Reason.NO_METADATA,
        "Does `!=` match where the message has no metadata at all?",
        (Reading("match", "`!=` matches"), Reading("no-match", "`!=` doesn't match")),
        _NOTHING,
        ('meta.a != "x"', '{"data": {}}'),
    ),
    Question(
        Reason.MISSING_IN_ARITHMETIC,
        "What does arithmetic with a missing field give?",
        (_NO_VALUE, _NOT_A_NUMBER),
        "documented for comparisons by order only: no match",
        ("data.a + 1 != 2", '{"data": {}}'),
    ),
    Question(
        Reason.NUMBER_AND_TEXT,
        "Does a number equal its own text?",
        (
            Reading("numbers", 'both are compared as numbers: 5 equals "5" and "5.0"'),
            Reading("strings", 'both are compared as strings: 5 equals "5", and not "5.0"'),
            _NEVER,
        ),
        _NOTHING,
        ("data.a == 5", '{"data": {"a": "5"}}'),
    ),
    Question(
        Reason.BOOLEAN_EQUALITY,
        "What does a boolean equal?",
        (
            Reading("same", "the same boolean only"),
            Reading("same-or-text", 'the same boolean and its text, "true" or "false"'),
            Reading("same-or-number", "the same boolean and its number, 1 or 0"),
            Reading("any", "the same boolean, its text and its number"),
            Reading("never", "nothing"),
        ),
        _NOTHING,
        ("data.a == true", '{"data": {"a": true}}'),
    ),
    Question(
        Reason.ARRAY_EQUALITY,
        "Does an array equal a value that is one of its elements?",
        (
            Reading("any-element", "it does if an element does"),
            _AS_TEXT,
            _NEVER,
        ),
        _NOTHING,
        ('data.a == "x"', '{"data": {"a": ["x", "y"]}}'),
    ),
    Question(
        Reason.JSON_EQUALITY,
        "Are two objects or two arrays equal if they are the same JSON?",
        (Reading("equal", "they are"), Reading("never", "they aren't")),
        _NOTHING,
        ("data.a == data.b", '{"data": {"a": {"x": 1}, "b": {"x": 1}}}'),
    ),
    Question(
        Reason.TEXT_ORDERING,
        "How do `<`, `<=`, `>` and `>=` order strings?",
        (
            Reading(
                "alphabetical",
                "two strings by their characters; a number and a string that reads as none "
                "don't match",
            ),
            Reading("strings", "by their characters, numbers by their text"),
            Reading("numbers", "as the numbers that they read as; others don't match"),
            _NO_MATCH,
        ),
        "the documented ordering is of numbers",
        ('data.a > "a"', '{"data": {"a": "b"}}'),
    ),
    Question(
        Reason.ARRAY_ORDERING,
        "Does an array fit `<`, `<=`, `>` or `>=` if an element does?",
        (
            Reading("any-element", "it does"),
            _AS_TEXT,
            _NEVER,
        ),
        _NOTHING,
        ("data.a > 5", '{"data": {"a": [6, 1]}}'),
    ),
    Question(
        Reason.LIKE_SCALAR,
        "Does LIKE read a number or a boolean as its text?",
        (Reading("text", "it does"), _NEVER),
        _NOTHING,
        ('data.a LIKE "5*"', '{"data": {"a": 55}}'),
    ),
    Question(
        Reason.PATTERN_FROM_MESSAGE,
        "Do `*` and the backslash work in a pattern that comes from the message?",
        (Reading("special", "they do"), Reading("literal", "they are themselves")),
        _NOTHING,
        ("data.a LIKE data.b", '{"data": {"a": "xy", "b": "x*"}}'),
    ),
    Question(
        Reason.PATTERN_NOT_TEXT,
        "What does LIKE do with a pattern that is no string?",
        (
            Reading("text", "it takes the text of a number or a boolean; others stay undecided"),
            _NEVER,
        ),
        _NOTHING,
        ("data.a LIKE 5", '{"data": {"a": "5"}}'),
    ),
    Question(
        Reason.CONTAINS_CONTAINER,
        "Can an array or an object be contained?",
        (
            Reading("json", "an array contains what is an element of the same JSON"),
            Reading("any-element", "it is contained if one of its elements is; an object isn't"),
            _NEVER,
        ),
        _NOTHING,
        ("data.a CONTAINS data.b", '{"data": {"a": [[1], 2], "b": [1]}}'),
    ),
    Question(
        Reason.CONTAINS_BOOLEAN,
        "Does a string contain a boolean by its name?",
        (Reading("text", 'it does: "untrue" contains true'), _NEVER),
        _NOTHING,
        ("data.a CONTAINS true", '{"data": {"a": "untrue"}}'),
    ),
    Question(
        Reason.CONTAINS_IN_SCALAR,
        "Does CONTAINS read a number or a boolean as its text?",
        (Reading("text", "it does: 155 contains 5"), _NEVER),
        _NOTHING,
        ("data.a CONTAINS 5", '{"data": {"a": 155}}'),
    ),
    Question(
        Reason.CONTAINS_KEY,
        "Does an object contain its keys?",
        (Reading("key", "it does"), _NEVER),
        _NOTHING,
        ('data.a CONTAINS "x"', '{"data": {"a": {"x": 1}}}'),
    ),
    Question(
        Reason.NEGATED_VALUE,
        "What does `!` give before a value that is no boolean?",
        (
            Reading("opposite", "the opposite of the value alone"),
            Reading("no-match", "it doesn't match"),
        ),
        _NOTHING,
        ("!data.a", '{"data": {}}'),
    ),
    Question(
        Reason.BARE_VALUE,
        "Does a value alone match, such as a string or an object?",
        (
            Reading("match", "it does, whatever it is"),
            Reading("match-unless-empty", "it does, unless it is an empty array or object"),
            _NO_MATCH,
        ),
        "the vendor's guide of 2025 recommends bare fields for booleans",
        ("data.a", '{"data": {"a": "x"}}'),
    ),
)

#: The question of each name.
BY_NAME: Final = {each.name: each for each in QUESTIONS}

#: Sets of readings by name. ``javascript`` has what JavaScript does with the same operands; what
#: has no counterpart there stays open: LIKE, arithmetic that converts strings, keys of objects.
PROFILES: Final[dict[str, dict[Reason, str]]] = {
    "javascript": {
        Reason.BOTH_MISSING: "equal",
        Reason.MISSING_DIFFERS: "match",
        Reason.NO_METADATA: "match",
        Reason.MISSING_IN_ARITHMETIC: "not-a-number",
        Reason.NUMBER_AND_TEXT: "numbers",
        Reason.BOOLEAN_EQUALITY: "same-or-number",
        Reason.ARRAY_EQUALITY: "as-text",
        Reason.JSON_EQUALITY: "never",
        Reason.TEXT_ORDERING: "alphabetical",
        Reason.ARRAY_ORDERING: "as-text",
        Reason.CONTAINS_BOOLEAN: "text",
        Reason.NEGATED_VALUE: "opposite",
        Reason.BARE_VALUE: "match",
    }
}


def advice(reasons: Mapping[Reason, int], setting: str = "--assume") -> str:
    """Return which assumption settles most of some UNDECIDED messages, and what finds it out.

    ``reasons`` counts messages, ``setting`` takes assumptions. Empty where nothing settles them: a
    part can't be read.
    """
    for reason, times in sorted(reasons.items(), key=lambda pair: -pair[1]):
        question = BY_NAME.get(reason.value)
        if question is not None:
            first, *others = (reading.name for reading in question.readings)
            which = "them" if times == sum(reasons.values()) else f"{times:,} of them"
            return (
                f"{setting} {question.name}={first} (or {', '.join(others)}) settles {which}; "
                f"to find out what holds: pnfilter probe --run --only {question.name}"
            )
    return ""
