"""What the properties of a configuration accept.

Each function gives back what is kept of a value, or raises ``TypeError`` for a wrong type and
``ValueError`` for a wrong value. The errors have no text: ``Setting`` knows the property's name,
and whether its value may be shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import ssl

    from pnfilter import Assumptions

Number = TypeVar("Number", bound=int)

DEFAULT_ORIGIN = "ps.pndsn.com"
#: The longest time that can be set, in seconds: a year. Clocks overflow far above it.
MAX_SECONDS = 365 * 24 * 3600
#: Bytes of a file (documented of the service), and the most that can be set in place of that.
MAX_FILE_SIZE = 5 * 1024 * 1024
MAX_SIZE = 2**40
#: Characters of a filter, checked or not.
MAX_FILTER = 262_144
#: Percent-encoded bytes of a filter above which the service may refuse the request line (414).
MAX_FILTER_BYTES = 7_500


def is_loopback(host: str) -> bool:
    """Whether what is sent to ``host`` stays on this machine.

    Only ``localhost`` and addresses count, whole: a resolver asks others for ``a.localhost`` and
    for ``localhost.``.
    """
    from ipaddress import IPv6Address, ip_address

    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def is_encodable(value: str) -> bool:
    """Whether a text has no unpaired surrogate, which no request can carry."""
    # An error about one contains the text.
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _encodable(value: str) -> str:
    if not is_encodable(value):
        raise ValueError
    return value


def text(value: object) -> str:
    """A text that is not empty."""
    if not isinstance(value, str):
        raise TypeError
    if not value.strip():
        raise ValueError
    return _encodable(value)


def text_or_none(value: object) -> str | None:
    """A text that is not empty, or None."""
    return None if value is None else text(value)


class Unchecked(str):
    """A filter that was set without a check. A copy of a configuration has one too."""

    __slots__ = ()


def filter_text(value: object) -> str | None:
    """Any text, or None for no filter."""
    if value is not None and not isinstance(value, str):
        raise TypeError
    if isinstance(value, Unchecked):
        # Read from one configuration and set in another, it is checked like any other.
        value = str(value)
    return value or None


def unchecked_filter(value: object) -> Unchecked | None:
    """A text that a request can carry, or None for no filter."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError
    if len(value) > MAX_FILTER:
        raise ValueError
    return Unchecked(_encodable(value)) or None


def assumptions(value: Any) -> Assumptions | None:
    """What ``pnfilter.compile`` takes as assumptions."""
    if value is None:
        return None
    from pnfilter import Assumptions

    return Assumptions.of(value)


def boolean(value: object) -> bool:
    """True or False; what only counts as one of them, like "no", is refused."""
    if not isinstance(value, bool):
        raise TypeError
    return value


def seconds(value: object) -> float:
    """More than none; kept as it is, so that whole seconds stay an ``int``."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError
    # Not a number is in no range.
    if not 0 < value <= MAX_SECONDS:
        raise ValueError
    return value


def whole_seconds(value: object) -> int:
    """More than none, without a fraction: it is sent."""
    accepted = seconds(value)
    if accepted != int(accepted):
        raise ValueError
    return int(accepted)


def retries(value: object) -> int | None:
    """A number of tries, or None for no limit."""
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    if value < 0:
        raise ValueError
    return value


def size(value: object) -> int:
    """A number of bytes, one or more."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    if not 0 < value <= MAX_SIZE:
        raise ValueError
    return value


def member(kind: type[Number]) -> Callable[[object], Number]:
    """A member of the enumeration ``kind``, or its number."""

    def accept(value: object) -> Number:
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError
        return kind(value)

    return accept


def one_of(*words: str) -> Callable[[object], Any]:
    """One of the words."""

    def accept(value: object) -> str:
        if not isinstance(value, str):
            raise TypeError
        if value not in words:
            raise ValueError
        return value

    return accept


def origin(value: object) -> str:
    """A host name or address, with a port or without; an IPv6 address is in brackets."""
    if value is None:
        return DEFAULT_ORIGIN
    from re import ASCII, fullmatch

    host = text(value)
    found = fullmatch(r"(?:[\w.-]+|\[([\da-fA-F:.]+)\])(?::(\d{1,5}))?", host, ASCII)
    if not found or (found[2] and not 0 < int(found[2]) < 65536):
        raise ValueError
    if found[1]:
        from ipaddress import IPv6Address

        # Its error is a ValueError.
        IPv6Address(found[1])
    return host


def certificates(value: object) -> str | None:
    """The path of a file that exists, or None."""
    if value is None:
        return None
    from os import fspath
    from pathlib import Path

    path = fspath(value)  # type: ignore[call-overload]
    if not isinstance(path, str):
        raise TypeError
    if not Path(path).is_file():
        raise ValueError
    return path


def verifying_context(value: object) -> ssl.SSLContext | None:
    """A context that verifies certificates and host names, or None."""
    if value is None:
        return None
    from ssl import CERT_REQUIRED, SSLContext

    if not isinstance(value, SSLContext):
        raise TypeError
    if value.verify_mode is not CERT_REQUIRED or not value.check_hostname:
        raise ValueError
    return value


def cipher(value: Any) -> Any:
    """An object that encrypts and decrypts, or None."""
    if value is None:
        return None
    # The class is not yet a cipher.
    if isinstance(value, type) or not all(
        callable(getattr(value, name, None)) for name in ("encrypt", "decrypt")
    ):
        raise TypeError
    return value
