"""Where someone is."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.presence.user import OfUser
from pnclient.enums import PNOperationType
from pnclient.models.consumer.presence import PNWhereNowResult
from pnclient.transport import Call


class WhereNow(OfUser[PNWhereNowResult]):
    """Ask on which channels a user is present; unset, the client's own."""

    OPERATION = PNOperationType.PNWhereNowOperation

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_user()

    def _call(self) -> Call:
        key = self.pubnub.config.subscribe_key or ""
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=("v2", "presence", "sub-key", key, "uuid", self._uuid or ""),
        )

    def _result(self, data: Any) -> PNWhereNowResult:
        return PNWhereNowResult.from_json(data)
