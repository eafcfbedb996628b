"""One field of a message as a line of output, for ``grep -o``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from pnfilter.interpreter import read
from pnfilter.message import parts_of
from pnfilter.semantics import Missing, Unreadable
from pnfilter.syntax.nodes import Path
from pnfilter.syntax.parser import parse

if TYPE_CHECKING:
    from pnfilter.message import AnyMessage

#: Characters that end a line, or that a terminal acts on.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class FieldPrinter:
    """Prints the field that a path such as ``data.mag`` names, as filters name fields."""

    def __init__(self, text: str) -> None:
        """Take the path; raise ``ValueError`` for any other text."""
        found = parse(text)
        if not isinstance(found, Path):
            raise ValueError(f"expected a field, such as data.mag, got {text}")
        self._path = found

    def line(self, message: AnyMessage) -> bytes | None:
        """Return the value as one line of UTF-8 with its end; None if missing, or JSON null.

        It is JSON; a string has no quotes unless it holds a control character, so that every value
        is on one line. What can't be read is no value.
        """
        data, meta, _ = parts_of(message)
        value = read(self._path, data, meta)
        if isinstance(value, (Missing, Unreadable)):
            return None
        if isinstance(value, str) and not _CONTROL.search(value):
            return value.encode() + b"\n"
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_no_value)
        if _CONTROL.search(text):
            text = json.dumps(value, separators=(",", ":"), default=_no_value)
        return text.encode() + b"\n"


def _no_value(_: object) -> None:
    """Return what is printed for a part that can't be read: a number out of range."""
