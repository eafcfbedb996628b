"""What operations on a user have in common."""

from __future__ import annotations

from typing import Self

from pnclient import errors
from pnclient.access.subjects import Subjects
from pnclient.endpoints.endpoint import Client, Endpoint, R
from pnclient.exceptions import PubNubException


class OfUser(Endpoint[R]):
    """An operation on a user; unset, the client's own."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._uuid: str | None = pubnub.uuid

    def uuid(self, uuid: str) -> Self:
        """The user's uuid."""
        self._uuid = uuid
        return self

    def _subjects(self) -> Subjects:
        return Subjects(uuids=(self._uuid or "",))

    def _require_user(self) -> None:
        given: object = self._uuid
        if not isinstance(given, str) or not given:
            raise PubNubException(pn_error=errors.PNERR_UUID_MISSING)
