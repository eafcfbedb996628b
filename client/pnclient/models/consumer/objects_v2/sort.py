"""The order of lists."""

from __future__ import annotations

from enum import Enum


class PNSortKeyValue(Enum):
    """A field of users and channels."""

    ID = 1
    NAME = 2
    UPDATED = 3


class PNSortDirection(Enum):
    """Which end comes first."""

    ASC = 1
    DESC = 2


class PNSortKey:
    """A field and a direction. A field that ``PNSortKeyValue`` hasn't is a text, such as ``uuid.name``."""

    def __init__(self, sort_key_value: PNSortKeyValue | str, direction: PNSortDirection) -> None:
        if not isinstance(sort_key_value, PNSortKeyValue | str):
            raise TypeError(f"a field is a PNSortKeyValue or a text, not {sort_key_value!r}")
        if not isinstance(direction, PNSortDirection):
            raise TypeError(f"a direction is a PNSortDirection, not {direction!r}")
        self._field = sort_key_value
        self._direction = direction

    @staticmethod
    def asc(sort_key_value: PNSortKeyValue | str) -> PNSortKey:
        """The smallest first."""
        return PNSortKey(sort_key_value, PNSortDirection.ASC)

    @staticmethod
    def desc(sort_key_value: PNSortKeyValue | str) -> PNSortKey:
        """The largest first."""
        return PNSortKey(sort_key_value, PNSortDirection.DESC)

    def key_str(self) -> str:
        """The field as requests have it."""
        return self._field if isinstance(self._field, str) else self._field.name.lower()

    def dir_str(self) -> str:
        """The direction as requests have it."""
        return self._direction.name.lower()
