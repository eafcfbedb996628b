"""How a function made of a filter says that it has no verdict. Filters need this before there is such a function."""

from __future__ import annotations

from typing import NoReturn

from pnfilter.values import Reason


class Undecided(Exception):
    """A leaf that was looked at has no verdict: the interpreter has to say what the filter has.

    If the leaf is all there is, ``reason`` says it already; otherwise it is None.
    """

    def __init__(self, reason: Reason | None = None) -> None:
        super().__init__()
        self.reason = reason


#: What a function made of a filter raises where the interpreter has to say. ``OverflowError`` comes of an
#: integer that is larger than any double.
LEFT = (Undecided, OverflowError)


def undecided(*_: object) -> NoReturn:
    """Raises ``Undecided`` of any message: the decider of a filter that is left to the interpreter."""
    raise Undecided
