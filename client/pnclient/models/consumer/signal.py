"""The answer to a signal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class PNSignalResult:
    """The signal was sent. ``timetoken``: when, as the service wrote it."""

    def __init__(self, result: Sequence[Any]) -> None:
        self.timetoken: str = result[2]
        self._result = result

    def __str__(self) -> str:
        return f"Signal success with timetoken {self.timetoken}"
