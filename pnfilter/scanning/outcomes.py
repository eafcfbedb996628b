"""What a filter says of messages that have to be looked at in full, which may be few."""

from __future__ import annotations

from pnfilter.evaluation.interpreter import condition
from pnfilter.message import parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from pnfilter.filters import Filter
    from pnfilter.message import AnyMessage
    from pnfilter.values import Reason

#: Messages that the interpreter judges in the time that it takes to import what generates code, and to run that.
FEW: Final = 300


class Outcomes:
    """The outcomes of one filter: those of the interpreter for the first messages, then of generated code."""

    __slots__ = ("_filter", "_left")

    def __init__(self, filter: Filter) -> None:
        self._filter = filter
        self._left = FEW

    def __call__(self, message: AnyMessage) -> bool | Reason:
        """``Filter.outcome`` of a message."""
        if self._left and type(message) is dict:
            self._left -= 1
            data, meta, _ = parts_of(message)
            return condition(self._filter.expression, data, meta)
        return self._filter.outcome(message)
