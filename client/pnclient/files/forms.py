"""The form of an upload (multipart/form-data): the fields that the service asks for, and the file last."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterable

from pnclient.files.content import Content, Progress
from pnclient.threads import Threads

#: How quotes and ends of lines stand in a name, and what many readers take for a sign before a quote.
_ESCAPED = str.maketrans({'"': "%22", "\\": "%5C", "\r": "%0D", "\n": "%0A"})


class Form:
    """A form with a file, whose bytes are read while it is sent.

    ``size``: bytes of all of it, which storage services want to know before.
    """

    def __init__(self, fields: Iterable[tuple[str, str]], file_name: str, content: Content) -> None:
        boundary = f"pnclient-{secrets.token_hex(16)}"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{value}\r\n'
            for name, value in fields
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{_quoted(file_name)}"'
            "\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        self._head = "".join(parts).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._content = content
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.size = len(self._head) + content.size + len(self._tail)
        #: What went wrong here while it was sent: the connection only knows that it broke off.
        self.failure: Exception | None = None
        #: Whether all of it was given to the connection.
        self.is_whole = False

    async def parts(self, threads: Threads, progress: Progress | None) -> AsyncIterator[bytes]:
        """The form from its beginning to its end."""
        try:
            yield self._head
            async for part in self._content.parts(threads, progress):
                yield part
            self.is_whole = True
            yield self._tail
        except Exception as error:
            self.failure = error
            raise


def _quoted(name: str) -> str:
    return name.translate(_ESCAPED)
