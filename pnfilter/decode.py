"""Decode one JSON value: a line of a file, a published message, a request's body.

Every engine of the package reads JSON this way. ``NaN``, ``Infinity`` and an unpaired surrogate
are errors; the last of duplicate keys wins; integers are exact up to ``MAX_DIGITS`` digits. A
longer integer, or a number beyond the range of a double, is valid JSON that can't be represented
here: it becomes ``Unreadable``.

msgspec decodes; it is imported when there is enough to decode. Until then, and for what msgspec
can't decode, Python's own decoder returns the same values.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Callable
from itertools import accumulate
from typing import Any, Final, NoReturn

from pnfilter.semantics import MAX_DIGITS, Unreadable, not_json

#: Levels of arrays and objects in one message.
MAX_DEPTH: Final = 500
#: Values that Python's own decoder reads in the time that importing msgspec takes.
FEW: Final = 500


class BrokenMessage(ValueError):
    """Raised for a line without a valid message; its text gives the reason."""


#: A string, closed or not. If unclosed strings didn't match, the search would restart at each
#: escaped quote: quadratic time.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
#: Brackets as steps of one level, up and down (-1 as a signed byte); all else is deleted.
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_PAIR = b"\x01\xff"
#: Levels of pairs to remove before steps are added up: deeper lines would take quadratic time.
_ROUNDS: Final = 8


def decode(line: bytes) -> Any:
    """Return the JSON value of a line; raise ``BrokenMessage`` if it isn't valid."""
    if not is_shallow(line) and _depth(line) > MAX_DEPTH:
        raise BrokenMessage(f"nested deeper than {MAX_DEPTH} levels")
    by_msgspec = _msgspec.decode or _msgspec.from_now_on()
    if by_msgspec is not None:
        try:
            return by_msgspec(line)
        except (ValueError, RecursionError):
            pass
    return _decode_exactly(line)


def is_shallow(line: bytes) -> bool:
    """Return whether a line has too few brackets to nest deeper than ``MAX_DEPTH``."""
    return len(line) <= MAX_DEPTH or line.count(b"[") + line.count(b"{") <= MAX_DEPTH


def is_balanced(line: bytes) -> bool:
    """Return whether no bracket of a line is left open, those in its strings apart."""
    steps = _steps(line)
    return 2 * steps.count(_PAIR[:1]) <= len(steps)


def is_worth_import(values: int) -> bool:
    """Return whether msgspec is imported, or worth importing for so many more values."""
    return _msgspec.remaining < values or "msgspec" in sys.modules


class _MsgspecDecoder:
    """msgspec's decoder, and how many values were decoded without it."""

    def __init__(self) -> None:
        self.decode: Callable[[bytes], Any] | None = None
        self.remaining = FEW

    def from_now_on(self) -> Callable[[bytes], Any] | None:
        """Return the decoder once enough values were decoded."""
        if is_worth_import(1):
            import msgspec

            self.decode = msgspec.json.Decoder().decode
        self.remaining -= 1
        return self.decode


_msgspec = _MsgspecDecoder()


def _depth(line: bytes) -> int:
    """Return the levels of arrays and objects."""
    rest = steps = _steps(line)
    for level in range(_ROUNDS):
        if not rest:
            return level
        rest = rest.replace(_PAIR, b"")
    return max(0, max(accumulate(array("b", steps)), default=0))


def _steps(line: bytes) -> bytes:
    """Return the steps of the brackets outside strings."""
    return _STRING.sub(b"", line).translate(_STEPS, _NO_BRACKETS)


def _decode_exactly(line: bytes) -> Any:
    """Decode without msgspec: values that it can't represent, and reasons for errors."""
    import json

    try:
        # Otherwise the decoder would count columns from the line break at the end.
        text = line.rstrip(b"\r\n").decode()
        found = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_refuse_constant,
        )
        if b"\\" in line:
            # Only an escape can write an unpaired surrogate.
            _require_unicode(found)
    except UnicodeEncodeError:
        raise BrokenMessage("not JSON: a string with an unpaired surrogate") from None
    except UnicodeDecodeError as error:
        raise BrokenMessage(f"invalid UTF-8 at byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        what = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
        hint = ""
        if line.strip() in {b"{", b"["}:
            hint = " (a message must be on one line: `jq -c .` writes it so)"
        raise BrokenMessage(f"not JSON: {what}, column {error.colno}{hint}") from None
    except RecursionError:
        raise BrokenMessage("nested too deeply to read") from None
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        # Overwritten values of duplicate keys are lost after this, so check them here.
        _require_unicode([value for key, value in pairs if found[key] is not value])
    return found


def _require_unicode(value: Any) -> None:
    """Raise ``UnicodeEncodeError`` if a string holds an unpaired surrogate."""
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
