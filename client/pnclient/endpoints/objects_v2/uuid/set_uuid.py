"""Setting the metadata of a user."""

from __future__ import annotations

from typing import Any, Self

from pnclient.endpoints.objects_v2.objects_endpoint import (
    CustomAwareEndpoint,
    IncludeCustomEndpoint,
    UuidEndpoint,
    answer,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.uuid import PNSetUUIDMetadataResult


class SetUuid(
    UuidEndpoint[PNSetUUIDMetadataResult],
    CustomAwareEndpoint[PNSetUUIDMetadataResult],
    IncludeCustomEndpoint[PNSetUUIDMetadataResult],
):
    """Set the metadata of a user. What isn't set is sent as null, as 4.8.1 did, but for status and type."""

    OPERATION = PNOperationType.PNSetUuidMetadataOperation
    FIELDS = ("name", "email", "externalId", "profileUrl", "custom")

    def set_name(self, name: str | None) -> Self:
        """What the user is called."""
        return self._set("name", name)

    def email(self, email: str | None) -> Self:
        """An e-mail address."""
        return self._set("email", email)

    def external_id(self, external_id: str | None) -> Self:
        """What the user is called elsewhere."""
        return self._set("externalId", external_id)

    def profile_url(self, profile_url: str | None) -> Self:
        """Where a picture of the user is."""
        return self._set("profileUrl", profile_url)

    def _result(self, data: Any) -> PNSetUUIDMetadataResult:
        return PNSetUUIDMetadataResult(answer(data))
