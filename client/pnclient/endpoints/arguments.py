"""What setters take.

``None`` is "not given", as in 4.8.1: it sets a parameter back to what it is without the setter.
Names are the exception: 4.8.1 refused ``None`` in their place, and a list that is lost must not
mean all channels.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import index
from typing import Any, Final

#: Names of channels or groups: one text with commas between them, or any number of texts.
Names = str | Iterable[str]

#: The largest timetoken there can be: units of 100 ns, in 63 bits.
MAX_TIMETOKEN: Final = 2**63 - 1
_MAX_DIGITS: Final = 19


def names_of(names: Names, what: str = "channels") -> list[str]:
    """The names as a list. ``TypeError`` where one is no text."""
    if isinstance(names, str):
        return names.split(",") if names else []
    given: object = names
    if not isinstance(given, Iterable):
        raise TypeError(f"{what}: a text or a list of texts is expected, not {given!r}")
    listed: list[Any] = list(given)
    for name in listed:
        if not isinstance(name, str):
            raise TypeError(f"{what}: texts are expected, not {name!r}")
    return listed


def integer(value: int | None, what: str) -> int | None:
    """The integer, also one of another library; ``TypeError`` if it is none."""
    if value is None:
        return None
    found = _whole(value)
    if found is None:
        raise TypeError(f"{what}: an integer is expected, not {value!r}")
    return found


def flag(value: bool | None, what: str) -> bool | None:
    """``value``, or ``TypeError`` if it is neither True nor False."""
    given: object = value
    if given is not None and not isinstance(given, bool):
        raise TypeError(f"{what}: True or False is expected, not {given!r}")
    return given


def text(value: str | None, what: str) -> str | None:
    """``value``, or ``TypeError`` if it is no text."""
    given: object = value
    if given is not None and not isinstance(given, str):
        raise TypeError(f"{what}: a text is expected, not {given!r}")
    return given


def timetoken(value: int | str, what: str) -> str:
    """A moment as requests tell it: units of 100 ns since 1970, as an integer or as digits."""
    given: object = value
    if isinstance(given, str) and given.isascii() and given.isdigit():
        # A text of any length is turned into no integer.
        is_one = len(given) <= _MAX_DIGITS and int(given) <= MAX_TIMETOKEN
        found = given
    else:
        number = _whole(given)
        if number is None or number < 0:
            raise TypeError(f"{what}: a timetoken is an integer or its digits, not {given!r}")
        is_one = number <= MAX_TIMETOKEN
        found = str(number)
    if not is_one:
        raise ValueError(f"{what}: a timetoken is {MAX_TIMETOKEN} at most")
    return found


def moment(value: int | str | None, what: str) -> str | None:
    """A timetoken that may be left out."""
    return None if value is None else timetoken(value, what)


def moment_number(value: int | str | None, what: str) -> int | None:
    """The same as an integer."""
    found = moment(value, what)
    return None if found is None else int(found)


def _whole(value: object) -> int | None:
    """The integer that ``value`` is, or None. True and False are none."""
    if isinstance(value, bool):
        return None
    try:
        # The integers of NumPy are none of Python's.
        return index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def switch(value: bool) -> str:
    """A flag as the service reads it."""
    return "true" if value else "false"
