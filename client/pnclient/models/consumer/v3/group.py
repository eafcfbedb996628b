"""Groups of channels that access is granted to."""

from __future__ import annotations

from typing import Self

from pnclient.models.consumer.v3.pn_resource import PNResource


class Group(PNResource):
    """A group of channels, or groups by a pattern."""

    @staticmethod
    def id(group_id: str) -> Group:
        return Group(resource_name=group_id)

    @staticmethod
    def pattern(group_pattern: str) -> Group:
        """All whose names the regular expression matches."""
        return Group(resource_pattern=group_pattern)

    def read(self) -> Self:
        return self._with("read")

    def manage(self) -> Self:
        return self._with("manage")
