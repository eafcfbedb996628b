"""Check what setters take, encode payloads, and check the shape of answers.

For a setter, ``None`` means "not given", as in 4.8.1: it resets a parameter to its default. Names
are the exception: 4.8.1 refused ``None`` in their place, and a lost list must not mean all
channels.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from operator import index
from typing import TYPE_CHECKING, Any, Final

from pnclient import errors
from pnclient.encryption.ciphers import cipher_for
from pnclient.exceptions import PubNubException
from pnclient.validators import is_encodable

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration

#: Names of channels or groups: one string with commas between them, or any number of strings.
Names = str | Iterable[str]

#: The largest timetoken there can be: units of 100 ns, in 63 bits.
MAX_TIMETOKEN: Final = 2**63 - 1
_MAX_DIGITS: Final = 19


def names_of(names: Names, what: str = "channels") -> list[str]:
    """Return the names as a list. ``TypeError`` if one is not a string."""
    if isinstance(names, str):
        return names.split(",") if names else []
    given: object = names
    if not isinstance(given, Iterable):
        raise TypeError(f"{what}: expected a string or a list of strings, got {given!r}")
    listed: list[Any] = list(given)
    for name in listed:
        if not isinstance(name, str):
            raise TypeError(f"{what}: texts are expected, not {name!r}")
    return listed


def check_integer(value: int | None, what: str) -> int | None:
    """Return the integer, also one of another library; ``TypeError`` for anything else."""
    if value is None:
        return None
    found = _whole(value)
    if found is None:
        raise TypeError(f"{what}: expected an integer, got {value!r}")
    return found


def check_flag(value: bool | None, what: str) -> bool | None:
    """Return ``value``; ``TypeError`` if it is neither True nor False."""
    given: object = value
    if given is not None and not isinstance(given, bool):
        raise TypeError(f"{what}: expected True or False, got {given!r}")
    return given


def check_string(value: str | None, what: str) -> str | None:
    """Return ``value``; ``TypeError`` if it is not a string."""
    given: object = value
    if given is not None and not isinstance(given, str):
        raise TypeError(f"{what}: expected a string, got {given!r}")
    return given


def encode_timetoken(value: int | str, what: str) -> str:
    """Return a timetoken for a request: units of 100 ns since 1970, an integer or digits."""
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


def encode_moment(value: int | str | None, what: str) -> str | None:
    """Return a timetoken for a request; None if there is none."""
    return None if value is None else encode_timetoken(value, what)


def read_moment(value: int | str | None, what: str) -> int | None:
    """Return a timetoken as an integer; None if there is none."""
    found = encode_moment(value, what)
    return None if found is None else int(found)


def _whole(value: object) -> int | None:
    """Return the integer that ``value`` is, or None. True and False are no integers."""
    if isinstance(value, bool):
        return None
    try:
        # The integers of NumPy are none of Python's.
        return index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def encode_flag(value: bool) -> str:
    """Return a flag as the service reads it."""
    return "true" if value else "false"


def as_object(value: Any) -> dict[str, Any]:
    """Return ``value``; ``TypeError`` if it is not an object."""
    if not isinstance(value, dict):
        raise TypeError("expected an object")
    return value


def as_list(value: Any) -> list[Any]:
    """Return ``value``; ``TypeError`` if it is not a list."""
    if not isinstance(value, list):
        raise TypeError("expected a list")
    return value


def as_strings(value: Any) -> list[str]:
    """Return ``value``; ``TypeError`` if it is not a list of strings."""
    if not all(isinstance(entry, str) for entry in as_list(value)):
        raise TypeError("texts are expected")
    names: list[str] = value
    return names


def as_counts(value: Any) -> dict[str, int]:
    """Return ``value``; ``TypeError`` if it is not an object of integers."""
    if not all(type(entry) is int for entry in as_object(value).values()):
        raise TypeError("integers are expected")
    numbers: dict[str, int] = value
    return numbers


def check_acknowledged(data: Any) -> dict[str, Any]:
    """An object that says no more than that all went well (recorded)."""
    if as_object(data).get("error"):
        raise TypeError("the service says that there was an error")
    return as_object(data)


def json_text(value: Any) -> str:
    """The JSON of a value, spaced as the SDKs for Python space it.

    A text stays as it is where JSON allows it, so that what is encrypted equals what 4.8.1
    encrypted. ``PubNubException`` for a value that JSON does not have: NaN and infinity too, an
    object inside itself, or one nested too deep.
    """
    try:
        if isinstance(value, str) and is_encodable(value):
            return json.dumps(value, ensure_ascii=False)
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise PubNubException(pn_error=errors.PNERR_JSON_NOT_SERIALIZABLE) from None


def payload_text(config: PNConfiguration, message: Any, own_key: str | None = None) -> str:
    """The payload of a message: its JSON, or that of the encrypted text.

    ``own_key``: see ``cipher_for``.
    """
    plain = json_text(message)
    cipher = cipher_for(config, own_key)
    # A cipher of the user's own may give other texts than base64.
    return plain if cipher is None else json_text(cipher.encrypt(plain))
