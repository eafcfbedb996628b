"""Users whose metadata access is granted to."""

from __future__ import annotations

from typing import Self

from pnclient.models.consumer.v3.pn_resource import PNResource


class UUID(PNResource):
    """The metadata of a user, or of users by a pattern."""

    @staticmethod
    def id(user_id: str) -> UUID:
        return UUID(resource_name=user_id)

    @staticmethod
    def pattern(user_pattern: str) -> UUID:
        """All whose names the regular expression matches."""
        return UUID(resource_pattern=user_pattern)

    def delete(self) -> Self:
        return self._with("delete")

    def get(self) -> Self:
        return self._with("get")

    def update(self) -> Self:
        return self._with("update")
