"""What the answers of App Context have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pnclient.models.consumer.objects_v2.page import PNPageable


class Answered:
    """``data``: what the service has now; None after a removal. ``status``: the code in the answer."""

    #: What was done, for ``str()``.
    DONE: ClassVar = ""

    def __init__(self, result: Mapping[str, Any]) -> None:
        self.data: dict[str, Any] | None = result["data"]
        self.status: int = result["status"]

    def __str__(self) -> str:
        return f"{self.DONE}: {self.data}"


class AnsweredList(PNPageable):
    """``data``: the rows of one page, each a dict as the service sends it. ``status``: the code in the answer."""

    DONE: ClassVar = ""

    def __init__(self, result: Mapping[str, Any]) -> None:
        super().__init__(result)
        self.data: list[dict[str, Any]] = result["data"]
        self.status: int = result["status"]

    def __str__(self) -> str:
        return f"{self.DONE}: {self.data}"
