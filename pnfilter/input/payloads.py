"""What a line of messages holds, and the message that it is read as.

That is the ``payload`` mode:

* ``auto``: any of the forms of ``pnfilter.input.forms``, by the first value of an input, also over
  several lines; else as ``message``;
* ``message``: an object with ``data`` and ``meta``; other keys are ignored;
* ``data``: the bare payload. Nothing is known of the metadata then: it is unreadable;
* ``envelope``: an item of a subscribe answer (``c``, ``d``, ``u``) or of history (``message``,
  ``meta``), as ``Message.from_envelope`` reads it.
"""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from pnfilter.decode import BrokenMessage
from pnfilter.message import AnyMessage, Message
from pnfilter.semantics import UNREADABLE

Payload = Literal["auto", "message", "data", "envelope"]
PAYLOADS: Final[tuple[Payload, ...]] = get_args(Payload)


def as_message(value: Any, payload: Payload) -> AnyMessage:
    """Return the message of a decoded line; raise ``BrokenMessage`` if there is none."""
    if payload == "data":
        return {"data": value, "meta": UNREADABLE}
    if not isinstance(value, dict):
        raise BrokenMessage(f"expected an object with `data` and `meta`, got {_kind(value)}")
    if in_lines(payload) == "message":
        return value
    try:
        return Message.from_envelope(value)
    except TypeError as error:
        raise BrokenMessage(str(error)) from None


def in_lines(payload: Payload) -> Payload:
    """Return what the lines hold that ``MessageReader.portions`` leaves unread."""
    return "message" if payload == "auto" else payload


def hint_of(value: Any, payload: Payload) -> str:
    """Return a hint for an object of another form than expected; empty for all others."""
    if not isinstance(value, dict):
        return ""
    if in_lines(payload) == "message" and "data" not in value:
        if "message" in value or ("c" in value and "d" in value):
            return "no `data`; --payload envelope reads envelopes"
        if "meta" not in value:
            return "neither `data` nor `meta`; --payload data reads bare payloads"
    elif payload == "data" and "data" in value and "meta" in value:
        return "`data` and `meta`; without --payload data it is read as a message"
    return ""


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "a number"
