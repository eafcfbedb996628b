"""All metadata of a kind."""

from __future__ import annotations

from typing import Final, Self

from pnclient.models.consumer.v3.pn_resource import PNResource


class Category(PNResource):
    """The metadata of all channels, or of all users: who has the right may list it."""

    CHANNELS: Final = "channels"
    UUIDS: Final = "uuids"

    def __init__(self, resource_name: str | None = None) -> None:
        super().__init__(resource_name)

    @staticmethod
    def channels() -> Category:
        return Category(Category.CHANNELS)

    @staticmethod
    def uuids() -> Category:
        return Category(Category.UUIDS)

    def get(self) -> Self:
        return self._with("get")
