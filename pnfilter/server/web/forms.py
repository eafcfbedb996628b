"""Forms with a file (multipart/form-data), read while they come: no more of the file is kept than a chunk."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Final

from pnfilter.server.settings import MAX_FORM_FIELDS, MAX_FORM_HEAD, MAX_FORM_VALUE
from pnfilter.server.web.requests import refuse

SERVICE: Final = "Files"
#: The name of the part that is the file. It is the last one.
FILE: Final = "file"
#: Takes the bytes of the file.
Sink = Callable[[bytes], None]

#: Characters of a header that is looked into for a boundary.
_MAX_TYPE: Final = 512
_BOUNDARY: Final = re.compile(r"[ -~]{0,69}[!-~]")
_DISPOSITION: Final = re.compile(r"content-disposition\s*:\s*form-data\s*(;.*)", re.IGNORECASE)
#: In quotes a backslash is a sign before another character, or as browsers write it, stands for itself.
_PARAMETER: Final = re.compile(
    r";\s*([\w*-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*|[^\"]*)\"(?=\s*(?:;|$))|([^\s;\"]*))\s*"
)


class _State(Enum):
    DELIMITER = auto()
    AFTER_DELIMITER = auto()
    HEAD = auto()
    VALUE = auto()
    FILE = auto()
    END = auto()


class Form:
    """A form whose last part is the file.

    ``begin`` is given the other parts as soon as the file begins, and returns what takes its bytes.
    What it raises, and ``Refusal`` for what is no such form, ends the reading.
    """

    def __init__(self, content_type: str, begin: Callable[[Mapping[str, str]], Sink]) -> None:
        kind, _, rest = content_type[:_MAX_TYPE].partition(";")
        boundary = _parameters(f";{rest}").get("boundary", "")
        if kind.strip().lower() != "multipart/form-data" or not _BOUNDARY.fullmatch(boundary):
            refuse(400, "The body is multipart/form-data with a boundary", SERVICE)
        self._delimiter = b"\r\n--" + boundary.encode()
        self._begin = begin
        # The first delimiter stands at the beginning of a line like others.
        self._kept = bytearray(b"\r\n")
        self._state = _State.DELIMITER
        self._fields: dict[str, str] = {}
        self._name = ""
        self._sink: Sink | None = None

    def feed(self, chunk: bytes) -> None:
        """Read on."""
        self._kept += chunk
        while self._step():
            pass

    def end(self) -> None:
        """``Refusal`` where the form has not come to its end."""
        if self._state is not _State.END:
            refuse(400, "The form breaks off, or has no file as its last part", SERVICE)

    def _step(self) -> bool:
        """Read one thing, if it is there."""
        match self._state:
            case _State.DELIMITER:
                return self._read_first()
            case _State.AFTER_DELIMITER:
                return self._read_after_delimiter()
            case _State.HEAD:
                return self._read_head()
            case _State.VALUE:
                return self._read_value()
            case _State.FILE:
                return self._read_file()
            case _State.END:
                # What stands after the end means nothing.
                self._kept.clear()
                return False

    def _take(self, size: int) -> bytes:
        taken = bytes(self._kept[:size])
        del self._kept[:size]
        return taken

    def _read_first(self) -> bool:
        size = len(self._delimiter)
        if self._kept[:size] != self._delimiter[: len(self._kept)]:
            refuse(400, "The form does not begin with its boundary", SERVICE)
        if len(self._kept) < size:
            return False
        self._take(size)
        self._state = _State.AFTER_DELIMITER
        return True

    def _read_after_delimiter(self) -> bool:
        if len(self._kept) < 2:
            return False
        follows = self._take(2)
        if follows == b"--":
            if self._sink is None:
                refuse(400, f"The form has no part `{FILE}`", SERVICE)
            self._state = _State.END
        elif follows != b"\r\n":
            refuse(400, "A boundary is followed by the end of its line", SERVICE)
        elif self._sink is not None:
            refuse(400, f"The part `{FILE}` is the last one, and there once", SERVICE)
        else:
            self._state = _State.HEAD
        return True

    def _read_head(self) -> bool:
        end = self._kept.find(b"\r\n\r\n")
        if max(end, len(self._kept) - 4 if end < 0 else 0) > MAX_FORM_HEAD:
            refuse(400, f"The head of a part has {MAX_FORM_HEAD:,} bytes at most", SERVICE)
        if end < 0:
            return False
        self._name = _name_in(self._take(end + 4)[:-4])
        if self._name == FILE:
            self._sink = self._begin(self._fields)
            self._state = _State.FILE
        elif self._name in self._fields:
            refuse(400, "The form has two parts of one name", SERVICE)
        elif len(self._fields) >= MAX_FORM_FIELDS:
            refuse(400, f"The form has {MAX_FORM_FIELDS} fields at most", SERVICE)
        else:
            self._state = _State.VALUE
        return True

    def _read_value(self) -> bool:
        end = self._kept.find(self._delimiter)
        if max(end, len(self._kept) - len(self._delimiter) if end < 0 else 0) > MAX_FORM_VALUE:
            refuse(400, f"A field of the form has {MAX_FORM_VALUE:,} bytes at most", SERVICE)
        if end < 0:
            return False
        value = self._take(end)
        self._take(len(self._delimiter))
        try:
            self._fields[self._name] = value.decode()
        except UnicodeDecodeError:
            refuse(400, "A field of the form is no UTF-8", SERVICE)
        self._state = _State.AFTER_DELIMITER
        return True

    def _read_file(self) -> bool:
        assert self._sink is not None
        end = self._kept.find(self._delimiter)
        # What may be the beginning of the delimiter waits for more.
        size = end if end >= 0 else len(self._kept) - len(self._delimiter) + 1
        if size > 0:
            self._sink(self._take(size))
        if end < 0:
            return False
        self._take(len(self._delimiter))
        self._state = _State.AFTER_DELIMITER
        return True


def _name_in(head: bytes) -> str:
    """The name of a part. The name of the file beside it means nothing here."""
    lines = head.decode("utf-8", "replace").split("\r\n")
    found = next(filter(None, (_DISPOSITION.fullmatch(line.strip()) for line in lines)), None)
    name = "" if found is None else _parameters(found[1]).get("name", "")
    if not name:
        refuse(400, "A part of the form has no Content-Disposition with a name", SERVICE)
    return name


def _parameters(text: str) -> dict[str, str]:
    """The parameters after the value of a header, ``; name=value`` each; none where they are broken."""
    parameters: dict[str, str] = {}
    at = 0
    while at < len(text):
        found = _PARAMETER.match(text, at)
        if found is None or found[1].lower() in parameters:
            return {}
        value = found[3] if found[2] is None else re.sub(r"\\(.)", r"\1", found[2])
        parameters[found[1].lower()] = value
        at = found.end()
    return parameters
