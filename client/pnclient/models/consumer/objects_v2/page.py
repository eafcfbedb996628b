"""Pages of lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class PNPage:
    """A page of a list: which, the service alone knows. It comes with the list, as ``next`` and ``prev``."""

    def __init__(self, hash: str) -> None:
        self._hash = str(hash)

    @property
    def hash(self) -> str:
        """The page as requests have it."""
        return self._hash

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._hash!r})"


class Next(PNPage):
    """What comes after a page."""


class Previous(PNPage):
    """What comes before a page."""


class PNPageable:
    """A part of a list.

    ``total_count``: how many the whole list has, where that was asked for. ``next`` and ``prev``: the pages after
    and before, for a call's ``page``. After the last page there may be one that is empty, without a ``next``.
    """

    def __init__(self, result: Mapping[str, Any]) -> None:
        following, preceding = result.get("next"), result.get("prev")
        self.total_count: int | None = result.get("totalCount")
        self.next = Next(following) if following else None
        self.prev = Previous(preceding) if preceding else None
