"""Channels that access is granted to."""

from __future__ import annotations

from typing import Self

from pnclient.models.consumer.v3.pn_resource import PNResource


class Channel(PNResource):
    """A channel, or channels by a pattern."""

    @staticmethod
    def id(channel_id: str) -> Channel:
        return Channel(resource_name=channel_id)

    @staticmethod
    def pattern(channel_pattern: str) -> Channel:
        """All whose names the regular expression matches."""
        return Channel(resource_pattern=channel_pattern)

    def read(self) -> Self:
        return self._with("read")

    def manage(self) -> Self:
        return self._with("manage")

    def write(self) -> Self:
        return self._with("write")

    def delete(self) -> Self:
        return self._with("delete")

    def get(self) -> Self:
        return self._with("get")

    def update(self) -> Self:
        return self._with("update")

    def join(self) -> Self:
        return self._with("join")
