"""Forms with a file (multipart/form-data), read while they come.

No more of the file is kept than a chunk. python-multipart splits a form into parts. What may be in
it, and how much, is decided here.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Final

from pnfilter.server.http.response import refuse
from pnfilter.server.settings import MAX_FORM_FIELDS, MAX_FORM_HEAD, MAX_FORM_VALUE

SERVICE: Final = "Files"
#: The name of the part that is the file. It is the last one.
FILE: Final = "file"
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
            refuse(501, "uploads need python-multipart: pip install 'pnfilter[server]'", SERVICE)
        kind, _, rest = content_type[:_MAX_TYPE].partition(";")
        boundary = _parameters(f";{rest}").get("boundary", "")
        if kind.strip().lower() != "multipart/form-data" or not _BOUNDARY.fullmatch(boundary):
            refuse(400, "The body must be multipart/form-data with a boundary", SERVICE)
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
            refuse(400, "The form does not begin with its boundary", SERVICE)
        self._is_begun = self._is_begun or bool(chunk)
        try:
            self._parser.write(chunk)
        except self._error:
            refuse(400, "The form is not valid multipart/form-data", SERVICE)

    def end(self) -> None:
        """Raise ``Refusal`` if the form has not come to its end."""
        if not self._is_whole:
            refuse(400, "The form breaks off, or has no file as its last part", SERVICE)

    def _begin_part(self) -> None:
        if self._sink is not None:
            refuse(400, f"The part `{FILE}` is the last one, and there once", SERVICE)
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
            refuse(400, f"The head of a part has {MAX_FORM_HEAD:,} bytes at most", SERVICE)

    def _end_header(self) -> None:
        """Keep the name of the part. The name of the file beside it means nothing here."""
        if not self._name and self._header.lower() == b"content-disposition":
            found = _DISPOSITION.fullmatch(self._content.decode("utf-8", "replace").strip())
            self._name = "" if found is None else _parameters(found[1]).get("name", "")
            self._check_name()

    def _check_name(self) -> None:
        if not self._name:
            refuse(400, "A part of the form has no Content-Disposition with a name", SERVICE)

    def _end_head(self) -> None:
        self._check_name()
        self._content.clear()
        if self._name == FILE:
            self._sink = self._begin(self._fields)
        elif self._name in self._fields:
            refuse(400, "The form has two parts of one name", SERVICE)
        elif len(self._fields) >= MAX_FORM_FIELDS:
            refuse(400, f"The form has {MAX_FORM_FIELDS} fields at most", SERVICE)

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._sink is not None:
            self._sink(data[start:end])
        elif len(self._content) + end - start > MAX_FORM_VALUE:
            refuse(400, f"A field of the form has {MAX_FORM_VALUE:,} bytes at most", SERVICE)
        else:
            self._content += data[start:end]

    def _end_part(self) -> None:
        if self._sink is None:
            try:
                self._fields[self._name] = self._content.decode()
            except UnicodeDecodeError:
                refuse(400, "A field of the form is not valid UTF-8", SERVICE)

    def _end(self) -> None:
        if self._sink is None:
            refuse(400, f"The form has no part `{FILE}`", SERVICE)
        self._is_whole = True


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
