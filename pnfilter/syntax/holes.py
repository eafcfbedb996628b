"""Holes of a filter text: parts that a program fills in when it runs.

In the text a hole is written ``{name}``, whatever the program writes: ``uuid != '{me}'``.
"""

from __future__ import annotations

import re

from pnfilter.diagnostics import Span
from pnfilter.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    #: What is known of that which fills a hole: nothing, that it is a number, that it is a text in its
    #: own quotes, or that it is any value and written as the language wants it.
    type_of_filling = Literal["any", "number", "text", "value"]

_NAMED = re.compile(r"\{([^\W\d]\w*)\}")


class Hole(NamedTuple):
    """A hole: where it stands in the filter text, the program's words for it, and what fills it."""

    span: Span
    name: str
    filling: type_of_filling = "any"


def named_holes(text: str) -> tuple[Hole, ...]:
    """Every ``{name}`` of a text."""
    return tuple(Hole(Span(*match.span()), match[1]) for match in _NAMED.finditer(text))
