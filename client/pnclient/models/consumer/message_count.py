"""How many messages came since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class PNMessageCountResult:
    """``channels``: the number of messages of each channel."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        self._result = result
        self.channels: dict[str, int] = result["channels"]

    def __str__(self) -> str:
        return f"Message count for channels: {self.channels}"
