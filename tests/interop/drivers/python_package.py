"""The Python package that is driven, and what a call of it is."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NamedTuple

#: The package that is driven. pnclient has the names of 4.8 where that had them.
PACKAGE = os.environ.get("PNFILTER_INTEROP_PACKAGE", "pubnub")


def imported(module: str) -> Any:
    """A module of that package.

    :raises ImportError: it has none of this name.
    """
    return import_module(f"{PACKAGE}.{module}")


class Call(NamedTuple):
    """The SDK's name of a call, its options by the tests' names, and what of its result is told."""

    method: str
    options: Mapping[str, str]
    told: Callable[[Any], Any]
