"""The shape of a subscribe answer (wire protocol, section 3: what the official SDKs read)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final, NamedTuple

from pnclient import errors
from pnclient.api.arguments import MAX_TIMETOKEN
from pnclient.enums import PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.transport import ServiceFailure

_MAX_DIGITS: Final = 19


class WrongShape(ValueError):
    """An answer, or an item of one, is not what it should be. ``str()`` says what is wrong."""


class Answer(NamedTuple):
    """Where to go on from, and the items."""

    cursor: int
    region: int | None
    items: tuple[Any, ...]


def read_answer(data: Any) -> Answer:
    """The answer in its JSON; ``WrongShape`` for anything else. The items are not looked at."""
    if not isinstance(data, dict):
        raise WrongShape("the answer is not an object")
    position, items = data.get("t"), data.get("m")
    if not isinstance(position, dict):
        raise WrongShape("the answer has no object `t`")
    if not isinstance(items, list):
        raise WrongShape("the answer has no list `m`")
    region = position.get("r")
    return Answer(
        timetoken(position.get("t")),
        None if region is None else number(region, "region"),
        tuple(items),
    )


def has_news(answer: Answer, cursor: int | None) -> bool:
    """Whether an item was published after ``cursor``; one of a wrong shape wasn't.

    Nor was one that is newer than the answer's own cursor: it could come again with each answer.
    """
    for item in answer.items:
        with suppress(WrongShape, LookupError, TypeError):
            if (cursor or 0) < timetoken(item["p"]["t"]) <= answer.cursor:
                return True
    return False


def timetoken(value: Any) -> int:
    """A timetoken above 0, which comes as text or as an integer."""
    found = number(value, "timetoken")
    if not 0 < found <= MAX_TIMETOKEN:
        raise WrongShape("a timetoken is out of range")
    return found


def number(value: Any, what: str) -> int:
    """A whole number, which comes as text or as an integer."""
    if type(value) is int:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS:
        return int(value)
    raise WrongShape(f"a {what} is not a number")


def malformed_failure(error: WrongShape, data: Any) -> ServiceFailure:
    """What is reported to listeners about a wrong shape."""
    return ServiceFailure(
        PNStatusCategory.PNMalformedResponseCategory,
        PubNubException(pn_error=errors.PNERR_UNKNOWN_ERROR, errormsg=error, status_code=200),
        show_answer(data),
        200,
    )


def show_answer(data: Any) -> Any:
    """Return an answer or an item as statuses show it: without the subscribe key in each item."""
    if isinstance(data, dict):
        return {name: value for name, value in data.items() if name not in ("k", "m")}
    return data
