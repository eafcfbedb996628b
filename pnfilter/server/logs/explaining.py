"""Why a message was held back, in one line: the part of the filter that decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pnfilter.evaluation.explanation import Explanation, show_value
from pnfilter.filters import Filter
from pnfilter.message import AnyMessage
from pnfilter.values import Verdict

#: Conditions that are named where each of several had to fail.
MAX_NAMED: Final = 3


def why_held_back(filter: Filter, message: AnyMessage) -> str:
    """The conditions that decided, each with the values of its fields, which come from the message."""
    explanation = filter.explain(message)
    if explanation.verdict is Verdict.MATCH:
        return "its filter lets it through, and something else holds it back"
    decisive = list(_decisive(explanation))
    named = "; ".join(_described(part) for part in decisive[:MAX_NAMED])
    more = len(decisive) - MAX_NAMED
    return f"{named}; and {more:,} more" if more > 0 else named


def _decisive(part: Explanation) -> Iterator[Explanation]:
    """The smallest conditions to which the verdict of a part is due."""
    conditions = [
        child
        for child in part.children
        if child.verdict is not None and child.cause != "short-circuited"
    ]
    # One that says the same decides alone in a conjunction; all do in a disjunction. A negation
    # has the other verdict than its condition.
    alike = [child for child in conditions if child.verdict is part.verdict] or conditions
    if not alike:
        yield part
        return
    for child in alike:
        yield from _decisive(child)


def _described(part: Explanation) -> str:
    verdict = "" if part.verdict is None else part.verdict.value
    fields = [
        f"{child.text} is {show_value(child.value)}"
        for child in part.children
        if not child.is_literal and child.verdict is None
    ]
    # A note may say of a field what would stand there anyway.
    if part.note:
        fields = [*(field for field in fields if not part.note.startswith(field)), part.note]
    return f"`{part.text}` is {verdict}" + (f" ({', '.join(fields)})" if fields else "")
