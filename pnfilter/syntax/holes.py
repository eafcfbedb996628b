"""Holes of a filter text: parts that a program fills in at run time.

The text writes a hole as ``{name}``, whatever the program writes: ``uuid != '{me}'``.
"""

from __future__ import annotations

import re

from pnfilter.diagnostics import Span
from pnfilter.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    #: What is known of the value of a hole: nothing, a number, a string in its own quotes, or any
    #: value written as the language requires.
    Filling = Literal["any", "number", "text", "value"]

_NAMED = re.compile(r"\{([^\W\d]\w*)\}")


class Hole(NamedTuple):
    """A hole: its position in the filter text, the program's text for it, and what fills it."""

    span: Span
    name: str
    filling: Filling = "any"


def named_holes(text: str) -> tuple[Hole, ...]:
    """Return every ``{name}`` of a text."""
    return tuple(Hole(Span(*match.span()), match[1]) for match in _NAMED.finditer(text))
