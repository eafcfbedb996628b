"""Making access tokens worthless."""

from __future__ import annotations

from typing import Any

from pnclient import errors
from pnclient.access.tokens import MAX_TOKEN_LENGTH
from pnclient.endpoints.access.rights import unshown
from pnclient.endpoints.endpoint import Client, Endpoint
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.hiding import Hidden
from pnclient.models.consumer.v3.access_manager import PNRevokeTokenResult
from pnclient.transport import Call


class RevokeToken(Endpoint[PNRevokeTokenResult]):
    """Let a token give access no more. Needs the secret key; ``repr`` doesn't show the token."""

    OPERATION = PNOperationType.PNAccessManagerRevokeToken

    def __init__(self, pubnub: Client, token: str) -> None:
        super().__init__(pubnub)
        self._token = token

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_secret_key()
        given: object = self._token
        if not isinstance(given, str) or not given or len(given) > MAX_TOKEN_LENGTH:
            raise PubNubException(pn_error=errors.PNERR_INVALID_ACCESS_TOKEN)

    def _call(self) -> Call:
        key = self.pubnub.config.subscribe_key or ""
        return Call(
            operation=self.OPERATION,
            path=("v3", "pam", key, "grant", Hidden(self._token)),
            method="DELETE",
        )

    def _result(self, data: Any) -> PNRevokeTokenResult:
        return PNRevokeTokenResult(data)

    def _told(self, data: Any) -> Any:
        return unshown(data)
