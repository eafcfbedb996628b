"""``guard``: the configuration of an official SDK takes no filter that is none.

An official ``PNConfiguration`` keeps whatever it is given, and its clients send that. ``guard`` exchanges the
class of one configuration for a subclass that looks at ``filter_expression`` before it is kept. So it holds
for that object and for its copies (a client makes one where the configuration is locked), and nothing
else of the SDK is touched. This was tried with the PyPI package ``pubnub`` in the versions 4.8.1 and 10.8.0.
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
    """Let a configuration check its filters: the one that it has, and each that is set from now on.

    ``config`` is a ``PNConfiguration`` of an official Python SDK, and is returned. A text that is no
    filter raises ``FilterSyntaxError``, which shows the place, and what was set before stays;
    what is valid but probably wrong is logged as a warning of the logger ``pnfilter``. None and an empty
    text mean no filter. ``TypeError`` for a filter that is no text, and for an object without such a
    property. Where the SDK ignores changes, since the configuration is locked, it still does.
    """
    kind: Any = type(config)
    if isinstance(config, type) or _PROPERTY not in getattr(config, "__dict__", {}):
        raise TypeError(f"guard takes a PNConfiguration of the official SDK, not {kind.__name__}")
    if not issubclass(kind, _Guarded):
        _require(config, getattr(config, _PROPERTY))
        # Not by assignment, which is an error where a class has its own ideas of attributes.
        object.__setattr__(config, "__class__", _guarded(kind))
    return config


class _Guarded:
    """What looks at each filter; stands before the SDK's own class."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == _PROPERTY:
            _require(self, value)
        super().__setattr__(name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        # The class has no name to be found by. Copies are made so too.
        return _made, (type(self).__mro__[2],), self.__dict__

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Not one after the other: a locked configuration would take nothing more once it is.
        self.__dict__.update(state)


@cache
def _guarded(kind: Any) -> Any:
    return type(
        kind.__name__, (_Guarded, kind), {"__module__": kind.__module__, "__doc__": kind.__doc__}
    )


def _made(kind: type) -> Any:
    guarded = _guarded(kind)
    return guarded.__new__(guarded)


def _require(config: Any, text: Any) -> None:
    """Raise for what is no filter, and log what is probably none that was meant."""
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
