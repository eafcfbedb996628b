"""Assumptions: what a user found out, or assumes, of what the service does.

An assumption settles a comparison that is UNDECIDED, and changes no other. So a filter's verdict
under assumptions is its verdict without, unless that is UNDECIDED (Kleene's tables are monotonic):
an engine evaluates as always, and asks again only where it found no verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pnfilter.semantics.comparison import (
    ORDERINGS,
    compare,
    equals,
    fold,
    like,
    like_element,
    may_equal_json,
    negated_truth,
    parts_of_pattern,
    pattern_parts,
    truth,
)
from pnfilter.semantics.outcome import Reason, disjunction, negation
from pnfilter.semantics.questions import BY_NAME, PROFILES, QUESTIONS, advice
from pnfilter.semantics.values import (
    MISSING,
    Missing,
    NoResult,
    Unreadable,
    as_operand,
    is_array,
    is_number,
    is_partial,
    leaves,
    not_json,
    number_text,
    read_number,
    scalar_text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, TypeAlias

    from pnfilter.semantics.outcome import Outcome

    #: How assumptions are given: names and readings, or texts such as ``missing-differs=match`` and
    #: ``javascript``, several in one text divided by commas.
    Assumed: TypeAlias = "Mapping[str, str] | str | Iterable[str] | None"

#: The key of a mapping that names a profile.
PROFILE: Final = "profile"
#: Pairs of elements that ``contains-container=any-element`` compares, and elements of an array
#: whose text ``as-text`` takes; with more, a comparison stays UNDECIDED.
MAX_PAIRS: Final = 100_000


class Assumptions(Mapping[str, str]):
    """Readings of some questions by their names: immutable, hashable, picklable.

    ``compare``, ``truth`` and ``negated_truth`` are those of ``pnfilter.semantics``, settled.
    """

    __slots__ = ("_readings",)

    def __init__(self, readings: Mapping[Reason, str]) -> None:
        """``readings`` has names of ``pnfilter.semantics.questions``."""
        self._readings = {
            each.reason: readings[each.reason] for each in QUESTIONS if each.reason in readings
        }

    @classmethod
    def of(cls, given: Assumed) -> Assumptions | None:
        """Return what a user gave; None if that assumes nothing.

        Raise ``ValueError`` for an unknown name or reading, and for two readings of one name,
        ``TypeError`` for anything that isn't of a type of ``Assumed``.
        """
        if given is None or isinstance(given, Assumptions):
            return given or None
        readings: dict[Reason, str] = {}
        profile: dict[Reason, str] = {}
        for name, reading in _pairs(given):
            if name == PROFILE:
                if reading not in PROFILES:
                    raise ValueError(_unknown("profile", reading, PROFILES))
                profile = PROFILES[reading]
                continue
            question = BY_NAME.get(name)
            if question is None:
                raise ValueError(_unknown("assumption", name, BY_NAME))
            if question.reading(reading) is None:
                names = [each.name for each in question.readings]
                raise ValueError(f"{name}: {_unknown('reading', reading, names)}")
            if readings.setdefault(question.reason, reading) != reading:
                raise ValueError(f"{name} has two readings: {readings[question.reason]}, {reading}")
        return cls(profile | readings) if profile or readings else None

    @staticmethod
    def advice(reasons: Mapping[Reason, int], setting: str = "--assume") -> str:
        """Return which assumption settles most of some UNDECIDED messages, and what finds it out.

        ``reasons`` counts messages, ``setting`` is what takes assumptions. Empty if none does.
        """
        return advice(reasons, setting)

    def __getitem__(self, name: str) -> str:
        question = BY_NAME.get(name)
        if question is None or question.reason not in self._readings:
            raise KeyError(name)
        return self._readings[question.reason]

    def __iter__(self) -> Iterator[str]:
        return (reason.value for reason in self._readings)

    def __len__(self) -> int:
        return len(self._readings)

    def __str__(self) -> str:
        return ",".join(f"{name}={reading}" for name, reading in self.items())

    def __repr__(self) -> str:
        return f"Assumptions.of({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Assumptions) and self._readings == other._readings

    def __hash__(self) -> int:
        return hash(tuple(self._readings.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return Assumptions, (self._readings,)

    # The rows of the evaluation table

    def compare(self, operator: str, left: Any, right: Any, literal: str | None = None) -> Outcome:
        """Compare two operands as ``semantics.compare`` does, and settle what that leaves open."""
        outcome = compare(operator, left, right, literal)
        if not isinstance(outcome, Reason):
            return outcome
        if isinstance(left, Unreadable) or isinstance(right, Unreadable):
            return outcome
        if isinstance(left, NoResult) or isinstance(right, NoResult):
            return self._without_value(outcome, matches=operator == "!=")
        if isinstance(left, Missing) or isinstance(right, Missing):
            return self._compare_missing(outcome, operator)
        match operator:
            case "==" | "=":
                return self._equals(left, right)
            case "!=":
                return negation(self._equals(left, right))
            case "LIKE":
                return self._like(left, right, literal)
            case "CONTAINS":
                return self._contains(left, right)
            case _:
                return self._order(operator, left, right)

    def truth(self, value: Any) -> Outcome:
        """Evaluate a bare operand as a condition."""
        outcome = truth(value)
        match outcome, self._of(outcome):
            case _, None:
                return outcome
            case Reason.BARE_VALUE, reading:
                return reading == "match" or (reading == "match-unless-empty" and bool(value))
            case _:
                return False

    def negated_truth(self, value: Any) -> Outcome:
        """Evaluate ``!`` before a bare operand."""
        outcome = negated_truth(value)
        match outcome, self._of(outcome):
            case _, None:
                return outcome
            case Reason.NEGATED_VALUE, "opposite":
                return negation(self.truth(value))
            case Reason.NEGATED_VALUE, _:
                return False
            case reason, _:
                return self._without_value(reason, matches=True)

    def _of(self, outcome: Outcome) -> str | None:
        return self._readings.get(outcome) if isinstance(outcome, Reason) else None

    def _without_value(self, reason: Outcome, *, matches: bool) -> Outcome:
        """Settle a condition on arithmetic that has no value; ``matches``: it would for NaN."""
        reading = self._of(reason)
        return reason if reading is None else matches and reading == "not-a-number"

    def _compare_missing(self, reason: Reason, operator: str) -> Outcome:
        match reason, self._of(reason):
            case _, None:
                return reason
            case Reason.BOTH_MISSING, reading:
                return reading == "equal" and operator != "!="
            case Reason.MISSING_IN_ARITHMETIC, _:
                return self._without_value(reason, matches=True)
            case _, reading:
                return reading == "match"

    def _equals(self, left: Any, right: Any) -> Outcome:
        """Compare two present values by ``==``."""
        outcome = equals(left, right)
        reading = self._of(outcome)
        if reading is None:
            return outcome
        match outcome:
            case Reason.NUMBER_AND_TEXT:
                number, text = (right, left) if isinstance(left, str) else (left, right)
                same = reading == "numbers" or number_text(number) == text
                return same and reading != "never"
            case Reason.BOOLEAN_EQUALITY:
                other = right if isinstance(left, bool) else left
                return type(other) in _EQUAL_TO_BOOLEAN[reading]
            case Reason.JSON_EQUALITY:
                return _same_json(left, right) if reading == "equal" else False
            case _:
                array, scalar = (left, right) if is_array(left) else (right, left)
                return self._fitting_element(
                    reading, array, lambda element: self._equals(element, scalar)
                )

    def _fitting_element(self, reading: str, array: Any, fits: Any) -> Outcome:
        """Return whether an element fits, by a reading of arrays."""
        if reading == "never":
            return False
        if reading == "any-element":
            return disjunction(_outcome_of(element, fits) for element in leaves(array))
        text = _joined(array)
        outcome: Outcome = text if isinstance(text, Reason) else fits(text)
        return outcome

    def _order(self, operator: str, left: Any, right: Any) -> Outcome:
        """Compare two present values by an ordering."""
        outcome = compare(operator, left, right)
        reading = self._of(outcome)
        if reading is None:
            return outcome
        if outcome is Reason.TEXT_ORDERING:
            return _ordered(operator, left, right, reading)
        array, fits = (
            (left, lambda element: self._order(operator, element, right))
            if is_array(left)
            else (right, lambda element: self._order(operator, left, element))
        )
        if reading == "any-element":
            array = _candidates(array)
        return self._fitting_element(reading, array, fits)

    def _like(self, value: Any, pattern: Any, literal: str | None) -> Outcome:
        """Match two present values by LIKE."""
        parts = parts_of_pattern(pattern, literal)
        reading = self._of(parts) if isinstance(parts, Reason) else None
        if reading == "never":
            return False
        if reading == "special":
            parts = pattern_parts(pattern)
        elif reading == "literal" or (reading == "text" and not isinstance(pattern, _CONTAINERS)):
            parts = (fold(scalar_text(pattern)),)
        if is_array(value):
            return disjunction(like_element(element, parts) for element in value)
        if isinstance(parts, Reason):
            return parts
        fits = like(scalar_text(value), parts)
        if not fits or isinstance(value, str):
            return fits
        reading = self._of(Reason.LIKE_SCALAR)
        return Reason.LIKE_SCALAR if reading is None else reading == "text"

    def _contains(self, container: Any, value: Any) -> Outcome:
        """Compare two present values by CONTAINS."""
        outcome = compare("CONTAINS", container, value)
        reading = self._of(outcome)
        if outcome is Reason.CONTAINS_CONTAINER:
            return (
                outcome if reading is None else self._contains_container(reading, container, value)
            )
        if is_array(container) and isinstance(outcome, Reason):
            return disjunction(
                _outcome_of(element, lambda each: self._equals(each, value))
                for element in container
            )
        if reading is None:
            return outcome
        if outcome is Reason.CONTAINS_BOOLEAN:
            return reading == "text" and scalar_text(value) in container
        return reading != "never"

    def _contains_container(self, reading: str, container: Any, value: Any) -> Outcome:
        if reading == "never" or (reading == "any-element" and isinstance(value, dict)):
            return False
        if reading == "json":
            elements = container if is_array(container) else ()
            return disjunction(
                _outcome_of(element, lambda each: _same_json(each, value)) for element in elements
            )
        if len(value) * (len(container) if is_array(container) else 1) > MAX_PAIRS:
            return Reason.CONTAINS_CONTAINER
        return disjunction(
            _outcome_of(element, lambda each: self._contains(container, each)) for element in value
        )


_CONTAINERS: Final = (dict, list, tuple)
#: What the same boolean, its text or its number may be, by reading.
_EQUAL_TO_BOOLEAN: Final[dict[str, frozenset[type]]] = {
    "same": frozenset({bool}),
    "same-or-text": frozenset({bool, str}),
    "same-or-number": frozenset({bool, int, float}),
    "any": frozenset({bool, str, int, float}),
    "never": frozenset(),
}


def _pairs(given: Any) -> Iterable[tuple[str, str]]:
    """Yield the names and readings of what was given."""
    if isinstance(given, Mapping):
        for name, reading in given.items():
            if not isinstance(name, str) or not isinstance(reading, str):
                raise TypeError("an assumption is a name and a reading, both strings")
            yield name, reading
        return
    if not isinstance(given, (str, Iterable)):
        raise TypeError(f"assumptions are a mapping or strings, not {type(given).__name__}")
    for text in [given] if isinstance(given, str) else given:
        if not isinstance(text, str):
            raise TypeError(f"an assumption is a string, not {type(text).__name__}")
        for each in filter(None, map(str.strip, text.split(","))):
            name, equals_sign, reading = (part.strip() for part in each.partition("="))
            yield (name, reading) if equals_sign else _named_alone(name)


def _named_alone(name: str) -> tuple[str, str]:
    """Return the pair of a profile; raise for a name without its reading."""
    question = BY_NAME.get(name)
    if question is not None:
        names = " or ".join(f"{name}={each.name}" for each in question.readings)
        raise ValueError(f"{name} needs a reading: {names}")
    if name not in PROFILES:
        raise ValueError(_unknown("assumption", name, [*PROFILES, *BY_NAME]))
    return PROFILE, name


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    from pnfilter.wording import shorten

    names = list(known)
    near = get_close_matches(name[:40], names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(names)}"
    return f"not {'an' if kind[0] in 'aeiou' else 'a'} {kind}: {shorten(name)}; {hint}"


def _outcome_of(element: Any, fits: Any) -> Outcome:
    """Return the outcome of an element of an array, which may be missing or unreadable."""
    element = as_operand(element)
    if isinstance(element, Unreadable):
        return Reason.UNREADABLE
    outcome: Outcome = False if element is MISSING else fits(element)
    return outcome


def _joined(array: Any) -> str | Reason:
    """Return an array's text as JavaScript has it: the texts of its elements, between commas."""
    parts: list[str] = []
    open_ids, pending = {id(array)}, [(id(array), iter(array))]
    while pending:
        for element in pending[-1][1]:
            element = as_operand(element)
            if isinstance(element, Unreadable) or id(element) in open_ids:
                return Reason.UNREADABLE
            if is_array(element) and element:
                open_ids.add(id(element))
                pending.append((id(element), iter(element)))
                break
            if isinstance(element, dict):
                parts.append("[object Object]")
            else:
                is_empty = element is MISSING or is_array(element)
                parts.append("" if is_empty else scalar_text(element))
            if len(parts) > MAX_PAIRS:
                return Reason.UNREADABLE
        else:
            open_ids.discard(pending.pop()[0])
    return ",".join(parts)


def _same_json(left: Any, right: Any) -> Outcome:
    """Return whether two values are the same JSON; a part may be unreadable."""
    if not (isinstance(left, _CONTAINERS) and isinstance(right, _CONTAINERS)):
        return False
    if not may_equal_json(left, right):
        return False
    return Reason.UNREADABLE if is_partial(left) or is_partial(right) else True


def _ordered(operator: str, left: Any, right: Any, reading: str) -> bool:
    """Order two scalars, one a string, by a reading of text-ordering."""
    test = ORDERINGS[operator]
    if reading == "numbers":
        numbers = [read_number(side) if isinstance(side, str) else side for side in (left, right)]
        return numbers[0] is not None and numbers[1] is not None and test(*numbers)
    both = isinstance(left, str) and isinstance(right, str)
    if reading == "strings" or (reading == "alphabetical" and both):
        return test(scalar_text(left), scalar_text(right))
    return False


def _candidates(array: Any) -> list[Any]:
    """Return a few leaves: if any leaf fits an ordering under any reading, one of these does.

    The extremes of numbers, of strings by their characters and by the numbers that they read as.
    """
    numbers: list[Any] = []
    strings: list[str] = []
    others: list[Any] = []
    for element in leaves(array):
        if isinstance(element, str):
            strings.append(element)
        elif is_number(element) and not not_json(element):
            numbers.append(element)
        elif isinstance(element, Unreadable) or not_json(element):
            others[:] = [element]
    read = [text for text in strings if read_number(text) is not None]
    return [
        *others,
        *_extremes(numbers, None),
        *_extremes(numbers, number_text),
        *_extremes(strings, None),
        *_extremes(read, read_number),
    ]


def _extremes(elements: list[Any], key: Any) -> list[Any]:
    return [min(elements, key=key), max(elements, key=key)] if elements else []
