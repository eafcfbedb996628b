"""Users, by the older word for their metadata."""

from __future__ import annotations

from typing import Self

from pnclient.models.consumer.v3.pn_resource import PNResource


class User(PNResource):
    """A user, or users by a pattern."""

    @staticmethod
    def id(user_id: str) -> User:
        return User(resource_name=user_id)

    @staticmethod
    def pattern(user_pattern: str) -> User:
        """All whose names the regular expression matches."""
        return User(resource_pattern=user_pattern)

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
