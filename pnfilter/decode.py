"""One JSON value: a line of a file of messages, a published message, a request's body.

JSON is read as every engine of the package reads it: ``NaN``, ``Infinity`` and half of a
surrogate pair are no JSON, of duplicate keys the last wins, integers are exact up to
``MAX_DIGITS`` digits. A longer integer, and a number beyond the range of a double, are JSON
that can't be held here: ``Unreadable`` stands in their place.

msgspec decodes, which is imported when there is enough to decode. Before, and where it can't, Python's own
decoder does, to the same values.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any, Final, NoReturn

from pnfilter.semantics import MAX_DIGITS, Unreadable, not_json

#: Levels of arrays and objects in one message.
MAX_DEPTH: Final = 500
#: Values that Python's own decoder reads in the time that the import of msgspec takes.
FEW: Final = 500


class BrokenMessage(ValueError):
    """A line holds no message; the text says why."""


#: A text, closed or not: to try one that isn't again from each of its escaped quotes would take for ever.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


def decode(line: bytes) -> Any:
    """The JSON value of a line; ``BrokenMessage`` where there is none."""
    if not is_shallow(line) and _depth(line) > MAX_DEPTH:
        raise BrokenMessage(f"nested deeper than {MAX_DEPTH} levels")
    decode_quickly = _quick.decode or _quick.from_now_on()
    if decode_quickly is not None:
        try:
            return decode_quickly(line)
        except (ValueError, RecursionError):
            pass
    return _decode_exactly(line)


def is_shallow(line: bytes) -> bool:
    """Whether a line has too few brackets for more than ``MAX_DEPTH`` levels."""
    return len(line) <= MAX_DEPTH or line.count(b"[") + line.count(b"{") <= MAX_DEPTH


def is_worth_import(values: int) -> bool:
    """Whether msgspec is imported, or it pays to do so for so many values more."""
    return _quick.left < values or "msgspec" in sys.modules


class _Quick:
    """msgspec's decoder, and how many values are decoded without it."""

    def __init__(self) -> None:
        self.decode: Callable[[bytes], Any] | None = None
        self.left = FEW

    def from_now_on(self) -> Callable[[bytes], Any] | None:
        """The decoder if it is time for it."""
        if is_worth_import(1):
            import msgspec

            self.decode = msgspec.json.Decoder().decode
        self.left -= 1
        return self.decode


_quick = _Quick()


def _depth(line: bytes) -> int:
    """Levels of arrays and objects."""
    deepest = level = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", line)):
        level += 1 if bracket in b"[{" else -1
        deepest = max(deepest, level)
    return deepest


def _decode_exactly(line: bytes) -> Any:
    """What is read without msgspec: a value that it can't hold, or the reason why there is none, too."""
    import json

    try:
        # A break at the end would make a column of the next line.
        text = line.rstrip(b"\r\n").decode()
        found = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_refuse_constant,
        )
        if b"\\" in line:
            # Nothing but an escape can spell one.
            _require_unicode(found)
    except UnicodeEncodeError:
        raise BrokenMessage("not JSON: a text with half of a surrogate pair") from None
    except UnicodeDecodeError as error:
        raise BrokenMessage(f"invalid UTF-8 at byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        what = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
        hint = ""
        if line.strip() in {b"{", b"["}:
            hint = " (a message stands on one line: `jq -c .` writes it so)"
        raise BrokenMessage(f"not JSON: {what}, column {error.colno}{hint}") from None
    except RecursionError:
        raise BrokenMessage("nested too deep to be read") from None
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        # Of what is overwritten here nothing is left to be looked at.
        _require_unicode([value for key, value in pairs if found[key] is not value])
    return found


def _require_unicode(value: Any) -> None:
    """``UnicodeEncodeError`` where half of a surrogate pair is in a text."""
    import json

    json.dumps(value, ensure_ascii=False, default=repr).encode()


def _integer(digits: str) -> Any:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        return Unreadable(f"an integer of more than {MAX_DIGITS:,} digits")
    return int(digits)


def _float(text: str) -> Any:
    number = float(text)
    return Unreadable("a number beyond the range of a double") if not_json(number) else number


def _refuse_constant(name: str) -> NoReturn:
    raise BrokenMessage(f"not JSON: {name}")
