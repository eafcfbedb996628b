"""What setters take."""

from __future__ import annotations

from collections.abc import Iterable
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


def integer(value: int, what: str) -> int:
    """``value``, or ``TypeError`` if it is no integer."""
    given: object = value
    if isinstance(given, bool) or not isinstance(given, int):
        raise TypeError(f"{what}: an integer is expected, not {given!r}")
    return given


def flag(value: bool, what: str) -> bool:
    """``value``, or ``TypeError`` if it is neither True nor False."""
    given: object = value
    if not isinstance(given, bool):
        raise TypeError(f"{what}: True or False is expected, not {given!r}")
    return given


def text(value: str, what: str) -> str:
    """``value``, or ``TypeError`` if it is no text."""
    given: object = value
    if not isinstance(given, str):
        raise TypeError(f"{what}: a text is expected, not {given!r}")
    return given


def timetoken(value: int | str, what: str) -> str:
    """A moment as requests tell it: units of 100 ns since 1970, as an integer or as digits."""
    given: object = value
    if isinstance(given, str) and given.isascii() and given.isdigit():
        # A text of any length is turned into no integer.
        is_one = len(given) <= _MAX_DIGITS and int(given) <= MAX_TIMETOKEN
    elif isinstance(given, bool) or not isinstance(given, int) or given < 0:
        raise TypeError(f"{what}: a timetoken is an integer or its digits, not {given!r}")
    else:
        is_one = given <= MAX_TIMETOKEN
    if not is_one:
        raise ValueError(f"{what}: a timetoken is {MAX_TIMETOKEN} at most")
    return str(given)


def switch(value: bool) -> str:
    """A flag as the service reads it."""
    return "true" if value else "false"
