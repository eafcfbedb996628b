"""Forms with a file (multipart/form-data), read while they come.

No more of the file is kept than a chunk. python-multipart splits a form into parts. What may be in
it, and how much, is decided here.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Final, NoReturn

from pnfilter.server.http.response import storage_refusal
from pnfilter.server.settings import MAX_FORM_FIELDS, MAX_FORM_HEAD, MAX_FORM_VALUE

SERVICE: Final = "Files"
#: The name of the part that is the file. It is the last one.
FILE: Final = "file"
#: What a form of this type is answered, by code and message (recorded).
_URLENCODED: Final = "application/x-www-form-urlencoded"
_NO_ALGORITHM: Final = (
    "AuthorizationQueryParametersError",
    'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"',
)
#: Takes the bytes of the file.
Sink = Callable[[bytes], None]

#: Characters of a header that is looked into for a boundary.
_MAX_TYPE: Final = 512
_BOUNDARY: Final = re.compile(r"[ -~]{0,69}[!-~]")
_DISPOSITION: Final = re.compile(r"form-data\s*(;.*)", re.IGNORECASE)
#: In quotes a backslash escapes the next character or, as browsers write it, is taken literally.
_PARAMETER: Final = re.compile(
    r";\s*([\w*-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*|[^\"]*)\"(?=\s*(?:;|$))|([^\s;\"]*))\s*"
)
#: Bytes around a header: the colon, a space, and the end of its line.
_AROUND: Final = 4
#: The parser logs what it refuses, which is answered here: a client must not fill the log.
_SILENT: Final = logging.getLogger(f"{__name__}.parser")
_SILENT.disabled = True


class Form:
    """A form whose last part is the file.

    ``begin`` is given the other parts as soon as the file begins, and returns what takes its bytes.
    What it raises, and ``Refusal`` for what is no such form, ends the reading.
    """

    def __init__(self, content_type: str, begin: Callable[[Mapping[str, str]], Sink]) -> None:
        # At the first upload only: the import takes about 20 ms.
        try:
            from python_multipart.exceptions import MultipartParseError
            from python_multipart.multipart import MultipartParser
        except ImportError:
            raise storage_refusal(
                501,
                "NotImplemented",
                "uploads need python-multipart: pip install 'pnfilter[server]'",
            ) from None
        kind, _, rest = content_type[:_MAX_TYPE].partition(";")
        boundary = _parameters(f";{rest}").get("boundary", "")
        if kind.strip().lower() == _URLENCODED:
            raise storage_refusal(400, *_NO_ALGORITHM)
        if kind.strip().lower() != "multipart/form-data" or not _BOUNDARY.fullmatch(boundary):
            refuse_form("The body must be multipart/form-data with a boundary")
        self._begin = begin
        self._fields: dict[str, str] = {}
        self._header, self._content = bytearray(), bytearray()
        self._head_size = 0
        self._name = ""
        self._sink: Sink | None = None
        self._is_begun = self._is_whole = False
        self._error = MultipartParseError
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_begin": self._begin_header,
                "on_header_field": self._take_header,
                "on_header_value": self._take_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_head,
                "on_part_data": self._take,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
            # They bound the spaces before a value too, which the parser skips.
            max_header_count=MAX_FORM_HEAD // _AROUND,
            max_header_size=MAX_FORM_HEAD,
        )
        self._parser.logger = _SILENT

    def feed(self, chunk: bytes) -> None:
        """Read on."""
        # The parser skips line ends at the beginning, and all up to a hyphen after them.
        if not self._is_begun and chunk and not chunk.startswith(b"-"):
            refuse_form("The form does not begin with its boundary")
        self._is_begun = self._is_begun or bool(chunk)
        try:
            self._parser.write(chunk)
        except self._error:
            refuse_form("The form is not valid multipart/form-data")

    def end(self) -> None:
        """Raise ``Refusal`` if the form has not come to its end."""
        if not self._is_whole:
            refuse_form("The form breaks off, or has no file as its last part")

    def _begin_part(self) -> None:
        if self._sink is not None:
            refuse_form(f"The part `{FILE}` is the last one, and there once")
        # The end of the last line is not part of the head.
        self._head_size, self._name = -len("\r\n"), ""
        self._content.clear()

    def _begin_header(self) -> None:
        self._count(_AROUND)
        self._header.clear()
        self._content.clear()

    def _take_header(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._header += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._content += data[start:end]

    def _count(self, size: int) -> None:
        self._head_size += size
        if self._head_size > MAX_FORM_HEAD:
            refuse_form(f"The head of a part has {MAX_FORM_HEAD:,} bytes at most")

    def _end_header(self) -> None:
        """Keep the name of the part. The name of the file beside it means nothing here."""
        if not self._name and self._header.lower() == b"content-disposition":
            found = _DISPOSITION.fullmatch(self._content.decode("utf-8", "replace").strip())
            self._name = "" if found is None else _parameters(found[1]).get("name", "")
            self._check_name()

    def _check_name(self) -> None:
        if not self._name:
            refuse_form("A part of the form has no Content-Disposition with a name")

    def _end_head(self) -> None:
        self._check_name()
        self._content.clear()
        if self._name == FILE:
            self._sink = self._begin(self._fields)
        elif self._name in self._fields:
            refuse_form("The form has two parts of one name")
        elif len(self._fields) >= MAX_FORM_FIELDS:
            refuse_form(f"The form has {MAX_FORM_FIELDS} fields at most")

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._sink is not None:
            self._sink(data[start:end])
        elif len(self._content) + end - start > MAX_FORM_VALUE:
            refuse_form(f"A field of the form has {MAX_FORM_VALUE:,} bytes at most")
        else:
            self._content += data[start:end]

    def _end_part(self) -> None:
        if self._sink is None:
            try:
                self._fields[self._name] = self._content.decode()
            except UnicodeDecodeError:
                refuse_form("A field of the form is not valid UTF-8")

    def _end(self) -> None:
        if self._sink is None:
            refuse_form(f"The form has no part `{FILE}`")
        self._is_whole = True


def refuse_form(message: str) -> NoReturn:
    """Refuse a form as the storage does (the words are assumed)."""
    raise storage_refusal(400, "MalformedPOSTRequest", message)


def _parameters(text: str) -> dict[str, str]:
    """Return the ``; name=value`` parameters of a header; none if they are malformed."""
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
