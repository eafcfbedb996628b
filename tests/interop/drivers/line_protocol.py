"""What the drivers and the tests say to each other: one JSON text a line, a request and its answer.

A request is ``{"op": …, "client": …, "args": {…}, "timeout": seconds}``; the answer is ``{"result":
…}``, or ``{"error": {"kind": …, "message": …}}`` with the HTTP status and the SDK's own category
where there are any. Kinds: ``service`` (the service refused), ``sdk`` (the SDK did), ``no such
call`` (the SDK has no such call or option) and ``no answer`` (nothing within the timeout).
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator
from typing import Any, NamedTuple, TextIO


class Request(NamedTuple):
    """One line from the tests; ``timeout`` in seconds."""

    op: str
    client: str
    args: dict[str, Any]
    timeout: float


class Failure(Exception):
    """A call that failed, as data for the tests."""

    def __init__(
        self, kind: str, message: object, *, status: int | None = None, category: str | None = None
    ) -> None:
        super().__init__(str(message))
        self.kind = kind
        self.status = status
        self.category = category


class Channel:
    """The driver's end of the protocol.

    What an SDK prints goes to standard error, so that every line of standard output is an answer.
    """

    def __init__(self) -> None:
        self._answers: TextIO = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def requests(self) -> Iterator[Request]:
        """Each request as it comes, until the tests close the pipe."""
        for line in sys.stdin:
            yield Request(**json.loads(line))

    def answer(self, result: Any) -> None:
        self._write({"result": result})

    def fail(self, error: Exception) -> None:
        """Answer with an error; one that is no Failure came out of the SDK."""
        if not isinstance(error, Failure):
            traceback.print_exception(error)
            error = Failure("sdk", f"{type(error).__name__}: {error}")
        fields = {"status": error.status, "category": error.category}
        self._write({"error": {"kind": error.kind, "message": str(error), **fields}})

    def _write(self, answer: dict[str, Any]) -> None:
        try:
            line = json.dumps(answer)
        except (TypeError, ValueError) as error:
            line = json.dumps({"error": {"kind": "sdk", "message": f"no JSON: {error}"}})
        self._answers.write(line + "\n")
        self._answers.flush()
