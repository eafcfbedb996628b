"""One JSON value of a stream of messages: decoding a line, and cutting an array into elements.

JSON is read as every engine of the package reads it: ``NaN``, ``Infinity`` and half of a
surrogate pair are no JSON, of duplicate keys the last wins, integers are exact up to
``MAX_DIGITS`` digits. A longer integer, and a number beyond the range of a double, are JSON
that can't be held here: ``Unreadable`` stands in their place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, NoReturn

import msgspec

from pnfilter.values import MAX_DIGITS, Unreadable, not_json

#: Bytes of the longest line, and of the longest element of an array.
MAX_LINE: Final = 16 * 1024 * 1024
#: Levels of arrays and objects in one message.
MAX_DEPTH: Final = 500


class BrokenMessage(ValueError):
    """A line holds no message; the text says why."""


_decode = msgspec.json.Decoder().decode
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


def decode(line: bytes) -> Any:
    """The JSON value of a line; ``BrokenMessage`` where there is none."""
    if len(line) > MAX_DEPTH and _depth(line) > MAX_DEPTH:
        raise BrokenMessage(f"nested deeper than {MAX_DEPTH} levels")
    try:
        return _decode(line)
    except (ValueError, RecursionError):
        return _decode_exactly(line)


def _depth(line: bytes) -> int:
    """Levels of arrays and objects, or any number up to ``MAX_DEPTH`` where there are few."""
    if line.count(b"[") + line.count(b"{") <= MAX_DEPTH:
        return 0
    deepest = level = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", line)):
        level += 1 if bracket in b"[{" else -1
        deepest = max(deepest, level)
    return deepest


def _decode_exactly(line: bytes) -> Any:
    """What msgspec refuses: the few values it can't hold, or the reason why it is no JSON."""
    try:
        # A break at the end would make a column of the next line.
        text = line.rstrip(b"\r\n").decode()
        found = json.loads(
            text, parse_int=_integer, parse_float=_float, parse_constant=_refuse_constant
        )
        json.dumps(found, ensure_ascii=False, default=repr).encode()
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


def _integer(digits: str) -> Any:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        return Unreadable(f"an integer of more than {MAX_DIGITS:,} digits")
    return int(digits)


def _float(text: str) -> Any:
    number = float(text)
    return Unreadable("a number beyond the range of a double") if not_json(number) else number


def _refuse_constant(name: str) -> NoReturn:
    raise BrokenMessage(f"not JSON: {name}")


class Element(NamedTuple):
    """An element of an array: the line it starts on, and its text; None for a too long one."""

    line: int
    text: bytes | None


class BrokenArray(ValueError):
    """The file is no array after all from some place on."""


_WHOLE_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
#: Up to the next place that matters: between elements, inside of one, inside of a text.
_BETWEEN = re.compile(rb'(?:[^"\[\]{},]++|' + _WHOLE_TEXT + rb")*+", re.DOTALL)
_INSIDE = re.compile(rb'(?:[^"\[\]{}]++|' + _WHOLE_TEXT + rb")*+", re.DOTALL)
_IN_TEXT = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)


def split_array(chunks: Iterable[bytes], line: int = 1) -> Iterator[Element]:
    """The elements of the JSON array that starts in the first of ``chunks``, without reading them.

    ``line`` is the number of the line it starts on. Ends with ``BrokenArray`` where the array
    doesn't end, or something comes after it.
    """
    depth, in_text, escaped = 0, False, False
    element = bytearray()
    length = unkept_lines = count = 0
    rest = iter(chunks)

    def keep(part: bytes) -> None:
        nonlocal length, unkept_lines
        length += len(part)
        if length <= MAX_LINE:
            element.extend(part)
        else:
            unkept_lines += part.count(b"\n")

    def cut() -> Element:
        nonlocal length, unkept_lines, line, count
        text = bytes(element)
        start = line + text.count(b"\n", 0, len(text) - len(text.lstrip()))
        line += text.count(b"\n") + unkept_lines
        found = Element(start, text.strip() if length <= MAX_LINE else None)
        element.clear()
        length, unkept_lines, count = 0, 0, count + 1
        return found

    for chunk in rest:
        # What a chunk's last backslash escapes is no end of the text.
        position, start, escaped = int(escaped), 0, False
        while True:
            scan = _IN_TEXT if in_text else _BETWEEN if depth == 1 else _INSIDE
            found = scan.match(chunk, position)
            position = found.end() if found else len(chunk)
            char = chunk[position : position + 1]
            if not char:
                break
            position += 1
            if char == b"\\":
                escaped = True
            elif char == b'"':
                in_text = not in_text
            elif char in b"[{":
                depth += 1
                start = position if depth == 1 else start
            elif depth == 1 and char in b",]":
                keep(chunk[start : position - 1])
                start = position
                if char == b"," or count or length > MAX_LINE or element.strip():
                    yield cut()
                if char == b"]":
                    if chunk[position:].strip() or any(part.strip() for part in rest):
                        raise BrokenArray("something comes after the end of its array")
                    return
            elif depth > 1:
                depth -= 1
        keep(chunk[start:])
    if length > MAX_LINE or element.strip():
        yield cut()
    raise BrokenArray("it ends before its array does")


def on_one_line(text: bytes) -> bytes:
    """A JSON value without line breaks: they can't stand inside of its texts."""
    if b"\n" in text or b"\r" in text:
        return re.sub(rb"[ \t]*[\r\n]\s*", b"", text)
    return text
