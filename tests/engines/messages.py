"""Messages as rows of a table, and what a row can't hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pnfilter import UNREADABLE, Verdict

if TYPE_CHECKING:
    from pnfilter.engines.sql import Undecided

#: The verdict that a nullable boolean stands for.
VERDICTS = {True: Verdict.MATCH, False: Verdict.NO_MATCH, None: Verdict.UNDECIDED}
#: What a filter's SQL may make of what is UNDECIDED, and for which verdicts it is TRUE then.
UNDECIDED_AS: dict[Undecided, tuple[Verdict, ...]] = {
    "drop": (Verdict.MATCH,),
    "keep": (Verdict.MATCH, Verdict.UNDECIDED),
}
#: JSON that no reader can hold, in the place of what can't be read.
_TOO_LARGE = "1e999"
_MARK = "\ue000unreadable\ue000"

Row = tuple[int, str | None, str | None]


class Contradiction(NamedTuple):
    """What an engine says of a message where one of its verdicts denies another."""

    value: str


def verdict_of(answer: bool | None, others: Mapping[Undecided, object]) -> Verdict | Contradiction:
    """The verdict of a filter, if its answers with each ``undecided`` agree."""
    verdict = VERDICTS[answer]
    if all(other is (verdict in UNDECIDED_AS[undecided]) for undecided, other in others.items()):
        return verdict
    words = ", ".join(f"{undecided} {other}" for undecided, other in others.items())
    return Contradiction(f"{verdict.value}, {words}")


def text_of(value: Any) -> str:
    """A value as JSON; what can't be read is a number beyond the doubles."""
    if value is UNREADABLE:
        return _TOO_LARGE
    made = json.dumps(value, ensure_ascii=False, default=lambda _: _MARK)
    return made.replace(f'"{_MARK}"', _TOO_LARGE)


def row(number: int, message: dict[str, Any]) -> Row:
    """A message's number, payload and metadata; NULL for what it doesn't have."""
    data, meta = (text_of(message[part]) if part in message else None for part in ("data", "meta"))
    return number, data, meta
