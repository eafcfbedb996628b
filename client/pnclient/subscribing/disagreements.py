"""What is reported where the service and this client read a filter differently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from pnclient.hiding import one_line
from pnfilter import Verdict

if TYPE_CHECKING:
    from pnfilter import Explanation

#: Conditions that a report names, and characters of each.
MAX_CONDITIONS: Final = 3
MAX_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A message that the service delivered and that doesn't match here, and why it doesn't.

    ``str()`` names the conditions that decide and the types of their fields, for logs: values may
    be private. ``explanation`` has the values. ``item``: the message as it came.
    """

    explanation: Explanation
    item: dict[str, Any]

    def __str__(self) -> str:
        conditions = "; ".join(map(_described, islice(_deciding(self.explanation), MAX_CONDITIONS)))
        return (
            "the service delivered a message that doesn't match here, so it was dropped: "
            f"{conditions} (reported once for each filter; pubnub.counters counts on)"
        )


def _deciding(node: Explanation) -> Iterator[Explanation]:
    """The conditions without conditions in them that made a verdict."""
    conditions = [one for one in node.children if one.verdict is not None]
    needed = [one for one in conditions if one.cause != "short-circuited"]
    if node.verdict is Verdict.NO_MATCH:
        # There is none below a negation.
        needed = [one for one in needed if one.verdict is Verdict.NO_MATCH] or needed
    if not needed:
        yield node
    for one in needed:
        yield from _deciding(one)


def _described(condition: Explanation) -> str:
    fields = ", ".join(
        f"{one_line(one.text, MAX_SHOWN)} is {_kind(one)}"
        for one in condition.children
        if not one.is_literal
    )
    verdict = "" if condition.verdict is None else f" is {condition.verdict.name}"
    return f"`{one_line(condition.text, MAX_SHOWN)}`{verdict}" + (f", {fields}" if fields else "")


def _kind(operand: Explanation) -> str:
    """The type of an operand's value."""
    if operand.cause:
        return operand.cause
    match operand.value:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list() | tuple():
            return "an array"
        case dict():
            return "an object"
        case _:
            return "unreadable"
