"""``guard``: make the configuration of an official SDK refuse invalid filters.

An official ``PNConfiguration`` keeps any value, and its clients send it. ``guard`` replaces the
class of one configuration with a subclass that checks ``filter_expression`` first. This applies to
that object and its copies (a client makes one if the configuration is locked); the rest of the SDK
is unchanged. Tested with the PyPI package ``pubnub``, versions 4.8.1 and 10.8.0.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any, TypeVar

from pnfilter.diagnostics import FilterSyntaxError
from pnfilter.lint.check import check

Configuration = TypeVar("Configuration")

_PROPERTY = "filter_expression"


def guard(config: Configuration) -> Configuration:
    """Make a configuration check its filters: the present one, and each that is set later.

    ``config`` is a ``PNConfiguration`` of an official Python SDK, and is returned. An invalid
    filter raises ``FilterSyntaxError``, which shows the position; the previous value stays. A
    filter that is valid but probably wrong is logged as a warning of the logger ``pnfilter``. None
    and an empty string mean no filter. A filter that isn't a string, or an object without such a
    property, raises ``TypeError``. If the SDK ignores changes because the configuration is locked,
    it still does.
    """
    kind: Any = type(config)
    if isinstance(config, type) or _PROPERTY not in getattr(config, "__dict__", {}):
        raise TypeError(f"guard takes a PNConfiguration of the official SDK, not {kind.__name__}")
    if not issubclass(kind, _Guarded):
        _require(config, getattr(config, _PROPERTY))
        # A class may override assignment of attributes.
        object.__setattr__(config, "__class__", _guarded_class(kind))
    return config


class _Guarded:
    """Mixin that checks each filter; it comes before the SDK's own class."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == _PROPERTY:
            _require(self, value)
        super().__setattr__(name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        # pickle can't find the class by name. Copies are made this way too.
        return _new_guarded, (type(self).__mro__[2],), self.__dict__

    def __setstate__(self, state: dict[str, Any]) -> None:
        # All at once: a locked configuration ignores later assignments.
        self.__dict__.update(state)


@cache
def _guarded_class(kind: Any) -> Any:
    return type(
        kind.__name__, (_Guarded, kind), {"__module__": kind.__module__, "__doc__": kind.__doc__}
    )


def _new_guarded(kind: type) -> Any:
    guarded = _guarded_class(kind)
    return guarded.__new__(guarded)


def _require(config: Any, text: Any) -> None:
    """Raise for an invalid filter, and log a warning for a probably wrong one."""
    if text is None or text == "":
        return
    if not isinstance(text, str):
        raise TypeError(f"{_PROPERTY} is a text, or None for no filter, not {type(text).__name__}")
    is_secret = any(getattr(config, name, None) for name in ("cipher_key", "crypto_module"))
    found = check(text, encrypted=is_secret)
    if errors := [one for one in found if one.severity == "error"]:
        raise FilterSyntaxError(text, errors)
    if warnings := [one for one in found if one.severity == "warning"]:
        shown = FilterSyntaxError(text, warnings)
        logging.getLogger("pnfilter").warning("PNConfiguration.%s: %s", _PROPERTY, shown)
