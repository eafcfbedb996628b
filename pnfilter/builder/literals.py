"""Python values as literals of the filter language, for ``F`` and ``template``.

For a value that the language doesn't have, the error says what to write instead: ``TypeError`` for
its type, ``ValueError`` for a string or a number that no literal can hold.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from pnfilter.semantics import MAX_DIGITS, not_json, number_text
from pnfilter.syntax.nodes import Expression, Number, String, Unary
from pnfilter.wording import shorten


def escape_pattern(text: str) -> str:
    r"""Return the pattern that matches only ``text`` (ignoring case).

    It puts ``\`` before each ``*`` and ``\``: ``F.data.name.like(escape_pattern(prefix) + "*")``
    """
    return text.replace("\\", "\\\\").replace("*", "\\*")


#: What to write for a value of a type that the language doesn't have.
_ADVICE = {
    "NoneType": 'no filter tests for a missing field; .like("*") matches any string',
    "bool": 'write "true" or 1 for what the messages hold, or .is_true() for JSON true',
    "bytes": "write value.decode()",
    "bytearray": "write value.decode()",
    "Decimal": "write float(value), or str(value) for a string",
    "Fraction": "write float(value)",
    "date": "write the string or number that the messages have",
    "UUID": "write str(value)",
    "Enum": "write value.value",
    "dict": "compare its fields one by one: F.data.user.role",
    "list": "one_of(*values) takes many, contains() one at a time",
    "tuple": "one_of(*values) takes many, contains() one at a time",
    "set": "its order is arbitrary: one_of(*sorted(values))",
    "frozenset": "its order is arbitrary: one_of(*sorted(values))",
}


#: The same for terms of the builder.
_TERM_ADVICE = {
    "ConditionTerm": "a condition is not a value: & and | join conditions, and each comparison "
    "goes in parentheses",
    "ValueTerm": "only a string or a number is allowed here, not a field or arithmetic",
    "Fields": "F alone is not a field: write F.meta or F.data",
}


def _no_literal(value: object) -> TypeError:
    names = [kind.__name__ for kind in type(value).__mro__]
    for name in names:
        if name in _TERM_ADVICE:
            return TypeError(_TERM_ADVICE[name])
    advice = next((_ADVICE[name] for name in names if name in _ADVICE), "")
    if not advice:
        index, real = hasattr(value, "__index__"), hasattr(value, "__float__")
        advice = "write int(value)" if index else "write float(value)" if real else ""
        advice = advice or "values are strings, ints and floats"
    name = "None" if value is None else names[0]
    return TypeError(f"the filter language has no {name}: {advice}")


def require_string(text: str) -> str:
    """Return ``text`` as a plain str; raise ``ValueError`` if no literal can hold it."""
    text = str.__str__(text)
    if "\n" in text or "\r" in text:
        raise ValueError(
            f"{shorten(repr(text))} is not allowed in a filter: a string can't contain a line "
            "break; in .like() a * can take its place"
        )
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"{shorten(repr(text))} is not allowed in a filter: the character at "
                f"{error.start} is an unpaired surrogate; write the whole character"
            ) from None
    return text


def _decimal(number: float) -> str:
    """Return the shortest decimal digits of a non-negative double, without an exponent.

    They read back to the double, and have a fraction.
    """
    mantissa, _, exponent = number_text(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    if exponent:
        places = int(exponent)
        digits = fraction.ljust(places, "0")
        whole, fraction = whole + digits[:places], digits[places:]
    return f"{whole}.{fraction or '0'}"


def _number(number: int | float) -> Expression:
    if isinstance(number, int):
        if not_json(number):
            raise ValueError(
                f"integers have at most {MAX_DIGITS:,} digits in a filter: write float(value)"
            )
        digits = Number(int.__repr__(abs(number)), abs(number))
    else:
        if not math.isfinite(number):
            raise ValueError(
                f"{number_text(number)} is not allowed in a filter: numbers are finite; "
                "leave the comparison out"
            )
        digits = Number(_decimal(abs(number)), abs(number))
    negative = number < 0 or (isinstance(number, float) and math.copysign(1, number) < 0)
    return Unary("-", digits) if negative else digits


def literal(value: object) -> Expression:
    """Return the literal of a string or number, or raise ``TypeError`` or ``ValueError``."""
    if isinstance(value, str):
        return String(require_string(value).replace("\\", "\\\\"))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(value)
    raise _no_literal(value)


_BACKSLASH = re.compile(r"\\([\\*]?)")


def pattern_literal(pattern: str) -> String:
    r"""Return the literal of a pattern.

    In it a backslash before neither ``*`` nor ``\`` is taken literally.
    """
    text = require_string(pattern)
    return String(_BACKSLASH.sub(lambda match: match[0] if match[1] else "\\\\", text))


def literals(values: Iterable[object]) -> tuple[Expression, ...]:
    """Return the literals of a set, each once."""
    return tuple(dict.fromkeys(map(literal, values)))
