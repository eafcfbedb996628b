"""Channels, by the older word for them."""

from __future__ import annotations

from typing import Self

from pnclient.models.consumer.v3.pn_resource import PNResource


class Space(PNResource):
    """A space, or spaces by a pattern."""

    @staticmethod
    def id(space_id: str) -> Space:
        return Space(resource_name=space_id)

    @staticmethod
    def pattern(space_pattern: str) -> Space:
        """All whose names the regular expression matches."""
        return Space(resource_pattern=space_pattern)

    def read(self) -> Self:
        return self._with("read")

    def write(self) -> Self:
        return self._with("write")

    def create(self) -> Self:
        return self._with("create")

    def manage(self) -> Self:
        return self._with("manage")

    def delete(self) -> Self:
        return self._with("delete")

    def get(self) -> Self:
        return self._with("get")

    def update(self) -> Self:
        return self._with("update")

    def join(self) -> Self:
        return self._with("join")
