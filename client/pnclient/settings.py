"""Properties that validate what they are set to, and what their values may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

if TYPE_CHECKING:
    import ssl

    from pnclient.pnconfiguration import PNConfiguration

#: What a property is read as, and what it may be set to.
Got = TypeVar("Got")
Given = TypeVar("Given")
Number = TypeVar("Number", bound=int)

DEFAULT_ORIGIN = "ps.pndsn.com"
#: The longest time that can be set, in seconds: a year. Clocks overflow far above it.
MAX_SECONDS = 365 * 24 * 3600


class Setting(Generic[Got, Given]):
    """A property of the configuration.

    ``accept`` returns what is kept of the value, or raises ``TypeError`` for a value of a wrong type
    and ``ValueError`` for a wrong value; the message is made here, of the property's name, the value
    (only its type when it is a ``secret``) and ``accepted``, which says what the value may be.
    """

    def __init__(
        self,
        accept: Callable[[Any], Got],
        default: Got,
        accepted: str,
        *,
        secret: bool = False,
    ) -> None:
        self._accept = accept
        self._accepted = accepted
        self.default = default
        self.secret = secret
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        # An alias shares its setting: the first name is the property's own.
        self.name = self.name or name

    @overload
    def __get__(self, config: None, owner: type) -> Self: ...
    @overload
    def __get__(self, config: PNConfiguration, owner: type) -> Got: ...
    def __get__(self, config: PNConfiguration | None, owner: type) -> Self | Got:
        if config is None:
            return self
        kept: Got = config._values.get(self.name, self.default)  # noqa: SLF001
        return kept

    def __set__(self, config: PNConfiguration, value: Given) -> None:
        config._change({self.name: self.accept(value)})  # noqa: SLF001

    def accept(self, value: object) -> Got:
        """What is kept of ``value``; ``TypeError`` or ``ValueError`` with the message for the user."""
        try:
            return self._accept(value)
        except (TypeError, ValueError) as refusal:
            kind = TypeError if isinstance(refusal, TypeError) else ValueError
        # Raised out of the handler: what the first error holds may be the secret.
        raise kind(
            f"PNConfiguration.{self.name} is {self._accepted}, not {shown(value, self.secret)}"
        )


def shown(value: object, secret: bool) -> str:
    """``value`` as a message has it: short, and of a secret its type only."""
    if secret:
        return f"a value of type {type(value).__name__} (not shown)"
    from reprlib import Repr

    if isinstance(value, str) and "@" in value:
        # A URL may have a password before it.
        value = "…@" + value.rpartition("@")[2]
    short = Repr()
    short.maxstring = short.maxother = 80
    return short.repr(value)


def _encodable(value: str) -> str:
    # Half a surrogate pair can't be sent; the error of `encode` is a ValueError.
    value.encode()
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


def filter_text(value: object) -> str | None:
    """Any text, or None for no filter."""
    if value is not None and not isinstance(value, str):
        raise TypeError
    return value or None


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
    found = fullmatch(r"(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::(\d{1,5}))?", host, ASCII)
    if not found or (found[1] and not 0 < int(found[1]) < 65536):
        raise ValueError
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


def anything(value: Any) -> Any:
    """Whatever it is."""
    return value
