"""Prints what httplint calls bad in answers, which come as JSON: method, and the bytes as Latin-1.

It runs by its path: one of httplint's packages has a package ``tests`` too.
"""

import json
import sys

from httplint import HttpResponseLinter  # type: ignore[import-not-found]
from httplint.note import levels  # type: ignore[import-not-found]


def faults(method: str, raw: bytes) -> list[str]:
    """The notes of the level "bad" about an answer."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    linter = HttpResponseLinter(no_content=method == "HEAD")
    linter.process_response_topline(*first.split(b" ", 2))
    fields = [line.split(b":", 1) for line in lines]
    linter.process_headers([(name, value.strip()) for name, value in fields])
    linter.feed_content(body)
    linter.finish_content(True)
    return [note.summary for note in linter.notes if note.level is levels.BAD]


answers = json.load(sys.stdin)
json.dump([faults(method, text.encode("latin-1")) for method, text in answers], sys.stdout)
