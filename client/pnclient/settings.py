"""Properties that validate what they are set to, and what holds their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import copy
from reprlib import Repr
from typing import Any, Self

#: How many notices are remembered, so that each is given once.
MAX_TOLD = 1000


class Setting:
    """A property.

    ``accept`` returns what is kept of a value, or raises ``TypeError`` or ``ValueError``. The
    message for the user is made here: of the property's name, the value (its type only, if it is
    ``secret``), and ``accepted``, which says what it may be. ``set_by`` names the method that sets
    what can't be assigned.
    """

    def __init__(
        self,
        accept: Callable[[Any], Any],
        default: Any,
        accepted: str,
        *,
        secret: bool = False,
        set_by: str = "",
    ) -> None:
        self._accept = accept
        self._accepted = accepted
        self._set_by = set_by
        self._full_name = ""
        #: The name that the value is kept under: the same for all aliases.
        self.key = ""
        self._aliases: list[Setting] = []
        self.default = default
        self.secret = secret

    def __set_name__(self, owner: type, name: str) -> None:
        self._full_name = f"{owner.__name__}.{name}"
        if not self.key:
            self.key = name
            for other in self._aliases:
                other.key = name

    def alias(self) -> Setting:
        """Another name for the same value."""
        other = copy(self)
        self._aliases.append(other)
        return other

    def __get__(self, holder: Settings | None, owner: type) -> Any:
        if holder is None:
            return self
        return holder._values.get(self.key, self.default)  # noqa: SLF001

    def __set__(self, holder: Settings, value: object) -> None:
        if self._set_by:
            raise AttributeError(f"{self._full_name} is set by {self._set_by}")
        holder._change({self.key: self.accept(value)})  # noqa: SLF001

    def accept(self, value: object) -> Any:
        """Return what to store for ``value``.

        A ``TypeError`` or ``ValueError`` has the message for the user.
        """
        try:
            return self._accept(value)
        except (TypeError, ValueError) as refusal:
            kind = TypeError if isinstance(refusal, TypeError) else ValueError
        shown = f"a {type(value).__name__} (not shown)" if self.secret else _show(value)
        # Raised out of the handler: the first error may hold a secret.
        raise kind(f"{self._full_name} must be {self._accepted}, got {shown}")


def setting(
    accept: Callable[[Any], Any],
    default: Any,
    accepted: str,
    *,
    secret: bool = False,
    set_by: str = "",
) -> Any:
    """A ``Setting``, for type checkers whatever the property is annotated with."""
    return Setting(accept, default, accepted, secret=secret, set_by=set_by)


def alias(of: Any) -> Any:
    """Another name for the property ``of``."""
    return of.alias()


class Settings:
    """Holds the values of the properties that are set, and notifies observers of changes.

    Copies and pickles have everything but the observers, which belong to the original.
    """

    _values: dict[str, Any]
    _observers: list[Callable[[str], object]]
    #: Hashes, which take less memory than the notices.
    _told: set[int]

    # Not in `__init__`: a subclass may set properties before it calls that.
    def __new__(cls, *_: Any, **__: Any) -> Self:
        self = super().__new__(cls)
        self.__dict__.update(_values={}, _observers=[], _told=set())
        return self

    def _observe(self, callback: Callable[[str], object]) -> Callable[[], None]:
        """Call ``callback`` with the name of each property that changes.

        The function that is returned ends that.
        """
        self._observers.append(callback)

        def end() -> None:
            # It may have ended before.
            with suppress(ValueError):
                self._observers.remove(callback)

        return end

    def _accepted(self, name: str, value: object) -> Any:
        """What is kept of ``value`` as the property ``name``; see ``Setting.accept``."""
        accept = _of(self, name, "accept")
        return accept(value)

    def _change(self, values: Mapping[str, Any]) -> None:
        """Keep all the values, then notify observers of those that are new."""
        # Not read as properties: to read one may make its value.
        changed = [
            name
            for name, value in values.items()
            if self._values.get(name, _of(self, name, "default")) != value
        ]
        self._values.update(values)
        for name in changed:
            for tell in tuple(self._observers):
                tell(name)

    def _first(self, *about: object) -> bool:
        """Whether this is the first notice ``about`` that, as far as it is remembered."""
        number = hash(about)
        if number in self._told:
            return False
        if len(self._told) >= MAX_TOLD:
            self._told.clear()
        self._told.add(number)
        return True

    def __repr__(self) -> str:
        kept = ", ".join(
            f"{name}={'<hidden>' if _of(self, name, 'secret') else repr(value)}"
            for name, value in self._values.items()
        )
        return f"{type(self).__name__}({kept})"

    def __copy__(self) -> Self:
        return self._twin(self._state())

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        from copy import deepcopy

        # It can't be copied, and is made to be shared.
        context = self._values.get("ssl_context")
        memo[id(context)] = context
        twin = memo[id(self)] = self._twin({})
        twin.__setstate__(deepcopy(self._state(), memo))
        return twin

    def __getstate__(self) -> dict[str, Any]:
        if self._values.get("ssl_context") is not None:
            raise TypeError(f"{type(self).__name__}.ssl_context can't be pickled: use ca_certs")
        return self._state()

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)

    def _state(self) -> dict[str, Any]:
        state = {name: value for name, value in self.__dict__.items() if name != "_observers"}
        return {**state, "_values": self._values.copy(), "_told": self._told.copy()}

    def _twin(self, state: Mapping[str, Any]) -> Self:
        twin = type(self).__new__(type(self))
        twin.__setstate__(state)
        return twin


def _of(holder: Settings, name: str, what: str) -> Any:
    """What the property says of itself; None where a subclass has something else by that name."""
    return getattr(getattr(type(holder), name), what, None)


def nearest(kind: type, name: str) -> str:
    """The question whether another property of ``kind`` was meant, or nothing."""
    from difflib import get_close_matches

    # Other SDKs write subscribeKey.
    spelled = {
        one.replace("_", ""): one for one in dir(kind) if not one.startswith("_") and one != name
    }
    near = get_close_matches(name.replace("_", "").lower(), spelled, n=1)
    return f": did you mean {spelled[near[0]]!r}?" if near else ""


def _show(value: object) -> str:
    if isinstance(value, str) and "@" in value:
        # A URL may have a password before it.
        value = "…@" + value.rpartition("@")[2]
    short = Repr()
    short.maxstring = short.maxother = 80
    return short.repr(value)
